"""The demonstration: the whole job on the invented city, through the same functions as the commands."""

import shutil
import sys
from collections import Counter
from datetime import date
from pathlib import Path

from sqlalchemy import Engine

from ledger import money
from ledger.counties import COUNTIES
from ledger.database import db
from ledger.errors import Refused
from ledger.intake.importer import import_file
from ledger.programmes import PROGRAMMES
from ledger.runs import settlement
from ledger.runs.settlement import RunRecord
from ledger.setup import initialise
from ledger.store import Store
from reports.received import marked
from reports.report import Table
from reports.tech_branch import annexes, claims, explain, lines
from reports.writing import files, template
from tiexi.demo import credit, evaluation, farm, life, papers, portal, returned, review, workbooks
from tiexi.demo.city import ALL_BANKS, SETTLED_ON, YEARS, Row, World
from tiexi.demo.world import build_world
from tiexi.terminal import printing
from tiexi.terminal.outcomes import print_outcome

_MARKER = ".tiexi-demo"
_FIRST_DAY = date(2025, 1, 2)


def run(folder: Path) -> None:
    """Runs the demonstration in a folder and prints what it did."""
    _empty_folder(folder)
    engine = db.open_engine(f"sqlite:///{folder / 'tiexi.db'}")
    world = build_world()
    with papers.clock_on(_FIRST_DAY):  # the banks are on file before their papers come
        initialise(engine)
        _import(engine, folder, YEARS[0], world)
    with printing.progress("正在接收资料 …"):
        papers.receive(engine, Store(folder / papers.STORE), world)
    template.write_template(folder / "报送模板.xlsx")
    printing.say("以下银行、企业、贷款均为虚构，只作演示。\n")
    runs = []
    for year in YEARS:
        with printing.progress(f"正在导入、结算 {year} 年度 …"):
            trial = _trial(engine, folder, year, world)
            if year != YEARS[-1]:
                runs.append(_approved(engine, folder, trial))
                life.allot(engine, runs[-1])
                life.pay(engine, folder, runs[-1], _paid_first if year == YEARS[-2] else lambda row: True)
    review.run(engine, folder, world)
    others = [farm.run(engine, folder), credit.run(engine, folder, world)]
    # while the first year waits to be closed, money of the next is on its way and the last waits for its counties: whoever
    # signs in there has something to do
    portal.run(engine, folder, world)
    with printing.progress(f"正在办结 {YEARS[-1]} 年度 …"):
        life.pay(engine, folder, runs[-1], lambda row: True, "-续")
        for run in (*runs, *others):
            life.close(engine, run)
        runs = [_read(engine, run) for run in runs]
        runs.append(_approved(engine, folder, trial))
        life.to_the_enterprises(engine, folder, runs[-1], ALL_BANKS[0])
    _show_refused_file(engine, folder, world)
    for name in ("cut by the cap", "rate above the ceiling"):
        _print_explanation(engine, world, runs, name)
    _print_explanation(engine, world, runs[-1:], "months lost")
    returned.run(engine, folder, runs[-1])
    life.show_books(engine, folder, runs[-1])
    printing.say()
    evaluation.run(engine, folder, runs[-1])
    _print_claims(engine, runs)
    _print_summary(runs)  # last, so that it is what stays on the screen
    engine.dispose()
    _print_files(folder)


def _empty_folder(folder: Path) -> None:
    """Makes the folder, or empties it when an earlier demonstration made it; anything else is left alone."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        if not (folder / _MARKER).is_file():
            raise Refused(f"{folder} 已有其他内容，演示不会覆盖；请换一个文件夹：tiexi demo 文件夹")
        shutil.rmtree(folder)
    files.make_folder(folder)
    files.write_text(folder / _MARKER, ["由 tiexi demo 建立，可以整个删除。\n"])


def _import(engine: Engine, folder: Path, year: int, world: World) -> None:
    """Imports a year's workbooks."""
    for path in workbooks.write_workbooks(folder / "报送" / str(year), year, world):
        outcome = import_file(engine, path, "演示报送人")
        if outcome.refused:
            raise Refused("；".join([outcome.refusal, *(finding.line() for finding in outcome.findings)]))


def _trial(engine: Engine, folder: Path, year: int, world: World) -> RunRecord:
    """Imports a year's workbooks (of the first year that was done) and settles it."""
    if year != YEARS[0]:
        _import(engine, folder, year, world)
    return settlement.settle(engine, PROGRAMMES["tech_branch"], year, SETTLED_ON[year], "演示经办人")


def _paid_first(row: Row) -> bool:
    """Of a year's money: what the city has not given one county yet, and another's finance has not passed on, is paid later."""
    first, second = COUNTIES[:2]
    return row["区市"] not in (first, second) or (row["区市"] == first and row["环节"] == "市财政到区市财政")


def _read(engine: Engine, run: RunRecord) -> RunRecord:
    with db.reading(engine) as connection:
        return settlement.read_run(connection, run.id)


def _approved(engine: Engine, folder: Path, trial: RunRecord) -> RunRecord:
    """Takes a year through review, spot check and approval, and exports it."""
    year = trial.year
    done = life.to_approval(engine, folder, trial)
    with db.reading(engine) as connection:
        for county in annexes.annex1_counties(connection, done):
            annexes.annex1(connection, done, county, folder / "附件1" / str(year) / f"附件1-{county}-{year}.xlsx")
        annexes.annex2(connection, done, folder / f"附件2-{year}.xlsx")
        files.write_text(folder / f"明细-{year}.csv", lines.lines_csv(connection, done.id))
        files.write_text(folder / f"追缴-{year}.csv", claims.claims_csv(connection, done.id))
    return done


