"""The whole life of a review of 特色农产品保险 on the command line: reviewed, read back, approved, paid, closed, audited."""

import csv
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlalchemy import Engine

from ledger.programmes import PROGRAMMES
from ledger.workdays import today
from sheets import write_sheets
from tiexi import cli

Run = Callable[..., tuple[int, str]]
NAME, ONE, TWO = "特色农产品保险", "样例一财险", "样例二财险"
WENDENG, RONGCHENG = "文登区", "荣成市"
EVERY = {condition.code: 1 for condition in PROGRAMMES["farm_insurance"].conditions}


class City:
    """A small city's products with all that is on file of them."""

    def __init__(self) -> None:
        self.sheets: dict[str, list[dict[str, Any]]] = {}

    def put(self, sheet: str, **row: Any) -> None:
        self.sheets.setdefault(sheet, []).append({name.replace("万元", "(万元)"): value for name, value in row.items()})

    def product(self, number: str, county: str, kind: str, premium: int, paid: int, **more: Any) -> None:
        """A product that passes everything in 2023, but for what is said otherwise."""
        thing = more.get("标的", "苹果" if kind == "第一类" else f"样例作物{number}")
        insurer = more.get("承保机构", ONE)
        self.put(
            "特色险种", 险种编号=number, 险种名称=f"样例{thing}保险", 区市=county, 类别=kind, 标的=thing,
            中央险种=more.get("中央险种", "范围外"),
        )  # fmt: skip
        if more.get("目录", True) and thing not in [row["标的"] for row in self.sheets.get("特色目录", ())]:
            self.put("特色目录", 标的=thing, 大类="其他品种", 列入日=date(2022, 1, 1))
        for level in more.get("往年", ("省级", "市级")):
            self.put("往年奖补", 险种编号=number, 级别=level, 首次享受年度=2022)
        self.put(
            "特色承保", 年度=2023, 险种编号=number, 承保机构=insurer, 首单起期=date(2023, 4, 1), 保单件数=10,
            保费万元=premium, 农户保费万元=more.get("农户", premium * 2 / 5), 赔款万元=premium / 2, 投保户数=30, 投保数量=400,
        )  # fmt: skip
        if paid:
            self.put(
                "区市补贴", 承保机构=insurer, 申请单号=f"S{number}", 险种编号=number, 年度=2023, 申请日=date(2023, 6, 1),
                申请金额万元=paid, 拨付日=more.get("拨付日", date(2023, 8, 1)), 拨付金额万元=paid, 拨款凭证号=f"B{number}",
            )  # fmt: skip
        if more.get("收到日", date(2024, 1, 31)):
            self.put("特色申请", 年度=2023, 险种编号=number, 收到日=more.get("收到日", date(2024, 1, 31)))

    def veto(self, kind: str, county: str, number: str | None = None, insurer: str | None = None) -> None:
        self.put(
            "一票否决", 情形=kind, 区市=county, 险种编号=number, 承保机构=insurer, 认定日=date(2023, 9, 1),
            认定文号="样例查〔2023〕1号",
        )  # fmt: skip


def world() -> dict[str, list[dict[str, Any]]]:
    """All three classes, every code on a line of its own, and central money for half of what class 1 asks."""
    city = City()
    city.product("A1", WENDENG, "第一类", 1000, 500)
    city.product("A2", RONGCHENG, "第一类", 600, 200, 标的="桃", 收到日=date(2024, 2, 10))
    city.product("B1", WENDENG, "第二类", 100, 40)
    city.put("二类分担", 年度=2023, 险种编号="B1", **{"市级比例(%)": 20}, 批准文号="样例财〔2023〕1号")
    city.product("B2", WENDENG, "第二类", 100, 40)
    city.product("C1", WENDENG, "第三类", 80, 40, 拨付日=date(2023, 9, 2))
    city.put(
        "特色承保", 年度=2022, 险种编号="C1", 承保机构=ONE, 首单起期=date(2022, 4, 1), 保单件数=5, 保费万元=70, 农户保费万元=28,
        赔款万元=30,
    )  # fmt: skip
    city.product("C2", RONGCHENG, "第三类", 2000, 1200)
    city.product("D01", WENDENG, "第三类", 60, 20, 中央险种="范围内")
    city.product("D02", WENDENG, "第三类", 60, 20, 目录=False)
    city.product("D03", WENDENG, "第三类", 49, 20)
    city.product("D04", WENDENG, "第三类", 60, 0)
    city.product("D05", WENDENG, "第三类", 60, 20, 往年=("市级",))
    city.product("D06", WENDENG, "第三类", 60, 20, 往年=("省级",))
    for number, kind, county in (("D11", "一", "环翠区"), ("D12", "二", "乳山市")):
        city.product(number, county, "第三类", 60, 20)
        city.veto(kind, county)
    for number, kind in (("D13", "三"), ("D14", "四")):
        city.product(number, RONGCHENG, "第三类", 60, 20, 承保机构=TWO)
        city.veto(kind, RONGCHENG, number, TWO)
    city.product("D15", RONGCHENG, "第三类", 60, 20)
    city.veto("五", RONGCHENG, "D15")
    city.product("D07", WENDENG, "第三类", 60, 50)
    city.product("D08", WENDENG, "第三类", 60, 20, 收到日=date(2024, 2, 11))
    city.product("D09", WENDENG, "第三类", 70, 30, 标的="样例作物C1")
    city.put("资金总量", 年度=2023, 资金="特色险中央", 金额万元=200)
    city.put("资金总量", 年度=2023, 资金="特色险市级", 金额万元=104)
    city.put("分配系数", 年度=2023, 类别="第三类", 系数=2)
    return city.sheets


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
    assert code == 0, said[-2000:]
    return said


