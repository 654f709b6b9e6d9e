"""Lineage of a settlement of 科技支行贷款: its lines with their rows in 附件1 and 附件2, and the rule of every sheet."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, select

from ledger import models
from ledger.counties import CITY
from ledger.facts import positions, receipts
from ledger.facts.loan_histories import paid_off_on
from ledger.facts.of_lines import with_enterprises, with_loans
from ledger.lazy import np
from ledger.models.base import aliased
from ledger.programmes.tech_branch import tables
from ledger.programmes.tech_branch import year as tech_branch
from ledger.programmes.tech_branch.clawback import REVOKED
from ledger.runs.settlement import RunRecord
from ledger.workdays import NO_DATE, day_date, day_number
from reports.bank_names import with_printed_banks
from reports.lineage import rules
from reports.lineage.rules import Fact, Found, Line, NotUsed, Row, Rule, RunLines, Use
from reports.tech_branch.lines import bank, enterprise, enterprise_fact, joined, line, loan, loan_fact


def run_lines(connection: Connection, run: RunRecord) -> RunLines:
    """The lines and claims of a run; of a line's places only its number."""
    rows = with_printed_banks(connection, run, connection.execute(_stored(run)).mappings())
    return _run_lines(connection, run, [_line(row, []) for row in rows])


def lines_of_enterprises(connection: Connection, run: RunRecord, enterprises: Collection[int]) -> RunLines:
    """The lines and claims of a run on the loans that any version says these enterprises took up; the rest is not read."""
    version = aliased(loan_fact)
    of_loans = loan_fact.loan_id.in_(select(version.loan_id).where(version.enterprise_id.in_(sorted(enterprises))))
    theirs = line.loan_fact_id.in_(select(loan_fact.id).where(of_loans).scalar_subquery())
    found = connection.execute(_stored(run).where(theirs)).mappings().all()
    lines = [_line(row, []) for row in with_printed_banks(connection, run, found)]
    return _run_lines(connection, run, lines, of_loans)


def placed(connection: Connection, run: RunRecord, lines: Sequence[Line]) -> list[Line]:
    """Lines with the rows of the printed annexes in which they stand."""
    from reports.tech_branch.annex_places import (
        annex_rows,  # here and not above: what explains one loan writes no workbook
    )

    places = annex_rows(connection, run, [each.row for each in lines])
    return [_line(each.row, places[each.row["line_no"]]) for each in lines]


qualification, partnership = models.QualificationFact, models.PartnershipFact
# what else an explanation says of a line, and of a claim
_EXPLAINED: tuple[Any, ...] = (
    loan_fact.rate_e4, loan_fact.guarantee, loan_fact.uploaded_on, loan_fact.due_on.label("first_due_on"),
    enterprise_fact.name.label("enterprise_name"), enterprise.uscc, qualification.category.label("qualified_as"),
    qualification.valid_from.label("qualified_from"), qualification.valid_to.label("qualified_to"),
    partnership.starts_on.label("partner_from"), partnership.ends_on.label("partner_to"),
)  # fmt: skip
_PAID: tuple[Any, ...] = (
    *(
        getattr(line, f"{kind}{part}_fen").label(f"paid_{kind}{part}_fen")
        for kind in ("interest", "bonus")
        for part in ("", "_city", "_county")
    ),
    line.months.label("paid_months"),
    enterprise_fact.county,
    loan_fact.disbursed_on,
    models.Run.year.label("paid_year"),
    models.Run.approved_document,
)


def lines_of_loan(connection: Connection, run: RunRecord, loan_id: int) -> RunLines:
    """The line (if there is one) and the claims of one loan, with all that an explanation says of them; of the line's places
    only its number."""
    condition = loan_fact.loan_id == loan_id
    lines = [_line(row, []) for row in explained(connection, run, condition)]
    return _run_lines(connection, run, lines, condition)


