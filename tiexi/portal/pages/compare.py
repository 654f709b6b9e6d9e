"""比较: two runs of a year against each other, as the command prints them; and a run beside the year before."""

from typing import Any

from ledger.programmes import PROGRAMMES
from ledger.runs.settlement import read_run
from reports.lists import page_of
from reports.runs import comparison, seen, years_apart
from reports.runs.comparison import alone_words, cell_words, line_words, totals_table
from tiexi.portal import listing
from tiexi.portal.call import Call
from tiexi.portal.page_routes import Shown, number, page
from tiexi.portal.problems import not_there
from tiexi.portal.run_pages import words_of


@page("GET", "/runs/{a}/compare/{b}", "runs.compare")
def compare(call: Call, a: str, b: str) -> Shown:
    """Totals of both, and every line and column that differs."""
    asked = listing.asked(call, ())
    with call.reading() as connection:
        for one in (a, b):
            if not seen.has_part(call.scope, read_run(connection, number(one)).programme):
                raise not_there()
        found = comparison.compare(connection, number(a), number(b), call.scope)
    rows: list[tuple[Any, ...]] = [
        (line_words(one.lines, one.row), column.header, cell_words(column, before), cell_words(column, after))
        for one in found.changed
        for column, before, after in one.cells
    ]
    rows += [(alone_words(one), "", "有", "无") for one in found.only_first]
    rows += [(alone_words(one), "", "无", "有") for one in found.only_second]
    shown = page_of(asked, rows[asked.before : asked.before + asked.size], len(rows))
    return Shown("compare.html", {"a": a, "b": b, "totals": totals_table(found), "found": shown})


@page("GET", "/runs/{run}/year-before", "runs.compare")
def year_before(call: Call, run: str) -> Shown:
    """The totals of both years, by county and by bank."""
    with call.reading() as connection:
        record = read_run(connection, number(run))
        found = (
            years_apart.beside(connection, record, call.scope) if seen.has_part(call.scope, record.programme) else None
        )
    if found is None:
        raise not_there()
    name = PROGRAMMES[record.programme].name
    runs = [(one.year, one.id, words_of(one.state)["word"]) for one in (found.before, record)]
    return Shown("year_before.html", {"run": record.id, "name": name, "runs": runs, "tables": found.tables})
