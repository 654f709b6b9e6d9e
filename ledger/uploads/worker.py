"""The one thread that has uploads judged in turn: in a process of its own, or where it is told so right here."""

import threading
import time
from collections import defaultdict
from collections.abc import Mapping
from typing import Protocol

from sqlalchemy import Engine

from ledger.errors import EnvironmentFailed, Refused
from ledger.logs import Log, fault
from ledger.store import Store
from ledger.uploads import judging
from ledger.uploads.apart import Died

_log = Log(__name__)
_LOOK_SECONDS = 1.0  # how often it looks for what other processes received
_TROUBLE_SECONDS = 5.0  # how long it waits where the disk or the database fails


class Judge(Protocol):
    """Who judges. start, stop: before the first and after the last; judge: as `judging.tried`, and Died of a process."""

    def start(self) -> None: ...
    def judge(self, upload_id: int, again: bool) -> Mapping[str, str] | None: ...
    def stop(self) -> None: ...


class Here:
    """Judges in the thread that asks."""

    def __init__(self, engine: Engine, store: Store) -> None:
        self._engine, self._store = engine, store

    def start(self) -> None:
        """Nothing is to be started."""

    def judge(self, upload_id: int, again: bool) -> Mapping[str, str] | None:
        """Judges an upload."""
        return judging.tried(self._engine, self._store, upload_id, again)

    def stop(self) -> None:
        """Nothing is to be ended."""


class Worker:
    """Has judged what was received, the oldest first; what a crash caught is judged when it starts again."""

    def __init__(self, engine: Engine, judge: Judge) -> None:
        self._engine, self._judge = engine, judge
        self._wake = threading.Event()
        self._stopping = False
        self._ending = 0.0  # when it was told to end
        self._ready = True  # to judge, as far as it is known
        self._lock = threading.Lock()
        self._awaited: defaultdict[int, threading.Event] = defaultdict(threading.Event)
        self._done: set[int] = set()  # what this process judged
        self._begun: set[int] = set()
        self._settled = 0  # all uploads up to this number were judged
        self._thread = threading.Thread(target=self._run, name="uploads", daemon=True)

    def start(self) -> None:
        """Starts the thread."""
        self._thread.start()

    def end(self) -> None:
        """Has the file at hand judged to its end, and begins no other; whoever waits for one waits no longer."""
        self._ending = self._ending or time.monotonic()
        self._stopping = True
        self._wake.set()
        with self._lock:
            for event in self._awaited.values():
                event.set()

    def stop(self, timeout: float | None = None) -> None:
        """Ends, at most so many seconds after it was first told to; what is left is judged after the next start."""
        self.end()
        left = None if timeout is None else max(0, self._ending + timeout - time.monotonic())
        self._thread.join(left)

    def wake(self) -> None:
        """Tells it that something was received."""
        self._wake.set()

    @property
    def alive(self) -> bool:
        """Whether it is there to judge."""
        return self._thread.is_alive() and self._ready

    def wait_for(self, upload: int, seconds: float) -> None:
        """Waits until an upload is judged, but no longer than that."""
        self.wake()
        with self._lock:
            if upload in self._done or self._stopping:
                return
            judged = self._awaited[upload]
        judged.wait(seconds)

    def _run(self) -> None:
        while not self._stopping:
            try:
                self._start()
                trouble = self._judge_all()
            except (Refused, EnvironmentFailed) as error:
                _log.warning("uploads wait", **fault(error))
                trouble = True
            except Exception as error:  # the thread has to go on, whatever happens
                _log.error("uploads failed", **fault(error))
                trouble = True
            self._wake.wait(_TROUBLE_SECONDS if trouble else _LOOK_SECONDS)
            self._wake.clear()
        self._judge.stop()

    def _start(self) -> None:
        try:
            self._judge.start()
        except EnvironmentFailed:
            self._ready = False
            raise
        self._ready = True

    def _judge_all(self) -> bool:
        """Judges what there is; gives whether something had to be left."""
        trouble = False
        last, waiting = judging.unjudged(self._engine, self._settled)
        self._settled = min(waiting, default=last + 1) - 1
        for number in waiting:
            if self._stopping:
                break
            try:
                why = self._judge.judge(number, again=number in self._begun)
            except Died as death:
                _log.error("judging died", upload=number, how=death.how)
                self._begun.discard(number)
                if not death.too_long:
                    self._wake.set()  # it is judged again at once, but not for ever
                    continue
                judging.took_too_long(self._engine, number)
                why = None
            if why is None:
                self._begun.discard(number)
                self._tell(number)
            else:
                self._begun.add(number)
                trouble = True
                _log.warning("upload waits", upload=number, **why)
        return trouble

    def _tell(self, number: int) -> None:
        """Tells those who wait for an upload, and nobody else, that it was judged."""
        with self._lock:
            self._done.add(number)
            judged = self._awaited.pop(number, None)
        if judged is not None:
            judged.set()
