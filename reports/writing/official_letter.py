"""Templates of official letters (公文) as GB/T 9704 lays them out, made from a plain list of parts.

Page A4 with margins of 37, 35, 28 and 26 mm (top, bottom, left, right); title in 小标宋 二号, body in 仿宋 三号, 28 points a
line, page numbers outside. Where a font is missing, the program that shows the letter takes the one that is named beside it.
The marks ({{ 名称 }}, {%p for … %}) are docxtpl's.
"""

import io
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from docx.document import Document

DATED = "　　　年　　月　　日"  # to be filled in by hand
TITLE, RECEIVER, HEADING, BODY, ATTACHED, SIGNED, NOTE, BARE = range(8)
_FALLBACK = {"方正小标宋简体": "宋体", "仿宋": "FangSong", "黑体": "SimHei"}
_THREE, _TWO, _FOUR, _FIVE, _SMALL_FIVE = 16, 22, 14, 10.5, 9  # 三号, 二号, 四号, 五号, 小五 in points
_FIGURES = "Times New Roman"  # narrow enough for six decimals in a cell
_MANY = 6  # columns from which on a table's figures are in 小五
_LINE = 28  # points
_WITH_NEXT = (HEADING, ATTACHED, SIGNED, NOTE)  # so that no signature stands on a page of its own
_STYLES = ("Normal", "Default Paragraph Font", "Normal Table", "No List", "Table Grid", "Footer", "Footer Char")
_MADE = datetime(2026, 1, 1)


class Text(NamedTuple):
    """A paragraph of one of the kinds above. A line break in a title parts it where its words end. last: of the body, so that
    it stands on the page of the signature."""

    kind: int
    text: str
    last: bool = False


class Rows(NamedTuple):
    """A table with a row for each `item` of a list: headers, what stands in each cell, widths in mm; texts: how many of the
    first columns are text, the others being figures; whole: whether it is short, and is kept on one page."""

    headers: Sequence[str]
    item: str
    of: str
    cells: Sequence[str]
    widths: Sequence[float]
    texts: int = 1
    whole: bool = False


class Each(NamedTuple):
    """Parts that are repeated for each `item` of a list; with an empty item, parts that stand where the list is not empty."""

    item: str
    of: str
    parts: Sequence[Any]


def made(parts: Sequence[Any]) -> bytes:
    """The template as a .docx: the same bytes of the same parts."""
    import docx
    from docx.shared import Mm

    document = docx.Document()
    body = document.element.body
    for element in list(body)[:-1]:
        body.remove(element)
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(37), Mm(35)
    section.left_margin, section.right_margin = Mm(28), Mm(26)
    section.footer_distance = Mm(25)
    _plain_styles(document)
    _page_numbers(document)
    for part in parts:
        _add(document, part)
    properties = document.core_properties
    properties.author = properties.comments = properties.title = properties.last_modified_by = ""
    properties.created = properties.modified = _MADE
    _without_extras(document)
    out = io.BytesIO()
    document.save(out)
    return _same_bytes(out.getvalue())


def keep(folder: Path, templates: Mapping[str, Sequence[Any]]) -> None:
    """Writes templates, by their names, into the folder where they are kept."""
    folder.mkdir(exist_ok=True)
    for name, parts in templates.items():
        (folder / f"{name}.docx").write_bytes(made(parts))


def _add(document: "Document", part: Any) -> None:
    if isinstance(part, Text):
        _paragraph(document.add_paragraph(), part)
    elif isinstance(part, Rows):
        _table(document, part)
    else:
        opening = f"{{%p for {part.item} in {part.of} %}}" if part.item else f"{{%p if {part.of} %}}"
        _paragraph(document.add_paragraph(), Text(BARE, opening))
        for inner in part.parts:
            _add(document, inner)
        closing = "{%p endfor %}" if part.item else "{%p endif %}"
        _paragraph(document.add_paragraph(), Text(BARE, closing))


def _paragraph(paragraph: Any, part: Text) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
    from docx.shared import Pt

    fonts = {TITLE: "方正小标宋简体", HEADING: "黑体"}
    size = {TITLE: _TWO, NOTE: _FIVE}.get(part.kind, _THREE)
    run = paragraph.add_run(part.text)
    _font(run, fonts.get(part.kind, "仿宋"), size)
    layout = paragraph.paragraph_format
    if part.kind == TITLE:
        paragraph.alignment = ALIGN.CENTER
        layout.space_after = Pt(_LINE)
    elif part.kind == SIGNED:
        paragraph.alignment = ALIGN.RIGHT
        _indent(paragraph, rightChars="400", right=str(4 * _THREE * 20))
    elif part.kind in (HEADING, BODY, ATTACHED):
        _indent(paragraph, firstLineChars="200", firstLine=str(2 * _THREE * 20))
    if part.kind in _WITH_NEXT or part.last or not part.text:
        layout.keep_with_next = True


