"""A small invented city whose runs can be taken through their whole life, and what tests ask of it.

Three counties have lines in 2023, three banks lend, two enterprises have loans at two banks. In 2024 one loan turns out
to have been paid off within the year granted and another one is revoked: what was paid on both is claimed back.
"""

import tempfile
from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import openpyxl
from sqlalchemy import Engine

from databases import fresh_engine
from ledger import lifecycle, spotcheck
from ledger.books import payments
from ledger.books.payment_sheets import PAYMENTS
from ledger.database import db
from ledger.intake.importer import import_file
from ledger.intake.sheets import BY_NAME
from ledger.intake.void import void
from ledger.programmes import PROGRAMMES
from ledger.runs import settlement
from ledger.runs.settlement import RunRecord, read_run
from reports.money import to_pay as to_pay_sheet
from scenes import usc_code
from sheets import write_sheets

ONE, TWO, THREE = "样例一行", "样例二行", "样例三行"
CODES = [usc_code(number) for number in range(1, 6)]
NAMES = ("海甲公司", "海乙公司", "海丙公司", "海丁公司", "外戊公司")
SIGNERS = {"环翠区": "初审甲", "荣成市": "初审乙", "高区": "初审丙"}
COUNTIES = tuple(SIGNERS)
TYPIST, CLERK, CHECKER, CHIEF, CASHIER = "录入员", "经办员", "抽查员", "审核人", "出纳"
YEAR, AS_OF = 2023, date(2024, 1, 31)
APPROVED_ON, ALLOTTED_ON = date(2024, 2, 20), date(2024, 3, 1)
LEG_DAYS = {
    "市财政到区市财政": date(2024, 3, 5), "区市财政到金融监管部门": date(2024, 3, 12),
    "金融监管部门到银行": date(2024, 3, 20), "银行到企业": date(2024, 4, 2), "追缴缴回": date(2025, 5, 6),
}  # fmt: skip

Row = dict[str, Any]


def _loan(bank: str, note: str, enterprise: int, amount: Any, start: date, end: date, **more: Any) -> Row:
    return {
        "银行名称": bank, "借据编号": note, "合同编号": f"HT-{note}", "业务品种": "科技支行贷款",
        "统一社会信用代码": CODES[enterprise], "贷款金额(万元)": amount, "发放日": start, "到期日": end, "年利率(%)": 4,
        "担保方式": "信用", "资料上传日": start, **more,
    }  # fmt: skip


def _repaid(bank: str, note: str, day: date, amount: Any) -> Row:
    return {"银行名称": bank, "借据编号": note, "还款日": day, "还本金额(万元)": amount, "资料上传日": day}


def city() -> dict[str, list[Row]]:
    """What is on file when 2023 is settled, something on nearly every sheet."""
    counties = ("环翠区", "荣成市", "高区", "环翠区", "市外")
    return {
        "企业": [
            {"统一社会信用代码": code, "企业名称": name, "区市": county}
            for code, name, county in zip(CODES, NAMES, counties, strict=True)
        ],
        "资质": [
            {"统一社会信用代码": code, "资质类别": "高新技术企业", "有效期起": date(2021, 1, 1), "有效期止": None}
            for code in CODES
        ],
        "合作银行": [{"银行名称": name, "合作起始日": date(2019, 1, 1), "合作终止日": None} for name in (ONE, TWO, THREE)],
        "贷款": [
            _loan(ONE, "A1", 0, 1000, date(2023, 7, 3), date(2024, 7, 3)),
            _loan(TWO, "A2", 0, Decimal("333.333333"), date(2023, 5, 10), date(2025, 1, 20)),
            _loan(ONE, "B1", 1, 500, date(2023, 3, 14), date(2025, 3, 14)),
            _loan(TWO, "B2", 1, Decimal("700.000001"), date(2023, 8, 21), date(2024, 8, 21)),
            _loan(ONE, "C1", 2, 800, date(2023, 9, 28), date(2024, 9, 28)),
            _loan(TWO, "C2", 2, 200, date(2023, 6, 6), date(2024, 6, 6), **{"年利率(%)": 9}),
            _loan(ONE, "D1", 3, Decimal("90.000007"), date(2023, 4, 10), date(2024, 6, 10)),
            _loan(THREE, "E1", 4, 100, date(2023, 4, 10), date(2024, 4, 10)),
        ],
        "还款": [_repaid(TWO, "B2", date(2023, 11, 1), 100), _repaid(ONE, "C1", date(2023, 12, 20), Decimal("0.5"))],
        "展期": [
            {"银行名称": TWO, "借据编号": "B2", "展期日": date(2023, 12, 1), "新到期日": date(2024, 11, 21),
             "资料上传日": date(2023, 12, 1)}
        ],
        "年末余额": [{"年度": 2023, "银行名称": ONE, "借据编号": "A1", "年末余额(万元)": 1000}],
        "历史享受年限": [{"统一社会信用代码": CODES[0], "截至年度": 2022, "已享受年限": 2}],
        "年限豁免": [{"统一社会信用代码": CODES[1], "年度": 2023, "批准文号": "样例函2号"}],
        "上传豁免": [{"银行名称": ONE, "借据编号": "A1", "业务日": date(2023, 7, 3), "批准文号": "样例函1号"}],
        "取消资格": [{"主体": CODES[4], "取消日": date(2024, 1, 5), "批准文号": "样例函3号"}],
        "年度比例": [{"年度": 2023, "补助项目": "贴息", "比例(%)": Decimal("0.9")}],
        "奖补比例": [{"年度": 2023, "银行名称": TWO, "奖补比例(%)": Decimal("0.5")}],
        "预算": [{"年度": 2023, "范围": "全市", "金额(万元)": 45}],
    }  # fmt: skip


