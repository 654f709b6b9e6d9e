"""Opening a workbook that somebody sent: safely, cell by cell as it is, with true row numbers.

python-calamine reads the cells; what it does not tell (formulas without a stored result, error values, percent
formats) is looked up in the sheet's own XML, and only where that XML has any. Nothing is trusted: size, compression,
encryption and cells far outside any table are judged before a cell is read.
"""

import hashlib
import io
import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree
from xml.parsers import expat

from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, ZipError

from ledger.errors import EnvironmentFailed, Refused, os_reason
from ledger.workbooks.cells import Cell, ErrorValue, FormulaWithoutValue, PercentNumber
from ledger.workbooks.sheet_xml import Position, SheetScanner, column_index

_LARGEST_PART = 1 << 30  # bytes of one unpacked part
_LARGEST_ALL = 3 << 29
_SMALL_PART = 32 << 20  # below this no ratio is suspicious
_LARGEST_RATIO = 150  # sheets of real rows compress 5 to 30 times
_LARGEST_GRID = 20_000_000  # cells between A1 and the last cell
_OLE_MAGIC = b"\xd0\xcf\x11\xe0"
_RELATIONS = "xl/_rels/workbook.xml.rels"
_BUILT_IN_PERCENT = {9, 10}  # 0% and 0.00%
_NOT_A_WORKBOOK = "不是可以读取的 .xlsx 工作簿"


@dataclass(frozen=True)
class Grid:
    """One sheet as it is: rows[i][j] is Excel's row i + 1, column j + 1; None for an empty cell."""

    name: str
    rows: list[list[Cell | None]]


@dataclass(frozen=True)
class Workbook:
    """A file taken in: its name, fingerprint, size and sheets."""

    file_name: str
    sha256: str
    grids: list[Grid]


