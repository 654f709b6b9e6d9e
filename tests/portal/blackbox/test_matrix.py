"""Every pair of role and route, against the table of the portal's description written down once more.

A role that may not gets 403, whatever it asks for; one that may gets anything but 401, 403, 405 and 5xx.
"""

import httpx

from portal_client import Checks
from portal_world import PEOPLE
from portal_year import Story

B = "clerk reviewer county county_finance city approver finance tech tech_approver auditor"
ALL = f"{B} industry admin security logs"
SENDERS = "clerk county county_finance city finance tech industry"
FINDERS = "county city approver finance tech tech_approver auditor"
OFFICES = "city approver finance auditor"
NOT_BANKS = ("insurer:", "investor:")  # the kind of institution is part of the role
TABLE = f"""
GET /me = {ALL}
GET /rights = {ALL}
GET /openapi.json = {ALL}
GET /template = {B} industry
POST /uploads = {SENDERS}
GET /uploads = {B} industry
GET /uploads/X = {B} industry
GET /uploads/X/findings = {B} industry
GET /uploads/X/file = {B} industry
GET /uploads/X/marked = {B} industry
POST /uploads/X/confirm = reviewer county county_finance city finance tech industry
POST /uploads/X/return = reviewer city
POST /uploads/X/withdraw = {SENDERS}
GET /uploads/X/trace = {B}
POST /uploads/X/void = city tech
POST /void = city tech
POST /papers = clerk
GET /papers = clerk reviewer county city approver auditor
GET /papers/X = clerk reviewer county city approver auditor
GET /papers/X/content = clerk reviewer county city approver auditor
GET /papers/X/pages/1 = clerk reviewer county city approver auditor
POST /papers/X/withdraw = clerk
POST /papers/X/relabel = clerk
GET /due = clerk reviewer county city approver auditor
POST /runs = city tech
GET /runs = {B}
GET /runs/X = {B}
GET /runs/X/lines = {B}
GET /runs/X/claims = {B}
GET /runs/X/new-loans = {B}
GET /runs/X/premiums = {B}
GET /runs/X/explain = {B}
GET /runs/X/compare/X = {B}
POST /runs/X/sign = county
POST /runs/X/return = county
POST /runs/X/sample = city
GET /runs/X/checks = city approver auditor county
POST /runs/X/checks = city
POST /runs/X/approve = approver tech_approver
POST /runs/X/allot = finance tech
POST /runs/X/close = approver tech_approver
GET /runs/X/files/lines = {B}
GET /years/2023/balance = {B}
GET /years/2023/to-pay = city finance county county_finance tech approver auditor
GET /years/2023/journal = finance approver auditor
GET /years/2023/returns = {B}
GET /years/2023/files/problems = {B}
GET /years/2023/files/budget = {OFFICES}
GET /years/2023/files/performance = {OFFICES}
GET /years/2023/files/proposal = {OFFICES}
GET /years/2023/files/distrust = {OFFICES}
GET /years/2023/files/application = clerk reviewer city
GET /years/2023/files/cover = county city
GET /years/2023/files/letter = city approver
GET /years/2023/charts/nothing.svg = {OFFICES}
GET /find = {B}
GET /statement = {B}
GET /warnings = {B}
GET /objections = county {OFFICES}
GET /notices = city approver
POST /simulate = city approver finance auditor
POST /reconcile = {FINDERS}
POST /verify = {FINDERS}
POST /audit = auditor approver
GET /jobs = city
POST /jobs/nothing/run = city
GET /users = admin security logs
POST /users = admin
POST /users/nobody-here/grant = security
POST /users/nobody-here/lock = admin
POST /users/nobody-here/unlock = admin
POST /users/nobody-here/reset = admin
POST /users/nobody-here/retire = admin
GET /tokens = {ALL}
DELETE /tokens/X = {ALL}
GET /log = logs
"""


def test_every_pair_of_role_and_route(story: Story) -> None:
    checks = Checks()
    rows = [line.split(" = ") for line in TABLE.strip().splitlines()]
    for route, roles in rows:
        method, path = route.replace("X", "999999").split()
        for person in PEOPLE:
            answer = _asked(story, person.login, method, path)
            of_banks = path.endswith(("/due", "/application")) or path.startswith("/papers")
            may = person.role in roles.split() and not (of_banks and person.scope.startswith(NOT_BANKS))
            if may:
                fine = answer.status_code not in (401, 403, 405) and answer.status_code < 500
                checks.true(f"{person.login} may {route}", fine, f"{answer.status_code} {answer.text[:120]}")
            else:
                checks.status(f"{person.login} may not {route}", answer, 403)
    checks.none_left()


def _asked(story: Story, login: str, method: str, path: str) -> httpx.Response:
    if path == "/audit":  # an empty question would be answered, at length
        return story.api(login).post(path, {"nothing": 1})
    return story.api(login).ask(method, path, **({"json": {}} if method == "POST" else {}))


def test_every_route_is_in_the_table_above(story: Story) -> None:
    known = {_shape(line.split(" = ")[0]) for line in TABLE.strip().splitlines()}
    later = ("/audit-pack", "/reverse", "/reset-totp")  # tried where they are made
    rights = [row for row in story.api("city").get("/rights").json() if not any(word in row["path"] for word in later)]
    served = {_shape(f"{row['method']} {row['path'].removeprefix('/api/v1')}") for row in rights}
    assert sorted(served - known) == [] and sorted(known - served - {"GET /openapi.json"}) == []


def _shape(route: str) -> str:
    """A route with its variable parts made alike."""
    method, path = route.split()
    fixed = {"nobody-here", "2023", "nothing", "nothing.svg", "X", "1"}
    parts = ["*" if part in fixed or part.startswith("{") else part for part in path.split("/")]
    if "files" in parts:
        parts = [*parts[: parts.index("files") + 1], "*"]
    return f"{method} {'/'.join(parts)}"
