"""Who acts: the account that the program runs under, and whether two names are one person's."""

import getpass
import unicodedata

BUNDLED = "随程序提供"  # the uploader of the reference data that comes with the program


def account() -> str:
    """The account that runs the program."""
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
