"""“拨投贷保”: the facts of a review's window as positions, its judgement, and its lines as tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, Table, func, null, select

from ledger import models, money
from ledger.counties import ALL_COUNTIES
from ledger.database import db
from ledger.errors import Refused
from ledger.facts import positions
from ledger.law.conditions import UNKNOWN, Condition
from ledger.law.document import OutsideLife, Values, document
from ledger.lazy import np, pd
from ledger.programmes.chokepoint import law as policy
from ledger.programmes.chokepoint.sheets import RATES, SHEETS
from ledger.programmes.dues import dues
from ledger.programmes.flow import CITY_PAYS, CITY_TREASURY, PAYABLE, Due, Item, Leg
from ledger.programmes.judging import Fingerprint, stopped
from ledger.programmes.programme import Judged, Programme

PRODUCT = "卡脖子攻关贷"
DOCUMENT = document("chokepoint")


def outside_life(what: str) -> str:
    """The sentence that something lies outside the document's life."""
    return f"{what}：{DOCUMENT.number}自 {DOCUMENT.starts} 起施行，有效期至 {DOCUMENT.ends}（{DOCUMENT.life_article}）"


def window(year: int) -> policy.Window:
    """What the review of a year looks at; Refused for a year that the document does not know."""
    try:
        if not date.min.year < year <= date.max.year:
            raise OutsideLife(str(year))
        return policy.window(DOCUMENT, year)
    except OutsideLife as outside:
        known = "、".join(str(other) for other in range(DOCUMENT.starts.year, DOCUMENT.ends.year + 1))
        raise Refused(outside_life(f"{year} 年度不能审核") + f"，可审核的年度为 {known}") from outside


def settlement_day(year: int, as_of: date | None, today: date) -> date:
    """The cut-off of a year's review; Refused for a year that the document does not know, or a cut-off to come."""
    cut_off = window(year).cut_off
    if as_of not in (None, cut_off):
        raise Refused(f"{year} 年度集中审核的截止日为 {cut_off}（第十四条），不能另定为 {as_of}")
    if cut_off > today:
        raise Refused(f"{year} 年度集中审核的截止日 {cut_off}（第十四条）在今天（{today}）之后，届时再审核")
    return cut_off


@dataclass(frozen=True)
class _Reviewed:
    """The judged rows of one kind, in line order, with what identifies them."""

    name: str
    table: Table
    conditions: tuple[Condition, ...]
    lines: pd.DataFrame
    dates: tuple[str, ...]
    optional: tuple[str, ...]
    plain: tuple[str, ...]
    fen: tuple[str, ...]
    optional_fen: tuple[str, ...] = ()

    def stored(self) -> Mapping[str, Sequence[Any]]:
        """The lines as the columns of their table, numbered from 1."""
        lines = self.lines
        columns: dict[str, Sequence[Any]] = {"line_no": range(1, len(lines) + 1)}
        columns |= {name: db.date_texts(lines[name].to_numpy()).tolist() for name in self.dates}
        columns |= {name: db.optional_integers(lines[name].to_numpy()) for name in self.optional}
        columns |= {name: lines[name].to_numpy().tolist() for name in self.plain}
        columns |= {f"{name}_fen": lines[name].to_numpy().tolist() for name in self.fen}
        return columns | {f"{name}_fen": db.optional_integers(lines[name].to_numpy()) for name in self.optional_fen}

    def content(self) -> pd.DataFrame:
        """The lines without the identifiers and ranks that differ from database to database, and what judges nothing."""
        own = [name for name in self.lines.columns if name.endswith(("_id", "_rank")) or name in _NOT_JUDGED]
        return self.lines.drop(columns=own)


_NOT_JUDGED = ("enterprise", "project_enterprise", "contract_no", "uploaded_on")


# --- reading the facts ------------------------------------------------------------------------------------------------


