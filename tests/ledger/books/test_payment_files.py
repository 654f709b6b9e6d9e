"""Files of payments that are wrong as files, or come at a stage of the run at which nothing is paid."""

from pathlib import Path

import openpyxl
import pytest
from sqlalchemy import Engine

import lives
from ledger.accounts.scope import EVERYTHING
from ledger.books import payments
from ledger.books.payment_sheets import RECEIPTS
from ledger.books.payment_sheets import payments as payments_sheet
from ledger.errors import Refused
from lives import Row
from paying import (
    CITY,
    first,
    lines_of,
    rows_to_pay,
)
from reports.writing.template import write_template_of
from sheets import write_sheets

pytestmark = pytest.mark.sqlite_only


def test_another_sheet_is_named(allotted: Engine, tmp_path: Path) -> None:
    path = write_sheets(tmp_path / "a.xlsx", {"拨款": [{"环节": CITY}], "说明": [{"随便": "写"}]})
    outcome = payments.pay(allotted, 2023, path, lives.CASHIER)
    assert lines_of(outcome) == [
        "a.xlsx | 拨款：不是拨付文件的工作表；应为：拨付、兑付回单；备注请放在名称以「说明」开头的工作表中"
    ]


def test_an_empty_sheet_beside_is_no_matter(allotted: Engine, tmp_path: Path) -> None:
    path = write_sheets(tmp_path / "a.xlsx", {"拨付": rows_to_pay(allotted)})
    book = openpyxl.load_workbook(path)
    book.create_sheet("Sheet2")
    book.save(path)
    assert not payments.pay(allotted, 2023, path, lives.CASHIER).refused


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([], "没有可记的拨付；应有工作表「拨付」或「兑付回单」"),
        ([{"日期": None, "凭证号": None}], "1 行都没有填日期和凭证号，没有可记的拨付"),
    ],
)
def test_a_file_without_payments(allotted: Engine, tmp_path: Path, rows: list[Row], expected: str) -> None:
    row = first(rows_to_pay(allotted), CITY)
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    page.title = "拨付"
    page.append([column.header for column in payments_sheet().columns])
    for change in rows:
        page.append([{**row, **change}[column.header] for column in payments_sheet().columns])
    book.save(tmp_path / "空.xlsx")
    with pytest.raises(Refused, match=f"空.xlsx.*{expected}"):
        payments.pay(allotted, 2023, tmp_path / "空.xlsx", lives.CASHIER)


@pytest.mark.parametrize(
    ("name", "data", "expected"),
    [
        ("a.csv", b"", "a.csv 是空文件"),
        ("a.csv", b"\xef\xbb\xbf\r\n", "a.csv 是空文件"),
        ("a.csv", b"\x80\x81\xff\xff", "a.csv 不是可以读取的 CSV 文件"),
        ("a.csv", '"没有收尾的引号'.encode(), "a.csv 不是可以读取的 CSV 文件"),
        ("a.xlsx", b"not a workbook", "a.xlsx：不是可以读取的 .xlsx 工作簿"),
        ("a.txt", "环节,区市".encode(), "a.txt：不是可以读取的 .xlsx 工作簿"),
    ],
    ids=["empty", "only a mark", "no text", "open quote", "no workbook", "other suffix"],
)
def test_a_file_that_is_none(allotted: Engine, tmp_path: Path, name: str, data: bytes, expected: str) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(Refused, match=expected):
        payments.pay(allotted, 2023, tmp_path / name, lives.CASHIER)


@pytest.mark.parametrize(
    ("stage", "expected"),
    [
        ("filed", "还没有试算"), ("signed", "还没有审核通过的运行，不能拨付"),
        ("approved", "资金尚未下达，不能拨付；请先运行 tiexi allot 1"), ("closed", "已经办结，不能再拨付；只有追缴缴回还可以记"),
    ],
)  # fmt: skip
def test_only_what_is_allotted_and_not_closed_is_paid(tmp_path: Path, stage: str, expected: str) -> None:
    rows = rows_to_pay(lives.at_stage(tmp_path, "allotted"))
    engine = lives.at_stage(tmp_path, stage)
    with pytest.raises(Refused, match=expected):
        lives.pay(engine, tmp_path, rows)


def test_the_blank_sheets_filled_in_are_booked(allotted: Engine, tmp_path: Path) -> None:
    """The example rows stay and are skipped; amounts may be in 元, as the header then says."""
    path = tmp_path / "拨付模板.xlsx"
    write_template_of(path, EVERYTHING, payments=True)
    book = openpyxl.load_workbook(path)
    assert [sheet.name for sheet in (payments_sheet(), RECEIPTS)] == book.sheetnames[1:]
    page, row = book["拨付"], first(rows_to_pay(allotted), CITY)
    headers = [str(cell.value) for cell in page[1]]
    for place, header in enumerate(headers, start=1):
        page.cell(3, place).value = row[header] * 10_000 if header == "金额(万元)" else row[header]
    page.cell(1, headers.index("金额(万元)") + 1).value = "金额(元)"
    book.save(path)
    outcome = payments.pay(allotted, 2023, path, lives.CASHIER)
    assert not outcome.refused and list(outcome.legs.values()) == [(1, round(row["金额(万元)"] * 1_000_000))]