def _table(document: "Document", part: Rows) -> None:
    from docx.shared import Mm, Pt

    table = document.add_table(rows=4, cols=len(part.headers))
    table.style = "Table Grid"
    table.autofit = False
    size = _FIVE if len(part.headers) < _MANY else _SMALL_FIVE
    _narrow_margins(table)
    _repeat_header(table.rows[0])
    for column, (header, cell, width) in enumerate(zip(part.headers, part.cells, part.widths, strict=True)):
        for row, text in ((0, header), (1, ""), (2, cell), (3, "")):
            place = table.cell(row, column)
            place.width = Mm(width)
            paragraph = place.paragraphs[0]
            paragraph.paragraph_format.line_spacing = Pt(16)
            paragraph.alignment = 1 if row == 0 else (0 if column < part.texts else 2)
            paragraph.paragraph_format.keep_with_next = part.whole
            _font(paragraph.add_run(text), "黑体" if row == 0 else "仿宋", size, _FIGURES)
    for row, mark in ((1, f"{{%tr for {part.item} in {part.of} %}}"), (3, "{%tr endfor %}")):
        table.cell(row, 0).paragraphs[0].runs[0].text = mark
    for row in table.rows:
        _unbroken(row)


def _font(run: Any, name: str, size: float, latin: str = "") -> None:
    from docx.oxml.ns import qn
    from docx.shared import Pt

    run.font.name, run.font.size = latin or name, Pt(size)
    run._element.rPr.rFonts.set(qn("w:eastAsia"), name)


def _indent(paragraph: Any, **values: str) -> None:
    from docx.oxml.ns import qn

    indent = paragraph._p.get_or_add_pPr().get_or_add_ind()
    for name, value in values.items():
        indent.set(qn(f"w:{name}"), value)


def _element(name: str, **values: str) -> Any:
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    made_one = OxmlElement(f"w:{name}")
    for key, value in values.items():
        made_one.set(qn(f"w:{key}"), value)
    return made_one


def _narrow_margins(table: Any) -> None:
    """1 mm left and right in each cell, so that six decimals fit."""
    margins = _element("tblCellMar")
    for side in ("left", "right"):
        margins.append(_element(side, w="57", type="dxa"))
    table._tbl.tblPr.append(margins)


def _repeat_header(row: Any) -> None:
    row._tr.get_or_add_trPr().append(_element("tblHeader"))


def _unbroken(row: Any) -> None:
    row._tr.get_or_add_trPr().insert(0, _element("cantSplit"))


def _plain_styles(document: "Document") -> None:
    """The body's font and spacing, without the language and looks of the library's own template."""
    from docx.oxml.ns import qn
    from docx.shared import Pt

    for style in list(document.styles):
        if style.name not in _STYLES:
            style.element.getparent().remove(style.element)
    normal: Any = document.styles["Normal"]
    normal.font.name, normal.font.size = "仿宋", Pt(_THREE)
    normal.element.rPr.rFonts.set(qn("w:eastAsia"), "仿宋")
    layout = normal.paragraph_format
    layout.line_spacing, layout.space_after, layout.space_before = Pt(_LINE), Pt(0), Pt(0)


def _page_numbers(document: "Document") -> None:
    """— 1 — outside: right on odd pages, left on even ones."""
    document.settings.odd_and_even_pages_header_footer = True
    section = document.sections[0]
    for footer, alignment, side in ((section.footer, 2, "right"), (section.even_page_footer, 0, "left")):
        paragraph = footer.paragraphs[0]
        paragraph.alignment = alignment
        _indent(paragraph, **{f"{side}Chars": "100", side: str(_FOUR * 20)})
        for piece in _numbered():
            run = paragraph.add_run(piece if isinstance(piece, str) else "")
            _font(run, "宋体", _FOUR)
            if not isinstance(piece, str):
                run._r.append(piece)


def _numbered() -> Iterator[Any]:
    yield "— "
    yield _element("fldChar", fldCharType="begin")
    instruction = _element("instrText")
    instruction.text = "PAGE"
    yield instruction
    yield _element("fldChar", fldCharType="end")
    yield " —"


def _without_extras(document: "Document") -> None:
    """Leaves out what the library's own template brings along, and names the fonts to fall back on."""
    package: Any = document.part.package
    for owner in (package, document.part):
        for key, relation in list(owner.rels.items()):
            if relation.reltype.endswith(("/thumbnail", "/customXml", "/stylesWithEffects", "/numbering")):
                del owner.rels[key]
    entries = "".join(
        f'<w:font w:name="{name}"><w:altName w:val="{other}"/><w:charset w:val="86"/></w:font>'
        for name, other in _FALLBACK.items()
    )
    for part in package.iter_parts():
        if str(part.partname) == "/word/fontTable.xml":
            part._blob = part.blob.replace(b"</w:fonts>", entries.encode() + b"</w:fonts>")


def _same_bytes(data: bytes) -> bytes:
    """The package with a fixed time on each of its parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(out, "w") as target:
        for entry in source.infolist():
            fixed = zipfile.ZipInfo(entry.filename, _MADE.timetuple()[:6])
            fixed.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(fixed, source.read(entry))
    return out.getvalue()
