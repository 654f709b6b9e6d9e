"""A run beside the year before it: totals of both years, and what each county and bank got in either, as far as somebody sees."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, select

from ledger import models, money
from ledger.accounts.scope import EVERYTHING, Scope
from ledger.counties import COUNTY_RANK
from ledger.runs.settlement import RunRecord, choose_run
from reports.report import Table
from reports.runs import comparison, run_lines
from reports.runs.comparison import Identity
from reports.runs.run_lines import Lines

_BY = {"county": "区市", "bank": "银行"}
_Rows = Mapping[Identity, Mapping[str, Any]]


class YearsApart(NamedTuple):
    """The run of the year before, and the tables of both years, this year's figures last."""

    before: RunRecord
    tables: Sequence[Table]


def year_before(connection: Connection, run: RunRecord) -> RunRecord | None:
    """The approved run of the year before, else its latest trial; None where there is none."""
    table = models.Run
    earlier = select(table.id).where(table.programme == run.programme, table.year == run.year - 1).limit(1)
    if connection.execute(earlier).first() is None:
        return None
    return choose_run(connection, run.programme, run.year - 1)


def beside(connection: Connection, run: RunRecord, scope: Scope = EVERYTHING) -> YearsApart | None:
    """Both years' tables; None where there is no run of the year before. Amounts in 万元."""
    before = year_before(connection, run)
    if before is None:
        return None
    rows = [
        (lines, comparison.rows_of(connection, lines, before, scope), comparison.rows_of(connection, lines, run, scope))
        for lines in run_lines.of_programme(run.programme)
    ]
    totals = [total for lines, *both in rows for total in comparison.totals_of(run.programme, lines, *both)]
    years = f"{before.year} 年度", f"{run.year} 年度"
    whole = [
        (one.kind, one.header, one.text(one.first), one.text(one.second), one.text(one.second - one.first))
        for one in totals
    ]
    tables = [Table("合计（金额单位：万元）", ("类别", "项目", *years, "增减"), whole, 2)]
    for lines, *both in rows:
        if not lines.claims:
            tables += _parts(lines, both, years)
    return YearsApart(before, tables)


def _parts(lines: Lines, both: Sequence[_Rows], years: tuple[str, str]) -> Iterator[Table]:
    for name, header in _BY.items():
        if name not in lines.by_name:
            continue
        names: dict[Any, str] = {}
        counts: dict[Any, list[int]] = defaultdict(lambda: [0, 0])
        given: dict[Any, list[int]] = defaultdict(lambda: [0, 0])
        for place, rows in enumerate(both):
            for identity, row in rows.items():
                # a bank by whom it is, under its later name
                key = identity[lines.identity.index(name)] if name in lines.identity else row[name]
                names[key] = row[name]
                counts[key][place] += 1
                given[key][place] += sum(row[column] for column in lines.gives)
        if len(names) < 2:
            continue  # the totals say it all
        shown = [
            (names[key], *map(str, counts[key]), *map(money.wan_text, (*given[key], given[key][1] - given[key][0])))
            for key in sorted(names, key=lambda one: (COUNTY_RANK[names[one]] if name == "county" else 0, names[one]))
        ]
        headers = (header, *(f"{year}笔数" for year in years), *(f"{year}补助" for year in years), "增减")
        yield Table(f"{lines.name}，按{header}（金额单位：万元）", headers, shown, 1)
