"""Who acts: the account that the program runs under, and whether two names are one person's."""

import getpass
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

BUNDLED = "随程序提供"  # the uploader of the reference data that comes with the program


acting: ContextVar[str] = ContextVar("acting", default="")  # the login of the account that acts; '' where none does


@contextmanager
def acting_as(login: str) -> Iterator[None]:
    """Has everything within done by an account of the program."""
    token = acting.set(login)
    try:
        yield
    finally:
        acting.reset(token)


def account() -> str:
    """Who acts: the program's account as `@login` where one is set, else the system's user that runs the program."""
    return f"@{acting.get()}" if acting.get() else system_user()


def system_user() -> str:
    """The system's user that runs the program."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # an account without a name, as in some containers
        return "未署名"


def same_person(one: str, other: str) -> bool:
    """Whether two names are the same but for spaces, width, case and characters that nobody sees."""
    return _plain(one) == _plain(other)


_UNSEEN = ("Cc", "Cf", "Zs", "Zl", "Zp")  # control and format characters, separators


def _plain(name: str) -> str:
    seen = (one for one in unicodedata.normalize("NFKC", name) if unicodedata.category(one) not in _UNSEEN)
    return "".join(seen).casefold()
