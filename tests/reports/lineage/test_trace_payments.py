"""Where every row of a file of payments went: its entry, whether that was reversed, what is still open, to the fen by leg."""

import csv
import io
import json
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

import lives
from databases import address, unguard
from ledger import models, spotcheck
from ledger.books import journal, payments
from ledger.database import db
from ledger.runs.settlement import read_run
from lives import ONE, Row
from reports.lineage import trace_payments
from reports.lineage.trace_payments import BOOKED, MISSING, OPEN, REVERSED, PaymentTrace
from reports.lineage.uploaded import find_file
from reports.runs import check_list
from reports.tech_branch import annexes, lines
from reports.writing import files
from sheets import write_sheets
from tiexi.cli import run as command

pytestmark = pytest.mark.sqlite_only
ENTERPRISE = "银行到企业"


def traced(engine: Engine, file: Path | str) -> PaymentTrace:
    with db.reading(engine) as connection:
        uploaded = find_file(connection, str(file))
        return trace_payments.trace(connection, uploaded, None, None)


def rows_to_pay(engine: Engine, number: int = 1) -> list[Row]:
    with db.reading(engine) as connection:
        run = read_run(connection, number)
    return lives.to_pay(engine, run)


def entries(engine: Engine) -> dict[int, Any]:
    """The entries of payments with a row, by number."""
    entry = models.JournalEntry
    query = select(entry.id, entry.kind, entry.entered_on, entry.document_no, entry.sheet_row)
    with db.reading(engine) as connection:
        return {row.id: row for row in connection.execute(query.where(entry.sheet_row.is_not(None)))}


def fen(row: Row) -> int:
    return int(Decimal(str(row["金额(万元)"])) * 1_000_000)


def paid_in_part(engine: Engine, folder: Path) -> tuple[Path, list[Row]]:
    """A sheet of everything, of which what the enterprises get is left open, taken; one of its entries is reversed."""
    rows = [{**row, "日期": None, "凭证号": None} if row["环节"] == ENTERPRISE else row for row in rows_to_pay(engine)]
    path = write_sheets(folder / "拨付表.xlsx", {"拨付": rows})
    assert not payments.pay(engine, 2023, path, lives.CASHIER).refused
    bonus = next(number for number, row in entries(engine).items() if rows[row.sheet_row - 2]["补助项目"] == "奖补"
                 and row.kind == "regulator_to_bank")  # fmt: skip
    journal.reverse(engine, bonus, lives.CASHIER, "退汇", date(2024, 5, 6))
    return path, rows


# --- rows and sums ------------------------------------------------------------------------------------------------------


def test_every_row_says_its_entry_and_every_leg_adds_up(tmp_path: Path) -> None:
    engine = lives.at_stage(tmp_path, "allotted")
    path, rows = paid_in_part(engine, tmp_path)
    found, known = traced(engine, path), entries(engine)
    assert [one.row for one in found.rows] == list(range(2, len(rows) + 2)) and found.strangers == []
    for one, row in zip(found.rows, rows, strict=True):
        assert (one.leg.name, one.fen) == (row["环节"], fen(row))
        assert [one.who[name] for name in ("county", "bank", "uscc", "enterprise")] == [
            row[header] or "" for header in ("区市", "银行名称", "统一社会信用代码", "企业名称")
        ]
        if row["环节"] == ENTERPRISE:
            assert (one.outcome, one.entry, one.on, one.voucher) == (OPEN, None, None, "")
            continue
        entry = known[one.entry.id] if one.entry else None
        assert entry is not None and (entry.kind, entry.sheet_row) == (one.leg.kind, one.row)
        assert (one.on, one.voucher) == (row["日期"], row["凭证号"]) == (entry.entered_on, entry.document_no)
    (reversed_row,) = [one for one in found.rows if one.outcome == REVERSED]
    assert reversed_row.entry is not None and reversed_row.entry.reversed_by == max(known) + 1
    assert reversed_row.entry.reversed_on == date(2024, 5, 6)
    assert {sums.leg.name for sums in found.legs} == {row["环节"] for row in rows} and found.problems == []
    for sums in found.legs:
        own = [row for row in rows if row["环节"] == sums.leg.name]
        assert sums.file == (len(own), sum(map(fen, own))) and sums.difference == (0, 0)
        assert sums.outcomes[MISSING] == (0, 0)
        assert sum(sums.outcomes[outcome][1] for outcome in (BOOKED, REVERSED, OPEN)) == sums.file[1]
    engine.dispose()


