"""What all requests of one process share."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field, fields
from threading import BoundedSemaphore, Lock

from sqlalchemy import Engine

from ledger.accounts.later import Later
from ledger.accounts.limits import Limits
from ledger.errors import EnvironmentFailed
from ledger.papers.drawing import Pages
from ledger.papers.receiving import Limits as PaperLimits
from ledger.papers.scans import Scans
from ledger.settings import Settings
from ledger.store import Store
from ledger.uploads.receiving import Limits as UploadLimits
from ledger.uploads.worker import Here, Judge, Worker
from tiexi.portal.drawn import Drawn
from tiexi.portal.kept import KeptForms
from tiexi.portal.metrics import Metrics
from tiexi.portal.provider import Provider
from tiexi.portal.throttling import Throttle

READING = ("GET", "HEAD")
SIGN_INS_A_MINUTE = 30  # from one address
SCAN_SECONDS = 5  # for the paper that is being scanned
RECEIVED_AT_ONCE = 1  # files, which are whole by then: more would not be quicker, and whoever looks would wait for all
TURN_SECONDS = 120  # that a file waits to be received
STOP_SECONDS = 30  # for the file that is being judged; what is not done by then is judged again


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
    """The database, the settings, the key of forms; the one who writes later; what is held in memory. provider: of a unit's own
    sign-in, None where there is none."""

    engine: Engine
    settings: Settings
    key: bytes
    later: Later
    throttle: Throttle
    store: Store
    worker: Worker
    pages: Pages
    scans: Scans
    provider: Provider | None = None
    sign_ins: Throttle = field(default_factory=lambda: Throttle(SIGN_INS_A_MINUTE))
    kept: KeptForms = field(default_factory=KeptForms)
    notices: Notices = field(default_factory=Notices)
    metrics: Metrics = field(default_factory=Metrics)
    drawn: Drawn = field(default_factory=Drawn)
    _door: Lock = field(default_factory=Lock)
    _receiving: BoundedSemaphore = field(default_factory=lambda: BoundedSemaphore(RECEIVED_AT_ONCE))

    @classmethod
    def of(cls, engine: Engine, settings: Settings, key: bytes, judge: Judge | None = None) -> "House":
        """With everything that follows from these. judge: who judges what is sent; this process where it is none."""
        store = Store(settings.portal_store)
        throttle, pages = Throttle(settings.portal_per_minute), Pages(store.folder)
        scans = Scans(engine, store, pages, settings.portal_scanner)
        worker, provider = Worker(engine, judge or Here(engine, store)), Provider.of(settings)
        return cls(engine, settings, key, Later(engine), throttle, store, worker, pages, scans, provider)

    @property
    def limits(self) -> Limits:
        """How long sessions and passwords last."""
        names = (one.name for one in fields(Limits))
        return Limits(**{name: getattr(self.settings, f"portal_{name}") for name in names})

    def letting_in(self, method: str) -> AbstractContextManager[object]:
        """While it is looked up who comes: those who come to change something, one by one, so that a crowd of them keeps nobody
        waiting who only looks."""
        return nullcontext() if method in READING else self._door

    @contextmanager
    def receiving(self) -> Iterator[None]:
        """Has the turn to receive a file; EnvironmentFailed where that does not come."""
        if not self._receiving.acquire(timeout=TURN_SECONDS):
            raise EnvironmentFailed("服务器繁忙，没有在限定的时间内收下文件；请稍后再试")
        try:
            yield
        finally:
            self._receiving.release()

    def store_works(self) -> bool:
        """Whether files can be kept."""
        return self.store.works

    def worker_works(self) -> bool:
        """Whether somebody judges what is sent."""
        return self.worker.alive

    @property
    def upload_limits(self) -> UploadLimits:
        """How large a file may be, and all of a unit's."""
        return UploadLimits(self.settings.portal_upload_mb, self.settings.portal_unit_gb)

    @property
    def paper_limits(self) -> PaperLimits:
        """How large a paper may be, and whether it is looked at for viruses before it counts."""
        settings = self.settings
        return PaperLimits(settings.portal_paper_mb, settings.portal_unit_gb, bool(settings.portal_scanner))

    def start(self) -> None:
        """Starts what goes on beside the requests."""
        self.store.stand()
        self.later.start()
        self.worker.start()
        self.scans.start()

    def stop(self) -> None:
        """Ends it in order."""
        self.worker.stop(STOP_SECONDS)
        self.scans.stop(SCAN_SECONDS)
        self.later.stop()
