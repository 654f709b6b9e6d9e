"""Parts done by the workers of a real scheduler: what comes out is what one process gives, whoever dies meanwhile."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import Engine, text

import parted
import worlds
from dask_cluster import DaskCluster, tables_left
from databases import address, dump, filled_engine, fresh_engine
from ledger import __version__, lifecycle, workdays
from ledger.audit.audit import audit
from ledger.computing import apart, cluster, executor
from ledger.computing.cluster import Cluster
from ledger.computing.executor import Executor
from ledger.computing.server_spool import ServerSpool
from ledger.database import db, locks
from ledger.errors import EnvironmentFailed, Refused
from ledger.intake.importer import import_file
from ledger.programmes import PROGRAMMES
from ledger.runs import settlement
from ledger.runs.settlement import RunRecord
from reports.tech_branch import annexes, claims, lines
from reports.writing import files
from sheets import write_sheets
from stamps import stop_stamps

pytestmark = pytest.mark.postgresql_only
BANKS = ["样例甲银行", "样例乙银行"]
TECH = PROGRAMMES["tech_branch"]
TODAY = date(2026, 11, 2)


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
        return given, [[column.tolist() for column in spool.column(f"banks.{name}")] for name in ("name", "part")]


@dataclass(frozen=True)
class Done:
    """All that a settlement leaves: what it says, the rows of the database, the files."""

    run: RunRecord
    rows: list[str]
    files: dict[str, bytes]


def a_year_before(engine: Engine) -> None:
    """Hundreds of loans, a year approved before: claims, budgets and shares are among what is joined."""
    sheets = worlds.random_world(1, 300, 2024)
    late = {name: sheets[name] for name in ("还款", "撤销") if sheets[name]}
    first = {name: rows for name, rows in sheets.items() if rows and name not in ("还款", "撤销", "上传豁免")}
    noon = datetime(TODAY.year, TODAY.month, TODAY.day, 12, tzinfo=workdays.CITY_ZONE)
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as folder:
        patch.setattr(workdays, "clock", lambda: noon)  # whichever test comes first
        for rows in (first, late):
            outcome = import_file(engine, write_sheets(Path(folder) / "报送.xlsx", rows), "测试")
            assert not outcome.refused, [finding.line() for finding in outcome.findings]
            if rows is first:
                run = settlement.settle(engine, TECH, 2023, date(2024, 1, 31), "测试")
                lifecycle.approve(engine, run.id, "审核人", "样例文号", solo=True)


def settled(folder: Path) -> tuple[Engine, Done]:
    """A copy of that year's database, and what the settlement of the next leaves."""
    folder.mkdir()
    engine = filled_engine(folder, "postgresql", a_year_before)
    run = settlement.settle(engine, TECH, 2024, date(2025, 1, 31), "测试")
    with db.reading(engine) as connection:
        files.write_text(folder / "明细.csv", lines.lines_csv(connection, run.id))
        files.write_text(folder / "追缴.csv", claims.claims_csv(connection, run.id))
        annexes.annex2(connection, run, folder / "附件2.xlsx")
    return engine, Done(run, dump(engine), {path.name: path.read_bytes() for path in folder.iterdir()})


def test_a_settlement_is_the_same_to_the_byte_whoever_makes_it(
    database: str, dask: DaskCluster, tmp_path: Path, set_today: Callable[[date], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One process, two, two workers of whom one is killed with parts in its hands; then it is approved and audited."""
    set_today(TODAY)
    stop_stamps(monkeypatch)
    engine, whole = settled(tmp_path / "whole")
    assert whole.run.summary["loans"] > 100 and whole.run.summary["claims"]["claims"] > 5
    engine.dispose()
    monkeypatch.setenv("TIEXI_PART_ROWS", "120")
    monkeypatch.setenv("TIEXI_WORKERS", "2")
    engine, done = settled(tmp_path / "two")
    assert done == whole
    engine.dispose()
    with on_workers(dask, tmp_path, monkeypatch) as engine:
        with dask.killed_in_the_middle(engine):
            run = settlement.settle(engine, TECH, 2024, date(2025, 1, 31), "测试")
        assert (run, dump(engine), tables_left(engine)) == (whole.run, whole.rows, [])
        lifecycle.approve(engine, run.id, "审核人", "样例文号", solo=True)
        assert audit(engine).problems == []
        password = engine.url.password
        assert password and password not in dask.log()


@contextmanager
def on_workers(dask: DaskCluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    """A copy of that year's database, and two workers who know where it is and are to judge its parts."""
    engine = filled_engine(tmp_path, "postgresql", a_year_before)
    monkeypatch.setenv("TIEXI_PART_ROWS", "120")
    monkeypatch.setenv("TIEXI_SCHEDULER", dask.address)
    dask.workers(2, address(engine))
    yield engine
    engine.dispose()


def test_of_a_settlement_that_is_killed_nothing_is_to_be_seen(
    database: str, dask: DaskCluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one that asked is killed while its workers are at work; the next settlement is as if there had been none, and
    nobody waits for a slow worker with what the other can do."""
    command = [sys.executable, "-m", "tiexi", "settle", "2024", "--as-of", "2025-01-31"]
    with on_workers(dask, tmp_path, monkeypatch) as engine:
        before = dump(engine)
        with dask.slow_in_the_middle(engine, first=lambda: asking.kill()):
            asking = subprocess.Popen(command, env={**os.environ, "TIEXI_DATABASE_URL": address(engine)})
            assert asking.wait() == -signal.SIGKILL
        (left,) = tables_left(engine)
        until = time.monotonic() + 60
        while (
            locks.is_held(engine, left) and time.monotonic() < until
        ):  # the server ends a dead session in its own time
            time.sleep(0.05)
        assert [row for row in dump(engine) if not row.startswith("tiexi_parts_")] == before
        with dask.slow_in_the_middle(engine):
            run = settlement.settle(engine, TECH, 2024, date(2025, 1, 31), "测试")
        with db.reading(engine) as connection:
            alone = TECH.judge(connection, 2024, date(2025, 1, 31))
        assert (run.id, run.fingerprint, tables_left(engine)) == (2, alone.fingerprint, [])


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


def test_a_table_that_is_in_use_stays(engine: Engine) -> None:
    with ServerSpool(engine) as one, ServerSpool(engine) as other:
        for spool in (one, other):
            spool.put(1, {"a": ["x", None], "b": np.array([1 << 40])})
            spool.put(0, {"a": ["被替换"], "b": np.array([], dtype=np.int64)})
            spool.put(0, {"a": [], "b": np.array([True])})
        assert len(tables_left(engine)) == 2
        assert [column.tolist() for column in one.column("a")] == [[], ["x", None]]
        assert ([column.tolist() for column in one.column("b")], one.rows("a")) == ([[True], [1 << 40]], [0, 2])
        with pytest.raises(KeyError):
            one.rows("none")
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


def test_a_part_that_kills_every_worker_is_told(banked: Engine, dask: DaskCluster) -> None:
    with pytest.raises(EnvironmentFailed, match=f"接连在 {dask.DEATHS} 个工作进程上中断.*TIEXI_PART_ROWS"):
        found(banked, Cluster(dask.address), parted.killed_always, parts=2)
    assert tables_left(banked) == []
