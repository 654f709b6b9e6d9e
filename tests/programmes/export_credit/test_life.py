"""The whole life of export credit on the command line: reviewed, approved, paid, a refund claimed back a year later, closed."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlalchemy import Engine

from ledger.workdays import today
from scenes import usc_code
from sheets import write_sheets
from tiexi import cli

Run = Callable[..., tuple[int, str]]
INSURER, NAME = "样例信保", "出口信保"
CODES = [usc_code(number) for number in range(1, 5)]


def premium(voucher: str, who: int, country: str, day: date, amount: Any, **more: Any) -> dict[str, Any]:
    return {
        "承保机构": INSURER, "缴费凭证号": voucher, "国家地区": country, "统一社会信用代码": CODES[who],
        "保单号": f"X-{voucher}", "险种": "短期出口信用保险", "缴费日": day, "实缴保费(万元)": amount, "币种": None, **more,
    }  # fmt: skip


def refund(number: str, voucher: str, country: str, day: date, amount: Any) -> dict[str, Any]:
    return {
        "承保机构": INSURER, "退费凭证号": number, "国家地区": country, "缴费凭证号": voucher, "退费日": day,
        "退费金额(万元)": amount,
    }  # fmt: skip


def world() -> dict[str, list[dict[str, Any]]]:
    """Three enterprises of the city and one from elsewhere; every code once; money for three quarters of what is asked."""
    counties = ("环翠区", "荣成市", "高区", "市外")
    listed = (("巴西", "新兴市场"), ("越南", "一带一路"), ("美国", "其他市场"))
    return {
        "企业": [
            {"统一社会信用代码": code, "企业名称": f"样例{name}贸易", "区市": county}
            for code, name, county in zip(CODES, "甲乙丙丁", counties, strict=True)
        ],
        "市场名录": [{"国家地区": country, "市场": market, "列入日": date(2022, 1, 1)} for country, market in listed],
        "资金总量": [{"年度": 2023, "资金": NAME, "金额(万元)": 12}],
        "信保缴费": [
            premium("J1", 0, "巴西", date(2023, 5, 8), 10),
            premium("J1", 0, "美国", date(2023, 5, 8), Decimal("3.333333")),
            premium("J2", 1, "越南", date(2023, 6, 1), 20, 险种="短期出口信用保险、出口前附加险"),
            premium("J3", 2, "美国", date(2023, 7, 1), 8, 险种="中长期出口信用保险"),
            premium("J4", 2, "美国", date(2023, 7, 1), 8, 币种="美元"),
            premium("J5", 3, "巴西", date(2023, 7, 1), 8),
            premium("J6", 1, "美国", date(2023, 1, 10), 2),
            premium("J7", 1, "美国", date(2023, 3, 10), 2),
            premium("K1", 0, "巴西", date(2024, 5, 8), 10),
        ],
        "信保退费": [refund("T7", "J7", "美国", date(2023, 9, 1), 2)],
        "信保配套": [{"年度": 2023, "统一社会信用代码": CODES[0], "配套金额(万元)": 9}],
    }  # fmt: skip


@pytest.fixture
def tiexi(engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command line in an empty folder and gives (exit code, stdout and stderr)."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TIEXI_DATABASE_URL", engine.url.render_as_string(hide_password=False))
    monkeypatch.delenv("TIEXI_SOLO", raising=False)
    engine.dispose()

    def run(*arguments: str) -> tuple[int, str]:
        code = cli.run(list(arguments))
        out, err = capsys.readouterr()
        assert "Traceback" not in out + err
        return code, out + err

    return run


def ok(run: Run, *arguments: str) -> str:
    code, said = run(*arguments)
    assert code == 0, said
    return said


def found(run: Run, *arguments: str) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(ok(run, *arguments, "--json"))
    return made


def pay_everything(path: Path) -> list[dict[str, Any]]:
    """Fills in a blank sheet of payments, and gives its rows."""
    book = openpyxl.load_workbook(path)
    page = book["拨付"]
    headers = [cell.value for cell in page[1]]
    rows = []
    for number, row in enumerate(page.iter_rows(min_row=2), start=1):
        row[headers.index("日期")].value = today()
        row[headers.index("凭证号")].value = f"{path.stem}-{number}"
        rows.append({header: cell.value for header, cell in zip(headers, row, strict=True)})
    book.save(path)
    return rows


def test_two_years_from_the_sheets_to_the_audit(tiexi: Run, tmp_path: Path) -> None:
    write_sheets(tmp_path / "报送.xlsx", world())
    ok(tiexi, "import", "报送.xlsx", "--uploader", "样例录入")
    run = found(tiexi, "credit", "2023", "--as-of", "2024-01-31")
    assert (run["programme"], run["lines"], run["net_fen"]) == ("export_credit", 8, 33_333_333)
    assert (run["subsidy_fen"], run["claims_fen"]) == (12_000_000, 0)
    assert run["stopped"] == dict.fromkeys(("X_REGION", "X_PERIOD", "X_KIND", "X_CURRENCY", "X_PAID"), 1)

    for name in ("明细.xlsx", "名单.xlsx", "计划.xlsx"):
        made = {"明细.xlsx": ("credit",), "名单.xlsx": ("notice", NAME), "计划.xlsx": ("payments", NAME)}[name]
        ok(tiexi, "export", made[0], "2023", "-o", name, *(("--programme", NAME) if len(made) > 1 else ()))
    assert found(tiexi, "verify", "明细.xlsx")["consistent"] and found(tiexi, "reconcile", "明细.xlsx")["same"]
    said = ok(tiexi, "explain", "J1", "--insurer", INSURER, "--country", "美国", "--year", "2023")
    assert "保费支持 0.75 万元" in said and "按应支持金额占比分摊" in said
    ok(tiexi, "export", "problems", "2023", "--programme", NAME, "-o", "问题.xlsx")
    assert problems_of(tmp_path / "问题.xlsx") == {
        **dict.fromkeys(("J1 巴西", "J1 美国", "J2 越南"), f"{NAME}资金总量"), "J3 美国": "X_KIND", "J4 美国": "X_CURRENCY",
        "J5 巴西": "X_REGION", "J6 美国": "X_PERIOD", "J7 美国": "X_PAID",
    }  # fmt: skip
    code, said = tiexi("approve", "1", "--by", "样例录入", "--document", "样例〔2024〕1号")
    assert code == 1 and "录入" in said  # who brought the facts approves nothing
    ok(tiexi, "approve", "1", "--by", "样例审核", "--document", "样例〔2024〕1号")
    ok(tiexi, "allot", "1", "--by", "样例财政", "--document", "样例〔2024〕2号")
    ok(tiexi, "pay", "2023", "--programme", NAME, "--blank", "拨付.xlsx")
    rows = pay_everything(tmp_path / "拨付.xlsx")
    assert [(row["环节"], row["补助项目"], row["金额(万元)"]) for row in rows] == [
        ("市级到收款单位", "信保支持", 4.5),
        ("市级到收款单位", "信保支持", 7.5),
    ]
    ok(tiexi, "pay", "2023", "拨付.xlsx", "--programme", NAME, "--by", "样例出纳")
    assert found(tiexi, "balance", "2023", "--programme", NAME)["stages"]["enterprise_paid_fen"] == 12_000_000

    write_sheets(tmp_path / "退费.xlsx", {"信保退费": [refund("T1", "J1", "巴西", date(2024, 3, 1), 4)]})
    ok(tiexi, "import", "退费.xlsx", "--uploader", "样例录入")
    later = found(tiexi, "credit", "2024", "--as-of", "2025-01-31")
    assert (later["subsidy_fen"], later["claims_fen"]) == (5_000_000, 1_500_000)  # kept: 3.75 × 6/10
    ok(tiexi, "export", "credit", "2024", "-o", "明细24.xlsx")
    assert found(tiexi, "verify", "明细24.xlsx")["consistent"] and found(tiexi, "reconcile", "明细24.xlsx")["same"]
    explained = found(tiexi, "explain", "J1", "--insurer", INSURER, "--country", "巴西", "--year", "2024")
    assert explained["conclusion"] == "追缴 2023 年度已付的 1.50 万元"
    first_year = found(tiexi, "explain", "J1", "--insurer", INSURER, "--country", "巴西", "--year", "2023")
    assert first_year["conclusion"] == "保费支持 3.75 万元。其后 2024 年度追缴本年度已付的 1.50 万元"
    assert any("退费.xlsx" in step["text"] for step in explained["steps"] if step["part"] == "来源")
    (first, second) = found(tiexi, "trace", "退费.xlsx")["runs"]
    assert (first["not_used"], second["claims"], second["claimed_credit_fen"]) == (1, 1, 1_500_000)
    ok(tiexi, "approve", "2", "--by", "样例审核", "--document", "样例〔2025〕1号")
    ok(tiexi, "allot", "2", "--by", "样例财政", "--document", "样例〔2025〕2号")
    ok(tiexi, "pay", "2024", "--programme", NAME, "--blank", "拨付24.xlsx")
    back = [row for row in pay_everything(tmp_path / "拨付24.xlsx") if row["环节"] == "追缴缴回"]
    assert [(row["统一社会信用代码"], row["金额(万元)"]) for row in back] == [(CODES[0], 1.5)]
    ok(tiexi, "pay", "2024", "拨付24.xlsx", "--programme", NAME, "--by", "样例出纳")
    for number in ("1", "2"):
        ok(tiexi, "close", number, "--by", "样例审核", "--document", f"样例〔2025〕{number}9号")
    for sheet, key in (
        ("信保退费", (INSURER, "T1", "巴西")), ("信保缴费", (INSURER, "J2", "越南")), ("资金总量", ("2023", NAME)),
        ("市场名录", ("越南", "一带一路", "2022-01-01")), ("信保配套", ("2023", CODES[0])),
    ):  # fmt: skip
        code, said = tiexi("void", sheet, *key, "--reason", "误录")
        assert code == 1 and "审核通过的第" in said, (sheet, said)
    assert found(tiexi, "audit")["problems"] == []
    for year in ("2023", "2024"):
        ok(tiexi, "export", "journal", year, "-o", f"{year}.beancount")
        checked(tmp_path / f"{year}.beancount")


def problems_of(path: Path) -> dict[str, str]:
    """Voucher and country of each line of a list of problems -> its code, or what took a part of it."""
    header, *rows = openpyxl.load_workbook(path)["数据"].iter_rows(values_only=True)
    found = [dict(zip(header, row, strict=True)) for row in rows]
    return {row["银行（机构）与编号"].removeprefix(f"{INSURER} "): row["代码"] or row["条件"] for row in found}


def checked(path: Path) -> None:
    """Both programs of bookkeeping read the journal, and find it in balance."""
    subprocess.run(
        [Path(sys.executable).with_name("bean-check"), path], check=True, env={**os.environ, "LC_ALL": "C.UTF-8"}
    )
    program = shutil.which("hledger")
    assert program is not None
    subprocess.run([program, "-f", path, "check"], check=True, env={**os.environ, "LC_ALL": "C.UTF-8"})


@pytest.mark.parametrize(
    ("year", "as_of", "said"),
    [
        ("2022", "2023-01-31", "可审核的年度为 2023 至 2025"),
        ("2026", "2026-11-01", "有效期至 2025-12-31"),
        ("2023", "2023-12-30", "12月31日"),
        ("2023", "2099-01-01", "在今天"),
    ],
)
@pytest.mark.sqlite_only
def test_a_year_or_day_that_the_document_does_not_know(tiexi: Run, year: str, as_of: str, said: str) -> None:
    code, told = tiexi("credit", year, "--as-of", as_of)
    assert code == 1 and said in told


@pytest.mark.sqlite_only
def test_whatever_is_changed_in_the_workbook_is_found(tiexi: Run, tmp_path: Path) -> None:
    write_sheets(tmp_path / "报送.xlsx", world())
    ok(tiexi, "import", "报送.xlsx")
    ok(tiexi, "credit", "2023", "--as-of", "2024-01-31")
    ok(tiexi, "export", "credit", "2023", "-o", "明细.xlsx")
    for sheet, header, value in (
        ("明细表", "支持金额", 9), ("未通过", "未通过的条件", "无"), ("配套", "区市配套", 1), ("数据", "净保费", 1),
        ("配套数据", "区市配套", 1),
    ):  # fmt: skip
        book = openpyxl.load_workbook(tmp_path / "明细.xlsx")
        page = book[sheet]
        (place,) = (cell for row in page.iter_rows(max_row=6) for cell in row if cell.value == header)
        page.cell(place.row + 1, place.column).value = value
        book.save(tmp_path / "改.xlsx")
        for command in ("verify", "reconcile"):
            code, _ = tiexi(command, "改.xlsx")
            assert code == 1, (command, sheet)
