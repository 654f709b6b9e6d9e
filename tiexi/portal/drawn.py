"""Charts that were drawn, kept while nothing that they show has changed: a page asks for five at once, and people look again."""

from collections import OrderedDict
from threading import Lock

from sqlalchemy import Connection

from reports.runs import charted
from reports.runs.charted import Charted
from reports.writing import drawings
from tiexi.portal.problems import not_there

_KEPT = 8  # years


class Drawn:
    """The charts of the years that were looked at last."""

    def __init__(self) -> None:
        self._years: OrderedDict[tuple[object, ...], tuple[Charted, dict[tuple[str, bool], str]]] = OrderedDict()
        self._lock = Lock()

    def of_year(self, connection: Connection, programme: str, year: int) -> Charted:
        """The charts of a year with their tables, as a page shows them."""
        return self._of_year(connection, programme, year)[0]

    def svg(self, connection: Connection, programme: str, year: int, name: str, narrow: bool) -> str:
        """One of them, drawn; 404 where there is none of that name. narrow: to stand beside others."""
        found, drawn = self._of_year(connection, programme, year)
        picture = found.named(name)
        if picture is None:
            raise not_there()
        if (picture.key, narrow) not in drawn:
            drawn[picture.key, narrow] = drawings.svg(picture, narrow)
        return drawn[picture.key, narrow]

    def _of_year(
        self, connection: Connection, programme: str, year: int
    ) -> tuple[Charted, dict[tuple[str, bool], str]]:
        key = charted.standing(connection, programme, year)
        with self._lock:
            if key in self._years:
                self._years.move_to_end(key)
                return self._years[key]
        made = charted.of_year(connection, programme, year, charted.BANKS), dict[tuple[str, bool], str]()
        with self._lock:
            self._years[key] = made
            while len(self._years) > _KEPT:
                self._years.popitem(last=False)
        return made
