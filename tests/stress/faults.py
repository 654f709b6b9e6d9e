"""Faults: commands killed at random moments, and environments that fail; afterwards everything is as before or as after.

After each fault the database holds either what it held before or what the command was to write, never part of it; files
that were to be written are absent, old or whole; and the same command run again succeeds.
"""

import os
import random
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import postgresql_server
from ledger import workdays

from .stage import Stage
from .world import run_here

COMMANDS = ("import", "settle", "approve", "pay", "export")
MARKS = ("<!-- faults -->", "<!-- /faults -->")  # between which a page holds the table


@dataclass(frozen=True)
class Tried:
    """One kind of fault: what was done, how often, and what came of it."""

    what: str
    times: int
    result: str
    problems: tuple[str, ...] = ()


def kills(folder: Path, command: str, count: int, seed: int, postgresql: bool = False) -> Tried:
    """SIGKILL at random moments of a command."""
    stage = Stage(folder / command, command, postgresql)
    whole = stage.measured(*stage.arguments)
    after = stage.content()
    written = stage.target.read_bytes() if command == "export" else b""
    pick, problems = random.Random(f"{seed}{command}"), []
    untouched = done = killed = tries = missed = 0
    while killed < count and tries < 12 * count:
        tries += 1
        stage.reset()
        process = stage.start(*stage.arguments)
        if stage.begun(process):
            # rather early: much of the time comes after the commit; and measured on a busy machine it may be far too long
            with suppress(subprocess.TimeoutExpired):
                process.wait(whole / (1 + missed) * pick.random() ** 2)
        if process.poll() is not None:  # it was quicker this time: that was no moment within it
            process.communicate()
            missed += 1
            continue
        process.send_signal(signal.SIGKILL)
        process.communicate()
        killed, missed = killed + 1, 0
        if postgresql:
            postgresql_server.cut_connections(stage.url)  # a server notices a dead client when it next speaks to it
        now = stage.content()
        all_done = now.says_the_same(after)
        if now.is_same(stage.before):
            untouched += 1
        elif all_done:
            done += 1
        else:
            problems.append(f"{command}: half-written: {now.differing(stage.before)}, {now.differing(after)}")
        if command == "export" and stage.target.exists() and stage.target.read_bytes() != written:
            problems.append("export: half a file")
        repeated = stage.start(*stage.arguments)
        out, err = repeated.communicate()
        if repeated.returncode and not (command == "approve" and all_done and "无需再次审核" in err):
            problems.append(f"{command}: the next run ended with {repeated.returncode}: {out}{err}")
        repeats = command == "settle" and all_done  # it makes another run
        if not (now := stage.content()).says_the_same(after) and not repeats:
            problems.append(f"{command}: the next run did not bring all: {now.differing(after)}")
    stage.run("audit")
    if killed < count:
        problems.append(f"{command}: only {killed} of {count} could be killed in time")
    result = f"均在运行中被终止：{untouched} 次一切如前，{done} 次已全部写完，没有写了一半的；随后重新运行均成功"
    where = "PostgreSQL" if postgresql else "SQLite"
    return Tried(f"SIGKILL：{_NAMES[command]}（{where}）", count, result, tuple(problems))


_NAMES = {"import": "导入", "settle": "试算", "approve": "审核", "pay": "拨付", "export": "导出"}


def file_too_large(folder: Path, commands: Sequence[str] = (*COMMANDS, "lines")) -> Tried:
    """No file may grow beyond 64 KB, as under a quota that is used up: one sentence, exit 3, nothing half-written."""
    problems = []
    for command in commands:
        stage = Stage(folder / f"full-{command}", "export" if command == "lines" else command)
        lines = ["export", "lines", "2023", "-o", str(stage.target)]
        problems += _expect_failure(stage, lines if command == "lines" else stage.arguments, limit=64 * 1024)
    return Tried(
        "写入达到上限（配额已满）：导入、试算、审核、拨付、导出附件2、导出明细",
        len(commands),
        "一句话说明，退出码 3，一切如前；解除后重新运行成功",
        tuple(problems),
    )


def _expect_failure(stage: Stage, arguments: Sequence[str], **how: Any) -> list[str]:
    """The command fails as the environment does, leaves all as it was, and succeeds once it is run as usual."""
    problems = _one_sentence(stage, arguments, **how)
    return problems + _as_before(stage, arguments)


def _one_sentence(stage: Stage, arguments: Sequence[str], **how: Any) -> list[str]:
    process = stage.start(*arguments, **how)
    out, err = process.communicate()
    what, problems = " ".join(arguments[:2]), []
    if process.returncode != 3:
        problems.append(f"{what}: exit code {process.returncode}, not 3: {out}{err}")
    if "Traceback" in err or len(err.strip().splitlines()) != 1:
        problems.append(f"{what}: not one sentence: {err}")
    return problems


