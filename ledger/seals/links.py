"""The links of the chain as they lie in the database: the newest, whether they hold together, and of what they are."""

import hashlib
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import Connection, func, select

from ledger import models
from ledger.seals import content as sealed
from ledger.seals.content import Content, Part

START = "0" * 64  # what the first link follows
OF_A_RUN = ("settle", "adopt", "upgrade")  # links that hold a run as it was made, with its lines
_APPROVALS = ("approve", "adopt")
_STARTS = ("init", "upgrade")  # links that seal all facts on file: from them on every file has its own


def link(previous: str, content: str) -> str:
    """A link's hash: over the hash before it and its own content."""
    return hashlib.sha256(f"{previous}\n{content}".encode()).hexdigest()


def last(connection: Connection) -> tuple[Content | None, str]:
    """The newest link's content and hash."""
    row = connection.execute(
        select(models.Seal.content, models.Seal.hash).order_by(models.Seal.id.desc()).limit(1)
    ).one_or_none()
    return (None, START) if row is None else (sealed.read(row.content), row.hash)


def approvals(connection: Connection) -> dict[int, int]:
    """By run, the number of the first link that came with its approval."""
    table = models.Seal
    of_runs = select(table.run_id, func.min(table.id)).where(table.run_id > 0)  # by the index: most links are of no run
    query = of_runs.where(table.kind.in_(_APPROVALS)).group_by(table.run_id)
    return {row[0]: row[1] for row in connection.execute(query) if row[0] is not None}


def start(connection: Connection) -> int:
    """The number of the link from which on every file has its own; 0 where there is none."""
    table = models.Seal
    return connection.execute(select(func.min(table.id)).where(table.kind.in_(_STARTS))).scalar_one() or 0


def receipt(connection: Connection, intake_id: int) -> str | None:
    """The hash of the link under which a file lies: what its sender keeps as a receipt."""
    table, kept, name = models.Seal, models.SealedRows, models.table_of(models.Intake).name
    over_files = select(kept.seal_id).where(kept.table_name == name).order_by(kept.seal_id)
    numbers = list(connection.execute(over_files).scalars())

    def part_of(number: int) -> Part:
        text: str = connection.execute(select(table.content).where(table.id == number)).scalar_one()
        return sealed.read(text).parts[name]

    place = bisect_left(numbers, intake_id, key=lambda number: part_of(number).to)
    if place == len(numbers) or part_of(numbers[place]).since >= intake_id:
        return None
    return connection.execute(select(table.hash).where(table.id == numbers[place])).scalar_one()


def problems(connection: Connection) -> Iterator[str]:
    """A sentence for each place at which the chain is broken."""
    return _walked(connection.execute(_LINKS.order_by(models.Seal.id)), 0, START)


def problems_between(connection: Connection, since: int, previous: str, to: int) -> Iterator[str]:
    """The same of the links after one, whose number and hash are given, up to another."""
    stretch = _LINKS.where(models.Seal.id > since, models.Seal.id <= to).order_by(models.Seal.id)
    return _walked(connection.execute(stretch), since, previous)


def hashes(connection: Connection, *numbers: int) -> dict[int, str]:
    """By number, the hashes of these links, as far as they are there."""
    found = connection.execute(select(models.Seal.id, models.Seal.hash).where(models.Seal.id.in_(numbers)))
    return {0: START, **{row.id: row.hash for row in found}}


_LINKS = select(models.Seal.id, models.Seal.previous_hash, models.Seal.content, models.Seal.hash)


def _walked(rows: Iterable[Any], number: int, previous: str) -> Iterator[str]:
    for row in rows:
        number += 1
        if row.id != number:
            yield f"第 {number} 号封存缺失，链从这里断开（其后是第 {row.id} 号）"
            number = row.id
        elif row.previous_hash != previous:
            yield f"第 {row.id} 号封存与前一号的链接断开：前一号的摘要不符"
        if link(row.previous_hash, row.content) != row.hash:
            yield f"第 {row.id} 号封存的内容与其摘要不符，内容或摘要被改动"
        previous = row.hash
