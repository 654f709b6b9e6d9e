"""The portal killed at random moments while files and papers come in and are confirmed: none half, none lost, none twice.

Each round starts `tiexi serve`, sends and confirms files and sends papers from several threads, and kills it. What the next start
must find: every file and paper that was answered is on record and in the store, every file that was taken is there with all its
rows and once, papers of one request are there together, and whatever was not judged yet is judged.
"""

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, func, select

import postgresql_server
from ledger import models
from ledger.accounts import passwords, tokens
from ledger.audit.audit import audit
from ledger.database import db
from ledger.intake.importer import import_file
from ledger.setup import initialise
from ledger.store import Store
from ledger.uploads import records, states
from samples import BANK, ENTERPRISE, QUALIFICATION, loan
from sheets import write_sheets
from stress import papers_sent
from uploading import make_accounts

ROWS = 12  # of each file
SENDERS = 3
_EDGE = "tiexi-stress-edge"
_ANSWERS = 8  # to files, so many at most before a kill; papers are answered meanwhile
_PATIENCE = 20  # seconds that are waited for them
_END_SECONDS = 100  # in which it ends once it is told to
_IN_ORDER = 4  # after every so many kills one end is in order


@dataclass
class Round:
    """What was answered while one server lived: uploads by number with their hash, and those that were said to be taken."""

    received: dict[int, str] = field(default_factory=dict)
    taken: set[int] = field(default_factory=set)
    problems: list[str] = field(default_factory=list)
    answers: int = 0


class Portal:
    """A database, a store, and a server that is started and killed."""

    def __init__(self, url: str, folder: Path, seed: int) -> None:
        self.url, self.folder, self._pick = url, folder, random.Random(seed)
        engine = db.open_engine(url)
        initialise(engine)
        first = {
            "企业": [ENTERPRISE],
            "资质": [QUALIFICATION],
            "合作银行": [{"银行名称": BANK, "合作起始日": date(2020, 1, 1)}],
        }
        outcome = import_file(engine, write_sheets(folder / "名录.xlsx", first), "测试")
        assert not outcome.refused
        passwords.MEMORY_KIB, passwords.PASSES = 64, 1  # nobody signs in
        make_accounts(engine, "clerk", "reviewer")
        self.tokens = {login: tokens.add(engine, login, "测试")[1] for login in ("clerk", "reviewer")}
        engine.dispose()
        self.sets = papers_sent.Sets()
        self._count = 0
        self._lock = threading.Lock()

    @property
    def store(self) -> Store:
        return Store(self.folder / "文件库")

    def start(self) -> tuple["subprocess.Popen[str]", int]:
        """A server, and the port on which it listens."""
        settings = {
            "TIEXI_PORTAL_STORE": str(self.folder / "文件库"),
            "TIEXI_PORTAL_KEY": str(self.folder / "portal.key"),
        }
        process = subprocess.Popen(
            [sys.executable, "-m", "tiexi", "--database", self.url, "serve", "--address", "127.0.0.1:0"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env={**os.environ, **settings},
            cwd=Path(__file__).parents[2],
        )  # fmt: skip
        assert process.stdout is not None
        line = process.stdout.readline()
        assert "http://" in line, line
        return process, int(line.strip().rsplit(":", 1)[1].strip("/"))

    def ask(self, port: int, login: str, path: str, body: bytes = b"", content_type: str = "") -> tuple[int, Any]:
        """One POST."""
        headers = {"Authorization": f"Bearer {self.tokens[login]}"}
        if content_type:
            headers["Content-Type"] = content_type
        connection = HTTPConnection("127.0.0.1", port, timeout=60)
        try:
            connection.request("POST", f"/api/v1{path}", body, headers)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read() or b"null")
        finally:
            connection.close()

    def send(self, port: int, data: bytes) -> tuple[int, Any]:
        """A file, as the clerk."""
        head = f'--{_EDGE}\r\nContent-Disposition: form-data; name="file"; filename="a.xlsx"\r\n\r\n'.encode()
        body = head + data + f"\r\n--{_EDGE}--\r\n".encode()
        return self.ask(port, "clerk", "/uploads", body, f"multipart/form-data; boundary={_EDGE}")

    def new_file(self) -> bytes:
        with self._lock:
            self._count += 1
            number = self._count
        rows = [loan(f"N{number:05d}-{row}", **{"贷款金额(万元)": number + row}) for row in range(ROWS)]
        path = self.folder / f"报送{number}.xlsx"
        data = write_sheets(path, {"贷款": rows}).read_bytes()
        path.unlink()
        return data

    def work(self, port: int, found: Round, stop: threading.Event) -> None:
        """Sends files and confirms them until the server is gone."""
        while not stop.is_set():
            data = self.new_file()
            try:
                status, told = self.send(port, data)
                found.answers += 1
                if status not in (200, 201, 202):
                    found.problems.append(f"upload answered {status}: {told}")
                    continue
                found.received[told["upload"]] = told["sha256"]
                status, told = self.ask(port, "reviewer", f"/uploads/{told['upload']}/confirm")
                found.answers += 1
                if status == 200:
                    found.taken.add(told["upload"])
                elif "检查" not in str(told) and "已收到" not in str(told):
                    found.problems.append(f"confirmation answered {status}: {told}")
            except (OSError, HTTPException, ValueError):
                return  # it was killed: what was not answered may be there or not

    def send_papers(self, port: int, found: Round) -> None:
        """Sends sets of papers until the server is gone; one without an answer is sent again by whoever comes next."""
        while True:
            one = self.sets.next()
            try:
                body, kind = one.parts(_EDGE), f"multipart/form-data; boundary={_EDGE}"
                status, told = self.ask(port, "clerk", "/papers", body, kind)
            except (OSError, HTTPException, ValueError):
                return self.sets.lost_answer(one)
            if status not in (200, 201):
                found.problems.append(f"papers answered {status}: {told}")
            elif problem := self.sets.problem(one, [paper["paper"] for paper in told["papers"]]):
                found.problems.append(problem)

    def one_round(self, how: signal.Signals = signal.SIGKILL) -> Round:
        """Starts, works, kills; or has it end in order while files come in."""
        process, port = self.start()
        found, stop = Round(), threading.Event()
        hands = [threading.Thread(target=self.work, args=(port, found, stop)) for _ in range(SENDERS)]
        hands.append(threading.Thread(target=self.send_papers, args=(port, found)))
        for hand in hands:
            hand.start()
        wanted, end = self._pick.randrange(_ANSWERS), time.monotonic() + _PATIENCE
        while found.answers < wanted and time.monotonic() < end:
            time.sleep(0.01)
        time.sleep(self._pick.uniform(0, 0.5))
        process.send_signal(how)
        try:
            code = process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            code = process.wait()
        if how is signal.SIGTERM and code:
            found.problems.append(f"told to end, it ended with {code}")
        stop.set()
        for hand in hands:
            hand.join()
        if how is signal.SIGKILL and self.url.startswith("postgresql"):
            postgresql_server.cut_connections(self.url)
        return found

    def settle_down(self, seconds: float = 60) -> None:
        """Starts once more, lets it judge what is left, and ends it in order."""
        process, _ = self.start()
        engine = db.open_engine(self.url)
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            with db.reading(engine) as connection:
                if not records.unjudged(connection):
                    break
            time.sleep(0.2)
        engine.dispose()
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)


