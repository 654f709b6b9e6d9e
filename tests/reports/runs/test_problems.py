"""`export problems`: every line that got nothing or less, why and what would cure it; warnings on a sheet of their own."""

import csv
import io
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlalchemy import Engine

import lives
from ledger.database import db
from ledger.programmes import PROGRAMMES
from ledger.runs import settlement
from lives import ONE, TWO
from reports.programmes import REPORTS
from reports.runs import run_lines
from reports.tech_branch.lines import lines_csv
from samples import GRANT, INVESTMENT, POLICY, PROJECT, base, loan
from tiexi import cli
from worlds import GENERATORS, random_world


@pytest.fixture
def opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Any]:
    def at(stage: str) -> Any:
        engine = lives.at_stage(tmp_path, stage)
        monkeypatch.setenv("TIEXI_DATABASE_URL", f"sqlite:///{tmp_path / 'tiexi.db'}")
        return engine

    return at


def exported(folder: Path, *options: str, year: int = 2023) -> dict[str, list[dict[str, Any]]]:
    """The sheets 数据 and 提示 of the export, as rows by header."""
    path = folder / "问题.xlsx"
    assert cli.run(["export", "problems", str(year), *options, "-o", str(path)]) == 0
    book = openpyxl.load_workbook(path, data_only=True)
    assert book.sheetnames == ["问题清单", "提示", "数据", "说明"]
    found = {}
    for name, first in (("数据", 1), ("提示", 4)):
        header, *rows = book[name].iter_rows(min_row=first, values_only=True)
        found[name] = [dict(zip(header, row, strict=True)) for row in rows]
    return found


def fen(value: Any) -> int:
    return int((Decimal(str(value)) * 1_000_000).to_integral_value())


def half_up(value: Decimal) -> int:
    return int(value.quantize(Decimal(1), "ROUND_HALF_UP"))


def test_it_lists_exactly_the_lines_with_nothing_or_less(opened: Any, tmp_path: Path) -> None:
    """Reckoned anew from the lines as other programs read them: balance, months and rate alone."""
    engine = opened("trial")
    with db.reading(engine) as connection:
        text = "".join(lines_csv(connection, 1)).lstrip("\ufeff")
    engine.dispose()
    expected = {}
    for row in csv.DictReader(io.StringIO(text)):
        balance, months = Decimal(row["balance_fen"]), int(row["months"])
        interest = half_up(balance * Decimal("0.9") / 100 * months / 12)  # the year's own rate
        new = row["disbursed_on"].startswith("2023")
        bonus = half_up(balance * Decimal(row["bonus_rate_percent"]) / 100) if new else 0
        got = int(row["interest_fen"]) + int(row["bonus_fen"])
        less = int(row["interest_fen"]) < interest or int(row["bonus_fen"]) < bonus
        if row["reasons"] or less or not got:
            codes = [code for code in row["reasons"].split(";") if code]
            expected[f"{row['bank']} {row['note_no']}"] = (interest + bonus, got, codes)
    found: dict[str, Any] = {}
    for row in exported(tmp_path)["数据"]:
        entry = found.setdefault(row["银行（机构）与编号"], (fen(row["本应得"]), fen(row["实得"]), []))
        if row["代码"]:
            entry[2].append(row["代码"])
    assert found == expected and len(found) > 2


def test_each_code_has_its_article_its_figures_and_the_cure(opened: Any, tmp_path: Path) -> None:
    opened("trial").dispose()
    rows = [row for row in exported(tmp_path)["数据"] if row["银行（机构）与编号"] == f"{TWO} C2"]
    (row,) = (row for row in rows if row["代码"] == "R_RATE")
    assert (row["条款"], row["条件"], row["只影响"]) == ("第五条", "利率上限", "")
    assert row["情况"].startswith("年利率 9.00%，上限为 LPR ")
    assert row["怎么办"] == "核对利率、发放日和 LPR 三个数；录错的更正。"
    budget = [row for row in exported(tmp_path)["数据"] if row["条件"] == "全市预算"]
    assert budget and all(row["代码"] == "" and row["条款"] == "第六条" for row in budget)
    assert all("全市预算 45.00 万元" in row["情况"] and "调整为" in row["情况"] for row in budget)


def test_of_one_county_or_one_bank(opened: Any, tmp_path: Path, capsys: Any) -> None:
    engine = opened("trial")
    change = {"原名称": TWO, "变更日": "2024-01-01", "类别": "更名", "现名称": "改名二行", "批准文号": "函1号"}
    lives.take(engine, tmp_path, {"银行变更": [change]})
    lives.settle(engine)
    engine.dispose()
    whole = exported(tmp_path)["数据"]
    assert {row["区市"] for row in exported(tmp_path, "--county", "高区")["数据"]} == {"高区"}
    of_two = [row for row in whole if row["银行（机构）与编号"].startswith("改名二行 ")]
    assert (
        of_two
        and exported(tmp_path, "--bank", TWO)["数据"] == exported(tmp_path, "--bank", "改名二行")["数据"] == of_two
    )
    assert cli.run(["export", "problems", "2023", "--bank", "没有的银行", "-o", str(tmp_path / "x.xlsx")]) == 1
    assert "没有银行「没有的银行」" in capsys.readouterr().err
    assert not (tmp_path / "x.xlsx").exists()


def test_warnings_stand_on_a_sheet_of_their_own(opened: Any, tmp_path: Path) -> None:
    engine = opened("filed")
    lives.settle(engine, 2023, date(2024, 12, 1))  # loans past their due date
    engine.dispose()
    warned = exported(tmp_path)["提示"]
    assert warned and {row["代码"] for row in warned} == {"P_OVERDUE", "P_UNREPORTED"}
    of_bank = exported(tmp_path, "--bank", ONE)["提示"]
    assert of_bank and {row["银行"] for row in of_bank} == {ONE} and len(of_bank) < len(warned)
    counties = exported(tmp_path, "--county", "高区")["提示"]
    assert 0 < len(counties) < len(warned)


