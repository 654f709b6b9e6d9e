"""The passwords that are too common to be allowed: a list beside this file, compared without regard to case."""

from functools import cache
from pathlib import Path


@cache
def common() -> frozenset[str]:
    """The list, in small letters."""
    return frozenset(Path(__file__).with_name("common_passwords.txt").read_text(encoding="ascii").split())
