"""Texts as a workbook stores them: runs of formatted text joined, phonetic guides left out, escapes undone."""

from xml.parsers import expat

from ledger.workbooks.escapes import unescaped
from ledger.workbooks.packages import MAIN, Package
from ledger.workbooks.safe_xml import NotXml, hardened_parser
from ledger.workbooks.visible import visible

_ALTERNATIVES = "http://schemas.openxmlformats.org/markup-compatibility/2006"


def read_shared_strings(package: Package) -> list[str]:
    """The shared strings by their index, as they are seen; Refused when their part is damaged."""
    part = package.one_related(package.workbook, "sharedStrings")
    if part is None:
        return []
    reader = _Reader()
    try:
        reader.read(package.part(part))
    except (expat.ExpatError, ValueError) as error:
        package.damaged(part, error)
    return reader.strings


class _Reader:
    """Collects `sst/si`, each `t` and `r/t`; whatever else stands there holds no text that is shown."""

    def __init__(self) -> None:
        self.strings: list[str] = []

    def read(self, xml: bytes) -> None:
        parser = hardened_parser()
        path: list[str] = []
        runs: list[str] = []
        text: list[str] = []

        def start(tag: str, attributes: dict[str, str]) -> None:
            space, _, name = tag.rpartition("}")
            place = name if space in MAIN else tag
            path.append(place)
            if len(path) == 1 and place != "sst":
                raise NotXml("no shared strings")
            if space == _ALTERNATIVES:
                raise NotXml("alternatives among shared strings")
            text.clear()

        def end(tag: str) -> None:
            if path == ["sst", "si"]:
                self.strings.append(visible("".join(runs)))
                runs.clear()
            elif path == ["sst", "si", "t"] or path == ["sst", "si", "r", "t"]:
                runs.append(unescaped("".join(text)))
            path.pop()

        parser.StartElementHandler = start
        parser.EndElementHandler = end
        parser.CharacterDataHandler = text.append
        parser.Parse(xml, True)
