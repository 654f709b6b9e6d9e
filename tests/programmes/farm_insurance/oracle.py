"""A second opinion on 威财金〔2023〕11号: the same rules, one line at a time, with exact numbers only.

Nothing here is taken from the product and nothing is clever. A *world* is what the intake workbooks hold: sheet name ->
rows, a row being Chinese header -> value (str, int, Decimal for 万元 and percentages, date; None where empty). A line has the
columns of the CSV `farm` but `run`: money in fen, `class` 1, 2 or 3, dates as dates, `loss_low` 1, 0 or None, `reasons` a tuple
of codes. Allocation, rounding, months and counties are those of the first document's reference computation.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from programmes.tech_branch.oracle_figures import (
    Refused,
    Row,
    World,
    add_months,
    allocate,
    county_of,
    county_rank,
    covers,
    fen,
    half_up,
    percent,
)

Line = dict[str, Any]

YEARS = (2023, 2024)  # 第十六条: what was insured from 2023-01-01 to 2024-12-31
SCALE_FEN = 50 * 1_000_000  # 第五条(三)
FIRST_LISTED, FILING_GRACE = 2022, date(2023, 4, 1)  # 第五条(四): 现已纳入, 发布后1个月
FARMER_PERCENT, PROVINCE_PERCENT, CITY_PERCENT = 40, 10, 10  # 第七条(一)1, 2
SPECIAL_COUNTY, SPECIAL_YEAR, SPECIAL_PROVINCE_PERCENT = "荣成市", 2023, 15  # 第七条(一)1
SHARED_PERCENT = 50  # 第七条(一)2: what the city and the county bear together
PROVINCE_OF_PAID = 50  # 第七条(一)3, percent
PROVINCE_CAP_FEN = 500 * 1_000_000  # 第七条(一)3
CEILINGS = {"特色险市级": Decimal(10), "特色险中央": Decimal(25)}  # 第七条(一)3, (二)
LOSS_FLOOR = Fraction(70)  # 第十三条, percent
QUARTER_MONTHS = 3  # 第十二条
CLASSES = {"第一类": 1, "第二类": 2, "第三类": 3}
MILD = {"A_YEAR", "A_FILED"}  # each stops one money only
SCALE_OF_RATES = 10_000  # percentages and coefficients have at most 4 decimals


class Facts:
    """A world, looked up for the review of one year."""

    def __init__(self, world: World, year: int) -> None:
        self.world = world
        self.year = year
        self.cut_off = cut_off(year)

    def of(self, sheet: str, number: str) -> list[Row]:
        """The rows of a sheet about a product."""
        return [row for row in self.world.get(sheet, ()) if row["险种编号"] == number]

    def rate(self, item: str) -> Decimal:
        """W9: the year's own rate, else the ceiling."""
        for row in self.world.get("年度比例", ()):
            if row["年度"] == self.year and row["补助项目"] == item:
                return Decimal(row["比例(%)"])
        return CEILINGS[item]

    def budget(self, money: str) -> int | None:
        """The year's 资金总量, None where none is on file."""
        for row in self.world.get("资金总量", ()):
            if row["年度"] == self.year and row["资金"] == money:
                return fen(row["金额(万元)"])
        return None

    def coefficient(self, number: int) -> Decimal:
        """第七条(二): the coefficient of a class, 1 where none is on file."""
        for row in self.world.get("分配系数", ()):
            if row["年度"] == self.year and CLASSES[row["类别"]] == number:
                return Decimal(row["系数"])
        return Decimal(1)

    def city_percent_of_class_2(self, number: str) -> Decimal | None:
        """第七条(一)2: the city's share as decided for the product and the year."""
        for row in self.of("二类分担", number):
            if row["年度"] == self.year:
                return Decimal(row["市级比例(%)"])
        return None


def cut_off(year: int) -> date:
    """第八条: 每年2月10日前, of the year after the insurance."""
    return date(year + 1, 2, 10)


