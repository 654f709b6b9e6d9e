"""Judging an upload: what is wrong with it, or what would be taken, in one write transaction together with its record."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Engine

from ledger.database import clock, db
from ledger.errors import EnvironmentFailed, Refused
from ledger.logs import Log, fault
from ledger.seals import chain
from ledger.store import Store
from ledger.uploads import records, states
from ledger.uploads.kinds import KINDS
from ledger.uploads.records import Uploaded, Verdict

_log = Log(__name__)
_TRIES = 3  # a file in whose judging the program died so often is not tried again
_BROKE = "检查时程序出错，这份文件没有入库；请联系系统管理员"
_TOO_LARGE = "检查这份文件时内存不够，没有入库；请分成几份报送，或联系系统管理员"
_TOO_LONG = "检查这份文件用时过长，没有入库；请分成几份报送，或联系系统管理员"


def tried(engine: Engine, store: Store, upload_id: int, again: bool = False) -> Mapping[str, str] | None:
    """Judges an upload; what the log is to say of why it stays to be judged, None where it does not."""
    try:
        judge(engine, store, upload_id, again)
    except (Refused, EnvironmentFailed) as error:
        return fault(error)
    return None


def judge(engine: Engine, store: Store, upload_id: int, again: bool = False) -> None:
    """Judges an upload that nobody judged yet; nothing where that was done meanwhile. EnvironmentFailed where the disk or
    the database fails: it stays to be judged.

    again: the same process tried before, and what stopped it was not the file.
    """
    with clock.changing(engine) as connection:
        link = chain.Link(connection, light=True)
        upload = records.get(connection, upload_id)
        if upload.state not in states.UNJUDGED:
            return
        too_often = not again and sum(step.state == states.JUDGING for step in upload.steps) >= _TRIES
        if too_often:
            records.add_step(connection, upload, states.REFUSED, verdict=Verdict(refusal=_BROKE))
        elif not again or upload.state != states.JUDGING:
            records.add_step(connection, upload, states.JUDGING)
        if too_often or not again or upload.state != states.JUDGING:
            link.seal(records.LINK)
        if too_often:
            return
    try:
        file = KINDS[upload.kind].read(upload, store.read(upload.sha256))
        with clock.changing(engine) as connection:
            link = chain.Link(connection, light=True)
            if records.get(connection, upload_id).state != states.JUDGING:
                return
            verdict = within(connection, upload, file, keep=False)
            state = states.KNOWN if verdict.known else states.REFUSED if verdict.refused else states.CHECKED
            records.add_step(connection, upload, state, verdict=verdict)
            link.seal(records.LINK)
    except (Refused, EnvironmentFailed):
        raise  # the clock, the chain, the disk: nothing that the file could help
    except Exception as error:  # whatever a file brings about must not stop the judging of all others
        _log.error("upload failed", upload=upload_id, **fault(error))
        _refuse(engine, upload_id, _TOO_LARGE if isinstance(error, MemoryError) else _BROKE)


def took_too_long(engine: Engine, upload_id: int) -> None:
    """Refuses an upload whose judging took all the time that one file may have."""
    _refuse(engine, upload_id, _TOO_LONG)


def _refuse(engine: Engine, upload_id: int, sentence: str) -> None:
    with clock.changing(engine) as connection:
        link = chain.Link(connection, light=True)
        upload = records.get(connection, upload_id)
        if upload.state in states.UNJUDGED:
            records.add_step(connection, upload, states.REFUSED, verdict=Verdict(refusal=sentence))
            link.seal(records.LINK)


def within(connection: Connection, upload: Uploaded, file: Any, keep: bool) -> Verdict:
    """Judges a file that was read within the caller's write transaction, and takes it where it is to be kept."""
    return KINDS[upload.kind].judge(connection, upload, file, keep)


def unjudged(engine: Engine, after: int = 0) -> tuple[int, list[int]]:
    """The number of the last upload, and those after a number that wait to be judged, the oldest first: also what a crash
    caught."""
    with db.reading(engine) as connection:
        return records.last_number(connection), records.unjudged(connection, after)
