"""第十六条: what next year's budget needs, against a small world reckoned by hand, and as a workbook."""

import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlalchemy import Engine

import worlds
from databases import address, dump
from ledger.database import db
from ledger.errors import Refused
from ledger.programmes import PROGRAMMES
from ledger.runs import settlement
from reports.tech_branch import budget
from reports.tech_branch.lines import PLACE, read_lines
from reports.tech_branch.simulation import figures_of
from samples import BANK, ENTERPRISE, PARTNER, QUALIFICATION, USCC, base, loan, repayment
from scenes import usc_code
from tiexi.cli import run as command

OTHER = "乙样例银行"
RONGCHENG, LONG_HELPED = usc_code(11), usc_code(12)
TODAY = date(2024, 11, 28)  # a Thursday


def of(code: str, note: str, amount: Any, start: date, end: date, **more: Any) -> dict[str, Any]:
    """A loan whose papers came on the day, unless said otherwise."""
    words = {"贷款金额(万元)": amount, "发放日": start, "到期日": end, "资料上传日": start, "统一社会信用代码": code}
    return loan(note, **{**words, **more})


WORLD = base(
    of(USCC, "A", 1000, date(2024, 7, 3), date(2025, 7, 3)),  # new: 贴息 10, 奖补 6
    of(USCC, "B", 500, date(2024, 1, 10), date(2024, 12, 31)),  # falls due on the day itself: left out
    of(USCC, "C", 800, date(2023, 7, 3), date(2025, 1, 20)),  # 500 left, 6 months beyond the year: 2.5
    of(USCC, "D", 100, date(2023, 3, 1), date(2024, 9, 1)),  # overdue, 6 months beyond the year: 0.5
    of(USCC, "E", 200, date(2024, 11, 26), date(2025, 12, 1), 资料上传日=None),  # not yet due: 2 and 1.2
    of(USCC, "F", 300, date(2024, 10, 8), date(2025, 10, 20), 资料上传日=None),  # late: only 奖补 1.8
    of(RONGCHENG, "G", 2500, date(2024, 2, 1), date(2025, 2, 10), 银行名称=OTHER),  # 25 and 15
    of(RONGCHENG, "H", 1000, date(2024, 3, 1), date(2025, 3, 10), 银行名称=OTHER),  # 500 under the cap: 5 and 6
    of(LONG_HELPED, "I", 400, date(2024, 4, 8), date(2025, 4, 18)),  # five years enjoyed: only 奖补 2.4
    还款=[repayment("C", date(2024, 5, 6), 300)],
    历史享受年限=[{"统一社会信用代码": LONG_HELPED, "截至年度": 2022, "已享受年限": 5}],
    预算=[{"年度": 2024, "范围": "全市", "金额(万元)": 1}],  # what is asked for does not heed it
) | {
    "企业": [
        ENTERPRISE,
        {"统一社会信用代码": RONGCHENG, "企业名称": "荣成样例公司", "区市": "荣成市"},
        {"统一社会信用代码": LONG_HELPED, "企业名称": "久享样例公司", "区市": "环翠区"},
    ],
    "资质": [QUALIFICATION, *({**QUALIFICATION, "统一社会信用代码": code} for code in (RONGCHENG, LONG_HELPED))],
    "合作银行": [PARTNER, PARTNER | {"银行名称": OTHER}],
}  # fmt: skip


def wan(amount: float) -> int:
    return round(amount * 1_000_000)


@pytest.fixture
def forecast(take: Callable[..., Any], engine: Engine, set_today: Callable[[date], None]) -> budget.Budget:
    set_today(TODAY)
    take(WORLD)
    with db.reading(engine) as connection:
        return budget.forecast(connection, 2024)


def test_the_demand_as_things_stand(forecast: budget.Budget) -> None:
    figures = figures_of(forecast.demand)
    assert (forecast.found.open_year, forecast.found.left_out) == (True, 1)
    assert sorted(forecast.demand["note_no"]) == ["A", "C", "D", "E", "F", "G", "H", "I"]
    assert figures["balance_fen"] == wan(1000 + 500 + 100 + 200 + 300 + 2500 + 1000 + 400)
    assert (figures["interest_fen"], figures["bonus_fen"]) == (wan(45), wan(32.4))
    assert (figures["interest_city_fen"], figures["interest_county_fen"]) == (wan(9), wan(36))  # 2:8
    assert (figures["bonus_city_fen"], figures["bonus_county_fen"]) == (wan(6.48), wan(25.92))


