"""What a person sees on the terminal: sentences and tables within the window, amounts in 万元, progress on stderr."""

import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import click

from ledger.figures import wan_text
from ledger.runs.settlement import STATE_NAMES, RunRecord
from reports.lineage.explanation import FAILED, HELD, PASSED, Explanation
from reports.report import Table
from reports.runs.run_words import SOLO_MARK
from reports.writing.progress import listener
from tiexi.terminal.tables import laid_out
from tiexi.terminal.width import folded, line_width, table_width


def say(text: str = "", hang: str = "") -> None:
    """A result in sentences, folded where the window is too narrow for a line; hang: what goes before its further lines."""
    room = line_width()
    for line in text.split("\n"):
        for part in [line] if room is None else folded(line, room, hang):
            click.echo(part)


def show(table: Table) -> None:
    """A table, as wide as the window or, with --wide, as it is."""
    context = click.get_current_context(silent=True)
    wide = context is not None and context.find_root().params.get("wide")
    for line in laid_out(table, None if wide else table_width()):
        click.echo(line)


@contextmanager
def progress(what: str) -> Iterator[None]:
    """A spinner on stderr while something takes its time; silent where stderr is no terminal."""
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console  # here and not above: it takes long to load

    with Console(stderr=True).status(what) as shown:
        token = listener.set(lambda far: shown.update(f"{what} {far}"))
        try:
            yield
        finally:
            listener.reset(token)


def print_json(value: Any) -> None:
    """One object on stdout."""
    click.echo(json.dumps(value, ensure_ascii=False))


def state_words(run: RunRecord) -> str:
    """The stage of a run, marked where one person took it there alone."""
    return STATE_NAMES[run.state] + (f"，{SOLO_MARK}" if run.solo else "")


def print_parts(parts: Iterable[str | Table]) -> None:
    """Sentences and tables, in their order."""
    for part in parts:
        if isinstance(part, str):
            say(part)
        else:
            show(part)


_MARKS = {PASSED: "✓", FAILED: "✗", HELD: "？"}


def print_explanation(explanation: Explanation) -> None:
    """An explanation, part by part."""
    say(explanation.subject)
    say(f"结论：{explanation.conclusion}", "　　　")
    part = ""
    for point in explanation.points:
        if point.part != part:
            part = point.part
            say(f"\n【{part}】")
        mark = f"{_MARKS.get(point.outcome, '·')} "
        article = f"{point.article} " if point.article else ""
        code = f"（{point.code}）" if point.outcome in (FAILED, HELD) else ""
        held = "，待核实" if point.outcome == HELD else ""
        say(f"  {mark}{article}{point.title}{code}{held}：{point.text}{point.hint}", "    ")


def summary_cell(run: RunRecord, name: str) -> str:
    """One figure of a run's totals: an amount in 万元, or a count."""
    value = run.summary[name]
    return wan_text(value) if name.endswith("_fen") else str(value)
