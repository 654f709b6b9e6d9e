"""The journal: balanced by the database, never changed, corrected by reversal, and every fen of it in one place."""

import tempfile
from collections import Counter
from datetime import date, timedelta
from decimal import ROUND_UP, Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, func, select
from sqlalchemy.exc import DatabaseError, IntegrityError

import lives
from examples import some
from ledger import models
from ledger.audit import audit
from ledger.books import journal, standing
from ledger.books.payments import _ClaimShares
from ledger.database import db
from ledger.errors import Refused
from ledger.programmes import chart
from ledger.programmes.flow import CITY_PAYS, COUNTY_PAYS, Place
from ledger.runs.settlement import read_run
from lives import Row
from reports.money import balance

sqlite_only = pytest.mark.sqlite_only


@pytest.fixture
def paid(tmp_path: Path) -> Engine:
    """A database whose run of 2023 is paid out."""
    return lives.at_stage(tmp_path, "paid")


def entries(engine: Engine, kind: str, run_id: int = 1) -> list[int]:
    entry = models.JournalEntry
    with db.reading(engine) as connection:
        query = select(entry.id).where(entry.kind == kind, entry.run_id == run_id).order_by(entry.id)
        return list(connection.execute(query).scalars())


def balance_of(engine: Engine, until: date | None = None, run_id: int = 1) -> balance.Balance:
    with db.reading(engine) as connection:
        return balance.balance(connection, read_run(connection, run_id), until or date(2026, 6, 30))


# --- what the database itself asks for (both databases) -----------------------------------------------------------------

_ENTRY = (
    "INSERT INTO journal_entries (id, kind, run_id, entered_on, document_no, memo, made_by, made_at) VALUES "
    "({id}, 'city_to_county', 1, '2024-03-05', 'V', '', 'x', '2024-03-05 12:00:00')"
)
_POSTING = (
    "INSERT INTO journal_postings (entry_id, posting_no, account, item, county, amount_fen) VALUES "
    "({id}, {no}, '{account}', 'interest', '高区', {fen})"
)


def _write(engine: Engine, *amounts: int, id: int = 900, entry: bool = True) -> None:
    with engine.begin() as connection:
        for no, fen in enumerate(amounts, start=1):
            account = "county_treasury" if fen > 0 else "city_treasury"
            connection.exec_driver_sql(_POSTING.format(id=id, no=no, account=account, fen=fen))
        if entry:
            connection.exec_driver_sql(_ENTRY.format(id=id))


def test_the_database_takes_only_balanced_entries(engine: Engine, tmp_path: Path) -> None:
    lives.live(engine, tmp_path, "trial")
    _write(engine, 5, -5)
    for amounts in ((5,), (5, -4), (5, -5, 1), ()):
        with pytest.raises(DatabaseError, match="does not balance"):
            _write(engine, *amounts, id=901)
    with pytest.raises(IntegrityError):
        _write(engine, 5, -5, id=901, entry=False)  # postings of no entry
    with pytest.raises(DatabaseError, match="closed"):
        _write(engine, 5, -5, entry=False)  # more postings on an entry that is there
    with pytest.raises(IntegrityError):
        _write(engine, 0, id=901)
    for table in ("journal_entries", "journal_postings"):
        for statement in (
            f"UPDATE {table} SET {'memo' if table.endswith('entries') else 'item'} = 'interest'",
            f"DELETE FROM {table}",
        ):
            with pytest.raises(DatabaseError, match="append-only"), engine.begin() as connection:
                connection.exec_driver_sql(statement)


# --- the way of a run -------------------------------------------------------------------------------------------------


@sqlite_only
def test_what_is_approved_is_accrued_to_the_fen(tmp_path: Path) -> None:
    engine = lives.at_stage(tmp_path, "approved")
    with db.reading(engine) as connection:
        run = read_run(connection, 1)
        by_account: Counter[tuple[str, str]] = Counter()
        for (account, place), fen in standing.balances(connection, 1, list(chart.accounts())).items():
            by_account[account, place.item] += fen
        people = {
            place for account, place in standing.balances(connection, 1, ("payable",)) if place.item == "interest"
        }
    assert by_account == {
        **{("expense_city", item): run.summary[f"{item}_city_fen"] for item in ("interest", "bonus")},
        **{("expense_county", item): run.summary[f"{item}_county_fen"] for item in ("interest", "bonus")},
        **{("payable", item): -run.summary[f"{item}_fen"] for item in ("interest", "bonus")},
    }
    assert all(place.bank_id and place.enterprise_id for place in people) and len(people) == 6
    assert balance_of(engine).stages["not_allotted"] == 45_000_000


