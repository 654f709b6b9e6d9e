"""One part of a year judged, by whoever does it: here, in a process of its own or on another machine."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection

from ledger.computing.spool import Spool
from ledger.facts.partitions import Partition, looked_up
from ledger.programmes import PROGRAMMES
from ledger.programmes.assumptions import Assumptions


def judge_part(
    programme: str,
    year: int,
    as_of: date,
    parts: Sequence[Partition],
    assumed: Assumptions,
    connection: Connection,
    spool: Spool,
    number: int,
) -> Any:
    """Reads and judges one of the parts, puts its columns into the spool, and gives what of it is small."""
    judging = PROGRAMMES[programme].judging
    with looked_up(connection, parts[number]):
        facts = judging.read(connection, year, as_of, parts[number], assumed)
    kept, columns = judging.put(judging.judge(facts))
    if columns:
        spool.put(number, columns)
    return kept
