"""What tests of workbooks that come back share: a city that exported some, edits of them, and what was found."""

import subprocess
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from shutil import which
from typing import Any

import openpyxl
import pytest
from openpyxl.workbook import Workbook
from sqlalchemy import Engine

from ledger.database import db
from ledger.runs.settlement import RunRecord
from reports.received.reconcile import Reconciliation, reconcile

NAMES = ("annex1", "annex2", "new-loans", "premiums")
FORMS = {"annex1": "附件1", "annex2": "附件2", "new-loans": "明细表", "premiums": "明细表"}
NEEDS_LIBREOFFICE = pytest.mark.skipif(
    which("soffice") is None, reason="LibreOffice (soffice) is not on this machine: its re-saves were NOT checked"
)


@dataclass(frozen=True)
class City:
    """Two settled databases, and what they exported."""

    engines: dict[str, Engine]
    runs: dict[str, RunRecord]
    paths: dict[str, Path]

    def check(self, path: Path, name: str = "annex2", run_id: int | None = None) -> Reconciliation:
        with db.reading(self.engines[name]) as connection:
            return reconcile(connection, path, run_id)


def put(sheet: str, cell: str, value: Any) -> Callable[[Workbook], None]:
    def change(book: Workbook) -> None:
        book[sheet][cell] = value

    return change


def rewritten(path: Path, target: Path, part: str, *changes: tuple[str, str]) -> Path:
    """A copy with texts replaced in the XML of one sheet: stored results stay."""
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as made:
        for info in source.infolist():
            data = source.read(info)
            if info.filename == part:
                text = data.decode()
                for old, new in changes:
                    assert text.count(old) == 1, (old, text.count(old))
                    text = text.replace(old, new)
                data = text.encode()
            made.writestr(info, data)
    return target


def found(outcome: Reconciliation) -> list[tuple[str, str, str]]:
    return [(difference.kind, difference.sheet, difference.cell) for difference in outcome.differences]


def only(outcome: Reconciliation) -> Any:
    assert len(outcome.differences) == 1, [difference.line() for difference in outcome.differences]
    return outcome.differences[0]


def note_cell(name: str, path: Path) -> str:
    page = openpyxl.load_workbook(path)["说明"]
    return next(row[1].coordinate for row in page.iter_rows() if row[0].value == name)


def by_libreoffice(paths: list[Path], folder: Path, form: str = "xlsx:Calc MS Excel 2007 XML") -> list[Path]:
    """The workbooks as LibreOffice saves them."""
    target = folder / form[:4]
    subprocess.run(
        ["soffice", f"-env:UserInstallation=file://{folder / 'profile'}", "--headless", "--convert-to", form,
         "--outdir", str(target), *map(str, paths)],
        check=True, capture_output=True, timeout=180,
    )  # fmt: skip
    return [target / path.with_suffix(f".{form[:4].rstrip(':')}").name for path in paths]