def _as_before(stage: Stage, arguments: Sequence[str]) -> list[str]:
    what, problems = " ".join(arguments[:2]), []
    if not (now := stage.content()).is_same(stage.before):
        problems.append(f"{what}: something was written: {now.differing(stage.before)}")
    if left := list(stage.target.parent.glob("*")) if stage.target.parent.exists() else []:
        problems.append(f"{what}: files were left: {left}")
    stage.run(*arguments)
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
    """A real file system without room: for the database in the middle of an import, and for exports."""
    problems = []
    with small_disk(folder / "disk", "64m") as disk:
        stage = Stage(disk / "import", "import")
        with _filled(disk, 300_000):
            problems += _one_sentence(stage, stage.arguments)
        problems += _as_before(stage, stage.arguments)
        stage.run("settle", "2023", "--as-of", "2024-01-31")
        stage.before = stage.content()
        for kind in ("annex2", "lines"):
            arguments = ["export", kind, "2023", "-o", str(stage.target.parent / kind)]
            with _filled(disk, 40_000):  # room for what a reader of the database needs beside it, not for a file
                problems += _one_sentence(stage, arguments)
            problems += _as_before(stage, arguments)
            shutil.rmtree(stage.target.parent)
    return Tried(
        "磁盘写满：导入、导出附件2、明细",
        3,
        "一句话说明，退出码 3，一切如前；腾出空间后重新运行成功",
        tuple(problems),
    )


@contextmanager
def _filled(disk: Path, left: int) -> Iterator[None]:
    filler = disk / "filler"
    with filler.open("wb") as stream:
        stream.write(b"\0" * (shutil.disk_usage(disk).free - left))
    try:
        yield
    finally:
        filler.unlink()


def read_only(folder: Path) -> Tried:
    """A database and a target folder on a read-only file system."""
    problems = []
    with small_disk(folder / "ro", "64m") as disk:
        stage = Stage(disk / "import", "import")
        subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
        for arguments in (stage.arguments, ["settle", "2023"], ["export", "lines", "2023", "-o", str(stage.target)]):
            problems += _one_sentence(stage, arguments)
        subprocess.run(["mount", "-o", "remount,rw", disk], check=True)
        problems += _as_before(stage, stage.arguments)
    return Tried(
        "只读磁盘：导入、试算、导出", 3, "一句话说明，退出码 3，一切如前；恢复可写后重新运行成功", tuple(problems)
    )


def no_rights(folder: Path) -> Tried:
    """A database file, its folder or a target folder that the user may not write to, and later may again."""
    problems = []
    stage = Stage(folder / "rights", "export")
    stage.target.parent.mkdir()
    settle = ["settle", "2023", "--as-of", "2024-01-31"]
    tried = (
        (stage.database, 0o444, settle), (stage.folder, 0o555, settle), (stage.target.parent, 0o555, stage.arguments),
    )  # fmt: skip
    for path, mode, arguments in tried:
        usual = path.stat().st_mode
        path.chmod(mode)
        problems += _one_sentence(stage, arguments, by_rights=True)
        if path == stage.database:  # those who read it leave side files, which must not be in the way afterwards
            _, err = stage.start("status", by_rights=True).communicate()
            problems += [f"status of a read-only file: {err}"] if err else []
        path.chmod(usual)
        again = stage.start(*arguments, by_rights=True)
        out, err = again.communicate()
        if again.returncode:
            problems.append(f"{path.name} can be written to again: exit code {again.returncode}: {out}{err}")
    stage.run("audit")
    return Tried(
        "没有写入权限：数据库文件、数据库所在文件夹、导出的文件夹", len(tried),
        "一句话说明，退出码 3；有了权限以后重新运行成功", tuple(problems),
    )  # fmt: skip


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
            problems += _as_before(stage, stage.arguments)
        elif process.returncode or not stage.content().says_the_same(
            after
        ):  # it may have been done before; then all is there
            problems.append(f"exit code {process.returncode}: {out}{err} {stage.content().differing(after)}")
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
    cut = tries = missed = 0
    while cut < count and tries < 12 * count:
        tries += 1
        stage.reset()
        process = stage.start(*stage.arguments)
        if stage.begun(process):
            time.sleep(pick.uniform(0, whole / (1 + missed)))  # measured on a busy machine it may be far too long
            postgresql_server.cut_connections(stage.url)
        out, err = process.communicate()
        if process.returncode == 0:  # it was done before, or between two transactions
            missed += 1
            continue
        cut, missed = cut + 1, 0
        if process.returncode != 3 or "Traceback" in err or len(err.strip().splitlines()) != 1:
            problems.append(f"exit code {process.returncode}: {out}{err}")
        if not stage.content().is_same(stage.before):
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
    tries += [partial(one, folder) for one in (file_too_large, full_disk, read_only, no_rights)]
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
    begin, end = MARKS
    text = path.read_text(encoding="utf-8")
    rows = [f"| {one.what} | {one.times} | {'；'.join(one.problems) or one.result} |" for one in found]
    table = "\n".join(["| 试了什么 | 次数 | 结果 |", "| --- | --- | --- |", *rows])
    head, _, rest = text.partition(begin)
    _, _, tail = rest.partition(end)
    path.write_text(f"{head}{begin}\n{table}\n{end}{tail}", encoding="utf-8")
