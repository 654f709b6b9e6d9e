"""One file, one transaction: read, judge every row, write the good ones, check what must hold, keep all or nothing."""

import gc
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, Engine

from ledger.accounts.scope import EVERYTHING, Scope
from ledger.database import clock, db
from ledger.errors import Refused
from ledger.facts.known_files import known_file
from ledger.intake import files, repeated, taking
from ledger.intake.outcome import Outcome
from ledger.intake.sending import of_own_unit
from ledger.logs import Log
from ledger.seals import chain, links
from ledger.workbooks.workbook import Workbook, fingerprint, read_bytes

_log = Log(__name__)


class _RollBack(Exception):
    """Leaves the transaction without keeping anything."""


@dataclass(frozen=True)
class Sent:
    """A file as it came: its name, its bytes, who sent it and for what.

    sheet: what a CSV file is whose name does not say so. scope: what its sender may send, and whose rows he may be told of.
    """

    path: Path
    data: bytes
    uploader: str
    amend_reason: str | None = None
    sheet: str | None = None
    scope: Scope = EVERYTHING


@dataclass(frozen=True)
class Opened:
    """A file that was read, before any database is asked: its sheets, None where it is no workbook, and what there is to say."""

    sent: Sent
    book: Workbook | None
    outcome: Outcome


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
    scope: Scope = EVERYTHING,
) -> Outcome:
    """Takes one workbook whole or not at all, and says which.

    Raises EnvironmentFailed when the file or the database cannot be used; everything else is in the outcome.
    """
    (outcome,) = import_files(engine, [path], uploader, amend_reason, dry_run, sheet, scope)
    return outcome


def import_files(
    engine: Engine,
    paths: Iterable[Path],
    uploader: str,
    amend_reason: str | None = None,
    dry_run: bool = False,
    sheet: str | None = None,
    scope: Scope = EVERYTHING,
) -> Iterator[Outcome]:
    """Takes workbooks one after the other, each whole or not at all, and says of each which. Raises like import_file.

    sheet: what CSV files are whose names do not say so. scope: what their sender may send, and what he is told of others.

    A dry run is one write transaction that keeps nothing: a file sees what those before it would have brought, as it
    will when they are imported, and other writers wait until the last one is judged.
    """

    def sent(path: Path) -> Sent:
        return Sent(path, read_bytes(path), uploader, amend_reason, sheet, scope)

    if not dry_run:
        for path in paths:
            with _logged() as said:
                outcome = said(_take(engine, sent(path)))
            yield outcome
        return
    try:
        with db.writing(engine) as connection:  # it keeps nothing, so what the clock says does not matter
            for path in paths:
                with _logged() as said:
                    outcome = said(_preview(connection, sent(path)))
                yield outcome
            raise _RollBack
    except _RollBack:
        pass


@contextmanager
def _logged() -> Iterator[Callable[[Outcome], Outcome]]:
    """Logs what becomes of a file; what it gives is told the outcome."""
    with _log.timed("import") as said, _collector_paused():

        def tell(outcome: Outcome) -> Outcome:
            taken = outcome.taken.values()
            said.update(status=outcome.status, sha256=outcome.sha256, findings=len(outcome.findings))
            said.update({name: sum(getattr(sheet, name) for sheet in taken) for name in ("new", "amended", "same")})
            return outcome

        yield tell


def _take(engine: Engine, sent: Sent) -> Outcome:
    """One file in a transaction of its own. It is read before the transaction begins: a writer keeps others waiting."""
    outcome = _begun(sent)
    with db.reading(engine) as connection:
        if _recognise(connection, sent, outcome):
            _compare(connection, sent, outcome)
            return outcome
    book = _workbook(sent, outcome)
    if book is not None:
        with suppress(_RollBack), clock.changing(engine) as connection:
            if not _recognise(connection, sent, outcome):
                _judge(connection, sent, book, outcome)
    return outcome


