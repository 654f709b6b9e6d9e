"""The schema: one migration history that gives the models, and constraints that no program can pass by."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect
from sqlalchemy.exc import IntegrityError

from ledger import models
from ledger.database import db
from ledger.intake.sheets import SHEETS
from ledger.law.document import document
from samples import base


@pytest.mark.filterwarnings("ignore:.*expression-based index")  # on SQLite: those an audit looks at
def test_the_migrations_give_the_models(engine: Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, models.Base.metadata) == []
        for table in models.Base.metadata.sorted_tables:
            found = {check["name"] for check in inspect(connection).get_check_constraints(table.name)}
            declared = {
                str(check.name)
                for check in table.constraints
                if str(check.name).startswith("ck_")
                and (engine.dialect.name == "sqlite" or "typeof" not in _text(check))
            }
            assert declared == found, table.name


def test_the_files_of_the_migrations_are_named_after_their_revisions() -> None:
    """What every command asks, without loading the migrations, is what they say."""
    config = Config()
    config.set_main_option("script_location", str(db.MIGRATIONS))
    scripts = ScriptDirectory.from_config(config)
    known = [script.revision for script in scripts.walk_revisions()]
    assert [one for one in known if not db.knows_revision(one)] == []
    assert [one for one in known if db.is_newest_revision(one)] == [scripts.get_current_head()]


def _text(check: Any) -> str:
    return str(getattr(check, "sqltext", ""))


@pytest.mark.sqlite_only
def test_a_set_up_folder_needs_only_the_one_file(engine: Engine, tmp_path: Path) -> None:
    engine.dispose()
    assert [path.name for path in tmp_path.iterdir()] == ["tiexi.db"]


NONSENSE = [
    "UPDATE loan_facts SET amount_fen = 0",
    "UPDATE loan_facts SET amount_fen = -5",
    "UPDATE loan_facts SET rate_e4 = -1",
    "UPDATE loan_facts SET guarantee = '口头'",
    "UPDATE loan_facts SET product = ''",
    "UPDATE loan_facts SET due_on = '2020-01-01'",
    "UPDATE loan_facts SET loan_id = 99",
    "UPDATE loan_facts SET enterprise_id = 99",
    "UPDATE loan_facts SET intake_id = 99",
    "UPDATE loan_facts SET sheet_row = 0",
    "UPDATE loan_facts SET retired_by = 99",
    "UPDATE loans SET bank_id = 99",
    "UPDATE enterprises SET uscc = '123'",
    "UPDATE enterprise_facts SET county = ''",
    "UPDATE qualification_facts SET category = 'x'",
    "UPDATE intakes SET sha256 = 'x'",
    "DELETE FROM intakes",
    "DELETE FROM loans",
    "INSERT INTO loan_facts SELECT 99, loan_id, contract_no, product, enterprise_id, amount_fen, disbursed_on, due_on,"
    " rate_e4, guarantee, uploaded_on, project_id, 99, version, intake_id, retired_by FROM loan_facts",
]


@pytest.mark.parametrize("statement", NONSENSE)
def test_nonsense_is_refused_by_the_database(take: Callable[..., Any], engine: Engine, statement: str) -> None:
    take(base())
    if statement.startswith("INSERT"):
        names = [column.name for column in models.LoanFact.__table__.c]
        chosen = ", ".join("99" if name in ("id", "sheet_row") else name for name in names)
        statement = f"INSERT INTO loan_facts ({', '.join(names)}) SELECT {chosen} FROM loan_facts"
    with pytest.raises(IntegrityError), engine.begin() as connection:
        connection.exec_driver_sql(statement)


def test_every_sheet_has_its_own_table_and_its_keys_are_declared() -> None:
    tables = [sheet.model.__table__ for sheet in SHEETS]  # type: ignore[attr-defined]
    assert len(set(tables)) == len(SHEETS)
    for sheet, table in zip(SHEETS, tables, strict=True):
        assert set(sheet.model.KEY) <= set(table.c.keys())
        assert sheet.keys


def test_the_words_of_the_sheets_are_the_words_of_the_law() -> None:
    law = document("tech_branch")
    assert law.values(law.ends).names("categories") == models.QUALIFICATIONS
