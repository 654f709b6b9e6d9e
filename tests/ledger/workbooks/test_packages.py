"""Packages: parts are found through the relationships alone, and what cannot be resolved is refused."""

import io
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from xlsxwriter import Workbook as Writer

from ledger.errors import Refused
from ledger.workbooks.packages import Package, children, local_name, relations_name, same_part
from ledger.workbooks.workbook import read_workbook

Parts = dict[str, bytes]
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
STRICT = "http://purl.oclc.org/ooxml/officeDocument/relationships"


@pytest.fixture
def parts() -> Parts:
    """The parts of a workbook of two sheets, 甲 and (hidden) 乙."""
    stream = io.BytesIO()
    with Writer(stream, {"in_memory": True}) as book:
        book.add_worksheet("甲").write_row(0, 0, ["银行名称", 1.5])
        book.add_worksheet("乙").hide()
    with zipfile.ZipFile(stream) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(parts: Mapping[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return stream.getvalue()


def opened(parts: Mapping[str, bytes]) -> Package:
    return Package("样例.xlsx", packed(parts))


def swap(parts: Parts, name: str, old: bytes, new: bytes) -> None:
    assert old in parts[name]
    parts[name] = parts[name].replace(old, new)


def test_a_plain_package(parts: Parts) -> None:
    package = opened(parts)
    assert package.workbook == "xl/workbook.xml"
    assert [(sheet.name, sheet.state, sheet.kind, sheet.part) for sheet in package.sheets] == [
        ("甲", "visible", "worksheet", "xl/worksheets/sheet1.xml"),
        ("乙", "hidden", "worksheet", "xl/worksheets/sheet2.xml"),
    ]
    assert package.one_related(package.workbook, "styles") == "xl/styles.xml"
    assert package.one_related(package.workbook, "vbaProject") is None
    assert package.content_type("XL/Styles.xml").endswith("styles+xml")
    assert package.content_type("xl/none.png") is None
    assert package.unreachable() == ()
    assert not package.strict
    assert len(list(children(package.xml("xl/styles.xml"), "cellXfs", "xf"))) == 1


def renamed(old: str, new: str) -> Callable[[Parts], None]:
    def rename(parts: Parts) -> None:
        parts[new] = parts.pop(old)

    return rename


def target(new: bytes) -> Callable[[Parts], None]:
    def change(parts: Parts) -> None:
        swap(parts, "xl/_rels/workbook.xml.rels", b"worksheets/sheet1.xml", new)

    return change


def backslashes(parts: Parts) -> None:
    for name in list(parts):
        parts[name.replace("/", "\\")] = parts.pop(name)


def other_names(parts: Parts) -> None:
    """No part but the root's has its usual name."""
    parts["book/main.bin.xml"] = parts.pop("xl/workbook.xml")
    parts["book/_rels/main.bin.xml.rels"] = parts.pop("xl/_rels/workbook.xml.rels")
    swap(parts, "_rels/.rels", b"xl/workbook.xml", b"/book/main.bin.xml")
    for name in (
        "worksheets/sheet1.xml",
        "worksheets/sheet2.xml",
        "styles.xml",
        "theme/theme1.xml",
        "sharedStrings.xml",
    ):
        swap(parts, "book/_rels/main.bin.xml.rels", name.encode(), f"../XL/./{name}".encode())


def strict(parts: Parts) -> None:
    swap(parts, "_rels/.rels", OFFICE.encode() + b"/officeDocument", STRICT.encode() + b"/officeDocument")
    swap(parts, "xl/_rels/workbook.xml.rels", OFFICE.encode(), STRICT.encode())
    swap(parts, "xl/workbook.xml", OFFICE.encode(), STRICT.encode())


def utf_16(parts: Parts) -> None:
    for name in ("xl/workbook.xml", "xl/_rels/workbook.xml.rels"):
        parts[name] = parts[name].decode().replace('encoding="UTF-8"', 'encoding="UTF-16"').encode("utf-16")


def percent_encoded(parts: Parts) -> None:
    parts["xl/worksheets/表 一.xml"] = parts.pop("xl/worksheets/sheet1.xml")
    target(b"worksheets/%E8%A1%A8%20%E4%B8%80.xml")(parts)


@pytest.mark.parametrize(
    "change",
    [
        renamed("xl/worksheets/sheet1.xml", "xl/worksheets/Sheet1.XML"),
        renamed("_rels/.rels", "_Rels/.RELS"),
        target(b"./worksheets/../worksheets/sheet1.xml"),
        target(b"/xl/worksheets/sheet1.xml"),
        target(b"worksheets\\sheet1.xml"),
        target(b"WORKSHEETS/SHEET1.XML"),
        percent_encoded,
        backslashes,
        other_names,
        strict,
        utf_16,
    ],
)
def test_sheets_are_found_whatever_their_parts_are_called(parts: Parts, change: Callable[[Parts], None]) -> None:
    change(parts)
    package = opened(parts)
    assert [sheet.name for sheet in package.worksheets] == ["甲", "乙"]
    assert local_name(package.xml(package.sheets[0].part).tag) == "worksheet"
    assert b"1.5" in package.part(package.sheets[0].part)
    styles = package.one_related(package.workbook, "styles")
    assert styles is not None
    assert same_part(styles, "xl/styles.xml")
    assert package.unreachable() == ()


def second_workbook(parts: Parts) -> None:
    relation = f'<Relationship Id="x" Type="{OFFICE}/officeDocument" Target="xl/other.xml"/></Relationships>'
    swap(parts, "_rels/.rels", b"</Relationships>", relation.encode())
    parts["xl/other.xml"] = parts["xl/workbook.xml"]


def doctype(parts: Parts) -> None:
    swap(parts, "xl/workbook.xml", b"<workbook", b'<!DOCTYPE x [<!ENTITY a "b">]><workbook')


def utf_16_doctype(parts: Parts) -> None:
    doctype(parts)
    utf_16(parts)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (second_workbook, "2 个工作簿"),
        (lambda parts: parts.update({"xl/Styles.xml": b"<a/>"}), "两个同名的部件 xl/Styles.xml"),
        (lambda parts: parts.update({"xl\\styles.xml": b"<a/>"}), "两个同名的部件 xl/styles.xml"),
        (lambda parts: parts.pop("xl/styles.xml"), "缺少部件 xl/styles.xml"),
        (lambda parts: parts.pop("xl/worksheets/sheet2.xml"), "缺少部件 xl/worksheets/sheet2.xml"),
        (lambda parts: parts.pop("_rels/.rels"), "找不到工作簿部件"),
        (lambda parts: swap(parts, "xl/workbook.xml", b'r:id="rId1"', b'r:id="rId99"'), "rId99 不存在"),
        (lambda parts: swap(parts, "xl/workbook.xml", b"</sheets>", b"</sheets"), "损坏"),
        (lambda parts: parts.update({"xl/workbook.xml": b"<document/>"}), "不是表格文件"),
        (doctype, "损坏"),
        (utf_16_doctype, "损坏"),
    ],
)
def test_what_cannot_be_resolved_is_refused(parts: Parts, change: Callable[[Parts], None], said: str) -> None:
    change(parts)
    with pytest.raises(Refused, match=said) as refused:
        assert opened(parts).sheets
    assert str(refused.value).startswith("样例.xlsx：")
    assert "\n" not in str(refused.value)


