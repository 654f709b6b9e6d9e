"""What people do that they should not: each is answered as the table of statuses says, and changes nothing."""

import io
import re
import zipfile
from collections.abc import Callable

from portal_client import without_id
from stress.rehearsal.people import Desk

UNKNOWN = "tx_" + "A" * 43
_PART = re.compile(r"\{[a-z]+\}")


def wrong_role(desk: Desk) -> None:
    """Any route that is not this role's."""
    rights = desk.ask("rights", "GET", "/rights", lose=False).json()
    closed = [right for right in rights if desk.person.role not in right["roles"]]
    if closed:
        right = desk.pick.choice(closed)
        more = {} if right["method"] == "GET" else {"json": {}}
        answer = desk.ask("wrong role", right["method"], _PART.sub("1", right["path"]), **more)
        desk.expect(f"wrong role for {right['action']}", answer, 403)


def nobody(desk: Desk) -> None:
    """Without a token, or with one that nobody has."""
    token = desk.pick.choice((None, UNKNOWN))
    desk.expect("nobody", desk.ask("nobody", "GET", desk.pick.choice(("/me", "/runs/1", "/zzz")), token=token), 401)


def no_such_route(desk: Desk) -> None:
    """An address that is none; a method that an address does not take."""
    desk.expect("no such route", desk.ask("no such route", "GET", "/darlehen"), 404)
    desk.expect("another method", desk.ask("another method", "DELETE", "/me"), 405)


def bad_request(desk: Desk) -> None:
    """A question with something unknown in it, or a value that is none."""
    for path in ("/me?x=1", "/tokens?sort=zzz", "/tokens?page=0", "/tokens?size=501"):
        desk.expect("bad request", desk.ask("bad request", "GET", path, lose=False), 400)


def not_mine(desk: Desk) -> None:
    """A file that another unit sent, one that there is not, an id that is none: the same bytes."""
    if desk.person.role not in ("clerk", "reviewer", "county", "county_finance"):
        return
    theirs = [n for n, login in OWNERS.items() if _unit(login) != _unit(desk.login)]
    if not theirs:
        return
    answers = [
        desk.ask("not mine", "GET", f"/uploads/{number}", lose=False)
        for number in (desk.pick.choice(theirs), 987_654, "abc")
    ]
    for answer in answers:
        desk.expect("not mine", answer, 404)
    if len({without_id(answer.response) for answer in answers}) != 1:
        desk.told.wrong(f"{desk.login} can tell another's file from none: {[a.response.text for a in answers]}")


OWNERS: dict[int, str] = {}  # uploads by number: who sent them
SENDERS = ("clerk", "county", "county_finance", "city", "finance", "tech", "industry")


def _unit(login: str) -> str:
    """What a login's unit is told by: clerk and reviewer of one bank are one."""
    return login.replace("reviewer", "clerk").replace("city2", "city")


def faulty_file(desk: Desk) -> None:
    """No workbook, an empty file, a package cut short, a workbook of nothing that is known."""
    if desk.person.role not in SENDERS:
        return
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("[Content_Types].xml", f"<Types>{desk.pick.random()}</Types>")
    data = desk.pick.choice(
        (b"", desk.pick.randbytes(3000), package.getvalue(), package.getvalue()[:-30], b"\xff\xfe" * 40)
    )
    name = desk.pick.choice(("报送.xlsx", "贷款-甲.csv", "报送.pdf", "a" * 260 + ".xlsx"))
    desk.expect("faulty file", desk.send("faulty file", name, data), 422)


def not_a_form(desk: Desk) -> None:
    """An upload without a file, with two, as JSON; fields that do not go together."""
    if desk.person.role not in SENDERS:
        return
    desk.expect("as JSON", desk.ask("as JSON", "POST", "/uploads", json={"file": "x"}), 415)
    desk.expect("no file", desk.ask("no file", "POST", "/uploads", files={"other": ("a.xlsx", b"x")}), 400)
    twice = [("file", ("a.xlsx", b"x")), ("file", ("b.xlsx", b"y"))]
    desk.expect("two files", desk.ask("two files", "POST", "/uploads", files=twice), 400)
    sent = {"files": {"file": ("a.xlsx", b"x")}, "data": {"kind": "payments"}}
    desk.expect("payments of no year", desk.ask("payments of no year", "POST", "/uploads", **sent), 400)


MISTAKES: tuple[Callable[[Desk], None], ...] = (
    wrong_role, wrong_role, nobody, no_such_route, bad_request, not_mine, not_mine, faulty_file, not_a_form,
)  # fmt: skip


def some(desk: Desk, chance: int = 40) -> None:
    """A mistake, so many times of a hundred."""
    if desk.chance(chance):
        desk.pick.choice(MISTAKES)(desk)
