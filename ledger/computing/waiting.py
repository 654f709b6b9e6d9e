"""Values that wait in a file until they are taken, in the order in which they came."""

import pickle
import tempfile
from collections.abc import Iterable, Iterator
from itertools import islice
from types import TracebackType
from typing import Generic, Self, TypeVar

from ledger.errors import EnvironmentFailed, os_reason

T = TypeVar("T")
_AT_ONCE = 1_000


class Waiting(Generic[T]):
    """Plain values in a file without a name, which is gone with this. Taken as often as wanted, few of them at a time."""

    def __init__(self, values: Iterable[T]) -> None:
        try:
            self._file = tempfile.TemporaryFile(prefix="tiexi-")  # noqa: SIM115  (open until it is left)
            left = iter(values)
            while some := list(islice(left, _AT_ONCE)):
                pickle.dump(some, self._file, pickle.HIGHEST_PROTOCOL)
            self._end = self._file.tell()
        except OSError as error:
            raise EnvironmentFailed(f"临时文件夹 {tempfile.gettempdir()} 中无法写入：{os_reason(error)}") from error

    def __iter__(self) -> Iterator[T]:
        place = 0
        while place < self._end:
            self._file.seek(place)
            some = pickle.load(self._file)
            place = self._file.tell()
            yield from some

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._file.close()
