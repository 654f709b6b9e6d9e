"""The name on file that somebody may have meant who wrote another: a full legal name, a branch, a slip of the pen."""

import difflib
from collections.abc import Iterable

_FORMS = ("股份有限公司", "有限责任公司", "有限公司", "公司")  # legal forms, the longest first
_SHORTEST = 3  # characters of a name that is looked for within another


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The most similar of the known names; None where none is."""
    on_file = list(known)
    within = [one for one in on_file if _within(_plain(one), _plain(name))]
    if within:
        return max(within, key=len)
    return next(iter(difflib.get_close_matches(name, on_file, 1)), None)


def _within(one: str, other: str) -> bool:
    shorter, longer = sorted((one, other), key=len)
    return len(shorter) >= _SHORTEST and shorter in longer


def _plain(name: str) -> str:
    for form in _FORMS:
        name = name.replace(form, "")
    return name
