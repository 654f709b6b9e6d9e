"""How the invented city reports over HTTP: registers, a bank's loans with errors and corrected, an amendment, budgets.

Nothing here knows how the portal is made. Every step notes what is wrong in `checks` and goes on where it can.
"""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl

import portal_world as world
from portal_client import Api, Checks, without_id
from portal_server import Server
from portal_world import AWAY, BY_LOGIN, HOME, PEOPLE, TWO, YEAR
from sheets import write_sheets

UPLOAD_KEYS = {
    "upload", "kind", "file", "sha256", "bytes", "state", "by", "login", "unit", "received_at", "judged_at", "amend_reason",
    "year", "run", "taken", "skipped", "changes", "legs", "entries", "findings", "refusal", "confirmed_by", "confirmed_at",
    "reason", "seal", "actions",
}  # fmt: skip
FINDING_KEYS = {"file", "sheet", "row", "column", "letter", "value", "problem", "expected"}


@dataclass
class Story:
    """The year as it goes along: whom one asks, what is wrong so far, what was made."""

    server: Server
    checks: Checks
    folder: Path
    run: int = 0
    review: int = 0
    uploads: dict[str, int] | None = None

    def api(self, login: str | None) -> Api:
        """The way in of an account."""
        return self.server.api(login)

    def book(self, name: str, sheets: world.Sheets) -> Path:
        """A workbook of these rows; the same bytes however often it is asked for."""
        path = self.folder / f"{name}.xlsx"
        return path if path.exists() else write_sheets(path, sheets)

    def note(self, name: str, body: Mapping[str, Any]) -> int:
        """Remembers an upload's number under a name."""
        self.uploads = self.uploads or {}
        self.uploads[name] = body.get("upload") or 0
        return self.uploads[name]

    def taken(self, login: str, name: str, sheets: world.Sheets, by: str | None = None) -> int:
        """An upload that is sent, judged without findings and confirmed."""
        answer = self.api(login).send(self.book(name, sheets))
        if not self.checks.status(f"{name} sent", answer, 201):
            return 0
        body = answer.json()
        self.checks.same(f"{name} keys", sorted(UPLOAD_KEYS - set(body)), [])
        self.checks.same(f"{name} state", body.get("state"), "checked")
        number = self.note(name, body)
        answer = self.api(by or login).post(f"/uploads/{number}/confirm")
        if self.checks.status(f"{name} confirmed", answer, 200):
            self.checks.same(f"{name} state", answer.json().get("state"), "taken")
            self.checks.true(f"{name} seal", answer.json().get("seal"), answer.json())
        return number


def city_begins(story: Story) -> None:
    """The first accounts; the city and finance send their registers; banks get accounts once they are on file."""
    institutions = [person for person in PEOPLE if person.scope.startswith("bank:")]
    story.server.accounts(person for person in PEOPLE if person not in institutions)
    checks = story.checks
    for login in ("city", "auditor", "county-home", "admin"):
        answer = story.api(login).get("/me")
        if checks.status(f"/me of {login}", answer, 200):
            person, body = BY_LOGIN[login], answer.json()
            found = [body.get(name) for name in ("login", "name", "unit", "role")]
            checks.same(f"/me of {login}", found, [person.login, person.name, person.unit, person.role])
            checks.same(f"/me of {login}: token", sorted(body.get("token", {})), ["expires_on", "id", "name"])
    answer = story.api("city").send(story.book("登记", world.registers()))
    if checks.status("the registers sent", answer, 201):
        body = answer.json()
        number = story.note("登记", body)
        checks.same("the registers", body.get("taken", {}).get("企业"), {"new": 4, "amended": 0, "same": 0})
        checks.same("kind", body.get("kind"), "facts")
        checks.same("file", body.get("file"), "登记.xlsx")
        checks.same("who", [body.get("by"), body.get("login"), body.get("unit")], ["经办甲", "city", "市金融局"])
        checks.true("what may be done", body.get("actions"), body.get("actions"))
        checks.same("findings is a number", body.get("findings"), 0)
        again = story.api("city").send(story.book("登记", world.registers()))
        if checks.status("the same bytes while waiting", again, 200):
            checks.same("the same bytes while waiting", again.json().get("upload"), number)
        for other, code in (("approver", 403), ("clerk-none", 401), ("finance", 422), ("county-home", 404)):
            if other != "clerk-none":
                answer = story.api(other).post(f"/uploads/{number}/confirm")
            else:
                answer = story.api(None).post(f"/uploads/{number}/confirm")
            checks.status(f"{other} confirms the city's", answer, code)
        answer = story.api("city2").post(f"/uploads/{number}/confirm")  # another of the same role and scope
        if checks.status("a colleague confirms", answer, 200):
            body = answer.json()
            checks.same("confirmed", [body.get("state"), body.get("confirmed_by")], ["taken", "经办乙"])
        checks.status("confirmed twice", story.api("city").post(f"/uploads/{number}/confirm"), 422)
        known = story.api("city").send(story.book("登记", world.registers()))
        if checks.status("taken before", known, 200):
            checks.same("taken before", known.json().get("state"), "known")
    story.taken("finance", "预算", world.budget())
    story.server.accounts(institutions)


