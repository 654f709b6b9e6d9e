"""Writing files whole: beside the target first, then renamed, so that nobody ever sees half of one."""

import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ledger.errors import EnvironmentFailed, Refused, os_reason, require_plain_target
from ledger.logs import Log

_log = Log(__name__)
_DATABASE = b"SQLite format 3\0"  # what every database file begins with
_LOGS = ("-wal", "-shm", "-journal")  # of a database, beside it under its name
_BESIDE = ".tiexi-"  # short whatever the target is called, since a name of 255 bytes leaves no room for more


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """A temporary path beside the target that takes its place at the end; EnvironmentFailed when it cannot, Refused where
    the target is a database or belongs to one."""
    temporary: Path | None = None
    try:
        require_plain_target(path)
        _refuse_database(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=_BESIDE, dir=path.parent)
        os.close(handle)
        temporary = Path(name)
        yield temporary
        temporary.chmod(0o644)
        temporary.replace(path)
        _log.info("file written", kind=path.suffix.lstrip("."), bytes=path.stat().st_size)
        _log.debug("file written", path=path)
    except OSError as error:
        raise EnvironmentFailed(f"文件 {path} 无法写入：{os_reason(error)}；请检查文件夹、权限与磁盘空间") from error
    finally:
        if temporary is not None:
            with suppress(OSError):  # a disk that failed before may fail at this too
                temporary.unlink(missing_ok=True)


def _refuse_database(path: Path) -> None:
    """The books, or a backup of them, are not written over by a paper that was given their name by mistake."""
    beside = [path.with_name(path.name.removesuffix(log)) for log in _LOGS if path.name.endswith(log)]
    for one in (path, *beside):
        with suppress(PermissionError):
            if one.is_file() and _begins_with(one, _DATABASE):
                raise Refused(f"{one} 是数据库文件，不能被写出的文件覆盖；请换一个文件名")


def _begins_with(path: Path, what: bytes) -> bool:
    with path.open("rb") as stream:
        return stream.read(len(what)) == what


def write_bytes(path: Path, data: bytes | memoryview) -> None:
    """Writes bytes, whole or not at all."""
    with whole_file(path) as temporary:
        temporary.write_bytes(data)


def write_text(path: Path, pieces: Iterable[str]) -> None:
    """Writes text in UTF-8, whole or not at all."""
    with whole_file(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as stream:
        stream.writelines(pieces)


def make_folder(path: Path) -> None:
    """Makes a folder, with its parents; EnvironmentFailed when it cannot."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise EnvironmentFailed(f"文件夹 {path} 无法建立：{os_reason(error)}") from error


def safe(name: str) -> str:
    """The name of a file without what no file's name can have."""
    return "".join("_" if one in '/\\:*?"<>|' or ord(one) < 32 else one for one in name)
