"""The second half of the demonstration: 拨投贷保, from the senders' workbooks to the payment plan."""

from pathlib import Path

from sqlalchemy import Engine

from ledger import lifecycle
from ledger.database import db
from ledger.errors import Refused
from ledger.intake.importer import import_file
from ledger.programmes import PROGRAMMES
from ledger.runs import settlement
from ledger.runs.settlement import RunRecord
from reports.chokepoint import lines as review_lines
from reports.chokepoint import lists, payout, register, returns
from reports.report import Table
from reports.runs import run_lines
from reports.writing import files
from tiexi.demo import workbooks
from tiexi.demo.city import World
from tiexi.demo.library import REVIEWED, Library, senders
from tiexi.terminal import printing

PROGRAMME = PROGRAMMES["chokepoint"]
_SUMMARY = {
    "loans": "贷款", "filed_fen": "备案额度", "subsidy_fen": "风险补助", "policies": "保单", "premium_fen": "保费",
    "premium_subsidy_fen": "保费补贴", "grants": "研发补助项", "grant_fen": "研发补助", "investments": "投资",
    "recognised_fen": "投资认定",
}  # fmt: skip


def run(engine: Engine, folder: Path, world: World) -> None:
    """Imports the library and all around it, reviews and approves both years, exports everything, prints a screenful."""
    library = Library(world)
    _take(engine, folder / "报送" / "拨投贷保", library)
    runs = []
    for year in REVIEWED:
        with printing.progress(f"正在审核 {year} 年度拨投贷保 …"):
            trial = settlement.settle(engine, PROGRAMME, year, None, "演示经办人")
            runs.append(lifecycle.approve(engine, trial.id, "演示审核人", f"威样例科审〔{year + 1}〕1号", trial.as_of))
            _export(engine, folder / "拨投贷保", runs[-1])
    _print(runs, library)


def _take(engine: Engine, folder: Path, library: Library) -> None:
    files.make_folder(folder)
    for number, sender, sheets in senders(library):
        path = workbooks.write_book(folder / f"{number:02d}-{sender}.xlsx", REVIEWED[0], sender, sheets)
        outcome = import_file(engine, path, "演示报送人")
        if outcome.refused:
            raise Refused("；".join([outcome.refusal, *(finding.line() for finding in outcome.findings)]))


def _export(engine: Engine, folder: Path, done: RunRecord) -> None:
    """Everything that follows a review, and one quarter's returns."""
    year = done.year
    with db.reading(engine) as connection:
        lists.write_list(connection, done, folder / f"新增贷款明细表-{year}.xlsx", lists.NEW_LOANS)
        lists.write_list(connection, done, folder / f"保费补贴明细表-{year}.xlsx", lists.PREMIUMS)
        for name, lines in (("新增贷款", review_lines.LOANS), ("保费补贴", review_lines.POLICIES)):
            files.write_text(
                folder / f"{name}-{year}.csv", run_lines.csv(lines, run_lines.read(connection, lines, done.id))
            )
        payout.notice(connection, done, folder / f"公示名单-{year}.xlsx", *payout.notice_period(connection, done))
        payout.payments(connection, done, folder / f"拨付计划-{year}.xlsx")
        register.register(connection, done, folder / f"台账-{year}.xlsx")
        if year == REVIEWED[0]:
            quarter = returns.Quarter(year, 3)
            returns.write_returns(connection, quarter, folder / "季报" / quarter.name)


def _print(runs: list[RunRecord], library: Library) -> None:
    rows = [[str(done.year), *(printing.summary_cell(done, name) for name in _SUMMARY)] for done in runs]
    printing.show(Table("拨投贷保集中审核（万元，均已审核通过）", ["年度", *_SUMMARY.values()], rows, 1))
    for done in runs:
        stopped = "，".join(f"{code} {count}" for code, count in done.summary["stopped"].items())
        printing.say(f"{done.year} 年度未通过的贷款、保单：{stopped}")
    bank, note = library.highlights["cut by the quota"]
    printing.say(f"单户 2000 万元备案额度跨两家银行用完：tiexi explain {note} --bank {bank} --year {REVIEWED[0]}\n")
