"""Facts of loans that are read once for all that look at them."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from sqlalchemy import Engine, event

from ledger import models
from ledger.database import db
from ledger.facts import in_force, positions
from ledger.programmes.tech_branch.year import PRODUCT
from ledger.workdays import NO_DATE
from samples import BANK, base, loan

pytestmark = pytest.mark.sqlite_only


def test_what_is_kept_is_read_once_given_unchanged_and_cut_by_whoever_asks(
    engine: Engine, take: Callable[..., Any]
) -> None:
    """Two years' balances and two loans, of which one is of a later year: each asks for its own among what is kept."""
    late = loan("B", **{"发放日": date(2024, 7, 3), "到期日": date(2025, 7, 3), "资料上传日": date(2024, 7, 3)})
    of_years = [
        {"年度": year, "银行名称": BANK, "借据编号": "A", "年末余额(万元)": year - 2013} for year in (2023, 2024)
    ]
    take(base(loan("A"), late, 年末余额=of_years))
    said: list[str] = []
    with db.reading(engine) as connection, in_force.read_once(connection):
        event.listen(connection, "before_cursor_execute", lambda *given: said.append(given[2]))
        first = in_force.loans(connection)
        first["uploaded_on"] = NO_DATE
        assert (in_force.loans(connection)["uploaded_on"] != NO_DATE).all()
        ends = (date(2023, 12, 31), date(2024, 12, 31))
        by_year = [positions.loans(connection, PRODUCT, date.min, end) for end in ends]
        assert [frame["note_no"].tolist() for frame in by_year] == [["A"], ["A", "B"]]
        balances = [
            positions.column_of(connection, by_year[1], models.ReportedBalanceFact, "balance_fen", -1, year).tolist()
            for year in (2023, 2024)
        ]
        assert balances == [[10_000_000, -1], [11_000_000, -1]]
    for table in ("loan_facts", "reported_balance_facts"):
        assert sum(f"FROM {table}" in text for text in said) == 1
