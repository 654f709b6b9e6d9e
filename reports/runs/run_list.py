"""The lines of a run as a list: a page or all of what is asked for, of what somebody sees, for machines.

Lines are numbered from 1 in their order, so a page of the whole list is found by its numbers, however far back it stands.
"""

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Connection, case, false, func, or_, select

from ledger import models
from ledger.accounts.scope import EVERYTHING, Scope
from ledger.errors import Refused
from ledger.facts.bank_names import BankNames, bank_names, bank_names_of
from ledger.programmes import PROGRAMMES
from ledger.runs.settlement import RunRecord
from reports.bank_names import named
from reports.lists import Asked, NotAList, day, page_of, whole
from reports.report import LineColumn
from reports.runs import run_lines, seen
from reports.runs.line_counts import count
from reports.runs.run_lines import Lines
from reports.writing.csv_files import columns_csv

PAID, CODE = "paid", "code"  # filters beside the keys: whether anything is given, and one reason
_NOT_NAMES = ("county", "guarantee", "reasons", "code", "coverages")  # texts that are words of a list
_DECIMALS = 4  # of a percentage
_PERCENT = re.compile(rf"-?[0-9]{{1,9}}(\.[0-9]{{1,{_DECIMALS}}}0*)?")

Where = ColumnElement[bool]


def lines_called(run: RunRecord, name: str) -> Lines:
    """A run's kind of lines by the name that lists have for it; Refused where the run's document has no such lines."""
    found = next((one for one in run_lines.of_programme(run.programme) if one.listed == name), None)
    if found is None:
        raise Refused(f"第 {run.id} 号运行属于{PROGRAMMES[run.programme].name}，没有这样的明细")
    return found


def require_askable(name: str, asked: Asked) -> None:
    """NotAList where no run has lines of that name that can be asked so: what is wrong with a question is said before whose run
    it is about is looked at."""
    kinds = [one for key in PROGRAMMES for one in run_lines.of_programme(key) if one.listed == name]
    columns = {column.name: column for lines in kinds for column in lines.columns}
    for key, value in asked.filters.items():
        if key == PAID:
            _require_yes_or_no(value)
        elif key in columns and key != "bank" and value:
            _stored(columns[key], value)
        elif key not in columns and not (key == CODE and "reasons" in columns):
            raise NotAList(key, "没有这个参数")
    if asked.sort and asked.sorted_by[0] not in columns:
        raise NotAList("sort", "不能按它排序")


def page(connection: Connection, run: RunRecord, name: str, asked: Asked, scope: Scope = EVERYTHING) -> dict[str, Any]:
    """A page of a run's lines as rows by the names of their columns: fen and counts as integers, dates ISO, percentages as
    texts of four decimals, null for none."""
    lines = lines_called(run, name)
    of = _Query(connection, run, lines, asked, scope)
    total = of.total()
    rows = of.page(total) if asked.before < total else []
    columns = lines.columns
    items = [
        {column.name: column.plain(value) for column, value in zip(columns, row, strict=True)}
        for row in named(connection, run.id, columns, rows)
    ]
    return page_of(asked, items, total)


def csv(connection: Connection, run: RunRecord, name: str, asked: Asked, scope: Scope = EVERYTHING) -> Iterator[str]:
    """All of the list that is asked for, in pieces, for machines."""
    lines = lines_called(run, name)
    rows = _Query(connection, run, lines, asked, scope).all()
    return columns_csv(lines.columns, named(connection, run.id, lines.columns, rows))


