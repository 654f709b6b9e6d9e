"""Where the money of a year's run is: how far every fen has come on 第十九条's way, what waits where, and since when."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

from ledger import models, money
from ledger.books import journal
from ledger.books.payment_sheets import payments
from ledger.errors import Refused
from ledger.programmes import PROGRAMMES, chart
from ledger.programmes.flow import PAYABLE, RECEIVABLE, Account, Leg, Place
from ledger.runs.settlement import RunRecord
from reports.writing.overwriting import refuse_to_lose
from reports.writing.packing import new_book
from reports.writing.tidy import MONEY_FORMAT, print_wide


def stage_names() -> dict[str, str]:
    """How far money has come, by code for programs and in words for people; all but the first and last two are accounts."""
    accounts = chart.accounts()
    waiting = {account: accounts[account].name for account in chart.in_hand()}
    return {"not_allotted": "尚未下达", **waiting, "bank_paid": "银行已到账", "enterprise_paid": "企业已到账"}


@dataclass(frozen=True)
class Waiting:
    """Money that waits: where (an account), for which item (a code), how much, since when, and for how many days by then."""

    place: str
    county: str
    bank: str
    item: str
    amount_fen: int
    since: date
    days: int


@dataclass(frozen=True)
class Claimed:
    """A claim that has not come back: of which county, from which bank and enterprise, which item (a code), how much."""

    county: str
    bank: str
    enterprise: str
    item: str
    amount_fen: int


@dataclass(frozen=True)
class Balance:
    """A run's money at the end of a day. All amounts in fen; `stages`, by stage_names(), adds up to `owed`."""

    run: RunRecord
    until: date
    owed: int
    stages: dict[str, int]
    waiting: list[Waiting]
    claims: list[Claimed]
    claimed_fen: int
    returned_fen: int

    def as_dict(self) -> dict[str, Any]:
        """For --json."""
        return {
            "run": self.run.id, "programme": self.run.programme, "year": self.run.year, "state": self.run.state,
            "solo": self.run.solo, "as_of": self.until.isoformat(), "owed_fen": self.owed,
            "stages": {f"{stage}_fen": fen for stage, fen in self.stages.items()},
            "waiting": [{**vars(one), "since": one.since.isoformat()} for one in self.waiting],
            "claims": [vars(one) for one in self.claims],
            "claimed_fen": self.claimed_fen, "returned_fen": self.returned_fen,
        }  # fmt: skip


def balance(connection: Connection, run: RunRecord, until: date) -> Balance:
    """The money of an approved run at the end of a day; Refused for one before its approval, when there was none."""
    since = journal.approved_on(connection, run)
    if until < since:
        raise Refused(
            f"第 {run.id} 号运行于 {since} 审核通过，{until} 还没有应付的补助和追缴；应为 {since} 或以后的日期"
        )
    names = Names(connection)
    programme = PROGRAMMES[run.programme]
    owed = sum(due.fen for due in programme.owed(connection, run.id))
    allotted = -_standing(connection, run, [payer.budget for payer in programme.payers], until)
    holdings = journal.holdings(connection, run.id, until)
    stages = {"not_allotted": owed - allotted}
    for account in chart.in_hand():
        stages[account] = sum(one.fen for one in holdings if one.account == account)
    stages.update(_arrived(connection, run, until))
    waiting = [
        Waiting(
            one.account, one.place.county, names.bank(one.place), one.place.item, one.fen, one.since,
            (until - one.since).days,
        )
        for one in holdings
    ]  # fmt: skip
    claims = [
        Claimed(place.county, names.bank(place), names.enterprise(place), place.item, fen)
        for (_, place), fen in journal.balances(connection, run.id, (RECEIVABLE.key,), until).items()
    ]
    return Balance(
        run, until, owed, stages, waiting, claims,
        -_standing(connection, run, [payer.claim for payer in programme.payers], until),
        _standing(connection, run, [payer.returned for payer in programme.payers], until),
    )  # fmt: skip


def _standing(connection: Connection, run: RunRecord, accounts: Sequence[Account], until: date) -> int:
    return sum(journal.balances(connection, run.id, [account.key for account in accounts], until).values())


def _arrived(connection: Connection, run: RunRecord, until: date) -> dict[str, int]:
    """What has arrived at banks (bonus, risk subsidy) and at enterprises by a day. Fen."""
    arrived = {"bank_paid": 0, "enterprise_paid": 0}
    for (_, place), fen in journal.balances(connection, run.id, (PAYABLE.key,), until, without=("accrual",)).items():
        arrived["bank_paid" if place.enterprise_id is None else "enterprise_paid"] += fen
    return arrived


