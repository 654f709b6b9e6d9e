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

COMPUTED = {
    "DROP INDEX ix_loans_spelling": "数据库的结构被改动：缺少索引 ix_loans_spelling",
    "CREATE INDEX ix_loans_spelling ON loans (bank_id)": "数据库的结构被改动：索引 ix_loans_spelling 不是本程序所建的样子",
    "CREATE INDEX ix_loans_spelling ON loans (bank_id, upper(note_no))": "数据库的结构被改动：索引 ix_loans_spelling 不是本程序所建的样子",
}


@pytest.mark.sqlite_only
@pytest.mark.filterwarnings("error::UserWarning", "error::sqlalchemy.exc.SAWarning")
def test_an_index_over_what_is_computed_is_looked_at_too(engine: Engine, caplog: pytest.LogCaptureFixture) -> None:
    with db.reading(engine) as connection:
        assert list(consistency.schema_problems(connection)) == []
    for statement, sentence in COMPUTED.items():
        with engine.begin() as connection:
            connection.exec_driver_sql("DROP INDEX IF EXISTS ix_loans_spelling")
            if not statement.startswith("DROP"):
                connection.exec_driver_sql(statement)
        with db.reading(engine) as connection:
            assert list(consistency.schema_problems(connection)) == [sentence]
    assert caplog.text == ""


@pytest.mark.postgresql_only
def test_a_schema_changed_after_it_was_looked_at_is_found(engine: Engine) -> None:
    expected: set[str] = set()
    for statement, sentence in [("SELECT 1", ""), *CHANGES.items()]:
        with engine.begin() as connection:
            connection.exec_driver_sql(statement)
        expected |= {sentence} - {""}
        with db.reading(engine) as connection:
            assert set(consistency.schema_problems(connection)) == expected
