"""Faults: commands killed at random moments, and environments that fail; afterwards everything is as before or as after.

After each fault the database holds either what it held before or what the command was to write, never part of it; files
that were to be written are absent, old or whole; and the same command run again succeeds.
"""

import os
import random
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from pathlib import Path

from sqlalchemy import func, select

import postgresql_server
from conftest import write_sheets
from ledger import db, models, workdays

from .world import fill_payments, loans, run_here, write_books

ROOT = Path(__file__).parent.parent.parent
BOOKS = 40
COMMANDS = ("import", "settle", "approve", "pay", "export")


@dataclass(frozen=True)
class Tried:
    """One kind of fault: what was done, how often, and what came of it."""

    what: str
    times: int
    result: str
    problems: tuple[str, ...] = ()


class Stage:
    """A database, of SQLite in a folder or of a PostgreSQL server, at the point where a command is about to run."""

    def __init__(self, folder: Path, command: str, postgresql: bool = False) -> None:
        self.folder, self.command, self.postgresql = folder, command, postgresql
        folder.mkdir(parents=True)
        self.url = postgresql_server.create_database() if postgresql else f"sqlite:///{self.database}"
        shelf = folder / "books"
        shelf.mkdir()
        self.books = write_books(shelf, BOOKS)
        if command == "import":
            rows = [row for number in range(BOOKS * 4) for row in loans(number)]
            write_sheets(folder / "all.xlsx", {"贷款": rows})  # all in one, so that it takes its time
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
            self.run("pay", "2023", "--blank", str(folder / "pay.xlsx"))
            fill_payments(folder / "pay.xlsx", date(2024, 3, 5), "V")
        self.kept = folder / "kept.db"
        if not postgresql:
            shutil.copyfile(self.database, self.kept)
        self.before = self.content()

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

    def start(self, *arguments: str, limit: int | None = None) -> "subprocess.Popen[str]":
        """Starts a command line on the database; limit: the largest file it may write (bytes)."""
        return subprocess.Popen(
            [sys.executable, "-m", "tiexi", "--database", self.url, *arguments],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=self.folder,
            env={**os.environ, "PYTHONPATH": str(ROOT), "TIEXI_SOLO": "1"},
            preexec_fn=(lambda: _limit(limit)) if limit else None,  # noqa: PLW1509
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
            if self.content() != self.before:
                again = Stage(self.folder / f"again{time.monotonic_ns()}", self.command, postgresql=True)
                vars(self).update({**vars(again), "folder": again.folder})
            return
        for name in ("tiexi.db-wal", "tiexi.db-shm", "tiexi.db-journal"):
            (self.folder / name).unlink(missing_ok=True)
        shutil.copyfile(self.kept, self.database)

    def content(self) -> dict[str, int]:
        """How many rows each table holds; a file must be sound."""
        if not self.postgresql:
            with closing(sqlite3.connect(self.database)) as connection:
                assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
                assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        engine = db.open_engine(self.url)
        try:
            with db.reading(engine) as connection:
                return {
                    table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
                    for table in models.Base.metadata.sorted_tables
                }
        finally:
            engine.dispose()


def _limit(size: int) -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


def kills(folder: Path, command: str, count: int, seed: int, postgresql: bool = False) -> Tried:
    """SIGKILL at random moments of a command."""
    stage = Stage(folder / command, command, postgresql)
    whole = stage.measured(*stage.arguments)
    after = stage.content()
    size = stage.target.stat().st_size if command == "export" else 0
    pick, problems = random.Random(f"{seed}{command}"), []
    untouched = done = killed = tries = 0
    while killed < count and tries < 4 * count:
        tries += 1
        stage.reset()
        process = stage.start(*stage.arguments)
        if stage.begun(process):
            with suppress(subprocess.TimeoutExpired):
                process.wait(pick.uniform(0, whole))
        if process.poll() is not None:  # it was quicker this time: that was no moment within it
            process.communicate()
            continue
        process.send_signal(signal.SIGKILL)
        process.communicate()
        killed += 1
        if postgresql:
            postgresql_server.cut_connections(stage.url)  # a server notices a dead client when it next speaks to it
        now = stage.content()
        if now == stage.before:
            untouched += 1
        elif now == after:
            done += 1
        else:
            problems.append(f"{command}: half-written: {now}")
        if command == "export" and stage.target.exists() and stage.target.stat().st_size != size:
            problems.append("export: half a file")
        repeated = stage.start(*stage.arguments)
        out, err = repeated.communicate()
        if repeated.returncode and not (command == "approve" and now == after and "无需再次审核" in err):
            problems.append(f"{command}: the next run ended with {repeated.returncode}: {out}{err}")
    if killed < count:
        problems.append(f"{command}: only {killed} of {count} could be killed in time")
    result = f"均在运行中被终止：{untouched} 次一切如前，{done} 次已全部写完，没有写了一半的；随后重新运行均成功"
    where = "PostgreSQL" if postgresql else "SQLite"
    return Tried(f"SIGKILL：{_NAMES[command]}（{where}）", count, result, tuple(problems))


_NAMES = {"import": "导入", "settle": "试算", "approve": "审核", "pay": "拨付", "export": "导出"}


def file_too_large(folder: Path, commands: Sequence[str] = ("import", "settle", "approve", "pay")) -> Tried:
    """The database may not grow, as on a full disk or quota: one sentence, exit 3, nothing half-written."""
    problems = []
    for command in commands:
        stage = Stage(folder / f"full-{command}", command)
        limit = 64 * 1024
        problems += _expect_failure(stage, command, limit)
    return Tried(
        "写入达到上限（配额已满）：导入、试算、审核、拨付",
        4,
        "一句话说明，退出码 3，一切如前；解除后重新运行成功",
        tuple(problems),
    )


def _expect_failure(stage: Stage, command: str, limit: int | None = None) -> list[str]:
    process = stage.start(*stage.arguments, limit=limit)
    out, err = process.communicate()
    problems = []
    if process.returncode != 3:
        problems.append(f"{command}: exit code {process.returncode}, not 3: {out}{err}")
    if "Traceback" in err or len(err.strip().splitlines()) != 1:
        problems.append(f"{command}: not one sentence: {err}")
    return problems + _as_before(stage, command)


def _as_before(stage: Stage, command: str) -> list[str]:
    problems = []
    if (now := stage.content()) != stage.before:
        problems.append(f"{command}: something was written: {now}")
    if list(stage.target.parent.glob("*")) if stage.target.parent.exists() else []:
        problems.append(f"{command}: files were left: {list(stage.target.parent.iterdir())}")
    stage.run(*stage.arguments)
    return problems


@contextmanager
def small_disk(folder: Path, size: str, mode: str = "rw") -> Iterator[Path]:
    """A file system of its own; PermissionError where that may not be had."""
    folder.mkdir(parents=True, exist_ok=True)
    if os.geteuid() != 0 or not shutil.which("mount"):
        raise PermissionError("mounting needs root")
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size},{mode}", "tmpfs", folder], capture_output=True)
    if made.returncode:
        raise PermissionError(made.stderr.decode().strip())
    try:
        yield folder
    finally:
        subprocess.run(["umount", folder], check=False)


