"""Numbers without a style of their own, in rows and columns that have one: programs disagree on what is shown."""

from typing import Any

import pytest

from ledger.workbooks.cell_marks import PercentNumber, UnclearNumber
from ledger.workbooks.cell_values import Values
from ledger.workbooks.number_formats import number_format
from ledger.workbooks.packages import MAIN
from ledger.workbooks.sheet_cells import read_cells

FORMATS = tuple(map(number_format, ("General", "0.00%", "yyyy-mm-dd", "0.00")))
PERCENT_COLUMN = "<cols><col min='2' max='3' width='9' style='1'/></cols>"
UNCLEAR = UnclearNumber(0.04, "行或列的默认格式")


def read(columns: str, row: str, cell: str) -> Any:
    """The cell B1 of a sheet, in the plainest writing and in another, which must agree."""
    sheet = f"<sheetData><row r='1'{row}><c r='A1' t='inlineStr'><is><t>a</t></is></c>{cell}</row></sheetData>"
    xml = f"<worksheet xmlns='{MAIN[0]}'>{columns}{sheet}</worksheet>"
    plain, other = (
        read_cells(text.encode(), Values([], FORMATS, False))[0][1]
        for text in (xml.replace("'", '"'), xml.replace("<c ", "<c  "))
    )
    assert plain == other and type(plain) is type(other)
    return plain


@pytest.mark.parametrize(
    ("columns", "row", "cell", "value"),
    [
        (PERCENT_COLUMN, "", "<c r='B1'><v>0.04</v></c>", UNCLEAR),
        (PERCENT_COLUMN, "", "<c r='B1' t='n'><v>0.04</v></c>", UNCLEAR),
        ("", " s='1' customFormat='1'", "<c r='B1'><v>0.04</v></c>", UNCLEAR),
        ("", " s='2' customFormat='true'", "<c r='B1'><v>0.04</v></c>", UNCLEAR),
        ("", " s='1'", "<c r='B1'><v>0.04</v></c>", 0.04),
        ("", " s='3' customFormat='1'", "<c r='B1'><v>0.04</v></c>", 0.04),
        ("<cols><col min='1' max='1' style='1'/></cols>", "", "<c r='B1'><v>0.04</v></c>", 0.04),
        ("<cols><col min='1' max='9' style='3'/></cols>", "", "<c r='B1'><v>0.04</v></c>", 0.04),
        (PERCENT_COLUMN, "", "<c r='B1' s='0'><v>0.04</v></c>", 0.04),
        (PERCENT_COLUMN, "", "<c r='B1' s='1'><v>0.04</v></c>", PercentNumber(0.04)),
        (PERCENT_COLUMN, "", "<c r='B1' t='str'><v>4</v></c>", "4"),
    ],
)
def test_a_number_without_a_style(columns: str, row: str, cell: str, value: Any) -> None:
    assert read(columns, row, cell) == value