@sqlite_only
def test_claims_are_accrued_beside_what_is_owed(tmp_path: Path) -> None:
    engine = lives.at_stage(tmp_path, "second year")
    with db.reading(engine) as connection:
        run = read_run(connection, 2)
        sums = {
            account: standing.total(connection, 2, (account,))
            for account in ("claim_receivable", "claim_city", "claim_county")
        }
    claims = run.summary["claims"]
    assert sums == {
        "claim_receivable": run.summary["claims_fen"],
        "claim_city": -claims["city_fen"],
        "claim_county": -claims["county_fen"],
    }
    found = balance_of(engine, run_id=2)
    assert found.claimed_fen == run.summary["claims_fen"] == sum(one.amount_fen for one in found.claims)
    assert found.returned_fen == 0


@sqlite_only
def test_where_everything_was_on_any_day(paid: Engine) -> None:
    """By the dates of the vouchers, whenever they were recorded."""
    where = {
        date(2024, 2, 29): {"not_allotted"}, date(2024, 3, 1): {"city_treasury", "county_treasury"}, date(2024, 3, 5): {"county_treasury"},
        date(2024, 3, 12): {"county_regulator"}, date(2024, 3, 20): {"bank", "bank_paid"},
        date(2024, 4, 2): {"bank_paid", "enterprise_paid"},
    }  # fmt: skip
    for day, places in where.items():
        found = balance_of(paid, day)
        assert {name for name, fen in found.stages.items() if fen} == places, day
        assert sum(found.stages.values()) == found.owed == 45_000_000
    assert {one.days for one in balance_of(paid, date(2024, 3, 19)).waiting} == {7}


# --- corrections ------------------------------------------------------------------------------------------------------


@sqlite_only
def test_a_reversal_takes_a_payment_back_and_lets_it_be_paid_again(paid: Engine, tmp_path: Path) -> None:
    number = entries(paid, "bank_to_enterprise")[0]
    before = balance_of(paid)
    opposite = journal.reverse(paid, number, lives.CASHIER, "金额录入有误")
    found = balance_of(paid)
    moved = before.stages["enterprise_paid"] - found.stages["enterprise_paid"]
    assert moved > 0 and found.stages["bank"] == moved and sum(found.stages.values()) == found.owed
    assert [one.since for one in found.waiting] == [date(2024, 3, 20)]  # it never left
    with db.reading(paid) as connection:
        rows = lives.to_pay(paid, read_run(connection, 1))
        postings = {
            entry_id: Counter({(p.account, p.place): p.fen for p in journal._postings_of(connection, entry_id)})
            for entry_id in (number, opposite)
        }
    assert {key: -fen for key, fen in postings[number].items()} == dict(postings[opposite])
    assert [row["环节"] for row in rows] == ["银行到企业"]
    assert not lives.pay(paid, tmp_path, rows).refused
    assert balance_of(paid).stages == before.stages


@sqlite_only
def test_money_that_came_back_waits_from_then_on(paid: Engine) -> None:
    journal.reverse(paid, entries(paid, "bank_to_enterprise")[0], lives.CASHIER, "账号有误退回", date(2024, 4, 9))
    assert [one.since for one in balance_of(paid).waiting] == [date(2024, 4, 9)]
    assert balance_of(paid, date(2024, 4, 8)).waiting == []


@sqlite_only
def test_a_voucher_whose_entry_was_reversed_may_be_used_again(tmp_path: Path) -> None:
    engine = lives.at_stage(tmp_path, "allotted")
    with db.reading(engine) as connection:
        row = lives.to_pay(engine, read_run(connection, 1))[0]
    outcome = lives.paid(engine, tmp_path, [row])
    journal.reverse(engine, outcome.entries[1][0], lives.CASHIER, "误记")
    assert not lives.pay(engine, tmp_path, [{**row, "日期": date(2024, 3, 6)}]).refused


@sqlite_only
@pytest.mark.parametrize("kind", ["accrual", "allotment", "reversal"])
def test_only_payments_are_reversed(paid: Engine, kind: str) -> None:
    journal.reverse(paid, entries(paid, "bank_to_enterprise")[0], lives.CASHIER, "误记")
    with pytest.raises(Refused, match=f"号分录是「{chart.entry_names()[kind]}」，不能冲销"):
        journal.reverse(paid, entries(paid, kind)[0], lives.CASHIER, "误记")


