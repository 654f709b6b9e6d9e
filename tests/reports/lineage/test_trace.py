"""Where every row of an uploaded file ended: every row once, sums to the fen, and the annex row that really holds it."""

import csv
import json
import tempfile
from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

import worlds
from databases import address, set_up
from examples import some
from ledger import lifecycle
from ledger.database import db
from ledger.errors import Refused
from ledger.intake import void
from ledger.intake.importer import import_file
from ledger.intake.sheets import BY_NAME
from ledger.programmes import PROGRAMMES
from ledger.runs import settlement
from product import lines_of
from reports.lineage import trace
from reports.lineage.trace import CLAIMED, COUNTED, NOT_USED, OUTCOMES, REFUSED, Trace
from reports.lineage.uploaded import find_file
from reports.tech_branch import annexes
from reports.tech_branch.explain import explain
from samples import BANK, ENTERPRISE, OTHER_USCC, USCC, base, loan, repayment
from sheets import write_sheets
from tiexi.cli import run as command

PROGRAMME = PROGRAMMES["tech_branch"]
AS_OF = date(2024, 1, 31)


def settle(engine: Engine, year: int = 2023, as_of: date = AS_OF) -> settlement.RunRecord:
    return settlement.settle(engine, PROGRAMME, year, as_of, "测试")


def traced(engine: Engine, file: Path | str, run: int | None = None) -> Trace:
    """A file in one run."""
    with db.reading(engine) as connection:
        uploaded = find_file(connection, str(file))
        (chosen,) = trace.runs_of(connection, None, run)
        return trace.trace(connection, trace.rows_of(connection, uploaded), chosen)


def outcomes(found: Trace, sheet: str) -> list[tuple[str, str]]:
    """(outcome, where) of a sheet's rows in order."""
    return [(row.outcome, row.where) for row in found.sheets().get(sheet, [])]


def check(found: Trace, rows: dict[str, int]) -> None:
    """Every row of the file stands once, and counts and sums reconcile."""
    assert {name: len(part) for name, part in found.sheets().items()} == rows
    for part in found.sheets().values():
        counts, sums = trace.counts(part), trace.sums(part)
        assert counts["rows"] == len(part) == sum(counts[outcome] for outcome in OUTCOMES)
        assert len({row.row.number for row in part}) == len(part)
        if sums:
            assert sums["all"] == sum(sums[outcome] for outcome in OUTCOMES)


# --- properties ---------------------------------------------------------------------------------------------------------


@settings(max_examples=some(25))
@given(data=st.data())
def test_every_row_ends_once_and_the_loans_are_the_lines(data: st.DataObject) -> None:
    year, sheets = data.draw(worlds.years_and_worlds())
    as_of = data.draw(worlds.as_of_dates(year))
    with tempfile.TemporaryDirectory() as folder:
        engine = set_up(Path(folder), sheets)
        try:
            run = settle(engine, year, as_of)
        except Refused:
            return
        found = traced(engine, Path(folder) / "报送.xlsx")
        lines = {(line["bank"], line["note_no"]): line for line in lines_of(engine, run)}
        engine.dispose()
    check(found, {name: len(rows) for name, rows in sheets.items() if rows})
    loans = found.sheets().get("贷款", [])
    judged = [row for row in loans if row.outcome in (COUNTED, REFUSED)]
    assert len(judged) == len(lines)
    for row in judged:
        line = lines[row.row.fact["bank"], row.row.fact["note_no"]]
        assert row.outcome == (COUNTED if line["interest_base_fen"] or line["bonus_base_fen"] else REFUSED)
        assert row.codes == ";".join(line["reasons"])
        assert (row.paid("interest"), row.paid("bonus")) == (line["interest_fen"], line["bonus_fen"])
    totals = trace.paid(loans)
    assert totals["interest"] == run.summary["interest_fen"] and totals["bonus"] == run.summary["bonus_fen"]