def test_every_entry_of_every_file_is_found_once(tmp_path: Path) -> None:
    """Two years with claims that came back: together the files hold every payment that is booked."""
    engine = lives.at_stage(tmp_path, "second year")
    with db.reading(engine) as connection:
        second = read_run(connection, 2)
    lives.allot(engine, second)
    lives.paid(engine, tmp_path, rows_to_pay(engine, 2), 2024)
    with db.reading(engine) as connection:
        names = connection.execute(
            select(models.Intake.sha256).where(models.Intake.file_name.startswith("拨付"))
        ).scalars()
        digests = list(names)
    found = [one for digest in digests for one in traced(engine, digest).rows]
    assert sorted(one.entry.id for one in found if one.entry) == sorted(entries(engine))
    assert {one.leg.kind for one in found} >= {"city_to_county", "bank_to_enterprise", "claim_repaid"}
    claims = [one for one in traced(engine, tmp_path / "拨付0.xlsx").rows if one.leg.kind == "claim_repaid"]
    assert claims and all(one.who["bank"] and one.fen > 0 for one in claims)
    engine.dispose()


def test_receipts_and_payments_in_one_file_are_told_apart(tmp_path: Path) -> None:
    """Rows of the same number on both sheets, of the same leg, date and amount."""
    engine = lives.at_stage(tmp_path, "allotted")
    rows = rows_to_pay(engine)
    lives.paid(engine, tmp_path, [row for row in rows if row["环节"] != ENTERPRISE])
    whole = next(row for row in rows if row["环节"] == ENTERPRISE and row["银行名称"] == ONE)
    half = {**whole, "金额(万元)": 1, "凭证号": "F1"}
    receipt = {
        "银行名称": ONE, "统一社会信用代码": whole["统一社会信用代码"], "企业名称": None, "兑付日": half["日期"], "金额(万元)": 1, "回单号": "H1",
    }  # fmt: skip
    path = write_sheets(tmp_path / "两张.xlsx", {"拨付": [half], "兑付回单": [receipt]})
    assert not payments.pay(engine, 2023, path, lives.CASHIER).refused
    found = traced(engine, path)
    assert [(one.sheet, one.row, one.voucher, one.outcome) for one in found.rows] == [
        ("拨付", 2, "F1", BOOKED), ("兑付回单", 2, "H1", BOOKED),
    ]  # fmt: skip
    known = entries(engine)
    assert [known[one.entry.id].document_no for one in found.rows if one.entry] == ["F1", "H1"]
    assert found.problems == [] and found.legs[0].file == (2, 2_000_000)
    engine.dispose()


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_a_csv_is_followed_as_well(tmp_path: Path, encoding: str) -> None:
    engine = lives.at_stage(tmp_path, "allotted")
    rows = [row for row in rows_to_pay(engine) if row["环节"] != ENTERPRISE]
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    path = tmp_path / "拨付.csv"
    path.write_bytes(text.getvalue().encode(encoding))
    assert not payments.pay(engine, 2023, path, lives.CASHIER).refused
    found = traced(engine, path)
    assert {one.outcome for one in found.rows} == {BOOKED} and len(found.rows) == len(rows) and not found.problems
    engine.dispose()


def test_by_its_name_alone_what_was_booked_is_known(tmp_path: Path) -> None:
    engine = lives.at_stage(tmp_path, "allotted")
    path, _ = paid_in_part(engine, tmp_path)
    by_file = traced(engine, path)
    path.rename(tmp_path / "别处.xlsx")
    by_name = traced(engine, "拨付表.xlsx")
    assert [one.entry for one in by_name.rows] == [one.entry for one in by_file.rows if one.entry]
    assert not by_name.whole and all(sums.file is None for sums in by_name.legs)
    engine.dispose()


def test_a_voucher_of_an_earlier_version_is_the_same_voucher(tmp_path: Path) -> None:
    """It was stored as it was written, in full width."""
    engine = lives.at_stage(tmp_path, "allotted")
    path, _ = paid_in_part(engine, tmp_path)
    number = min(entries(engine))
    with db.writing(engine) as connection:
        unguard(connection, "journal_entries")
        voucher = entries(engine)[number].document_no
        wide = "".join(chr(ord(one) + 0xFEE0) if "0" <= one <= "9" else one for one in voucher)
        connection.exec_driver_sql(f"UPDATE journal_entries SET document_no = '{wide}' WHERE id = {number}")
    assert traced(engine, path).problems == []
    engine.dispose()


