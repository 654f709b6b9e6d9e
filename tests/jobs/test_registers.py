"""The registers by the clock: what is about to end, and the LPR that is missing."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from sqlalchemy import Engine

from clockwork import call, to
from jobs.registers import CUSTOM_SINCE
from jobs.rules import workday_from
from ledger.database import db
from ledger.errors import Refused
from ledger.facts import positions
from ledger.intake.sheets import BY_NAME
from ledger.intake.void import void
from ledger.workdays import day_date
from samples import BANK, ENTERPRISE, OTHER_USCC, PARTNER, QUALIFICATION, base

Take = Callable[..., Any]
SetToday = Callable[[date], None]
OTHER_BANK = "另一样例银行"

# --- rosters and partnerships -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "count"),
    [
        (date(2025, 9, 30), 0), (date(2025, 10, 1), 1), (date(2025, 10, 2), 0),  # 30 days before 10-31
        (date(2025, 10, 24), 1), (date(2025, 10, 30), 1), (date(2025, 10, 31), 0),
    ],
)  # fmt: skip
def test_a_roster_entry_is_mentioned_on_its_days(engine: Engine, take: Take, day: date, count: int) -> None:
    take(base())
    found = call(engine, "rosters-ending", day)
    assert found.figures == {"qualifications": count, "partnerships": 0}
    if count:
        assert "2025-10-31　威海样例甲公司　高新技术企业" in to(found, "环翠区").body


def test_the_days_ahead_are_configured_and_downtime_skips_none(engine: Engine, take: Take) -> None:
    take(base())
    assert call(engine, "rosters-ending", date(2025, 10, 26), notice_days=(5,)).figures["qualifications"] == 1
    assert call(engine, "rosters-ending", date(2025, 10, 29), notice_days=(5,)).figures["qualifications"] == 0
    late = call(engine, "rosters-ending", date(2025, 10, 29), since=date(2025, 10, 20), notice_days=(5,))
    assert late.figures["qualifications"] == 1


@pytest.mark.parametrize(
    ("renewal", "count"),
    [
        ({"有效期起": date(2025, 11, 1), "有效期止": None}, 0),
        ({"有效期起": date(2025, 11, 2), "有效期止": None}, 1),  # a gap of a day
        ({"有效期起": date(2025, 1, 1), "有效期止": date(2025, 11, 1)}, 0),
        ({"有效期起": date(2025, 11, 1), "有效期止": None, "资质类别": "科技型中小企业"}, 1),
    ],
)
def test_what_is_renewed_is_not_mentioned(engine: Engine, take: Take, renewal: dict[str, Any], count: int) -> None:
    take(base(资质=[QUALIFICATION, {**QUALIFICATION, **renewal}]))
    assert call(engine, "rosters-ending", date(2025, 10, 24)).figures["qualifications"] == count


def test_partnerships_go_to_bank_and_city_and_other_counties_to_their_own(engine: Engine, take: Take) -> None:
    outside = {"统一社会信用代码": OTHER_USCC, "企业名称": "市外样例公司", "区市": "市外"}
    take(
        base(
            企业=[ENTERPRISE, outside],
            资质=[{**QUALIFICATION, "统一社会信用代码": OTHER_USCC}],
            合作银行=[{**PARTNER, "合作终止日": date(2025, 10, 31)}],
        )
    )
    found = call(engine, "rosters-ending", date(2025, 10, 24))
    assert found.figures == {"qualifications": 1, "partnerships": 1}
    assert sorted(notice.to for notice in found.notices) == sorted(["市级", "市级", BANK])
    assert "合作期到 2025-10-31 为止" in to(found, BANK).body


# --- the LPR ----------------------------------------------------------------------------------------------------------


def test_the_bundled_announcements_were_all_made_on_the_expected_day(engine: Engine) -> None:
    with db.reading(engine) as connection:
        announced = [day_date(number) for number in positions.lpr(connection)["announced_on"]]
        calendar = positions.calendar(connection)
    assert announced == [workday_from(calendar, day.replace(day=20)) for day in announced]
    assert (announced[0].year, announced[0].month) == CUSTOM_SINCE


def lpr(*days: date) -> dict[str, list[dict[str, Any]]]:
    return {"LPR": [{"公布日期": day, "一年期LPR(%)": 3} for day in days]}


def test_a_gap_in_the_middle_is_named_whatever_came_after_it(engine: Engine, take: Take, set_today: SetToday) -> None:
    set_today(date(2026, 11, 25))
    assert call(engine, "lpr-missing", date(2026, 11, 25)).figures["missing"] == 3
    take(lpr(date(2026, 11, 20)))
    found = call(engine, "lpr-missing", date(2026, 11, 25))
    assert found.summary == "缺 2 次 LPR" and found.figures["missing"] == 2
    body = to(found, "市级").body
    assert "2026-09-20 公布的 LPR" in body and "2026-10-20 公布的 LPR" in body and "2026-11" not in body
    take(lpr(date(2026, 9, 23), date(2026, 10, 9)))  # on no day of the custom
    assert call(engine, "lpr-missing", date(2026, 11, 25)).summary == "LPR 齐全"


def test_one_that_was_withdrawn_is_missed_again(engine: Engine) -> None:
    void(engine, BY_NAME["LPR"], [date(2024, 2, 20)], "误录", "测试")
    assert "2024-02-20 公布的 LPR" in to(call(engine, "lpr-missing", date(2026, 8, 25)), "市级").body


def test_what_was_announced_before_there_was_a_custom_makes_no_gap(engine: Engine, take: Take) -> None:
    take(lpr(date(2013, 10, 25)))
    assert call(engine, "lpr-missing", date(2026, 8, 25)).figures["missing"] == 0


def test_months_of_years_that_are_not_covered_are_named_without_a_day(
    engine: Engine, take: Take, set_today: SetToday
) -> None:
    set_today(date(2027, 3, 1))
    take(lpr(*(date(2026, month, 20) for month in (9, 10)), date(2026, 12, 21)))
    assert "2026-11-20 公布的 LPR" in to(call(engine, "lpr-missing", date(2027, 1, 20)), "市级").body
    take(lpr(date(2026, 11, 20)))
    with pytest.raises(Refused, match="2027 年.*工作日历"):
        call(engine, "lpr-missing", date(2027, 1, 20))
    assert call(engine, "lpr-missing", date(2027, 1, 19)).summary == "LPR 齐全"
    found = call(engine, "lpr-missing", date(2027, 2, 20))
    body = to(found, "市级").body
    assert found.figures["missing"] == 1 and "2027 年 1 月公布的 LPR" in body
    assert "本月的一次是否应已公布，无法推算：需要 2027 年的工作日安排" in body


@pytest.mark.parametrize(
    ("day", "missing"),
    [(date(2026, 9, 19), 0), (date(2026, 9, 20), 1), (date(2026, 10, 19), 1), (date(2026, 10, 20), 2)],
)  # 2026-09-20 is a Sunday and a make-up day
def test_an_announcement_is_missed_from_its_day_on(engine: Engine, day: date, missing: int) -> None:
    found = call(engine, "lpr-missing", day)
    assert found.figures == {"missing": missing}
    assert len(found.notices) == bool(missing)


def test_on_a_weekend_it_is_expected_on_the_next_working_day(engine: Engine, take: Take, set_today: SetToday) -> None:
    set_today(date(2026, 12, 1))
    take(lpr(date(2026, 9, 21), date(2026, 10, 20), date(2026, 11, 20)))
    assert call(engine, "lpr-missing", date(2026, 12, 19)).figures["missing"] == 0
    assert call(engine, "lpr-missing", date(2026, 12, 20)).figures["missing"] == 0  # a Sunday
    found = call(engine, "lpr-missing", date(2026, 12, 21))
    assert found.figures["missing"] == 1 and "2026-12-21 公布的 LPR" in to(found, "市级").body


def test_announcements_after_the_day_are_not_known_yet(engine: Engine) -> None:
    assert call(engine, "lpr-missing", date(2023, 8, 20)).figures["missing"] == 0
    assert call(engine, "lpr-missing", date(2023, 8, 21)).figures["missing"] == 0
