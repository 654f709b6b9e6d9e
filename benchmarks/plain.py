"""The full rules of 威财金〔2023〕2号 as a plain loop over loans, with dates and Decimals: the peer of the columns.

Straightforward and not careless: what hangs on a date alone (the LPR, a deadline) is looked up once per date, and each
loan is a dict. Facts are prepared beforehand, as the columns' are. Money is Decimal fen, rates are Decimal percent.
"""

from calendar import monthrange
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from typing import Any

import chinese_calendar
import numpy as np
import pandas as pd

from ledger.columns import UNKNOWN
from ledger.counties import CITY, COUNTIES
from ledger.programmes.tech_branch.law import Positions
from ledger.workdays import NO_DATE, day_date, day_number

Loan = dict[str, Any]
Event = tuple[date, int, date | None, bool]  # its day, kind, the papers' day, whether they are excused

ONE, CENT = Decimal(1), Decimal(100)
RATE_MARGIN = Decimal("0.90")
TERM_DAYS = 360
CAP = Decimal(3000) * 1_000_000
YEARS_LIMIT = 5
CITY_SHARE = Decimal("0.2")
UPLOAD_WORKDAYS = 5
LPR_GAP_DAYS = 40
CODES = (
    "R_REGION", "R_CATEGORY", "R_BANK", "R_REVOKED", "R_LPR", "R_RATE", "R_TERM", "R_BALANCE", "R_UPLOAD", "R_YEARS",
    "R_MONTHS",
)  # fmt: skip
BONUS_CODES = frozenset(CODES[:8])


@dataclass(frozen=True)
class Facts:
    """The facts of a year: one dict per loan in the order (bank name, note number), and what all loans share."""

    year: int
    loans: list[Loan]
    lpr: list[tuple[date, Decimal]]
    budgets: Mapping[str, Decimal]
    interest_rate: Decimal


# --- the facts, from the columns ----------------------------------------------------------------------------------------

_DATES = ("disbursed_on", "due_on", "paid_off_on", "revoked_on", "enterprise_barred_on", "bank_barred_on")
_FEN = ("amount", "balance", "reported_balance")
_RATES = ("rate_e4", "bonus_rate_e4")


def prepare(positions: Positions) -> Facts:
    """The same facts as plain Python values."""
    columns = {name: _plain_column(name, positions.loans[name].to_numpy()) for name in positions.loans.columns}
    loans = [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]
    for loan in loans:
        loan["events"] = []
    events = positions.events
    for row, event in zip(
        events["loan"].tolist(),
        zip(
            _dates(events["event_on"].to_numpy()),
            events["kind"].tolist(),
            _dates(events["uploaded_on"].to_numpy()),
            events["waived"].tolist(),
            strict=True,
        ),
        strict=True,
    ):
        loans[row]["events"].append(event)
    announced_on = _dates(positions.lpr_announced_on)
    return Facts(
        positions.year,
        loans,
        list(zip(announced_on, (_percent(rate) for rate in positions.lpr_e4.tolist()), strict=True)),
        {scope: Decimal(fen) for scope, fen in positions.budgets.items()},
        _percent(positions.interest_rate_e4),
    )


def _plain_column(name: str, values: Any) -> list[Any]:
    if name in _DATES:
        return _dates(values)
    if name in _FEN:
        return [None if value == UNKNOWN else Decimal(value) for value in values.tolist()]
    if name in _RATES:
        known = {rate: _percent(rate) for rate in np.unique(values).tolist()}
        return [known[rate] for rate in values.tolist()]
    listed: list[Any] = values.tolist()
    return listed


def _dates(days: Any) -> list[Any]:
    known = {day: None if day == NO_DATE else day_date(day) for day in np.unique(days).tolist()}
    return [known[day] for day in days.tolist()]


def _percent(e4: int) -> Decimal:
    return Decimal(e4).scaleb(-4)


# --- dates and numbers --------------------------------------------------------------------------------------------------


@cache
def previous_workday(day: date) -> date:
    """The last working day strictly before a day."""
    day -= timedelta(days=1)
    while not chinese_calendar.is_workday(day):
        day -= timedelta(days=1)
    return day


@cache
def upload_deadline(day: date) -> date:
    """The last day for the papers of a day."""
    for _ in range(UPLOAD_WORKDAYS):
        day += timedelta(days=1)
        while not chinese_calendar.is_workday(day):
            day += timedelta(days=1)
    return day


