"""`tiexi statement`: all that is on file of one enterprise or bank, over all years and programmes."""

from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlalchemy import Engine

import lives
from ledger.books import journal
from ledger.database import db
from ledger.runs.settlement import read_run
from lives import CODES, ONE, THREE, TWO
from reports.money import balance
from tiexi import cli


@pytest.fixture
def opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Engine]]:
    made: list[Engine] = []

    def at(stage: str) -> Engine:
        made.append(lives.at_stage(tmp_path, stage))
        monkeypatch.setenv("TIEXI_DATABASE_URL", f"sqlite:///{tmp_path / 'tiexi.db'}")
        return made[-1]

    yield at
    for engine in made:
        engine.dispose()


def written(folder: Path, *of: str) -> Any:
    path = folder / "对账单.xlsx"
    assert cli.run(["statement", *of, "-o", str(path)]) == 0
    book = openpyxl.load_workbook(path, data_only=True)
    assert book.sheetnames == ["各年度", "贷款", "审核结果", "拨付与追缴", "在库资料", "数据", "说明"]
    return book


def rows(book: Any, sheet: str) -> list[dict[str, Any]]:
    """The rows of a form by its headers; a heading has only its first cell."""
    header, *found = book[sheet].iter_rows(min_row=4, values_only=True)
    return [dict(zip(header, row, strict=True)) for row in found]


def fen(value: Any) -> int:
    return int((Decimal(str(value)) * 1_000_000).to_integral_value())


def test_an_enterprise_over_both_years(opened: Any, tmp_path: Path) -> None:
    """海甲: paid in both years; its loan A2 was paid off in 2024, A3 came."""
    engine = opened("second closed")
    book = written(tmp_path, CODES[0].lower())
    years = rows(book, "各年度")
    assert [(row["年度"], row["笔数"], row["未通过"]) for row in years[:2]] == [(2023, 2, 0), (2024, 2, 1)]
    assert years[-1]["年度"] == "合计" and fen(years[-1]["应付"]) == sum(fen(row["应付"]) for row in years[:2])
    loans = {row["借据编号"]: row for row in rows(book, "贷款") if row["借据编号"]}
    assert set(loans) == {"A1", "A2", "A3"}
    assert (loans["A2"]["余额"], fen(loans["A2"]["已还本金"]), loans["A2"]["银行名称"]) == (0, 333333333, TWO)
    data = {(row[0], row[5]): row for row in book["数据"].iter_rows(min_row=2, values_only=True)}
    with db.reading(engine) as connection:
        interest = balance.of_year(connection, "tech_branch", 2023, None)
    assert (2023, f"{ONE} A1") in data and interest.owed
    owed = [row for row in rows(book, "拨付与追缴") if row["事项"] == "应付"]
    arrived = [row for row in rows(book, "拨付与追缴") if row["事项"] == "银行到企业"]
    assert sum(fen(row["金额"]) for row in owed) == sum(fen(row["金额"]) for row in arrived) > 0
    claimed = rows(written(tmp_path, CODES[1]), "审核结果")
    assert [(row["编号"], row["企业名称"]) for row in claimed if row["类别"] == "追缴"] == [
        (f"2023 {ONE} B1", "海乙公司")
    ]
    sheets = {row["表"] for row in rows(book, "在库资料")}
    assert {"企业", "资质", "贷款", "还款", "上传豁免", "年末余额", "历史享受年限"} <= sheets
    assert CODES[1] not in str([list(sheet.values) for sheet in book])


def test_the_banks_together_account_for_every_fen(opened: Any, tmp_path: Path) -> None:
    engine = opened("second year")
    lives.allot(engine, _run(engine, 2))
    lives.paid(engine, tmp_path, lives.to_pay(engine, _run(engine, 2)), 2024)
    sums = dict.fromkeys(("应付", "已到账", "追缴", "已缴回"), 0)
    for bank in (ONE, TWO, THREE):
        for row in rows(written(tmp_path, "--bank", bank), "各年度"):
            if isinstance(row["年度"], int):
                sums = {name: so_far + fen(row[name]) for name, so_far in sums.items()}
    with db.reading(engine) as connection:
        found = [balance.of_year(connection, "tech_branch", year, None) for year in (2023, 2024)]
    assert sums["应付"] == sum(one.owed for one in found)
    assert sums["已到账"] == sum(one.stages["bank_paid"] + one.stages["enterprise_paid"] for one in found)
    assert sums["追缴"] == sum(one.claimed_fen for one in found) > 0
    assert sums["已缴回"] == sum(one.returned_fen for one in found) > 0


