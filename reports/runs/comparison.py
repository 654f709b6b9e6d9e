"""Two runs of one programme's year against each other: the totals of both, each line and column that differs, and the lines
that only one has."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Connection, select

from ledger import money
from ledger.accounts.scope import EVERYTHING, Scope
from ledger.errors import Refused
from ledger.programmes import PROGRAMMES
from ledger.runs.settlement import STATE_NAMES, RunRecord, read_run
from reports.bank_names import named
from reports.report import LineColumn, Table
from reports.runs import run_lines, seen
from reports.runs.run_lines import OF_THE_RUN, Lines
from reports.writing.forms import Block, Form, FormColumn, write_sheets
from reports.writing.tidy import Data

Identity = tuple[Any, ...]
WHO = "who"  # in a row: what papers call what it is known by, as its run calls banks


class Total(NamedTuple):
    """A figure of both runs: of which kind of line, what, whether it is money (fen) or a count."""

    kind: str
    name: str
    header: str
    money: bool
    first: int
    second: int

    def as_dict(self) -> dict[str, Any]:
        """For --json."""
        return {"kind": self.kind, "name": self.name, "first": self.first, "second": self.second}

    def text(self, value: int) -> str:
        """One of its figures for people."""
        return money.wan_text(value) if self.money else str(value)


class Changed(NamedTuple):
    """A line that both runs have, and the columns in which it differs: each with both values."""

    lines: Lines
    row: Mapping[str, Any]  # as the second run has it
    cells: Sequence[tuple[LineColumn, Any, Any]]


class Alone(NamedTuple):
    """A line that only one of the runs has."""

    lines: Lines
    row: Mapping[str, Any]


@dataclass(frozen=True)
class Comparison:
    """What two runs differ in."""

    first: RunRecord
    second: RunRecord
    totals: Sequence[Total]
    changed: Sequence[Changed]
    only_first: Sequence[Alone]
    only_second: Sequence[Alone]

    @property
    def same(self) -> bool:
        """Whether every line and column is the same."""
        return not (self.changed or self.only_first or self.only_second)

    def as_dict(self) -> dict[str, Any]:
        """For --json: fen as integers, dates ISO, percentages as text with 4 decimals."""
        return {
            "first": self.first.as_dict(),
            "second": self.second.as_dict(),
            "same": self.same,
            "totals": [one.as_dict() for one in self.totals],
            "changed": [
                {
                    **_named(one.lines, one.row),
                    "columns": [
                        {"column": column.name, "first": column.plain(before), "second": column.plain(after)}
                        for column, before, after in one.cells
                    ],
                }
                for one in self.changed
            ],
            "only_first": [_whole(one) for one in self.only_first],
            "only_second": [_whole(one) for one in self.only_second],
        }


def compare(connection: Connection, first_id: int, second_id: int, scope: Scope = EVERYTHING) -> Comparison:
    """Compares two runs; Refused where they are of different programmes or years, or one is not there. scope: whose eyes it is
    for: lines that it does not see are left out."""
    first, second = read_run(connection, first_id), read_run(connection, second_id)
    _refuse_unlike(first, second)
    totals: list[Total] = []
    changed: list[Changed] = []
    alone: tuple[list[Alone], list[Alone]] = ([], [])
    for lines in run_lines.of_programme(first.programme):
        before, after = (rows_of(connection, lines, run, scope) for run in (first, second))
        totals += totals_of(first.programme, lines, before, after)
        for identity, row in after.items():
            if identity not in before:
                alone[1].append(Alone(lines, row))
            elif cells := _different(lines, before[identity], row):
                changed.append(Changed(lines, row, cells))
        alone[0].extend(Alone(lines, row) for identity, row in before.items() if identity not in after)
    return Comparison(first, second, totals, changed, *alone)


def _refuse_unlike(first: RunRecord, second: RunRecord) -> None:
    if first.id == second.id:
        raise Refused(f"两次都是第 {first.id} 号运行；请给出两个不同的运行号", "，见 tiexi status")
    if (first.programme, first.year) == (second.programme, second.year):
        return
    said = "，".join(f"第 {one.id} 号是{PROGRAMMES[one.programme].name} {one.year} 年度的" for one in (first, second))
    raise Refused(f"{said}，不能对照；只能对照同一项目、同一年度的两次运行", "，见 tiexi status")


def rows_of(connection: Connection, lines: Lines, run: RunRecord, scope: Scope) -> dict[Identity, dict[str, Any]]:
    """A run's lines by what they are known by in either: a bank by whom it is, whatever it is called in a run."""
    columns = _columns(lines)
    query = lines.joined(select(*(column.source.label(column.name) for column in columns)))
    of_run = (lines.line.run_id == run.id, *seen.lines_seen(connection, lines, run.programme, scope))
    raw = connection.execute(query.where(*of_run).order_by(lines.number)).all()
    names = [column.name for column in columns]
    places = [names.index(name) for name in lines.identity]
    plain, printed = (named(connection, run.id, columns, raw, printed=way) for way in (False, True))
    return {
        tuple(row[place] for place in places): {
            **dict(zip(names, values, strict=True)),
            WHO: " ".join(str(shown[place]) for place in places),
        }
        for row, values, shown in zip(raw, plain, printed, strict=True)
    }