def test_the_annex_rows_named_hold_the_loans(tmp_path: Path) -> None:
    """附件1 and 附件2 as written: in the row named stand the loan's enterprise and amount."""
    engine = set_up(tmp_path, worlds.random_world(7, 150, 2024))
    run = settle(engine, 2024, date(2025, 2, 1))
    found = traced(engine, tmp_path / "报送.xlsx")
    books: dict[str, Any] = {}
    with db.reading(engine) as connection:
        annexes.annex2(connection, run, tmp_path / "2.xlsx")
        books["附件2"] = openpyxl.load_workbook(tmp_path / "2.xlsx")["附件2"]
        for county in annexes.annex1_counties(connection, run):
            annexes.annex1(connection, run, county, tmp_path / "1.xlsx")
            books[f"附件1（{county}）"] = openpyxl.load_workbook(tmp_path / "1.xlsx")["附件1"]
    engine.dispose()
    seen = Counter[str]()
    for row in found.sheets()["贷款"]:
        if row.outcome == COUNTED:
            for place in row.where.split("：", 1)[1].split("、"):
                book, _, number = place.partition("第 ")
                book = book.strip()
                if book in books:
                    offset = 1 if book == "附件2" else 0
                    cells = [cell.value for cell in books[book][int(number.split()[0])]]
                    assert cells[offset].partition("\u3000")[2] == row.row.fact["bank"]  # after its number
                    assert cells[2 + offset] == pytest.approx(row.row.fact["amount_fen"] / 10**6, abs=0)
                    seen[book] += 1
    assert len(seen) > 5 and seen["附件2"] > 20


# --- one row after the other --------------------------------------------------------------------------------------------


def test_where_each_kind_of_row_ends(tmp_path: Path, take: Callable[..., Any], engine: Engine) -> None:
    sheets = base(
        loan("A"), loan("B", **{"年利率(%)": 9}), loan("C"), loan("D", 发放日=date(2024, 1, 5), 到期日=date(2025, 3, 1)),
        还款=[
            repayment("A", date(2023, 9, 1), 100), repayment("A", date(2024, 1, 10), 1), repayment("B", date(2023, 9, 1), 1),
            repayment("C", date(2023, 9, 1), 1000), repayment("A", date(2024, 3, 1), 1),
        ],
        年末余额=[{"年度": year, "银行名称": BANK, "借据编号": "A", "年末余额(万元)": 900} for year in (2024, 2023)],
        年限豁免=[{"统一社会信用代码": USCC, "年度": 2023, "批准文号": "样例"}],
        预算=[{"年度": 2023, "范围": scope, "金额(万元)": 99} for scope in ("全市", "文登区")],
    )  # fmt: skip
    sheets["企业"].append({**ENTERPRISE, "统一社会信用代码": OTHER_USCC, "企业名称": "威海样例乙公司"})
    sheets["资质"].append({**sheets["资质"][0], "资质类别": "科技领军企业"})
    sheets["资质"].append({**sheets["资质"][0], "统一社会信用代码": OTHER_USCC})
    take(sheets)
    settle(engine)
    found = traced(engine, tmp_path / "报送1.xlsx")
    check(found, {name: len(rows) for name, rows in sheets.items()})
    assert outcomes(found, "贷款") == [
        (COUNTED, f"{BANK} 借据 A：附件1（环翠区）第 5 行、附件2 第 6 行、明细第 1 笔"),
        (REFUSED, f"{BANK} 借据 B：明细第 2 笔"),
        (NOT_USED, "贷款年末没有余额（2023-09-01 结清）"),
        (NOT_USED, "发放日在年末之后（2024-01-05 发放）"),
    ]
    assert [outcome for outcome, _ in outcomes(found, "还款")] == [COUNTED, NOT_USED, REFUSED, NOT_USED, NOT_USED]
    assert [why for outcome, why in outcomes(found, "还款") if outcome == NOT_USED] == [
        "年末以后的还款，未结清贷款，不影响本年度", "贷款年末没有余额（2023-09-01 结清）", "还款日在截止日之后",
    ]  # fmt: skip
    assert outcomes(found, "企业") == [
        (COUNTED, "2 笔以此为依据，计入 1 笔，未通过 1 笔"), (NOT_USED, "企业本年度没有贷款列入结算"),
    ]  # fmt: skip
    assert [where for _, where in outcomes(found, "资质")] == [
        "2 笔以此为依据，计入 1 笔，未通过 1 笔", "没有贷款以这项资质为依据", "企业本年度没有贷款列入结算",
    ]  # fmt: skip
    assert outcomes(found, "年末余额")[0] == (NOT_USED, "不是本年度")
    assert outcomes(found, "年末余额")[1][0] == COUNTED
    assert outcomes(found, "年限豁免") == [(NOT_USED, "享受年限未满，没有用到豁免")]
    assert [outcome for outcome, _ in outcomes(found, "预算")] == [COUNTED, NOT_USED]
    sums = trace.sums(found.sheets()["贷款"])
    assert sums == {
        "all": 4_000_000_000,
        **dict.fromkeys(OUTCOMES, 0),
        COUNTED: 10**9,
        REFUSED: 10**9,
        NOT_USED: 2 * 10**9,
    }


