"""What is done day by day on a database that is used, and the bare driver doing no more than what that must read and write.

Each is a process of its own. What is counted is its processor time, so that another program at work does not count, and the most
memory that it held.
"""

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from statistics import median
from time import perf_counter

from benchmarks import annexes, bare, importing, settling
from benchmarks.measure import Cost, Result, growth, in_new_process
from benchmarks.used_world import YEAR, YEARS, UsedWorld, kept
from benchmarks.world import enterprise_codes

COUNTY, MIB = "环翠区", 1 << 20
_RUN = YEARS.index(YEAR) + 1  # runs are numbered from 1


def command(database: Path, words: Sequence[str]) -> Cost:
    """A command of the product, as it is typed."""
    return _measured([sys.executable, "-m", "tiexi", "--database", f"sqlite:///{database}", *words])


def bare_command(function: str, *arguments: object) -> Cost:
    """A function of the bare driver in a process that loads no more than it needs."""
    said = f"from benchmarks import bare; bare.{function}({', '.join(repr(str(one)) for one in arguments)})"
    return _measured([sys.executable, "-c", said])


# starts a program and says how it ended and what it took; small, since a process begins with the memory of who started it
_LAUNCHER = """
import os, sys
out = os.open(os.devnull, os.O_WRONLY)
started = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, out, 1)])
_, status, used = os.wait4(started, 0)
print(os.waitstatus_to_exitcode(status), used.ru_utime + used.ru_stime, used.ru_maxrss * 1024)
"""


def _measured(arguments: Sequence[str]) -> Cost:
    """Runs a program to its end and gives what it took; AssertionError with what it said where it fails."""
    launch = [sys.executable, "-S", "-c", _LAUNCHER, *arguments]
    environment = {**os.environ, "TIEXI_SOLO": "1", "COLUMNS": "80"}
    start = perf_counter()
    done = subprocess.run(launch, capture_output=True, text=True, env=environment, check=True)
    code, processor, peak = done.stdout.split()
    assert code == "0", f"{' '.join(arguments)}: {done.stderr[-500:]}"
    return Cost(perf_counter() - start, float(processor), int(peak))


# --- what is measured ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Row:
    """One thing that is done. ours and peer do it once and give what it took.

    target: of the ratio of their times, None where none was set. growth: how much more it may take than at the few loans, in
    multiples; None: as n log n. peak: the most memory that it may hold (bytes), None where none was set. once: whether one turn has
    to do, since it takes minutes.
    """

    name: str
    what: str
    ours: Callable[[], Cost]
    peer: Callable[[], Cost]
    target: float | None = None
    growth: float | None = None
    peak: int | None = None
    once: bool = False


@dataclass(frozen=True)
class Measured:
    """A row at one size: medians of both sides."""

    ours: Cost
    peer: Cost


def measure(row: Row, turns: int) -> Measured:
    """Both sides, taking turns."""
    pairs = [(row.ours(), row.peer()) for _ in range(1 if row.once else turns)]
    return Measured(*(_median([pair[side] for pair in pairs]) for side in range(2)))


def _median(costs: Sequence[Cost]) -> Cost:
    seconds, processor = median(cost.seconds for cost in costs), median(cost.processor for cost in costs)
    return Cost(seconds, processor, max(cost.peak for cost in costs))


@dataclass(frozen=True)
class Desk:
    """A used world, and a folder for what comes of it."""

    world: UsedWorld
    folder: Path

    def on_file(self, *words: str) -> Cost:
        """A command that only looks."""
        return command(self.world.approved, words)

    def on_copy(self, database: Path, work: Callable[[Path], Cost]) -> Cost:
        """Work that changes a database, on a copy that is thrown away."""
        copy = Path(shutil.copy(database, self.folder / "copy.db"))
        with copy.open(
            "rb+"
        ) as file:  # else the first to sync it, which is a command's commit, writes all of it to the disk
            os.fsync(file.fileno())
        try:
            return work(copy)
        finally:
            settling.remove_database(copy)

    def settle(self, year: int) -> Cost:
        """A trial of a year."""
        words = ["settle", str(year), "--as-of", date(year + 1, 1, 31).isoformat()]
        return self.on_copy(self.world.trial, lambda copy: command(copy, words))


