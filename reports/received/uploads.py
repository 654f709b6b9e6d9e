"""An upload given back with the problems and warnings that are kept of it marked in the workbook that came."""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine

from ledger import models
from ledger.accounts.accounts import Account
from ledger.accounts.scope import EVERYTHING
from ledger.database import db
from ledger.errors import Refused
from ledger.intake.sending import of_unit
from ledger.store import Store
from ledger.uploads import records, states
from ledger.uploads.records import Uploaded
from ledger.warnings.kinds import Warned
from ledger.workbooks.csv_files import is_csv
from reports.lists import Asked, page, page_of
from reports.received.csv_copies import as_workbook
from reports.received.marked import write_marked
from reports.stored_lists import chosen

PLAIN = (
    "upload", "kind", "file", "sha256", "bytes", "state", "by", "login", "unit", "received_at", "judged_at",
    "amend_reason", "year", "programme", "run", "check_only", "changes_total", "findings", "refusal", "confirmed_by",
    "confirmed_at", "reason", "voided_by", "voided_at", "voided_reason", "seal",
)  # fmt: skip
NAMED = ("upload", "file", "by", "login", "unit")  # in which words are looked for
KEYS = (*PLAIN, "actions")
FINDING_KEYS = ("file", "sheet", "row", "column", "letter", "value", "problem", "expected")
_FINDING_NAMED = ("sheet", "column", "value", "problem")


def file_of(engine: Engine, store: Store, upload_id: int, account: Account) -> tuple[str, bytes]:
    """The name and the bytes that came; NotFound where the account does not see the upload."""
    with db.reading(engine) as connection:
        upload = records.get(connection, upload_id, account.scope)
    return upload.file, store.read(upload.sha256)


def marked(engine: Engine, store: Store, upload_id: int, account: Account) -> tuple[str, bytes]:
    """The name and bytes of the marked copy; Refused where nothing can be marked, NotFound where the account does not see
    the upload."""
    with db.reading(engine) as connection:
        upload = records.get(connection, upload_id, account.scope)
        findings = records.findings(connection, upload)
        warned = [Warned(**one) for one in upload.warnings]
    if not findings and not warned:
        raise Refused(f"{upload.file} 没有可以标注的问题或提示")
    data, source = store.read(upload.sha256), Path(upload.file)
    if is_csv(source, data):
        data, source = as_workbook(source, None, data), source.with_suffix(".xlsx")
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / f"copy{source.suffix or '.xlsx'}"
        write_marked(source, [*findings, *warned], target, data)
        return f"{source.stem}-标注{source.suffix or '.xlsx'}", target.read_bytes()


def findings(connection: Connection, upload: Uploaded, asked: Asked) -> dict[str, Any]:
    """A page of the findings of an upload, in their order."""
    within = chosen(asked, _FINDING, FINDING_KEYS, _FINDING_NAMED)
    if within is None:
        every = [one.as_dict() for one in records.findings(connection, upload)]
        return page(every, asked, FINDING_KEYS, _FINDING_NAMED)
    found = records.findings(connection, upload, asked.size, asked.before, within.conditions, within.order)
    total = records.count_findings(connection, upload, within.conditions)
    return page_of(asked, [one.as_dict() for one in found], total)


def listed(connection: Connection, account: Account | None, asked: Asked) -> dict[str, Any]:
    """A page of the uploads that an account sees, newest first, each with what the account may do with it; None: whoever
    keeps the server, who sees all and does nothing."""
    scope = account.scope if account is not None else EVERYTHING
    within = chosen(asked, {**_COLUMNS, "state": records.state_of()}, PLAIN, NAMED)
    if within is None:  # by what follows from the steps of each
        uploads = records.seen(connection, scope)
        found = page([one.as_dict() for one in uploads], asked, PLAIN, NAMED)
    else:
        uploads = records.seen(
            connection, scope, *within.conditions, order=within.order, limit=asked.size, offset=asked.before
        )
        total = records.count(connection, scope, *within.conditions)
        found = page_of(asked, [one.as_dict() for one in uploads], total)
    by_number, own = {one.id: one for one in uploads}, of_unit(connection, scope)
    for item in found["items"]:
        upload = by_number[item["upload"]]
        item["actions"] = states.actions(connection, upload, account, own) if account is not None else []
    return found


_UPLOAD = models.Upload
_COLUMNS: Mapping[str, Any] = {
    "upload": _UPLOAD.id, "file": _UPLOAD.file_name, "bytes": _UPLOAD.size, "by": _UPLOAD.sent_by, "run": _UPLOAD.run_id,
    **{
        name: getattr(_UPLOAD, name)
        for name in ("kind", "sha256", "login", "unit", "received_at", "amend_reason", "year", "programme", "check_only")
    },
}  # fmt: skip
_FINDING: Mapping[str, Any] = {
    name: models.table_of(models.UploadFinding).c["header" if name == "column" else name] for name in FINDING_KEYS
}
