"""The official workbooks that are read back: each kind described once, for whatever compares or checks it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from ledger.law.document import Values
from ledger.programmes.chokepoint import law as chokepoint_policy
from ledger.programmes.chokepoint import programme as chokepoint
from ledger.programmes.tech_branch import programme as tech_branch
from ledger.runs.settlement import RunRecord
from reports.chokepoint import lists
from reports.chokepoint.lines import LOANS, POLICIES
from reports.received import offline
from reports.received.offline import Check
from reports.tech_branch import annexes, lines
from reports.tech_branch.lines import LineColumn
from reports.writing.forms import Form, FormColumn

DataRows = Sequence[tuple[Any, ...]]
DATA, NOTES = "数据", "说明"


@dataclass(frozen=True)
class FormShape:
    """One printed sheet: its columns, how many of them its sum labels take, and whether its blocks have a 小计.

    identity: headers of the columns by which a row is known again when others were changed.
    """

    sheet: str
    columns: Sequence[FormColumn]
    label_span: int
    identity: Sequence[str]
    subtotals: bool = True


@dataclass(frozen=True)
class Kind:
    """One kind of official workbook.

    report: what sheet 说明 calls it, with {county} where there is one for each county. identity: the columns of 数据
    that name a line. export(connection, run, county, path) writes ours; rebuild(rows of 数据, run, year, county, standing)
    gives the forms that the rows make, of a run that is 试算 or 审核通过; law(year) gives the law's values, by which the checks judge the rows.
    """

    report: str
    mark: str  # what its fingerprint begins with
    programme: str
    forms: Sequence[FormShape]
    columns: Sequence[LineColumn]
    identity: Sequence[str]
    export: Callable[[Connection, RunRecord, str, Path], int]
    rebuild: Callable[[DataRows, int, int, str, str], list[Form]]
    law: Callable[[int], Values]
    checks: Sequence[Check]

    @property
    def by_county(self) -> bool:
        """Whether there is one workbook for each county."""
        return "{county}" in self.report


def _annex2(connection: Connection, run: RunRecord, _county: str, path: Path) -> int:
    return annexes.annex2(connection, run, path)


def _new_loans(connection: Connection, run: RunRecord, _county: str, path: Path) -> int:
    return lists.new_loans(connection, run, path)


def _premiums(connection: Connection, run: RunRecord, _county: str, path: Path) -> int:
    return lists.premiums(connection, run, path)


def _new_loans_again(rows: DataRows, run_id: int, year: int, _county: str, standing: str) -> list[Form]:
    made = [named(LOANS.columns, row) for row in rows]
    based = [row | {"base_fen": min(row["balance_fen"], row["filed_fen"])} for row in made]
    return lists.new_loans_forms(based, year, lists.foot_text(year, run_id, standing))


def _premiums_again(rows: DataRows, run_id: int, year: int, _county: str, standing: str) -> list[Form]:
    made = [named(POLICIES.columns, row) for row in rows]
    return lists.premiums_forms(made, year, lists.foot_text(year, run_id, standing))


def named(columns: Sequence[LineColumn], row: Sequence[Any]) -> dict[str, Any]:
    """A row's values by the names of its columns."""
    return {column.name: value for column, value in zip(columns, row, strict=True)}


def _review_law(year: int) -> Values:
    return chokepoint_policy.values_of(chokepoint.DOCUMENT, chokepoint_policy.window(chokepoint.DOCUMENT, year))


def _shapes(
    listed: Sequence[tuple[FormColumn, str]], refused: Sequence[tuple[FormColumn, str]], *identity: str
) -> tuple[FormShape, ...]:
    """A review's table, and its sheet of what was refused."""
    return (
        FormShape("明细表", [column for column, _ in listed], 2, identity),
        FormShape("未通过", [column for column, _ in refused], 2, identity, subtotals=False),
    )


def _tech_branch_law(year: int) -> Values:
    return tech_branch.DOCUMENT.values(tech_branch.year_end(year))


KINDS: tuple[Kind, ...] = (
    Kind(
        "附件1（{county}）",
        "附件1 {county}",
        "tech_branch",
        (FormShape("附件1", annexes.ANNEX1_COLUMNS, 2, ("银行名称", "贷款企业名称", "贷款金额", annexes.ANNEX1_TERM)),),
        lines.COLUMNS,
        ("bank", "note_no"),
        annexes.annex1,
        lambda rows, run_id, year, county, _standing: [annexes.annex1_form(rows, run_id, year, county)],
        _tech_branch_law,
        offline.TECH_BRANCH,
    ),
    Kind(
        "附件2（全市）",
        "附件2",
        "tech_branch",
        (FormShape("附件2", annexes.ANNEX2_COLUMNS, 3, ("银行名称", "贷款企业名称", "贷款金额", annexes.ANNEX2_TERM)),),
        lines.COLUMNS,
        ("bank", "note_no"),
        _annex2,
        lambda rows, run_id, year, _county, _standing: [annexes.annex2_form(rows, run_id, year)],
        _tech_branch_law,
        offline.TECH_BRANCH,
    ),
    Kind(
        lists.NEW_LOANS,
        lists.NEW_LOANS,
        "chokepoint",
        _shapes(lists.LOAN_FORM, lists.LOAN_REFUSED, "银行名称", "企业名称", "贷款金额", "贷款期限(年月日—年月日)"),
        LOANS.columns,
        ("bank", "note_no"),
        _new_loans,
        _new_loans_again,
        _review_law,
        offline.LOAN_REVIEW,
    ),
    Kind(
        lists.PREMIUMS,
        lists.PREMIUMS,
        "chokepoint",
        _shapes(lists.POLICY_FORM, lists.POLICY_REFUSED, "保险公司", "保单号"),
        POLICIES.columns,
        ("insurer", "policy_no"),
        _premiums,
        _premiums_again,
        _review_law,
        offline.POLICY_REVIEW,
    ),
)
