"""The number format of each cell style, from the styles that the workbook's relationships name."""

from collections import defaultdict

from ledger.workbooks.number_formats import GENERAL, NumberFormat, number_format, resolved_format
from ledger.workbooks.packages import Package, children


def cell_formats(package: Package) -> tuple[NumberFormat, ...]:
    """The number format by the index of a cell's style (`s`); Refused when the styles cannot be read.

    A workbook without styles has one, which shows numbers as they are.
    """
    part = package.one_related(package.workbook, "styles")
    if part is None:
        return (GENERAL,)
    root = package.xml(part)
    package.refuse_repeated(part, root)
    codes: dict[int, list[str]] = defaultdict(list)
    try:
        for declared in children(root, "numFmts", "numFmt"):
            codes[int(declared.get("numFmtId", ""))].append(declared.get("formatCode", ""))
        used = [int(style.get("numFmtId", "0")) for style in children(root, "cellXfs", "xf")]
    except ValueError as error:
        package.damaged(part, error)
    known = {identifier: resolved_format(identifier, codes.get(identifier, ())) for identifier in set(used)}
    return tuple(known[identifier] for identifier in used) or (GENERAL,)


def conditional_formats(package: Package) -> tuple[NumberFormat | None, ...]:
    """The number format by the index of a style that conditional formats use (`dxfId`); None where it has none."""
    part = package.one_related(package.workbook, "styles")
    found: list[NumberFormat | None] = []
    for style in children(package.xml(part), "dxfs", "dxf") if part is not None else ():
        declared = [each.get("formatCode", "") for each in children(style, "numFmt")]
        found.append(number_format(declared[0]) if declared else None)
    return tuple(found)
