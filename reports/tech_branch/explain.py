"""Why this amount, or why nothing: one loan's stored line in sentences, step by step, with articles, figures and dates.

Nothing is computed anew: every figure comes from the line and its run as they were stored, every source from the rows
that they name.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import Connection, select

from ledger import models, money
from ledger.accounts.scope import EVERYTHING, Scope, bank_ids
from ledger.counties import CITY
from ledger.errors import NotFound
from ledger.facts.bank_names import anchor_name, bank_names_of
from ledger.facts.loan_histories import paid_off_on
from ledger.facts.of_lines import on_file
from ledger.facts.receipts import Starts
from ledger.money import wan_words
from ledger.programmes import PROGRAMMES
from ledger.programmes.tech_branch import law as policy
from ledger.programmes.tech_branch import tables
from ledger.programmes.tech_branch import year as tech_branch
from ledger.runs.settlement import STATE_NAMES, RunRecord
from reports.bank_names import unknown_loan_hint
from reports.lineage import evidence, sources
from reports.lineage.explanation import NOTE, Explanation, Point, judged
from reports.tech_branch import lineage
from reports.tech_branch.contents import CONTENTS
from reports.tech_branch.explain_claims import with_claims, with_later_claims
from reports.tech_branch.explain_papers import Papers
from reports.tech_branch.lines import bank, joined, line, loan, loan_fact


@dataclass(frozen=True)
class _OnFile:
    """A loan on file; product, disbursed_on and amount_fen of its version in force, None where it was withdrawn."""

    bank_name: str
    note_no: str
    loan_id: int
    product: str | None
    disbursed_on: date | None
    amount_fen: int | None


def _on_file(connection: Connection, bank_name: str, note_no: str) -> _OnFile | None:
    """bank_name: any name that the bank has had."""
    bank_name = anchor_name(connection, bank_name)
    query = select(loan.id, loan_fact.product, loan_fact.disbursed_on, loan_fact.amount_fen)
    row = connection.execute(on_file(query, bank_name, note_no)).one_or_none()
    return None if row is None else _OnFile(bank_name, note_no, *row)


def is_own(connection: Connection, bank_name: str, note_no: str) -> bool:
    """Whether a loan on file is one of 科技支行贷款."""
    found = _on_file(connection, bank_name, note_no)
    return found is not None and found.product == tech_branch.PRODUCT


def explain(
    connection: Connection, run: RunRecord, bank_name: str, note_no: str, scope: Scope = EVERYTHING
) -> Explanation:
    """The explanation of a loan in a run; NotFound when the loan is not on file. scope: whose eyes it is for.

    A loan on file that the run did not judge is explained by the facts that kept it out. What the run claims back of
    earlier years' payments, and later years of what it paid, comes after either; the rows behind line and claims before.
    """
    found = _on_file(connection, bank_name, note_no)
    known = None if found is None else lineage.lines_of_loan(connection, run, found.loan_id)
    if found is None or known is None or (not known.lines and found.product is None):
        raise NotFound(f"没有 {bank_name} 借据 {note_no} 的在库记录{unknown_loan_hint(connection, bank_name, note_no)}")
    explanation = (
        _Explainer(connection, run, known.lines[0].row, scope).explain()
        if known.lines
        else _not_judged(connection, run, found)
    )
    explanation = with_claims(explanation, run, known.claims)
    explanation = with_later_claims(explanation, connection, run, found.loan_id, bank_name, note_no)
    return replace(
        explanation, points=[*sources.points(connection, known, lineage.LINEAGE, scope), *explanation.points]
    )


def conditions_of(
    connection: Connection, run: RunRecord, row: Mapping[str, Any], begun: Starts | None = None
) -> list[Point]:
    """Each condition as a stored line was judged by it, with its figures. begun: from when receipts decided in the run, where
    that is at hand."""
    return list(_Explainer(connection, run, row, begun=begun).conditions())


def interest_of(connection: Connection, run: RunRecord, row: Mapping[str, Any]) -> list[Point]:
    """How the interest subsidy of a stored line was reckoned, without a word of the other loans that used the cap."""
    return list(_Explainer(connection, run, row).interest(others=False))


class _Explainer:
    """Turns one stored line into sentences."""

    def __init__(
        self,
        connection: Connection,
        run: RunRecord,
        row: Mapping[str, Any],
        scope: Scope = EVERYTHING,
        begun: Starts | None = None,
    ) -> None:
        self._connection = connection
        self._scope = scope
        self._run = run
        self._law = run.law
        self._row = row
        self._reasons = row["reasons"].split(";") if row["reasons"] else []
        self._filed = Papers(connection, run, row, begun)

    def explain(self) -> Explanation:
        row, run = self._row, self._run
        subject = (
            f"{row['bank']} 借据 {row['note_no']}（{row['enterprise_name']}，{row['uscc']}，{row['county']}）"
            f"{run.year} 年度，第 {run.id} 号运行（{STATE_NAMES[run.state]}，截止日 {run.as_of}）"
        )
        points = [
            *self.conditions(),
            *self._filed.points(),
            *self.interest(),
            *self._bonus(),
            *self._budgets(),
            *self._shares(),
        ]
        return Explanation(subject, self._conclusion(), points)

    def _conclusion(self) -> str:
        row = self._row
        parts = []
        for name, fen in (("贴息", row["interest_fen"]), ("奖补", row["bonus_fen"])):
            parts.append(f"{name} {wan_words(fen)}" if fen else f"无{name}")
        return "，".join(parts) + evidence.stopped_by(self._reasons, _CONDITIONS)

    # --- the conditions ------------------------------------------------------------------------------------------------

    def conditions(self) -> Iterator[Point]:
        figures = self._figures()
        yield from judged(policy.CONDITIONS, self._row, figures, CONTENTS.gives)

    def _figures(self) -> dict[str, str]:
        """Everything that the conditions' sentences may speak of."""
        row, law = self._row, self._law
        ceiling = ""
        if row["lpr_e4"] is not None:
            margin = law["rate_margin"]
            ceiling = (
                f"LPR {money.percent_text(row['lpr_e4'])}% + {money.percent_text(margin)}% = "
                f"{money.percent_text(row['lpr_e4'] + margin)}%"
            )
        reported = row["reported_balance_fen"]
        return {
            "county": row["county"],
            "disbursed_on": str(row["disbursed_on"]),
            "qualification": evidence.qualified(row["qualified_as"], row["qualified_from"], row["qualified_to"]),
            "partnership": self._partnership(),
            "revocation": evidence.revocation(row),
            "workday_before": str(row["workday_before"]),
            "lpr": evidence.lpr(row, law["lpr_gap_days"]),
            "rate": money.percent_text(row["rate_e4"]),
            "ceiling": ceiling,
            "end_on": str(row["end_on"]),
            "end_meaning": self._end_meaning(),
            "term_days": str((row["end_on"] - row["disbursed_on"]).days),
            "required_days": str(law["term_days"]),
            "balance": money.wan_text(row["balance_fen"]),
            "reported_balance": "未报送，不作比对" if reported is None else wan_words(reported),
            "papers": self._papers(),
            "years_enjoyed": str(row["years_enjoyed"]),
            "years_limit": str(law["years_limit"]),
            "years_waived": "；本年度已批准豁免" if row["years_waived"] else "",
            "months": str(row["months"]),
            "interest_cap": money.wan_text(law["interest_cap"]),
            "cap_before": money.wan_text(row["cap_before_fen"] or 0),
        }

    def _partnership(self) -> str:
        starts_on, ends_on = self._row["partner_from"], self._row["partner_to"]
        return "不在合作期内" if starts_on is None else f"合作期 {starts_on} 至 {ends_on or '今'}"

    def _end_meaning(self) -> str:
        row = self._row
        if row["paid_off_on"] is not None and row["paid_off_on"] <= row["due_on"]:
            return "结清日"
        return "展期后到期日" if row["due_on"] != row["first_due_on"] else "到期日"

    def _papers(self) -> str:
        row, workdays, papers = self._row, self._law["upload_workdays"], self._filed
        if row["late_kind"] is None:
            if row["upload_due_on"]:
                limit = f"时限 {row['upload_due_on']}（发放后 {workdays} 个工作日）"
                disbursed = f"{papers.came()}，{limit}{papers.which(row['disbursed_on'])}"
            else:
                disbursed = "发放资料已批准豁免"
            others = row["papers_checked"] - (1 if row["upload_due_on"] else 0)
            return disbursed + (f"；当年其余 {others} 笔还款、展期资料均按时上传" if others else "")
        kind = policy.EVENT_KINDS[row["late_kind"]]
        late = papers.late(kind, row["late_on"], row["late_uploaded_on"])
        more = f"；另有 {row['papers_late'] - 1} 笔业务资料未按时上传" if row["papers_late"] > 1 else ""
        limit = (
            f"时限为 {row['late_due_on']}（{workdays} 个工作日）"
            if row["late_due_on"]
            else f"时限为其后第 {workdays} 个工作日"
        )
        return f"{row['late_on']} {kind}的资料{late}，{limit}{papers.which(row['late_on'])}{more}"

    # --- the amounts -----------------------------------------------------------------------------------------------------

    def interest(self, others: bool = True) -> Iterator[Point]:
        row, law = self._row, self._law
        full, number = law["year_months"], row["year_end_no"]
        if number == 1:
            text = f"{self._run.year} 年末是发放后的第 1 个年末，按 {full} 个月贴息"
        else:
            spent = full * (number - 2)
            text = (
                f"{self._run.year} 年末是发放后的第 {number} 个年末；超过 1 年的部分（发放满 {full} 个月之日至 {row['end_on']}）"
                f"共 {row['extra_months']} 个整月，以前年末已计 {min(spent, row['extra_months'])} 个月，本年计 {row['months']} 个月"
            )
        yield Point("贴息", "贴息月数", NOTE, "第六条", "", text)
        base = row["interest_base_fen"]
        if row["cap_before_fen"] is not None:
            left = law["interest_cap"] - row["cap_before_fen"]
            text = f"年末余额 {wan_words(row['balance_fen'])}，单户上限尚余 {wan_words(left)}，贴息基数取其小者 {wan_words(base)}"
            yield Point("贴息", "贴息基数", NOTE, "第五条", "", text + (self._cap_neighbours() if others else ""))
        else:
            yield Point("贴息", "贴息基数", NOTE, "第五条", "", "条件未全部通过，贴息基数为 0")
        rate = law["interest_rate_used"]
        text = (
            f"{wan_words(base)} × {money.percent_text(rate)}% × {row['months']}/{full} = {wan_words(row['interest_demand_fen'])}"
            "（四舍五入到分）"
            if base
            else "基数为 0，贴息需求为 0"
        )
        yield Point("贴息", "贴息需求", NOTE, "第六条", "", text)

    def _cap_neighbours(self) -> str:
        """Who used the rest of the enterprise's cap, as the same run stored it; to a bank others' loans are one sum."""
        row = self._row
        rows = self._connection.execute(
            joined(select(bank.id, bank.name, loan.note_no, loan_fact.disbursed_on, line.interest_base_fen))
            .where(
                line.run_id == self._run.id, loan_fact.enterprise_id == row["enterprise_id"], line.interest_base_fen > 0,
                line.loan_fact_id != row["loan_fact_id"],
            )
            .order_by(line.cap_before_fen)
        ).all()  # fmt: skip
        names, own = bank_names_of(self._connection, self._run), bank_ids(self._connection, self._scope)
        listed = "；".join(
            f"{names.printed_of(other.name)} 借据 {other.note_no}（{other.disbursed_on} 发放）占用 {wan_words(other.interest_base_fen)}"
            for other in rows
            if own is None or other.id in own
        )
        elsewhere = sum(other.interest_base_fen for other in rows if own is not None and other.id not in own)
        return evidence.neighbours(listed, elsewhere)

    def _bonus(self) -> Iterator[Point]:
        row = self._row
        if row["bonus_base_fen"]:
            text = (
                f"当年新发放贷款年末余额 {wan_words(row['bonus_base_fen'])} × {money.percent_text(row['bonus_rate_e4'])}% = "
                f"{wan_words(row['bonus_demand_fen'])}（四舍五入到分）"
            )
        elif row["year_end_no"] != 1:
            text = f"发放于 {row['disbursed_on'].year} 年，不是 {self._run.year} 年新发放贷款，无奖补"
        else:
            text = "奖补所需条件未全部通过，无奖补"
        yield Point("奖补", "奖补需求", NOTE, "第六条", "", text)

    def _budgets(self) -> Iterator[Point]:
        row = self._row
        budget = tables.RunBudget
        rows = self._connection.execute(
            select(budget)
            .where(budget.run_id == self._run.id, budget.scope.in_((row["county"], CITY)))
            .order_by(budget.step)
        ).mappings()
        amounts = {name: row[f"{name}_demand_fen"] for name in ("interest", "bonus")}
        seen = False
        for step in rows:
            seen = True
            after = {
                name: row[f"{name}_fen" if step["scope"] == CITY else f"{name}_after_county_fen"] for name in amounts
            }
            text = (
                f"{step['scope']}预算 {wan_words(step['budget_fen'])}，贴息合计 {wan_words(step['interest_fen'])}、"
                f"奖补合计 {wan_words(step['bonus_fen'])}：{_BUDGET_EFFECT[step['cut']]}"
                if not self._scope.of_institution  # the sums hold what others were granted
                else _BUDGET_EFFECT[step["cut"]]
            )
            if step["cut"]:
                text += "；" + "，".join(
                    f"本笔{label}由 {wan_words(amounts[name])} 调整为 {wan_words(after[name])}"
                    for name, label in (("interest", "贴息"), ("bonus", "奖补"))
                    if amounts[name] != after[name]
                )
            yield Point("总额控制", f"{step['scope']}预算", NOTE, "第六条", "", text.rstrip("；"))
            amounts = after
        if not seen:
            yield Point("总额控制", "预算", NOTE, "第六条", "", "本年度未录入全市或本区市预算，不作调整")

    def _shares(self) -> Iterator[Point]:
        row = self._row
        share = money.percent_text(self._law["city_share"], 0)
        for name, label in (("interest", "贴息"), ("bonus", "奖补")):
            if row[f"{name}_fen"]:
                yield Point(
                    "分担", f"{label}分担", NOTE, "第六条", "",
                    f"{wan_words(row[f'{name}_fen'])} = 市级 {wan_words(row[f'{name}_city_fen'])} + 县级 "
                    f"{wan_words(row[f'{name}_county_fen'])}（{row['county']}合计的 {share}% 由市级承担，按行分配到分）",
                )  # fmt: skip