def review(world: World, year: int, today: date | None = None) -> dict[str, Any]:
    """`lines` in their order, and `totals` as the JSON of the command names them; refused as 第八 and 第十六条 ask."""
    if year not in YEARS:
        raise Refused(f"{year}年度不在威财金〔2023〕11号的有效期内（第十六条），不能审核")
    if today is not None and cut_off(year) > today:
        raise Refused(f"截止日{cut_off(year)}晚于今天{today}，不能审核")
    facts = Facts(world, year)
    lines = [
        judge(facts, product) for product in world.get("特色险种", ()) if insured(facts, product["险种编号"], year)
    ]
    lines.sort(key=lambda line: (county_rank(line["county"]), line["class"], line["product_no"]))
    refuse_second_of_an_object(lines)
    for line in lines:
        share(facts, line)
    control_city(facts, lines)
    central_left = give_central(facts, lines)
    for line in lines:
        bearing = line["county_paid_fen"] if line["class"] == 3 else line["premium_fen"] - line["farmer_share_fen"]
        line["county_net_fen"] = bearing - line["province_fen"] - line["city_fen"] - line["central_fen"]
        line["reasons"] = tuple(line["reasons"])
    return {"lines": lines, "totals": totals(lines, central_left)}


def totals(lines: Sequence[Line], central_left: int) -> dict[str, Any]:
    """What the command's JSON says beside the run."""
    found: dict[str, Any] = {"lines": len(lines), "stopped": {}, "central_left_fen": central_left}
    for line in lines:
        for code in line["reasons"]:
            found["stopped"][code] = found["stopped"].get(code, 0) + 1
    for field in ("premium_fen", "county_paid_fen", "province_fen", "city_fen", "central_fen"):
        found[field] = sum(line[field] for line in lines)
    return found


# --- one line --------------------------------------------------------------------------------------------


def insured(facts: Facts, number: str, year: int) -> list[Row]:
    """The rows of 特色承保 of a product and a year, of all insurers."""
    return [row for row in facts.of("特色承保", number) if row["年度"] == year]


def judge(facts: Facts, product: Row) -> Line:
    """A product's line with every code but A_OBJECT, before any money."""
    number, year = product["险种编号"], facts.year
    rows = insured(facts, number, year)
    applied = [row["收到日"] for row in facts.of("特色申请", number) if row["年度"] == year]
    line: Line = {
        "year": year,
        "county": county_of(product["区市"]),
        "product_no": number,
        "product": product["险种名称"],
        "class": CLASSES[product["类别"]],
        "object": product["标的"],
        "insurers": "、".join(sorted({row["承保机构"] for row in rows})),
        "started_on": min(row["首单起期"] for row in rows),
        "policies": sum(row["保单件数"] for row in rows),
        "premium_fen": sum(fen(row["保费(万元)"]) for row in rows),
        "farmer_fen": sum(fen(row["农户保费(万元)"]) for row in rows),
        "county_paid_fen": county_paid(facts, number),
        "received_on": applied[0] if applied else None,
    }
    line["city_rate_percent"] = city_rate(facts, line)
    line["late_count"], line["late_fen"] = late(facts, number)
    line["loss_percent"], line["loss_low"] = loss(facts, number)
    line["reasons"] = reasons(facts, product, line)
    return line


def county_paid(facts: Facts, number: str) -> int:
    """第八条(三): what the county paid for the year's insurance, on or before the cut-off."""
    return sum(
        fen(row["拨付金额(万元)"])
        for row in facts.of("区市补贴", number)
        if row["年度"] == facts.year and row.get("拨付日") is not None and row["拨付日"] <= facts.cut_off
    )


def city_rate(facts: Facts, line: Line) -> Decimal | None:
    """第七条(一): the city's percent, None where it is not decided for a product of class 2."""
    if line["class"] == 1:
        return Decimal(0 if is_special(facts, line) else CITY_PERCENT)
    if line["class"] == 2:
        return facts.city_percent_of_class_2(line["product_no"])
    return facts.rate("特色险市级")


def is_special(facts: Facts, line: Line) -> bool:
    """第七条(一)1: 荣成市 until the end of 2023."""
    return line["county"] == SPECIAL_COUNTY and facts.year == SPECIAL_YEAR


def late(facts: Facts, number: str) -> tuple[int, int]:
    """第十二条: how many applications of insurers were not paid within a quarter, and their sum."""
    count = total = 0
    for row in facts.of("区市补贴", number):
        if row["年度"] != facts.year:
            continue
        due = add_months(row["申请日"], QUARTER_MONTHS)
        paid_on = row.get("拨付日")
        seen = paid_on if paid_on is not None and paid_on <= facts.cut_off else facts.cut_off
        if due < seen:
            count += 1
            total += fen(row["申请金额(万元)"])
    return count, total


