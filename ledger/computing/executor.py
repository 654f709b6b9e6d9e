"""Who does the parts of a computation: this process, processes of this machine, or a cluster.

Whoever does them, what comes out is the same: a part is read from one state of the database, judged, and put into a spool;
the few numbers that a task gives come back in the order of the parts.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from sqlalchemy import Connection

from ledger import settings
from ledger.computing.snapshot import View
from ledger.computing.spool import FolderSpool, MemorySpool, Spool

R = TypeVar("R")
# What is done with a part: reads it on the connection, puts its columns into the spool. It must be something that can be
# pickled (a function of a module, or a `partial` of one over plain values), and so must what it gives.
Task = Callable[[Connection, Spool, int], R]


class Executor(ABC):
    """Does tasks over parts."""

    @abstractmethod
    def spool(self, connection: Connection, parts: int) -> Spool:
        """A new spool for so many parts, where all who do them can put theirs. Used in a `with`."""

    @abstractmethod
    def run(
        self,
        connection: Connection,
        spool: Spool,
        task: Task[R],
        parts: Sequence[int],
        view: View | None = None,
    ) -> Iterator[R]:
        """Does the task for every part, and gives what it gives in the order of the parts, as they come.

        connection: whose state of the database is read; what it has written itself only this process can see. view: what
        stands on this connection already and is to stand on those of others too, as temporary views.
        """


class Here(Executor):
    """One part after the other, in this process and on the caller's own connection."""

    def spool(self, connection: Connection, parts: int) -> Spool:
        return MemorySpool() if parts == 1 else FolderSpool()

    def run(
        self,
        connection: Connection,
        spool: Spool,
        task: Task[R],
        parts: Sequence[int],
        view: View | None = None,
    ) -> Iterator[R]:
        for part in parts:
            yield task(connection, spool, part)


HERE = Here()


WHOLE = 1_500_000
"""Rows that this process does as one part where nothing else is set: they fit into the memory of any server that has so many.
What is cut is found by indexes, row by row, and takes half as long again as a walk through the tables."""


def parts_of(rows: int) -> int:
    """Into how many parts so many rows are cut, by the settings: none for their own sake, if this process does them all."""
    configuration = settings.load()
    found = configuration.settings
    alone = found.engine_workers == 1 and not found.engine_scheduler
    whole = alone and configuration.sources["engine.part_rows"] == settings.DEFAULT and rows <= WHOLE
    return 1 if whole else max(1, -(-rows // found.engine_part_rows))


def configured(parts: int) -> Executor:
    """Who does so many parts, by the settings: one part is always done here."""
    found = settings.load().settings
    if parts > 1 and found.engine_scheduler:
        from ledger.computing.cluster import Cluster  # here and not above: a large library that few have

        return Cluster(found.engine_scheduler)
    if parts > 1 and found.engine_workers > 1:
        from ledger.computing.processes import Processes

        return Processes(min(found.engine_workers, parts))
    return HERE
