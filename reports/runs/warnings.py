"""Warnings as people and programs read them: of what is on file now, with what is judged of a year where one is asked for."""

from collections.abc import Iterable, Sequence
from datetime import date
from itertools import groupby

from sqlalchemy import Connection

from ledger.errors import Refused
from ledger.lazy import np
from ledger.programmes import PROGRAMMES
from ledger.runs.settlement import choose_run
from ledger.warnings import columns, on_file
from ledger.warnings.judging import Facts
from ledger.warnings.kinds import KINDS, Warned, in_order
from ledger.workdays import Days, day_number, today

_SHOWN = 3  # of a kind, before the rest is only counted


def on_record(connection: Connection, year: int | None) -> list[Warned]:
    """What is on file now. Of a year: its loans alone, by each programme's run of the year or, without one, as of today."""
    if year is None:
        return on_file.of_everything(connection)
    facts = columns.everything(connection)
    found: set[Warned] = set()
    left = set()  # products of loans whose programme has no run of the year
    for programme in PROGRAMMES.values():
        try:
            run = choose_run(connection, programme.key, year)
        except Refused:
            left |= set(programme.products)
            continue
        loan_ids = on_file.judged_by(connection, run.id, programme.key)
        found |= {*on_file.of_year(connection, facts, loan_ids, year, run.as_of)}
    loan_ids = _with_balance(facts, left, min(date(year, 12, 31), today()))
    return in_order([*{*found, *on_file.of_year(connection, facts, loan_ids, year, today())}])


def _with_balance(facts: Facts, products: Iterable[str], day: date) -> Days:
    """The loans of some products that were lent by a day and not paid back by it."""
    loans, last = facts.loans, day_number(day)
    balance = loans["amount"].to_numpy().copy()
    by_then = facts.repayments[facts.repayments["paid_on"] <= last]
    np.subtract.at(balance, by_then["loan"].to_numpy(), by_then["principal"].to_numpy())
    open_then = loans["product"].isin(list(products)) & (loans["disbursed_on"] <= last) & (balance > 0)
    return loans["loan_id"].to_numpy()[open_then.to_numpy()]


def lines(warnings: Sequence[Warned], shown: int | None = _SHOWN) -> list[str]:
    """Warnings in order as lines, kind by kind: the first few of each (all where shown is None), and how many more."""
    titles = {kind.code: kind.title for kind in KINDS}
    found = []
    for code, group in groupby(warnings, lambda one: one.code):
        same = list(group)
        found.append(f"{code} {titles[code]}：{len(same)} 条")
        found += [f"　{one.file}：{one.text}" for one in same[:shown]]
        if shown is not None and len(same) > shown:
            found.append(f"　另有 {len(same) - shown} 条")
    return found
