"""Cells in every writing that XML allows, and those that cannot be resolved."""

from datetime import datetime, time, timedelta
from typing import Any

import pytest

from ledger.workbooks.cell_marks import ErrorValue, FormulaWithoutValue, PercentNumber, UnclearNumber
from ledger.workbooks.cell_values import BadValue, Values
from ledger.workbooks.number_formats import number_format
from ledger.workbooks.packages import MAIN
from ledger.workbooks.safe_xml import NotXml
from ledger.workbooks.sheet_cells import FarCell, read_cells

FORMATS = tuple(map(number_format, ("General", "0.00%", "yyyy-mm-dd", "[h]:mm", "0%%", "[<1]0.00%;0.00")))


def sheet(data: str, space: str = MAIN[0]) -> bytes:
    return f'<?xml version="1.0" encoding="UTF-8"?><worksheet xmlns="{space}">{data}</worksheet>'.encode()


def read(data: str | bytes, from_1904: bool = False) -> list[list[Any]]:
    xml = sheet(f"<sheetData>{data}</sheetData>") if isinstance(data, str) else data
    return read_cells(xml, Values(["甲", "乙"], FORMATS, from_1904))


def one(cell: str, from_1904: bool = False) -> Any:
    rows = read(f"<row>{cell}</row>", from_1904)
    return rows[0][0] if rows else None


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("<c><v>1000</v></c>", 1000.0),
        ("<c t='n' ><v> \n1000\t</v></c>", 1000.0),
        ("<c><v><![CDATA[10]]>00</v></c>", 1000.0),
        ("<c><v>1<!-- 9 -->0<?x 9?>0&#48;</v></c>", 1000.0),
        ("<c><v>1E3</v></c>", 1000.0),
        ("<c/>", None),
        ("<c><v/></c>", None),
        ("<c t='s'><v> 1 </v></c>", "乙"),
        ("<c t='inlineStr'><is><t>a&amp;<![CDATA[<b>]]></t></is></c>", "a&<b>"),
        ("<c t='inlineStr'><is><r><rPr><b/></rPr><t>甲</t></r><r><t>乙</t></r></is></c>", "甲乙"),
        ("<c t='inlineStr'><is><t>甲</t><rPh sb='0' eb='1'><t>jia</t></rPh></is></c>", "甲"),
        ("<c t='inlineStr'><is/></c>", ""),
        ("<c t='str'><v>a_x0041__x005F_x0041__x0000_</v></c>", "aA_x0041_"),
        ("<c t='inlineStr'><is><t>1\u202c2\ufe0d</t></is></c>", "12"),
        ("<c t='b'><v>1</v></c>", True),
        ("<c t='b'><v> false</v></c>", False),
        ("<c t='e'><v>#N/A</v></c>", ErrorValue("#N/A")),
        ("<c t='e'><f>1/0</f></c>", ErrorValue("")),
        ("<c t='d'><v>2023-07-03</v></c>", datetime(2023, 7, 3)),
        ("<c t='d'><v>2023-07-03T08:30:00Z</v></c>", datetime(2023, 7, 3, 8, 30)),
        ("<c t='d'><v>08:30:00</v></c>", time(8, 30)),
        ("<c s='1'><v>0.0435</v></c>", PercentNumber(0.0435)),
        ('<c s = "1"><f>1</f><v><![CDATA[0.0435]]></v></c>', PercentNumber(0.0435)),
        ("<c s='5'><v>0.0435</v></c>", PercentNumber(0.0435)),
        ("<c s='5'><v>4.35</v></c>", 4.35),
        ("<c s='2'><v>45110</v></c>", datetime(2023, 7, 3)),
        ("<c s='2'><v>45110.5</v></c>", datetime(2023, 7, 3, 12)),
        ("<c s='2'><v>45109.99999999999</v></c>", datetime(2023, 7, 3)),
        ("<c s='2'><v>0.5</v></c>", time(12)),
        ("<c s='2'><v>1</v></c>", datetime(1900, 1, 1)),
        ("<c s='2'><v>60</v></c>", 60.0),
        ("<c s='2'><v>61</v></c>", datetime(1900, 3, 1)),
        ("<c s='2'><v>-1</v></c>", -1.0),
        ("<c s='2'><v>9999999</v></c>", 9999999.0),
        ("<c s='3'><v>1.5</v></c>", timedelta(days=1.5)),
        ("<c s='4'><v>0.5</v></c>", UnclearNumber(0.5, "0%%")),
        ("<c><f>1+1</f></c>", FormulaWithoutValue()),
        ("<c><f>1+1</f><v></v></c>", FormulaWithoutValue()),
        ("<c t='str'><f>\"\"</f><v></v></c>", ""),
        ("<c t='str'><f>\"\"</f></c>", FormulaWithoutValue()),
        ("<c><f t='shared' si='0'/></c>", FormulaWithoutValue()),
        ("<c><f>1+1</f><v>2</v></c>", 2.0),
        ("<c><v>1</v><extLst><ext><v>2</v></ext></extLst></c>", 1.0),
    ],
)
def test_values(cell: str, value: Any) -> None:
    found = one(cell)
    assert found == value
    assert type(found) is type(value)


