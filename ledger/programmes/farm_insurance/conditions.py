"""特色农产品保险奖补: the conditions of 第五条 to 第八条, in the order in which codes are named."""

from __future__ import annotations

from ledger.law.conditions import Condition
from ledger.programmes.farm_insurance import law

_VETO = (
    ("区市联席会议机制", "所在区市还没有建立农业保险高质量发展联席会议机制，或部门间协调配合较差。"),
    ("区市保费补贴拨付", "所在区市政策性农业保险保费补贴拨付缓慢，存在严重欠拨。"),
    ("承保机构服务", "承保机构查勘不及时、服务水平较低或惜赔，情节严重。"),
    ("承保机构处罚", "承保机构近两年内因农业保险业务受到监管部门行政处罚，或出现重大审计问题。"),
    ("保单数据上传", "没有按要求把保单数据上传至省农业保险保费补贴管理平台。"),
)


def _vetoes() -> tuple[Condition, ...]:
    return tuple(
        Condition(
            f"A_VETO_{number}",
            "第六条",
            title,
            law.no_veto(number),
            f"{{veto_{number}}}",
            meaning,
            "核对「一票否决」表；误录的撤回该行。"
            + ("处罚日满两年后不再计。" if number in law.EVENTS else "已整改的填解除日，截止日之前解除的不影响。"),
        )
        for number, (title, meaning) in enumerate(_VETO, start=1)
    )


_JUDGED_ALONE: tuple[Condition, ...] = (
    Condition(
        "A_CENTRAL",
        "第五条",
        "中央补贴险种之外",
        law.outside_central,
        "与中央财政补贴险种的关系：{central}，要求在其标准范围之外，或为创新部分",
        "险种在现有中央财政补贴险种标准范围之内。",
        "核对「特色险种」表的中央险种；只有创新部分的另立险种编号，填 创新部分。",
    ),
    Condition(
        "A_CATALOGUE",
        "第五条",
        "省级目录",
        law.in_catalogue,
        "标的{object}，{year_end} 在省级目录：{catalogue}",
        "承保年度末标的不在《山东省地方优势特色农产品保险目录》。",
        "核对「特色险种」的标的与「特色目录」的写法、列入日、移出日；创新部分不要求在目录。",
    ),
    Condition(
        "A_SCALE",
        "第五条",
        "保费规模",
        law.large_enough,
        "年度保费总额 {premium}（各承保机构合计），要求不低于 {scale}",
        "该区市该险种一个年度的总保费不到规定规模。",
        "核对「特色承保」各承保机构的保费；正好等于的合格。",
    ),
    Condition(
        "A_COUNTY",
        "第五条",
        "区市已补贴",
        law.county_paid,
        "截止 {as_of}，区市财政就本年度保险已拨付 {county_paid}，要求大于 0",
        "截止日前区市财政没有为本年度的保险拨付保费补贴。",
        "核对「区市补贴」的年度、拨付日；截止日以后拨付的不计。",
    ),
    Condition(
        "A_YEAR",
        "第五条",
        "享受当地补贴满一年",
        law.a_year_on,
        "往年省级奖补：{province_since}；区市首次拨付：{first_paid_on}，要求往年已享受，或不晚于 {a_year_before}",
        "首次申请省级奖补，到截止日独立享受当地财政补贴还不满一年。",
        "核对「往年奖补」（省级）和「区市补贴」中最早的拨付日（不论年度）。",
        bars=("province",),
    ),
    Condition(
        "A_FILED",
        "第五条",
        "市级备案",
        law.filed,
        "往年市级奖补：{city_since}；备案：{filing}。要求往年已享受，或首单起期 {started_on} 之前报备并于 {year_end} 前备案成功，"
        "或早已在省级名单的于 {grace_end} 前备案成功",
        "首次申请市级奖补，没有在开展之前报备并在当年备案成功。",
        "核对「往年奖补」（市级）和「险种备案」的报备日、备案成功日。",
        bars=("city",),
    ),
    *_vetoes(),
    Condition(
        "A_SPLIT",
        "第七条",
        "第二类市级比例",
        law.share_decided,
        "第二类市级承担比例：{share}",
        "第二类险种本年度的市级承担比例还没有明确。属待核实，不是不合格。",
        "比例明确后填「二类分担」，重新审核。",
        held=True,
    ),
    Condition(
        "A_BOOKS",
        "第七条",
        "保费分担对得上",
        law.books_agree,
        "农户保费 {farmer} + 区市已拨付 {county_paid}，保费总额 {premium}；{farmer_rule}",
        "农户保费与区市拨付之和超过保费总额，或第一、二类的农户保费不是规定的比例（每张保单容许半分）。属待核实，不是不合格。",
        "核对「特色承保」的保费、农户保费和「区市补贴」的拨付金额。",
        held=True,
    ),
    Condition(
        "A_APPLIED",
        "第八条",
        "按期申请",
        law.applied_in_time,
        "申请收到日：{received_on}，要求不晚于 {as_of}",
        "区市没有就该险种提出申请，或申请在截止日之后才收到。",
        "核对「特色申请」的收到日；逾期不报的不纳入。",
    ),
)
OBJECT = Condition(
    "A_OBJECT",
    "第五条",
    "同一标的不重复",
    law.first_of_its_object,
    "{object_rule}",
    "同一区市同一标的已有另一险种享受，年度内不能重复。",
    "先后按类别、申请收到日、险种编号，不能调换；标的确实不同的，更正「特色险种」的标的。",
)
JUDGED_ALONE = _JUDGED_ALONE
CONDITIONS: tuple[Condition, ...] = (*_JUDGED_ALONE, OBJECT)
MILD = tuple(condition.code for condition in CONDITIONS if condition.bars)