def test_by_county_and_by_bank(forecast: budget.Budget) -> None:
    lines = forecast.demand
    for name, part, interest, bonus in (
        ("county", "环翠区", 15, 11.4), ("county", "荣成市", 30, 21), ("bank", BANK, 15, 11.4), ("bank", OTHER, 30, 21),
    ):  # fmt: skip
        figures = figures_of(lines[(lines[name] == part).to_numpy()])
        assert (figures["interest_fen"], figures["bonus_fen"]) == (wan(interest), wan(bonus)), part


@pytest.mark.parametrize(
    ("percent", "interest", "bonus"),
    [(80, 12 + 28, 25.92), (90, 13.5 + 30, 29.16), (100, 45, 32.4), (110, 16.5 + 30, 35.64), (120, 18 + 30, 38.88)],
)
def test_balances_up_and_down_go_through_the_cap(
    forecast: budget.Budget, percent: int, interest: float, bonus: float
) -> None:
    """荣成's enterprise: 2000 + 800 at 80%, 2250 + 750 of 900 at 90%, 2750 + 250 at 110%, 3000 + 0 at 120%."""
    figures = figures_of(forecast.demands[percent])
    assert (figures["interest_fen"], figures["bonus_fen"]) == (wan(interest), wan(bonus))


def test_what_each_limit_keeps_back(forecast: budget.Budget) -> None:
    found = {words: figures["interest_fen"] for words, figures in forecast.limits.items()}
    assert list(found.values()) == [wan(45), wan(45 + 4), wan(45 + 5), wan(45 + 9)]
    assert {figures["bonus_fen"] for figures in forecast.limits.values()} == {wan(32.4)}  # neither touches the bonus


def test_a_year_that_is_over_is_what_its_settlement_asks_for(
    take: Callable[..., Any], engine: Engine, set_today: Callable[[date], None]
) -> None:
    set_today(date(2025, 1, 31))
    take(WORLD)
    run = settlement.settle(engine, PROGRAMMES["tech_branch"], 2024, None, "经办员")
    with db.reading(engine) as connection:
        found = budget.forecast(connection, 2024)
    figures = figures_of(found.demand)
    assert (found.found.open_year, found.found.left_out) == (False, 0)
    asked = (figures["loans"], figures["balance_fen"], figures["interest_demand_fen"], figures["bonus_demand_fen"])
    assert asked == tuple(
        run.summary[name] for name in ("loans", "balance_fen", "interest_demand_fen", "bonus_demand_fen")
    )
    assert run.summary["interest_fen"] + run.summary["bonus_fen"] == wan(1)  # the budget cut the run alone


def test_a_forecast_comes_true_when_things_go_on_as_they_stand(
    take: Callable[..., Any], engine: Engine, set_today: Callable[[date], None]
) -> None:
    """What falls due is repaid, papers come in time, nothing else happens: the settlement asks for what was forecast."""
    set_today(TODAY)
    take(WORLD)
    with db.reading(engine) as connection:
        forecast = figures_of(budget.forecast(connection, 2024).demand)
    set_today(date(2025, 1, 31))
    late = next(row for row in WORLD["贷款"] if row["借据编号"] == "E")
    take({"贷款": [{**late, "资料上传日": date(2024, 11, 29)}]}, amend_reason="补录上传日")
    take({"还款": [repayment("B", date(2024, 12, 31), 500)]})
    summary = settlement.settle(engine, PROGRAMMES["tech_branch"], 2024, None, "经办员").summary
    assert (forecast["loans"], forecast["balance_fen"]) == (summary["loans"], summary["balance_fen"])
    assert (forecast["interest_fen"], forecast["bonus_fen"]) == (
        summary["interest_demand_fen"],
        summary["bonus_demand_fen"],
    )


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_on_random_worlds_a_year_that_is_over_asks_for_what_its_lines_ask(
    take: Callable[..., Any], engine: Engine, seed: int
) -> None:
    sheets = worlds.random_world(seed, 60, 2023)
    take({name: rows for name, rows in sheets.items() if rows})
    run = settlement.settle(engine, PROGRAMMES["tech_branch"], 2023, None, "经办员")
    with db.reading(engine) as connection:
        found = budget.forecast(connection, 2023)
        asked = {
            (row[PLACE["bank"]], row[PLACE["note_no"]]): (
                row[PLACE["interest_demand_fen"]],
                row[PLACE["bonus_demand_fen"]],
            )
            for row in read_lines(connection, run.id, printed=True)
        }
    lines = found.demand
    keys = zip(lines["bank"], lines["note_no"], strict=True)
    assert dict(zip(keys, zip(lines["interest"], lines["bonus"], strict=True), strict=True)) == asked
    assert sum(map(sum, asked.values())) > 0
    held = [
        {note for note, text in zip(part["note_no"], part["reasons"], strict=True) if "R_BALANCE" in text}
        for part in found.demands.values()
    ]
    assert all(each == held[0] for each in held)  # what agrees with the bank's report agrees at every percentage
    totals = [figures_of(part)["total_fen"] for part in found.demands.values()]
    assert totals == sorted(totals)


