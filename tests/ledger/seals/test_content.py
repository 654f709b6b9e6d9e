"""Digests of rows as they are written, and as they are read back: the same, whatever a text holds."""

import sys
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ledger import models
from ledger.seals import content
from ledger.seals.content import packed, packed_columns

_INTEGERS = st.integers(-(2**63), 2**63 - 1)
_TEXTS = st.none() | st.text(st.characters(exclude_categories=()))  # halves of characters among them
TABLE = models.table_of(models.Intake)
NAMES = ("id", "file_name", "uploader", "amend_reason", "sheet")


def as_read(columns: dict[str, list[Any]]) -> bytes:
    """What the rows give that lie in a database with these columns."""
    head = content._head(TABLE, NAMES)
    rows = zip(*(columns[name] for name in NAMES), strict=True)
    return packed((row[0], content._digest(head, row)) for row in rows)


@given(st.lists(st.tuples(_INTEGERS, *[_TEXTS] * 4), min_size=1))
def test_rows_are_digested_as_they_will_be_read(rows: list[tuple[Any, ...]]) -> None:
    columns = dict(zip(NAMES, map(list, zip(*rows, strict=True)), strict=True))
    assert packed_columns(TABLE, NAMES, columns) == as_read(columns)


def test_every_character_is_written_alike() -> None:
    texts = [chr(code) for code in range(sys.maxunicode + 1)]
    columns = {"id": list(range(len(texts))), **dict.fromkeys(NAMES[1:], texts)}
    assert packed_columns(TABLE, NAMES, columns) == as_read(columns)


def test_bytes_and_large_numbers_are_written_alike() -> None:
    odd = [b"", b"\x00\xff", 2**64, -(2**63) - 1, True, False]
    columns = {"id": list(range(len(odd))), **dict.fromkeys(NAMES[1:], odd)}
    assert packed_columns(TABLE, NAMES, columns) == as_read(columns)


def test_what_is_no_number_is_not_read_as_nothing() -> None:
    """A database may be made to hold it by hand: its digest is not that of an empty value."""
    head = content._head(TABLE, NAMES)
    digests = {content._digest(head, (1, "a", "b", one, None)) for one in (None, float("inf"), float("-inf"), 0, 0.0)}
    assert len(digests) == 5
