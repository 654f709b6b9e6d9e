"""The annexes that come back: how each is known again and made again, and what its rows must satisfy on their own."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from sqlalchemy import Connection

from ledger import money
from ledger.counties import CITY
from ledger.law.document import Values
from ledger.money import wan_words
from ledger.programmes.tech_branch import year as tech_branch
from ledger.runs.settlement import RunRecord
from reports.received.rules import enterprise_cap, not_above
from reports.report import Check, CheckedRows, Finding, FormShape, Kind
from reports.tech_branch import annexes, lines

_RATE = "本年度贴息比例"  # as sheet 说明 calls it


def shares_add_up(rows: CheckedRows) -> Iterator[Finding]:
    """第六条: each line's city and county parts are the whole."""
    for number, row in enumerate(rows.rows):
        for name, word in (("interest", "贴息"), ("bonus", "奖补")):
            city, county, whole = (row[f"{name}{part}_fen"] for part in ("_city", "_county", ""))
            if city + county != whole:
                yield (
                    number,
                    f"{name}_fen",
                    f"{word}市级 {wan_words(city)} + 县级 {wan_words(county)} 不等于 {wan_words(whole)}",
                )


def shares_are_two_to_eight(rows: CheckedRows) -> Iterator[Finding]:
    """第六条: each county's city part is its share of the whole to the fen, spread over its lines."""
    share = rows.law["city_share"]
    for county in dict.fromkeys(row["county"] for row in rows.rows):
        places = [number for number, row in enumerate(rows.rows) if row["county"] == county]
        for name, word in (("interest", "贴息"), ("bonus", "奖补")):
            amounts = np.array([rows.rows[place][f"{name}_fen"] for place in places], dtype=np.int64)
            if amounts.min() < 0:
                continue
            total = money.half_up(money.total(amounts) * share, money.E4_PER_ONE)
            found = sum(rows.rows[place][f"{name}_city_fen"] for place in places)
            if found != total:
                text = f"{county}{word}市级合计 {wan_words(found)}，按 {money.percent_text(share, 0)}% 应为 {wan_words(total)}"
                yield -1, "", text
                continue
            for place, right in zip(places, money.allocate(total, amounts).tolist(), strict=True):
                own = rows.rows[place][f"{name}_city_fen"]
                if own != right:
                    yield place, f"{name}_city_fen", f"{word}市级 {wan_words(own)}，按比例分摊应为 {wan_words(right)}"


def limits(rows: CheckedRows) -> Iterator[Finding]:
    """第五条、第六条: balances, bases, demands and amounts within each other, and the cap for each enterprise."""
    yield from not_above(
        rows,
        (
            ("balance_fen", "amount_fen", "年末余额超过贷款金额"),
            ("interest_base_fen", "balance_fen", "贴息基数超过年末余额"),
            ("bonus_base_fen", "balance_fen", "奖补基数超过年末余额"),
            ("interest_fen", "interest_demand_fen", "贴息金额超过贴息需求"),
            ("bonus_fen", "bonus_demand_fen", "奖补金额超过奖补需求"),
        ),
    )
    yield from enterprise_cap(rows, "interest_base_fen", rows.law["interest_cap"], "贴息基数")


def amounts_follow(rows: CheckedRows) -> Iterator[Finding]:
    """第五条、第六条: rates within their ceilings, and each demand what base, rate and months give."""
    months, law = rows.law["year_months"], rows.law
    rate = rows.rates.get(_RATE, law["interest_rate"])
    if rate > law["interest_rate"]:
        yield -1, "", f"贴息比例 {money.percent_text(rate)}% 高于上限 {money.percent_text(law['interest_rate'])}%"
    for number, row in enumerate(rows.rows):
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


def within_budgets(rows: CheckedRows) -> Iterator[Finding]:
    """第六条: what a county, or the city, gives is within its budget."""
    for scope, budget in rows.budgets.items():
        own = [row for row in rows.rows if scope in (CITY, row["county"])]
        spent = sum(row["interest_fen"] + row["bonus_fen"] for row in own)
        if spent > budget:
            yield -1, "", f"{scope}贴息与奖补共 {wan_words(spent)}，超过预算 {wan_words(budget)}"


CHECKS: tuple[Check, ...] = (
    ("每笔市级 + 县级 = 合计（第六条）", shares_add_up),
    ("各区市市级、县级 2:8，精确到分（第六条）", shares_are_two_to_eight),
    ("余额、基数、金额不超过各自上限（第五条、第六条）", limits),
    ("比例不超过上限，需求按基数、比例、月数计算（第五条、第六条）", amounts_follow),
    ("贴息、奖补不超过「说明」所列预算（第六条）", within_budgets),
)


def _annex2(connection: Connection, run: RunRecord, _county: str, path: Path) -> int:
    return annexes.annex2(connection, run, path)


def _law(year: int) -> Values:
    return tech_branch.DOCUMENT.values(tech_branch.year_end(year))


KINDS: tuple[Kind, ...] = (
    Kind(
        "附件1（{county}）",
        "附件1 {county}",
        "tech_branch",
        (FormShape("附件1", annexes.ANNEX1_COLUMNS, 2, ("银行名称", "贷款企业名称", "贷款金额", annexes.ANNEX1_TERM)),),
        lines.COLUMNS,
        ("bank", "note_no"),
        annexes.annex1,
        lambda rows, run_id, year, county, _standing: [annexes.annex1_form(rows, run_id, year, county)],
        _law,
        CHECKS,
        (_RATE,),
    ),
    Kind(
        "附件2（全市）",
        "附件2",
        "tech_branch",
        (FormShape("附件2", annexes.ANNEX2_COLUMNS, 3, ("银行名称", "贷款企业名称", "贷款金额", annexes.ANNEX2_TERM)),),
        lines.COLUMNS,
        ("bank", "note_no"),
        _annex2,
        lambda rows, run_id, year, _county, _standing: [annexes.annex2_form(rows, run_id, year)],
        _law,
        CHECKS,
        (_RATE,),
    ),
)
