"""What if: the facts of a year settled with other values than those of the law, and nothing stored (第十六条, 预算编制).

What can be set are the numbers of the document and the year's budgets. What was found before the change and after it are
frames of the same columns, one row per loan, in line order; amounts are fen.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import pandas as pd
from sqlalchemy import Connection, select

from ledger import models, money
from ledger.counties import CITY
from ledger.database import db
from ledger.errors import Refused
from ledger.programmes.tech_branch import law as policy
from ledger.programmes.tech_branch import programme as tech_branch
from ledger.programmes.tech_branch.programme import DOCUMENT, Assumptions
from ledger.runs.settlement import RunRecord, read_run
from ledger.workbooks import cells
from ledger.workbooks.cells import BadCell
from ledger.workdays import today

# --- what can be set --------------------------------------------------------------------------------------------------


class UnreadableSetting(ValueError):
    """A setting that names nothing or whose value cannot be read; the sentence is Chinese."""


@dataclass(frozen=True)
class Name:
    """A number that can be set: the document's name for it, and what people write.

    looser: 1 where more gives more (a ceiling), -1 where less does (a floor), 0 where neither. item: the 补助项目 of the
    year's own rate that it stands for.
    """

    parameter: str
    alias: str
    chinese: str
    looser: int = 0
    least: int = 0
    item: str = ""


NAMES: tuple[Name, ...] = (
    Name("interest_rate", "interest.rate", "贴息比例", looser=1, item="贴息"),
    Name("bonus_rate", "bonus.rate", "奖补比例", looser=1, item="奖补"),
    Name("interest_cap", "cap", "单户上限", looser=1),
    Name("rate_margin", "margin", "利率加点", looser=1),
    Name("term_days", "term.days", "占用天数", looser=-1),
    Name("years_limit", "years", "累计年限", looser=1),
    Name("city_share", "city.share", "市级分担"),
    Name("year_months", "year.months", "贴息月数", looser=1, least=1),
    Name("upload_workdays", "upload.days", "上传时限", looser=1, least=1),
    Name("lpr_gap_days", "lpr.gap", "LPR缺口天数", looser=1),
    Name("pledge_floor", "pledge.floor", "质押占比下限", looser=-1),
    Name("unsecured_floor", "unsecured.floor", "信用占比下限", looser=-1),
)
_BY_WORD = {word: name for name in NAMES for word in (name.parameter, name.alias, name.chinese)}
_BUDGET_WORDS = ("budget", "预算")
_NO_BUDGET = "无"


@dataclass(frozen=True)
class Setting:
    """One number to go by instead: a value of the document (`name`) or a budget (`scope`).

    value: in the unit of the document; None for a scope without a budget.
    """

    key: str
    value: int | None
    name: Name | None = None
    scope: str = ""


def known_names() -> str:
    """Every name that can be set, for a sentence."""
    values = "、".join(f"{name.alias}（{name.chinese}）" for name in NAMES)
    return f"{values}、budget.{CITY}、budget.<区市>（预算）"


def read_setting(text: str) -> Setting:
    """A setting as people write it, such as interest.rate=0.8%; UnreadableSetting when it is none."""
    word, mark, value = (part.strip() for part in cells.half_width(text).partition("="))
    if not mark or not word or not value:
        raise UnreadableSetting(f"「{text}」不是设定；应写作 名称=数值，如 interest.rate=0.8%")
    first, dot, scope = word.partition(".")
    if first in _BUDGET_WORDS and dot:
        return _read_budget(text, scope, value)
    name = _BY_WORD.get(word) or _BY_WORD.get(word.lower())
    if name is None:
        raise UnreadableSetting(f"没有可设定的「{word}」；可设定：{known_names()}")
    unit = DOCUMENT.parameters[name.parameter].unit
    number = _read_number(text, value, unit)
    if number < name.least:
        raise UnreadableSetting(f"「{text}」太小；{name.chinese}不能小于 {name.least}")
    return Setting(name.alias, number, name=name)


def _read_budget(text: str, scope: str, value: str) -> Setting:
    try:
        place = cells.read_scope(scope)
    except BadCell as bad:
        raise UnreadableSetting(f"「{scope}」{bad.problem}；{bad.expected}") from bad
    amount = None if value == _NO_BUDGET else _read_number(text, value, "wan")
    return Setting(f"budget.{place}", amount, scope=place)


# how each unit is written: suffix -> how many of the document's counts it stands for; '' is what a bare number means
_NOTATION: dict[str, dict[str, int]] = {
    "percent": {"": 10_000, "%": 10_000, "个百分点": 10_000, "个基点": 100, "基点": 100, "bp": 100},
    "wan": {"": 10**6, "万": 10**6, "万元": 10**6, "亿": 10**10, "亿元": 10**10, "元": 100},
    "days": {"": 1, "天": 1, "日": 1},
    "workdays": {"": 1, "个工作日": 1, "工作日": 1, "天": 1},
    "years": {"": 1, "年": 1},
    "months": {"": 1, "个月": 1, "月": 1},
}
_EXAMPLES = {
    "percent": "0.8% 或 80个基点", "wan": "2000万", "days": "330天", "workdays": "7个工作日", "years": "3年",
    "months": "12个月",
}  # fmt: skip
_LARGEST = {"percent": money.E4_PER_ONE, "wan": cells.LARGEST_WAN_FEN}
_LARGEST_COUNT = 10_000
_VALUE = re.compile(r"(\d{1,3}(?:,\d{3})+|\d+)(\.\d+)?\s*(\D*)")


def _read_number(text: str, value: str, unit: str) -> int:
    """A number with its unit as people write it, in the document's unit."""
    match = _VALUE.fullmatch(value)
    counts = _NOTATION[unit].get(match.group(3).strip().lower()) if match else None
    if match is None or counts is None:
        raise UnreadableSetting(f"「{text}」的数值应写作 {_EXAMPLES[unit]}")
    number = Decimal(match.group(1).replace(",", "") + (match.group(2) or "")) * counts
    if number != number.to_integral_value():
        raise UnreadableSetting(f"「{text}」的小数位过多；应写作 {_EXAMPLES[unit]}")
    if number > _LARGEST.get(unit, _LARGEST_COUNT):
        raise UnreadableSetting(f"「{text}」的数值过大；应写作 {_EXAMPLES[unit]}")
    return int(number)