def _evidence(connection: Connection, frame: pd.DataFrame, day: np.ndarray, values: Values) -> pd.DataFrame:
    """The frame with the qualification that its enterprise holds on its day, and the library entry that it names."""
    qualification = positions.qualification(connection, frame, values.names("category"), day)
    found = pd.concat([frame, qualification, positions.project(connection, frame)], axis=1)
    return found.assign(qualified=found["qualification_fact_id"] != UNKNOWN)


def _rate(connection: Connection, year: int, item: str, ceiling: int) -> int:
    """A year's own rate, else the ceiling. e4."""
    own = positions.year_rate(connection, year, item)
    return ceiling if own is None else own


def _loans(connection: Connection, span: policy.Window, values: Values, rate_e4: int) -> _Reviewed:
    """第二条 贷: the loans of the product disbursed in the window, repaid or not."""
    loans = positions.loans(connection, PRODUCT, span.after, span.cut_off)
    repaid = positions.repayments(connection, loans, span.cut_off)
    extended = positions.extensions(connection, loans, span.cut_off)
    loans = loans.assign(
        balance=positions.balances(loans, repaid, span.cut_off),
        due_on=positions.due_on(loans, extended),
        revoked_on=positions.revoked_on(connection, loans, span.cut_off),
        enterprise_barred_on=positions.barred(connection, "enterprise_id", loans["enterprise"], span.cut_off),
        bank_barred_on=positions.barred(connection, "bank_id", loans["bank_id"], span.cut_off),
    )
    lpr = positions.lpr(connection)
    facts = policy.LoanPositions(
        loans=_evidence(connection, loans, loans["disbursed_on"].to_numpy(), values),
        lpr_announced_on=lpr["announced_on"].to_numpy(),
        lpr_e4=lpr["rate_e4"].to_numpy(),
        calendar=positions.calendar(connection),
        rate_e4=rate_e4,
    )
    return _Reviewed(
        "loans",
        models.table_of(models.ChokepointLoanLine),
        policy.LOAN_CONDITIONS,
        policy.review_loans(facts, DOCUMENT, values),
        dates=(
            "due_on", "latest_due_on", "revoked_on", "enterprise_barred_on", "bank_barred_on", "workday_before",
            "lpr_announced_on",
        ),
        optional=("qualification_fact_id", "project_fact_id", "lpr_e4"),
        plain=("loan_fact_id", "enterprise_fact_id", "reasons"),
        fen=("balance", "filed", "base", "subsidy"),
        optional_fen=("quota_before",),
    )  # fmt: skip


def _policies(connection: Connection, span: policy.Window, values: Values, rate_e4: int) -> _Reviewed:
    """第二条 保: the policies whose premium was paid in the window."""
    policies = positions.policies(connection, span.after, span.cut_off)
    barred_on = positions.barred(connection, "enterprise_id", policies["enterprise"], span.cut_off)
    policies = policies.assign(enterprise_barred_on=barred_on)
    policies = _evidence(connection, policies, policies["inception"].to_numpy(), values)
    return _Reviewed(
        "policies",
        models.table_of(models.ChokepointPolicyLine),
        policy.POLICY_CONDITIONS,
        policy.review_policies(policies, rate_e4, DOCUMENT, values),
        dates=("enterprise_barred_on",),
        optional=("qualification_fact_id", "project_fact_id"),
        plain=("policy_fact_id", "enterprise_fact_id", "other_coverages", "reasons"),
        fen=("enterprise_premium", "enterprise_uncapped", "enterprise_subsidy", "subsidy"),
    )


def _grants(connection: Connection, span: policy.Window, values: Values) -> _Reviewed:
    """第二条 拨: the grants approved in the window."""
    grants = positions.grants(connection, span.after, span.cut_off)
    return _Reviewed(
        "grants",
        models.table_of(models.ChokepointGrantLine),
        policy.GRANT_CONDITIONS,
        policy.review_grants(grants, DOCUMENT, values),
        dates=(),
        optional=(),
        plain=("grant_fact_id", "enterprise_fact_id", "project_fact_id", "reasons"),
        fen=("granted_before", "granted"),
    )