def later() -> dict[str, list[Row]]:
    """What 2024 brings: B1 paid off within the year granted, D1 revoked, others paid off, and a new loan."""
    return {
        "贷款": [_loan(ONE, "A3", 0, 600, date(2024, 5, 9), date(2025, 5, 9))],
        "还款": [
            _repaid(ONE, "B1", date(2024, 3, 1), 500),  # 353 days
            _repaid(TWO, "A2", date(2024, 12, 3), Decimal("333.333333")),
            _repaid(TWO, "B2", date(2024, 11, 21), Decimal("600.000001")),
        ],
        "撤销": [
            {"银行名称": ONE, "借据编号": "D1", "认定日": date(2024, 6, 1), "认定文号": "样例函9号", "事由": "样例"}
        ],
        "预算": [{"年度": 2025, "范围": "全市", "金额(万元)": 7}],
    }  # fmt: skip


# --- one step each ----------------------------------------------------------------------------------------------------


def take(engine: Engine, folder: Path, sheets: dict[str, list[Row]], uploader: str = TYPIST, **options: Any) -> None:
    """Imports rows of sheets; they must be taken."""
    path = write_sheets(folder / f"报送{len(list(folder.glob('报送*')))}.xlsx", sheets)
    outcome = import_file(engine, path, uploader, **options)
    assert not outcome.refused, [outcome.refusal, *(finding.line() for finding in outcome.findings)]


def settle(engine: Engine, year: int = YEAR, as_of: date | None = None) -> RunRecord:
    """A trial run as of the end of the January that follows."""
    return settlement.settle(engine, PROGRAMMES["tech_branch"], year, as_of or date(year + 1, 1, 31), CLERK)


def sign(engine: Engine, run: RunRecord, counties: Sequence[str] | None = None) -> None:
    """The counties (all that are asked for by default) sign a run."""
    for county in lifecycle.counties(run) if counties is None else counties:
        lifecycle.sign(engine, run.id, county, SIGNERS[county], f"样例初审〔{run.year + 1}〕{county}1号")


def check(engine: Engine, run: RunRecord, share_e4: int = 200_000) -> None:
    """Draws lines and finds nothing wrong."""
    drawing, _ = spotcheck.sample(engine, run.id, share_e4, None, CHECKER)
    with db.reading(engine) as connection:
        lines = {one.line_no: one for one in spotcheck._candidates(connection, run.id)}
    drawn = [lines[one.line_no] for one in drawing.lines]
    spotcheck.enter(engine, run.id, [spotcheck.Entry(one.bank, one.note_no, "ok", None) for one in drawn], CHECKER)


def approve(engine: Engine, run: RunRecord, by: str = CHIEF, **options: Any) -> RunRecord:
    """Approves a run."""
    options.setdefault("on", date(run.year + 1, 2, 20))
    options.setdefault("without_check", "样例原因")  # counts only where none was drawn
    return lifecycle.approve(engine, run.id, by, f"样例审〔{run.year + 1}〕1号", **options)


