"""The store: files by the SHA-256 of their bytes, each once, written beside and renamed, never changed.

`store/ab/abcdef…`: copied with rsync, checked with sha256sum.
"""

import hashlib
import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from ledger.errors import EnvironmentFailed, os_reason
from ledger.workdays import now

_MODE = 0o440
_BESIDE = "新.tmp"  # files that are being written; what a crash leaves of them is nobody's
_AT_ONCE = 1 << 20


@dataclass(frozen=True)
class Kept:
    """A file of the store: its SHA-256 and its size in bytes; when its last byte was on disk, by the city's clock.

    sm3: where it was asked for and this machine's library has it.
    """

    sha256: str
    size: int
    at: datetime = field(compare=False)
    sm3: str | None = None


def sm3_of(path: Path) -> str | None:
    """The SM3 of a file (GB/T 32905); None where this machine's library has it not."""
    digest = _sm3()
    if digest is not None:
        with path.open("rb") as file:
            while part := file.read(_AT_ONCE):
                digest.update(part)
    return None if digest is None else digest.hexdigest()


def _sm3() -> "hashlib._Hash | None":
    try:
        return hashlib.new("sm3")
    except ValueError:  # built without it
        return None


class TooLarge(Exception):
    """What is being stored has more bytes than it may have. Nothing of it is kept."""


class Store:
    """One folder of files by their hash."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, sha256: str) -> Path:
        """Where the file with these bytes lies, or would lie."""
        return self.folder / sha256[:2] / sha256

    def keep(self, parts: Iterable[bytes], limit: int | None = None, sm3: bool = False) -> Kept:
        """Stores what comes in parts; on disk when it returns. TooLarge beyond the limit, EnvironmentFailed where the disk fails.

        sm3: whether its SM3 is taken beside its SHA-256.
        """
        with self._failures():
            return self._keep(parts, limit, _sm3() if sm3 else None)

    def keep_file(self, source: BinaryIO, limit: int | None = None, sm3: bool = False) -> Kept:
        """Stores what a file holds from its beginning."""
        source.seek(0)
        return self.keep(iter(lambda: source.read(_AT_ONCE), b""), limit, sm3)

    def read(self, sha256: str) -> bytes:
        """The bytes of a file; EnvironmentFailed where it is missing or is not what its name says."""
        path = self.path(sha256)
        with self._failures():
            data = path.read_bytes()
        if hashlib.sha256(data).hexdigest() != sha256:
            raise EnvironmentFailed(f"文件库中的文件 {sha256[:12]}… 与其摘要不符，内容被改动；请以备份恢复")
        return data

    def open(self, sha256: str) -> tuple[BinaryIO, int]:
        """A file, open at its beginning, and its size; EnvironmentFailed where it is missing or is not what its name says."""
        with self._failures():
            file = self.path(sha256).open("rb")
            if hashlib.file_digest(file, "sha256").hexdigest() != sha256:
                file.close()
                raise EnvironmentFailed(f"文件库中的文件 {sha256[:12]}… 与其摘要不符，内容被改动；请以备份恢复")
            size = file.tell()
            file.seek(0)
            return file, size

    def holds(self, sha256: str) -> bool:
        """Whether there is a file of this hash."""
        return self.path(sha256).is_file()

    def names(self) -> Iterator[str]:
        """What lies in the store, by its path within it, but for what is being written: in order."""
        with self._failures():
            for path in sorted(self.folder.rglob("*")):
                if path.is_file() and path.parent.name != _BESIDE:
                    yield path.relative_to(self.folder).as_posix()

    def _keep(self, parts: Iterable[bytes], limit: int | None, sm3: "hashlib._Hash | None") -> Kept:
        beside = self.folder / _BESIDE
        beside.mkdir(parents=True, exist_ok=True)
        digest, size = hashlib.sha256(), 0
        number, name = tempfile.mkstemp(dir=beside)
        try:
            with os.fdopen(number, "wb") as file:
                for part in parts:
                    size += len(part)
                    if limit is not None and size > limit:
                        raise TooLarge
                    digest.update(part)
                    if sm3 is not None:
                        sm3.update(part)
                    file.write(part)
                file.flush()
                os.fsync(file.fileno())
                os.fchmod(file.fileno(), _MODE)
            target = self.path(digest.hexdigest())
            if not target.exists():
                target.parent.mkdir(exist_ok=True)
                Path(name).rename(target)
                _sync_folder(target.parent)
                _sync_folder(self.folder)
        finally:
            Path(name).unlink(missing_ok=True)
        return Kept(digest.hexdigest(), size, now(), None if sm3 is None else sm3.hexdigest())

    @contextmanager
    def _failures(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise EnvironmentFailed(
                f"文件库不能使用：{os_reason(error)}；请检查设置 portal.store 所指的文件夹"
            ) from error


def _sync_folder(folder: Path) -> None:
    """Has the folder's own entries on disk too, where the system lets folders be synced."""
    with suppress(OSError):
        number = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)