def read_bytes(path: Path) -> bytes:
    """The file's bytes; EnvironmentFailed when it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise EnvironmentFailed(f"文件 {path} 无法读取：{os_reason(error)}") from error


def fingerprint(data: bytes) -> str:
    """The SHA-256 of a file."""
    return hashlib.sha256(data).hexdigest()


def read_workbook(path: Path, data: bytes) -> Workbook:
    """All sheets of a workbook; Refused, in one sentence, when the file is no workbook or not safe to open."""
    parts = _safe_parts(path.name, data)
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        grids = [
            _grid(path.name, sheet.name, parts.get(sheet.name, b""), book, parts.percent_styles)
            for sheet in book.sheets_metadata
            if sheet.typ == SheetTypeEnum.WorkSheet  # a chart holds no rows
        ]
    except (CalamineError, ZipError, ElementTree.ParseError, expat.ExpatError, ValueError, OSError) as error:
        raise Refused(
            f"{path.name}：{_NOT_A_WORKBOOK}（内容已损坏或格式不符）；请在表格软件中另存为 .xlsx 后重试"
        ) from error
    return Workbook(path.name, fingerprint(data), grids)


def sheet_parts(path: Path, data: bytes) -> dict[str, bytes]:
    """The XML of each worksheet by sheet name; Refused as by read_workbook."""
    return _safe_parts(path.name, data)


# --- the file as a whole ----------------------------------------------------------------------------------------------


class _Parts(dict[str, bytes]):
    """The XML of each worksheet by sheet name, and the cell styles that show percent."""

    percent_styles: frozenset[str] = frozenset()


def _safe_parts(file_name: str, data: bytes) -> _Parts:
    if data[:4] == _OLE_MAGIC:
        if "EncryptedPackage".encode("utf-16-le") in data:
            raise Refused(f"{file_name}：工作簿设有打开密码，无法读取；请取消密码后重新保存")
        raise Refused(f"{file_name}：是旧版 .xls 格式；请另存为 .xlsx 后重试")
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        whole = "文件为空" if not data else "文件不完整（可能没有传完）" if data[:2] == b"PK" else "文件内容不是工作簿"
        raise Refused(f"{file_name}：{_NOT_A_WORKBOOK}，{whole}；请重新保存或重新传送后再试") from error
    with archive:
        _refuse_bombs(file_name, archive)
        try:
            return _worksheet_parts(archive)
        except (
            KeyError,
            zipfile.BadZipFile,
            ElementTree.ParseError,
            EOFError,
            OSError,
            RuntimeError,
            NotImplementedError,
            ValueError,
            zipfile.LargeZipFile,
        ) as error:
            raise Refused(
                f"{file_name}：{_NOT_A_WORKBOOK}（内容缺失或损坏）；请在表格软件中另存为 .xlsx 后重试"
            ) from error
        except zlib.error as error:
            raise Refused(f"{file_name}：{_NOT_A_WORKBOOK}（压缩内容损坏）；请重新保存或重新传送后再试") from error


def _refuse_bombs(file_name: str, archive: zipfile.ZipFile) -> None:
    infos = archive.infolist()
    suspicious = any(
        info.file_size > _LARGEST_PART
        or (info.file_size > _SMALL_PART and info.file_size > _LARGEST_RATIO * max(info.compress_size, 1))
        for info in infos
    )
    if suspicious or sum(info.file_size for info in infos) > _LARGEST_ALL:
        raise Refused(f"{file_name}：解压后的内容异常庞大，已拒绝打开；请只保留需要上报的数据后另存为 .xlsx")


def local_name(tag: str) -> str:
    """A tag or attribute without its namespace."""
    return tag.rsplit("}", 1)[-1]


def part_xml(archive: zipfile.ZipFile, part: str) -> ElementTree.Element:
    """A part of a package; KeyError, ParseError or ValueError when it is not there, none or not safe to read."""
    data = archive.read(part)
    if b"<!DOCTYPE" in data:
        raise ValueError("a workbook part declares a document type")
    return ElementTree.fromstring(data)


def sheet_part_names(archive: zipfile.ZipFile) -> dict[str, str]:
    """The names of the package's parts by the names of the worksheets that they hold."""
    relations = {relation.get("Id"): relation for relation in part_xml(archive, _RELATIONS)}
    parts, found = set(archive.namelist()), {}
    for element in part_xml(archive, "xl/workbook.xml").iter():
        if local_name(element.tag) != "sheet":
            continue
        relation_id = next((value for key, value in element.attrib.items() if local_name(key) == "id"), None)
        if relation_id in relations and (part := _target(relations[relation_id])) in parts:
            found[element.get("name", "")] = part
    return found


def related_part(archive: zipfile.ZipFile, kind: str) -> str | None:
    """The part that a workbook has as its `styles`, `theme` or the like; None when it has none."""
    relations = (each for each in part_xml(archive, _RELATIONS) if each.get("Type", "").endswith(f"/{kind}"))
    return next((part for each in relations if (part := _target(each)) in archive.namelist()), None)


def _target(relation: ElementTree.Element) -> str:
    target = relation.get("Target", "")
    return target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"xl/{target}")


def _worksheet_parts(archive: zipfile.ZipFile) -> _Parts:
    names = set(archive.namelist())
    parts = _Parts()
    for name, part in sheet_part_names(archive).items():
        data = archive.read(part)  # also proves that the part is whole
        if b"<!DOCTYPE" in data:
            raise ValueError("a workbook part declares a document type")
        parts[name] = data
    if "xl/sharedStrings.xml" in names:
        archive.read("xl/sharedStrings.xml")
    if "xl/styles.xml" in names:
        parts.percent_styles = _percent_styles(part_xml(archive, "xl/styles.xml"))
    return parts


def _percent_styles(styles: ElementTree.Element) -> frozenset[str]:
    """The indexes of cell styles whose number format shows percent."""
    percent = set(_BUILT_IN_PERCENT)
    for element in styles.iter():
        if local_name(element.tag) == "numFmt":
            code = re.sub(r'"[^"]*"|\\.|\[[^\]]*\]', "", element.get("formatCode", ""))
            if "%" in code:
                percent.add(int(element.get("numFmtId", "0")))
    cell_formats = next((element for element in styles.iter() if local_name(element.tag) == "cellXfs"), ())
    return frozenset(
        str(index) for index, style in enumerate(cell_formats) if int(style.get("numFmtId", "0")) in percent
    )