def add_months(day: date, count: int) -> date:
    """The same day of a later month, or the month's last."""
    years, month = divmod(day.month - 1 + count, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def whole_months(start: date, end: date) -> int:
    """How many whole months fit between two days."""
    count = (end.year - start.year) * 12 + end.month - start.month
    if add_months(start, count) > end:
        count -= 1
    return max(0, count)


def half_up(amount: Decimal) -> Decimal:
    """The nearest whole fen, halves up."""
    return amount.quantize(ONE, ROUND_HALF_UP)


def allocate(total: Decimal, weights: Sequence[Decimal]) -> list[Decimal]:
    """Whole parts of a total in proportion to weights; what is left goes to the largest remainders."""
    whole = sum(weights, Decimal(0))
    if not whole:
        return [Decimal(0)] * len(weights)
    divided = [divmod(total * weight, whole) for weight in weights]
    parts = [part for part, _ in divided]
    left = int(total - sum(parts, Decimal(0)))
    if left:
        for place in sorted(range(len(parts)), key=lambda place: -divided[place][1])[:left]:
            parts[place] += 1
    return parts


# --- the rules ----------------------------------------------------------------------------------------------------------


def settle(facts: Facts) -> list[Loan]:
    """Every loan judged and its amounts, in line order."""
    lpr_of = _lpr_table(facts)
    lines = [_judge(loan, facts.year, lpr_of) for loan in facts.loans]
    _share_caps(lines)
    for line in lines:
        _demand(line, facts)
    lines.sort(key=lambda line: (line["county_rank"], line["bank_rank"], line["enterprise_rank"], line["disbursed_on"]))
    _apply_budgets(lines, facts.budgets)
    _share_city_and_county(lines)
    return lines


def _lpr_table(facts: Facts) -> Any:
    @cache
    def lpr_of(disbursed_on: date) -> tuple[date, date | None, Decimal | None]:
        before = previous_workday(disbursed_on)
        announced_on, rate = None, None
        for day, announced in facts.lpr:
            if day > before:
                break
            announced_on, rate = day, announced
        if announced_on is None or (before - announced_on).days > LPR_GAP_DAYS:
            rate = None
        return before, announced_on, rate

    return lpr_of


def _judge(loan: Loan, year: int, lpr_of: Any) -> Loan:
    disbursed_on, due_on, paid_off_on = loan["disbursed_on"], loan["due_on"], loan["paid_off_on"]
    workday_before, lpr_announced_on, lpr = lpr_of(disbursed_on)
    end_on = due_on if paid_off_on is None else min(paid_off_on, due_on)
    year_end_no = year - disbursed_on.year + 1
    extra_months = whole_months(add_months(disbursed_on, 12), end_on)
    months = 12 if year_end_no == 1 else min(12, max(0, extra_months - 12 * (year_end_no - 2)))
    line = {
        **loan,
        "workday_before": workday_before,
        "lpr_announced_on": lpr_announced_on,
        "lpr_e4": lpr,
        "end_on": end_on,
        "year_end_no": year_end_no,
        "extra_months": extra_months,
        "months": months,
    }
    _check_papers(line)
    revoked = loan["revoked_on"] or loan["enterprise_barred_on"] or loan["bank_barred_on"]
    met = (
        loan["county_rank"] < len(COUNTIES),
        loan["qualified"],
        loan["partner"],
        not revoked,
        lpr is not None,
        lpr is None or loan["rate_e4"] <= lpr + RATE_MARGIN,
        (end_on - disbursed_on).days >= TERM_DAYS,
        loan["reported_balance"] is None or loan["reported_balance"] == loan["balance"],
        line["late_kind"] is None,
        loan["years_enjoyed"] < YEARS_LIMIT or loan["years_waived"],
        months > 0,
    )
    line["failed"] = [code for code, holds in zip(CODES, met, strict=True) if not holds]
    return line


def _check_papers(line: Loan) -> None:
    checked = late = 0
    upload_due_on, first = None, None
    for event_on, kind, uploaded_on, waived in line["events"]:
        if waived:
            continue
        checked += 1
        due = upload_deadline(event_on)
        if kind == 0:
            upload_due_on = due
        if uploaded_on is None or uploaded_on > due:
            late += 1
            if first is None or (event_on, kind) < first[:2]:
                first = (event_on, kind, due, uploaded_on)
    line["papers_checked"], line["papers_late"], line["upload_due_on"] = checked, late, upload_due_on
    line["late_on"], line["late_kind"], line["late_due_on"], line["late_uploaded_on"] = first or (None,) * 4


def _share_caps(lines: list[Loan]) -> None:
    """Each enterprise's loans take their turn; they come sorted by bank name and note number."""
    turns: dict[int, list[Loan]] = defaultdict(list)
    for line in lines:
        line["cap_before"], line["interest_base"] = None, Decimal(0)
        if not line["failed"]:
            turns[line["enterprise"]].append(line)
    for turn in turns.values():
        used = Decimal(0)
        for line in sorted(turn, key=lambda line: line["disbursed_on"]):
            line["cap_before"] = used
            base = line["interest_base"] = min(line["balance"], CAP - used)
            used += base
            if not base:
                line["failed"].append("R_CAP")


def _demand(line: Loan, facts: Facts) -> None:
    line["reasons"] = ";".join(line["failed"])
    line["interest_demand"] = half_up(line["interest_base"] * facts.interest_rate * line["months"] / (CENT * 12))
    earns = line["year_end_no"] == 1 and BONUS_CODES.isdisjoint(line["failed"])
    line["bonus_base"] = line["balance"] if earns else Decimal(0)
    line["bonus_demand"] = half_up(line["bonus_base"] * line["bonus_rate_e4"] / CENT)
    line["interest"], line["bonus"] = line["interest_demand"], line["bonus_demand"]


def _apply_budgets(lines: list[Loan], budgets: Mapping[str, Decimal]) -> None:
    for rank, county in enumerate(COUNTIES):
        if county in budgets:
            _budget([line for line in lines if line["county_rank"] == rank], budgets[county])
    for line in lines:
        line["interest_after_county"], line["bonus_after_county"] = line["interest"], line["bonus"]
    if CITY in budgets:
        _budget(lines, budgets[CITY])


def _budget(lines: list[Loan], budget: Decimal) -> None:
    interest = sum((line["interest"] for line in lines), Decimal(0))
    bonus = sum((line["bonus"] for line in lines), Decimal(0))
    if interest > budget:
        for line, part in zip(lines, allocate(budget, [line["interest"] for line in lines]), strict=True):
            line["interest"], line["bonus"] = part, Decimal(0)
    elif interest + bonus > budget:
        for line, part in zip(lines, allocate(budget - interest, [line["bonus"] for line in lines]), strict=True):
            line["bonus"] = part


def _share_city_and_county(lines: list[Loan]) -> None:
    counties: dict[int, list[Loan]] = defaultdict(list)
    for line in lines:
        counties[line["county_rank"]].append(line)
    for of_county in counties.values():
        for name in ("interest", "bonus"):
            amounts = [line[name] for line in of_county]
            city_total = half_up(sum(amounts, Decimal(0)) * CITY_SHARE)
            for line, amount, city in zip(of_county, amounts, allocate(city_total, amounts), strict=True):
                line[f"{name}_city"], line[f"{name}_county"] = city, amount - city


# --- the same result? ---------------------------------------------------------------------------------------------------

COMPARED = (
    "end_on", "year_end_no", "extra_months", "months", "workday_before", "lpr_announced_on", "lpr_e4",
    "papers_checked", "papers_late", "upload_due_on", "late_kind", "late_on", "late_due_on", "late_uploaded_on",
    "cap_before", "interest_base", "reasons", "interest_demand", "bonus_base", "bonus_demand", "interest_after_county",
    "bonus_after_county", "interest", "bonus", "interest_city", "interest_county", "bonus_city", "bonus_county",
    "bank_rank", "enterprise", "amount", "disbursed_on",
)  # fmt: skip


def differing_columns(lines: Sequence[Loan], columns: pd.DataFrame) -> list[str]:
    """The names of the columns in which the loop's lines are not those of the columns, line by line."""
    if len(lines) != len(columns):
        return ["the number of lines"]
    return [name for name in COMPARED if _machine(name, [line[name] for line in lines]) != columns[name].tolist()]


def _machine(name: str, values: list[Any]) -> list[Any]:
    """A column of the loop's lines as the columns hold it: day numbers, e4, and the marks for none."""
    if name.endswith("_on") or name == "workday_before":
        days = {day: NO_DATE if day is None else day_number(day) for day in set(values)}
        return [days[day] for day in values]
    if name.endswith("_e4"):
        return [UNKNOWN if value is None else int(value.scaleb(4)) for value in values]
    return [UNKNOWN if value is None else value for value in values]
