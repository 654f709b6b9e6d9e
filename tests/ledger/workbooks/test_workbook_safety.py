"""Files that are no workbooks, or are hostile: one clear line each, and nothing else happens."""

import re
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter
from openpyxl.comments import Comment
from openpyxl.styles import Font, PatternFill
from openpyxl.utils.datetime import CALENDAR_MAC_1904
from sqlalchemy import Engine, select

from ledger import models
from ledger.database import db
from ledger.intake.importer import import_file
from ledger.workbooks.sheet_xml import column_letter
from reports.received.marked import write_marked
from samples import ENTERPRISE, USCC, base
from sheets import write_sheets

SHEET = "xl/worksheets/sheet1.xml"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600


@pytest.fixture
def good(tmp_path: Path) -> Path:
    return write_sheets(tmp_path / "好.xlsx", {"企业": [ENTERPRISE]})


def rewrite(source: Path, edit: Callable[[bytes], bytes], extra: dict[str, bytes] | None = None) -> Path:
    """The workbook with its first sheet's XML edited and further parts added."""
    target = source.with_stem("改")
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, edit(old.read(name)) if name == SHEET else old.read(name))
        for name, data in (extra or {}).items():
            new.writestr(name, data)
    return target


def refusal(engine: Engine, path: Path) -> str:
    outcome = import_file(engine, path, "测试")
    assert outcome.refusal and not outcome.findings
    assert "\n" not in outcome.refusal
    return outcome.refusal


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "文件为空"), (b"hello", "不是工作簿"), (b"PK\x03\x04" + b"x" * 50, "不完整"), (OLE, ".xls"),
        (OLE + "EncryptedPackage".encode("utf-16-le"), "密码"),
    ],
    ids=["empty", "text", "cut", "xls", "encrypted"],
)  # fmt: skip
def test_no_workbook(engine: Engine, tmp_path: Path, data: bytes, words: str) -> None:
    path = tmp_path / "坏.xlsx"
    path.write_bytes(data)
    assert words in refusal(engine, path)


def test_every_cut_is_one_clear_line(engine: Engine, good: Path) -> None:
    data = good.read_bytes()
    for length in range(0, len(data), 97):
        path = good.with_stem("断")
        path.write_bytes(data[:length])
        assert refusal(engine, path)


def test_every_flipped_byte_is_taken_or_refused_in_words(engine: Engine, good: Path) -> None:
    data = bytearray(good.read_bytes())
    for place in range(0, len(data), 41):
        damaged = bytearray(data)
        damaged[place] ^= 0x55
        path = good.with_stem("损")
        path.write_bytes(bytes(damaged))
        outcome = import_file(engine, path, "测试", dry_run=True)
        assert outcome.taken or outcome.refused


def test_another_zip_is_no_workbook(engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "档.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.txt", "x")
    assert "不是可以读取的" in refusal(engine, path)


