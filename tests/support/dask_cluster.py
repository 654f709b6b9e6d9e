"""A real scheduler of Dask and its workers, each a process of its own, that end with the tests."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Any, Self

from distributed import Client
from sqlalchemy import Engine
from sqlalchemy.exc import ProgrammingError

_SECONDS = 60
_STEADY = 10  # looks without a new part
_ROOT = Path(__file__).parent


class DaskCluster:
    """A scheduler and, once asked for, workers. Used in a `with`."""

    DEATHS = 2  # so many workers die of a part before it is given up

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._processes: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Self:
        known = self._folder / "scheduler.json"
        self._start("scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", known)
        until = time.monotonic() + _SECONDS
        while not (known.exists() and known.read_text()):
            assert time.monotonic() < until, (self._folder / "log").read_text()
            time.sleep(0.05)
        self.address = str(json.loads(known.read_text())["address"])
        self.client = Client(self.address, set_as_default=False)
        return self

    def __exit__(self, *_: object) -> None:
        self.client.close()
        for process in self._processes:
            process.kill()
            process.wait()

    def workers(self, count: int, database: str) -> None:
        """Has so many workers, whose own settings name a database."""
        (self._folder / "tiexi.toml").write_text(f'database = "{database}"\n')
        here = len(self._workers())
        for _ in range(here, count):
            self._start("worker", self.address, "--no-nanny", "--no-dashboard", "--nthreads", "1")
        self.client.wait_for_workers(count, timeout=_SECONDS)
        assert len(self._workers()) == count

    def pids(self) -> list[int]:
        """The processes of the workers."""
        return sorted(self.client.run(os.getpid).values())

    @contextmanager
    def slow_in_the_middle(
        self, engine: Engine, then: int = signal.SIGCONT, first: Callable[[], object] = lambda: None
    ) -> Iterator[None]:
        """One of two workers does nothing of what it was given, until the other has done some parts and is done: then
        something is done first, and it goes on, or gets the signal that is given."""
        slow, before = self.pids()[0], tables_left(engine)
        found = [0]
        over = threading.Event()

        def watch() -> None:
            steady = 0
            try:
                while steady < _STEADY and not over.is_set():
                    found.append(parts_put(engine, before))
                    steady = steady + 1 if found[-1] and found[-1] == found[-2] else 0
                    time.sleep(0.05)
                first()
            finally:
                os.kill(slow, then)

        os.kill(slow, signal.SIGSTOP)
        watching = threading.Thread(target=watch)
        watching.start()
        try:
            yield
        finally:
            ended = not over.is_set() and watching.is_alive()
            over.set()
            watching.join()
        assert not ended and found[-1] > 0  # the slow one had a part in it

    def killed_in_the_middle(self, engine: Engine) -> AbstractContextManager[None]:
        """One of two workers is killed while it has parts to do."""
        return self.slow_in_the_middle(engine, signal.SIGKILL)

    def log(self) -> str:
        """All that scheduler and workers have said."""
        return (self._folder / "log").read_text(errors="replace")

    def _workers(self) -> dict[str, Any]:
        found: dict[str, Any] = self.client.scheduler_info(n_workers=-1)["workers"]
        return found

    def _start(self, what: str, *arguments: str | Path) -> None:
        path = os.pathsep.join([str(_ROOT.parent.parent), str(_ROOT)])
        with (self._folder / "log").open("ab") as log:
            self._processes.append(
                subprocess.Popen(
                    [sys.executable, "-m", f"distributed.cli.dask_{what}", *map(str, arguments)],
                    cwd=self._folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                    env={
                        **os.environ, "PYTHONPATH": path, "TIEXI_CONFIG": str(self._folder / "tiexi.toml"),
                        "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": str(self.DEATHS - 1),
                    },
                )
            )  # fmt: skip


def tables_left(engine: Engine) -> list[str]:
    """The tables in which columns of parts wait."""
    query = "SELECT relname FROM pg_class WHERE starts_with(relname, 'tiexi_parts_') AND relkind = 'r'"
    with engine.connect() as connection:
        return list(connection.exec_driver_sql(query).scalars())


def parts_put(engine: Engine, but: Sequence[str]) -> int:
    """How many parts wait in them, those left out that are named."""
    tables = (table for table in tables_left(engine) if table not in but)
    with suppress(ProgrammingError), engine.connect() as connection:  # one may be gone just now
        counts = [f"SELECT count(DISTINCT part) FROM {table}" for table in tables]
        return sum(connection.exec_driver_sql(query).scalar_one() for query in counts)
    return 0
