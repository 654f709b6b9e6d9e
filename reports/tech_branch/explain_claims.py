"""What is claimed back of a loan (追缴), in sentences: by a run of earlier payments, and later of what a run paid.

Nothing is computed anew: every figure is stored with the claim or with the line that paid.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, RowMapping, select

from ledger import models
from ledger.facts.of_lines import with_loans
from ledger.money import wan_words
from ledger.programmes.tech_branch import tables
from ledger.programmes.tech_branch.clawback import GROUNDS, MONTHS, REVOKED
from ledger.runs.settlement import STATE_NAMES, RunRecord, choose_run
from reports.lineage.explanation import FAILED, NOTE, Explanation, Point
from reports.lineage.rules import Row
from reports.tech_branch.lines import loan_fact

claim, claiming_run = tables.TechBranchClaim, models.Run
_KINDS = (("interest", "贴息"), ("bonus", "奖补"))
_GROUNDS = {ground.code: ground for ground in GROUNDS}


def with_claims(explanation: Explanation, run: RunRecord, claims: Sequence[Row]) -> Explanation:
    """The explanation of a loan, with what the run claims back of it: one group of points per paid year."""
    rows = sorted(claims, key=lambda row: row["paid_year"])
    if not rows:
        return explanation
    found = "；".join(f"{row['paid_year']} 年度{_amounts(row)}（{_reason_name(row)}）" for row in rows)
    points = [step for row in rows for step in _steps(row, run)]
    return replace(
        explanation,
        conclusion=f"{explanation.conclusion}。追缴以前年度已付的：{found}",
        points=[*explanation.points, *points],
    )


def with_later_claims(
    explanation: Explanation, connection: Connection, run: RunRecord, loan_id: int, bank_name: str, note_no: str
) -> Explanation:
    """The explanation of a loan, with what later years claim back of what the run paid on it: a point for each year.

    Of a later year counts its approved run, else its latest trial.
    """
    rows = [
        (row, later)
        for row in _later_claims(connection, run, loan_id)
        for later in [choose_run(connection, run.programme, row["year"])]
        if later.id == row["run_id"]
    ]
    if not rows:
        return explanation
    found = "；".join(f"{later.year} 年度{_amounts(row)}（{_reason_name(row)}）" for row, later in rows)
    points = [
        Point(
            "追缴", f"{later.year} 年度追缴本年度已付", NOTE, _GROUNDS[row["code"]].article, row["code"],
            f"{later.year} 年度第 {later.id} 号运行（{STATE_NAMES[later.state]}）追缴{_amounts(row)}，代码 {row['code']}",
            f"；缘由见 tiexi explain {note_no} --bank {bank_name} --year {later.year}",
        )
        for row, later in rows
    ]  # fmt: skip
    return replace(
        explanation,
        conclusion=f"{explanation.conclusion}。其后追缴本年度已付的：{found}",
        points=[*explanation.points, *points],
    )


def _later_claims(connection: Connection, run: RunRecord, loan_id: int) -> list[RowMapping]:
    """The claims of any run on what a run paid on a loan, by year and run."""
    query = (
        select(*models.table_of(claim).c, claiming_run.year)
        .join_from(claim, claiming_run, claiming_run.id == claim.run_id)
        .where(claim.paid_run_id == run.id, loan_fact.loan_id == loan_id)
        .order_by(claiming_run.year, claim.run_id)
    )
    return list(connection.execute(with_loans(query, claim)).mappings())


def _steps(row: Row, run: RunRecord) -> Iterator[Point]:
    """One claim: the payment, the fact that takes it back, and the amounts."""
    ground, year = _GROUNDS[row["code"]], f"{row['paid_year']} 年度"
    yield Point("追缴", f"{year}已付", NOTE, "", "", _payment(row))
    yield Point("追缴", f"{year}追缴原因", FAILED, ground.article, ground.code, _reason(row, run.law))
    for kind, label in _KINDS:
        if row[f"{kind}_fen"] or row[f"before_{kind}_fen"]:
            yield Point("追缴", f"{year}追缴{label}", NOTE, ground.article, "", _amount(row, kind))
        if row[f"{kind}_fen"]:
            yield Point("追缴", f"{year}追缴{label}分担", NOTE, "第六条", "", _share(row, kind))


def _amounts(row: Row) -> str:
    return "、".join(f"{label} {wan_words(row[f'{kind}_fen'])}" for kind, label in _KINDS if row[f"{kind}_fen"])


def _reason_name(row: Row) -> str:
    ground = _GROUNDS[row["code"]]
    return f"{ground.code} {ground.title}，{ground.article}"


def _payment(row: Row) -> str:
    parts = [
        f"{label} {wan_words(row[f'paid_{kind}_fen'])}（市级 {wan_words(row[f'paid_{kind}_city_fen'])}、"
        f"县级 {wan_words(row[f'paid_{kind}_county_fen'])}）"
        for kind, label in _KINDS
        if row[f"paid_{kind}_fen"]
    ]
    months = f"，贴息 {row['paid_months']} 个月" if row["paid_interest_fen"] else ""
    return f"第 {row['paid_run_id']} 号运行（{row['approved_document']}），{row['county']}：{'，'.join(parts)}{months}"


def _reason(row: Row, law: dict[str, Any]) -> str:
    """The fact that takes the payment back."""
    if row["code"] == REVOKED.code:
        return f"本笔贷款于 {row['revoked_on']} 认定撤销，已付的贴息、奖补全部收回"
    if row["code"] == MONTHS.code:
        return (
            f"{row['disbursed_on']} 发放，{row['paid_off_on']} 结清，早于到期日 {row['due_on']}；按实际结清日，"
            f"{row['paid_year']} 年末应计 {row['true_months']} 个月，已付 {row['paid_months']} 个月"
        )
    days = (row["end_on"] - row["disbursed_on"]).days
    return (
        f"{row['disbursed_on']} 发放，{row['paid_off_on']} 结清，至 {row['end_on']} 实际占用 {days} 天，"
        f"少于 {law['term_days']} 天，已付的贴息、奖补全部收回"
    )


def _amount(row: Row, kind: str) -> str:
    """What is to be paid back, what has been claimed before, and what is claimed now."""
    paid, before, now = row[f"paid_{kind}_fen"], row[f"before_{kind}_fen"], row[f"{kind}_fen"]
    if not now:
        return f"此前已追缴 {wan_words(before)}，本次无需再追缴"
    owed = f"应收回 {wan_words(before + now)}"
    if row["code"] == MONTHS.code:
        kept = f"{wan_words(paid)} × {row['true_months']}/{row['paid_months']}（四舍五入到分）"
        owed = f"{wan_words(paid)} − {kept} = {owed}"
    return f"{owed}，此前已追缴 {wan_words(before)}，本次追缴 {wan_words(now)}"


def _share(row: Row, kind: str) -> str:
    """The city's and the county's part of what is claimed now."""
    paid, before, now = row[f"paid_{kind}_fen"], row[f"before_{kind}_fen"], row[f"{kind}_fen"]
    city, city_before = row[f"{kind}_city_fen"], row[f"before_{kind}_city_fen"]
    return (
        f"累计追缴 {wan_words(before + now)} × 市级已付 {wan_words(row[f'paid_{kind}_city_fen'])} / 已付 {wan_words(paid)}"
        f"（四舍五入到分）= 市级累计 {wan_words(city_before + city)}，此前 {wan_words(city_before)}：本次市级 {wan_words(city)} + "
        f"县级 {wan_words(row[f'{kind}_county_fen'])} = {wan_words(now)}"
    )
