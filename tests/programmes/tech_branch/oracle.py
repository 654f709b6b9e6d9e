"""A second opinion on 威财金〔2023〕2号: the same rules, one loan at a time, with exact numbers only.

Nothing here is taken from the product and nothing is clever. A loan is looked at alone wherever the document
lets it be looked at alone; the few things that loans share (the cap of an enterprise, the budget, the 2:8
split) are plain loops over the lines in their order. Money is counted in fen, 1万元 = 1,000,000 fen.

A *world* is what the intake workbooks hold: sheet name -> rows, a row being Chinese header -> value.
"""

import csv
from calendar import monthrange
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import chinese_calendar

Row = Mapping[str, Any]
World = Mapping[str, Sequence[Row]]
Line = dict[str, Any]
Claim = dict[str, Any]
Approved = Mapping[str, Any]
"""An approved settlement: its year, as_of, lines and claims."""

FEN_PER_WAN = 1_000_000
PROGRAMME = "科技支行贷款"
LIFE = (date(2023, 3, 1), date(2027, 10, 10))  # 第二十四条
LPR_MARGIN = Decimal("0.90")  # 第五条: 90个基点
LPR_GAP_DAYS = 40
FULL_YEAR_DAYS = 360  # 第五条: 不少于360天
CAP_FEN = 3000 * FEN_PER_WAN  # 第五条
YEARS_LIMIT = 5  # 第五条
UPLOAD_WORKDAYS = 5  # 第十七条
INTEREST_CEILING = Decimal("1")  # 第六条
BONUS_CEILING = Decimal("0.6")  # 第六条
CITY_PERCENT = 20  # 第六条: 2:8

COUNTIES = ("环翠区", "文登区", "荣成市", "乳山市", "高区", "经区", "临港区", "综保区", "南海新区")
OUTSIDE = "市外"
LONG_COUNTIES = {
    "火炬高技术产业开发区": "高区",
    "高技术产业开发区": "高区",
    "经济技术开发区": "经区",
    "临港经济技术开发区": "临港区",
    "综合保税区": "综保区",
}
CATEGORIES = (
    "科技型中小企业",
    "高新技术企业",
    "科技领军企业",
    "专精特新中小企业",
    "一企一技术研发中心",
)  # 第四条

BONUS_CODES = frozenset(
    ("R_REGION", "R_CATEGORY", "R_BANK", "R_REVOKED", "R_LPR", "R_RATE", "R_TERM", "R_BALANCE")
)  # what the bank bonus asks for; the others speak of 贴息 alone

LPR_FILE = Path(__file__).resolve().parents[3] / "ledger" / "reference" / "lpr_1y.csv"


class Refused(Exception):
    """The settlement cannot be made; the message is a Chinese sentence."""


class Uncovered(Exception):
    """A date whose year has no holiday notice."""

    def __init__(self, day: date) -> None:
        super().__init__(day.isoformat())
        self.day = day


# --- numbers ---------------------------------------------------------------------------------------------


def fen(wan: Decimal | int) -> int:
    """Fen of an amount in 万元; exact or an error."""
    exact = Fraction(wan) * FEN_PER_WAN
    if exact.denominator != 1:
        raise ValueError(f"finer than a fen: {wan}")
    return exact.numerator


def half_up(x: Fraction) -> int:
    """The nearest whole number to a non-negative one, halves up."""
    assert x >= 0
    return (x + Fraction(1, 2)).__floor__()


def percent(rate: Decimal | int) -> Fraction:
    """A rate in percent as a fraction of one."""
    return Fraction(rate) / 100


def allocate(total: int, weights: Sequence[int]) -> list[int]:
    """Parts adding up to the total: floors, then a fen each to the largest remainders, ties to the first."""
    whole = sum(weights)
    if whole == 0:
        return [0] * len(weights)
    exact = [Fraction(total * weight, whole) for weight in weights]
    parts = [share.__floor__() for share in exact]
    left = total - sum(parts)
    by_remainder = sorted(range(len(parts)), key=lambda i: (-(exact[i] - parts[i]), i))
    for i in by_remainder[:left]:
        parts[i] += 1
    return parts


# --- dates -----------------------------------------------------------------------------------------------


@cache
def state_council(day: date) -> bool:
    """Whether the State Council's calendar makes this a working day; Uncovered where it is not known."""
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        raise Uncovered(day) from None


class Workdays:
    """Working days: the rows of 工作日历 first, then the library, then (in a year with rows) the weekday."""

    def __init__(self, rows: Iterable[Row] = ()) -> None:
        self.rows: dict[date, bool] = {row["日期"]: row["类型"] == "上班" for row in rows}
        self.years = {day.year for day in self.rows}

    def is_workday(self, day: date) -> bool:
        if day in self.rows:
            return self.rows[day]
        try:
            return state_council(day)
        except Uncovered:
            if day.year in self.years:
                return day.weekday() < 5
            raise

    def previous(self, day: date) -> date:
        """The last working day strictly before this day."""
        day -= timedelta(days=1)
        while not self.is_workday(day):
            day -= timedelta(days=1)
        return day

    def add(self, day: date, n: int) -> date:
        """The n-th working day strictly after this day."""
        while n > 0:
            day += timedelta(days=1)
            if self.is_workday(day):
                n -= 1
        return day


