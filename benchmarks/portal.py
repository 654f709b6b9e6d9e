"""Pages of lines from the portal as a process of its own: beside banks that send, far back, as CSV.

Clients run on the same two cores as the portal; so does whatever the portal is compared with. Those who send are a process of
their own: else whoever asks for pages would wait for them at this end, and not at the portal's.
"""

import io
import json
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter
from typing import Any

import httpx

from benchmarks import importing, sending
from benchmarks.measure import processor_seconds, taking_turns
from benchmarks.world import LOANS_PER_ENTERPRISE, YEAR
from ledger.database import db
from ledger.intake.importer import import_file
from ledger.runs.settlement import read_run
from reports.lists import Asked
from reports.runs import run_list
from tiexi import cli
from tiexi.portal.routes import as_json

BANKS = tuple(f"样例{number}号银行" for number in range(1, 51))
ROWS = 200
PAGE = 50
_STARTED = re.compile(r"门户已启动：(http://\S+)")
_IDLE, _LOOK_SECONDS = 0.05, 0.5  # of one processor
_SETTINGS = {"TIEXI_PORTAL_TOTP": "off", "TIEXI_PORTAL_PER_MINUTE": "1000000"}


def command(url: str, *arguments: str) -> Any:
    """A command line in this process; its JSON."""
    out = io.StringIO()
    with redirect_stdout(out):
        code = cli.run(["--database", url, *arguments, "--json"])
    assert code == 0, (arguments, out.getvalue())
    return json.loads(out.getvalue())


def account(url: str, login: str, role: str, scope: str = "") -> str:
    """Makes an account and gives a token of it."""
    scoped = ("--scope", scope) if scope else ()
    command(url, "user", "add", login, "--name", f"样例{login}", "--unit", "样例", "--role", role, *scoped)
    return str(command(url, "token", "add", login, "--name", "性能")["token"])


@dataclass
class Portal:
    """A running portal."""

    base: str
    process: "subprocess.Popen[str]"

    @property
    def port(self) -> int:
        """On this machine."""
        return int(self.base.rpartition(":")[2])

    def client(self, token: str) -> httpx.Client:
        """A client of one account."""
        headers = {"Authorization": f"Bearer {token}"}
        return httpx.Client(base_url=f"{self.base}/api/v1", headers=headers, timeout=300)


