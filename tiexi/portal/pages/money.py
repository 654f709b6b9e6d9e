"""资金: where every fen of a year is, how long money rests, what was claimed and has not come back."""

from datetime import date
from typing import Any

from ledger.errors import Refused
from ledger.facts.approved import approved_runs
from ledger.programmes import PROGRAMMES
from ledger.runs.settlement import STATE_NAMES
from reports.money import balance as balances
from reports.money import balance_tables
from reports.runs import seen
from tiexi.portal.call import Call
from tiexi.portal.page_routes import Shown, page
from tiexi.portal.problems import Wrong


@page("GET", "/money", "years.balance")
def money(call: Call) -> Shown:
    """The balance of a year, the latest approved one where none is named."""
    asked, problems = call.query, []
    with call.reading() as connection:
        approved = [(row.programme, row.year) for row in approved_runs(connection)]
        years = [one for key in PROGRAMMES if seen.has_part(call.scope, key) for one in approved if one[0] == key]
        programme, year = _chosen(years, asked.get("programme", ""), asked.get("year", ""))
        found = None
        if (programme, year) in years:
            try:
                found = balances.of_year(connection, programme, year, _day(asked.get("as_of", "")), call.scope)
            except Refused as refusal:
                problems.append(Wrong("query", "as_of", refusal.sentence))
    more: dict[str, Any] = {
        "programmes": [(key, PROGRAMMES[key].name) for key in dict.fromkeys(key for key, _ in years)],
        "years": sorted({each for _, each in years}, reverse=True),
        "programme": programme, "year": year, "as_of": asked.get("as_of", ""), "money": None, "problems": problems,
    }  # fmt: skip
    if found is not None:
        run = found.run
        more |= {
            "money": {
                "run": run.id, "name": PROGRAMMES[run.programme].name, "year": run.year, "state": STATE_NAMES[run.state],
                "as_of": found.until.isoformat(),
            },
            "tables": [balance_tables.stages(found), *balance_tables.waiting(found), *balance_tables.claims(found)],
            "claimed": balance_tables.claimed_words(found),
            "may_pay": call.may("years.to-pay"),
            "may_journal": call.may("years.journal"),
        }  # fmt: skip
    return Shown("money.html", more)


def _day(text: str) -> date | None:
    """A day as typed, None for none; Refused for what is no day."""
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Refused("截至日应为日期，如 2026-06-30") from None


def _chosen(years: list[tuple[str, int]], programme: str, year: str) -> tuple[str, int]:
    """The programme and year that are asked for, else the latest that there is."""
    keys = [key for key, _ in years]
    key = programme if programme in keys else (keys[0] if keys else "")
    of_key = [each for one, each in years if one == key]
    asked = int(year) if year.isascii() and year.isdigit() and len(year) == 4 else 0
    return key, asked if asked in of_key else max(of_key, default=0)
