"""What must hold between the project library and the grants and investments that rest on it."""

from collections import defaultdict
from collections.abc import Collection, Iterator
from datetime import date
from itertools import accumulate
from typing import Any

from sqlalchemy import Connection, select

from ledger import models, money
from ledger.database import db
from ledger.facts.violations import Cause, Facts, Violation
from ledger.law.document import document
from ledger.money import wan_words
from ledger.programmes.chokepoint import tables
from ledger.workbooks.sheet import Invariant


def grants(facts: Facts, project_ids: Collection[int]) -> list[Violation]:
    """威政办发〔2023〕8号 第二条: a grant within its ratio, a project's grants within the cap, the project in the library."""
    grant, project = tables.GrantFact, tables.ProjectFact
    listed = {
        row.project_id: row
        for row in facts.in_force(
            project, "project_id", project_ids, project.project_id, project.listed_on, project.delisted_on
        )
    }
    of_project: dict[int, list[Any]] = defaultdict(list)
    for row in facts.in_force(
        grant,
        "project_id",
        project_ids,
        grant.project_id,
        grant.year,
        grant.spending_fen,
        grant.ratio_e4,
        grant.approved_on,
        grant.approved_fen,
    ):
        of_project[row.project_id].append(row)
    found: list[Violation] = []
    for project_id, rows in sorted(of_project.items()):
        rows.sort(key=lambda row: (row.approved_on, row.year))
        found += _above_ratio(rows)
        found += _above_cap(rows)
        if project_id in listed:
            found += _outside_library(rows, listed[project_id])
    return found


def _grant(row: Any) -> str:
    return f"研发补助（{row.year} 年度，{row.approved_on} 批准 {wan_words(row.approved_fen)}）"


def _grant_cause(row: Any, field: str, expected: str) -> Cause:
    return Cause("研发补助", (row.project_id, row.year), field, expected)


def _above_ratio(rows: list[Any]) -> Iterator[Violation]:
    for row in rows:
        most = money.half_up(row.spending_fen * row.ratio_e4, money.E4_PER_ONE)
        if row.approved_fen > most:
            enough = f"研发投入×补助比例应不少于批准金额 {wan_words(row.approved_fen)}"
            yield Violation(
                _grant(row),
                "批准金额超过 研发投入×补助比例",
                (
                    _grant_cause(row, "approved_fen", f"应不超过 {wan_words(most)}"),
                    _grant_cause(row, "spending_fen", enough),
                    _grant_cause(row, "ratio_e4", enough),
                ),
            )


def _above_cap(rows: list[Any]) -> Iterator[Violation]:
    """What a project has got so far, at each approval, within the cap as of that day."""
    caps = [document("chokepoint").number_near("grant_cap", row.approved_on) for row in rows]
    so_far = list(accumulate(row.approved_fen for row in rows))
    for place, row in enumerate(rows):
        if so_far[place] > caps[place]:
            causes = []
            for index in (place, *reversed(range(place)), *range(place + 1, len(rows))):
                tightest = min(range(index, len(rows)), key=lambda later: caps[later] - so_far[later])
                left = rows[index].approved_fen + caps[tightest] - so_far[tightest]
                total = f"该项目各年补助合计应不超过 {wan_words(caps[tightest])}（现为 {wan_words(so_far[tightest])}）"
                expected = f"本次应不超过 {wan_words(left)}" if left >= 0 else total
                causes.append(_grant_cause(rows[index], "approved_fen", expected))
            problem = f"该项目各年累计补助 {wan_words(so_far[place])}，超过上限 {wan_words(caps[place])}"
            yield Violation(_grant(row), problem, tuple(causes))


def _outside_library(rows: list[Any], entry: Any) -> Iterator[Violation]:
    days = [row.approved_on for row in rows]
    for row in rows:
        if not _covers(entry.listed_on, entry.delisted_on, row.approved_on):
            yield Violation(
                _grant(row),
                f"批准日 {row.approved_on} 项目不在库",
                (
                    _grant_cause(row, "approved_on", f"应在 {_span(entry)} 之内"),
                    _library_cause(entry, row.approved_on, days),
                ),
            )


