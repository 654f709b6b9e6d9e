"""A second opinion on 威财金〔2023〕2号: the same rules, one loan at a time, with exact numbers only.

Nothing here is taken from the product and nothing is clever. A loan is looked at alone wherever the document
lets it be looked at alone; the few things that loans share (the cap of an enterprise, the budget, the 2:8
split) are plain loops over the lines in their order. Money is counted in fen, 1万元 = 1,000,000 fen.

A *world* is what the intake workbooks hold: sheet name -> rows, a row being Chinese header -> value.
"""

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from programmes.tech_branch.oracle_figures import (
    BONUS_CODES,
    CAP_FEN,
    CATEGORIES,
    CITY_PERCENT,
    COUNTIES,
    FULL_YEAR_DAYS,
    LIFE,
    LPR_MARGIN,
    OUTSIDE,
    UPLOAD_WORKDAYS,
    YEARS_LIMIT,
    Approved,
    Claim,
    Line,
    Refused,
    Uncovered,
    World,
    allocate,
    county_rank,
    covers,
    half_up,
    percent,
)
from programmes.tech_branch.oracle_loans import Facts, Loan, all_loans

# --- conditions, in the order of the codes ---------------------------------------------------------------


def in_region(facts: Facts, loan: Loan) -> bool:
    """第三条: within Weihai."""
    return facts.county(loan) in COUNTIES


def has_category(facts: Facts, loan: Loan) -> bool:
    """第四条: one of the kinds of enterprise, on the disbursement date."""
    return any(
        row["资质类别"] in CATEGORIES and covers(row["有效期起"], row.get("有效期止"), loan.disbursed_on)
        for row in facts.qualifications.get(loan.uscc, ())
    )


def bank_cooperates(facts: Facts, loan: Loan) -> bool:
    """第六条: a 合作银行 on the disbursement date; a bank without a start never was one."""
    return any(
        row.get("合作起始日") is not None and covers(row["合作起始日"], row.get("合作终止日"), loan.disbursed_on)
        for row in facts.banks.get(loan.bank, ())
    )


def not_revoked(facts: Facts, loan: Loan) -> bool:
    """第二十二条: neither the loan, nor its enterprise, nor its bank has lost the support."""
    return not (
        (loan.bank, loan.note_no) in facts.revoked_loans
        or loan.uscc in facts.disqualified
        or loan.bank in facts.disqualified
    )


def lpr_known(facts: Facts, loan: Loan) -> bool:
    """第五条: there is an LPR to judge by."""
    return facts.lpr(loan.disbursed_on) is not None


def rate_within_ceiling(facts: Facts, loan: Loan) -> bool:
    """第五条: LPR plus 90 basis points at most; not judged without an LPR."""
    known = facts.lpr(loan.disbursed_on)
    return known is None or Decimal(loan.row["年利率(%)"]) <= known + LPR_MARGIN


def full_year(facts: Facts, loan: Loan) -> bool:
    """第五条: 满1年, that is 360 days."""
    return loan.days(facts.as_of) >= FULL_YEAR_DAYS


def balance_agrees(facts: Facts, loan: Loan) -> bool:
    """第十八条: what the bank reported is what the records say."""
    reported = facts.reported.get((loan.bank, loan.note_no))
    return reported is None or reported == loan.balance(facts.year_end)


def papers_in_time(facts: Facts, loan: Loan) -> bool:
    """第十七条: each event's papers within 5 working days of it, unless waived. Looks at every one."""
    in_time = []
    for event in loan.events(facts.year):
        if (loan.bank, loan.note_no, event.on) in facts.upload_waivers:
            continue
        uploaded_on = facts.uploaded_on(loan, event)
        if uploaded_on is None:
            in_time.append(False)
        else:
            in_time.append(uploaded_on <= facts.workdays.add(event.on, UPLOAD_WORKDAYS))
    return all(in_time)


def years_left(facts: Facts, loan: Loan) -> bool:
    """第五条: 5 years at most, unless waived for the year."""
    return facts.years_enjoyed(loan.uscc) < YEARS_LIMIT or loan.uscc in facts.year_waivers


def has_months(facts: Facts, loan: Loan) -> bool:
    """第六条: something to subsidise this year."""
    return loan.months(facts.year, facts.as_of) > 0


CONDITIONS: tuple[tuple[str, Callable[[Facts, Loan], bool]], ...] = (
    ("R_REGION", in_region),
    ("R_CATEGORY", has_category),
    ("R_BANK", bank_cooperates),
    ("R_REVOKED", not_revoked),
    ("R_LPR", lpr_known),
    ("R_RATE", rate_within_ceiling),
    ("R_TERM", full_year),
    ("R_BALANCE", balance_agrees),
    ("R_UPLOAD", papers_in_time),
    ("R_YEARS", years_left),
    ("R_MONTHS", has_months),
)  # R_CAP comes after these, and needs the enterprise's other loans


# --- the settlement --------------------------------------------------------------------------------------


