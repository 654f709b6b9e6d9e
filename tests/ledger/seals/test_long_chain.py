"""A link costs the same however long the chain is, and a chain that is broken somewhere is still found out."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine, event

import lives
from databases import unguard
from ledger.audit.audit import audit
from ledger.database import db
from ledger.errors import Refused
from ledger.seals import walking
from ledger.seals.chain import Link
from long_chain import lengthen
from sending import PaperDesk


@pytest.fixture
def desk(engine: Engine, tmp_path: Path) -> PaperDesk:
    """A desk that has received one paper."""
    lives.take(engine, tmp_path, lives.city())
    desk = PaperDesk(engine, tmp_path)
    send(desk, "第一份")
    return desk


def send(desk: PaperDesk, text: str) -> None:
    desk.send("A1", "发放", date(2023, 7, 3), "贷款合同", text, bank=lives.ONE)


def break_link(engine: Engine, number: int) -> None:
    with db.writing(engine) as connection:
        unguard(connection, "seals")
        connection.exec_driver_sql(f"UPDATE seals SET content = content || ' ' WHERE id = {number}")


@contextmanager
def steps(engine: Engine) -> Iterator[list[int]]:
    """Counts what SQLite does, in tens of its own instructions."""
    count = [0]

    def one_more() -> int:
        count[0] += 1
        return 0

    def count_on(raw: object, *_: object) -> None:
        raw.set_progress_handler(one_more, 10)  # type: ignore[attr-defined]

    event.listen(engine, "checkout", count_on)
    yield count
    event.remove(engine, "checkout", count_on)


@contextmanager
def statements(engine: Engine) -> Iterator[list[int]]:
    """Counts what is asked of the database."""
    count = [0]

    def one_more(*_: object) -> None:
        count[0] += 1

    event.listen(engine, "before_cursor_execute", one_more)
    yield count
    event.remove(engine, "before_cursor_execute", one_more)


@pytest.mark.sqlite_only
def test_a_receipt_costs_the_same_after_a_hundred_links_and_after_thousands(
    desk: PaperDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(walking, "STRETCH", 50)
    costs = []
    for longer in (100, 1_500):
        lengthen(desk.engine, longer)
        send(desk, f"再一份 {longer}")  # walks what came meanwhile
        with steps(desk.engine) as count:
            send(desk, f"又一份 {longer}")
        costs.append(count[0])
    assert costs[1] <= costs[0] * 1.3, costs


@pytest.mark.sqlite_only
def test_an_audit_asks_no_more_of_a_long_chain_and_finds_the_row(desk: PaperDesk) -> None:
    asked: list[int] = []
    audit(desk.engine)  # the schema is compared once for all
    for more in (2, 12):
        for number in range(more):
            send(desk, f"第 {number} 份，共 {more} 份")
        with statements(desk.engine) as count:
            assert audit(desk.engine).problems == []
        asked.append(count[0])
    assert asked[0] == asked[1]
    with db.writing(desk.engine) as connection:
        unguard(connection, "papers")
        unguard(connection, "paper_states")
        connection.exec_driver_sql("UPDATE papers SET size = size + 1 WHERE id = 7")
        connection.exec_driver_sql("DELETE FROM paper_states WHERE id = 9")
    found = [(one.kind, one.text) for one in audit(desk.engine).problems if one.kind in ("edited", "missing")]
    assert [kind for kind, _ in found] == ["edited", "missing"], found
    assert "资料登记第 7 号" in found[0][1] and "资料经过第 9 号" in found[1][1]


def test_a_link_that_was_changed_long_ago_is_found_in_its_turn(
    desk: PaperDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(walking, "STRETCH", 10)
    lengthen(desk.engine, 40)
    send(desk, "之前")
    break_link(desk.engine, 25)
    taken = 0
    with pytest.raises(Refused, match="第 25 号封存的内容与其摘要不符"):
        for taken in range(10):
            send(desk, f"之后 {taken}")
    assert taken <= 4  # within one turn over the chain
    with pytest.raises(Refused, match="第 25 号封存"):
        send(desk, "仍然")


def test_any_link_of_a_chain_of_usual_length_is_found_at_once(desk: PaperDesk) -> None:
    lengthen(desk.engine, 40)
    send(desk, "之前")
    break_link(desk.engine, 25)
    with pytest.raises(Refused, match="第 25 号封存的内容与其摘要不符"):
        send(desk, "之后")


def test_a_new_link_that_was_changed_is_found_at_once(desk: PaperDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walking, "STRETCH", 1)
    lengthen(desk.engine, 20)
    send(desk, "之前")
    lengthen(desk.engine, 5)
    with db.reading(desk.engine) as connection:
        last = connection.exec_driver_sql("SELECT max(id) FROM seals").scalar_one()
    break_link(desk.engine, last - 2)
    with pytest.raises(Refused, match=f"第 {last - 2} 号封存的内容与其摘要不符"):
        send(desk, "之后")


def test_what_was_rolled_back_is_no_break(desk: PaperDesk) -> None:
    """The process knows a link that is gone by right: it walks the whole chain anew."""
    lengthen(desk.engine, 10)
    with pytest.raises(ZeroDivisionError), db.writing(desk.engine) as connection:
        Link(connection, light=True).seal("paper")
        Link(connection, light=True)
        raise ZeroDivisionError
    send(desk, "再一份")
    assert audit(desk.engine).problems == []