def _columns(lines: Lines) -> list[LineColumn]:
    """What is compared: not which run it is, nor the place of a line in it."""
    left_out = (*OF_THE_RUN, lines.line.NUMBER)
    return [column for column in (*lines.columns, *lines.more) if column.name not in left_out]


def _different(lines: Lines, before: dict[str, Any], after: dict[str, Any]) -> list[tuple[LineColumn, Any, Any]]:
    return [
        (column, before[column.name], after[column.name])
        for column in _columns(lines)
        if before[column.name] != after[column.name]
    ]


def totals_of(
    programme: str, lines: Lines, before: dict[Identity, dict[str, Any]], after: dict[Identity, dict[str, Any]]
) -> list[Total]:
    """How many lines, what they give, and how many each code stopped."""
    found = [Total(lines.name, "lines", "笔数", False, len(before), len(after))]
    for name in lines.gives:
        sums = [sum(row[name] for row in rows.values()) for rows in (before, after)]
        found.append(Total(lines.name, name, lines.by_name[name].header, True, *sums))
    if "reasons" not in lines.by_name:
        return found
    for condition in PROGRAMMES[programme].conditions:
        counts = [
            sum(condition.code in (row["reasons"] or "").split(";") for row in rows.values())
            for rows in (before, after)
        ]
        if any(counts):
            found.append(Total(lines.name, condition.code, f"{condition.code} {condition.title}", False, *counts))
    return found


# --- for machines -----------------------------------------------------------------------------------------------------


def _named(lines: Lines, row: Mapping[str, Any]) -> dict[str, Any]:
    return {"kind": lines.name, **{name: lines.by_name[name].plain(row[name]) for name in lines.identity}}


def _whole(one: Alone) -> dict[str, Any]:
    return {
        "kind": one.lines.name,
        **{column.name: column.plain(one.row[column.name]) for column in _columns(one.lines)},
    }


# --- for people -------------------------------------------------------------------------------------------------------


def run_words(run: RunRecord) -> str:
    """A run as the comparison calls it."""
    return f"第 {run.id} 号（{STATE_NAMES[run.state]}，截止日 {run.as_of}）"


def totals_table(found: Comparison) -> Table:
    """The totals of both runs, and the second less the first."""
    rows = [
        (one.kind, one.header, one.text(one.first), one.text(one.second), one.text(one.second - one.first))
        for one in found.totals
    ]
    headers = ("类别", "项目", f"第 {found.first.id} 号", f"第 {found.second.id} 号", "增减")
    return Table("合计（金额单位：万元）", headers, rows, 2)


def line_words(lines: Lines, row: Mapping[str, Any]) -> str:
    """A line as people know it."""
    return f"{lines.name} {row[WHO]}" + (f"（{row['enterprise']}）" if row.get("enterprise") else "")


def cell_words(column: LineColumn, value: Any) -> str:
    """A value for people; amounts in 万元."""
    if value is None or value == "":
        return "（空）"
    if column.kind == "fen":
        return money.wan_text(value)
    return money.percent_text(value) if column.kind == "percent" else column.text(value)


