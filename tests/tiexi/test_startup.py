"""A command loads what it needs and no more; the light table of commands says what the commands themselves say."""

import subprocess
import sys
from datetime import date
from importlib import import_module
from pathlib import Path

import click
import pytest

from databases import address, set_up
from ledger.lifecycle import approve
from ledger.programmes import PROGRAMMES
from ledger.runs.settlement import settle
from ledger.settings import DEFAULT_URL
from samples import BANK, base, loan
from tiexi import cli, commands

HEAVY = (
    "pandas",
    "numpy",
    "sqlalchemy",
    "alembic",
    "xlsxwriter",
    "openpyxl",
    "lxml",
    "python_calamine",
    "cn2an",
    "apscheduler",
)
ROOT = Path(cli.__file__).parent.parent


def loaded(*statements: str) -> set[str]:
    """The heavy libraries that a fresh interpreter holds after these statements."""
    source = "; ".join([*statements, "import sys", f"print(*(set(sys.modules) & set({HEAVY})))"])
    done = subprocess.run([sys.executable, "-c", source], cwd=ROOT, capture_output=True, text=True, check=True)
    return set(done.stdout.splitlines()[-1].split())


def test_the_command_line_loads_no_library_that_not_every_command_needs() -> None:
    assert loaded("import tiexi.cli") == set()


@pytest.mark.parametrize("option", ["--version", "--help", "-h"])
def test_neither_do_version_and_help(option: str) -> None:
    assert loaded("import tiexi.cli", f"tiexi.cli.run(['{option}'])") == set()


# what only those need that take sheets in, seal, judge, or speak of other documents
NOT_TO_LOOK = (
    *HEAVY[:2], "ledger.intake.sheets", "ledger.seals.content", "ledger.programmes.farm_insurance.tables",
    "ledger.programmes.export_credit.tables", "fastapi", "argon2",
)  # fmt: skip


@pytest.mark.parametrize(
    "arguments",
    [("explain", "A", "--bank", BANK, "--year", "2023"), ("status",), ("balance", "2023")],
    ids=lambda arguments: arguments[0],
)
def test_who_only_looks_loads_neither_sheets_nor_other_documents(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    engine = set_up(tmp_path, base(loan("A")))
    run = settle(engine, PROGRAMMES["tech_branch"], 2023, date(2024, 1, 31), "试算人")
    approve(engine, run.id, "审核人", "样例文", solo=True)
    command = ["--database", address(engine), *arguments]
    engine.dispose()
    source = f"import sys, tiexi.cli; print(tiexi.cli.run({command})); print(*(set(sys.modules) & set({NOT_TO_LOOK})))"
    done = subprocess.run([sys.executable, "-c", source], cwd=ROOT, capture_output=True, text=True, check=True)
    code, found = done.stdout.splitlines()[-2:]
    assert (code, found) == ("0", ""), done.stdout + done.stderr


def test_what_is_loaded_is_seen() -> None:
    assert loaded("import sqlalchemy", "import numpy") == {"sqlalchemy", "numpy"}


@pytest.mark.parametrize("name", commands.COMMANDS)
def test_the_light_table_agrees_with_the_commands(name: str) -> None:
    module, summary = commands.COMMANDS[name]
    found = {command.name: command for command in import_module(module).COMMANDS}
    assert found[name].get_short_help_str(1000) == summary


def test_the_light_table_names_every_command() -> None:
    modules = {module for module, _ in commands.COMMANDS.values()}
    inside = {f"tiexi.commands.{path.stem}" for path in (ROOT / "tiexi/commands").glob("*.py")} - {
        "tiexi.commands.__init__"
    }
    assert modules == inside
    named = [command.name for module in modules for command in import_module(module).COMMANDS]
    assert sorted(map(str, named)) == sorted(commands.COMMANDS)


def test_the_help_names_the_database_that_is_used_by_default() -> None:
    """It is written out there, since the settings take a while to load."""
    option = next(parameter for parameter in cli.cli.params if parameter.name == "database")
    assert str(getattr(option, "help", "")).endswith(f" {DEFAULT_URL}")


def test_a_command_is_loaded_once() -> None:
    context = click.Context(cli.cli)
    assert cli.cli.get_command(context, "status") is cli.cli.get_command(context, "status") is not None
    assert cli.cli.get_command(context, "no such command") is None


@pytest.mark.parametrize("path", [[], ["status"], ["export"], ["export", "annex2"], ["jobs", "list"]], ids=" ".join)
def test_h_is_help(path: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run([*path, "-h"]) == 0
    short = capsys.readouterr().out
    assert cli.run([*path, "--help"]) == 0
    assert short == capsys.readouterr().out and "-h, --help" in short


def test_interrupted_while_it_is_loaded_it_ends_without_a_call_stack() -> None:
    source = """
import signal, sys, tiexi.__main__
class Slow:
    def find_spec(self, name, *_):
        if name == "tiexi.cli":
            signal.raise_signal(signal.SIGINT)
sys.meta_path.insert(0, Slow())
tiexi.__main__.main()
"""
    done = subprocess.run([sys.executable, "-c", source], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == -2 and done.stderr == ""


def test_without_an_output_nothing_is_wrong() -> None:
    done = subprocess.run(
        ["sh", "-c", f"{sys.executable} -m tiexi --version >&-"], cwd=ROOT, capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_an_output_that_is_full_is_told_in_chinese() -> None:
    command = f"{sys.executable} -m tiexi --help > /dev/full"
    done = subprocess.run(["sh", "-c", command], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 3 and "磁盘空间不足" in done.stderr and "Errno" not in done.stderr