def explained(connection: Connection, run: RunRecord, *conditions: ColumnElement[bool]) -> Iterator[Row]:
    """Lines in line order with all that is stored and explained of them, banks as papers call them; anchor: the bank's own
    name on file."""
    query = _stored(run).add_columns(*_EXPLAINED, bank.name.label("anchor")).where(*conditions)
    query = query.outerjoin(qualification, qualification.id == line.qualification_fact_id)
    query = query.outerjoin(partnership, partnership.id == line.partnership_fact_id)
    yield from with_printed_banks(connection, run, connection.execute(query).mappings().all())


def _run_lines(
    connection: Connection, run: RunRecord, lines: Sequence[Line], *conditions: ColumnElement[bool]
) -> RunLines:
    scope = rules.Scope(run)
    own_rates = rules.facts(connection, tables.BonusRateFact, tables.BonusRateFact.year == run.year)
    own = frozenset(fact["bank_id"] for fact in own_rates if scope.saw(fact) is None)
    begun = receipts.starts(connection, *rules.seen(models.PlatformStartFact, run))
    latest = {} if begun.none else _last_events(connection, scope, lines)
    return RunLines(
        scope, lines, _claims(connection, run, *conditions), own_bonus_rates=own, own_starts=frozenset(begun.banks),
        last_events=latest,
    )  # fmt: skip


def _last_events(connection: Connection, scope: rules.Scope, lines: Sequence[Line]) -> dict[int, date]:
    """第十七条: by loan, the last of its events whose papers were judged: of the disbursement and those of the year."""
    found = {each.row["loan_id"]: each.row["disbursed_on"] for each in lines}
    for sheet, day in _EVENTS:
        for fact in rules.known_facts(connection, scope, sheet, list(found)):
            if fact[day].year == scope.year and fact[day] <= scope.as_of:
                found[fact["loan_id"]] = max(found[fact["loan_id"]], fact[day])
    return found


_EVENTS = (("还款", "paid_on"), ("展期", "extended_on"))


def _stored(run: RunRecord) -> Select[*tuple[Any, ...]]:
    """The lines of a run in line order, with the loan, bank and enterprise that each speaks of."""
    query = joined(
        select(
            *models.table_of(tables.TechBranchLine).c, loan_fact.loan_id, loan_fact.disbursed_on, loan_fact.amount_fen,
            enterprise_fact.enterprise_id, loan.bank_id, loan.note_no, bank.name.label("bank"), enterprise_fact.county,
        )
    )  # fmt: skip
    return query.where(line.run_id == run.id).order_by(line.line_no)


def is_listed(row: Row) -> bool:
    """Whether 附件1 lists a line."""
    return bool(row["interest_base_fen"] > 0 or row["bonus_base_fen"] > 0)


def _line(row: Row, where: Sequence[str]) -> Line:
    return Line(
        counted=is_listed(row),
        codes=row["reasons"],
        where="、".join([*where, f"明细第 {row['line_no']} 笔"]),
        who=f"{row['bank']} 借据 {row['note_no']}",
        amounts={"interest": row["interest_fen"], "bonus": row["bonus_fen"]},
        row=row,
    )


def _claims(connection: Connection, run: RunRecord, *conditions: ColumnElement[bool]) -> list[Row]:
    """The claims, each with its loan, what was paid on it, and the enterprise as the line that paid knew it."""
    claim = tables.TechBranchClaim
    query = (
        select(
            *models.table_of(claim).c, loan_fact.loan_id, line.enterprise_fact_id, enterprise_fact.enterprise_id, *_PAID
        )
        .join_from(claim, line, and_(line.run_id == claim.paid_run_id, line.line_no == claim.paid_line_no))
        .join_from(claim, models.Run, models.Run.id == claim.paid_run_id)
        .where(claim.run_id == run.id, *conditions)
        .order_by(claim.claim_no)
    )
    return list(connection.execute(with_enterprises(with_loans(query, claim), line)).mappings())


