"""Random worlds: what intake workbooks could hold. The one entry; each document's generator lies beside its cases.

`years_and_worlds` is a hypothesis strategy for small ones, `random_world` makes larger ones from a seed. Both run the same
generator and differ in who picks.
"""

from datetime import date
from typing import Any

from hypothesis import strategies as st

from programmes.chokepoint import worlds as chokepoint
from programmes.export_credit import worlds as export_credit
from programmes.farm_insurance import worlds as farm_insurance
from programmes.tech_branch import worlds as tech_branch
from scenes import DrawnPicker, MutableWorld, RandomPicker

GENERATORS: dict[str, Any] = {
    "tech_branch": tech_branch,
    "chokepoint": chokepoint,
    "farm_insurance": farm_insurance,
    "export_credit": export_credit,
}
FIRST = "tech_branch"


def random_world(seed: int, size: int, year: int, document: str = FIRST, **more: int) -> MutableWorld:
    """A world of so many loans (and policies) for the year, from a seed; `more` goes to the document's `build`."""
    made: MutableWorld = GENERATORS[document].build(RandomPicker(seed), year, size, **more)
    return made


def years_and_worlds(document: str = FIRST, max_loans: int = 8) -> st.SearchStrategy[tuple[int, MutableWorld]]:
    """A year that the document governs, with a small world for it."""
    generator = GENERATORS[document]

    @st.composite
    def drawn(draw: st.DrawFn) -> tuple[int, MutableWorld]:
        pick = DrawnPicker(draw)
        year = pick.choose(generator.YEARS)
        return year, generator.build_small(pick, year, max_loans)

    return drawn()


def as_of_dates(year: int) -> st.SearchStrategy[date]:
    """As-of dates for a year's settlement: its last day, the usual day, and around what the worlds hold."""
    days = (date(year + 1, 1, 31), date(year, 12, 31), date(year + 1, 2, 1), date(year + 1, 3, 31))
    return st.sampled_from(days)
