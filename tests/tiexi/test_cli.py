"""The command line as a person and as a program meets it: exit codes, Chinese words, one JSON object."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import click
import openpyxl
import pytest
from rich.cells import cell_len

from samples import BANK, base, loan
from sheets import write_sheets
from tiexi import cli

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def tiexi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command line in an empty folder and gives (exit code, stdout, stderr)."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TIEXI_DATABASE_URL", raising=False)
    monkeypatch.setenv("TIEXI_SOLO", "1")  # signatures have tests of their own

    def run(*arguments: str) -> tuple[int, str, str]:
        code = cli.run(list(arguments))
        out, err = capsys.readouterr()
        return code, out, err

    return run


@pytest.fixture
def settled(tiexi: Run, tmp_path: Path) -> Run:
    """A database with one workbook imported and 2023 settled as run 1."""
    write_sheets(tmp_path / "a.xlsx", base(loan(), loan("R", **{"年利率(%)": 9})))
    assert tiexi("init")[0] == tiexi("import", "a.xlsx")[0] == tiexi("settle", "2023", "--as-of", "2024-01-31")[0] == 0
    return tiexi


def test_the_whole_way(settled: Run, tmp_path: Path) -> None:
    code, out, _ = settled("approve", "1", "--by", "张三", "--document", "样例〔2024〕1号")
    assert code == 0 and "审核通过" in out
    assert settled("export", "annex1", "2023", "-o", "附件1")[0] == 0
    assert settled("export", "annex1", "2023", "--county", "环翠区", "-o", "一区.xlsx")[0] == 0
    assert settled("export", "annex2", "2023", "-o", "深/附件2.xlsx")[0] == 0
    assert settled("export", "lines", "2023", "-o", "明细.csv", "--run", "1")[0] == 0
    for name in ("附件1/附件1-环翠区-2023.xlsx", "一区.xlsx", "深/附件2.xlsx", "明细.csv"):
        assert (tmp_path / name).is_file(), name
    code, out, _ = settled("explain", "R", "--bank", BANK, "--year", "2023")
    assert code == 0 and "R_RATE" in out and "9.00%" in out
    assert settled("template", "t.xlsx")[0] == 0


def test_settle_as_json(settled: Run) -> None:
    code, out, _ = settled("settle", "2023", "--as-of", "2024/1/31", "--json")
    found = json.loads(out)
    assert code == 0 and len(out.splitlines()) == 1
    assert {name: found[name] for name in ("run", "programme", "year", "as_of", "state", "loans", "stopped")} == {
        "run": 2, "programme": "tech_branch", "year": 2023, "as_of": "2024-01-31", "state": "trial", "loans": 2,
        "stopped": {"R_RATE": 1},
    }  # fmt: skip
    assert (found["interest_fen"], found["bonus_fen"], found["claims_fen"]) == (10_000_000, 6_000_000, 0)


def test_import_as_json(tiexi: Run, tmp_path: Path) -> None:
    write_sheets(tmp_path / "a.xlsx", base())
    write_sheets(tmp_path / "b.xlsx", base(loan("B", 担保方式="无")))
    tiexi("init")
    code, out, _ = tiexi("import", "a.xlsx", "b.xlsx", "a.xlsx", "--json")
    found = json.loads(out)
    assert code == 1 and found["refused"] == 1
    assert [entry["status"] for entry in found["files"]] == ["taken", "refused", "known"]
    assert found["files"][0]["taken"]["贷款"] == {"new": 1, "amended": 0, "same": 0}
    assert found["files"][1]["findings"][0]["column"] == "担保方式"


def test_refused_files_come_back_marked(tiexi: Run, tmp_path: Path) -> None:
    write_sheets(tmp_path / "a.xlsx", base(loan(担保方式="无")))
    write_sheets(tmp_path / "b.xlsx", base(loan(业务品种="无")))
    tiexi("init")
    code, out, _ = tiexi("import", "a.xlsx", "b.xlsx", "--errors", "改.xlsx")
    assert code == 1 and "改.xlsx" in out and "改-2.xlsx" in out
    assert openpyxl.load_workbook(tmp_path / "改.xlsx")["贷款"]["J2"].comment is not None
    assert openpyxl.load_workbook(tmp_path / "改-2.xlsx")["贷款"]["D2"].comment is not None


def test_void_and_amend(settled: Run, tmp_path: Path) -> None:
    code, out, _ = settled("void", "贷款", BANK, "R", "--reason", "误录")
    assert code == 0 and "已撤回" in out
    assert settled("void", "贷款", BANK, "R", "--reason", "误录")[0] == 1
    write_sheets(tmp_path / "c.xlsx", {"贷款": [loan(担保方式="保证")]})
    assert settled("import", "c.xlsx")[0] == 1
    assert settled("import", "c.xlsx", "--amend", "录入有误")[0] == 0
    code, _, err = settled("approve", "1", "--by", "x", "--document", "y")
    assert code == 1 and "试算后数据有变动" in err


@pytest.mark.parametrize(
    "arguments",
    [
        ("settle", "2022"), ("settle", "2027"), ("settle", "99999"), ("settle", "2023", "--as-of", "2023-12-30"),
        ("settle", "2023", "--as-of", "2099-01-01"), ("approve", "77", "--by", "x", "--document", "y"),
        ("export", "annex2", "2024", "-o", "x.xlsx"), ("export", "annex2", "2023", "--run", "9", "-o", "x.xlsx"),
        ("export", "annex1", "2023", "--county", "市外", "-o", "x.xlsx"), ("explain", "Z", "--bank", BANK, "--year", "2023"),
        ("explain", "A", "--bank", "无此行", "--year", "2023"), ("void", "贷款", BANK, "Z", "--reason", "x"),
        ("approve", "9" * 30, "--by", "x", "--document", "y"),
    ],
)  # fmt: skip
def test_judged_and_refused_is_1(settled: Run, arguments: tuple[str, ...]) -> None:
    code, out, err = settled(*arguments)
    assert code == 1 and out == ""
    assert err.startswith("拒绝：") and len(err.splitlines()) == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ("无此命令",), ("settle",), ("settle", "某年"), ("settle", "2023", "--无"), ("settle", "2023", "--as-of", "昨天"),
        ("settle", "2023", "2024"), ("approve", "甲", "--by", "x", "--document", "y"), ("approve", "1", "--by", "x"),
        ("approve", "1", "--by", " ", "--document", "y"), ("approve", "1", "--by"), ("import",), ("import", "没有.xlsx"), ("import", "."),
        ("export", "annex2", "2023"), ("export", "annex9", "2023", "-o", "x"), ("export", "annex1", "2023", "--county", "烟台", "-o", "x"),
        ("void", "无此表", "x", "--reason", "y"), ("void", "贷款", "x", "--reason", "y"), ("void", "LPR", "某日", "--reason", "y"),
        ("void", "LPR", "2023-08-21", "--reason", ""), ("explain", "A"), ("settle", "--as-of"), ("--database",), (),
    ],
)  # fmt: skip
def test_wrong_usage_is_2(settled: Run, arguments: tuple[str, ...]) -> None:
    code, out, err = settled(*arguments)
    assert code == 2 and out == ""
    assert "用法" in err and "Error" not in err and "Usage" not in err


@pytest.mark.parametrize(
    "arguments",
    [
        ("settle", "2023"), ("--database", "foo://x", "init"), ("--database", "sqlite:////没有/的/x.db", "init"),
        ("--database", "sqlite:///文本.db", "settle", "2023"), ("--database", "sqlite:///文本.db", "init"),
        ("template", "文本.db/a.xlsx"),
    ],
)  # fmt: skip
def test_a_failing_environment_is_3(tiexi: Run, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    (tmp_path / "文本.db").write_text("这不是数据库" * 100, encoding="utf-8")
    code, out, err = tiexi(*arguments)
    assert code == 3 and out == ""
    assert err.startswith("无法完成：") and "Traceback" not in err


def test_an_export_that_cannot_be_written_is_3(settled: Run, tmp_path: Path) -> None:
    (tmp_path / "文件").write_text("x")
    code, _, err = settled("export", "annex2", "2023", "-o", "文件/附件2.xlsx")
    assert code == 3 and "无法写入" in err


def commands(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        yield (*path, name), command
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))


@pytest.mark.parametrize("path", [path for path, _ in commands(cli.cli)], ids=" ".join)
def test_every_command_explains_itself_with_an_example(tiexi: Run, path: tuple[str, ...]) -> None:
    code, out, _ = tiexi(*path, "--help")
    assert code == 0
    assert "例：tiexi" in out.replace("\n", " ") and "用法：" in out
    assert not {"Usage", "Options", "Commands", "Show this"} & set(out.replace(":", " ").split())


@pytest.mark.parametrize("path", [(), *(path for path, _ in commands(cli.cli))], ids=" ".join)
def test_help_reads_well_in_chinese(tiexi: Run, path: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    _, out, _ = tiexi(*path, "--help")
    assert not re.search("[\u4e00-\u9fff]\\.\\.\\.|[，；、] |^ *[，。；、）]", out, re.MULTILINE)
    assert [line for line in out[out.find("例：") :].splitlines() if cell_len(line) > 80] == []
    for rows in re.split("(?:选项|命令):\n", out)[
        1:
    ]:  # what the options and commands mean begins in one column, a Chinese character counting as two
        starts = {
            cell_len(found[0]) for row in rows.splitlines() if (found := re.match(r"  \S.*?\S {2,}|  \S {2,}| +", row))
        }
        assert len(starts) <= 1, starts


def test_no_terminal_no_progress(settled: Run) -> None:
    code, out, err = settled("settle", "2023", "--as-of", "2024-01-31")
    assert code == 0 and err == "" and "合计" in out


def test_output_that_nobody_reads_to_the_end(settled: Run, tmp_path: Path) -> None:
    command = f"{sys.executable} -m tiexi settle 2023 --as-of 2024-01-31 | head -1"
    environment = {**os.environ, "PYTHONPATH": str(Path(cli.__file__).parent.parent)}
    done = subprocess.run(command, shell=True, cwd=tmp_path, capture_output=True, text=True, env=environment)
    assert done.stderr == "" and "科技支行贷款" in done.stdout


def test_the_database_from_the_environment(tiexi: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIEXI_DATABASE_URL", f"sqlite:///{tmp_path / '另一个.db'}")
    assert tiexi("init")[0] == 0
    assert (tmp_path / "另一个.db").is_file() and not (tmp_path / "tiexi.db").exists()


def test_as_of_defaults_to_today(tiexi: Run, set_today: Callable[[date], None], tmp_path: Path) -> None:
    write_sheets(tmp_path / "a.xlsx", base())
    set_today(date(2024, 3, 5))
    tiexi("init")
    tiexi("import", "a.xlsx")
    assert json.loads(tiexi("settle", "2023", "--json")[1])["as_of"] == "2024-03-05"
    set_today(date(2023, 12, 30))
    code, _, err = tiexi("settle", "2023")
    assert code == 1 and "截止日" in err


def test_names_are_taken_as_in_a_workbook(settled: Run) -> None:
    code, _, _ = settled("explain", " Ａ ", "--bank", "样例 银行", "--year", "2023")
    assert code == 0


def test_a_demo_leaves_other_folders_alone(tiexi: Run, tmp_path: Path) -> None:
    (tmp_path / "别的").mkdir()
    (tmp_path / "别的" / "要紧.txt").write_text("x")
    code, _, err = tiexi("demo", "别的")
    assert code == 1 and "已有其他内容" in err
    assert [path.name for path in (tmp_path / "别的").iterdir()] == ["要紧.txt"]


def test_errors_option_is_quiet_when_nothing_is_wrong(tiexi: Run, tmp_path: Path) -> None:
    write_sheets(tmp_path / "a.xlsx", base())
    tiexi("init")
    assert tiexi("import", "a.xlsx", "--errors", "改.xlsx")[0] == 0
    assert not (tmp_path / "改.xlsx").exists()


def test_dry_run(tiexi: Run, tmp_path: Path) -> None:
    write_sheets(tmp_path / "a.xlsx", base())
    tiexi("init")
    code, out, _ = tiexi("import", "a.xlsx", "--dry-run")
    assert code == 0 and "未写入" in out
    found: Any = json.loads(tiexi("import", "a.xlsx", "--json")[1])
    assert found["files"][0]["status"] == "taken"
