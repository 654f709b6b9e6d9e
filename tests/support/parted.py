"""Tasks over parts, for the tests of those who do them: other processes must be able to import them."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from sqlalchemy import Connection, text

from ledger.computing.spool import Spool
from ledger.errors import Refused


def banks(connection: Connection, spool: Spool, part: int) -> tuple[int, int]:
    """Puts the names of the banks, and gives the part and how many there are."""
    names = list(connection.execute(text("SELECT name FROM banks ORDER BY id")).scalars())
    spool.put(part, {"banks.name": names, "banks.part": np.full(len(names), part)})
    return part, len(names)


def banks_killed_once(marks: Path, connection: Connection, spool: Spool, part: int) -> tuple[int, int]:
    """The same, but its process is killed in the middle of part 1, once: when it has put something else."""
    if part == 1 and not (marks / "killed").exists():
        (marks / "killed").touch()
        spool.put(part, {"banks.name": ["半途"], "banks.part": np.array([-1])})
        os.kill(os.getpid(), signal.SIGKILL)
    return banks(connection, spool, part)


def killed_always(connection: Connection, spool: Spool, part: int) -> int:
    """Its process is killed in the middle of part 1, always."""
    if part == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    return part


def refusing(connection: Connection, spool: Spool, part: int) -> int:
    """Gives how many banks there are; refuses part 1."""
    if part == 1:
        raise Refused("第 1 部分有误", "；请更正")
    return int(connection.execute(text("SELECT count(*) FROM banks")).scalar_one())


@contextmanager
def without_banks(connection: Connection) -> Iterator[None]:
    """A view in which there are no banks."""
    connection.execute(text("CREATE TEMPORARY VIEW banks AS SELECT 1 AS id, 'x' AS name WHERE 1 = 0"))
    yield
