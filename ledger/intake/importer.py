"""One file, one transaction: read, judge every row, write the good ones, check what must hold, keep all or nothing."""

import gc
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine

from ledger.database import clock, db
from ledger.errors import Refused
from ledger.facts.known_files import known_file
from ledger.intake import files, repeated, taking
from ledger.intake.outcome import Outcome
from ledger.logs import Log
from ledger.seals import chain
from ledger.workbooks.workbook import Workbook, fingerprint, read_bytes

_log = Log(__name__)


class _RollBack(Exception):
    """Leaves the transaction without keeping anything."""


@contextmanager
def _collector_paused() -> Iterator[None]:
    """No search for reference cycles meanwhile: a workbook is millions of values, none in a cycle, searched in vain."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def import_file(
    engine: Engine,
    path: Path,
    uploader: str,
    amend_reason: str | None = None,
    dry_run: bool = False,
    sheet: str | None = None,
) -> Outcome:
    """Takes one workbook whole or not at all, and says which.

    Raises EnvironmentFailed when the file or the database cannot be used; everything else is in the outcome.
    """
    (outcome,) = import_files(engine, [path], uploader, amend_reason, dry_run, sheet)
    return outcome


def import_files(
    engine: Engine,
    paths: Iterable[Path],
    uploader: str,
    amend_reason: str | None = None,
    dry_run: bool = False,
    sheet: str | None = None,
) -> Iterator[Outcome]:
    """Takes workbooks one after the other, each whole or not at all, and says of each which. Raises like import_file.

    sheet: what CSV files are whose names do not say so.

    A dry run is one write transaction that keeps nothing: a file sees what those before it would have brought, as it
    will when they are imported, and other writers wait until the last one is judged.
    """
    if not dry_run:
        for path in paths:
            yield _logged(_take, engine, path, uploader, amend_reason, sheet)
        return
    try:
        with db.writing(engine) as connection:  # it keeps nothing, so what the clock says does not matter
            for path in paths:
                yield _logged(_preview, connection, path, uploader, amend_reason, sheet)
            raise _RollBack
    except _RollBack:
        pass


def _logged(judge: Callable[..., Outcome], *arguments: Any) -> Outcome:
    with _log.timed("import") as said, _collector_paused():
        outcome = judge(*arguments)
        taken = outcome.taken.values()
        done = "checked" if outcome.dry_run else "taken"
        status = "refused" if outcome.refused else "known" if outcome.known_since else done
        said |= {"status": status, "sha256": outcome.sha256, "findings": len(outcome.findings)}
        said |= {name: sum(getattr(sheet, name) for sheet in taken) for name in ("new", "amended", "same")}
    return outcome


def _take(engine: Engine, path: Path, uploader: str, amend_reason: str | None, sheet: str | None) -> Outcome:
    """One file in a transaction of its own. It is read before the transaction begins: a writer keeps others waiting."""
    outcome, data = _fingerprinted(path)
    with db.reading(engine) as connection:
        if _recognise(connection, outcome):
            _compare(connection, path, data, outcome)
            return outcome
    book = _workbook(path, data, sheet, outcome)
    if book is not None:
        with suppress(_RollBack), clock.changing(engine) as connection:
            if not _recognise(connection, outcome):
                _judge(connection, book, outcome, uploader, amend_reason)
    return outcome


def _preview(connection: Connection, path: Path, uploader: str, amend_reason: str | None, sheet: str | None) -> Outcome:
    """One file of a dry run, within the run's transaction."""
    outcome, data = _fingerprinted(path)
    outcome.dry_run = True
    if _recognise(connection, outcome):
        _compare(connection, path, data, outcome)
        return outcome
    book = _workbook(path, data, sheet, outcome)
    if book is not None:
        with suppress(_RollBack), connection.begin_nested():
            _judge(connection, book, outcome, uploader, amend_reason)
    return outcome


def _fingerprinted(path: Path) -> tuple[Outcome, bytes]:
    data = read_bytes(path)
    return Outcome(path.name, fingerprint(data)), data


def _workbook(path: Path, data: bytes, sheet: str | None, outcome: Outcome) -> Workbook | None:
    """The file as a workbook; None when it is none, with the sentence in the outcome."""
    try:
        return files.read_file(path, data, sheet)
    except Refused as refusal:
        outcome.refusal = str(refusal)
        return None


def _judge(connection: Connection, book: Workbook, outcome: Outcome, uploader: str, amend_reason: str | None) -> None:
    """Takes a workbook in, or leaves what has begun with _RollBack when anything is wrong with it."""
    link = chain.Link(connection)
    taking.Taking(connection, link, book, outcome, uploader, amend_reason).run()
    outcome.findings.sort(key=taking.place)
    if outcome.refused:
        raise _RollBack
    receipt = link.seal("import")
    outcome.receipt = None if outcome.dry_run else receipt


def _compare(connection: Connection, path: Path, data: bytes, outcome: Outcome) -> None:
    """Holds a file that was taken before against what is stored of it."""
    if outcome.known_intake is None:
        return
    try:
        book = files.read_again(connection, path, data, outcome.known_intake)
    except Refused as refusal:
        outcome.deviations = [repeated.Deviation("", 0, "", "", "", f"现在读作：{refusal}")]
        return
    outcome.deviations = repeated.deviations(connection, book, outcome.known_intake)


def _recognise(connection: Connection, outcome: Outcome) -> bool:
    """Whether a file with the same bytes was taken before; one that was booked as payments holds no facts."""
    known = known_file(connection, outcome.sha256)
    if known is None:
        return False
    if known.paid:
        years = "、".join(map(str, known.years))
        outcome.refusal = f"{outcome.file} 此前已于 {known.when} 作为 {years} 年度的拨付文件记账（内容完全相同），不是报送工作簿，没有导入"
    else:
        outcome.known_since = known.when
        outcome.known_intake = known.intake_id
        outcome.receipt = chain.receipt(connection, known.intake_id)
    return True
