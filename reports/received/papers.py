"""Papers as lists for programs and pages."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, case, select

from ledger import models
from ledger.accounts.scope import Scope
from ledger.facts.bank_names import BankNames, bank_names
from ledger.papers import records
from reports.lists import Asked, page, page_of
from reports.stored_lists import chosen


def listed(
    connection: Connection, scope: Scope, asked: Asked, keys: Sequence[str], named: Sequence[str]
) -> dict[str, Any]:
    """A page of the papers that a scope sees, newest first. keys: by which may be asked; named: in which words are looked for."""
    names = bank_names(connection)
    within = chosen(asked, _columns(names), keys, named)
    if within is None or (asked.sorted_by[0] == "bank" and not names.unchanged):
        return page([one.as_dict() for one in records.seen(connection, scope)], asked, keys, named)
    found = records.seen(
        connection, scope, *within.conditions, order=within.order, limit=asked.size, offset=asked.before
    )
    return page_of(asked, [one.as_dict() for one in found], records.count(connection, scope, *within.conditions))


def _columns(names: BankNames) -> Mapping[str, Any]:
    """By the keys of the list; the bank as it is called now."""
    paper, bank = models.Paper, models.Bank
    called: Any = select(bank.name).where(bank.id == paper.bank_id).scalar_subquery()
    return {**_COLUMNS, "bank": called if names.unchanged else case(names.all_in_force(), value=paper.bank_id)}


_COLUMNS: Mapping[str, Any] = {
    "paper": models.Paper.id, "file": models.Paper.file_name, "bytes": models.Paper.size, "by": models.Paper.sent_by,
    **{
        name: getattr(models.Paper, name)
        for name in ("note_no", "year", "sha256", "sm3", "media", "pages", "received_at", "login")
    },
    **{name: getattr(models.PaperState, name) for name in ("event", "event_on", "state")},
}  # fmt: skip