def test_amended_withdrawn_and_late_rows(
    engine: Engine, take: Callable[..., Any], tmp_path: Path, set_today: Callable[[date], None]
) -> None:
    set_today(date(2024, 2, 1))
    take(base(loan("A"), loan("B"), loan("C")))
    take({"贷款": [loan("A", 担保方式="保证")]}, amend_reason="担保方式有误")
    void.void(engine, BY_NAME["贷款"], [BANK, "B"], "重复录入", "测试")
    set_today(date(2024, 2, 2))
    settle(engine)
    set_today(date(2024, 2, 3))
    take({"贷款": [loan("C", 担保方式="保证"), loan("D")]}, amend_reason="担保方式有误")
    first, second, third = (traced(engine, tmp_path / f"报送{number}.xlsx") for number in (1, 2, 3))
    assert [outcome for outcome, _ in outcomes(first, "贷款")] == [NOT_USED, NOT_USED, COUNTED]
    assert "已被更正" in outcomes(first, "贷款")[0][1] and "担保方式有误" in outcomes(first, "贷款")[0][1]
    assert "已撤回" in outcomes(first, "贷款")[1][1] and "重复录入" in outcomes(first, "贷款")[1][1]
    assert [outcome for outcome, _ in outcomes(second, "贷款")] == [COUNTED]
    assert [why[:7] for _, why in outcomes(third, "贷款")] == ["试算之后才入库", "试算之后才入库"]


def test_rows_said_before_are_traced_by_the_file_itself(
    engine: Engine, take: Callable[..., Any], tmp_path: Path
) -> None:
    take(base(loan("A")))
    take(base(loan("A"), loan("B")))
    settle(engine)
    by_file, by_name = traced(engine, tmp_path / "报送2.xlsx"), traced(engine, "报送2.xlsx")
    check(by_file, {"企业": 1, "资质": 1, "合作银行": 1, "贷款": 2})
    check(by_name, {"贷款": 1})
    repeated = [row for row in by_file.rows if row.row.repeated]
    assert [(row.row.sheet.name, row.row.number, row.row.fact["file_name"]) for row in repeated] == [
        (name, 2, "报送1.xlsx") for name in ("企业", "资质", "合作银行", "贷款")
    ]
    assert {row.outcome for row in by_file.rows} == {COUNTED}


def test_a_row_that_only_a_claim_rests_on(engine: Engine, take: Callable[..., Any], tmp_path: Path) -> None:
    take(base(loan("A", 到期日=date(2025, 7, 3))))
    lifecycle.approve(engine, settle(engine).id, "审核人", "样例文号", solo=True)
    take({"还款": [repayment("A", date(2024, 5, 6), 1000)]})
    run = settle(engine, 2024, AS_OF.replace(year=2025))
    later = traced(engine, tmp_path / "报送2.xlsx", run.id)
    assert outcomes(later, "还款") == [(CLAIMED, "追缴 1 条以此为依据，贴息 10.00 万元、奖补 6.00 万元")]
    assert outcomes(traced(engine, tmp_path / "报送1.xlsx", run.id), "贷款") == [
        (CLAIMED, "追缴 1 条以此为依据，贴息 10.00 万元、奖补 6.00 万元")
    ]


