"""Passwords that an attacker tries first: words, names and keyboard walks with the figures and signs that people add.

Only those are listed that the other rules would let pass; in small letters, since capitals help nobody who guesses.
"""

from functools import cache
from pathlib import Path

_FILE = Path(__file__).with_name("common_passwords.txt")


@cache
def common_passwords() -> frozenset[str]:
    """The list, in small letters."""
    return frozenset(_FILE.read_text(encoding="utf-8").splitlines())