def unjudged(connection: Connection, known: RunLines, loan_ids: Collection[int]) -> dict[int, NotUsed]:
    """Why each of some loans has no line in the run, by the facts that the run saw."""
    scope, year_end = known.scope, tech_branch.year_end(known.scope.year)
    wanted = [identifier for identifier in loan_ids if not known.by("loan_id", identifier)]
    repaid: dict[int, list[Fact]] = defaultdict(list)
    for fact in rules.known_facts(connection, scope, "还款", wanted):
        if fact["paid_on"] <= min(year_end, scope.as_of):
            repaid[fact["loan_id"]].append(fact)
    return {
        fact["loan_id"]: _why_unjudged(fact, repaid[fact["loan_id"]], year_end)
        for fact in rules.known_facts(connection, scope, "贷款", wanted)
    }


def spans(connection: Connection, known: RunLines) -> list[tuple[date, date, Line]]:
    """The days over which working days were counted: before each disbursement, and after each event with papers."""
    counted = [(each.row["workday_before"], each.row["disbursed_on"], each) for each in known.lines]
    events = [(each.row["disbursed_on"], each) for each in known.lines]
    loan_ids = [each.row["loan_id"] for each in known.lines]
    for sheet, day in _EVENTS:
        for fact in rules.known_facts(connection, known.scope, sheet, loan_ids):
            if fact[day].year == known.scope.year and fact[day] <= known.scope.as_of:
                events.append((fact[day], known.by("loan_id", fact["loan_id"])[0]))
    days = np.array([day_number(day) for day, _ in events], dtype=np.int64)
    workdays = known.scope.run.law["upload_workdays"]
    due = positions.calendar(connection).add_workdays(days, workdays, needed=np.zeros(days.size, dtype=bool))
    papers = zip(events, due.tolist(), strict=True)
    return counted + [(day, day_date(last), each) for (day, each), last in papers if last != NO_DATE]


def _why_unjudged(fact: Fact, repaid: list[Fact], year_end: date) -> NotUsed:
    if fact["product"] != tech_branch.PRODUCT:
        return NotUsed(f"业务品种为{fact['product']}，不属于本办法")
    if fact["disbursed_on"] > year_end:
        return NotUsed("发放日在年末之后", f"{fact['disbursed_on']} 发放")
    ordered = sorted(repaid, key=lambda each: each["paid_on"])
    day = paid_off_on(fact["amount_fen"], ((each["paid_on"], each["principal_fen"]) for each in ordered))
    return NotUsed("贷款未列入结算") if day is None else NotUsed("贷款年末没有余额", f"{day} 结清")


# --- facts of one loan ------------------------------------------------------------------------------------------------


def _idle_repayment(fact: Fact, line: Row, scope: rules.Scope) -> str:
    """Why a repayment does not matter to its loan's line; '' where it does."""
    if fact["paid_on"] > scope.as_of:
        return "还款日在截止日之后"
    if fact["paid_on"].year == scope.year:
        return ""  # the balance, or the papers of the year
    if fact["paid_on"].year < scope.year:
        return "" if fact["principal_fen"] else "以前年度付息，本年度不核对资料"
    settles = line["paid_off_on"] is not None and fact["paid_on"] <= line["paid_off_on"]
    return "" if settles and fact["principal_fen"] else "年末以后的还款，未结清贷款，不影响本年度"


def _idle_extension(fact: Fact, line: Row, scope: rules.Scope) -> str:
    """Why an extension does not matter to its loan's line; '' where it does."""
    if fact["extended_on"] > scope.as_of:
        return "展期日在截止日之后"
    if fact["extended_on"].year == scope.year or fact["new_due_on"] == line["due_on"]:
        return ""
    return "其后又展期，以后一次为准"


def _idle_balance(fact: Fact, line: Row, scope: rules.Scope) -> str:
    """Why a reported balance does not matter to its loan's line; '' where it does."""
    return "" if fact["year"] == scope.year else "不是本年度"


