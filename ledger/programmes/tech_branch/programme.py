"""科技支行贷款: its facts for a year as positions, its judgement, and its lines as a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import Connection, select

from ledger import models, money
from ledger.counties import ALL_COUNTIES
from ledger.database import db
from ledger.errors import Refused
from ledger.facts import positions
from ledger.law.conditions import UNKNOWN
from ledger.law.document import Values, document
from ledger.lazy import np, pd
from ledger.programmes.flow import (
    BANK,
    CITY_TREASURY,
    COUNTY_REGULATOR,
    COUNTY_TREASURY,
    PAYABLE,
    RECEIVABLE,
    Due,
    Item,
    Leg,
)
from ledger.programmes.judging import Fingerprint, stopped
from ledger.programmes.programme import Assumable, Judged, Programme, SpotCheck
from ledger.programmes.tech_branch import claims as clawback
from ledger.programmes.tech_branch import law as policy
from ledger.programmes.tech_branch.dues import PAYERS, interest_and_bonus
from ledger.programmes.tech_branch.sheets import RATES, SHEETS
from ledger.workdays import day_number

PRODUCT = "科技支行贷款"
DOCUMENT = document("tech_branch")


@dataclass(frozen=True)
class Assumptions:
    """Numbers to go by instead of the law's and of what is on file for the year; by default nothing is assumed.

    law: values of the document in their unit. year_rates: e4 by 补助项目. budgets: fen by scope, None for no budget.
    """

    law: Mapping[str, int] = field(default_factory=dict)
    year_rates: Mapping[str, int] = field(default_factory=dict)
    budgets: Mapping[str, int | None] = field(default_factory=dict)

    def values(self, year: int) -> Values:
        """The values of the document for a year."""
        return DOCUMENT.values(year_end(year)).with_changes(self.law)

    def year_rate(self, connection: Connection, year: int, item: str, ceiling: int) -> int:
        """第六条: a year's rate: the one assumed, else the one on file, else the ceiling. e4."""
        on_file = positions.year_rate(connection, year, item)
        return self.year_rates.get(item, ceiling if on_file is None else on_file)

    def budgets_of(self, connection: Connection, year: int) -> dict[str, int]:
        """The year's budgets, the assumed ones in the place of those on file. Fen by scope."""
        found = {**positions.budgets(connection, year), **self.budgets}
        return {scope: fen for scope, fen in found.items() if fen is not None}


AS_ON_FILE = Assumptions()


def year_end(year: int) -> date:
    """December 31, the day whose balance earns the subsidy."""
    return date(year, 12, 31)


def require_in_force(year: int) -> None:
    """Refused for a year that the document does not know."""
    if not (1 <= year <= 9999 and DOCUMENT.in_force(year_end(year))):
        raise Refused(
            f"{year} 年度不能按{DOCUMENT.number}结算：该办法自 {DOCUMENT.starts} 起执行，有效期至 {DOCUMENT.ends}"
            f"（{DOCUMENT.life_article}），可结算的年度为 {DOCUMENT.starts.year} 至 {DOCUMENT.ends.year - 1}"
        )


def settlement_day(year: int, as_of: date | None, today: date) -> date:
    """The as-of date of a settlement; Refused for a year or a date that the document does not know."""
    require_in_force(year)
    as_of = as_of or today
    if as_of > today:
        raise Refused(f"截止日 {as_of} 在今天（{today}）之后；应在 {year_end(year)} 与今天之间")
    if as_of < year_end(year):
        raise Refused(
            f"截止日 {as_of} 早于 {year_end(year)}，{year} 年末余额尚未形成；应在 {year_end(year)} 与今天之间"
        )
    return as_of


