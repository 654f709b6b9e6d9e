"""Plain rows are what the parser would find, and nothing that it would not find is taken for one."""

import pytest

from ledger.workbooks import sheet_cells
from ledger.workbooks.cell_values import BadValue, Values
from ledger.workbooks.number_formats import number_format
from ledger.workbooks.packages import MAIN
from ledger.workbooks.plain_rows import cut_plain_rows
from ledger.workbooks.safe_xml import NotXml
from ledger.workbooks.sheet_cells import read_cells

FORMATS = tuple(map(number_format, ("General", "0.00%", "yyyy-mm-dd")))
PLAIN = '<row r="1" spans="1:3"><c r="A1" t="s"><v>0</v></c><c r="B1" s="1"><v>0.5</v></c><c r="C1" s="1"/></row>'


def values() -> Values:
    return Values(["甲", "乙"], FORMATS, False)


def sheet(data: str, head: str = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n') -> bytes:
    return f'{head}<worksheet xmlns="{MAIN[0]}"><sheetData>{data}</sheetData></worksheet>'.encode()


def test_a_plain_row_is_cut_out() -> None:
    odd = '<row r="2"><c r="A2"><f>1+1</f><v>2</v></c></row>'
    cut = cut_plain_rows(sheet(PLAIN + odd), values())
    assert cut is not None
    tags = '<row r="1" spans="1:3"></row>'
    assert (cut.tags, [(row, columns) for row, columns, _ in cut.rows]) == (3, [(0, [0, 1, 2])])
    assert cut.rest == sheet(tags + odd + tags)


def test_of_rows_that_follow_each_other_the_parser_sees_where_they_end_and_what_their_tags_say() -> None:
    rows = "".join(f'<row r="{n}"{" ht=" if n % 3 else ""}><c r="A{n}"><v>{n}</v></c></row>' for n in range(1, 100))
    cut = cut_plain_rows(sheet(rows), values())
    assert cut is not None
    assert len(cut.rows) == 99
    assert cut.rest == sheet('<row r="99"></row>' + '<row r="98" ht=></row>' + '<row r="99"></row>')


@pytest.mark.parametrize(
    "xml",
    [
        sheet(PLAIN),
        sheet(""),
        sheet(
            PLAIN.replace("甲", "乙")
            + '<row r="2"/><row r="4"><c r="B4" t="inlineStr"><is><t>a_x0041_\u202c</t></is></c></row>'
        ),
        sheet(PLAIN + '<row r="2"><c r="A2" t="inlineStr"><is><t xml:space="preserve"> 甲 </t></is></c></row>'),
        sheet(PLAIN + '<row r="3"><c r="A2"><v>1</v></c><c r="B3"><v>2</v></c></row>'),
        sheet(PLAIN + '<row r="2"><c r="B2"><v>1</v></c><c r="A2"><v>2</v></c></row>'),
        sheet(PLAIN + '<row r="2"><c r="A2" t="str"><v>a&amp;b</v></c></row>'),
        sheet(PLAIN + '<row r="2"><c r="A2" t="str"><v>a\r\nb</v></c></row>'),
        sheet(PLAIN + '<row r="2"><c r="A2" t="e"><v>#N/A</v></c><c r="B2" t="b"><v>1</v></c></row>'),
        sheet(PLAIN + '<row r="2"><c r="A2"><v>x</v></c></row>'),
        sheet(PLAIN + '<row r="2"><c r="A2" t="s"><v>9</v></c></row>'),
        sheet(PLAIN + PLAIN),
        sheet('<row r="1"></row>' + PLAIN.replace("1", "2", 1)),
        sheet(PLAIN + '<row r="2"></row><row r="3"><c r="A3" s="1"/></row>'),
        sheet(
            PLAIN
            + "".join(
                f'<row r="{n}">' + f'<c r="A{n}" s="{n}"/><c r="B{n}"><v>{n}</v></c></row>' for n in range(2, 260)
            )
        ),
        sheet("<row r='1'/>" + '<row r="2">' + "".join(f'<c r="{c}2"><v>1</v></c>' for c in "ABCDEFGHIJ") + "</row>"),
        sheet(PLAIN + '<row r="2"><c r="A2"><c r="B2"><v>1</v></c></c></row>'),
        sheet(PLAIN + '<row r="2"><row r="3"><c r="B3"><v>1</v></c></row></row>'),
        sheet(PLAIN + '<row r="2" spans="1:3"><c r="A2"><v>1</v></c></row><row><c><v>3</v></c></row>'),
        sheet('<x xmlns="urn:x">' + PLAIN + "</x>" + PLAIN.replace("1", "2")),
        sheet(PLAIN + PLAIN.replace('r="1"', 'r="2" customFormat="1" s="2"').replace('s="1"', "")),
        sheet(PLAIN + '<row r="2" ht=1><c r="A2"><v>1</v></c></row><row r="3"><c r="A3"><v>1</v></c></row>'),
        sheet(PLAIN + '<row r="2" ht="1"><c r="A2" t="str"><v>_x0041_</v></c></row>'),
        sheet(PLAIN + '<row r="3" ht="1"><c r="A2" t="str"><v>_x0041_</v></c><c r="B2"><v>2</v></c></row>'),
        sheet(PLAIN + '<x xmlns="urn:x"><row r="2"><c r="B2"><v>1</v></c></row></x>'),
        sheet(PLAIN + '<row r="2" xmlns="urn:x"><c r="B2"><v>1</v></c></row>'),
        sheet(PLAIN + '<row r="2" r="3"><c r="B2"><v>1</v></c></row>'),
        sheet(PLAIN + '<row r="2"><c r="B2"><v>1</t></is></c></row>'),
        sheet(PLAIN + '<row r="2"><c r="B2" s="1"/>7</row>'),
        sheet(PLAIN + '<row r="2"><c r="B2" t="str"><v>\ufffe</v></c></row>'),
        sheet(PLAIN + '<row r="2"><c r="ZZZ2"><v>1</v></c></row>'),
        sheet(PLAIN + "<!-- </sheetData> --><row r='2'><c r='A2'><v>1</v></c></row>"),
        sheet(PLAIN + '<row r="2"><c r="A2" t="str"><v><![CDATA[</row>]]></v></c></row>'),
        sheet(PLAIN, '<?xml version="1.0" encoding="ISO-8859-1"?>').replace("甲".encode(), b"\xe4"),
        sheet(PLAIN).replace(b"<sheetData>", b"<foo><sheetData>").replace(b"</sheetData>", b"</sheetData></foo>"),
        sheet(PLAIN).replace(b"</worksheet>", b"<sheetData/></worksheet>"),
        sheet(PLAIN).replace(b"</worksheet>", b""),
        sheet(PLAIN).replace(MAIN[0].encode(), b"urn:x"),
    ],
    ids=str,
)
def test_both_ways_find_the_same(xml: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    def found() -> object:
        try:
            return read_cells(xml, values())
        except BadValue as error:
            return str(error)
        except NotXml:
            return NotXml

    fast = found()
    monkeypatch.setattr(sheet_cells, "cut_plain_rows", lambda *_: None)
    assert fast == found()