@pytest.mark.parametrize(
    ("edit", "extra", "words"),
    [
        (lambda xml: xml, {"xl/media/bomb.bin": b"\0" * (64 << 20)}, "异常庞大"),
        (lambda xml: xml.replace(b"</sheetData>", b" " * (64 << 20) + b"</sheetData>"), None, "异常庞大"),
        (lambda xml: xml[: len(xml) // 2], None, "损坏"),
        (lambda xml: xml.replace(b"<worksheet", b'<!DOCTYPE x [<!ENTITY a "b">]><worksheet'), None, "损坏"),
        (
            lambda xml: xml.replace(
                b"</sheetData>", b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
            ),
            None,
            "远离表格",
        ),
        (
            lambda xml: xml.replace(
                b"</sheetData>", b'<row r="9"><c r="XFD1048576" s="1" t="n"><v>1</v></c></row></sheetData>'
            ),
            None,
            "远离表格",
        ),
    ],
    ids=["bomb part", "bomb sheet", "half a sheet", "document type", "far cell", "far styled cell"],
)
def test_hostile_parts(engine: Engine, good: Path, edit: Any, extra: Any, words: str) -> None:
    assert words in refusal(engine, rewrite(good, edit, extra))


def test_blank_formatted_cells_far_away_are_no_content(engine: Engine, good: Path) -> None:
    far = b'<row r="1048576"><c r="XFD1048576" s="0"/></row></sheetData>'
    assert not import_file(engine, rewrite(good, lambda xml: xml.replace(b"</sheetData>", far)), "测试").refused


def test_letters() -> None:
    assert [column_letter(place) for place in (0, 25, 26, 51, 52, 701, 702, 16383)] == [
        "A", "Z", "AA", "AZ", "BA", "ZZ", "AAA", "XFD",
    ]  # fmt: skip


# --- workbooks as people make them --------------------------------------------------------------------------------------


def lpr_book(*rows: list[Any]) -> Any:
    book = openpyxl.Workbook()
    book.active.title = "LPR"
    for row in [["公布日期", "一年期LPR(%)"], *rows]:
        book.active.append(row)
    return book


def rates(engine: Engine) -> dict[date, int]:
    with db.reading(engine) as connection:
        fact = models.LprFact
        query = select(fact.announced_on, fact.rate_e4).where(fact.announced_on > date(2026, 9, 1))
        return {row.announced_on: row.rate_e4 for row in connection.execute(query)}


def test_what_the_reader_alone_cannot_tell(engine: Engine, tmp_path: Path) -> None:
    book = lpr_book(
        [date(2026, 9, 21), "=1+2"], [date(2026, 9, 22), True], [date(2026, 9, 23), "#N/A"], [date(2026, 9, 24), 0.0305]
    )
    book.active["B4"].data_type = "e"
    book.active["B5"].number_format = "0.00%"
    book.save(tmp_path / "a.xlsx")
    outcome = import_file(engine, tmp_path / "a.xlsx", "测试")
    assert [(finding.row, finding.problem) for finding in outcome.findings] == [
        (2, "公式没有保存计算结果"), (3, "单元格是逻辑值"), (4, "单元格是错误值 #N/A"),
    ]  # fmt: skip
    book = lpr_book([date(2026, 9, 24), 0.0305], [date(2026, 9, 25), 0.03], [date(2026, 9, 26), 3])
    book.active["B2"].number_format = "0.00%"
    book.active["B3"].number_format = '0.0000"约"%'
    book.active["B4"].number_format = '0.00"%"'
    book.save(tmp_path / "b.xlsx")
    assert not import_file(engine, tmp_path / "b.xlsx", "测试").refused
    assert rates(engine) == {date(2026, 9, 24): 30_500, date(2026, 9, 25): 30_000, date(2026, 9, 26): 30_000}


def test_a_formula_in_an_optional_cell_is_not_silently_empty(engine: Engine, tmp_path: Path) -> None:
    path = write_sheets(tmp_path / "a.xlsx", base())
    book = openpyxl.load_workbook(path)
    page = book["贷款"]
    column = next(cell.column for cell in page[1] if cell.value == "资料上传日")
    page.cell(2, column).value = "=TODAY()"
    book.save(path)
    outcome = import_file(engine, path, "测试")
    assert [(finding.column, finding.problem) for finding in outcome.findings] == [
        ("资料上传日", "公式没有保存计算结果")
    ]


def test_formulas_count_with_their_cached_value(engine: Engine, tmp_path: Path) -> None:
    with xlsxwriter.Workbook(str(tmp_path / "a.xlsx")) as book:
        page = book.add_worksheet("LPR")
        page.write_row(0, 0, ["公布日期", "一年期LPR(%)"])
        page.write_formula(1, 0, '="2026-09-"&21', None, "2026-09-21")
        page.write_formula(1, 1, "=1.5*2", None, 3)
    assert not import_file(engine, tmp_path / "a.xlsx", "测试").refused
    assert rates(engine) == {date(2026, 9, 21): 30_000}


def test_the_1904_calendar(engine: Engine, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.epoch = CALENDAR_MAC_1904
    book.active.title = "LPR"
    book.active.append(["公布日期", "一年期LPR(%)"])
    book.active.append([datetime(2026, 9, 21), 3])
    book.save(tmp_path / "a.xlsx")
    assert not import_file(engine, tmp_path / "a.xlsx", "测试").refused
    assert list(rates(engine)) == [date(2026, 9, 21)]


def test_long_codes_stay_text(engine: Engine, tmp_path: Path) -> None:
    sheets = base()
    sheets["贷款"][0]["借据编号"] = "002717459944000996"
    assert not import_file(engine, write_sheets(tmp_path / "a.xlsx", sheets), "测试").refused
    with db.reading(engine) as connection:
        assert connection.execute(select(models.Loan.note_no)).scalars().all() == ["002717459944000996"]


def test_rows_keep_their_numbers(engine: Engine, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    page = book.active
    page.title = "企业"
    for row in (
        ["企业名称", " 统一社会信用代码", "区　市"],  # headers in another order, with blanks
        [None, None, None], ["示例公司", "9", "x"], ["甲", USCC, "环翠区"], [" ", "　", None], [],
        ["乙", "91110000600037341L", "某区"], ["合计", None, None],
    ):  # fmt: skip
        page.append(row)
    page.row_dimensions[4].hidden = True
    notes = book.create_sheet("说明与备注")
    notes.append(["随便写"])
    notes.sheet_state = "hidden"
    book.save(tmp_path / "a.xlsx")
    outcome = import_file(engine, tmp_path / "a.xlsx", "测试")
    assert [(finding.row, finding.letter) for finding in outcome.findings] == [(7, "C"), (8, "A")]


def test_unknown_sheets_and_headers_name_the_likely_one(engine: Engine, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.title = "贷款表"
    book.active.append(["x"])
    page = book.create_sheet("还款")
    page.append(["银行名称", "借据号", "还款日", "还本金额", "资料上传日", "资料上传日", None])
    page.append(["b", "A", "2023-01-01", 1, None, None, "无表头"])
    book.save(tmp_path / "a.xlsx")
    lines = [finding.line() for finding in import_file(engine, tmp_path / "a.xlsx", "测试").findings]
    assert any("贷款表" in line and "是否为「贷款」" in line for line in lines)
    assert any("借据号" in line and "是否为「借据编号」" in line for line in lines)
    assert any("还本金额" in line and "是否为「还本金额(万元)」" in line for line in lines)
    assert any("表头重复" in line for line in lines)
    assert any("G 列有内容但没有表头" in line for line in lines)


def test_full_width_headers_are_known(engine: Engine, tmp_path: Path) -> None:
    book = lpr_book([date(2026, 9, 21), 3])
    book.active["B1"] = "一年期ＬＰＲ（％）"
    book.save(tmp_path / "a.xlsx")
    assert not import_file(engine, tmp_path / "a.xlsx", "测试").refused


def test_an_empty_workbook_says_so(engine: Engine, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.title = "说明"
    book.save(tmp_path / "a.xlsx")
    assert "没有可以导入的工作表" in refusal(engine, tmp_path / "a.xlsx")


# --- given back marked --------------------------------------------------------------------------------------------------


def test_the_refused_file_comes_back_with_its_own_styles(engine: Engine, tmp_path: Path) -> None:
    path = write_sheets(tmp_path / "a.xlsx", base())
    book = openpyxl.load_workbook(path)
    page = book["企业"]
    page["A2"].font = Font(bold=True, color="FF0000FF")
    page["A2"].comment = Comment("原批注", "柜员")
    page["B2"].fill = PatternFill("solid", start_color="FF00FF00")
    page["A2"], page["C2"] = "91371000MA3TX0001E", "某区"
    page.column_dimensions["B"].width = 44
    book.create_sheet("多余")
    book.save(path)
    outcome = import_file(engine, path, "测试")
    target = tmp_path / "改" / "b.xlsx"
    marked = write_marked(path, outcome.findings, target)
    page = openpyxl.load_workbook(target)["企业"]
    assert marked == len({(finding.sheet, finding.letter, finding.row) for finding in outcome.findings})
    assert page["A2"].fill.start_color.rgb == page["C2"].fill.start_color.rgb == "FFFFC7CE"
    assert page["A2"].font.bold and page["A2"].value == "91371000MA3TX0001E"
    assert "原批注" in page["A2"].comment.text and "校验位" in page["A2"].comment.text
    assert "区市" in page["C2"].comment.text
    assert page["B2"].fill.start_color.rgb == "FF00FF00" and page["B2"].comment is None
    assert page.column_dimensions["B"].width == 44
    assert "不是已知的工作表" in openpyxl.load_workbook(target)["多余"]["A1"].comment.text


def test_charts_hold_no_rows_and_merged_cells_can_be_marked(engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        page = book.add_worksheet("企业")
        page.write_row(0, 0, ["统一社会信用代码", "企业名称", "区市"])
        page.write_row(1, 0, [USCC, "甲", "环翠区"])
        page.merge_range(2, 1, 2, 2, "乙")
        page.write_string(2, 0, "91110000600037341L")
        chart = book.add_chart({"type": "column"})
        chart.add_series({"values": "=企业!$A$2:$A$3"})
        book.add_chartsheet("图表").set_chart(chart)
    outcome = import_file(engine, path, "测试")
    assert [(finding.sheet, finding.row, finding.column) for finding in outcome.findings] == [("企业", 3, "区市")]
    assert write_marked(path, outcome.findings, tmp_path / "b.xlsx") == 1
    assert openpyxl.load_workbook(tmp_path / "b.xlsx")["企业"]["B3"].comment is not None


def test_a_file_with_a_broken_part_that_carries_no_marks_is_marked(engine: Engine, tmp_path: Path) -> None:
    path = write_sheets(tmp_path / "a.xlsx", {"企业": [ENTERPRISE | {"区市": "某区"}]})
    target = tmp_path / "b.xlsx"
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            new.writestr(name, b"<broken" if name == "docProps/core.xml" else old.read(name))
    outcome = import_file(engine, target, "测试")
    assert len(outcome.findings) == 1
    assert write_marked(target, outcome.findings, tmp_path / "c.xlsx") == 1
    with zipfile.ZipFile(tmp_path / "c.xlsx") as copy:
        assert copy.read("docProps/core.xml") == b"<broken"


def test_a_formula_behind_a_name_space_prefix_is_seen(engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "好.xlsx"
    book = lpr_book([date(2026, 9, 21), "=1+2"])
    book.save(path)

    def prefixed(xml: bytes) -> bytes:
        xml = xml.replace(b"<worksheet xmlns=", b"<worksheet xmlns:x=")
        return re.sub(rb"<(/?)(\w)", rb"<\1x:\2", xml)

    outcome = import_file(engine, rewrite(path, prefixed), "测试")
    assert [(finding.row, finding.problem) for finding in outcome.findings] == [(2, "公式没有保存计算结果")]
