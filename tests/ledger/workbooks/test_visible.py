"""Characters that nobody can see: which they are, and that messages spell what they cannot print."""

import unicodedata

import pytest
import regex

from ledger.workbooks.cells import read_code, read_date, read_name, read_number, read_text, shown
from ledger.workbooks.visible import DEFAULT_IGNORABLE, spelled, visible


def test_the_table_of_ignorable_characters_is_unicodes() -> None:
    everything = "".join(chr(code) for code in range(0x110000) if not 0xD800 <= code < 0xE000)
    ranges = {chr(code) for first, last in DEFAULT_IGNORABLE for code in range(first, last + 1)}
    assert ranges == set(regex.findall(r"\p{Default_Ignorable_Code_Point}", everything))


@pytest.mark.parametrize("code", [0, 7, 0xB, 0x1C, 0x7F, 0xAD, 0x34F, 0x115F, 0x180E, 0x202C, 0x2066, 0x3164, 0xFE0D])
@pytest.mark.parametrize("more", [0xFEFF, 0xFFA0, 0xFFFC, 0xE0061, 0xE01EF])
def test_what_nobody_sees_is_dropped(code: int, more: int) -> None:
    text = f"{chr(more)}样例{chr(code)}12{chr(more)}"
    assert visible(text) == "样例12"
    assert read_code(text) == read_name(text) == read_text(text) == "样例12"
    assert read_number(f"1{chr(code)}2") == 12
    assert read_date(f"2023-07-0{chr(more)}3").isoformat() == "2023-07-03"


@pytest.mark.parametrize("blank", ["\t", "\n", "\r", "\x85", "\u2028", "\u2029", "\u00a0", "\u3000"])
def test_blanks_stay_blanks(blank: str) -> None:
    assert visible(f"甲{blank}乙") == f"甲{blank}乙"
    assert read_text(f"甲{blank}乙{blank}") == "甲 乙"
    assert read_name(f"{blank}甲{blank}乙") == "甲乙"
    assert read_code(f"{blank}12{blank}") == "12"


def test_messages_spell_what_cannot_be_printed() -> None:
    assert spelled("甲\u202c乙\n丙\t") == "甲U+202C乙⏎丙U+0009"
    assert shown("1\ue000") == "1U+E000"
    assert spelled("样例　银行 1") == "样例　银行 1"


def test_every_control_and_format_character_is_one_or_the_other() -> None:
    for code in range(0x110000):
        if unicodedata.category(chr(code)) in ("Cc", "Cf"):
            assert (visible(chr(code)) == "") != (chr(code) in "\t\n\r\x85")
