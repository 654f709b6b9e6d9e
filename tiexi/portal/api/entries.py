"""Entries of the books: one that was wrong is taken back by its opposite."""

from typing import Any

from ledger.books import journal
from ledger.runs.settlement import read_run
from reports.runs import status
from tiexi.portal.answers.money import Reversed
from tiexi.portal.call import Caller
from tiexi.portal.kinds import Day, Id, Reason
from tiexi.portal.routes import api


class Reversal(Reason):
    """Why, and on which day the money came back."""

    date: Day | None = None


@api("entries.reverse", Reversed)
def reverse(call: Caller, entry: Id, body: Reversal) -> dict[str, Any]:
    """Takes an entry of a payment back."""
    with call.reading() as connection:
        run = read_run(connection, journal.run_of(connection, entry))
    call.require("entries.reverse", run.programme)
    number = journal.reverse(call.engine, entry, call.who.name, body.reason, body.date)
    with call.reading() as connection:
        return {"reversed": entry, "entry": number, "seal": status.last_seal(connection, run.id)}
