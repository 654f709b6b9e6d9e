"""A package written anew: what is edited is, and everything else keeps its bytes."""

import io
import zipfile
from pathlib import Path

import openpyxl
import pytest
from openpyxl.comments import Comment
from xlsxwriter import Workbook as Writer

from ledger.workbooks.package_edits import PackageEdits, xml_bytes
from ledger.workbooks.packages import CONTENT_TYPES, Package
from ledger.workbooks.safe_xml import parsed_xml

SHEET = "xl/worksheets/sheet1.xml"
COMMENTS = "application/vnd.openxmlformats-officedocument.spreadsheetml.comments+xml"


@pytest.fixture
def package() -> Package:
    stream = io.BytesIO()
    with Writer(stream, {"in_memory": True}) as book:
        book.add_worksheet("甲").write_row(0, 0, ["银行名称", 1.5])
        book.add_worksheet("乙")
    return Package("样例.xlsx", stream.getvalue())


def raw(data: bytes) -> dict[str, tuple[int, int, bytes]]:
    """The compressed bytes of each entry, with its checksum and method."""
    found = {}
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        for entry in archive.infolist():
            with archive.open(entry) as opened:
                start = opened._orig_compress_start  # type: ignore[attr-defined]
            found[entry.filename] = entry.CRC, entry.compress_type, data[start : start + entry.compress_size]
    return found


def test_nothing_changed_is_the_same_parts(package: Package) -> None:
    assert raw(PackageEdits(package).written()) == raw(package.data)


def test_a_part_replaced_and_the_others_untouched(package: Package) -> None:
    edits = PackageEdits(package)
    edits.replace("XL/worksheets\\Sheet1.xml", package.part(SHEET).replace(b"1.5", b"2.5"))
    assert b"2.5" in edits.part(SHEET)
    new = edits.written()
    before, after = raw(package.data), raw(new)
    assert list(before) == list(after)
    assert [name for name in before if before[name] != after[name]] == [SHEET]
    assert openpyxl.load_workbook(io.BytesIO(new))["甲"]["B1"].value == 2.5
    assert new == edits.written()


def test_a_part_added_related_and_typed(package: Package) -> None:
    edits = PackageEdits(package)
    name = edits.free_name("xl/comments{}.xml")
    assert name == "xl/comments1.xml"
    edits.add(name, b"<comments/>", COMMENTS)
    assert edits.free_name("xl/Comments{}.xml") == "xl/Comments2.xml"
    assert edits.relate(SHEET, "comments", name) == "rId1"
    assert edits.relate("xl/workbook.xml", "http://example.com/other", name) not in {
        each.id for each in package.relations("xl/workbook.xml")
    }
    again = Package("样例.xlsx", edits.written())
    assert again.related(SHEET, "comments") == (name,)
    assert again.relations(SHEET)[0].target == "../comments1.xml"
    assert again.content_type(name) == COMMENTS
    assert again.unreachable() == ()
    assert [sheet.name for sheet in again.sheets] == ["甲", "乙"]


def test_a_part_removed_is_named_nowhere(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active["A1"] = 1
    book.active["A1"].comment = Comment("一", "样例")
    book.save(tmp_path / "one.xlsx")
    package = Package("one.xlsx", (tmp_path / "one.xlsx").read_bytes())
    (comments,) = package.related(SHEET, "comments")
    edits = PackageEdits(package)
    edits.remove(comments)
    assert not edits.has(comments)
    again = Package("one.xlsx", edits.written())
    assert not again.has(comments)
    assert again.related(SHEET, "comments") == ()
    assert again.content_type(comments) == package.content_type("docProps/none.xml")
    assert comments.encode() not in again.part(CONTENT_TYPES)
    assert len(again.related(SHEET, "legacyDrawing") + again.related(SHEET, "vmlDrawing")) == 1
    edits.add(comments, b"<comments/>", COMMENTS)  # the name is free again
    edits.relate(SHEET, "comments", comments)
    assert Package("one.xlsx", edits.written()).part(comments) == b"<comments/>"


def test_one_relationship_taken_out(package: Package) -> None:
    edits = PackageEdits(package)
    theme = next(each for each in package.relations("xl/workbook.xml") if each.kind == "theme")
    edits.unrelate("xl/workbook.xml", theme.id)
    again = Package("样例.xlsx", edits.written())
    assert again.one_related(again.workbook, "theme") is None
    assert again.unreachable() == (theme.part,)


def test_entries_with_backslashes_and_streamed_sizes(package: Package) -> None:
    class Streamed(io.BytesIO):
        """Where no seeking is possible sizes are written behind the data."""

        def seekable(self) -> bool:
            return False

        def seek(self, *_: int) -> int:
            raise OSError

        def tell(self) -> int:
            raise OSError

    stream = Streamed()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in package.names:
            archive.writestr(name.replace("/", "\\"), package.part(name))
    edits = PackageEdits(Package("样例.xlsx", stream.getvalue()))
    edits.replace(SHEET, edits.part(SHEET).replace(b"1.5", b"3.5"))
    edits.add("xl/comments1.xml", b"<comments/>", COMMENTS)
    edits.relate(SHEET, "comments", "xl/comments1.xml")
    again = Package("样例.xlsx", edits.written())
    assert b"3.5" in again.part(SHEET)
    assert again.related(SHEET, "comments") == ("xl/comments1.xml",)
    assert SHEET in raw(again.data)  # LibreOffice does not open what is named otherwise


def test_the_tree_of_a_part_keeps_prefixes_and_declarations() -> None:
    written = (
        b"<?xml version='1.0' encoding='UTF-8' standalone='yes'?>\n"
        b'<x:a xmlns:x="urn:x" xmlns:mc="urn:mc" xmlns:y="urn:y" mc:Ignorable="y"><x:b y:c="1"/></x:a>'
    )
    assert xml_bytes(parsed_xml(written)) == written
