"""资金 and 分录 in a browser: a filled sheet comes back on the page that gave it; a fen is followed; a payment taken back."""

import io
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest

import lives
from page_lint import problems
from paying import CITY, COUNTY, rows_to_pay
from portal import PEOPLE, Browser, Portal, portal_on
from sheets import write_sheets

pytestmark = pytest.mark.sqlite_only  # the stages are copies of one database file
READ_BOOKS = ("finance", "approver", "auditor", "tech_approver")


@pytest.fixture(scope="module")
def allotted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    folder = tmp_path_factory.mktemp("portal")
    with portal_on(folder, engine=lives.at_stage(folder, "allotted")) as found:
        yield found


@pytest.fixture(scope="module")
def paid(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    folder = tmp_path_factory.mktemp("portal")
    with portal_on(folder, engine=lives.at_stage(folder, "paid")) as found:
        yield found


@pytest.fixture(scope="module")
def page_of(paid: Portal) -> dict[str, Browser]:
    """A browser of each account."""
    return {login: paid.page(login) for login in PEOPLE}


def sent(page: Any, folder: Path, rows: list[lives.Row], sheet: str = "拨付", year: int = 2023) -> Any:
    path = write_sheets(folder / "拨付.xlsx", {sheet: rows})
    data = {"programme": "tech_branch", "year": str(year)}
    return page.post("/money", data, files={"file": (path.name, path.read_bytes())})


def good(answer: Any) -> str:
    assert answer.status_code == 200, answer.text
    assert problems(answer.text) == []
    return str(answer.text)


def number_of(page_of: dict[str, Browser], words: str) -> int:
    """The newest entry of a kind."""
    text = good(page_of["finance"].get(f"/money/entries?year=2023&programme=tech_branch&kind={words}"))
    found = re.search('href="/entries/([0-9]+)"', text)
    assert found
    return int(found[1])


def test_a_filled_sheet_comes_back_on_the_page_that_gave_it(allotted: Portal, tmp_path: Path) -> None:
    page = allotted.page("finance")
    text = good(page.get("/money"))
    assert "可报送的环节：市财政到区市财政、追缴缴回" in text and "/years/2023/to-pay" in text
    blank = page.get("/years/2023/to-pay?programme=tech_branch")
    rows = [row for row in openpyxl.load_workbook(io.BytesIO(blank.content))["拨付"].values if row[0] == CITY]
    assert rows
    unpaid = [row | {"日期": None, "凭证号": None} for row in rows_to_pay(allotted.engine) if row["环节"] == CITY]
    found = sent(page, tmp_path, unpaid)
    assert found.status_code == 303  # judged, and refused with a sentence on its own page
    assert "都没有填日期和凭证号" in good(page.get(found.headers["location"]))
    filled = [row for row in rows_to_pay(allotted.engine) if row["环节"] == CITY]
    found = sent(page, tmp_path, filled)
    at = found.headers["location"]
    shown = good(page.get(at))
    assert "待确认" in shown and CITY in shown and f"{len(filled)} 笔" in shown
    assert page.post(f"{at}/confirm").status_code == 303
    text = good(page.get(at))
    assert "已入库" in text and "拨付文件，2023 年度" in text and f"{len(filled)} 笔，第 " in text
    assert "滞留" in good(page.get("/money"))
    same = {"file": ("拨付.xlsx", (tmp_path / "拨付.xlsx").read_bytes())}
    again = page.post("/money", {"programme": "tech_branch", "year": "2023"}, files=same)
    assert "此前已收" in good(page.get(again.headers["location"]))


def test_what_is_wrong_comes_back_on_the_page(allotted: Portal, tmp_path: Path) -> None:
    page = allotted.page("county")
    answer = page.post("/money", {"programme": "tech_branch", "year": "2023"}, files={"file": ("", b"")})
    assert answer.status_code == 400 and "请选择文件" in answer.text and "<title>错误：" in answer.text
    found = sent(page, tmp_path, [row for row in rows_to_pay(allotted.engine) if row["环节"] == COUNTY])
    assert "本行只能报送" in good(page.get(found.headers["location"]))
    assert "兑付回单" in good(allotted.page("clerk").get("/money"))
    for login in ("approver", "auditor", "city"):
        page = allotted.page(login)
        assert 'type="file"' not in good(page.get("/money"))
    assert allotted.page("approver").post("/money", {"year": "2023"}).status_code == 403


def test_a_fen_is_followed_to_the_row_of_a_file(page_of: dict[str, Browser]) -> None:
    page = page_of["auditor"]
    text = good(page.get("/money/entries"))
    assert "银行到企业" in text and "计提" in good(page.get("/money/entries?kind=accrual"))
    number = number_of(page_of, "bank_to_enterprise")
    text = good(page.get(f"/entries/{number}"))
    assert "应付补助" in text and "银行待兑付" in text and re.search(r"拨付[0-9]+\.xlsx 第 [0-9]+ 行", text)
    grounds = re.search('依据：<a href="(/entries/[0-9]+)"', text)
    assert grounds and "/loans/one?bank=" in text and "表「贷款」第" in text
    amount = re.search("<dt>金额</dt><dd>([0-9.]+) 万元", text)
    assert amount and f"合计 {amount[1]} 万元" in text
    text = good(page.get(grounds[1]))
    assert "计提" in text and "市级支出" in text and "第 1 号运行" in text
    side = re.search(r'href="\?side=([0-9]+)#lines"', text)
    assert side and "表「贷款」第" in good(page.get(f"{grounds[1]}?side={side[1]}"))
    for path in ("/entries/99999", "/entries/x", "/entries/0"):
        assert page.get(path).status_code == 404


def test_a_payment_is_taken_back_and_paid_again(paid: Portal, page_of: dict[str, Browser], tmp_path: Path) -> None:
    page, number = page_of["finance"], number_of(page_of, "bank_to_enterprise")
    text = good(page.get(f"/entries/{number}/reverse"))
    assert "冲销" in text and "出纳" in text
    answer = page.post(f"/entries/{number}/reverse", {"reason": ""})
    assert answer.status_code == 400 and "<title>错误：" in answer.text
    answer = page.post(f"/entries/{number}/reverse", {"reason": "样例：录错", "date": "2099-01-01"})
    assert answer.status_code == 422 and "样例：录错" in answer.text
    answer = page.post(f"/entries/{number}/reverse", {"reason": "样例：录错"})
    assert answer.status_code == 303
    text = good(page.get(answer.headers["location"]))
    assert f'冲销的是 <a href="/entries/{number}">' in text and "已由第" in text
    text = good(page.get(f"/entries/{number}"))
    assert "已冲销" in text and f"/entries/{number}/reverse" not in text
    accrual = number_of(page_of, "accrual")
    assert "/reverse" not in good(page.get(f"/entries/{accrual}"))
    (row,) = rows_to_pay(paid.engine)
    receipt = {
        "银行名称": row["银行名称"], "统一社会信用代码": row["统一社会信用代码"], "企业名称": None, "兑付日": date(2024, 4, 9),
        "金额(万元)": row["金额(万元)"], "回单号": "样例更正",
    }  # fmt: skip
    own = "clerk" if row["银行名称"] == lives.ONE else "clerk2"
    found = sent(page_of[own], tmp_path, [receipt], "兑付回单")
    at = found.headers["location"]
    assert "等待本单位的机构复核确认" in good(page_of[own].get(at))
    reviewer = page_of[own.replace("clerk", "reviewer")]
    assert reviewer.post(f"{at}/confirm").status_code == 303
    assert "已入库" in good(reviewer.get(at)) and rows_to_pay(paid.engine) == []


def test_who_reads_the_books(page_of: dict[str, Browser]) -> None:
    for login in PEOPLE:
        page = page_of[login]
        status = 200 if login in READ_BOOKS else 403
        assert page.get("/money/entries").status_code == status, login
        one = 404 if login == "tech_approver" else status  # books of a document that is not his
        assert page.get("/entries/1").status_code == one, login
        assert page.get("/entries/1/reverse").status_code == {"finance": 200, "tech_approver": 404}.get(login, 403), (
            login
        )
