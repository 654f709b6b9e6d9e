"""Columns as bytes: small, exact, and the same on every machine.

An integer takes as many bytes as the column's largest needs; of texts each distinct one is kept once.
"""

from __future__ import annotations

from collections.abc import Sequence

from ledger.lazy import np, pd

_INTEGERS = {1: b"1", 2: b"2", 4: b"4", 8: b"8"}  # by their bytes
_WIDTHS = {mark: width for width, mark in _INTEGERS.items()}
_BOOLEANS, _TEXTS = b"b", b"t"
_BETWEEN = "\0"  # which no text on file holds: it is dropped wherever text comes in
_LENGTH = 8


def as_array(values: np.ndarray | Sequence[str | None]) -> np.ndarray:
    """A column as an array: int64 or bool as they are, texts (None for none) as objects."""
    if isinstance(values, np.ndarray):
        return values
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array


def pack(values: np.ndarray) -> bytes:
    """A one-dimensional column as bytes; ValueError for one that is neither integers, booleans nor texts."""
    if values.dtype == bool:
        return _BOOLEANS + values.tobytes()
    if values.dtype == object:
        return _TEXTS + _packed_texts(values)
    if values.dtype.kind != "i":
        raise ValueError(f"no column of {values.dtype}")
    low, high = (int(values.min()), int(values.max())) if values.size else (0, 0)
    width = next(width for width in _INTEGERS if -(1 << 8 * width - 1) <= low and high < 1 << 8 * width - 1)
    return _INTEGERS[width] + values.astype(f"<i{width}").tobytes()


def unpack(packed: bytes) -> np.ndarray:
    """The column that was packed: int64, bool or objects."""
    mark, content = packed[:1], memoryview(packed)[1:]
    if mark == _BOOLEANS:
        return np.frombuffer(content, dtype=bool)
    if mark == _TEXTS:
        return _unpacked_texts(content)
    return np.frombuffer(content, dtype=f"<i{_WIDTHS[mark]}").astype(np.int64)


def _packed_texts(values: np.ndarray) -> bytes:
    places, distinct = pd.factorize(values)  # none is -1
    joined = _BETWEEN.join(distinct)
    if joined.count(_BETWEEN) != max(len(distinct) - 1, 0):
        raise ValueError("a text with U+0000")
    packed = pack(places.astype(np.int64))
    return len(packed).to_bytes(_LENGTH, "little") + packed + joined.encode()


def _unpacked_texts(content: memoryview) -> np.ndarray:
    end = _LENGTH + int.from_bytes(content[:_LENGTH], "little")
    places = unpack(bytes(content[_LENGTH:end]))
    distinct: list[str | None] = [*bytes(content[end:]).decode().split(_BETWEEN), None]
    return as_array(distinct)[places]  # -1 takes the last
