"""The one thread that has papers looked at for viruses, in the order in which they came, and that clears drawn pages away."""

import threading
from collections.abc import Callable

from sqlalchemy import Engine

from ledger import models
from ledger.accounts.scope import EVERYTHING
from ledger.database import db
from ledger.errors import EnvironmentFailed, Refused
from ledger.facts import receipts
from ledger.logs import Log
from ledger.papers import changing, records
from ledger.papers.drawing import Pages
from ledger.papers.scanner import scan
from ledger.store import Store

_log = Log(__name__)
_LOOK_SECONDS = 30.0  # how often it looks for what was left


class Scans:
    """Papers that wait for the scanner. scanner: its socket; '' where there is none, so that nothing waits."""

    def __init__(self, engine: Engine, store: Store, pages: Pages, scanner: str) -> None:
        self._engine, self._store, self._pages, self._scanner = engine, store, pages, scanner
        self._wake = threading.Event()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="papers", daemon=True)

    def start(self) -> None:
        """Starts the thread."""
        self._thread.start()

    def stop(self, timeout: float | None = None) -> None:
        """Ends it after the file at hand; what waits is looked at after the next start."""
        self._stopping = True
        self._wake.set()
        self._thread.join(timeout)

    def wake(self) -> None:
        """Tells it that something came."""
        self._wake.set()

    def _run(self) -> None:
        while not self._stopping:
            try:
                self._pages.clean()
                if self._scanner:
                    scan_waiting(self._engine, self._store, self._scanner, lambda: self._stopping)
            except (Refused, EnvironmentFailed) as error:
                _log.warning("papers wait", error=type(error).__name__)
            except Exception as error:  # the thread has to go on, whatever happens
                _log.error("papers failed", error=type(error).__name__)
            self._wake.wait(_LOOK_SECONDS)
            self._wake.clear()


def scan_waiting(engine: Engine, store: Store, scanner: str, stopping: Callable[[], bool] = lambda: False) -> None:
    """Has everything looked at that waits, the oldest first; EnvironmentFailed where the scanner gives no verdict."""
    with db.reading(engine) as connection:
        waiting = records.seen(connection, EVERYTHING, models.PaperState.state == receipts.SCANNING)
    for one in reversed(waiting):
        if stopping():
            return
        changing.scanned(engine, one.id, scan(scanner, store.path(one.sha256)))
