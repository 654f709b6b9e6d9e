"""The money of the invented city's year over HTTP: every leg by whom it is, receipts, a mistake taken back, check lists.

Every step notes what is wrong in `checks` and goes on where it can, as those of portal_year do.
"""

import io
from collections.abc import Callable, Iterator
from datetime import date

import openpyxl

import portal_world as world
from portal_reports import FINDING_KEYS, Story
from portal_world import AWAY, CODES, HOME, ONE, TWO, YEAR, Row

CITY, COUNTY, BANK = "市财政到区市财政", "区市财政到金融监管部门", "金融监管部门到银行"
DAYS = {CITY: date(2024, 3, 5), COUNTY: date(2024, 3, 12), BANK: date(2024, 3, 20)}
ARRIVED = date(2024, 4, 2)
SHEET, RECEIPTS = "拨付", "兑付回单"
Keep = Callable[[Row], bool]
# 贴息 of each loan, in 万元: what its bank passes on
INTEREST = {ONE: ((CODES[0], 4), (CODES[1], 5)), TWO: ((CODES[0], 26), (CODES[3], 6))}


def rows_to_pay(story: Story, login: str, leg: str) -> list[Row]:
    """What an office has to pay of a leg, by its own sheet, filled in."""
    answer = story.api(login).get(f"/years/{YEAR}/to-pay")
    if not story.checks.status(f"to pay of {login}", answer, 200):
        return []
    return filled(answer.content, leg)


def filled(data: bytes, leg: str) -> list[Row]:
    """The rows of a leg in a sheet of what is to be paid, with dates and vouchers."""
    header, *rows = openpyxl.load_workbook(io.BytesIO(data))[SHEET].values
    found = [dict(zip(map(str, header), row, strict=True)) for row in rows]
    return [
        row | {"日期": DAYS[leg], "凭证号": f"PZ-{leg[:4]}-{number}"}
        for number, row in enumerate(row for row in found if row["环节"] == leg)
    ]


def receipts(bank: str) -> list[Row]:
    """A bank's receipts of what it passed on."""
    return [
        {"银行名称": bank, "统一社会信用代码": code, "企业名称": None, "兑付日": ARRIVED, "金额(万元)": amount, "回单号": f"HD-{bank}-{number}"}
        for number, (code, amount) in enumerate(INTEREST[bank])
    ]  # fmt: skip


def _paid(story: Story, login: str, name: str, rows: list[Row], by: str, sheet: str = SHEET) -> Row:
    """A file of payments that is sent, judged and confirmed; the upload as it then is."""
    checks = story.checks
    answer = story.api(login).send(story.book(name, {sheet: rows}), kind="payments", year=str(YEAR))
    if not checks.status(f"{name} sent", answer, 201):
        return {}
    body = answer.json()
    checks.same(f"{name}", [body["kind"], body["state"], body["year"]], ["payments", "checked", YEAR])
    checks.same(f"{name}: nothing booked yet", body["entries"], {})
    checks.same(f"{name}: rows", sum(leg["rows"] for leg in body["legs"].values()), len(rows))
    answer = story.api(by).post(f"/uploads/{body['upload']}/confirm")
    if not checks.status(f"{name} confirmed", answer, 200):
        return {}
    found: Row = answer.json()
    checks.same(f"{name} taken", [found["state"], len(found["entries"][str(story.run)])], ["taken", len(rows)])
    checks.true(f"{name} sealed", found["seal"], found)
    known = story.api(login).send(story.book(name, {sheet: rows}), kind="payments", year=str(YEAR))
    if checks.status(f"{name} again", known, 200):
        checks.same(f"{name} again", known.json()["state"], "known")
    return found


def _refused(story: Story, login: str, name: str, rows: list[Row], words: str, sheet: str = SHEET) -> Row:
    """A file of payments with findings that say something."""
    answer = story.api(login).send(story.book(name, {sheet: rows}), kind="payments", year=str(YEAR))
    if not story.checks.status(f"{name} of {login}", answer, 422):
        return {}
    found: Row = answer.json()
    told = found["findings"]
    story.checks.true(f"{name} of {login}: its findings", told and all(set(one) == FINDING_KEYS for one in told), found)
    story.checks.true(f"{name} of {login}: {words}", words in answer.text, answer.text)
    return found


