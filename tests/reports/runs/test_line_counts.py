"""Counts of lines: over the tables that are asked about alone, which changes none, and once."""

import pytest
from sqlalchemy import Engine, event, func, select

import lives
from ledger.database import db
from ledger.runs.settlement import read_run
from reports.runs import line_counts, run_lines


@pytest.fixture(scope="module")
def life(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    return lives.at_stage(tmp_path_factory.mktemp("life"), "second year")


def test_as_over_all_tables_and_once(life: Engine) -> None:
    lines = next(one for one in run_lines.of_programme("tech_branch") if one.listed == "lines")
    said: list[str] = []
    with db.reading(life) as connection:
        run = read_run(connection, 1)
        for column in lines.columns:
            source = lines.source(column.name)
            full = lines.joined(select(func.count(lines.number))).where(
                lines.line.run_id == run.id, source.is_not(None)
            )
            assert (
                line_counts.count(connection, run, lines, source.is_not(None)) == connection.execute(full).scalar_one()
            )
        event.listen(connection, "before_cursor_execute", lambda *given: said.append(given[2]))
        county = lines.source("county") == "荣成市"
        found = line_counts.count(connection, run, lines, county)
        assert found == line_counts.count(connection, run, lines, county) > 0
    assert len(said) == 1 and "loan_facts" not in said[0] and "enterprise_facts" in said[0]