def settle(
    world: World, year: int, as_of: date, approved: Sequence[Approved] = (), today: date | None = None
) -> list[Line]:
    """The lines of a yearly settlement, in their order; approved ones of earlier years count as enjoyed."""
    check_dates(year, as_of, today)
    facts = Facts(world, year, as_of, approved)
    lines = judge_all(facts)
    lines.sort(key=line_order)
    give_interest_bases(facts, lines)
    give_demands(facts, lines)
    apply_budgets(facts, lines)
    share(lines, "interest")
    share(lines, "bonus")
    for line in lines:
        line["reasons"] = tuple(line["reasons"])
    return lines


def check_dates(year: int, as_of: date, today: date | None) -> None:
    """The document's life (第二十四条) and the as-of date."""
    if not 1 <= year <= 9999 or not LIFE[0] <= date(year, 12, 31) <= LIFE[1]:
        raise Refused(f"{year}年度不在威财金〔2023〕2号的有效期内（第二十四条：2023-03-01至2027-10-10），不能结算")
    if as_of < date(year, 12, 31):
        raise Refused(f"截止日{as_of}早于{year}-12-31，年末余额尚不确定，不能结算")
    if today is not None and as_of > today:
        raise Refused(f"截止日{as_of}晚于今天{today}，不能结算")


def line_order(line: Line) -> tuple[int, str, str, date, str]:
    """County, bank, enterprise, disbursement date, note number; words by code point."""
    return (
        county_rank(line["county"]),
        line["bank"],
        line["enterprise"],
        line["disbursed_on"],
        line["note_no"],
    )


def judge_all(facts: Facts) -> list[Line]:
    """Every loan with a balance at the year's end; refused when the calendar does not reach far enough."""
    lines, uncovered = [], set()
    for loan in all_loans(facts.world):
        if loan.balance(facts.year_end) > 0:
            try:
                lines.append(judge(facts, loan))
            except Uncovered as missing:
                uncovered.add(missing.day)
    if uncovered:
        days = "、".join(day.isoformat() for day in sorted(uncovered))
        raise Refused(f"没有{days}所在年份的放假安排，请在工作日历表中录入后再结算")
    return lines


def judge(facts: Facts, loan: Loan) -> Line:
    """One loan with every reason that stops it; the amounts come later."""
    return {
        "year": facts.year,
        "county": facts.county(loan),
        "bank": loan.bank,
        "uscc": loan.uscc,
        "enterprise": facts.enterprises[loan.uscc]["企业名称"],
        "note_no": loan.note_no,
        "amount_fen": loan.amount,
        "disbursed_on": loan.disbursed_on,
        "due_on": loan.due_on(facts.as_of),
        "rate_percent": Decimal(loan.row["年利率(%)"]),
        "guarantee": loan.row["担保方式"],
        "lpr_percent": facts.lpr(loan.disbursed_on),
        "years_enjoyed": facts.years_enjoyed(loan.uscc),
        "balance_fen": loan.balance(facts.year_end),
        "months": loan.months(facts.year, facts.as_of),
        "interest_base_fen": 0,
        "interest_demand_fen": 0,
        "interest_fen": 0,
        "interest_city_fen": 0,
        "interest_county_fen": 0,
        "bonus_base_fen": 0,
        "bonus_rate_percent": facts.bonus_rate(loan.bank),
        "bonus_demand_fen": 0,
        "bonus_fen": 0,
        "bonus_city_fen": 0,
        "bonus_county_fen": 0,
        "reasons": [code for code, holds in CONDITIONS if not holds(facts, loan)],
    }


def give_interest_bases(facts: Facts, lines: list[Line]) -> None:
    """第五条: 3000万元 per enterprise over all banks, by turns of disbursement date, bank and note number."""
    left: dict[str, int] = {}
    for line in sorted(lines, key=lambda line: (line["disbursed_on"], line["bank"], line["note_no"])):
        if line["reasons"]:
            continue
        remaining = left.setdefault(line["uscc"], CAP_FEN)
        line["interest_base_fen"] = min(line["balance_fen"], remaining)
        left[line["uscc"]] = remaining - line["interest_base_fen"]
        if remaining == 0:
            line["reasons"].append("R_CAP")


def give_demands(facts: Facts, lines: list[Line]) -> None:
    """第六条: what each loan would get if there were money enough."""
    for line in lines:
        rate = percent(facts.interest_rate)
        line["interest_demand_fen"] = half_up(line["interest_base_fen"] * rate * line["months"] / 12)
        if line["disbursed_on"].year == facts.year and not BONUS_CODES.intersection(line["reasons"]):
            line["bonus_base_fen"] = line["balance_fen"]
        line["bonus_demand_fen"] = half_up(line["bonus_base_fen"] * percent(line["bonus_rate_percent"]))
        line["interest_fen"] = line["interest_demand_fen"]
        line["bonus_fen"] = line["bonus_demand_fen"]


def apply_budgets(facts: Facts, lines: list[Line]) -> None:
    """第六条, 总额控制: each county that has a budget, then the whole city."""
    for county in COUNTIES:
        if county in facts.budgets:
            keep_within(facts.budgets[county], [line for line in lines if line["county"] == county])
    if "全市" in facts.budgets:
        keep_within(facts.budgets["全市"], lines)


