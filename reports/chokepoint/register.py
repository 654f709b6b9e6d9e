"""One register of a review: each enterprise's 拨, 投, 贷 and 保 side by side, the same per project, and per investor.

Every amount is summed over the lines of the run that passed; 第二条 ties 投 to the enterprise, so a project has none.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from ledger.counties import COUNTY_RANK
from ledger.runs.settlement import RunRecord
from reports.chokepoint.lines import GRANTS, INVESTMENTS, LOANS, POLICIES
from reports.chokepoint.lists import BUREAU, UNIT
from reports.runs import run_lines
from reports.runs.run_lines import Row
from reports.runs.run_words import page_foot
from reports.writing.forms import Block, Form, FormColumn, write_sheets
from reports.writing.notes import law_notes, run_notes
from reports.writing.tidy import Data


def _fen(header: str, group: str) -> FormColumn:
    return FormColumn(header, 12, "fen", summed=True, group=group)


# the figures side by side: (column, kind of line, amount)
_GRANT = (
    (_fen("研发投入", "拨"), "grants", "spending_fen"),
    (_fen("研发补助", "拨"), "grants", "granted_fen"),
)
_INVESTMENT = (
    (_fen("投资金额", "投"), "investments", "amount_fen"),
    (_fen("认定金额", "投"), "investments", "recognised_fen"),
)
_LOAN = (
    (_fen("贷款金额", "贷"), "loans", "amount_fen"),
    (_fen("截止日余额", "贷"), "loans", "balance_fen"),
    (_fen("备案额度", "贷"), "loans", "filed_fen"),
    (_fen("风险补助(银行)", "贷"), "loans", "subsidy_fen"),
)
_POLICY = (
    (_fen("实缴保费", "保"), "policies", "premium_fen"),
    (_fen("保费补贴", "保"), "policies", "subsidy_fen"),
)
_SUBSIDIES = (("grants", "granted_fen"), ("loans", "subsidy_fen"), ("policies", "subsidy_fen"))
_Figures = Sequence[tuple[FormColumn, str, str]]
_SHEETS = (("拨", GRANTS), ("投", INVESTMENTS), ("贷", LOANS), ("保", POLICIES))


def register(connection: Connection, run: RunRecord, path: Path) -> int:
    """Writes the register and gives the number of enterprises."""
    kinds = {
        "grants": run_lines.read(connection, GRANTS, run.id, printed=True),
        "investments": run_lines.read(connection, INVESTMENTS, run.id, printed=True),
        "loans": run_lines.read(connection, LOANS, run.id, printed=True),
        "policies": run_lines.read(connection, POLICIES, run.id, printed=True),
    }
    passed = {kind: [row for row in rows if not row["reasons"]] for kind, rows in kinds.items()}
    enterprises = _form(
        run, "企业台账", f"{run.year}年度“拨投贷保”企业台账",
        (FormColumn("企业名称", 26, "text"), FormColumn("区市", 9, "middle"), FormColumn("统一社会信用代码", 22, "middle")),
        (*_GRANT, *_INVESTMENT, *_LOAN, *_POLICY), passed,
        lambda row: (COUNTY_RANK[row["county"]], row["enterprise"], row["county"], row["uscc"]), (1, 2, 3), True,
    )  # fmt: skip
    projects = _form(
        run, "项目台账", f"{run.year}年度“拨投贷保”项目台账",
        (FormColumn("项目编号", 14, "middle"), FormColumn("项目名称", 30, "text"), FormColumn("企业名称", 26, "text")),
        (*_GRANT, *_LOAN, *_POLICY), {**passed, "investments": []},
        lambda row: (row["project_no"], row["project"], row["enterprise"]), (0, 1, 2), True,
    )  # fmt: skip
    investors = _form(
        run, "投资机构", f"{run.year}年度股权投资认定表",
        (
            FormColumn("投资机构", 26, "text"), FormColumn("被投企业", 26, "text"), FormColumn("区市", 9, "middle"),
            FormColumn("统一社会信用代码", 22, "middle"), FormColumn("依据", 22, "middle"),
        ),
        _INVESTMENT, {"investments": passed["investments"]},
        lambda row: (row["investor"], row["enterprise"], row["county"], row["uscc"], "第十五条"), (0, 1, 2, 3, 4), False,
    )  # fmt: skip
    data = [
        Data(name, lines.columns, run_lines.values(lines, kinds[kind]))
        for (name, lines), kind in zip(_SHEETS, kinds, strict=True)
    ]
    notes = [
        ("报表", "台账"),
        *run_notes(run),
        *law_notes(run),
        *(
            (f"{name}：行数与通过数", f"{len(kinds[kind])}，{len(passed[kind])}")
            for (name, _), kind in zip(_SHEETS, kinds, strict=True)
        ),
        ("运行指纹", run.fingerprint),
    ]
    write_sheets(path, [enterprises, projects, investors], data, notes, run.as_of)
    return sum(len(block.rows) for block in enterprises.blocks)


def _form(
    run: RunRecord,
    sheet: str,
    title: str,
    labels: Sequence[FormColumn],
    figures: _Figures,
    kinds: dict[str, list[Row]],
    key: Callable[[Row], tuple[Any, ...]],
    shown: Sequence[int],
    subsidised: bool,
) -> Form:
    """A form with one row per key, in their order, and the sums of its lines; `shown` are the key's parts to print."""
    own: dict[tuple[Any, ...], dict[str, list[Row]]] = {}
    for kind, lines in kinds.items():
        for line in lines:
            own.setdefault(key(line), defaultdict(list))[kind].append(line)
    columns: list[FormColumn] = [*labels, *(column for column, _, _ in figures)]
    if subsidised:
        columns.append(FormColumn("财政补助合计", 13, "fen", summed=True))
    rows = []
    for one in sorted(own):
        row = [*(one[place] for place in shown), *(_sum(own[one][kind], name) for _, kind, name in figures)]
        if subsidised:
            row.append(sum(_sum(own[one][kind], name) for kind, name in _SUBSIDIES))
        rows.append(row)
    return Form(
        sheet=sheet,
        mark="",
        title=title,
        head=(BUREAU, f"审核年度：{run.year}", UNIT),
        columns=columns,
        blocks=[Block(rows)] if rows else [],
        label_span=len(labels),
        page_foot=page_foot(run),
        subtotals=False,
    )


def _sum(rows: Iterable[Row], name: str) -> int:
    return sum(row[name] for row in rows)
