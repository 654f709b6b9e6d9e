"""What a review exports: the tables, the public notice, the payment plan, the register, the quarterly returns."""

import csv
import shutil
import subprocess
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from openpyxl.utils import get_column_letter
from sqlalchemy import Engine

import worlds
from databases import set_up
from ledger import lifecycle
from ledger.database import db
from ledger.errors import Refused
from ledger.programmes import PROGRAMMES
from ledger.runs import settlement
from ledger.runs.settlement import RunRecord
from product import review_of
from programmes.chokepoint.worlds import BANKS
from reports.chokepoint import lists, payout, register, returns
from reports.writing.capitals import capitals
from tiexi import cli

NEW_LOANS = (
    "run,year,county,bank,uscc,enterprise,note_no,project_no,amount_fen,disbursed_on,due_on,rate_percent,guarantee,"
    "lpr_percent,balance_fen,filed_fen,subsidy_fen,reasons"
)
PREMIUMS = (
    "run,year,county,insurer,policy_no,uscc,enterprise,project_no,coverages,inception,expiry,paid_on,premium_fen,"
    "subsidy_fen,reasons"
)


@pytest.fixture(scope="module")
def reviewed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Engine, RunRecord]]:
    """A world of a hundred loans and policies, reviewed for 2023."""
    sheets = worlds.random_world(7, 100, 2023, "chokepoint")
    sheets.pop("年度比例", None)  # the ceilings, so that everything pays
    engine = set_up(tmp_path_factory.mktemp("审核"), sheets)
    yield engine, settlement.settle(engine, PROGRAMMES["chokepoint"], 2023, None, "测试")
    engine.dispose()


