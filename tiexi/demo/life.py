"""The demonstration's full way of a run: signatures, spot check, approval, allotment, payments, closing, audit."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

from openpyxl import load_workbook
from sqlalchemy import Engine

from ledger import check_lists, lifecycle, spotcheck
from ledger.books import payments
from ledger.books.payment_sheets import PAYMENTS
from ledger.database import db
from ledger.errors import Refused
from ledger.runs.settlement import RunRecord, read_run
from ledger.workdays import today
from reports.money import balance, beancount, to_pay
from reports.runs import check_list
from reports.writing import files
from reports.writing.packing import save_edited
from tiexi.commands.balance import print_balance
from tiexi.demo.city import Row
from tiexi.terminal import printing

_SIGNER, _CHECKER, _APPROVER, _TREASURER = "{}初审人", "演示抽查人", "演示审核人", "演示出纳"
_SHARE_E4 = 100_000  # 10%
_LEG_DAYS = {  # month and day of the year after the settlement year
    "市财政到区市财政": (3, 5), "区市财政到金融监管部门": (3, 12), "金融监管部门到银行": (3, 20),
    "银行到企业": (4, 2), "追缴缴回": (5, 6), "市级到收款单位": (4, 2),
}  # fmt: skip


def to_approval(engine: Engine, folder: Path, trial: RunRecord) -> RunRecord:
    """Every county signs, a spot check finds something that is put right, and the city approves."""
    year = trial.year
    for county in lifecycle.counties(trial):
        lifecycle.sign(engine, trial.id, county, _SIGNER.format(county), f"样例初审〔{year + 1}〕{county}1号")
    drawing, _ = spotcheck.sample(engine, trial.id, _SHARE_E4, None, _CHECKER)
    target = folder / "抽查" / f"抽查清单-{year}.xlsx"
    with db.reading(engine) as connection:
        check_list.write_checklist(connection, trial, drawing, target)
    book = load_workbook(target)
    page = book[check_lists.RESULTS.name]
    places = {str(cell.value): place for place, cell in enumerate(page[1], start=1)}
    for row in range(2, page.max_row + 1):
        page.cell(row, places["核查结果"]).value = "相符"
    page.cell(2, places["核查结果"]).value, page.cell(2, places["说明"]).value = "不符", "放款通知书缺一页"
    save_edited(book, target)
    found = check_list.read_results(target, trial.id)
    spotcheck.enter(engine, trial.id, found, _CHECKER)
    first = found[0]
    try:
        lifecycle.approve(engine, trial.id, _APPROVER, "样例", trial.as_of)
    except Refused as refusal:
        if year == 2023:
            printing.say(f"抽查有一笔不符，此时审核被拒绝：{refusal}\n")
    put_right = spotcheck.Entry(first.bank, first.note_no, "resolved", "已补交缺页，核对无误")
    spotcheck.enter(engine, trial.id, [put_right], _CHECKER)
    return lifecycle.approve(engine, trial.id, _APPROVER, f"威样例审〔{year + 1}〕1号", trial.as_of)


def to_the_enterprises(engine: Engine, folder: Path, run: RunRecord, stuck_at: str | None = None) -> None:
    """Allots and pays a run leg by leg; with `stuck_at` that bank passes nothing on."""
    allot(engine, run)
    pay(engine, folder, run, lambda row: row["环节"] != "银行到企业" or row["银行名称"] != stuck_at)


def allot(engine: Engine, run: RunRecord) -> None:
    """Finance allots the money of a run."""
    year = run.year + 1
    lifecycle.allot(engine, run.id, _TREASURER, f"威样例财〔{year}〕8号", date(year, 3, 1))


def close(engine: Engine, run: RunRecord) -> None:
    """The city closes a run whose money has arrived."""
    lifecycle.close(engine, run.id, _APPROVER, f"威样例审〔{run.year + 1}〕20号")


def pay(engine: Engine, folder: Path, run: RunRecord, paid: Callable[[Row], bool], part: str = "") -> None:
    """Pays the rows of what a run has still to pay of which `paid` says so (by header); part: at the end of the file's name."""
    year = run.year
    target = folder / "拨付" / f"拨付表-{year}{part}.xlsx"
    with db.reading(engine) as connection:
        to_pay.write_to_pay(connection, run, target)
    book = load_workbook(target)
    page = book[PAYMENTS]
    headers = [str(cell.value) for cell in page[1]]
    for row in range(2, page.max_row + 1):
        values: Row = {header: page.cell(row, place).value for place, header in enumerate(headers, start=1)}
        if paid(values):
            page.cell(row, headers.index("日期") + 1).value = date(year + 1, *_LEG_DAYS[str(values["环节"])])
            page.cell(row, headers.index("凭证号") + 1).value = f"样例凭证{year + 1}{part}-{row - 1:03d}"
    save_edited(book, target)
    outcome = payments.pay(engine, year, target, _TREASURER)
    if outcome.refused:
        raise Refused("；".join(finding.line() for finding in outcome.findings))


def show_books(engine: Engine, folder: Path, run: RunRecord) -> None:
    """Prints where the money of a run is, and writes the journal of its year."""
    with db.reading(engine) as connection:
        printing.say(f"\n$ tiexi balance {run.year}")
        print_balance(
            balance.balance(connection, read_run(connection, run.id), min(today(), date(run.year + 1, 6, 30)))
        )
        files.write_text(
            folder / f"账簿-{run.year}.beancount", beancount.lines(beancount.read_journal(connection, run.year))
        )