def changed_words(one: Changed) -> str:
    """A line that differs, and in what."""
    cells = "；".join(
        f"{column.header} {cell_words(column, a)} → {cell_words(column, b)}" for column, a, b in one.cells
    )
    return f"{line_words(one.lines, one.row)}：{cells}"


def alone_words(one: Alone) -> str:
    """A line that one run has alone, with what it gives."""
    gives = "，".join(f"{one.lines.by_name[name].header} {money.wan_text(one.row[name])}" for name in one.lines.gives)
    return f"{line_words(one.lines, one.row)}：{gives}" + (f"；{one.row['reasons']}" if one.row.get("reasons") else "")


# --- the workbook -----------------------------------------------------------------------------------------------------


def write(found: Comparison, path: Path) -> None:
    """Writes the comparison as a workbook, whole or not at all."""
    first, second = f"第 {found.first.id} 号", f"第 {found.second.id} 号"
    name = f"{PROGRAMMES[found.first.programme].name} {found.first.year} 年度"
    head = (name, f"{run_words(found.first)}　对　{run_words(found.second)}", "金额单位：万元")
    line = (FormColumn("类别", 10, "middle"), FormColumn("编号", 34, "text"), FormColumn("企业名称", 30, "text"))
    of_totals = [
        [one.kind, one.header, one.text(one.first), one.text(one.second), one.text(one.second - one.first)]
        for one in found.totals
    ]
    of_cells = [
        [*_who(one.lines, one.row), column.header, cell_words(column, before), cell_words(column, after), _more(column, before, after)]
        for one in found.changed
        for column, before, after in one.cells
    ]  # fmt: skip
    of_alone = [
        [*_who(one.lines, one.row), which, alone_words(one).partition("：")[2]]
        for which, ones in ((first, found.only_first), (second, found.only_second))
        for one in ones
    ]
    two = (FormColumn(first, 20, "middle"), FormColumn(second, 20, "middle"))
    forms = [
        _form("合计", "两次运行对照：合计", head, (FormColumn("类别", 10, "middle"), FormColumn("项目", 40, "text"), *two, FormColumn("增减", 20, "middle")), of_totals),
        _form("不同", "两次运行对照：不同之处", head, (*line, FormColumn("列", 16, "middle"), *two, FormColumn("增减", 16, "fen")), of_cells),
        _form("只在一次", "两次运行对照：只在一次运行中的", head, (*line, FormColumn("只在", 10, "middle"), FormColumn("内容", 60, "text")), of_alone),
    ]  # fmt: skip
    notes = [
        ("报表", "两次运行对照"),
        ("项目与年度", name),
        *((f"第 {run.id} 号运行", f"{run_words(run)}，指纹 {run.fingerprint}") for run in (found.first, found.second)),
        ("不同的笔数", str(len(found.changed))),
        *((f"只在第 {run.id} 号", f"{len(ones)} 笔") for run, ones in ((found.first, found.only_first), (found.second, found.only_second))),
        ("读法", "每行是一笔的一列；只列两次运行不同的列。银行改名前后算同一家。"),
    ]  # fmt: skip
    columns = [LineColumn(name, header, "text", None) for name, header in _DATA_COLUMNS]
    rows = [
        [*_who(one.lines, one.row), column.name, column.text(before), column.text(after)]
        for one in found.changed
        for column, before, after in one.cells
    ]
    write_sheets(path, forms, [Data("数据", columns, rows)], notes, found.second.as_of)


_DATA_COLUMNS = (
    ("kind", "类别"), ("note_no", "编号"), ("enterprise", "企业名称"), ("column", "列"), ("first", "前者"), ("second", "后者"),
)  # fmt: skip


def _who(lines: Lines, row: Mapping[str, Any]) -> list[str]:
    return [lines.name, row[WHO], row.get("enterprise") or ""]


def _more(column: LineColumn, before: Any, after: Any) -> int | None:
    """By how much an amount rose; None for what is no amount."""
    return after - before if column.kind == "fen" and None not in (before, after) else None


def _form(sheet: str, title: str, head: Sequence[str], columns: Sequence[FormColumn], rows: list[list[Any]]) -> Form:
    blocks = [Block(rows)] if rows else []
    return Form(sheet, "", title, head, columns, blocks, 1, subtotals=False, total=False)