def allot(engine: Engine, run: RunRecord, on: date | None = None) -> RunRecord:
    """Allots a run's money."""
    return lifecycle.allot(engine, run.id, CASHIER, f"样例财〔{run.year + 1}〕8号", on or date(run.year + 1, 3, 1))


Keep = Callable[[Row], bool]


def run_of(engine: Engine) -> RunRecord:
    """The first run."""
    with db.reading(engine) as connection:
        return read_run(connection, 1)


def to_pay(engine: Engine, run: RunRecord) -> list[Row]:
    """The rows of 拨付 that are still to be paid, with dates and vouchers filled in."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "待拨付.xlsx"
        with db.reading(engine) as connection:
            to_pay_sheet.write_to_pay(connection, run, path)
        page = list(openpyxl.load_workbook(path)[PAYMENTS].values)
    header = [str(value) for value in page[0]]
    rows = [dict(zip(header, values, strict=True)) for values in page[1:]]
    for number, row in enumerate(rows, start=1):
        day = LEG_DAYS[row["环节"]]
        row["日期"], row["凭证号"] = day.replace(year=day.year + run.year - YEAR), f"凭证{run.year}-{number:03d}"
    return rows


def pay(engine: Engine, folder: Path, rows: Sequence[Row], year: int = YEAR, sheet: str = "拨付") -> payments.Paid:
    """Takes rows of payments as a workbook and gives the outcome."""
    path = write_sheets(folder / f"拨付{len(list(folder.glob('拨付*')))}.xlsx", {sheet: rows})
    return payments.pay(engine, year, path, CASHIER)


def paid(engine: Engine, folder: Path, rows: Sequence[Row], year: int = YEAR) -> payments.Paid:
    """As pay, and it must be taken."""
    outcome = pay(engine, folder, rows, year)
    assert not outcome.refused, [finding.line() for finding in outcome.findings]
    return outcome


def close(engine: Engine, run: RunRecord) -> RunRecord:
    """Closes a run."""
    return lifecycle.close(engine, run.id, CHIEF, f"样例审〔{run.year + 1}〕20号")


# --- databases at a stage of the life, made once and copied ------------------------------------------------------------

STAGES = ("filed", "trial", "signed", "approved", "allotted", "paid", "closed", "second year", "second closed")


def advance(engine: Engine, folder: Path, stage: str) -> None:
    """Takes a database from the stage before to this one."""
    if stage == "filed":
        take(engine, folder, city())
        return
    if stage == "trial":
        settle(engine)
        return
    with db.reading(engine) as connection:
        run = read_run(connection, 2 if stage == "second closed" else 1)
    if stage == "signed":
        sign(engine, run)
    elif stage == "approved":
        check(engine, run)
        approve(engine, run)
    elif stage == "allotted":
        allot(engine, run)
    elif stage == "paid":
        rows = to_pay(engine, run)
        paid(engine, folder, [row for row in rows if row["环节"] != "银行到企业"])
        paid(engine, folder, [row for row in rows if row["环节"] == "银行到企业"])
    elif stage == "closed":
        close(engine, run)
    elif stage == "second year":
        take(engine, folder, later())
        c1 = next(row for row in city()["贷款"] if row["借据编号"] == "C1")
        take(engine, folder, {"贷款": [{**c1, "合同编号": "HT-C1-补"}]}, amend_reason="合同编号录入有误")
        void(engine, BY_NAME["预算"], [2025, "全市"], "年度有误", TYPIST)
        second = settle(engine, 2024)
        sign(engine, second)
        approve(engine, second)
    elif stage == "second closed":
        allot(engine, run)
        paid(engine, folder, to_pay(engine, run), 2024)
        close(engine, run)


def live(engine: Engine, folder: Path, until: str) -> None:
    """Takes a fresh database to a stage."""
    for stage in STAGES[: STAGES.index(until) + 1]:
        advance(engine, folder, stage)


@cache
def _database(until: str) -> bytes:
    with tempfile.TemporaryDirectory() as name:
        folder, before = Path(name), STAGES.index(until) - 1
        engine = fresh_engine(folder) if before < 0 else at_stage(folder, STAGES[before])
        advance(engine, folder, until)
        engine.dispose()
        return (folder / "tiexi.db").read_bytes()


def at_stage(folder: Path, until: str) -> Engine:
    """An SQLite database in a folder, taken to a stage; whoever asks disposes of the engine."""
    path = folder / "tiexi.db"
    path.write_bytes(_database(until))
    return db.open_engine(f"sqlite:///{path}")
