"""What is measured, at which size, and which bound each ratio is held to."""

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import TypeVar

from benchmarks import (
    annexes,
    databases,
    importing,
    letters,
    papers,
    portal,
    reconciling,
    rules,
    scale,
    sending,
    settling,
    starting,
    storing,
    used,
    world,
)
from benchmarks.databases import Databases
from benchmarks.measure import TURNS, Result, growth, in_new_process, taking_turns
from tests.support import postgresql_server

T = TypeVar("T")
GIB = 1 << 30
DEMO_YEAR = "2024"  # a year of the demonstration that was settled, approved and paid


@dataclass(frozen=True)
class Sizes:
    """How many loans each measurement has."""

    many: int = 1_000_000
    few: int = 10_000
    imported: int = 100_000
    listed: int = 20_000
    returned: int = 5_000
    lettered: int = 60_000  # 3,000 enterprises; the peer takes a tenth of a second for each
    senders: int = 50
    sent: int = 200
    busy_seconds: float = 60
    papers: int = 50
    scaled: int = 300_000
    workers: int = 1
    years: int = 3
    turns: int = TURNS


QUICK = Sizes(
    many=10_000,
    few=1_000,
    imported=1_000,
    listed=500,
    returned=200,
    lettered=1_000,
    senders=5,
    sent=20,
    busy_seconds=3,
    papers=3,
    scaled=2_000,
    years=1,
    turns=1,
)
_LISTED_SHARE = 0.646  # of the loans on file that end up in 附件2


@dataclass
class Stage:
    """A folder with the databases that measurements share, each made once."""

    folder: Path
    sizes: Sizes
    databases: Databases
    _databases: dict[int, Path] = field(default_factory=dict)

    def database(self, loans: int) -> Path:
        """A database with so many loans and no run."""
        if loans not in self._databases:
            self._databases[loans] = self.folder / f"{loans}.db"
            in_new_process(world.make_database, self._databases[loans], loans)
        return self._databases[loans]

    def settled(self, loans: int) -> str:
        """The address of a new database with so many loans, and the year settled, where the portal is measured."""
        url = self.databases.new(f"settled-{loans}")
        in_new_process(databases.settled, url, loans)
        return url

    def place(self, name: str) -> Path:
        """A new folder."""
        (found := self.folder / name).mkdir()
        return found


def full_rules(stage: Stage) -> list[Result]:
    """All rules of a settlement in memory, against a plain loop with Decimals; and how the cost grows."""
    sizes = stage.sizes
    ours, loop = in_new_process(rules.compare, stage.database(sizes.many), sizes.turns)
    small = in_new_process(rules.columns_alone, stage.database(sizes.few), sizes.turns)
    large = in_new_process(rules.columns_alone, stage.database(sizes.many), sizes.turns)
    return [
        Result(f"全部规则，内存中 {sizes.many:,} 笔；对比 Python+Decimal 循环", ours, loop, 10, at_least=True),
        _growth("全部规则", small, large, sizes),
    ]


def _growth(what: str, small: float, large: float, sizes: Sizes) -> Result:
    grown, allowed = growth(small, large, sizes.few, sizes.many)
    shown = f"（{small:.3f} s → {large:.2f} s）"
    return Result(f"{what}，{sizes.few:,} 至 {sizes.many:,} 笔的增长{shown}；对比 n log n", grown, allowed, 1, unit="x")


def against_sql(stage: Stage) -> list[Result]:
    """Conditions, the cap in its turns, months and interest in columns, and the full rules: against DuckDB's SQL in memory."""
    sizes = stage.sizes
    from benchmarks import sql_rules  # here and not at the top: its peer is in benchmarks/requirements.txt alone

    found = in_new_process(sql_rules.compare, sizes.many, sizes.turns)
    full = in_new_process(rules.columns_alone, stage.database(sizes.many), sizes.turns)
    what = f"利率、期限、资质、余额、单户上限、月数与贴息，{sizes.many:,} 笔"
    rate = 2 * found.bytes / found.copies / GIB
    copies = f"对比只复制这 {found.bytes / (1 << 20):.0f} MiB（读写 {rate:.1f} GiB/s）"
    return [
        Result(f"{what}；对比 DuckDB 的 SQL", found.ours, found.duckdb, 1),
        Result(f"{what}；对比 DuckDB 只用一个线程", found.ours, found.duckdb_alone, 1),
        Result(f"{what}；{copies}", found.ours, found.copies, None),
        Result(f"全部规则，{sizes.many:,} 笔；对比 DuckDB 的上述 SQL", full, found.duckdb, 3),
    ]


