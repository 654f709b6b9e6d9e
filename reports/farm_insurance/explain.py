"""Why a product gets this much, or nothing: every condition with its figures, then each money step by step.

Nothing is computed anew: every figure comes from the line and its run as they were stored.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Connection, select

from ledger import models, money
from ledger.errors import NotFound
from ledger.money import wan_words
from ledger.programmes.farm_insurance import law, positions, words
from ledger.programmes.farm_insurance.conditions import CONDITIONS, MILD
from ledger.programmes.farm_insurance.tables import ProductFact
from ledger.programmes.farm_insurance.year import values_of
from ledger.runs.settlement import STATE_NAMES, RunRecord
from reports.farm_insurance import lineage
from reports.farm_insurance.decided import of_year, where
from reports.farm_insurance.lines import LEVELS, LINES, anchor
from reports.lineage import evidence, rules, sources
from reports.lineage.explanation import NOTE, Explanation, Point, judged
from reports.lineage.rules import Fact
from reports.runs.run_lines import Row, read_whole


def explain(connection: Connection, run: RunRecord, product_no: str) -> Explanation:
    """A product of a review; NotFound when it is not on file."""
    rows = read_whole(connection, LINES, run.id, anchor.product_no == product_no)
    if not rows:
        return _without_line(connection, run, product_no)
    (row,) = rows
    points = [
        *sources.points(connection, lineage.of_rows(run, rows), lineage.LINEAGE),
        *conditions_of(connection, run, row),
        *_amounts(connection, run, row),
        *_reported(run, row),
    ]
    moneys = "，".join(f"{name} {wan_words(row[f'{key}_fen'])}" for key, name in LEVELS.items() if row[f"{key}_fen"])
    codes = [code for code in row["reasons"].split(";") if code]
    stopped = evidence.stopped_by(codes, {condition.code: condition for condition in CONDITIONS})
    return Explanation(_subject(run, product_no, row), (moneys or "无奖补") + stopped, points)


def conditions_of(connection: Connection, run: RunRecord, row: Row) -> list[Point]:
    """Each condition as a stored line was judged by it, with its figures."""
    return list(judged(CONDITIONS, row, _figures(connection, run, row), LEVELS))


def _subject(run: RunRecord, product_no: str, row: Row | None = None) -> str:
    what = f"（{row['product']}，{row['county']}，{words.CLASSES[row['class'] - 1]}）" if row else ""
    return f"险种 {product_no}{what} {run.year} 年度审核，第 {run.id} 号运行（{STATE_NAMES[run.state]}，截止日 {run.as_of}）"


def _without_line(connection: Connection, run: RunRecord, product_no: str) -> Explanation:
    """Why a product on file has no line in a review."""
    query = select(ProductFact.id).join(anchor, anchor.id == ProductFact.product_id)
    found = connection.execute(query.where(anchor.product_no == product_no, ProductFact.retired_by.is_(None))).first()
    if found is None:
        raise NotFound(f"没有险种 {product_no} 的在库记录；请核对险种编号")
    table = models.table_of(models.facts_of("特色承保"))
    rows = rules.facts(
        connection, models.facts_of("特色承保"), table.c.year == run.year, table.c.product_id.in_(
            select(anchor.id).where(anchor.product_no == product_no)
        ),
    )  # fmt: skip
    text = f"{run.year} 年度没有该险种的「特色承保」"
    if any(fact["retired_by"] is None for fact in rows):
        text = "该险种在审核之后才录入或更正；重新审核后可以解释"
    return Explanation(_subject(run, product_no), f"未列入本次审核：{text}", [])


# --- the conditions -----------------------------------------------------------------------------------------------------


def _figures(connection: Connection, run: RunRecord, row: Row) -> dict[str, str]:
    """What the sentences of the conditions may speak of."""
    days = positions.days_of(run.year, values_of(run.year))
    kind = row["class"]
    figures = {
        "central": _fact(connection, "特色险种", row["product_fact_id"], "central"),
        "object": row["object"],
        "year_end": str(days.year_end),
        "catalogue": _catalogue(connection, row),
        "premium": wan_words(row["premium_fen"]),
        "scale": wan_words(run.law["scale"]),
        "as_of": str(run.as_of),
        "county_paid": wan_words(row["county_paid_fen"]),
        "province_since": _since(row["province_since"]),
        "city_since": _since(row["city_since"]),
        "first_paid_on": str(row["first_paid_on"] or "没有"),
        "a_year_before": str(days.a_year_before),
        "filing": _filing(connection, run, row),
        "started_on": str(row["started_on"]),
        "grace_end": str(days.grace_end),
        "farmer": wan_words(row["farmer_fen"]),
        "farmer_rule": "第三类不问农户承担比例",
        "received_on": str(row["received_on"] or "没有申请"),
        "share": "不是第二类，不问",
        "object_rule": _object_rule(row),
        **_vetoes(connection, run, row, days),
    }
    if kind != law.CLASS_3:
        percent = run.law[f"class_{kind}_farmer"]
        exact = money.format_scaled(row["premium_fen"] * percent, 12, 2)
        figures["farmer_rule"] = (
            f"农户应承担 {money.percent_text(percent)}%，即 {exact} 万元，保单 {row['policies']} 件，容许相差每件半分"
        )
    if kind == law.CLASS_2:
        rate = row["city_rate_percent"]
        figures["share"] = "还没有明确" if rate is None else f"{money.percent_text(rate)}%"
    return figures


def _fact(connection: Connection, sheet: str, number: int, column: str) -> Any:
    table = models.table_of(models.facts_of(sheet))
    return connection.execute(select(table.c[column]).where(table.c.id == number)).scalar_one()


def _since(year: int | None) -> str:
    return "没有" if year is None else f"{year} 年度起"


def _catalogue(connection: Connection, row: Row) -> str:
    number = row["catalogue_fact_id"]
    if number is None:
        return "不在"
    table = models.table_of(models.facts_of("特色目录"))
    found = connection.execute(select(table.c.listed_on, table.c.delisted_on).where(table.c.id == number)).one()
    return f"在，{found.listed_on} 至 {found.delisted_on or '今'}"


def _of_product(connection: Connection, run: RunRecord, sheet: str, row: Row) -> list[Fact]:
    """The rows of a sheet about the product, as the run saw them."""
    table = models.table_of(models.facts_of(sheet))
    scope = rules.Scope(run)
    found = rules.facts(connection, models.facts_of(sheet), table.c.product_id == row["product_id"])
    return [fact for fact in found if scope.saw(fact) is None]


def _filing(connection: Connection, run: RunRecord, row: Row) -> str:
    found = _of_product(connection, run, "险种备案", row)
    texts = [
        f"{fact['filed_on']} 报备，" + (f"{fact['accepted_on']} 备案成功" if fact["accepted_on"] else "没有备案成功")
        for fact in sorted(found, key=lambda fact: fact["filed_on"])
    ]
    return "；".join(texts) or "没有"


def _vetoes(connection: Connection, run: RunRecord, row: Row, days: positions.Days) -> dict[str, str]:
    """What is on record under each item of 第六条 that names the line."""
    table = models.table_of(models.facts_of("一票否决"))
    scope = rules.Scope(run)
    seen = [
        fact
        for fact in rules.facts(connection, models.facts_of("一票否决"), table.c.county == row["county"])
        if scope.saw(fact) is None and lineage.names_line(fact, row)
    ]
    found = {}
    for number, kind in enumerate(words.VETOES, start=1):
        texts = []
        for fact in (fact for fact in seen if fact["kind"] == kind):
            lifted = f"，{fact['lifted_on']} 解除" if fact["lifted_on"] else ""
            state = "影响本次审核" if lineage.bars_line(fact, days) else "不影响本次审核"
            who = f"{fact['insurer']}，" if fact["insurer"] else ""
            texts.append(f"{who}{fact['found_on']} 认定（{fact['document_no']}）{lifted}，{state}")
        span = f"{days.penalties_since} 至 {days.cut_off} " if number in law.EVENTS else f"截止日 {days.cut_off} "
        found[f"veto_{number}"] = "；".join(texts) or f"{span}没有这种情形的记录"
    return found


def _object_rule(row: Row) -> str:
    if row["first_of_object"]:
        return f"{row['county']}的标的{row['object']}由险种 {row['first_of_object']} 享受（按类别、申请收到日、险种编号在先）"
    if law.is_stopped(row["reasons"], MILD):
        return "其他条件未全部通过，不参加排序"
    return f"{row['county']}的标的{row['object']}由本险种享受"


# --- the amounts --------------------------------------------------------------------------------------------------------


def _amounts(connection: Connection, run: RunRecord, row: Row) -> Iterator[Point]:
    codes = row["reasons"].split(";")
    barred = {given: condition.code for condition in CONDITIONS for given in condition.bars if condition.code in codes}
    if law.is_stopped(row["reasons"], MILD):
        yield Point("金额", "三项奖补", NOTE, "第五条", "", "条件未全部通过，省级、市级、中央奖补均为 0")
    elif row["class"] == law.CLASS_3:
        yield from _class_3(run, row, barred)
    else:
        yield from _by_percentages(run, row, barred)
    yield from _central(connection, run, row)
    whole = "county_paid_fen" if row["class"] == law.CLASS_3 else "premium_fen"
    farmer = "" if row["class"] == law.CLASS_3 else f" − 农户承担 {wan_words(row['farmer_share_fen'])}"
    name = "区市已拨付" if row["class"] == law.CLASS_3 else "保费"
    text = (
        f"{name} {wan_words(row[whole])}{farmer}"
        + "".join(f" − {level} {wan_words(row[f'{key}_fen'])}" for key, level in LEVELS.items())
        + f" = {wan_words(row['county_net_fen'])}"
    )
    yield Point("金额", "区市净负担", NOTE, "第七条", "", text)


def _by_percentages(run: RunRecord, row: Row, barred: Mapping[str, str]) -> Iterator[Point]:
    kind, used = row["class"], run.law
    own = kind == law.CLASS_1 and row["county"] in used["direct_counties"]
    province = used["direct_province"] if own else used[f"class_{kind}_province"]
    farmer, city = used[f"class_{kind}_farmer"], row["city_rate_percent"] or 0
    rest = money.E4_PER_ONE - farmer - province - city
    shares = "、".join(
        f"{name} {money.percent_text(percent)}%"
        for name, percent in (("农户", farmer), ("省级", province), ("市级", city), ("县级", rest))
    )
    text = f"保费 {wan_words(row['premium_fen'])} 按{shares}分到分（余下的分按小数部分大小逐一补足）：农户 {wan_words(row['farmer_share_fen'])}"
    yield Point("金额", "各方承担", NOTE, "第七条", "", text)
    for key, name, fen in (("province", "省级奖补", "province_fen"), ("city", "市级奖补", "city_fen")):
        text = f"{barred[key]} 未通过，为 0，由县级承担" if key in barred else wan_words(row[fen])
        yield Point("金额", name, NOTE, "第七条", "", text)


def _class_3(run: RunRecord, row: Row, barred: Mapping[str, str]) -> Iterator[Point]:
    used = run.law
    if "province" in barred:
        text = f"{barred['province']} 未通过，为 0"
    else:
        text = (
            f"区市已拨付 {wan_words(row['county_paid_fen'])} × {money.percent_text(used['class_3_province'])}%，"
            f"上限 {wan_words(used['class_3_province_cap'])}：{wan_words(row['province_fen'])}"
        )
    yield Point("金额", "省级奖补", NOTE, "第七条", "", text)
    if "city" in barred:
        yield Point("金额", "市级奖补", NOTE, "第七条", "", f"{barred['city']} 未通过，为 0")
        return
    text = (
        f"保费 {wan_words(row['premium_fen'])} × {money.percent_text(row['city_rate_percent'])}%，不超过区市已拨付减省级奖补："
        f"{wan_words(row['city_demand_fen'])}"
    )
    fund, wanted = used["city_fund"], wan_words(row["city_fen"])
    if fund is None:
        text += f"；没有录入资金总量，不作总量控制：{wanted}"
    elif row["city_fen"] == row["city_demand_fen"]:
        text += f"；资金总量 {wan_words(fund)}：{wanted}"
    else:
        text += f"；第三类需求合计超过资金总量 {wan_words(fund)}，按需求比例分配：{wanted}"
    yield Point("金额", "市级奖补", NOTE, "第七条", "", text)


def _central(connection: Connection, run: RunRecord, row: Row) -> Iterator[Point]:
    fund = run.law["central_fund"]
    if law.is_stopped(row["reasons"], MILD):
        return
    if not fund:
        yield Point(
            "金额", "中央奖补", NOTE, "第七条", "", "没有中央奖补资金（「资金总量」特色险中央没有录入或为 0），为 0"
        )
        return
    if row["class"] == law.CLASS_1:
        text = (
            f"保费 {wan_words(row['premium_fen'])} × {money.percent_text(run.law['central_rate_used'])}% = "
            f"{wan_words(row['central_want_fen'])}，优先保障第一类；资金总量 {wan_words(fund)}：{wan_words(row['central_fen'])}"
        )
        yield Point("金额", "中央奖补", NOTE, "第七条", "", text)
        return
    word = words.CLASSES[row["class"] - 1]
    own = next((fact for fact in of_year(connection, run, "分配系数") if fact["product_class"] == word), None)
    source = where(own) if own else "没有录入，按 1"
    text = (
        f"第一类之后余下的中央资金，第二、三类一起按 保费 × 分配系数 分配；{word}系数 "
        f"{money.percent_text(row['coefficient_e4'], 0)}（{source}）：分得 {wan_words(row['central_want_fen'])}，"
        f"不超过区市还承担的部分，得 {wan_words(row['central_fen'])}"
    )
    yield Point("金额", "中央奖补", NOTE, "第七条", "", text)


def _reported(run: RunRecord, row: Row) -> Iterator[Point]:
    """第十二、十三条: what is told and bars nothing."""
    text = f"一个季度内没有拨付到位的申请 {row['late_count']} 笔，{wan_words(row['late_fen'])}（截止 {run.as_of}）"
    yield Point("提示", "拨付进度", NOTE, "第十二条", "", text)
    if row["loss_percent"] is None:
        text = "没有上一年度的承保数据，不计算两年平均赔付率"
    else:
        low = "低于" if row["loss_low"] else "不低于"
        text = (
            f"两年赔款 {wan_words(row['loss_claims_fen'])} ÷ 两年保费 {wan_words(row['loss_premium_fen'])} = "
            f"{money.percent_text(row['loss_percent'])}%，{low} {money.percent_text(run.law['loss_floor'])}%"
        )
    yield Point("提示", "赔付率", NOTE, "第十三条", "", text)
