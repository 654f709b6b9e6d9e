"""What the tests of payments share: rows to pay of a run, the findings of a file, and where the money stands."""

from datetime import date

from sqlalchemy import Engine, func, select

import lives
from ledger import models
from ledger.books.payments import Paid
from ledger.database import db
from ledger.runs.settlement import RunRecord, read_run
from ledger.workdays import today
from lives import CODES, Row
from reports.money import balance

CITY, COUNTY, BANK, ENTERPRISE = list(lives.LEG_DAYS)[:4]


def run_of(engine: Engine, number: int = 1) -> RunRecord:
    with db.reading(engine) as connection:
        return read_run(connection, number)


def rows_to_pay(engine: Engine, number: int = 1) -> list[Row]:
    return lives.to_pay(engine, run_of(engine, number))


def leg(rows: list[Row], name: str) -> list[Row]:
    return [row for row in rows if row["环节"] == name]


def lines_of(outcome: Paid) -> list[str]:
    return [finding.line() for finding in outcome.findings]


def contents(engine: Engine) -> dict[str, int]:
    """How many rows each table has."""
    with db.reading(engine) as connection:
        return {
            table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in models.Base.metadata.sorted_tables
        }


def standing(engine: Engine, until: date | None = None, number: int = 1) -> balance.Balance:
    with db.reading(engine) as connection:
        return balance.balance(connection, read_run(connection, number), until or today())


def first(rows: list[Row], name: str, item: str = "贴息") -> Row:
    return next(row for row in rows if row["环节"] == name and row["补助项目"] == item)


def csv_of(rows: list[Row], headers: list[str] | None = None) -> str:
    headers = headers or list(rows[0])
    lines = [headers, *[["" if row[header] is None else str(row[header]) for header in headers] for row in rows]]
    return "\n".join(",".join(line) for line in lines)


def project_world() -> dict[str, list[Row]]:
    """A loan, a policy and a grant of one enterprise with a project."""
    loan = {**lives.city()["贷款"][0], "借据编号": "K1", "业务品种": "卡脖子攻关贷", "项目编号": "X1", "年利率(%)": 3,
            "发放日": date(2023, 5, 10), "到期日": date(2024, 5, 10), "资料上传日": None}  # fmt: skip
    return {
        "项目库": [{"项目编号": "X1", "项目名称": "样例项目", "统一社会信用代码": CODES[0], "入库日": date(2022, 1, 1), "出库日": None}],
        "贷款": [loan],
        "保单": [
            {"保险公司": "样例财险", "保单号": "B1", "统一社会信用代码": CODES[0], "项目编号": "X1", "险种": "研发费用损失保险",
             "保险起期": date(2023, 6, 1), "保险止期": date(2024, 5, 31), "缴费日": date(2023, 6, 1), "实缴保费(万元)": 10}
        ],
        "研发补助": [
            {"项目编号": "X1", "年度": 2023, "研发投入(万元)": 100, "补助比例(%)": 20, "批准日": date(2023, 9, 1), "批准金额(万元)": 20}
        ],
    }  # fmt: skip
