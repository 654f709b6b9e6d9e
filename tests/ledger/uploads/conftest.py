"""A database with the accounts of a small world and a store."""

import tempfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine

from databases import filled_engine
from ledger.intake.importer import import_file
from samples import BANK, base
from sheets import write_sheets
from uploading import OTHER_BANK, Desk, make_accounts

PARTNERS = [{"银行名称": name, "合作起始日": date(2020, 1, 1)} for name in (BANK, OTHER_BANK)]


def small_world(engine: Engine) -> None:
    """One enterprise, two banks and one loan of the first on file, and everybody's account."""
    with tempfile.TemporaryDirectory() as folder:
        book = write_sheets(Path(folder) / "报送1.xlsx", base(**{"合作银行": PARTNERS}))
        assert not import_file(engine, book, "测试").refused
    make_accounts(engine)


@pytest.fixture
def desk(database: str, tmp_path: Path) -> Iterator[Desk]:
    """Where files come in, in the small world."""
    engine = filled_engine(tmp_path, database, small_world)
    yield Desk(engine, tmp_path)
    engine.dispose()
