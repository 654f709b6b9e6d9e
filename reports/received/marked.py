"""A workbook given back: the sender's own, with marks written into it and those of an earlier round taken out.

Pictures, drop-downs, formulas with their results and whatever else the file holds stay as they are, since every part
without a mark stays byte for byte.
"""

from collections.abc import Sequence
from pathlib import Path

from ledger.warnings.kinds import Warned
from ledger.workbooks.findings import Finding
from ledger.workbooks.packages import Package
from ledger.workbooks.workbook import read_bytes
from reports.received.marking.copies import MarkedCopy
from reports.received.marking.macros import drop_macros
from reports.received.marking.marks import Mark, mark_at
from reports.writing.files import write_bytes


def write_marked(
    source: Path, marks: Sequence[Mark | Finding | Warned], target: Path, data: bytes | None = None
) -> int:
    """Writes a workbook with its cells marked and commented, and gives the number of marked cells.

    marks: a finding is a problem at its cell, a warning is in a colour of its own; one on a whole row marks the row's first cell, one on a sheet (an unknown
    sheet or header) its header cell, or A1; what lies inside merged cells marks the cell that shows. What is said of a
    sheet that the workbook has not is said at A1 of its first sheet. data: the file's bytes, where they were read before.
    Refused, with the file's name, where the file's structure is such that only its values can be read.
    """
    package = Package(source.name, read_bytes(source) if data is None else data)
    said = [each if isinstance(each, Mark) else _mark_of(each) for each in marks]
    copy = MarkedCopy(package)
    count = copy.mark(said)
    drop_macros(package, copy.edits, target)
    write_bytes(target, copy.edits.written())
    return count


def without_marks(source: Path, data: bytes) -> bytes:
    """A workbook's bytes without the marks of earlier rounds; the same bytes where it has none."""
    copy = MarkedCopy(Package(source.name, data))
    copy.mark([])
    return copy.edits.written() if copy.changed else data


def _mark_of(one: Finding | Warned) -> Mark:
    cell = f"{one.letter or 'A'}{one.row or 1}"
    if isinstance(one, Warned):
        return mark_at(one.sheet, cell, "warning", f"{one.code}　{one.text}")
    return mark_at(one.sheet, cell, "problem", f"{one.problem}；{one.expected}")
