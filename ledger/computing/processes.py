"""Parts done by processes of this machine.

A process that dies, as for want of memory, takes what it was doing with it: the parts that are not done are given out
again, a bounded number of times. Processes end with the one that asked, however that ends.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from multiprocessing.connection import wait
from typing import Any

from sqlalchemy import Connection

from ledger.computing.apart import Job, program
from ledger.computing.executor import Executor, R, Task
from ledger.computing.snapshot import OtherState, View, snapshot_of
from ledger.computing.spool import FolderSpool, Spool
from ledger.errors import EnvironmentFailed

TRIES = 4  # how often parts are given out before somebody is told


class Processes(Executor):
    """So many processes of this machine, new for each run."""

    def __init__(self, workers: int) -> None:
        self.workers = workers

    def spool(self, connection: Connection, parts: int) -> Spool:
        return FolderSpool()

    def run(
        self,
        connection: Connection,
        spool: Spool,
        task: Task[R],
        parts: Sequence[int],
        view: View | None = None,
    ) -> Iterator[R]:
        address = connection.engine.url.render_as_string(hide_password=False)
        job = Job(task, spool, snapshot_of(connection), view, address, program())
        done: dict[int, Any] = {}
        given = 0
        for attempt in range(1, TRIES + 1):
            # a process made as a copy of this one would share its connections
            pool = ProcessPoolExecutor(self.workers, multiprocessing.get_context("spawn"), initializer=_begin)
            try:
                futures: dict[int, Future[Any]] = {
                    part: pool.submit(job.do, part) for part in parts if part not in done
                }
                for part in parts[given:]:
                    if part not in done:
                        done[part] = _result(futures[part], partial(task, connection, spool, part))
                    yield done[part]
                    given += 1
                return
            except BrokenProcessPool as error:
                done |= {part: one.result() for part, one in futures.items() if _is_done(one)}
                if attempt == TRIES:
                    raise EnvironmentFailed(
                        f"计算用的进程接连 {TRIES} 次被终止（可能是内存不足），未作任何改动；"
                        "请减少 TIEXI_WORKERS 或 TIEXI_PART_ROWS 后重试"
                    ) from error
            finally:
                pool.shutdown(cancel_futures=True)


def _result(future: Future[Any], here: Callable[[], Any]) -> Any:
    """What a process gave; where others have written to a file meanwhile it comes from our own connection, on the old state."""
    try:
        return future.result()
    except OtherState:
        return here()


def _is_done(future: Future[Any]) -> bool:
    return future.done() and not future.cancelled() and future.exception() is None


def _begin() -> None:
    """A new process: interruptions are for the one that asked, and it ends when that one is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    assert parent is not None

    def end() -> None:
        wait([parent.sentinel])
        os._exit(1)

    threading.Thread(target=end, daemon=True).start()
