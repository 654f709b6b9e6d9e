"""The copy that is given back: the sender's own package with marks in it, and the marks of the round before gone."""

import io
import re
from pathlib import Path

import openpyxl
import pytest
from lxml import etree

from ledger.errors import Refused
from ledger.workbooks.findings import Finding
from ledger.workbooks.packages import MAIN, Package, children, local_name
from marked_copies import PROBLEM, RED, YELLOW, contents, looks, mark, marked_cells, page_of, sheet_part
from reports.received.marked import write_marked
from reports.received.marking.marks import mark_at
from sent_books import BOOKS, SHEET, pack, parts_of, plain, rich

# The order of a worksheet's elements as the schema has it; AlternateContent stands for what it holds.
ORDER = [
    "sheetPr",
    "dimension",
    "sheetViews",
    "sheetFormatPr",
    "cols",
    "sheetData",
    "sheetCalcPr",
    "sheetProtection",
    "protectedRanges",
    "scenarios",
    "autoFilter",
    "sortState",
    "dataConsolidate",
    "customSheetViews",
    "mergeCells",
    "phoneticPr",
    "conditionalFormatting",
    "dataValidations",
    "hyperlinks",
    "printOptions",
    "pageMargins",
    "pageSetup",
    "headerFooter",
    "rowBreaks",
    "colBreaks",
    "customProperties",
    "cellWatches",
    "ignoredErrors",
    "smartTags",
    "drawing",
    "legacyDrawing",
    "legacyDrawingHF",
    "drawingHF",
    "picture",
    "oleObjects",
    "controls",
    "webPublishItems",
    "tableParts",
    "extLst",
]


# --- what stays ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("book", BOOKS)
def test_only_parts_with_marks_change(tmp_path: Path, book: str) -> None:
    path = BOOKS[book](tmp_path / "a.xlsx")
    target = mark(path, ("A2", PROBLEM), ("C9", "不能为空；应填写：金额"))
    before, after = parts_of(path), parts_of(target)
    assert before.keys() <= after.keys()
    package, part = sheet_part(path)
    touched = {
        "[Content_Types].xml", part, package.one_related(package.workbook, "styles"), package.one_related(part, "comments"),
        f"{part.rpartition('/')[0]}/_rels/{part.rpartition('/')[2]}.rels".lstrip("/"), "_rels/w.xml.rels",
        *package.related(part, "vmlDrawing"),
    }  # fmt: skip
    assert [name for name in before if before[name] != after[name] and name not in touched] == []
    found = {cell: each for cell, each in looks(target).items() if each[0] == RED}
    assert found == {"A2": (RED, f"【贴息】{PROBLEM}"), "C9": (RED, "【贴息】不能为空；应填写：金额")}


@pytest.mark.parametrize("book", BOOKS)
def test_the_values_stay(tmp_path: Path, book: str) -> None:
    path = BOOKS[book](tmp_path / "a.xlsx")
    target = mark(path, ("A2", PROBLEM), ("A1", "表头；应为"), ("B3", "重复；应删除"))
    assert contents(target) == contents(path)


@pytest.mark.parametrize("book", BOOKS)
def test_the_schema_s_order(tmp_path: Path, book: str) -> None:
    target = mark(BOOKS[book](tmp_path / "a.xlsx"), ("A2", PROBLEM), ("C9", PROBLEM), ("J1", PROBLEM))
    package, part = sheet_part(target)
    root = package.xml(part)
    names = [local_name(each.tag) for each in root if local_name(each.tag) in ORDER]
    assert names == sorted(names, key=ORDER.index) and names.count("legacyDrawing") == 1
    rows = [int(row.get("r", "0")) for row in children(root, "sheetData", "row") if row.get("r")]
    assert rows == sorted(set(rows))
    for name in ("fills", "borders", "cellXfs", "cellStyleXfs", "cellStyles"):
        holder = next(children(package.xml(package.one_related(package.workbook, "styles") or ""), name))
        assert int(holder.get("count", "-1")) == len(holder)
    assert root.nsmap[root.prefix] in MAIN


