"""`tiexi import` on the command line: what it says of each file, several files of one command, what it refuses to do."""

import json
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from ledger.errors import Refused
from reports.writing.template import write_template
from samples import PARTNER, base, loan
from sheets import write_sheets
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
        code == 0
        and out.count("示例行") == 1
        and "「企业」" in out
        and "「股权投资」" in out
        and "表第 2 行为示例行，未导入" in out
    )


# --- many findings --------------------------------------------------------------------------------------------------------


def test_many_findings_are_grouped_where_a_copy_shows_them_all(tiexi: Run, tmp_path: Path) -> None:
    wrong = [loan(f"A{number}", 担保方式="信用担保", 银行名称="样例银") for number in range(6)]
    write_sheets(
        tmp_path / "a.xlsx", base(*wrong, loan("A0"), loan("B", 到期日="x"), loan("C"), loan("C"), loan("D"), loan("D"))
    )
    _, out, _ = tiexi("import", "a.xlsx")
    lines = [line for line in out.splitlines() if " | 贷款 | " in line]
    assert len(lines) == 15 and "同类" not in out
    code, out, _ = tiexi("import", "a.xlsx", "--errors", "b.xlsx")
    shown = [line for line in out.splitlines() if " | 贷款 | " in line]
    assert code == 1 and len(shown) == 9
    assert "「贷款」「担保方式」列同类问题共 6 处，其余 3 处不在此列出，见标注的文件" in out
    assert "「贷款」「银行名称」列同类问题共 6 处" in out and out.count("同类") == 2
    assert [line.split("第 ")[1].split(" ")[0] for line in shown if "担保方式列" in line] == ["2", "3", "4"]
    assert "共 15 处问题" in out and "15" in out
    said = json.loads(tiexi("import", "a.xlsx", "--errors", "b.xlsx", "--json")[1])["files"][0]
    assert len(said["findings"]) == 15


def test_four_of_a_kind_are_shown(tiexi: Run, tmp_path: Path) -> None:
    """Saying that one is left out takes no less room than saying it."""
    write_sheets(tmp_path / "a.xlsx", base(*(loan(f"A{number}", 担保方式="无") for number in range(4))))
    _, out, _ = tiexi("import", "a.xlsx", "--errors", "b.xlsx")
    assert out.count("担保方式列") == 4 and "同类" not in out


def test_a_title_above_the_header_is_said(tiexi: Run, tmp_path: Path) -> None:
    write_sheets(tmp_path / "a.xlsx", base())
    for count, words in ((1, "以第 2 行为表头，其上的第 1 行未读取"), (2, "以第 3 行为表头，其上的第 1–2 行未读取")):
        book = openpyxl.load_workbook(tmp_path / "a.xlsx")
        book["贷款"].insert_rows(1, count)
        book["贷款"]["A1"].value = f"明细表{count}"
        book.save(tmp_path / f"{count}.xlsx")
        code, out, _ = tiexi("import", f"{count}.xlsx")
        assert code == 0 and f"「贷款」表{words}" in out
        assert json.loads(tiexi("import", f"{count}.xlsx", "--dry-run", "--json")[1])["files"][0]["status"] == "known"


# --- several files, the marked file, the traceback ----------------------------------------------------------------------


def split(tmp_path: Path) -> tuple[str, str]:
    """Two workbooks, of which the second refers to what the first one brings."""
    sheets = base()
    write_sheets(tmp_path / "名录.xlsx", {name: sheets[name] for name in ("企业", "资质", "合作银行")})
    write_sheets(tmp_path / "贷款.xlsx", {"贷款": sheets["贷款"]})
    return "名录.xlsx", "贷款.xlsx"


def statuses(out: str) -> list[str]:
    return [found["status"] for found in json.loads(out)["files"]]


def test_a_dry_run_sees_the_files_before(tiexi: Run, tmp_path: Path) -> None:
    first, second = split(tmp_path)
    assert tiexi("import", second, "--dry-run")[0] == 1
    code, out, _ = tiexi("import", first, second, "--dry-run")
    assert code == 0 and out.count("检查通过（试运行，未写入）") == 2
    assert tiexi("import", second, first, "--dry-run")[0] == 1  # in the order given, as the import itself
    code, out, _ = tiexi("import", first, second, first, "--json")
    assert code == 0 and statuses(out) == ["taken", "taken", "known"]


