"""Names and codes compared without regard to width, case and blanks: exactly, and over-wide by the database beforehand.

How a name is written is kept as it was sent, so no index finds every spelling. The database leaves out the names that cannot be
meant, which are nearly all; the few others are compared here.
"""

import unicodedata

from sqlalchemy import ColumnElement, SQLColumnExpression, and_, or_

from ledger.workbooks import cells

_ANY = "%"
_DIGITS = "0123456789"
_WIDER = 0xFEE0  # from a digit to its full-width twin


def plain(text: str) -> str:
    """A text by which names and codes are compared: as intake reads them, and without regard to case."""
    return "".join(cells.half_width(text).split()).casefold()


def spellings(character: str) -> str:
    """The characters that `plain` may have made this one of; '' where that may be others, as of letters."""
    if character in _DIGITS:
        return character + chr(ord(character) + _WIDER)
    return (
        character if unicodedata.category(character) == "Lo" else ""
    )  # a letter without case, as Chinese characters are


def may_hold(column: SQLColumnExpression[str], wanted: str) -> ColumnElement[bool]:
    """Whether a column's text can have these plain words in it: true of all that have, and of few others."""
    known = [(one, spellings(one)) for one in wanted]
    pattern = _ANY.join(one if one == spelt else "" for one, spelt in known)
    digits = [or_(*map(column.contains, spelt)) for one, spelt in sorted(set(known)) if len(spelt) > 1]
    return and_(column.like(f"{_ANY}{pattern}{_ANY}"), *digits)
