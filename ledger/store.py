"""The store: files by the SHA-256 of their bytes, each once, written beside and renamed, never changed.

`store/ab/abcdef…`: copied with rsync, checked with sha256sum.
"""

import hashlib
import os
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
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
_FRESH_SECONDS = 3600  # a file that is stored again after so long counts as stored now


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
        self._stands = False

    def stand(self) -> None:
        """Makes the folder where it is not there, for the last time: one that goes later (a disk that is no longer mounted)
        must not begin anew, empty, in its place."""
        with self._failures():
            (self.folder / _BESIDE).mkdir(parents=True, exist_ok=True)
        self._stands = True

    @property
    def works(self) -> bool:
        """Whether files can be kept."""
        there = self.folder if self._stands or self.folder.exists() else self.folder.absolute().parent
        return there.is_dir() and os.access(there, os.W_OK | os.X_OK)

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

    def lay(self, sha256: str, seconds: float) -> bool:
        """Whether there is a file of this hash that came so long ago, or longer."""
        return self._lay(self.path(sha256), seconds)

    def names(self) -> Iterator[str]:
        """What lies in the store, by its path within it, but for what is being written: in order."""
        with self._failures():
            for path in sorted(self.folder.rglob("*")):
                if path.is_file() and path.parent.name != _BESIDE:
                    yield path.relative_to(self.folder).as_posix()

    def _keep(self, parts: Iterable[bytes], limit: int | None, sm3: "hashlib._Hash | None") -> Kept:
        beside = self.folder / _BESIDE
        beside.mkdir(parents=not self._stands, exist_ok=True)
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
            with self._held(alone=False):
                if not target.exists():
                    target.parent.mkdir(exist_ok=True)
                    Path(name).rename(target)
                    _sync_folder(target.parent)
                    _sync_folder(self.folder)
                elif time.time() - target.stat().st_mtime > _FRESH_SECONDS:
                    os.utime(target)  # its row comes now: what nobody named so far is not old any more
        finally:
            Path(name).unlink(missing_ok=True)
        return Kept(digest.hexdigest(), size, now(), None if sm3 is None else sm3.hexdigest())

    def tidy(
        self, sha256s: Iterable[str], seconds: float, is_named: Callable[[str], bool]
    ) -> Iterator[tuple[str, int]]:
        """Removes those of these files that lay here for so long and that nothing names, and what was being written so long
        ago; gives the path within the store and the bytes of each. is_named is asked while nothing can be stored.

        A file that is not what its name says is nobody's to remove: that is for whoever looks into it.
        """
        with self._failures():
            for sha256 in sha256s:
                path = self.path(sha256)
                with self._held(alone=True):
                    if not self._lay(path, seconds) or is_named(sha256):
                        continue
                    size = path.stat().st_size
                    if self._is_whole(path, sha256):
                        path.unlink()
                        yield path.relative_to(self.folder).as_posix(), size
            for path in sorted((self.folder / _BESIDE).glob("*")):
                if self._lay(path, seconds):
                    size = path.stat().st_size
                    path.unlink()
                    yield path.relative_to(self.folder).as_posix(), size

    @staticmethod
    def _lay(path: Path, seconds: float) -> bool:
        return path.is_file() and time.time() - path.stat().st_mtime >= seconds

    @staticmethod
    def _is_whole(path: Path, sha256: str) -> bool:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == sha256

    @contextmanager
    def _held(self, alone: bool) -> Iterator[None]:
        """Keeps those who store and whoever tidies apart."""
        try:
            import fcntl  # not there on Windows, where nothing is tidied beside a running portal
        except ImportError:
            yield
            return
        beside = self.folder / _BESIDE
        beside.mkdir(parents=True, exist_ok=True)  # a copied store may be without it
        number = os.open(beside, os.O_RDONLY)
        try:
            fcntl.flock(number, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
            yield
        finally:
            os.close(number)

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
