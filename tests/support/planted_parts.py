"""Edits of an exported 附件1 that are made in the XML of a part, where openpyxl cannot make them."""

import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import openpyxl
from openpyxl.workbook import Workbook

FORM, SHEET = "附件1", "xl/worksheets/sheet1.xml"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
Parts = dict[str, bytes]


@dataclass(frozen=True)
class Edit:
    """An edit: by openpyxl (book) or in the parts of the package, the sheet and cell to be named, and whether it can be seen
    without the ledger."""

    name: str
    book: Callable[[Workbook], None] | None = None
    parts: Callable[[Parts], None] | None = None
    sheet: str = FORM
    cell: str = ""
    offline: bool = True

    def make(self, source: Path, target: Path) -> Path:
        if self.book is not None:
            book = openpyxl.load_workbook(source)
            self.book(book)
            book.save(target)
            return target
        with zipfile.ZipFile(source) as archive:
            parts = {name: archive.read(name) for name in archive.namelist()}
        assert self.parts is not None
        self.parts(parts)
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in parts.items():
                archive.writestr(name, data)
        return target


def replaced(part: str, *changes: tuple[str, str]) -> Callable[[Parts], None]:
    def change(parts: Parts) -> None:
        text = parts[part].decode()
        for old, new in changes:
            assert old in text, old
            text = text.replace(old, new, 1)
        parts[part] = text.encode()

    return change


def _related(kind: str, tag: str, part: str, data: bytes, content: str, source: str = SHEET) -> Callable[[Parts], None]:
    """A part that the first sheet (or the workbook) has, and the element that names it."""

    def change(parts: Parts) -> None:
        folder, name = source.rsplit("/", 1)
        relations = f"{folder}/_rels/{name}.rels"
        target = f"/{part}"
        relation = f'<Relationship Id="rId99" Type="{kind}" Target="{target}"/></Relationships>'
        empty = b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"></Relationships>'
        parts[relations] = parts.get(relations, empty).replace(b"</Relationships>", relation.encode())
        parts[part] = data
        override = f'<Override PartName="/{part}" ContentType="{content}"/></Types>'
        parts["[Content_Types].xml"] = parts["[Content_Types].xml"].replace(b"</Types>", override.encode())
        if tag:
            parts[source] = parts[source].replace(b"</worksheet>", f"{tag}</worksheet>".encode())

    return change


_BOX = (
    b'<xdr:wsDr xmlns:xdr="http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing" xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main">'
    b"<xdr:twoCellAnchor><xdr:from><xdr:col>8</xdr:col><xdr:colOff>0</xdr:colOff><xdr:row>4</xdr:row><xdr:rowOff>0</xdr:rowOff></xdr:from><xdr:to><xdr:col>9</xdr:col>"
    b"<xdr:colOff>0</xdr:colOff><xdr:row>5</xdr:row><xdr:rowOff>0</xdr:rowOff></xdr:to><xdr:sp/><xdr:clientData/></xdr:twoCellAnchor></xdr:wsDr>"
)
_RICH = '<si><r><t xml:space="preserve">威海</t></r><r><rPr><sz val="10"/><color rgb="FFFFFFFF"/><rFont val="宋体"/></rPr><t>样例甲公司</t></r></si>'
_MS = "http://schemas.microsoft.com/office"


def _view(attributes: str) -> Callable[[Parts], None]:
    return replaced(SHEET, ('<sheetView tabSelected="1"', f'<sheetView tabSelected="1" {attributes}'))


def _before(tag: str, text: str) -> Callable[[Parts], None]:
    return replaced(SHEET, (tag, text + tag))


