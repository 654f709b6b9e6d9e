"""The year in a browser, in the roles that take part in it, with script and without."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, FileChooser, Page
from playwright.sync_api import TimeoutError as TooSlow

import papers
import portal_money as money
import portal_world as world
from browser import Seat
from ledger.accounts.roles import ROLES
from portal_pages import PAGES, PICTURED, not_looked_at, roles_of
from portal_seats import House
from portal_server import Server
from portal_world import ONE, TWO, YEAR
from sheets import write_sheets

pytestmark = pytest.mark.sqlite_only
# waits for all pictures; how high each is
DRAWN = """Promise.all(Array.from(document.images).map(async one => {
    one.loading = 'eager'; await one.decode(); return one.naturalHeight }))"""


@pytest.mark.parametrize("scripts", [True, False], ids=["with script", "without script"])
def test_the_year_in_a_browser(chromium: Browser, start: Callable[[], Server], tmp_path: Path, scripts: bool) -> None:
    house = House(chromium, start(), scripts)

    def book(name: str, sheets: world.Sheets) -> Path:
        return write_sheets(tmp_path / f"{name}.xlsx", sheets)

    nobody = house.seats["nobody"] = Seat.take(chromium, house.server.base, scripts)
    nobody.go("/sign-in")
    house.picture("nobody", "登录")

    # finance sends the budget and confirms it itself
    seat = house.send("finance", book("预算", world.budget()))
    assert "待确认" in seat.text()
    seat.press("确认")
    assert "已入库" in seat.text()

    # a bank reports: with errors, corrected, confirmed by the second person
    seat = house.send("clerk1", book("一行", world.spoiled_loans()))
    house.picture("clerk1", "机构经办-有问题")
    text = seat.text()
    assert "有问题" in text and "2023-02-30" in text and "本行只能报送" in text
    assert seat.page.locator("table.findings tbody tr").count() >= 3
    with seat.page.expect_download() as marked:
        seat.page.get_by_role("link", name="下载标好问题的文件").click()
    assert marked.value.suggested_filename.endswith(".xlsx")
    seat = house.send("clerk1", book("一行改", world.loans_of_one()))
    assert "待确认" in seat.text() and seat.page.get_by_role("button", name="确认", exact=True).count() == 0
    at = seat.page.url
    reviewer = house.seat("reviewer1")
    reviewer.go("/")
    assert "待确认" in reviewer.text()
    reviewer.page.goto(at)
    reviewer.look()
    house.picture("reviewer1", "机构复核-待确认")
    reviewer.press("确认")
    assert "已入库" in reviewer.text()
    house.send("clerk2", book("二行", world.loans_of_two()))
    second = house.seat("reviewer2")
    second.page.goto(house.seats["clerk2"].page.url)
    second.press("确认")
    assert "已入库" in second.text()
    assert second.page.goto(at).status == 404  # type: ignore[union-attr]
    second.look()

    # the bank sends papers: their names say of what, two of different kinds at once; one that is none comes back
    seat.go("/papers")
    (tmp_path / "A1_2023-07-03_放款通知书.pdf").write_bytes(b"no paper")
    contract = tmp_path / "A1_2023-07-03_贷款合同.pdf"
    contract.write_bytes(papers.pdf(*[papers.words(b"CONTRACT HT-A1")] * 3))
    names = [str(contract), str(tmp_path / "A1_2023-07-03_放款通知书.pdf")]
    seat.page.locator("input[type=file]").set_input_files(names)
    if scripts:
        assert seat.page.locator("[name=note]").input_value() == "A1"
        assert seat.page.locator("[name=kinds]").input_value() == ""
    seat.press("上传")
    assert "放款通知书.pdf 不是 PDF" in seat.text()
    Path(names[1]).write_bytes(papers.pdf(papers.words(b"NOTICE A1")))
    seat.page.locator("input[type=file]").set_input_files(names)
    seat.press("上传")
    assert "资料已齐" in seat.text() and "一行经办" in seat.text()
    house.picture("clerk1", "机构经办-资料")
    seat.page.get_by_role("link", name=contract.name).click()
    seat.look()
    assert seat.page.locator("img.sheet").count() == 3
    if scripts:
        assert seat.page.evaluate(DRAWN) == [1600, 1600, 1600]

    # an amendment passes the second person and the city
    seat = house.send("clerk1", book("更正", world.corrected_loan()), amend_reason="样例：合同编号录入有误")
    assert "HT-A1-补" in seat.text()
    reviewer.page.goto(seat.page.url)
    reviewer.press("确认")
    assert "待市级同意" in reviewer.text()
    city = house.seat("city")
    city.go("/")
    city.page.goto(seat.page.url)
    city.press("确认")
    assert "已入库" in city.text()

    # the city settles, both counties sign
    city.go("/runs")
    city.fill(year=str(YEAR), as_of=world.AS_OF)
    house.picture("city", "市级-试算")
    city.press("试算")
    city.go("/runs/1")
    assert "A2" in city.text() and TWO in city.text()
    for county in ("county-home", "county-away"):
        seat = house.seat(county)
        seat.go("/runs/1")
        house.picture(county, "区市-结算")
        seat.go("/runs/1/return")
        seat.go("/runs/1/sign")
        seat.press("签署")  # without a document: it comes back
        assert seat.page.title().startswith("错误：") and seat.page.locator(".errors a[href='#document']").count() == 1
        if scripts:
            assert seat.page.evaluate("document.activeElement.closest('.errors') !== null")
        seat.fill(document="样例初审〔2024〕1号")
        seat.press("签署")
        assert not seat.page.title().startswith("错误")

    # the city draws and answers, the approver approves, finance allots
    city.go("/runs/1/sample")
    city.fill(share="30%", seed="2023")
    city.press("抽取")
    city.go("/runs/1/checks")
    lines = [link.get_attribute("href") for link in city.page.locator("th.code a").all()]
    assert lines
    seen = 0
    for line in lines:
        city.go(str(line))
        if city.page.locator("img.sheet").count():
            seen += 1
            if scripts:
                assert set(city.page.evaluate(DRAWN)) == {1600}
            house.picture("city", "市级-抽查")
        if scripts:  # by the keyboard alone
            city.tab_to("select[name=result]")
            city.page.keyboard.press("ArrowDown")
            city.tab_to("button", "录入")
            city.page.keyboard.press("Enter")
            city.page.wait_for_url(lambda url, line=line: not url.endswith(str(line)))
            city.look()
        else:
            city.page.locator("[name=result]").select_option("相符")
            city.press("录入")
    assert seen == 1
    chief = house.seat("approver")
    chief.go("/runs/1/approve")
    chief.fill(document="样例金审〔2024〕1号", date="2024-02-20")
    house.picture("approver", "市级-审核")
    chief.press("审核通过")
    assert "已审核" in chief.text() or "审核通过" in chief.text()
    finance = house.seat("finance")
    finance.go("/runs/1/allot")
    finance.fill(document="样例财〔2024〕8号", date="2024-03-01")
    finance.page.locator("main form button").first.click()
    finance.look()
    finance.go("/runs/1")
    assert "下达" in finance.text()
    if scripts:
        other_offices(house)

    money_goes_down(house, tmp_path)
    year_ends(house, tmp_path)

    # every page of every role, and what nobody may see
    for login, paths in PAGES.items() if scripts else ():  # a page is the same without: the forms are what differs
        seat = house.seat(login)
        for path in paths:
            answer = seat.go(path)
            assert answer.status == 200, (login, path, answer.status)
    if scripts:
        forms_are_sent_empty(house)
        for name, (login, path) in PICTURED.items() if house.pictures else ():
            house.seat(login).go(path)
            house.picture(login, name)
        house.printed("approver", "/runs/1", "打印")
        house.on_a_phone("clerk1", "/", "手机")
        assert {role for one in house.seats for role in roles_of(one)} == set(ROLES)
        assert not_looked_at(house) == []
    for login, path in (
        ("clerk2", f"/loans/one?bank={ONE}&note=A1"),
        ("clerk1", "/users"),
        ("admin", "/runs"),
        ("city", "/log"),
    ):
        seat = house.seat(login)
        assert seat.go(path).status in (403, 404), (login, path)

    # who signs out leaves nothing behind, not even for Back
    seat = house.seat("clerk1")
    seat.go("/runs/1")
    seat.press("退出")
    assert seat.page.url.endswith("/sign-in")
    seat.page.go_back()
    seat.page.wait_for_load_state()
    assert "A1" not in seat.text() and "样例海甲公司" not in seat.page.content()
    house.leave()
    assert house.wrong == []


def other_offices(house: House) -> None:
    """The offices of parts 3 and 4 try their year, and another person of each approves it; the city tries both years again."""
    for login, approver, programme, pictures in (
        ("agri", "agri-approver", "farm_insurance", ("市财政局农险经办-试算", "市财政局农险审核-审核")),
        ("commerce", "commerce-approver", "export_credit", ("市商务局经办-试算", "市商务局审核-审核")),
    ):
        seat = house.seat(login)
        seat.go("/runs")
        seat.page.locator("main form [name=programme]").first.select_option(programme)
        seat.fill(year=str(YEAR), **({"as_of": world.AS_OF} if programme == "export_credit" else {}))
        seat.press("试算")
        assert "试算已完成" in seat.text(), seat.text()
        house.picture(login, pictures[0])
        at = seat.page.url.removeprefix(house.seats[login].base)
        chief = house.seat(approver)
        chief.go(f"{at}/approve")
        house.picture(approver, pictures[1])
        chief.fill(document="样例审〔2024〕2号", date="2024-02-20")
        chief.press("审核通过")
        assert "审核通过" in chief.text()
    city = house.seat("city")
    for year in (YEAR, YEAR + 1):
        city.go("/runs")
        city.fill(year=str(year), as_of=f"{year + 1}-01-31")
        city.press("试算")


def forms_are_sent_empty(house: House) -> None:
    """Every form that can be sent with nothing in it comes back so that it can be put right by the keyboard alone."""
    entry = house.seat("finance").page.locator("tbody th a")
    house.seat("finance").go("/money/entries")
    newest = str(entry.first.get_attribute("href"))
    for login, path, button, field in (
        ("city", "/uploads", "上传", "file"), ("clerk1", "/papers", "上传", "file"), ("finance", "/money", "上传", "file"),
        ("city", "/runs", "试算", "year"), ("city", "/simulate", "测算", "year"), ("city", "/objections", "提交", "year"),
        ("clerk1", "/account", "生成令牌", "name"), ("clerk1", "/account/password", "更改口令", "password"),
        ("admin", "/users", "建立账号", "login"), ("admin", "/users/clerk1", "锁定", "reason"), ("finance", f"{newest}/reverse", "冲销", "reason"),
        ("auditor", "/reconcile", "与台账核对", "file"),
    ):  # fmt: skip
        house.seat(login).sends_it_empty(path, button, field)


def money_goes_down(house: House, folder: Path) -> None:
    """Each office fills in its own sheet on the page of the money; banks send receipts, and a second person confirms."""
    for leg, logins in {
        money.CITY: ("finance",), money.COUNTY: ("purse-home", "purse-away"), money.BANK: ("county-home", "county-away")
    }.items():  # fmt: skip
        for login in logins:
            seat = house.seat(login)
            seat.go("/money")
            with seat.page.expect_download() as given:
                seat.page.get_by_role("link", name="下载待拨付表").click()
            rows = money.filled(given.value.path().read_bytes(), leg)
            house.pay(login, write_sheets(folder / f"{leg}-{login}.xlsx", {money.SHEET: rows}))
            assert leg in seat.text() and "待确认" in seat.text()
            seat.press("确认")
            assert "已入库" in seat.text()
    for clerk, reviewer, bank in (("clerk1", "reviewer1", ONE), ("clerk2", "reviewer2", TWO)):
        rows = money.receipts(bank)
        seat = house.pay(clerk, write_sheets(folder / f"回单-{clerk}.xlsx", {money.RECEIPTS: rows}))
        second = house.seat(reviewer)
        second.page.goto(seat.page.url)
        second.press("确认")
        assert "已入库" in second.text()
    house.picture("clerk2", "机构经办-回单")


def year_ends(house: House, folder: Path) -> None:
    """Every fen has arrived; the year is closed, audited, and what was printed is held against the books."""
    chief = house.seat("approver")
    chief.go("/money")
    assert "69.20" in chief.text() and "滞留" not in chief.text()
    chief.go("/runs/1/close")
    chief.fill(document="样例金审〔2024〕9号")
    chief.press("办结")
    assert "已办结" in chief.text()
    chief.go("/dashboard")
    house.picture("approver", "市级-看板")
    assert chief.page.locator(".panel img").count() == 5
    for image in chief.page.locator(".panel img").all():
        assert image.evaluate("one => one.complete && one.naturalWidth > 100")
    with chief.page.expect_download() as given:
        chief.page.goto(f"{chief.base}/runs/1")
        chief.page.get_by_role("link", name="附件2", exact=True).click()
    annex = folder / "附件2.xlsx"
    annex.write_bytes(given.value.path().read_bytes())
    seat = house.seat("auditor")
    seat.go("/audit")
    seat.press("审计")
    assert "均相符" in seat.text()
    house.picture("auditor", "审计-审计")
    seat.page.locator("input[type=file]").set_input_files(annex)
    seat.press("与台账核对")
    assert "附件2.xlsx" in seat.text() and "一致" in seat.text() and "不一致" not in seat.text()
    seat.go("/money/entries")
    seat.page.locator("tbody th a").first.click()
    seat.look()
    assert "表「贷款」第" in seat.text()
    house.picture("auditor", "审计-一分钱")


def test_the_keyboard_alone(chromium: Browser, start: Callable[[], Server], tmp_path: Path) -> None:
    """Signs in, sends a file and confirms it without a mouse; the focus can always be seen."""
    house = House(chromium, start(), True)
    house.seat("finance")
    seat = house.seats["finance"]
    seat.go("/")
    keys = seat.page.keyboard
    keys.press("Tab")
    assert seat.page.evaluate("document.activeElement.getAttribute('href')") in ("#main", "#content", "#inhalt")
    seat.tab_to("summary", "报表")  # a group of the menu opens and closes by keys
    keys.press("Enter")
    seat.tab_to(".menu a", "看板")
    keys.press("Escape")
    assert seat.page.evaluate("document.activeElement.matches('details:not([open]) > summary')")
    path = write_sheets(tmp_path / "预算.xlsx", world.budget())
    seat.go("/uploads")
    seat.tab_to("input[type=file]")
    _chosen_by_key(seat.page).set_files(path)
    seat.tab_to("button", "上传")
    keys.press("Enter")
    seat.page.get_by_role("button", name="确认", exact=True).wait_for()
    seat.tab_to("button", "确认")
    keys.press("Enter")
    seat.page.get_by_text("已入库").first.wait_for()
    assert seat.page.locator(".said[role=status]").count() == 1  # said aloud, too
    _at_twice_the_size(seat)
    _no_limit_without_a_warning(seat)
    house.leave()
    assert house.wrong == []


def _at_twice_the_size(seat: Seat) -> None:
    """At 200% a window of 1366 pixels shows as much as one of 683: everything is there without scrolling sideways."""
    seat.page.set_viewport_size({"width": 683, "height": 384})
    for path in ("/", "/uploads", "/uploads/1", "/runs", "/money", "/dashboard", "/account"):
        seat.go(path)
        assert seat.page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), path
    seat.page.set_viewport_size({"width": 1366, "height": 768})


def _no_limit_without_a_warning(seat: Seat) -> None:
    """Two minutes before a session ends it says so, aloud; who stays is warned again; the last end is said as well."""
    seat.page.clock.install()
    seat.go("/uploads")
    bar = seat.page.locator("main .warned[role=status]")
    for _ in range(2):
        assert bar.count() == 0
        seat.page.clock.fast_forward("18:01")
        assert "两分钟后会话结束" in bar.inner_text()
        seat.page.get_by_role("button", name="继续使用").click()
        bar.wait_for(state="detached")
    seat.page.clock.fast_forward("07:58:00")
    seat.page.get_by_text("本次登录已满时限").wait_for()


def _chosen_by_key(page: Page) -> FileChooser:
    """The chooser that a key opens on the field with the focus. A browser under load may open none for a key that comes
    while it is still busy, so a person presses again."""
    for key in ("Enter", "Space", "Enter"):
        try:
            with page.expect_file_chooser(timeout=20_000) as chooser:
                page.keyboard.press(key)
        except TooSlow:
            continue
        return chooser.value
    raise AssertionError("no key opens the choice of a file")
