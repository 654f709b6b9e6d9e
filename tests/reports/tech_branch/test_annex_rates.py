"""Sheet 说明 of the annexes names the bonus rates that the run went by: the year's, and the listed banks' own."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
from sqlalchemy import Engine

from ledger.database import db
from ledger.intake import void
from ledger.intake.sheets import BY_NAME
from ledger.programmes import PROGRAMMES
from ledger.runs import settlement
from ledger.runs.settlement import RunRecord
from reports.received.reconcile import reconcile
from reports.received.verify import verify
from reports.tech_branch import annexes
from samples import BANK, ENTERPRISE, OTHER_USCC, QUALIFICATION, base, loan

Take = Callable[..., Any]
OTHER, UNLISTED = "乙样例银行", "丙样例银行"
YEAR, BANKS = "本年度奖补比例", "所列银行差别化奖补比例"


def settle(engine: Engine) -> RunRecord:
    return settlement.settle(engine, PROGRAMMES["tech_branch"], 2023, date(2024, 1, 31), "测试")


def notes(path: Path) -> dict[Any, Any]:
    return {row[0].value: row[1].value for row in openpyxl.load_workbook(path)["说明"].iter_rows()}


def rates(engine: Engine, run: RunRecord, path: Path, county: str | None = None) -> tuple[Any, Any]:
    """(the year's rate, the banks' own) as an annex says, which must also stand up to both checks of received files."""
    with db.reading(engine) as connection:
        if county is None:
            annexes.annex2(connection, run, path)
        else:
            annexes.annex1(connection, run, county, path)
        assert reconcile(connection, path).differences == []
    assert verify(path).findings == []
    found = notes(path)
    return found[YEAR], found[BANKS]


def bank_rate(bank: str, rate: float) -> dict[str, Any]:
    return {"年度": 2023, "银行名称": bank, "奖补比例(%)": rate}


def year_rate(rate: float) -> dict[str, Any]:
    return {"年度": 2023, "补助项目": "奖补", "比例(%)": rate}


def two_banks() -> dict[str, Any]:
    other = {"统一社会信用代码": OTHER_USCC}
    return base(loan(), loan("B", 银行名称=OTHER, **other)) | {
        "企业": [ENTERPRISE, {**ENTERPRISE, **other, "企业名称": "威海样例乙公司", "区市": "文登区"}],
        "资质": [QUALIFICATION, {**QUALIFICATION, **other}],
        "合作银行": [{"银行名称": name, "合作起始日": date(2020, 1, 1)} for name in (BANK, OTHER, UNLISTED)],
    }  # fmt: skip


def test_the_years_rate_and_the_listed_banks_own(take: Take, engine: Engine, tmp_path: Path) -> None:
    own = [bank_rate(BANK, 0.45), bank_rate(OTHER, 0.3125), bank_rate(UNLISTED, 0.2)]
    take(two_banks() | {"年度比例": [year_rate(0.5)], "奖补比例": own})
    run = settle(engine)
    assert rates(engine, run, tmp_path / "2.xlsx") == ("0.50%", f"{OTHER} 0.3125%；{BANK} 0.45%")
    assert rates(engine, run, tmp_path / "1.xlsx", "环翠区") == ("0.50%", f"{BANK} 0.45%")


def test_without_own_rates_the_ceiling_is_used(take: Take, engine: Engine, tmp_path: Path) -> None:
    take(two_banks())
    assert rates(engine, settle(engine), tmp_path / "2.xlsx") == ("0.60%", "无")


def test_what_comes_later_does_not_change_what_a_run_says(take: Take, engine: Engine, tmp_path: Path) -> None:
    take(two_banks() | {"年度比例": [year_rate(0.5)], "奖补比例": [bank_rate(BANK, 0.45), bank_rate(OTHER, 0.3)]})
    first = settle(engine)
    take({"年度比例": [year_rate(0.4)], "奖补比例": [bank_rate(BANK, 0.25)]}, amend_reason="更正")
    void.void(engine, BY_NAME["奖补比例"], [2023, OTHER], "误录", "测试")
    second = settle(engine)
    assert rates(engine, first, tmp_path / "a.xlsx") == ("0.50%", f"{OTHER} 0.30%；{BANK} 0.45%")
    assert rates(engine, second, tmp_path / "b.xlsx") == ("0.40%", f"{BANK} 0.25%")


def test_an_edited_rate_is_found(take: Take, engine: Engine, tmp_path: Path) -> None:
    take(two_banks() | {"奖补比例": [bank_rate(BANK, 0.45)]})
    path = tmp_path / "a.xlsx"
    rates(engine, settle(engine), path)
    book = openpyxl.load_workbook(path)
    row = next(row for row in book["说明"].iter_rows() if row[0].value == BANKS)
    row[1].value = f"{BANK} 0.55%"
    book.save(path)
    with db.reading(engine) as connection:
        assert [(each.sheet, each.cell) for each in reconcile(connection, path).differences] == [
            ("说明", row[1].coordinate)
        ]