def check_list_comes_back(story: Story) -> None:
    """A check list is downloaded, filled in and sent; what it holds is entered once it is confirmed."""
    checks, city = story.checks, story.api("city")
    answer = city.post("/runs", {"programme": "tech_branch", "year": YEAR, "as_of": world.AS_OF})
    if not checks.status("another trial", answer, 201):
        return
    run = answer.json()["run"]
    checks.status("drawn", city.post(f"/runs/{run}/sample", {"share": "40%"}), 201)
    answer = city.get(f"/runs/{run}/files/checklist")
    if not checks.status("the check list", answer, 200):
        return
    fields = {"kind": "checklist", "run": str(run)}
    checks.status("without its run", city.send(("清单.xlsx", answer.content), kind="checklist"), 400)
    checks.status("of no run", city.send(("清单.xlsx", answer.content), kind="checklist", run="98765"), 404)
    checks.status("finance's", story.api("finance").send(("清单.xlsx", answer.content), **fields), 422)
    checks.status("an approver's", story.api("approver").send(("清单.xlsx", answer.content), **fields), 403)
    checks.status("with nothing filled in", city.send(("清单.xlsx", answer.content), **fields), 422)
    filled = [_filled(answer.content, word) for word in ("大概相符", "相符")]
    refused = city.send(("清单.xlsx", filled[0]), **fields)
    if checks.status("an outcome that is none", refused, 422):
        checks.true("where", all(one["column"] == "核查结果" for one in refused.json()["findings"]), refused.text)
        marked = city.get(f"/uploads/{refused.json()['upload']}/marked")
        checks.true("marked", marked.status_code == 200 and marked.content.startswith(b"PK"), marked.status_code)
    answer = city.send(("清单.xlsx", filled[1]), **fields)
    if not checks.status("filled in", answer, 201):
        return
    body = answer.json()
    checks.same("the run", [body["kind"], body["run"], body["state"]], ["checklist", run, "checked"])
    lines = city.get(f"/runs/{run}/checks").json()["items"]
    checks.same("what it holds", body["taken"]["结果录入"]["new"], len(lines))
    checks.true("nothing entered yet", all(one["outcome"] is None for one in lines), lines)
    answer = story.api("city2").post(f"/uploads/{body['upload']}/confirm")
    if checks.status("confirmed", answer, 200):
        checks.same("taken", answer.json()["state"], "taken")
    lines = city.get(f"/runs/{run}/checks").json()["items"]
    checks.true("entered", lines and all(one["outcome"] is not None for one in lines), lines)


def _filled(data: bytes, word: str) -> bytes:
    """A check list with an outcome in every row."""
    book = openpyxl.load_workbook(io.BytesIO(data))
    page = book["结果录入"]
    place = [cell.value for cell in page[1]].index("核查结果") + 1
    for number in range(2, page.max_row + 1):
        page.cell(number, place).value = word
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def money_goes_down(story: Story) -> None:
    """Each office pays its leg, each county its own; what is another's is a finding of its row."""
    checks = story.checks
    first = rows_to_pay(story, "finance", CITY)
    checks.same("a row for each county and item", sorted({row["区市"] for row in first}), sorted((HOME, AWAY)))
    book = story.book("市级拨付", {SHEET: first})
    checks.status("without a year", story.api("finance").send(book, kind="payments"), 400)
    checks.status("a year for facts", story.api("finance").send(book, year=str(YEAR)), 400)
    checks.status("another year", story.api("finance").send(book, kind="payments", year="2022"), 422)
    checks.status("as facts", story.api("finance").send(book), 422)
    checks.status("an approver's", story.api("approver").send(book, kind="payments", year=str(YEAR)), 403)
    checks.status("the city's", story.api("city").send(book, kind="payments", year=str(YEAR)), 422)
    for login in ("purse-home", "county-away", "tech"):
        _refused(story, login, "市级拨付", first, "本行只能报送")
    _refused(story, "clerk1", "市级拨付", first, "兑付回单")
    found = _refused(story, "finance", "市级多拨", [row | {"金额(万元)": 9999} for row in first], "")
    if found:
        marked = story.api("finance").get(f"/uploads/{found['upload']}/marked")
        checks.true("marked", marked.status_code == 200 and marked.content.startswith(b"PK"), marked.status_code)
    early = story.book(f"{BANK}-{HOME}", {SHEET: rows_to_pay(story, "county-home", BANK)})  # comes again below
    answer = story.api("county-home").send(early, kind="payments", year=str(YEAR))
    checks.status("before the money has come", answer, 422)
    done = _paid(story, "finance", "市级拨付", first, "finance")
    checks.same("its leg", list(done.get("legs", {})), ["city_to_county"])
    for leg, (home, away) in {COUNTY: ("purse-home", "purse-away"), BANK: ("county-home", "county-away")}.items():
        for login, county in ((home, HOME), (away, AWAY)):
            rows = rows_to_pay(story, login, leg)
            checks.same(f"{login} has its own to pay", {row["区市"] for row in rows}, {county})
            other = home if login == away else away
            if login == away:  # what the other one paid is paid; so it would be this one's
                _refused(story, other, f"{leg}-{county}-错", rows, f"本行只能报送「{HOME}」")
            _paid(story, login, f"{leg}-{county}", rows, login)