def assume(settings: Sequence[Setting]) -> Assumptions:
    """The settings together; UnreadableSetting when one thing is set twice."""
    repeated = [key for key, count in Counter(setting.key for setting in settings).items() if count > 1]
    if repeated:
        raise UnreadableSetting(f"{'、'.join(repeated)} 设定了不止一次")
    law, rates, budgets = {}, {}, {}
    for setting in settings:
        if setting.name is None:
            budgets[setting.scope] = setting.value
        elif setting.value is not None and setting.name.item:
            rates[setting.name.item] = setting.value
        elif setting.value is not None:
            law[setting.name.parameter] = setting.value
    return Assumptions(law, rates, budgets)


# --- the simulation ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Change:
    """One setting beside what it stands for: before and after in the document's unit (None for no budget).

    beyond: the law's own value where the setting goes beyond it, else None; looser says in which direction.
    """

    key: str
    meaning: str
    unit: str
    before: int | None
    after: int | None
    beyond: int | None
    looser: int


@dataclass(frozen=True)
class Simulation:
    """A year before and after: frames of COLUMNS, one row per loan.

    run: the approved run whose stored lines are `before`, None where the same facts were settled with the law's values.
    unset: the facts on file now settled with the law's values; it differs from `before` where facts have changed since
    the approval. open_year: December 31 is still to come.
    """

    year: int
    as_of: date
    open_year: bool
    run: RunRecord | None
    changes: tuple[Change, ...]
    banks_with_own_bonus_rate: int
    before: pd.DataFrame
    unset: pd.DataFrame
    after: pd.DataFrame

    @property
    def facts_changed(self) -> bool:
        """Whether something else than the settings tells before from after; a mere change of name does not."""
        return not _unnamed(self.unset).equals(_unnamed(self.before))


AMOUNTS = (
    "interest_demand", "interest", "interest_city", "interest_county", "bonus_demand", "bonus", "bonus_city",
    "bonus_county",
)  # fmt: skip
COLUMNS = ("county", "bank", "uscc", "enterprise_name", "note_no", "balance", *AMOUNTS, "reasons")