@sqlite_only
def test_reversals_that_are_refused(paid: Engine) -> None:
    last, earlier = entries(paid, "bank_to_enterprise")[0], entries(paid, "city_to_county")[0]
    with pytest.raises(Refused, match="没有第 99999 号分录"):
        journal.reverse(paid, 99999, lives.CASHIER, "误记")
    for day in (None, date(2026, 1, 1)):
        with pytest.raises(Refused, match="已经拨往下一环节；请先冲销其后的拨付"):
            journal.reverse(paid, earlier, lives.CASHIER, "误记", day)
    for day in (date(2024, 4, 1), date(2199, 1, 1)):
        with pytest.raises(Refused, match=f"冲销日 {day} 应在原分录的 2024-04-02 与今天"):
            journal.reverse(paid, last, lives.CASHIER, "误记", day)
    journal.reverse(paid, last, lives.CASHIER, "误记", date(2024, 4, 2))
    with pytest.raises(Refused, match="已经冲销过"):
        journal.reverse(paid, last, lives.CASHIER, "误记")
    assert audit.audit(paid).problems == []


@sqlite_only
def test_money_that_came_back_later_is_reversed_from_that_day_on(paid: Engine, tmp_path: Path) -> None:
    """The last leg came back on a day of its own; the leg before it can follow, and the refusal says from when on."""
    back = date(2024, 4, 9)
    for number in entries(paid, "bank_to_enterprise"):
        journal.reverse(paid, number, lives.CASHIER, "退回", back)
    with db.reading(paid) as connection:
        interest = next(
            number for number in entries(paid, "regulator_to_bank")
            if journal._postings_of(connection, number)[0].place.item == "interest"
        )  # fmt: skip
    for day in (None, date(2024, 4, 8)):
        with pytest.raises(
            Refused, match="这笔钱当时已经拨往下一环节，2024-04-09 才退回；请加 --date，不早于 2024-04-09"
        ):
            journal.reverse(paid, interest, lives.CASHIER, "退回", day)
    journal.reverse(paid, interest, lives.CASHIER, "退回", back)
    assert audit.audit(paid).problems == []


@sqlite_only
def test_after_closing_payments_stay(tmp_path: Path) -> None:
    engine = lives.at_stage(tmp_path, "closed")
    with pytest.raises(Refused, match="已经办结，拨付不能再冲销"):
        journal.reverse(engine, entries(engine, "bank_to_enterprise")[0], lives.CASHIER, "误记")


# --- any payments at all ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def base_rows() -> list[Row]:
    """Everything that 2023 has to pay."""
    with tempfile.TemporaryDirectory() as folder:
        engine = lives.at_stage(Path(folder), "allotted")
        with db.reading(engine) as connection:
            run = read_run(connection, 1)
        rows = lives.to_pay(engine, run)
        engine.dispose()
        return rows


_SHARES = ("0.25", "0.5", "1", "1.000001", "0.000001")


def _check_the_books(engine: Engine, days: list[date]) -> None:
    with db.reading(engine) as connection:
        posting = models.JournalPosting
        sums = select(func.sum(posting.amount_fen)).group_by(posting.entry_id)
        assert set(connection.execute(sums).scalars()) == {0}
        assert standing.shortfalls(connection, 1) == []
        run = read_run(connection, 1)
        for day in days:
            found = balance.balance(connection, run, day)
            assert sum(found.stages.values()) == found.owed == 45_000_000
            assert all(fen >= 0 for fen in found.stages.values())
            by_place = Counter[str]()
            for one in found.waiting:
                assert one.amount_fen > 0 and one.days >= 0
                by_place[one.place] += one.amount_fen
            assert all(found.stages[place] == by_place[place] for place in chart.in_hand())


def _everything(engine: Engine) -> dict[str, list[Any]]:
    with db.reading(engine) as connection:
        return {
            name: [tuple(row) for row in connection.exec_driver_sql(f"SELECT * FROM {name}")]
            for name in ("journal_entries", "journal_postings", "seals", "run_steps", "intakes")
        }