def test_a_sheet_keeps_all_that_it_carries(tmp_path: Path) -> None:
    path = rich(tmp_path / "a.xlsx")
    said = (
        ("A2", PROBLEM),
        ("D2", "日期有误；应为 2023-07-03"),
        ("E2", "公式；应为数"),
        ("F2", "图；应为数"),
        ("C9", PROBLEM),
    )
    target = mark(path, *said)
    (package, part), (old, _) = sheet_part(target), sheet_part(path)
    root, before = package.xml(part), old.xml(part)
    for element in before:
        if local_name(element.tag) != "sheetData":
            mine = next(each for each in root if each.tag == element.tag)
            assert etree.tostring(mine, with_tail=False) == etree.tostring(element, with_tail=False)
    cells = {cell.get("r"): cell for cell in children(root, "sheetData", "row", "c")}
    picture = next(cell for cell in children(before, "sheetData", "row", "c") if cell.get("r") == "F2")
    assert cells["F2"].get("vm") == picture.get("vm") and cells["F2"].get("t") == picture.get("t")
    assert [each.text for each in cells["E2"]] == ["C2*2", "25"]
    shapes = package.part(package.relation(part, root.find(f"{{{MAIN[0]}}}legacyDrawing").get(  # type: ignore[union-attr]
        "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id")).part or "")  # fmt: skip
    assert "按钮".encode() in shapes or b"&#25353;" in shapes
    assert shapes.count(b'ObjectType="Note"') == 6 and shapes.count(b'ObjectType="Button"') == 1
    page = page_of(target)
    assert page["D2"].number_format == "yyyy-mm-dd" and page["D2"].font.bold and page["D2"].border.left.style == "thin"
    assert page["E2"].number_format == "#,##0.00"
    assert page["B3"].comment is not None and page["B3"].comment.text == "张三：此笔已核"
    assert page["C9"].number_format == "0.000"  # a cell that was not there looks as its column says


def test_a_merged_area_is_marked_where_it_shows(tmp_path: Path) -> None:
    found = marked_cells(mark(rich(tmp_path / "a.xlsx"), ("B6", PROBLEM)))
    assert found["A5"] == (RED, f"【贴息】{PROBLEM}") and "B6" not in found


def test_the_numbers_of_shapes_are_no_other_drawing_s(tmp_path: Path) -> None:
    def numbers(path: Path) -> list[str]:
        package, part = sheet_part(path)
        drawings = [package.part(name).decode() for name in package.related(part, "vmlDrawing")]
        return re.findall(r'(?:id|spid)="_x0000_s(\d+)"', " ".join(drawings))

    path = rich(tmp_path / "a.xlsx")
    before = numbers(path)
    after = numbers(mark(path, *((f"A{row}", PROBLEM) for row in range(2, 1502))))
    new = [number for number in after if number not in before]
    assert len(new) == len(set(new)) == 1499 and len(after) == len(before) + len(new)  # A5:B6 is one cell


# --- what is said -------------------------------------------------------------------------------------------------------


def test_several_sentences_and_kinds_at_one_cell(tmp_path: Path) -> None:
    path, target = plain(tmp_path / "a.xlsx"), tmp_path / "b.xlsx"
    said = [
        mark_at(SHEET, "A2", "warning", "利率低于 1%"), mark_at(SHEET, "A2", "problem", "甲；应为乙"),
        mark_at(SHEET, "A2", "problem", "甲；应为乙"), mark_at(SHEET, "B2", "warning", "期限超过\n10 年"),
    ]  # fmt: skip
    assert write_marked(path, said, target) == 2
    assert {cell: each for cell, each in marked_cells(target).items() if cell in ("A2", "B2")} == {
        "A2": (RED, "【贴息提示】利率低于 1%\n【贴息】甲；应为乙"), "B2": (YELLOW, "【贴息提示】期限超过 10 年"),
    }  # fmt: skip


def test_findings_are_problems(tmp_path: Path) -> None:
    path = plain(tmp_path / "a.xlsx")
    findings = [
        Finding("a.xlsx", SHEET, 3, "金额", "C", "7.5", "过大", "应为 7"),
        Finding("a.xlsx", SHEET, 2, "", "", "", "整行重复", "请删除"),
        Finding("a.xlsx", "没有这张表", None, "", "", "", "不是已知的工作表", "请改名"),
    ]
    assert write_marked(path, findings, tmp_path / "b.xlsx") == 3
    found = marked_cells(tmp_path / "b.xlsx")
    assert found["C3"] == (RED, "【贴息】过大；应为 7") and found["A2"][1] == "【贴息】整行重复；请删除"
    assert found["A1"][1] == "【贴息】没有这张表：不是已知的工作表；请改名"


