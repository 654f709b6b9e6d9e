"""Receiving a file: on disk and on record before anybody is told that it came."""

from dataclasses import dataclass
from typing import Any, BinaryIO

from sqlalchemy import ColumnElement, Connection, Engine, insert, select

from ledger import models
from ledger.accounts.accounts import Account
from ledger.database import clock, db
from ledger.errors import NotFound, Refused
from ledger.intake.sending import sent_by_unit
from ledger.programmes import PROGRAMMES
from ledger.seals import chain
from ledger.store import Store, TooLarge
from ledger.uploads import records
from ledger.uploads.kinds import KINDS
from ledger.uploads.records import Uploaded
from ledger.workbooks.visible import visible
from ledger.workdays import now

LONGEST_NAME = 200  # characters
_LONGEST_REASON = 1_000
_MB, _GB = 1 << 20, 1 << 30


@dataclass(frozen=True)
class Limits:
    """How large a file may be, and all files of a unit together: megabytes, gigabytes."""

    upload_mb: int = 64
    unit_gb: int = 50


@dataclass(frozen=True)
class Wanted:
    """What a file is sent for. kind: one of models.UPLOAD_KINDS; year: of payments; run: of a check list."""

    kind: str = "facts"
    amend_reason: str | None = None
    year: int | None = None
    programme: str | None = None
    run: int | None = None
    check_only: bool = False

    def columns(self) -> dict[str, Any]:
        """As the row has it."""
        return {
            "kind": self.kind, "amend_reason": self.amend_reason, "year": self.year, "programme": self.programme,
            "run_id": self.run, "check_only": self.check_only,
        }  # fmt: skip


def receive(
    engine: Engine, store: Store, account: Account, name: str, file: BinaryIO, wanted: Wanted, limits: Limits
) -> tuple[Uploaded, bool]:
    """Keeps a file and puts it on record, and says whether that is new: the same bytes that still wait for the same are the
    upload that is there already.

    TooLarge beyond the size; Refused for an empty file, a name that is too long, a unit whose files are too many bytes, or
    what this account's office does not send.
    """
    wanted = _plain(wanted)
    name = plain_name(name)
    _refuse_kind(account, wanted)
    size = _size(file)
    if size > limits.upload_mb * _MB:
        raise TooLarge
    if size == 0:
        raise Refused(f"{name} 是空文件")
    with db.reading(engine) as connection:
        unit = sent_by_unit(connection, account.scope)
        _refuse_more_than(connection, account, size, limits, unit)
    kept = store.keep_file(file, limits.upload_mb * _MB)
    with clock.changing(engine) as connection:
        link = chain.Link(connection, light=True)
        known = records.waiting_like(connection, account.scope, kept.sha256, wanted.columns())
        if known is not None:
            return known, False
        _refuse_more_than(connection, account, kept.size, limits, unit)
        if wanted.run is not None and not _has_run(connection, wanted.run):
            raise NotFound("没有这次运行")
        number = db.next_id(connection, models.table_of(models.Upload))
        scope = account.scope
        connection.execute(
            insert(models.table_of(models.Upload)).values(
                id=number, file_name=name, sha256=kept.sha256, size=kept.size, login=account.login,
                sent_by=account.name, unit=account.unit, role=account.role, scope_kind=scope.kind or None,
                scope_name=scope.name or None, received_at=now(), **wanted.columns(),
            )
        )  # fmt: skip
        link.seal(records.LINK)
        return records.get(connection, number), True


def _has_run(connection: Connection, run: int) -> bool:
    return connection.execute(select(models.Run.id).where(models.Run.id == run)).first() is not None


def plain_name(name: str) -> str:
    """A file's name without folders and without characters that nobody sees; Refused where nothing is left or too much."""
    plain = visible(name.replace("\\", "/").rsplit("/", 1)[-1])
    plain = "".join(one for one in plain if one.isprintable()).strip()
    if plain in ("", ".", ".."):
        raise Refused("文件没有名称；请起一个名称后重试")
    if len(plain) > LONGEST_NAME:
        raise Refused(f"文件名超过 {LONGEST_NAME} 个字符；请改短后重试")
    return plain


def _plain(wanted: Wanted) -> Wanted:
    reason = visible(wanted.amend_reason or "").strip() or None
    if reason is not None and len(reason) > _LONGEST_REASON:
        raise Refused(f"更正原因超过 {_LONGEST_REASON} 个字符；请写得简短些")
    return Wanted(**{**vars(wanted), "amend_reason": reason})


def _refuse_kind(account: Account, wanted: Wanted) -> None:
    kind = KINDS.get(wanted.kind)
    if kind is None:
        raise Refused(f"这一类文件还不能从这里报送；可以报送：{'、'.join(one.name for one in KINDS.values())}")
    if not kind.sent_by(account.scope):
        raise Refused(f"{account.role_name}不报送{kind.name}")
    if wanted.programme is not None and wanted.programme not in PROGRAMMES:
        raise Refused(f"没有政策 {wanted.programme}；应为以下之一：{'、'.join(PROGRAMMES)}")


def _refuse_more_than(
    connection: Connection, account: Account, size: int, limits: Limits, unit: ColumnElement[bool]
) -> None:
    if records.bytes_of(connection, account.scope, unit) + size > limits.unit_gb * _GB:
        raise Refused(f"本单位的文件已达到 {limits.unit_gb} GB 的上限；请与系统管理员联系")


def _size(file: BinaryIO) -> int:
    return file.seek(0, 2)
