"""A paper of 20 MB sent to the portal, against writing, syncing and hashing the same bytes; what memory is left held after fifty."""

import hashlib
import os
from pathlib import Path
from time import perf_counter

import httpx

from benchmarks import portal
from benchmarks.measure import taking_turns
from benchmarks.sending import resident
from ledger.database import db
from ledger.setup import initialise

PAPER = 20 << 20  # bytes
_FORM = {"note": "JJ-1", "event": "发放", "event_on": "2023-07-03", "kinds": "贷款合同"}
_OBJECTS = (
    b"<< /Type /Catalog /Pages 2 0 R >>",
    b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
    b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>",
)


def paper(size: int) -> bytes:
    """A PDF of about this size that no other is like: an empty page, and a stream that does not compress."""
    filler = os.urandom(size - 1024)
    stream = b"<< /Length %d >>\nstream\n%s\nendstream" % (len(filler), filler)
    out, places = b"%PDF-1.7\n", []
    for number, body in enumerate((*_OBJECTS, stream), start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    head = b"xref\n0 %d\n0000000000 65535 f \n" % (len(places) + 1)
    end = b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(places) + 1, len(out))
    return out + head + table + end


def compare(url: str, folder: Path, turns: int, size: int = PAPER, many: int = 50) -> tuple[float, float, int, int]:
    """Seconds to send one paper and to write, sync and hash it; bytes of memory of the portal before and after so many."""
    engine = db.open_engine(url)
    initialise(engine)
    engine.dispose()
    token = portal.with_banks(url, folder)[portal.BANKS[0]]
    with portal.serving(url, folder) as running, running.client(token) as client:
        _send(client, paper(size))  # so that it is warm
        before = resident(running.process.pid)
        ours, bare = taking_turns(lambda: _send(client, paper(size)), lambda: _bare(folder, paper(size)), turns)
        for _ in range(many):
            _send(client, paper(size))
        return ours, bare, before, resident(running.process.pid)


def _send(client: httpx.Client, data: bytes) -> float:
    start = perf_counter()
    answer = client.post("/papers", files={"file": ("合同.pdf", data)}, data=_FORM)
    seconds = perf_counter() - start
    assert answer.status_code == 201, answer.text
    return seconds


def _bare(folder: Path, data: bytes) -> float:
    """Both hashes, and the bytes on disk under another name in the end."""
    beside, target = folder / "beside", folder / "bare"
    start = perf_counter()
    with beside.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    beside.rename(target)
    hashlib.sha256(data).hexdigest()
    hashlib.new("sm3", data).hexdigest()
    return perf_counter() - start
