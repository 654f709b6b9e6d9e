"""The pages 问题, 查找, 报表, 异议 and 公示: who has them, what stands on them, and a row entered on one."""

import io
import re
from collections.abc import Iterator

import openpyxl
import pytest

import lives
from lives import CODES, ONE, TWO
from page_lint import problems
from portal import PEOPLE, Browser, Portal, portal_on
from samples import PROJECT

B = {name for name, (role, _) in PEOPLE.items() if role not in ("industry", "admin", "security", "logs")}
OFFICES = {"city", "approver", "finance", "auditor"}
PAGES: dict[str, set[str]] = {
    "/problems": B,
    "/problems?year=2023&county=环翠区&page=2": B,
    "/find": B,
    "/find?q=公司": B,
    "/reports": B,
    "/objections": OFFICES | {"county"},
    "/notices": {"city", "approver"},
    "/notices/3": {"city", "approver"},
    "/years/2023/files/problems": B,
    "/years/2023/files/distrust": OFFICES,
    "/statement?bank=" + ONE: B - {"clerk2", "reviewer2", "insurer", "investor"},
}


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    folder = tmp_path_factory.mktemp("office")
    engine = lives.at_stage(folder, "second year")
    lives.take(engine, folder, {"项目库": [{**PROJECT, "统一社会信用代码": CODES[0]}]})
    with portal_on(folder, engine=engine) as found:
        made = found.api("tech").post("/runs", json={"programme": "chokepoint", "year": 2023})
        assert (made.status_code, made.json()["run"]) == (201, 3), made.text
        yield found


@pytest.fixture(scope="module")
def signed_in(office: Portal) -> dict[str, Browser]:
    return {login: office.page(login) for login in PEOPLE}


@pytest.mark.parametrize("path", PAGES)
def test_who_has_a_page(signed_in: dict[str, Browser], path: str) -> None:
    for login, browser in signed_in.items():
        answer = browser.get(path)
        if login in PAGES[path]:
            assert answer.status_code in (200, 422), (login, path, answer.text)
            if answer.headers["content-type"].startswith("text/html"):
                assert problems(answer.text) == [], (login, path)
        else:
            assert answer.status_code in (403, 404), (login, path)


def test_problems_tell_why_and_what_to_do(signed_in: dict[str, Browser]) -> None:
    text = signed_in["city"].get("/problems?year=2023").text
    assert "C2" in text and "怎么办" in text and "R_RATE" in text
    mine = signed_in["clerk"].get("/problems?year=2023").text
    assert "D1" in mine or "C1" in mine
    assert TWO not in mine and "C2" not in mine
    one = signed_in["city"].get(f"/problems?year=2023&bank={TWO}").text
    assert "C2" in one and "files/problems?programme=tech_branch&amp;bank=" in one


def test_whoever_is_found_leads_to_a_statement(signed_in: dict[str, Browser]) -> None:
    text = signed_in["county"].get("/find?q=海甲").text
    link = re.search('href="(/statement[^"]+)"', text)
    assert link and CODES[0] in link[1]
    book = openpyxl.load_workbook(io.BytesIO(signed_in["county"].get(link[1].replace("&amp;", "&")).content))
    assert "A1" in [cell.value for row in book["贷款"] for cell in row]
    assert "没有名称或代码含" in signed_in["county"].get("/find?q=海乙").text  # of another county


def test_reports_are_those_of_the_role(signed_in: dict[str, Browser]) -> None:
    city, clerk, county = (signed_in[name].get("/reports?year=2023").text for name in ("city", "clerk", "county"))
    for name in ("问题清单", "专项资金申请报告", "申请文件", "资金分配意见", "绩效指标", "告知书", "失信名单"):
        assert name in city, name
    assert "专项资金申请报告" in clerk and "资金分配意见" not in clerk and "失信名单" not in clerk
    assert "申请文件" in county and "告知书" not in county
    for href in re.findall('<a href="(/(?:years|due)[^"]+)"', clerk):
        answer = signed_in["clerk"].get(href.replace("&amp;", "&"))
        assert answer.status_code == 200 and answer.content.startswith(b"PK"), href


