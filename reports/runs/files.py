"""The files of a run for whoever may see them: what the city sees whole, a county its own annex, a bank its own lines."""

import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from ledger import spotcheck
from ledger.accounts.roles import COUNTY
from ledger.accounts.scope import EVERYTHING, Scope
from ledger.counties import ALL_COUNTIES, COUNTIES
from ledger.errors import NotFound, Refused
from ledger.lazy import load
from ledger.programmes import PROGRAMMES
from ledger.runs.settlement import RunRecord
from reports.lists import Asked, NotAList
from reports.programmes import REPORTS
from reports.report import Export
from reports.runs import run_lines, run_list, seen
from reports.writing.forms import write_tidy
from reports.writing.notes import run_notes
from reports.writing.tidy import Data

XLSX, CSV = "xlsx", "csv"
MEDIA = {
    XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    CSV: "text/csv; charset=utf-8",
}
LISTS: Mapping[str, str] = {"lines": "明细", "claims": "追缴", "new-loans": "新增贷款明细", "premiums": "保费补贴明细"}
ANNEX, CHECKLIST = "annex1", "checklist"
# of the whole run, so for whoever sees all of it
WHOLE: Mapping[str, str] = {"annex2": "附件2", "notice": "公示名单", "payments": "拨付计划", "register": "台账"}
_GENERAL = (ANNEX, *WHOLE, *LISTS, CHECKLIST)


@cache
def _own_files() -> Mapping[str, Export]:
    """What documents have beside those, under names of their own."""
    return {one.name: one for contents in REPORTS.values() for one in contents.exports if one.forms}


def _by_county(what: str) -> bool:
    """Whether a file is of one county."""
    return what == ANNEX or (what in _own_files() and any(one.name == COUNTY for one in _own_files()[what].options))


def own_files(run: RunRecord, scope: Scope) -> list[tuple[str, str]]:
    """What the document of a run has under names of its own, as far as a scope may have it: names and titles."""
    found = [one for one in REPORTS[run.programme].exports if one.forms]
    if seen.whole_run(scope, run.programme):
        return [(one.name, one.what) for one in found if not _by_county(one.name)]
    own = scope.kind == COUNTY and seen.has_part(scope, run.programme)
    return [(one.name, one.what) for one in found if own and _by_county(one.name)]


@dataclass(frozen=True)
class Given:
    """A file: its name, its media type, and its bytes in pieces."""

    name: str
    media: str
    pieces: Iterator[bytes]


def require_askable(what: str, form: str = "", county: str = "", scope: Scope = EVERYTHING) -> None:
    """NotAList for a form that no such file has, for a county where none belongs or that is none, and where one is to be
    named: that is said before whose run it is about is looked at."""
    if what not in (*_GENERAL, *_own_files()):
        return
    forms = _own_files()[what].forms if what in _own_files() else [XLSX, CSV] if what in LISTS else [XLSX]
    if form not in ("", *forms):
        raise NotAList("format", f"应为以下之一：{'、'.join(forms)}")
    if county and not _by_county(what):
        raise NotAList("county", f"只有 {'、'.join(filter(_by_county, (ANNEX, *_own_files())))} 可以写区市")
    if _by_county(what) and not county and not scope.kind:
        raise NotAList("county", "应写明哪个区市")
    if county and county not in ALL_COUNTIES:
        raise NotAList("county", f"应为以下之一：{'、'.join(COUNTIES)}")


def file_of(
    connection: Connection, run: RunRecord, what: str, scope: Scope = EVERYTHING, form: str = "", county: str = ""
) -> Given:
    """A file of a run. form: XLSX or CSV, '' for the usual one. county: whose 附件1, of whoever sees all counties.

    NotFound where the run has no such file, or it is not to be seen; NotAList for a form that it has not, and where a county
    is to be named.
    """
    if what not in (*_GENERAL, *_own_files()) or not seen.has_part(scope, run.programme):
        raise NotFound("没有这个文件")
    require_askable(what, form, county, scope)
    if what in LISTS:
        return _list(connection, run, what, form or CSV, scope)
    if _by_county(what):
        return _of_county(connection, run, what, county, scope)
    if what == CHECKLIST:
        return _checklist(connection, run, scope)
    if not seen.whole_run(scope, run.programme):
        raise NotFound("没有这个文件")
    if what in WHOLE:
        return _export(connection, run, what, WHOLE[what])
    return _export(connection, run, what, _own_files()[what].what, form)


