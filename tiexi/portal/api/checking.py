"""What is held against the books: workbooks that came back, and the books themselves."""

import re
import tempfile
from collections.abc import Callable
from pathlib import Path
from threading import Lock
from typing import Annotated, Any

from fastapi import Form, UploadFile
from starlette.responses import Response

from ledger.settings import Settings
from reports.received import reconcile as reconciling
from reports.received import verify as verifying
from reports.runs import auditing, files
from tiexi.portal import bodies
from tiexi.portal.answers.checking import Audited, Reconciled, Verified
from tiexi.portal.call import Caller
from tiexi.portal.kinds import Body, Flag, Number, Text, Yes
from tiexi.portal.lists import attachment
from tiexi.portal.problems import Problem, bad
from tiexi.portal.routes import api

_XLSX = files.MEDIA[files.XLSX]
_HEAD = re.compile("[0-9a-f]{16,64}")
_LONGEST = 200  # characters of a file's name
_auditing = Lock()


class Received(Body):
    """A workbook that came back, and the run that it is held against."""

    file: UploadFile
    run: Number | None = None


class Alone(Body):
    """A workbook to be checked by itself."""

    file: UploadFile


class Wish(Body):
    """A seal's hash on paper; papers: whether the files of papers are looked at as well."""

    head: Text | None = None
    papers: Flag = False


def _limit(settings: Settings) -> int:
    return settings.portal_upload_mb * 1024 * 1024


def _judged(
    file: UploadFile, marked: bool, judge: Callable[[Path], tuple[dict[str, Any], Callable[[Path], None]]]
) -> Any:
    """What a function finds in a file, or the workbook with it. The function also gives what writes that workbook."""
    name = Path((file.filename or "").replace("\\", "/")).name[-_LONGEST:] or "文件.xlsx"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(file.file.read())
        found, write = judge(path)
        if not marked:
            return {"file": name, **found}
        target = Path(folder) / "marked" / name
        target.parent.mkdir()
        write(target)
        return Response(target.read_bytes(), 200, {"Content-Disposition": attachment(name)}, _XLSX)


@api("reconcile.run", Reconciled, limit=_limit, files=(_XLSX,))
def reconcile(call: Caller, body: Annotated[Received, Form(media_type=bodies.FORMS[0])], marked: Yes = False) -> Any:
    """An exported workbook, as edited by whoever, against the ledger."""

    def judge(path: Path) -> tuple[dict[str, Any], Callable[[Path], None]]:
        with call.reading() as connection:
            outcome = reconciling.reconcile(connection, path, body.run, call.scope)
        return outcome.as_dict(), lambda target: reconciling.write_outcome(path, outcome, target)

    return _judged(body.file, marked, judge)


@api("verify.run", Verified, limit=_limit, files=(_XLSX,))
def verify(call: Caller, body: Annotated[Alone, Form(media_type=bodies.FORMS[0])], marked: Yes = False) -> Any:
    """What can be found in an exported workbook without the ledger."""

    def judge(path: Path) -> tuple[dict[str, Any], Callable[[Path], None]]:
        outcome = verifying.verify(path)
        return outcome.as_dict(), lambda target: verifying.write_outcome(path, outcome, target)

    return _judged(body.file, marked, judge)


@api("audit.run", Audited)
def audit(call: Caller, body: Wish) -> dict[str, Any]:
    """Checks everything that is sealed; one at a time."""
    head = None
    if body.head is not None:
        head = "".join(body.head.split()).lower()
        if _HEAD.fullmatch(head) is None:
            raise bad("head", "应为 64 位十六进制（0-9、a-f），至少给出前 16 位", "body")
    if not _auditing.acquire(blocking=False):
        raise Problem(429, "正在审计，请稍后再试")
    try:
        return auditing.audit(call.engine, head, call.house.store if body.papers else None).as_dict()
    finally:
        _auditing.release()