def _run(engine: Engine, number: int) -> Any:
    with db.reading(engine) as connection:
        return read_run(connection, number)


def test_a_reversal_is_a_row_of_its_own_and_counts(opened: Any, tmp_path: Path) -> None:
    engine = opened("paid")
    book = written(tmp_path, CODES[2])
    (paid,) = (row for row in rows(book, "拨付与追缴") if row["事项"] == "银行到企业")
    with db.reading(engine) as connection:
        entry = next(
            one for one in range(1, 200)
            if any(
                posting.place.enterprise_id == 3 and posting.account == "payable" and posting.fen == fen(paid["金额"])
                for posting in journal._postings_of(connection, one)
            )
        )  # fmt: skip
    journal.reverse(engine, entry, "出纳", "样例")
    found = rows(written(tmp_path, CODES[2]), "拨付与追缴")
    (taken_back,) = (row for row in found if row["事项"] == "冲销：银行到企业")
    assert taken_back["金额"] == -paid["金额"]
    assert rows(written(tmp_path, CODES[2]), "各年度")[0]["已到账"] == 0


def test_a_successor_lists_whom_it_took_over_under_its_own_heading(opened: Any, tmp_path: Path) -> None:
    engine = opened("second year")
    change = {"原名称": THREE, "变更日": "2024-06-03", "类别": "承继", "现名称": ONE, "批准文号": "函1号"}
    lives.take(engine, tmp_path, {"银行变更": [change]})
    alone, whole = written(tmp_path, "--bank", THREE), written(tmp_path, "--bank", ONE)
    heading = f"{THREE}（{ONE}承继）"
    loans = rows(whole, "贷款")
    names = [row["企业名称"] for row in loans]
    assert names[0] == ONE and heading in names and names.index(heading) > names.index(ONE)
    after = [row["借据编号"] for row in loans[names.index(heading) + 1 :]]
    assert after[0] == "E1" and "E1" not in [row["借据编号"] for row in loans[: names.index(heading)]]
    assert heading not in [row["企业名称"] for row in rows(alone, "贷款")]
    title = alone["各年度"]["A2"].value
    assert title == f"{heading}对账单" and whole["各年度"]["A2"].value == f"{ONE}对账单"


def test_a_trial_is_said_to_be_one_and_owes_nothing(opened: Any, tmp_path: Path) -> None:
    opened("trial")
    book = written(tmp_path, CODES[0])
    (year,) = rows(book, "各年度")[:1]
    assert year["运行"] == "第 1 号（试算）" and year["应付"] == 0
    assert rows(book, "审核结果")[0]["类别"].startswith("2023 年度　科技支行贷款（试算，")


def test_each_sheet_prints_on_a4_with_its_headers_repeated(opened: Any, tmp_path: Path) -> None:
    opened("second year")
    for sheet in written(tmp_path, "--bank", ONE).worksheets:
        assert (sheet.page_setup.paperSize, sheet.page_setup.orientation) == (9, "landscape"), sheet.title
        assert sheet.print_title_rows and sheet.sheet_properties.pageSetUpPr.fitToPage


def test_who_is_not_on_file_is_refused(opened: Any, tmp_path: Path, capsys: Any) -> None:
    opened("filed")
    out = ["-o", str(tmp_path / "x.xlsx")]
    assert cli.run(["statement", lives.usc_code(99), *out]) == 1
    assert f"没有统一社会信用代码「{lives.usc_code(99)}」的企业" in capsys.readouterr().err
    assert cli.run(["statement", "--bank", "无此银行", *out]) == 1
    assert "没有银行「无此银行」" in capsys.readouterr().err
    for wrong in ([*out], [CODES[0], "--bank", ONE, *out], [CODES[0], "-o", str(tmp_path / "x.csv")], [CODES[0]]):
        assert cli.run(["statement", *wrong]) == 2
    assert not (tmp_path / "x.xlsx").exists()


def test_the_day_of_the_statement_is_today(opened: Any, tmp_path: Path, set_today: Any) -> None:
    opened("filed")
    set_today(date(2027, 3, 1))
    assert "截至 2027-03-01" in [cell.value for cell in written(tmp_path, CODES[0])["各年度"][3]]
