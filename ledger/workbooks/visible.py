"""Which characters of a text a person can see: those that nobody can see are dropped before anything is judged or stored.

A note number that ends in such a character looks like another that does not, and would be a second loan. Blanks stay:
tab, line breaks and the Unicode spaces are what separates words, and each reader says what it does with them.
"""

import unicodedata

_LINE_BREAKS_AND_TAB = "\t\n\r\x85"  # the only controls that stand for something: a blank (U+2028 and U+2029 are none)
_OBJECT = "\ufffc"  # stands where a picture was
# Default_Ignorable_Code_Point of Unicode 17, which is stable: what a font shows as nothing. Variation selectors and the
# Hangul and Mongolian fillers are among them.
DEFAULT_IGNORABLE = (
    (0x00AD, 0x00AD),
    (0x034F, 0x034F),
    (0x061C, 0x061C),
    (0x115F, 0x1160),
    (0x17B4, 0x17B5),
    (0x180B, 0x180F),
    (0x200B, 0x200F),
    (0x202A, 0x202E),
    (0x2060, 0x206F),
    (0x3164, 0x3164),
    (0xFE00, 0xFE0F),
    (0xFEFF, 0xFEFF),
    (0xFFA0, 0xFFA0),
    (0xFFF0, 0xFFF8),
    (0x1BCA0, 0x1BCA3),
    (0x1D173, 0x1D17A),
    (0xE0000, 0xE0FFF),
)


def _is_seen(character: str) -> bool:
    if unicodedata.category(character) in ("Cc", "Cf"):
        return character in _LINE_BREAKS_AND_TAB
    code = ord(character)
    return character != _OBJECT and not any(first <= code <= last for first, last in DEFAULT_IGNORABLE)


class _Seen(dict[int, str | None]):
    """For str.translate: a character that is seen stays, another goes; each is looked up once."""

    def __missing__(self, code: int) -> str | None:
        character = chr(code)
        self[code] = found = character if _is_seen(character) else None
        return found


class _Spelled(dict[int, str]):
    """For str.translate: a character that cannot be printed is spelled as U+XXXX."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        printed = character.isprintable() and _is_seen(character)
        self[code] = found = character if printed else f"U+{code:04X}"
        return found


_SEEN = _Seen()
_SPELLED = _Spelled({ord("\n"): "⏎", 0x3000: "\u3000"})


def visible(text: str) -> str:
    """A text without the characters that nobody can see."""
    return text if text.isascii() and text.isprintable() else text.translate(_SEEN)


def spelled(text: str) -> str:
    """A text for a message: a line break as ⏎, any other character that cannot be printed as U+XXXX."""
    return text if text.isascii() and text.isprintable() else text.translate(_SPELLED)
