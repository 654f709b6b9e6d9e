"""审计, 核对, 测算, 定时任务 in a browser: who has them, what they show, what comes back when refused."""

import io
from collections.abc import Iterator
from typing import Any

import openpyxl
import pytest

import lives
from page_lint import problems
from portal import PEOPLE, Browser, Portal, portal_on

pytestmark = pytest.mark.sqlite_only  # the stages are copies of one database file
CHECKERS = (
    "county", "city", "approver", "finance", "tech", "tech_approver", "auditor", "agri", "agri_approver", "commerce",
    "commerce_approver",
)  # fmt: skip
PAGES = {
    "/audit": ("auditor", "approver"),
    "/years/2023/audit-pack": ("auditor", "approver"),
    "/reconcile": CHECKERS,
    "/verify": CHECKERS,
    "/simulate": ("city", "approver", "finance", "auditor"),
    "/jobs": ("city",),
}


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    folder = tmp_path_factory.mktemp("portal")
    with portal_on(folder, engine=lives.at_stage(folder, "second year")) as found:
        yield found


@pytest.fixture(scope="module")
def page_of(portal: Portal) -> dict[str, Browser]:
    """A browser of each account."""
    return {login: portal.page(login) for login in PEOPLE}


def good(answer: Any) -> str:
    assert answer.status_code == 200, answer.text
    assert problems(answer.text) == []
    return str(answer.text)


@pytest.mark.parametrize("path", PAGES)
def test_who_has_it(page_of: dict[str, Browser], path: str) -> None:
    for login in PEOPLE:
        assert page_of[login].get(path).status_code == (200 if login in PAGES[path] else 403), login


def test_the_books_are_audited_on_the_page(page_of: dict[str, Browser]) -> None:
    page = page_of["auditor"]
    text = good(page.get("/audit"))
    assert "/years/2024/audit-pack" in text and "/money/entries?programme=tech_branch" in text
    head = text.split('<td class="code">')[1][:64]
    text = good(page.post("/audit", {"head": head[:20]}))
    assert "均相符" in text and "纸面上的摘要是第" in text and head in text
    text = good(page.post("/audit", {"head": "0" * 20}))
    assert "不通过" in text and "共 1 处不符" in text
    answer = page.post("/audit", {"head": "xyz"})
    assert answer.status_code == 400 and "<title>错误：审计" in answer.text and 'value="xyz"' in answer.text
    assert head in good(page.get(f"/audit?q={head[:8]}")) and "没有以此开头的摘要" in good(page.get("/audit?q=zz"))


def test_a_workbook_is_held_against_the_books(portal: Portal, page_of: dict[str, Browser]) -> None:
    page = page_of["approver"]
    annex = portal.api("city").get("/runs/1/files/annex2").content
    text = good(page.post("/reconcile", {}, files={"file": ("附件2.xlsx", annex)}))
    assert "与台账核对：附件2.xlsx" in text and "一致" in text and "不一致" not in text
    assert "不符" not in good(page.post("/verify", {"run": ""}, files={"file": ("附件2.xlsx", annex)}))
    book = openpyxl.load_workbook(io.BytesIO(annex))
    sheet = book["数据"]
    column = next(cell.column for cell in sheet[1] if cell.value == "贴息金额")
    sheet.cell(2, column).value += 1
    out = io.BytesIO()
    book.save(out)
    changed = {"file": ("附件2<b>.xlsx", out.getvalue())}
    text = good(page.post("/reconcile", {}, files=changed))
    assert "不一致" in text and "附件2&lt;b&gt;.xlsx" in text and "数据" in text
    assert "不符" in good(page.post("/verify", {}, files=changed))
    marked = page.post("/reconcile", {"marked": "1"}, files=changed)
    assert marked.content.startswith(b"PK") and "attachment" in marked.headers["content-disposition"]
    for data, files, status in (
        ({}, {"file": ("", b"")}, 400), ({"run": "x"}, changed, 400), ({}, {"file": ("x.xlsx", b"nothing")}, 422), ({"more": "1"}, changed, 400),
    ):  # fmt: skip
        answer = page.post("/reconcile", data, files=files)
        assert answer.status_code == status and "<title>错误：核对工作簿" in answer.text, (data, answer.text)
    assert page_of["county"].post("/reconcile", {}, files=changed).status_code == 422
    assert '/reconcile"' in page_of["county"].get("/runs/1").text


def test_what_if(page_of: dict[str, Browser]) -> None:
    page = page_of["finance"]
    assert "interest.rate" in good(page.get("/simulate"))
    asked = {"year": "2023", "set": "贴息比例=0.8%\r\n预算.全市=30万", "as_of": "2024-01-31"}
    text = good(page.post("/simulate", asked))
    assert "换用的数值" in text and "按银行" in text and "贴息比例=0.8%\n预算.全市=30万" in text and "--" not in text
    assert "没有换用任何数值" in good(page.post("/simulate", {"year": "2023"}))
    for wrong, words in (
        ({"year": "2023", "set": "什么=1"}, "没有可设定的"), ({"year": "2023", "set": "cap"}, "不是设定"), ({"year": "x"}, "年度"),
        ({"year": "2023", "set": "cap=1万\ncap=2万"}, "不止一次"), ({"year": "2023", "set": "cap=1万\n单户上限=2万"}, "不止一次"),
    ):  # fmt: skip
        answer = page.post("/simulate", wrong)
        assert answer.status_code == 400 and words in answer.text and wrong.get("set", "") in answer.text, answer.text


def test_jobs_are_run_at_once(page_of: dict[str, Browser]) -> None:
    page = page_of["city"]
    assert "资料上传到期提醒" in good(page.get("/jobs"))
    answer = page.post("/jobs/papers-due/run")
    assert answer.status_code == 303
    text = good(page.get("/jobs"))
    assert "资料上传到期提醒：已完成" in text
    assert page.post("/jobs/papers-due/run").status_code == 303 and "此前已办" in page.get("/jobs").text
    assert page.post("/jobs/nothing/run").status_code == 404
