"""Where the columns of judged parts wait until all parts are there: in memory, or in a folder of files.

A part is put whole, in any order and by any process, and replaces what an earlier try of the same part left. It is read a
column at a time, part after part, so that no more than one column of one part need be held.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from ledger.computing.packing import as_array, pack, unpack
from ledger.errors import EnvironmentFailed, os_reason

if TYPE_CHECKING:
    from ledger.lazy import np

Columns = Mapping[str, "np.ndarray | Sequence[str | None]"]


class Spool(ABC):
    """Columns by part and name. Used in a `with` by whoever makes it: it is empty and gone at the end, whatever happens.

    What is pickled of it is where it lies, so that other processes can put their parts.
    """

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    @abstractmethod
    def put(self, part: int, columns: Columns) -> None:
        """All columns of a part, one-dimensional: int64, bool, or texts (None for none). They may differ in length."""

    @abstractmethod
    def column(self, name: str) -> Iterator[np.ndarray]:
        """A column of each part, in the order of the parts; int64, bool or objects. KeyError where a part has none."""

    @abstractmethod
    def rows(self, name: str) -> list[int]:
        """How many rows a column has in each part, in the order of the parts."""

    @abstractmethod
    def close(self) -> None:
        """Empties it."""


class MemorySpool(Spool):
    """Columns as they are, in this process."""

    def __init__(self) -> None:
        self._parts: dict[int, dict[str, np.ndarray]] = {}

    def put(self, part: int, columns: Columns) -> None:
        self._parts[part] = {name: as_array(values) for name, values in columns.items()}

    def column(self, name: str) -> Iterator[np.ndarray]:
        for part in sorted(self._parts):
            yield self._parts[part][name]

    def rows(self, name: str) -> list[int]:
        return [len(self._parts[part][name]) for part in sorted(self._parts)]

    def close(self) -> None:
        self._parts.clear()


_PREFIX, _LOCK, _END = "tiexi-parts-", "lock", ".part"
_LENGTH = 8


class FolderSpool(Spool):
    """A file for each part, in a folder of its own that only its maker can look into.

    It lies where the system keeps temporary files (TMPDIR). What a maker left that was killed is removed by the next.
    """

    def __init__(self, under: Path | None = None) -> None:
        parent = under or Path(tempfile.gettempdir())
        _tidy(parent)
        try:
            self._folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=parent))
            self._lock: int | None = _locked(self._folder / _LOCK)
        except OSError as error:
            raise EnvironmentFailed(f"临时文件夹 {parent} 中无法写入：{os_reason(error)}") from error

    def __getstate__(self) -> dict[str, Any]:
        return {"_folder": self._folder, "_lock": None}  # whoever made it holds the lock

    def put(self, part: int, columns: Columns) -> None:
        index: dict[str, tuple[int, int, int]] = {}  # where its bytes begin, how many, and how many rows
        draft = self._folder / f"{part}.{os.getpid()}"
        try:
            with draft.open("wb") as file:
                for name, values in columns.items():
                    array = as_array(values)
                    packed = pack(array)
                    index[name] = (file.tell(), len(packed), len(array))
                    file.write(packed)
                end = json.dumps(index).encode()
                file.write(end + len(end).to_bytes(_LENGTH, "little"))
            draft.replace(self._folder / f"{part}{_END}")
        except OSError as error:
            raise EnvironmentFailed(f"临时文件夹 {self._folder} 中无法写入：{os_reason(error)}") from error

    def column(self, name: str) -> Iterator[np.ndarray]:
        for path in self._paths():
            with path.open("rb") as file:
                start, length, _ = _index(file)[name]
                file.seek(start)
                yield unpack(file.read(length))

    def rows(self, name: str) -> list[int]:
        counts = []
        for path in self._paths():
            with path.open("rb") as file:
                counts.append(_index(file)[name][2])
        return counts

    def close(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _paths(self) -> list[Path]:
        return sorted(self._folder.glob(f"*{_END}"), key=lambda path: int(path.stem))


def _index(file: Any) -> dict[str, tuple[int, int, int]]:
    """What a part's file says at its end of its columns."""
    file.seek(-_LENGTH, os.SEEK_END)
    length = int.from_bytes(file.read(_LENGTH), "little")
    file.seek(-_LENGTH - length, os.SEEK_END)
    found: dict[str, tuple[int, int, int]] = json.loads(file.read(length))
    return found


def _locked(path: Path) -> int | None:
    """A descriptor of the file with its lock, which ends with this process; None where another has it.

    Windows has no such locks: there no file is made, and nothing is tidied.
    """
    try:
        import fcntl
    except ImportError:
        return None
    descriptor = os.open(path, os.O_RDONLY | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def _tidy(parent: Path) -> None:
    """Removes the folders of makers that are no longer there."""
    for folder in parent.glob(f"{_PREFIX}*"):
        with suppress(OSError):  # of another user, or gone already
            if (folder / _LOCK).exists() and (lock := _locked(folder / _LOCK)) is not None:
                shutil.rmtree(folder, ignore_errors=True)
                os.close(lock)
