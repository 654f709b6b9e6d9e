"""The jobs of 拨投贷保: quarterly returns, the yearly review and its reminder, the archives."""

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from clockwork import call, to
from ledger import lifecycle, workdays
from ledger.programmes import PROGRAMMES
from ledger.runs.settlement import settle
from samples import BANK, USCC, base, loan, repayment

Take = Callable[..., Any]
SetToday = Callable[[date], None]
INSURER = "样例保险"
PROJECT = {"项目编号": "P1", "项目名称": "样例攻关项目", "统一社会信用代码": USCC, "入库日": date(2023, 1, 1)}
POLICY = {
    "保险公司": INSURER, "保单号": "BD1", "统一社会信用代码": USCC, "项目编号": "P1", "险种": "研发费用损失保险",
    "保险起期": date(2023, 7, 3), "保险止期": date(2024, 7, 2), "缴费日": date(2023, 7, 3), "实缴保费(万元)": 10,
}  # fmt: skip


def project_loan(note: str = "K", **changes: Any) -> dict[str, Any]:
    return loan(note, **{"业务品种": "卡脖子攻关贷", "年利率(%)": 3, "项目编号": "P1", **changes})


@pytest.fixture
def projects(engine: Engine, take: Take, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """A loan and a policy of a project, on file before the first cut-off."""
    with monkeypatch.context() as then:
        then.setattr(workdays, "clock", lambda: datetime(2023, 12, 1, 12, tzinfo=workdays.CITY_ZONE))
        take(base(project_loan(), 项目库=[PROJECT], 保单=[POLICY]))
    return engine


# --- the quarter ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "quarter"),
    [(date(2023, 10, 11), "2023年第3季度"), (date(2024, 1, 8), "2023年第4季度"), (date(2023, 7, 1), "2023年第2季度")],
)
def test_the_returns_of_the_quarter_that_is_over(projects: Engine, tmp_path: Path, day: date, quarter: str) -> None:
    found = call(projects, "quarter-returns", day, output=tmp_path)
    assert found.figures["quarter"] == quarter
    written = sorted(path.name for path in (tmp_path / "季报" / quarter).iterdir())
    assert len(written) == found.figures["files"] and f"{quarter}-全市汇总.xlsx" in written
    if quarter == "2023年第3季度":
        assert written == sorted(
            f"{quarter}-{name}.xlsx" for name in ("全市汇总", f"银行-{BANK}", f"保险公司-{INSURER}")
        )
        assert found.figures["rows"] == 2
    assert str(tmp_path / "季报" / quarter) in to(found, "市级").body
    contents = {path: path.read_bytes() for path in tmp_path.rglob("*.xlsx")}
    assert call(projects, "quarter-returns", day, output=tmp_path) == found
    assert {path: path.read_bytes() for path in tmp_path.rglob("*.xlsx")} == contents


@pytest.mark.parametrize("day", [date(2024, 7, 5), date(2023, 1, 9), date(2026, 10, 14)])
def test_no_returns_outside_the_document_s_life(projects: Engine, tmp_path: Path, day: date) -> None:
    found = call(projects, "quarter-returns", day, output=tmp_path)
    assert found.summary.startswith("无事可做") and not found.notices and list(tmp_path.glob("季报")) == []


# --- the year ---------------------------------------------------------------------------------------------------------


def test_the_reminder_says_what_is_on_file(projects: Engine) -> None:
    found = call(projects, "review-reminder", date(2023, 12, 1))
    assert found.figures == {"year": 2023, "loans": 1, "policies": 1, "grants": 0, "investments": 0}
    assert [notice.to for notice in found.notices] == ["市级", *sorted([BANK, INSURER])]
    assert "截止日为 2023-12-15（第十四条），还有 14 天" in to(found, "市级").body
    assert "卡脖子攻关贷 1 笔" in to(found, BANK).body and "保单" not in to(found, BANK).body
    assert "保单 1 份" in to(found, INSURER).body
    after = call(projects, "review-reminder", date(2023, 12, 16))
    assert after.figures["year"] == 2024 and [notice.to for notice in after.notices] == ["市级"]


@pytest.mark.parametrize("name", ["review-reminder", "yearly-review"])
def test_no_review_after_the_document_s_end(projects: Engine, tmp_path: Path, name: str) -> None:
    found = call(projects, name, date(2025, 12, 15), output=tmp_path)
    assert "可审核的年度为 2023、2024" in found.summary and not found.notices


def test_the_review_on_its_cut_off(projects: Engine, tmp_path: Path, set_today: SetToday) -> None:
    set_today(date(2023, 12, 15))
    found = call(projects, "yearly-review", date(2023, 12, 15), output=tmp_path)
    assert found.figures == {"run": 1, "year": 2023, "loans": 1, "policies": 1}
    folder = tmp_path / "集中审核" / "2023年度-2023-12-15"
    assert sorted(path.name for path in folder.iterdir()) == [
        "科技保险保费补贴明细表-2023.xlsx", "银行机构年度新增贷款明细表-2023.xlsx",
    ]  # fmt: skip
    assert "拟补助 6.00 万元" in to(found, "市级").body and "拟补贴 5.00 万元" in to(found, "市级").body
    assert call(projects, "yearly-review", date(2023, 12, 15), output=tmp_path) == found
    set_today(date(2023, 12, 18))
    assert call(projects, "yearly-review", date(2023, 12, 18), output=tmp_path).figures["run"] == 2


def test_before_its_cut_off_the_review_is_the_last_year_s(projects: Engine, tmp_path: Path) -> None:
    assert call(projects, "yearly-review", date(2024, 12, 14), output=tmp_path).figures["year"] == 2023
    assert call(projects, "yearly-review", date(2024, 12, 16), output=tmp_path).figures["year"] == 2024


def test_an_approved_review_is_left_alone(projects: Engine, tmp_path: Path) -> None:
    run = settle(projects, PROGRAMMES["chokepoint"], 2023, None, "甲")
    lifecycle.approve(projects, run.id, "乙", "样例〔2023〕9号", solo=True)
    assert "已审核通过" in call(projects, "yearly-review", date(2023, 12, 15), output=tmp_path).summary
    assert "已审核通过" in call(projects, "review-reminder", date(2023, 12, 1)).summary


# --- the archives -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "loans", "policies"),
    [
        (date(2026, 9, 30), 0, 0),  # paid off on 2023-09-30: kept up to and including 2026-09-30
        (date(2026, 10, 1), 1, 0),
        (date(2027, 7, 2), 1, 0),  # expired on 2024-07-02
        (date(2027, 7, 3), 1, 1),
    ],
)
def test_records_past_their_term_are_listed(engine: Engine, take: Take, day: date, loans: int, policies: int) -> None:
    take(
        base(
            project_loan(), project_loan("未结清"), loan("他"), 项目库=[PROJECT], 保单=[POLICY],
            还款=[repayment("K", date(2023, 9, 30), 1000), repayment("他", date(2023, 9, 30), 1000)],
        )
    )  # fmt: skip
    found = call(engine, "archive-term", day)
    assert found.figures == {"records": loans + policies, "keepers": loans + policies}
    assert [notice.to for notice in found.notices] == sorted([BANK] * loans + [INSURER] * policies)
    if loans:
        assert "贷款 K　2023-09-30 结清，留存至 2026-09-30" in to(found, BANK).body
        assert "第十二条、第十三条规定至少 3 年" in to(found, BANK).body and "不删除" in to(found, BANK).body
    if policies:
        assert "保单 BD1　2024-07-02 到期，留存至 2027-07-02" in to(found, INSURER).body
