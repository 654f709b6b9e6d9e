"""Parts done by Dask's workers, on whatever machines they run.

Dask's scheduler gives the parts out, gives them again where a worker dies, and takes them from one that is slow to begin.
A worker reads the database that its own settings name, so that no password travels, and does nothing for another version.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection

from ledger.computing.apart import Job, program
from ledger.computing.executor import Executor, R, Task
from ledger.computing.server_spool import ServerSpool
from ledger.computing.snapshot import View, snapshot_of
from ledger.computing.spool import Spool
from ledger.database.addresses import shown
from ledger.errors import EnvironmentFailed, Refused

try:
    from distributed import Client, Future, KilledWorker
except ImportError as error:
    raise EnvironmentFailed("没有安装 Dask", "；请运行 pip install 'tiexi[engine]'") from error

_SECONDS = 10  # within which a scheduler answers
_PATIENCE = 60  # after which it is looked whether there are workers at all
_RETRIES = 2  # of a part that fails, as where a connection breaks; a worker that dies is Dask's own to count


class Cluster(Executor):
    """The workers of the scheduler at an address."""

    def __init__(self, address: str) -> None:
        self._address = address

    def spool(self, connection: Connection, parts: int) -> Spool:
        if connection.dialect.name != "postgresql":
            raise EnvironmentFailed(
                f"数据库 {shown(connection.engine.url)} 在一个文件里，不能由多台机器计算；请改用 PostgreSQL，"
                "或去掉 TIEXI_SCHEDULER"
            )
        return ServerSpool(connection.engine)

    def run(
        self,
        connection: Connection,
        spool: Spool,
        task: Task[R],
        parts: Sequence[int],
        view: View | None = None,
    ) -> Iterator[R]:
        job = Job(task, spool, snapshot_of(connection), view, None, program())
        with self._client() as client:
            self._require_workers(client)
            futures = client.map(job.do, list(parts), pure=False, retries=_RETRIES)
            try:
                for future in futures:
                    yield self._result(client, future)
            finally:
                client.cancel(futures)

    @contextmanager
    def _client(self) -> Iterator[Client]:
        try:
            client = Client(self._address, timeout=_SECONDS, set_as_default=False)
        except (OSError, ValueError) as error:
            raise EnvironmentFailed(
                f"连接不上调度器 {self._address}；请核对 TIEXI_SCHEDULER，并确认调度器已启动"
            ) from error
        with client:
            yield client

    def _require_workers(self, client: Client) -> None:
        if not client.scheduler_info(n_workers=1)["workers"]:
            raise EnvironmentFailed(f"调度器 {self._address} 没有工作进程；请先启动工作进程")

    def _result(self, client: Client, future: Future) -> Any:
        """What a part gave. While there are workers it is waited for; they may be slow, or be starting again."""
        while True:
            try:
                return future.result(timeout=_PATIENCE)
            except Refused:
                raise
            except EnvironmentFailed as failure:
                raise EnvironmentFailed(f"集群的工作进程报告：{failure.sentence}", failure.hint) from failure
            except KilledWorker as error:
                raise EnvironmentFailed(
                    f"有一部分接连在 {error.allowed_failures + 1} 个工作进程上中断（可能是内存不足），未作任何改动；"
                    "请减少 TIEXI_PART_ROWS，或给工作进程更多内存"
                ) from error
            except TimeoutError:
                self._require_workers(client)
            except (OSError, CancelledError) as error:
                raise EnvironmentFailed(f"与调度器 {self._address} 的连接已中断，未作任何改动；请重试") from error
            except (ImportError, AttributeError) as error:  # what is to be done is not there, or not as it is here
                raise EnvironmentFailed(
                    f"调度器或工作进程上的 tiexi 不能用（{type(error).__name__}）；请在每台机器上装与本机相同的版本"
                ) from error