def _list(connection: Connection, run: RunRecord, what: str, form: str, scope: Scope) -> Given:
    """The lines of one kind that a scope sees: CSV for machines; the workbook of the whole where there is one, else a tidy one."""
    lines = next((one for one in run_lines.of_programme(run.programme) if one.listed == what), None)
    if lines is None:
        raise NotFound("没有这个文件")
    name = _name(run, LISTS[what], form)
    if form == CSV:
        pieces = run_list.csv(connection, run, what, Asked(), scope)
        return Given(name, MEDIA[CSV], (piece.encode() for piece in pieces))
    if seen.whole_run(scope, run.programme) and not _only_text(run, what):
        return _export(connection, run, what, LISTS[what])
    conditions = seen.lines_seen(connection, lines, run.programme, scope)
    rows = run_lines.values(lines, run_lines.read(connection, lines, run.id, *conditions, printed=True))

    def write(path: Path) -> None:
        notes = [("报表", LISTS[what]), *run_notes(run), ("行数", str(len(rows)))]
        write_tidy(path, f"{run.year}年度{LISTS[what]}", [Data("数据", lines.columns, rows)], notes, run.as_of)

    return written(name, write)


def some(connection: Connection, run: RunRecord, what: str, asked: Asked, scope: Scope = EVERYTHING) -> Given:
    """The lines of one kind that are asked for, as CSV."""
    pieces = run_list.csv(connection, run, what, asked, scope)
    return Given(_name(run, LISTS[what], CSV), MEDIA[CSV], (piece.encode() for piece in pieces))


def _only_text(run: RunRecord, what: str) -> bool:
    """Whether an export of the run's document is a CSV alone."""
    return not any(one.name == what and f".{XLSX}" in one.suffixes for one in REPORTS[run.programme].exports)


def _of_county(connection: Connection, run: RunRecord, what: str, county: str, scope: Scope) -> Given:
    """A file of one county: the scope's own, or the one that is named."""
    if scope.kind not in ("", COUNTY):
        raise NotFound("没有这个文件")
    if scope.kind == COUNTY and county not in ("", scope.name):
        raise NotFound("没有这个文件")
    own = scope.name if scope.kind == COUNTY else county
    called = "附件1" if what == ANNEX else _own_files()[what].what
    return _export(connection, run, what, f"{called}-{own}", county=own)


def notice(
    connection: Connection,
    run: RunRecord,
    scope: Scope = EVERYTHING,
    first_day: date | None = None,
    days: int | None = None,
) -> Given:
    """The list of a run for public notice, from a day on where its document's list has one."""
    if not seen.whole_run(scope, run.programme):
        raise NotFound("没有这个文件")
    said: dict[str, Any] = {"first_day": first_day, "days": days}
    return _export(
        connection, run, "notice", WHOLE["notice"], **{name: one for name, one in said.items() if one is not None}
    )


def _export(connection: Connection, run: RunRecord, what: str, called: str, form: str = "", **options: Any) -> Given:
    """What the run's document exports under a name. form: '' for its usual one."""
    export = next((one for one in REPORTS[run.programme].exports if one.name == what), None)
    if export is None:
        raise NotFound("没有这个文件")
    form = form or next(iter(export.forms), XLSX)
    name = _name(run, called, form)
    return written(name, lambda path: load(export.write)(connection, run, path, **options), MEDIA[form])


def _checklist(connection: Connection, run: RunRecord, scope: Scope) -> Given:
    """The check list of the last drawing, with the lines that a scope sees."""
    named = REPORTS[run.programme].check_list_named
    if not named or PROGRAMMES[run.programme].spot_check is None:
        raise NotFound("没有这个文件")
    drawings = spotcheck.drawings(connection, run.id)
    if not drawings:
        raise Refused(f"第 {run.id} 号运行还没有抽查")
    return written(_name(run, "抽查清单", XLSX), lambda path: load(named)(connection, run, drawings[-1], path, scope))


def _name(run: RunRecord, called: str, form: str) -> str:
    return f"{called}-{run.year}-{run.id}.{form}"


def written(name: str, write: Callable[[Path], object], media: str = MEDIA[XLSX]) -> Given:
    """A file that is written into a folder of its own, and read from there."""

    def in_folder(folder: Path) -> Path:
        write(folder / name)
        return folder / name

    return made(in_folder, media)


def made(make: Callable[[Path], Path], media: str = MEDIA[XLSX]) -> Given:
    """The file that a function makes in a folder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        path = make(Path(folder))
        return Given(path.name, media, iter([path.read_bytes()]))
