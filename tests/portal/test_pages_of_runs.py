"""The pages of runs, loans and money: who sees which, a run through its life in a browser, and what comes back when refused."""

import re
from collections.abc import Iterator
from datetime import date
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from business import BOOKS, SECRET, loan
from ledger import lifecycle
from ledger.accounts.roles import APPROVERS, RUNNERS
from ledger.database import db
from ledger.programmes import PROGRAMMES
from ledger.runs import settlement
from page_lint import problems
from portal import BANK, OTHER_BANK, PEOPLE, Browser, Portal, portal_on

B = {name for name, (role, _) in PEOPLE.items() if role not in ("industry", "admin", "security", "logs")}


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    """Two trials of a year, nothing signed: tests only look."""
    with portal_on(tmp_path_factory.mktemp("office"), BOOKS) as found:
        _settle(found)
        _settle(found)
        yield found


@pytest.fixture
def own_office(tmp_path: Path) -> Iterator[Portal]:
    """One trial of a year, to be taken through its life."""
    with portal_on(tmp_path, BOOKS) as found:
        _settle(found)
        yield found


def _settle(office: Portal) -> None:
    settlement.settle(office.engine, PROGRAMMES["tech_branch"], 2023, date(2024, 1, 31), "样例9号")


@pytest.fixture(scope="module")
def signed_in(office: Portal) -> dict[str, Browser]:
    """A browser of each account."""
    return {login: office.page(login) for login in PEOPLE}


def one_loan(bank: str, note: str) -> str:
    return "/loans/one?" + urlencode({"bank": bank, "note": note})


def refused(answer: Any) -> str:
    """What a page says is wrong."""
    assert answer.status_code in (400, 422), answer.text
    assert problems(answer.text) == [] and "<title>错误：" in answer.text
    found = re.search(r'<div class="errors".*?</div>', answer.text, re.DOTALL)
    assert found and "autofocus" in found[0]
    return re.sub("<[^>]+>|\\s+", "", found[0])


OFFICES = {*RUNNERS, *APPROVERS}  # of other documents
PAGES: dict[str, set[str]] = {
    "/": set(PEOPLE),
    "/loans": B,
    one_loan(BANK, "一行借据1"): B - {"clerk2", "reviewer2", "insurer", "investor"} - OFFICES,
    "/runs": B,
    "/runs/1": B,
    "/runs/1?list=claims&county=环翠区&code=R_UPLOAD&paid=no&sort=-amount_fen&q=一行": B,
    "/runs/1/compare/2": B - {"insurer", "investor"} - OFFICES,
    "/runs/1/sign": {"county"},
    "/runs/1/return": {"county"},
    "/runs/1/sample": {"city"},
    "/runs/1/checks": {"city", "approver", "auditor", "county"},
    "/runs/1/approve": {"approver"},
    "/money": B,
}


@pytest.mark.parametrize("path", PAGES)
def test_each_page_for_each_role(signed_in: dict[str, Browser], path: str) -> None:
    """Served to whom it is for and well made; to others it is forbidden or not there."""
    for login, page in signed_in.items():
        answer = page.get(path)
        if login in PAGES[path]:
            assert answer.status_code == 200, (login, answer.status_code)
        else:
            assert answer.status_code in (403, 404), (login, answer.status_code)
        assert problems(answer.text) == [], login
        assert "tiexi " not in answer.text


def test_a_bank_sees_nothing_of_anothers_loans(signed_in: dict[str, Browser]) -> None:
    page = signed_in["clerk"]
    for path in PAGES:
        assert SECRET not in page.get(path).text and OTHER_BANK not in page.get(path).text, path
    explained = page.get(one_loan(BANK, "一行借据2")).text
    assert "R_UPLOAD" in explained and "第十七条" in explained
    assert "同一企业在其他银行的贷款共占用" in page.get(one_loan(BANK, "一行借据1")).text
    assert page.get(one_loan(OTHER_BANK, SECRET)).status_code == 404
    assert SECRET in signed_in["clerk2"].get("/loans").text and "一行借据" not in signed_in["clerk2"].get("/loans").text


def test_a_county_sees_its_own(signed_in: dict[str, Browser]) -> None:
    for path in ("/loans", "/runs/1"):
        text = signed_in["county"].get(path).text
        assert "一行借据1" in text and "一行荣成1" not in text and "荣成样例乙公司" not in text


