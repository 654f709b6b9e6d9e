"""The charts of a year, each an image of its own address."""

from starlette.responses import Response

from ledger.programmes import PROGRAMMES
from reports.runs import charted
from tiexi.portal.call import Caller
from tiexi.portal.kinds import Text, Year, Yes
from tiexi.portal.problems import bad
from tiexi.portal.routes import api

SVG = "image/svg+xml"


@api("years.charts", None, files=(SVG,))
def chart(call: Caller, year: Year, name: str, programme: Text | None = None, narrow: Yes = False) -> Response:
    """A chart of a year: of its approved run, else of its latest trial. narrow: without its title, to stand beside others."""
    known = charted.documents()
    if programme is not None and programme not in known:
        raise bad("programme", f"应为以下之一：{'、'.join(known)}")
    with call.reading() as connection:
        svg = call.house.drawn.svg(connection, programme or PROGRAMMES.usual.key, year, name, narrow)
    return Response(svg, 200, {"Content-Disposition": "inline"}, SVG)