def read_positions(
    connection: Connection, year: int, as_of: date, assumed: Assumptions = AS_ON_FILE
) -> tuple[policy.Positions, pd.DataFrame]:
    """The facts of a year as of a date: the policy's positions, and beside each row what identifies it."""
    values = assumed.values(year)
    everything = positions.loans(connection, PRODUCT, date.min, year_end(year))
    repaid = positions.repayments(connection, everything, as_of)
    balance = positions.balances(everything, repaid, year_end(year))
    kept = np.flatnonzero(balance > 0)
    row_of = np.full(len(everything), -1, dtype=np.int64)
    row_of[kept] = np.arange(kept.size)
    loans = everything.iloc[kept].reset_index(drop=True)
    repaid = repaid.assign(loan=row_of[repaid["loan"].to_numpy()]).query("loan >= 0").reset_index(drop=True)
    extended = positions.extensions(connection, loans, as_of)

    disbursed_on = loans["disbursed_on"].to_numpy()
    year_bonus_rate = assumed.year_rate(connection, year, "奖补", values["bonus_rate"])
    enterprise_barred_on = positions.barred(connection, "enterprise_id", loans["enterprise"], year_end(year))
    bank_barred_on = positions.barred(connection, "bank_id", loans["bank_id"], year_end(year))
    enjoyed, years_waived = years_enjoyed(connection, loans, year)
    columns = {
        "balance": balance[kept],
        "reported_balance": positions.column_of(
            connection, loans, models.ReportedBalanceFact, "balance_fen", UNKNOWN, year
        ),
        "paid_off_on": positions.paid_off_on(loans, repaid),
        "due_on": positions.due_on(loans, extended),
        "revoked_on": positions.revoked_on(connection, loans, as_of),
        "enterprise_barred_on": enterprise_barred_on,
        "bank_barred_on": bank_barred_on,
        "years_enjoyed": enjoyed,
        "years_waived": years_waived,
        "bonus_rate_e4": _bonus_rates(connection, loans, year, year_bonus_rate),
    }
    evidence = (
        positions.qualification(connection, loans, values.names("categories"), disbursed_on),
        positions.partnership(connection, loans, disbursed_on),
    )
    loans = pd.concat([loans.assign(**columns), *evidence], axis=1)
    loans["qualified"] = loans["qualification_fact_id"] != UNKNOWN
    loans["partner"] = loans["partnership_fact_id"] != UNKNOWN
    lpr = positions.lpr(connection)
    judged = policy.Positions(
        year=year,
        loans=loans[list(_JUDGED)],
        events=_events(connection, loans, repaid, extended, year),
        lpr_announced_on=lpr["announced_on"].to_numpy(),
        lpr_e4=lpr["rate_e4"].to_numpy(),
        calendar=positions.calendar(connection),
        budgets=assumed.budgets_of(connection, year),
        interest_rate_e4=assumed.year_rate(connection, year, "贴息", values["interest_rate"]),
    )
    return judged, loans[list(_IDENTITY)]


_JUDGED = (
    "county_rank", "bank_rank", "enterprise_rank", "enterprise", "amount", "balance", "reported_balance",
    "disbursed_on", "due_on", "paid_off_on", "rate_e4", "qualified", "partner", "revoked_on", "enterprise_barred_on",
    "bank_barred_on", "years_enjoyed", "years_waived", "bonus_rate_e4",
)  # fmt: skip
_IDENTITY = (
    "loan_fact_id", "enterprise_fact_id", "qualification_fact_id", "category", "valid_from", "valid_to",
    "partnership_fact_id", "partner_from", "partner_to", "bank", "note_no", "uscc", "enterprise_name", "county",
    "guarantee",
)  # fmt: skip


def _events(
    connection: Connection, loans: pd.DataFrame, repaid: pd.DataFrame, extended: pd.DataFrame, year: int
) -> pd.DataFrame:
    """第十七条: every disbursement, and the repayments and extensions dated within the year, with their papers."""
    first, last = day_number(date(year, 1, 1)), day_number(year_end(year))
    paid = repaid[repaid["paid_on"].between(first, last)]
    moved = extended[extended["extended_on"].between(first, last)]
    parts = (
        (0, np.arange(len(loans)), loans["disbursed_on"], loans["uploaded_on"]),
        (1, paid["loan"], paid["paid_on"], paid["uploaded_on"]),
        (2, moved["loan"], moved["extended_on"], moved["uploaded_on"]),
    )
    events = pd.DataFrame(
        {
            "loan": np.concatenate([np.asarray(loan, dtype=np.int64) for _, loan, _, _ in parts]),
            "kind": np.concatenate([np.full(len(loan), kind, dtype=np.int64) for kind, loan, _, _ in parts]),
            "event_on": np.concatenate([np.asarray(on, dtype=np.int64) for _, _, on, _ in parts]),
            "uploaded_on": np.concatenate([np.asarray(uploaded, dtype=np.int64) for _, _, _, uploaded in parts]),
        }
    )
    events["waived"] = positions.waived(connection, loans, events["loan"].to_numpy(), events["event_on"].to_numpy())
    return events


