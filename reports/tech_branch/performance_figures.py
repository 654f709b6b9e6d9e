"""第二十条: the figures of one settled year, from the lines and facts of its run and from the books of today. Fen, e4, tenths of a day."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import Connection, func, select

from ledger import models, money, spotcheck
from ledger.counties import CITY
from ledger.errors import Refused
from ledger.facts.bank_names import bank_names
from ledger.programmes.tech_branch import tables
from ledger.programmes.tech_branch.law import PLEDGED, UNSECURED
from ledger.programmes.tech_branch.year import PRODUCT, year_end
from ledger.runs.settlement import RunRecord, choose_run
from reports.lineage.rules import seen
from reports.money.leg_days import from_allotment, how_far, leg_days
from reports.tech_branch.lines import bank, enterprise_fact, joined, line, loan_fact
from reports.writing.indicators import Values, quotient, share_e4

WITHOUT = "无有效资质"
TO_ENTERPRISE, TO_BANK = "下达至企业（贴息）", "下达至银行（奖补）"


@dataclass
class Part:
    """The sums of some lines: counts, fen, and rates times balances."""

    loans: int = 0
    paid_loans: int = 0
    new_loans: int = 0
    balance: int = 0
    paid_balance: int = 0
    new_balance: int = 0
    interest: int = 0
    bonus: int = 0
    pledged: int = 0
    unsecured: int = 0
    papers: int = 0
    late: int = 0
    rated: int = 0  # balance of the loans whose LPR is known
    rate: int = 0
    lpr: int = 0
    enterprises: set[int] = field(default_factory=set)
    helped: set[int] = field(default_factory=set)  # enterprises with interest

    def add(self, row: Any) -> None:
        """Adds a line."""
        self.loans += 1
        self.balance += row.balance_fen
        self.interest += row.interest_fen
        self.bonus += row.bonus_fen
        self.papers += row.papers_checked
        self.late += row.papers_late
        self.enterprises.add(row.enterprise_id)
        if row.interest_fen + row.bonus_fen:
            self.paid_loans += 1
            self.paid_balance += row.balance_fen
        if row.interest_fen:
            self.helped.add(row.enterprise_id)
        if row.year_end_no == 1:
            self.new_loans += 1
            self.new_balance += row.balance_fen
        if row.guarantee in PLEDGED:
            self.pledged += row.balance_fen
        if row.guarantee in UNSECURED:
            self.unsecured += row.balance_fen
        if row.lpr_e4 is not None:
            self.rated += row.balance_fen
            self.rate += row.rate_e4 * row.balance_fen
            self.lpr += row.lpr_e4 * row.balance_fen

    @property
    def given(self) -> int:
        """Interest and bonus."""
        return self.interest + self.bonus

    def values(self) -> Values:
        """What is shown of a county or a bank."""
        rate, lpr = quotient(self.rate, self.rated), quotient(self.lpr, self.rated)
        return {
            "loans": self.loans, "paid_loans": self.paid_loans, "enterprises": len(self.enterprises),
            "helped": len(self.helped), "balance": self.balance, "new_loans": self.new_loans,
            "new_balance": self.new_balance, "interest": self.interest, "bonus": self.bonus, "given": self.given,
            "rate": rate, "lpr": lpr, "spread": None if rate is None or lpr is None else rate - lpr,
            "per_enterprise": quotient(self.interest, len(self.helped)),
            "lent_per_yuan": quotient(self.paid_balance, self.given, 100),
            "papers": self.papers, "in_time": share_e4(self.papers - self.late, self.papers),
            "pledged": share_e4(self.pledged, self.balance), "unsecured": share_e4(self.unsecured, self.balance),
        }  # fmt: skip


@dataclass
class YearFigures:
    """All figures of a year: of the whole city by the indicators' keys, and of every county, bank, category and leg."""

    run: RunRecord
    values: dict[str, int | None]
    counties: dict[str, Values]
    banks: dict[str, Values]
    categories: dict[str, Values]
    legs: dict[str, Values]