def openfisca(stage: Stage) -> list[Result]:
    """Four rules in columns, against OpenFisca-Core."""
    from benchmarks import four_rules  # here and not at the top: its peer is in benchmarks/requirements.txt alone

    found = in_new_process(four_rules.compare, stage.sizes.many, stage.sizes.turns)
    what = f"四条规则，{stage.sizes.many:,} 笔；对比 OpenFisca"
    return [
        Result(f"{what}（全程；其 float32 算错 {found.wrong:,} 笔）", found.ours, found.whole, 1),
        Result(f"{what}（只计规则，不计建立人口）", found.ours, found.rules, 1),
    ]


def settle(stage: Stage) -> list[Result]:
    """A settlement from database to database, against the bare driver; its memory; and how the cost grows."""
    sizes = stage.sizes
    database = stage.database(sizes.many)
    settled = database.with_suffix(".settled.db")
    ours: list[settling.Cost] = []

    def product() -> float:
        settling.remove_database(settled)
        ours.append(in_new_process(settling.settle, settling.copy_database(database, settled)))
        return ours[-1].seconds

    seconds, bare = taking_turns(
        product, lambda: in_new_process(settling.bare_driver, database, settled).seconds, sizes.turns
    )
    settling.remove_database(settled)
    small = median(in_new_process(settling.settle_copy, stage.database(sizes.few)).seconds for _ in range(sizes.turns))
    return [
        Result(f"settle {sizes.many:,} 笔，读、判、存；对比裸驱动 sqlite3 读写同样内容", seconds, bare, 3),
        Result(
            f"settle {sizes.many:,} 笔的内存峰值；对比 4 GiB", max(cost.peak for cost in ours) / GIB, 4, 1, unit="GiB"
        ),
        _growth("settle", small, seconds, sizes),
    ]


