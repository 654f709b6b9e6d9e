"""Who may send what: rows and sheets outside are findings, and no finding or warning tells of another's rows."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from ledger.accounts.scope import EVERYTHING, Scope
from ledger.intake.importer import import_file
from ledger.intake.outcome import Outcome
from ledger.intake.sending import sheets_of
from samples import BANK, ENTERPRISE, INVESTMENT, POLICY, PROJECT, QUALIFICATION, base, loan
from sheets import Sheets, write_sheets

OTHER = "样例远洋银行"
OWN = Scope("clerk", "bank", BANK, "clerk-1", "样例银行")
INSURER = Scope("clerk", "insurer", "样例财险", "clerk-2", "样例财险")
INVESTOR = Scope("clerk", "investor", "样例创投", "clerk-3", "样例创投")
OFFICES = (Scope("agri"), Scope("commerce"))
FARM = {
    "特色目录",
    "特色险种",
    "险种备案",
    "往年奖补",
    "特色承保",
    "区市补贴",
    "特色申请",
    "一票否决",
    "二类分担",
    "分配系数",
}
CREDIT = {"市场名录", "信保缴费", "信保退费", "信保配套"}
SCIENCE, INDUSTRY, CITY, FINANCE = (Scope(role) for role in ("tech", "industry", "city", "finance"))
COUNTY = Scope("county_finance", "county", "高区")
TWO = base(
    **{
        "合作银行": [
            {"银行名称": BANK, "合作起始日": date(2020, 1, 1)},
            {"银行名称": OTHER, "合作起始日": date(2020, 1, 1)},
        ]
    }
)

Send = Callable[..., Outcome]


@pytest.fixture
def send(engine: Engine, tmp_path: Path) -> Send:
    """Sends sheets as somebody."""
    count = 0

    def sending(scope: Scope, sheets: Sheets, **options: Any) -> Outcome:
        nonlocal count
        count += 1
        return import_file(engine, write_sheets(tmp_path / f"s{count}.xlsx", sheets), "张三", scope=scope, **options)

    return sending


def test_a_bank_sends_its_own_loans(take: Any, send: Send) -> None:
    take(TWO)
    outcome = send(OWN, {"贷款": [loan("B"), loan("C")]})
    assert not outcome.refused
    assert outcome.taken["贷款"].new == 2
    assert outcome.intake is not None


def test_a_row_of_another_bank_is_a_finding_of_that_row(take: Any, send: Send) -> None:
    take(TWO)
    outcome = send(OWN, {"贷款": [loan("B"), loan("C", 银行名称=OTHER, **{"年利率(%)": -1})]})
    assert outcome.refused
    own = [one for one in outcome.findings if one.column == "银行名称"]
    assert [(one.sheet, one.row, one.column, one.value) for one in own] == [("贷款", 3, "银行名称", OTHER)]
    assert own[0].problem.startswith("本行只能报送")
    assert BANK in own[0].expected


def test_nothing_tells_whether_anothers_loan_is_on_file(take: Any, send: Send) -> None:
    """A repayment of a loan that another bank has on file, and of one that it has not, read the same."""
    take({**TWO, "贷款": [loan("A"), loan("有", 银行名称=OTHER)]})
    found = [
        send(
            OWN, {"还款": [{"银行名称": OTHER, "借据编号": note, "还款日": date(2023, 9, 1), "还本金额(万元)": 5_000}]}
        ).findings
        for note in ("有", "没有")
    ]
    assert [[(one.column, one.problem, one.expected) for one in of_one] for of_one in found][0] == [
        (one.column, one.problem, one.expected) for one in found[1]
    ]
    assert all(len(of_one) == 1 for of_one in found)


@pytest.mark.parametrize(
    ("scope", "sheets", "outside"),
    [
        (OWN, {"企业": [ENTERPRISE]}, "企业"),
        (OWN, {"预算": [{"年度": 2023, "范围": "全市", "金额(万元)": 5}]}, "预算"),
        (INSURER, {"贷款": [loan()]}, "贷款"),
        (CITY, {"预算": [{"年度": 2023, "范围": "全市", "金额(万元)": 5}]}, "预算"),
        (CITY, {"年度比例": [{"年度": 2023, "补助项目": "贴息", "比例(%)": 0.5}]}, "年度比例"),
        (FINANCE, {"企业": [ENTERPRISE]}, "企业"),
        (INDUSTRY, {"项目库": [PROJECT]}, "项目库"),
        (SCIENCE, {"贷款": [loan()]}, "贷款"),
        (COUNTY, {"年度比例": [{"年度": 2023, "补助项目": "贴息", "比例(%)": 0.5}]}, "年度比例"),
        (Scope("approver"), {"企业": [ENTERPRISE]}, "企业"),
    ],
)
def test_a_sheet_outside_is_a_finding_of_the_sheet(
    take: Any, send: Send, scope: Scope, sheets: Sheets, outside: str
) -> None:
    take(TWO)
    outcome = send(scope, sheets)
    assert [(one.sheet, one.row, one.column) for one in outcome.findings] == [(outside, None, "")]
    assert "不报送这张表" in outcome.findings[0].problem


def test_what_rests_on_a_sheet_outside_says_nothing_of_its_own(take: Any, send: Send) -> None:
    take({"合作银行": TWO["合作银行"]})
    outcome = send(OWN, {"企业": [ENTERPRISE], "贷款": [loan()]})
    assert [one.sheet for one in outcome.findings] == ["企业"]


@pytest.mark.parametrize(("scope", "good"), [(SCIENCE, "科技型中小企业"), (INDUSTRY, "专精特新中小企业")])
def test_an_office_sends_its_own_kinds_of_qualification(take: Any, send: Send, scope: Scope, good: str) -> None:
    take(TWO)
    assert not send(scope, {"资质": [{**QUALIFICATION, "资质类别": good}]}).refused
    bad = "专精特新中小企业" if scope is SCIENCE else "高新技术企业"
    outcome = send(scope, {"资质": [{**QUALIFICATION, "资质类别": bad, "有效期起": date(2022, 12, 1)}]})
    assert [(one.row, one.column, one.value) for one in outcome.findings] == [(2, "资质类别", bad)]
    assert outcome.findings[0].problem.startswith("本行只能报送") and good in outcome.findings[0].problem


def test_a_county_sends_its_own_budget(take: Any, send: Send) -> None:
    take(TWO)
    assert not send(COUNTY, {"预算": [{"年度": 2023, "范围": "高区", "金额(万元)": 5}]}).refused
    for other in ("全市", "经区"):
        outcome = send(COUNTY, {"预算": [{"年度": 2023, "范围": other, "金额(万元)": 5}]})
        assert [(one.column, one.value) for one in outcome.findings] == [("范围", other)]


def test_insurer_and_investor_send_their_own(take: Any, send: Send) -> None:
    take({**TWO, "项目库": [PROJECT]})
    assert not send(INSURER, {"保单": [POLICY]}).refused
    assert not send(INVESTOR, {"股权投资": [INVESTMENT]}).refused
    other = send(INSURER, {"保单": [{**POLICY, "保险公司": "样例人寿", "保单号": "B2"}]})
    assert [(one.column, one.value) for one in other.findings] == [("保险公司", "样例人寿")]


def test_an_investor_is_not_told_the_library_dates(take: Any, send: Send) -> None:
    take({**TWO, "项目库": [PROJECT]})
    late = {"股权投资": [{**INVESTMENT, "投资日": date(2024, 6, 1)}]}
    (told,) = send(INVESTOR, late).findings
    assert "2023-03-01" not in told.line() and "在库项目" in told.expected
    (whole,) = send(EVERYTHING, late).findings
    assert "2023-03-01" in whole.expected


def test_a_bank_is_not_told_what_an_enterprise_is_called(take: Any, send: Send) -> None:
    take(TWO)
    (told,) = send(OWN, {"贷款": [loan("B", 企业名称="威海样例乙公司")]}).findings
    assert told.column == "企业名称" and ENTERPRISE["企业名称"] not in told.line()
    (whole,) = send(EVERYTHING, {"贷款": [loan("B", 企业名称="威海样例乙公司")]}).findings
    assert ENTERPRISE["企业名称"] in whole.line()


def test_warnings_speak_of_ones_own_loans_only(take: Any, send: Send) -> None:
    """The same loan at another bank is no twin that a bank is told of."""
    take({**TWO, "贷款": [loan("A"), loan("X", 银行名称=OTHER)]})
    outcome = send(OWN, {"贷款": [loan("B")]})
    assert [one.code for one in outcome.warnings] == ["P_TWIN"]
    assert "「A」" in outcome.warnings[0].text and "X" not in outcome.warnings[0].text


def test_a_renamed_bank_keeps_its_scope_and_gets_what_it_took_over(take: Any, send: Send) -> None:
    take(TWO)
    change = {
        "原名称": OTHER,
        "变更日": date(2024, 1, 1),
        "类别": "承继",
        "现名称": BANK,
        "批准文号": "样例〔2024〕1号",
    }
    old = {"贷款": [loan("旧", 银行名称=OTHER)]}
    assert send(OWN, old).refused
    take({"银行变更": [change]})
    assert not send(OWN, old).refused
    take({"银行变更": [{**change, "原名称": BANK, "类别": "更名", "现名称": "样例新名银行"}]})
    assert not send(OWN, {"贷款": [loan("新", 银行名称="样例新名银行")]}).refused


def test_a_file_of_another_unit_is_not_known(take: Any, send: Send, engine: Engine, tmp_path: Path) -> None:
    take(TWO)
    path = write_sheets(tmp_path / "同一.xlsx", {"资质": [{**QUALIFICATION, "资质类别": "科技型中小企业"}]})
    assert import_file(engine, path, "张三").status == "taken"
    assert import_file(engine, path, "张三").status == "known"
    again = import_file(engine, path, "李四", scope=SCIENCE)
    assert (again.status, again.taken["资质"].same) == ("taken", 1)


def test_what_a_file_amends_is_listed_cell_by_cell(take: Any, send: Send) -> None:
    take(TWO)
    amended = {"贷款": [loan("A", **{"年利率(%)": 4.35, "贷款金额(万元)": 900})]}
    for dry in (True, False):
        outcome = send(OWN, amended, amend_reason="利率录入有误", dry_run=dry)
        assert [one.as_dict() for one in outcome.changes] == [
            {
                "sheet": "贷款",
                "key": [BANK, "A"],
                "column": "贷款金额(万元)",
                "before": "1,000.00 万元",
                "after": "900.00 万元",
            },
            {"sheet": "贷款", "key": [BANK, "A"], "column": "年利率(%)", "before": "4.00", "after": "4.35"},
        ]
    assert outcome.as_dict()["changes"] == [one.as_dict() for one in outcome.changes]


def test_what_is_refused_amends_nothing(take: Any, send: Send) -> None:
    take(TWO)
    outcome = send(
        OWN, {"贷款": [loan("A", **{"年利率(%)": 4.35}), loan("B", 到期日=date(2020, 1, 1))]}, amend_reason="x"
    )
    assert outcome.refused and outcome.as_dict()["changes"] == []


def test_the_sheets_of_each_role() -> None:
    """Section by section of the table of who sends what."""
    names = {
        scope.role + scope.kind: {one.name for one in sheets_of(scope)}
        for scope in (OWN, INSURER, INVESTOR, SCIENCE, INDUSTRY, FINANCE, COUNTY, *OFFICES)
    }
    assert names == {
        "clerkbank": {"贷款", "还款", "展期", "年末余额"},
        "clerkinsurer": {"保单"},
        "clerkinvestor": {"股权投资"},
        "tech": {"企业", "资质", "项目库", "研发补助", "保单", "股权投资"},
        "industry": {"企业", "资质"},
        "finance": {"预算", "年度比例"},
        "county_financecounty": {"预算", "区市补贴", "特色申请"},
        "agri": FARM | {"资金总量", "年度比例"},
        "commerce": CREDIT | {"资金总量", "年度比例"},
    }
    every = {one.name for one in sheets_of(EVERYTHING)}
    assert {one.name for one in sheets_of(CITY)} == every - {"预算", "年度比例", "资金总量"} - FARM - CREDIT
    assert [one.name for one in sheets_of(Scope("auditor"))] == []