class _Query:
    """What is asked for, as a query."""

    def __init__(self, connection: Connection, run: RunRecord, lines: Lines, asked: Asked, scope: Scope) -> None:
        self._connection, self._run = connection, run
        self._lines = lines
        self._asked = asked
        self._of_run = lines.line.run_id == run.id
        self._names: BankNames = bank_names_of(connection, run)
        self._seen = seen.lines_seen(connection, lines, run.programme, scope)
        self._where = [*(self._filter(key, value) for key, value in asked.filters.items()), *self._words()]
        self._order = self._sorted()

    def total(self) -> int:
        """How many lines there are; all of a run without counting them."""
        if self._seen or self._where:
            return count(self._connection, self._run, self._lines, *self._seen, *self._where)
        query = select(func.coalesce(func.max(self._lines.number), 0)).where(self._of_run)
        return int(self._connection.execute(query).scalar_one())

    def page(self, total: int) -> Sequence[Any]:
        """The rows of the page that is asked for."""
        asked = self._asked
        if not self._seen and not self._where and not self._order:
            first = asked.before + 1
            within = self._lines.number.between(first, min(first + asked.size - 1, total))
            return self._connection.execute(self._select(within)).all()
        return self._connection.execute(self._select().limit(asked.size).offset(asked.before)).all()

    def all(self) -> Iterator[Any]:
        """All rows, as they come from the database."""
        return iter(self._connection.execute(self._select(), execution_options={"yield_per": 5_000}))

    def _select(self, *within: Where) -> Any:
        columns = select(*(column.source.label(column.name) for column in self._lines.columns))
        query = self._lines.joined(columns).where(self._of_run, *self._seen, *self._where, *within)
        return query.order_by(*self._order, self._lines.number)

    # --- what is asked ------------------------------------------------------------------------------------------------

    def _filter(self, key: str, value: str) -> Where:
        lines = self._lines
        if key == PAID:
            return self._paid(value)
        if key == CODE and "reasons" in lines.by_name:
            return (";" + lines.source("reasons") + ";").contains(f";{value};", autoescape=True)
        column = lines.by_name.get(key)
        if column is None:
            raise NotAList(key, "没有这个参数")
        if key == "bank":
            return self._bank(value)
        source = lines.source(key)
        if value == "":
            return or_(source.is_(None), source == "") if column.kind == "text" else source.is_(None)
        found: Where = source == _stored(column, value)
        return found

    def _bank(self, value: str) -> Where:
        """By any name that the bank has had."""
        known = {names.id_of(value) for names in (self._names, bank_names(self._connection))} - {None}
        return models.Bank.id.in_(known)

    def _paid(self, value: str) -> Where:
        _require_yes_or_no(value)
        anything: Where = or_(*(self._lines.source(name) > 0 for name in self._lines.gives))
        return anything if value == "yes" else ~anything

    def _words(self) -> list[Where]:
        """A part of a name or number, whatever case its letters have."""
        words = self._asked.words.lower()
        if not words:
            return []
        texts = [one for one in self._lines.columns if one.kind == "text" and one.name not in _NOT_NAMES]
        found = [
            func.lower(self._lines.source(one.name)).contains(words, autoescape=True)
            for one in texts
            if one.name != "bank"
        ]
        if "bank" in self._lines.by_name:
            banks = [number for number, name in self._names.all_in_force().items() if words in name.lower()]
            found.append(models.Bank.id.in_(banks))
        return [or_(*found) if found else false()]

    def _sorted(self) -> list[Any]:
        """The order that is asked for, none for the list's own: null last, whichever way it goes."""
        key, down = self._asked.sorted_by
        if not key:
            return []
        if key not in self._lines.by_name:
            raise NotAList("sort", "不能按它排序")
        source = self._lines.source(key)
        if key == "bank" and not self._names.unchanged:
            source = case(self._names.all_in_force(), value=models.Bank.id)
        return [source.desc().nulls_last() if down else source.asc().nulls_last()]


def _require_yes_or_no(value: str) -> None:
    if value not in ("yes", "no"):
        raise NotAList(PAID, "应为 yes 或 no")


def _stored(column: LineColumn, value: str) -> Any:
    """A value as it is stored; NotAList where it cannot be one of the column's."""
    if column.kind in ("count", "fen"):
        return whole(column.name, value)
    if column.kind == "date":
        return day(column.name, value)
    if column.kind == "text":
        return value
    written = _PERCENT.fullmatch(value)
    if written is None:
        raise NotAList(column.name, f"应为百分数，至多 {_DECIMALS} 位小数，如 3.4500")
    return int(Decimal(value).scaleb(_DECIMALS))
