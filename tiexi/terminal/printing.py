"""What a person sees on the terminal: tables that count Chinese characters as two, amounts in 万元, progress on stderr."""

import json
import shutil
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import click
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table
from rich.text import Text
from sqlalchemy import Engine

from ledger import money
from ledger.database import db
from ledger.intake.outcome import Outcome
from ledger.runs.settlement import STATE_NAMES, RunRecord
from ledger.warnings.kinds import Warned
from reports.lineage.explanation import FAILED, HELD, PASSED, Explanation
from reports.report import Table as Totals
from reports.status import SOLO_MARK, next_steps, superseded
from reports.warnings import lines as warning_lines

_TABLE_WIDTH = 140  # wide enough for every table: a narrow terminal wraps its lines, but no figure is ever cut short


class _Results(Console):
    """A console whose reader may stop reading: then the command is done, and has not failed."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


def console() -> Console:
    """The console for results."""
    width = max(shutil.get_terminal_size().columns, _TABLE_WIDTH)
    return _Results(file=sys.stdout, width=width, highlight=False)


@contextmanager
def progress(what: str) -> Iterator[None]:
    """A spinner on stderr while something takes its time; silent where stderr is no terminal."""
    if not sys.stderr.isatty():
        yield
        return
    with Console(stderr=True).status(what):
        yield


def print_json(value: Any) -> None:
    """One object on stdout."""
    click.echo(json.dumps(value, ensure_ascii=False))


def table(
    title: str, headers: Sequence[str], rows: Sequence[Sequence[str]], text_columns: int, total: bool = False
) -> Table:
    """A table whose first columns are text and whose other ones are right-aligned figures; the last row may be a total."""
    made = Table(title=title, box=SIMPLE, title_justify="left", pad_edge=False, show_footer=False)
    for place, header in enumerate(headers):
        made.add_column(
            Text(header),
            justify="left" if place < text_columns else "right",
            no_wrap=place >= text_columns,
            overflow="fold" if place < text_columns else "ellipsis",  # long words go on in the next line
        )
    for number, row in enumerate(rows):
        last = total and number == len(rows) - 1
        made.add_row(
            *(Text(cell) for cell in row), style="bold" if last else "", end_section=total and number == len(rows) - 2
        )
    return made


def state_words(run: RunRecord) -> str:
    """The stage of a run, marked where one person took it there alone."""
    return STATE_NAMES[run.state] + (f"，{SOLO_MARK}" if run.solo else "")


def print_next(engine: Engine, run: RunRecord, solo: bool) -> None:
    """What is to be done about a trial."""
    with db.reading(engine) as connection:
        dead_end = superseded(connection, run)
        steps = "；".join(next_steps(connection, run, solo))
    click.echo(f"这是试算。{dead_end}" if dead_end else f"这是试算，核对后办理——{steps}")


def print_totals(parts: Iterable[str | Totals]) -> None:
    """A run's totals: sentences and tables, in their order."""
    out = console()
    for part in parts:
        if isinstance(part, str):
            out.print(part)
        else:
            out.print(table(part.title, part.headers, part.rows, part.texts, part.total))


def print_outcome(outcome: Outcome) -> None:
    """What became of one file, with every finding on a line of its own."""
    if outcome.known_since:
        click.echo(
            f"{outcome.file}：此前已于 {outcome.known_since} 导入（内容完全相同），未作任何改动；要恢复撤回的行，请另存后再导入"
        )
        return
    if outcome.refusal:
        click.echo(f"拒绝　{outcome.refusal}")
        return
    if outcome.findings:
        for finding in outcome.findings:
            click.echo(finding.line())
        click.echo(f"拒绝　{outcome.file}：共 {len(outcome.findings)} 处问题，整个文件未导入")
        _print_skipped(outcome)
        return
    parts = []
    for sheet, taken in outcome.taken.items():
        counts = [f"新增 {taken.new}"] if taken.new else []
        counts += [f"更正 {taken.amended}"] if taken.amended else []
        counts += [f"已有 {taken.same}"] if taken.same else []
        if counts:
            parts.append(f"{sheet} {'、'.join(counts)} 行")
    done = "检查通过（试运行，未写入）" if outcome.dry_run else "已导入"
    click.echo(f"{done}　{outcome.file}：{'；'.join(parts) or '没有数据行'}")
    _print_skipped(outcome)


def print_warnings(warnings: Sequence[Warned]) -> None:
    """What is improbable of the rows that came, kind by kind."""
    if not warnings:
        return
    click.echo(f"提示　{len(warnings)} 条，请核对（不影响导入和金额；已导入的随时可查：tiexi warnings）：")
    for line in warning_lines(warnings):
        click.echo(f"　{line}")


def _print_skipped(outcome: Outcome) -> None:
    """Which rows were passed over as examples; sheets with the same ones, as the blank workbook has them, in one line."""
    sheets_of: dict[str, list[str]] = {}
    for sheet, numbers in outcome.skipped.items():
        count = f"（共 {len(numbers)} 行）" if len(numbers) > 1 else ""
        sheets_of.setdefault(f"第 {row_words(numbers)} 行为示例行，未导入{count}", []).append(f"「{sheet}」")
    for words, sheets in sheets_of.items():
        click.echo(f"　　　{''.join(sheets)}表{words}")


def row_words(numbers: Sequence[int]) -> str:
    """Ascending row numbers, consecutive ones as a span: 2、5–9."""
    spans: list[list[int]] = []
    for number in numbers:
        if spans and spans[-1][-1] == number - 1:
            spans[-1] = [spans[-1][0], number]
        else:
            spans.append([number])
    return "、".join("–".join(map(str, span)) for span in spans)


_MARKS = {PASSED: "✓", FAILED: "✗", HELD: "？"}


def print_explanation(explanation: Explanation) -> None:
    """An explanation, part by part."""
    click.echo(explanation.subject)
    click.echo(f"结论：{explanation.conclusion}")
    part = ""
    for point in explanation.points:
        if point.part != part:
            part = point.part
            click.echo(f"\n【{part}】")
        mark = f"{_MARKS.get(point.outcome, '·')} "
        article = f"{point.article} " if point.article else ""
        code = f"（{point.code}）" if point.outcome in (FAILED, HELD) else ""
        held = "，待核实" if point.outcome == HELD else ""
        click.echo(f"  {mark}{article}{point.title}{code}{held}：{point.text}")


def summary_cell(run: RunRecord, name: str) -> str:
    """One figure of a run's totals: an amount in 万元, or a count."""
    value = run.summary[name]
    return money.wan_text(value) if name.endswith("_fen") else str(value)