def years_enjoyed(connection: Connection, loans: pd.DataFrame, year: int) -> tuple[np.ndarray, np.ndarray]:
    """第五条: years enjoyed before the year, and whether the limit is waived, for each row's enterprise."""
    prior, waiver = models.PriorYearsFact, models.YearsWaiverFact
    opening = {
        row.enterprise_id: (row.through_year, row.years)
        for row in connection.execute(
            select(prior.enterprise_id, prior.through_year, prior.years).where(prior.retired_by.is_(None))
        )
    }
    enjoyed = {enterprise: years for enterprise, (_, years) in opening.items()}
    for enterprise, paid_year in _paid_years(connection, year):
        if enterprise not in opening or paid_year > opening[enterprise][0]:
            enjoyed[enterprise] = enjoyed.get(enterprise, 0) + 1
    waived = set(
        connection.execute(
            select(waiver.enterprise_id).where(waiver.retired_by.is_(None), waiver.year == year)
        ).scalars()
    )
    of_row = loans["enterprise"]
    return (
        of_row.map(enjoyed).fillna(0).to_numpy(dtype=np.int64),
        of_row.isin(waived).to_numpy(dtype=bool),
    )


def _paid_years(connection: Connection, before: int) -> Sequence[tuple[int, int]]:
    """(enterprise, year) of every earlier year whose approved settlement paid the enterprise interest."""
    line, run, fact = models.TechBranchLine, models.Run, models.EnterpriseFact
    query = (
        select(fact.enterprise_id, run.year)
        .join(line, line.enterprise_fact_id == fact.id)
        .join(run, run.id == line.run_id)
        .where(run.programme == DOCUMENT.programme, run.state == "approved", run.year < before, line.interest_fen > 0)
        .distinct()
    )
    return [(row.enterprise_id, row.year) for row in connection.execute(query)]


def _bonus_rates(connection: Connection, loans: pd.DataFrame, year: int, otherwise: int) -> np.ndarray:
    """第六条: each row's bank's own bonus rate for the year (差别化), else the year's."""
    fact = models.BonusRateFact
    query = select(fact.bank_id, fact.rate_e4).where(fact.retired_by.is_(None), fact.year == year)
    own = {row.bank_id: row.rate_e4 for row in connection.execute(query)}
    return loans["bank_id"].map(own).fillna(otherwise).to_numpy(dtype=np.int64)


# --- judging, and the lines as they are stored --------------------------------------------------------------------------


def judge(connection: Connection, year: int, as_of: date) -> Judged:
    """The settlement of a year as of a date, ready to be stored; Refused when a date that it needs is not known."""
    values = DOCUMENT.values(year_end(year))
    facts, identity = read_positions(connection, year, as_of)
    lines, steps = policy.settle(facts, values)
    lines = lines.join(identity)
    claims = clawback.look_back(connection, DOCUMENT.programme, year, as_of, values)
    law = {
        **values.as_dict(),
        "interest_rate_used": facts.interest_rate_e4,
        "budgets": dict(sorted(facts.budgets.items())),
    }
    fingerprint = Fingerprint()
    for name, value in (("programme", DOCUMENT.programme), ("year", year), ("as_of", as_of.isoformat()), ("law", law)):
        fingerprint.add_value(name, value)
    fingerprint.add_frame("lines", lines.drop(columns=[*_RANKS, *_IDS]))
    fingerprint.add_frame("events", facts.events)
    clawback.fingerprint(claims, fingerprint)
    return Judged(
        lines=[
            (models.table_of(models.TechBranchLine), _stored(lines)),
            (models.table_of(models.RunBudget), _stored_budgets(steps)),
            (models.table_of(models.TechBranchClaim), clawback.stored(claims)),
        ],
        line_count=len(lines),
        law=law,
        fingerprint=fingerprint.hexdigest(),
        summary={**summarise(lines, facts.interest_rate_e4), **clawback.summarise(claims)},
    )


