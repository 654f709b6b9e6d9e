"""The uploaded rows behind an explanation, named by file, sheet and row: the forward lineage.

Asked are the rules by which `trace` says where a row ended, about the explained line (and the claims on its
loan) alone. So both directions know the same, and a row of which the rules say that it was not used is not named either.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from sqlalchemy import ColumnElement, Connection, or_, select

from ledger import models
from ledger.accounts.scope import EVERYTHING, Scope
from ledger.people import BUNDLED
from reports.lineage import rules
from reports.lineage.explanation import NOTE, Point
from reports.lineage.rules import Fact, Lineage, RunLines, Use
from reports.programmes import line_sheets

# in whose tables a line's or a claim's anchors are looked up; a table that knows the loan is asked for the loan alone
_ANCHORS = ("enterprise_id", "bank_id", "project_id", "product_id")
# which of the rows is meant, where a sheet's rows are not about the line's own loan, enterprise or bank
_MEANT: Mapping[str, str] = {
    "LPR": "announced_on",
    "工作日历": "day",
    "年度比例": "item",
    "预算": "scope",
    "资金总量": "fund",
    "资料平台启用": "extent",
}


@dataclass(frozen=True)
class Behind:
    """The facts behind some lines, and behind their claims: by sheet, what the lines judge first."""

    lines: Mapping[str, Sequence[Fact]] = field(default_factory=lambda: defaultdict(list))
    claims: Mapping[str, Sequence[Fact]] = field(default_factory=lambda: defaultdict(list))


def behind(connection: Connection, known: RunLines, lineage: Lineage) -> Behind:
    """The facts on which the lines and claims rest. lineage: of the run's programme."""
    lines: dict[str, list[Fact]] = defaultdict(list)
    claims: dict[str, list[Fact]] = defaultdict(list)
    lines_first = line_sheets()
    for sheet in sorted(lineage.rules, key=lambda sheet: sheet not in lines_first):
        for fact in _candidates(connection, known, lineage, sheet):
            found = rules.found(fact, known, lineage, sheet)
            if isinstance(found, Use) and found.lines:
                lines[sheet].append(fact)
            if isinstance(found, Use) and found.claims:
                claims[sheet].append(fact)
    return Behind(lines, claims)


def points(connection: Connection, known: RunLines, lineage: Lineage, scope: Scope = EVERYTHING) -> list[Point]:
    """Where the figures of the lines and claims came from. An institution reads of rows about its own business alone, and
    the names of its own files: another's may speak of others."""
    found = behind(connection, known, lineage)
    named = [(sheet, sheet, facts) for sheet, facts in found.lines.items()]
    named += [(sheet, f"{sheet}（追缴依据）", facts) for sheet, facts in found.claims.items()]
    own = None
    if scope.of_institution:
        from ledger.intake.sending import of_own_unit  # here: it loads every sheet, which whoever sees all needs not

        own = of_own_unit(connection, scope)
    if own is not None:
        sheets = _of_one_party(lineage)
        named = [one for one in named if one[0] in sheets]
    return [
        Point("来源", title, NOTE, "", "", text) for sheet, title, facts in named for text in _texts(sheet, facts, own)
    ]


def _of_one_party(lineage: Lineage) -> set[str]:
    """The sheets whose rows are each about one line."""
    of_loans = (sheet for sheet in lineage.rules if "loan_id" in models.table_of(models.facts_of(sheet)).c)
    return {*line_sheets(), *of_loans}


# --- the rows that may be behind -----------------------------------------------------------------------------------------


def _candidates(connection: Connection, known: RunLines, lineage: Lineage, sheet: str) -> list[Fact]:
    """The rows of a sheet, in all versions, that speak of what the lines and claims speak of."""
    condition = _condition(connection, known, lineage, sheet)
    return [] if condition is None else list(rules.facts(connection, models.facts_of(sheet), condition))


def _condition(connection: Connection, known: RunLines, lineage: Lineage, sheet: str) -> ColumnElement[bool] | None:
    columns = models.table_of(models.facts_of(sheet)).c
    if sheet == "工作日历":
        if connection.execute(select(columns.id).limit(1)).first() is None:
            return None
        known.spans = lineage.spans(connection, known)
        days = [day for first, last, _ in known.spans for day in (first, last)]
        return columns.day.between(min(days), max(days)) if days else None
    if sheet == "LPR":
        return columns.announced_on.in_(_known(known, "lpr_announced_on"))
    if "loan_id" in columns:
        return columns.loan_id.in_(_known(known, "loan_id"))
    if sheet in lineage.looked_up:
        name = lineage.looked_up[sheet]
        return columns[name].in_(_known(known, name))
    if "extent" in columns:
        return or_(columns.bank_id.is_(None), columns.bank_id.in_(_known(known, "bank_id")))
    anchors = [columns[name].in_(_known(known, name)) for name in _ANCHORS if name in columns]
    return or_(*anchors) if anchors else columns.year == known.scope.year


def _known(known: RunLines, name: str) -> Collection[object]:
    """What the lines and claims hold in a column."""
    rows = [*(line.row for line in known.lines), *known.claims]
    return {row[name] for row in rows if row.get(name) is not None}


# --- how they are named --------------------------------------------------------------------------------------------------


def _texts(sheet: str, facts: Sequence[Fact], own: Callable[[int, str | None], bool] | None = None) -> Iterator[str]:
    """The rows of a sheet, a sentence for each file and version: the file, its rows, who brought it and when. own: whether
    the file's name and who brought it are told, of its number and the account that brought it; None: of all."""
    ordered = sorted(facts, key=lambda fact: (fact["intake_id"], fact["version"], fact["sheet_row"]))
    for _, group in groupby(ordered, key=lambda fact: (fact["intake_id"], fact["version"])):
        rows = list(group)
        first = rows[0]
        version = f"，第 {first['version']} 版" if first["version"] > 1 else ""
        digest = f"文件 SHA-256 {first['sha256'][:16]}…"
        if own is not None and not own(first["intake_id"], first["brought_by"]):
            yield f"表「{sheet}」{_numbers(sheet, rows)}{version}，{first['received_at']:%Y-%m-%d %H:%M} 上传，{digest}"
        elif first["uploader"] == BUNDLED:
            yield f"{BUNDLED}的 {first['file_name']} {_numbers(sheet, rows)}{version}，{digest}"
        else:
            came = f"{first['uploader']} 于 {first['received_at']:%Y-%m-%d %H:%M} 上传"
            yield f"{first['file_name']} 表「{sheet}」{_numbers(sheet, rows)}{version}，{came}，{digest}"


def _numbers(sheet: str, rows: Sequence[Fact]) -> str:
    meant = _MEANT.get(sheet)
    if meant is not None:
        return "、".join(f"第 {fact['sheet_row']} 行（{fact[meant]}）" for fact in rows)
    return f"第 {'、'.join(str(fact['sheet_row']) for fact in rows)} 行"