def found(run: Run, *arguments: str) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(ok(run, *arguments, "--json"))
    return made


def taken_and_reviewed(tiexi: Run, tmp_path: Path, as_words: bool = False) -> dict[str, Any]:
    write_sheets(tmp_path / "报送.xlsx", world())
    ok(tiexi, "import", "报送.xlsx", "--uploader", "样例录入")
    if as_words:
        return {"said": ok(tiexi, "farm", "2023")}
    return found(tiexi, "farm", "2023")


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


def test_from_the_sheets_to_the_audit(tiexi: Run, tmp_path: Path) -> None:
    run = taken_and_reviewed(tiexi, tmp_path)
    assert (run["programme"], run["as_of"], run["lines"]) == ("farm_insurance", "2024-02-10", 20)
    assert run["stopped"] == EVERY
    assert run["central_left_fen"] == 0 and run["central_fen"] == 200_000_000
    paid = {name: run[f"{name}_fen"] for name in ("province", "city", "central")}

    for name, made in (("公示.xlsx", "notice"), ("计划.xlsx", "payments")):
        ok(tiexi, "export", made, "2023", "--programme", NAME, "-o", name)
    code, said = tiexi("approve", "1", "--by", "样例录入", "--document", "样例〔2024〕1号")
    assert code == 1 and "录入" in said  # who brought the facts approves nothing
    ok(tiexi, "approve", "1", "--by", "样例审核", "--document", "样例〔2024〕1号")
    ok(tiexi, "allot", "1", "--by", "样例财政", "--document", "样例〔2024〕2号")
    ok(tiexi, "pay", "2023", "--programme", NAME, "--blank", "拨付.xlsx")
    rows = pay_everything(tmp_path / "拨付.xlsx")
    assert {row["环节"] for row in rows} == {"市财政到区市财政"}
    assert {(row["补助项目"], row["区市"]) for row in rows} == {
        (item, county) for item in ("省级奖补", "市级奖补", "中央奖补") for county in (WENDENG, RONGCHENG)
    }
    assert {row["银行名称"] for row in rows} | {row["统一社会信用代码"] for row in rows} == {""}
    assert round(sum(row["金额(万元)"] for row in rows) * 1_000_000) == sum(paid.values())
    before = found(tiexi, "balance", "2023", "--programme", NAME)
    ok(tiexi, "pay", "2023", "拨付.xlsx", "--programme", NAME, "--by", "样例出纳")
    after = found(tiexi, "balance", "2023", "--programme", NAME)
    assert before != after
    ok(tiexi, "close", "1", "--by", "样例审核", "--document", "样例〔2024〕9号")
    for sheet, key in (
        ("特色目录", ("苹果", "2022-01-01")), ("特色承保", ("2023", "A1", ONE)), ("区市补贴", (ONE, "SC1")),
        ("特色申请", ("2023", "C1")), ("往年奖补", ("C1", "省级")), ("二类分担", ("2023", "B1")),
        ("分配系数", ("2023", "第三类")), ("资金总量", ("2023", "特色险中央")),
        ("一票否决", ("五", RONGCHENG, "D15", "", "2023-09-01")), ("特色险种", ("A1",)),
    ):  # fmt: skip
        code, said = tiexi("void", sheet, *key, "--reason", "误录")
        assert code == 1 and ("审核通过的第" in said or "以它为依据" in said), (sheet, said)
    assert found(tiexi, "audit")["problems"] == []
    ok(tiexi, "export", "journal", "2023", "-o", "2023.beancount")
    journal = (tmp_path / "2023.beancount").read_text(encoding="utf-8")
    assert all(word in journal for word in ("3省级", "1市级", "4中央"))
    environment = {**os.environ, "LC_ALL": "C.UTF-8"}
    checker = Path(sys.executable).with_name("bean-check")
    subprocess.run([checker, "2023.beancount"], cwd=tmp_path, check=True, env=environment)
    hledger = shutil.which("hledger")
    assert hledger is not None
    subprocess.run([hledger, "-f", "2023.beancount", "check"], cwd=tmp_path, check=True, env=environment)


