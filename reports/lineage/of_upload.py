"""Where every row of an upload ended: `trace` of the bytes that are kept of it."""

import tempfile
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, select

from ledger import models
from ledger.accounts.accounts import Account
from ledger.accounts.scope import programmes
from ledger.database import db
from ledger.errors import Refused
from ledger.store import Store
from ledger.uploads import records
from ledger.uploads.records import Uploaded as Sent
from reports.lineage.following import follow_uploaded
from reports.lineage.uploaded import Uploaded


def of_upload(
    engine: Engine, store: Store, upload_id: int, account: Account, year: int | None, run_id: int | None
) -> dict[str, Any]:
    """As `trace --json` tells it, in the runs that the account sees. Refused where it was not taken in, or before any run."""
    with db.reading(engine) as connection, tempfile.TemporaryDirectory() as folder:
        upload = records.get(connection, upload_id, account.scope)
        path = Path(folder) / upload.file
        uploaded = _taken(connection, upload, path)
        path.write_bytes(store.read(upload.sha256))
        paid, seen = upload.kind == "payments", programmes(account.scope)
        return follow_uploaded(connection, uploaded, paid, year, run_id, seen).as_dict()


def _taken(connection: Connection, upload: Sent, path: Path) -> Uploaded:
    """The file as which it lies on record."""
    number = records.intake_of(connection, upload)
    if number is None or upload.kind == "checklist":
        raise Refused(f"第 {upload.id} 号文件 {upload.file} 没有入库，还没有去向可查")
    intake = models.Intake
    query = select(intake.id, intake.file_name, intake.sha256, intake.uploader, intake.received_at)
    return Uploaded(*connection.execute(query.where(intake.id == number)).one(), path)
