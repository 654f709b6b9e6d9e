"""Rows that are no data: examples are passed over and named, totals and notes below a table are one finding each."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from samples import BANK, ENTERPRISE, PARTNER, base, loan, repayment
from tiexi.terminal import outcomes

Take = Callable[..., Any]
EXAMPLE_BANK = {**PARTNER, "银行名称": "示例银行"}


def test_example_rows_are_named(take: Take) -> None:
    outcome = take(
        base(loan(), loan("B", 银行名称="示例：样例银行")) | {"合作银行": [EXAMPLE_BANK, PARTNER, EXAMPLE_BANK]}
    )
    assert outcome.skipped == {"合作银行": [2, 4], "贷款": [3]}
    assert outcome.taken["贷款"].new == outcome.taken["合作银行"].new == 1


@pytest.mark.parametrize(
    ("numbers", "words"), [([2], "2"), ([2, 3], "2–3"), ([2, 4, 5, 6, 9], "2、4–6、9"), ([5, 7], "5、7")]
)
def test_row_numbers_in_words(numbers: list[int], words: str) -> None:
    assert outcomes.row_words(numbers) == words


def footers() -> list[Any]:
    """(sheets, sheet, row, column, value): the footer's row is the file's only finding."""

    def case(name: str, sheets: Any, sheet: str, row: int, column: str, value: str) -> Any:
        return pytest.param(sheets, sheet, row, column, value, id=name)

    return [
        case("a total", base(loan(), {"银行名称": "合计", "贷款金额(万元)": 1000}), "贷款", 3, "银行名称", "合计"),
        case("spaced out", base(loan(), {"银行名称": "合　计", "贷款金额(万元)": 1000}), "贷款", 3, "银行名称", "合　计"),
        case("a total in the second column", base(loan(), {"借据编号": "小计", "贷款金额(万元)": 1000}), "贷款", 3, "借据编号", "小计"),
        case("a subtotal between rows", base(loan(), {"银行名称": "小计：1 笔"}, loan("B")), "贷款", 3, "银行名称", "小计：1 笔"),
        case("a note", base(loan(), {"银行名称": "备注：以上均为科技支行贷款"}), "贷款", 3, "银行名称", "备注：以上均为科技支行贷款"),
        case("an explanation", base(loan(), {"合同编号": "说明 见附页"}), "贷款", 3, "合同编号", "说明 见附页"),
        case("of repayments", base(还款=[repayment("A", date(2023, 9, 1), 1), {"银行名称": "总计", "还本金额(万元)": 1}]), "还款", 3, "银行名称", "总计"),
        case("the total of a table of Excel's", base(loan(), {"银行名称": "汇总", "贷款金额(万元)": 1000}), "贷款", 3, "银行名称", "汇总"),
        case("an average", base(loan(), {"银行名称": "平均", "年利率(%)": 4.2}), "贷款", 3, "银行名称", "平均"),
        case("of enterprises", base() | {"企业": [ENTERPRISE, {"统一社会信用代码": "合计", "企业名称": "1 家"}]}, "企业", 3, "统一社会信用代码", "合计"),
        case("of budgets", base(预算=[{"年度": 2023, "范围": "全市", "金额(万元)": 1}, {"年度": "合计", "金额(万元)": 1}]), "预算", 3, "年度", "合计"),
        case("a note with a colon", base(loan(), {"银行名称": "注：以上数据已与台账核对"}), "贷款", 3, "银行名称", "注：以上数据已与台账核对"),
        case("signatures in one cell", base(loan(), {"银行名称": "制表：某某    复核：某某"}), "贷款", 3, "银行名称", "制表：某某    复核：某某"),
        case("signatures in three cells", base(loan(), {"借据编号": "制表人：某某", "业务品种": "复核：某某", "发放日": "联系电话：0000"}), "贷款", 3, "借据编号", "制表人：某某"),
        case("a word in the middle", base(loan(), {"银行名称": BANK, "贷款金额(万元)": 1000, "担保方式": "以上 合 计"}), "贷款", 3, "担保方式", "以上 合 计"),
        case("a total in an optional column", base(loan(), {"资料上传日": "总　计", "贷款金额(万元)": 1000}), "贷款", 3, "资料上传日", "总　计"),
        case("a total named at its end", base(loan(), {"银行名称": f"{BANK}小计", "贷款金额(万元)": 1000}), "贷款", 3, "银行名称", f"{BANK}小计"),
        case("a page number", base(loan(), {"合同编号": "第1页 共2页"}), "贷款", 3, "合同编号", "第1页 共2页"),
        case("a date of the table", base(loan(), {"到期日": "填报日期：2024年1月3日"}), "贷款", 3, "到期日", "填报日期：2024年1月3日"),
        case("signatures below names", base() | {"合作银行": [PARTNER, {"银行名称": "制表：某某", "合作起始日": "复核：某某"}]}, "合作银行", 3, "银行名称", "制表：某某"),
        case("where only a name is asked for", base() | {"合作银行": [PARTNER, {"银行名称": "合计"}]}, "合作银行", 3, "银行名称", "合计"),
    ]  # fmt: skip


@pytest.mark.parametrize(("sheets", "sheet", "row", "column", "value"), footers())
def test_a_footer_is_one_finding(take: Take, sheets: Any, sheet: str, row: int, column: str, value: str) -> None:
    (found,) = take(sheets, refused=True).findings
    assert (found.sheet, found.row, found.column, found.value) == (sheet, row, column, value)
    assert found.letter and "行不能导入" in found.problem and "请删除这一行" in found.expected


@pytest.mark.parametrize(
    "sheets",
    [
        {"合作银行": [{**PARTNER, "银行名称": "总计样例银行"}]},
        {"企业": [ENTERPRISE], "项目库": [{"项目编号": "备注1", "项目名称": "样例", "统一社会信用代码": ENTERPRISE["统一社会信用代码"], "入库日": date(2023, 1, 1)}]},
    ],
)  # fmt: skip
def test_a_whole_row_is_no_footer(take: Take, sheets: Any) -> None:
    take(sheets)


def test_a_row_that_only_lacks_much_keeps_its_findings(take: Take) -> None:
    outcome = take(base(loan(), {"银行名称": BANK, "借据编号": "B"}), refused=True)
    assert {found.problem for found in outcome.findings} == {"不能为空"} and len(outcome.findings) == 7


def heading(sheet: dict[str, Any], **others: str) -> dict[str, str]:
    """The headers of a sheet as a row of it."""
    return {name: name for name in sheet} | others


@pytest.mark.parametrize(
    ("repeated", "value"),
    [
        (heading(loan()), "银行名称"),
        (heading(loan(), 银行名称=" 银行 名称", **{"贷款金额(万元)": "贷款金额（元）"}), " 银行 名称"),
        (heading(loan(), 担保方式="", 业务品种="其他"), "银行名称"),
    ],
)
def test_a_header_among_the_rows_is_one_finding(take: Take, repeated: dict[str, str], value: str) -> None:
    found = take(base(loan(), repeated, loan("B"), repeated), refused=True).findings
    assert [(one.sheet, one.row, one.column, one.letter) for one in found] == [
        ("贷款", 3, "银行名称", "A"), ("贷款", 5, "银行名称", "A"),
    ]  # fmt: skip
    assert all("表头在数据中又出现一次" in one.problem and one.value.strip() == value.strip() for one in found)
    assert all("请删除这一行" in one.expected for one in found)


def test_a_row_whose_name_is_a_header_is_a_row(take: Take) -> None:
    outcome = take(base(loan(银行名称="银行名称")), refused=True)
    assert ["银行不在「合作银行」表中" in one.problem for one in outcome.findings] == [True]
