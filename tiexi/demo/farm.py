"""The demonstration of 特色农产品保险: two years from the bureau's workbooks to the counties' treasuries."""

from pathlib import Path

from sqlalchemy import Engine

from ledger import lifecycle
from ledger.database import db
from ledger.errors import Refused
from ledger.intake.importer import import_file
from ledger.programmes import PROGRAMMES
from ledger.runs import settlement
from ledger.runs.settlement import RunRecord
from reports.farm_insurance import explain, lists, payout
from reports.farm_insurance.lines import LINES
from reports.report import Table
from reports.runs import run_lines
from reports.writing import files
from tiexi.demo import life, produce, workbooks
from tiexi.terminal import printing

PROGRAMME = PROGRAMMES["farm_insurance"]
_SUMMARY = {
    "lines": "险种", "premium_fen": "保费", "county_paid_fen": "区市已补", "province_fen": "省级奖补", "city_fen": "市级奖补",
    "central_fen": "中央奖补", "central_left_fen": "中央剩余",
}  # fmt: skip


def run(engine: Engine, folder: Path) -> RunRecord:
    """Imports, reviews, approves, exports and pays both years, prints a screenful and explains a product. Gives the second
    year's run, which is still to be closed."""
    runs = []
    for year in produce.REVIEWED:
        with printing.progress(f"正在审核 {year} 年度特色农产品保险 …"):
            _take(engine, folder / "报送" / "特色险", year)
            trial = settlement.settle(engine, PROGRAMME, year, None, "演示经办人")
            runs.append(lifecycle.approve(engine, trial.id, "演示审核人", f"威样例财审〔{year + 1}〕1号", trial.as_of))
            _export(engine, folder / "特色险", runs[-1])
            life.to_the_enterprises(engine, folder / "特色险", runs[-1])
            if year != produce.REVIEWED[-1]:
                life.close(engine, runs[-1])
    rows = [[str(done.year), *(printing.summary_cell(done, name) for name in _SUMMARY)] for done in runs]
    printing.show(Table("特色农产品保险奖补（万元，均已审核通过）", ["年度", *_SUMMARY.values()], rows, 1))
    for done in runs:
        stopped = "，".join(f"{code} {count}" for code, count in done.summary["stopped"].items())
        printing.say(f"{done.year} 年度未通过的险种：{stopped}")
    printing.say(f"\n$ tiexi explain --product {produce.EXPLAINED} --year {runs[0].year}")
    with db.reading(engine) as connection:
        printing.print_explanation(explain.explain(connection, runs[0], produce.EXPLAINED))
    printing.say()
    return runs[-1]


def _take(engine: Engine, folder: Path, year: int) -> None:
    files.make_folder(folder)
    for number, (sender, sheets) in enumerate(produce.books(year), start=1):
        path = workbooks.write_book(folder / f"{year}-{number:02d}-{sender}.xlsx", year, sender, sheets)
        outcome = import_file(engine, path, "演示报送人")
        if outcome.refused:
            raise Refused("；".join([outcome.refusal, *(finding.line() for finding in outcome.findings)]))


def _export(engine: Engine, folder: Path, done: RunRecord) -> None:
    """Everything that follows a review."""
    with db.reading(engine) as connection:
        lists.write_list(connection, done, "", folder / f"奖补资金汇总表-{done.year}.xlsx")
        for part in done.summary["counties"]:
            county = part["county"]
            target = folder / "审核明细表" / f"特色险-{county}-{done.year}.xlsx"
            lists.write_list(connection, done, county, target)
        files.write_text(
            folder / f"特色险-{done.year}.csv", run_lines.csv(LINES, run_lines.read(connection, LINES, done.id))
        )
        payout.notice(connection, done, folder / f"公示名单-{done.year}.xlsx")
        payout.payments(connection, done, folder / f"拨付计划-{done.year}.xlsx")