def full_disk(folder: Path) -> Tried:
    """A real file system without room: for the database in the middle of an import, and for an export."""
    problems = []
    with small_disk(folder / "disk", "64m") as disk:
        stage = Stage(disk / "import", "import")
        filler = disk / "filler"
        with filler.open("wb") as stream:
            left = shutil.disk_usage(disk).free - 300_000
            stream.write(b"\0" * left)
        process = stage.start(*stage.arguments)
        out, err = process.communicate()
        if process.returncode != 3 or "Traceback" in err:
            problems.append(f"import: exit code {process.returncode}: {out}{err}")
        filler.unlink()
        problems += _as_before(stage, "import")
        stage.run("settle", "2023", "--as-of", "2024-01-31")
        with filler.open("wb") as stream:
            stream.write(b"\0" * (shutil.disk_usage(disk).free - 4_096))
        process = stage.start("export", "lines", "2023", "-o", str(stage.target))
        out, err = process.communicate()
        if process.returncode != 3 or "Traceback" in err:
            problems.append(f"export: exit code {process.returncode}: {out}{err}")
        if stage.target.exists() or list(stage.target.parent.glob("*") if stage.target.parent.exists() else []):
            problems.append("export: a file was left")
        filler.unlink()
        stage.run("export", "lines", "2023", "-o", str(stage.target))
    return Tried("磁盘写满：导入、导出", 2, "一句话说明，退出码 3，一切如前；腾出空间后重新运行成功", tuple(problems))


def read_only(folder: Path) -> Tried:
    """A database and a target folder on a read-only file system."""
    problems = []
    with small_disk(folder / "ro", "64m") as disk:
        stage = Stage(disk / "import", "import")
        subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
        for arguments in (stage.arguments, ["settle", "2023"], ["export", "lines", "2023", "-o", str(stage.target)]):
            process = stage.start(*arguments)
            out, err = process.communicate()
            if process.returncode != 3 or "Traceback" in err:
                problems.append(f"{arguments[0]}: exit code {process.returncode}: {out}{err}")
        subprocess.run(["mount", "-o", "remount,rw", disk], check=True)
        problems += _as_before(stage, "import")
    return Tried(
        "只读文件夹：导入、试算、导出", 3, "一句话说明，退出码 3，一切如前；恢复可写后重新运行成功", tuple(problems)
    )


