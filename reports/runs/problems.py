"""问题清单: the lines of a run that got nothing, or less than their own balance, months and rate would give, each with why
and what would cure it; the run's warnings on a sheet of their own.

A document says how its lines fell short (`problems_named` of its contents); without that, by the codes on its lines.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Connection

from ledger.accounts.scope import EVERYTHING, Scope
from ledger.errors import Refused
from ledger.facts.bank_names import BankNames, bank_names, bank_names_of
from ledger.law.conditions import Condition
from ledger.programmes import PROGRAMMES
from ledger.runs.settlement import RunRecord
from ledger.warnings.kinds import Warned
from reports.lineage.explanation import FAILED, HELD, Point
from reports.report import LineColumn, Written
from reports.runs import cut, run_lines, seen
from reports.runs import warnings as warned_of
from reports.runs.run_lines import Lines
from reports.writing.forms import Block, Form, FormColumn, write_sheets
from reports.writing.notes import law_notes, run_notes
from reports.writing.tidy import Data

TITLE = "问题清单"


class Why(NamedTuple):
    """Why a line fell short: a code ("" where none stopped it), its article, what it is about, the figures, and the cure.

    takes: what alone it takes away, in words; "" for everything.
    """

    code: str
    article: str
    title: str
    text: str
    cure: str
    takes: str = ""


@dataclass(frozen=True)
class Problem:
    """A line that fell short. who: as papers call it; bank: by the name of its anchor, "" where it is of none; full: what it
    would have had by itself (fen), None where that is not known; got: what it has."""

    kind: str
    who: str
    county: str
    bank: str
    uscc: str
    enterprise: str
    full: int | None
    got: int
    why: Sequence[Why]


def of_points(points: Iterable[Point], conditions: Mapping[str, Condition], gives: Mapping[str, str]) -> list[Why]:
    """Why, by the points of an explanation that were not met."""
    found = []
    for point in points:
        if point.outcome in (FAILED, HELD):
            condition = conditions[point.code]
            barred = [name for key, name in gives.items() if condition.takes(key)]
            takes = "、".join(barred) if len(barred) < len(gives) else ""
            held = "（待核实）" if point.outcome == HELD else ""
            cure = plain_cure(condition)
            found.append(Why(point.code, point.article, condition.title + held, point.text, cure, takes))
    return found


def plain_cure(condition: Condition) -> str:
    """What would cure a condition that was not met, without the marks that the manual's pages set commands in."""
    return condition.cure.replace("`", "")


def of_reasons(connection: Connection, run: RunRecord, scope: Scope = EVERYTHING) -> Iterator[Problem]:
    """The lines with a code or without any amount, of a document that says no more of them. scope: whose eyes they are for."""
    from reports.programmes import (
        REPORTS,  # here and not above: a document's contents are declared without the database
    )

    gives = REPORTS[run.programme].gives
    conditions = {condition.code: condition for condition in PROGRAMMES[run.programme].conditions}
    for lines in run_lines.of_programme(run.programme):
        if lines.claims:
            continue
        own = seen.lines_seen(connection, lines, run.programme, scope)
        printed = run_lines.read(connection, lines, run.id, *own, printed=True)
        for row, shown in zip(run_lines.read(connection, lines, run.id, *own), printed, strict=True):
            codes = [conditions[code] for code in (row["reasons"] or "").split(";") if code]
            points = [
                Point("", one.title, HELD if one.held else FAILED, one.article, one.code, one.meaning) for one in codes
            ]
            got = sum(row[name] for name in lines.gives)
            if codes or not got:
                yield line_problem(lines, shown, row.get("bank") or "", None, got, of_points(points, conditions, gives))


def line_problem(
    lines: Lines, shown: Mapping[str, Any], bank: str, full: int | None, got: int, why: Sequence[Why]
) -> Problem:
    """A problem of a line; shown: its row as papers call banks."""
    who = " ".join(str(shown[name]) for name in lines.identity)
    return Problem(
        lines.name, who, shown["county"], bank, shown.get("uscc") or "", shown.get("enterprise") or "", full, got, why
    )


# --- the workbook -----------------------------------------------------------------------------------------------------

_FORM = (
    FormColumn("序号", 6, "count"),
    FormColumn("区市", 9, "middle"),
    FormColumn("类别", 8, "middle"),
    FormColumn("银行（机构）与编号", 19, "text"),
    FormColumn("企业名称", 18, "text"),
    FormColumn("本应得", 12, "fen", summed=True),
    FormColumn("实得", 12, "fen", summed=True),
    FormColumn("代码", 13, "middle"),
    FormColumn("条款", 10, "middle"),
    FormColumn("条件", 12, "text"),
    FormColumn("情况", 36, "text"),
    FormColumn("怎么办", 30, "text"),
)
_DATA = (
    LineColumn("county", "区市", "text", None), LineColumn("kind", "类别", "text", None), LineColumn("who", "银行（机构）与编号", "text", None),
    LineColumn("uscc", "统一社会信用代码", "text", None), LineColumn("enterprise", "企业名称", "text", None),
    LineColumn("full_fen", "本应得", "fen", None, optional=True), LineColumn("got_fen", "实得", "fen", None),
    LineColumn("code", "代码", "text", None), LineColumn("article", "条款", "text", None), LineColumn("title", "条件", "text", None),
    LineColumn("takes", "只影响", "text", None), LineColumn("text", "情况", "text", None), LineColumn("cure", "怎么办", "text", None),
)  # fmt: skip
_WARNINGS = (
    FormColumn("序号", 6, "count"),
    FormColumn("代码", 13, "middle"),
    FormColumn("银行", 24, "text"),
    FormColumn("借据编号", 20, "text"),
    FormColumn("统一社会信用代码", 24, "middle"),
    FormColumn("文件", 26, "text"),
    FormColumn("提示", 70, "text"),
)