@contextmanager
def serving(url: str, place: Path) -> Iterator[Portal]:
    """The portal on a database, in a folder of its own."""
    folder = place / "portal"
    folder.mkdir(exist_ok=True)
    root = str(Path(__file__).resolve().parent.parent)
    line = [sys.executable, "-m", "tiexi", "--database", url, "serve", "--address", "127.0.0.1:0"]
    environment = {**os.environ, **_SETTINGS, "PYTHONPATH": root, "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(
        line, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert process.stdout is not None
    try:
        found = next(found for text in process.stdout if (found := _STARTED.search(text)))
        threading.Thread(target=process.stdout.read, daemon=True).start()
        _wait_until_idle(process.pid)
        yield Portal(found[1].rstrip("/"), process)
    finally:
        process.terminate()
        process.wait(60)
        shutil.rmtree(folder, ignore_errors=True)


def _wait_until_idle(process_id: int) -> None:
    """What a portal has for its first requests it makes ready beside them: nobody is to be measured against that."""
    before = -1.0
    while (spent := processor_seconds(process_id)) - before > _IDLE * _LOOK_SECONDS:
        before = spent
        time.sleep(_LOOK_SECONDS)


# --- uploads ------------------------------------------------------------------------------------------------------------


def with_banks(url: str, folder: Path) -> dict[str, str]:
    """Puts the banks on file and gives a token of a clerk of each."""
    engine = db.open_engine(url)
    book = folder / "合作银行.csv"
    book.write_text(
        "\n".join(["银行名称,合作起始日,合作终止日", *(f"{bank},2019-01-01," for bank in BANKS)]), encoding="utf-8"
    )
    assert not import_file(engine, book, "性能测试").refused
    engine.dispose()
    return {bank: account(url, f"clerk{place}", "clerk", f"bank:{bank}") for place, bank in enumerate(BANKS)}


def write_files(folder: Path, enterprises: int, seed: int) -> dict[str, Path]:
    """A file of new loans of each bank."""
    folder.mkdir(exist_ok=True)
    paths = {bank: folder / f"{seed}-{bank}.xlsx" for bank in BANKS}
    for place, (bank, path) in enumerate(paths.items()):
        importing.write_loans(path, ROWS, enterprises, 1_000 * seed + place, [bank])
    return paths


def send_again(port: int, tokens: dict[str, str], rounds: list[dict[str, Path]], begun: Any, done: Any) -> None:
    """All banks send at once, and again when all is judged, until it is done or no files are left. Nothing is lost."""

    def send(place: tuple[str, Path]) -> str:
        bank, path = place
        return sending.send_file(port, tokens[bank], path)

    begun.set()
    for files in rounds:
        if done.is_set():
            return
        with ThreadPoolExecutor(len(files)) as pool:
            states = list(pool.map(send, files.items()))
        assert states == ["checked"] * len(files), states


# --- pages --------------------------------------------------------------------------------------------------------------


def times(ask: Any, count: int) -> list[float]:
    """Seconds of so many calls, one after the other."""
    found = []
    for _ in range(count):
        start = perf_counter()
        ask()
        found.append(perf_counter() - start)
    return found


def at_a_pace(ask: Any, per_second: int, seconds: float) -> list[float]:
    """Seconds of each call of a steady stream; a late start counts as waiting."""
    found: list[float] = []
    begin = perf_counter()

    def one(place: int) -> None:
        ask()
        found.append(perf_counter() - begin - place / per_second)

    with ThreadPoolExecutor(per_second * 4) as pool:
        for place in range(int(per_second * seconds)):
            time.sleep(max(0.0, begin + place / per_second - perf_counter()))
            pool.submit(one, place)
    return found


def percentile_95(values: list[float]) -> float:
    """The 95th percentile."""
    return quantiles(values, n=20)[-1]


# --- what is measured ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Page:
    """Seconds of a page of lines: idle median, 95th percentile and the longest while all banks send again and again."""

    idle: float
    busy: float
    longest: float


def page_beside_storm(url: str, folder: Path, seconds: float, loans: int) -> Page:
    """The first page of lines at ten requests a second while all banks send again and again. loans: how many are on file."""
    tokens = with_banks(url, folder)
    token = account(url, "reader", "city")
    seeds = range(10, 10 + max(2, int(seconds / 4)))
    rounds = [write_files(folder / "files", loans // LOANS_PER_ENTERPRISE, seed) for seed in seeds]
    with serving(url, folder) as portal, portal.client(token) as client:
        ask = _asking(client, f"/runs/1/lines?size={PAGE}")
        times(ask, 10)
        idle = median(times(ask, 50))
        apart = get_context("spawn")
        begun, done = apart.Event(), apart.Event()
        senders = apart.Process(target=send_again, args=(portal.port, tokens, rounds, begun, done))
        senders.start()
        try:
            begun.wait()
            found = at_a_pace(ask, 10, seconds)
        finally:
            done.set()
            senders.join()
        assert senders.exitcode == 0, "not every file was judged"
    return Page(idle, percentile_95(found), max(found))


def page_times(url: str, folder: Path, paths: list[str], count: int) -> list[float]:
    """Median seconds of each address of a run, asked in turns."""
    token = account(url, "reader", "city")
    with serving(url, folder) as portal, portal.client(token) as client:
        asks = [_asking(client, path) for path in paths]
        for ask in asks:
            ask()
        rounds = [[times(ask, 1)[0] for ask in asks] for _ in range(count)]
    return [median(found[place] for found in rounds) for place in range(len(paths))]


def page_and_its_parts(url: str, folder: Path, count: int) -> tuple[float, float]:
    """Median seconds of a page of lines from an idle portal, and of its query and its writing alone in this process."""
    token = account(url, "looker", "city")
    engine = db.open_engine(url)

    def alone() -> None:
        with db.reading(engine) as connection:
            as_json(run_list.page(connection, read_run(connection, 1), "lines", Asked()))

    with serving(url, folder) as portal, portal.client(token) as client:
        ask = _asking(client, "/runs/1/lines")
        times(ask, 10)
        times(alone, 10)
        found = taking_turns(lambda: times(ask, 1)[0], lambda: times(alone, 1)[0], count)
    engine.dispose()
    return found


def _asking(client: httpx.Client, path: str) -> Any:
    def ask() -> None:
        answer = client.get(path)
        assert answer.status_code == 200, answer.text[:300]

    return ask


def csv_times(url: str, folder: Path, turns: int) -> tuple[float, float]:
    """Median seconds of all lines as CSV over HTTP, and of `export lines` without the start of its process."""
    token = account(url, "reader", "city")
    line = ["--database", url, "export", "lines", str(YEAR), "-o", str(folder / "lines.csv")]

    def export() -> None:
        with redirect_stdout(io.StringIO()):
            assert cli.run(line) == 0

    with serving(url, folder) as portal, portal.client(token) as client:
        ask = _asking(client, "/runs/1/lines?format=csv")
        ask()
        export()
        return taking_turns(lambda: times(ask, 1)[0], lambda: times(export, 1)[0], turns)
