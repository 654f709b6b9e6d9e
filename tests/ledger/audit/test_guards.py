"""The guards of the database: they stand as the migrations make them, and an audit finds one that does not."""

import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

import lives
from hand_edits import kinds, sentences
from ledger import models
from ledger.audit import audit
from ledger.database import db, guards
from ledger.intake.sheets import BY_NAME
from ledger.seals import content as sealed


def on_sqlite(folder: Path, *statements: str) -> Engine:
    """A closed year with statements run past the program, guards as they stand."""
    engine = lives.at_stage(folder, "closed")
    engine.dispose()
    connection = sqlite3.connect(folder / "tiexi.db", isolation_level=None)
    for statement in statements:
        connection.execute(statement)
    connection.close()
    return engine


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        (["DROP TRIGGER tr_journal_entries_balanced"], "保护触发器 tr_journal_entries_balanced 被去掉了"),
        (["DROP TRIGGER tr_seals_no_replace"], "保护触发器 tr_seals_no_replace 被去掉了"),
        (
            ["DROP TRIGGER tr_run_steps_no_update",
             "CREATE TRIGGER tr_run_steps_no_update BEFORE UPDATE ON run_steps BEGIN SELECT 1; END"],
            "保护触发器 tr_run_steps_no_update 被改动或停用",
        ),
        (
            ["CREATE TRIGGER mine AFTER INSERT ON loan_facts BEGIN UPDATE loan_facts SET rate_e4 = 1; END"],
            "多出触发器 mine，不是本程序所建",
        ),
    ],
)  # fmt: skip
def test_a_guard_that_does_not_stand_is_found(tmp_path: Path, statements: list[str], expected: str) -> None:
    report = audit.audit(on_sqlite(tmp_path, *statements))
    assert kinds(report) == {"guard"} and expected in sentences(report)


def test_the_guards_are_those_that_the_migrations_make(engine: Engine) -> None:
    with db.reading(engine) as connection:
        assert list(guards.standing_problems(connection)) == []
        if connection.dialect.name == "sqlite":
            made = connection.execute(text("SELECT count(*) FROM sqlite_master WHERE type = 'trigger'")).scalar_one()
            assert made == len(guards.sqlite_guards())


def test_every_table_that_only_grows_is_guarded_and_sealed() -> None:
    growing = {table.name for table in (*sealed.GROWING, *(part[0] for part in sealed.PARTS))}
    lines = {table.name for table, _ in sealed.LINES}
    assert set(guards.append_only()) - {"seals", "sealed_rows"} <= growing | lines
    assert set(guards.facts()) == {table.name for table in sealed.FACTS} <= growing
    assert set(guards.append_only()) & set(guards.facts()) == set()
    unsealed = set(sealed.NAMES) - growing - lines
    # what comes and goes: sessions, tries, last uses and where the log ends; the log has a chain of its own
    passing = {"sessions", "sign_in_tries", "token_uses", "factor_uses", "log_heads"}
    assert unsealed == {"runs", "seals", "sealed_rows", "job_runs", "log_entries"} | passing
    assert set(sealed.NAMES) - {*guards.append_only(), *guards.facts()} == {"runs", "job_runs", "log_entries"} | passing


def test_every_sheet_is_called_as_its_facts_are() -> None:
    of_sheets = {models.table_of(sheet.model).name: f"「{name}」表" for name, sheet in BY_NAME.items()}
    assert of_sheets == {table.name: sealed.NAMES[table.name] for table in sealed.FACTS}