def test_a_journal_that_was_tampered_with_does_not_agree(
    tmp_path: Path, tiexi: Callable[..., tuple[int, str, str]]
) -> None:
    engine = lives.at_stage(tmp_path, "allotted")
    path, _ = paid_in_part(engine, tmp_path)
    gone, moved, altered = sorted(entries(engine))[:3]
    with db.writing(engine) as connection:
        for table in ("journal_entries", "journal_postings"):
            unguard(connection, table)
        connection.exec_driver_sql(f"DELETE FROM journal_postings WHERE entry_id = {gone}")
        connection.exec_driver_sql(f"DELETE FROM journal_entries WHERE id = {gone}")
        connection.exec_driver_sql(f"UPDATE journal_entries SET sheet_row = 999 WHERE id = {moved}")
        connection.exec_driver_sql(
            f"UPDATE journal_postings SET amount_fen = amount_fen * 2 WHERE entry_id = {altered}"
        )
    found = traced(engine, path)
    problems = "\n".join(found.problems)
    assert "「拨付」第 2 行：已填日期、凭证号，账簿中却没有这一笔" in problems
    assert f"第 {moved} 号分录记为出自本文件第 999 行，文件中没有这一行" in problems
    assert "「拨付」第 4 行：金额文件为" in problems
    assert found.legs[0].difference != (0, 0)
    for arguments in ((), ("--json",), ("-o", str(tmp_path / "去向.csv"))):
        code, out, _ = tiexi(engine, str(path), *arguments)
        assert code == 1 and "账簿中却没有这一笔" in out
    assert (tmp_path / "去向.csv").exists()
    assert [one.row for one in found.rows if one.outcome == MISSING] == [2, 3]
    engine.dispose()


# --- the command --------------------------------------------------------------------------------------------------------


@pytest.fixture
def tiexi(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    def run(engine: Engine, *arguments: str) -> tuple[int, str, str]:
        code = command(["--database", address(engine), "trace", *arguments])
        return code, *capsys.readouterr()

    return run


def test_the_command_shows_and_writes_every_row(tmp_path: Path, tiexi: Callable[..., tuple[int, str, str]]) -> None:
    engine = lives.at_stage(tmp_path, "allotted")
    path, rows = paid_in_part(engine, tmp_path)
    found = traced(engine, path)
    code, out, _ = tiexi(engine, str(path), "-o", str(tmp_path / "去向.csv"), "--wide")
    assert code == 0 and "都没有用到" not in out and f"，{len(rows)} 行" in out
    for word in ("尚未拨付", "已冲销（第 ", "各环节行数、金额与文件相符", "第 1 号运行（拨付）"):
        assert word in out
    for one in found.rows:
        assert f"拨付第 {one.row} 行" in out and (one.entry is None or f"第 {one.entry.id} 号" in out)
    with (tmp_path / "去向.csv").open(encoding="utf-8-sig", newline="") as stream:
        written = list(csv.DictReader(stream))
    assert [(row["row"], row["outcome"]) for row in written] == [(str(one.row), one.outcome) for one in found.rows]
    code, out, _ = tiexi(engine, str(path), "--json", "--year", "2023")
    told = json.loads(out)
    assert code == 0 and told["rows"] == len(rows) == sum(told[outcome] for outcome in (BOOKED, REVERSED, OPEN))
    assert told["problems"] == [] and [leg["difference"] for leg in told["legs"]] == [{"rows": 0, "amount_fen": 0}] * 4
    for row, one in zip(told["payments"], written, strict=True):
        assert {name: "" if value is None else str(value) for name, value in row.items()} == {
            name: value for name, value in one.items() if name != "file"
        }
    code, out, _ = tiexi(engine, "拨付表.xlsx")
    assert code == 0 and "只给了文件名" in out and "尚未拨付而没有记的行" in out
    for wrong in (("--year", "2024"), ("--run", "9")):
        code, out, err = tiexi(engine, str(path), *wrong)
        assert code == 1 and out == "" and err.startswith("拒绝：")
    engine.dispose()


def test_a_file_that_is_no_intake_says_so_in_a_sentence(
    tmp_path: Path, tiexi: Callable[..., tuple[int, str, str]]
) -> None:
    engine = lives.at_stage(tmp_path, "allotted")
    with db.reading(engine) as connection:
        run = read_run(connection, 1)
        (drawing,) = spotcheck.drawings(connection, 1)
        check_list.write_checklist(connection, run, drawing, tmp_path / "抽查清单.xlsx")
        annexes.annex2(connection, run, tmp_path / "附件2.xlsx")
        files.write_text(tmp_path / "明细.csv", lines.lines_csv(connection, 1))
    unpaid = write_sheets(tmp_path / "未记.xlsx", {"拨付": rows_to_pay(engine)})
    (tmp_path / "信.txt").write_text("不是工作簿", encoding="utf-8")
    for name, expected in (
        ("抽查清单.xlsx", "是抽查清单：核查结果由 tiexi check 录入"),
        ("附件2.xlsx", "是本系统导出的文件，没有导入过"),
        ("明细.csv", "是本系统导出的文件，没有导入过"),
        (unpaid.name, "是拨付表，没有记过账"),
        ("信.txt", "没有导入过"),
    ):
        code, out, err = tiexi(engine, str(tmp_path / name))
        assert code == 1 and out == "" and expected in err and len(err.strip().splitlines()) == 1
    engine.dispose()