def test_buttons_are_only_for_who_may_use_them(signed_in: dict[str, Browser]) -> None:
    steps = {
        login: set(re.findall(r'"/runs/1/(\w+)">', page.get("/runs/1").text))
        for login, page in signed_in.items()
        if login in B
    }
    assert steps["county"] == {"sign", "return"} and steps["city"] == {"sample"}
    assert all(not found for login, found in steps.items() if login not in ("county", "city")), steps
    forms = {login for login in B if ">试算</button>" in signed_in[login].get("/runs").text}
    assert forms == {"city", "tech", "agri", "commerce"}


def test_lists_are_links(signed_in: dict[str, Browser]) -> None:
    page = signed_in["city"]
    text = page.get("/runs/1?code=R_UPLOAD&sort=-amount_fen").text
    assert "一行借据2" in text and "一行借据1<" not in text and 'aria-sort="descending"' in text
    assert "code=R_UPLOAD" in text and "format=csv" in text
    assert SECRET in page.get("/loans?q=专用").text and "共 1 条" in page.get("/loans?q=专用").text
    assert "没有列入结算" not in page.get("/loans").text and "有补助" in page.get("/loans").text
    assert "共 4 条" in page.get("/loans?sort=nonsense&page=abc").text
    assert "/runs/1/compare/2" in page.get("/runs/2").text


def test_what_a_page_shows_is_to_be_had_as_csv(signed_in: dict[str, Browser]) -> None:
    # a browser sends the fields that nobody filled in, too; and what makes no sense is passed over
    for login, path, rows in (
        ("city", "/runs/1?list=lines&q=&county=环翠区&code=&paid=&sort=nonsense&page=1&more=1", 3),
        ("city", "/runs/1?list=claims&q=&county=&code=&paid=", 0),
        ("city", "/objections?q=&year=", 0),
        ("logs", "/log?q=&from=&to=2020-01-01&action=&result=&login=&sort=nonsense", 0),
    ):
        found = re.search(r'href="([^"]*format=csv)"', signed_in[login].get(path).text)
        assert found, path
        answer = signed_in[login].get(unescape(found[1]))
        assert answer.status_code == 200 and answer.text.count("\n") == rows + 1, (path, answer.text)


def test_a_loan_is_named_by_its_bank_and_its_note(signed_in: dict[str, Browser]) -> None:
    for query in ("", f"?bank={BANK}", f"?bank={BANK}&note=", "?note=一行借据1", f"?bank={OTHER_BANK}&note=一行借据1"):
        assert signed_in["city"].get(f"/loans/one{query}").status_code == 404, query


def test_a_loan_of_later_years_has_a_sentence_and_no_empty_table(tmp_path: Path) -> None:
    later = loan("一行借据3", 发放日=date(2024, 1, 8), 到期日=date(2025, 1, 8), 资料上传日=date(2024, 1, 9))
    with portal_on(tmp_path, {**BOOKS, "贷款": [*BOOKS["贷款"], later]}) as found:
        _settle(found)
        text = found.page("clerk").get(one_loan(BANK, "一行借据3")).text
    assert "未列入本次结算" in text and "<table" not in text and problems(text) == []


def test_a_trial_in_the_browser(own_office: Portal) -> None:
    page = own_office.page("city")
    wrong = page.post("/runs", {"programme": "tech_branch", "year": "二〇二三", "as_of": ""})
    assert "年度：应为1990至2099的年份" in refused(wrong) and 'value="二〇二三"' in wrong.text
    assert refused(page.post("/runs", {"programme": "tech_branch", "year": "1999"}))
    done = page.post("/runs", {"programme": "tech_branch", "year": "2023", "as_of": "2024-02-01"})
    assert (done.status_code, done.headers["location"]) == (303, "/runs/2")
    assert "2024-02-01" in page.get("/runs/2").text
    assert own_office.page("tech").post("/runs", {"programme": "tech_branch", "year": "2023"}).status_code == 403


