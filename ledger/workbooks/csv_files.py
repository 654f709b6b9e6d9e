"""A CSV file as a sheet: its text decoded, its fields as cells.

Record i is row i, as a spreadsheet program shows it. Fields are text; what is empty is no cell.
"""

import codecs
import csv
import io
import re
from pathlib import Path

from ledger.errors import Refused
from ledger.workbooks.cell_marks import FormulaField
from ledger.workbooks.cells import Cell
from ledger.workbooks.visible import visible

_ENCODINGS = ("utf-8-sig", "gb18030")  # as Chinese spreadsheets and banks write CSV
_OTHERS = {
    ";": "分号",
    "\t": "制表符",
    "|": "竖线",
    "；": "全角分号",
    "，": "全角逗号",
}  # what programs part fields by as well
_HEAD, _LINES = 20_000, 10  # characters and lines that show it: a title may stand above the header
_QUOTED = re.compile("'(?=[=+\\-@\t])")  # exports put it before what a spreadsheet would take for a formula


def is_csv(path: Path, data: bytes) -> bool:
    """Whether a file is one by its name; a workbook that is only called so is none."""
    return path.suffix.lower() == ".csv" and not data.startswith(b"PK")


def read_csv(path: Path, data: bytes) -> list[list[Cell | None]]:
    """The rows of a CSV file; Refused, in one sentence, when it cannot be read."""
    if not data.removeprefix(codecs.BOM_UTF8).strip():
        raise Refused(f"{path.name} 是空文件；第一行应为表头")
    text = _decoded(path, data)
    _require_commas(path, text)
    rows: list[list[str]] = []
    try:
        rows.extend(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error as error:
        wrong = f"有一格超过 {csv.field_size_limit()} 个字符" if "field limit" in str(error) else "引号没有配对"
        raise Refused(
            f"{path.name} 不是可以读取的 CSV 文件：第 {len(rows) + 1} 行{wrong}；请改正，或另存为 .xlsx 后重试"
        ) from error
    return [[_cell(field) for field in row] for row in rows]


def _require_commas(path: Path, text: str) -> None:
    """Refused for a file that is parted by something else than commas, as its first lines show."""
    head = text[:_HEAD].splitlines()[:_LINES]
    if any("," in line for line in head):
        return
    for mark, name in _OTHERS.items():
        if any(line.count(mark) > 1 for line in head):
            raise Refused(
                f"{path.name} 用{name}分隔，应为英文逗号；请另存为“CSV UTF-8（逗号分隔）”，或另存为 .xlsx 后重试"
            )


def _decoded(path: Path, data: bytes) -> str:
    for encoding in _ENCODINGS:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Refused(
        f"{path.name} 不是可以读取的 CSV 文件：编码不是 UTF-8 或 GB18030；请另存为“CSV UTF-8”，或另存为 .xlsx 后重试"
    )


def _cell(field: str) -> Cell | None:
    text = visible(field)
    if not text.strip():
        return None
    if text.lstrip().startswith("="):
        return FormulaField(text)
    return _QUOTED.sub("", text, count=1) if text.startswith("'") else text