def _idle_upload_waiver(fact: Fact, line: Row, scope: rules.Scope) -> str:
    """Why an excuse for late papers does not matter to its loan's line; '' where it does."""
    in_year = fact["event_on"].year == scope.year and fact["event_on"] <= scope.as_of
    return "" if in_year or fact["event_on"] == line["disbursed_on"] else "业务日不在本年度"


def _idle_years_waiver(fact: Fact, line: Row, scope: rules.Scope) -> str:
    """Why a waiver of the limit of years does not matter to a line of its enterprise; '' where it does."""
    if fact["year"] != scope.year:
        return "不是本年度"
    return "" if line["years_enjoyed"] >= scope.run.law["years_limit"] else "享受年限未满，没有用到豁免"


# sheet: why a row about a loan is idle for the loan's line
_OF_LOAN: Mapping[str, rules.Idle] = {
    "还款": _idle_repayment,
    "展期": _idle_extension,
    "年末余额": _idle_balance,
    "上传豁免": _idle_upload_waiver,
    "撤销": rules.idle_revocation,
}
# the same for a row about an enterprise
_OF_ENTERPRISE: Mapping[str, rules.Idle] = {
    "历史享受年限": lambda fact, line, scope: "",
    "年限豁免": _idle_years_waiver,
}


# --- the rule of every sheet ------------------------------------------------------------------------------------------

_NO_LOANS = "企业本年度没有贷款列入结算"


def _loan(fact: Fact, known: RunLines) -> Found:
    lines, claims = known.by("loan_fact_id", fact["id"]), known.claims_by("loan_fact_id", fact["id"])
    return Use(lines, claims) if lines or claims else known.unjudged_loan(fact["loan_id"])


def _enterprise(fact: Fact, known: RunLines) -> Found:
    lines, claims = known.by("enterprise_fact_id", fact["id"]), known.claims_by("enterprise_fact_id", fact["id"])
    return Use(lines, claims) if lines or claims else NotUsed(_NO_LOANS)


def _of_loan(sheet: str) -> Rule:
    """A fact of one loan: its line, if it mattered to it, and the claims that rest on it."""
    idle = _OF_LOAN[sheet]

    def rule(fact: Fact, known: RunLines) -> Found:
        lines = known.by("loan_id", fact["loan_id"])
        claims = [claim for claim in known.claims_by("loan_id", fact["loan_id"]) if _behind_claim(sheet, fact, claim)]
        why = idle(fact, lines[0].row, known.scope) if lines else ""
        if lines and not why:
            return Use(lines, claims)
        if claims:
            return Use([], claims)
        return NotUsed(why) if why else known.unjudged_loan(fact["loan_id"])

    return rule


def _behind_claim(sheet: str, fact: Fact, claim: Row) -> bool:
    """Whether a claim rests on a fact: what revoked the loan, else what paid it off and what its due date is."""
    if claim["code"] == REVOKED.code:
        return sheet == "撤销"  # everything is claimed, whatever was repaid
    if sheet == "还款":
        return bool(fact["paid_on"] <= claim["paid_off_on"] and fact["principal_fen"])
    return bool(sheet == "展期" and fact["new_due_on"] == claim["due_on"])


def _of_enterprise(sheet: str) -> Rule:
    """A fact of an enterprise: the lines to which it mattered."""
    idle = _OF_ENTERPRISE[sheet]

    def rule(fact: Fact, known: RunLines) -> Found:
        lines = known.by("enterprise_id", fact["enterprise_id"])
        reasons = [idle(fact, each.row, known.scope) for each in lines]
        used = [each for each, why in zip(lines, reasons, strict=True) if not why]
        return Use(used) if used else NotUsed(reasons[0] if reasons else _NO_LOANS)

    return rule


def _no_qualified(fact: Fact, known: RunLines) -> str:
    return "没有贷款以这项资质为依据" if known.by("enterprise_id", fact["enterprise_id"]) else _NO_LOANS