def investments(facts: Facts, enterprise_ids: Collection[int]) -> list[Violation]:
    """威政办发〔2023〕8号 第二条: an investment goes to an enterprise with a library project on its date."""
    investment, project = tables.InvestmentFact, tables.ProjectFact
    spans: dict[int, list[Any]] = defaultdict(list)
    for row in facts.in_force(
        project,
        "enterprise_id",
        enterprise_ids,
        project.project_id,
        project.enterprise_id,
        project.listed_on,
        project.delisted_on,
    ):
        spans[row.enterprise_id].append(row)
    orphans = [
        row
        for row in facts.in_force(
            investment,
            "enterprise_id",
            enterprise_ids,
            investment.investor,
            investment.investment_no,
            investment.enterprise_id,
            investment.invested_on,
        )
        if not any(_covers(entry.listed_on, entry.delisted_on, row.invested_on) for entry in spans[row.enterprise_id])
    ]
    former = _former_projects(facts.connection, {row.enterprise_id for row in orphans})
    found = []
    for row in sorted(orphans, key=lambda row: (row.investor, row.investment_no)):
        key, entries = (row.investor, row.investment_no), spans[row.enterprise_id]
        expected = "企业在投资日应有在库项目"
        spans_told = f"（在库期间：{'、'.join(map(_span, entries))}）" if entries else ""
        days = [one.invested_on for one in orphans if one.enterprise_id == row.enterprise_id]
        found.append(
            Violation(
                f"股权投资（{row.investor} {row.investment_no}，投资日 {row.invested_on}）",
                f"投资日 {row.invested_on} 企业没有在库的攻关项目",
                (
                    Cause("股权投资", key, "invested_on", expected, spans_told),
                    Cause("股权投资", key, "uscc", expected, spans_told),
                    *(_library_cause(entry, row.invested_on, days) for entry in entries),
                    *(
                        Cause("项目库", (project_id,), "uscc", f"应为 {uscc}，或先更正这笔股权投资")
                        for project_id, uscc in former[row.enterprise_id]
                    ),
                ),
            )
        )
    return found


def _former_projects(connection: Connection, enterprise_ids: Collection[int]) -> dict[int, list[tuple[int, str]]]:
    """(project, code of the enterprise) of every version that once was in force and named one of the enterprises."""
    project, enterprise = tables.ProjectFact, models.Enterprise
    found: dict[int, list[tuple[int, str]]] = defaultdict(list)
    for chunk in db.in_chunks(sorted(enterprise_ids)):
        query = (
            select(project.project_id, project.enterprise_id, enterprise.uscc)
            .join(enterprise, enterprise.id == project.enterprise_id)
            .where(project.enterprise_id.in_(chunk), project.retired_by.is_not(None))
            .distinct()
            .order_by(project.project_id)
        )
        for row in connection.execute(query):
            found[row.enterprise_id].append((row.project_id, row.uscc))
    return found


def _library_cause(entry: Any, day: date, days: Collection[date]) -> Cause:
    """The end of a library entry beyond which a day lies, and where it must be for all days beyond it."""
    if day < entry.listed_on:
        return Cause("项目库", (entry.project_id,), "listed_on", f"入库日应不晚于 {min(days)}")
    return Cause("项目库", (entry.project_id,), "delisted_on", f"出库日应不早于 {max(days)}")


def _covers(start: date, end: date | None, day: date) -> bool:
    return start <= day and (end is None or day <= end)


def _span(entry: Any) -> str:
    return f"{entry.listed_on} 至 {entry.delisted_on or '今'}"


GRANTS = Invariant("project_id", grants)
INVESTMENTS = Invariant("enterprise_id", investments)
