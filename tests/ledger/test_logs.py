"""The logs: one line per event, on stderr only, and nobody's name at INFO."""

import json
import logging
import os
import re
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest

from ledger import logs
from samples import BANK, ENTERPRISE, OTHER_USCC, QUALIFICATION, USCC, base, loan, repayment
from sheets import write_sheets
from tiexi import cli

Run = Callable[..., tuple[int, str, str]]
OTHER = {"统一社会信用代码": OTHER_USCC, "企业名称": "威海样例乙公司", "区市": "荣成市"}
NAMES = (USCC, OTHER_USCC, ENTERPRISE["企业名称"], OTHER["企业名称"])
LINE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+08:00 (DEBUG|INFO|WARNING|ERROR) ")


@pytest.fixture(autouse=True)
def quiet_afterwards() -> Iterator[None]:
    yield
    logs.set_up("WARNING", "text")


@pytest.fixture
def tiexi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("TIEXI_")]:
        monkeypatch.delenv(name)

    def run(*arguments: str) -> tuple[int, str, str]:
        code = cli.run(list(arguments))
        return code, *capsys.readouterr()

    return run


def events(err: str) -> list[str]:
    """The events of a log as text."""
    found = []
    for line in err.splitlines():
        assert LINE.match(line), line
        event = line.split(" ", 2)[2]
        found.append(json.loads(re.match(r'"(?:[^"\\]|\\.)*"', event)[0]) if event[0] == '"' else event.split()[0])  # type: ignore[index]
    return found


def test_the_main_commands_say_what_they_do_and_name_nobody(
    tiexi: Run, tmp_path: Path, set_today: Callable[[date], None]
) -> None:
    set_today(date(2024, 1, 10))
    sheets = base(
        loan(), loan("B", 统一社会信用代码=OTHER_USCC, 资料上传日=None), 企业=[ENTERPRISE, OTHER],
        资质=[QUALIFICATION, {**QUALIFICATION, "统一社会信用代码": OTHER_USCC}],
        还款=[repayment("A", date(2024, 1, 3), 1000, 资料上传日=None)],
    )  # fmt: skip
    write_sheets(tmp_path / "a.xlsx", sheets)
    write_sheets(tmp_path / "坏.xlsx", {"企业": [{**ENTERPRISE, "区市": "无此区"}]})
    solo = ("--by", "张三", "--document", "样例〔2024〕1号")
    said: list[str] = []
    commands: list[tuple[int, tuple[str, ...]]] = [
        (0, ("init",)), (0, ("import", "a.xlsx")), (1, ("import", "坏.xlsx")), (0, ("import", "a.xlsx")),
        (0, ("settle", "2023")), (0, ("jobs", "run", "year-end-trial")), (0, ("jobs", "run", "papers-due")),
        (0, ("jobs", "run", "filing-reminder")), (0, ("jobs", "run", "short-loans")),
        (0, ("jobs", "run", "rosters-ending")), (0, ("sign", "1", "--county", "环翠区", *solo)),
        (0, ("return", "1", "--county", "荣成市", "--by", "李四", "--reason", f"{OTHER['企业名称']}有误")),
        (0, ("export", "annex1", "2023", "-o", "附件1")), (0, ("export", "lines", "2023", "-o", "明细.csv")),
        (0, ("explain", "A", "--bank", BANK, "--year", "2023")), (0, ("jobs", "list")), (0, ("simulate", "2023")),
    ]  # fmt: skip
    for code, command in commands:
        if command[0] == "settle":
            set_today(date(2024, 1, 11))
        found, out, err = tiexi("--verbose", *command)
        assert found == code, (command, out, err)
        assert [name for name in NAMES if name in err] == [], command
        said += events(err)
    for event in (
        "database opened", "migrated", "import", "settled", "file written", "job started", "job ended", "notices",
        "signed", "returned",
    ):  # fmt: skip
        assert event in said, event


def test_the_terminal_stays_clean_without_verbose(tiexi: Run) -> None:
    assert tiexi("init")[2] == "" and tiexi("settle", "2023")[2] == ""


def test_verbose_twice_is_debug(tiexi: Run) -> None:
    assert " DEBUG " not in tiexi("--verbose", "template", "a.xlsx")[2]
    assert ' DEBUG "file written" path=a.xlsx' in tiexi("--verbose", "--verbose", "template", "a.xlsx")[2]


def test_json_by_configuration(tiexi: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIEXI_LOG_FORMAT", "json")
    monkeypatch.setenv("TIEXI_LOG_LEVEL", "INFO")
    _, out, err = tiexi("init")
    lines = [json.loads(line) for line in err.splitlines()]
    assert [line["event"] for line in lines] == ["database opened", "migrated"]
    assert lines[1]["level"] == "INFO" and isinstance(lines[1]["ms"], int) and lines[1]["logger"] == "ledger.setup"
    assert "数据库已就绪" in out


def test_a_line_stays_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    logs.set_up("INFO", "text")
    logs.Log("x").info("a b", c="两 词", d='"', e="行\n行", f="", g=3, h="a=b", i=date(2024, 1, 2))
    (line,) = capsys.readouterr().err.splitlines()
    assert line.split(" ", 2)[2] == '"a b" c="两 词" d="\\"" e="行\\n行" f="" g=3 h="a=b" i=2024-01-02'


def test_an_exception_is_its_class_and_place_only(capsys: pytest.CaptureFixture[str]) -> None:
    logs.set_up("INFO", "text")

    def fail() -> None:
        raise ValueError(NAMES[2])

    try:
        fail()
    except ValueError:
        logging.getLogger("apscheduler.executors.default").exception("Job raised")
    (line,) = capsys.readouterr().err.splitlines()
    innermost = fail.__code__.co_firstlineno + 1
    assert f"error=ValueError at={__name__}:{innermost}" in line and NAMES[2] not in line


def test_libraries_are_quiet_at_info(capsys: pytest.CaptureFixture[str]) -> None:
    logs.set_up("INFO", "text")
    logging.getLogger("apscheduler.scheduler").info("Added job")
    logging.getLogger("apscheduler.scheduler").warning("Execution of job skipped: maximum number of running instances")
    logging.getLogger("alembic.runtime.migration").info("Running upgrade")
    assert capsys.readouterr().err == ""
    logs.set_up("DEBUG", "text")
    logging.getLogger("apscheduler.scheduler").info("Added job")
    assert "Added job" in capsys.readouterr().err


def test_set_up_again_does_not_double(capsys: pytest.CaptureFixture[str]) -> None:
    logs.set_up("INFO", "text")
    logs.set_up("INFO", "json")
    logs.Log("x").info("once")
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_a_fault_is_told_by_class_place_and_reason_without_its_message() -> None:
    try:
        try:
            raise OSError(28, "没有空间：海甲公司.xlsx")
        except OSError as error:
            raise RuntimeError("海甲公司") from error
    except RuntimeError as error:
        found = logs.fault(error)
    assert (found["error"], found["cause"], found["reason"]) == ("RuntimeError", "OSError", "ENOSPC")
    assert "test_logs:" in found["at"] and "海甲" not in str(found)
