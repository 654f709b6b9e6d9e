"""对账单 as a workbook: by year, loans, verdicts, money moved, rows on file; 数据 and 说明."""

from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

from ledger import models, money
from ledger.database import db
from ledger.facts.bank_names import BankNames, bank_names
from ledger.programmes import PROGRAMMES, chart
from ledger.runs.settlement import STATE_NAMES, RunRecord
from ledger.workdays import today
from reports.money import party_money
from reports.parties.finding import INSTITUTIONS
from reports.parties.statement import Part, Statement, Verdict
from reports.report import LineColumn
from reports.writing.forms import Block, Form, FormColumn, write_sheets
from reports.writing.tidy import Data

_LOANS = (
    FormColumn("借据编号", 20, "text"), FormColumn("业务品种", 14, "middle"), FormColumn("贷款金额", 14, "fen", summed=True),
    FormColumn("发放日", 12, "middle"), FormColumn("到期日", 12, "middle"), FormColumn("年利率(%)", 9, "percent"),
    FormColumn("担保方式", 14, "middle"), FormColumn("已还本金", 14, "fen", summed=True), FormColumn("余额", 14, "fen", summed=True),
)  # fmt: skip
_VERDICTS = (
    FormColumn("类别", 9, "middle"), FormColumn("编号", 30, "text"), FormColumn("企业名称", 30, "text"), FormColumn("区市", 9, "middle"),
    FormColumn("金额", 14, "fen", summed=True), FormColumn("其中", 34, "text"), FormColumn("结论", 44, "text"),
)  # fmt: skip
_MOVED = (
    FormColumn("日期", 12, "middle"), FormColumn("事项", 20, "middle"), FormColumn("补助项目", 12, "middle"),
    FormColumn("区市", 9, "middle"), FormColumn("银行名称", 26, "text"), FormColumn("企业名称", 28, "text"),
    FormColumn("金额", 14, "fen"), FormColumn("文号、凭证号", 26, "text"), FormColumn("年度", 8, "count"), FormColumn("运行号", 8, "count"),
)  # fmt: skip
_FACTS = (
    FormColumn("表", 12, "middle"), FormColumn("内容", 90, "text"), FormColumn("文件", 28, "text"), FormColumn("行", 7, "count"),
    FormColumn("版本", 6, "count"), FormColumn("报送人", 12, "middle"), FormColumn("入库时间", 17, "middle"),
)  # fmt: skip
_BROUGHT = (
    FormColumn("年度", 10, "count"), FormColumn("项目", 20, "middle"), FormColumn("运行", 24, "middle"), FormColumn("类别", 14, "middle"),
    FormColumn("笔数", 10, "count"), FormColumn("未通过", 10, "count"), FormColumn("补助项目", 34, "text"), FormColumn("金额", 20, "fen"),
)  # fmt: skip
_YEARS = (
    FormColumn("年度", 8, "count"), FormColumn("项目", 16, "middle"), FormColumn("运行", 18, "middle"),
    FormColumn("笔数", 8, "count"), FormColumn("未通过", 8, "count"), FormColumn("应付", 16, "fen", summed=True),
    FormColumn("已到账", 16, "fen", summed=True), FormColumn("追缴", 16, "fen", summed=True), FormColumn("已缴回", 16, "fen", summed=True),
)  # fmt: skip


