"""专项资金申请报告, 申请文件, 资金分配意见: every figure reckoned anew from the lines as other programs read them."""

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import docx
import pytest

import lives
from ledger.database import db
from ledger.money import wan_text
from lives import ONE, TWO
from reports.tech_branch.lines import lines_csv
from tiexi import cli

Row = dict[str, str]


@pytest.fixture
def opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Any]:
    def at(stage: str) -> Any:
        engine = lives.at_stage(tmp_path, stage)
        monkeypatch.setenv("TIEXI_DATABASE_URL", f"sqlite:///{tmp_path / 'tiexi.db'}")
        return engine

    return at


def lines_of(engine: Any, run: int = 1) -> list[Row]:
    with db.reading(engine) as connection:
        text = "".join(lines_csv(connection, run)).lstrip("\ufeff")
    engine.dispose()
    return list(csv.DictReader(io.StringIO(text)))


def exported(folder: Path, *arguments: str) -> tuple[str, list[list[list[str]]]]:
    """The paragraphs of an export, and the cells of each of its tables."""
    path = folder / "文.docx"
    assert cli.run(["export", *arguments, "-o", str(path)]) == 0
    document = docx.Document(str(path))
    tables = [[[cell.text for cell in row.cells] for row in table.rows] for table in document.tables]
    return "\n".join(one.text for one in document.paragraphs), tables


def fen(rows: list[Row], name: str) -> str:
    return wan_text(sum(int(row[name]) for row in rows))


def test_a_bank_reports_its_balances_what_was_found_and_what_it_asks_for(opened: Any, tmp_path: Path) -> None:
    rows = [row for row in lines_of(opened("trial")) if row["bank"] == TWO]
    text, (counties, found, loans) = exported(tmp_path, "application", "2023", "--bank", TWO)
    assert f"一、{TWO}" in text and f"年末余额 {fen(rows, 'balance_fen')} 万元" in text and "{" not in text
    assert counties[-1] == [
        "合计",
        str(len(rows)),
        *(fen(rows, f"{name}_fen") for name in ("balance", "interest_demand", "bonus_demand")),
    ]
    codes = {code for row in rows for code in row["reasons"].split(";") if code}
    expected = {code: [row for row in rows if code in row["reasons"].split(";")] for code in codes}
    assert {row[0]: (row[3], row[4]) for row in found[1:]} == {
        code: (str(len(hit)), fen(hit, "balance_fen")) for code, hit in expected.items()
    }
    asked = [row for row in rows if int(row["interest_base_fen"]) or int(row["bonus_base_fen"])]
    assert [(row[0], row[4], row[5]) for row in loans[1:]] == [
        (row["note_no"], wan_text(int(row["interest_base_fen"])), wan_text(int(row["bonus_base_fen"]))) for row in asked
    ]


def test_a_successor_lists_the_bank_it_took_over_under_a_heading_of_its_own(opened: Any, tmp_path: Path) -> None:
    engine = opened("filed")
    change = {"原名称": ONE, "变更日": "2024-01-01", "类别": "承继", "现名称": TWO, "批准文号": "函1号"}
    lives.take(engine, tmp_path, {"银行变更": [change]})
    lives.settle(engine)
    rows = lines_of(engine)
    text, _ = exported(tmp_path, "application", "2023", "--bank", TWO)
    assert text.index(f"一、{TWO}\n") < text.index(f"二、{ONE}（{TWO}承继）\n")
    for name in (ONE, TWO):
        of_bank = [row for row in rows if row["bank"] == name]
        assert f"列入结算的贷款 {len(of_bank)} 笔，年末余额 {fen(of_bank, 'balance_fen')} 万元" in text
    alone, _ = exported(tmp_path, "application", "2023", "--bank", ONE)
    assert f"一、{ONE}（{TWO}承继）" in alone and "二、" not in alone


def test_a_county_applies_for_what_its_banks_ask(opened: Any, tmp_path: Path) -> None:
    rows = [row for row in lines_of(opened("trial")) if row["county"] == "环翠区"]
    text, (banks,) = exported(tmp_path, "cover", "2023", "--county", "环翠区")
    asked = [row for row in rows if int(row["interest_base_fen"]) or int(row["bonus_base_fen"])]
    names = ("balance", "interest_base", "interest_demand", "bonus_base", "bonus_demand")
    assert banks[-1] == ["合计", str(len(asked)), *(fen(asked, f"{name}_fen") for name in names)]
    assert [row[0] for row in banks[1:-1]] == sorted({row["bank"] for row in asked})
    assert f"共 {len(rows)} 笔贷款" in text and "附件：环翠区2023年度科技支行贷款专项资金申请表" in text


def test_the_city_proposes_what_the_run_gives_and_how_it_is_shared(opened: Any, tmp_path: Path) -> None:
    rows = lines_of(opened("approved"))
    text, (counties,) = exported(tmp_path, "proposal", "2023")
    names = ("interest", "interest_city", "interest_county", "bonus", "bonus_city", "bonus_county")
    for county in {row["county"] for row in rows}:
        of_county = [row for row in rows if row["county"] == county]
        (found,) = (row for row in counties if row[0] == county)
        assert found[2:] == [fen(of_county, f"{name}_fen") for name in names]
    assert counties[-1][2:] == [fen(rows, f"{name}_fen") for name in names]
    assert "全市预算 45.00 万元" in text and "抽查 " in text and "样例审〔2024〕1号" in text


def test_what_cannot_be_written_is_said(opened: Any, tmp_path: Path, capsys: Any) -> None:
    opened("trial").dispose()
    out = str(tmp_path / "x.docx")
    assert cli.run(["export", "application", "2023", "--bank", "没有的银行", "-o", out]) == 1
    assert "没有银行「没有的银行」" in capsys.readouterr().err
    assert cli.run(["export", "cover", "2023", "--county", "市外", "-o", out]) == 1
    assert cli.run(["export", "cover", "2023", "--county", "乳山市", "-o", out]) == 1
    assert "没有乳山市的贷款" in capsys.readouterr().err
    assert cli.run(["export", "cover", "2023", "-o", out]) == 2
    assert cli.run(["export", "proposal", "2023", "-o", str(tmp_path / "x.pdf")]) == 2
    assert not list(tmp_path.glob("x.*"))