class Names:
    """The names of banks and enterprises, by what a posting speaks of."""

    def __init__(self, connection: Connection) -> None:
        self._banks = {row[0]: row[1] for row in connection.execute(select(models.Bank.id, models.Bank.name))}
        fact = models.EnterpriseFact
        query = select(fact.enterprise_id, fact.name).where(fact.retired_by.is_(None))
        self._enterprises = {row[0]: row[1] for row in connection.execute(query)}
        self._codes = {
            row[0]: row[1] for row in connection.execute(select(models.Enterprise.id, models.Enterprise.uscc))
        }

    def bank(self, place: Place) -> str:
        """The bank's name, '' for none."""
        return "" if place.bank_id is None else self._banks[place.bank_id]

    def enterprise(self, place: Place) -> str:
        """The enterprise's name in force, '' for none."""
        return "" if place.enterprise_id is None else self._enterprises[place.enterprise_id]

    def uscc(self, place: Place) -> str:
        """The enterprise's code, '' for none."""
        return "" if place.enterprise_id is None else self._codes[place.enterprise_id]


# --- the sheet of what is still to be paid ----------------------------------------------------------------------------


def to_pay(connection: Connection, run: RunRecord) -> Iterator[tuple[Leg, Place, int]]:
    """Every leg that is still to be paid, with its place and amount (fen), in the order of the way down.

    What a leg has still to carry is what is owed behind it, less what waits beyond it. Of a run that is not allotted
    yet, only what is claimed back.
    """
    legs = PROGRAMMES[run.programme].legs
    down = [leg for leg in legs if not leg.returns]
    held = journal.balances(connection, run.id, chart.in_hand())
    owed = journal.balances(connection, run.id, (PAYABLE.key,))
    allotted = journal.day_of(connection, run.id, ("allotment",)) is not None
    for number, leg in enumerate(down if allotted else ()):
        beyond = {one.target.key for one in down[number:] if one.target is not None}
        left: dict[Place, int] = defaultdict(int)
        for (_, place), fen in owed.items():
            left[leg.speaks_of(place)] -= fen
        for (account, place), fen in held.items():
            if account in beyond:
                left[leg.speaks_of(place)] -= fen
        yield from ((leg, place, fen) for place, fen in left.items() if fen and place.item in leg.items)
    for leg in (leg for leg in legs if leg.returns):
        for (_, place), fen in journal.balances(connection, run.id, (RECEIVABLE.key,)).items():
            yield leg, place, fen


_WIDTHS = {"leg": 26, "county": 10, "bank": 28, "uscc": 22, "enterprise": 34, "item": 10, "voucher": 22}


def write_to_pay(connection: Connection, run: RunRecord, path: Path) -> int:
    """Writes the sheet 拨付 with everything still to be paid, dates and vouchers left empty; gives the number of rows.

    Refused when a file is there whose dates or vouchers somebody filled in, or which is no such sheet.
    """
    sheet = payments()
    refuse_to_lose(path, sheet, ("on", "voucher"))
    names, item_names = Names(connection), chart.item_names()
    rows = list(to_pay(connection, run))
    with new_book(path, run.as_of) as book:
        page = book.add_worksheet(sheet.name)
        head = book.add_format({"bold": True, "bg_color": "#DDEBF7", "border": 1})
        wan, day = book.add_format({"num_format": MONEY_FORMAT}), book.add_format({"num_format": "yyyy-mm-dd"})
        text = book.add_format({"num_format": "@"})
        formats = {"wan": wan, "date": day}
        places = {column.field: place for place, column in enumerate(sheet.columns)}
        for place, column in enumerate(sheet.columns):
            page.write_string(0, place, column.header, head)
            page.set_column(place, place, _WIDTHS.get(column.field, 14), formats.get(column.shape, text))
            if column.choices:
                page.data_validation(1, place, 1_048_575, place, {"validate": "list", "source": list(column.choices)})
        for number, (leg, place_of, fen) in enumerate(rows, start=1):
            texts = {
                "leg": leg.name, "county": place_of.county, "bank": names.bank(place_of),
                "uscc": names.uscc(place_of), "enterprise": names.enterprise(place_of), "item": item_names[place_of.item],
            }  # fmt: skip
            for field, value in texts.items():
                page.write_string(number, places[field], value)
            page.write_number(number, places["fen"], fen / money.FEN_PER_WAN, wan)
        page.freeze_panes(1, 0)
        print_wide(page)
    return len(rows)
