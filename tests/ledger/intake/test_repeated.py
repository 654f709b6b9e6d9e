"""A file that comes again is held against all that is stored of it: its cells, its rows, when it came, whom it speaks of."""

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

import lives
from databases import unguard
from ledger import models
from ledger.database import db
from ledger.intake.importer import import_file
from ledger.programmes.tech_branch import tables
from sheets import write_sheets

OTHER_CODE = "91110000600037341L"


@pytest.fixture
def sent(engine: Engine, tmp_path: Path) -> Path:
    """A file with a whole city in it, which was taken."""
    path = write_sheets(tmp_path / "报送.xlsx", lives.city())
    outcome = import_file(engine, path, "录入")
    assert outcome.status == "taken", [finding.line() for finding in outcome.findings]
    return path


def alter(engine: Engine, model: type[Any], column: str, value: Any) -> None:
    """One value changed by hand, of the row that came last."""
    table = models.table_of(model)
    with db.writing(engine) as connection:
        unguard(connection, table.name)
        number = connection.execute(select(table.c.id).order_by(table.c.id.desc()).limit(1)).scalar_one()
        connection.execute(table.update().where(table.c.id == number).values({column: value}))


def said(engine: Engine, path: Path) -> list[str]:
    outcome = import_file(engine, path, "录入")
    assert outcome.status == "known"
    return [deviation.sentence for deviation in outcome.deviations]


def test_untouched_it_agrees(engine: Engine, sent: Path) -> None:
    assert said(engine, sent) == []


@pytest.mark.parametrize(
    ("model", "column", "value", "words"),
    [
        (models.LoanFact, "rate_e4", 1, "「年利率(%)」"),
        (models.LoanFact, "sheet_row", 999, "第 999 行"),
        (models.Intake, "uploader", "别人", "文件登记第 2 号（报送.xlsx）在封存之后被改动"),
        (models.Intake, "received_at", datetime(2020, 1, 1), "文件登记第 2 号"),
        (models.Enterprise, "uscc", OTHER_CODE, "企业"),
        (models.Bank, "name", "别家银行", "银行"),
        (models.Loan, "note_no", "别号", "借据"),
        (models.EnterpriseFact, "code_check", "已核验", "「企业」"),
        (models.EnterpriseFact, "version", 7, "「企业」"),
        (tables.BudgetFact, "amount_fen", 1, "「金额(万元)」"),
    ],
)
def test_what_was_altered_is_named(
    engine: Engine, sent: Path, model: type[Any], column: str, value: Any, words: str
) -> None:
    alter(engine, model, column, value)
    sentences = said(engine, sent)
    assert sentences and any(words in sentence for sentence in sentences)


def test_a_row_that_is_told_cell_by_cell_is_told_once(engine: Engine, sent: Path) -> None:
    alter(engine, models.LoanFact, "rate_e4", 1)
    assert len(said(engine, sent)) == 1


def test_what_was_withdrawn_or_amended_since_is_no_difference(engine: Engine, sent: Path, tmp_path: Path) -> None:
    amended = lives.city()["企业"][0] | {"企业名称": "海甲改名公司"}
    lives.take(engine, tmp_path, {"企业": [amended]}, amend_reason="改名")
    assert said(engine, sent) == []


def test_rows_that_another_file_brought_are_held_against_their_seal(engine: Engine, sent: Path, tmp_path: Path) -> None:
    """A file that only repeats what is on file rests on the versions that were in force."""
    again = write_sheets(tmp_path / "再.xlsx", {"企业": lives.city()["企业"]})
    assert import_file(engine, again, "录入").status == "taken"
    assert said(engine, again) == []
    alter(engine, models.EnterpriseFact, "code_check", "已核验")
    (sentence,) = said(engine, again)
    assert "在封存之后被改动" in sentence
