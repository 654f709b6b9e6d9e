"""A marked copy that comes back: the marks of the round before go, what a person wrote and chose stays."""

import re
from collections.abc import Sequence
from pathlib import Path

import openpyxl
import pytest
from openpyxl.comments import Comment
from openpyxl.styles import Border, Font, PatternFill, Side

from ledger.workbooks.packages import Package
from marked_copies import PROBLEM, RED, YELLOW, mark, marked_cells, page_of
from reports.received.marked import without_marks
from returned import NEEDS_LIBREOFFICE, by_libreoffice
from sent_books import BOOKS, SHEET, bare, pack, parts_of, plain, rich

# --- the next round -----------------------------------------------------------------------------------------------------

FIRST = (("A2", "甲；应为乙"), ("B3", "丙；应为丁"), ("C3", "戊；应为己"))


def check_second_round(path: Path) -> None:
    """One cell is marked now; what a person wrote and chose is as it was."""
    found = marked_cells(path)
    assert found == {"A3": (RED, "【贴息】庚；应为辛"), "B3": ("", "张三：此笔已核")}
    page = page_of(path)
    assert page["C3"].fill.start_color.rgb == "FF00FF00" and page["C3"].number_format == "0.00"
    assert page["A2"].fill.fill_type is None


def test_the_marks_of_the_round_before_go(tmp_path: Path) -> None:
    path = plain(tmp_path / "a.xlsx")
    first = mark(path, *FIRST)
    assert marked_cells(first)["B3"] == (RED, "张三：此笔已核\n【贴息】丙；应为丁")
    second = mark(first, ("A3", "庚；应为辛"))
    check_second_round(second)
    same = mark(second, ("A3", "庚；应为辛"))
    assert parts_of(same)["xl/styles.xml"] == parts_of(second)["xl/styles.xml"]


def test_a_copy_without_marks_is_as_it_came(tmp_path: Path) -> None:
    path = plain(tmp_path / "a.xlsx")
    first = mark(path, *FIRST)
    cleaned = without_marks(first, first.read_bytes())
    (tmp_path / "c.xlsx").write_bytes(cleaned)
    before, after = parts_of(path), parts_of(cleaned)
    sheet = "xl/worksheets/sheet1.xml"
    numbered = re.sub(rb'(<c r="\w+")(?! s)', rb'\1 s="0"', before[sheet])
    assert re.sub(rb'(<c r="\w+")(?! s)', rb'\1 s="0"', after[sheet]).replace(b' s="0"', b"") == numbered.replace(
        b' s="0"', b""
    )
    assert marked_cells(tmp_path / "c.xlsx") == marked_cells(path)
    assert without_marks(path, path.read_bytes()) == path.read_bytes()


def test_a_sheet_without_marks_and_comments_loses_what_the_marks_brought(tmp_path: Path) -> None:
    path = bare(tmp_path / "a.xlsx")
    first = mark(path, ("A2", PROBLEM), ("B5", PROBLEM))
    cleaned = without_marks(first, first.read_bytes())
    assert not any("comment" in name or "vml" in name for name in parts_of(cleaned))
    assert (
        b"legacyDrawing" not in parts_of(cleaned)["s.xml"]
        and b"comments" not in parts_of(cleaned)["[Content_Types].xml"]
    )
    Package("c.xlsx", cleaned)


def test_marks_on_other_sheets_go_too(tmp_path: Path) -> None:
    first = mark(plain(tmp_path / "a.xlsx"), ("A1", PROBLEM), sheet="说明")
    second = mark(first, ("A2", PROBLEM))
    assert marked_cells(second, "说明") == {} and "A2" in marked_cells(second)


def test_what_a_person_adds_to_a_mark_stays(tmp_path: Path) -> None:
    first = mark(plain(tmp_path / "a.xlsx"), ("A2", "甲；应为乙"), ("C2", "丙；应为丁"))
    book = openpyxl.load_workbook(first)
    book[SHEET]["A2"].comment = Comment("【贴息】甲；应为乙\n李四：已改，请复核", "李四")
    book[SHEET]["A2"].fill = PatternFill("solid", start_color="FF00B0F0")
    book[SHEET]["C2"].font = Font(bold=True)
    book.save(first)
    second = mark(first, ("A3", "庚；应为辛"))
    page = page_of(second)
    assert page["A2"].comment is not None and page["A2"].comment.text == "李四：已改，请复核"
    assert page["A2"].fill.start_color.rgb == "FF00B0F0"
    assert page["C2"].font.bold and page["C2"].fill.fill_type is None


@pytest.mark.parametrize("colour", [RED, YELLOW, "FFFF0000"])
def test_a_ground_of_the_marks_colour_that_a_person_chose_stays(tmp_path: Path, colour: str) -> None:
    path = plain(tmp_path / "a.xlsx")
    book = openpyxl.load_workbook(path)
    for cell in ("A2", "B2", "B3"):
        book[SHEET][cell].fill = PatternFill("solid", start_color=colour)
    book.save(path)
    second = page_of(mark(mark(path, ("A2", PROBLEM)), ("A3", PROBLEM)))
    assert [second[cell].fill.start_color.rgb for cell in ("A2", "B2", "B3")] == [colour] * 3
    assert second["A2"].comment is None


