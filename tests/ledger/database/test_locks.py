"""A name held by one: at a time, by whatever thread or process, and no longer than its holder lives."""

import os
import threading
from pathlib import Path

import pytest
from sqlalchemy import Engine

import postgresql_server
from databases import address
from ledger.database import db, locks
from ledger.errors import EnvironmentFailed


def take(engine: Engine, name: str = "名") -> bool:
    with locks.held(engine, name) as ours:
        return ours


def test_one_at_a_time(engine: Engine) -> None:
    assert not locks.is_held(engine, "名")
    with locks.held(engine, "名") as ours:
        assert ours and locks.is_held(engine, "名")
        assert not take(engine) and take(engine, "另一名")
        found: list[bool] = []
        thread = threading.Thread(target=lambda: found.append(take(engine)))
        thread.start()
        thread.join()
        assert found == [False]
    assert not locks.is_held(engine, "名") and take(engine)


def test_an_exception_gives_it_up(engine: Engine) -> None:
    with pytest.raises(ValueError), locks.held(engine, "名"):
        raise ValueError
    assert take(engine)


@pytest.mark.sqlite_only
def test_by_whatever_path_the_file_is_named(engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "链接.db").symlink_to(tmp_path / "tiexi.db")
    monkeypatch.chdir(tmp_path)
    others = [db.open_engine(f"sqlite:///{name}") for name in ("链接.db", "tiexi.db")]
    with locks.held(engine, "名"):
        assert [take(other) for other in others] == [False, False]
    for other in others:
        other.dispose()
    assert list(tmp_path.glob("*.lock")) == []


@pytest.mark.sqlite_only
def test_many_who_remove_the_file_after_them(engine: Engine) -> None:
    inside, worst, taken = [0], [0], [0]

    def often() -> None:
        for _ in range(100):
            with locks.held(engine, "名") as ours:
                if ours:
                    inside[0] += 1
                    worst[0], taken[0] = max(worst[0], inside[0]), taken[0] + 1
                    inside[0] -= 1

    threads = [threading.Thread(target=often) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert worst == [1] and taken[0] >= 1


@pytest.mark.sqlite_only
def test_a_file_that_cannot_be_made(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "open", full)
    with pytest.raises(EnvironmentFailed, match=r"占位文件 .*tiexi.db-名.lock 无法建立：磁盘空间不足"):
        take(engine)


@pytest.mark.sqlite_only
def test_without_a_database_no_file_is_made(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentFailed, match="没有数据库文件"):
        take(db.open_engine(f"sqlite:///{tmp_path / '没有.db'}"))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.postgresql_only
def test_it_ends_with_the_connection(engine: Engine) -> None:
    with locks.held(engine, "名"):
        postgresql_server.cut_connections(address(engine))
        assert take(engine)


@pytest.mark.postgresql_only
def test_its_session_is_not_ended_for_idling_and_is_watched(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql(f"ALTER DATABASE {engine.url.database} SET idle_session_timeout = '100ms'")
    engine.dispose()
    with locks.held(engine, "名"):
        threading.Event().wait(0.5)
        engine.dispose()
        assert not take(engine)
