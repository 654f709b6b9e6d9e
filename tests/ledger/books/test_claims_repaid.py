"""Claims that come back (追缴缴回): when, how much of them, and how they are shared between city and county."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select

import lives
from ledger import models
from ledger.books import journal, standing
from ledger.database import db
from ledger.errors import Refused
from lives import CODES, Row
from paying import CITY, leg, lines_of, rows_to_pay, run_of
from paying import standing as stands

pytestmark = pytest.mark.sqlite_only
FEN = Decimal("0.000001")


def claims(engine: Engine) -> list[Row]:
    return leg(rows_to_pay(engine, 2), "追缴缴回")


def test_claims_come_back_before_allotment_and_after_closing(tmp_path: Path) -> None:
    engine = lives.at_stage(tmp_path, "second year")
    rows = claims(engine)
    assert rows == rows_to_pay(engine, 2)  # not allotted: nothing else can be paid
    assert {(row["企业名称"] or "", row["补助项目"]) for row in rows} == {
        ("海乙公司", "贴息"), ("海丁公司", "贴息"), ("", "奖补"),
    }  # fmt: skip
    lives.paid(engine, tmp_path, rows[:1], 2024)
    assert run_of(engine, 2).state == "approved"
    lives.allot(engine, run_of(engine, 2))
    ordinary = [row for row in rows_to_pay(engine, 2) if row["环节"] != "追缴缴回"]
    lives.paid(engine, tmp_path, ordinary, 2024)
    closed = lives.close(engine, run_of(engine, 2))
    assert closed.state == "closed"
    outcome = lives.paid(engine, tmp_path, claims(engine), 2024)
    assert run_of(engine, 2).state == "closed" and claims(engine) == []
    with pytest.raises(Refused, match="只有追缴缴回还可以"):
        journal.reverse(engine, journal_entry(engine, "bank_to_enterprise", 2), lives.CASHIER, "误记")
    journal.reverse(engine, outcome.entries[2][0], lives.CASHIER, "退票")
    assert len(claims(engine)) == 1


def journal_entry(engine: Engine, kind: str, run_id: int) -> int:
    entry = models.JournalEntry
    with db.reading(engine) as connection:
        query = select(func.max(entry.id)).where(entry.kind == kind, entry.run_id == run_id)
        return int(connection.execute(query).scalar_one())


def test_a_claim_row_first_opens_no_door_for_others(tmp_path: Path) -> None:
    engine = lives.at_stage(tmp_path, "second year")
    row = claims(engine)[0]
    other = {**row, "环节": CITY, "银行名称": None, "统一社会信用代码": None, "企业名称": None}
    with pytest.raises(Refused, match="尚未下达"):
        lives.pay(engine, tmp_path, [row, other], 2024)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"金额(万元)": 999}, "「999」比应缴回的多 998.19 万元；该单位的贴息应缴回共 0.81 万元，此前已记 0.00 万元"),
        ({"统一社会信用代码": CODES[2], "企业名称": None}, "没有对该单位的贴息追缴；请核对年度、区市、银行和企业"),
        ({"区市": "高区"}, "没有对该单位的贴息追缴"),
        ({"银行名称": None}, "「追缴缴回」的贴息应填明银行"),
        ({"统一社会信用代码": None, "企业名称": None}, "「追缴缴回」的贴息应填明企业"),
        ({"日期": date(2025, 2, 19)}, "应在审核日 2025-02-20 与今天"),
    ],
)
def test_a_wrong_repayment_of_a_claim_is_named(tmp_path: Path, change: Row, expected: str) -> None:
    engine = lives.at_stage(tmp_path, "second year")
    row = next(row for row in claims(engine) if row["补助项目"] == "贴息")
    outcome = lives.pay(engine, tmp_path, [{**row, **change}], 2024)
    assert len(outcome.findings) == 1 and expected in lines_of(outcome)[0], lines_of(outcome)


def test_what_is_owed_is_not_taken_for_what_is_claimed(tmp_path: Path) -> None:
    """The same enterprise at the same bank is owed interest of this year and repays that of an earlier one."""
    engine = lives.at_stage(tmp_path, "second year")
    owed = {"环节": "追缴缴回", "区市": "环翠区", "银行名称": lives.ONE, "统一社会信用代码": CODES[0], "企业名称": "海甲公司",
            "补助项目": "贴息", "日期": date(2025, 5, 6), "金额(万元)": 1, "凭证号": "V"}  # fmt: skip
    outcome = lives.pay(engine, tmp_path, [owed], 2024)  # this bank owes it interest for 2024, but claims nothing
    assert "没有对该单位的贴息追缴" in lines_of(outcome)[0]


def test_what_bounced_later_is_not_repaid_again_before_it_did(tmp_path: Path) -> None:
    engine = lives.at_stage(tmp_path, "second year")
    row = next(row for row in claims(engine) if row["企业名称"] == "海丁公司")
    number = lives.paid(engine, tmp_path, [row], 2024).entries[2][0]
    journal.reverse(engine, number, lives.CASHIER, "退票", date(2026, 5, 20))
    outcome = lives.pay(engine, tmp_path, [{**row, "日期": date(2026, 5, 19), "凭证号": "再缴"}], 2024)
    assert len(outcome.findings) == 1 and (
        "到 2026-05-19 为止比应缴回的多 0.81 万元；该单位的贴息应缴回共 0.81 万元，到该日已记 0.81 万元"
        in lines_of(outcome)[0]
    )
    lives.paid(engine, tmp_path, [{**row, "日期": date(2026, 5, 20), "凭证号": "再缴"}], 2024)
    for day in (date(2026, 5, 19), date(2026, 5, 20)):
        assert all(one.amount_fen > 0 for one in stands(engine, day, 2).claims)


def test_the_shares_of_partial_repayments_end_at_those_claimed(tmp_path: Path) -> None:
    engine = lives.at_stage(tmp_path, "second year")
    for number, row in enumerate(claims(engine)):
        whole = Decimal(str(row["金额(万元)"]))
        parts = [min(FEN * 3, whole), min(FEN, max(whole - FEN * 3, FEN * 0)), whole - min(whole, FEN * 4)]
        lives.paid(
            engine,
            tmp_path,
            [{**row, "金额(万元)": part, "凭证号": f"{number}-{n}"} for n, part in enumerate(parts) if part],
            2024,
        )
    with db.reading(engine) as connection:
        accounts = ("claim_city", "claim_county", "returned_city", "returned_county", "claim_receivable")
        left: dict[tuple[str, str, str], int] = {}
        for (account, place), fen in standing.balances(connection, 2, accounts).items():
            key = (account.rpartition("_")[2], place.item, place.county)
            left[key] = left.get(key, 0) + fen
    assert left and set(left.values()) == {0}
    found = stands(engine, number=2)
    assert found.claims == [] and found.claimed_fen == found.returned_fen == run_of(engine, 2).summary["claims_fen"]
