"""Which years have books that somebody sees, and the one that a page's address asks for."""

from sqlalchemy import Connection

from ledger.facts.approved import approved_runs
from ledger.programmes import PROGRAMMES
from reports.runs import seen
from tiexi.portal.call import Call


def years_with_books(connection: Connection, call: Call) -> list[tuple[str, int]]:
    """Programme and year of each approved run of which something can be one's own, in the programmes' order."""
    approved = [(row.programme, row.year) for row in approved_runs(connection)]
    return [one for key in PROGRAMMES if seen.has_part(call.scope, key) for one in approved if one[0] == key]


def chosen(years: list[tuple[str, int]], programme: str, year: str) -> tuple[str, int]:
    """The programme and year that are asked for, else the latest that there is."""
    keys = [key for key, _ in years]
    key = programme if programme in keys else (keys[0] if keys else "")
    of_key = [each for one, each in years if one == key]
    asked = int(year) if year.isascii() and year.isdigit() and len(year) == 4 else 0
    return key, asked if asked in of_key else max(of_key, default=0)
