"""Payments and check lists through the same door: judged, shown, confirmed and booked, each role its own legs."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlalchemy import Engine, func, select

import lives
from ledger import models, spotcheck
from ledger.accounts import managing
from ledger.database import db
from ledger.uploads import records
from paying import COUNTY, leg, rows_to_pay
from reports.runs import check_list
from uploading import Desk

CITY_LEG = next(iter(lives.LEG_DAYS))


@pytest.fixture
def allotted(tmp_path: Path) -> Iterator[Desk]:
    """A year whose money was allotted, and accounts of everybody on its way."""
    engine = lives.at_stage(tmp_path, "allotted")
    for login, name, role, scope in (
        ("fin", "财政员", "finance", None),
        ("cfin", "区财政员", "county_finance", "county:高区"),
        ("reg", "区监管员", "county", "county:高区"),
        ("bank", "银行经办", "clerk", f"bank:{lives.ONE}"),
        ("bank-2", "银行复核", "reviewer", f"bank:{lives.ONE}"),
        ("tech", "科技员", "tech", None),
    ):
        managing.add(engine, login, name, f"样例单位{login}", role=role, scope=scope)
    yield Desk(engine, tmp_path)
    engine.dispose()


def paid_rows(desk: Desk, name: str, **more: Any) -> list[dict[str, Any]]:
    return [
        {**row, "日期": lives.LEG_DAYS[name], "凭证号": f"PZ{number}", **more}
        for number, row in enumerate(leg(rows_to_pay(desk.engine), name))
    ]


def sheet_bytes(desk: Desk, rows: list[dict[str, Any]], sheet: str = "拨付") -> bytes:
    return desk.bytes_of({sheet: rows})


def entries_of(desk: Desk) -> int:
    with db.reading(desk.engine) as connection:
        return int(
            connection.execute(select(func.count()).select_from(models.table_of(models.JournalEntry))).scalar_one()
        )


def test_finance_sends_its_leg_and_books_it(allotted: Desk) -> None:
    before = entries_of(allotted)
    data = sheet_bytes(allotted, paid_rows(allotted, CITY_LEG))
    upload = allotted.send("fin", data, kind="payments", year=2023)
    told = allotted.shown(upload.id, "fin")
    assert (upload.state, told["entries"], told["actions"]) == ("checked", {}, ["confirm", "withdraw"])
    assert told["legs"]["city_to_county"]["rows"] > 0 and entries_of(allotted) == before
    assert allotted.confirm("fin", upload.id).state == "taken"
    told = allotted.shown(upload.id, "fin")
    assert len(told["entries"]["1"]) == told["legs"]["city_to_county"]["rows"] == entries_of(allotted) - before
    assert len(told["seal"]) == 64
    assert allotted.send("fin", data, kind="payments", year=2023).state == "known"


@pytest.mark.parametrize("login", ["cfin", "reg", "tech"])
def test_another_offices_leg_is_a_finding(allotted: Desk, login: str) -> None:
    upload = allotted.send(login, sheet_bytes(allotted, paid_rows(allotted, CITY_LEG)[:1]), kind="payments", year=2023)
    with db.reading(allotted.engine) as connection:
        (found,) = records.findings(connection, upload)
    assert (found.row, found.column) == (2, "环节") and found.problem.startswith("本行只能报送")


def test_a_county_sends_its_own_only(allotted: Desk) -> None:
    city = sheet_bytes(allotted, paid_rows(allotted, CITY_LEG))
    allotted.confirm("fin", allotted.send("fin", city, kind="payments", year=2023).id)
    rows = paid_rows(allotted, COUNTY)
    upload = allotted.send("cfin", sheet_bytes(allotted, rows), kind="payments", year=2023)
    with db.reading(allotted.engine) as connection:
        found = records.findings(connection, upload)
    assert {one.column for one in found} == {"区市"}
    assert len(found) == len([row for row in rows if row["区市"] != "高区"]) > 0
    own = sheet_bytes(allotted, [row for row in rows if row["区市"] == "高区"])
    assert allotted.send("cfin", own, kind="payments", year=2023).state == "checked"


def test_a_bank_sends_receipts_of_its_own(allotted: Desk) -> None:
    row = {"银行名称": lives.TWO, "企业名称": "海甲公司", "兑付日": date(2024, 4, 2), "金额(万元)": 1, "回单号": "H1"}
    upload = allotted.send("bank", sheet_bytes(allotted, [row], "兑付回单"), kind="payments", year=2023)
    with db.reading(allotted.engine) as connection:
        (found,) = records.findings(connection, upload)
    assert (found.column, found.value) == ("银行名称", lives.TWO) and lives.ONE in found.problem
    other = allotted.send("bank", sheet_bytes(allotted, paid_rows(allotted, CITY_LEG)), kind="payments", year=2023)
    with db.reading(allotted.engine) as connection:
        assert [(one.sheet, one.row) for one in records.findings(connection, other)] == [("拨付", None)]


def test_no_payments_of_a_year_without_a_run(allotted: Desk) -> None:
    upload = allotted.send("fin", sheet_bytes(allotted, paid_rows(allotted, CITY_LEG)), kind="payments", year=2020)
    told = allotted.shown(upload.id, "fin")
    assert upload.state == "refused" and "2020" in told["refusal"] and "tiexi " not in told["refusal"]


def test_a_check_list_comes_back(engine: Engine, tmp_path: Path) -> None:
    lives.take(engine, tmp_path, lives.city())
    run = lives.settle(engine)
    drawing, _ = spotcheck.sample(engine, run.id, 200_000, None, lives.CHECKER)
    managing.add(engine, "city", "市经办", "样例市金融局", role="city")
    desk, path = Desk(engine, tmp_path), tmp_path / "清单.xlsx"
    with db.reading(engine) as connection:
        check_list.write_checklist(connection, run, drawing, path)
    empty = desk.send("city", path.read_bytes(), kind="checklist", run=run.id)
    assert empty.state == "refused"
    book = openpyxl.load_workbook(path)
    sheet = book["结果录入"]
    place = [cell.value for cell in sheet[1]].index("核查结果") + 1
    for number in range(2, sheet.max_row + 1):
        sheet.cell(number, place).value = "相符"
    book.save(path)
    facts = desk.send(
        "city", {"LPR": [{"公布日": date(2024, 1, 22), "一年期LPR(%)": "3.45"}]}, kind="checklist", run=run.id
    )
    assert "有「LPR」，是报送工作簿，不是抽查清单；请把种类（kind）改为报送工作簿（facts）再传" in str(
        facts.as_dict()["refusal"]
    )
    upload = desk.send("city", path.read_bytes(), kind="checklist", run=run.id)
    assert upload.state == "checked"
    assert desk.shown(upload.id, "city")["taken"]["结果录入"]["new"] == sheet.max_row - 1
    with db.reading(engine) as connection:
        assert spotcheck.entered(connection, run.id) == []
    assert desk.confirm("city", upload.id).state == "taken"
    with db.reading(engine) as connection:
        assert len(spotcheck.entered(connection, run.id)) == sheet.max_row - 1
