"""The key of the portal's forms and second factors: a file that only whoever runs the portal may read."""

import os
import secrets
import stat
from pathlib import Path

from sqlalchemy import Engine

from ledger.accounts import factors
from ledger.errors import EnvironmentFailed, os_reason

_BYTES = 32


def of_portal(engine: Engine, path: Path) -> bytes:
    """The key of a portal on a database; EnvironmentFailed also where its file is gone, or another than the one under which
    the second factors on file were encrypted: then none is made, so that the lost one can be put back."""
    if not path.exists():
        factors.require_key(engine, None, path)
    key = read_or_make(path)
    factors.require_key(engine, key, path)
    return key


def read_or_make(path: Path) -> bytes:
    """The key of a file; made at the first start. EnvironmentFailed where others may read it, or it is none."""
    try:
        if not path.exists():
            _make(path)
        mode = path.stat().st_mode
        key = path.read_bytes()
    except OSError as error:
        raise EnvironmentFailed(f"密钥文件 {path} 无法读写：{os_reason(error)}") from error
    if not stat.S_ISREG(mode) or mode & 0o077:
        raise EnvironmentFailed(f"密钥文件 {path} 可由他人读取，未启动；请运行 chmod 600 {path}，并考虑是否已泄露")
    if len(key) != _BYTES:
        raise EnvironmentFailed(f"密钥文件 {path} 的内容不是密钥（应为 {_BYTES} 字节），未启动；请从备份恢复")
    return key


def _make(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(secrets.token_bytes(_BYTES))
        file.flush()
        os.fsync(file.fileno())
