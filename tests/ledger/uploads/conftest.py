"""A database with the accounts of a small world and a store."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from samples import BANK, base
from uploading import OTHER_BANK, Desk, make_accounts

PARTNERS = [{"银行名称": name, "合作起始日": date(2020, 1, 1)} for name in (BANK, OTHER_BANK)]


@pytest.fixture
def desk(engine: Engine, take: Any, tmp_path: Path) -> Desk:
    """With one enterprise, two banks and one loan of the first on file."""
    take(base(**{"合作银行": PARTNERS}))
    make_accounts(engine)
    return Desk(engine, tmp_path)