def test_days_from_1904() -> None:
    assert one("<c s='2'><v>43648</v></c>", from_1904=True) == datetime(2023, 7, 3)


def test_a_style_that_is_not_there_is_unclear() -> None:
    assert isinstance(one("<c s='99'><v>0.0435</v></c>"), UnclearNumber)


@pytest.mark.parametrize(
    "xml",
    [
        sheet("<sheetData><row r='2'><c r='B2'><v>1</v></c></row></sheetData>"),
        sheet("<sheetData><row r='2'><c r='B2'><v>1</v></c></row></sheetData>", MAIN[1]),
        sheet("<sheetData><row/><row><c/><c><v>1</v></c></row></sheetData>"),
        sheet('<sheetData><row r="2"><c r="b2"><v>1</v></c></row></sheetData>'),
        sheet(
            "<sheetPr/><!-- <sheetData> --><sheetData ><row\nr = '2' ><c r='B2' ><v >1</v ></c ></row ></sheetData >"
        ),
        f"<x:worksheet xmlns:x='{MAIN[0]}'><x:sheetData><x:row><y/></x:row><x:row><x:c/><x:c><x:v>1</x:v></x:c></x:row>"
        "</x:sheetData></x:worksheet>".encode(),
        sheet("<sheetData><row r='2'><c r='B2'><v>1</v></c></row></sheetData>")
        .decode()
        .replace("UTF-8", "UTF-16")
        .encode("utf-16"),
    ],
    ids=str,
)
def test_one_sheet_in_many_writings(xml: bytes) -> None:
    assert read(xml) == [[None, None], [None, 1.0]] or read(xml) == [[], [None, 1.0]]


def test_every_row_has_the_same_width() -> None:
    assert read("<row r='3'><c r='C3'><v>1</v></c></row>") == [[None] * 3, [None] * 3, [None, None, 1.0]]


def test_a_formula_over_several_cells_without_results() -> None:
    rows = read("<row><c><f t='array' ref='A1:A3'>B1:B3</f><v>1</v></c></row><row><c><v>2</v></c></row>")
    assert rows == [[1.0], [2.0], [FormulaWithoutValue()]]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ("<row><c t='s'><v>2</v></c></row>", "单元格 A1 引用的共享文本不存在"),
        ("<row><c t='s'><v>-1</v></c></row>", "共享文本"),
        ("<row><c/><c><v>1_0</v></c></row>", "单元格 B1 的内容不是数字"),
        ("<row><c><v>１</v></c></row>", "不是数字"),
        ("<row><c t='d'><v>2023-W27</v></c></row>", "类型不符"),
        ("<row><c t='b'><v>2</v></c></row>", "类型不符"),
        ("<row><c t='x'><v>2</v></c></row>", "类型不符"),
        ("<row><c><is><t>a</t></is></c></row>", "类型不符"),
        ("<row><c r='A1'><v>1</v></c><c r='A1'><v>2</v></c></row>", "单元格 A1 出现了两次"),
        ("<row r='1'><c><v>1</v></c></row><row r='1'><c><v>2</v></c></row>", "出现了两次"),
    ],
)
def test_cells_that_cannot_be_resolved_are_named(data: str, words: str) -> None:
    with pytest.raises(BadValue, match=words):
        read(data)


