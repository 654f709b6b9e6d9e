"""The money on its way: each office and each bank says by file what it has paid, in turn, until all has arrived."""

import io
from collections.abc import Mapping
from datetime import date
from typing import Any

import openpyxl

from stress.rehearsal import mistakes
from stress.rehearsal.people import Desk, shown
from stress.rehearsal.plan import BANKS, COUNTY_OF
from stress.rehearsal.reporting import taken

Desks = Mapping[str, Desk]
Row = dict[str, Any]
LEGS = ("市财政到区市财政", "区市财政到金融监管部门", "金融监管部门到银行", "银行到企业", "追缴缴回")
BY_BANK = 3
_SHEET, _RECEIPTS = "拨付", "兑付回单"
_OF_RECEIPTS = {"日期": "兑付日", "凭证号": "回单号"}
_ONLY_RECEIPTS = ("银行名称", "统一社会信用代码", "兑付日", "金额(万元)", "回单号")


def rows_to_pay(desk: Desk, year: int, **of: str) -> list[Row]:
    """The rows of what is to be paid, as somebody sees them."""
    answer = desk.get("what is to be paid", f"/years/{year}/to-pay", **of)
    page = openpyxl.load_workbook(io.BytesIO(answer.response.content))[_SHEET]
    head, *rows = page.values
    return [dict(zip(map(str, head), row, strict=True)) for row in rows]


def files(rows: list[Row], year: int, day: date, mark: str = "凭证") -> list[tuple[int, str, list[Row]]]:
    """Who pays which rows: (leg, login, rows with day and voucher)."""
    found: dict[tuple[int, str], list[Row]] = {}
    for number, row in enumerate(rows):
        leg = LEGS.index(row["环节"])
        row = {**row, "日期": day, "凭证号": f"{mark}{year}-{number:04d}"}
        if leg == BY_BANK:
            row = {_OF_RECEIPTS.get(header, header): value for header, value in row.items()}
            row = {header: row[header] for header in _ONLY_RECEIPTS}
        found.setdefault((leg, _payer(leg, row)), []).append(row)
    return [(leg, login, rows) for (leg, login), rows in sorted(found.items())]


def _payer(leg: int, row: Row) -> str:
    if leg in (0, 4):
        return "finance"
    if leg == BY_BANK:
        return f"clerk-{BANKS.index(row['银行名称'])}"
    return {county: login for login, county in COUNTY_OF.items() if login.startswith(("purse", "county")[leg - 1])}[
        row["区市"]
    ]


def workbook(rows: list[Row]) -> bytes:
    """A file of payments, or of a bank's receipts."""
    book = openpyxl.Workbook()
    page = book.active
    page.title = _RECEIPTS if "回单号" in rows[0] else _SHEET
    page.append(list(rows[0]))
    for row in rows:
        page.append(list(row.values()))
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


def pay(sender: Desk, confirmer: Desk, rows: list[Row], year: int, leg: int, mark: str = "拨付") -> Row:
    """One payer's file of a leg: too much is refused, the right one taken once. Gives the upload."""
    mistakes.some(sender)
    name = f"{mark}-{year}-{leg}-{sender.login}.xlsx"
    fields = {"kind": "payments", "year": str(year)}
    if sender.chance(50):
        first = rows[0]
        answer = sender.send(
            "paid too much", name, workbook([{**first, "金额(万元)": first["金额(万元)"] * 3}, *rows[1:]]), **fields
        )
        sender.expect("paid too much", answer, 422)
    return taken(sender, confirmer, workbook(rows), name, **fields)


def all_arrived(desk: Desk, year: int, expected: Mapping[str, list[dict[str, Any]]]) -> None:
    """Every fen that the reference grants has reached its enterprise or bank, every claim has come back."""
    found = desk.get("where the money is", f"/years/{year}/balance").json()
    owed = sum(line["interest_fen"] + line["bonus_fen"] for line in expected["lines"])
    claimed = sum(claim["interest_fen"] + claim["bonus_fen"] for claim in expected["claims"])
    arrived = found["stages"]["bank_paid_fen"] + found["stages"]["enterprise_paid_fen"]
    if (found["owed_fen"], arrived, found["returned_fen"]) != (owed, owed, claimed):
        desk.told.wrong(f"{year}: {owed} owed, {claimed} claimed; the balance says {shown(found)}")
