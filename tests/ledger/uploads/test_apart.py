"""Judging in a process of its own: what kills, stops or overfills it harms that process alone, and every file gets its verdict."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ledger.database import db
from ledger.seals.chain import Link
from ledger.uploads import apart, records
from ledger.uploads.apart import Apart, Bounds, Died
from ledger.uploads.worker import Worker
from samples import loan
from uploading import Desk

# what stands for a hostile file: its name says what reading it does to the process
_HOSTILE = """
import os, signal, sys, time
from ledger.intake import importer
from ledger.uploads import process
read = importer.opened
def hostile(sent):
    name = sent.path.stem
    if name == "killed once" and not os.path.exists("once"):
        open("once", "w").close()
        name = "killed"
    if name == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    if name == "waits":
        time.sleep(600)
    while name == "turns":
        pass
    if name == "eats":
        [bytes(1 << 26) for _ in range(1 << 20)]
    return read(sent)
importer.opened = hostile
process.main(int(sys.argv[1]))
"""


def received(desk: Desk, *names: str) -> list[int]:
    return [
        desk.send("clerk", {"贷款": [loan(f"L{number}")]}, f"{name}.xlsx", judged=False).id
        for number, name in enumerate(names)
    ]


def begun_twice(desk: Desk, *numbers: int) -> None:
    """As if two servers had been killed over them."""
    with db.writing(desk.engine) as connection:
        link = Link(connection, light=True)
        for number in numbers * 2:
            records.add_step(connection, desk.get(number), "judging")
        link.seal(records.LINK)


@contextmanager
def working(desk: Desk, bounds: Bounds | None = None) -> Iterator[tuple[Worker, Apart]]:
    process = Apart(desk.engine, desk.store.folder, bounds=bounds)
    worker = Worker(desk.engine, process)
    worker.start()
    try:
        yield worker, process
    finally:
        worker.stop(30)
    assert not worker.alive and process.process_id is None


def until(found: Callable[[], object]) -> None:
    end = time.monotonic() + 120
    while not found():
        assert time.monotonic() < end
        time.sleep(0.05)


def runs(number: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False


def test_one_process_judges_file_after_file_and_ends_with_the_worker(desk: Desk) -> None:
    with working(desk) as (worker, process):
        first, second = received(desk, "一", "二")
        worker.wait_for(second, 30)
        number = process.process_id
        assert number is not None and runs(number)
        line = Path(f"/proc/{number}/cmdline").read_bytes().decode()
        assert desk.engine.url.render_as_string(hide_password=False) not in line
        (third,) = received(desk, "三")
        worker.wait_for(third, 30)
        assert process.process_id == number
    assert [desk.get(one).state for one in (first, second, third)] == ["checked"] * 3
    assert not runs(number)


@pytest.mark.sqlite_only
def test_hostile_files_are_refused_and_the_others_judged(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "PROGRAM", ("-c", _HOSTILE))
    monkeypatch.chdir(desk.folder)
    names = ("killed", "killed once", "turns", "eats", "好")
    numbers = received(desk, *names)
    begun_twice(desk, numbers[0])
    with working(desk, Bounds(memory=1 << 30, seconds=1)):
        until(lambda: all(desk.get(one).state not in ("received", "judging") for one in numbers))
    found = {name: desk.get(number) for name, number in zip(names, numbers, strict=True)}
    steps = {name: [step.state for step in one.steps] for name, one in found.items()}
    assert steps == {
        "killed": ["judging"] * 3 + ["refused"],
        "killed once": ["judging", "judging", "checked"],
        "turns": ["judging", "refused"],
        "eats": ["judging", "refused"],
        "好": ["judging", "checked"],
    }
    said = {name: one.steps[-1].refusal or "" for name, one in found.items()}
    assert "程序出错" in said["killed"] and "用时过长" in said["turns"] and "内存不够" in said["eats"]


@pytest.mark.sqlite_only
def test_one_that_hangs_is_killed_and_one_that_has_grown_makes_room(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(apart, "PROGRAM", ("-c", _HOSTILE))
    hanging, other = received(desk, "waits", "一")
    process = Apart(desk.engine, desk.store.folder, bounds=Bounds(patience=0.5, outgrown=1))
    with pytest.raises(Died, match="SIGKILL"):
        process.judge(hanging, again=False)
    assert process.process_id is None and desk.get(hanging).state in ("received", "judging")
    process.bounds = Bounds()
    assert process.judge(other, again=False) is None
    assert (desk.get(other).state, process.process_id) == ("checked", None)


@pytest.mark.sqlite_only
def test_it_ends_with_a_server_that_is_killed(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also while it judges."""
    monkeypatch.chdir(desk.folder)
    (number,) = received(desk, "waits")
    server = f"""
import sys, time
from pathlib import Path
from ledger.database import db
from ledger.database import db
from ledger.seals.chain import Link
from ledger.uploads import apart, records
from ledger.uploads.worker import Worker
apart.PROGRAM = ("-c", {_HOSTILE!r})
process = apart.Apart(db.open_engine({desk.engine.url.render_as_string()!r}), Path({str(desk.store.folder)!r}))
process.start()
print(process.process_id, flush=True)
Worker(db.open_engine({desk.engine.url.render_as_string()!r}), process).start()
time.sleep(600)
"""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    with subprocess.Popen([sys.executable, "-c", server], stdout=subprocess.PIPE, text=True, env=environment) as parent:
        try:
            assert parent.stdout is not None
            child = int(parent.stdout.readline())
            until(lambda: desk.get(number).state == "judging")
            assert runs(child)
        finally:
            parent.send_signal(signal.SIGKILL)
    until(lambda: not runs(child))
    assert desk.get(number).state == "judging"
