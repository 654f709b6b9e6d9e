"""Indicators of a yearly evaluation as a page: each with its formula in words and its source, this year, last year, change."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from ledger import money
from ledger.runs.settlement import RunRecord
from reports.writing.pages import Column, Figure, Kind, Page

Values = Mapping[str, int | None]


class Indicator(NamedTuple):
    """One indicator: its key, group, name, unit in words, how its integer is counted, its formula and its source."""

    key: str
    group: str
    name: str
    unit: str
    kind: Kind
    formula: str
    source: str


class Measure(NamedTuple):
    """One figure of every part (county, bank, leg): its key, header, how it is counted, and whether parts add up."""

    key: str
    header: str
    kind: Kind
    summed: bool = False


def change(now: int | None, before: int | None) -> int | None:
    """This year less last year; None where either is not known."""
    return None if now is None or before is None else now - before


def change_e4(now: int | None, before: int | None) -> int | None:
    """How much more there is now, as a percentage of before (e4, half up in its size); None where there was nothing."""
    if now is None or before is None or before <= 0:
        return None
    size = money.half_up(abs(now - before) * money.E4_PER_ONE, before)
    return size if now >= before else -size


def share_e4(part: int, whole: int) -> int | None:
    """A part as a percentage of the whole (e4, half up); None of nothing."""
    return money.half_up(part * money.E4_PER_ONE, whole) if whole > 0 else None


def quotient(part: int, whole: int, scale: int = 1) -> int | None:
    """A part for each of the whole, times a scale, half up; None of nothing."""
    return money.half_up(part * scale, whole) if whole > 0 else None


def indicator_page(
    sheet: str, title: str, head: Sequence[str], year: int, indicators: Sequence[Indicator], now: Values, before: Values
) -> Page:
    """All indicators. Of amounts and counts the change is given as a percentage too."""
    columns = (
        Column("类别", 13), Column("指标", 26), Column("单位", 9), Column(f"{year} 年度", 14, "count"),
        Column(f"{year - 1} 年度", 14, "count"), Column("变化", 13, "count"), Column("变化率(%)", 12, "percent"),
        Column("计算公式", 52), Column("来源", 32),
    )  # fmt: skip

    def rows() -> Iterator[Sequence[Any]]:
        for one in indicators:
            this, last = now.get(one.key), before.get(one.key)
            figures = (Figure(value, one.kind) for value in (this, last, change(this, last)))
            rate = None if one.kind == "percent" else change_e4(this, last)
            yield one.group, one.name, one.unit, *figures, rate, one.formula, one.source

    return Page(sheet, title, head, columns, list(rows()))


def parts_page(
    sheet: str, title: str, head: Sequence[str], what: Column, year: int, measures: Sequence[Measure],
    now: Mapping[str, Values], before: Mapping[str, Values], order: Iterable[str], **more: Any,
) -> Page:  # fmt: skip
    """Some figures of every part: this year, last year and the change of each."""
    columns = [what]
    for one in measures:
        width = 14 if one.kind == "fen" else 10
        columns += [
            Column(f"{one.header}{words}", width, one.kind, one.summed)
            for words in (f" {year}", f" {year - 1}", " 变化")
        ]

    def rows() -> Iterator[Sequence[Any]]:
        for name in order:
            row: list[Any] = [name]
            for one in measures:
                this, last = now.get(name, {}).get(one.key), before.get(name, {}).get(one.key)
                if one.summed and before:  # what is not there adds nothing
                    this, last = this or 0, last or 0
                row += [this, last, change(this, last)]
            yield row

    return Page(sheet, title, head, columns, list(rows()), **more)


def last_year_words(before: RunRecord | None) -> str:
    """Which run the column of last year is of, as sheet 说明 says it."""
    if before is None:
        return "没有上年度的运行，上年一列空着"
    return f"{before.year} 年度第 {before.id} 号运行（{before.standing}）"


READING = (
    ("性质", "只列数字，不评分；每项的计算公式和来源见「绩效指标」"),
    ("变化", "本年 - 上年；变化率 =（本年 - 上年）÷ 上年，比例类指标只列相差的百分点；有一年没有数字的空着"),
)
"""What sheet 说明 says of how an evaluation is to be read, whatever the document."""
