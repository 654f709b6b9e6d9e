"""What tests of workbooks that come back share: a city that exported some, edits of them, and what was found."""

import subprocess
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from shutil import which
from typing import Any

import openpyxl
import pytest
from openpyxl.workbook import Workbook
from sqlalchemy import Engine

import review_worlds
from conftest import set_up
from ledger.database import db
from ledger.programmes import PROGRAMMES
from ledger.runs import settlement
from ledger.runs.settlement import RunRecord
from reports.chokepoint import lists
from reports.received.reconcile import Reconciliation, reconcile
from reports.tech_branch import annexes
from samples import TWO_BANKS
from tiexi import cli
from worlds import RandomPicker

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


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    folder = tmp_path_factory.mktemp("核对")
    (folder / "一").mkdir()
    (folder / "二").mkdir()
    settled = set_up(folder / "一", TWO_BANKS)
    first = settlement.settle(settled, PROGRAMMES["tech_branch"], 2023, date(2024, 1, 31), "测试")
    sheets = review_worlds.build(RandomPicker(7), 2023, 60)
    sheets.pop("年度比例", None)
    reviewed = set_up(folder / "二", sheets)
    second = settlement.settle(reviewed, PROGRAMMES["chokepoint"], 2023, None, "测试")
    engines = {"annex1": settled, "annex2": settled, "new-loans": reviewed, "premiums": reviewed}
    runs = {"annex1": first, "annex2": first, "new-loans": second, "premiums": second}
    paths = {name: folder / f"{name}.xlsx" for name in NAMES}
    with db.reading(settled) as connection:
        annexes.annex1(connection, first, "环翠区", paths["annex1"])
        annexes.annex2(connection, first, paths["annex2"])
    with db.reading(reviewed) as connection:
        lists.new_loans(connection, second, paths["new-loans"])
        lists.premiums(connection, second, paths["premiums"])
    yield City(engines, runs, paths)
    settled.dispose()
    reviewed.dispose()


@pytest.fixture
def edited(city: City, tmp_path: Path) -> Callable[..., Path]:
    """A copy of an export after an edit with openpyxl, which keeps formulas and drops their results."""

    count = 0

    def edit(change: Callable[[Workbook], None], name: str = "annex2") -> Path:
        nonlocal count
        count += 1
        book = openpyxl.load_workbook(city.paths[name])
        change(book)
        path = tmp_path / f"改{count}-{name}.xlsx"
        book.save(path)
        return path

    return edit


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


@pytest.fixture
def tiexi(city: City, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TIEXI_DATABASE_URL", raising=False)
    url = city.engines["annex2"].url.render_as_string()

    def run(*arguments: str, database: str = url) -> tuple[int, str, str]:
        code = cli.run(["--database", database, *arguments])
        return code, *capsys.readouterr()

    return run
