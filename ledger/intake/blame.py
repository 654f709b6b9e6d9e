"""Which cell of a file to point at when something no longer holds between facts on file."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ledger.facts.violations import Cause, Violation
from ledger.intake.sheets import FIELD_OF_LINK
from ledger.workbooks.findings import Finding, Report
from ledger.workbooks.rows import Rows


@dataclass
class Written:
    """The rows of one sheet that a file wrote: all by position, and of the amended ones the columns that changed.

    refused: rows that were not written, by which others are judged nevertheless; unsure: their cells that are wrong.
    """

    rows: Rows
    positions: Sequence[int]
    changed: dict[int, Collection[str]] = field(default_factory=dict)
    refused: Sequence[int] = ()
    unsure: frozenset[tuple[int, str]] = frozenset()
    _as_set: frozenset[int] | None = None

    def find(self, cause: Cause) -> int | None:
        """Where the cause's row is, None unless this file wrote it."""
        position = self.rows.position_of(cause.key)
        if self._as_set is None:
            self._as_set = frozenset((*self.positions, *self.refused))
        return position if position in self._as_set else None

    def is_new(self, position: int, name: str) -> bool:
        """Whether a cell's content came with this file: all of a new row did, of an amended one what changed."""
        changed = self.changed.get(position)
        return changed is None or any(FIELD_OF_LINK.get(column, column) == name for column in changed)


def report(
    violations: Iterable[Violation], written: Mapping[str, Written], file: str, report: Report, of_others: bool = True
) -> None:
    """Reports each violation on the cell of the file that caused it; the same thing of the same cell once.

    When that cell is not in the row that no longer holds, the finding names the row in words. of_others: whether rows of
    others may be spoken of.
    """
    said = set()
    for violation in violations:
        if not of_others and not _own_row(violation.causes[0], written):
            continue
        if any(_is_unsure(cause, written) for cause in violation.causes):
            continue  # what is wrong with that cell has been said, and what it should be is not known
        found = _choose(violation.causes, written)
        own = violation.causes[0]
        if found is None:  # it did not hold before: no cell of this file is to blame
            problem = f"已入库的{violation.subject}不成立：{violation.problem}"
            report(Finding(file, own.sheet, None, "", "", "", problem, own.told(of_others)))
            continue
        cause, rows, position = found
        if (cause, position) in said:
            continue
        said.add((cause, position))
        of_subject = (cause.sheet, cause.key) == (own.sheet, own.key)
        problem = violation.problem if of_subject else f"使已入库的{violation.subject}不再成立：{violation.problem}"
        rows.find(position, cause.field, problem, cause.told(of_others))


def _own_row(cause: Cause, written: Mapping[str, Written]) -> bool:
    """Whether the row that does not hold came with this file."""
    sheet = written.get(cause.sheet)
    return sheet is not None and sheet.find(cause) is not None


def _is_unsure(cause: Cause, written: Mapping[str, Written]) -> bool:
    sheet = written.get(cause.sheet)
    if sheet is None or not sheet.unsure:
        return False
    return (sheet.rows.position_of(cause.key), cause.field) in sheet.unsure


def _choose(causes: Sequence[Cause], written: Mapping[str, Written]) -> tuple[Cause, Rows, int] | None:
    """The first cause that came with the file."""
    for cause in causes:
        sheet = written.get(cause.sheet)
        position = sheet.find(cause) if sheet is not None else None
        if sheet is not None and position is not None and sheet.is_new(position, cause.field):
            return cause, sheet.rows, position
    return None
