"""What if: a year settled with other values; nothing is written down."""

from typing import Any

from ledger.programmes import PROGRAMMES
from ledger.runs import simulation
from ledger.runs.simulation import Simulation
from reports.programmes import REPORTS
from tiexi.portal.answers.money import Simulated
from tiexi.portal.call import Call, Caller
from tiexi.portal.kinds import Body, Day, Text, Year
from tiexi.portal.problems import bad
from tiexi.portal.routes import api


class Wish(Body):
    """Which year, with which values by their names, as of which day."""

    year: Year
    set: dict[str, Text] = {}
    as_of: Day | None = None


@api("simulate.run", Simulated)
def simulate(call: Caller, body: Wish) -> dict[str, Any]:
    """The year with other values beside what stands."""
    return REPORTS[PROGRAMMES.usual.key].simulated.as_dict(simulated(call, body))


def simulated(call: Call, body: Wish) -> Simulation:
    """The year before and after; 400 where a value cannot be set."""
    programme = PROGRAMMES.usual
    try:
        settings = [simulation.read_setting(programme, f"{name}={value}") for name, value in body.set.items()]
        simulation.assume(settings)
    except simulation.UnreadableSetting as error:
        raise bad("set", str(error), "body") from error
    with call.reading() as connection:
        return simulation.simulate(connection, programme, body.year, settings, body.as_of)
