"""Where the money of a year's run is: how far every fen has come on 第十九条's way, what waits where, and since when."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, Select, select

from ledger import models, money
from ledger.accounts import scope as scopes
from ledger.accounts.scope import EVERYTHING, Scope
from ledger.books import journal, standing
from ledger.database import db
from ledger.errors import NotFound, Refused
from ledger.facts.bank_names import bank_names, bank_names_of
from ledger.programmes import PROGRAMMES, chart
from ledger.programmes.flow import BANK, PAYABLE, RECEIVABLE, Account, Place
from ledger.runs.settlement import RunRecord, choose_run
from ledger.workdays import today
from reports.runs import seen

HUNDREDTHS = 10_000  # of a percent, in the whole
ON_THE_WAY = "on_the_way"  # where a bank's money is that has not come to it: above the banks it is kept by county alone


def stage_names() -> dict[str, str]:
    """How far money has come, by code for programs and in words for people; all but the first and last two are accounts."""
    accounts = chart.accounts()
    waiting = {account: accounts[account].name for account in chart.in_hand()}
    return {
        "not_allotted": "尚未下达",
        ON_THE_WAY: "在途（尚未到银行）",
        **waiting,
        "bank_paid": "银行已到账",
        "enterprise_paid": "企业已到账",
    }


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

    @property
    def shares(self) -> list[int]:
        """The stages' shares of what is owed, in hundredths of a percent; they add up to 100%, or are all 0."""
        return money.split(HUNDREDTHS if self.owed else 0, list(self.stages.values()))

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


def of_year(
    connection: Connection, programme: str, year: int, until: date | None, scope: Scope = EVERYTHING
) -> Balance:
    """The money of a year's approved run at the end of a day, of today by default; Refused where there is none, or the day
    is to come. scope: whose money; NotFound where none of the programme's can be."""
    if not seen.has_part(scope, programme):
        raise NotFound(f"没有 {year} 年度的资金")
    if until is not None and until > today():
        raise Refused(f"{until} 在今天（{today()}）之后；应为今天或以前的日期")
    run = choose_run(connection, programme, year)
    if run.approved_at is None:
        raise Refused(
            f"{year} 年度还没有审核通过的运行，没有账可查",
            f"；第 {run.id} 号运行办到哪一步：tiexi status {run.id}",
        )
    return balance(connection, run, until or today(), scope)


def balance(connection: Connection, run: RunRecord, until: date, scope: Scope = EVERYTHING) -> Balance:
    """The money of an approved run at the end of a day; Refused for one before its approval, when there was none. scope: whose
    money: of a county, or of a bank, whose part of what is still above the banks is said in one sum."""
    since = journal.approved_on(connection, run)
    if until < since:
        raise Refused(
            f"第 {run.id} 号运行于 {since} 审核通过，{until} 还没有应付的补助和追缴；应为 {since} 或以后的日期"
        )
    own = seen.places_seen(connection, scope)
    programme = PROGRAMMES[run.programme]
    owed = _owed(connection, run, until, own, scope)
    allotted = -_standing(connection, run, [payer.budget for payer in programme.payers], until, own)
    holdings = [one for one in standing.holdings(connection, run.id, until) if own(one.place)]
    stages = {"not_allotted": owed - allotted}
    for account in chart.in_hand():
        stages[account] = sum(one.fen for one in holdings if one.account == account)
    stages.update(_arrived(connection, run, until, own))
    if scope.of_institution:
        stages = _of_bank(connection, run, owed, stages, until)
    receivable = standing.balances(connection, run.id, (RECEIVABLE.key,), until)
    claimed = {place: fen for (_, place), fen in receivable.items() if own(place)}
    names = Names(connection, run, places=claimed)
    waiting = [
        Waiting(
            one.account, one.place.county, names.bank(one.place), one.place.item, one.fen, one.since,
            (until - one.since).days,
        )
        for one in holdings
    ]  # fmt: skip
    claims = [
        Claimed(place.county, names.bank(place), names.enterprise(place), place.item, fen)
        for place, fen in claimed.items()
    ]
    return Balance(
        run, until, owed, stages, waiting, claims,
        *_claims(connection, run, until, own, scope),
    )  # fmt: skip


_Own = Callable[[Place], bool]  # whether a place is seen


