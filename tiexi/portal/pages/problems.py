"""问题: what of a year got nothing or less, why, and what would cure it; what its loans were warned of."""

from itertools import islice
from typing import Any
from urllib.parse import urlencode

from ledger.accounts.roles import BANK, COUNTY
from ledger.counties import COUNTIES
from ledger.facts.bank_names import bank_names
from ledger.programmes import PROGRAMMES
from ledger.runs.settlement import STATE_NAMES
from reports.lists import PAGE_SIZE
from reports.parties.loans import runs_that_count
from reports.runs import problems as reported
from reports.runs import run_lines, seen
from reports.runs import warnings as warned_of
from reports.runs.problems import Problem
from tiexi.portal import listing
from tiexi.portal.call import Call
from tiexi.portal.page_routes import Shown, page

_WARNINGS = 50
_CAUSES = (("code", "未通过条件"), ("less", "上限、总额等减少"))


@page("GET", "/problems", "years.files")
def problems(call: Call) -> Shown:
    """The problems of the latest year, where none is named, a page at a time, and its first warnings."""
    asked = listing.asked(call, ("programme", "year", "county", "bank", "cause"))
    chosen = asked.filters
    with call.reading() as connection:
        runs = [one for one in runs_that_count(connection) if seen.has_part(call.scope, one.programme)]
        runs.sort(key=lambda one: (-one.year, list(PROGRAMMES).index(one.programme)))
        programmes = [key for key in PROGRAMMES if any(one.programme == key for one in runs)]
        key = chosen.get("programme") if chosen.get("programme") in programmes else next(iter(programmes), None)
        of_key = [one for one in runs if one.programme == key]
        run = next((one for one in of_key if str(one.year) == chosen.get("year")), next(iter(of_key), None))
        if run is None:
            return Shown("problems.html", {"run": None})
        cause = chosen.get("cause", "") if chosen.get("cause", "") in dict(_CAUSES) else ""
        names = bank_names(connection)
        banks = any("bank" in lines.by_name for lines in run_lines.of_programme(run.programme))
        bank = chosen.get("bank") if banks and call.scope.kind != BANK and names.id_of(chosen.get("bank", "")) else None
        county = chosen.get("county") if chosen.get("county") in COUNTIES and call.scope.kind != COUNTY else None
        whole = reported.lines_of(connection, run, county, bank, call.scope)
        found = (one for one in whole if not cause or any(bool(why.code) == (cause == "code") for why in one.why))
        rows = list(islice(found, asked.before, asked.before + PAGE_SIZE + 1))
        warned = warned_of.of_run(connection, run, call.scope)
    file = {"programme": run.programme} | {name: value for name, value in (("county", county), ("bank", bank)) if value}
    more: dict[str, Any] = {
        "run": {
            "run": run.id, "year": run.year, "state": STATE_NAMES[run.state], "name": PROGRAMMES[run.programme].name,
            "as_of": run.as_of.isoformat(), "programme": run.programme,
        },
        "programmes": [(one, PROGRAMMES[one].name) for one in programmes], "years": [one.year for one in of_key],
        "counties": [] if call.scope.kind else COUNTIES, "county": county,
        "banks": sorted(names.all_printed().values()) if banks and call.scope.kind != BANK else [], "bank": bank,
        "one_bank": call.scope.kind == BANK, "one_county": call.scope.kind == COUNTY,
        "rows": rows[:PAGE_SIZE], "page": asked.page, "first": asked.before + 1, "more": len(rows) > PAGE_SIZE,
        "href": _loan, "causes": _CAUSES, "cause": cause, "warnings": warned[:_WARNINGS], "warned": len(warned),
        "file": f"/years/{run.year}/files/problems?{urlencode(file)}",
    }  # fmt: skip
    return Shown("problems.html", more)


def _loan(one: Problem) -> str:
    """The page of the loan that a problem is about, '' where it is about something else."""
    bank, _, note = one.who.rpartition(" ")
    return "/loans/one?" + urlencode({"bank": bank, "note": note}) if one.bank and bank else ""