def test_a_capped_loan_says_who_used_the_cap(engine: Any, take: Any, tmp_path: Path) -> None:
    loans = [
        loan("A", 发放日=date(2023, 4, 10), 资料上传日=date(2023, 4, 11), 到期日=date(2024, 4, 10), **{"贷款金额(万元)": 2000}),
        loan("B", **{"贷款金额(万元)": 1500}),
        loan("C", 发放日=date(2023, 9, 1), 资料上传日=date(2023, 9, 1), 到期日=date(2024, 9, 1)),
    ]  # fmt: skip
    take(base(*loans))
    run = settlement.settle(engine, PROGRAMMES["tech_branch"], 2023, date(2024, 1, 31), "测试")
    with db.reading(engine) as connection:
        found = {one.who.split()[-1]: one for one in REPORTS["tech_branch"].problems(connection, run)}
    assert list(found) == ["B", "C"]
    (cap,) = found["B"].why
    assert (cap.code, cap.article, cap.takes) == ("", "第五条", "贴息")
    assert "轮到本笔之前已用 2,000.00 万元，贴息基数只有 1,000.00 万元" in cap.text
    assert (found["B"].full, found["B"].got) == (24_000_000, 19_000_000)
    assert [(one.code, one.takes) for one in found["C"].why] == [("R_CAP", "贴息")]


def test_a_review_lists_all_its_kinds(engine: Any, take: Any) -> None:
    secured = loan("A", 业务品种="卡脖子攻关贷", 担保方式="抵押", 项目编号="P1", **{"年利率(%)": "3.5"})
    big = loan("B", 业务品种="卡脖子攻关贷", 项目编号="P1", **{"年利率(%)": "3.5", "贷款金额(万元)": 2500})
    policies = [{**POLICY, "实缴保费(万元)": 30}, {**POLICY, "保单号": "B2", "实缴保费(万元)": 30}]
    take(
        base(secured, big, 项目库=[PROJECT], 保单=policies, 研发补助=[GRANT], 股权投资=[INVESTMENT])
    )  # fmt: skip
    run = settlement.settle(engine, PROGRAMMES["chokepoint"], 2023, None, "测试")
    with db.reading(engine) as connection:
        found = {(one.kind, one.who): one for one in REPORTS["chokepoint"].problems(connection, run)}
    assert [why.code for why in found["贷款", "样例银行 A"].why] == ["C_UNSECURED"]
    (quota,) = found["贷款", "样例银行 B"].why
    assert quota.title == "备案额度" and found["贷款", "样例银行 B"].full == 15_000_000
    assert found["贷款", "样例银行 B"].got == 12_000_000
    capped = [found["保单", f"样例财险 {number}"] for number in ("B1", "B2")]
    assert [(one.full, one.got) for one in capped] == [(15_000_000, 10_000_000)] * 2
    assert {kind for kind, _ in found} == {"贷款", "保单"}


@pytest.mark.parametrize("key", PROGRAMMES)
@pytest.mark.parametrize("seed", [11, 12])
def test_whatever_the_document_each_line_with_a_code_or_nothing_is_told_in_full(
    key: str, seed: int, engine: Engine, take: Any
) -> None:
    """Random worlds: the same lines, the same codes, with figures, article and cure, and never more than the line has."""
    year = GENERATORS[key].YEARS[0]
    take(random_world(seed, 30, year, key))
    run = settlement.settle(engine, PROGRAMMES[key], year, None, "测试")
    with db.reading(engine) as connection:
        found = list(REPORTS[key].problems(connection, run))
        expected = {
            (lines.name, " ".join(str(row[name]) for name in lines.identity)): (row["reasons"] or "").split(";")
            for lines in REPORTS[key].lines
            if not lines.claims
            for row in run_lines.read(connection, lines, run.id)
            if row["reasons"] or not any(row[name] for name in lines.gives)
        }
    told = {(one.kind, one.who): [why.code for why in one.why if why.code] for one in found}
    assert {line: [code for code in codes if code] for line, codes in expected.items()} == {
        line: codes for line, codes in told.items() if line in expected
    }
    assert expected
    for one in found:
        assert one.full is None or one.got <= one.full
        for why in one.why:
            assert why.article and why.title and why.cure.endswith("。") and "`" not in why.cure
            assert why.text and "{" not in why.text


@pytest.mark.parametrize("key", ["farm_insurance", "export_credit"])
def test_a_document_without_banks_has_none_of_a_bank(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], key: str
) -> None:
    monkeypatch.setenv("TIEXI_DATABASE_URL", f"sqlite:///{tmp_path / 'tiexi.db'}")
    assert cli.run(["init"]) == 0 and cli.run([PROGRAMMES[key].command, "2023"]) == 0
    asked = ["export", "problems", "2023", "--programme", PROGRAMMES[key].name, "-o", str(tmp_path / "x.xlsx")]
    assert cli.run([*asked, "--bank", ONE]) == 1
    assert "不经银行" in capsys.readouterr().err
    assert cli.run(asked) == 0


@pytest.mark.parametrize(("year", "why"), [(2027, "有效期至 2027-10-10"), (2022, "自 2023-03-01 起执行")])
def test_a_year_that_cannot_be_settled_is_not_told_to_be(
    opened: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str], year: int, why: str
) -> None:
    opened("filed").dispose()
    assert cli.run(["export", "problems", str(year), "-o", str(tmp_path / "x.xlsx")]) == 1
    said = capsys.readouterr().err
    assert why in said and "请先运行" not in said
