"""What all requests of one process share."""

import os
from collections import defaultdict
from dataclasses import dataclass, field, fields
from threading import Lock

from sqlalchemy import Engine

from ledger.accounts.later import Later
from ledger.accounts.limits import Limits
from ledger.settings import Settings
from tiexi.portal.kept import KeptForms
from tiexi.portal.metrics import Metrics
from tiexi.portal.throttling import Throttle

SIGN_INS_A_MINUTE = 30  # from one address


class Notices:
    """Sentences that the next page of a session says once."""

    def __init__(self) -> None:
        self._said: dict[int, list[str]] = defaultdict(list)
        self._lock = Lock()

    def leave(self, session: int, sentence: str) -> None:
        """Leaves a sentence for the next page."""
        with self._lock:
            self._said[session].append(sentence)

    def take(self, session: int) -> str:
        """What was left, which is then gone."""
        with self._lock:
            return "；".join(self._said.pop(session, ()))


@dataclass
class House:
    """The database, the settings, the key of forms; the one who writes later; what is held in memory."""

    engine: Engine
    settings: Settings
    key: bytes
    later: Later
    throttle: Throttle
    sign_ins: Throttle = field(default_factory=lambda: Throttle(SIGN_INS_A_MINUTE))
    kept: KeptForms = field(default_factory=KeptForms)
    notices: Notices = field(default_factory=Notices)
    metrics: Metrics = field(default_factory=Metrics)

    @classmethod
    def of(cls, engine: Engine, settings: Settings, key: bytes) -> "House":
        """With everything that follows from these."""
        return cls(engine, settings, key, Later(engine), Throttle(settings.portal_per_minute))

    @property
    def limits(self) -> Limits:
        """How long sessions and passwords last."""
        names = (one.name for one in fields(Limits))
        return Limits(**{name: getattr(self.settings, f"portal_{name}") for name in names})

    def store_works(self) -> bool:
        """Whether files can be kept."""
        folder = self.settings.portal_store
        return os.access(folder if folder.exists() else folder.absolute().parent, os.W_OK | os.X_OK)

    def worker_works(self) -> bool:
        """Whether somebody judges what is sent."""
        return True

    def start(self) -> None:
        """Starts what goes on beside the requests."""
        self.later.start()

    def stop(self) -> None:
        """Ends it in order."""
        self.later.stop()
