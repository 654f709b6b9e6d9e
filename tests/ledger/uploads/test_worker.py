"""The worker: everything received is judged in turn, also what was received before it started; trouble stops nobody else."""

import io
import threading
from collections.abc import Mapping

import pytest

from ledger.errors import EnvironmentFailed
from ledger.uploads import judging, receiving
from ledger.uploads.receiving import Limits, Wanted
from ledger.uploads.worker import Here, Worker
from samples import loan
from uploading import Desk


def received(desk: Desk, *notes: str) -> list[int]:
    return [desk.send("clerk", {"贷款": [loan(note)]}, judged=False).id for note in notes]


def test_what_was_there_and_what_comes_is_judged(desk: Desk) -> None:
    before = received(desk, "B1", "B2")
    worker = Worker(desk.engine, Here(desk.engine, desk.store))
    worker.start()
    try:
        worker.wait_for(before[-1], 20)
        after = received(desk, "C1")
        worker.wait_for(after[0], 20)
    finally:
        worker.stop(20)
    assert [desk.get(number).state for number in (*before, *after)] == ["checked"] * 3
    assert not worker.alive


@pytest.mark.sqlite_only
def test_a_missing_file_waits_and_others_are_judged(desk: Desk) -> None:
    lost, good = received(desk, "B1", "B2")
    path = desk.store.path(desk.get(lost).sha256)
    path.rename(path.with_suffix(".away"))
    worker = Worker(desk.engine, Here(desk.engine, desk.store))
    worker.start()
    try:
        worker.wait_for(good, 20)
        assert (desk.get(lost).state, desk.get(good).state) == ("judging", "checked")
        path.with_suffix(".away").rename(path)
        worker.wait_for(lost, 20)
    finally:
        worker.stop(20)
    assert desk.get(lost).state == "checked"
    assert [step.state for step in desk.get(lost).steps] == ["judging", "checked"]


@pytest.mark.sqlite_only
def test_many_at_once_are_each_judged_once(desk: Desk) -> None:
    account, books = desk.account("clerk"), [desk.bytes_of({"贷款": [loan(f"L{number}")]}) for number in range(8)]
    worker, numbers = Worker(desk.engine, Here(desk.engine, desk.store)), []

    def send(data: bytes) -> None:
        upload, _ = receiving.receive(
            desk.engine, desk.store, account, "报送.xlsx", io.BytesIO(data), Wanted(), Limits()
        )
        numbers.append(upload.id)
        worker.wait_for(upload.id, 30)

    worker.start()
    threads = [threading.Thread(target=send, args=(data,)) for data in books]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    worker.stop(20)
    assert sorted(numbers) == list(range(1, 9))
    assert [[step.state for step in desk.get(number).steps] for number in numbers] == [["judging", "checked"]] * 8


def test_an_unusable_database_leaves_it_to_be_judged(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    (number,) = received(desk, "B1")

    def failing(*_: object, **__: object) -> None:
        raise EnvironmentFailed("数据库不能使用")

    with monkeypatch.context() as broken:
        broken.setattr(judging, "within", failing)
        with pytest.raises(EnvironmentFailed):
            judging.judge(desk.engine, desk.store, number)
    assert desk.get(number).state == "judging"
    judging.judge(desk.engine, desk.store, number, again=True)
    assert desk.get(number).state == "checked"


def test_told_to_end_it_lets_go_of_who_waits_and_finishes_the_file_at_hand(desk: Desk) -> None:
    account = desk.account("clerk")
    begun, go_on = threading.Event(), threading.Event()

    class Slow(Here):
        def judge(self, upload_id: int, again: bool) -> Mapping[str, str] | None:
            begun.set()
            assert go_on.wait(20)
            return super().judge(upload_id, again)

    for name in ("L1", "L2"):
        data = io.BytesIO(desk.bytes_of({"贷款": [loan(name)]}))
        receiving.receive(desk.engine, desk.store, account, "报送.xlsx", data, Wanted(), Limits())
    worker = Worker(desk.engine, Slow(desk.engine, desk.store))
    worker.start()
    waiting = threading.Thread(target=worker.wait_for, args=(2, 60))
    waiting.start()
    assert begun.wait(20)
    worker.end()
    waiting.join(20)
    assert not waiting.is_alive()
    worker.stop(0)  # does not wait longer than since it was told
    assert worker.alive
    go_on.set()
    worker.stop()
    assert [desk.get(number).state for number in (1, 2)] == ["checked", "received"]
