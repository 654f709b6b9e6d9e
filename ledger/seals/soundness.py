"""Whether a link may be added: the chain whole, and every row under a link.

Asked at the beginning of whatever makes a link, in the words of an audit: a link over a row that the program did not write
would make it look as if it had, and the number of one that is gone would be given again.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain as chain_of
from typing import Any

from sqlalchemy import Connection, Table, select

from ledger import models
from ledger.database import guards
from ledger.errors import Refused
from ledger.seals import content as sealed
from ledger.seals import pieces, walking
from ledger.seals.links import last, problems
from ledger.seals.row_words import row_words

_RESTORE = "；请先运行 tiexi audit 查明，并以备份恢复（tiexi restore）"


def require_guards(connection: Connection) -> None:
    """Refused where a guard of the database does not stand."""
    _refuse(guards.standing_problems(connection))


def require_sound(connection: Connection, light: bool = False) -> None:
    """Refused where the chain is broken, or a row is under no link or gone by number.

    light: so that it costs the same however much is on file and however long the chain is: without looking through all
    facts for a mark under no link or a row that is gone, and along the chain as `walking` does.
    """
    if light:
        _refuse(chain_of(walking.problems(connection), uncovered(connection)))
    else:
        found = chain_of(problems(connection), uncovered(connection))
        _refuse(chain_of(found, uncovered_marks(connection), missing(connection)))
    walking.keep(connection)


def _refuse(found: Iterator[str]) -> None:
    for problem in found:
        raise Refused(problem, _RESTORE)


def uncovered(connection: Connection) -> Iterator[str]:
    """A sentence for each table with rows under no link, naming the first, or whose last rows are gone."""
    before, _ = last(connection)
    ends = of_each(connection, sealed.NEVER_UNSEALED, "min(id)", "max(id)")
    for table in sealed.NEVER_UNSEALED:
        to, end = before.held.get(table.name, (0, 0))[0] if before else 0, ends[table.name][1] or 0
        if end > to:
            outside = select(table.c.id).where(table.c.id > to).order_by(table.c.id).limit(1)
            number = connection.execute(outside).scalar_one()
            yield f"{row_words(connection, table.name, number)}没有封存，不是由本程序记入"
        elif end < to:
            yield f"{row_words(connection, table.name, to)}在封存之后被删除"
    yield from _out_of_number(connection, ends)


def uncovered_marks(connection: Connection) -> Iterator[str]:
    """A sentence for each table of facts with more or fewer retired rows than are sealed, naming the first that is not.

    The guards let a row be retired once, so this takes no more than one statement by hand.
    """
    sealed_marks: dict[str, set[int]] = defaultdict(set)
    kept = models.SealedRows
    ends_so = kept.table_name.endswith(sealed.RETIRED, autoescape=True)
    for name, blob in connection.execute(select(kept.table_name, kept.digests).where(ends_so)):
        sealed_marks[pieces.part_of(name)].update(number for number, _ in sealed.unpack(blob))
    found: dict[str, list[int]] = defaultdict(list)
    retired = (f"SELECT '{table.name}', id FROM {table.name} WHERE retired_by IS NOT NULL" for table in sealed.FACTS)
    for table_name, number in connection.exec_driver_sql(" UNION ALL ".join(retired)):
        found[table_name].append(number)
    for table in sealed.FACTS:
        name = table.name + sealed.RETIRED
        marked = sorted(found[table.name])
        for number in [one for one in marked if one not in sealed_marks[name]][:1]:
            yield f"{row_words(connection, name, number)}没有封存，不是由本程序记入"
        for number in sorted(sealed_marks[name].difference(marked))[:1]:
            yield f"{row_words(connection, name, number)}在封存之后被去掉"


def out_of_number(connection: Connection) -> Iterator[str]:
    """A sentence for each row with a number that the program gives to none."""
    yield from _out_of_number(connection, of_each(connection, sealed.NEVER_UNSEALED, "min(id)"))


def _out_of_number(connection: Connection, ends: Mapping[str, Sequence[Any]]) -> Iterator[str]:
    for table in sealed.NEVER_UNSEALED:
        least = ends[table.name][0]
        if least is None or least >= 1:
            continue
        for number in connection.execute(select(table.c.id).where(table.c.id < 1).order_by(table.c.id)).scalars():
            yield f"{row_words(connection, table.name, number)}的编号不是本程序所给，不是由本程序记入"


def of_each(connection: Connection, tables: Sequence[Table], *figures: str) -> dict[str, Sequence[Any]]:
    """Figures of each of these tables, by its name: asked for in one statement, since there are many tables and each link
    looks at all of them; and each figure by itself, since SQLite reads the whole table for two ends at once."""
    parts = (
        f"SELECT '{table.name}', {', '.join(f'(SELECT {figure} FROM {table.name})' for figure in figures)}"
        for table in tables
    )
    return {row[0]: row[1:] for row in connection.exec_driver_sql(" UNION ALL ".join(parts))}


def missing(connection: Connection) -> Iterator[str]:
    """A sentence for each table of facts, anchors, files and changes that has fewer rows than are sealed."""
    before, _ = last(connection)
    counts = of_each(connection, sealed.OF_FILES, "count(*)")
    for table in sealed.OF_FILES:
        rows = before.held.get(table.name, (0, 0))[1] if before else 0
        found = counts[table.name][0]
        if found < rows:
            yield f"{sealed.NAMES[table.name]}封存了 {rows} 行，现有 {found} 行：有行被删除"