@pytest.fixture(scope="module")
def files(reviewed: tuple[Engine, RunRecord], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Every workbook of the review."""
    engine, run = reviewed
    folder = tmp_path_factory.mktemp("导出")
    paths = {name: folder / f"{name}.xlsx" for name in ("loans", "premiums", "notice", "payments", "register")}
    with db.reading(engine) as connection:
        lists.write_list(connection, run, paths["loans"], lists.NEW_LOANS)
        lists.write_list(connection, run, paths["premiums"], lists.PREMIUMS)
        payout.notice(connection, run, paths["notice"], *payout.notice_period(connection, run))
        payout.payments(connection, run, paths["payments"])
        register.register(connection, run, paths["register"])
        for path, _ in returns.write_returns(connection, returns.Quarter(2023, 3), folder):
            paths[path.stem] = path
    return paths


def test_the_foot_of_the_pages_does_not_follow_the_money(tmp_path: Path) -> None:
    """A paper says whether its run is a trial or approved; a second copy from after the allotment is the same paper."""
    engine = set_up(tmp_path, worlds.random_world(7, 10, 2023, "chokepoint"))
    run = settlement.settle(engine, PROGRAMMES["chokepoint"], 2023, None, "测试")
    before, after = tmp_path / "前.xlsx", tmp_path / "后.xlsx"
    done = lifecycle.approve(engine, run.id, "张三", "样例〔2024〕1号", solo=True)
    with db.reading(engine) as connection:
        lists.write_list(connection, done, before, lists.NEW_LOANS)
    allotted = lifecycle.allot(engine, run.id, "出纳", "样例财〔2024〕8号")
    assert allotted.state == "allotted"
    with db.reading(engine) as connection:
        lists.write_list(connection, allotted, after, lists.NEW_LOANS)
    assert "（审核通过）" in load_workbook(before)["明细表"].oddFooter.left.text
    assert before.read_bytes() == after.read_bytes()
    engine.dispose()


def total_of(path: Path, sheet: str, header: str) -> int:
    """The cached 合计 under a header of a form, in fen."""
    page = load_workbook(path, data_only=True)[sheet]
    (column,) = (cell.column for row in page.iter_rows(4, 5) for cell in row if cell.value == header)
    (last,) = (row[0].row for row in page.iter_rows() if row[0].value == "合计")
    return round(page.cell(last, column).value * 1_000_000)


def test_cached_totals_are_the_run_s(files: dict[str, Path], reviewed: tuple[Engine, RunRecord]) -> None:
    summary = reviewed[1].summary
    assert summary["subsidy_fen"] > 0 and summary["premium_subsidy_fen"] > 0 and summary["grant_fen"] > 0
    assert total_of(files["loans"], "明细表", "拟补助金额") == summary["subsidy_fen"]
    assert total_of(files["loans"], "明细表", "备案额度") == summary["filed_fen"]
    assert total_of(files["premiums"], "明细表", "拟补贴金额") == summary["premium_subsidy_fen"]
    paid = summary["subsidy_fen"] + summary["premium_subsidy_fen"] + summary["grant_fen"]
    assert total_of(files["notice"], "公示名单", "拟补助金额") == paid
    assert total_of(files["payments"], "拨付计划", "合计") == paid
    assert total_of(files["register"], "企业台账", "财政补助合计") == paid
    assert total_of(files["register"], "项目台账", "财政补助合计") == paid
    assert total_of(files["register"], "投资机构", "认定金额") == summary["recognised_fen"]


def test_the_refused_stand_on_their_own_sheet(files: dict[str, Path], reviewed: tuple[Engine, RunRecord]) -> None:
    lines = review_of(*reviewed)
    for name, kind in (("loans", "loans"), ("premiums", "policies")):
        book = load_workbook(files[name], data_only=True)
        refused = [line for line in lines[kind] if line["reasons"]]
        shown = [str(row[-1].value) for row in book["未通过"].iter_rows(5) if row[-1].value]
        assert sorted(text.count("；") + 1 for text in shown) == sorted(len(line["reasons"]) for line in refused)
        assert book["数据"].max_row == 1 + len(lines[kind])


def test_every_payment_has_its_capitals(files: dict[str, Path], reviewed: tuple[Engine, RunRecord]) -> None:
    page = load_workbook(files["payments"], data_only=True)["拨付计划"]
    rows = [[cell.value for cell in row] for row in page.iter_rows(5) if isinstance(row[0].value, int)]
    assert rows
    for row in rows:
        assert row[-1] == capitals(round(row[-2] * 1_000_000))
    summary = reviewed[1].summary
    whole = capitals(summary["subsidy_fen"] + summary["premium_subsidy_fen"] + summary["grant_fen"])
    assert any(whole in str(row[0].value) for row in page.iter_rows())


def test_sums_are_live_formulas(files: dict[str, Path]) -> None:
    for path in files.values():
        book = load_workbook(path)
        page = book.worksheets[0]
        assert any(str(cell.value).startswith("=SUM(") for row in page.iter_rows() for cell in row), path.name
        assert (page.page_setup.orientation, page.page_setup.paperSize) == ("landscape", 9)
        assert "说明" in book.sheetnames


def units(text: str) -> float:
    """About how wide a text prints, in units of a column's width."""
    return sum(1.8 if ord(letter) > 255 else 1 for letter in text)


def test_nothing_is_cut_in_print(files: dict[str, Path]) -> None:
    cut = []
    for name, path in files.items():
        book = load_workbook(path)
        for page in (page for page in book.worksheets if page.print_area):  # the forms
            spans = {merged.coord.split(":")[0]: merged for merged in page.merged_cells.ranges}
            for cell in page[3]:
                last = spans[cell.coordinate].max_col if cell.coordinate in spans else cell.column
                columns = map(get_column_letter, range(cell.column, last + 1))
                width = sum(page.column_dimensions[letter].width for letter in columns)
                if cell.value and width < units(cell.value):
                    cut.append((name, page.title, cell.coordinate, cell.value))
        notes = book["说明"]
        for (cell,) in notes.iter_rows(min_col=2, max_col=2):
            height = notes.row_dimensions[cell.row].height or 15
            if height / 15 * notes.column_dimensions["B"].width < units(cell.value):
                cut.append((name, "说明", cell.coordinate, cell.value))
    assert cut == []


def test_formulas_recalculate_to_their_cached_values(files: dict[str, Path], tmp_path: Path) -> None:
    """LibreOffice recalculates what it reads from a flat file without cached values."""
    if shutil.which("soffice") is None:
        pytest.skip("没有 LibreOffice，公式没有重新计算")
    for path in files.values():
        bare = tmp_path / path.name  # openpyxl drops the cached values on saving, so that they must be computed
        load_workbook(path).save(bare)
    subprocess.run(
        ["soffice", "--headless", f"-env:UserInstallation=file://{tmp_path}/profile", "--convert-to", "xlsx:Calc MS Excel 2007 XML",
         "--outdir", str(tmp_path / "新"), *(str(tmp_path / path.name) for path in files.values())],
        check=True, capture_output=True, timeout=300,
    )  # fmt: skip
    for path in files.values():
        cached, computed = (load_workbook(book, data_only=True) for book in (path, tmp_path / "新" / path.name))
        for page in cached.worksheets:
            for row in page.iter_rows():
                for cell in row:
                    if isinstance(cell.value, float | int):
                        assert computed[page.title][cell.coordinate].value == pytest.approx(cell.value, abs=1e-9)


def test_the_same_run_gives_the_same_bytes(
    files: dict[str, Path], reviewed: tuple[Engine, RunRecord], tmp_path: Path
) -> None:
    with db.reading(reviewed[0]) as connection:
        lists.write_list(connection, reviewed[1], tmp_path / "again.xlsx", lists.NEW_LOANS)
    assert (tmp_path / "again.xlsx").read_bytes() == files["loans"].read_bytes()


@pytest.mark.parametrize(
    ("first_day", "days", "period"),
    [
        (None, None, (date(2023, 12, 18), date(2023, 12, 22))),
        (None, 1, (date(2023, 12, 18), date(2023, 12, 18))),
        (date(2023, 12, 25), 7, (date(2023, 12, 25), date(2024, 1, 3))),  # over the New Year's holiday
    ],
)
def test_notice_period(
    reviewed: tuple[Engine, RunRecord], first_day: date | None, days: int | None, period: tuple[date, date]
) -> None:
    with db.reading(reviewed[0]) as connection:
        assert payout.notice_period(connection, reviewed[1], first_day, days) == period


@pytest.mark.parametrize("first_day", [date(2023, 12, 15), date(2023, 12, 23)])
def test_notice_starts_on_a_working_day_after_the_cut_off(reviewed: tuple[Engine, RunRecord], first_day: date) -> None:
    with db.reading(reviewed[0]) as connection, pytest.raises(Refused):
        payout.notice_period(connection, reviewed[1], first_day)


@pytest.mark.parametrize(
    ("year", "number", "today", "refused"),
    [
        (2022, 4, date(2025, 1, 1), "第十八条"),
        (2023, 1, date(2023, 3, 31), None),
        (2023, 1, date(2023, 3, 30), "才结束"),
        (2024, 1, date(2025, 1, 1), None),
        (2024, 2, date(2025, 1, 1), "第十八条"),
    ],
)
def test_quarters(year: int, number: int, today: date, refused: str | None) -> None:
    if refused is None:
        assert returns.quarter_of(year, number, today).first == date(year, 3 * number - 2, 1)
        return
    with pytest.raises(Refused, match=refused):
        returns.quarter_of(year, number, today)


def test_city_total_is_the_sum_of_the_returns(files: dict[str, Path]) -> None:
    banks = [path for name, path in files.items() if "-银行-" in name]
    assert len(banks) == len(BANKS)
    whole = files["2023年第3季度-全市汇总"]
    for header in ("本季发放", "本季还本", "季末余额"):
        assert sum(total_of(path, "季报", header) for path in banks) == total_of(whole, "银行", header)


@pytest.fixture
def command(
    reviewed: tuple[Engine, RunRecord], capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, str]]:
    def run(*arguments: str) -> tuple[int, str, str]:
        code = cli.run(["--database", reviewed[0].url.render_as_string(), *arguments])
        return (code, *capsys.readouterr())

    return run


