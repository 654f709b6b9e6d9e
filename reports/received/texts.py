"""The texts of a workbook as they are written, with the looks of their parts: in its table of texts, or in a cell itself.

Nothing is dropped: two texts that differ in a character that nobody sees are two texts here.
"""

from collections.abc import Sequence
from typing import NamedTuple

from lxml import etree

from ledger.workbooks.escapes import unescaped
from ledger.workbooks.packages import Package, children, local_name

ALTERNATIVES = "{http://schemas.openxmlformats.org/markup-compatibility/2006}AlternateContent"


class Text(NamedTuple):
    """A text, the font properties of each part that has its own (None: those of the cell), and whether it has a guide to
    its pronunciation above it."""

    text: str
    parts: Sequence[etree._Element | None] = ()
    guided: bool = False


def shared_texts(package: Package) -> list[Text]:
    """The workbook's table of texts by their number."""
    part = package.one_related(package.workbook, "sharedStrings")
    root = None if part is None else package.xml(part)
    if root is not None and next(root.iter(ALTERNATIVES), None) is not None:
        package.refuse("文本有几种写法（AlternateContent），无法确定显示哪一种；请在表格软件中打开、另存后重试")
    return [] if root is None else [read_text(element) for element in children(root, "si")]


def read_text(element: etree._Element) -> Text:
    """A text from `si` or `is`."""
    found: list[str] = []
    parts: list[etree._Element | None] = []
    guided = False
    for child in element:
        name = local_name(child.tag)
        if name == "t":
            found.append(_words(child))
        elif name == "r":
            words = "".join(map(_words, children(child, "t")))
            found.append(words)
            if words.strip():
                parts.append(next(children(child, "rPr"), None))
        elif name == "rPh":
            guided = True
    return Text(
        unescaped("".join(found)).replace("\r\n", "\n"),
        parts if any(each is not None for each in parts) else (),
        guided,
    )


def _words(element: etree._Element) -> str:
    return (element.text or "") if not len(element) else "".join(element.xpath("text()"))
