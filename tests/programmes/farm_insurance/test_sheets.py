"""What the sheets of 特色农产品保险 take and refuse: each rule on a row of its own, and what must hold between rows."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlalchemy import Engine

from ledger.errors import Refused
from ledger.intake.importer import import_file
from ledger.intake.sheets import BY_NAME
from ledger.intake.void import read_key, void
from ledger.programmes import PROGRAMMES
from ledger.runs import settlement
from ledger.workdays import today
from reports.writing.template import write_template
from samples import FARM, FARM_INSURER, PRODUCT

Take = Callable[..., Any]
pytestmark = pytest.mark.sqlite_only
SHEETS = (
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
    "资金总量",
)
LATER = today() + timedelta(days=1)


def changed(sheet: str, **columns: Any) -> dict[str, list[dict[str, Any]]]:
    """The sample with other values in the first row of a sheet."""
    first, *others = FARM[sheet]
    return {**FARM, sheet: [{**first, **columns}, *others]}


def test_the_sample_is_taken_and_pays(engine: Engine, take: Take) -> None:
    take(FARM)
    run = settlement.settle(engine, PROGRAMMES["farm_insurance"], 2023, None, "测试")
    assert run.summary["lines"] == 1 and run.summary["province_fen"] == 20_000_000


BAD: list[tuple[str, dict[str, Any], str, str]] = [
    ("特色目录", {"大类": "粮食"}, "大类", "不是已知的大类"),
    ("特色目录", {"移出日": date(2022, 6, 30)}, "移出日", "移出日早于列入日"),
    ("特色险种", {"区市": "市外"}, "区市", "市外没有区市财政"),
    ("特色险种", {"区市": "某县"}, "区市", "不是已知的区市"),
    ("特色险种", {"类别": "第四类"}, "类别", "不是已知的类别"),
    ("特色险种", {"类别": "第一类"}, "标的", "第一类的标的不是规定的标的"),
    ("特色险种", {"中央险种": "里面"}, "中央险种", "不是已知的中央险种"),
    ("险种备案", {"险种编号": "无"}, "险种编号", "险种不在「特色险种」表中"),
    ("险种备案", {"备案成功日": date(2022, 10, 31)}, "备案成功日", "备案成功日早于报备日"),
    ("往年奖补", {"级别": "县级"}, "级别", "不是已知的级别"),
    ("特色承保", {"首单起期": date(2022, 12, 31)}, "首单起期", "首单起期不在 2023 年度"),
    ("特色承保", {"首单起期": date(2024, 1, 1)}, "首单起期", "首单起期不在 2023 年度"),
    ("特色承保", {"年度": LATER.year, "首单起期": LATER}, "首单起期", "在今天"),
    ("特色承保", {"保单件数": 0}, "保单件数", "保单件数小于 1"),
    ("特色承保", {"保单件数": "1.5"}, "保单件数", "不是整数"),
    ("特色承保", {"保费(万元)": 0}, "保费(万元)", ""),
    ("特色承保", {"农户保费(万元)": "80.000001"}, "农户保费(万元)", "农户保费超过保费"),
    ("特色承保", {"农户保费(万元)": -1}, "农户保费(万元)", ""),
    ("特色承保", {"投保数量": -1}, "投保数量", "为负"),
    ("区市补贴", {"申请金额(万元)": 0}, "申请金额(万元)", ""),
    ("区市补贴", {"拨付日": None}, "拨付日", "只填了一部分"),
    ("区市补贴", {"拨付金额(万元)": None}, "拨付金额(万元)", "只填了一部分"),
    ("区市补贴", {"拨款凭证号": None}, "拨款凭证号", "只填了一部分"),
    ("区市补贴", {"拨付金额(万元)": 0}, "拨付金额(万元)", ""),
    ("区市补贴", {"拨付金额(万元)": "40.000001"}, "拨付金额(万元)", "拨付金额超过申请金额"),
    ("区市补贴", {"拨付日": date(2023, 5, 31)}, "拨付日", "拨付日早于申请日"),
    ("区市补贴", {"拨付日": LATER}, "拨付日", "在今天"),
    ("区市补贴", {"申请日": LATER, "拨付日": None, "拨付金额(万元)": None, "拨款凭证号": None}, "申请日", "在今天"),
    ("特色申请", {"收到日": LATER}, "收到日", "在今天"),
    ("一票否决", {"情形": "六"}, "情形", "不是已知的情形"),
    ("一票否决", {"情形": "一", "承保机构": None}, "险种编号", "情形一说的是区市"),
    ("一票否决", {"情形": "二", "险种编号": None}, "承保机构", "情形二说的是区市"),
    ("一票否决", {"承保机构": None}, "承保机构", "情形三没有承保机构"),
    ("一票否决", {"情形": "四"}, "解除日", "情形四（处罚）填了解除日"),
    ("一票否决", {"情形": "四", "承保机构": None, "解除日": None}, "承保机构", "情形四没有承保机构"),
    ("一票否决", {"情形": "五", "险种编号": None}, "险种编号", "情形五没有险种编号"),
    ("一票否决", {"区市": "荣成市"}, "险种编号", "险种不是荣成市的，是文登区的"),
    ("一票否决", {"承保机构": "没有的机构"}, "承保机构", "在「特色承保」表中没有任何一行"),
    ("一票否决", {"认定日": LATER, "解除日": None}, "认定日", "在今天"),
    ("一票否决", {"解除日": date(2023, 4, 30)}, "解除日", "解除日早于认定日"),
    ("二类分担", {"险种编号": PRODUCT}, "险种编号", "险种是第三类，不是第二类"),
    ("二类分担", {"市级比例(%)": "50.0001"}, "市级比例(%)", "市级比例超过市县合计承担的比例"),
    ("分配系数", {"类别": "第一类"}, "类别", "不是已知的类别"),
    ("分配系数", {"系数": "-0.0001"}, "系数", "系数为负"),
    ("分配系数", {"系数": "1.00001"}, "系数", ""),
    ("资金总量", {"资金": "别的"}, "资金", "不是已知的资金"),
    ("资金总量", {"金额(万元)": -1}, "金额(万元)", ""),
]


@pytest.mark.parametrize(("sheet", "columns", "column", "said"), BAD, ids=lambda value: str(value)[:40])
def test_what_is_refused(take: Take, sheet: str, columns: dict[str, Any], column: str, said: str) -> None:
    outcome = take(changed(sheet, **columns), refused=True)
    own = [finding for finding in outcome.findings if finding.sheet == sheet and finding.column == column]
    assert len(own) == 1 and own[0].row == 2 and said in own[0].problem, [one.line() for one in outcome.findings]
    assert len(outcome.findings) == 1, [one.line() for one in outcome.findings]


@pytest.mark.parametrize(
    ("sheet", "columns"),
    [
        ("特色险种", {"类别": "第一类", "标的": "温室大棚"}),
        ("特色承保", {"农户保费(万元)": 80, "赔款(万元)": 0, "投保户数": None, "投保数量": None}),
        ("特色承保", {"农户保费(万元)": 0, "首单起期": date(2023, 12, 31)}),
        ("险种备案", {"备案成功日": None, "备案文号": None}),
        ("区市补贴", {"拨付日": None, "拨付金额(万元)": None, "拨款凭证号": None}),
        ("区市补贴", {"拨付日": date(2023, 6, 1)}),
        ("一票否决", {"情形": "一", "险种编号": None, "承保机构": None}),
        ("一票否决", {"情形": "五", "承保机构": None}),
        ("一票否决", {"险种编号": None, "解除日": None}),
        ("二类分担", {"市级比例(%)": 50}),
        ("二类分担", {"市级比例(%)": 0}),
        ("分配系数", {"系数": 0}),
        ("资金总量", {"金额(万元)": 0}),
    ],
)
def test_what_is_just_right_is_taken(take: Take, sheet: str, columns: dict[str, Any]) -> None:
    take(changed(sheet, **columns))


def test_rates_have_their_ceilings(take: Take) -> None:
    for item, most in (("特色险市级", 10), ("特色险中央", 25)):
        rate = {"年度": 2023, "补助项目": item, "比例(%)": f"{most}.0001"}
        assert "超过上限" in take({"年度比例": [rate]}, refused=True).findings[0].problem
        take({"年度比例": [{**rate, "比例(%)": most}]})


def test_of_a_refused_product_nothing_more_is_said(take: Take) -> None:
    outcome = take(changed("特色险种", 险种名称=None), refused=True)
    assert [finding.sheet for finding in outcome.findings] == ["特色险种"]


def test_what_rests_on_a_row_keeps_it(engine: Engine, take: Take) -> None:
    take(FARM)
    for sheet, key, said in (
        ("特色险种", [PRODUCT], "以它为依据"),
        ("特色承保", ["2023", PRODUCT, FARM_INSURER], "没有任何一行"),
    ):
        with pytest.raises(Refused, match=said):
            void(engine, BY_NAME[sheet], read_key(BY_NAME[sheet], key), "误录", "测试")
    take({"特色险种": [{**FARM["特色险种"][1], "类别": "第三类"}]}, refused=True, amend_reason="改类别")
    take({"特色险种": [{**FARM["特色险种"][0], "区市": "荣成市"}]}, refused=True, amend_reason="改区市")
    key = ["三", "文登区", PRODUCT, FARM_INSURER, "2023-05-01"]
    void(engine, BY_NAME["一票否决"], read_key(BY_NAME["一票否决"], key), "误录", "测试")
    void(engine, BY_NAME["特色承保"], read_key(BY_NAME["特色承保"], ["2023", PRODUCT, FARM_INSURER]), "误录", "测试")


def test_a_veto_of_a_county_is_one_however_often_it_comes(engine: Engine, take: Take) -> None:
    rows = [{**FARM["一票否决"][0], "情形": "一", "险种编号": None, "承保机构": None}]
    take({"一票否决": rows})
    assert (
        take(
            {
                "一票否决": [{**rows[0], "备注": None}][:0]
                or [
                    rows[0],
                ]
            }
            | {"特色目录": FARM["特色目录"]}
        )
        .taken["一票否决"]
        .same
        == 1
    )
    key = ["一", "文登区", "", "", "2023-05-01"]
    void(engine, BY_NAME["一票否决"], read_key(BY_NAME["一票否决"], key), "误录", "测试")
    assert take({"一票否决": rows} | {"分配系数": FARM["分配系数"]}).taken["一票否决"].new == 1


def test_the_examples_of_the_blank_workbook_can_be_kept_together(engine: Engine, tmp_path: Path) -> None:
    write_template(tmp_path / "t.xlsx")
    book = openpyxl.load_workbook(tmp_path / "t.xlsx")
    for page in book.worksheets:
        if page.title not in SHEETS:
            book.remove(page)
            continue
        for cell in page[2]:
            if isinstance(cell.value, str):
                cell.value = cell.value.removeprefix("示例：").removeprefix("示例")
    book.save(tmp_path / "kept.xlsx")
    outcome = import_file(engine, tmp_path / "kept.xlsx", "测试")
    assert not outcome.refused, [finding.line() for finding in outcome.findings]
    assert set(outcome.taken) == set(SHEETS)
