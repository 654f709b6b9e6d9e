"""A year of the invented city over HTTP, step by step, each answer held against the binding description of the portal.

Reporting stands in portal_reports. Every step notes what is wrong in `checks` and goes on where it can.
"""

import portal_money
import portal_world as world
from portal_client import without_id
from portal_reports import Story, bank_amends, bank_reports, city_begins, offices_send
from portal_world import AWAY, ONE, TWO, YEAR


def city_settles(story: Story) -> None:
    """Trials; who may ask for them, and what those see whose own is in them."""
    checks, city = story.checks, story.api("city")
    asked = {"programme": "tech_branch", "year": YEAR, "as_of": world.AS_OF}
    for login in ("approver", "finance", "clerk1", "county-home", "auditor"):
        checks.status(f"{login} settles", story.api(login).post("/runs", asked), 403)
    checks.status("the city reviews part 2", city.post("/runs", asked | {"programme": "chokepoint"}), 403)
    checks.status("tech settles part 1", story.api("tech").post("/runs", asked), 403)
    checks.status("a year outside the document", city.post("/runs", {"programme": "tech_branch", "year": 2031}), 422)
    checks.status("no year", city.post("/runs", {"programme": "tech_branch"}), 400)
    checks.status("an unknown key", city.post("/runs", asked | {"yaer": 1}), 400)
    checks.status("an unknown programme", city.post("/runs", asked | {"programme": "nothing"}), 400, 422)
    answer = city.post("/runs", asked)
    if not checks.status("settled", answer, 201):
        return
    body = answer.json()
    story.run = body.get("run", 0)
    checks.same(
        "the run",
        [body.get(key) for key in ("programme", "year", "state", "as_of")],
        ["tech_branch", YEAR, "trial", world.AS_OF],
    )
    checks.same("five loans", body.get("loans"), 5)
    # A2 2600 万元 for 12 months at 1%, A1 what is left of 3000, B1 500, D2 600; rate of 奖补 0.6% on balances
    checks.same("interest", body.get("interest_fen"), (26_00 + 4_00 + 5_00 + 6_00) * 10_000)
    checks.same("bonus", body.get("bonus_fen"), (2600 + 1000 + 500 + 600) * 6 * 1000)
    checks.true("Location", str(story.run) in answer.headers.get("location", str(story.run)), dict(answer.headers))


def what_each_sees(story: Story) -> None:
    """The same run cut to a bank, to a county, whole."""
    checks, run = story.checks, story.run
    whole = story.api("city").get(f"/runs/{run}")
    if not checks.status("the run", whole, 200):
        return
    body = whole.json()
    checks.true("missing and next", isinstance(body.get("next"), list) and body["next"], body)
    for one in body.get("next", []):
        checks.true("next", {"action", "roles"} <= set(one), one)
    notes = {"city": {"A1", "A2", "B1", "D2", "R1"}, "clerk1": {"A1", "B1", "R1"}, "reviewer2": {"A2", "D2"},
             "county-home": {"A1", "A2", "R1"}, "purse-away": {"B1", "D2"}, "county-empty": set()}  # fmt: skip
    for login, expected in notes.items():
        answer = story.api(login).get(f"/runs/{run}/lines")
        if checks.status(f"lines of {login}", answer, 200):
            body = answer.json()
            checks.same(f"lines of {login}", sorted(item["note_no"] for item in body["items"]), sorted(expected))
            checks.same(f"page of {login}", [body["page"], body["size"], body["total"]], [1, 50, len(expected)])
    answer = story.api("clerk1").get(f"/runs/{run}")
    if checks.status("the run for a bank", answer, 200):
        text = answer.text
        checks.true("nothing of the other bank", TWO not in text and "A2" not in text, text)
        checks.same("its own interest", answer.json().get("interest_fen"), (4_00 + 5_00) * 10_000)
        checks.same("its own loans", answer.json().get("loans"), 3)
    answer = story.api("county-away").get(f"/runs/{run}")
    if checks.status("the run for a county", answer, 200):
        checks.same("its own interest", answer.json().get("interest_fen"), (5_00 + 6_00) * 10_000)
        counties = [row[0] if isinstance(row, list) else row.get("county") for row in answer.json().get("counties", [])]
        checks.same("nothing of the other county", counties, [AWAY])
    own = story.api("clerk1").get(f"/runs/{run}/explain", bank=ONE, note="A1")
    if checks.status("explained", own, 200):
        checks.true("no note of the other bank", '"A2"' not in own.text and TWO not in own.text, own.text)
        checks.true("the others together", "同一企业在其他银行的贷款共占用" in own.text, own.text)
    theirs = story.api("clerk1").get(f"/runs/{run}/explain", bank=TWO, note="A2")
    missing = story.api("clerk1").get(f"/runs/{run}/explain", bank=TWO, note="ZZ")
    checks.status("another's loan explained", theirs, 404)
    checks.same("the same 404", without_id(theirs), without_id(missing))
    for login in ("insurer1", "investor1"):
        answer = story.api(login).get(f"/runs/{run}")
        if checks.status(f"the run for {login}", answer, 200):
            checks.true(
                "number and state without figures", not any(key.endswith("_fen") for key in answer.json()), answer.text
            )
    answer = story.api("clerk1").get("/runs")
    if checks.status("the runs", answer, 200):
        checks.same("one run", [item["run"] for item in answer.json()["items"]], [run])


