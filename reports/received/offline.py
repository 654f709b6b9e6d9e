"""What the data rows of an official workbook must satisfy on their own, whoever holds them: shares, sums and caps."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ledger import money
from ledger.counties import CITY
from ledger.law.document import Values
from ledger.money import wan_words

Row = dict[str, Any]
Finding = tuple[int, str, str]  # the row's number in the list (-1 for none), a column's name or "", a sentence


@dataclass(frozen=True)
class Sheet:
    """The rows as values, the law's values for the year, and the year's own rates (e4) and budgets as 说明 gives them."""

    rows: Sequence[Row]
    law: Values
    rates: Mapping[str, int]
    budgets: Mapping[str, int]


Check = tuple[str, Callable[[Sheet], Iterator[Finding]]]


def shares_add_up(sheet: Sheet) -> Iterator[Finding]:
    """第六条: each line's city and county parts are the whole."""
    for number, row in enumerate(sheet.rows):
        for name, word in (("interest", "贴息"), ("bonus", "奖补")):
            city, county, whole = (row[f"{name}{part}_fen"] for part in ("_city", "_county", ""))
            if city + county != whole:
                yield (
                    number,
                    f"{name}_fen",
                    f"{word}市级 {wan_words(city)} + 县级 {wan_words(county)} 不等于 {wan_words(whole)}",
                )


def shares_are_two_to_eight(sheet: Sheet) -> Iterator[Finding]:
    """第六条: each county's city part is its share of the whole to the fen, spread over its lines."""
    share = sheet.law["city_share"]
    for county in dict.fromkeys(row["county"] for row in sheet.rows):
        places = [number for number, row in enumerate(sheet.rows) if row["county"] == county]
        for name, word in (("interest", "贴息"), ("bonus", "奖补")):
            amounts = np.array([sheet.rows[place][f"{name}_fen"] for place in places], dtype=np.int64)
            if amounts.min() < 0:
                continue
            total = money.half_up(money.total(amounts) * share, money.E4_PER_ONE)
            found = sum(sheet.rows[place][f"{name}_city_fen"] for place in places)
            if found != total:
                text = f"{county}{word}市级合计 {wan_words(found)}，按 {money.percent_text(share, 0)}% 应为 {wan_words(total)}"
                yield -1, "", text
                continue
            for place, right in zip(places, money.allocate(total, amounts).tolist(), strict=True):
                own = sheet.rows[place][f"{name}_city_fen"]
                if own != right:
                    yield place, f"{name}_city_fen", f"{word}市级 {wan_words(own)}，按比例分摊应为 {wan_words(right)}"


def _not_above(sheet: Sheet, pairs: Sequence[tuple[str, str, str]]) -> Iterator[Finding]:
    for number, row in enumerate(sheet.rows):
        for name, limit, text in pairs:
            if not 0 <= row[name] <= row[limit]:
                yield number, name, f"{text}：{wan_words(row[name])} 与 {wan_words(row[limit])}"


def tech_branch_limits(sheet: Sheet) -> Iterator[Finding]:
    """第五条、第六条: balances, bases, demands and amounts within each other, and the cap for each enterprise."""
    yield from _not_above(
        sheet,
        (
            ("balance_fen", "amount_fen", "年末余额超过贷款金额"),
            ("interest_base_fen", "balance_fen", "贴息基数超过年末余额"),
            ("bonus_base_fen", "balance_fen", "奖补基数超过年末余额"),
            ("interest_fen", "interest_demand_fen", "贴息金额超过贴息需求"),
            ("bonus_fen", "bonus_demand_fen", "奖补金额超过奖补需求"),
        ),
    )
    yield from _enterprise_cap(sheet, "interest_base_fen", sheet.law["interest_cap"], "贴息基数")


def _enterprise_cap(sheet: Sheet, name: str, cap: int, word: str) -> Iterator[Finding]:
    sums: dict[str, int] = defaultdict(int)
    for number, row in enumerate(sheet.rows):
        before = sums[row["uscc"]]
        sums[row["uscc"]] += row[name]
        if before <= cap < sums[row["uscc"]]:
            yield number, name, f"{row['enterprise']} 的{word}合计超过单户上限 {wan_words(cap)}"


