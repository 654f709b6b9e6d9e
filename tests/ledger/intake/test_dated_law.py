"""What import asks the law is asked as of the row's own date or year, whatever the document's first or last day would say."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from ledger.law import document as law
from samples import BANK, GRANT, INVESTMENT, PROJECT, base

Take = Callable[..., Any]


def changed(folder: Path, programme: str, **values: tuple[str, str]) -> Any:
    """The document with other values from a day on: name=(day, value)."""
    raw = yaml.safe_load((law.PROGRAMMES / programme / "law.yaml").read_text(encoding="utf-8"))
    for name, (day, value) in values.items():
        raw["values"][name]["dated"].append({"from": date.fromisoformat(day), "value": value})
    path = folder / f"{programme}.yaml"
    path.write_text(yaml.safe_dump(raw, allow_unicode=True), encoding="utf-8")
    return law.read_document(path)


@pytest.fixture
def amended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both documents with a second value of what import asks, on days between their first and their last."""
    for programme, values in {
        "tech_branch": {"interest_rate": ("2025-03-01", "0.5"), "bonus_rate": ("2025-03-01", "0.3")},
        "chokepoint": {
            "risk_rate": ("2023-12-20", "0.2"), "factor_ceiling": ("2023-08-01", "3"),
            "factor_floor": ("2023-08-01", "1.2"), "grant_cap": ("2023-10-01", "30"),
        },
    }.items():  # fmt: skip
        now = changed(tmp_path, programme, **values)
        for name in values:
            monkeypatch.setitem(law.document(programme).parameters, name, now.parameters[name])


def rate(year: int, item: str, percent: float) -> dict[str, Any]:
    return {"年度": year, "补助项目": item, "比例(%)": percent}


@pytest.mark.parametrize(
    ("rows", "refused"),
    [
        ([rate(2024, "贴息", 1), rate(2025, "贴息", 0.5)], []),
        ([rate(2024, "贴息", 0.6), rate(2025, "贴息", 0.6), rate(2023, "奖补", 0.6)], [3]),
        # the review of 2023 looks up to December 15: what holds from the 20th on is not its law, but that of the last one
        ([rate(2023, "风险补助", 0.6), rate(2024, "风险补助", 0.6)], [3]),
    ],
)
def test_a_rate_is_judged_by_the_ceiling_of_its_year(amended: None, take: Take, rows: Any, refused: list[int]) -> None:
    outcome = take(base(年度比例=rows), refused=bool(refused))
    assert [finding.row for finding in outcome.findings] == refused


def test_a_banks_own_rate_is_judged_by_the_ceiling_of_its_year(amended: None, take: Take) -> None:
    def own(year: int) -> dict[str, Any]:
        return {"年度": year, "银行名称": BANK, "奖补比例(%)": 0.6}

    (found,) = take(base(奖补比例=[own(2024), own(2025)]), refused=True).findings
    assert (found.row, found.expected) == (3, "应不超过 0.30%（威财金〔2023〕2号 第六条）")


@pytest.mark.parametrize(
    ("day", "factor", "right"),
    [
        ("2023-07-31", 1.5, True), ("2023-07-31", 2, True), ("2023-07-31", 1.2, False), ("2023-07-31", 3, False),
        ("2023-08-01", 1.2, True), ("2023-08-01", 3, True), ("2023-08-01", 1.1, False), ("2023-08-01", 3.1, False),
    ],
)  # fmt: skip
def test_a_factor_is_judged_by_the_day_of_the_investment(
    amended: None, take: Take, day: str, factor: float, right: bool
) -> None:
    row = {**INVESTMENT, "投资日": date.fromisoformat(day), "认定系数": factor}
    outcome = take(base(项目库=[PROJECT], 股权投资=[row]), refused=not right)
    assert [finding.column for finding in outcome.findings] == ([] if right else ["认定系数"])


def granted(year: int, day: str, amount: int) -> dict[str, Any]:
    return {**GRANT, "年度": year, "研发投入(万元)": 1000, "批准日": date.fromisoformat(day), "批准金额(万元)": amount}


@pytest.mark.parametrize(
    ("rows", "refused"),
    [
        ([granted(2023, "2023-09-30", 50)], []),
        ([granted(2023, "2023-10-01", 50)], [2]),
        ([granted(2023, "2023-10-01", 30)], []),
        ([granted(2022, "2023-09-30", 40), granted(2023, "2023-10-02", 1)], [3]),
    ],
)
def test_a_projects_grants_are_judged_by_the_cap_at_each_approval(
    amended: None, take: Take, rows: Any, refused: list[int]
) -> None:
    outcome = take(base(项目库=[PROJECT], 研发补助=rows), refused=bool(refused))
    assert [finding.row for finding in outcome.findings] == refused
    assert all("超过上限 30" in finding.problem for finding in outcome.findings)
