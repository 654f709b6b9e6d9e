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
    """Whether two names are the same but for spaces, width and case."""
    return _plain(one) == _plain(other)


def _plain(name: str) -> str:
    return "".join(unicodedata.normalize("NFKC", name).split()).casefold()