def tech_branch_amounts(sheet: Sheet) -> Iterator[Finding]:
    """第五条、第六条: rates within their ceilings, and each demand what base, rate and months give."""
    months, law = sheet.law["year_months"], sheet.law
    rate = sheet.rates.get("本年度贴息比例", law["interest_rate"])
    if rate > law["interest_rate"]:
        yield -1, "", f"贴息比例 {money.percent_text(rate)}% 高于上限 {money.percent_text(law['interest_rate'])}%"
    for number, row in enumerate(sheet.rows):
        if not 0 <= row["months"] <= months:
            yield number, "months", f"贴息月数 {row['months']} 不在 0 至 {months} 之间"
            continue
        if row["interest_base_fen"] >= 0:
            right = money.half_up(row["interest_base_fen"] * rate * row["months"], money.E4_PER_ONE * months)
            if row["interest_demand_fen"] != right:
                text = f"贴息需求 {wan_words(row['interest_demand_fen'])}，按基数、比例、月数应为 {wan_words(right)}"
                yield number, "interest_demand_fen", text
        if row["bonus_rate_percent"] > law["bonus_rate"]:
            yield number, "bonus_rate_percent", f"奖补比例高于上限 {money.percent_text(law['bonus_rate'])}%"
        if row["bonus_base_fen"] >= 0:
            right = money.half_up(row["bonus_base_fen"] * row["bonus_rate_percent"], money.E4_PER_ONE)
            if row["bonus_demand_fen"] != right:
                text = f"奖补需求 {wan_words(row['bonus_demand_fen'])}，按基数、比例应为 {wan_words(right)}"
                yield number, "bonus_demand_fen", text
        lpr = row["lpr_percent"]
        if lpr is not None and row["rate_percent"] > lpr + law["rate_margin"]:
            yield number, "rate_percent", "年利率高于 LPR 加点上限"


def within_budgets(sheet: Sheet) -> Iterator[Finding]:
    """第六条: what a county, or the city, gives is within its budget."""
    for scope, budget in sheet.budgets.items():
        own = [row for row in sheet.rows if scope in (CITY, row["county"])]
        spent = sum(row["interest_fen"] + row["bonus_fen"] for row in own)
        if spent > budget:
            yield -1, "", f"{scope}贴息与奖补共 {wan_words(spent)}，超过预算 {wan_words(budget)}"


TECH_BRANCH: tuple[Check, ...] = (
    ("每笔市级 + 县级 = 合计（第六条）", shares_add_up),
    ("各区市市级、县级 2:8，精确到分（第六条）", shares_are_two_to_eight),
    ("余额、基数、金额不超过各自上限（第五条、第六条）", tech_branch_limits),
    ("比例不超过上限，需求按基数、比例、月数计算（第五条、第六条）", tech_branch_amounts),
    ("贴息、奖补不超过「说明」所列预算（第六条）", within_budgets),
)


def loan_review(sheet: Sheet) -> Iterator[Finding]:
    """第二条: the filing quota of each enterprise, and each subsidy what base and rate give."""
    rate = sheet.rates.get("本年度风险资金补助比例", sheet.law["risk_rate"])
    if rate > sheet.law["risk_rate"]:
        yield -1, "", f"风险资金补助比例高于上限 {money.percent_text(sheet.law['risk_rate'])}%"
    yield from _not_above(
        sheet,
        (
            ("balance_fen", "amount_fen", "截止日余额超过贷款金额"),
            ("filed_fen", "amount_fen", "备案额度超过贷款金额"),
        ),
    )
    yield from _enterprise_cap(sheet, "filed_fen", sheet.law["filing_quota"], "备案额度")
    for number, row in enumerate(sheet.rows):
        base = min(row["balance_fen"], row["filed_fen"])
        right = money.half_up(max(base, 0) * rate, money.E4_PER_ONE)
        if row["subsidy_fen"] != right:
            yield (
                number,
                "subsidy_fen",
                f"补助 {wan_words(row['subsidy_fen'])}，按余额、备案额度、比例应为 {wan_words(right)}",
            )
        if row["reasons"] and row["filed_fen"]:
            yield number, "filed_fen", "未通过条件的贷款有备案额度"


def policy_review(sheet: Sheet) -> Iterator[Finding]:
    """第二条: each enterprise's premium subsidy is its share of the premiums within the cap, spread over its policies."""
    rate, cap = sheet.rates.get("本年度保费补贴比例", sheet.law["premium_rate"]), sheet.law["premium_cap"]
    if rate > sheet.law["premium_rate"]:
        yield -1, "", f"保费补贴比例高于上限 {money.percent_text(sheet.law['premium_rate'])}%"
    passed: dict[str, list[int]] = defaultdict(list)
    for number, row in enumerate(sheet.rows):
        if not row["reasons"]:
            passed[row["uscc"]].append(number)
        elif row["subsidy_fen"]:
            yield number, "subsidy_fen", "未通过条件的保单有补贴"
    for places in passed.values():
        places.sort(key=lambda place: [sheet.rows[place][name] for name in ("inception", "insurer", "policy_no")])
        premiums = np.array([sheet.rows[place]["premium_fen"] for place in places], dtype=np.int64)
        if premiums.min() < 0:
            continue
        total = min(money.half_up(money.total(premiums) * rate, money.E4_PER_ONE), cap)
        for place, right in zip(places, money.allocate(total, premiums).tolist(), strict=True):
            own = sheet.rows[place]["subsidy_fen"]
            if own != right:
                yield (
                    place,
                    "subsidy_fen",
                    f"补贴 {wan_words(own)}，按保费、比例、上限 {wan_words(cap)} 应为 {wan_words(right)}",
                )


LOAN_REVIEW: tuple[Check, ...] = (("备案额度、余额、补助按规定计算（第二条）", loan_review),)
POLICY_REVIEW: tuple[Check, ...] = (("补贴按保费、比例、上限计算（第二条）", policy_review),)
