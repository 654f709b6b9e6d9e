"""`tiexi compare`: two runs of one year, and nothing else, against each other."""

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlalchemy import Engine

import lives
from ledger.database import db
from ledger.programmes import PROGRAMMES
from ledger.runs import settlement
from lives import ONE, TWO
from reports.programmes import REPORTS
from reports.runs import comparison, run_lines
from tiexi import cli
from worlds import GENERATORS, random_world


@pytest.fixture
def opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Any]:
    def at(stage: str) -> Any:
        engine = lives.at_stage(tmp_path, stage)
        monkeypatch.setenv("TIEXI_DATABASE_URL", f"sqlite:///{tmp_path / 'tiexi.db'}")
        return engine

    return at


def amended(engine: Any, folder: Path) -> None:
    """Approved 2023 with facts that changed since: A1 has less, D1 is withdrawn from the programme, a new loan came in."""
    loans = {row["借据编号"]: row for row in lives.city()["贷款"]}
    lives.take(engine, folder, {"贷款": [{**loans["C1"], "年利率(%)": 9}]}, amend_reason="利率录错")
    lives.take(engine, folder, {"贷款": [{**loans["C1"], "借据编号": "新", "合同编号": "HT-新"}]})
    lives.settle(engine)
    engine.dispose()


def test_an_approved_run_against_what_the_facts_of_today_give(opened: Any, tmp_path: Path, capsys: Any) -> None:
    amended(opened("approved"), tmp_path)
    assert cli.run(["compare", "1", "2", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["first"]["run"], found["second"]["run"], found["same"]) == (1, 2, False)
    by_note = {one["note_no"]: one for one in found["changed"]}
    cells = {one["column"]: (one["first"], one["second"]) for one in by_note["C1"]["columns"]}
    assert cells["rate_percent"] == ("4.0000", "9.0000") and cells["reasons"] == ("", "R_RATE")
    assert cells["interest_fen"][1] == 0 < cells["interest_fen"][0]
    assert {"run", "year"} & set(cells) == set()
    assert [one["note_no"] for one in found["only_second"]] == ["新"] and found["only_first"] == []
    totals = {(one["kind"], one["name"]): (one["first"], one["second"]) for one in found["totals"]}
    assert totals["贷款", "lines"] == (8, 9)
    assert totals["贷款", "interest_fen"] == (found["first"]["interest_fen"], found["second"]["interest_fen"])
    assert totals["贷款", "R_RATE"] == (1, 2)


def test_turned_round_it_is_the_same_the_other_way(opened: Any, tmp_path: Path, capsys: Any) -> None:
    amended(opened("approved"), tmp_path)
    one, other = (_json(capsys, "compare", *runs) for runs in (("1", "2"), ("2", "1")))
    assert [line["note_no"] for line in other["only_first"]] == ["新"]
    swapped = [{**cell, "first": cell["second"], "second": cell["first"]} for cell in one["changed"][0]["columns"]]
    assert other["changed"][0]["columns"] == swapped


def test_a_person_reads_it_and_the_workbook_has_it_all(opened: Any, tmp_path: Path, capsys: Any) -> None:
    amended(opened("approved"), tmp_path)
    out = tmp_path / "对照.xlsx"
    assert cli.run(["compare", "1", "2", "-o", str(out)]) == 0
    said = capsys.readouterr().out
    assert "第 1 号（审核通过，截止日 2024-01-31）对第 2 号（试算，截止日 2024-01-31）" in said
    assert f"贷款 {ONE} C1（海丙公司）：年利率(%) 4.00 → 9.00；" in said and "不符合原因 （空） → R_RATE" in said
    assert "只在第 2 号运行中的 1 笔：" in said and "第 1 号运行中的" not in said
    book = openpyxl.load_workbook(out)
    assert book.sheetnames == ["合计", "不同", "只在一次", "数据", "说明"]
    rows = [[cell.value for cell in row] for row in book["不同"].iter_rows(min_row=5)]
    rate = next(row for row in rows if row[1] == f"{ONE} C1" and row[3] == "年利率(%)")
    assert rate[4:6] == ["4.00", "9.00"] and rate[6] is None
    interest = next(row for row in rows if row[1] == f"{ONE} C1" and row[3] == "贴息金额")
    assert Decimal(str(interest[6])) == Decimal(interest[5]) - Decimal(interest[4]) < 0
    assert [row[1].value for row in book["只在一次"].iter_rows(min_row=5)] == [f"{ONE} 新"]


def test_the_same_twice_differs_in_nothing_and_a_renamed_bank_is_the_same_bank(
    opened: Any, tmp_path: Path, capsys: Any
) -> None:
    engine = opened("trial")
    lives.settle(engine)
    change = {"原名称": TWO, "变更日": "2024-01-01", "类别": "更名", "现名称": "样例二行新", "批准文号": "函1号"}
    lives.take(engine, tmp_path, {"银行变更": [change]})
    lives.settle(engine)
    engine.dispose()
    assert _json(capsys, "compare", "1", "2")["same"]
    assert cli.run(["compare", "1", "2"]) == 0
    assert "每一笔、每一列都相同" in capsys.readouterr().out
    renamed = _json(capsys, "compare", "2", "3")
    assert not renamed["only_first"] and not renamed["only_second"]
    columns = {one["column"] for line in renamed["changed"] for one in line["columns"]}
    assert columns == {"bank"}


def test_runs_of_other_years_and_programmes_are_refused(opened: Any, tmp_path: Path, capsys: Any) -> None:
    engine = opened("second year")
    engine.dispose()
    for runs, words in (
        (("1", "2"), "第 1 号是科技支行贷款 2023 年度的，第 2 号是科技支行贷款 2024 年度的，不能对照"),
        (("1", "1"), "两次都是第 1 号运行"),
        (("1", "9"), "没有第 9 号运行"),
    ):
        assert cli.run(["compare", *runs]) == 1
        assert words in capsys.readouterr().err
    assert cli.run(["compare", "1"]) == 2
    assert cli.run(["compare", "1", "2", "-o", str(tmp_path / "对照.csv")]) == 2


def _json(capsys: Any, *arguments: str) -> Any:
    assert cli.run([*arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


@pytest.mark.parametrize("key", PROGRAMMES)
def test_lines_of_every_document_are_known_again_one_by_one(key: str, engine: Engine, take: Any) -> None:
    """No two lines of a run are taken for one; a run whose facts did not change is the same."""
    year = GENERATORS[key].YEARS[0]
    take(random_world(21, 25, year, key))
    first, second = (settlement.settle(engine, PROGRAMMES[key], year, None, "测试") for _ in range(2))
    with db.reading(engine) as connection:
        found = comparison.compare(connection, first.id, second.id)
        counts = [len(run_lines.read(connection, lines, first.id)) for lines in REPORTS[key].lines]
    assert found.same and sum(counts) > 0
    assert [one.first for one in found.totals if one.name == "lines"] == counts
