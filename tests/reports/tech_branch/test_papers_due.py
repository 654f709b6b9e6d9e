"""`export papers-due`: business whose papers are missing, each around its last day."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlalchemy import Engine

from ledger.database import db
from ledger.errors import Refused
from reports.tech_branch.papers import papers_due
from samples import BANK, PARTNER, base, loan, repayment
from tiexi import cli

Take = Callable[..., Any]
OTHER_BANK = "另一样例银行"


def listed(engine: Engine, folder: Path, day: date, within: int | None = None) -> dict[str, list[tuple[Any, ...]]]:
    """By state: note number, what, its day, the last day, working days left or gone by."""
    path = folder / "资料.xlsx"
    with db.reading(engine) as connection:
        papers_due(connection, day, path, within)
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["即将到期", "已经逾期", "数据", "说明"]
    header, *rows = book["数据"].iter_rows(values_only=True)
    found: dict[str, list[tuple[Any, ...]]] = {"即将到期": [], "已经逾期": []}
    for row in rows:
        named = dict(zip(header, row, strict=True))
        found[named["状态"]].append(
            tuple(named[name] for name in ("借据编号", "业务", "业务日", "最迟上传日", "工作日"))
        )
    return found


@pytest.mark.parametrize(
    ("day", "within", "due", "late"),
    [
        (date(2023, 7, 7), 0, [], []),  # lent on Monday 07-03: due on Monday 07-10, a working day after this Friday
        (date(2023, 7, 7), 1, [1], []),
        (date(2023, 7, 9), 0, [], []),  # a Sunday
        (date(2023, 7, 9), 1, [1], []),
        (date(2023, 7, 10), 0, [0], []),
        (date(2023, 7, 11), 5, [], [1]),
        (date(2023, 7, 15), 5, [], [4]),
        (date(2023, 7, 3), 4, [], []),
        (date(2023, 7, 3), 5, [5], []),
    ],
)
def test_around_the_last_day(
    engine: Engine, take: Take, tmp_path: Path, day: date, within: int, due: list[int], late: list[int]
) -> None:
    take(base(loan(资料上传日=None)))
    row = ("A", "发放", "2023-07-03", "2023-07-10")
    found = listed(engine, tmp_path, day, within)
    assert found == {"即将到期": [(*row, left) for left in due], "已经逾期": [(*row, gone) for gone in late]}


def test_a_holiday_with_make_up_days_is_counted_over(engine: Engine, take: Take, tmp_path: Path) -> None:
    """Lent before the national holiday: the make-up days 10-07 and 10-08 count, so the time ends on 10-11."""
    take(base(loan(发放日=date(2023, 9, 28), 到期日=date(2024, 9, 28), 资料上传日=None)))
    assert listed(engine, tmp_path, date(2023, 10, 7), 3)["即将到期"] == []
    (row,) = listed(engine, tmp_path, date(2023, 10, 7), 4)["即将到期"]
    assert row[3:] == ("2023-10-11", 4)


def test_what_came_or_is_excused_or_of_another_programme_is_not_listed(
    engine: Engine, take: Take, tmp_path: Path
) -> None:
    excused = {"银行名称": BANK, "借据编号": "W", "业务日": date(2023, 7, 3), "批准文号": "样例〔2023〕1号"}
    extension = {"银行名称": BANK, "借据编号": "A", "展期日": date(2024, 6, 3), "新到期日": date(2024, 12, 3)}
    others = [loan("W", 资料上传日=None), loan("K", 业务品种="卡脖子攻关贷", 资料上传日=None)]
    repaid = [
        repayment("A", date(2024, 6, 4), 100, 资料上传日=None),
        repayment("A", date(2024, 3, 4), 100, 资料上传日=None),
        repayment("A", date(2024, 3, 5), 100),
    ]
    take(base(loan("A"), *others, 上传豁免=[excused], 还款=repaid, 展期=[extension]))
    found = listed(engine, tmp_path, date(2024, 6, 11), 1)  # 06-10 is a holiday
    assert [row[:4] for row in found["即将到期"]] == [
        ("A", "展期", "2024-06-03", "2024-06-11"),
        ("A", "还款", "2024-06-04", "2024-06-12"),
    ]
    assert [row[:4] for row in found["已经逾期"]] == [("A", "还款", "2024-03-04", "2024-03-11")]


def test_banks_are_called_as_papers_call_them(engine: Engine, take: Take, tmp_path: Path) -> None:
    banks = [PARTNER, {**PARTNER, "银行名称": OTHER_BANK}]
    take(base(loan("A", 银行名称=OTHER_BANK, 资料上传日=None), 合作银行=banks))
    change = {"原名称": OTHER_BANK, "变更日": "2024-01-01", "类别": "承继", "现名称": BANK, "批准文号": "函1号"}
    take({"银行变更": [change]})
    with db.reading(engine) as connection:
        papers_due(connection, date(2024, 2, 1), tmp_path / "资料.xlsx")
    (row,) = openpyxl.load_workbook(tmp_path / "资料.xlsx")["已经逾期"].iter_rows(min_row=5, values_only=True)
    assert row[0] == f"{OTHER_BANK}（{BANK}承继）" and row[-1] == "各年度贴息"


def test_a_year_that_no_calendar_covers_is_refused(engine: Engine, take: Take, tmp_path: Path, set_today: Any) -> None:
    set_today(date(2026, 12, 31))
    take(base(loan(发放日=date(2026, 12, 25), 到期日=date(2027, 12, 25), 资料上传日=None)))
    assert listed(engine, tmp_path, date(2026, 12, 31), 0) == {"即将到期": [], "已经逾期": []}
    with pytest.raises(Refused, match="2027 年.*工作日历"):
        listed(engine, tmp_path, date(2026, 12, 31), 5)
    take({"工作日历": [{"日期": date(2027, 1, 1), "类型": "放假"}]})
    (row,) = listed(engine, tmp_path, date(2026, 12, 31), 1)["即将到期"]
    assert row[3:] == ("2027-01-04", 1)


@pytest.mark.sqlite_only
def test_it_is_a_command_without_a_year(
    engine: Engine, take: Take, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    take(base(loan(资料上传日=None)))
    monkeypatch.setenv("TIEXI_DATABASE_URL", str(engine.url))
    out = tmp_path / "资料.xlsx"
    assert cli.run(["export", "papers-due", "-o", str(out)]) == 0
    assert capsys.readouterr().out == f"已写出 {out}（即将到期 0 项，已经逾期 1 项）\n"
    assert cli.run(["export", "papers-due", "--within", "3", "-o", str(out)]) == 0
    for wrong in (["--within", "-1", "-o", str(out)], ["2023", "-o", str(out)], ["-o", str(tmp_path / "资料.csv")]):
        assert cli.run(["export", "papers-due", *wrong]) == 2


@pytest.mark.parametrize("within", ["61", "-1", "1.5", "五", ""])
def test_days_out_of_range_are_wrong_usage_and_told_as_a_range(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], within: str
) -> None:
    assert cli.run(["export", "papers-due", "--within", within, "-o", str(tmp_path / "x.xlsx")]) == 2
    assert "应为 0 至 60 的整数" in capsys.readouterr().err