def add_months(day: date, n: int) -> date:
    """n months later on the same day of the month, or on the month's last day where that does not exist."""
    years, month0 = divmod(day.month - 1 + n, 12)
    year, month = day.year + years, month0 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def whole_months(a: date, b: date) -> int:
    """How many whole months fit between two dates; 0 when the second comes first."""
    n = 0
    while add_months(a, n + 1) <= b:
        n += 1
    return n


def covers(start: date | None, end: date | None, day: date) -> bool:
    """A period includes both its ends; an empty end is open."""
    return (start is None or start <= day) and (end is None or day <= end)


# --- LPR -------------------------------------------------------------------------------------------------


@cache
def bundled_lpr() -> tuple[tuple[date, Decimal], ...]:
    """The 1-year LPR announcements that come with the product."""
    with LPR_FILE.open(encoding="utf-8", newline="") as stream:
        return tuple(
            (date.fromisoformat(row["announced_on"]), Decimal(row["rate_percent"])) for row in csv.DictReader(stream)
        )


def lpr(world: World, workdays: Workdays, day: date) -> Decimal | None:
    """The LPR for a loan disbursed on a day (第五条); None before the first one and in a gap of the table."""
    table = dict(bundled_lpr())
    table.update((row["公布日期"], Decimal(row["一年期LPR(%)"])) for row in world.get("LPR", ()))
    day_before = workdays.previous(day)
    announced = [on for on in table if on <= day_before]
    if not announced:
        return None
    latest = max(announced)
    return table[latest] if (day_before - latest).days <= LPR_GAP_DAYS else None


# --- one loan --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Event:
    """Something whose papers are to be uploaded: a disbursement, a repayment or an extension."""

    on: date
    uploaded_on: date | None


@dataclass(frozen=True)
class Loan:
    """A loan with what happened to it."""

    row: Row
    repayments: tuple[Row, ...]
    extensions: tuple[Row, ...]

    @property
    def bank(self) -> str:
        return str(self.row["银行名称"])

    @property
    def note_no(self) -> str:
        return str(self.row["借据编号"])

    @property
    def uscc(self) -> str:
        return str(self.row["统一社会信用代码"])

    @property
    def amount(self) -> int:
        return fen(self.row["贷款金额(万元)"])

    @property
    def disbursed_on(self) -> date:
        day: date = self.row["发放日"]
        return day

    def balance(self, day: date) -> int:
        """The principal outstanding at the end of a day; 0 before the disbursement."""
        if day < self.disbursed_on:
            return 0
        repaid = sum(fen(row["还本金额(万元)"] or 0) for row in self.repayments if row["还款日"] <= day)
        return self.amount - repaid

    def paid_off_on(self, as_of: date) -> date | None:
        """The date on which the balance reached 0, as known at as_of."""
        for day in sorted(row["还款日"] for row in self.repayments if row["还款日"] <= as_of):
            if self.balance(day) == 0:
                reached: date = day
                return reached
        return None

    def due_on(self, as_of: date) -> date:
        """The due date in force at as_of: that of the last extension, else the first one."""
        known = [row for row in self.extensions if row["展期日"] <= as_of]
        due: date = max(known, key=lambda row: row["展期日"])["新到期日"] if known else self.row["到期日"]
        return due

    def end(self, as_of: date) -> date:
        """Until when the loan was really used: overdue time is not time granted."""
        paid_off, due = self.paid_off_on(as_of), self.due_on(as_of)
        return due if paid_off is None else min(paid_off, due)

    def days(self, as_of: date) -> int:
        """企业实际占用贷款时间, 第五条."""
        return (self.end(as_of) - self.disbursed_on).days

    def months(self, year: int, as_of: date) -> int:
        """Months subsidised at this year's end, 第六条: 12 at the first, then the whole months beyond."""
        k = year - self.disbursed_on.year + 1
        if k == 1:
            return 12
        extra = whole_months(add_months(self.disbursed_on, 12), self.end(as_of))
        return min(12, max(0, extra - 12 * (k - 2)))

    def events(self, year: int) -> list[Event]:
        """What must be uploaded for this year (第十七条): the disbursement, and what happened in the year."""
        events = [Event(self.disbursed_on, self.row.get("资料上传日"))]
        for rows, header in ((self.repayments, "还款日"), (self.extensions, "展期日")):
            events += [Event(row[header], row.get("资料上传日")) for row in rows if row[header].year == year]
        return events