def test_banks_are_called_as_papers_call_them(
    take: Callable[..., Any], engine: Engine, set_today: Callable[[date], None]
) -> None:
    set_today(TODAY)
    take(WORLD)
    take(
        {
            "银行变更": [
                {"原名称": OTHER, "变更日": date(2024, 10, 8), "类别": "承继", "现名称": BANK, "批准文号": "样例函1号"}
            ]
        }
    )
    with db.reading(engine) as connection:
        assert set(budget.forecast(connection, 2024).demand["bank"]) == {BANK, f"{OTHER}（{BANK}承继）"}


def test_settled_years_stand_with_their_growth(
    take: Callable[..., Any], engine: Engine, set_today: Callable[[date], None], tmp_path: Path
) -> None:
    set_today(TODAY)
    take(WORLD)
    settlement.settle(engine, PROGRAMMES["tech_branch"], 2023, date(2024, 1, 31), "经办员")  # C 800 and D 100: 贴息 9
    assert command(["--database", address(engine), "export", "budget", "2024", "-o", str(tmp_path / "a.xlsx")]) == 0
    rows = list(openpyxl.load_workbook(tmp_path / "a.xlsx", data_only=True)["历年"].values)
    assert rows[3][:2] == ("2023", "第 1 号运行（试算）") and rows[3][4:9] == (900, None, 9, 5.4, 14.4)
    # 6000 against 900 is 566.6667% more, 77.4 against 14.4 is 437.5% more
    assert rows[4][0] == "2024测算" and rows[4][4:6] == (6000, 566.6667) and rows[4][8:10] == (77.4, 437.5)


@pytest.mark.sqlite_only
def test_the_workbook_prints_sums_and_draws_and_nothing_is_stored(
    take: Callable[..., Any], engine: Engine, set_today: Callable[[date], None], tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    set_today(TODAY)
    take(WORLD)
    before = dump(engine)
    paths = [tmp_path / "a.xlsx", tmp_path / "b.xlsx"]
    for path in paths:
        assert command(["--database", address(engine), "export", "budget", "2024", "-o", str(path)]) == 0
    assert "（8 笔）" in capsys.readouterr().out
    assert dump(engine) == before
    assert paths[0].read_bytes() == paths[1].read_bytes()
    values, formulas = (openpyxl.load_workbook(paths[0], data_only=only) for only in (True, False))
    page = values["按区市"]
    assert [cell.value for cell in page[6]] == ["合计", 8, 8, 6000, 45, 32.4, 77.4, 15.48, 61.92]
    assert formulas["按区市"]["D6"].value == "=SUM(D4:D5)"
    assert [row[0].value for row in values["增减情景"].iter_rows(4, 8)] == [
        "减少 20%",
        "减少 10%",
        "按现状",
        "增加 10%",
        "增加 20%",
    ]
    for sheet in values:
        assert (sheet.page_setup.orientation, str(sheet.page_setup.paperSize)) == ("landscape", "9")
        assert sheet.page_setup.fitToWidth in (None, 1)
    notes = "\n".join(f"{row[0]} {row[1]}" for row in values["说明"].values)
    for said in ("2024-11-28", "视为按期还清，共 1 笔", "尚未上传而期限未到", "80%、90%、110%、120%", "贴息比例 1.00%"):
        assert said in notes
    with zipfile.ZipFile(paths[0]) as packed:
        assert sum(name.startswith("xl/charts/chart") for name in packed.namelist()) == 4
        assert not [name for name in packed.namelist() if name.startswith("xl/media")]


@pytest.mark.sqlite_only
def test_years_that_the_document_does_not_know_and_files_that_are_no_workbook(
    engine: Engine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with db.reading(engine) as connection, pytest.raises(Refused, match="2027"):
        budget.forecast(connection, 2027)
    assert command(["--database", address(engine), "export", "budget", "2024", "-o", str(tmp_path / "a.csv")]) == 2
    assert ".xlsx" in capsys.readouterr().err
    # nothing on file: a workbook without a loan
    assert command(["--database", address(engine), "export", "budget", "2024", "-o", str(tmp_path / "a.xlsx")]) == 0
    assert "（0 笔）" in capsys.readouterr().out