_RANKS = ("county_rank", "bank_rank", "enterprise_rank", "enterprise")
_IDS = ("loan_fact_id", "enterprise_fact_id", "qualification_fact_id", "partnership_fact_id")


_DATES = (
    "due_on", "paid_off_on", "end_on", "revoked_on", "enterprise_barred_on", "bank_barred_on", "workday_before",
    "lpr_announced_on", "upload_due_on", "late_on", "late_due_on",
    "late_uploaded_on",
)  # fmt: skip
_OPTIONAL = ("qualification_fact_id", "partnership_fact_id", "lpr_e4", "late_kind")
_PLAIN = (
    "loan_fact_id", "enterprise_fact_id", "years_enjoyed", "years_waived", "year_end_no", "extra_months", "months",
    "bonus_rate_e4", "papers_checked", "papers_late", "reasons",
)  # fmt: skip
_FEN = (
    "balance", "interest_base", "interest_demand", "interest_after_county", "interest", "interest_city",
    "interest_county", "bonus_base", "bonus_demand", "bonus_after_county", "bonus", "bonus_city", "bonus_county",
)  # fmt: skip
_OPTIONAL_FEN = ("reported_balance", "cap_before")


def _stored(lines: pd.DataFrame) -> Mapping[str, Sequence[Any]]:
    """The lines as the columns of their table, in line order, numbered from 1."""
    columns: dict[str, Sequence[Any]] = {"line_no": range(1, len(lines) + 1)}
    for name in _DATES:
        columns[name] = db.date_texts(lines[name].to_numpy()).tolist()
    for name in _OPTIONAL:
        columns[name] = db.optional_integers(lines[name].to_numpy())
    for name in _PLAIN:
        columns[name] = lines[name].to_numpy().tolist()
    for name in _FEN:
        columns[f"{name}_fen"] = lines[name].to_numpy().tolist()
    for name in _OPTIONAL_FEN:
        columns[f"{name}_fen"] = db.optional_integers(lines[name].to_numpy())
    return columns


def _stored_budgets(steps: Sequence[policy.BudgetStep]) -> Mapping[str, Sequence[Any]]:
    """What each budget did, as the columns of its table."""
    return {
        "step": range(1, len(steps) + 1),
        "scope": [step.scope for step in steps],
        "budget_fen": [step.budget for step in steps],
        "interest_fen": [step.interest for step in steps],
        "bonus_fen": [step.bonus for step in steps],
        "cut": [step.cut for step in steps],
    }


def summarise(lines: pd.DataFrame, interest_rate_e4: int) -> dict[str, Any]:
    """The totals of a run: overall, by county, by bank (with 第七条's structure), and loans stopped by each code. Fen."""
    return {
        "loans": len(lines),
        "enterprises": int(lines["uscc"].nunique()),
        **_sums(lines),
        "interest_rate_e4": interest_rate_e4,
        "stopped": stopped(policy.CONDITIONS, lines["reasons"]),
        "counties": [
            {"county": county, **_sums(lines[(lines["county"] == county).to_numpy()])}
            for county in ALL_COUNTIES
            if (lines["county"] == county).any()
        ],
        "banks": [
            {"bank": bank, **_sums(lines[(lines["bank"] == bank).to_numpy()]), **_structure(lines, bank)}
            for bank in sorted(lines["bank"].unique())
        ],
    }


_SUMMED = (
    "balance", "interest_demand", "interest", "interest_city", "interest_county", "bonus_demand", "bonus",
    "bonus_city", "bonus_county",
)  # fmt: skip


def _sums(lines: pd.DataFrame) -> dict[str, int]:
    paid = (lines["interest"].to_numpy() > 0) | (lines["bonus"].to_numpy() > 0)
    return {
        "loans": len(lines),
        "paid_loans": int(paid.sum()),
        **{f"{name}_fen": money.total(lines[name].to_numpy()) for name in _SUMMED},
    }


