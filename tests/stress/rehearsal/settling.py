"""A run's life: trials, what each sees of them, signatures, the spot check, approval, allotment, closing."""

import csv
import io
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from stress.rehearsal import mistakes
from stress.rehearsal.people import Desk, Stuck, shown
from stress.rehearsal.plan import AS_OF, BANKS, COUNTY_OF, Year

Desks = Mapping[str, Desk]
PROGRAMME = "tech_branch"
SIGNERS = ("county-0", "county-1")
_DATES = ("disbursed_on", "due_on")
_WHOLE = ("run", "year", "paid_year", "months", "years_enjoyed")


def trial(city: Desk, year: Year) -> int:
    """A trial of the year; what cannot be asked for is refused. Gives the run."""
    body = {"programme": PROGRAMME, "year": year.year, "as_of": AS_OF[year.year].isoformat()}
    for change, status in (({"programme": "chokepoint"}, 403), ({"year": 2031}, 422), ({"yaer": 1}, 400)):
        if city.chance(33):
            city.expect("a wrong trial", city.ask("a wrong trial", "POST", "/runs", json=body | change), status)
    if city.chance(50):
        answer = city.ask("as of a day to come", "POST", "/runs", json=body | {"as_of": "2026-12-31"}, lose=False)
        city.expect("as of a day to come", answer, 422)
    answer = city.ask("settled", "POST", "/runs", json=body)
    if not city.expect("settled", answer, 201):
        raise Stuck
    return int(answer.json()["run"])


def rows_of(text: str) -> list[dict[str, str]]:
    """The rows of a CSV."""
    return list(csv.DictReader(io.StringIO(text.lstrip("\ufeff"))))


def read_rows(text: str) -> list[dict[str, Any]]:
    """The rows of a CSV of lines or claims as the reference has them, without the run."""
    rows = []
    for row in rows_of(text):
        found: dict[str, Any] = {}
        for name, value in row.items():
            if name.endswith("_fen") or name in _WHOLE:
                found[name] = int(value)
            elif name.endswith("_percent"):
                found[name] = Decimal(value) if value else None
            elif name in _DATES:
                found[name] = date.fromisoformat(value)
            elif name == "reasons":
                found[name] = tuple(value.split(";")) if value else ()
            else:
                found[name] = value
        found.pop("run")
        rows.append(found)
    return rows


def compare(desk: Desk, run: int, expected: Mapping[str, list[dict[str, Any]]]) -> None:
    """What somebody sees of a run is what the reference has of his bank or county, and nothing else."""
    county, bank = COUNTY_OF.get(desk.login), _bank(desk)
    for name in ("lines", "claims"):
        own = [row for row in expected[name] if county in (None, row["county"]) and bank in (None, row["bank"])]
        answer = desk.get(f"{name} as CSV", f"/runs/{run}/{name}", format="csv")
        found = read_rows(answer.response.text)
        if found != own:
            desk.told.wrong(f"{desk.login} sees {len(found)} {name} of run {run}, not {len(own)}: {_first(found, own)}")
        page = desk.get(f"{name} as a page", f"/runs/{run}/{name}", size=7, page=desk.pick.randint(1, 3)).json()
        if page["total"] != len(own):
            desk.told.wrong(f"{desk.login} is told of {page['total']} {name} of run {run}, not {len(own)}")


def _first(found: list[dict[str, Any]], own: list[dict[str, Any]]) -> str:
    """Where two lists differ first: the row, and each column with what is found and what should be."""
    for one, other in zip(found, own, strict=False):
        if one != other:
            differing = {name: (value, other[name]) for name, value in one.items() if value != other[name]}
            return shown({"note_no": one["note_no"], **differing})
    return "the one begins as the other"


def lines_of(desk: Desk, run: int) -> list[dict[str, Any]]:
    """The lines of a run, as somebody sees them."""
    return read_rows(desk.get("lines as CSV", f"/runs/{run}/lines", format="csv").response.text)