def _owed(connection: Connection, run: RunRecord, until: date, own: _Own, scope: Scope) -> int:
    """What the run owes, as its approval booked it: by county where the payers bear it; of a bank, where it is owed."""
    if not scope.of_institution:
        return _standing(connection, run, [payer.expense for payer in PROGRAMMES[run.programme].payers], until, own)
    banks, payable = scopes.bank_ids(connection, scope) or (), (PAYABLE.key,)
    paid = standing.movements(connection, run.id, payable, without=("accrual",), banks=banks)
    return sum(one[3] for one in paid) - sum(
        one[3] for one in standing.movements(connection, run.id, payable, banks=banks)
    )


def _claims(connection: Connection, run: RunRecord, until: date, own: _Own, scope: Scope) -> tuple[int, int]:
    """What was claimed by a day, and what came back of it. Fen. Of a bank it is read where it owes it."""
    payers = PROGRAMMES[run.programme].payers
    if scope.of_institution:
        claimed = sum(
            fen
            for account, place, day, fen in standing.movements(connection, run.id, (RECEIVABLE.key,))
            if day <= until and fen > 0 and own(place)
        )
        return claimed, claimed - _standing(connection, run, [RECEIVABLE], until, own)
    return (
        -_standing(connection, run, [payer.claim for payer in payers], until, own),
        _standing(connection, run, [payer.returned for payer in payers], until, own),
    )


def _of_bank(connection: Connection, run: RunRecord, owed: int, stages: dict[str, int], until: date) -> dict[str, int]:
    """A bank's stages: above the banks money is kept by county, so what has not come to it is one sum."""
    allotted_on = journal.day_of(connection, run.id, ("allotment",))
    below = {name: stages[name] for name in (BANK.key, "bank_paid", "enterprise_paid") if name in stages}
    left = owed - sum(below.values())
    allotted = allotted_on is not None and allotted_on <= until
    return {"not_allotted": 0 if allotted else left, ON_THE_WAY: left if allotted else 0, **below}


def _standing(connection: Connection, run: RunRecord, accounts: Sequence[Account], until: date, own: _Own) -> int:
    found = standing.balances(connection, run.id, [account.key for account in accounts], until)
    return sum(fen for (_, place), fen in found.items() if own(place))


def _arrived(connection: Connection, run: RunRecord, until: date, own: _Own) -> dict[str, int]:
    """What has arrived at banks (bonus, risk subsidy) and at enterprises by a day. Fen."""
    arrived = {"bank_paid": 0, "enterprise_paid": 0}
    for (_, place), fen in standing.balances(connection, run.id, (PAYABLE.key,), until, without=("accrual",)).items():
        arrived["bank_paid" if place.enterprise_id is None else "enterprise_paid"] += fen if own(place) else 0
    return arrived


class Names:
    """The names of banks and enterprises, by what a posting speaks of."""

    def __init__(
        self,
        connection: Connection,
        run: RunRecord | None,
        printed: bool = False,
        places: Iterable[Place] | None = None,
    ) -> None:
        """run: whose names they are; None for those of now. printed: banks as papers call them, not as machines do. places: of whose
        enterprises; None: of all."""
        names = bank_names(connection) if run is None else bank_names_of(connection, run)
        self._banks = names.all_printed() if printed else names.all_in_force()
        fact, anchor = models.EnterpriseFact, models.Enterprise
        in_force = select(fact.enterprise_id, fact.name).where(fact.retired_by.is_(None))
        codes = select(anchor.id, anchor.uscc)
        if places is None:
            self._enterprises = _pairs(connection, in_force)
            self._codes = _pairs(connection, codes)
            return
        self._enterprises, self._codes = {}, {}
        for part in db.in_chunks(sorted({place.enterprise_id for place in places if place.enterprise_id is not None})):
            self._enterprises |= _pairs(connection, in_force.where(fact.enterprise_id.in_(part)))
            self._codes |= _pairs(connection, codes.where(anchor.id.in_(part)))

    def bank(self, place: Place) -> str:
        """The bank's name, '' for none."""
        return "" if place.bank_id is None else self._banks[place.bank_id]

    def enterprise(self, place: Place) -> str:
        """The enterprise's name in force, '' for none."""
        return "" if place.enterprise_id is None else self._enterprises[place.enterprise_id]

    def uscc(self, place: Place) -> str:
        """The enterprise's code, '' for none."""
        return "" if place.enterprise_id is None else self._codes[place.enterprise_id]


def _pairs(connection: Connection, query: Select[int, str]) -> dict[int, str]:
    return {row[0]: row[1] for row in connection.execute(query)}