@dataclass(frozen=True)
class Shortfalls:
    """What of a run fell short, and what its loans were warned of, of those that were asked for. where: who that is."""

    where: str
    lines: Sequence[Problem]
    warnings: Sequence[Warned]


def lines_of(
    connection: Connection,
    run: RunRecord,
    county: str | None = None,
    bank: str | None = None,
    scope: Scope = EVERYTHING,
) -> Iterator[Problem]:
    """The lines that fell short, one by one: whoever wants a page of them need not have all explained."""
    from reports.programmes import REPORTS

    names = bank_names_of(connection, run)
    ids = None if bank is None else _and_taken_over(names, _bank_id(connection, run, bank))
    for one in REPORTS[run.programme].problems(connection, run, *([] if scope == EVERYTHING else [scope])):
        if (county is None or one.county == county) and (ids is None or (one.bank and names.id_of(one.bank) in ids)):
            yield one


def of_run(
    connection: Connection,
    run: RunRecord,
    county: str | None = None,
    bank: str | None = None,
    scope: Scope = EVERYTHING,
) -> Shortfalls:
    """The problems of a run that a scope sees: all, of one county, or of one bank, what it has taken over with it."""
    names = bank_names_of(connection, run)
    bank_id = None if bank is None else _bank_id(connection, run, bank)
    ids = None if bank_id is None else _and_taken_over(names, bank_id)
    found = list(lines_of(connection, run, county, bank, scope))
    warned = warned_of.of_run(connection, run, scope)
    if county is not None:
        codes = cut.enterprises(connection, run, county)
        warned = [one for one in warned if one.uscc in codes]
    if ids is not None:
        called = bank_names(connection)
        warned = [one for one in warned if one.bank is not None and called.id_of(one.bank) in ids]
    where = county or (names.printed(bank_id) if bank_id is not None else scope.name or "全市")
    return Shortfalls(where, found, warned)


def export(
    connection: Connection,
    run: RunRecord,
    path: Path,
    county: str | None = None,
    bank: str | None = None,
    scope: Scope = EVERYTHING,
) -> Written:
    """Writes the problems of a run that a scope sees: all, of one county, or of one bank."""
    programme, found = PROGRAMMES[run.programme], of_run(connection, run, county, bank, scope)
    problems, where, warned = found.lines, found.where, _warning_rows(found.warnings)
    head = (f"范围：{where}", f"{run.year} 年度　第 {run.id} 号运行（{run.standing}）", "单位：万元")
    form = Form(
        TITLE, "", f"{run.year}年度{programme.name}{TITLE}", head, _FORM, [Block(_rows(problems))] if problems else [], 5,
        page_foot=f"{run.year} 年度　第 {run.id} 号运行", subtotals=False,
    )  # fmt: skip
    warnings_form = Form(
        "提示", "", f"{run.year}年度{programme.name}提示：请核对，不影响金额", head, _WARNINGS,
        [Block(warned)] if warned else [], 1, page_foot=f"{run.year} 年度　第 {run.id} 号运行", subtotals=False, total=False,
    )  # fmt: skip
    data = [
        [one.county, one.kind, one.who, one.uscc, one.enterprise, one.full, one.got, why.code, why.article, why.title, why.takes, why.text, why.cure]
        for one in problems
        for why in one.why
    ]  # fmt: skip
    notes = [
        ("报表", TITLE),
        *run_notes(run),
        ("范围", where),
        (
            "列哪些",
            "没有得到补助的，和所得少于按自身余额、月数、比例计算的（单户上限、年限、总额控制等所致）；每个原因一行",
        ),
        (
            "本应得、实得",
            "一笔的各项补助合计，写在该笔的第一行；本应得不计条件、上限和预算，只按自身余额（金额）、月数、比例",
        ),
        ("笔数", str(len(problems))),
        ("提示条数", str(len(warned))),
        *law_notes(run),
        ("运行指纹", run.fingerprint),
    ]
    write_sheets(path, [form, warnings_form], [Data("数据", _DATA, data)], notes, run.as_of)
    return Written([(path, f"{len(problems)} 笔，提示 {len(warned)} 条")])


def _rows(problems: Sequence[Problem]) -> list[list[Any]]:
    """A row for each reason; the line is told, and its amounts stand, in the first of them."""
    found = []
    for number, one in enumerate(problems, start=1):
        for place, why in enumerate(one.why):
            told = [number, one.county, one.kind, one.who, one.enterprise, one.full, one.got]
            title = why.title + (f"（只影响{why.takes}）" if why.takes else "")
            first = told if place == 0 else [number, *[None] * 6]
            found.append([*first, why.code, why.article, title, why.text, why.cure])
    return found


def _and_taken_over(names: BankNames, bank_id: int) -> set[int]:
    """A bank with those that it has taken over."""
    return {bank_id, *names.predecessors(bank_id)}


def _bank_id(connection: Connection, run: RunRecord, bank: str) -> int:
    """The bank that a name means, by any that it has had; Refused when none does, or where the run has none."""
    if not any("bank" in lines.by_name for lines in run_lines.of_programme(run.programme)):
        raise Refused(f"{PROGRAMMES[run.programme].name}不经银行，没有哪家银行的{TITLE}")
    bank_id = bank_names(connection).id_of(bank)
    if bank_id is None:
        raise Refused(f"没有银行「{bank}」；请核对名称", "，或用 tiexi find 查找")
    return bank_id


def _warning_rows(warnings: Sequence[Warned]) -> list[list[Any]]:
    return [
        [number, one.code, one.bank or "", one.note_no or "", one.uscc or "", one.file or "", one.text]
        for number, one in enumerate(warnings, start=1)
    ]
