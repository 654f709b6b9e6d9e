"""A large invented city, written into a database through the product's own schema and bulk path.

Everything is drawn from one seed. Most loans pass; every condition stops some; enterprises share their cap over several
loans and banks; one county's budget cuts the interest, another's the bonus, and the city's binds after them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import Connection, Engine, insert
from stdnum.cn import uscc

from ledger import models
from ledger.counties import ALL_COUNTIES, CITY, COUNTIES
from ledger.database import db
from ledger.programmes.tech_branch import tables
from ledger.seals.chain import Link
from ledger.setup import initialise
from ledger.workdays import NO_DATE, day_number, now

YEAR = 2024
AS_OF = date(2025, 1, 31)
LOANS_PER_ENTERPRISE = 20
LOANS_PER_FILE = 1_000_000
BANKS = tuple(f"样例{name}银行威海科技支行" for name in "甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉")
FEN = 1_000_000  # of one 万元

# fen per loan on file, such that the budgets bind whatever the number of loans
_COUNTY_CUTS_INTEREST, _COUNTY_CUTS_BONUS, _CITY_CUTS = 40_000, 135_000, 1_300_000

Columns = Mapping[str, Any]
Numbers = np.ndarray[Any, np.dtype[np.int64]]


def enterprise_codes(count: int) -> list[str]:
    """Well-formed codes with the right check character."""
    stems = [f"91371000MA{number:07d}" for number in range(count)]
    return [stem + uscc.calc_check_digit(stem) for stem in stems]


def make_database(path: Path, loans: int) -> None:
    """A new SQLite database with so many loans."""
    engine = db.open_engine(f"sqlite:///{path}")
    fill(engine, loans)
    engine.dispose()


def fill(engine: Engine, loans: int, seed: int = 1) -> None:
    """Sets up a database with so many loans, and with all that is on file around them; a link of the chain for each file."""
    initialise(engine)
    draw = np.random.default_rng(seed)
    enterprises = max(10, loans // LOANS_PER_ENTERPRISE)
    for first in range(0, loans, LOANS_PER_FILE):
        with db.writing(engine) as connection:
            _trust_keys(connection)
            link = Link(connection, light=True)
            writer = _Writer(connection, link, _add_intake(connection, first))
            if first == 0:
                _add_enterprises(writer, draw, enterprise_codes(enterprises))
                _add_banks(writer)
            _add_loans(writer, draw, first, min(loans - first, LOANS_PER_FILE), enterprises)
            if first == 0:
                _add_budgets(writer, loans)
            link.seal("import")


def _trust_keys(connection: Connection) -> None:
    """Has a server not look up every foreign key of millions of rows, where it lets us: they are right by construction."""
    if connection.dialect.name == "postgresql":
        superuser = connection.exec_driver_sql("SELECT current_setting('is_superuser')").scalar_one() == "on"
        if superuser:
            connection.exec_driver_sql("SET LOCAL session_replication_role = replica")


def _add_intake(connection: Connection, first: int) -> int:
    intake_id = db.next_id(connection, models.Intake.__table__)  # type: ignore[arg-type]
    connection.execute(
        insert(models.Intake).values(
            id=intake_id, file_name="大样例", sha256=f"{first:064d}", uploader="性能测试", received_at=now()
        )
    )
    return intake_id


@dataclass(frozen=True)
class _Writer:
    """Writes anchors and facts of the one intake."""

    connection: Connection
    link: Link
    intake_id: int

    def anchors(self, model: Any, **columns: Sequence[Any]) -> None:
        count = len(next(iter(columns.values())))
        first = db.next_id(self.connection, model.__table__)
        self.link.insert(model.__table__, {"id": range(first, first + count), **columns})

    def facts(self, model: Any, **columns: Any) -> None:
        plain = {name: _plain(name, values) for name, values in columns.items()}
        count = len(next(iter(plain.values())))
        first = db.next_id(self.connection, model.__table__)
        provenance = {
            "id": range(first, first + count),
            "sheet_row": range(2, count + 2),
            "version": [1] * count,
            "intake_id": [self.intake_id] * count,
        }
        self.link.insert(model.__table__, {**provenance, **plain})


_DAYS = ("_on", "_from", "_to")


def _plain(name: str, values: Any) -> Sequence[Any]:
    """A column as the bulk path takes it: day numbers as dates, arrays as lists."""
    if not isinstance(values, np.ndarray):
        return values
    listed: list[Any] = (db.date_texts(values) if name.endswith(_DAYS) else values).tolist()
    return listed


# --- enterprises and banks ----------------------------------------------------------------------------------------------


def _day(year: int, month: int = 1, day: int = 1) -> int:
    return day_number(date(year, month, day))


def _some(draw: np.random.Generator, count: int, share: float) -> Numbers:
    """A share of the numbers 1 to count, ascending; at least one."""
    return np.sort(draw.choice(count, max(1, int(count * share)), replace=False)) + 1


def _add_enterprises(writer: _Writer, draw: np.random.Generator, codes: Sequence[str]) -> None:
    count = len(codes)
    ids = np.arange(1, count + 1)
    writer.anchors(models.Enterprise, uscc=codes)
    shares = np.array([0.98 / len(COUNTIES)] * len(COUNTIES) + [0.02])
    writer.facts(
        models.EnterpriseFact,
        enterprise_id=ids,
        name=[f"威海样例{number:06d}科技有限公司" for number in draw.permutation(count)],
        county=draw.choice(np.array(ALL_COUNTIES, dtype=object), count, p=shares),
    )
    holders = ids[draw.random(count) < 0.96]
    ends = np.where(draw.random(holders.size) < 0.1, _day(2024, 3, 31), NO_DATE)
    for chosen, ending, starts in (
        (holders, ends, _day(2010)),
        (holders[::5], np.full(holders[::5].size, NO_DATE), _day(2023)),
    ):
        writer.facts(
            models.QualificationFact,
            enterprise_id=chosen,
            category=draw.choice(np.array(models.QUALIFICATIONS, dtype=object), chosen.size),
            valid_from=np.full(chosen.size, starts),
            valid_to=ending,
        )
    veterans = _some(draw, count, 0.2)
    writer.facts(
        tables.PriorYearsFact,
        enterprise_id=veterans,
        through_year=[2022] * veterans.size,
        years=draw.integers(1, 7, veterans.size),
    )
    excused = veterans[::10]
    writer.facts(
        tables.YearsWaiverFact,
        enterprise_id=excused,
        year=[YEAR] * excused.size,
        document_no=["威样例〔2024〕1号"] * excused.size,
    )
    barred = _some(draw, count, 0.002)
    writer.facts(
        models.DisqualificationFact,
        enterprise_id=barred,
        barred_on=np.full(barred.size, _day(2024, 6)),
        document_no=["威样例〔2024〕2号"] * barred.size,
    )


def _add_banks(writer: _Writer) -> None:
    ids = np.arange(1, len(BANKS) + 1)
    writer.anchors(models.Bank, name=BANKS)
    writer.facts(
        models.PartnershipFact,
        bank_id=ids,
        starts_on=np.where(ids == 20, _day(2024, 2), _day(2015)),
        ends_on=np.where(ids == 19, _day(2024, 9, 30), NO_DATE),
    )
    writer.facts(tables.BonusRateFact, year=[YEAR] * 5, bank_id=ids[:5], rate_e4=[5_000, 5_500, 3_333, 6_000, 4_001])


# --- loans and what happened to them ------------------------------------------------------------------------------------


def loan_terms(draw: np.random.Generator, count: int) -> dict[str, Numbers]:
    """The figures of so many loans: amount (fen), first and last day, rate (e4) and the day of the papers."""
    disbursed_on = draw.integers(_day(2022, 7), _day(2024, 12, 31), count)
    disbursed_on = np.where(draw.random(count) < 0.002, _day(2019, 3, 1), disbursed_on)  # before the first LPR
    length = draw.choice([365, 366, 540, 730, 1096, 1827], count)
    length = np.where(draw.random(count) < 0.02, draw.integers(300, 362, count), length)
    due_on = np.maximum(disbursed_on + length, _day(2024, 12, 1))
    delay = np.where(draw.random(count) < 0.97, draw.integers(0, 6, count), draw.integers(5, 30, count))
    return {
        "amount_fen": draw.integers(10, 700, count) * FEN + np.where(draw.random(count) < 0.1, 123_457, 0),
        "disbursed_on": disbursed_on,
        "due_on": due_on,
        "rate_e4": draw.integers(300, 442, count) * 100,
        "uploaded_on": np.where(draw.random(count) < 0.995, disbursed_on + delay, NO_DATE),
    }


def note_numbers(draw: np.random.Generator, count: int, mark: str = "JJ", first: int = 0) -> list[str]:
    """Note numbers in no order."""
    return [f"{mark}2024-{number:07d}" for number in draw.permutation(count) + first]


def _add_loans(writer: _Writer, draw: np.random.Generator, first: int, count: int, enterprises: int) -> None:
    """So many loans after the first ones, and what happened to them."""
    ids = np.arange(first + 1, first + count + 1)
    terms = loan_terms(draw, count)
    writer.anchors(
        models.Loan,
        bank_id=draw.integers(1, len(BANKS) + 1, count).tolist(),
        note_no=note_numbers(draw, count, first=first),
    )
    writer.facts(
        models.LoanFact,
        loan_id=ids,
        contract_no=[f"HT{number:08d}" for number in range(first, first + count)],
        product=["科技支行贷款"] * count,
        enterprise_id=draw.integers(1, enterprises + 1, count),
        guarantee=draw.choice(np.array(models.GUARANTEES, dtype=object), count),
        **terms,
    )
    balance = _add_repayments(writer, draw, ids, terms)
    _add_extensions(writer, draw, ids, terms)
    reported = _some(draw, count, 0.1)
    writer.facts(
        models.ReportedBalanceFact,
        year=[YEAR] * reported.size,
        loan_id=first + reported,
        balance_fen=balance[reported - 1] + np.where(draw.random(reported.size) < 0.05, 1, 0),
    )
    excused = _some(draw, count, 0.005)
    writer.facts(
        models.UploadWaiverFact,
        loan_id=first + excused,
        event_on=terms["disbursed_on"][excused - 1],
        document_no=["威样例〔2024〕3号"] * excused.size,
    )
    revoked = _some(draw, count, 0.002)
    writer.facts(
        models.RevocationFact,
        loan_id=first + revoked,
        found_on=np.full(revoked.size, _day(2025, 1, 20)),
        document_no=["威样例〔2025〕4号"] * revoked.size,
        cause=["样例"] * revoked.size,
    )


def _add_repayments(writer: _Writer, draw: np.random.Generator, ids: Numbers, terms: Mapping[str, Numbers]) -> Numbers:
    """One repayment a loan: a part, or all of it for some; gives the balances at the year's end (fen)."""
    count, amount = ids.size, terms["amount_fen"]
    paid_on = terms["disbursed_on"] + draw.integers(20, 361, count)
    principal = amount * draw.integers(0, 30, count) // 100
    principal = np.where(draw.random(count) < 0.02, amount, principal)
    delay = np.where(draw.random(count) < 0.98, draw.integers(0, 6, count), draw.integers(5, 30, count))
    writer.facts(
        models.RepaymentFact,
        loan_id=ids,
        paid_on=paid_on,
        principal_fen=principal,
        interest_fen=amount // 100,
        uploaded_on=np.where(draw.random(count) < 0.995, paid_on + delay, NO_DATE),
    )
    return amount - np.where(paid_on <= _day(YEAR, 12, 31), principal, 0)


def _add_extensions(writer: _Writer, draw: np.random.Generator, ids: Numbers, terms: Mapping[str, Numbers]) -> None:
    extended = _some(draw, ids.size, 0.01)
    due_on = terms["due_on"][extended - 1]
    writer.facts(
        models.ExtensionFact,
        loan_id=ids[extended - 1],
        extended_on=due_on - 10,
        new_due_on=due_on + 183,
        uploaded_on=due_on - 8,
    )


def _add_budgets(writer: _Writer, loans: int) -> None:
    scopes = {"环翠区": _COUNTY_CUTS_INTEREST, "文登区": _COUNTY_CUTS_BONUS, CITY: _CITY_CUTS}
    writer.facts(
        tables.BudgetFact,
        year=[YEAR] * len(scopes),
        scope=list(scopes),
        amount_fen=[loans * per_loan for per_loan in scopes.values()],
    )
