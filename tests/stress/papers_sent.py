"""Sets of papers, sent while the portal is killed: what was answered, what got no answer and is sent again.

Two papers go in one request and are taken both or none. A sender that lost an answer asks again; the first receipt stands.
"""

import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from sqlalchemy import Connection, select

from ledger import models
from ledger.store import Store
from papers import pdf, words

NOTE_FIELDS = {"event": "发放", "event_on": "2023-07-03"}
KINDS = "贷款合同、放款通知书"
TOGETHER = 2  # papers of a set


@dataclass(frozen=True)
class PaperSet:
    """Files of one request. note: the loan's, which need not be on file yet."""

    number: int

    @property
    def note(self) -> str:
        return f"N{self.number:05d}-0"

    @property
    def files(self) -> tuple[bytes, ...]:
        return tuple(pdf(words(b"%d-%d" % (self.number, page))) for page in range(TOGETHER))

    def parts(self, edge: str) -> bytes:
        """The body of the request."""
        fields = {"note": self.note, "kinds": KINDS, **NOTE_FIELDS}
        out = [
            f'--{edge}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
            for name, value in fields.items()
        ]
        for page, data in enumerate(self.files):
            head = f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="{page}.pdf"\r\n\r\n'
            out.append(head.encode() + data + b"\r\n")
        return b"".join(out) + f"--{edge}--\r\n".encode()


@dataclass
class Sets:
    """All sets that were sent. answered: the numbers of the papers of each, by the number of the set."""

    sent: int = 0
    answered: dict[int, tuple[int, ...]] = field(default_factory=dict)
    unanswered: list[PaperSet] = field(default_factory=list)
    again: int = 0  # sets sent once more after an answer that was lost
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def next(self) -> PaperSet:
        """One whose answer was lost, else a new one."""
        with self._lock:
            if self.unanswered:
                self.again += 1
                return self.unanswered.pop()
            self.sent += 1
            return PaperSet(self.sent)

    def lost_answer(self, one: PaperSet) -> None:
        with self._lock:
            self.unanswered.append(one)

    def problem(self, one: PaperSet, numbers: Sequence[int]) -> str:
        """What is wrong with an answer, or nothing."""
        with self._lock:
            before = self.answered.setdefault(one.number, tuple(numbers))
        if len(set(numbers)) != TOGETHER:
            return f"half: set {one.number} was answered with papers {list(numbers)}"
        return "" if before == tuple(numbers) else f"twice: set {one.number} is papers {before} and {numbers}"


def problems_of(connection: Connection, store: Store, sets: Sets) -> Iterator[str]:
    """Whatever is half, lost or twice."""
    paper = models.Paper
    on_record = {row.id: row.sha256 for row in connection.execute(select(paper.id, paper.sha256))}
    times = Counter(on_record.values())
    for number in range(1, sets.sent + 1):
        hashes = [sha256(data).hexdigest() for data in PaperSet(number).files]
        if len({times[one] for one in hashes}) > 1:
            yield f"half: of set {number} there are {[times[one] for one in hashes]} papers"
        if max(times[one] for one in hashes) > 1:
            yield f"twice: set {number}"
        answered = sets.answered.get(number)
        if answered and [on_record.get(one) for one in answered] != hashes:
            yield f"lost: set {number}, papers {answered}"
    for number, digest in on_record.items():
        if store.holds(digest):
            store.read(digest)  # raises where it is not what its name says
        else:
            yield f"not in the store: paper {number}"