def problems_of(engine: Engine, store: Store, rounds: Sequence[Round], sets: papers_sent.Sets) -> list[str]:
    """Whatever is half, lost or twice."""
    found = [problem for one in rounds for problem in one.problems]
    upload, step, fact = models.Upload, models.UploadStep, models.table_of(models.LoanFact)
    with db.reading(engine) as connection:
        on_record = {row.id: row.sha256 for row in connection.execute(select(upload.id, upload.sha256))}
        states_now = {number: records.get(connection, number).state for number in on_record}
        taken = Counter(connection.execute(select(step.intake_id).where(step.state == "taken")).scalars())
        rows: dict[int, int] = {
            row[0]: row[1]
            for row in connection.execute(select(fact.c.intake_id, func.count()).group_by(fact.c.intake_id))
        }
        hashes = Counter(connection.execute(select(models.Intake.sha256)).scalars())
        waiting = records.unjudged(connection)
        found += papers_sent.problems_of(connection, store, sets)
    for one in rounds:
        found += [
            f"lost: upload {number}" for number, sha256 in one.received.items() if on_record.get(number) != sha256
        ]
        found += [
            f"lost: upload {number} was taken, is {states_now.get(number)}"
            for number in one.taken
            if states_now.get(number) != states.TAKEN
        ]
    found += [f"not in the store: upload {number}" for number, sha256 in on_record.items() if not store.holds(sha256)]
    for sha256 in set(on_record.values()):
        store.read(sha256)  # raises where it is not what its name says
    found += [f"twice: intake {number}" for number, times in taken.items() if times > 1]
    found += [f"twice: the bytes {sha256}" for sha256, times in hashes.items() if times > 1]
    found += [
        f"half: intake {number} has {rows.get(number or 0, 0)} rows"
        for number in taken
        if rows.get(number or 0) != ROWS
    ]
    found += [f"half: intake {number} belongs to no upload" for number in rows if number not in taken]
    found += [f"not judged: upload {number}" for number in waiting]
    return found + [str(problem) for problem in audit(engine).problems]


def main(url: str, folder: Path, kills: int, seed: int) -> int:
    """Prints what came of it; 1 where anything was half, lost or twice."""
    portal = Portal(url, folder, seed)
    rounds = []
    for number in range(kills):
        rounds.append(portal.one_round())
        if (number + 1) % _IN_ORDER == 0:
            rounds.append(portal.one_round(signal.SIGTERM))
        print(f"\r{number + 1} kills", end="", file=sys.stderr)
    portal.settle_down()
    engine = db.open_engine(url)
    problems = problems_of(engine, portal.store, rounds, portal.sets)
    engine.dispose()
    received, taken = (sum(map(len, each)) for each in zip(*((one.received, one.taken) for one in rounds), strict=True))
    sets = f"{len(portal.sets.answered)} sets of papers answered, {portal.sets.again} sent again"
    print(f"\n{kills} kills, {kills // _IN_ORDER} ends in order, {received} files received, {taken} taken, {sets}")
    for problem in problems[:50]:
        print(problem)
    return 1 if problems else 0
