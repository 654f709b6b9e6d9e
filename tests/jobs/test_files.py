"""The store by the clock: half files go, whole ones that no row names are told of once, another's store is left alone."""

import os
import time
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from clockwork import call, to
from ledger.errors import EnvironmentFailed
from ledger.papers.tidying import DAY
from ledger.store import Store
from samples import base
from sending import PaperDesk

pytestmark = pytest.mark.sqlite_only
JOB, ON = "store-tidy", date(2026, 3, 6)


def aged(*paths: Path) -> None:
    old = time.time() - DAY - 60
    for path in paths:
        os.utime(path, (old, old))


@pytest.fixture
def desk(engine: Engine, take: Any, tmp_path: Path) -> PaperDesk:
    take(base())
    return PaperDesk(engine, tmp_path)


def test_what_a_crash_left_is_removed_or_told_of(desk: PaperDesk) -> None:
    store = desk.store
    assert call(desk.engine, JOB, ON, portal_store=store.folder).summary == f"没有文件库 {store.folder}，不必清理"
    (kept,) = desk.send("A", "发放", date(2025, 3, 3), "其他", "登记过的").papers
    left, half = store.keep([b"left"]).sha256, store.folder / "新.tmp" / "half"
    half.write_bytes(b"half")
    aged(store.path(kept.sha256), half)
    found = call(desk.engine, JOB, ON, portal_store=store.folder)
    assert found.figures == {"removed": 1, "unnamed": 0, "listed": []} and not found.notices and not half.exists()
    aged(store.path(left))
    found = call(desk.engine, JOB, ON, portal_store=store.folder)
    assert found.summary == "清除 0 个没有写完的文件；1 个文件没有登记" and found.figures["listed"] == [left]
    assert f"{left[:2]}/{left}" in to(found, "市级").body and store.holds(left) and store.holds(kept.sha256)


def test_the_store_of_another_database_is_left_alone(desk: PaperDesk, tmp_path: Path) -> None:
    other = Store(tmp_path / "别人的")
    theirs = other.keep([b"theirs"]).sha256
    aged(other.path(theirs))
    assert call(desk.engine, JOB, ON, portal_store=other.folder).figures["unnamed"] == 0  # nothing is on record yet
    desk.send("A", "发放", date(2025, 3, 3), "其他")
    with pytest.raises(EnvironmentFailed, match=r"登记了 1 份报送文件和资料，文件库 .*别人的 里一份也没有"):
        call(desk.engine, JOB, ON, portal_store=other.folder)
    assert other.holds(theirs)
