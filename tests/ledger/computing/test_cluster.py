"""Parts done by the workers of a real scheduler: what comes out is what one process gives, whoever dies meanwhile."""

import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

import parted
from dask_cluster import DaskCluster
from databases import address, fresh_engine
from ledger import __version__
from ledger.computing import apart, cluster, executor
from ledger.computing.cluster import Cluster
from ledger.computing.executor import HERE, Executor
from ledger.computing.server_spool import ServerSpool
from ledger.database import db
from ledger.errors import EnvironmentFailed, Refused

pytestmark = pytest.mark.postgresql_only
BANKS = ["样例甲银行", "样例乙银行"]


@pytest.fixture(scope="module")
def dask(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DaskCluster]:
    with DaskCluster(tmp_path_factory.mktemp("dask")) as cluster:
        yield cluster


@pytest.fixture
def banked(engine: Engine, dask: DaskCluster) -> Engine:
    """A database with two banks, and two workers who know where it is."""
    with db.writing(engine) as connection:
        names = dict(zip(("one", "two"), BANKS, strict=True))
        connection.execute(text("INSERT INTO banks (id, name) VALUES (1, :one), (2, :two)"), names)
    dask.workers(2, address(engine))
    return engine


def found(engine: Engine, doing: Executor, task: Any, parts: int = 4, **more: Any) -> tuple[list[Any], list[Any]]:
    """What a task gives for some parts, and what it put."""
    with db.writing(engine) as connection, doing.spool(connection, parts) as spool:
        given = list(doing.run(connection, spool, task, range(parts), **more))
        put = [[column.tolist() for column in spool.column(f"banks.{name}")] for name in ("name", "part")]
        assert spool.rows("banks.part") == [len(column) for column in put[1]]
        with pytest.raises(KeyError):
            list(spool.column("banks.none"))
        return given, put


def tables_left(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        query = "SELECT relname FROM pg_class WHERE starts_with(relname, 'tiexi_parts_') AND relkind = 'r'"
        return list(connection.exec_driver_sql(query).scalars())


def test_workers_give_what_one_process_gives_though_one_is_killed(
    banked: Engine, dask: DaskCluster, tmp_path: Path
) -> None:
    wanted = found(banked, HERE, parted.banks)
    workers = Cluster(dask.address)
    assert found(banked, workers, partial(parted.banks_killed_once, tmp_path)) == wanted
    assert (tmp_path / "killed").exists()
    assert tables_left(banked) == []
    assert found(banked, workers, parted.banks, view=parted.without_banks)[0] == [(part, 0) for part in range(4)]
    password = banked.url.password
    assert password and password not in dask.log()


def test_nobody_waits_for_a_slow_worker_with_what_another_can_do(banked: Engine, dask: DaskCluster) -> None:
    """One does nothing until the other has done all but what the slow one had begun; then it ends its own."""
    slow, done = dask.pids()[0], 0

    def wake() -> None:
        nonlocal done
        until = time.monotonic() + 60
        while done < 6 and time.monotonic() < until:
            with banked.connect() as connection:
                for table in tables_left(banked):
                    done = connection.exec_driver_sql(f"SELECT count(DISTINCT part) FROM {table}").scalar_one()
            time.sleep(0.05)
        dask.go_on(slow)

    dask.stop(slow)
    waking = threading.Thread(target=wake)
    waking.start()
    given, put = found(banked, Cluster(dask.address), parted.banks, parts=8)
    waking.join()
    assert done >= 6
    assert (given, put) == found(banked, HERE, parted.banks, parts=8)


def test_a_part_that_kills_every_worker_is_told(banked: Engine, dask: DaskCluster) -> None:
    with pytest.raises(EnvironmentFailed, match=f"接连在 {dask.DEATHS} 个工作进程上中断.*TIEXI_PART_ROWS"):
        found(banked, Cluster(dask.address), parted.killed_always, parts=2)
    assert tables_left(banked) == []


def test_what_workers_refuse_and_another_version(
    banked: Engine, dask: DaskCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(Refused, match="^第 1 部分有误；请更正$"):
        found(banked, Cluster(dask.address), parted.refusing)
    monkeypatch.setattr(apart, "__version__", "9.9")
    with pytest.raises(EnvironmentFailed, match=f"工作进程的 tiexi 是 {__version__} 版，本机是 9.9 版"):
        found(banked, Cluster(dask.address), parted.banks)
    monkeypatch.setattr(apart, "__version__", __version__)
    monkeypatch.setattr(apart, "ALL_COUNTIES", ("别处",))
    with pytest.raises(EnvironmentFailed, match="城市文件与本机的不同"):
        found(banked, Cluster(dask.address), parted.banks)


def test_workers_of_another_database_read_nothing(banked: Engine, dask: DaskCluster, tmp_path: Path) -> None:
    dask.workers(2, address(banked).replace(str(banked.url.database), "postgres"))
    with pytest.raises(EnvironmentFailed, match="集群的工作进程报告.*不是同一个数据库"):
        found(banked, Cluster(dask.address), parted.banks)
    dask.workers(2, f"sqlite:///{tmp_path}/a.db")
    with pytest.raises(EnvironmentFailed, match="不是 PostgreSQL.*TIEXI_DATABASE_URL"):
        found(banked, Cluster(dask.address), parted.banks)


def test_what_a_killed_computation_left_is_removed_by_the_next(engine: Engine) -> None:
    program = (
        "import os, signal, sys\n"
        "from ledger.computing.server_spool import ServerSpool\n"
        "from ledger.database import db\n"
        "spool = ServerSpool(db.open_engine(sys.argv[1]))\n"
        "spool.put(0, {'a': ['x']})\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    killed = subprocess.run([sys.executable, "-c", program, address(engine)], check=False)
    assert (killed.returncode, len(tables_left(engine))) == (-signal.SIGKILL, 1)
    with ServerSpool(engine), ServerSpool(engine):  # one that is in use stays
        assert len(tables_left(engine)) == 2
    assert tables_left(engine) == []


def test_where_there_is_no_scheduler_no_worker_or_no_server(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        nobody = f"tcp://127.0.0.1:{free.getsockname()[1]}"
    monkeypatch.setenv("TIEXI_SCHEDULER", nobody)
    monkeypatch.setattr(cluster, "_SECONDS", 0.5)
    with pytest.raises(EnvironmentFailed, match=f"连接不上调度器 {nobody}；.*TIEXI_SCHEDULER"):
        found(engine, executor.configured(2), parted.banks)
    plain = fresh_engine(tmp_path)
    with db.reading(plain) as connection, pytest.raises(EnvironmentFailed, match="在一个文件里.*PostgreSQL"):
        executor.configured(2).spool(connection, 2)
    plain.dispose()
    with DaskCluster(tmp_path) as alone, pytest.raises(EnvironmentFailed, match="没有工作进程；请先启动"):
        found(engine, Cluster(alone.address), parted.banks)
