"""Workbooks as other programs write them by merely saving, imitated from the standard and from files of theirs.

What each writes otherwise: Excel its own attributes, calculation chain and printer settings, columns one by one, shared formulas;
WPS its own fonts' character sets, many named styles, properties, an empty hidden sheet; both other numbers for styles.
"""

import re
import zipfile
from collections.abc import Callable
from pathlib import Path

Parts = dict[str, str]
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_STRICT = {
    _MAIN: "http://purl.oclc.org/ooxml/spreadsheetml/main",
    _RELATIONS: "http://purl.oclc.org/ooxml/officeDocument/relationships",
}
_SETTINGS = f'<Relationship Id="rId77" Type="{_RELATIONS}/printerSettings" Target="../printerSettings/printerSettings1.bin"/></Relationships>'
_NO_RELATIONS = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"></Relationships>'


def resaved(source: Path, target: Path, *changes: Callable[[Parts], None], encoding: str = "utf-8") -> Path:
    """A copy with the XML of its parts changed."""
    with zipfile.ZipFile(source) as archive:
        parts = {name: archive.read(name).decode() for name in archive.namelist()}
    for change in changes:
        change(parts)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            if encoding != "utf-8" and name.startswith("xl/"):
                text = text.replace('encoding="UTF-8"', f'encoding="{encoding}"')
                archive.writestr(name, text.encode(encoding))
            else:
                archive.writestr(name, text)
    return target


def _sheets(parts: Parts) -> list[str]:
    return [name for name in parts if name.startswith("xl/worksheets/sheet")]


def _each_sheet(change: Callable[[str], str]) -> Callable[[Parts], None]:
    def on(parts: Parts) -> None:
        for name in _sheets(parts):
            parts[name] = change(parts[name])

    return on


def excel_sheets(parts: Parts) -> None:
    """Attributes of Excel's own, each column by itself, zoom, grid lines and page breaks on screen, another active sheet."""
    for name in _sheets(parts):
        text = parts[name].replace(
            "<worksheet ",
            '<worksheet xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" mc:Ignorable="x14ac" '
            'xmlns:x14ac="http://schemas.microsoft.com/office/spreadsheetml/2009/9/ac" ', 1,
        )  # fmt: skip
        text = text.replace(
            '<sheetFormatPr defaultRowHeight="15"/>', '<sheetFormatPr defaultRowHeight="15" x14ac:dyDescent="0.25"/>'
        )
        text = re.sub("<row ", '<row x14ac:dyDescent="0.25" thickBot="1" ', text)
        text = text.replace(
            "<sheetView ",
            '<sheetView zoomScale="85" zoomScaleNormal="85" showGridLines="0" view="pageBreakPreview" ',
            1,
        )
        text = re.sub(r'<col min="(\d+)" max="(\d+)" ([^>]*)/>', _split, text)
        text = text.replace("<pageSetup ", '<pageSetup r:id="rId77" horizontalDpi="600" verticalDpi="600" ', 1)
        parts[name] = text
        relations = name.replace("worksheets/", "worksheets/_rels/") + ".rels"
        parts[relations] = parts.get(relations, _NO_RELATIONS).replace("</Relationships>", _SETTINGS)
    parts["xl/printerSettings/printerSettings1.bin"] = "printer"
    _type(
        parts,
        '<Default Extension="bin" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.printerSettings"/>',
    )


def _split(match: re.Match[str]) -> str:
    first, last, rest = int(match[1]), int(match[2]), match[3]
    return "".join(f'<col min="{place}" max="{place}" {rest} bestFit="1"/>' for place in range(first, last + 1))


def _type(parts: Parts, text: str) -> None:
    parts["[Content_Types].xml"] = parts["[Content_Types].xml"].replace("</Types>", f"{text}</Types>")