def import_workbook(stage: Stage) -> list[Result]:
    """A bank's workbook of loans into the database, and its seal: against the bare reading of its cells, and against that and
    sqlite3 storing the same rows."""
    sizes = stage.sizes
    database, workbook = stage.database(sizes.few), stage.folder / "loans.xlsx"
    in_new_process(importing.write_loans, workbook, sizes.imported, sizes.few // world.LOANS_PER_ENTERPRISE)
    found = [
        (
            in_new_process(importing.import_loans, database, workbook, sizes.imported),
            in_new_process(importing.bare_read, workbook, sizes.imported),
            in_new_process(importing.bare_store, database, workbook, sizes.imported),
        )
        for _ in range(sizes.turns)
    ]
    ours, sealing, read, stored = (
        median(each)
        for each in zip(*((one.seconds - one.sealing, one.sealing, *bare) for one, *bare in found), strict=True)
    )
    what = f"导入 {sizes.imported:,} 笔贷款的工作簿"
    return [
        Result(f"{what}，不计封存；对比 calamine 只读单元格", ours, read, 2),
        Result(f"{what}的封存；对比同上", sealing, read, None),
        Result(f"{what}，不计封存；对比 calamine 只读单元格、sqlite3 只存同样的行", ours, read + stored, None),
    ]


def annex2(stage: Stage) -> list[Result]:
    """附件2 from the database to the file, against sqlite3 and XlsxWriter alone writing the same cells."""
    sizes = stage.sizes
    settled = settling.copy_database(stage.database(int(sizes.listed / _LISTED_SHARE)), stage.folder / "annex.db")
    in_new_process(settling.settle, settled)
    ours, bare = taking_turns(
        lambda: in_new_process(annexes.write_annex, settled, stage.folder / "ours.xlsx", 2).seconds,
        lambda: in_new_process(annexes.write_bare, settled, stage.folder / "bare.xlsx", 2).seconds,
        sizes.turns,
    )
    return [Result(f"附件2，约 {sizes.listed:,} 笔；对比 sqlite3 和 XlsxWriter 写同样的单元格", ours, bare, 1.3)]


def reconcile(stage: Stage) -> list[Result]:
    """An untouched 附件2 against its run, against sqlite3 and XlsxWriter alone writing the same cells."""
    sizes = stage.sizes
    settled = settling.copy_database(stage.database(int(sizes.returned / _LISTED_SHARE)), stage.folder / "returned.db")
    in_new_process(settling.settle, settled)
    ours, bare = in_new_process(reconciling.compare, settled, stage.folder, sizes.turns)
    return [Result(f"核对约 {sizes.returned:,} 笔的附件2；对比 XlsxWriter 写它", ours, bare, 3)]


def write_letters(stage: Stage) -> list[Result]:
    """Letters to every enterprise, against the library alone filling the same template."""
    sizes = stage.sizes
    settled = settling.copy_database(stage.database(sizes.lettered), stage.folder / "letters.db")
    in_new_process(settling.settle, settled)
    count, ours, alone = in_new_process(letters.compare, settled, stage.folder, 1)  # it takes minutes
    return [Result(f"告知书 {count:,} 封，每封约 20 笔；对比 docxtpl 填同一模板", ours, alone, 2)]


def start(stage: Stage) -> list[Result]:
    """Commands that do nearly nothing, against the import of what they stand on."""
    database = starting.demo_database(stage.folder / "demo")
    bank, note = starting.explained_loan(database)
    on_file = ["--database", database]
    commands = (
        ("--version", ["--version"], "click"), ("--help", ["--help"], "click"),
        ("status", [*on_file, "status"], "sqlalchemy"), ("balance", [*on_file, "balance", DEMO_YEAR], "sqlalchemy"),
        ("explain", [*on_file, "explain", note, "--bank", bank, "--year", DEMO_YEAR], "sqlalchemy"),
    )  # fmt: skip
    return [
        Result(
            f"tiexi {name}，处理器时间；对比 import {peer}", *starting.compare(command, peer, 3 * stage.sizes.turns), 2
        )
        for name, command, peer in commands
    ]


def store(stage: Stage) -> list[Result]:
    """Rows into PostgreSQL, against psycopg's COPY alone; nothing where there is no server."""
    sizes = stage.sizes
    what = f"存入 PostgreSQL {sizes.many:,} 行 × 12 列；对比只用 psycopg 的 COPY"
    postgresql_server.begin_session()
    try:

        def in_fresh_database(function: Callable[[str, int], float]) -> float:
            seconds = in_new_process(function, postgresql_server.create_database(), sizes.many)
            postgresql_server.drop_databases()
            return seconds

        ours, bare = taking_turns(
            lambda: in_fresh_database(storing.by_the_product),
            lambda: in_fresh_database(storing.by_copy_alone),
            sizes.turns,
        )
        return [Result(what, ours, bare, 1.5)]
    except postgresql_server.Unavailable as why:
        print(f"  {what}: NOT MEASURED, {why}", file=sys.stderr)
        return []
    finally:
        postgresql_server.end_session()


def send(stage: Stage) -> list[Result]:
    """Banks that send a file to the portal at once, against judging them one after the other; what memory is left held."""
    sizes = stage.sizes
    folder, world_url = stage.place("sending"), stage.databases.new("sending")
    in_new_process(sending.make_world, world_url, folder, sizes.senders, sizes.sent)
    found: list[sending.Sent] = []

    def on_a_copy(function: Callable[[str, Path, int], T]) -> T:
        url = stage.databases.copy(world_url, "sending-copy")
        try:
            return in_new_process(function, url, folder, sizes.senders)
        finally:
            stage.databases.drop(url)

    def product() -> float:
        found.append(on_a_copy(sending.together))
        assert found[-1].states == {"checked": sizes.senders}, found[-1].states  # nothing is lost
        return found[-1].seconds

    ours, one_by_one = taking_turns(product, lambda: on_a_copy(sending.alone), sizes.turns)
    what = f"{sizes.senders} 家银行同时经门户报送 {sizes.sent} 行的文件"
    before, after = (median(getattr(one, name) for one in found) / GIB for name in ("before", "after"))
    return [
        Result(f"{what}；对比一个进程逐个检查", ours, one_by_one, 3),
        Result(f"{what}后服务进程的内存；对比之前", after, before, 1.5, unit="GiB"),
    ]


def store_papers(stage: Stage) -> list[Result]:
    """A paper of 20 MB, against writing, syncing and hashing the same bytes; the portal's memory after many of them."""
    sizes = stage.sizes
    url, folder = stage.databases.new("papers"), stage.place("papers")
    ours, bare, before, after = in_new_process(papers.compare, url, folder, sizes.turns, papers.PAPER, sizes.papers)
    return [
        Result("L6 经门户收一份 20 MB 的资料；对比写入、落盘、两种摘要", ours, bare, 3),
        Result(f"L7 收 {sizes.papers} 份以后服务进程的内存；对比之前", after / GIB, before / GIB, 1.5, unit="GiB"),
    ]


def portal_beside(stage: Stage) -> list[Result]:
    """A page of lines while fifty banks send files again and again, against the page of an idle portal."""
    sizes = stage.sizes
    url, folder = stage.settled(sizes.few), stage.place("beside")
    page = in_new_process(portal.page_beside_storm, url, folder, sizes.busy_seconds, sizes.few)
    what = f"{len(portal.BANKS)} 家银行不断报送时，每秒 10 页明细"
    return [
        Result(f"{what}的第 95 百分位；对比空闲时的中位数", page.busy, page.idle, 10),
        Result(f"{what}中最长的一页；对比 2 s", page.longest, 2, 1),
    ]


def portal_pages(stage: Stage) -> list[Result]:
    """A page of lines against its parts, the last page of many against the first, and their CSV against the command."""
    sizes = stage.sizes
    many, last = stage.settled(sizes.many), -(-sizes.many // portal.PAGE)
    paths = ["/runs/1/lines", f"/runs/1/lines?page={last}"]
    asked, alone = in_new_process(portal.page_and_its_parts, many, stage.place("page"), 100)
    first, deep = in_new_process(portal.page_times, many, stage.place("pages"), paths, 20)
    stage.databases.drop(many)
    middling = stage.settled(sizes.imported)
    served, exported = in_new_process(portal.csv_times, middling, stage.place("csv"), sizes.turns)
    return [
        Result("L3 明细的一页（50 行），空闲时；对比它的查询和写出", asked, alone, 2),
        Result(f"L4 明细 {sizes.many:,} 笔的最后一页；对比第一页", deep, first, 1.5),
        Result(f"L5 明细 {sizes.imported:,} 笔的 CSV 经 HTTP；对比 export lines", served, exported, 1.2),
    ]


def scaled_up(stage: Stage) -> list[Result]:
    """Very many loans on PostgreSQL, against a tenth of them: how time grows, and how much memory is held at most."""
    sizes = stage.sizes
    try:
        small, large = scale.measure([sizes.scaled // 10, sizes.scaled], sizes.workers, sizes.years)
    except postgresql_server.Unavailable as why:
        print(f"  scale: NOT MEASURED, {why}", file=sys.stderr)
        return []
    found = []
    for name in ("settle", "approve", "audit"):
        step = large[name]
        grown, allowed = growth(small[name].seconds, step.seconds, sizes.scaled // 10, sizes.scaled)
        shown = f"（{small[name].seconds:.1f} s → {step.seconds:.1f} s）"
        what = f"{name} {sizes.scaled:,} 笔，{sizes.years} 个年度，{sizes.workers} 个进程"
        found.append(Result(f"{what}：自十分之一的增长{shown}；对比 n log n", grown, allowed, 1, unit="x"))
        held = (step.peak + (sizes.workers * step.of_worker if sizes.workers > 1 else 0)) / GIB
        parts = f"主进程 {step.peak / GIB:.2f} GiB" + (
            f"，各工作进程至多 {step.of_worker / GIB:.2f} GiB" if sizes.workers > 1 else ""
        )
        found.append(Result(f"{name} 的内存峰值（{parts}）；对比 6 GiB", held, 6, 1, unit="GiB"))
    return found


def as_used(stage: Stage) -> list[Result]:
    """What is done day by day with three approved years on file, against the bare driver; memory; and how the cost grows."""
    sizes = stage.sizes
    (folder := stage.folder / "used").mkdir()
    return used.results(sizes.few, sizes.many, folder, sizes.turns)


# what is measured over HTTP: on a server too
OF_PORTAL = ("send", "papers", "beside", "pages")
BENCHMARKS: dict[str, Callable[[Stage], list[Result]]] = {
    "rules": full_rules,
    "sql": against_sql,
    "openfisca": openfisca,
    "settle": settle,
    "used": as_used,
    "import": import_workbook,
    "annex2": annex2,
    "reconcile": reconcile,
    "letters": write_letters,
    "store": store,
    "start": start,
    "send": send,
    "papers": store_papers,
    "beside": portal_beside,
    "pages": portal_pages,
    "scale": scaled_up,
}
