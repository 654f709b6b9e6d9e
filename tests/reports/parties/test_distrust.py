"""`export distrust`: who lost the support, why, since when, what is to be paid back and what has been."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlalchemy import select

import lives
import samples
from ledger.database import db
from ledger.intake.sheets import BY_NAME
from ledger.intake.void import void
from ledger.programmes.tech_branch.tables import TechBranchClaim
from lives import CODES, NAMES, ONE, TYPIST
from tiexi import cli


@pytest.fixture
def opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Any]:
    def at(stage: str) -> Any:
        engine = lives.at_stage(tmp_path, stage)
        monkeypatch.setenv("TIEXI_DATABASE_URL", f"sqlite:///{tmp_path / 'tiexi.db'}")
        return engine

    return at


def exported(folder: Path) -> dict[str, list[dict[str, Any]]]:
    """The rows of 数据 and of 收回情况 by header."""
    path = folder / "失信名单.xlsx"
    assert cli.run(["export", "distrust", "-o", str(path)]) == 0
    book = openpyxl.load_workbook(path, data_only=True)
    assert book.sheetnames == ["失信名单", "收回情况", "数据", "说明"]
    found = {}
    for name, first in (("数据", 1), ("收回情况", 4)):
        rows = list(book[name].iter_rows(min_row=first, values_only=True))
        found[name] = [dict(zip(map(str, rows[0]), row, strict=True)) for row in rows[1:] if any(row)]
    return found


def wan(fen: int) -> float:
    return float(Decimal(fen) / 1_000_000)


def test_revoked_loans_and_disqualified_ones_are_listed_with_their_claims(opened: Any, tmp_path: Path) -> None:
    engine = opened("second closed")
    with db.reading(engine) as connection:
        claim = TechBranchClaim
        query = select(claim.interest_fen, claim.bonus_fen).where(claim.run_id == 2, claim.code == "R_REVOKED")
        interest, bonus = connection.execute(query).one()
    engine.dispose()
    found = exported(tmp_path)
    barred, revoked = found["数据"]
    assert (barred["类别"], barred["名称"], barred["统一社会信用代码"], barred["应收回"]) == (
        "取消资格",
        NAMES[4],
        CODES[4],
        None,
    )
    assert barred["起"].date() == date(2024, 1, 5) and barred["认定文号"] == "样例函3号"
    assert barred["依据"] == "威财金〔2023〕2号 第二十二条；威政办发〔2023〕8号 第十六条"
    assert (revoked["类别"], revoked["名称"], revoked["事由"]) == ("撤销", NAMES[3], "样例")
    assert revoked["哪一笔"] == f"{ONE} 借据 D1（科技支行贷款）" and revoked["依据"] == "威财金〔2023〕2号 第二十二条"
    assert revoked["应收回"] == wan(interest + bonus)
    money = {(row["企业名称"], row["补助项目"]): row for row in found["收回情况"][:-1]}
    own = money[NAMES[3], "贴息"]
    assert (own["应收回"], own["已缴回"], own["尚未缴回"]) == (wan(interest), wan(interest), 0)
    assert NAMES[1] not in {name for name, _ in money}  # paid off early, which is no fault


def test_what_has_not_come_back_is_left(opened: Any, tmp_path: Path) -> None:
    opened("second year").dispose()
    row = next(row for row in exported(tmp_path)["收回情况"] if row["企业名称"] == NAMES[3])
    assert row["应收回"] > 0 and row["已缴回"] == 0 and row["尚未缴回"] == row["应收回"]


def test_a_withdrawn_record_and_an_empty_list(opened: Any, tmp_path: Path) -> None:
    engine = opened("trial")
    void(engine, BY_NAME["取消资格"], [CODES[4]], "录错", TYPIST)
    engine.dispose()
    assert exported(tmp_path)["数据"] == []


def test_a_document_adds_its_own_records(opened: Any, tmp_path: Path) -> None:
    engine = opened("filed")
    lives.take(engine, tmp_path, samples.FARM)
    engine.dispose()
    (row,) = (row for row in exported(tmp_path)["数据"] if row["类别"] == "一票否决")
    assert (row["对象"], row["名称"], row["区市"]) == ("承保机构", samples.FARM_INSURER, "文登区")
    assert row["依据"] == "威财金〔2023〕11号 第六条" and row["起"].date() == date(2023, 5, 1)
