"""`tiexi import` on the command line: what it says of each file, several files of one command, what it refuses to do."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from conftest import write_sheets
from reports.template import write_template
from samples import PARTNER, base, loan
from tiexi import cli

Run = Callable[..., tuple[int, str, str]]
EXAMPLE_BANK = {**PARTNER, "银行名称": "示例银行"}


@pytest.fixture
def tiexi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command line in a folder with a set-up database and gives (exit code, stdout, stderr)."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TIEXI_DATABASE_URL", raising=False)

    def run(*arguments: str) -> tuple[int, str, str]:
        code = cli.run(list(arguments))
        out, err = capsys.readouterr()
        return code, out, err

    assert run("init")[0] == 0
    return run


def test_example_rows_on_the_screen_and_for_programs(tiexi: Run, tmp_path: Path) -> None:
    write_sheets(tmp_path / "a.xlsx", base() | {"合作银行": [PARTNER, *[EXAMPLE_BANK] * 3]})
    code, out, _ = tiexi("import", "a.xlsx", "--dry-run")
    assert code == 0 and "「合作银行」表第 3–5 行为示例行，未导入（共 3 行）" in out
    write_sheets(tmp_path / "b.xlsx", base(loan(银行名称="示例银行"), loan("B", 担保方式="无")))
    code, out, _ = tiexi("import", "b.xlsx")
    assert code == 1 and "「贷款」表第 2 行为示例行，未导入\n" in out
    found = json.loads(tiexi("import", "a.xlsx", "--json")[1])["files"]
    assert found[0]["skipped"] == {"合作银行": [3, 4, 5]}


def test_the_examples_of_the_blank_workbook_are_one_line(tiexi: Run, tmp_path: Path) -> None:
    write_template(tmp_path / "t.xlsx")
    code, out, _ = tiexi("import", "t.xlsx")
    assert (
        code == 0 and out.count("示例行") == 1 and "「企业」" in out and "「股权投资」表第 2 行为示例行，未导入" in out
    )