_CONDITIONS = {condition.code: condition for condition in policy.CONDITIONS}
_BUDGET_EFFECT = {
    "": "未超预算，不作调整",
    "interest": "贴息已超预算，贴息按各笔占比分配预算（余下的分按小数部分大小逐一补足），奖补为 0",
    "bonus": "优先保障贴息，奖补按各笔占比分配余下的预算（余下的分按小数部分大小逐一补足）",
}


def _not_judged(connection: Connection, run: RunRecord, found: _OnFile) -> Explanation:
    """Why a loan on file has no line in a run."""
    assert found.disbursed_on is not None and found.amount_fen is not None
    programme = PROGRAMMES[run.programme]
    year_end = tech_branch.year_end(run.year)
    named = f"{bank_names_of(connection, run).printed_of(found.bank_name)} 借据 {found.note_no}"
    subject = f"{named} {run.year} 年度，第 {run.id} 号运行（{STATE_NAMES[run.state]}，截止日 {run.as_of}）"
    if found.product not in programme.products:
        text = f"业务品种为{found.product}，不在{programme.name}（{programme.document.number}）的结算范围"
    elif found.disbursed_on > year_end:
        text = f"发放日 {found.disbursed_on} 在 {year_end} 之后，{run.year} 年末没有余额"
    elif paid_off := _paid_off_on(connection, found.loan_id, found.amount_fen, year_end):
        text = f"已于 {paid_off} 结清，{year_end} 余额为 0（第六条按年末贷款余额贴息）"
    else:
        text = "该笔在试算之后才录入或更正；重新试算后可以解释"
    return Explanation(subject, f"未列入本次结算：{text}", [])


def _paid_off_on(connection: Connection, loan_id: int, amount: int, year_end: date) -> date | None:
    """The day by which a loan was repaid, None if it was not by the year's end."""
    fact = models.RepaymentFact
    rows = connection.execute(
        select(fact.paid_on, fact.principal_fen)
        .where(fact.loan_id == loan_id, fact.retired_by.is_(None), fact.paid_on <= year_end)
        .order_by(fact.paid_on)
    )
    return paid_off_on(amount, ((row.paid_on, row.principal_fen) for row in rows))
