"""The schema of a server, changed by hand after it was looked at: an audit sees each change."""

import pytest
from sqlalchemy import Engine

from ledger.audit import consistency
from ledger.database import db

CHANGES = {
    "DROP INDEX uq_loan_facts_in_force": "数据库的结构被改动：缺少索引 uq_loan_facts_in_force",
    "ALTER TABLE loan_facts ADD COLUMN extra TEXT": "数据库的结构被改动：多出列 extra",
    "CREATE VIEW spare AS SELECT 1": "数据库中多出视图 spare，不是本程序所建",
}


@pytest.mark.postgresql_only
def test_a_schema_changed_after_it_was_looked_at_is_found(engine: Engine) -> None:
    expected: set[str] = set()
    for statement, sentence in [("SELECT 1", ""), *CHANGES.items()]:
        with engine.begin() as connection:
            connection.exec_driver_sql(statement)
        expected |= {sentence} - {""}
        with db.reading(engine) as connection:
            assert set(consistency.schema_problems(connection)) == expected