def test_working_days_and_rates(engine: Engine, take: Callable[..., Any], tmp_path: Path) -> None:
    take(
        base(
            工作日历=[{"日期": date(2023, 7, day), "类型": "上班"} for day in (4, 20)],
            LPR=[{"公布日期": date(2023, 6, 19), "一年期LPR(%)": 3.6}, {"公布日期": date(2023, 6, 22), "一年期LPR(%)": 3.6}],
            年度比例=[{"年度": year, "补助项目": "贴息", "比例(%)": 0.9} for year in (2023, 2024)],
            奖补比例=[{"年度": 2023, "银行名称": BANK, "奖补比例(%)": 0.5}],
            取消资格=[{"主体": OTHER_USCC.lower(), "取消日": date(2023, 5, 5), "批准文号": "样例"}],
        )
        | {"企业": [ENTERPRISE, {**ENTERPRISE, "统一社会信用代码": OTHER_USCC, "企业名称": "威海样例乙公司"}]}
    )  # fmt: skip
    settle(engine)
    found = traced(engine, tmp_path / "报送1.xlsx")
    assert {name: [outcome for outcome, _ in outcomes(found, name)] for name in found.sheets()} == {
        "企业": [COUNTED, NOT_USED], "资质": [COUNTED], "合作银行": [COUNTED], "贷款": [COUNTED],
        "工作日历": [COUNTED, NOT_USED], "LPR": [NOT_USED, COUNTED], "年度比例": [COUNTED, NOT_USED], "奖补比例": [COUNTED],
        "取消资格": [NOT_USED],
    }  # fmt: skip


def test_a_review_is_traced_too(engine: Engine, take: Callable[..., Any], tmp_path: Path) -> None:
    project = {"项目编号": "K1", "项目名称": "样例", "统一社会信用代码": USCC, "入库日": date(2023, 3, 1)}
    policy = {
        "保险公司": "样例财险", "保单号": "P1", "统一社会信用代码": USCC, "项目编号": "K1", "险种": "研发设备损失保险",
        "保险起期": date(2023, 6, 1), "保险止期": date(2024, 5, 31), "缴费日": date(2023, 5, 30), "实缴保费(万元)": 10,
    }  # fmt: skip
    own = loan("K", 业务品种="卡脖子攻关贷", 项目编号="K1", **{"年利率(%)": 3.5})
    take(
        base(own, loan("A"), 项目库=[project], 保单=[policy, {**policy, "保单号": "P2", "险种": "财产险"}],
             还款=[repayment("K", date(2023, 9, 1), 400), repayment("A", date(2023, 9, 1), 1)])
    )  # fmt: skip
    run = settlement.settle(engine, PROGRAMMES["chokepoint"], 2023, None, "测试")
    found = traced(engine, tmp_path / "报送1.xlsx")
    by_note = {row.row.fact["note_no"]: row for row in found.sheets()["贷款"]}
    assert by_note["K"].outcome == COUNTED and by_note["K"].paid("subsidy") == run.summary["subsidy_fen"] > 0
    assert by_note["A"].where == "业务品种为科技支行贷款，不属于本办法"
    assert [outcome for outcome, _ in outcomes(found, "保单")] == [COUNTED, REFUSED]
    assert [outcome for outcome, _ in outcomes(found, "还款")] == [COUNTED, NOT_USED]
    assert [outcome for outcome, _ in outcomes(found, "项目库")] == [COUNTED]
    assert outcomes(found, "合作银行") == [(NOT_USED, "本办法不涉及这张表")]


def test_explain_names_the_rows_behind_a_line(engine: Engine, take: Callable[..., Any]) -> None:
    take(
        base(
            还款=[repayment("A", date(2023, 9, 1), 1), repayment("A", date(2023, 10, 9), 1), repayment("A", date(2024, 3, 1), 1)],
            年末余额=[{"年度": 2023, "银行名称": BANK, "借据编号": "A", "年末余额(万元)": 998}],
            上传豁免=[{"银行名称": BANK, "借据编号": "A", "业务日": date(2023, 9, 1), "批准文号": "样例"}],
            展期=[{"银行名称": BANK, "借据编号": "A", "展期日": date(2023, 12, 1), "新到期日": date(2025, 1, 1),
                  "资料上传日": date(2023, 12, 1)}],
        )
    )  # fmt: skip
    run = settle(engine)
    take({"还款": [repayment("A", date(2023, 11, 1), 1)]})
    with db.reading(engine) as connection:
        steps = explain(connection, run, BANK, "A").points
    named = {step.title: step.text.split("，")[0] for step in steps if step.part == "来源"}
    assert named["还款"] == "报送1.xlsx 表「还款」第 2、3 行"
    assert named["年末余额"] == "报送1.xlsx 表「年末余额」第 2 行"
    assert named["展期"] == "报送1.xlsx 表「展期」第 2 行"
    assert named["上传豁免"] == "报送1.xlsx 表「上传豁免」第 2 行"
    assert "年限豁免" not in named


# --- the command --------------------------------------------------------------------------------------------------------