def database_gone(folder: Path, count: int = 1) -> Tried:
    """The database file is moved away while a command works on it, and comes back."""
    stage = Stage(folder / "gone", "import")
    whole = stage.measured(*stage.arguments)
    after = stage.content()
    away = stage.folder / "away.db"
    problems: list[str] = []
    moved = tries = 0
    while moved < count and tries < 20 * count:
        stage.reset()
        process = stage.start(*stage.arguments)
        stage.begun(process)
        time.sleep(whole * tries / (20 * count))
        tries += 1
        stage.database.rename(away)
        out, err = process.communicate()
        away.rename(stage.database)
        if process.returncode == 3:
            moved += 1
            if "Traceback" in err or len(err.strip().splitlines()) != 1:
                problems.append(f"not one sentence: {err}")
            problems += _as_before(stage, "import")
        elif process.returncode or stage.content() != after:  # it may have been done before; then all is there
            problems.append(f"exit code {process.returncode}: {out}{err} {stage.content()}")
    if moved < count:
        problems.append(f"only {moved} of {count} imports noticed that the file was gone")
    return Tried(
        "数据库文件在导入途中被移走", moved, "一句话说明，退出码 3，一切如前；放回后重新运行成功", tuple(problems)
    )


def clock_set_back(folder: Path) -> Tried:
    """The machine's clock is set back after everything was done: sentences or sound results, never a traceback."""
    stage = Stage(folder / "clock", "pay")
    stage.run(*stage.arguments)
    problems = []
    tried = (
        ["settle", "2023", "--as-of", "2024-01-31"], ["settle", "2023"], ["import", str(stage.books[1])], ["audit"],
        ["balance", "2023"], ["status", "1"], ["export", "annex2", "2023", "-o", str(stage.target)],
        ["close", "1", "--by", "审核人", "--document", "办结"], ["jobs", "list"], ["audit"],
    )  # fmt: skip
    real = workdays.clock
    workdays.clock = lambda: datetime(2023, 6, 1, 12, tzinfo=workdays.CITY_ZONE)
    try:
        for arguments in tried:
            code, out, err = run_here(stage.url, *arguments)
            if code not in (0, 1):
                problems.append(f"{arguments}: exit code {code}: {out}{err}")
    finally:
        workdays.clock = real
    stage.run("audit")
    return Tried(
        "系统时钟被拨回", len(tried), "或照常完成，或一句话说明日期在今天之后；恢复后审计通过", tuple(problems)
    )


def connection_cut(folder: Path, count: int, seed: int) -> Tried:
    """The server ends our connections in the middle: one sentence, exit 3, nothing half-written."""
    stage = Stage(folder / "cut", "import", postgresql=True)
    pick, problems = random.Random(seed), []
    whole = stage.measured("import", "--dry-run", *stage.arguments[1:])
    cut = tries = 0
    while cut < count and tries < 4 * count:
        tries += 1
        stage.reset()
        process = stage.start(*stage.arguments)
        if stage.begun(process):
            time.sleep(pick.uniform(0, whole))
            postgresql_server.cut_connections(stage.url)
        out, err = process.communicate()
        if process.returncode == 0:  # it was done before, or between two transactions
            continue
        cut += 1
        if process.returncode != 3 or "Traceback" in err or len(err.strip().splitlines()) != 1:
            problems.append(f"exit code {process.returncode}: {out}{err}")
        if stage.content() != stage.before:
            problems.append("something was written")
    if cut < count:
        problems.append(f"only {cut} of {count} imports could be cut")
    stage.reset()
    stage.run(*stage.arguments)
    result = "一句话说明，退出码 3，一切如前；随后重新运行成功"
    return Tried("服务器在导入途中断开连接（PostgreSQL）", cut, result, tuple(problems))


def main(folder: Path, count: int, seed: int, report: Path | None, postgresql: bool) -> int:
    """Tries everything, prints what came of it, and writes the table; 1 when anything was wrong."""
    each = max(1, count // len(COMMANDS))
    tries: list[Callable[[], Tried]] = [partial(kills, folder / "kills", command, each, seed) for command in COMMANDS]
    tries += [partial(one, folder) for one in (file_too_large, full_disk, read_only)]
    tries += [partial(database_gone, folder, each), partial(clock_set_back, folder)]
    if postgresql:
        tries += [partial(kills, folder / "server", command, each, seed, True) for command in COMMANDS]
        tries.append(partial(connection_cut, folder, each, seed))
    found = []
    for one in tries:
        try:
            tried = one()
        except PermissionError as reason:
            tried = Tried("（未能试）", 0, f"NOT TRIED: {reason}")
        found.append(tried)
        print(f"{tried.what}: {tried.times}: {tried.result if not tried.problems else 'PROBLEMS'}", flush=True)
        for problem in tried.problems:
            print("  PROBLEM:", problem[-1500:], flush=True)
        if report is not None:
            write_report(report, found)
    return 1 if any(tried.problems for tried in found) else 0


def write_report(path: Path, found: list[Tried]) -> None:
    """Puts the table into the page, between its marks."""
    begin, end = "<!-- faults -->", "<!-- /faults -->"
    text = path.read_text(encoding="utf-8")
    rows = [f"| {one.what} | {one.times} | {'；'.join(one.problems) or one.result} |" for one in found]
    table = "\n".join(["| 试了什么 | 次数 | 结果 |", "| --- | --- | --- |", *rows])
    head, _, rest = text.partition(begin)
    _, _, tail = rest.partition(end)
    path.write_text(f"{head}{begin}\n{table}\n{end}{tail}", encoding="utf-8")
