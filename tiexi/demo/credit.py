"""The demonstration of 出口信保: two years from the senders' workbooks to the money, and a refund claimed back."""

from datetime import date
from pathlib import Path

from sqlalchemy import Engine

from ledger import lifecycle
from ledger.database import db
from ledger.errors import Refused
from ledger.intake.importer import import_file
from ledger.programmes import PROGRAMMES
from ledger.runs import settlement
from ledger.runs.settlement import RunRecord
from reports.export_credit import explain, lists, payout
from reports.export_credit.lines import CLAIMS, ENTERPRISES, LINES
from reports.report import Table
from reports.runs import run_lines
from reports.writing import files
from tiexi.demo import life, workbooks
from tiexi.demo.city import World
from tiexi.demo.premiums import REVIEWED, Premiums
from tiexi.terminal import printing

PROGRAMME = PROGRAMMES["export_credit"]
_SUMMARY = {
    "lines": "保费行数", "net_fen": "净保费", "demand_fen": "应支持", "budget_fen": "资金总量", "subsidy_fen": "支持金额",
    "claims_fen": "追缴",
}  # fmt: skip


def run(engine: Engine, folder: Path, world: World) -> RunRecord:
    """Imports, reviews, approves, exports and pays both years, prints a screenful and explains what is claimed back. Gives the
    second year's run, which is still to be closed."""
    premiums = Premiums(world)
    runs = []
    for year in REVIEWED:
        with printing.progress(f"正在审核 {year} 年度出口信保 …"):
            _take(engine, folder / "报送" / "出口信保", year, premiums)
            as_of = date(year + 1, 1, 31)
            trial = settlement.settle(engine, PROGRAMME, year, as_of, "演示经办人")
            runs.append(lifecycle.approve(engine, trial.id, "演示审核人", f"威样例商审〔{year + 1}〕1号", as_of))
            _export(engine, folder / "出口信保", runs[-1])
            life.to_the_enterprises(engine, folder / "出口信保", runs[-1])
            if year != REVIEWED[-1]:
                life.close(engine, runs[-1])
    _print(engine, runs, premiums)
    return runs[-1]


def _take(engine: Engine, folder: Path, year: int, premiums: Premiums) -> None:
    files.make_folder(folder)
    for number, (sender, sheets) in enumerate(premiums.books(year), start=1):
        path = workbooks.write_book(folder / f"{year}-{number:02d}-{sender}.xlsx", year, sender, sheets)
        outcome = import_file(engine, path, "演示报送人")
        if outcome.refused:
            raise Refused("；".join([outcome.refusal, *(finding.line() for finding in outcome.findings)]))


def _export(engine: Engine, folder: Path, done: RunRecord) -> None:
    """Everything that follows a review."""
    with db.reading(engine) as connection:
        lists.write_list(connection, done, folder / f"保费支持明细表-{done.year}.xlsx")
        for name, kind in (("保费支持", LINES), ("信保企业", ENTERPRISES), ("信保追缴", CLAIMS)):
            rows = run_lines.read(connection, kind, done.id)
            files.write_text(folder / f"{name}-{done.year}.csv", run_lines.csv(kind, rows))
        payout.notice(connection, done, folder / f"公示名单-{done.year}.xlsx")
        payout.payments(connection, done, folder / f"拨付计划-{done.year}.xlsx")


def _print(engine: Engine, runs: list[RunRecord], premiums: Premiums) -> None:
    rows = [[str(done.year), *(printing.summary_cell(done, name) for name in _SUMMARY)] for done in runs]
    printing.show(Table("出口信保保费支持（万元，均已审核通过）", ["年度", *_SUMMARY.values()], rows, 1))
    for done in runs:
        stopped = "，".join(f"{code} {count}" for code, count in done.summary["stopped"].items())
        printing.say(f"{done.year} 年度未通过的保费：{stopped}")
    insurer, voucher, country = premiums.claimed
    printing.say(f"\n$ tiexi explain {voucher} --insurer {insurer} --country {country} --year {runs[-1].year}")
    with db.reading(engine) as connection:
        printing.print_explanation(explain.explain(connection, runs[-1], insurer, voucher, country))
    printing.say()