def write(connection: Connection, found: Statement, path: Path) -> str:
    """Writes a statement, and says in words what is in it."""
    party, day = found.party, today()
    head = (
        f"{party.code}　{party.name}".strip() + (f"（{party.county}）" if party.county else ""),
        f"截至 {day}",
        "单位：万元",
    )
    counterpart = FormColumn("企业名称" if party.kind == "bank" else "银行名称", 28, "text")
    names = bank_names(connection)
    companies = _companies(connection, {one.enterprise_id for part in found.parts for one in part.moved} - {None})
    several = len(found.parts) > 1

    def form(
        sheet: str, title: str, columns: Sequence[FormColumn], blocks: Iterable[Block], span: int, sums: bool
    ) -> Form:
        kept = [block for block in blocks if block.rows]
        return Form(
            sheet, "", f"{party.name}{title}", head, columns, kept, span, page_foot=party.name, subtotals=sums and len(kept) > 1,
            total=sums and bool(kept),
        )  # fmt: skip

    def heading(part: Part, words: str = "") -> str:
        return "　".join(text for text in (part.heading if several else "", words) if text)

    of_lines = party.kind in INSTITUTIONS  # the books know neither loans nor money of theirs
    years = [
        form("各年度", "对账单", _BROUGHT, [Block(_brought(part), heading(part)) for part in found.parts], 4, False),
    ] if of_lines else [
        form("各年度", "对账单", _YEARS, [Block(_years(part), heading(part)) for part in found.parts], 3, True),
        form("贷款", "在库贷款", (counterpart, *_LOANS), [Block(part.loans, heading(part)) for part in found.parts], 3, True),
    ]  # fmt: skip
    money_moved = [] if of_lines else [
        form("拨付与追缴", "拨付、追缴与缴回", _MOVED, [
            Block([_moved_row(one, names, companies) for one in part.moved], heading(part)) for part in found.parts
        ], 6, False),
    ]  # fmt: skip
    forms = [
        *years,
        form("审核结果", "各年度审核结果", _VERDICTS, [
            Block([_verdict_row(one) for one in same], heading(part, run_text(same[0].run)))
            for part in found.parts for same in _by_run(part.verdicts)
        ], 4, False),
        *money_moved,
        form("在库资料", "在库资料（现行各行）", _FACTS, [Block(part.facts, heading(part)) for part in found.parts], 1, False),
    ]  # fmt: skip
    verdicts = [one for part in found.parts for one in part.verdicts]
    notes = [
        ("报表", "对账单"),
        ("对象", head[0]),
        *([("曾用名", "、".join(party.names))] if party.names else []),
        ("截至", day.isoformat()),
        ("各年度", "取审核通过的运行；没有的取最近一次试算，写明试算的不算数，没有应付"),
        *(_READ_INSTITUTION if of_lines else _READ),
    ]
    columns = [LineColumn(name, header, _KINDS.get(name, "text"), None) for name, header in _DATA]
    write_sheets(path, forms, [Data("数据", columns, [_data_row(one) for one in verdicts])], notes, day)
    if of_lines:
        return f"审核结果 {len(verdicts)} 行，在库资料 {sum(len(part.facts) for part in found.parts)} 行"
    loans = sum(len(part.loans) for part in found.parts)
    return f"贷款 {loans} 笔，审核结果 {len(verdicts)} 行，账目 {sum(len(part.moved) for part in found.parts)} 行"


_READ = (
    ("应付、已到账", "应付为审核时记账的补助；已到账为到达最终收款单位的。追缴与缴回同此"),
    ("承继", "被承继的银行各列在自己的名称之下"),
)
_READ_INSTITUTION = (
    ("金额", "所承保、所投资的各笔给企业、区市的补助，不是付给该机构的；几家共同承保的险种，各家都列该险种的全额"),
)


def run_text(run: RunRecord) -> str:
    """A run as a heading."""
    return f"{run.year} 年度　{PROGRAMMES[run.programme].name}（{STATE_NAMES[run.state]}，第 {run.id} 号运行，截止日 {run.as_of}）"


def _by_run(verdicts: Sequence[Verdict]) -> list[list[Verdict]]:
    found: dict[int, list[Verdict]] = {}
    for one in verdicts:
        found.setdefault(one.run.id, []).append(one)
    return list(found.values())


def _years(part: Part) -> list[list[Any]]:
    """By run: how many lines, how many with a code, what is owed, arrived, claimed and came back."""
    rows = []
    runs = {one.run.id: one.run for one in part.verdicts} | {one.run.id: one.run for one in part.moved}
    for run in sorted(runs.values(), key=lambda run: (run.year, run.id)):
        lines = [one for one in part.verdicts if one.run.id == run.id and not one.lines.claims]
        of_run = [one for one in part.moved if one.run.id == run.id]
        rows.append([
            run.year, PROGRAMMES[run.programme].name, f"第 {run.id} 号（{STATE_NAMES[run.state]}）", len(lines),
            sum(bool(one.row.get("reasons")) for one in lines),
            sum(one.fen for one in of_run if one.kind == party_money.OWED), sum(one.fen for one in of_run if one.arrives),
            sum(one.fen for one in of_run if one.kind == party_money.CLAIMED), sum(one.fen for one in of_run if one.comes_back),
        ])  # fmt: skip
    return rows