def loss(facts: Facts, number: str) -> tuple[Decimal | None, int | None]:
    """第十三条: claims by premiums of two years, in percent to 4 decimals, and whether it is below 70%."""
    this, last = insured(facts, number, facts.year), insured(facts, number, facts.year - 1)
    if not this or not last:
        return None, None
    claims = sum(fen(row["赔款(万元)"]) for row in (*this, *last))
    premiums = sum(fen(row["保费(万元)"]) for row in (*this, *last))
    exact = Fraction(claims * 100, premiums)
    return Decimal(half_up(exact * SCALE_OF_RATES)).scaleb(-4), int(exact < LOSS_FLOOR)


# --- the conditions --------------------------------------------------------------------------------------


def reasons(facts: Facts, product: Row, line: Line) -> list[str]:
    """Every code but A_OBJECT, in their order."""
    vetoes = vetoed(facts, line)
    holds = {
        "A_CENTRAL": product["中央险种"] != "范围内",
        "A_CATALOGUE": in_catalogue(facts, product),
        "A_SCALE": line["premium_fen"] >= SCALE_FEN,
        "A_COUNTY": line["county_paid_fen"] > 0,
        "A_YEAR": had_a_year(facts, line),
        "A_FILED": was_filed(facts, line),
        "A_VETO_1": "一" not in vetoes,
        "A_VETO_2": "二" not in vetoes,
        "A_VETO_3": "三" not in vetoes,
        "A_VETO_4": "四" not in vetoes,
        "A_VETO_5": "五" not in vetoes,
        "A_SPLIT": line["city_rate_percent"] is not None,
        "A_BOOKS": books_agree(line),
        "A_APPLIED": line["received_on"] is not None and line["received_on"] <= facts.cut_off,
    }
    return [code for code, passed in holds.items() if not passed]


def in_catalogue(facts: Facts, product: Row) -> bool:
    """第五条(二): its 标的 is listed on Dec 31 of the year; 第五条(五) takes an innovative part up beside that."""
    if product["中央险种"] == "创新部分":
        return True
    day = date(facts.year, 12, 31)
    return any(
        row["标的"] == product["标的"] and covers(row["列入日"], row.get("移出日"), day)
        for row in facts.world.get("特色目录", ())
    )


def enjoyed_before(facts: Facts, number: str, level: str, first_before: int) -> bool:
    """Whether the product was supported at a level with a first year before the given one."""
    return any(row["级别"] == level and row["首次享受年度"] < first_before for row in facts.of("往年奖补", number))


def had_a_year(facts: Facts, line: Line) -> bool:
    """第五条(四): no first application for provincial money, or the county has paid for over a year at the cut-off."""
    if enjoyed_before(facts, line["product_no"], "省级", facts.year):
        return True
    paid = [row["拨付日"] for row in facts.of("区市补贴", line["product_no"]) if row.get("拨付日") is not None]
    return bool(paid) and min(paid) <= date(facts.year, 2, 10)


def was_filed(facts: Facts, line: Line) -> bool:
    """第五条(四): no first application for city money, or filed before the first policy and accepted within the year, or an old hand filed in time."""
    number = line["product_no"]
    if enjoyed_before(facts, number, "市级", facts.year):
        return True
    old_hand = enjoyed_before(facts, number, "省级", FIRST_LISTED + 1)
    for row in facts.of("险种备案", number):
        accepted = row.get("备案成功日")
        if accepted is None:
            continue
        if row["报备日"] < line["started_on"] and accepted <= date(facts.year, 12, 31):
            return True
        if old_hand and accepted <= FILING_GRACE:
            return True
    return False


def vetoed(facts: Facts, line: Line) -> set[str]:
    """第六条: the kinds of veto in force on the cut-off; of the fourth kind those of the last two years."""
    insurers = line["insurers"].split("、")
    kinds = set()
    for row in facts.world.get("一票否决", ()):
        if county_of(row["区市"]) != line["county"]:
            continue
        if row.get("险种编号") not in (None, line["product_no"]):
            continue
        if row.get("承保机构") is not None and row["承保机构"] not in insurers:
            continue
        if row["情形"] == "四":
            in_force = date(facts.year - 1, 2, 10) <= row["认定日"] <= facts.cut_off
        else:
            in_force = covers(row["认定日"], row.get("解除日"), facts.cut_off)
        if in_force:
            kinds.add(row["情形"])
    return kinds


def books_agree(line: Line) -> bool:
    """第七条: farmers and county bear no more than the premium; in classes 1 and 2 the farmers bear 40%, to half a fen a policy."""
    if line["farmer_fen"] + line["county_paid_fen"] > line["premium_fen"]:
        return False
    if line["class"] == 3:
        return True
    off = abs(line["farmer_fen"] - line["premium_fen"] * percent(FARMER_PERCENT))
    return off <= Fraction(line["policies"], 2)