@pytest.fixture
def tiexi(engine: Engine, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    def run(*arguments: str) -> tuple[int, str, str]:
        code = command(["--database", address(engine), "trace", *arguments])
        return code, *capsys.readouterr()

    return run


def test_the_command(engine: Engine, take: Callable[..., Any], tmp_path: Path, tiexi: Callable[..., Any]) -> None:
    take(base(loan("A"), loan("B", **{"年利率(%)": 9})))
    file = str(tmp_path / "报送1.xlsx")
    code, _, err = tiexi(file)  # no run yet
    assert code == 1 and "还没有试算" in err and "文件各格与库中一致" in err
    settle(engine)
    settle(engine)
    code, out, _ = tiexi(file, "-o", str(tmp_path / "去向.csv"))
    assert code == 0 and "R_RATE 利率上限" in out and "第 2 号运行" in out
    with (tmp_path / "去向.csv").open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [(row["sheet"], row["row"], row["outcome"]) for row in rows] == [
        ("企业", "2", COUNTED), ("资质", "2", COUNTED), ("合作银行", "2", COUNTED), ("贷款", "2", COUNTED), ("贷款", "3", REFUSED),
    ]  # fmt: skip
    assert rows[-2]["interest_fen"] == "10000000" and "附件1（环翠区）第 5 行" in rows[-2]["where"]
    code, out, _ = tiexi("报送1.xlsx", "--json", "--run", "1")
    (run,) = json.loads(out)["runs"]
    assert code == 0 and (run["run"], run["rows"], run[COUNTED], run[REFUSED], run[NOT_USED]) == (1, 5, 4, 1, 0)
    loans = next(sheet for sheet in run["sheets"] if sheet["sheet"] == "贷款")
    assert loans["amount_fen"] == {"all": 2 * 10**9, COUNTED: 10**9, REFUSED: 10**9, CLAIMED: 0, NOT_USED: 0}
    assert (loans["interest_fen"], loans["reasons"]) == (10**7, [{"outcome": REFUSED, "reason": "R_RATE", "rows": 1}])


def test_refused_and_wrong_usage(
    engine: Engine, take: Callable[..., Any], tmp_path: Path, tiexi: Callable[..., Any]
) -> None:
    take(base())
    settle(engine)
    foreign = write_sheets(tmp_path / "别的.xlsx", base(loan("Z")))
    for arguments in ((str(foreign),), ("没有这个文件.xlsx",), ("报送1.xlsx", "--year", "2025"), ("报送1.xlsx", "--run", "9"),
                      ("报送1.xlsx", "--run", "1", "--year", "2024")):  # fmt: skip
        code, out, err = tiexi(*arguments)
        assert code == 1 and out == "" and err.startswith("拒绝：")
    for wrong in ((), (str(tmp_path),), ("报送1.xlsx", "--year", "某年")):
        assert tiexi(*wrong)[0] == 2
    other = tmp_path / "另一处"
    other.mkdir()
    same_name = write_sheets(other / "报送1.xlsx", base(loan("B")))
    assert not import_file(engine, same_name, "测试").refused
    code, _, err = tiexi("报送1.xlsx")
    assert code == 1 and "导入过 2 个" in err
    digest = import_file(engine, same_name, "测试").sha256
    assert tiexi(digest[:12])[0] == tiexi(str(same_name))[0] == 0


# --- what a run saw -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("before", [True, False])
def test_a_withdrawal_is_before_or_after_a_run_whatever_the_clock_says(
    tmp_path: Path, set_today: Callable[[date], None], before: bool
) -> None:
    """A clock may be set back between the two; the order in which they were written down stays."""
    set_today(date(2024, 3, 2))
    sheets = base(还款=[repayment("A", date(2023, 12, 1), 100)])
    engine = set_up(tmp_path, sheets)

    def withdraw() -> None:
        void.void(engine, BY_NAME["还款"], [BANK, "A", date(2023, 12, 1)], "录错", "测试")

    if before:
        withdraw()
        set_today(date(2024, 3, 1))
        run = settle(engine)
    else:
        run = settle(engine)
        set_today(date(2024, 3, 1))
        withdraw()
    assert [line["balance_fen"] for line in lines_of(engine, run)] == [(1000 if before else 900) * 1_000_000]
    (row,) = traced(engine, tmp_path / "报送.xlsx").sheets()["还款"]
    assert (row.outcome == NOT_USED and "已撤回" in row.where) == before
    engine.dispose()