def _preview(connection: Connection, sent: Sent) -> Outcome:
    """One file of a dry run, within the run's transaction."""
    outcome = _begun(sent)
    outcome.dry_run = True
    if _recognise(connection, sent, outcome):
        _compare(connection, sent, outcome)
        return outcome
    book = _workbook(sent, outcome)
    if book is not None:
        with suppress(_RollBack), connection.begin_nested():
            _judge(connection, sent, book, outcome)
    return outcome


def opened(sent: Sent) -> Opened:
    """Reads a file's sheets, so that it can be judged within a transaction without keeping other writers waiting."""
    outcome = _begun(sent)
    with _collector_paused():
        return Opened(sent, _workbook(sent, outcome), outcome)


def tried(engine: Engine, sent: Sent) -> Outcome:
    """What would become of a file now; nothing of it is kept."""
    file = opened(sent)
    with suppress(_RollBack), db.writing(engine) as connection:
        judge_within(connection, file, keep=False)
        raise _RollBack
    return file.outcome


def judge_within(connection: Connection, file: Opened, keep: bool) -> Outcome:
    """Judges a file within the caller's write transaction, and takes it where nothing is wrong with it and it is to be kept."""
    outcome = file.outcome
    outcome.dry_run = not keep
    with _logged() as said:
        if not outcome.refused and not _recognise(connection, file.sent, outcome) and file.book is not None:
            with suppress(_RollBack), connection.begin_nested():
                _judge(connection, file.sent, file.book, outcome, seals=keep)
                if not keep:
                    raise _RollBack
        return said(outcome)


def _begun(sent: Sent) -> Outcome:
    return Outcome(sent.path.name, fingerprint(sent.data))


def _workbook(sent: Sent, outcome: Outcome) -> Workbook | None:
    """The file as a workbook; None when it is none, with the sentence in the outcome."""
    try:
        return files.read_file(sent.path, sent.data, sent.sheet)
    except Refused as refusal:
        outcome.refusal, outcome.hint = str(refusal), refusal.hint
        return None


def _judge(connection: Connection, sent: Sent, book: Workbook, outcome: Outcome, seals: bool = True) -> None:
    """Takes a workbook in, or leaves what has begun with _RollBack when anything is wrong with it. seals: whether what was
    written is sealed; not where it is taken back at once."""
    link = chain.Link(connection)
    judging = taking.Taking(connection, link, book, outcome, sent.uploader, sent.amend_reason, sent.scope)
    judging.run()
    outcome.findings.sort(key=taking.place)
    if outcome.refused:
        raise _RollBack
    receipt = link.seal("import") if seals else None
    if not outcome.dry_run:
        outcome.receipt, outcome.intake = receipt, judging.intake_id


def _compare(connection: Connection, sent: Sent, outcome: Outcome) -> None:
    """Holds a file that was taken before against what is stored of it."""
    if outcome.known_intake is None:
        return
    try:
        book = files.read_again(connection, sent.path, sent.data, outcome.known_intake)
    except Refused as refusal:
        outcome.deviations = [repeated.Deviation("", 0, "", "", "", f"现在读作：{refusal}")]
        return
    outcome.deviations = repeated.deviations(connection, book, outcome.known_intake)


def _recognise(connection: Connection, sent: Sent, outcome: Outcome) -> bool:
    """Whether a file with the same bytes was taken before, as far as its sender may learn of it; one that was booked as
    payments holds no facts."""
    known = known_file(connection, outcome.sha256, of_own_unit(connection, sent.scope))
    if known is None:
        return False
    if known.paid:
        years = "、".join(map(str, known.years))
        outcome.refusal = f"{outcome.file} 此前已于 {known.when} 作为 {years} 年度的拨付文件记账（内容完全相同），不是报送工作簿，没有导入"
    else:
        outcome.known_since = known.when
        outcome.known_intake = known.intake_id
        outcome.receipt = links.receipt(connection, known.intake_id)
    return True
