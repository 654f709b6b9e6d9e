"""The sheets of export credit at the door: what is taken, everything that is refused, and where the finding stands."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from ledger.errors import Refused
from ledger.intake.sheets import BY_NAME
from ledger.intake.void import void
from ledger.intake.void_files import void_file
from ledger.workdays import today
from samples import ENTERPRISE, OTHER_USCC, USCC

Take = Callable[..., Any]
Row = dict[str, Any]
TOMORROW = today() + timedelta(days=1)


def market(country: str = "巴西", **more: Any) -> Row:
    return {"国家地区": country, "市场": "新兴市场", "列入日": date(2022, 1, 1), "移出日": None, **more}


def premium(voucher: str = "J1", **more: Any) -> Row:
    return {
        "承保机构": "样例信保", "缴费凭证号": voucher, "国家地区": "巴西", "统一社会信用代码": USCC, "保单号": "X1",
        "险种": "短期出口信用保险", "缴费日": date(2023, 5, 8), "实缴保费(万元)": 10, "币种": None, **more,
    }  # fmt: skip


def refund(number: str = "T1", **more: Any) -> Row:
    return {
        "承保机构": "样例信保", "退费凭证号": number, "国家地区": "巴西", "缴费凭证号": "J1", "退费日": date(2023, 9, 1),
        "退费金额(万元)": 4, **more,
    }  # fmt: skip


def world(**more: list[Row]) -> dict[str, list[Row]]:
    return {"企业": [ENTERPRISE], "市场名录": [market()], "信保缴费": [premium()], **more}


def places(outcome: Any) -> list[tuple[str, int | None, str]]:
    return [(finding.sheet, finding.row, finding.column) for finding in outcome.findings]


def matching(**more: Any) -> Row:
    return {"年度": 2023, "统一社会信用代码": USCC, "配套金额(万元)": 1, **more}


PREMIUM, REFUND = "信保缴费", "信保退费"
REFUSED = [
    pytest.param(world(市场名录=[market(市场="重点市场")]), [("市场名录", 2, "市场")], id="a market that is none"),
    pytest.param(world(市场名录=[market(移出日=date(2021, 12, 31))]), [("市场名录", 2, "移出日")], id="an end before its start"),
    pytest.param(world(信保缴费=[premium(国家地区="越南")]), [(PREMIUM, 2, "国家地区")], id="a country on no list"),
    pytest.param(world(信保缴费=[premium(统一社会信用代码=OTHER_USCC)]), [(PREMIUM, 2, "统一社会信用代码")], id="an unknown enterprise"),
    pytest.param(world(信保缴费=[premium(缴费日=TOMORROW)]), [(PREMIUM, 2, "缴费日")], id="a payment to come"),
    pytest.param(world(信保缴费=[premium(**{"实缴保费(万元)": 0})]), [(PREMIUM, 2, "实缴保费(万元)")], id="a premium of nothing"),
    pytest.param(world(信保缴费=[premium(), premium()]), [(PREMIUM, 3, "国家地区")], id="the same voucher and country twice"),
    pytest.param(world(信保退费=[refund(退费日=TOMORROW)]), [(REFUND, 2, "退费日")], id="a refund to come"),
    pytest.param(world(信保退费=[refund(退费日=date(2023, 5, 7))]), [(REFUND, 2, "退费日")], id="a refund before the payment"),
    pytest.param(world(信保退费=[refund(**{"退费金额(万元)": 0})]), [(REFUND, 2, "退费金额(万元)")], id="a refund of nothing"),
    pytest.param(world(信保退费=[refund(缴费凭证号="J2")]), [(REFUND, 2, "缴费凭证号")], id="a refund of no voucher"),
    pytest.param(world(信保退费=[refund(承保机构="另一信保")]), [(REFUND, 2, "缴费凭证号")], id="a refund by another insurer"),
    pytest.param(world(信保退费=[refund(国家地区="美国")]), [(REFUND, 2, "缴费凭证号")], id="a refund for another country"),
    pytest.param(
        world(信保退费=[refund(), refund("T2", **{"退费金额(万元)": "6.000001"})]),
        [(REFUND, 3, "退费金额(万元)")],
        id="refunds above the premium",
    ),
    pytest.param(world(信保配套=[matching(**{"配套金额(万元)": 0})]), [("信保配套", 2, "配套金额(万元)")], id="a county that gave nothing"),
    pytest.param(world(信保配套=[matching(统一社会信用代码=OTHER_USCC)]), [("信保配套", 2, "统一社会信用代码")], id="given to nobody known"),
    pytest.param(world(资金总量=[{"年度": 2023, "资金": "信保", "金额(万元)": 1}]), [("资金总量", 2, "资金")], id="a fund of no document"),
    pytest.param(
        world(年度比例=[{"年度": 2023, "补助项目": "信保重点市场", "比例(%)": "50.0001"}]),
        [("年度比例", 2, "比例(%)")],
        id="a rate above its ceiling",
    ),
    pytest.param(
        world(年度比例=[{"年度": 2024, "补助项目": "信保其他市场", "比例(%)": "30.0001"}]),
        [("年度比例", 2, "比例(%)")],
        id="a rate of other markets above its ceiling",
    ),
]  # fmt: skip
SILENT = [
    pytest.param(
        world(市场名录=[market(列入日="x")]), [("市场名录", 2, "列入日")], id="the country is on a row that was refused"
    ),
    pytest.param(
        world(市场名录=[market(市场="x")], 信保退费=[refund()]),
        [("市场名录", 2, "市场")],
        id="the refund says nothing of a market",
    ),
    pytest.param(
        world(信保缴费=[premium(缴费日="x")], 信保退费=[refund()]),
        [(PREMIUM, 2, "缴费日")],
        id="the refund of a premium that was refused",
    ),
    pytest.param(
        world(信保缴费=[premium(承保机构=None)], 信保退费=[refund()]),
        [(PREMIUM, 2, "承保机构")],
        id="the refund of a premium whose insurer is missing",
    ),
    pytest.param(
        world(信保缴费=[premium(险种=None)], 信保退费=[refund(**{"退费金额(万元)": 11})]),
        [(PREMIUM, 2, "险种"), (REFUND, 2, "退费金额(万元)")],
        id="but what is wrong with it by the cells that are right",
    ),
    pytest.param(
        {**world(信保退费=[refund()]), "信保缴费": [{k: v for k, v in premium().items() if k != "缴费凭证号"}]},
        [(PREMIUM, None, "")],
        id="the sheet of premiums cannot be read",
    ),
]


@pytest.mark.parametrize(("sheets", "expected"), [*REFUSED, *SILENT])
def test_what_is_refused(sheets: Any, expected: Any, take: Take) -> None:
    found = places(take(sheets, refused=True))
    assert [(sheet, column) for sheet, _, column in found] == [(sheet, column) for sheet, _, column in expected]
    assert all(row == wanted or wanted is None for (_, row, _), (_, wanted, _) in zip(found, expected, strict=True))


def test_what_is_at_the_edge_is_taken(take: Take) -> None:
    taken = take(
        world(
            市场名录=[market(), market(列入日=date(2023, 1, 1), 移出日=date(2023, 1, 1)), market(市场="其他市场")],
            信保缴费=[premium(), premium(国家地区="巴 西", 缴费凭证号="J2", 币种=" 美 元 ", 缴费日=today())],
            信保退费=[refund(退费日=date(2023, 5, 8)), refund("T2", **{"退费金额(万元)": 6}), refund("T1", 缴费凭证号="J2", 承保机构="样例信保", 国家地区="巴西", 退费凭证号="T3", 退费日=today())],
            信保配套=[matching(**{"配套金额(万元)": "0.000001"})],
            资金总量=[{"年度": 2023, "资金": "出口信保", "金额(万元)": 0}],
            年度比例=[{"年度": 2023, "补助项目": "信保重点市场", "比例(%)": 50}, {"年度": 2023, "补助项目": "信保其他市场", "比例(%)": 0}],
        )
    ).taken  # fmt: skip
    assert {name: one.new for name, one in taken.items()} == {
        "企业": 1, "市场名录": 3, "信保缴费": 2, "信保退费": 3, "信保配套": 1, "资金总量": 1, "年度比例": 2,
    }  # fmt: skip


def test_later_files_are_judged_with_what_is_on_file(take: Take) -> None:
    take(world(信保退费=[refund()]))
    assert places(take({REFUND: [refund("T2", **{"退费金额(万元)": 7})]}, refused=True)) == [
        (REFUND, 2, "退费金额(万元)")
    ]
    less = take({PREMIUM: [premium(**{"实缴保费(万元)": 3})]}, refused=True, amend_reason="更正")
    assert places(less) == [(PREMIUM, 2, "实缴保费(万元)")]
    later = take({PREMIUM: [premium(缴费日=date(2023, 9, 2))]}, refused=True, amend_reason="更正")
    assert places(later) == [(PREMIUM, 2, "缴费日")]
    assert take({REFUND: [refund()], PREMIUM: [premium()]}).taken[REFUND].same == 1
    assert take({PREMIUM: [premium(**{"实缴保费(万元)": 4})]}, amend_reason="更正").taken[PREMIUM].amended == 1


def test_a_refund_amended_to_another_voucher_is_judged_at_both(take: Take) -> None:
    take(world(信保缴费=[premium(), premium("J2", **{"实缴保费(万元)": 3})], 信保退费=[refund()]))
    moved = take({REFUND: [refund(缴费凭证号="J2")]}, refused=True, amend_reason="更正")
    assert [sheet for sheet, _, _ in places(moved)] == [REFUND]


@pytest.mark.parametrize(
    ("sheet", "key"),
    [("市场名录", ["巴西", "新兴市场", date(2022, 1, 1)]), (PREMIUM, ["样例信保", "J1", "巴西"])],
)
def test_what_others_rest_on_is_not_withdrawn(sheet: str, key: list[Any], take: Take, engine: Engine) -> None:
    take(world(信保退费=[refund()]))
    with pytest.raises(Refused, match="不能撤回"):
        void(engine, BY_NAME[sheet], key, "误录", "测试")
    void(engine, BY_NAME[REFUND], ["样例信保", "T1", "巴西"], "误录", "测试")
    if sheet == PREMIUM:
        void(engine, BY_NAME[sheet], key, "误录", "测试")


def test_one_of_two_rows_that_name_a_country_may_go(take: Take, engine: Engine) -> None:
    take(world(市场名录=[market(), market(市场="一带一路")]))
    void(engine, BY_NAME["市场名录"], ["巴西", "新兴市场", date(2022, 1, 1)], "误录", "测试")
    with pytest.raises(Refused, match="市场名录"):
        void(engine, BY_NAME["市场名录"], ["巴西", "一带一路", date(2022, 1, 1)], "误录", "测试")


def test_a_file_on_which_premiums_of_another_rest_is_not_withdrawn(take: Take, engine: Engine) -> None:
    take({"企业": [ENTERPRISE]})
    lists = take({"市场名录": [market()]})
    premiums = take({PREMIUM: [premium()], REFUND: [refund()]})
    with pytest.raises(Refused, match="市场名录"):
        void_file(engine, lists.file, "误报", "测试")
    void_file(engine, premiums.file, "误报", "测试")
    void_file(engine, lists.file, "误报", "测试")