def test_a_run_through_its_life_in_the_browser(own_office: Portal) -> None:
    office = own_office
    pages = {login: office.page(login) for login in ("county", "city", "approver", "finance")}
    assert "待签署" in pages["county"].get("/").text and "待抽查" not in pages["city"].get("/").text
    assert "文号：" in refused(pages["county"].post("/runs/1/sign", {"document": " "}))
    back = pages["county"].post("/runs/1/return", {"reason": "<b>余额不符</b>"})
    assert back.status_code == 303 and "已退回" in pages["county"].get("/runs/1").text
    assert (
        "<b>余额" not in pages["city"].get("/runs/1").text and "&lt;b&gt;余额不符" in pages["city"].get("/runs/1").text
    )
    done = pages["county"].post("/runs/1/sign", {"document": "样例环〔2024〕1号"})
    assert (done.status_code, done.headers["location"]) == (303, "/runs/1")
    said = pages["county"].get("/runs/1").text
    assert "环翠区已签署" in said and 'role="status"' in said
    again = pages["county"].post("/runs/1/sign", {"document": "样例环〔2024〕2号"})
    assert "无需再签" in refused(again) and 'value="样例环〔2024〕2号"' in again.text
    early = pages["approver"].post("/runs/1/approve", {"document": "样例审〔2024〕1号", "without_check": "试"})
    assert (
        "尚未初审签署：荣成市" in refused(early)
        and 'value="样例审〔2024〕1号"' in early.text
        and "试</textarea>" in early.text
    )
    lifecycle.sign(office.engine, 1, "荣成市", "样例外人", "样例荣〔2024〕1号")
    assert "待抽查" in pages["city"].get("/").text
    for share in ("0%", "半数", "101%"):
        assert "比例：" in refused(pages["city"].post("/runs/1/sample", {"share": share}))
    drawn = pages["city"].post("/runs/1/sample", {"share": "10%"})
    assert drawn.headers["location"] == "/runs/1/checks"
    checks = pages["city"].get("/runs/1/checks").text
    assert problems(checks) == [] and "待核查" in checks
    assert "荣成市" not in pages["county"].get("/runs/1/checks").text
    count = checks.count("待核查")
    for line in range(1, count + 1):
        shown = pages["city"].get(f"/runs/1/checks/{line}").text
        assert problems(shown) == []
        assert all(f"；{word} " in shown for word in ("担保方式", "发放日", "到期日", "年利率(%)"))
        fields = dict(re.findall(r'type="hidden" name="(bank|note)" value="([^"]+)"', shown))
        assert refused(pages["city"].post(f"/runs/1/checks/{line}", {**fields, "result": "不符"}))
        found = pages["city"].post(f"/runs/1/checks/{line}", {**fields, "result": "相符"})
        assert found.status_code == 303
    assert found.headers["location"] == "/runs/1/checks"
    assert pages["city"].get("/runs/1/checks/99").status_code == 404
    assert "待审核" in pages["approver"].get("/").text
    assert "在截止日" in refused(pages["approver"].post("/runs/1/approve", {"document": "甲", "date": "2020-01-01"}))
    assert pages["approver"].post("/runs/1/approve", {"document": "样例审〔2024〕1号"}).status_code == 303
    assert "待下达" in pages["finance"].get("/").text
    assert pages["finance"].post("/runs/1/allot", {"document": "样例财〔2024〕1号"}).status_code == 303
    assert "待拨付" in pages["finance"].get("/").text and "最长滞留" in pages["finance"].get("/").text
    money = pages["finance"].get("/money").text
    assert problems(money) == [] and "每一分钱在哪里" in money and "市财政" in money
    too_early = pages["approver"].post("/runs/1/close", {"document": "样例办〔2024〕1号"})
    assert too_early.status_code == 422 and "不能办结" in too_early.text
    final = pages["approver"].get("/runs/1").text
    assert "样例审〔2024〕1号" in final and "下达" in final
    with db.reading(office.engine) as connection:
        assert settlement.read_run(connection, 1).state == "allotted"


def test_money_is_that_of_documents_one_has_a_part_in(own_office: Portal) -> None:
    settlement.settle(own_office.engine, PROGRAMMES["chokepoint"], 2023, None, "样例12号")
    for run in (1, 2):
        lifecycle.approve(own_office.engine, run, "样例审核人", f"样例审〔2024〕{run}号", solo=True)
    for login in ("county", "tech", "finance"):
        text = own_office.page(login).get("/money").text
        assert "每一分钱在哪里" in text and problems(text) == []
        assert (">科技支行贷款</option>" in text) == (login != "tech"), login
        assert (PROGRAMMES["chokepoint"].name in text) == (login != "county"), login
    wrong_day = own_office.page("finance").get("/money?as_of=2020-02-30")
    assert "截至日应为日期" in wrong_day.text and 'value="2020-02-30"' in wrong_day.text
    assert "还没有应付" in own_office.page("finance").get("/money?as_of=2020-02-28").text


def test_a_form_without_its_token_does_nothing(own_office: Portal) -> None:
    page = own_office.page("county")
    bare = super(Browser, page).post("/runs/1/sign", data={"document": "甲"}, headers={"Origin": "http://testserver"})
    assert bare.status_code == 403 and "待签署" in page.get("/runs/1").text
