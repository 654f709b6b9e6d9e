"""A file whose bytes came before: what it was taken as then, when, and what has become of its payments since."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, select

from ledger import models
from ledger.models.base import aliased

_SHOWN = 10  # entries named in a sentence


@dataclass(frozen=True)
class KnownFile:
    """What is on record of a file: as facts, or, with the years and entries that it made, as payments."""

    intake_id: int
    since: datetime
    years: Sequence[int] = field(default_factory=tuple)
    entries: Sequence[int] = field(default_factory=tuple)
    reversed: Sequence[int] = field(default_factory=tuple)  # those of its entries that were reversed

    @property
    def paid(self) -> bool:
        """Whether it was taken as payments."""
        return bool(self.entries)

    @property
    def when(self) -> str:
        """When it was taken, to the minute."""
        return self.since.isoformat(sep=" ", timespec="minutes")

    def as_payments(self, file: str, year: int) -> str:
        """What there is to say when it comes as payments of a year again."""
        years = "、".join(map(str, self.years))
        said = f"{file}：此前已于 {self.when} 记入 {years} 年度（内容完全相同），未作任何改动"
        if year not in self.years:
            said += f"；没有记入 {year} 年度"
        if not self.reversed:
            return said
        every = len(self.reversed) == len(self.entries)
        which = f"全部 {len(self.entries)} 笔" if every else f" {len(self.entries)} 笔中有 {len(self.reversed)} 笔"
        return (
            f"{said}。其{which}已冲销（分录 {_numbers(self.reversed)}），不会因再次提交而恢复；"
            "要重新记账，请把要记的行改正后另存为新文件（内容须与原文件有所不同）再提交"
        )

    def as_dict(self) -> dict[str, object]:
        """For --json."""
        return {
            "since": self.since.isoformat(), "years": list(self.years), "entries": list(self.entries),
            "reversed": list(self.reversed),
        }  # fmt: skip


def _numbers(entries: Sequence[int]) -> str:
    return "、".join(map(str, entries[:_SHOWN])) + (f" 等 {len(entries)} 笔" if len(entries) > _SHOWN else "")


def known_file(
    connection: Connection, sha256: str, own: Callable[[int, str | None], bool] | None = None
) -> KnownFile | None:
    """What is on record of the file with this SHA-256, None for nothing: one that was withdrawn may come anew.

    own: of a file's number and the account that brought it, whether the one who asks may learn of it; None: of all.
    """
    intake, change, entry, run = models.Intake, models.Change, models.JournalEntry, models.Run
    withdrawn = select(change.withdrawn_intake_id).where(change.withdrawn_intake_id.is_not(None))
    same = select(intake.id, intake.received_at, intake.account).where(
        intake.sha256 == sha256, intake.id.not_in(withdrawn)
    )
    rows = connection.execute(same.order_by(intake.id)).all()
    found = next((row for row in rows if own is None or own(row.id, row.account)), None)
    if found is None:
        return None
    opposite = aliased(entry)
    query = (
        select(entry.id, run.year, opposite.id.label("opposite"))
        .join(run, run.id == entry.run_id)
        .outerjoin(opposite, opposite.reverses_id == entry.id)
        .where(entry.intake_id == found.id)
        .order_by(entry.id)
    )
    entries = connection.execute(query).all()
    return KnownFile(
        found.id,
        found.received_at,
        sorted({row.year for row in entries}),
        [row.id for row in entries],
        [row.id for row in entries if row.opposite is not None],
    )