@pytest.mark.parametrize(
    ("name", "header", "kind"), [("new-loans", NEW_LOANS, "loans"), ("premiums", PREMIUMS, "policies")]
)
def test_csv(
    command: Any, reviewed: tuple[Engine, RunRecord], tmp_path: Path, name: str, header: str, kind: str
) -> None:
    out = tmp_path / "out.csv"
    assert command("export", name, "2023", "-o", str(out))[0] == 0
    data = out.read_bytes()
    assert data.startswith(b"\xef\xbb\xbf" + header.encode() + b"\n")
    rows = list(csv.DictReader(data.decode("utf-8-sig").splitlines()))
    expected = review_of(*reviewed)[kind]
    assert [row["reasons"] for row in rows] == [";".join(line["reasons"]) for line in expected]
    assert [row["subsidy_fen"] for row in rows] == [str(line["subsidy_fen"]) for line in expected]
    if kind == "loans":
        assert all(len(row["rate_percent"].split(".")[1]) == 4 for row in rows)


def test_commands_refuse_what_they_do_not_know(command: Any, tmp_path: Path) -> None:
    assert command("review", "2022")[0] == 1
    assert "第十八条" in command("review", "2025")[2]
    assert command("export", "new-loans", "2023", "-o", str(tmp_path / "out.txt"))[0] == 2
    assert command("export", "returns", "2023", "--quarter", "5", "-o", str(tmp_path))[0] == 2
    assert command("explain", "1", "--year", "2023")[0] == 2
    assert command("explain", "没有", "--insurer", "第一保险", "--year", "2023")[0] == 1


def test_everything_reviewed_can_be_explained(command: Any, reviewed: tuple[Engine, RunRecord]) -> None:
    lines = review_of(*reviewed)
    for line in lines["loans"][:20]:
        code, out, _ = command("explain", line["note_no"], "--bank", line["bank"], "--year", "2023")
        assert code == 0 and all(reason in out for reason in line["reasons"])
    for line in lines["policies"][:20]:
        code, out, _ = command("explain", line["policy_no"], "--insurer", line["insurer"], "--year", "2023")
        assert code == 0 and all(reason in out for reason in line["reasons"])
    for line in lines["grants"]:
        assert command("explain", "--project", line["project_no"], "--year", "2023")[0] == 0
    for line in lines["investments"]:
        assert command("explain", line["investment_no"], "--investor", line["investor"], "--year", "2023")[0] == 0
