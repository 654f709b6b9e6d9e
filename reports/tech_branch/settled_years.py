"""The years of 科技支行贷款 that were settled, beside each other: each by its approved run, else by its latest trial."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, select

from ledger import models
from ledger.facts.bank_names import BankNames
from ledger.programmes.tech_branch.year import DOCUMENT
from ledger.runs.settlement import RunRecord, choose_run


def settled_years(connection: Connection, before: int) -> list[RunRecord]:
    """The runs of the years before one, by year; a year without any run is not there."""
    run = models.Run
    query = select(run.year).distinct().where(run.programme == DOCUMENT.programme, run.year < before)
    years = connection.execute(query.order_by(run.year)).scalars().all()
    return [choose_run(connection, DOCUMENT.programme, year) for year in years]


def given(part: dict[str, Any]) -> int:
    """Interest and bonus of a part of a summary. Fen."""
    return int(part["interest_fen"] + part["bonus_fen"])


def by_name(run: RunRecord, parts: str, names: BankNames | None = None) -> dict[str, dict[str, Any]]:
    """The counties or banks of a run's summary by their name; banks under what papers call them by these names."""
    word = {"counties": "county", "banks": "bank"}[parts]
    found: dict[str, dict[str, Any]] = {}
    for part in run.summary[parts]:
        bank_id = names.id_of(part[word]) if names is not None else None
        found[part[word] if bank_id is None or names is None else names.printed(bank_id)] = part
    return found


def all_names(runs: Sequence[RunRecord], parts: str, names: BankNames | None = None) -> Iterable[str]:
    """Every county or bank of some runs, each once."""
    return dict.fromkeys(name for run in runs for name in by_name(run, parts, names))
