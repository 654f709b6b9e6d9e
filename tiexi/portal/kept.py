"""Forms that came after their session had ended: kept for that login, and shown again once it has signed in.

They are held in memory for an hour, one for each login; files are not among them and must be chosen again.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Any

_SECONDS = 3600
_LARGEST = 64 * 1024  # characters of all fields
_MANY = 1000


@dataclass(frozen=True)
class Form:
    """A form: the page that holds it, and what was typed."""

    page: str
    typed: Mapping[str, str]
    at: float


class KeptForms:
    """The forms that are kept, by login."""

    def __init__(self) -> None:
        self._forms: dict[str, Form] = {}
        self._lock = Lock()

    def keep(self, login: str, page: str, form: Mapping[str, Any]) -> None:
        """Keeps a form's texts; what is too large is not kept."""
        typed = {name: value for name, value in form.items() if isinstance(value, str) and name not in ("csrf", "code")}
        if sum(len(value) for value in typed.values()) > _LARGEST:
            return
        with self._lock:
            now = time.monotonic()
            self._forms = {who: one for who, one in self._forms.items() if one.at > now - _SECONDS}
            if len(self._forms) < _MANY:
                self._forms[login] = Form(page, typed, now)

    def of(self, login: str, page: str | None = None) -> Form | None:
        """The form that is kept for a login, on one page or on any."""
        with self._lock:
            found = self._forms.get(login)
        if found is None or found.at <= time.monotonic() - _SECONDS or page not in (None, found.page):
            return None
        return found

    def forget(self, login: str) -> None:
        """The form was sent, or is not wanted any more."""
        with self._lock:
            self._forms.pop(login, None)
