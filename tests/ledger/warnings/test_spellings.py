"""Numbers that only look different from one in a file, found by indexes among all that their bank has."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, event, insert

from ledger import models
from ledger.warnings import columns
from ledger.warnings.columns import Brought
from ledger.warnings.judging import plain_numbers
from samples import base, loan

# what case, blanks and punctuation do, in Latin letters and in others, some of which become Latin ones without case
LETTERS = "aAbBiIıſKﬁß01-－　 ./（）＿甲"
NOTES = st.lists(st.text(LETTERS, min_size=1, max_size=4), min_size=1, max_size=8, unique=True)


@contextmanager
def numbered(engine: Engine, of_banks: dict[int, list[str]]) -> Iterator[tuple[Connection, dict[tuple[int, str], int]]]:
    """Banks with loans of these numbers, and the id of each; gone at the end."""
    loans = [(bank, note) for bank, notes in of_banks.items() for note in notes]
    ids = {key: number for number, key in enumerate(loans, start=1)}
    with engine.connect() as connection, connection.begin() as everything:
        connection.execute(insert(models.Bank), [{"id": bank, "name": f"样例{bank}银行"} for bank in of_banks])
        rows = [{"id": number, "bank_id": bank, "note_no": note} for (bank, note), number in ids.items()]
        connection.execute(insert(models.Loan), rows)
        yield connection, ids
        everything.rollback()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(NOTES, NOTES, st.data())
def test_all_that_look_the_same_and_no_others_are_found(
    engine: Engine, notes: list[str], of_another: list[str], data: st.DataObject
) -> None:
    own = data.draw(st.lists(st.sampled_from(notes), min_size=1, unique=True))
    with numbered(engine, {1: notes, 2: of_another}) as (connection, ids):
        found = set(columns._spelt_alike(connection, Brought(1, loans={ids[1, note] for note in own})))
    alike = set(plain_numbers(own))
    same = {ids[1, note] for note, plain in zip(notes, plain_numbers(notes), strict=True) if plain in alike}
    assert found == same


@pytest.mark.sqlite_only
def test_no_number_is_looked_at_that_is_not_asked_for(engine: Engine) -> None:
    """However many a bank has: what is asked is answered by the two indexes, and by none that holds all its numbers."""
    asked: list[tuple[str, Any]] = []

    def note(_c: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        asked.append((statement, parameters))

    with numbered(engine, {1: ["A-1", "a1", "甲1", "甲-1"]}) as (connection, ids):
        event.listen(connection, "before_cursor_execute", note)
        found = set(columns._spelt_alike(connection, Brought(1, loans={ids[1, "A-1"], ids[1, "甲1"]})))
        event.remove(connection, "before_cursor_execute", note)
        plans = [
            str(connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).fetchall())
            for statement, parameters in asked
        ]
    assert found == set(ids.values())
    assert [plan for plan in plans if "SCAN loans" in plan] == []
    assert sum("ix_loans_spelling (bank_id=? AND <expr>=?)" in plan for plan in plans) == 1
    assert sum("ix_loans_other_spelling (bank_id=?)" in plan for plan in plans) == 1


def test_the_indexes_are_there(engine: Engine) -> None:
    catalogue = {"sqlite": "SELECT name FROM sqlite_master", "postgresql": "SELECT indexname FROM pg_indexes"}
    with engine.connect() as connection:
        names = set(connection.exec_driver_sql(catalogue[engine.dialect.name]).scalars())
    assert {"ix_loans_spelling", "ix_loans_other_spelling"} <= names


def test_a_file_is_warned_of_them(take: Callable[..., Any]) -> None:
    take(base(loan("JJ-01"), loan("借【甲】2", **{"贷款金额(万元)": 7}), loan("J J", **{"贷款金额(万元)": 6})))
    rows = [
        loan("jj01", **{"贷款金额(万元)": 5}),
        loan("借甲2", **{"贷款金额(万元)": 4}),
        loan("JK", **{"贷款金额(万元)": 3}),
    ]
    warned = take(base(*rows)).warnings
    assert [(one.code, one.note_no) for one in warned] == [("P_TWIN", "jj01"), ("P_TWIN", "借甲2")]


@pytest.mark.sqlite_only
@pytest.mark.parametrize("index", ["ix_loans_spelling", "ix_loans_other_spelling"])
def test_without_the_indexes_it_only_takes_longer(engine: Engine, index: str) -> None:
    with numbered(engine, {1: ["A-1", "a1", "甲1", "甲-1"]}) as (connection, ids):
        connection.exec_driver_sql(f"DROP INDEX {index}")
        found = set(columns._spelt_alike(connection, Brought(1, loans={ids[1, "A-1"], ids[1, "甲1"]})))
    assert found == set(ids.values())
