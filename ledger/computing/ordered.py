"""Columns in the order of the lines: put one column at a time, taken some rows of all columns at a time."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from typing import IO, TYPE_CHECKING

from ledger.computing.packing import pack, unpack
from ledger.errors import EnvironmentFailed, os_reason

if TYPE_CHECKING:
    from ledger.lazy import np

AT_ONCE = 50_000
"""Rows of a chunk; the last one of a column may have fewer."""


class Ordered:
    """Columns of equal length, cut into chunks alike: in memory, or in a file without a name, which is gone with this."""

    def __init__(self, on_disk: bool) -> None:
        self._file: IO[bytes] | None = None
        self._kept: dict[str, list[np.ndarray]] = {}
        self._lying: dict[str, list[tuple[int, int]]] = {}  # where the bytes of each chunk begin, and how many
        if on_disk:
            try:
                self._file = tempfile.TemporaryFile(prefix="tiexi-lines-")  # noqa: SIM115  (open as long as this is there)
            except OSError as error:
                raise _unusable(error) from error

    def put(self, name: str, chunks: Iterable[np.ndarray]) -> None:
        """A column: int64, bool or texts, AT_ONCE rows at a time."""
        if self._file is None:
            self._kept[name] = list(chunks)
            return
        lying = self._lying[name] = []
        try:
            start = self._file.seek(0, 2)
            for chunk in chunks:
                packed = pack(chunk)
                self._file.write(packed)
                lying.append((start, len(packed)))
                start += len(packed)
        except OSError as error:
            raise _unusable(error) from error

    def chunks(self) -> Iterator[dict[str, np.ndarray]]:
        """All columns, some rows at a time, from the first row on."""
        if self._file is None:
            names, columns = list(self._kept), list(self._kept.values())
            for parts in zip(*columns, strict=True):
                yield dict(zip(names, parts, strict=True))
            return
        names, places = list(self._lying), list(self._lying.values())
        for parts in zip(*places, strict=True):
            yield {name: self._read(*part) for name, part in zip(names, parts, strict=True)}

    def _read(self, start: int, length: int) -> np.ndarray:
        assert self._file is not None
        self._file.seek(start)
        return unpack(self._file.read(length))


def _unusable(error: OSError) -> EnvironmentFailed:
    return EnvironmentFailed(f"临时文件夹 {tempfile.gettempdir()} 中无法写入：{os_reason(error)}")
