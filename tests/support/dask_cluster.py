"""A real scheduler of Dask and its workers, each a process of its own, that end with the tests."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Self

from distributed import Client

_SECONDS = 60
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

    def stop(self, pid: int) -> None:
        """Has a worker do nothing, as one that is very slow."""
        os.kill(pid, signal.SIGSTOP)

    def go_on(self, pid: int) -> None:
        """Has it work again."""
        os.kill(pid, signal.SIGCONT)

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
