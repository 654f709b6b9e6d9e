"""Years of very many loans on PostgreSQL: settled, approved and audited, with the time and the memory that each takes."""

import os
import resource
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from time import perf_counter

from benchmarks import world
from benchmarks.measure import in_new_process
from ledger import lifecycle
from ledger.audit.audit import audit
from ledger.database import db
from ledger.programmes import PROGRAMMES
from ledger.runs import settlement
from tests.support import postgresql_server

YEARS = (2023, 2024, 2025)
_PROGRAMME = PROGRAMMES["tech_branch"]
# as a server is set up for one large database, not as for the tests; what is written is synced
_SETTINGS = {
    "shared_buffers": "1GB", "work_mem": "64MB", "maintenance_work_mem": "256MB", "max_wal_size": "8GB", "fsync": "on",
    "autovacuum": "on", "checkpoint_timeout": "15min",
}  # fmt: skip


@dataclass(frozen=True)
class Step:
    """One command: seconds, and the most memory held (bytes) by the process that asks and by each of its workers."""

    name: str
    seconds: float
    peak: int
    of_worker: int


def measure(sizes: Sequence[int], workers: int, years: int) -> list[dict[str, Step]]:
    """For each number of loans the steps by name: so many years are settled and approved, given are the last one's and the
    audit of all. On a server of its own on a disk (in the folder that TMPDIR names), or on the one that is given."""
    postgresql_server.begin_session(Path(tempfile.gettempdir()), _SETTINGS)
    found = []
    try:
        for loans in sizes:
            steps = _steps(postgresql_server.create_database(), loans, workers, years)
            found.append({step.name: step for step in steps})
            postgresql_server.drop_databases()
    finally:
        postgresql_server.end_session()
    return found


def _steps(url: str, loans: int, workers: int, years: int) -> Iterator[Step]:
    def step(name: str, work: Callable[..., None], *args: int) -> Step:
        done = in_new_process(_timed, name, url, workers, work, *args)
        print(
            f"  {loans:,} {name}: {done.seconds:.1f} s, {done.peak >> 20} MiB, {done.of_worker >> 20} MiB",
            file=sys.stderr,
        )
        return done

    yield step("建库", _fill, loans)
    for number, year in enumerate(YEARS[-years:], start=1):
        yield step("settle", _settle, year)
        yield step("approve", _approve, number)
    yield step("audit", _audit)


def _timed(name: str, url: str, workers: int, work: Callable[..., None], *args: int) -> Step:
    os.environ["TIEXI_WORKERS"] = str(workers)
    start = perf_counter()
    work(url, *args)
    seconds = perf_counter() - start
    own, others = (resource.getrusage(who).ru_maxrss * 1024 for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return Step(name, seconds, own, others)


def _fill(url: str, loans: int) -> None:
    engine = db.open_engine(url)
    world.fill(engine, loans)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("VACUUM ANALYZE")  # as the server does by itself, in its own time
    engine.dispose()


def _settle(url: str, year: int) -> None:
    engine = db.open_engine(url)
    settlement.settle(engine, _PROGRAMME, year, date(year + 1, 1, 31), "性能测试")
    engine.dispose()


def _approve(url: str, run: int) -> None:
    engine = db.open_engine(url)
    lifecycle.approve(engine, run, "性能审核", "样例〔2026〕1号", solo=True)
    engine.dispose()


def _audit(url: str) -> None:
    engine = db.open_engine(url)
    problems = audit(engine).problems
    assert not problems, problems
    engine.dispose()