def excel_workbook(parts: Parts) -> None:
    """What Excel says of itself, no calculation asked for, a chain of it, and labels and persons."""
    text = parts["xl/workbook.xml"]
    text = re.sub(
        "<fileVersion[^>]*/>", '<fileVersion appName="xl" lastEdited="7" lowestEdited="7" rupBuild="27030"/>', text
    )
    text = re.sub("<calcPr[^>]*/>", '<calcPr calcId="191029"/>', text)
    text = text.replace("<workbookPr ", '<workbookPr codeName="ThisWorkbook" ').replace(
        "<workbookView ", '<workbookView activeTab="1" firstSheet="0" '
    )
    text = text.replace(
        "</workbook>",
        '<extLst><ext uri="{140A7094-0E35-4892-8432-C4D2E57EDEB5}" xmlns:x15="http://schemas.microsoft.com/office/spreadsheetml/2010/11/main"><x15:workbookPr chartTrackingRefBase="1"/></ext></extLst></workbook>',
    )
    parts["xl/workbook.xml"] = text
    parts["xl/calcChain.xml"] = f'<calcChain xmlns="{_MAIN}"><c r="C6" i="1"/></calcChain>'
    parts["xl/persons/person.xml"] = "<personList/>"
    more = (
        f'<Relationship Id="rId88" Type="{_RELATIONS}/calcChain" Target="calcChain.xml"/>'
        '<Relationship Id="rId89" Type="http://schemas.microsoft.com/office/2017/10/relationships/person" Target="persons/person.xml"/>'
    )
    parts["xl/_rels/workbook.xml.rels"] = parts["xl/_rels/workbook.xml.rels"].replace(
        "</Relationships>", f"{more}</Relationships>"
    )
    _type(
        parts,
        '<Override PartName="/xl/calcChain.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.calcChain+xml"/>',
    )
    parts["docProps/app.xml"] = "<Properties><Application>Microsoft Excel</Application></Properties>"


def other_style_numbers(parts: Parts) -> None:
    """The table of styles the other way round, each twice; automatic colours by their index."""
    text = parts["xl/styles.xml"].replace('<color auto="1"/>', '<color indexed="64"/>')
    found = re.search(r'<cellXfs count="(\d+)">(.*?)</cellXfs>', text, re.DOTALL)
    assert found
    styles = re.findall(
        r"<xf .*?(?:/>|</xf>)", re.sub(r"(<xf [^>]*[^/])>(<alignment[^>]*/>)</xf>", r"\1>\2</xf>", found[2]), re.DOTALL
    )
    styles = re.findall(r"<xf [^>]*/>|<xf [^>]*[^/]>.*?</xf>", found[2], re.DOTALL)
    first, rest = styles[0], styles[1:][::-1]
    count = len(styles)
    parts["xl/styles.xml"] = text.replace(
        found[0], f'<cellXfs count="{2 * count}">{"".join([first, *rest, first, *rest])}</cellXfs>'
    )

    def renumber(match: re.Match[str]) -> str:
        old = int(match[2])
        new = old if old == 0 else count - old + (count if old % 2 else 0)
        return f'{match[1]} s="{new}"'

    for name in _sheets(parts):
        parts[name] = re.sub(r'(<c r="[A-Z]+\d+") s="(\d+)"', renumber, parts[name])


def shared_formulas(parts: Parts) -> None:
    """The sums of a row written once, the others as the same."""
    for name in _sheets(parts):
        rows = parts[name].split("<row ")
        for place, row in enumerate(rows):
            sums = re.findall(r'<c r="([A-Z])(\d+)"([^>]*)><f>SUM\(([^,()]*)\)</f>', row)
            for first, second in zip(sums, sums[1:], strict=False):
                if ord(second[0]) == ord(first[0]) + 1:
                    a, b = f"{first[0]}{first[1]}", f"{second[0]}{second[1]}"
                    row = row.replace(
                        f'<c r="{a}"{first[2]}><f>SUM({first[3]})</f>',
                        f'<c r="{a}"{first[2]}><f t="shared" ref="{a}:{b}" si="{place}">SUM({first[3]})</f>',
                    )
                    row = row.replace(
                        f'<c r="{b}"{second[2]}><f>SUM({second[3]})</f>',
                        f'<c r="{b}"{second[2]}><f t="shared" si="{place}"/>',
                    )
                    break
            rows[place] = row
        parts[name] = "<row ".join(rows)


def inline_texts(parts: Parts) -> None:
    """Texts in the cells themselves, and no table of them."""
    texts = re.findall(r"<si>(.*?)</si>", parts["xl/sharedStrings.xml"], re.DOTALL)
    for name in _sheets(parts):
        parts[name] = re.sub(
            r't="s"><v>(\d+)</v>', lambda match: f't="inlineStr"><is>{texts[int(match[1])]}</is>', parts[name]
        )
    del parts["xl/sharedStrings.xml"]
    parts["xl/_rels/workbook.xml.rels"] = re.sub(
        r'<Relationship [^>]*sharedStrings"[^>]*/>', "", parts["xl/_rels/workbook.xml.rels"]
    )
    parts["[Content_Types].xml"] = re.sub(
        r'<Override PartName="/xl/sharedStrings.xml"[^>]*/>', "", parts["[Content_Types].xml"]
    )


