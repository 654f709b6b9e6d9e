"""Where faults are tried: a database at the point where a command is about to run, and what it holds then and later."""

import hashlib
import os
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from sqlalchemy import Connection, select

import postgresql_server
from ledger import models
from ledger.database import db
from sheets import write_sheets

from .world import fill_payments, loans, run_here, without_override, write_books

ROOT = Path(__file__).parent.parent.parent
BOOKS = 40


class Stage:
    """A database, of SQLite in a folder or of a PostgreSQL server, at the point where a command is about to run."""

    def __init__(
        self, folder: Path, command: str, postgresql: bool = False, like: "Stage | None" = None, first: bool = False
    ) -> None:
        """`like`: a stage of the same command, whose workbooks are used once more, since no two are the same bytes.

        One of SQLite is a copy of the first of its command, which is made where none is yet.
        """
        self.folder, self.command, self.postgresql = folder, command, postgresql
        self.url = postgresql_server.create_database() if postgresql else f"sqlite:///{self.database}"
        if not postgresql and not first:
            like = _first(command)
        if like is not None:
            shutil.copytree(like.folder, folder)
            self.books = [folder / "books" / book.name for book in like.books]
        else:
            (folder / "books").mkdir(parents=True)
            self.books = write_books(folder / "books", BOOKS)
            if command == "import":
                rows = [row for number in range(BOOKS * 4) for row in loans(number)]
                write_sheets(folder / "all.xlsx", {"贷款": rows})  # all in one, so that it takes its time
        if postgresql or first:
            self._work_up(like)
        self.kept = folder / "kept.db"
        if not postgresql:
            shutil.copyfile(self.database, self.kept)
        self.before = self.content()

    def _work_up(self, like: "Stage | None") -> None:
        """All that comes before the command."""
        command, folder = self.command, self.folder
        self.run("init")
        self.run("import", str(self.books[0]))
        if command != "import":
            self.run("import", *map(str, self.books[1:]))
        if command in ("approve", "pay", "export"):
            self.run("settle", "2023", "--as-of", "2024-01-31")
        if command in ("pay", "export"):
            self.run("approve", "1", "--by", "审核人", "--document", "样例", "--date", "2024-02-05")
        if command == "pay":
            self.run("allot", "1", "--by", "出纳", "--document", "样例", "--date", "2024-03-01")
            if like is None:
                self.run("pay", "2023", "--blank", str(folder / "pay.xlsx"))
                fill_payments(folder / "pay.xlsx", date(2024, 3, 5), "V")

    @property
    def database(self) -> Path:
        """The database file, where it is one."""
        return self.folder / "tiexi.db"

    @property
    def arguments(self) -> list[str]:
        """The command under test."""
        return {
            "import": ["import", str(self.folder / "all.xlsx")],
            "settle": ["settle", "2023", "--as-of", "2024-01-31"],
            "approve": ["approve", "1", "--by", "审核人", "--document", "样例"],
            "pay": ["pay", "2023", str(self.folder / "pay.xlsx"), "--by", "出纳"],
            "export": ["export", "annex2", "2023", "-o", str(self.target)],
        }[self.command]

    @property
    def target(self) -> Path:
        """Where an export goes."""
        return self.folder / "out" / "annex2.xlsx"

    def start(self, *arguments: str, limit: int | None = None, by_rights: bool = False) -> "subprocess.Popen[str]":
        """Starts a command line on the database.

        limit: the largest file that it may write (bytes). by_rights: as somebody whom the rights of files hold.
        """

        def prepare() -> None:
            if limit is not None:
                signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
                resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
            if by_rights:
                without_override()

        return subprocess.Popen(
            [sys.executable, "-m", "tiexi", "--database", self.url, *arguments],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=self.folder,
            env={**os.environ, "PYTHONPATH": str(ROOT), "TIEXI_SOLO": "1"},
            preexec_fn=prepare if limit is not None or by_rights else None,  # noqa: PLW1509
        )  # fmt: skip

    def begun(self, process: "subprocess.Popen[str]") -> bool:
        """Waits until a command has opened the database; False when it ended before that was seen."""
        log = self.database.with_name(f"{self.database.name}-wal")  # there as long as somebody has the file open
        while process.poll() is None:
            if postgresql_server.connections(self.url) if self.postgresql else log.exists():
                return True
            time.sleep(0.002)
        return False

    def measured(self, *arguments: str) -> float:
        """How long a command works on the database, in seconds: its start-up is not what faults are to hit."""
        process = self.start(*arguments)
        assert self.begun(process), f"{arguments}: not seen on the database"
        began = time.monotonic()
        process.communicate()
        return time.monotonic() - began

    def run(self, *arguments: str) -> str:
        """Runs a command line to its end, which must be good, and gives what it said on stderr."""
        code, out, err = run_here(self.url, *arguments)
        if code:
            raise AssertionError(f"{arguments} ended with {code}: {out}{err}")
        return err

    def reset(self) -> None:
        """Back to the point before the command."""
        shutil.rmtree(self.target.parent, ignore_errors=True)
        if self.postgresql:
            if not self.content().is_same(self.before):
                again = Stage(self.folder / f"again{time.monotonic_ns()}", self.command, postgresql=True, like=self)
                vars(self).update(vars(again))
            return
        for name in ("tiexi.db-wal", "tiexi.db-shm", "tiexi.db-journal"):
            (self.folder / name).unlink(missing_ok=True)
        shutil.copyfile(self.kept, self.database)

    def content(self) -> "Content":
        """What the database holds; a file must be sound."""
        if not self.postgresql:
            with closing(sqlite3.connect(self.database)) as connection:
                assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
                assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        engine = db.open_engine(self.url)
        try:
            with db.reading(engine) as connection:
                return content_of(connection)
        finally:
            engine.dispose()


_shelf: list[tempfile.TemporaryDirectory[str]] = []  # where the first ones stand, as long as the process lives


@cache
def _first(command: str) -> Stage:
    """The stage of a command on which all of SQLite are modelled."""
    _shelf.append(tempfile.TemporaryDirectory())
    return Stage(Path(_shelf[-1].name) / "first", command, first=True)


@dataclass(frozen=True)
class Content:
    """What a database holds, table by table, as digests over all rows: exactly, and without what the clock put there."""

    exact: Mapping[str, str]
    timeless: Mapping[str, str]

    def is_same(self, other: "Content") -> bool:
        """Whether not a single value differs."""
        return self.exact == other.exact

    def says_the_same(self, other: "Content") -> bool:
        """Whether nothing differs but the times at which things were done, and the seals over those times."""
        return self.timeless == other.timeless

    def differing(self, other: "Content") -> list[str]:
        """The tables that differ in more than times."""
        return [name for name, digest in self.timeless.items() if digest != other.timeless[name]]


_SEALS = {"content", "previous_hash", "hash", "digests"}  # they cover the times; whether they are right, the audit says


def content_of(connection: Connection) -> Content:
    """Reads every row of every table."""
    exact, timeless = {}, {}
    for table in models.Base.metadata.sorted_tables:
        whole, kept = hashlib.sha256(), hashlib.sha256()
        places = [
            place
            for place, column in enumerate(table.columns)
            if not (column.name.endswith("_at") or table.name in ("seals", "sealed_rows") and column.name in _SEALS)
        ]
        for row in connection.execute(select(table).order_by(*table.primary_key.columns)):
            whole.update(repr(tuple(row)).encode())
            kept.update(repr([row[place] for place in places]).encode())
        exact[table.name], timeless[table.name] = whole.hexdigest(), kept.hexdigest()
    return Content(exact, timeless)