def _unnamed(lines: pd.DataFrame) -> pd.DataFrame:
    """Lines without the names of enterprises, which also stand in their order."""
    return lines.drop(columns="enterprise_name").sort_values(["bank", "note_no"], ignore_index=True)


def simulate(
    connection: Connection, year: int, settings: Sequence[Setting] = (), as_of: date | None = None
) -> Simulation:
    """A year's facts settled with the settings, beside what stands; Refused for a year or date that cannot be settled."""
    assumed = assume(settings)
    run = _approved(connection, year) if as_of is None else None
    day, open_year = _day(year, as_of if run is None else run.as_of)
    unset = _settled(connection, year, day, tech_branch.AS_ON_FILE)
    return Simulation(
        year=year,
        as_of=day,
        open_year=open_year,
        run=run,
        changes=tuple(_change(connection, year, setting) for setting in settings),
        banks_with_own_bonus_rate=_own_rates(connection, year),
        before=unset if run is None else _stored(connection, run.id),
        unset=unset,
        after=_settled(connection, year, day, assumed),
    )


def _approved(connection: Connection, year: int) -> RunRecord | None:
    run = models.Run
    query = select(run.id).where(run.programme == DOCUMENT.programme, run.year == year, run.approved_at.is_not(None))
    found = connection.execute(query).scalar_one_or_none()
    return None if found is None else read_run(connection, found)


def _day(year: int, as_of: date | None) -> tuple[date, bool]:
    """The as-of date, and whether the year is not over: then today's balances stand for those of December 31."""
    tech_branch.require_in_force(year)
    now = today()
    if tech_branch.year_end(year) <= now:
        return tech_branch.settlement_day(year, as_of, now), False
    if as_of not in (None, now):
        raise Refused(f"{year} 年度尚未结束，只能以今天（{now}）的余额测算，不能另定截止日 {as_of}")
    return now, True


def _settled(connection: Connection, year: int, as_of: date, assumed: Assumptions) -> pd.DataFrame:
    """The facts on file settled under assumptions, as COLUMNS."""
    facts, identity = tech_branch.read_positions(connection, year, as_of, assumed)
    lines, _ = policy.settle(facts, assumed.values(year))
    return lines.join(identity)[list(COLUMNS)].reset_index(drop=True)


def _stored(connection: Connection, run_id: int) -> pd.DataFrame:
    """The lines of a run as they were stored, as COLUMNS."""
    line, fact, loan, bank = models.TechBranchLine, models.LoanFact, models.Loan, models.Bank
    company, anchor = models.EnterpriseFact, models.Enterprise
    query = (
        select(
            company.county, bank.name.label("bank"), anchor.uscc, company.name.label("enterprise_name"), loan.note_no,
            *(getattr(line, f"{name}_fen").label(name) for name in ("balance", *AMOUNTS)), line.reasons,
        )
        .join(fact, fact.id == line.loan_fact_id)
        .join(loan, loan.id == fact.loan_id)
        .join(bank, bank.id == loan.bank_id)
        .join(company, company.id == line.enterprise_fact_id)
        .join(anchor, anchor.id == company.enterprise_id)
        .where(line.run_id == run_id)
        .order_by(line.line_no)
    )  # fmt: skip
    return db.fetch_frame(connection, query)


def _own_rates(connection: Connection, year: int) -> int:
    """How many banks have a bonus rate of their own for the year (差别化), which the year's rate does not touch."""
    fact = models.BonusRateFact
    return len(connection.execute(select(fact.id).where(fact.retired_by.is_(None), fact.year == year)).all())


def _change(connection: Connection, year: int, setting: Setting) -> Change:
    """A setting beside what the settlement would go by without it."""
    if setting.name is None:
        on_file = tech_branch.AS_ON_FILE.budgets_of(connection, year).get(setting.scope)
        return Change(setting.key, f"{setting.scope}预算", "wan", on_file, setting.value, None, 0)
    name, parameter = setting.name, DOCUMENT.parameters[setting.name.parameter]
    law = tech_branch.AS_ON_FILE.values(year)[name.parameter]
    before = tech_branch.AS_ON_FILE.year_rate(connection, year, name.item, law) if name.item else law
    beyond = setting.value is not None and name.looser * (setting.value - law) > 0
    return Change(
        setting.key, name.chinese, parameter.unit, before, setting.value, law if beyond else None, name.looser
    )