def figures(connection: Connection, run: RunRecord) -> YearFigures:
    """The figures of a run's year."""
    names = bank_names(connection)
    whole, counties, banks = Part(), defaultdict[str, Part](Part), defaultdict[str, Part](Part)
    category: dict[int, int] = {}
    order = list(run.law["categories"])
    for row in _rows(connection, run.id):
        for part in (whole, counties[row.county], banks[names.printed_of(row.bank)]):
            part.add(row)
        rank = order.index(row.category) if row.category else len(order)
        category[row.enterprise_id] = min(category.get(row.enterprise_id, rank), rank)
    floors = (run.law["pledge_floor"], run.law["unsecured_floor"])
    of_banks = {name: part.values() for name, part in banks.items()}
    values = dict(whole.values())
    values["below_floor"] = sum(_below(part, *floors) for part in banks.values())
    values |= _lending(connection, run) | _checks(connection, run) | _claims(run) | _money(connection, run, whole)
    legs = leg_days(connection, run)
    legs += [from_allotment(connection, run, ("interest",), TO_ENTERPRISE), from_allotment(connection, run, ("bonus",), TO_BANK)]  # fmt: skip
    values["to_enterprise"], values["to_bank"] = legs[-2].tenths, legs[-1].tenths
    return YearFigures(
        run,
        values,
        {name: part.values() for name, part in counties.items()},
        of_banks,
        {name: {"enterprises": list(category.values()).count(rank)} for rank, name in enumerate([*order, WITHOUT])},
        {leg.name: {"fen": leg.fen, "days": leg.tenths} for leg in legs},
    )


def year_before(connection: Connection, run: RunRecord) -> YearFigures | None:
    """The figures of the year before a run's; None where that was never settled."""
    try:
        return figures(connection, choose_run(connection, run.programme, run.year - 1))
    except Refused:
        return None


def _rows(connection: Connection, run_id: int) -> Any:
    held = models.QualificationFact
    query = joined(
        select(
            enterprise_fact.county, enterprise_fact.enterprise_id, bank.name.label("bank"), held.category,
            loan_fact.guarantee, loan_fact.rate_e4, line.lpr_e4, line.balance_fen, line.interest_fen, line.bonus_fen,
            line.papers_checked, line.papers_late, line.year_end_no,
        )
    )  # fmt: skip
    query = query.outerjoin(held, held.id == line.qualification_fact_id).where(line.run_id == run_id)
    return connection.execute(query.order_by(line.line_no), execution_options={"yield_per": 5_000})


def _below(part: Part, pledge_e4: int, unsecured_e4: int) -> bool:
    """第七条: whether a bank is under one of the floors, exactly."""
    return any(
        held * money.E4_PER_ONE < floor * part.balance
        for held, floor in ((part.pledged, pledge_e4), (part.unsecured, unsecured_e4))
    )


def _lending(connection: Connection, run: RunRecord) -> dict[str, int | None]:
    """What was lent in the year, paid off since or not, and to how many enterprises for the first time."""
    fact, prior = models.LoanFact, tables.PriorYearsFact
    first, last = date(run.year, 1, 1), year_end(run.year)
    of_run = (fact.product == PRODUCT, *seen(fact, run))
    query = select(func.count(), func.coalesce(func.sum(fact.amount_fen), 0))
    count, lent = connection.execute(query.where(*of_run, fact.disbursed_on.between(first, last))).one()
    earliest = select(fact.enterprise_id).where(*of_run).group_by(fact.enterprise_id)
    new = set(connection.execute(earliest.having(func.min(fact.disbursed_on).between(first, last))).scalars())
    enjoyed = select(prior.enterprise_id).where(*seen(prior, run), prior.years > 0, prior.through_year < run.year)
    return {
        "lent": int(count),
        "lent_fen": int(lent),
        "first_time": len(new - set(connection.execute(enjoyed).scalars())),
    }


def _checks(connection: Connection, run: RunRecord) -> dict[str, int | None]:
    """第十七条: the spot checks of the run: lines drawn, lines answered, lines on which anything was ever found."""
    drawn = {one.line_no for drawing in spotcheck.drawings(connection, run.id) for one in drawing.lines}
    entered = spotcheck.entered(connection, run.id)
    answered, found = {one.line_no for one in entered}, {one.line_no for one in entered if one.outcome == "finding"}
    return {"drawn": len(drawn), "answered": len(answered), "found": len(found), "error_rate": share_e4(len(found), len(answered))}  # fmt: skip


def _claims(run: RunRecord) -> dict[str, int | None]:
    claims = run.summary["claims"]
    return {"claims": claims["claims"], "claimed": claims["interest_fen"] + claims["bonus_fen"]}


def _money(connection: Connection, run: RunRecord, whole: Part) -> dict[str, int | None]:
    """The budget, and how far the money has come by today."""
    budget = run.law.get("budgets", {}).get(CITY)
    used = None if budget is None else share_e4(whole.given, budget)
    return {"budget": budget, "used": used, **how_far(connection, run)}
