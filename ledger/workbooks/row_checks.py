"""Checks within one row that sheets of several documents share. Each is, or makes, a sheet.RowCheck."""

from datetime import date

from ledger.workbooks.rows import Rows
from ledger.workbooks.sheet import RowCheck


def in_order(first: str, second: str, problem: str) -> RowCheck:
    """A check that a date is not before another one of its row."""

    def check(rows: Rows, today: date) -> None:
        for position, (start, end) in enumerate(zip(rows.values(first), rows.values(second), strict=True)):
            if start is not None and end is not None and end < start:
                rows.find(position, second, problem, f"应不早于{rows.sheet.column(first).header} {start}")

    return check


def not_in_future(field: str) -> RowCheck:
    """A check that a date is not after today."""

    def check(rows: Rows, today: date) -> None:
        for position, day in enumerate(rows.values(field)):
            if day is not None and day > today:
                header = rows.sheet.column(field).header
                rows.find(position, field, f"{header}在今天（{today}）之后", "尚未发生的业务不能录入，请核对日期")

    return check


def all_or_none(*fields: str) -> RowCheck:
    """A check that columns are filled together or left empty together."""

    def check(rows: Rows, today: date) -> None:
        for position, values in enumerate(zip(*(rows.values(field) for field in fields), strict=True)):
            named = dict(zip(fields, values, strict=True))
            empty = [field for field in fields if named[field] is None]
            if 0 < len(empty) < len(fields) and not any((position, field) in rows.bad_cells for field in empty):
                headers = "、".join(rows.sheet.column(field).header for field in fields)
                rows.find(position, empty[0], "没有填写，而同组的其他列已填", f"{headers}应同时填写，或都留空")

    return check