def in_xml() -> Iterator[Edit]:
    drawing = f"{RELATIONS}/drawing"
    yield Edit("a text box", parts=_related(drawing, '<drawing r:id="rId99"/>', "xl/drawings/drawing9.xml", _BOX, "application/vnd.openxmlformats-officedocument.drawing+xml"), cell="I5")  # fmt: skip
    yield Edit(
        "a background",
        parts=_related(f"{RELATIONS}/image", '<picture r:id="rId99"/>', "xl/media/image1.png", b"\x89PNG", "image/png"),
    )
    yield Edit("a threaded comment", parts=_related(f"{_MS}/2017/10/relationships/threadedComment", "", "xl/threadedComments/threadedComment1.xml", b'<ThreadedComments xmlns="http://schemas.microsoft.com/office/spreadsheetml/2018/threadedcomments"><threadedComment ref="I5" id="{1}"><text>30</text></threadedComment></ThreadedComments>', "application/vnd.ms-excel.threadedcomments+xml"), cell="I5")  # fmt: skip
    yield Edit(
        "an embedded object",
        parts=_before("</worksheet>", '<oleObjects><oleObject progId="Word.Document" shapeId="1"/></oleObjects>'),
    )
    yield Edit("a macro project", parts=_related(f"{_MS}/2006/relationships/vbaProject", "", "xl/vbaProject.bin", b"\0", "application/vnd.ms-office.vbaProject", "xl/workbook.xml"), sheet="")  # fmt: skip
    yield Edit("a link to another workbook", parts=_related(f"{RELATIONS}/externalLink", "", "xl/externalLinks/externalLink1.xml", b"<a/>", "application/xml", "xl/workbook.xml"), sheet="")  # fmt: skip
    spark = '<extLst><ext uri="{05C60535-1F16-4fd2-B633-F4F36F0B64E0}" xmlns:x14="http://schemas.microsoft.com/office/spreadsheetml/2009/9/main"><x14:sparklineGroups/></ext></extLst>'
    yield Edit("sparklines", parts=_before("</worksheet>", spark))
    yield Edit(
        "a view of its own",
        parts=_before("<printOptions", '<customSheetViews><customSheetView guid="{1}"/></customSheetViews>'),
    )
    yield Edit("what nobody knows", parts=_before("</worksheet>", '<novelty xmlns="urn:novelty"/>'))
    yield Edit(
        "a second window that shows formulas",
        parts=replaced(SHEET, ("</sheetViews>", '<sheetView showFormulas="1" workbookViewId="1"/></sheetViews>')),
    )
    yield Edit(
        "all rows hidden but those described",
        parts=replaced(SHEET, (' ht="20.25" customHeight="1"><c r="A10"', ' hidden="1"><c r="A10"')),
        cell="A10",
    )
    yield Edit(
        "a part of a name in white",
        parts=replaced("xl/sharedStrings.xml", ("<si><t>威海样例甲公司</t></si>", _RICH)),
        cell="B5",
    )
    guide = '<si><t>威海样例甲公司</t><rPh sb="0" eb="2"><t>wei hai</t></rPh></si>'
    yield Edit(
        "a guide to the pronunciation",
        parts=replaced("xl/sharedStrings.xml", ("<si><t>威海样例甲公司</t></si>", guide)),
        cell="B5",
    )
    yield Edit("a font by the theme", parts=_theme_font)
    yield Edit(
        "black by the theme is white",
        parts=replaced(
            "xl/theme/theme1.xml", ('<a:sysClr val="windowText" lastClr="000000"/>', '<a:srgbClr val="FFFFFF"/>')
        ),
        cell="A1",
    )
    yield Edit("styles that say not to be applied", parts=_not_applied)
    yield Edit(
        "calculated by the rules of Lotus", parts=replaced(SHEET, ("<sheetPr>", '<sheetPr transitionEvaluation="1">'))
    )
    yield Edit(
        "window hidden",
        parts=replaced("xl/workbook.xml", ("<workbookView ", '<workbookView visibility="hidden" ')),
        sheet="",
    )
    yield Edit(
        "reading only is proposed",
        parts=replaced("xl/workbook.xml", ("<workbookPr", '<fileSharing readOnlyRecommended="1"/><workbookPr')),
        sheet="",
    )
    yield Edit(
        "a stored total that is wrong",
        parts=replaced(SHEET, ("<f>SUM(J6,J8)</f><v>3500.0</v>", "<f>SUM(J6,J8)</f><v>3501</v>")),
        cell="J9",
    )
    yield Edit(
        "a formula over several cells",
        parts=replaced(SHEET, ("<f>SUM(J6,J8)</f>", '<f t="array" ref="J9">SUM(J6,J8)</f>')),
        cell="J9",
    )
    yield Edit("an error", parts=_figure('t="e"', "<v>#N/A</v>"), cell="I5")
    yield Edit("a picture in a cell", parts=_figure('vm="1"', "<v>1000</v>"), cell="I5")
    yield Edit(
        "a format of the same number for all", parts=replaced("xl/styles.xml", ("#,##0.00####", "#,##0.00")), cell="C5"
    )
    yield Edit(
        "a scale beside the fitted page",
        parts=replaced(SHEET, ('<pageSetUpPr fitToPage="1"/>', '<pageSetUpPr fitToPage="0"/>')),
    )


def _theme_font(parts: Parts) -> None:
    replaced(
        "xl/styles.xml",
        ('<name val="宋体"/><family val="2"/>', '<name val="宋体"/><family val="2"/><scheme val="minor"/>'),
    )(parts)
    parts["xl/theme/theme1.xml"] = re.sub(
        rb'(<a:minorFont><a:latin typeface=")[^"]*', rb"\1Wingdings", parts["xl/theme/theme1.xml"]
    )


def _not_applied(parts: Parts) -> None:
    replaced(
        "xl/styles.xml",
        ('applyNumberFormat="1" applyFont="1" applyBorder="1"', 'applyNumberFormat="0" applyFont="1" applyBorder="1"'),
    )(parts)


def _figure(attribute: str, inside: str) -> Callable[[Parts], None]:
    def change(parts: Parts) -> None:
        text, count = re.subn(
            r'<c r="I5"( s="\d+")?>.*?</c>', rf'<c r="I5"\1 {attribute}>{inside}</c>', parts[SHEET].decode(), count=1
        )
        assert count == 1
        parts[SHEET] = text.encode()

    return change
