"""The papers of the demonstration: tiny PDFs that say they are invented, received by the platform day by day.

They come in before the banks' books do, as in life, and with the clock on the day on which each came: the day of a receipt is
the server's own, so there is no other way to have one.
"""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import groupby

from sqlalchemy import Engine

from ledger import workdays
from ledger.papers.receiving import Arriving, Limits, Sender, Wanted, receive_sets
from ledger.programmes import PROGRAMMES
from ledger.store import Store
from tiexi.demo.city import RECEIPTS_SINCE, Loan, World

STORE = "文件库"  # the folder beside the demonstration's database
_CLERK = Sender("演示银行经办")
_PAPERS = next(one.papers for one in PROGRAMMES.values() if one.papers is not None)


@dataclass(frozen=True)
class Paper:
    """What a bank sent for an event of a loan, and the day on which it came."""

    bank: str
    note_no: str
    event: str
    event_on: date
    kinds: tuple[str, ...]
    received_on: date


def papers_of(world: World) -> list[Paper]:
    """The papers of every event from the platform's first day on, by the day on which they came; none where they never did."""
    found = [
        Paper(loan.bank, loan.note, event, day, _PAPERS.required[event], came)
        for loan in world.loans
        for event, day, came in _events(loan)
        if day >= RECEIPTS_SINCE and came is not None
    ]
    return sorted(found, key=lambda one: (one.received_on, one.bank, one.note_no, one.event_on))


def _events(loan: Loan) -> Iterator[tuple[str, date, date | None]]:
    yield "发放", loan.disbursed_on, loan.uploaded_on
    for paid in loan.repayments:
        yield "还款", paid.paid_on, paid.uploaded_on
    for later in loan.extensions:
        yield "展期", later.agreed_on, later.uploaded_on


def receive(engine: Engine, store: Store, world: World) -> int:
    """Has the platform receive all of them, each day's together, and gives how many there were."""
    papers = papers_of(world)
    for day, of_day in groupby(papers, key=lambda one: one.received_on):
        sets = [(_wanted(one), [_file(one)]) for one in of_day]
        with clock_on(day):
            receive_sets(engine, store, _CLERK, sets, Limits(), told=False)
    return len(papers)


def _wanted(one: Paper) -> Wanted:
    return Wanted(one.kinds, one.note_no, one.event, one.event_on, bank=one.bank)


def _file(one: Paper) -> Arriving:
    name = f"{one.note_no}_{one.event_on}_{one.kinds[0]}.pdf".replace("/", "-")
    lines = (
        "样例资料（虚构），只作演示",
        f"{one.bank}　借据 {one.note_no}",
        f"{one.event_on} {one.event}",
        "、".join(one.kinds),
    )
    return Arriving(name, io.BytesIO(pdf(lines)), "application/pdf", 1)


@contextmanager
def clock_on(day: date) -> Iterator[None]:
    """Has everything within done at noon of a day."""
    before = workdays.clock
    workdays.clock = lambda: datetime.combine(day, time(12), workdays.CITY_ZONE)
    try:
        yield
    finally:
        workdays.clock = before


def pdf(lines: tuple[str, ...]) -> bytes:
    """A page of A4 with lines of text, in the font for Chinese that every reader of PDF brings."""
    shown = " ".join(f"<{line.encode('utf-16-be').hex()}> Tj 0 -36 Td" for line in lines)
    content = f"BT /F1 20 Tf 60 720 Td {shown} ET".encode()
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
        b"<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UTF16-H /DescendantFonts [6 0 R] >>",
        b"<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /FontDescriptor 7 0 R "
        b"/CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 5 >> >>",
        b"<< /Type /FontDescriptor /FontName /STSong-Light /Flags 6 /FontBBox [-25 -254 1000 880] /ItalicAngle 0 "
        b"/Ascent 880 /Descent -120 /CapHeight 880 /StemV 93 >>",
    ]
    out, places = bytearray(b"%PDF-1.7\n"), []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    end = b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n"
    return bytes(out + end % (len(objects) + 1, table, len(objects) + 1, len(out)))
