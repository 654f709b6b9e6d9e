"""What a database says when it fails, as one Chinese sentence; mistakes in our own statements stay errors.

SQLite is known by its words, PostgreSQL by its states (SQLSTATE), since its words follow the server's language. Only a
connection that never came about has no state: there the words of libpq are read, as far as they are known.
"""

import re
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from ledger.database.addresses import shown
from ledger.errors import Damaged, EnvironmentFailed

_READ_ONLY = "readonly database"
_SQLITE = {
    "unable to open database file": "无法打开数据库文件",
    _READ_ONLY: "数据库文件只读",
    "disk is full": "磁盘空间不足",
    "disk I/O error": "磁盘读写出错",
    "malformed": "内容已损坏",
    "not a database": "不是 SQLite 数据库",
    "locked": "正被另一程序使用",
    "no such table": "数据库结构不完整",
    "no such column": "数据库结构不完整",
    "already exists": "数据库的结构与所记的版本不符（可能被改动过）",
}
_NO_DATABASE_FILE = ("not a database", "malformed")

_LOCK_WAIT_OVER = "55P03"
_LOST = "与数据库服务器的连接已中断，未完成的改动没有保留"
_STATES = {  # the first entry with which a state begins
    "08": _LOST,
    "25006": "数据库只读（可能是备用服务器，或被设为只读）",
    "25P03": _LOST,
    "28": "用户名或密码不对，或不允许从本机连接",
    "3D000": "服务器上没有这个数据库",
    "3F000": "没有可以使用的模式（schema），或没有使用它的权限",
    "40": "与另一程序的改动冲突",
    "42501": "没有权限",
    "42703": "数据库结构不完整",
    "42P01": "数据库结构不完整",
    "42P07": "数据库的结构与所记的版本不符（可能被改动过）",
    "53100": "服务器磁盘空间不足",
    "53200": "服务器内存不足",
    "53300": "服务器连接数已满",
    "53": "服务器资源不足",
    "57014": "操作被服务器取消（超时，或由管理员取消）",
    "57P03": "服务器正在启动或关闭",
    "57": _LOST,
    "58": "服务器磁盘读写出错",
    "XX": "服务器报告内部错误或数据损坏",
}
_NOT_CONNECTED = ("connection failed", "connection is bad", "connection timeout", "failed to resolve")
_CONNECTING = {  # in the words of libpq, or of a server that speaks English
    "password authentication failed": "用户名或密码不对",
    "no password supplied": "没有给出密码",
    "no pg_hba.conf entry": "服务器不允许这个用户从本机连接",
    "Connection refused": "服务器没有启动，或端口不对",
    "No such file or directory": "服务器没有启动，或地址不对",
    "invalid port number": "端口不对",
    "failed to resolve": "找不到服务器的地址",
    "could not translate host name": "找不到服务器的地址",
    "timeout": "连接服务器超时",
    "timed out": "连接服务器超时",
    "starting up": "服务器正在启动或关闭",
    "shutting down": "服务器正在启动或关闭",
    "too many clients": "服务器连接数已满",
    "remaining connection slots": "服务器连接数已满",
    'FATAL:  role "': "服务器上没有这个用户",
    'FATAL:  database "': "服务器上没有这个数据库",
}


_OPTION = re.compile(r'invalid connection option "(\w+)"')
_OPTION_VALUE = re.compile(r"bad value for (\w+)|invalid (\w+) value")


@contextmanager
def in_a_sentence(engine: Engine, seconds: int) -> Iterator[None]:
    """Turns failures of the database itself into EnvironmentFailed; `seconds` is how long a lock was waited for."""
    try:
        yield
    except (DBAPIError, engine.dialect.loaded_dbapi.Error) as error:
        original = error.orig if isinstance(error, DBAPIError) else error
        named = shown(engine.url)
        found = (_of_sqlite if engine.dialect.name == "sqlite" else _of_postgresql)(engine, original, named, seconds)
        if found is None:
            raise
        if _READ_ONLY in str(original):
            engine.dispose()  # a connection opened while the file was read-only stays so after the file no longer is
        raise EnvironmentFailed(found) from error
    except (ValueError, TypeError) as error:
        if not _of_a_stored_value(error):
            raise
        raise Damaged(shown(engine.url)) from error


def _of_a_stored_value(error: Exception) -> bool:
    """Whether a value on file could not be read as its column's: raised where SQLAlchemy makes values of what the driver
    gave, as of a date that is none or JSON that is none."""
    for frame, _ in reversed(list(traceback.walk_tb(error.__traceback__))):
        file = Path(frame.f_code.co_filename)
        if "json" not in file.parts:
            return "sqlalchemy" in file.parts and bool({"engine", "sqltypes.py", "processors.py"} & {*file.parts})
    return False


def waited(named: str, seconds: int) -> str:
    """That another writer held the database for longer than one waits."""
    return f"数据库 {named} 正被另一程序写入，已等待 {seconds} 秒；请稍后重试"


def _of_sqlite(engine: Engine, error: Any, named: str, seconds: int) -> str | None:
    text = str(error)
    if any(words in text for words in _NO_DATABASE_FILE):
        return f"{named} 不是可用的数据库文件；请检查 --database 所指的文件"
    if not isinstance(error, engine.dialect.loaded_dbapi.OperationalError):
        return None
    if "locked" in text:
        return waited(named, seconds)
    return f"数据库 {named} 无法使用：{sqlite_reason(error)}；请检查路径、权限与磁盘空间"


def sqlite_reason(error: Exception) -> str:
    """Why SQLite failed, in Chinese where the reason is a usual one."""
    return next((reason for words, reason in _SQLITE.items() if words in str(error)), str(error))


def _of_postgresql(engine: Engine, error: Any, named: str, seconds: int) -> str | None:
    state = getattr(error, "sqlstate", None)
    if state is None and (option := _OPTION.search(str(error))):
        return f"数据库 {named} 无法使用：地址中没有 {option[1]} 这个参数；请核对地址"
    if state is None and (option := _OPTION_VALUE.search(str(error))):
        return f"数据库 {named} 无法使用：地址中参数 {option[1] or option[2]} 的值不对；请核对地址"
    if state == _LOCK_WAIT_OVER:
        return waited(named, seconds)
    if state is not None:
        reason = next((reason for start, reason in _STATES.items() if state.startswith(start)), None)
    elif isinstance(error, engine.dialect.loaded_dbapi.OperationalError):
        reason = _without_state(str(error))
    else:
        reason = None
    return reason and f"数据库 {named} 无法使用：{reason}；请检查地址、账号、权限与服务器状态后重试"


def _without_state(text: str) -> str:
    """libpq's words: a connection that did not come about, or one that broke."""
    if not text.startswith(_NOT_CONNECTED):
        return _LOST
    last = [line.strip() for line in text.splitlines() if line.strip()][-1]
    return next((reason for words, reason in _CONNECTING.items() if words in text), f"连接不上（{last}）")