def _no_partner(fact: Fact, known: RunLines) -> str:
    if fact["starts_on"] is None:
        return "只登记银行名称，没有合作期"
    judged = known.by("bank_id", fact["bank_id"])
    return "没有贷款以这段合作期为依据" if judged else "银行本年度没有贷款列入结算"


def _disqualification(fact: Fact, known: RunLines) -> Found:
    who = "enterprise" if fact["enterprise_id"] is not None else "bank"
    lines = known.by(f"{who}_id", fact[f"{who}_id"])
    if fact["barred_on"] > tech_branch.year_end(known.scope.year):
        return NotUsed("取消日在年末之后")
    return rules.of_lines(lines, _NO_LOANS if who == "enterprise" else "银行本年度没有贷款列入结算")


def _year_rate(fact: Fact, known: RunLines) -> Found:
    if fact["item"] not in ("贴息", "奖补"):
        return NotUsed("不属于本办法的补助项目")
    if fact["year"] != known.scope.year:
        return NotUsed("不是本年度")
    kind = "interest" if fact["item"] == "贴息" else "bonus"
    lines = [
        each
        for each in known.lines
        if each.row[f"{kind}_base_fen"] and (kind == "interest" or each.row["bank_id"] not in known.own_bonus_rates)
    ]
    return rules.of_lines(lines, "没有贷款用到这一比例")


def _bonus_rate(fact: Fact, known: RunLines) -> Found:
    if fact["year"] != known.scope.year:
        return NotUsed("不是本年度")
    lines = [each for each in known.by("bank_id", fact["bank_id"]) if each.row["bonus_base_fen"]]
    return rules.of_lines(lines, "银行本年度没有贷款可以奖补")


def _budget(fact: Fact, known: RunLines) -> Found:
    if fact["year"] != known.scope.year:
        return NotUsed("不是本年度")
    lines = known.lines if fact["scope"] == CITY else known.by("county", fact["scope"])
    counted = [each for each in lines if each.row["interest_demand_fen"] or each.row["bonus_demand_fen"]]
    return rules.of_lines(counted, "范围内没有可以补助的贷款")


def _platform_start(fact: Fact, known: RunLines) -> Found:
    """The lines of which an event was judged by receipts because of it: a bank's own row goes before that of the city."""
    bank = fact["bank_id"]
    judged = known.by("bank_id", bank) if bank else known.lines
    goes_by = [each for each in judged if bank or each.row["bank_id"] not in known.own_starts]
    if not goes_by:
        return NotUsed("银行本年度没有贷款列入结算" if bank else "各银行另有自己的启用日")
    after = [each for each in goes_by if known.last_events.get(each.row["loan_id"], date.min) >= fact["starts_on"]]
    return rules.of_lines(after, "启用日以后没有需要核对资料的业务")


RULES: Mapping[str, Rule] = {
    "企业": _enterprise,
    "资质": rules.named("qualification_fact_id", _no_qualified),
    "合作银行": rules.named("partnership_fact_id", _no_partner),
    "工作日历": rules.calendar_day,
    "LPR": rules.announcement,
    "贷款": _loan,
    **{sheet: _of_loan(sheet) for sheet in ("还款", "展期", "年末余额")},
    **{sheet: _of_enterprise(sheet) for sheet in _OF_ENTERPRISE},
    **{sheet: _of_loan(sheet) for sheet in ("上传豁免", "撤销")},
    "取消资格": _disqualification,
    "年度比例": _year_rate,
    "奖补比例": _bonus_rate,
    "预算": _budget,
    "资料平台启用": _platform_start,
}
LINEAGE = rules.Lineage(
    RULES,
    frozenset({"贷款", "企业", "资质", "合作银行"}),
    run_lines,
    unjudged,
    spans,
    lines_of_enterprises=lines_of_enterprises,
    placed=placed,
    of_one=frozenset({"企业", "资质", "贷款", *_OF_LOAN, *_OF_ENTERPRISE}),
)