def keep_within(budget: int, lines: list[Line]) -> None:
    """One budget over some lines: 优先保障贴息."""
    interest = [line["interest_fen"] for line in lines]
    bonus = [line["bonus_fen"] for line in lines]
    if sum(interest) > budget:
        interest, bonus = allocate(budget, interest), [0] * len(lines)
    elif sum(interest) + sum(bonus) > budget:
        bonus = allocate(budget - sum(interest), bonus)
    for line, new_interest, new_bonus in zip(lines, interest, bonus, strict=True):
        line["interest_fen"], line["bonus_fen"] = new_interest, new_bonus


def share(lines: list[Line], kind: str) -> None:
    """第六条, 2:8 between city and county, exact for each county and adding up on each line."""
    for county in (*COUNTIES, OUTSIDE):
        own = [line for line in lines if line["county"] == county]
        amounts = [line[f"{kind}_fen"] for line in own]
        city_total = half_up(Fraction(sum(amounts) * CITY_PERCENT, 100))
        for line, amount, city in zip(own, amounts, allocate(city_total, amounts), strict=True):
            line[f"{kind}_city_fen"] = city
            line[f"{kind}_county_fen"] = amount - city


# --- clawback --------------------------------------------------------------------------------------------


def claims(
    world: World, year: int, as_of: date, approved: Sequence[Approved] = (), today: date | None = None
) -> list[Claim]:
    """What this settlement claims back of what earlier approved ones paid (第五条, 第六条, 第二十二条)."""
    check_dates(year, as_of, today)
    facts = Facts(world, year, as_of, approved)
    loans = {(loan.bank, loan.note_no): loan for loan in all_loans(world)}
    found = []
    for run in facts.earlier:
        for line in run["lines"]:
            if line["interest_fen"] > 0 or line["bonus_fen"] > 0:
                found.append(look_back(facts, loans[line["bank"], line["note_no"]], line))
    wanted = [pair for pair in found if pair is not None]
    wanted.sort(key=lambda pair: (line_order(pair[0]), pair[0]["year"]))
    return [claim for _, claim in wanted]


def look_back(facts: Facts, loan: Loan, paid: Line) -> tuple[Line, Claim] | None:
    """The claim on one loan for one paid year, beside the line that paid it; None when nothing is owed."""
    code, interest_owed, bonus_owed = owed(facts, loan, paid)
    claim: Claim = {
        "year": facts.year,
        "paid_year": paid["year"],
        "county": paid["county"],
        "bank": paid["bank"],
        "uscc": paid["uscc"],
        "note_no": paid["note_no"],
        "code": code,
    }
    for kind, owed_fen in (("interest", interest_owed), ("bonus", bonus_owed)):
        claimed = already_claimed(facts, paid, f"{kind}_fen")
        now = max(0, owed_fen - claimed)
        city = 0
        if now > 0:
            city_so_far = half_up(Fraction((claimed + now) * paid[f"{kind}_city_fen"], paid[f"{kind}_fen"]))
            city = city_so_far - already_claimed(facts, paid, f"{kind}_city_fen")
        claim[f"{kind}_fen"], claim[f"{kind}_city_fen"], claim[f"{kind}_county_fen"] = now, city, now - city
    return (paid, claim) if claim["interest_fen"] or claim["bonus_fen"] else None


def owed(facts: Facts, loan: Loan, paid: Line) -> tuple[str, int, int]:
    """Code, interest and bonus to be given back in all for one paid year, by the facts known now."""
    as_of, paid_off = facts.as_of, loan.paid_off_on(facts.as_of)
    if (loan.bank, loan.note_no) in facts.revoked_loans:
        return "R_REVOKED", paid["interest_fen"], paid["bonus_fen"]
    if paid_off is not None and loan.days(as_of) < FULL_YEAR_DAYS:
        return "R_TERM", paid["interest_fen"], paid["bonus_fen"]
    true_months = loan.months(paid["year"], as_of)
    if paid_off is not None and paid_off < loan.due_on(as_of) and true_months < paid["months"]:
        kept = half_up(Fraction(paid["interest_fen"] * true_months, paid["months"]))
        return "R_MONTHS", paid["interest_fen"] - kept, 0
    return "", 0, 0


def already_claimed(facts: Facts, paid: Line, field: str) -> int:
    """What earlier approved settlements have claimed on the same loan and paid year."""
    return sum(
        claim[field]
        for run in facts.earlier
        for claim in run["claims"]
        if (claim["bank"], claim["note_no"], claim["paid_year"]) == (paid["bank"], paid["note_no"], paid["year"])
    )


def approve(
    world: World, year: int, as_of: date, approved: Sequence[Approved] = (), today: date | None = None
) -> dict[str, Any]:
    """A settlement in the shape in which later ones take it as approved."""
    return {
        "year": year,
        "as_of": as_of,
        "lines": settle(world, year, as_of, approved, today),
        "claims": claims(world, year, as_of, approved, today),
    }