@pytest.mark.parametrize("login", ["finance", "tech", "auditor"])
def test_reports_offer_only_what_there_is(signed_in: dict[str, Browser], login: str) -> None:
    """Nothing is to be paid of a trial, and a year without an approved run has no entries."""
    text = "".join(signed_in[login].get(f"/reports?year={year}").text for year in (2023, 2024))
    offered = {href.replace("&amp;", "&") for href in re.findall('<a href="(/years[^"]+)"', text)}
    assert not any("to-pay?programme=chokepoint" in href for href in offered)
    assert ("/years/2023/to-pay?programme=tech_branch" in offered) == (login != "tech")
    for href in offered:
        assert signed_in[login].get(href).status_code == 200, href


def test_the_city_enters_an_objection_and_what_came_of_it(signed_in: dict[str, Browser]) -> None:
    city = signed_in["city"]
    row = {"year": "2023", "uscc": CODES[0], "received_on": "2024-02-05", "matter": "=认为应为 12 个月"}
    bad = city.post("/objections", data={**row, "uscc": "x", "received_on": "2024-02-30"})
    assert bad.status_code == 400
    assert "没有这一天" in bad.text and "应为 18 位" in bad.text
    assert problems(bad.text) == []
    assert "认为应为 12 个月" in bad.text  # what was typed
    # a code that no enterprise has is known when the row is judged: nothing comes of it, and the form is not lost
    unknown = "91371000MA7XXXXX9T"
    before = re.findall('href="/uploads/[0-9]+"', city.get("/uploads").text)
    for uscc, outcome, name in ((unknown, "", "uscc"), (CODES[0], "维持原结果", "settled_on")):
        bad = city.post("/objections", data={**row, "uscc": uscc, "outcome": outcome})
        assert bad.status_code == 422 and problems(bad.text) == []
        assert "认为应为 12 个月" in bad.text and f'href="#{name}"' in bad.text
    assert re.findall('href="/uploads/[0-9]+"', city.get("/uploads").text) == before
    sent = city.post("/objections", data=row)
    assert sent.status_code == 303, sent.text
    assert "待确认" in city.get(sent.headers["location"]).text
    assert city.post(f"{sent.headers['location']}/confirm").status_code == 303
    for login in ("county", "approver", "auditor"):
        text = signed_in[login].get("/objections").text
        assert "=认为应为 12 个月" in text and "未处理" in text and "登记一件异议" not in text
    asked = f"/objections?year=2023&uscc={CODES[0]}&received_on=2024-02-05"
    assert 'value="2024-02-05"' in city.get(asked).text and "填处理结果" in city.get(asked).text
    done = {"outcome": "维持原结果", "settled_on": "2024-02-09", "document_no": "样例复〔2024〕1号"}
    sent = city.post("/objections", data=row | done)
    page = city.get(sent.headers["location"]).text
    assert "更正" in page and "登记异议的处理" in page
    city.post(f"{sent.headers['location']}/confirm")
    assert "维持原结果（2024-02-09，样例复〔2024〕1号）" in signed_in["county"].get("/objections").text
    assert "维持原结果" in city.get("/objections?format=csv").text


def test_a_notice_prints_and_is_a_file(signed_in: dict[str, Browser]) -> None:
    approver = signed_in["approver"]
    assert "/notices/3" in approver.get("/notices").text
    text = approver.get("/notices/3").text
    assert "“拨投贷保”拟补助名单公示" in text and "公示期" in text and "审核通过前不要对外公布" in text
    wrong = approver.get("/notices/3?first_day=2020-01-01")
    assert wrong.status_code == 422 and "早于" in wrong.text
    assert approver.get("/notices/3/file").content.startswith(b"PK")
    assert approver.get("/notices/1").status_code == 404  # a document without one
