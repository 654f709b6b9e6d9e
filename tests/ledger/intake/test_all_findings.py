"""All findings of a file in one go: what refers to a row refused above is judged as if that row had been taken."""

from collections.abc import Callable
from contextvars import ContextVar
from datetime import date, timedelta
from typing import Any

import pytest

from ledger.database import clock
from ledger.workdays import today
from samples import BANK, ENTERPRISE, GRANT, OTHER_USCC, PARTNER, PROJECT, QUALIFICATION, base, loan, repayment

Take = Callable[..., Any]
PAID = date(2023, 12, 1)
BAD_CODE = "91371000MA3TX0001E"


def places(outcome: Any) -> list[tuple[str, int | None, str]]:
    return [(finding.sheet, finding.row, finding.column) for finding in outcome.findings]


def extension(day: date, due: date) -> dict[str, Any]:
    return {"银行名称": BANK, "借据编号": "A", "展期日": day, "新到期日": due}


def renamed(row: dict[str, Any], old: str, new: str) -> dict[str, Any]:
    return {(new if name == old else name): value for name, value in row.items()}


def change(old: str, day: Any, new: str) -> dict[str, Any]:
    return {"原名称": old, "变更日": day, "类别": "更名", "现名称": new, "批准文号": "样例文"}


CASES = [
    pytest.param(
        base(loan(担保方式="信用担保"), 还款=[repayment("A", PAID, 1500)]),
        [("贷款", 2, "担保方式"), ("还款", 2, "还本金额(万元)")],
        id="a repayment above a loan whose guarantee is wrong",
    ),
    pytest.param(
        base(loan(**{"贷款金额(万元)": "x"}), 还款=[repayment("A", PAID, 1500)]),
        [("贷款", 2, "贷款金额(万元)")],
        id="nothing follows from an amount that is not known",
    ),
    pytest.param(
        base(loan(**{"贷款金额(万元)": "x"}), 还款=[repayment("A", date(2023, 7, 2), 1)]),
        [("贷款", 2, "贷款金额(万元)"), ("还款", 2, "还款日")],
        id="but what has nothing to do with it does",
    ),
    pytest.param(
        base(loan(银行名称="样例银行威海分行"), 还款=[repayment("A", PAID, 1)]),
        [("贷款", 2, "银行名称")],
        id="the bank of the loan is wrong: the repayment says nothing of the loan",
    ),
    pytest.param(
        base(loan(银行名称="样例银行威海分行"), 还款=[repayment("B", PAID, 1)]),
        [("贷款", 2, "银行名称"), ("还款", 2, "借据编号")],
        id="but of another loan",
    ),
    pytest.param(
        base(loan(到期日=date(2023, 7, 2)), 展期=[extension(date(2024, 1, 1), date(2024, 12, 1))]),
        [("贷款", 2, "到期日")],
        id="nothing follows from a due date before the disbursement",
    ),
    pytest.param(
        base(loan(担保方式="x"), 展期=[extension(date(2024, 7, 4), date(2024, 12, 1))]),
        [("贷款", 2, "担保方式"), ("展期", 2, "展期日")],
        id="an extension after the due date of a refused loan",
    ),
    pytest.param(
        base(
            loan(担保方式="x"),
            上传豁免=[{"银行名称": BANK, "借据编号": "A", "业务日": date(2023, 7, 4), "批准文号": "x"}],
            撤销=[{"银行名称": BANK, "借据编号": "A", "认定日": PAID, "认定文号": "x", "事由": "y"}],
            年末余额=[{"年度": 2023, "银行名称": BANK, "借据编号": "A", "年末余额(万元)": 1000.5}],
        ),
        [("贷款", 2, "担保方式"), ("年末余额", 2, "年末余额(万元)"), ("上传豁免", 2, "业务日")],
        id="whatever refers to a refused loan",
    ),
    pytest.param(
        base(还款=[repayment("A", date(2023, 7, 1), 1, **{"付息金额(万元)": "x"})]),
        [("还款", 2, "还款日"), ("还款", 2, "付息金额(万元)")],
        id="a row refused for one cell is judged by its others",
    ),
    pytest.param(
        base(还款=[repayment("A", PAID, 600), repayment("A", PAID + timedelta(1), 600, **{"付息金额(万元)": "x"})]),
        [("还款", 3, "还本金额(万元)"), ("还款", 3, "付息金额(万元)")],
        id="refused repayments count with the others",
    ),
    pytest.param(
        base() | {"企业": [{**ENTERPRISE, "区市": "某区"}]},
        [("企业", 2, "区市")],
        id="an enterprise whose county is wrong",
    ),
    pytest.param(
        {
            "企业": [{**ENTERPRISE, "统一社会信用代码": BAD_CODE}], "合作银行": [PARTNER],
            "资质": [{**QUALIFICATION, "统一社会信用代码": BAD_CODE}], "贷款": [loan(统一社会信用代码=BAD_CODE)],
            "取消资格": [{"主体": BAD_CODE, "取消日": PAID, "批准文号": "x"}],
        },
        [("企业", 2, "统一社会信用代码")],
        id="an enterprise whose code is wrong in the same way everywhere",
    ),
    pytest.param(
        base() | {"企业": [{**ENTERPRISE, "统一社会信用代码": BAD_CODE}]},
        [("企业", 2, "统一社会信用代码")],
        id="an enterprise whose check character is wrong, but not where others name it",
    ),
    pytest.param(
        base(银行变更=[change(BANK, "x", "样例新银行"), change("样例新银行", "2024-02-01", "样例新新银行")])
        | {"贷款": [loan(银行名称="样例新银行")]},
        [("银行变更", 2, "变更日")],
        id="a change of banks whose date is wrong: the next one rests on it, a loan names the new name",
    ),
    pytest.param(
        base() | {"合作银行": [{**PARTNER, "合作起始日": "x"}]},
        [("合作银行", 2, "合作起始日")],
        id="a bank whose date is wrong",
    ),
    pytest.param(
        base(项目库=[{**PROJECT, "入库日": "x"}], 研发补助=[{**GRANT, "批准日": date(2024, 1, 1)}]),
        [("项目库", 2, "入库日"), ("研发补助", 2, "批准日")],
        id="a grant after the end of a project whose beginning is wrong",
    ),
    pytest.param(
        base(项目库=[{**PROJECT, "项目名称": None}], 研发补助=[{**GRANT, "批准金额(万元)": "20.000001"}]),
        [("项目库", 2, "项目名称"), ("研发补助", 2, "批准金额(万元)")],
        id="a grant above its ratio of a project without a name",
    ),
    pytest.param(
        base(还款=[repayment("A", PAID, 1500)]) | {"贷款": [renamed(loan(), "担保方式", "担保")]},
        [("贷款", 1, ""), ("贷款", 1, ""), ("还款", 2, "还本金额(万元)")],
        id="a header of the loans is wrong",
    ),
    pytest.param(
        base(还款=[repayment("A", PAID, 1), repayment("B", PAID, 0)])
        | {"贷款": [renamed(loan(), "借据编号", "编号")]},
        [("贷款", 1, ""), ("贷款", 1, ""), ("还款", 3, "还本金额(万元)")],
        id="the key of the loans is missing: nothing is said of the loans of repayments",
    ),
    pytest.param(
        {**{name: rows for name, rows in base(还款=[repayment("A", PAID, 1)]).items() if name != "贷款"}, "贷款表": [loan()]},
        [("贷款表", None, "")],
        id="the sheet of the loans has a wrong name",
    ),
    pytest.param(
        base(loan(), loan("B", 统一社会信用代码=OTHER_USCC), loan("C", 担保方式="x"), 还款=[repayment("C", PAID, 1001)]),
        [("贷款", 3, "统一社会信用代码"), ("贷款", 4, "担保方式"), ("还款", 2, "还本金额(万元)")],
        id="three faults in three rows",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("sheets", "expected"), CASES)
def test_all_findings_come_at_once(take: Take, sheets: Any, expected: list[Any]) -> None:
    assert places(take(sheets, refused=True)) == expected


def test_a_refused_amendment_is_taken_for_what_it_says(take: Take) -> None:
    """Other content is refused without a reason; what else the file brings is judged with it, not with what is on file."""
    take(base())
    bigger = loan(**{"贷款金额(万元)": 2000})
    assert places(take({"贷款": [bigger], "还款": [repayment("A", PAID, 1500)]}, refused=True)) == [
        ("贷款", 2, "贷款金额(万元)")
    ]
    assert places(take({"贷款": [bigger], "还款": [repayment("A", PAID, 2500)]}, refused=True)) == [
        ("贷款", 2, "贷款金额(万元)")
    ]
    other = loan(担保方式="保证")
    assert places(take({"贷款": [other], "还款": [repayment("A", PAID, 1500)]}, refused=True)) == [
        ("贷款", 2, "担保方式"), ("还款", 2, "还本金额(万元)"),
    ]  # fmt: skip


def test_what_is_on_file_is_not_judged_again(
    take: Take, set_today: Callable[[date], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rules that came later, or a clock that stands elsewhere, refuse no row that is on file as it is."""
    take(base(年末余额=[{"年度": 2023, "银行名称": BANK, "借据编号": "A", "年末余额(万元)": 1000}]))
    balance = {"年度": 2023, "银行名称": BANK, "借据编号": "A", "年末余额(万元)": 1000}
    set_today(date(2023, 7, 4))
    monkeypatch.setattr(clock, "waived", ContextVar("waived", default=True))
    outcome = take(base(年末余额=[balance]))
    assert {sheet: taken.same for sheet, taken in outcome.taken.items()} == dict.fromkeys(outcome.taken, 1)
    assert places(take(base(年末余额=[{**balance, "年末余额(万元)": 1}]), refused=True)) == [("年末余额", 2, "年度")]


# --- facts that cannot be -----------------------------------------------------------------------------------------------


def balance_of(year: int, amount: Any) -> dict[str, Any]:
    return {"年度": year, "银行名称": BANK, "借据编号": "A", "年末余额(万元)": amount}


@pytest.mark.parametrize(
    ("row", "column", "words"),
    [
        (balance_of(2030, 1000), "年度", "还没有结束"),
        (balance_of(2022, 1000), "年度", "尚未发放"),
        (balance_of(2023, "1000.000001"), "年末余额(万元)", "超过贷款金额"),
        (balance_of(2023, 1000), "", ""),
        (balance_of(2023, 0), "", ""),
    ],
)
def test_a_year_end_balance_that_can_be(take: Take, row: dict[str, Any], column: str, words: str) -> None:
    outcome = take(base(年末余额=[row]), refused=bool(column))
    assert [(finding.column, words in finding.problem) for finding in outcome.findings] == (
        [(column, True)] if column else []
    )


def test_a_year_is_over_when_its_last_day_is(take: Take, set_today: Callable[[date], None]) -> None:
    set_today(date(2023, 12, 31))
    take(base(年末余额=[balance_of(2023, 1000)]), refused=True)
    set_today(date(2024, 1, 1))
    take(base(年末余额=[balance_of(2023, 1000)]))


def test_an_amended_loan_must_fit_its_reported_balances(take: Take) -> None:
    take(base(年末余额=[balance_of(2023, 900)]))
    outcome = take({"贷款": [loan(**{"贷款金额(万元)": 800})]}, refused=True, amend_reason="更正")
    assert places(outcome) == [("贷款", 2, "贷款金额(万元)")]
    outcome = take({"贷款": [loan(发放日=date(2024, 1, 1))]}, refused=True, amend_reason="更正")
    assert places(outcome) == [("贷款", 2, "发放日")]


@pytest.mark.parametrize("days", [0, 1])
def test_papers_are_uploaded_by_today(take: Take, days: int) -> None:
    day = today() + timedelta(days)
    sheets = base(
        loan(资料上传日=f"{day} 23:59"),
        还款=[repayment("A", PAID, 1, 资料上传日=day)],
        展期=[{**extension(date(2024, 1, 1), date(2024, 12, 1)), "资料上传日": day}],
    )
    outcome = take(sheets, refused=days > 0)
    assert places(outcome) == [(sheet, 2, "资料上传日") for sheet in ("贷款", "还款", "展期")][: 3 * days]


# --- a name beside the code -----------------------------------------------------------------------------------------------


def test_a_name_beside_the_code_is_compared_and_not_stored(take: Take) -> None:
    take(base(loan(企业名称="威海样例甲公司")))
    (found,) = take({"贷款": [loan("B", 企业名称="威海样例乙公司")]}, refused=True).findings
    assert (found.column, found.value) == ("企业名称", "威海样例乙公司")
    assert "不符" in found.problem and "应为「威海样例甲公司」" in found.expected
    assert take({"贷款": [loan(企业名称=None)]}).taken["贷款"].same == 1


def test_a_former_name_will_do(take: Take) -> None:
    take(base())
    take({"企业": [{**ENTERPRISE, "企业名称": "威海样例甲集团（有限）公司"}]}, amend_reason="更名")
    take({"贷款": [loan("B", 企业名称="威海样例甲公司"), loan("C", 企业名称="威海 样例甲集团(有限)公司")]})


def test_the_name_of_an_enterprise_of_the_same_file_will_do(take: Take) -> None:
    other = {**ENTERPRISE, "统一社会信用代码": OTHER_USCC, "企业名称": "威海样例丙公司", "区市": "某区"}
    sheets = base(loan(企业名称="威海样例丙公司", 统一社会信用代码=OTHER_USCC), loan("B", 企业名称="甲"))
    found = take(sheets | {"企业": [ENTERPRISE, other]}, refused=True)
    assert places(found) == [("企业", 3, "区市"), ("贷款", 3, "企业名称")]