def _print_summary(runs: list[RunRecord]) -> None:
    rows = [[str(run.year), *(printing.summary_cell(run, name) for name in _SUMMARY)] for run in runs]
    printing.show(Table("三个年度的结算（万元，均已审核通过）", ["年度", *_SUMMARY.values()], rows, 1))
    codes = list(dict.fromkeys(code for run in runs for code in run.summary["stopped"]))
    order = [condition.code for condition in PROGRAMMES["tech_branch"].conditions]
    rows = [
        [code, *(str(run.summary["stopped"].get(code, 0)) for run in runs)] for code in sorted(codes, key=order.index)
    ]
    printing.show(Table("各代码未通过的笔数", ["代码", *(str(run.year) for run in runs)], rows, 1))


_SUMMARY = {
    "loans": "笔数", "paid_loans": "有补助", "balance_fen": "年末余额", "interest_demand_fen": "贴息需求",
    "interest_fen": "贴息", "interest_city_fen": "市级", "interest_county_fen": "县级", "bonus_demand_fen": "奖补需求",
    "bonus_fen": "奖补", "claims_fen": "追缴",
}  # fmt: skip


def _print_claims(engine: Engine, runs: list[RunRecord]) -> None:
    """What each settlement claims back of what earlier ones paid."""
    shown = ("year", "paid_year", "county", "bank", "note_no", "code", "interest_fen", "bonus_fen")
    columns = [(place, column) for place, column in enumerate(claims.COLUMNS) if column.name in shown]
    with db.reading(engine) as connection:
        rows = [
            [
                money.wan_text(row[place]) if column.kind == "fen" else column.text(row[place])
                for place, column in columns
            ]
            for run in runs
            for row in claims.read_claims(connection, run.id)
        ]
    headers = [column.header for _, column in columns]
    printing.show(Table("追缴以前年度补助（万元）", headers, rows, 6))


def _show_refused_file(engine: Engine, folder: Path, world: World) -> None:
    """A workbook with mistakes is refused as a whole and given back with the bad cells marked."""
    path = workbooks.write_spoiled(folder / "报送", world)
    outcome = import_file(engine, path, "演示报送人")
    printing.say("一个有错误的工作簿被整个拒绝，问题一次列出：")
    print_outcome(outcome)
    target = folder / f"请改正-{path.name}"
    marked.write_marked(path, outcome.findings, target)


def _print_explanation(engine: Engine, world: World, runs: list[RunRecord], name: str) -> None:
    """Explains a highlighted loan in the first of the runs that has something to say about it."""
    bank, note = world.highlights[name]
    with db.reading(engine) as connection:
        for record in runs:
            explanation = explain.explain(connection, record, bank, note)
            if explanation.points:
                break
    printing.say(f"\n$ tiexi explain {note} --bank {bank} --year {record.year}")
    printing.print_explanation(explanation)


def _print_files(folder: Path) -> None:
    """The files written, a line per folder, and one for a folder of very many (the store of files, by hash)."""
    printing.say("写出的文件：")
    written = sorted(item for item in folder.rglob("*") if item.is_file() and item.name != _MARKER)
    beside = Counter(place.parent for place in {path.parent for path in written} - {folder})
    shelves = {place for place, count in beside.items() if count > _MANY and place != folder}
    of_place: dict[Path, list[str]] = {}
    for path in written:
        place = path.parent.parent if path.parent.parent in shelves else path.parent
        of_place.setdefault(place, []).append(path.name)
    for place, names in of_place.items():
        whole = "、".join(names) if len(names) <= 3 or place == folder else f"{names[0]} 等 {len(names)} 个"
        printing.say(f"  {place}/：{f'{len(names)} 个文件，按散列值分放' if place in shelves else whole}")
    printing.say(f"打开看看：{folder / '附件2-2023.xlsx'}")
    if shutil.which("tiexi") is None:
        printing.say(f"先运行 . {_shown(Path(sys.prefix))}/bin/activate，就可以直接使用 tiexi 命令")
    printing.say(f"接着试试（先运行 export TIEXI_DATABASE_URL=sqlite:///{(folder / 'tiexi.db').absolute()}）：")
    for office, command in _NEXT.items():
        printing.say(f"  {office}　{command.format(folder=folder)}")
    portal.print_line(folder)


_MANY = 20  # folders within one folder


def _shown(path: Path) -> Path:
    """A path as one would type it here."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


_NEXT = {  # for each office the one command to try first
    "银行": "tiexi import {folder}/报送/2025-有误示例-蓝鲸样例银行.xlsx --errors 请改正.xlsx",
    "区市": f"tiexi export problems 2025 --county {COUNTIES[0]} -o 问题清单.xlsx",
    "金融": "tiexi status",
    "科技": "tiexi export register 2023 -o 台账.xlsx",
    "商务": "tiexi export credit-claims 2024 -o 追缴.csv",
    "财政": "tiexi balance 2023 --programme 特色农产品保险",
    "审计": "tiexi audit",
}