def test_what_is_said_of_no_sheet_stands_on_the_first_that_is_shown(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book["Sheet"].sheet_state = "hidden"
    book.create_sheet("看得见")
    book.save(tmp_path / "a.xlsx")
    target = mark(tmp_path / "a.xlsx", ("B2", PROBLEM), sheet="别处")
    assert marked_cells(target, "看得见") == {"A1": (RED, f"【贴息】别处：{PROBLEM}")}


def test_a_comment_is_no_longer_than_a_screen(tmp_path: Path) -> None:
    target = mark(plain(tmp_path / "a.xlsx"), *(("A1", f"缺少第 {number} 列；应补上") for number in range(500)))
    text = marked_cells(target)["A1"][1]
    assert text.count("\n") == 40 and text.endswith("【贴息】另有 460 条，见命令的输出")


def test_characters_that_xml_cannot_hold(tmp_path: Path) -> None:
    target = mark(plain(tmp_path / "a.xlsx"), ("A2", "「\x07_x0041_\ud800」有误；应为文字"))
    package, part = sheet_part(target)
    assert "_x0007__x005F_x0041__xD800_" in package.part(package.one_related(part, "comments") or "").decode()


def test_a_ground_that_says_how_a_cell_looks_is_left(tmp_path: Path) -> None:
    path = plain(tmp_path / "a.xlsx")
    target = mark(path, ("C3", "字号不同"), kind="look")
    cell = page_of(target)["C3"]
    assert cell.fill.start_color.rgb == "FF00FF00" and cell.border.left.style == "thick"
    again = page_of(mark(target, ("A2", PROBLEM)))["C3"]
    assert again.fill.start_color.rgb == "FF00FF00" and again.border.left.style is None and again.comment is None


# --- macros ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("target", "main"), [("b.xlsx", "spreadsheetml.sheet.main"), ("b.xlsm", "ms-excel.sheet.macroEnabled.main")]
)
def test_macros_are_left_out(tmp_path: Path, target: str, main: str) -> None:
    parts = parts_of(plain(tmp_path / "a.xlsx"))
    types, relations = "[Content_Types].xml", "xl/_rels/workbook.xml.rels"
    parts["xl/vbaProject.bin"] = parts["xl/vbaProjectSignature.bin"] = b"\xd0\xcf\x11\xe0"
    parts[types] = parts[types].replace(
        b"vnd.openxmlformats-officedocument.spreadsheetml.sheet.main", b"vnd.ms-excel.sheet.macroEnabled.main"
    )
    parts[types] = parts[types].replace(
        b"</Types>", b'<Default Extension="bin" ContentType="application/vnd.ms-office.vbaProject"/></Types>'
    )
    link = b'<Relationship Id="rIdV" Type="http://schemas.microsoft.com/office/2006/relationships/%s" Target="%s"/></Relationships>'
    parts[relations] = parts[relations].replace(b"</Relationships>", link % (b"vbaProject", b"vbaProject.bin"))
    parts["xl/_rels/vbaProject.bin.rels"] = parts[relations][: parts[relations].index(b"<Relationship ")] + link % (
        b"vbaProjectSignature", b"vbaProjectSignature.bin"
    )  # fmt: skip
    path = pack(parts, tmp_path / "a.xlsm")
    write_marked(path, [mark_at(SHEET, "A2", "problem", PROBLEM)], tmp_path / target)
    package = Package(target, (tmp_path / target).read_bytes())
    assert not any("vba" in name.lower() for name in package.names) and package.unreachable() == ()
    assert main in (package.content_type(package.workbook) or "")
    assert b"vba" not in package.part(relations)
    assert openpyxl.load_workbook(io.BytesIO(package.data))[SHEET]["A2"].comment is not None


def test_a_signature_is_not_of_the_copy(tmp_path: Path) -> None:
    parts = parts_of(plain(tmp_path / "a.xlsx"))
    parts["_xmlsignatures/origin.sigs"] = b""
    parts["_rels/.rels"] = parts["_rels/.rels"].replace(
        b"</Relationships>",
        b'<Relationship Id="rS" Type="http://schemas.openxmlformats.org/package/2006/relationships/digital-signature/origin"'
        b' Target="_xmlsignatures/origin.sigs"/></Relationships>',
    )
    target = mark(pack(parts, tmp_path / "b.xlsx"), ("A2", PROBLEM))
    assert not any("sig" in name for name in parts_of(target))


# --- what cannot be marked ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("broken", ["xl/styles.xml", "xl/worksheets/sheet1.xml", "xl/comments/comment1.xml"])
def test_a_part_that_cannot_be_read_is_named(tmp_path: Path, broken: str) -> None:
    parts = parts_of(plain(tmp_path / "a.xlsx"))
    assert broken in parts
    path = pack(parts | {broken: b"<broken"}, tmp_path / "b.xlsx")
    with pytest.raises(Refused, match=f"b.xlsx：部件 {broken} 受损，不能在原文件上标注"):
        mark(path, ("A2", PROBLEM))
    assert not (tmp_path / "标出-b.xlsx").exists()
