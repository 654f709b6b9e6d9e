"""A file as it was taken in: found by its bytes, its name or the start of its SHA-256, and held against what is stored of it."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, select

from ledger import models
from ledger.errors import Refused
from ledger.intake import repeated
from ledger.intake.files import read_again
from ledger.intake.repeated import Deviation
from ledger.workbooks.workbook import fingerprint, read_bytes
from reports.lineage import unknown_file


@dataclass(frozen=True)
class Uploaded:
    """A file as it was taken in; path: where its bytes are, None when only its name was given."""

    intake_id: int
    file_name: str
    sha256: str
    uploader: str
    received_at: datetime
    path: Path | None


_SHORTEST_HASH = 8


def find_file(connection: Connection, text: str) -> Uploaded:
    """The intake of a file: by its bytes where the path exists, else by its recorded name or the start of its SHA-256.

    Refused when it was not taken in, or when several were under that name.
    """
    intake, path = models.Intake, Path(text)
    query = select(intake.id, intake.file_name, intake.sha256, intake.uploader, intake.received_at)
    if path.is_file():
        same = query.where(intake.sha256 == fingerprint(read_bytes(path)))
        row = connection.execute(
            same.order_by(intake.id.desc()).limit(1)
        ).one_or_none()  # a withdrawn one may come anew
        if row is None:
            raise unknown_file.refusal(path)
        return Uploaded(*row, path)
    rows = connection.execute(query.where(intake.file_name == path.name).order_by(intake.id)).all()
    if not rows and len(text) >= _SHORTEST_HASH:
        rows = connection.execute(query.where(intake.sha256.startswith(text.lower(), autoescape=True))).all()
    if not rows:
        raise Refused(f"没有文件 {text}，也没有导入过这个名称的文件")
    if len(rows) > 1:
        listed = "；".join(f"{row.received_at:%Y-%m-%d %H:%M} 入库，SHA-256 {row.sha256[:16]}" for row in rows)
        raise Refused(f"名为 {path.name} 的文件导入过 {len(rows)} 个，请给出文件本身或其 SHA-256 的开头：{listed}")
    return Uploaded(*rows[0], None)


def deviations(connection: Connection, uploaded: Uploaded) -> list[Deviation]:
    """Where the file's cells differ from what is stored of it; without the file itself nothing can be said."""
    if uploaded.path is None:
        return []
    book = read_again(connection, uploaded.path, read_bytes(uploaded.path), uploaded.intake_id)
    return repeated.deviations(connection, book, uploaded.intake_id)
