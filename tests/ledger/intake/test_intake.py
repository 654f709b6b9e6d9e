"""Files in: what is taken, what is refused and with which words, versions, repetition, withdrawal."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func, select

import samples
from ledger import lifecycle, models
from ledger.database import db
from ledger.errors import Refused
from ledger.intake import void
from ledger.intake.importer import import_file
from ledger.intake.sheets import BY_NAME
from ledger.programmes import PROGRAMMES
from ledger.runs import settlement
from ledger.workdays import today
from samples import (
    BANK,
    ENTERPRISE,
    GRANT,
    INVESTMENT,
    OTHER_USCC,
    PARTNER,
    POLICY,
    PROJECT,
    QUALIFICATION,
    USCC,
    base,
    loan,
    repayment,
)

Take = Callable[..., Any]


def problems(outcome: Any) -> list[tuple[str, int | None, str, str]]:
    return [(finding.sheet, finding.row, finding.column, finding.problem) for finding in outcome.findings]


def count(engine: Engine, model: Any, in_force: bool = True) -> int:
    with db.reading(engine) as connection:
        query = select(func.count()).select_from(model)
        return int(connection.execute(query.where(model.retired_by.is_(None)) if in_force else query).scalar_one())


def withdraw(engine: Engine, sheet: str, *key: str) -> str:
    return void.void(engine, BY_NAME[sheet], void.read_key(BY_NAME[sheet], key), "录入有误", "测试")


def test_one_workbook_can_hold_everything(take: Take, engine: Engine) -> None:
    outcome = take(
        base(
            loan(项目编号="P1"),
            loan("B"),
            还款=[repayment("A", date(2023, 9, 21), 0, **{"付息金额(万元)": 10})],
            展期=[{"银行名称": BANK, "借据编号": "A", "展期日": date(2024, 6, 1), "新到期日": date(2024, 12, 1)}],
            年末余额=[{"年度": 2023, "银行名称": BANK, "借据编号": "A", "年末余额(万元)": 0}],
            历史享受年限=[{"统一社会信用代码": USCC, "截至年度": 2022, "已享受年限": 0}],
            年限豁免=[{"统一社会信用代码": USCC, "年度": 2023, "批准文号": "样例1号"}],
            上传豁免=[{"银行名称": BANK, "借据编号": "A", "业务日": date(2023, 9, 21), "批准文号": "样例2号"}],
            撤销=[{"银行名称": BANK, "借据编号": "B", "认定日": date(2024, 1, 1), "认定文号": "样例3号", "事由": "样例"}],
            取消资格=[{"主体": BANK, "取消日": date(2026, 1, 1), "批准文号": "样例4号"}],
            年度比例=[{"年度": 2023, "补助项目": "保费补贴", "比例(%)": 50}],
            奖补比例=[{"年度": 2023, "银行名称": BANK, "奖补比例(%)": 0}],
            预算=[{"年度": 2023, "范围": "威海火炬高技术产业开发区", "金额(万元)": 0}],
            工作日历=[{"日期": date(2027, 1, 1), "类型": "放假"}],
            LPR=[{"公布日期": date(2026, 9, 21), "一年期LPR(%)": 3}],
            银行变更=[{"原名称": BANK, "变更日": date(2026, 1, 1), "类别": "更名", "现名称": "样例新银行", "批准文号": "样例5号"}],
            异议=[{"年度": 2023, "统一社会信用代码": USCC, "收到日": date(2024, 2, 5), "事项": "贴息月数"}],
            项目库=[PROJECT], 保单=[POLICY], 研发补助=[GRANT], 股权投资=[INVESTMENT], **samples.FARM,
            市场名录=[{"国家地区": "样例国", "市场": "新兴市场", "列入日": date(2023, 1, 1)}],
            信保缴费=[{
                "承保机构": "样例信保", "缴费凭证号": "J1", "国家地区": "样例国", "统一社会信用代码": USCC, "保单号": "X1",
                "险种": "短期出口信用保险", "缴费日": date(2023, 5, 8), "实缴保费(万元)": 10,
            }],
            信保退费=[{
                "承保机构": "样例信保", "退费凭证号": "T1", "国家地区": "样例国", "缴费凭证号": "J1", "退费日": date(2023, 5, 8),
                "退费金额(万元)": 10,
            }],
            信保配套=[{"年度": 2023, "统一社会信用代码": USCC, "配套金额(万元)": 1}],
            资料平台启用=[{"范围": "全市", "启用日": date(2027, 1, 1), "批准文号": "样例文〔2026〕1号"}],
        )
    )  # fmt: skip
    assert set(outcome.taken) == set(BY_NAME)
    assert all(taken.new >= 1 for taken in outcome.taken.values())


def refusals() -> list[Any]:
    """(workbook, sheet, row, column, words of the problem): each alone makes the file be refused."""
    tomorrow = today() + timedelta(1)

    def case(name: str, sheets: dict[str, Any], sheet: str, row: int, column: str, words: str) -> Any:
        return pytest.param(sheets, sheet, row, column, words, id=name)

    def one(name: str, sheet: str, change: dict[str, Any], column: str, words: str, **more: Any) -> Any:
        rows = {"企业": ENTERPRISE, "资质": QUALIFICATION, "合作银行": PARTNER, "贷款": loan(), "项目库": PROJECT, "保单": POLICY,
                "研发补助": GRANT, "股权投资": INVESTMENT}  # fmt: skip
        sheets = base(**more)
        if sheet in ("项目库", "保单", "研发补助", "股权投资"):
            sheets["项目库"] = [PROJECT]
        sheets[sheet] = [{**rows[sheet], **change}]
        if sheet == "企业":
            sheets = {"企业": sheets["企业"]}
        return case(name, sheets, sheet, 2, column, words)

    due = date(2024, 7, 3)
    extension = {"银行名称": BANK, "借据编号": "A", "展期日": date(2024, 6, 1), "新到期日": date(2024, 12, 1)}
    return [
        one("check character", "企业", {"统一社会信用代码": "91371000MA3TX0001E"}, "统一社会信用代码", "校验位"),
        one("17 characters", "企业", {"统一社会信用代码": "91371000MA3TX0001"}, "统一社会信用代码", "17 位"),
        one("unknown county", "企业", {"区市": "烟台市"}, "区市", "区市"),
        one("unknown category", "资质", {"资质类别": "高新企业"}, "资质类别", "高新技术企业"),
        one("unknown enterprise", "资质", {"统一社会信用代码": OTHER_USCC}, "统一社会信用代码", "不在「企业」表"),
        one("qualification ends first", "资质", {"有效期止": date(2022, 10, 31)}, "有效期止", "早于"),
        one("partnership ends first", "合作银行", {"合作终止日": date(2019, 12, 31)}, "合作终止日", "早于"),
        one("end without start", "合作银行", {"合作起始日": None, "合作终止日": date(2025, 1, 1)}, "合作终止日", "没有合作起始日"),
        one("unknown bank", "贷款", {"银行名称": "样列银行"}, "银行名称", "样例银行"),
        one("unknown product", "贷款", {"业务品种": "科技贷款"}, "业务品种", "科技支行贷款"),
        one("unknown guarantee", "贷款", {"担保方式": "无"}, "担保方式", "担保方式"),
        one("unknown project", "贷款", {"项目编号": "P9"}, "项目编号", "项目库"),
        one("amount zero", "贷款", {"贷款金额(万元)": 0}, "贷款金额(万元)", "为 0"),
        one("amount negative", "贷款", {"贷款金额(万元)": -1}, "贷款金额(万元)", "为负"),
        one("seven decimals", "贷款", {"贷款金额(万元)": "1.0000001"}, "贷款金额(万元)", "小数超过 6 位"),
        one("no date", "贷款", {"发放日": "2023-02-30"}, "发放日", "没有这一天"),
        one("due before disbursed", "贷款", {"到期日": date(2023, 7, 2)}, "到期日", "早于发放日"),
        one("disbursed tomorrow", "贷款", {"发放日": tomorrow, "到期日": tomorrow + timedelta(400)}, "发放日", "今天"),
        one("five decimals of a rate", "贷款", {"年利率(%)": "4.00001"}, "年利率(%)", "小数超过 4 位"),
        one("rate negative", "贷款", {"年利率(%)": -1}, "年利率(%)", "为负"),
        one("long number as note", "贷款", {"借据编号": 1234567890123456}, "借据编号", "15 位"),
        one("empty amount", "贷款", {"贷款金额(万元)": None}, "贷款金额(万元)", "不能为空"),
        one("project ends first", "项目库", {"出库日": date(2023, 2, 28)}, "出库日", "早于"),
        one("policy ends first", "保单", {"保险止期": date(2023, 5, 31)}, "保险止期", "早于"),
        one("no premium", "保单", {"实缴保费(万元)": 0}, "实缴保费(万元)", "为 0"),
        one("policy of no project", "保单", {"项目编号": "P9"}, "项目编号", "项目库"),
        one("grant above its ratio", "研发补助", {"批准金额(万元)": "20.000001"}, "批准金额(万元)", "研发投入×补助比例"),
        one("grant above 50", "研发补助", {"研发投入(万元)": 1000, "批准金额(万元)": "50.000001"}, "批准金额(万元)", "上限"),
        one("grant after the library", "研发补助", {"批准日": date(2024, 1, 1)}, "批准日", "不在库"),
        one("factor below", "股权投资", {"认定系数": 1.4999}, "认定系数", "超出范围"),
        one("factor above", "股权投资", {"认定系数": 2.0001}, "认定系数", "超出范围"),
        one("investment before the library", "股权投资", {"投资日": date(2023, 2, 28)}, "投资日", "没有在库"),
        case("repaid too much", base(还款=[repayment("A", due, 1000.000001)]), "还款", 2, "还本金额(万元)", "超过贷款金额"),
        case("repaid before", base(还款=[repayment("A", date(2023, 7, 2), 1)]), "还款", 2, "还款日", "早于发放日"),
        case("repaid tomorrow", base(还款=[repayment("A", tomorrow, 1, 资料上传日=None)]), "还款", 2, "还款日", "今天"),
        case("repaid nothing", base(还款=[repayment("A", due, 0)]), "还款", 2, "还本金额(万元)", "都为 0"),
        case("repaid on no loan", base(还款=[repayment("Z", due, 1)]), "还款", 2, "借据编号", "不在「贷款」表"),
        case("extended late", base(展期=[{**extension, "展期日": date(2024, 7, 4)}]), "展期", 2, "展期日", "晚于当时的到期日"),
        case("extended to the same day", base(展期=[{**extension, "新到期日": due}]), "展期", 2, "新到期日", "没有晚于"),
        case("extended before", base(展期=[{**extension, "展期日": date(2023, 7, 2)}]), "展期", 2, "展期日", "早于发放日"),
        case("extended when paid off", base(还款=[repayment("A", date(2024, 6, 1), 1000)], 展期=[extension]), "展期", 2, "展期日", "结清"),
        case("waiver of nothing", base(上传豁免=[{"银行名称": BANK, "借据编号": "A", "业务日": date(2023, 7, 4), "批准文号": "x"}]),
             "上传豁免", 2, "业务日", "无所指"),
        case("revocation of no loan", base(撤销=[{"银行名称": BANK, "借据编号": "Z", "认定日": due, "认定文号": "x", "事由": "y"}]),
             "撤销", 2, "借据编号", "不在「贷款」表"),
        case("disqualified nobody", base(取消资格=[{"主体": "某银行", "取消日": due, "批准文号": "x"}]), "取消资格", 2, "主体", "不在"),
        case("interest above 1%", base(年度比例=[{"年度": 2023, "补助项目": "贴息", "比例(%)": 1.0001}]), "年度比例", 2, "比例(%)", "超过上限"),
        case("bonus above 0.6%", base(年度比例=[{"年度": 2023, "补助项目": "奖补", "比例(%)": 0.6001}]), "年度比例", 2, "比例(%)", "超过上限"),
        case("risk above 0.6%", base(年度比例=[{"年度": 2023, "补助项目": "风险补助", "比例(%)": 0.61}]), "年度比例", 2, "比例(%)", "超过上限"),
        case("premium above 50%", base(年度比例=[{"年度": 2023, "补助项目": "保费补贴", "比例(%)": 50.01}]), "年度比例", 2, "比例(%)", "超过上限"),
        case("own bonus above", base(奖补比例=[{"年度": 2023, "银行名称": BANK, "奖补比例(%)": 0.61}]), "奖补比例", 2, "奖补比例(%)", "超过上限"),
        case("budget of nowhere", base(预算=[{"年度": 2023, "范围": "市外", "金额(万元)": 1}]), "预算", 2, "范围", "范围"),
        case("the same key twice", base(loan(), loan(担保方式="保证")), "贷款", 3, "借据编号", "与第 2 行重复"),
        case("the same row twice", base(loan(), loan()), "贷款", 3, "借据编号", "与第 2 行重复"),
    ]  # fmt: skip


@pytest.mark.parametrize(("sheets", "sheet", "row", "column", "words"), refusals())
def test_refused(take: Take, engine: Engine, sheets: Any, sheet: str, row: int, column: str, words: str) -> None:
    outcome = take(sheets, refused=True)
    found = problems(outcome)
    assert [place[:3] for place in found] == [(sheet, row, column)], found
    assert words in found[0][3]
    assert count(engine, models.LoanFact) == count(engine, models.EnterpriseFact) == 0


@pytest.mark.parametrize(
    "changes",
    [
        {"到期日": date(2023, 7, 3)},
        {"年利率(%)": 0},
        {"贷款金额(万元)": "0.000001"},
        {"资料上传日": "2023-07-05 14:30"},
        {"合同编号": None},
    ],
)
def test_taken_at_the_edge(take: Take, changes: dict[str, Any]) -> None:
    take(base(loan(**changes)))


def test_interest_after_the_principal_is_back_is_taken(take: Take) -> None:
    back = [repayment("A", date(2024, 6, 1), 1000), repayment("A", date(2024, 6, 5), 0, **{"付息金额(万元)": 1})]
    take(base(还款=back))


def test_extensions_follow_one_another(take: Take) -> None:
    def extended(day: date, due: date) -> dict[str, Any]:
        return {"银行名称": BANK, "借据编号": "A", "展期日": day, "新到期日": due}

    take(base(展期=[extended(date(2024, 11, 30), date(2025, 6, 1)), extended(date(2024, 7, 3), date(2024, 11, 30))]))
    outcome = take({"展期": [extended(date(2025, 6, 2), date(2025, 7, 1))]}, refused=True)
    assert "应不晚于 2025-06-01" in outcome.findings[0].expected


def test_one_bad_row_gives_no_second_finding_elsewhere(take: Take) -> None:
    sheets = base(loan(**{"贷款金额(万元)": "x"}), 还款=[repayment("A", date(2024, 1, 1), 1)])
    sheets["企业"] = [{**ENTERPRISE, "区市": "某区"}]
    assert [place[0] for place in problems(take(sheets, refused=True))] == ["企业", "贷款"]


def test_all_findings_in_one_go_in_the_order_of_the_file(take: Take) -> None:
    outcome = take(base(loan("A", 发放日="x", 担保方式="y"), loan("B", 到期日="z"), loan("C"), loan("C")), refused=True)
    assert [place[:3] for place in problems(outcome)] == [
        ("贷款", 2, "发放日"), ("贷款", 2, "担保方式"), ("贷款", 3, "到期日"), ("贷款", 5, "借据编号"),
    ]  # fmt: skip


def test_a_genuine_code_that_fails_its_check_character(take: Take, engine: Engine) -> None:
    code = "91371000MA3TX0001E"
    take({"企业": [{**ENTERPRISE, "统一社会信用代码": code, "代码核验": "已核验"}]})
    take({"企业": [{**ENTERPRISE, "统一社会信用代码": code}], "资质": [{**QUALIFICATION, "统一社会信用代码": code}]})
    assert count(engine, models.EnterpriseFact) == 1
    take({"企业": [{**ENTERPRISE, "统一社会信用代码": "91371000MA3TX000", "代码核验": "已核验"}]}, refused=True)


# --- the same again, amended, withdrawn ----------------------------------------------------------------------------------


def test_the_same_content_changes_nothing(take: Take, engine: Engine) -> None:
    take(base())
    outcome = take(base(loan(**{"贷款金额(万元)": "1,000.00", "发放日": "2023年7月3日"})))
    assert {sheet: (taken.new, taken.same) for sheet, taken in outcome.taken.items()} == dict.fromkeys(
        ("企业", "资质", "合作银行", "贷款"), (0, 1)
    )
    assert count(engine, models.LoanFact, in_force=False) == 1


def test_the_same_bytes_are_recognised(engine: Engine, take: Take, tmp_path: Path) -> None:
    take(base())
    again = import_file(engine, tmp_path / "报送1.xlsx", "别人")
    assert again.known_since
    assert not again.refused
    assert not again.taken


def test_other_content_needs_a_reason_and_keeps_the_old_version(take: Take, engine: Engine) -> None:
    take(base())
    changed = {"贷款": [loan(担保方式="保证")]}
    outcome = take(changed, refused=True)
    assert problems(outcome) == [("贷款", 2, "担保方式", "与已入库的内容不同（库中为 信用）")]
    assert take(changed, amend_reason="录入有误").taken["贷款"].amended == 1
    with db.reading(engine) as connection:
        fact = models.LoanFact
        rows = connection.execute(select(fact.version, fact.guarantee, models.Change.reason).outerjoin(
            models.Change, models.Change.id == fact.retired_by).order_by(fact.version)).all()  # fmt: skip
    assert [tuple(row) for row in rows] == [(1, "信用", "录入有误"), (2, "保证", None)]


def test_an_amendment_is_judged_with_what_is_on_file(take: Take) -> None:
    take(base(还款=[repayment("A", date(2023, 8, 1), 600)]))
    outcome = take({"贷款": [loan(**{"贷款金额(万元)": 500})]}, refused=True, amend_reason="更正")
    assert problems(outcome)[0][:3] == ("贷款", 2, "贷款金额(万元)")
    outcome = take({"贷款": [loan(发放日=date(2023, 8, 2))]}, refused=True, amend_reason="更正")
    assert problems(outcome)[0][:3] == ("贷款", 2, "发放日")
    take({"还款": [repayment("A", date(2023, 8, 1), 500)]}, amend_reason="更正")
    take({"贷款": [loan(**{"贷款金额(万元)": 500})]}, amend_reason="更正")


def test_a_dry_run_judges_and_keeps_nothing(take: Take, engine: Engine) -> None:
    take(base(), dry_run=True)
    take(base(loan(担保方式="无")), dry_run=True, refused=True)
    assert count(engine, models.LoanFact) == 0
    with db.reading(engine) as connection:
        assert connection.execute(select(func.count()).select_from(models.Intake)).scalar_one() == 1  # the bundled LPR


def test_void_keeps_the_record_and_lets_the_row_come_again(take: Take, engine: Engine) -> None:
    take(base(还款=[repayment("A", date(2023, 8, 1), 600)]))
    with pytest.raises(Refused, match="「还款」1 行"):
        withdraw(engine, "贷款", BANK, "A")
    withdraw(engine, "还款", BANK, "A", "2023-08-01")
    withdraw(engine, "贷款", BANK, "A")
    assert count(engine, models.LoanFact) == 0
    take({"还款": [repayment("A", date(2023, 8, 1), 1)]}, refused=True)
    take({"贷款": [loan(担保方式="保证")]})
    with db.reading(engine) as connection:
        assert connection.execute(select(models.LoanFact.version).order_by(models.LoanFact.id)).scalars().all() == [
            1,
            2,
        ]


def test_void_by_each_kind_of_key(take: Take, engine: Engine) -> None:
    take(
        base(
            取消资格=[{"主体": USCC, "取消日": date(2026, 1, 1), "批准文号": "x"}, {"主体": BANK, "取消日": date(2026, 1, 1), "批准文号": "x"}],
            年末余额=[{"年度": 2023, "银行名称": BANK, "借据编号": "A", "年末余额(万元)": 1000}],
            预算=[{"年度": 2023, "范围": "全市", "金额(万元)": 1}],
        )
        | {"合作银行": [PARTNER, {"银行名称": BANK}]}
    )  # fmt: skip
    for sheet, key in (
        ("取消资格", (USCC,)), ("取消资格", (BANK,)), ("年末余额", ("2023", BANK, "A")), ("预算", ("2023", "全市")),
        ("合作银行", (BANK, "")), ("资质", (USCC, "高新技术企业", "2022/11/1")),
    ):  # fmt: skip
        withdraw(engine, sheet, *key)
        with pytest.raises(Refused, match="没有在库的行"):
            withdraw(engine, sheet, *key)
    with pytest.raises(Refused, match="「贷款」1 行"):
        withdraw(engine, "合作银行", BANK, "2020-01-01")
    with pytest.raises(Refused, match="以它为依据"):
        withdraw(engine, "企业", USCC)


def test_void_keeps_histories_sound(take: Take, engine: Engine) -> None:
    extended = [
        {"银行名称": BANK, "借据编号": "A", "展期日": date(2024, 7, 1), "新到期日": date(2024, 12, 1)},
        {"银行名称": BANK, "借据编号": "A", "展期日": date(2024, 11, 1), "新到期日": date(2025, 6, 1)},
    ]
    take(base(还款=[repayment("A", date(2023, 8, 1), 1)], 展期=extended,
              上传豁免=[{"银行名称": BANK, "借据编号": "A", "业务日": date(2023, 8, 1), "批准文号": "x"}]))  # fmt: skip
    with pytest.raises(Refused, match="展期日晚于当时的到期日"):
        withdraw(engine, "展期", BANK, "A", "2024-07-01")
    with pytest.raises(Refused, match="上传豁免"):
        withdraw(engine, "还款", BANK, "A", "2023-08-01")


def test_void_is_refused_only_for_what_an_approved_run_used(take: Take, engine: Engine) -> None:
    take(base(loan(), loan("N", 发放日=date(2024, 2, 1), 到期日=date(2025, 3, 1)),
              LPR=[{"公布日期": date(2026, 9, 21), "一年期LPR(%)": 3}], 预算=[{"年度": 2023, "范围": "全市", "金额(万元)": 99}]))  # fmt: skip
    run = settlement.settle(engine, PROGRAMMES["tech_branch"], 2023, date(2024, 1, 31), "测试")
    lifecycle.approve(engine, run.id, "审核人", "样例文号", solo=True)
    for sheet, key in (
        ("贷款", (BANK, "A")), ("资质", (USCC, "高新技术企业", "2022-11-01")), ("LPR", ("2023-06-20",)), ("预算", ("2023", "全市")),
    ):  # fmt: skip
        with pytest.raises(Refused, match=r"审核通过|以它为依据"):
            withdraw(engine, sheet, *key)
    withdraw(engine, "贷款", BANK, "N")
    take({"贷款": [loan("M")]})  # of the settled year, but the run was made before it came
    withdraw(engine, "贷款", BANK, "M")
    withdraw(engine, "LPR", "2026-09-21")
    withdraw(engine, "LPR", "2022-01-20")


@pytest.mark.parametrize(
    ("sheet", "key", "words"),
    [
        ("贷款", (BANK,), "主键有 2 列"),
        ("贷款", (BANK, ""), "不能为空"),
        ("LPR", ("某日",), "不是日期"),
        ("预算", ("2023", "某区"), "范围"),
    ],
)
def test_void_with_an_unreadable_key(sheet: str, key: tuple[str, ...], words: str) -> None:
    with pytest.raises(void.UnreadableKey, match=words):
        void.read_key(BY_NAME[sheet], key)


def test_facts_name_their_origin(take: Take, engine: Engine) -> None:
    take(base(loan("A"), loan("B")))
    with db.reading(engine) as connection:
        intake = models.Intake
        rows = connection.execute(
            select(models.LoanFact.sheet_row, intake.file_name, intake.uploader, func.length(intake.sha256)).join(
                intake
            )
        ).all()
    assert [tuple(row) for row in rows] == [(2, "报送1.xlsx", "测试", 64), (3, "报送1.xlsx", "测试", 64)]


def test_samples_are_fictitious() -> None:
    assert "样例" in samples.BANK and "样例" in samples.ENTERPRISE["企业名称"]