# --- one sheet ----------------------------------------------------------------------------------------------------------


def _grid(file_name: str, name: str, xml: bytes, book: CalamineWorkbook, percent_styles: frozenset[str]) -> Grid:
    _refuse_far_cells(file_name, name, xml)
    rows: list[list[Any]] = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
    for (row, column), mark in _marks(xml, percent_styles):
        if mark == "percent" and row < len(rows) and column < len(rows[row]):
            value = rows[row][column]
            if isinstance(value, int | float) and not isinstance(value, bool):
                rows[row][column] = PercentNumber(value)
        elif not isinstance(mark, str):
            while row >= len(rows):
                rows.append([])
            rows[row].extend([""] * (column + 1 - len(rows[row])))
            rows[row][column] = mark
    return Grid(name, rows)


_TWO_LETTERS = re.compile(rb' r="[A-Z]{2}')  # a quick look before the careful one
_FILLED_CELL = re.compile(rb'<(?:\w+:)?c [^>]*?r="([A-Z]{1,3})(\d+)"(?:[^>]*[^/>])?>')
_FAR_CELL = re.compile(rb'<(?:\w+:)?c [^>]*?r="([A-Z]{2,3})(\d+)"(?:[^>]*[^/>])?>')


def _refuse_far_cells(file_name: str, name: str, xml: bytes) -> None:
    """A filled cell far away makes a dense grid explode; tables are never that large."""
    rows = max((int(number) for number in re.findall(rb'r="[A-Z]{0,3}(\d+)"', xml[-(1 << 20) :])), default=0)
    columns = 26
    far = set(_FAR_CELL.findall(xml)) if _TWO_LETTERS.search(xml) else set()
    if far:
        columns = max(column_index(letters.decode()) + 1 for letters, _ in far)
        rows = max(rows, *(int(number) for _, number in far))
    elif rows * columns > _LARGEST_GRID:
        columns = max((column_index(cell[0].decode()) + 1 for cell in _FILLED_CELL.findall(xml)), default=1)
    if rows * columns > _LARGEST_GRID:
        raise Refused(f"{file_name}：工作表「{name}」在远离表格的位置有内容；请删除表格以外的行列后另存")


def _marks(
    xml: bytes, percent_styles: frozenset[str]
) -> Iterator[tuple[Position, str | ErrorValue | FormulaWithoutValue]]:
    """The cells that calamine cannot tell apart: their position, and what they are."""
    styled = any(f's="{style}"'.encode() in xml for style in percent_styles)
    formula = b":f" if re.match(rb"[^>]*>?\s*<\w+:worksheet", xml[:1000]) else b"<f"
    if not (styled or formula in xml or b't="e"' in xml):
        return
    scanner = _CellScanner(percent_styles)
    scanner.scan(xml)
    yield from scanner.found


class _CellScanner(SheetScanner):
    """Notes formulas without a result, error values and percent-formatted numbers."""

    def __init__(self, percent_styles: frozenset[str]) -> None:
        super().__init__()
        self._percent_styles = percent_styles
        self.found: list[tuple[Position, str | ErrorValue | FormulaWithoutValue]] = []

    def on_cell(self, position: Position, attributes: Mapping[str, str], value: str | None) -> None:
        kind = attributes.get("t", "n")
        if kind == "e":
            self.found.append((position, ErrorValue(value or "")))
        elif kind == "n" and value and attributes.get("s") in self._percent_styles:
            self.found.append((position, "percent"))

    def on_formula(
        self,
        position: Position,
        attributes: Mapping[str, str],
        formula: Mapping[str, str],
        text: str,
        value: str | None,
    ) -> None:
        if attributes.get("t") != "e" and not (value or (attributes.get("t") == "str" and value is not None)):
            self.found.append((position, FormulaWithoutValue()))
        else:
            self.on_cell(position, attributes, value)
