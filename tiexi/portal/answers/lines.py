"""The items of lists of lines, from the very columns of which each document's lines are made."""

from typing import Annotated, Any

from pydantic import WithJsonSchema

from reports.programmes import REPORTS
from reports.report import LineColumn
from reports.runs.run_lines import Lines
from tiexi.portal.answers.plain import DayText, Listed, one_of_shapes, shape

_PERCENT = Annotated[str, WithJsonSchema({"type": "string", "pattern": r"^-?\d+\.\d{4,}$"})]
_TYPES: dict[str, Any] = {"text": str, "count": int, "fen": int, "percent": _PERCENT, "date": DayText}


def columns_of(lines: Lines) -> dict[str, Any]:
    """The names and types of the columns of a kind of lines."""
    return {column.name: _type_of(column) for column in lines.columns}


def _type_of(column: LineColumn) -> Any:
    found = _TYPES[column.kind]
    return found | None if column.optional else found


def listed(name: str) -> Any:
    """The list of the lines of this name, of whichever document."""
    items = one_of_shapes(
        shape(f"{key}_{name}".replace("-", "_"), columns_of(lines))
        for key, contents in REPORTS.items()
        for lines in contents.lines
        if lines.listed == name
    )
    return Listed[items]
