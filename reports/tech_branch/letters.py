"""告知书: what an enterprise got, loan by loan, and why, or why not; what it may do, and until when.

A letter tells of the enterprise's own loans only. Of the cap it says how much was used before a loan's turn, not by which loan;
of a budget, what it took from the loan. The bonus (奖补) is the bank's and is not spoken of.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import Connection, select

from ledger import models
from ledger.counties import OFFICES
from ledger.errors import Refused
from ledger.facts import positions
from ledger.money import wan_words
from ledger.programmes.tech_branch import law
from ledger.programmes.tech_branch.clawback import GROUNDS
from ledger.programmes.tech_branch.year import DOCUMENT
from ledger.runs.settlement import RunRecord
from ledger.workdays import day_date, day_number, today
from reports.lineage.explanation import FAILED, HELD
from reports.report import Written
from reports.runs import run_lines
from reports.tech_branch import lineage
from reports.tech_branch.claims import CLAIMS
from reports.tech_branch.explain import conditions_of, interest_of
from reports.tech_branch.letter_templates import FOLDER
from reports.tech_branch.letter_words import may_do
from reports.tech_branch.lines import enterprise
from reports.writing import letters, progress
from reports.writing.numbers import chinese_number

KNOWN = ("年度", "企业", "代码", "办法", "文号", "结果", "各笔", "追缴", "可以", "落款", "依据")
NEEDED = ("年度", "企业", "结果", "各笔", "可以")
_GROUNDS = {ground.code: ground for ground in GROUNDS}
_INTEREST = tuple(one for one in law.CONDITIONS if one.takes(law.INTEREST))
Row = Mapping[str, Any]


def write(
    connection: Connection,
    run: RunRecord,
    path: Path,
    uscc: str | None = None,
    all: bool | None = None,
    until: date | None = None,
    template: Path | None = None,
) -> Written:
    """The letter to one enterprise into a file, or to all into a folder."""
    form = letters.Template(template or FOLDER / "letter.docx", KNOWN, NEEDED)
    last = until_day(connection, until)
    if uscc is not None:
        (told,) = list(told_of(connection, run, last, uscc))
        letters.write(path, form, told)
        return Written([(path, f"{told['企业']}，{len(told['各笔'])} 笔")])
    if path.is_file():
        raise Refused(f"OUT「{path}」是文件；--all 写入文件夹")
    named = ((_file_name(told), told) for told in told_of(connection, run, last))
    count = sum(1 for _ in letters.write_all(path, form, named))
    return Written([(path, f"{count} 封")])


def until_day(connection: Connection, until: date | None) -> date:
    """The last day for objections: as given, else so many working days from today. Refused for one that has passed."""
    if until is not None:
        if until < today():
            raise Refused(f"提出异议、补正的末日 {until} 已经过去；应为今天（{today()}）或以后")
        return until
    count = DOCUMENT.number_near("objection_workdays", today())
    calendar = positions.calendar(connection)
    found = calendar.add_workdays(np.array([day_number(today())], dtype=np.int64), count)
    calendar.require_known()
    return day_date(int(found[0]))


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
        raise Refused(
            f"{run.year} 年度第 {run.id} 号运行中没有企业 {uscc} 的贷款和追缴；请核对代码",
            "，或用 tiexi find 查找",
        )
    for number, code in enumerate(codes, start=1):
        progress.tell(number, len(codes), "告知书")
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
    if run.approved_at is None:
        result += "本结果尚未审核通过，以审核通过的结果为准。"
    codes = {code for row in loans for code in row["reasons"].split(";") if code}
    return {
        "年度": run.year,
        "企业": name,
        "代码": uscc,
        "办法": DOCUMENT.title,
        "文号": DOCUMENT.number,
        "结果": result,
        "各笔": [_loan(connection, run, number, row) for number, row in enumerate(loans, start=1)],
        "追缴": [_claim(row) for row in claims],
        "可以": list(may_do(codes, until, "所在区市金融监管部门")),
        "落款": OFFICES["financial_regulator"],
        "依据": f"第 {run.id} 号运行（{run.standing}，截止日 {run.as_of}）"
        + (f"，{run.approved_document}" if run.approved_document else ""),
    }


def _loan(connection: Connection, run: RunRecord, number: int, row: Row) -> dict[str, Any]:
    judged = (
        conditions_of(connection, run, row) if row["reasons"] else []
    )  # each asks the database: only where it tells
    failed = [one for one in judged if one.outcome in (FAILED, HELD)]
    ours = {one.code for one in _INTEREST}
    got = row["interest_fen"]
    if failed:
        why = [f"{one.title.partition('（')[0]}（{one.article}，{one.code}）{'待核实' if one.outcome == HELD else '不符合'}：{one.text}。"
               for one in failed if one.code in ours]  # fmt: skip
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


def _file_name(told: Mapping[str, Any]) -> str:
    """By code and name, without what no file's name can have."""
    name = "".join("_" if one in '/\\:*?"<>|' or ord(one) < 32 else one for one in told["企业"][:40])
    return f"告知书-{told['代码']}-{name}.docx"
