"""What need not be written at once: last uses, and what was looked at, for the log. One thread writes it all, so that
nobody who only reads waits for the database's write lock."""

import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime

from sqlalchemy import Connection, Engine, delete, insert, update

from ledger import models
from ledger.accounts import log
from ledger.database import db
from ledger.errors import EnvironmentFailed, Refused
from ledger.logs import Log
from ledger.workdays import now

_log = Log(__name__)
_EVERY = 1  # seconds


class Later:
    """The one writer of a process. What it could not write (another holds the lock for long) it writes the next time."""

    def __init__(self, engine: Engine, every: int = _EVERY) -> None:
        self._engine, self._every = engine, every
        self._lock = threading.Lock()
        self._sessions: dict[int, datetime] = {}
        self._tokens: dict[int, tuple[datetime, str]] = {}
        self._entries: list[log.Entry] = []
        self._acts: list[Callable[[Engine], None]] = []
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="later", daemon=True)

    def start(self) -> None:
        """Begins to write, once a second."""
        self._thread.start()

    def stop(self) -> None:
        """Writes what is left and ends."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()
        self.flush()

    def session_used(self, session_id: int) -> None:
        """A session was used now."""
        with self._lock:
            self._sessions[session_id] = now()

    def last_use(self, session_id: int) -> datetime | None:
        """When a session was last used, as far as that is not written yet."""
        with self._lock:
            return self._sessions.get(session_id)

    def token_used(self, token_id: int, address: str) -> None:
        """A token was used now, from an address."""
        with self._lock:
            self._tokens[token_id] = now(), address

    def logged(self, entry: log.Entry) -> None:
        """An entry of the log, with the time of now."""
        with self._lock:
            self._entries.append(log.Entry(**{**vars(entry), "made_at": entry.made_at or now()}))

    def do(self, act: Callable[[Engine], None]) -> None:
        """Something that is to be done to the database soon; where it is refused it is left."""
        with self._lock:
            self._acts.append(act)

    def flush(self) -> None:
        """Writes all that is waiting; EnvironmentFailed where it cannot, and it stays."""
        with self._lock:
            sessions, tokens, entries, acts = self._sessions, self._tokens, self._entries, self._acts
            self._sessions, self._tokens, self._entries, self._acts = {}, {}, [], []
        try:
            if sessions or tokens or entries:
                with db.writing(self._engine) as connection:
                    _write(connection, sessions, tokens)
                    log.add(connection, *entries)
            sessions, tokens, entries = {}, {}, []
            while acts:
                with suppress(Refused):
                    acts[0](self._engine)
                acts.pop(0)
        except BaseException:
            with self._lock:
                self._sessions, self._tokens = {**sessions, **self._sessions}, {**tokens, **self._tokens}
                self._entries, self._acts = entries + self._entries, acts + self._acts
            raise

    def _run(self) -> None:
        while not self._stopping.wait(self._every):
            try:
                self.flush()
            except EnvironmentFailed as failure:
                _log.warning("written later", why=type(failure).__name__)
            except Exception as error:  # the thread must go on: what waits is still there
                _log.error("not written", why=type(error).__name__)


def _write(connection: Connection, sessions: dict[int, datetime], tokens: dict[int, tuple[datetime, str]]) -> None:
    table = models.table_of(models.Session)
    for number, at in sessions.items():
        connection.execute(update(table).where(table.c.id == number, table.c.used_at < at).values(used_at=at))
    uses = models.table_of(models.TokenUse)
    for number, (at, address) in tokens.items():
        connection.execute(delete(uses).where(uses.c.token_id == number))
        connection.execute(insert(uses).values(token_id=number, used_at=at, address=address))
