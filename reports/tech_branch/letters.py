"""告知书: what an enterprise got, loan by loan, and why, or why not; what it may do, and until when.

A letter tells of the enterprise's own loans only. Of the cap it says how much was used before a loan's turn, not by which loan;
of a budget, what it took from the loan. The bonus (奖补) is the bank's and is not spoken of.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection, select

from ledger import models
from ledger.counties import OFFICES
from ledger.money import wan_words
from ledger.programmes.tech_branch import law
from ledger.programmes.tech_branch.clawback import GROUNDS
from ledger.programmes.tech_branch.year import DOCUMENT
from ledger.runs.settlement import RunRecord
from reports.lineage.explanation import FAILED, HELD
from reports.parties import letters
from reports.runs import run_lines
from reports.tech_branch import lineage
from reports.tech_branch.claims import CLAIMS
from reports.tech_branch.explain import conditions_of, interest_of
from reports.tech_branch.letter_words import CURES
from reports.tech_branch.lines import enterprise
from reports.writing.numbers import chinese_number

_GROUNDS = {ground.code: ground for ground in GROUNDS}
_INTEREST = {one.code: one for one in law.CONDITIONS if one.takes(law.INTEREST)}
Row = Mapping[str, Any]


def told_of(connection: Connection, run: RunRecord, until: date, uscc: str | None = None) -> Iterator[dict[str, Any]]:
    """What the letters say, by enterprise in line order, those with claims alone last; Refused for one with neither."""
    loans: dict[str, list[Row]] = defaultdict(list)
    for row in lineage.explained(connection, run, *(() if uscc is None else (enterprise.uscc == uscc,))):
        loans[row["uscc"]].append(row)
    claims: dict[str, list[Row]] = defaultdict(list)
    for claim in run_lines.read(connection, CLAIMS, run.id, printed=True):
        if claim["interest_fen"] and uscc in (None, claim["uscc"]):
            claims[claim["uscc"]].append(claim)
    codes = [*loans, *(code for code in claims if code not in loans)]
    if uscc is not None and not codes:
        raise letters.unknown(run, uscc, "贷款和追缴")
    for code in letters.telling(codes):
        yield _told(connection, run, code, loans.get(code, ()), claims.get(code, ()), until)


def _told(
    connection: Connection, run: RunRecord, uscc: str, loans: Sequence[Row], claims: Sequence[Row], until: date
) -> dict[str, Any]:
    name = loans[0]["enterprise_name"] if loans else _name(connection, uscc)
    got = sum(row["interest_fen"] for row in loans)
    paid = sum(1 for row in loans if row["interest_fen"])
    result = (
        f"你单位共 {len(loans)} 笔贷款，{paid} 笔有贴息，贴息合计 {wan_words(got)}。"
        if loans
        else "本年度没有贷款列入。"
    )
    if claims:
        result += f"另有以前年度贴息 {wan_words(sum(row['interest_fen'] for row in claims))}需要收回。"
    codes = {code for row in loans for code in row["reasons"].split(";") if code}
    return {
        **letters.common(run, DOCUMENT, "科技支行贷款贴息", OFFICES["financial_regulator"]),
        "企业": name,
        "代码": uscc,
        "结果": result + letters.standing_words(run),
        "各笔": [_loan(connection, run, number, row) for number, row in enumerate(loans, start=1)],
        "追缴": [_claim(row) for row in claims],
        "可以": list(letters.may_do(CURES, codes, until, "所在区市金融监管部门", "贷款银行或你单位")),
    }


def _loan(connection: Connection, run: RunRecord, number: int, row: Row) -> dict[str, Any]:
    judged = (
        conditions_of(connection, run, row) if row["reasons"] else []
    )  # each asks the database: only where it tells
    failed = [one for one in judged if one.outcome in (FAILED, HELD)]
    got = row["interest_fen"]
    if failed:
        why = letters.why_not(failed, _INTEREST)
        held = all(one.outcome == HELD for one in failed)
        result = "待核实，暂不发放贴息。" if held else "不享受贴息，原因如下。"
    else:
        why = [f"{one.title}（{one.article}）：{one.text}。" for one in interest_of(connection, run, row)]
        demand = row["interest_demand_fen"]
        if got < demand:
            why.append(f"总额控制（第六条）：预算不足，按占比由 {wan_words(demand)} 调整为 {wan_words(got)}。")
        result = f"贴息 {wan_words(got)}。" if got else "贴息为 0。"
    title = f"{chinese_number(number)}、{row['bank']}　借据 {row['note_no']}"
    what = (
        f"贷款金额 {wan_words(row['amount_fen'])}，{row['disbursed_on']} 发放，{row['due_on']} 到期，"
        f"{run.year} 年末余额 {wan_words(row['balance_fen'])}。"
    )
    return {"标题": title, "结论": what + result, "理由": why, "贴息": wan_words(got)}


def _claim(row: Row) -> str:
    ground = _GROUNDS[row["code"]]
    return (
        f"{row['bank']} 借据 {row['note_no']} {row['paid_year']} 年度已付贴息中的 {wan_words(row['interest_fen'])}："
        f"{ground.title}（{ground.article}，{ground.code}），请按通知缴回。"
    )


def _name(connection: Connection, uscc: str) -> str:
    """What an enterprise is called now."""
    fact = models.EnterpriseFact
    query = select(fact.name).join(enterprise, enterprise.id == fact.enterprise_id)
    return str(
        connection.execute(query.where(enterprise.uscc == uscc, fact.retired_by.is_(None))).scalars().first() or uscc
    )


write = letters.writer(DOCUMENT, told_of)