def rows(world: UsedWorld, folder: Path) -> list[Row]:
    """All that is measured on a world."""
    desk, run, year, out = Desk(world, folder), str(_RUN), str(YEAR), str(folder / "out")
    on_file = world.approved
    bank, note = some_loan(on_file)
    code = enterprise_codes(2)[1]

    def look(name: str, what: str, words: Sequence[str], *arguments: object) -> Row:
        return Row(
            name, what, lambda: desk.on_file(*words), lambda: bare_command(name, on_file, *arguments), growth=1.3
        )

    def written(number: int) -> Row:
        options, shown = (["--county", COUNTY], f"附件1 {COUNTY}") if number == 1 else ([], "附件2")
        return Row(
            f"annex{number}", shown,
            lambda: desk.on_file("export", f"annex{number}", year, *options, "-o", f"{out}.xlsx"),
            lambda: in_new_process(annexes.write_bare, on_file, Path(f"{out}-bare.xlsx"), number, YEAR, COUNTY),
            target=1.3, peak=400 << 20,
        )  # fmt: skip

    importing.write_amended(amended := folder / "amended.xlsx", world.imported)
    amending = ["import", str(amended), "--uploader", "经办", "--amend", "合同编号报错"]
    approving = ["approve", run, "--by", "审核人", "--document", "威样例〔2026〕9号"]
    return [
        Row(
            "settle", "settle，此前两年已审核通过", lambda: desk.settle(YEAR),
            lambda: desk.on_copy(world.trial, lambda copy: bare_command("settle", copy, run)), target=1.5, once=True,
        ),
        Row(
            "approve", "approve；对比 settle", lambda: desk.on_copy(world.trial, lambda copy: command(copy, approving)),
            lambda: desk.settle(YEAR), target=1.2, once=True,
        ),
        Row(
            "audit", "audit，三年；对比各年 settle 之和", lambda: desk.on_file("audit"),
            lambda: _sum([desk.settle(each) for each in YEARS]), target=1.5, once=True,
        ),
        written(1),
        written(2),
        Row(
            "lines", "export lines", lambda: desk.on_file("export", "lines", year, "-o", f"{out}.csv"),
            lambda: bare_command("export_lines", on_file, run, f"{out}-bare.csv"), target=1.3, peak=400 << 20,
        ),
        look("balance", "balance", ["balance", year], run),
        look("status", "status", ["status", run], run),
        look("explain", "explain", ["explain", note, "--bank", bank, "--year", year], run, bank, note),
        look("find", "find 一家企业", ["find", code], code),
        look("statement", "statement 一家企业", ["statement", code, "-o", f"{out}-statement.xlsx"], code),
        look("trace", "trace 200 行的文件", ["trace", str(world.imported)], world.imported),
        Row(
            "import", "导入 200 行贷款",
            lambda: desk.on_copy(on_file, lambda copy: command(copy, ["import", str(world.next), "--uploader", "经办"])),
            lambda: desk.on_copy(on_file, lambda copy: bare_command("import_loans", copy, world.next)), growth=1.3,
        ),
        Row(
            "amend", "更正一笔贷款，三年都用到", lambda: desk.on_copy(on_file, lambda copy: command(copy, amending)),
            lambda: desk.on_copy(on_file, lambda copy: bare_command("amend", copy, amended)), growth=1.3,
        ),
    ]  # fmt: skip


def some_loan(database: Path) -> tuple[str, str]:
    """Bank and note of a loan that the last run judged."""
    connection = sqlite3.connect(database)
    query = (
        f"SELECT b.name, l.note_no FROM {bare.LINES} t JOIN loan_facts f ON f.id = t.loan_fact_id JOIN loans l ON l.id = f.loan_id"
        " JOIN banks b ON b.id = l.bank_id WHERE t.run_id = ? AND t.line_no = 7"
    )
    bank, note = connection.execute(query, [_RUN]).fetchone()
    connection.close()
    return bank, note


def _sum(costs: Sequence[Cost]) -> Cost:
    return Cost(
        sum(cost.seconds for cost in costs), sum(cost.processor for cost in costs), max(cost.peak for cost in costs)
    )


def results(few: int, many: int, folder: Path, turns: int) -> list[Result]:
    """Every row on the many loans against its floor, its memory, and how it grew from the few."""
    small, large = (
        {row.name: measure(row, turns) for row in rows(in_new_process(kept, size), folder)} for size in (few, many)
    )
    found = []
    for row in rows(kept(many), folder):
        ours, peer = large[row.name].ours, large[row.name].peer
        floor = "" if "；对比" in row.what else "；对比裸驱动"
        found.append(Result(f"{row.what}，{many:,} 笔在库{floor}", ours.processor, peer.processor, row.target))
        limit, bound = (peer.peak, None) if row.peak is None else (row.peak, 1.0)
        found.append(
            Result(
                f"{row.what} 的内存峰值{'' if row.peak is None else '；对比上限'}",
                ours.peak / MIB,
                limit / MIB,
                bound,
                unit="MiB",
            )
        )
        grown, allowed = growth(small[row.name].ours.processor, ours.processor, few, many)
        of = "1.3 倍" if row.growth else "n log n"
        found.append(
            Result(f"{row.what}，{few:,} 至 {many:,} 笔的增长；对比 {of}", grown, row.growth or allowed, 1, unit="x")
        )
    return found