def test_a_file_refused_in_a_dry_run_leaves_nothing_to_the_next(tiexi: Run, tmp_path: Path) -> None:
    first, second = split(tmp_path)
    write_sheets(tmp_path / "坏.xlsx", base(loan("B", 担保方式="无")))
    (tmp_path / "不是.xlsx").write_text("x")
    code, out, _ = tiexi("import", "坏.xlsx", second, "不是.xlsx", first, second, first, "--dry-run", "--json")
    found = json.loads(out)["files"]
    assert code == 1 and statuses(out) == ["refused", "refused", "refused", "checked", "checked", "known"]
    assert {finding["problem"] for finding in found[1]["findings"]} == {
        "银行不在「合作银行」表中", "企业不在「企业」表中",
    }  # fmt: skip
    code, out, _ = tiexi("import", first, "--json")
    assert statuses(out) == ["taken"]


@pytest.mark.parametrize(
    ("files", "errors"),
    [
        (("a.xlsx",), "a.xlsx"), (("a.xlsx",), "./夹/../a.xlsx"), (("a.xlsx",), "链.xlsx"), (("b.xlsx", "a.xlsx"), "a.xlsx"),
        (("b.xlsx", "b-2.xlsx"), "b.xlsx"), (("a.xlsx", "b-2.xlsx"), "b.xlsx"),
    ],
)  # fmt: skip
def test_the_marked_file_never_takes_the_place_of_one_to_be_imported(
    tiexi: Run, tmp_path: Path, files: tuple[str, ...], errors: str
) -> None:
    (tmp_path / "夹").mkdir()
    for name in ("a.xlsx", "b-2.xlsx"):
        write_sheets(tmp_path / name, base(loan(担保方式="无")))
    if "b.xlsx" in files:
        write_sheets(tmp_path / "b.xlsx", base())
    (tmp_path / "链.xlsx").symlink_to(tmp_path / "a.xlsx")
    before = {path.name: path.read_bytes() for path in tmp_path.glob("*.xlsx")}
    code, out, err = tiexi("import", *files, "--errors", errors)
    assert code == 2 and out == "" and "会覆盖原件" in err
    assert {path.name: path.read_bytes() for path in tmp_path.glob("*.xlsx")} == before
    if "b.xlsx" in files:
        assert statuses(tiexi("import", "b.xlsx", "--json")[1]) == ["taken"]  # nothing had been imported


def test_a_marked_file_may_replace_an_older_one(tiexi: Run, tmp_path: Path) -> None:
    for name in ("a.xlsx", "改.xlsx", "a-2.xlsx"):
        write_sheets(tmp_path / name, base(loan(担保方式="无")))
    assert tiexi("import", "a.xlsx", "--errors", "改.xlsx")[0] == 1


def test_a_marked_file_may_have_the_longest_name_there_is(tiexi: Run, tmp_path: Path) -> None:
    write_sheets(tmp_path / "a.xlsx", base(loan(担保方式="无")))
    longest = "行" * 83 + "a.xlsx"
    assert len(longest.encode()) == 255
    code, out, _ = tiexi("import", "a.xlsx", "--errors", longest)
    assert code == 1 and (tmp_path / longest).exists() and "问题已标在" in out
    code, _, err = tiexi("import", "a.xlsx", "--errors", "a" + longest)
    assert code == 3 and "名称过长" in err
    code, _, err = tiexi("import", "a" + longest)
    assert code == 2 and "没有文件" in err


@pytest.mark.parametrize(
    "arguments", [("--debug", "settle", "2022"), ("settle", "--debug", "2022"), ("settle", "2022", "--debug")]
)
def test_debug_is_taken_anywhere(tiexi: Run, arguments: tuple[str, ...]) -> None:
    with pytest.raises(Refused, match="2022 年度不能按"):
        tiexi(*arguments)


def test_debug_after_two_dashes_is_an_argument(tiexi: Run) -> None:
    code, _, err = tiexi("settle", "--", "--debug")
    assert code == 2 and "--debug" in err
