"""How long commands take before they do anything: against the bare import of the library that they cannot do without.

What is counted is processor time, so that another program at work does not count.
"""

import compileall
import os
import resource
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from statistics import median


def processor_seconds(arguments: Sequence[str]) -> float:
    """User and system time of a Python program, its children with it."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *arguments], check=True, capture_output=True, env={**os.environ, "COLUMNS": "80"})
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def compare(ours: Sequence[str], peer: str, turns: int) -> tuple[float, float]:
    """Seconds of `tiexi ours` and of a Python that imports the peer; medians, taking turns. The program is compiled before, as
    `make setup` does and as its peers are when they are installed."""
    for room in ("ledger", "reports", "jobs", "tiexi"):
        compileall.compile_dir(Path(__file__).parent.parent / room, quiet=1)
    commands = (["-m", "tiexi", *ours], ["-c", f"import {peer}"])
    rounds = [[processor_seconds(command) for command in commands] for _ in range(turns)]
    own, other = (median(found[place] for found in rounds) for place in range(2))
    return own, other


def demo_database(folder: Path) -> str:
    """The address of the database of the demonstration, made in a folder."""
    subprocess.run([sys.executable, "-m", "tiexi", "demo", str(folder)], check=True, capture_output=True)
    return f"sqlite:///{folder / 'tiexi.db'}"


def explained_loan(database: str) -> tuple[str, str]:
    """Bank and note of the first loan of the last year that was settled."""
    from sqlalchemy import create_engine, text  # here: the contestants are other processes

    query = "select b.name, l.note_no from loans l join banks b on b.id = l.bank_id order by l.id limit 1"
    with create_engine(database).connect() as connection:
        bank, note = connection.execute(text(query)).one()
    return bank, note
