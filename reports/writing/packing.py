"""Workbooks written whole: packed in memory, then written as one file.

A library that packs straight into a file on a full disk leaves an archive behind that fails a second time when it is
cleared away, where nobody can catch it any more. In memory the packing cannot fail; what is left is one write of a file.
XlsxWriter's sheets lie in a temporary folder meanwhile, since unpacked they take ten times as much.
"""

import io
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path

import xlsxwriter
from openpyxl import Workbook as EditedBook
from xlsxwriter.exceptions import FileCreateError

from ledger.errors import EnvironmentFailed, os_reason
from reports.writing.files import write_bytes
from reports.writing.row_streams import Texts


@contextmanager
def new_book(path: Path, dated: date, title: str = "", comments: str = "") -> Iterator[xlsxwriter.Workbook]:
    """A workbook to be filled, which is written at the end, whole or not at all.

    `dated` is the day that it carries as that of its making: with the clock's, no two would be the same bytes.
    """
    packed = io.BytesIO()
    with _temporary_folder() as folder:
        options = {"strings_to_numbers": False, "strings_to_formulas": False, "tmpdir": folder}
        book = xlsxwriter.Workbook(packed, options)
        book.str_table = Texts()
        said = {"title": title, "comments": comments, "created": datetime(dated.year, dated.month, dated.day)}
        book.set_properties({name: value for name, value in said.items() if value})
        yield book
        try:
            book.close()
        except FileCreateError as error:  # XlsxWriter's own name for the OSError that it holds
            raise _no_room(error.args[0]) from error
    write_bytes(path, packed.getbuffer())


def edited(book: EditedBook) -> bytes:
    """A workbook that was read and changed, packed."""
    packed = io.BytesIO()
    try:
        book.save(packed)
    except OSError as error:
        raise _no_room(error) from error
    return packed.getvalue()


def save_edited(book: EditedBook, path: Path) -> None:
    """Writes a workbook that was read and changed, whole or not at all."""
    write_bytes(path, edited(book))


@contextmanager
def _temporary_folder() -> Iterator[str]:
    try:
        folder = tempfile.TemporaryDirectory(prefix="tiexi-", ignore_cleanup_errors=True)
    except OSError as error:
        raise _no_room(error) from error
    with folder as name:
        yield name


def _no_room(error: OSError) -> EnvironmentFailed:
    try:
        where = f"临时文件夹 {tempfile.gettempdir()} 无法写入：{os_reason(error)}"
    except OSError:  # it tries them all, and none can be written to
        where = "没有可以写入的临时文件夹"
    return EnvironmentFailed(f"{where}；请腾出空间，或用环境变量 TMPDIR 指到别处")
