"""Fixtures of tests of workbooks that come back: the city that exported some, an edit of one, the command line."""

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.workbook import Workbook

import worlds
from databases import set_up
from ledger.database import db
from ledger.programmes import PROGRAMMES
from ledger.runs import settlement
from reports.chokepoint import lists
from reports.tech_branch import annexes
from returned import NAMES, City
from samples import TWO_BANKS
from tiexi import cli


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    folder = tmp_path_factory.mktemp("核对")
    (folder / "一").mkdir()
    (folder / "二").mkdir()
    settled = set_up(folder / "一", TWO_BANKS)
    first = settlement.settle(settled, PROGRAMMES["tech_branch"], 2023, date(2024, 1, 31), "测试")
    sheets = worlds.random_world(7, 60, 2023, "chokepoint")
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
        lists.write_list(connection, second, paths["new-loans"], lists.NEW_LOANS)
        lists.write_list(connection, second, paths["premiums"], lists.PREMIUMS)
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


@pytest.fixture
def tiexi(city: City, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TIEXI_DATABASE_URL", raising=False)
    url = city.engines["annex2"].url.render_as_string()

    def run(*arguments: str, database: str = url) -> tuple[int, str, str]:
        code = cli.run(["--database", database, *arguments])
        return code, *capsys.readouterr()

    return run
