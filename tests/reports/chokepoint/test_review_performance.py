"""威政办发〔2023〕8号 第十五条: the indicators of a review's year, against a small world reckoned by hand."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlalchemy import Engine

import lives
from databases import address
from ledger import lifecycle
from ledger.database import db
from ledger.programmes import PROGRAMMES
from ledger.runs import settlement
from reports.chokepoint import performance
from samples import ENTERPRISE, GRANT, INVESTMENT, OTHER_USCC, POLICY, PROJECT, base, loan
from tiexi.cli import run as command

OF_PROJECT = {"业务品种": "卡脖子攻关贷", "项目编号": "P1"}
WORLD = base(
    loan("A", **OF_PROJECT, **{"年利率(%)": 3.55}),  # 1000 at the LPR of 3.55: 6
    loan("B", **OF_PROJECT, 发放日=date(2023, 8, 1), 到期日=date(2024, 8, 1), **{"贷款金额(万元)": 1500, "年利率(%)": 3.35}),  # 1000 of it filed: 6
    loan("C", 统一社会信用代码=OTHER_USCC, **OF_PROJECT, **{"贷款金额(万元)": 500}),  # 4% is above the LPR: nothing
    项目库=[PROJECT],
    研发补助=[GRANT],
    股权投资=[INVESTMENT],
    保单=[POLICY],
) | {"企业": [ENTERPRISE, {"统一社会信用代码": OTHER_USCC, "企业名称": "外样例公司", "区市": "高区"}]}  # fmt: skip
EXPECTED = {
    "loans": 3, "lent": 3_000, "balance": 3_000, "filed": 2_000, "risk": 12, "policies": 1, "premium": 12,
    "premium_subsidy": 6, "grants": 1, "grant": 20, "investments": 1, "invested": 500, "recognised": 750, "helped": 1,
    "linked": 1, "given": 38,
    "rate": 35_250, "lpr": 35_500, "spread": -250,  # (3.55 * 1000 + 3.35 * 1500 + 4 * 500) / 3000
    "lent_per_yuan": 20_833,  # 2500 / 12
    "premium_share": 500_000, "spent_per_yuan": 1_000,
    "allotted": 1_000_000, "arrived": 1_000_000, "days": 100,  # allotted 03-01, paid 03-11
}  # fmt: skip
MONEY = {one.key for one in performance.INDICATORS if one.kind == "fen"}


@pytest.fixture
def paid(take: Callable[..., Any], engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """The review of 2023 approved, allotted and paid."""
    take(WORLD)
    run = settlement.settle(engine, PROGRAMMES["chokepoint"], 2023, None, "经办员")
    run = lifecycle.approve(engine, run.id, lives.CHIEF, "样例审〔2024〕1号", date(2024, 2, 20))
    run = lives.allot(engine, run)
    monkeypatch.setattr(lives, "LEG_DAYS", {"市级到收款单位": date(2024, 3, 11)})
    lives.paid(engine, tmp_path, lives.to_pay(engine, run))
    return engine


def test_every_indicator_is_what_the_facts_give_by_hand(paid: Engine) -> None:
    with db.reading(paid) as connection:
        found = performance.figures(connection, settlement.choose_run(connection, "chokepoint", 2023))
    keys = [one.key for one in performance.INDICATORS]
    assert len(set(keys)) == len(keys) and set(keys) == set(EXPECTED)
    for key, value in EXPECTED.items():
        assert found.values[key] == value * (1_000_000 if key in MONEY else 1), key
    assert list(found.counties) == ["环翠区", "高区"]
    assert found.counties["高区"] == {"helped": 0, "lent": 500_000_000, "invested": 0, "given": 0}


def test_the_workbook_of_the_second_document_is_asked_for_by_its_name(
    paid: Engine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "p.xlsx"
    asked = ["--database", address(paid), "export", "performance", "2023", "-o", str(path)]
    assert command(asked) == 1  # the usual document has no run of that year
    assert command([*asked, "--programme", "拨投贷保"]) == 0
    assert "25 项指标" in capsys.readouterr().out
    rows = {
        row[1]: row for row in openpyxl.load_workbook(path, data_only=True)["绩效指标"].iter_rows(4, values_only=True)
    }
    assert rows["风险补助"][3] == 12 and rows["平均年利率"][3] == 3.525 and rows["从下达到收款单位"][3] == 10
    assert all(row[4] is None and row[7] and row[8] for row in rows.values())  # no year before; formula and source


def test_a_year_beside_the_year_before(take: Callable[..., Any], engine: Engine, tmp_path: Path) -> None:
    take(WORLD)
    settlement.settle(engine, PROGRAMMES["chokepoint"], 2023, None, "经办员")
    settlement.settle(engine, PROGRAMMES["chokepoint"], 2024, None, "经办员")  # nothing happened in that window
    path = tmp_path / "p.xlsx"
    asked = ["--database", address(engine), "export", "performance", "2024", "--programme", "拨投贷保", "-o", str(path)]
    assert command(asked) == 0
    book = openpyxl.load_workbook(path, data_only=True)
    rows = {row[1]: row for row in book["绩效指标"].iter_rows(4, values_only=True)}
    assert rows["发放金额"][3:7] == (0, 3000, -3000, -100)
    assert rows["平均年利率"][3:6] == (None, 3.525, None)
    totals = [row for row in book["按区市"].iter_rows(4, values_only=True) if row[0] == "合计"]
    assert totals[0][1:7] == (0, 1, -1, 0, 3000, -3000)