def _structure(lines: pd.DataFrame, bank: str) -> dict[str, int]:
    """第七条: a bank's year-end balances on pledges of IP and equity, and on other new pledges and credit. Fen."""
    of_bank = lines[(lines["bank"] == bank).to_numpy()]

    def share(guarantees: tuple[str, ...]) -> int:
        return money.total(of_bank["balance"].to_numpy()[of_bank["guarantee"].isin(guarantees).to_numpy()])

    return {"pledged_fen": share(policy.PLEDGED), "unsecured_fen": share(policy.UNSECURED)}


# --- what follows from the lines ----------------------------------------------------------------------------------------


def owed(connection: Connection, run_id: int) -> list[Due]:
    """第六条: the interest that the lines pay, by county, bank and enterprise, then the bonus, by county and bank."""
    line, fact, loan, company = models.TechBranchLine, models.LoanFact, models.Loan, models.EnterpriseFact
    anchor, bank = models.Enterprise, models.Bank
    query = (
        select()
        .select_from(line)
        .join(fact, fact.id == line.loan_fact_id)
        .join(loan, loan.id == fact.loan_id)
        .join(bank, bank.id == loan.bank_id)
        .join(company, company.id == line.enterprise_fact_id)
        .join(anchor, anchor.id == company.enterprise_id)
        .where(line.run_id == run_id)
    )
    return interest_and_bonus(connection, query, line)


_BOTH = ("interest", "bonus")
PROGRAMME = Programme(
    key=DOCUMENT.programme,
    name=DOCUMENT.name,
    command="settle",
    document=DOCUMENT,
    conditions=policy.CONDITIONS,
    settlement_day=settlement_day,
    judge=judge,
    owed=owed,
    claimed=clawback.claimed,
    usual=True,
    products=(PRODUCT,),
    tables=(models.TechBranchLine, models.TechBranchClaim),
    items=(Item("interest", "贴息"), Item("bonus", "奖补")),
    sheets=SHEETS,
    rates=RATES,
    payers=PAYERS,
    legs=(  # 第十九条
        Leg("city_to_county", "市财政到区市财政", CITY_TREASURY, COUNTY_TREASURY, _BOTH),
        Leg("county_to_regulator", "区市财政到金融监管部门", COUNTY_TREASURY, COUNTY_REGULATOR, _BOTH),
        # the bonus is the bank's own and ends there
        Leg("regulator_to_bank", "金融监管部门到银行", COUNTY_REGULATOR, BANK, _BOTH, bank=_BOTH, ends=("bonus",)),
        Leg(
            "bank_to_enterprise", "银行到企业", BANK, PAYABLE, ("interest",), bank=("interest",),
            enterprise=("interest",), receipts=True,
        ),
        Leg("claim_repaid", "追缴缴回", RECEIVABLE, None, _BOTH, bank=_BOTH, enterprise=("interest",)),
    ),
    signed_by=("county",),
    run_by=("city",),
    approved_by=("approver",),
    spot_check=SpotCheck("第十七条", models.TechBranchLine, lambda line: line.interest_fen + line.bonus_fen),
    assumable=(
        Assumable("interest_rate", "interest.rate", "贴息比例", looser=1, item="贴息"),
        Assumable("bonus_rate", "bonus.rate", "奖补比例", looser=1, item="奖补"),
        Assumable("interest_cap", "cap", "单户上限", looser=1),
        Assumable("rate_margin", "margin", "利率加点", looser=1),
        Assumable("term_days", "term.days", "占用天数", looser=-1),
        Assumable("years_limit", "years", "累计年限", looser=1),
        Assumable("city_share", "city.share", "市级分担"),
        Assumable("year_months", "year.months", "贴息月数", looser=1, least=1),
        Assumable("upload_workdays", "upload.days", "上传时限", looser=1, least=1),
        Assumable("lpr_gap_days", "lpr.gap", "LPR缺口天数", looser=1),
        Assumable("pledge_floor", "pledge.floor", "质押占比下限", looser=-1),
        Assumable("unsecured_floor", "unsecured.floor", "信用占比下限", looser=-1),
    ),
)  # fmt: skip