@sqlite_only
@settings(max_examples=some(10))
@given(data=st.data())
def test_any_payments_legal_or_not_leave_the_books_right(base_rows: list[Row], data: st.DataObject) -> None:
    """Files of random rows, amounts, dates and order, and random reversals: an illegal one changes nothing at all."""
    first = lives.ALLOTTED_ON
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        engine = lives.at_stage(folder, "allotted")
        rows_by_leg = [[row for row in base_rows if row["环节"] == leg] for leg in list(lives.LEG_DAYS)[:4]]
        for number in range(data.draw(st.integers(2, 6))):
            before = _everything(engine)
            if number and data.draw(st.integers(0, 4)) == 0:
                chosen = data.draw(st.sampled_from([row[0] for row in before["journal_entries"]]))
                try:
                    journal.reverse(engine, chosen, lives.CASHIER, "误记")
                except Refused:
                    assert _everything(engine) == before
                continue
            rows = []
            if data.draw(st.booleans()):  # what is due next, down the way as far as it goes
                day = first + timedelta(data.draw(st.integers(0, 9)))
                with db.reading(engine) as connection:
                    due = lives.to_pay(engine, read_run(connection, 1))
                legs = list(lives.LEG_DAYS)[: data.draw(st.integers(1, 4))]
                rows = [{**row, "日期": day, "凭证号": f"{number}"} for row in due if row["环节"] in legs]
            for leg in rows_by_leg[: data.draw(st.integers(1, 4))] if not rows else ():
                some = st.lists(st.sampled_from(leg), min_size=1, max_size=3, unique_by=id)
                picked = leg if data.draw(st.integers(0, 3)) else data.draw(some)
                share, day = data.draw(st.sampled_from(_SHARES)), first + timedelta(data.draw(st.integers(-1, 40)))
                rows += [{**row, "金额(万元)": _part(row, share), "日期": day, "凭证号": f"{number}"} for row in picked]
            outcome = lives.pay(engine, folder, data.draw(st.permutations(rows)))
            if outcome.refused:
                assert _everything(engine) == before
            else:
                assert len(_everything(engine)["journal_entries"]) == len(before["journal_entries"]) + len(rows)
        _check_the_books(
            engine, [first - timedelta(1), first, first + timedelta(20), first + timedelta(60), date(2026, 6, 30)]
        )
        assert audit.audit(engine).problems == []
        engine.dispose()


def _part(row: Row, share: str) -> str:
    part = Decimal(str(row["金额(万元)"])) * Decimal(share)
    return str(max(part, Decimal("0.000001")).quantize(Decimal("0.000001"), rounding=ROUND_UP))


class _Shares(_ClaimShares):
    """The shares of a claim alone, without a database."""

    def __init__(self, city: int, county: int) -> None:
        self._payers = (CITY_PAYS, COUNTY_PAYS)
        self._sums = Counter({("claim_city", "interest", "高区"): city, ("claim_county", "interest", "高区"): county})

    @property
    def returned(self) -> tuple[int, int]:
        return self._sums["returned_city", "interest", "高区"], self._sums["returned_county", "interest", "高区"]


@given(
    st.integers(0, 10**14),
    st.integers(0, 10**14),
    st.lists(st.tuples(st.integers(1, 10**13), st.booleans()), max_size=12),
)
def test_shares_of_repaid_claims_add_up_to_the_fen(city: int, county: int, parts: list[tuple[int, bool]]) -> None:
    """Whatever the parts, and with repayments taken back in between: each fen once, and at the end exactly as claimed."""
    if city + county == 0:
        return
    shares, left, taken = _Shares(city, county), city + county, list[tuple[int, int]]()
    for fen, take_back in [*parts, (city + county, False)]:
        if take_back and taken:
            back = taken.pop(fen % len(taken))
            shares._sums["returned_city", "interest", "高区"] -= back[0]
            shares._sums["returned_county", "interest", "高区"] -= back[1]
            left += sum(back)
        part = min(fen, left)
        if part == 0:
            continue
        postings = shares.postings(Place("interest", "高区", 1, 2), part)
        assert sum(one.fen for one in postings) == 0 and postings[-1].fen == -part
        now = {one.account: one.fen for one in postings}
        assert all(one.fen > 0 for one in postings[:-1])
        taken.append((now.get("returned_city", 0), now.get("returned_county", 0)))
        left -= part
        assert shares.returned[0] <= city and shares.returned[1] <= county
    if left:
        shares.postings(Place("interest", "高区", 1, 2), left)
    assert shares.returned == (city, county)