def banks_pass_on(story: Story) -> None:
    """Banks send receipts, confirmed by a second person; one was wrong, is taken back and comes again."""
    checks, finance = story.checks, story.api("finance")
    _refused(story, "clerk2", "一行回单", receipts(ONE), f"本行只能报送「{TWO}」", RECEIPTS)
    _refused(story, "finance", "一行回单", receipts(ONE), "", RECEIPTS)
    answer = story.api("clerk1").send(
        story.book("一行回单", {RECEIPTS: receipts(ONE)}), kind="payments", year=str(YEAR)
    )
    if checks.status("sent by the clerk", answer, 201):
        number = answer.json()["upload"]
        checks.status("who sent it confirms", story.api("clerk1").post(f"/uploads/{number}/confirm"), 403)
        checks.status("the other bank confirms", story.api("reviewer2").post(f"/uploads/{number}/confirm"), 404)
        checks.status("withdrawn", story.api("clerk1").post(f"/uploads/{number}/withdraw"), 200)
    done = _paid(story, "clerk1", "一行回单", receipts(ONE), "reviewer1", RECEIPTS)
    _paid(story, "clerk2", "二行回单", receipts(TWO), "reviewer2", RECEIPTS)
    entries = done.get("entries", {}).get(str(story.run), [])
    if not checks.true("entries", entries, done):
        return
    entry = entries[0]
    for login, code in (
        ("clerk1", 403),
        ("approver", 403),
        ("purse-home", 403),
        ("tech-approver", 403),
        ("auditor", 403),
    ):
        checks.status(f"{login} reverses", story.api(login).post(f"/entries/{entry}/reverse", {"reason": "x"}), code)
    checks.status("without a reason", finance.post(f"/entries/{entry}/reverse"), 400)
    checks.status("before it", finance.post(f"/entries/{entry}/reverse", {"reason": "样例", "date": "2024-01-02"}), 422)
    checks.status("no such entry", finance.post("/entries/99999/reverse", {"reason": "样例"}), 404)
    before = _arrived(story)
    answer = finance.post(f"/entries/{entry}/reverse", {"reason": "样例：回单号有误", "date": "2024-04-05"})
    if checks.status("reversed", answer, 200):
        checks.true("sealed", answer.json().get("seal"), answer.text)
        checks.same("taken back", before - _arrived(story), 4_00 * 10_000)
    checks.status("reversed again", finance.post(f"/entries/{entry}/reverse", {"reason": "样例"}), 422)
    own = next(iter(_entries_of(story, "finance")), 0)
    answer = finance.post(f"/entries/{own}/reverse", {"reason": "样例"})
    if checks.status("one's own entry", answer, 422):
        checks.true("names both", answer.json()["detail"].count("财政甲") == 2, answer.text)
    checks.status(
        "closed with money under way", story.api("approver").post(f"/runs/{story.run}/close", {"document": "x"}), 422
    )
    again = [{**receipts(ONE)[0], "回单号": "HD-更正", "兑付日": date(2024, 4, 8)}]
    _paid(story, "clerk1", "一行回单更正", again, "reviewer1", RECEIPTS)
    checks.same("arrived again", _arrived(story), before)


def _arrived(story: Story) -> int:
    answer = story.api("city").get(f"/years/{YEAR}/balance")
    return int(answer.json()["stages"]["enterprise_paid_fen"]) if answer.status_code == 200 else -1


def _entries_of(story: Story, login: str) -> Iterator[int]:
    """The entries of what an account sent."""
    for item in story.api(login).get("/uploads", kind="payments", state="taken", login=login).json()["items"]:
        for numbers in story.api(login).get(f"/uploads/{item['upload']}").json()["entries"].values():
            yield from numbers


def year_ends(story: Story) -> None:
    """Every fen has arrived: closed; nothing is paid any more; the books hold, and so do the papers that were printed."""
    checks, run = story.checks, story.run
    answer = story.api("city").get(f"/years/{YEAR}/balance")
    if checks.status("the money", answer, 200):
        body = answer.json()
        at = {name: fen for name, fen in body["stages"].items() if fen}
        checks.same("all has arrived", at, {"enterprise_paid_fen": 41_00 * 10_000, "bank_paid_fen": 28_20 * 10_000})
        checks.same("nothing waits", body["waiting"], [])
    answer = story.api("approver").post(f"/runs/{run}/close", {"document": "样例金审〔2024〕9号"})
    if checks.status("closed", answer, 200):
        checks.same("closed", answer.json().get("state"), "closed")
    extra = [{**receipts(TWO)[0], "回单号": "HD-多"}]
    answer = story.api("clerk2").send(story.book("办结以后", {RECEIPTS: extra}), kind="payments", year=str(YEAR))
    if checks.status("paid after the end", answer, 422):
        checks.true("办结", "办结" in answer.text, answer.text)
    sent = {"file": ("附件2.xlsx", story.api("city").get(f"/runs/{run}/files/annex2").content)}
    for what, key in (("/reconcile", "same"), ("/verify", "consistent")):
        answer = story.api("auditor").ask("POST", what, files=sent)
        if checks.status(what, answer, 200):
            checks.same(what, answer.json().get(key), True)
    answer = story.api("auditor").post("/audit")
    if checks.status("audited", answer, 200):
        checks.same("audited", answer.json().get("problems"), [])
    checks.status("the pack", story.api("auditor").get(f"/years/{YEAR}/audit-pack"), 200)


STEPS = (money_goes_down, banks_pass_on, year_ends)
