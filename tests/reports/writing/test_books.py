"""Workbooks onto a disk without room: one sentence each, exit 3, nothing left; and the same workbook is the same bytes."""

import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from sqlalchemy import Engine

from clockwork import call
from databases import set_up
from ledger.database import db
from ledger.errors import EnvironmentFailed
from ledger.programmes import PROGRAMMES
from ledger.runs.settlement import settle
from reports.tech_branch import annexes
from reports.writing.packing import new_book, save_edited
from samples import base, loan
from sheets import write_sheets
from stress.faults import small_disk
from stress.world import run_here

ROOT = Path(__file__).parents[3]
# Runs command lines in one process and prints their exit codes: what the interpreter itself says on stderr of an archive
# that it could not clear away counts too.
SEVERAL = """
import contextlib, gc, io, json, sys, tempfile
from tiexi import cli
url, temporary, commands = json.loads(sys.argv[1])
tempfile.tempdir = temporary
codes = []
for command in commands:
    with contextlib.redirect_stdout(io.StringIO()):
        codes.append(cli.run(["--database", url, *command]))
    gc.collect()
print(json.dumps(codes))
"""


@pytest.fixture
def paid(tmp_path: Path) -> Callable[..., list[str]]:
    """What commands that write workbooks say on stderr, into a folder and with a temporary folder that may be full."""
    url = f"sqlite:///{tmp_path / 'tiexi.db'}"
    write_sheets(tmp_path / "a.xlsx", base(loan()))
    write_sheets(tmp_path / "bad.xlsx", base(loan("B", 担保方式="无")))
    for command in (
        ("init",), ("import", str(tmp_path / "a.xlsx")), ("settle", "2023", "--as-of", "2024-01-31"),
        ("approve", "1", "--by", "甲", "--document", "样例", "--date", "2024-02-05"),
        ("allot", "1", "--by", "甲", "--document", "样例", "--date", "2024-02-06"),
        ("export", "annex2", "2023", "-o", str(tmp_path / "sent.xlsx")),
    ):  # fmt: skip
        code, _, err = run_here(url, *command)
        assert code == 0, err
    book = openpyxl.load_workbook(tmp_path / "sent.xlsx")
    book["附件2"]["C6"] = 7
    book.save(tmp_path / "changed.xlsx")

    def said(folder: Path, temporary: Path, marking: int = 3) -> list[str]:
        commands = [
            ["template", f"{folder}/t.xlsx"], ["export", "annex1", "2023", "-o", f"{folder}/o"],
            ["export", "annex2", "2023", "-o", f"{folder}/a.xlsx"], ["pay", "2023", "--blank", f"{folder}/p.xlsx"],
            ["reconcile", f"{tmp_path}/changed.xlsx", "-o", f"{folder}/r.xlsx"],
            ["import", f"{tmp_path}/bad.xlsx", "--errors", f"{folder}/e.xlsx"],
        ]  # fmt: skip
        given = json.dumps([url, str(temporary), commands])
        done = subprocess.run([sys.executable, "-c", SEVERAL, given], capture_output=True, text=True, cwd=ROOT)
        codes = json.loads(done.stdout)
        assert codes == [*[3] * (len(commands) - 1), marking], done.stderr
        lines = [line for line in done.stderr.splitlines() if line.startswith("无法完成：")]
        assert len(lines) == codes.count(3)
        assert "Traceback" not in done.stderr and "Exception" not in done.stderr, done.stderr
        return lines

    return said


def fill(disk: Path) -> None:
    with (disk / "filler").open("wb") as stream:
        stream.write(b"\0" * shutil.disk_usage(disk).free)


def test_a_full_disk(paid: Callable[..., list[str]], tmp_path: Path) -> None:
    try:
        with small_disk(tmp_path / "disk", "1m") as disk:
            fill(disk)
            said = paid(disk, tmp_path)
            assert all("无法写入：磁盘空间不足；请检查文件夹" in line and str(disk) in line for line in said)
            assert [path.name for path in disk.rglob("*") if path.is_file()] == ["filler"]
    except PermissionError as why:
        pytest.skip(f"NO FILE SYSTEM OF ITS OWN: a full disk was NOT tried ({why})")