def test_parts_that_nothing_reaches_are_listed(parts: Parts) -> None:
    parts["yl/worksheets/sheet1.xml"] = parts["xl/worksheets/sheet1.xml"]
    parts["xl/worksheets/_rels/sheet9.xml.rels"] = b"<Relationships/>"
    assert opened(parts).unreachable() == ("yl/worksheets/sheet1.xml", "xl/worksheets/_rels/sheet9.xml.rels")


def test_relationships_of_a_part_with_outside_and_inner_targets(parts: Parts) -> None:
    name = relations_name("xl/worksheets/sheet1.xml")
    assert name == "xl/worksheets/_rels/sheet1.xml.rels"
    parts[name] = (
        '<p:Relationships xmlns:p="http://schemas.openxmlformats.org/package/2006/relationships">'
        f"<p:Relationship Id='a' Type='{OFFICE}/hyperlink' Target='http://example.com/' TargetMode='External'/>"
        f"<p:Relationship Id='b' Type='{OFFICE}/hyperlink' Target='#乙!A1'/>"
        f"<!-- a note --><p:Relationship Id='c' Type='{STRICT}/comments' Target='../comments1.xml'/>"
        "</p:Relationships>"
    ).encode()
    parts["xl/comments1.xml"] = b"<comments/>"
    package = opened(parts)
    found = package.relations("xl/worksheets/sheet1.xml")
    assert [(each.id, each.kind, each.part, each.external) for each in found] == [
        ("a", "hyperlink", None, True),
        ("b", "hyperlink", None, False),
        ("c", "comments", "xl/comments1.xml", False),
    ]
    assert package.related("xl/worksheets/sheet1.xml", "comments") == ("xl/comments1.xml",)


def test_two_sheets_whose_names_look_the_same(parts: Parts) -> None:
    assert [grid.name for grid in read_workbook(Path("样例.xlsx"), packed(parts)).grids] == ["甲", "乙"]
    swap(parts, "xl/workbook.xml", "乙".encode(), "甲\u200b".encode())
    with pytest.raises(Refused, match="两张名称看来相同的工作表「甲」"):
        read_workbook(Path("样例.xlsx"), packed(parts))


def test_a_macro_sheet_is_refused_and_a_chart_is_no_rows(parts: Parts) -> None:
    swap(
        parts,
        "xl/_rels/workbook.xml.rels",
        b'/worksheet" Target="worksheets/sheet2',
        b'/chartsheet" Target="worksheets/sheet2',
    )
    assert [grid.name for grid in read_workbook(Path("样例.xlsx"), packed(parts)).grids] == ["甲"]
    kind = b"http://schemas.microsoft.com/office/2006/relationships/xlMacrosheet"
    swap(parts, "xl/_rels/workbook.xml.rels", f"{OFFICE}/chartsheet".encode(), kind)
    with pytest.raises(Refused, match="「乙」是宏表"):
        read_workbook(Path("样例.xlsx"), packed(parts))


SAID_TWICE = {
    "编号相同的关系": ("xl/_rels/workbook.xml.rels", b'Id="rId2"', b'Id="rId1"'),
    "两个 calcPr": ("xl/workbook.xml", b"<calcPr", b"<calcPr/><calcPr"),
    "两个 cellXfs": ("xl/styles.xml", b"</styleSheet>", b"<cellXfs><xf/></cellXfs></styleSheet>"),
}


@pytest.mark.parametrize("why", SAID_TWICE)
def test_what_is_said_twice_is_refused(parts: Parts, why: str) -> None:
    swap(parts, *SAID_TWICE[why])
    with pytest.raises(Refused, match=why):
        read_workbook(Path("样例.xlsx"), packed(parts))