def test_what_is_written_reads_back_and_what_is_changed_is_found(tiexi: Run, tmp_path: Path) -> None:
    taken_and_reviewed(tiexi, tmp_path)
    ok(tiexi, "export", "farm", "2023", "-o", "汇总.xlsx")
    ok(tiexi, "export", "farm", "2023", "-o", "明细.csv")
    ok(tiexi, "export", "farm-county", "2023", "-o", "区市")
    names = sorted(path.name for path in (tmp_path / "区市").iterdir())
    assert names == sorted(f"特色险-{county}-2023.xlsx" for county in ("环翠区", WENDENG, RONGCHENG, "乳山市"))
    ok(tiexi, "export", "farm-county", "2023", "--county", WENDENG, "-o", "文登.xlsx")
    with (tmp_path / "明细.csv").open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert list(rows[0]) == [
        "run",
        "year",
        "county",
        "product_no",
        "product",
        "class",
        "object",
        "insurers",
        "started_on",
        "policies",
        "premium_fen",
        "farmer_fen",
        "county_paid_fen",
        "received_on",
        "city_rate_percent",
        "farmer_share_fen",
        "province_fen",
        "city_demand_fen",
        "city_fen",
        "central_fen",
        "county_net_fen",
        "late_count",
        "late_fen",
        "loss_percent",
        "loss_low",
        "reasons",
    ]
    by_number = {row["product_no"]: row for row in rows}
    assert by_number["B2"]["city_rate_percent"] == "" and by_number["B1"]["city_rate_percent"] == "20.0000"
    assert by_number["C1"]["late_count"] == "1" and by_number["C1"]["loss_percent"] == "46.6667"
    for name in ("汇总.xlsx", "文登.xlsx"):
        assert found(tiexi, "verify", name)["consistent"], ok(tiexi, "verify", name)
        assert found(tiexi, "reconcile", name)["same"]
    book = openpyxl.load_workbook(tmp_path / "文登.xlsx")
    assert book.sheetnames == ["明细表", "未通过", "提示", "数据", "说明"]
    said = {row[0].value: row[1].value for row in book["说明"].iter_rows(min_row=1, max_col=2)}
    assert "报送.xlsx" in said["资金总量 特色险中央"] and said["分配系数 第二类来源"] == "没有录入，按 1"
    for sheet, row, column, value in (
        ("明细表", 6, 11, 1),
        ("数据", 3, 17, 5),
        ("说明", 5, 2, "x"),
        ("未通过", 5, 3, "x"),
    ):
        book = openpyxl.load_workbook(tmp_path / "文登.xlsx")
        book[sheet].cell(row, column).value = value
        book.save(tmp_path / "改.xlsx")
        assert tiexi("reconcile", "改.xlsx")[0] == 1, (sheet, row, column)


def test_every_product_is_explained_and_every_row_traced(tiexi: Run, tmp_path: Path) -> None:
    run = taken_and_reviewed(tiexi, tmp_path)
    for product in world()["特色险种"]:
        explained = found(tiexi, "explain", "--product", product["险种编号"], "--year", "2023")
        text = json.dumps(explained, ensure_ascii=False)
        assert "{" not in explained["conclusion"] and "None" not in text, text
        assert any("报送.xlsx" in step["text"] for step in explained["steps"] if step["part"] == "来源")
    said = ok(tiexi, "explain", "--product", "D09", "--year", "2023")
    assert "由险种 C1 享受" in said and "A_OBJECT" in said
    assert tiexi("explain", "--product", "无", "--year", "2023")[0] == 1
    traced = found(tiexi, "trace", "报送.xlsx")
    assert traced["runs"][0]["run"] == run["run"]


@pytest.mark.sqlite_only
def test_the_totals_in_words(tiexi: Run, tmp_path: Path) -> None:
    said = taken_and_reviewed(tiexi, tmp_path, as_words=True)["said"]
    assert "险种 20 个" in said and "中央奖补资金剩余 0.00 万元" in said
    assert all(code in said for code in EVERY) and "只停省级奖补" in said and "待核实" in said
    assert "特色农产品保险" in ok(tiexi, "status", "1")


@pytest.mark.sqlite_only
@pytest.mark.parametrize(("year", "said"), [("2022", "可审核的年度为 2023、2024"), ("2025", "有效期至 2024-12-31")])
def test_a_year_that_the_document_does_not_know(tiexi: Run, year: str, said: str) -> None:
    code, told = tiexi("farm", year)
    assert code == 1 and said in told
