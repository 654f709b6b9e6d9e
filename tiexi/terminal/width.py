"""How wide text is on a terminal, a Chinese character counting as two columns, and text in lines of a width."""

import re
import shutil
import sys
from collections.abc import Iterator

from rich.cells import cell_len

__all__ = ["cell_len", "folded", "line_width", "longest_word", "table_width"]

_USUAL = 80  # columns: what tables keep to where nobody says how wide the reader's window is
_LEAST = 40  # columns: a window narrower than that breaks lines by itself
# a word of letters and figures, the year or the number of a document (〔2024〕, 12号), or one other character, with what
# closes a phrase after it
_PIECES = re.compile(r"(?:〔[\x21-\x7e]{1,6}〕|[\x21-\x7e]+号?|[^\x21-\x7e])[，。；：、）」》？！]*")


def table_width() -> int:
    """How wide a table may be: as the window, or as COLUMNS says; 80 where neither is known."""
    return max(shutil.get_terminal_size((_USUAL, 24)).columns, _LEAST)


def line_width() -> int | None:
    """How wide a sentence may be; None where it goes into a file or another program, which take it whole."""
    return table_width() if sys.stdout.isatty() else None


def folded(text: str, room: int, hang: str = "") -> Iterator[str]:
    """A text in lines of at most so many columns: between any two characters but not inside a word of letters and figures,
    and never so that a line begins with what closes a phrase. hang: what goes before all lines but the first."""
    line, begun = "", True
    for piece in _PIECES.findall(text):
        if begun and line.strip() and cell_len(line + piece.rstrip()) > room:
            yield line.rstrip()
            line, begun = hang, False
        if begun or piece.strip():
            line, begun = line + piece, True
    yield line.rstrip()


def longest_word(text: str) -> int:
    """The least room in which a text can be folded."""
    return max((cell_len(piece) for piece in _PIECES.findall(text)), default=0)