def all_loans(world: World) -> list[Loan]:
    """The loans of the programme."""

    def by_loan(sheet: str) -> dict[tuple[str, str], list[Row]]:
        rows: dict[tuple[str, str], list[Row]] = {}
        for row in world.get(sheet, ()):
            rows.setdefault((row["银行名称"], row["借据编号"]), []).append(row)
        return rows

    repayments, extensions = by_loan("还款"), by_loan("展期")
    return [
        Loan(row, tuple(repayments.get(key, ())), tuple(extensions.get(key, ())))
        for row in world.get("贷款", ())
        if row["业务品种"] == PROGRAMME
        for key in [(row["银行名称"], row["借据编号"])]
    ]


# --- the facts around the loans --------------------------------------------------------------------------


def county_of(word: str) -> str:
    """A county by its short name."""
    for prefix in ("威海市", "威海"):
        if word.startswith(prefix) and word.removeprefix(prefix) in LONG_COUNTIES:
            word = word.removeprefix(prefix)
    return LONG_COUNTIES.get(word, word)


def county_rank(county: str) -> int:
    """The place of a county in every list; 市外 comes last."""
    return (*COUNTIES, OUTSIDE).index(county)


class Facts:
    """A world, looked up by key, for the settlement of one year as of one day."""

    def __init__(self, world: World, year: int, as_of: date, approved: Sequence[Approved]) -> None:
        self.world = world
        self.year = year
        self.as_of = as_of
        self.year_end = date(year, 12, 31)
        self.earlier = sorted((run for run in approved if run["year"] < year), key=lambda run: run["year"])
        self.workdays = Workdays(world.get("工作日历", ()))
        self.enterprises = {row["统一社会信用代码"]: row for row in world.get("企业", ())}
        self.qualifications = self._group("资质", "统一社会信用代码")
        self.banks = self._group("合作银行", "银行名称")
        self.upload_waivers = {(row["银行名称"], row["借据编号"], row["业务日"]) for row in world.get("上传豁免", ())}
        self.revoked_loans = {
            (row["银行名称"], row["借据编号"]) for row in world.get("撤销", ()) if row["认定日"] <= as_of
        }
        self.disqualified = {row["主体"] for row in world.get("取消资格", ()) if row["取消日"] <= self.year_end}
        self.reported = {
            (row["银行名称"], row["借据编号"]): fen(row["年末余额(万元)"]) for row in self._of_year("年末余额")
        }
        self.year_waivers = {row["统一社会信用代码"] for row in self._of_year("年限豁免")}
        self.own_rates = {row["补助项目"]: Decimal(row["比例(%)"]) for row in self._of_year("年度比例")}
        self.bank_rates = {row["银行名称"]: Decimal(row["奖补比例(%)"]) for row in self._of_year("奖补比例")}
        self.budgets = {county_of(row["范围"]): fen(row["金额(万元)"]) for row in self._of_year("预算")}
        self.opening = {row["统一社会信用代码"]: row for row in world.get("历史享受年限", ())}
        self._lpr: dict[date, Decimal | None] = {}

    def _group(self, sheet: str, header: str) -> dict[str, list[Row]]:
        rows: dict[str, list[Row]] = {}
        for row in self.world.get(sheet, ()):
            rows.setdefault(row[header], []).append(row)
        return rows

    def _of_year(self, sheet: str) -> list[Row]:
        return [row for row in self.world.get(sheet, ()) if int(row["年度"]) == self.year]

    def county(self, loan: Loan) -> str:
        return county_of(self.enterprises[loan.uscc]["区市"])

    def lpr(self, day: date) -> Decimal | None:
        if day not in self._lpr:
            self._lpr[day] = lpr(self.world, self.workdays, day)
        return self._lpr[day]

    @property
    def interest_rate(self) -> Decimal:
        """第六条: 最高不超过1%, or what the year decided."""
        return self.own_rates.get("贴息", INTEREST_CEILING)

    def bonus_rate(self, bank: str) -> Decimal:
        """第六条: 差别化, so the bank's own first, then the year's, then the ceiling."""
        return self.bank_rates.get(bank, self.own_rates.get("奖补", BONUS_CEILING))

    def years_enjoyed(self, uscc: str) -> int:
        """已享受政策年限 before this year: the opening figure and the years since that paid it interest."""
        opening = self.opening.get(uscc)
        up_to, n = (int(opening["截至年度"]), int(opening["已享受年限"])) if opening else (0, 0)
        paid_years = {
            run["year"]
            for run in self.earlier
            if run["year"] > up_to and sum(line["interest_fen"] for line in run["lines"] if line["uscc"] == uscc) > 0
        }
        return n + len(paid_years)


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
        if event.uploaded_on is None:
            in_time.append(False)
        else:
            in_time.append(event.uploaded_on <= facts.workdays.add(event.on, UPLOAD_WORKDAYS))
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
