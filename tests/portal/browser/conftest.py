"""A portal with the invented city's registers and accounts, and a browser to go there."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

import browser
import portal_world as world
import programmes.export_credit.test_life as export_credit
import programmes.farm_insurance.test_life as farm_insurance
from did_not_run import NO_BROWSER
from portal_server import Server, command
from sheets import write_sheets


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The browser; the tests are skipped, and the summary says so, where there is none."""
    try:
        browser.executable()
    except browser.Unavailable as why:
        pytest.skip(f"{NO_BROWSER}: {why}")
    with browser.chromium() as running:
        yield running


@pytest.fixture(scope="session")
def registered(tmp_path_factory: pytest.TempPathFactory) -> Server:
    """A database with the registers, what parts 3 and 4 rest on and an account of every role, each with its initial password;
    nothing serves it."""
    folder = tmp_path_factory.mktemp("registered")
    server = Server(f"sqlite:///{folder / 'tiexi.db'}", folder)
    command(server.database, "init")
    command(server.database, "import", str(write_sheets(folder / "登记.xlsx", world.registers())), "--uploader", "建库")
    for name, sheets in (("特色险", farm_insurance.world()), ("出口信保", export_credit.world())):
        book = write_sheets(folder / f"{name}.xlsx", sheets)
        command(server.database, "import", str(book), "--uploader", "建库")
    server.accounts((*world.PEOPLE, *world.OTHER_OFFICES))
    return server


@pytest.fixture
def start(registered: Server, tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Starts a portal on a copy of that database, with settings of its own by their names."""
    running: list[Server] = []

    def go(**settings: str) -> Server:
        shutil.copy(registered.folder / "tiexi.db", tmp_path)
        server = Server(
            f"sqlite:///{tmp_path / 'tiexi.db'}", tmp_path, settings, tokens=registered.tokens,
            passwords={**registered.passwords},
        )  # fmt: skip
        running.append(server)
        return server.start()

    yield go
    for server in running:
        server.stop()
