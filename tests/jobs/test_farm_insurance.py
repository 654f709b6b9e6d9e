"""The jobs of 特色农产品保险: what is missing before the applications close, the quarter about to end, the review."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from clockwork import call, to
from ledger import lifecycle
from ledger.database import db
from ledger.runs.settlement import read_run
from samples import FARM, FARM_INSURER, PRODUCT

Take = Callable[..., Any]
SetToday = Callable[[date], None]
UNPAID = {
    "承保机构": FARM_INSURER, "申请单号": "S2", "险种编号": PRODUCT, "年度": 2023, "申请日": date(2023, 11, 10), "申请金额(万元)": 3,
}  # fmt: skip
SECOND = {**FARM["特色承保"][0], "险种编号": "T2"}


@pytest.fixture
def products(engine: Engine, take: Take) -> Engine:
    """A product that lacks nothing, and one of class 2 that lacks everything but its share."""
    take({**FARM, "特色承保": [*FARM["特色承保"], SECOND], "区市补贴": [*FARM["区市补贴"], UNPAID]})
    return engine


@pytest.mark.parametrize("day", [date(2024, 1, 19), date(2024, 2, 1), date(2024, 2, 9)])
def test_what_is_missing_is_said_by_county(products: Engine, day: date) -> None:
    found = call(products, "farm-reminder", day)
    assert found.figures["missing"] == 2
    body = to(found, "文登区").body
    assert "T2 样例茶目标价格保险：没有申请" in body and "没有区市财政的拨付" in body and "承担比例" not in body
    assert "2024-02-10" in body and "文登区 2 项" in to(found, "市级").body


def test_a_share_that_is_not_decided_is_missing_too(engine: Engine, take: Take) -> None:
    take({**FARM, "特色承保": [*FARM["特色承保"], SECOND], "二类分担": []})
    assert "市级承担比例还没有明确" in to(call(engine, "farm-reminder", date(2024, 2, 1)), "文登区").body


def test_there_is_nothing_to_remind_of_in_other_years(products: Engine) -> None:
    assert "无事可做" in call(products, "farm-reminder", date(2023, 2, 1)).summary
    assert "无事可做" in call(products, "farm-reminder", date(2026, 2, 1)).summary


@pytest.mark.parametrize(
    ("day", "count"),
    [
        (date(2024, 1, 25), 0),
        (date(2024, 1, 26), 1),
        (date(2024, 2, 10), 1),
        (date(2024, 2, 11), 0),
        (date(2023, 11, 9), 0),
    ],
)
def test_the_quarter_about_to_end(products: Engine, day: date, count: int) -> None:
    found = call(products, "farm-payments-due", day)
    assert found.figures["requests"] == count
    if count:
        assert "申请单 S2" in to(found, "文登区").body and "2024-02-10 满一个季度" in to(found, "市级").body


def test_the_review_by_the_clock(products: Engine, tmp_path: Path, set_today: SetToday) -> None:
    day = date(2024, 2, 18)
    found = call(products, "farm-review", day, output=tmp_path)
    assert found.figures["lines"] == 2 and found.figures["year"] == 2023
    names = sorted(path.name for path in (tmp_path / "特色险" / f"2023年度-{day}").iterdir())
    assert names == ["奖补资金汇总表-2023.xlsx", "特色险-文登区-2023.xlsx"]
    with db.reading(products) as connection:
        run = read_run(connection, found.figures["run"])
    lifecycle.approve(products, run.id, "审核人", "样例文号", solo=True)
    assert "已审核通过" in call(products, "farm-review", date(2024, 2, 19), output=tmp_path).summary
    assert "已审核通过" in call(products, "farm-reminder", date(2024, 2, 9)).summary