MC = "xmlns:mc='http://schemas.openxmlformats.org/markup-compatibility/2006'"


@pytest.mark.parametrize(
    "xml",
    [
        b"",
        b"<worksheet><sheetData/></worksheet>",
        sheet(""),
        sheet("<sheetData/><sheetData/>"),
        sheet("<a><sheetData/></a>"),
        sheet("<row/><sheetData/>"),
        sheet("<sheetData><c><v>1</v></c></sheetData>"),
        sheet("<sheetData><row><row/></row></sheetData>"),
        sheet("<sheetData><row><c><c/></c></row></sheetData>"),
        sheet("<sheetData><row><c><v>1</v><v>2</v></c></row></sheetData>"),
        sheet("<sheetData><row><c><v>1<b/></v></c></row></sheetData>"),
        sheet("<sheetData><row r='0'/></sheetData>"),
        sheet("<sheetData><row r='1048577'/></sheetData>"),
        sheet("<sheetData><row><c r='XFE1'><v>1</v></c></row></sheetData>"),
        sheet("<sheetData><row><c r='1A'><v>1</v></c></row></sheetData>"),
        sheet(f"<sheetData><row><mc:AlternateContent {MC}><c/></mc:AlternateContent></row></sheetData>"),
        sheet(f"<mc:AlternateContent {MC}><sheetData/></mc:AlternateContent>"),
        b"<!DOCTYPE a [<!ENTITY b 'c'>]>" + sheet("<sheetData/>").partition(b"?>")[2],
    ],
    ids=str,
)
def test_what_is_no_worksheet_is_refused(xml: bytes) -> None:
    with pytest.raises(NotXml):
        read(xml)


def test_far_cells() -> None:
    assert len(read("<row r='1048576'><c r='A1048576'><v>1</v></c></row>")) == 1 << 20
    assert read("<row r='1048576'><c r='XFD1048576' s='1'/></row>") == []
    with pytest.raises(FarCell):
        read("<row r='1'><c r='XFD1'><v>1</v></c></row><row r='9999'><c r='A9999'><v>1</v></c></row>")
    with pytest.raises(FarCell):
        read("<row><c><f t='array' ref='A1:XFD1048576'>1</f><v>1</v></c></row>")
    with pytest.raises(FarCell):
        read("<row>" + "<c><f t='array' ref='A1:XFD200'>1</f><v>1</v></c>" * 200 + "</row>")


@pytest.mark.parametrize(
    ("extent", "style", "unclear"),
    [
        ("A1:B2", 0, ["A1"]),
        ("A1", 0, ["A1"]),
        ("$B$1:$B$9 A:A", 0, ["A1"]),
        ("B1", 0, []),
        ("1:1", 0, ["A1"]),
        ("A1:B1", 1, []),
        ("A1:B1", 2, ["B1"]),
    ],
)
def test_formats_that_a_condition_lays_over(extent: str, style: int, unclear: list[str]) -> None:
    """A1 is a plain number, B1 a percentage; the styles show a percentage, nothing of their own, a plain number."""
    rule = f"<conditionalFormatting sqref='{extent}'><cfRule type='cellIs' dxfId='{style}'/></conditionalFormatting>"
    data = "<sheetData><row><c><v>0.0435</v></c><c s='1'><v>0.0435</v></c></row></sheetData>"
    laid = (number_format("0.00%"), None, number_format("0.00"))
    ((first, second),) = read_cells(sheet(data + rule), Values([], FORMATS, False), laid)
    found = [name for name, value in (("A1", first), ("B1", second)) if isinstance(value, UnclearNumber)]
    assert found == unclear


def test_conditional_formats_that_cannot_be_resolved() -> None:
    rule = "<conditionalFormatting sqref='A1'><cfRule dxfId='9'/></conditionalFormatting>"
    with pytest.raises(NotXml):
        read(sheet("<sheetData/>" + rule))
    with pytest.raises(BadValue, match="条件格式"):
        read(
            sheet(
                "<sheetData/><extLst><ext><x:dxf xmlns:x='urn:x'><numFmt numFmtId='9' formatCode='0%'/></x:dxf></ext></extLst>"
            )
        )