def without_figures(story: Story) -> None:
    """A run of a programme that a role has nothing in is seen by number and state."""
    for login in ("insurer1", "investor1", "tech", "tech-approver"):
        answer = story.api(login).get(f"/runs/{story.run}")
        if story.checks.status(f"the run for {login}", answer, 200):
            text = answer.text
            story.checks.true("number and state without figures", "_fen" not in text and "万元" not in text, text)


def county_signs(story: Story) -> None:
    """Each county with lines signs its own; nobody else's."""
    checks, run = story.checks, story.run
    home, away = story.api("county-home"), story.api("county-away")
    early = story.api("approver").post(f"/runs/{run}/approve", {"document": "样例审〔2024〕1号"})
    checks.status("approved before anybody signed", early, 422)
    checks.status("the city signs", story.api("city").post(f"/runs/{run}/sign", {"document": "x"}), 403)
    checks.status("without a document", home.post(f"/runs/{run}/sign", {}), 400)
    checks.status("with another's county", home.post(f"/runs/{run}/sign", {"document": "x", "county": AWAY}), 400)
    checks.status(
        "a county without lines", story.api("county-empty").post(f"/runs/{run}/sign", {"document": "样例初审1号"}), 422
    )
    for api, document in ((home, "样例环金〔2024〕1号"), (away, "样例荣金〔2024〕1号")):
        checks.status("signed", api.post(f"/runs/{run}/sign", {"document": document}), 200, 201)
    checks.status("signed again", home.post(f"/runs/{run}/sign", {"document": "样例环金〔2024〕2号"}), 422)


def county_returns(story: Story) -> None:
    """A run that a county gives back."""
    checks = story.checks
    answer = story.api("city").post("/runs", {"programme": "tech_branch", "year": YEAR, "as_of": world.AS_OF})
    if not checks.status("a second trial", answer, 201):
        return
    second = answer.json()["run"]
    checks.true("trials do not touch each other", second != story.run)
    checks.status("returned without a reason", story.api("county-home").post(f"/runs/{second}/return", {}), 400)
    answer = story.api("county-home").post(f"/runs/{second}/return", {"reason": "样例：企业名称有误"})
    checks.status("returned", answer, 200, 201)