def _bank(desk: Desk) -> str | None:
    return desk.person.scope.removeprefix("bank:") if desk.person.scope.startswith("bank:") else None


def signing_counties(year: Year) -> list[str]:
    """Who has to sign: the logins of the counties with lines or claims."""
    named = {row["county"] for name in ("lines", "claims") for row in year.expected[name]}
    return [login for login in SIGNERS if COUNTY_OF[login] in named]


def sign(county: Desk, run: int, year: int) -> None:
    """Signs; twice is refused, and so is what the account has no right to say."""
    mistakes.some(county)
    path = f"/runs/{run}/sign"
    answer = county.ask("signing for another", "POST", path, json={"document": "x", "county": "文登区"})
    county.expect("signing for another", answer, 400)
    county.step("signed", path, {"document": f"样例初审〔{year + 1}〕{county.login[-1]}号"}, 200)
    answer = county.ask("signed twice", "POST", path, json={"document": "样例初审重复"})
    county.expect("signed twice", answer, 422)


def check(city: Desk, run: int) -> None:
    """Draws and answers; one line is found to be wrong first and resolved then."""
    body = {"share": "20%", "seed": city.pick.randint(1, 10**6)}
    city.expect("drawn", city.ask("drawn", "POST", f"/runs/{run}/sample", json=body), 201, 200)
    city.expect("drawn again", city.ask("drawn again", "POST", f"/runs/{run}/sample", json=body), 200)
    lines = city.get("the lines drawn", f"/runs/{run}/checks", size=500).json()["items"]
    for number, line in enumerate(lines):
        mistakes.some(city, 5)
        path, given = f"/runs/{run}/checks", {"bank": line["bank"], "note": line["note_no"]}
        results = [{"result": "相符"}]
        if number == 0:
            answer = city.ask("a finding without words", "POST", path, json=given | {"result": "不符"})
            city.expect("a finding without words", answer, 422)
            results = [{"result": word, "remark": f"样例：{word}"} for word in ("不符", "已解决")]
        for result in results:
            answer = city.ask("a result", "POST", path, json=given | result)
            city.expect("a result", answer, 200)
    answer = city.ask("a line that was not drawn", "POST", f"/runs/{run}/checks", json={"bank": BANKS[0], "note": "无", "result": "相符"})  # fmt: skip
    city.expect("a line that was not drawn", answer, 422, 404)


def refused(desk: Desk, what: str, path: str, body: Any, *statuses: int) -> None:
    """A step that comes too early, or that somebody may not take: it changes nothing."""
    answer = desk.ask(what, "POST", path, json=body)
    desk.expect(what, answer, *(statuses or (422,)))


def approve(desks: Desks, run: int, year: int, on: date) -> None:
    """The approver's step; nobody else's, and once."""
    given = {"document": f"样例审〔{year + 1}〕1号", "date": on.isoformat()}
    refused(desks["city"], "the city approves", f"/runs/{run}/approve", given, 403)
    refused(desks["tech-approver"], "another document's approver", f"/runs/{run}/approve", given, 403, 404)
    desks["approver"].step("approved", f"/runs/{run}/approve", given)
    refused(desks["approver"], "approved twice", f"/runs/{run}/approve", given)
    found = desks["auditor"].get("the approved run", f"/runs/{run}").json()
    if found["state"] not in ("approved", "allotted"):
        desks["auditor"].told.wrong(f"run {run} is {found['state']} once it is approved")


def allot(desks: Desks, run: int, year: int, on: date) -> None:
    """Finance's step."""
    given = {"document": f"样例财〔{year + 1}〕8号", "date": on.isoformat()}
    refused(desks["approver"], "the approver allots", f"/runs/{run}/allot", given, 403)
    desks["finance"].step("allotted", f"/runs/{run}/allot", given)
    refused(desks["finance"], "allotted twice", f"/runs/{run}/allot", given)