def wps(parts: Parts) -> None:
    """Character sets at the fonts, named styles that are not applied, an empty hidden sheet, properties, ignored errors."""
    text = parts["xl/styles.xml"].replace('<family val="2"/>', '<charset val="134"/>')
    named = '<cellStyleXfs count="2"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/><xf numFmtId="43" fontId="1" fillId="0" borderId="0" applyFont="0" applyAlignment="0"><alignment vertical="center"/></xf></cellStyleXfs>'
    text = re.sub("<cellStyleXfs.*?</cellStyleXfs>", named, text, flags=re.DOTALL)
    text = re.sub(
        r'<numFmts count="\d+">',
        '\\g<0><numFmt numFmtId="43" formatCode="_ * #,##0.00_ ;_ * \\\\-#,##0.00_ ;_ * &quot;-&quot;??_ ;_ @_ "/>',
        text,
    )
    parts["xl/styles.xml"] = text.replace("yyyy-mm-dd", "yyyy\\-mm\\-dd")
    for name in _sheets(parts):
        sheet = re.sub(r"(width=\"\d+)\.7109375", r"\1.7083333333333", parts[name])
        sheet = sheet.replace("<headerFooter>", '<headerFooter alignWithMargins="0" scaleWithDoc="0">')
        parts[name] = sheet.replace("<pageSetup ", '<pageSetup usePrinterDefaults="0" ', 1)
    parts["xl/worksheets/sheet9.xml"] = f'<worksheet xmlns="{_MAIN}"><sheetData/></worksheet>'
    parts["xl/workbook.xml"] = parts["xl/workbook.xml"].replace(
        "</sheets>", '<sheet name="WpsReserved_1" sheetId="99" state="veryHidden" r:id="rId90"/></sheets>'
    )
    relation = (
        f'<Relationship Id="rId90" Type="{_RELATIONS}/worksheet" Target="worksheets/sheet9.xml"/></Relationships>'
    )
    parts["xl/_rels/workbook.xml.rels"] = parts["xl/_rels/workbook.xml.rels"].replace("</Relationships>", relation)
    _type(
        parts,
        '<Override PartName="/xl/worksheets/sheet9.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>',
    )
    parts["docProps/custom.xml"] = "<Properties/>"
    parts["_rels/.rels"] = parts["_rels/.rels"].replace(
        "</Relationships>",
        f'<Relationship Id="rId91" Type="{_RELATIONS}/custom-properties" Target="docProps/custom.xml"/></Relationships>',
    )


ignored_errors = _each_sheet(
    lambda text: text.replace(
        "</headerFooter>",
        '</headerFooter><ignoredErrors><ignoredError sqref="A1:J10" numberStoredAsText="1"/></ignoredErrors>',
    )
)
heights_of_data = _each_sheet(
    lambda text: re.sub(r'<row r="(\d+)" spans="([^"]*)">', r'<row r="\1" spans="\2" ht="14.4">', text)
)
numbers_in_full = _each_sheet(
    lambda text: re.sub(r"<v>(\d+)\.0</v>", r"<v>\1</v>", text).replace("<v>1500</v>", "<v>1500.0000000000002</v>")
)
empty_text_cells = _each_sheet(
    lambda text: text.replace("</row></sheetData>", "</row></sheetData>").replace('t="s"', 't="s" ph="0"')
)


def fonts_by_the_theme(parts: Parts) -> None:
    """Black by the theme said plainly, and the standard font without its scheme."""
    text = parts["xl/styles.xml"].replace('<color theme="1"/>', '<color rgb="FF000000"/>')
    parts["xl/styles.xml"] = text.replace('<scheme val="minor"/>', "")


def strict(parts: Parts) -> None:
    """The variant of the standard without what is older than it; days as days."""
    for name in parts:
        for old, new in _STRICT.items():
            parts[name] = parts[name].replace(old, new)
    for name in _sheets(parts):
        parts[name] = re.sub(
            r'(<c r="[IJ]\d+" s="\d+")><v>(45\d\d\d)</v>',
            lambda match: f'{match[1]} t="d"><v>{_day(int(match[2]))}</v>',
            parts[name],
        )


def _day(number: int) -> str:
    from datetime import date, timedelta

    return (date(1899, 12, 30) + timedelta(days=number)).isoformat() + "T00:00:00.000"


def prefixed(parts: Parts) -> None:
    """The sheets with a prefix at each of their elements."""
    for name in _sheets(parts):
        text = re.sub(r"<(/?)([a-zA-Z])", r"<\1x:\2", parts[name])
        parts[name] = text.replace(f'xmlns="{_MAIN}"', f'xmlns:x="{_MAIN}"')
