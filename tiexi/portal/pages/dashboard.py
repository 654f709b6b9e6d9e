"""看板: a year on one A4 page, each chart followed by the table of its rows."""

from typing import Any
from urllib.parse import urlencode

from starlette.responses import Response

from ledger.programmes import PROGRAMMES
from ledger.runs.settlement import STATE_NAMES
from reports.runs import charted
from tiexi.portal.api import charts
from tiexi.portal.call import Call
from tiexi.portal.page_routes import Shown, number, page
from tiexi.portal.problems import not_there


@page("GET", "/dashboard", "years.charts")
def dashboard(call: Call) -> Shown:
    """The latest approved year where none is named, else the latest that was tried."""
    keys = charted.documents()
    programme = call.query.get("programme", "") if call.query.get("programme") in keys else keys[0]
    with call.reading() as connection:
        years = charted.years(connection, programme)
        asked = call.query.get("year", "")
        year = int(asked) if asked.isascii() and asked.isdigit() and len(asked) == 4 and int(asked) in years else 0
        year = year or next((one for one, approved in years.items() if approved), next(iter(years), 0))
        found = call.house.drawn.of_year(connection, programme, year) if year else None
    more: dict[str, Any] = {
        "programmes": [(key, PROGRAMMES[key].name) for key in keys], "programme": programme, "years": list(years),
        "year": year, "name": PROGRAMMES[programme].name, "run": None, "panels": [],
    }  # fmt: skip
    if found is not None:
        asked = urlencode({"programme": programme, "narrow": 1})
        more |= {
            "run": found.run.id,
            "state": STATE_NAMES[found.run.state],
            "as_of": found.run.as_of.isoformat(),
            "panels": [
                {
                    "key": one.key, "title": one.title, "said": one.said, "table": one.table,
                    "src": f"/years/{year}/charts/{one.key}.svg?{asked}",
                }
                for one in found.pictures
                if one.front
            ],
        }  # fmt: skip
    return Shown("dashboard.html", more)


@page("GET", "/years/{year}/charts/{name}.svg", "years.charts")
def chart(call: Call, year: str, name: str) -> Response:
    """One chart."""
    programme = call.query.get("programme")
    if programme is not None and programme not in charted.documents():
        raise not_there()
    return charts.chart(call, number(year), name, programme, call.query.get("narrow") == "1")