def spot_check(story: Story) -> None:
    """Drawn, answered; again changes nothing."""
    checks, run, city = story.checks, story.run, story.api("city")
    checks.status("an approver draws", story.api("approver").post(f"/runs/{run}/sample", {"share": "10%"}), 403)
    checks.status("a share that is none", city.post(f"/runs/{run}/sample", {"share": "viel"}), 400, 422)
    drawn = city.post(f"/runs/{run}/sample", {"share": "50%", "seed": 7})
    checks.status("drawn", drawn, 201)
    again = city.post(f"/runs/{run}/sample", {"share": "50%", "seed": 7})
    checks.status("drawn again", again, 200)
    answer = city.get(f"/runs/{run}/checks")
    if not checks.status("the lines drawn", answer, 200):
        return
    body = answer.json()
    lines = body["items"] if isinstance(body, dict) and "items" in body else body
    checks.true("some lines", lines, body)
    for line in lines:
        given = {"bank": line["bank"], "note": line["note_no"], "result": "相符"}
        first = city.post(f"/runs/{run}/checks", given)
        checks.status("a result", first, 200, 201)
        checks.status("the same again", city.post(f"/runs/{run}/checks", given), 200)
    checks.status(
        "a line that is none", city.post(f"/runs/{run}/checks", {"bank": ONE, "note": "ZZ", "result": "相符"}), 404, 422
    )
    answer = story.api("county-home").get(f"/runs/{run}/checks")
    checks.status("a county reads them", answer, 200)
    checks.status("a bank does not", story.api("clerk1").get(f"/runs/{run}/checks"), 403)


def approved_and_closed(story: Story) -> None:
    """Final, allotted; closed once everything is done."""
    checks, run = story.checks, story.run
    chief, finance = story.api("approver"), story.api("finance")
    given = {"document": "样例金审〔2024〕1号", "date": "2024-02-20"}
    checks.status("the city approves", story.api("city").post(f"/runs/{run}/approve", given), 403)
    checks.status("part 2's approver", story.api("tech-approver").post(f"/runs/{run}/approve", given), 403, 404)
    checks.status("without a document", chief.post(f"/runs/{run}/approve", {}), 400)
    checks.status("a date that is none", chief.post(f"/runs/{run}/approve", given | {"date": "2024-02-30"}), 400)
    answer = chief.post(f"/runs/{run}/approve", given)
    if checks.status("approved", answer, 200):
        body = answer.json()
        checks.same("approved", body.get("state"), "approved")
        checks.true("sealed", body.get("seal"), body)
    checks.status("approved again", chief.post(f"/runs/{run}/approve", given), 422)
    answer = story.api("city").get(f"/runs/{run}")
    if checks.status("who did it", answer, 200):
        checks.true("by name and login", "审核甲" in answer.text and "@approver" in answer.text, answer.text)
    checks.status("the approver allots", chief.post(f"/runs/{run}/allot", {}), 403)
    answer = finance.post(f"/runs/{run}/allot", {"date": "2024-03-01", "document": "样例财〔2024〕8号"})
    if checks.status("allotted", answer, 200):
        checks.same("allotted", answer.json().get("state"), "allotted")
    without_figures(story)  # now that money is on its way
    checks.status("finance closes", finance.post(f"/runs/{run}/close", {"document": "样例金审〔2024〕9号"}), 403)
    answer = chief.post(f"/runs/{run}/close", {"document": "样例金审〔2024〕9号"})
    checks.status("closed before the money is paid", answer, 422)


STEPS = (
    city_begins, bank_reports, bank_amends, offices_send, city_settles, what_each_sees, county_returns, county_signs,
    spot_check, portal_money.check_list_comes_back, approved_and_closed, *portal_money.STEPS,
)  # fmt: skip


def live(story: Story) -> Story:
    """The whole year; a step that cannot even be asked is one fault."""
    for step in STEPS:
        try:
            step(story)
        except (AssertionError, KeyError, TypeError, ValueError) as error:
            story.checks.wrong.append(f"{step.__name__} broke off: {type(error).__name__} {error}")
    return story
