"""Database addresses: which are of use, and how one may be shown, since it can hold a password in more than one place."""

import re
from urllib.parse import unquote

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from ledger.errors import EnvironmentFailed

_DRIVERS = {
    "sqlite": "sqlite", "sqlite+pysqlite": "sqlite", "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg", "postgresql+psycopg": "postgresql+psycopg",
}  # fmt: skip
_HIDDEN = "***"
# password, sslpassword, and what somebody may take for them; passfile is the name of a file
_SECRETS = re.compile(r"([?&](?!passfile=)[^=&]*(?:pass|pwd|secret|token)[^=&]*=)[^&]*", re.IGNORECASE)

# in an address that cannot be read, what may be a password: up to the last @, or after a user whose host was forgotten
_GUESSED = re.compile(r"(//[^/:@]+:|:(?!//))(?:.*(?=@)|[^@/?]*)")


def read_address(text: str) -> URL:
    """The address with one of the two drivers, and with its password where it is hidden when shown.

    EnvironmentFailed when it is of no use.
    """
    try:
        url = make_url(text)
        driver = _DRIVERS[url.drivername]
    except (ArgumentError, ValueError, KeyError) as error:
        raise unreadable(text) from error
    if _cut_short(text):
        raise EnvironmentFailed(
            f"数据库地址「{shown(text)}」中 @ 不止一个；密码里的特殊字符要写成百分号编码，如 @ 写作 %40、% 写作 %25"
        )
    if driver == "sqlite" and url.query:
        raise EnvironmentFailed(
            f"数据库地址「{shown(text)}」中 ? 以后的参数不能用；文件数据库应形如 sqlite:///tiexi.db"
        )
    password = url.query.get("password")
    if isinstance(password, str):
        url = url.difference_update_query(["password"]).set(password=password)
    return url.set(drivername=driver)


def unreadable(text: str) -> EnvironmentFailed:
    """What to say of an address that is none."""
    return EnvironmentFailed(
        f"数据库地址「{shown(text)}」无法识别；应形如 sqlite:///tiexi.db 或 postgresql+psycopg://用户:密码@主机/数据库"
    )


def shown(address: str | URL) -> str:
    """An address as anybody may see it: without any password."""
    try:
        url = make_url(address)
        text = url.render_as_string(hide_password=True)
        text = unquote(text) if url.drivername.startswith("sqlite") else text  # a path, in whatever language
    except (ArgumentError, ValueError):
        text = ""
    if isinstance(address, str) and _cut_short(address):
        text = ""
    return _SECRETS.sub(rf"\1{_HIDDEN}", text or _GUESSED.sub(rf"\1{_HIDDEN}", str(address), count=1))


def _cut_short(text: str) -> bool:
    """Whether a password with a plain @ would be cut at it, and its end taken for the host."""
    return not text.startswith("sqlite") and text.partition("?")[0].count("@") > 1
