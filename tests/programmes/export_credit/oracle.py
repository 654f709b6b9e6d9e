"""A second opinion on 威商务发〔2023〕1号 第11条: the same rules, one premium at a time, with exact numbers only.

Nothing here is taken from the product and nothing is clever. A *world* is what the intake workbooks hold: sheet name ->
rows, a row being Chinese header -> value (str, int, Decimal for 万元 and percentages, date; None where empty). Lines, claims and
enterprises have the columns of the CSV files `credit`, `credit-claims` and `credit-enterprises` but `run`: money in fen, dates as
dates, percentages as Decimal, `reasons` a tuple of codes. Allocation, rounding and counties are those of the first document's
reference computation.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from programmes.tech_branch.oracle_figures import (
    COUNTIES,
    Refused,
    Row,
    World,
    allocate,
    county_of,
    county_rank,
    covers,
    fen,
    half_up,
    percent,
)

Line = dict[str, Any]
Review = Mapping[str, Any]
"""What `review` gives."""

FIRST_DAY, LAST_DAY = date(2023, 1, 11), date(2025, 12, 31)  # 自2023年1月11日起实施，有效期至2025年12月31日
YEARS = (2023, 2024, 2025)
KINDS = {"短期出口信用保险", "出口前附加险"}
RMB = "人民币"
MARKETS = ("新兴市场", "一带一路")  # the first that lists the country
OTHER = "其他市场"
RATE_ITEMS = {"新兴市场": "信保重点市场", "一带一路": "信保重点市场", OTHER: "信保其他市场"}
CEILINGS = {"信保重点市场": Decimal(50), "信保其他市场": Decimal(30)}
CARRIED = ("county", "uscc", "enterprise", "insurer", "voucher_no", "country")


class Facts:
    """A world, looked up for the review of one year as of one day."""

    def __init__(self, world: World, year: int, as_of: date) -> None:
        self.world = world
        self.year = year
        self.as_of = as_of
        self.enterprises = {row["统一社会信用代码"]: row for row in world.get("企业", ())}

    def county(self, code: str) -> str:
        return county_of(self.enterprises[code]["区市"])

    def name(self, code: str) -> str:
        return str(self.enterprises[code]["企业名称"])

    def rate(self, item: str) -> Decimal:
        """W9: the year's own rate, else the ceiling."""
        for row in self.world.get("年度比例", ()):
            if row["年度"] == self.year and row["补助项目"] == item:
                return Decimal(row["比例(%)"])
        return CEILINGS[item]

    def budget(self) -> int | None:
        """The year's 资金总量, None where none is on file."""
        for row in self.world.get("资金总量", ()):
            if row["年度"] == self.year and row["资金"] == "出口信保":
                return fen(row["金额(万元)"])
        return None

    def refunded(self, insurer: str, voucher: str, country: str) -> int:
        """What was refunded of a premium on or before the as-of day."""
        return sum(
            fen(row["退费金额(万元)"])
            for row in self.world.get("信保退费", ())
            if (row["承保机构"], row["缴费凭证号"], row["国家地区"]) == (insurer, voucher, country)
            and row["退费日"] <= self.as_of
        )


def review(
    world: World, year: int, as_of: date | None = None, approved: Sequence[Review] = (), today: date | None = None
) -> dict[str, Any]:
    """`lines`, `enterprises` and `claims` in their order, and `totals` as the JSON of the command names them.

    `approved` are the approved reviews of earlier years. Without `as_of` the day is today's."""
    if year not in YEARS:
        raise Refused(f"{year}年度不在威商务发〔2023〕1号的有效期（{FIRST_DAY}至{LAST_DAY}）之内，不能审核")
    as_of = as_of or today
    assert as_of is not None
    if as_of < date(year, 12, 31):
        raise Refused(f"截止日{as_of}早于{year}年12月31日，不能审核")
    if today is not None and as_of > today:
        raise Refused(f"截止日{as_of}晚于今天{today}，不能审核")
    facts = Facts(world, year, as_of)
    lines = [judge(facts, row) for row in world.get("信保缴费", ()) if row["缴费日"].year == year]
    lines.sort(key=place)
    control(facts, lines)
    found = {
        "year": year,
        "as_of": as_of,
        "lines": lines,
        "enterprises": enterprises(facts, lines),
        "claims": claims(facts, [each for each in approved if each["year"] < year]),
    }
    return {**found, "totals": totals(found)}


def place(line: Line) -> tuple[Any, ...]:
    """The order of lines, also for allocation."""
    return (
        county_rank(line["county"]), line["enterprise"], line["uscc"], line["paid_on"], line["insurer"],
        line["voucher_no"], line["country"],
    )  # fmt: skip


def totals(found: Review) -> dict[str, Any]:
    """What the command's JSON says beside the run."""
    stopped: dict[str, int] = {}
    for line in found["lines"]:
        for code in line["reasons"]:
            stopped[code] = stopped.get(code, 0) + 1
    return {
        "lines": len(found["lines"]),
        "stopped": stopped,
        "net_fen": sum(line["net_fen"] for line in found["lines"] if not line["reasons"]),
        "subsidy_fen": sum(line["subsidy_fen"] for line in found["lines"]),
        "claims_fen": sum(claim["claim_fen"] for claim in found["claims"]),
    }