def test_a_full_temporary_folder(paid: Callable[..., list[str]], tmp_path: Path) -> None:
    try:
        with small_disk(tmp_path / "disk", "1m") as disk:
            fill(disk)
            said = paid(tmp_path / "out", disk, 1)  # a copy with marks is the sender's file, made in memory
            assert all(
                f"临时文件夹 {disk} 无法写入：磁盘空间不足；请腾出空间，或用环境变量 TMPDIR" in line for line in said
            )
            assert [path.name for path in (tmp_path / "out").iterdir()] == ["e.xlsx"]
            assert not [path for path in disk.iterdir() if path.name.startswith("tiexi-")]
    except PermissionError as why:
        pytest.skip(f"NO FILE SYSTEM OF ITS OWN: a full disk was NOT tried ({why})")


def test_no_temporary_folder_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def none() -> str:
        raise FileNotFoundError(2, "No usable temporary directory found")

    monkeypatch.setattr(tempfile, "gettempdir", none)
    with (
        pytest.raises(EnvironmentFailed, match="没有可以写入的临时文件夹；请腾出空间"),
        new_book(tmp_path / "a.xlsx", date(2024, 1, 1)),
    ):
        pass
    assert list(tmp_path.iterdir()) == []


def test_what_fails_while_a_workbook_is_filled_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_bytes(b"old")
    with pytest.raises(KeyError), new_book(tmp_path / "a.xlsx", date(2024, 1, 1)) as book:
        book.add_worksheet("甲").write_string(0, 0, "x")
        raise KeyError
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"old"]


def test_the_same_workbook_is_the_same_bytes_at_any_time(tmp_path: Path) -> None:
    def write(name: str) -> bytes:
        with new_book(tmp_path / name, date(2024, 1, 31), "题") as book:
            book.add_worksheet("甲").write_string(0, 0, "x")
        return (tmp_path / name).read_bytes()

    first = write("1.xlsx")
    time.sleep(1.1)  # what it would carry of the clock is in seconds
    assert write("2.xlsx") == first
    assert openpyxl.load_workbook(tmp_path / "2.xlsx").properties.created.date() == date(2024, 1, 31)


@pytest.mark.sqlite_only
def test_an_export_carries_no_clock(database: str, tmp_path: Path, set_today: Callable[[date], None]) -> None:
    """The same facts settled as of the same day, on two databases and at two times."""
    found = []
    for day in (date(2024, 2, 1), date(2024, 3, 1)):
        set_today(day)
        (folder := tmp_path / str(day)).mkdir()
        engine = set_up(folder, base(loan()))
        run = settle(engine, PROGRAMMES["tech_branch"], 2023, date(2024, 1, 31), "甲")
        with db.reading(engine) as connection:
            annexes.annex2(connection, run, folder / "附件2.xlsx")
        engine.dispose()
        found.append((folder / "附件2.xlsx").read_bytes())
    assert found[0] == found[1]


def test_an_edited_workbook_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    path = write_sheets(tmp_path / "a.xlsx", {"企业": [{"企业名称": "甲"}]})
    book = openpyxl.load_workbook(path)
    book["企业"]["A2"] = "乙"
    save_edited(book, path)
    assert openpyxl.load_workbook(path)["企业"]["A2"].value == "乙"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.sqlite_only
def test_a_job_whose_folder_is_full_has_failed_and_may_be_tried_again(
    engine: Engine, take: Callable[..., object], tmp_path: Path, set_today: Callable[[date], None]
) -> None:
    set_today(date(2024, 1, 2))
    take(base(loan()))
    try:
        with small_disk(tmp_path / "disk", "1m") as disk:
            fill(disk)
            with pytest.raises(EnvironmentFailed, match="附件1-环翠区-2023.xlsx 无法写入：磁盘空间不足"):
                call(engine, "year-end-trial", date(2024, 1, 2), output=disk)
            (disk / "filler").unlink()
            call(engine, "year-end-trial", date(2024, 1, 2), output=disk)
    except PermissionError as why:
        pytest.skip(f"NO FILE SYSTEM OF ITS OWN: a full disk was NOT tried ({why})")