def _investments(connection: Connection, span: policy.Window, values: Values) -> _Reviewed:
    """第二条 投: the investments made in the window."""
    investments = positions.investments(connection, span.after, span.cut_off)
    return _Reviewed(
        "investments",
        models.table_of(models.ChokepointInvestmentLine),
        policy.INVESTMENT_CONDITIONS,
        policy.review_investments(investments, DOCUMENT, values),
        dates=(),
        optional=(),
        plain=("investment_fact_id", "enterprise_fact_id", "factor_e4", "reasons"),
        fen=("recognised",),
    )


# --- judging ------------------------------------------------------------------------------------------------------------


def judge(connection: Connection, year: int, as_of: date) -> Judged:
    """The review of a year, ready to be stored; Refused when a working day that it needs is not known."""
    span = window(year)
    values = policy.values_of(DOCUMENT, span)
    rates = {
        "risk_rate_used": _rate(connection, year, "风险补助", values["risk_rate"]),
        "premium_rate_used": _rate(connection, year, "保费补贴", values["premium_rate"]),
    }
    reviewed = (
        _loans(connection, span, values, rates["risk_rate_used"]),
        _policies(connection, span, values, rates["premium_rate_used"]),
        _grants(connection, span, values),
        _investments(connection, span, values),
    )
    law = {**values.as_dict(), **rates}
    fingerprint = Fingerprint()
    for name, value in (("programme", DOCUMENT.programme), ("year", year), ("as_of", as_of.isoformat()), ("law", law)):
        fingerprint.add_value(name, value)
    for kind in reviewed:
        fingerprint.add_frame(kind.name, kind.content())
    return Judged(
        lines=[(kind.table, kind.stored()) for kind in reviewed],
        line_count=sum(len(kind.lines) for kind in reviewed),
        law=law,
        fingerprint=fingerprint.hexdigest(),
        summary=_summarise(reviewed, rates),
    )


def _summarise(reviewed: Sequence[_Reviewed], rates: Mapping[str, int]) -> dict[str, Any]:
    """The totals of a review, by county, bank and investor, and the lines of each kind that each code stopped. Fen."""
    kinds = {kind.name: kind.lines for kind in reviewed}
    loans, policies, grants, investments = kinds.values()
    return {
        **{name: len(lines) for name, lines in kinds.items()},
        "stopped": stopped(CONDITIONS, loans["reasons"], policies["reasons"]),
        **{f"stopped_{kind.name}": stopped(kind.conditions, kind.lines["reasons"]) for kind in reviewed},
        **{name.removesuffix("_used") + "_e4": rate for name, rate in rates.items()},
        **_sums(
            loans, {"amount": "loan", "balance": "balance", "filed": "filed", "base": "base", "subsidy": "subsidy"}
        ),
        **_sums(policies, {"premium": "premium", "subsidy": "premium_subsidy"}),
        **_sums(grants, {"granted": "grant"}),
        **_sums(investments, {"amount": "investment", "recognised": "recognised"}),
        "counties": [
            {"county": county, **_of_county(loans, policies, grants, investments, county)}
            for county in ALL_COUNTIES
            if any((lines["county"] == county).any() for lines in kinds.values())
        ],
        "banks": _by(loans, "bank", {"amount": "loan", "balance": "balance", "filed": "filed", "subsidy": "subsidy"}),
        "insurers": _by(policies, "insurer", {"premium": "premium", "subsidy": "premium_subsidy"}),
        "investors": _by(investments, "investor", {"amount": "investment", "recognised": "recognised"}),
    }


def _of_county(
    loans: pd.DataFrame, policies: pd.DataFrame, grants: pd.DataFrame, investments: pd.DataFrame, county: str
) -> dict[str, int]:
    def part(lines: pd.DataFrame) -> pd.DataFrame:
        return lines[(lines["county"] == county).to_numpy()]

    return {
        "loans": len(part(loans)),
        **_sums(part(loans), {"filed": "filed", "subsidy": "subsidy"}),
        "policies": len(part(policies)),
        **_sums(part(policies), {"premium": "premium", "subsidy": "premium_subsidy"}),
        **_sums(part(grants), {"granted": "grant"}),
        **_sums(part(investments), {"recognised": "recognised"}),
    }


