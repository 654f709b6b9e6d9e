"""A machine whose clock is behind what is on file: what changes the books is refused, what reads says it and goes on."""

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from ledger.database import clock
from samples import base, loan
from sheets import write_sheets
from tiexi import cli

pytestmark = pytest.mark.sqlite_only
NEWEST, TWO_DAYS_EARLIER, A_DAY_EARLIER = date(2024, 3, 10), date(2024, 3, 8), date(2024, 3, 9)
BEHIND = "落后一天以上"
Run = Callable[..., tuple[int, str]]
SetToday = Callable[[date], None]


@pytest.fixture
def tiexi(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], set_today: SetToday
) -> Run:
    """Runs a command on a database whose newest record is of NEWEST; the clock then stands two days earlier."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TIEXI_SOLO", "1")

    def run(*arguments: str) -> tuple[int, str]:
        code = cli.run(["--database", f"sqlite:///{tmp_path / 'tiexi.db'}", *arguments])
        clock.waived.set(False)  # each command of a shell is a process of its own
        said = capsys.readouterr()
        return code, said.out + ("" if "--json" in arguments else said.err)

    set_today(NEWEST)
    write_sheets(tmp_path / "报送.xlsx", base(loan("A")))
    write_sheets(tmp_path / "又.xlsx", base(loan("B")))
    assert run("init")[0] == 0 and run("import", "报送.xlsx")[0] == 0 and run("settle", "2023")[0] == 0
    set_today(TWO_DAYS_EARLIER)
    return run


CHANGING = (
    ("import", "又.xlsx"),
    ("void", "预算", "2023", "全市", "--reason", "误录"),
    ("void", "--file", "报送.xlsx", "--reason", "误录"),
    ("settle", "2023"),
    ("approve", "1", "--by", "张三", "--document", "样例文"),
)


@pytest.mark.parametrize("arguments", CHANGING, ids=lambda arguments: " ".join(arguments[:2]))
def test_a_change_is_refused_and_changes_nothing(tiexi: Run, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    before = (tmp_path / "tiexi.db").read_bytes()
    code, said = tiexi(*arguments)
    assert code == 1 and BEHIND in said and "--clock-ok" in said
    assert (tmp_path / "tiexi.db").read_bytes() == before


def test_a_clock_that_is_off_by_a_day_is_no_reason(tiexi: Run, set_today: SetToday) -> None:
    set_today(A_DAY_EARLIER)
    code, said = tiexi("import", "又.xlsx")
    assert code == 0 and BEHIND not in said


@pytest.mark.parametrize(
    "arguments",
    [
        ("status",), ("warnings",), ("find", "样例"), ("import", "又.xlsx", "--dry-run"), ("import", "报送.xlsx"),
        ("trace", "报送.xlsx"),
    ],
)  # fmt: skip
def test_who_only_reads_is_told_and_goes_on(tiexi: Run, arguments: tuple[str, ...]) -> None:
    code, said = tiexi(*arguments)
    assert code == 0 and BEHIND in said


def test_a_job_that_settles_can_be_told_too(tiexi: Run) -> None:
    code, said = tiexi("jobs", "run", "year-end-trial")
    assert code == 1 and BEHIND in said and "--clock-ok" in said
    assert len(json.loads(tiexi("status", "--json")[1])["runs"]) == 1
    assert tiexi("jobs", "run", "year-end-trial", "--clock-ok")[0] == 0
    assert len(json.loads(tiexi("status", "--json")[1])["runs"]) == 2


def test_what_is_waived_is_taken_and_kept_as_such(tiexi: Run, set_today: SetToday) -> None:
    assert tiexi("import", "又.xlsx", "--clock-ok")[0] == 0
    set_today(NEWEST)
    code, said = tiexi("audit", "--json")
    found = json.loads(said)
    assert code == 0 and found["problems"] == []
    assert any("--clock-ok" in remark for remark in found["remarks"])


def test_a_step_that_nobody_waived_is_a_problem(
    tiexi: Run, monkeypatch: pytest.MonkeyPatch, set_today: SetToday
) -> None:
    """As a program without the check would have written it."""
    monkeypatch.setattr(clock, "behind_time", lambda latest: "")
    assert tiexi("import", "又.xlsx")[0] == 0
    monkeypatch.undo()
    set_today(NEWEST)
    code, said = tiexi("audit")
    assert code == 1 and "又.xlsx" in said and "早于" in said


def test_what_changed_nothing_after_all_says_it_too(tiexi: Run, set_today: SetToday) -> None:
    set_today(NEWEST)
    assert tiexi("approve", "1", "--by", "张三", "--document", "样例文")[0] == 0
    assert tiexi("allot", "1", "--by", "张三", "--document", "样例文")[0] == 0
    set_today(TWO_DAYS_EARLIER)
    code, said = tiexi("pay", "2023", "--blank", "拨付.xlsx")
    assert code == 0 and BEHIND in said


def test_a_restore_asks_the_clock_and_keeps_that_it_was_waived(tiexi: Run, tmp_path: Path, set_today: SetToday) -> None:
    assert tiexi("backup", "备份.db")[0] == 0
    before = (tmp_path / "tiexi.db").read_bytes()
    code, said = tiexi("restore", "备份.db", "--force")
    assert code == 1 and BEHIND in said and "--clock-ok" in said
    assert (tmp_path / "tiexi.db").read_bytes() == before
    assert tiexi("restore", "备份.db", "--force", "--clock-ok")[0] == 0
    with closing(sqlite3.connect(tmp_path / "tiexi.db")) as restored:
        assert restored.execute("SELECT newest_at > made_at FROM clock_waivers").fetchall() == [(1,)]
    set_today(NEWEST)
    assert tiexi("audit")[0] == 0


@pytest.mark.parametrize("statement", ["DELETE FROM clock_waivers", "UPDATE clock_waivers SET account = '别人'"])
def test_the_last_waiver_lies_under_the_seal_of_what_it_speaks_of(
    tiexi: Run, tmp_path: Path, set_today: SetToday, statement: str
) -> None:
    assert tiexi("import", "又.xlsx", "--clock-ok")[0] == 0
    with closing(sqlite3.connect(tmp_path / "tiexi.db")) as forged, forged:
        for (name,) in forged.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            forged.execute(f"DROP TRIGGER {name}") if "clock_waivers" in name else None
        forged.execute(statement)
    set_today(NEWEST)
    code, said = tiexi("audit")
    assert code == 1 and "时钟放行登记第 1 号" in said