def refuse_second_of_an_object(lines: Sequence[Line]) -> None:
    """第五条(二): one product a year for an object in a county: the first by class, day of application, number."""
    taken = set()
    for line in sorted((line for line in lines if not stopped(line)), key=turn):
        key = (line["county"], line["object"])
        if key in taken:
            line["reasons"].append("A_OBJECT")
        taken.add(key)


def turn(line: Line) -> tuple[int, date, str]:
    return line["class"], line["received_on"], line["product_no"]


def stopped(line: Mapping[str, Any]) -> bool:
    """Whether a code stops all three moneys."""
    return bool(set(line["reasons"]) - MILD)


# --- the money -------------------------------------------------------------------------------------------


def share(facts: Facts, line: Line) -> None:
    """第七条(一): the farmers' share, the province's money, and the city's before 总量控制."""
    if line["class"] == 3:
        share_of_class_3(line)
    else:
        share_of_classes_1_and_2(facts, line)
    if stopped(line):
        line["province_fen"] = line["city_demand_fen"] = 0
    line["city_fen"], line["central_fen"] = line["city_demand_fen"], 0


def share_of_classes_1_and_2(facts: Facts, line: Line) -> None:
    """第七条(一)1, 2: fixed percentages of the premium; what is barred rests on the county."""
    province = SPECIAL_PROVINCE_PERCENT if line["class"] == 1 and is_special(facts, line) else PROVINCE_PERCENT
    city = line["city_rate_percent"] or Decimal(0)
    county = 100 - FARMER_PERCENT - province - city if line["class"] == 1 else SHARED_PERCENT - city
    weights = [int(each * SCALE_OF_RATES) for each in (FARMER_PERCENT, province, city, county)]
    line["farmer_share_fen"], line["province_fen"], line["city_demand_fen"], _ = allocate(line["premium_fen"], weights)
    if "A_YEAR" in line["reasons"]:
        line["province_fen"] = 0
    if "A_FILED" in line["reasons"]:
        line["city_demand_fen"] = 0


def share_of_class_3(line: Line) -> None:
    """第七条(一)3: half of what the county paid, up to the cap; the city's percent of the premium, as far as the county paid."""
    paid = line["county_paid_fen"]
    line["farmer_share_fen"] = 0
    line["province_fen"] = 0
    if "A_YEAR" not in line["reasons"]:
        line["province_fen"] = min(half_up(paid * percent(PROVINCE_OF_PAID)), PROVINCE_CAP_FEN)
    line["city_demand_fen"] = 0
    if "A_FILED" not in line["reasons"]:
        wanted = half_up(line["premium_fen"] * percent(line["city_rate_percent"]))
        line["city_demand_fen"] = min(wanted, paid - line["province_fen"])


def control_city(facts: Facts, lines: Sequence[Line]) -> None:
    """第七条(一)3, 总量控制: class 3 alone is cut to the year's budget."""
    budget = facts.budget("特色险市级")
    third = [line for line in lines if line["class"] == 3]
    demands = [line["city_demand_fen"] for line in third]
    if budget is not None and sum(demands) > budget:
        for line, part in zip(third, allocate(budget, demands), strict=True):
            line["city_fen"] = part


def give_central(facts: Facts, lines: Sequence[Line]) -> int:
    """第七条(二): class 1 first, what is left to classes 2 and 3 by coefficients; gives what nobody got."""
    purse = facts.budget("特色险中央") or 0
    first = [line for line in lines if not stopped(line) and line["class"] == 1]
    wants = [half_up(line["premium_fen"] * percent(facts.rate("特色险中央"))) for line in first]
    given = allocate(purse, wants) if sum(wants) > purse else wants
    for line, part in zip(first, given, strict=True):
        line["central_fen"] = part
    left = purse - sum(given)
    others = [line for line in lines if not stopped(line) and line["class"] != 1]
    weights = [
        line["premium_fen"] * int(facts.coefficient(line["class"]) * SCALE_OF_RATES) for line in others
    ]  # fmt: skip
    for line, part in zip(others, allocate(left, weights), strict=True):
        line["central_fen"] = min(part, rests_on_county(line))
    return purse - sum(line["central_fen"] for line in lines)


def rests_on_county(line: Line) -> int:
    """What a county bears of a line of class 2 or 3 before the central money."""
    whole = line["county_paid_fen"] if line["class"] == 3 else line["premium_fen"] - line["farmer_share_fen"]
    rest: int = whole - line["province_fen"] - line["city_fen"]
    return rest
