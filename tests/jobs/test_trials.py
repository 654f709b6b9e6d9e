"""The turn of the year: the trial run with its annexes, and the reminders of the filing."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

from clockwork import call, to
from ledger import lifecycle, models
from ledger.database import db
from ledger.errors import Refused
from ledger.programmes import PROGRAMMES
from ledger.runs.settlement import settle
from samples import ENTERPRISE, OTHER_USCC, QUALIFICATION, base, loan

Take = Callable[..., Any]
SetToday = Callable[[date], None]
DAY = date(2024, 1, 2)


@pytest.fixture
def city(engine: Engine, take: Take, set_today: SetToday) -> Engine:
    """Two counties with a loan each, on the first working day of 2024."""
    set_today(DAY)
    other = {"统一社会信用代码": OTHER_USCC, "企业名称": "威海样例乙公司", "区市": "荣成市"}
    take(
        base(
            loan(), loan("B", 统一社会信用代码=OTHER_USCC), 企业=[ENTERPRISE, other],
            资质=[QUALIFICATION, {**QUALIFICATION, "统一社会信用代码": OTHER_USCC}],
        )
    )  # fmt: skip
    return engine


def runs(engine: Engine) -> list[tuple[int, int, date, str]]:
    with db.reading(engine) as connection:
        run = models.Run
        query = select(run.id, run.year, run.as_of, run.made_by).order_by(run.id)
        return [tuple(row) for row in connection.execute(query)]


def test_the_trial_of_last_year_with_its_annexes(city: Engine, tmp_path: Path) -> None:
    found = call(city, "year-end-trial", DAY, output=tmp_path)
    assert runs(city) == [(1, 2023, DAY, "定时任务 year-end-trial 2024-01-02")]
    assert found.figures == {"run": 1, "year": 2023, "loans": 2, "annexes": 3}
    folder = tmp_path / "年末试算" / "2023年度-2024-01-02"
    assert sorted(path.name for path in folder.iterdir()) == [
        "明细-2023.csv", "附件1-环翠区-2023.xlsx", "附件1-荣成市-2023.xlsx", "附件2-2023.xlsx",
    ]  # fmt: skip
    assert [notice.to for notice in found.notices] == ["市级", "环翠区", "荣成市"]
    assert "贴息 20.00 万元，奖补 12.00 万元，追缴 0.00 万元" in to(found, "市级").body
    assert "报送截止 2024-01-31" in to(found, "环翠区").body and "tiexi sign 1" in to(found, "环翠区").body


def test_no_second_trial_for_the_same_day(city: Engine, take: Take, tmp_path: Path, set_today: SetToday) -> None:
    first = call(city, "year-end-trial", DAY, output=tmp_path)
    (tmp_path / "年末试算" / "2023年度-2024-01-02" / "附件2-2023.xlsx").unlink()
    assert call(city, "year-end-trial", DAY, output=tmp_path) == first
    assert len(runs(city)) == 1 and (tmp_path / "年末试算" / "2023年度-2024-01-02" / "附件2-2023.xlsx").is_file()
    set_today(date(2024, 1, 3))
    call(city, "year-end-trial", date(2024, 1, 3), output=tmp_path)
    assert len(runs(city)) == 2
    call(city, "year-end-trial", DAY, output=tmp_path, again=True)
    assert len(runs(city)) == 3


def test_nothing_is_tried_of_a_year_that_is_approved_or_unknown(
    city: Engine, tmp_path: Path, set_today: SetToday
) -> None:
    run = settle(city, PROGRAMMES["tech_branch"], 2023, None, "甲")
    lifecycle.approve(city, run.id, "乙", "样例〔2024〕1号", solo=True)
    found = call(city, "year-end-trial", DAY, output=tmp_path)
    assert "已审核通过（第 1 号运行）" in found.summary and not found.notices
    assert "已审核通过" in call(city, "filing-reminder", date(2024, 1, 10)).summary
    set_today(date(2028, 1, 4))
    found = call(city, "year-end-trial", date(2028, 1, 4), output=tmp_path)
    assert "有效期至 2027-10-10" in found.summary
    assert "有效期" in call(city, "filing-reminder", date(2028, 1, 10)).summary
    assert len(runs(city)) == 1 and list(tmp_path.glob("年末试算/*")) == []


def test_a_trial_that_needs_an_unknown_calendar_is_refused(
    engine: Engine, take: Take, tmp_path: Path, set_today: SetToday
) -> None:
    set_today(date(2027, 1, 4))
    lent = date(2026, 12, 29)
    take(base(loan(发放日=lent, 到期日=date(2027, 12, 29), 资料上传日=lent)))
    with pytest.raises(Refused, match="2027 年.*工作日历"):
        call(engine, "year-end-trial", date(2027, 1, 4), output=tmp_path)


# --- the filing -------------------------------------------------------------------------------------------------------


def test_without_a_trial_the_city_is_told(city: Engine) -> None:
    found = call(city, "filing-reminder", date(2024, 1, 10))
    assert [notice.to for notice in found.notices] == ["市级"]
    assert "尚无试算" in found.notices[0].subject and "还有 21 天" in found.notices[0].body


def test_who_has_signed_and_who_has_not(city: Engine) -> None:
    run = settle(city, PROGRAMMES["tech_branch"], 2023, None, "甲")
    found = call(city, "filing-reminder", date(2024, 1, 10))
    assert found.figures == {"run": 1, "year": 2023, "signed": 0, "returned": 0, "missing": 2}
    assert [notice.to for notice in found.notices] == ["市级", "环翠区", "荣成市"]
    assert "尚未初审签署" in to(found, "荣成市").body and "贴息 10.00 万元，奖补 6.00 万元" in to(found, "荣成市").body

    lifecycle.sign(city, run.id, "环翠区", "王五", "威环金〔2024〕3号")
    lifecycle.return_(city, run.id, "荣成市", "赵六", "余额不符")
    found = call(city, "filing-reminder", date(2024, 1, 31))
    assert found.figures == {"run": 1, "year": 2023, "signed": 1, "returned": 1, "missing": 0}
    assert [notice.to for notice in found.notices] == ["市级", "荣成市"]
    overview = to(found, "市级").body
    for words in (
        "今天到期",
        "已签署：环翠区（王五，威环金〔2024〕3号）",
        "已退回：荣成市（赵六：余额不符）",
        "未签署：无",
    ):
        assert words in overview
    assert "已由 赵六 退回：余额不符" in to(found, "荣成市").body
    assert "已逾期 1 天" in to(call(city, "filing-reminder", date(2024, 2, 1)), "市级").body

    lifecycle.sign(city, run.id, "荣成市", "赵六", "荣金〔2024〕2号")
    found = call(city, "filing-reminder", date(2024, 1, 30))
    assert found.notices == [] and found.summary == "2023 年度第 1 号运行：2 个区市已签署，0 个未签署或已退回"