def _brought(part: Part) -> list[list[Any]]:
    """By run and kind of lines: how many lines, how many with a code, what each of the sums came to."""
    groups: dict[tuple[int, int], list[Verdict]] = {}
    for one in part.verdicts:
        groups.setdefault((one.run.id, id(one.lines)), []).append(one)
    rows = []
    for same in groups.values():
        run, lines = same[0].run, same[0].lines
        stopped = sum(bool(one.row.get("reasons")) for one in same)
        head = [run.year, PROGRAMMES[run.programme].name, f"第 {run.id} 号（{STATE_NAMES[run.state]}）", lines.name]
        for number, name in enumerate(lines.gives):
            counted: list[Any] = [len(same), stopped] if number == 0 else [None, None]
            rows.append([*head, *counted, lines.by_name[name].header, sum(one.row[name] for one in same)])
    return rows


def _verdict_row(one: Verdict) -> list[Any]:
    lines, row = one.lines, one.row
    gives = {lines.by_name[name].header: row[name] for name in lines.gives}
    parts = (
        "，".join(f"{header} {money.wan_text(fen)}" for header, fen in gives.items() if fen) if len(gives) > 1 else ""
    )
    who = " ".join(str(row[name]) for name in lines.identity)
    return [lines.name, who, row.get("enterprise") or "", row["county"], sum(gives.values()), parts, _conclusion(one)]


def _conclusion(one: Verdict) -> str:
    """Which conditions it did not meet, in words; of a claim, why."""
    if one.lines.claims:
        return f"追缴：{one.row.get('code') or ''}"
    conditions = {condition.code: condition for condition in PROGRAMMES[one.run.programme].conditions}
    codes = [code for code in (one.row["reasons"] or "").split(";") if code]
    named = [f"{code} {conditions[code].title}（{conditions[code].article}）" for code in codes]
    return f"未通过：{'、'.join(named)}" if named else "通过"


def _moved_row(one: party_money.Moved, names: BankNames, companies: dict[int, str]) -> list[Any]:
    bank = names.printed(one.bank_id) if one.bank_id is not None else ""
    enterprise = companies.get(one.enterprise_id, "") if one.enterprise_id is not None else ""
    item = chart.item_names()[one.item]
    return [
        one.on.isoformat(), one.words, item, one.county, bank, enterprise, one.fen, one.document_no, one.run.year, one.run.id,
    ]  # fmt: skip


def _companies(connection: Connection, numbers: Collection[int | None]) -> dict[int, str]:
    """What these enterprises are called, by their number."""
    fact = models.EnterpriseFact
    query = select(fact.enterprise_id, fact.name).where(fact.retired_by.is_(None))
    return {
        row.enterprise_id: row.name
        for chunk in db.in_chunks(list(numbers))
        for row in connection.execute(query.where(fact.enterprise_id.in_(chunk)))
    }


_DATA = (
    ("year", "年度"), ("programme", "项目"), ("run", "运行号"), ("state", "状态"), ("kind", "类别"), ("note_no", "编号"),
    ("enterprise", "企业名称"), ("county", "区市"), ("item", "项目名称"), ("amount_fen", "金额"), ("reasons", "代码"),
)  # fmt: skip
_KINDS: dict[str, Any] = {"year": "count", "run": "count", "amount_fen": "fen"}


def _data_row(one: Verdict) -> list[Any]:
    """One row of 数据: a line with the sum of what it gives."""
    kind, who, enterprise, county, fen, *_ = _verdict_row(one)
    item = "、".join(one.lines.by_name[name].header for name in one.lines.gives)
    run = one.run
    return [
        run.year, PROGRAMMES[run.programme].name, run.id, STATE_NAMES[run.state], kind, who, enterprise, county, item, fen,
        one.row.get("reasons") or one.row.get("code") or "",
    ]  # fmt: skip
