"""A database with accounts and a store, and the platform in use since 2026."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from samples import BANK, base, loan
from sending import PaperDesk, on_day
from uploading import OTHER_BANK, make_accounts

PARTNERS = [{"银行名称": name, "合作起始日": date(2020, 1, 1)} for name in (BANK, OTHER_BANK)]
LENT = date(2026, 3, 2)  # a Monday; five working days later it is March 9
START = {"资料平台启用": [{"范围": "全市", "启用日": date(2026, 1, 1), "批准文号": "威样例〔2025〕9号"}]}
LOAN = loan("A", 发放日=LENT, 到期日=date(2027, 3, 2), 资料上传日=None)


@pytest.fixture
def desk(engine: Engine, take: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PaperDesk:
    """One loan of the first of two banks is on file, and today is the third working day after it was lent."""
    on_day(monkeypatch, date(2026, 3, 5))
    take(base(LOAN, **{"合作银行": PARTNERS, **START}))
    make_accounts(engine)
    return PaperDesk(engine, tmp_path)
