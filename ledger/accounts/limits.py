"""How long sessions, passwords and unused accounts last, when signing in is barred, who must have a second factor: the
settings, as values."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Minutes, hours, days and words as the settings `portal.*` of the same names give them."""

    idle_minutes: int = 20
    session_hours: int = 8
    lock_after: int = 5  # failures of a login from one address
    lock_minutes: int = 15
    password_days: int = 90  # 0: a password has no age
    dormant_days: int = 90
    totp: str = "approvers"  # who must have a second factor


USUAL = Limits()
LOCK_LOGIN_AFTER = 20  # failures of a login from anywhere
