"""`tiexi warnings` and what `import` says of improbable rows."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from samples import base, loan, repayment
from sheets import write_sheets
from tiexi import cli

KEYS = ["code", "bank", "note_no", "uscc", "file", "sheet", "row", "text"]


@pytest.fixture
def tiexi(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    set_today: Callable[[date], None],
) -> Any:
    set_today(date(2024, 7, 4))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TIEXI_DATABASE_URL", "sqlite:///t.db")
    monkeypatch.setenv("TIEXI_SOLO", "1")

    def run(*arguments: str) -> tuple[int, str]:
        code = cli.run(list(arguments))
        return code, capsys.readouterr().out

    assert run("init")[0] == 0
    return run


def test_import_says_what_is_improbable(tiexi: Any, tmp_path: Path) -> None:
    path = write_sheets(tmp_path / "a.xlsx", base(loan("A", **{"年利率(%)": "0.0425"})))
    code, out = tiexi("import", str(path), "--json")
    (one,) = json.loads(out)["warnings"]
    assert code == 0 and list(one) == KEYS and one["code"] == "P_RATE" and "4.25" in one["text"]
    code, out = tiexi("import", str(path), "--json")
    assert json.loads(out)["warnings"] == []


def test_import_names_three_of_a_kind(tiexi: Any, tmp_path: Path) -> None:
    loans = [loan(f"A{n}", **{"年利率(%)": "0.5", "贷款金额(万元)": n}) for n in range(1, 6)]
    code, out = tiexi("import", str(write_sheets(tmp_path / "a.xlsx", base(*loans))))
    assert code == 0 and "提示　5 条，请核对" in out and "P_RATE 利率：5 条" in out and "另有 2 条" in out
    assert out.count("贷款表第") == 3
    code, out = tiexi("warnings")
    assert code == 0 and out.startswith("在库数据有 5 条提示") and out.count("贷款表第") == 5


def cells_said(path: Path) -> dict[str, str]:
    """The comments of sheet 贷款 by cell."""
    page = openpyxl.load_workbook(path)["贷款"]
    return {cell.coordinate: cell.comment.text for row in page.iter_rows() for cell in row if cell.comment}


def test_a_file_that_was_taken_is_given_back_with_its_warnings(tiexi: Any, tmp_path: Path) -> None:
    good = write_sheets(tmp_path / "a.xlsx", base())
    odd = write_sheets(tmp_path / "b.xlsx", {"贷款": [loan("B", **{"年利率(%)": "0.0425", "贷款金额(万元)": 9})]})
    code, out = tiexi("import", str(good), str(odd), "--warnings", "核对.xlsx")
    assert code == 0 and "提示已标在 核对.xlsx（1 个单元格）" in out and not (tmp_path / "核对-2.xlsx").exists()
    ((cell, text),) = cells_said(tmp_path / "核对.xlsx").items()
    assert cell == "I2" and "【贴息提示】P_RATE" in text and "可能应为 4.25" in text


def test_a_refused_file_has_both_in_colours_of_their_own(tiexi: Any, tmp_path: Path) -> None:
    path = write_sheets(tmp_path / "a.xlsx", base(loan("A", **{"年利率(%)": "0.0425"}), loan("B", 到期日="无")))
    code, out = tiexi("import", str(path), "--errors", "改.xlsx", "--warnings", "核对.xlsx", "--json")
    found = json.loads(out)
    assert code == 1 and found["files"][0]["marked"] == "改.xlsx" and not (tmp_path / "核对.xlsx").exists()
    assert [one["code"] for one in found["warnings"]] == ["P_RATE"]
    said = cells_said(tmp_path / "改.xlsx")
    assert set(said) == {"I2", "H3"} and "【贴息提示】" in said["I2"] and "【贴息】" in said["H3"]
    page = openpyxl.load_workbook(tmp_path / "改.xlsx")["贷款"]
    assert page["I2"].fill.start_color.rgb != page["H3"].fill.start_color.rgb


def test_marked_copies_do_not_overwrite(tiexi: Any, tmp_path: Path) -> None:
    path = write_sheets(tmp_path / "a.xlsx", base())
    assert tiexi("import", str(path), "--warnings", "a.xlsx")[0] == 2
    assert tiexi("import", str(path), "--errors", "b.xlsx", "--warnings", "b.xlsx")[0] == 2


def test_nothing_improbable(tiexi: Any, tmp_path: Path) -> None:
    code, out = tiexi("import", str(write_sheets(tmp_path / "a.xlsx", base())))
    assert code == 0 and "提示" not in out
    assert tiexi("warnings") == (0, "在库数据没有提示\n")
    assert tiexi("warnings", "--json") == (0, '{"warnings": []}\n')


def test_of_a_year_by_its_run_or_as_of_today(tiexi: Any, tmp_path: Path) -> None:
    """Of a year's loans only; overdue by the run's date, or by today where there is no run."""
    loans = [
        loan("A"),
        loan(
            "B", 发放日=date(2024, 2, 5), 到期日=date(2024, 6, 5), 资料上传日=date(2024, 2, 5), **{"年利率(%)": "0.5"}
        ),
    ]
    repaid = [repayment("A", date(2023, 12, 1), 1), repayment("B", date(2024, 3, 1), 1)]
    tiexi("import", str(write_sheets(tmp_path / "a.xlsx", base(*loans, 还款=repaid))))

    def found(*options: str) -> list[tuple[str, str]]:
        return [
            (one["code"], one["note_no"]) for one in json.loads(tiexi("warnings", *options, "--json")[1])["warnings"]
        ]

    assert found() == [("P_RATE", "B")]
    assert found("--year", "2023") == [("P_OVERDUE", "A")]
    assert found("--year", "2024") == [("P_RATE", "B"), ("P_OVERDUE", "A"), ("P_OVERDUE", "B")]
    assert tiexi("settle", "2023", "--as-of", "2024-07-03")[0] == 0
    assert found("--year", "2023") == []
    assert tiexi("settle", "2023", "--as-of", "2024-07-04")[0] == 0
    assert found("--year", "2023") == [("P_OVERDUE", "A")]


def test_a_run_is_shown_with_what_its_loans_are_warned_of(tiexi: Any, tmp_path: Path) -> None:
    """By whoever makes, looks at, signs and approves it: how many, and the first three."""
    loans = [loan(f"A{n}", **{"年利率(%)": "0.5", "贷款金额(万元)": n}) for n in range(1, 6)]
    tiexi("import", str(write_sheets(tmp_path / "a.xlsx", base(*loans))))
    head = "提示 5 条，请核对（不影响金额；现在库中的：tiexi warnings --year 2023）：前 3 条"
    commands = (
        ("settle", "2023", "--as-of", "2024-01-31"),
        ("status", "1"),
        ("sign", "1", "--county", "环翠区", "--by", "初审", "--document", "文1号"),
        ("approve", "1", "--by", "审核人", "--document", "文2号"),
        ("status", "1"),
    )
    for command in commands:
        code, out = tiexi(*command)
        assert code == 0 and head in out and out.count("　P_RATE　a.xlsx：贷款表第 ") == 3, command
        assert "贷款表第 4 行，年利率(%)「0.5」：低于 1%，可能应为 5" in out and "贷款表第 5 行" not in out


def test_a_run_says_it_in_json(tiexi: Any, tmp_path: Path) -> None:
    loans = [loan(f"A{n}", **{"年利率(%)": "0.5", "贷款金额(万元)": n}) for n in range(1, 6)]
    tiexi("import", str(write_sheets(tmp_path / "a.xlsx", base(*loans))))
    for command in (
        ("settle", "2023", "--as-of", "2024-01-31"),
        ("status", "1"),
        ("approve", "1", "--by", "审", "--document", "文"),
    ):
        found = json.loads(tiexi(*command, "--json")[1])
        assert found["warnings_count"] == 5 and [list(one) for one in found["warnings"]] == [KEYS] * 3


def test_a_run_without_is_shown_without(tiexi: Any, tmp_path: Path) -> None:
    tiexi("import", str(write_sheets(tmp_path / "a.xlsx", base())))
    assert "提示" not in tiexi("settle", "2023", "--as-of", "2024-01-31")[1] + tiexi("status", "1")[1]