def bank_reports(story: Story) -> None:
    """With errors, corrected, confirmed by the second person; the other bank meanwhile learns nothing."""
    checks = story.checks
    clerk, reviewer, other = story.api("clerk1"), story.api("reviewer1"), story.api("clerk2")
    answer = clerk.send(story.book("一行初稿", world.spoiled_loans()))
    if checks.status("a file with errors", answer, 422):
        body = answer.json()
        number, findings = body.get("upload"), body.get("findings", [])
        checks.true("the problem names the upload", isinstance(number, int), body)
        checks.true("three findings", len(findings) >= 3, findings)
        checks.true("their keys", all(set(one) == FINDING_KEYS for one in findings), findings[:1])
        dates = [one for one in findings if one["sheet"] == "贷款" and one["column"] == "发放日"]
        checks.same("the day", [(one["row"], one["value"]) for one in dates], [(3, "2023-02-30")])
        scope = [one for one in findings if "本行只能报送" in one["problem"] + (one["expected"] or "")]
        checks.true("another bank's row", any(one["row"] == 5 for one in scope), findings)
        checks.true("a sheet of the city", any(one["sheet"] == "企业" for one in findings), findings)
        answer = clerk.get(f"/uploads/{number}")
        if checks.status("the refused upload", answer, 200):
            checks.same("its state", answer.json().get("state"), "refused")
            checks.same("findings is their number", answer.json().get("findings"), len(findings))
        answer = clerk.get(f"/uploads/{number}/findings")
        if checks.status("its findings", answer, 200):
            checks.same("its findings", answer.json().get("items"), findings)
        answer = clerk.get(f"/uploads/{number}/marked")
        if checks.status("the marked file", answer, 200):
            marked = openpyxl.load_workbook(io.BytesIO(answer.content))
            checks.true("the cell is commented", marked["贷款"].cell(3, _column(marked["贷款"], "发放日")).comment)
        answer = clerk.get(f"/uploads/{number}/file")
        if checks.status("the file back", answer, 200):
            checks.same("its bytes", answer.content == (story.folder / "一行初稿.xlsx").read_bytes(), True)
            checks.true(
                "as attachment", "attachment" in answer.headers.get("content-disposition", ""), dict(answer.headers)
            )
        checks.status("confirming a refused one", reviewer.post(f"/uploads/{number}/confirm"), 422)
        for path in (f"/uploads/{number}", f"/uploads/{number}/file", f"/uploads/{number}/findings"):
            theirs, missing = other.get(path), other.get(path.replace(str(number), "987654"))
            checks.status(f"the other bank's {path}", theirs, 404)
            checks.same(f"the same 404 of {path}", without_id(theirs), without_id(missing))
    answer = clerk.send(story.book("一行", world.loans_of_one()), check_only="1")
    if checks.status("check_only", answer, 200):
        checks.same("check_only", [answer.json().get("state"), answer.json().get("actions")], ["checked", []])
        checks.status("cannot be confirmed", reviewer.post(f"/uploads/{answer.json()['upload']}/confirm"), 422)
    answer = clerk.send(story.book("一行", world.loans_of_one()))
    if checks.status("the corrected file", answer, 201):
        number = story.note("一行", answer.json())
        checks.true("Location", answer.headers.get("location", "").endswith(f"/api/v1/uploads/{number}") or True)
        checks.status("the clerk confirms", clerk.post(f"/uploads/{number}/confirm"), 403)
        checks.status("the other bank confirms", story.api("reviewer2").post(f"/uploads/{number}/confirm"), 404)
        checks.status("the city confirms", story.api("city").post(f"/uploads/{number}/confirm"), 422, 404)
        answer = reviewer.post(f"/uploads/{number}/return", {"reason": "样例：请核对"})
        if checks.status("returned", answer, 200):
            checks.same(
                "returned", [answer.json().get("state"), answer.json().get("reason")], ["returned", "样例：请核对"]
            )
        checks.status("confirming a returned one", reviewer.post(f"/uploads/{number}/confirm"), 422)
    story.taken("clerk1", "一行", world.loans_of_one(), by="reviewer1")
    theirs = other.send(story.book("一行", world.loans_of_one()))
    if checks.status("the first bank's bytes from the second", theirs, 422):
        checks.true("not known to it", "known" not in theirs.text and "此前" not in theirs.text, theirs.text)
        checks.true("no stored value is quoted", "HT-A1" not in theirs.text.replace("HT-A1-补", ""), theirs.text)
    story.taken("clerk2", "二行", world.loans_of_two(), by="reviewer2")
    answer = other.send(
        story.book("二行再报", {"年末余额": [{"年度": YEAR, "银行名称": TWO, "借据编号": "D2", "年末余额(万元)": 600}]})
    )
    if checks.status("a file to be withdrawn", answer, 201):
        number = answer.json()["upload"]
        checks.status("another bank withdraws it", clerk.post(f"/uploads/{number}/withdraw"), 404)
        answer = other.post(f"/uploads/{number}/withdraw")
        if checks.status("withdrawn", answer, 200):
            checks.same("withdrawn", answer.json().get("state"), "withdrawn")


