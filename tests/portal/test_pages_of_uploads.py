"""The pages of files: sent, put right, confirmed by a second person, given back; what each role sees of them."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from business import BOOKS, loan
from page_lint import problems
from portal import COUNTY, OTHER_BANK, PEOPLE, Browser, Portal, portal_on
from sheets import Sheets, write_sheets

SENDERS = {
    "clerk", "clerk2", "insurer", "investor", "county", "county_finance", "city", "finance", "tech", "industry", "agri", "commerce",
}  # fmt: skip
READERS = set(PEOPLE) - {"admin", "security", "logs"}


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Portal]:
    """Enterprises and some loans on file, nothing sent yet."""
    with portal_on(tmp_path, BOOKS) as found:
        yield found


def send(page: Browser, folder: Path, sheets: Sheets, name: str = "样例报送.xlsx", **fields: str) -> str:
    """Sends a workbook by the form; the address of the file's page."""
    path = write_sheets(folder / "送.xlsx", sheets)
    answer = page.post("/uploads", fields, files={"file": (name, path.read_bytes())})
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def shown(page: Browser, address: str) -> str:
    """A page as it is served."""
    answer = page.get(address)
    assert answer.status_code == 200 and problems(answer.text) == [], (address, answer.status_code)
    return answer.text


def wrong(answer: Any) -> str:
    """What a page says is wrong."""
    assert answer.status_code in (400, 422) and problems(answer.text) == [] and "<title>错误：" in answer.text
    found = re.search(r'<div class="errors".*?</div>', answer.text, re.DOTALL)
    assert found
    return re.sub("<[^>]+>|\\s+", "", found[0])


def test_the_form_is_there_for_senders_and_the_history_for_readers(office: Portal) -> None:
    for login in PEOPLE:
        answer = office.page(login).get("/uploads")
        assert answer.status_code == (200 if login in READERS else 403), login
        assert (">上传</button>" in answer.text) == (login in SENDERS), login
        assert problems(answer.text) == []
    text = office.page("clerk").get("/uploads").text
    assert "64 MB" in text and "贷款、还款、展期、年末余额" in text and 'name="run"' not in text
    assert 'name="run"' in office.page("city").get("/uploads").text


def test_from_errors_to_the_books(office: Portal, tmp_path: Path) -> None:
    clerk, reviewer = office.page("clerk"), office.page("reviewer")
    bad = send(clerk, tmp_path, {"贷款": [loan("新1", 发放日="<b>2025-02-30</b>"), loan("新2", OTHER_BANK)]})
    text = shown(clerk, bad)
    assert "有问题" in text and "&lt;b&gt;2025-02-30&lt;/b&gt;" in text and "<b>2025" not in text
    assert "本行只能报送" in text and "改好再传" in text and ">确认</button>" not in text
    marked = clerk.get(f"{bad}/marked")
    assert (
        marked.status_code == 200
        and marked.content[:2] == b"PK"
        and "attachment" in marked.headers["content-disposition"]
    )
    listed = clerk.get(f"{bad}/findings?format=csv")
    assert listed.content.startswith("\ufeff".encode()) and "本行只能报送" in listed.text
    assert clerk.get(f"{bad}/findings").headers["location"] == f"{bad}#findings"
    good = send(clerk, tmp_path, {"贷款": [loan("新1"), loan("一行借据1")]})
    assert good != bad
    text = shown(clerk, good)
    assert "待确认" in text and "机构复核" in text and ">确认</button>" not in text and ">撤下</button>" in text
    text = shown(reviewer, good)
    assert ">确认</button>" in text and ">退回</button>" in text and ">撤下</button>" not in text
    assert re.search(
        r'贷款</th>\s*<td class="number">1</td>\s*<td class="number">0</td>\s*<td class="number">1</td>', text
    )
    assert "待确认的文件" in shown(reviewer, "/")
    own = clerk.post(f"{good}/confirm")
    assert own.status_code == 403  # a clerk confirms nothing
    assert "原因：" in wrong(reviewer.post(f"{good}/return", {"reason": " "}))
    done = reviewer.post(f"{good}/confirm")
    assert (done.status_code, done.headers["location"]) == (303, good)
    text = shown(reviewer, good)
    assert "已入库" in text and "样例2号" in text and "回执" in text and ">确认</button>" not in text
    assert "不能确认" in wrong(reviewer.post(f"{good}/confirm"))
    history = shown(clerk, "/uploads")
    assert history.index("已入库") and "有问题" in history and "共 2 条" in history
    assert "共 1 条" in shown(clerk, "/uploads?state=taken") and "共 0 条" not in shown(clerk, "/uploads?q=没有")
    assert clerk.get(f"{good}/file").content[:2] == b"PK"


