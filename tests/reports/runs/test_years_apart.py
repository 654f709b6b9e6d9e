"""A run beside the year before: totals of both years, by county and by bank, as far as somebody sees them."""

from pathlib import Path

import pytest

import lives
from ledger import money
from ledger.accounts.scope import Scope
from ledger.counties import ALL_COUNTIES
from ledger.database import db
from ledger.runs.settlement import read_run
from reports.report import Table
from reports.runs import years_apart

pytestmark = pytest.mark.sqlite_only
_CITY = Scope("city")


def by_title(tables: list[Table] | object, words: str) -> Table:
    return next(table for table in tables if words in table.title)  # type: ignore[attr-defined]


def test_both_years_and_their_parts_add_up(tmp_path: Path) -> None:
    engine = lives.at_stage(tmp_path, "second year")
    with db.reading(engine) as connection:
        first, second = read_run(connection, 1), read_run(connection, 2)
        assert years_apart.beside(connection, first, _CITY) is None
        found = years_apart.beside(connection, second, _CITY)
        own = years_apart.beside(connection, second, Scope("clerk", "bank", lives.ONE))
    assert found is not None and own is not None and found.before.id == 1
    totals = {(row[0], row[1]): row[2:] for row in by_title(found.tables, "合计").rows}
    assert by_title(found.tables, "合计").headers[2:4] == ("2023 年度", "2024 年度")
    sums = [one.summary["interest_fen"] for one in (first, second)]
    shown = [*map(money.wan_text, sums), money.wan_text(sums[1] - sums[0])]
    assert [list(row) for (_, what), row in totals.items() if what == "贴息金额"] == [shown], totals
    for words in ("按区市", "按银行"):
        rows = by_title(found.tables, words).rows
        assert len(rows) > 1
        counts = [sum(int(row[place]) for row in rows) for place in (1, 2)]
        assert list(map(str, counts)) == list(totals["贷款", "笔数"][:2])
        shown_names = [row[0] for row in rows]
        own_order = list(ALL_COUNTIES) if words == "按区市" else sorted(shown_names)
        assert shown_names == [one for one in own_order if one in shown_names]
    assert lives.TWO in str(found.tables) and lives.TWO not in str(own.tables)
