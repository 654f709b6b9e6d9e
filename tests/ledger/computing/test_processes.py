"""Parts done by processes of this machine: what comes out is what one process gives, also when one of them is killed."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

import parted
from databases import fresh_engine
from ledger.computing import executor, processes
from ledger.computing.executor import HERE, Executor
from ledger.computing.processes import Processes
from ledger.computing.snapshot import OtherState, Snapshot, snapshot_of
from ledger.database import db
from ledger.errors import EnvironmentFailed, Refused

BANKS = ["样例甲银行", "样例乙银行"]


def add_banks(engine: Engine) -> None:
    with db.writing(engine) as connection:
        connection.execute(
            text("INSERT INTO banks (id, name) VALUES (1, :one), (2, :two)"),
            dict(zip(("one", "two"), BANKS, strict=True)),
        )


def found(engine: Engine, doing: Executor, task: Any) -> tuple[list[Any], list[list[str]], list[list[int]]]:
    """What a task gives for three parts, and what it put, while another bank is written and not committed."""
    with db.writing(engine) as connection, doing.spool(connection, 3) as spool:
        if doing is not HERE:
            connection.execute(text("INSERT INTO banks (id, name) VALUES (99, '未提交样例银行')"))
        given = list(doing.run(connection, spool, task, range(3)))
        put = [[column.tolist() for column in spool.column(f"banks.{name}")] for name in ("name", "part")]
        connection.rollback()
    return given, *put  # type: ignore[return-value]


@pytest.mark.sqlite_only  # on PostgreSQL: test_cluster
def test_processes_give_what_one_gives_though_one_is_killed(engine: Engine, tmp_path: Path) -> None:
    """In the order of the parts, from what is committed alone; of the try that was cut short nothing is left."""
    add_banks(engine)
    wanted = [(0, 2), (1, 2), (2, 2)], [BANKS] * 3, [[0, 0], [1, 1], [2, 2]]
    assert found(engine, HERE, parted.banks) == wanted
    assert found(engine, Processes(2), partial(parted.banks_killed_once, tmp_path)) == wanted
    assert (tmp_path / "killed").exists()


@pytest.fixture
def plain(tmp_path: Path) -> Iterator[Engine]:
    made = fresh_engine(tmp_path)
    add_banks(made)
    yield made
    made.dispose()


def test_what_dies_again_and_again_is_told(plain: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "TRIES", 2)
    one = Processes(1)
    with (
        db.writing(plain) as connection,
        one.spool(connection, 2) as spool,
        pytest.raises(EnvironmentFailed, match="接连 2 次被终止.*TIEXI_WORKERS"),
    ):
        list(one.run(connection, spool, parted.killed_always, range(2)))


def test_a_refusal_comes_as_it_was_said_and_a_view_stands_everywhere(plain: Engine) -> None:
    one, given = Processes(1), []
    with db.writing(plain) as connection, one.spool(connection, 2) as spool, pytest.raises(Refused) as refused:
        given += one.run(connection, spool, parted.refusing, [0], view=parted.without_banks)
        given += one.run(connection, spool, parted.refusing, [1])
    assert given == [0]
    said = refused.value
    assert (said.sentence, said.hint, str(said)) == ("第 1 部分有误", "；请更正", "第 1 部分有误；请更正")


def test_who_sees_another_state_does_not_read(plain: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that others have written to meanwhile is read by the one that asked, on the state that it sees."""
    with db.reading(plain) as connection:
        state = snapshot_of(connection)
        with state.seen(plain):
            pass
        with pytest.raises(OtherState, match="有了新的记录"), Snapshot(None, 0).seen(plain):
            pass
    monkeypatch.setattr(processes, "snapshot_of", lambda _: Snapshot(None, 0))
    assert found(plain, Processes(1), parted.banks)[0] == [(0, 3), (1, 3), (2, 3)]  # with the one not committed yet


def test_who_does_it_follows_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    assert executor.configured(5) is HERE
    assert [executor.parts_of(rows) for rows in (0, executor.WHOLE, executor.WHOLE + 1)] == [1, 1, 8]
    monkeypatch.setenv("TIEXI_WORKERS", "3")
    assert [executor.parts_of(rows) for rows in (0, 200_000, 200_001)] == [1, 1, 2]
    monkeypatch.setenv("TIEXI_PART_ROWS", "10")
    assert executor.configured(1) is HERE
    assert (executor.configured(2).workers, executor.configured(9).workers, executor.parts_of(11)) == (2, 3, 2)