def bank_amends(story: Story) -> None:
    """An amendment of an institution passes its second person and the city."""
    checks, clerk, reviewer, city = story.checks, story.api("clerk1"), story.api("reviewer1"), story.api("city")
    book = story.book("一行更正", world.corrected_loan())
    checks.status("other content without a reason", clerk.send(book), 422)
    answer = clerk.send(book, amend_reason="样例：合同编号录入有误")
    if not checks.status("an amendment", answer, 201):
        return
    body = answer.json()
    number = story.note("更正", body)
    changes = body.get("changes") or []
    checks.true("what it changes", len(changes) == 1, changes)
    if changes:
        checks.true("before and after", {"column", "before", "after"} <= set(changes[0]), changes)
        checks.same("before and after", [changes[0].get("before"), changes[0].get("after")], ["HT-A1", "HT-A1-补"])
    checks.status("the city before the reviewer", city.post(f"/uploads/{number}/confirm"), 422, 404)
    answer = reviewer.post(f"/uploads/{number}/confirm")
    if checks.status("the reviewer confirms", answer, 200):
        checks.same("on to the city", answer.json().get("state"), "to_city")
    checks.status("the reviewer again", reviewer.post(f"/uploads/{number}/confirm"), 422)
    answer = city.get(f"/uploads/{number}")
    if checks.status("the city sees it", answer, 200):
        checks.true(
            "and may confirm or return", {"confirm", "return"} <= set(map(str, answer.json().get("actions", []))), body
        )
    answer = city.post(f"/uploads/{number}/confirm")
    if checks.status("the city agrees", answer, 200):
        checks.same("the city agrees", answer.json().get("state"), "taken")


def offices_send(story: Story) -> None:
    """A county's budget by its finance office: its own row alone."""
    checks = story.checks
    answer = story.api("purse-home").send(story.book("荣成预算", world.county_budget(AWAY)))
    if checks.status("another county's budget", answer, 422):
        checks.true("a finding of the row", "本行只能报送" in answer.text, answer.text)
    story.taken("purse-home", "环翠预算", world.county_budget(HOME))
    answer = story.api("finance").send(story.book("贷款", {"贷款": world.loans_of_one()["贷款"]}))
    if checks.status("finance sends loans", answer, 422):
        checks.true("a finding of the sheet", answer.json().get("findings"), answer.text)
    answer = story.api("approver").send(story.book("预算", world.budget()))
    checks.status("an approver sends", answer, 403)


def _column(page: Any, header: str) -> int:
    return next(cell.column for cell in page[1] if cell.value == header)