# --- one premium -----------------------------------------------------------------------------------------


def judge(facts: Facts, row: Row) -> Line:
    """A premium's line with every code, and the demand."""
    code = row["统一社会信用代码"]
    paid = fen(row["实缴保费(万元)"])
    refunded = facts.refunded(row["承保机构"], row["缴费凭证号"], row["国家地区"])
    market = market_of(facts, row["国家地区"], row["缴费日"])
    line: Line = {
        "year": facts.year,
        "county": facts.county(code),
        "uscc": code,
        "enterprise": facts.name(code),
        "insurer": row["承保机构"],
        "policy_no": row["保单号"],
        "voucher_no": row["缴费凭证号"],
        "country": row["国家地区"],
        "market": market,
        "kinds": row["险种"],
        "currency": row.get("币种") or RMB,
        "paid_on": row["缴费日"],
        "premium_fen": paid,
        "refunded_fen": refunded,
        "net_fen": paid - refunded,
        "rate_percent": facts.rate(RATE_ITEMS[market]),
    }
    line["reasons"] = reasons(line)
    wanted = half_up(line["net_fen"] * percent(line["rate_percent"]))
    line["demand_fen"] = line["subsidy_fen"] = 0 if line["reasons"] else wanted
    return line


def reasons(line: Line) -> tuple[str, ...]:
    """Every code, in their order."""
    holds = {
        "X_REGION": line["county"] in COUNTIES,
        "X_PERIOD": FIRST_DAY <= line["paid_on"] <= LAST_DAY,
        "X_KIND": set(line["kinds"].split("、")) <= KINDS,
        "X_CURRENCY": line["currency"] == RMB,
        "X_PAID": line["net_fen"] > 0,
    }
    return tuple(code for code, passed in holds.items() if not passed)


def market_of(facts: Facts, country: str, day: date) -> str:
    """新兴市场 where the country is listed so on the day, else 一带一路, else 其他市场."""
    for market in MARKETS:
        for row in facts.world.get("市场名录", ()):
            listed = covers(row["列入日"], row.get("移出日"), day)
            if row["国家地区"] == country and row["市场"] == market and listed:
                return market
    return OTHER


def control(facts: Facts, lines: Sequence[Line]) -> None:
    """Cuts the demands to the year's budget where they pass it."""
    budget = facts.budget()
    demands = [line["demand_fen"] for line in lines]
    if budget is not None and sum(demands) > budget:
        for line, part in zip(lines, allocate(budget, demands), strict=True):
            line["subsidy_fen"] = part


# --- what is reported beside the lines -------------------------------------------------------------------


def enterprises(facts: Facts, lines: Sequence[Line]) -> list[Line]:
    """鼓励各区市给予配套资金支持: per enterprise what both gave, and what of it passes the premium."""
    matching = {
        row["统一社会信用代码"]: fen(row["配套金额(万元)"])
        for row in facts.world.get("信保配套", ())
        if row["年度"] == facts.year
    }
    found = []
    for code in {line["uscc"] for line in lines} | set(matching):
        own = [line for line in lines if line["uscc"] == code]
        net = sum(line["net_fen"] for line in own if not line["reasons"])
        subsidy = sum(line["subsidy_fen"] for line in own)
        county_gave = matching.get(code, 0)
        found.append(
            {
                "year": facts.year,
                "county": facts.county(code),
                "uscc": code,
                "enterprise": facts.name(code),
                "net_fen": net,
                "subsidy_fen": subsidy,
                "matching_fen": county_gave,
                "over_fen": max(0, subsidy + county_gave - net),
            }
        )
    return sorted(found, key=lambda each: (county_rank(each["county"]), each["enterprise"], each["uscc"]))


def claims(facts: Facts, approved: Sequence[Review]) -> list[Line]:
    """按实际保费: what approved reviews of earlier years paid on premiums that were refunded since."""
    found: list[tuple[Any, Line]] = []
    for earlier in approved:
        for line in earlier["lines"]:
            if line["subsidy_fen"] == 0:
                continue
            key = (line["insurer"], line["voucher_no"], line["country"])
            net_now = line["premium_fen"] - facts.refunded(*key)
            kept = half_up(Fraction(line["subsidy_fen"] * net_now, line["net_fen"]))
            due = line["subsidy_fen"] - kept - claimed(approved, key, earlier["year"])
            if due > 0:
                carried = {name: line[name] for name in CARRIED}
                claim = {"year": facts.year, "paid_year": earlier["year"], **carried, "claim_fen": due}
                found.append(((*place(line), earlier["year"]), claim))
    return [claim for _, claim in sorted(found, key=lambda each: each[0])]


def claimed(approved: Sequence[Review], key: tuple[str, str, str], paid_year: int) -> int:
    """What approved reviews have claimed on what a year paid for a premium."""
    return sum(
        claim["claim_fen"]
        for each in approved
        for claim in each["claims"]
        if (claim["insurer"], claim["voucher_no"], claim["country"]) == key and claim["paid_year"] == paid_year
    )