def _by(lines: pd.DataFrame, who: str, columns: Mapping[str, str]) -> list[dict[str, Any]]:
    """The sums for each bank, insurer or investor, by name."""
    return [
        {who: name, "lines": len(part), **_sums(part, columns)}
        for name in sorted(lines[who].unique())
        for part in [lines[(lines[who] == name).to_numpy()]]
    ]


def _sums(lines: pd.DataFrame, columns: Mapping[str, str]) -> dict[str, int]:
    return {f"{name}_fen": money.total(lines[column].to_numpy()) for column, name in columns.items()}


# every code once, in the order in which a list of codes names them
CONDITIONS: tuple[Condition, ...] = tuple(
    {condition.code: condition for condition in (*policy.LOAN_CONDITIONS, *policy.POLICY_CONDITIONS)}.values()
)
# --- what follows from the lines ----------------------------------------------------------------------------------------


def owed(connection: Connection, run_id: int) -> list[Due]:
    """第二条: risk subsidies by county and bank, premium subsidies and grants by county and enterprise; all of it the city's."""
    loans, policies, grants = models.ChokepointLoanLine, models.ChokepointPolicyLine, models.ChokepointGrantLine
    company, anchor, fact = models.EnterpriseFact, models.Enterprise, models.LoanFact
    loan, bank = models.Loan, models.Bank
    risk = (
        select(company.county, loan.bank_id, null(), func.sum(loans.subsidy_fen))
        .select_from(loans)
        .join(fact, fact.id == loans.loan_fact_id)
        .join(loan, loan.id == fact.loan_id)
        .join(bank, bank.id == loan.bank_id)
        .join(company, company.id == loans.enterprise_fact_id)
        .where(loans.run_id == run_id, loans.subsidy_fen > 0)
        .group_by(company.county, loan.bank_id, bank.name)
        .order_by(bank.name)
    )
    found = dues("risk", connection.execute(risk), (CITY_PAYS,))
    for item, line, amount in (
        ("premium", policies, policies.subsidy_fen),
        ("grant", grants, grants.granted_fen),
    ):
        query = (
            select(company.county, null(), company.enterprise_id, func.sum(amount))
            .select_from(line)
            .join(company, company.id == line.enterprise_fact_id)
            .join(anchor, anchor.id == company.enterprise_id)
            .where(line.run_id == run_id, amount > 0)
            .group_by(company.county, company.enterprise_id, anchor.uscc)
            .order_by(anchor.uscc)
        )
        found += dues(item, connection.execute(query), (CITY_PAYS,))
    return found


_ITEMS = ("risk", "premium", "grant")
PROGRAMME = Programme(
    key=DOCUMENT.programme,
    name=DOCUMENT.name,
    command="review",
    document=DOCUMENT,
    conditions=CONDITIONS,
    settlement_day=settlement_day,
    judge=judge,
    owed=owed,
    claimed=lambda connection, run_id: [],
    products=(PRODUCT,),
    tables=(
        models.ChokepointLoanLine, models.ChokepointPolicyLine, models.ChokepointGrantLine,
        models.ChokepointInvestmentLine,
    ),
    items=(Item("risk", "风险补助"), Item("premium", "保费补贴"), Item("grant", "研发补助")),
    sheets=SHEETS,
    rates=RATES,
    payers=(CITY_PAYS,),
    legs=(
        # no way through the counties
        Leg(
            "city_to_payee", "市级到收款单位", CITY_TREASURY, PAYABLE, _ITEMS, bank=("risk",),
            enterprise=("premium", "grant"),
        ),
    ),
    run_by=("tech",),
    approved_by=("tech_approver",),
)  # fmt: skip