@NEEDS_LIBREOFFICE
@pytest.mark.parametrize("book", [name for name in BOOKS if name != "rich"])
def test_marks_are_known_after_a_save_by_libreoffice(tmp_path: Path, book: str) -> None:
    first = mark(BOOKS[book](tmp_path / "a.xlsx"), *FIRST)
    saved = by_libreoffice([first], tmp_path)[0]
    assert {cell for cell, each in marked_cells(saved).items() if each[0] == RED} == {"A2", "B3", "C3"}
    second = mark(saved, ("A3", "庚；应为辛"))
    if book == "bare":
        assert marked_cells(second) == {"A3": (RED, "【贴息】庚；应为辛")}
    else:
        check_second_round(second)


@NEEDS_LIBREOFFICE
def test_a_rich_sheet_opens_in_libreoffice_with_all_that_it_carries(tmp_path: Path) -> None:
    path = rich(tmp_path / "a.xlsx")
    first = mark(path, ("A2", PROBLEM), ("E2", "丙；应为丁"), ("C9", PROBLEM))
    (tmp_path / "b").mkdir()
    saved, untouched = by_libreoffice([first], tmp_path)[0], by_libreoffice([path], tmp_path / "b")[0]
    assert {name for name in parts_of(untouched) if "media" in name} == {
        name for name in parts_of(saved) if "media" in name
    }
    found = marked_cells(saved)
    assert found["A2"] == (RED, f"【贴息】{PROBLEM}") and found["B3"][1] == "张三：此笔已核"
    second = page_of(mark(saved, ("A3", PROBLEM)))
    assert str(second["E2"].fill.start_color.rgb)[2:] == "FFFF00" and second["A2"].fill.fill_type is None


def test_marks_are_known_after_a_save_by_openpyxl(tmp_path: Path) -> None:
    first = mark(plain(tmp_path / "a.xlsx"), *FIRST)
    openpyxl.load_workbook(first).save(first)
    check_second_round(mark(first, ("A3", "庚；应为辛")))


# --- marks of earlier versions --------------------------------------------------------------------------------------------


def former(path: Path, marks: Sequence[tuple[str, str]], framed: Sequence[str] = ()) -> Path:
    """The workbook as earlier versions marked it."""
    book = openpyxl.load_workbook(path)
    side = Side("thick", color="FFFF0000")
    for cell, text in marks:
        place = book[SHEET][cell]
        if cell in framed:
            place.border = Border(left=side, right=side, top=side, bottom=side)
        else:
            place.fill = PatternFill("solid", start_color=RED, end_color=RED)
        place.comment = Comment(
            f"{place.comment.text}\n{text}" if place.comment else text, "tiexi", width=320, height=66
        )
    book.save(path)
    return path


def test_marks_of_earlier_versions_are_known(tmp_path: Path) -> None:
    path = former(plain(tmp_path / "a.xlsx"), [FIRST[0], FIRST[1], ("C2", "字号不同")], framed=["C2"])
    found = marked_cells(target := mark(path, ("A3", "庚；应为辛")))
    assert found == {"A3": (RED, "【贴息】庚；应为辛"), "B3": ("", "张三：此笔已核")}
    assert page_of(target)["C2"].border.left.style is None


@NEEDS_LIBREOFFICE
def test_marks_of_earlier_versions_are_known_after_a_save_by_libreoffice(tmp_path: Path) -> None:
    path = former(plain(tmp_path / "a.xlsx"), FIRST[:2])
    found = marked_cells(mark(by_libreoffice([path], tmp_path)[0], ("A3", "庚；应为辛")))
    assert found == {"A3": (RED, "【贴息】庚；应为辛"), "B3": ("", "张三：此笔已核")}


# --- what others say ------------------------------------------------------------------------------------------------------


def test_a_thread_of_comments_is_not_touched(tmp_path: Path) -> None:
    book = openpyxl.load_workbook(plain(path := tmp_path / "a.xlsx"))
    book[SHEET]["A2"].comment = Comment("[线程批注]\n\n注释:\n    请核", "tc={7A4B2D3C-0001-4F6E-9B1A-000000000001}")
    book.save(path)
    target = mark(path, ("A2", PROBLEM), ("B2", "丙；应为丁"))
    found = marked_cells(target)
    assert found["A2"] == (RED, "[线程批注]\n\n注释:\n    请核")
    assert found["B2"] == (RED, f"【贴息】A2：{PROBLEM}\n【贴息】丙；应为丁")
    assert marked_cells(mark(target, ("A3", PROBLEM)))["A2"] == ("", "[线程批注]\n\n注释:\n    请核")


def test_a_drawing_as_excel_writes_it(tmp_path: Path) -> None:
    """The captions of buttons hold <br> without an end, which is no XML."""
    parts = parts_of(rich(tmp_path / "a.xlsx"))
    name = next(name for name, data in parts.items() if b'ObjectType="Button"' in data)
    parts[name] = parts[name].replace("按钮".encode(), "按<br>钮".encode())
    target = mark(pack(parts, tmp_path / "b.xlsx"), ("A2", PROBLEM))
    assert marked_cells(target)["A2"] == (RED, f"【贴息】{PROBLEM}")


def test_the_box_of_a_person_s_comment_grows_with_what_is_added(tmp_path: Path) -> None:
    path = rich(tmp_path / "a.xlsx")
    target = mark(path, ("B3", "很长的话；" * 40))
    page, before = page_of(target), page_of(path)
    assert page["B3"].comment is not None and before["B3"].comment is not None
    assert page["B3"].comment.text.startswith("张三：此笔已核\n【贴息】")
    anchors = [
        re.findall(rb"<x:Anchor>([^<]*)</x:Anchor>", data)
        for each in (path, target)
        for name, data in parts_of(each).items()
        if b'ObjectType="Note"' in data
    ]
    bottoms = [int(each[-1].split(b",")[6]) for each in anchors]
    assert bottoms[1] > bottoms[0] + 5