def test_what_is_anothers_is_not_there(office: Portal, tmp_path: Path) -> None:
    at = send(office.page("clerk"), tmp_path, {"贷款": [loan("新1", 发放日="2025-02-30")]})
    for login in ("clerk2", "reviewer2", "insurer", "county", "industry", "tech"):
        page = office.page(login)
        for part in ("", "/file", "/marked", "/findings?format=csv"):
            assert page.get(at + part).status_code == 404, (login, part)
        assert "样例报送" not in page.get("/uploads").text + page.get("/").text
    assert office.page("reviewer2").post(f"{at}/confirm").status_code == 404
    assert office.page("auditor").get(at).status_code == 200
    for missing in ("/uploads/99", "/uploads/0", "/uploads/abc", "/uploads/1e3"):
        assert office.page("clerk").get(missing).status_code == 404


def test_an_amendment_shows_before_and_after_and_goes_on_to_the_city(office: Portal, tmp_path: Path) -> None:
    clerk, reviewer, city = (office.page(login) for login in ("clerk", "reviewer", "city"))
    refused = send(clerk, tmp_path, {"贷款": [loan("一行借据1", 合同编号="HT-新")]}, "更正.xlsx")
    assert "有问题" in shown(clerk, refused)
    at = send(clerk, tmp_path, {"贷款": [loan("一行借据1", 合同编号="HT-新")]}, "更正.xlsx", amend_reason="录错了")
    text = shown(clerk, at)
    assert "<del>HT-一行借据1</del>" in text and "<ins>HT-新</ins>" in text and "录错了" in text
    assert reviewer.post(f"{at}/confirm").status_code == 303
    assert "待市级同意" in shown(clerk, at) and ">确认</button>" not in shown(reviewer, at)
    assert "待同意的更正" in shown(city, "/") and "同意更正" in shown(city, at)
    assert city.post(f"{at}/return", {"reason": "请附说明"}).status_code == 303
    assert "请附说明" in shown(clerk, at) and "已退回" in shown(clerk, at) and "要改好再传的文件" in shown(clerk, "/")


def test_what_no_longer_holds_when_it_is_confirmed_comes_back(office: Portal, tmp_path: Path) -> None:
    clerk, reviewer, city = (office.page(login) for login in ("clerk", "reviewer", "city"))
    at = send(clerk, tmp_path, {"贷款": [loan("新1")]})
    other = send(city, tmp_path, {"贷款": [loan("新1", 合同编号="HT-别的")]}, "市级.xlsx")
    assert city.post(f"{other}/confirm").status_code == 303
    answer = reviewer.post(f"{at}/confirm")
    assert wrong(answer) and "有问题" in answer.text and ">确认</button>" not in answer.text
    assert "有问题" in shown(clerk, at) and "--amend" not in shown(clerk, at)


def test_a_department_confirms_its_own(office: Portal, tmp_path: Path) -> None:
    page = office.page("finance")
    at = send(page, tmp_path, {"预算": [{"年度": 2023, "范围": COUNTY, "金额(万元)": 50}]}, "预算.xlsx")
    assert ">确认</button>" in shown(page, at) and ">撤下</button>" in shown(page, at)
    assert page.post(f"{at}/withdraw").status_code == 303 and "已撤下" in shown(page, at)
    at = send(page, tmp_path, {"预算": [{"年度": 2023, "范围": COUNTY, "金额(万元)": 50}]}, "预算.xlsx")
    page.post(f"{at}/confirm")
    assert "已入库" in shown(page, at)
    same = {"file": ("预算.xlsx", page.get(f"{at}/file").content)}
    again = page.post("/uploads", {}, files=same).headers["location"]
    assert "此前已收" in shown(page, again)


def test_what_cannot_be_sent_comes_back_with_what_was_typed(office: Portal, tmp_path: Path) -> None:
    page = office.page("clerk")
    nothing = page.post("/uploads", {"amend_reason": "录错<了"}, files={"file": ("", b"")})
    assert "文件：请选择文件" in wrong(nothing) and 'value="录错&lt;了"' in nothing.text
    assert 'href="#file"' in nothing.text and 'aria-invalid="true"' in nothing.text
    empty = page.post("/uploads", {}, files={"file": ("空.xlsx", b"")})
    assert "空文件" in wrong(empty)
    assert "年度：" in wrong(page.post("/uploads", {"kind": "payments"}, files={"file": ("付.xlsx", b"PK")}))
    checked = send(page, tmp_path, {"贷款": [loan("新1")]}, check_only="1")
    text = shown(page, checked)
    assert "检查通过" in text and "只作检查" in text and ">撤下</button>" not in text
    assert office.page("auditor").post("/uploads", {}, files={"file": ("甲.xlsx", b"PK")}).status_code == 403
    assert "共 2 条" not in page.get("/uploads").text


def test_the_blank_workbook_is_ones_own(office: Portal) -> None:
    answer = office.page("clerk").get("/template")
    assert answer.status_code == 200 and answer.content[:2] == b"PK"
    assert office.page("admin").get("/template").status_code == 403
