"""What if: the facts of a year settled with other values than those of the law, and nothing stored (第十六条, 预算编制).

What can be set are the numbers of the document and the year's budgets. What was found before the change and after it are
frames of the same columns, one row per loan, in line order; amounts are fen.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import Connection

from ledger import money
from ledger.counties import CITY
from ledger.errors import Refused
from ledger.facts.bank_names import bank_names, bank_names_of
from ledger.lazy import pd
from ledger.programmes.assumptions import AS_ON_FILE, Assumptions
from ledger.programmes.programme import Assumable, Number, Programme
from ledger.runs.settlement import RunRecord, approved_run
from ledger.workbooks import cells
from ledger.workbooks.cells import BadCell

# --- what can be set --------------------------------------------------------------------------------------------------


class UnreadableSetting(ValueError):
    """A setting that names nothing or whose value cannot be read; the sentence is Chinese."""


_BUDGET_WORDS = ("budget", "预算")
_NO_BUDGET = "无"


@dataclass(frozen=True)
class Setting:
    """One number to go by instead: a value of the document (`name`) or a budget (`scope`).

    value: in the unit of the document; None for a scope without a budget.
    """

    key: str
    value: int | None
    name: Number | None = None
    scope: str = ""


def known_names(programme: Programme) -> str:
    """Every name that can be set, for a sentence."""
    values = "、".join(f"{name.alias}（{name.chinese}）" for name in _assumable(programme).numbers)
    return f"{values}、budget.{CITY}、budget.<区市>（预算）"


def _assumable(programme: Programme) -> Assumable:
    if programme.assumable is None:
        raise Refused(f"{programme.name}没有可以设定的数值，不能测算")
    return programme.assumable


def read_setting(programme: Programme, text: str) -> Setting:
    """A setting as people write it, such as interest.rate=0.8%; UnreadableSetting when it is none."""
    word, mark, value = (part.strip() for part in cells.half_width(text).partition("="))
    if not mark or not word or not value:
        raise UnreadableSetting(f"「{text}」不是设定；应写作 名称=数值，如 interest.rate=0.8%")
    first, dot, scope = word.partition(".")
    if first in _BUDGET_WORDS and dot:
        return _read_budget(text, scope, value)
    names = _assumable(programme).numbers
    by_word = {one: name for name in names for one in (name.parameter, name.alias, name.chinese)}
    name = by_word.get(word) or by_word.get(word.lower())
    if name is None:
        raise UnreadableSetting(f"没有可设定的「{word}」；可设定：{known_names(programme)}")
    unit = programme.document.parameters[name.parameter].unit
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

    programme: Programme
    year: int
    as_of: date
    open_year: bool
    run: RunRecord | None
    changes: tuple[Change, ...]
    banks_with_own_rate: int
    before: pd.DataFrame
    unset: pd.DataFrame
    after: pd.DataFrame
    printed_banks: Mapping[str, str]  # what papers call the banks of the lines, where that is another name

    @property
    def facts_changed(self) -> bool:
        """Whether something else than the settings tells before from after; a mere change of name does not."""
        return not _unnamed(self.unset).equals(_unnamed(self.before))


def _unnamed(lines: pd.DataFrame) -> pd.DataFrame:
    """Lines without the names of enterprises, which also stand in their order."""
    return lines.drop(columns="enterprise_name").sort_values(["bank", "note_no"], ignore_index=True)


def simulate(
    connection: Connection,
    programme: Programme,
    year: int,
    settings: Sequence[Setting] = (),
    as_of: date | None = None,
) -> Simulation:
    """A year's facts settled with the settings, beside what stands; Refused for a year or date that cannot be settled."""
    assumed, assuming = assume(settings), _assumable(programme).assuming
    run = approved_run(connection, programme.key, year) if as_of is None else None
    day, open_year = assuming.day(year, as_of if run is None else run.as_of)
    unset = assuming.settled(connection, year, day, AS_ON_FILE)
    return Simulation(
        programme=programme,
        year=year,
        as_of=day,
        open_year=open_year,
        run=run,
        changes=tuple(_change(connection, programme, year, setting) for setting in settings),
        banks_with_own_rate=assuming.own_rates(connection, year),
        before=unset if run is None else _called_as_now(connection, assuming.stored(connection, run.id), run, day),
        unset=unset,
        after=assuming.settled(connection, year, day, assumed),
        printed_banks=_printed_banks(connection, day),
    )


def _called_as_now(connection: Connection, lines: pd.DataFrame, run: RunRecord, day: date) -> pd.DataFrame:
    """A run's lines with its banks called as today: one that changed its name since is the same bank."""
    then, now = bank_names_of(connection, run), bank_names(connection, day)
    known = {name: then.id_of(name) for name in set(lines["bank"])}
    called = {name: name if number is None else now.in_force(number) for name, number in known.items()}
    return lines.assign(bank=[called[name] for name in lines["bank"]])


def _printed_banks(connection: Connection, day: date) -> dict[str, str]:
    names = bank_names(connection, day)
    return {} if names.unchanged else {names.in_force(number): name for number, name in names.all_printed().items()}


def _change(connection: Connection, programme: Programme, year: int, setting: Setting) -> Change:
    """A setting beside what the settlement would go by without it."""
    assuming = _assumable(programme).assuming
    if setting.name is None:
        on_file = assuming.budget(connection, year, setting.scope)
        return Change(setting.key, f"{setting.scope}预算", "wan", on_file, setting.value, None, 0)
    name, parameter = setting.name, programme.document.parameters[setting.name.parameter]
    law = assuming.law(year, name.parameter)
    before = assuming.number(connection, year, name.parameter, name.item)
    beyond = setting.value is not None and name.looser * (setting.value - law) > 0
    return Change(
        setting.key, name.chinese, parameter.unit, before, setting.value, law if beyond else None, name.looser
    )
