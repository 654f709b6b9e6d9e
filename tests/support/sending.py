"""For tests of papers: a desk at which papers are received, filed otherwise and withdrawn on a day that the test sets."""

import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from ledger import workdays
from ledger.accounts import accounts
from ledger.database import clock, db
from ledger.papers import changing, events, receiving, records
from ledger.papers.events import Event
from ledger.papers.receiving import Arriving, Limits, Received, Sender, Wanted
from ledger.papers.records import Filed
from ledger.store import Store
from samples import BANK

CONTRACT, NOTICE, VOUCHER, AGREEMENT = "贷款合同", "放款通知书", "还本付息凭证", "展期协议"
BOTH = (CONTRACT, NOTICE)


def send_all(engine: Engine, folder: Path, rows: Iterable[dict[str, Any]]) -> list[int]:
    """Sends papers of a world (rows of 收到的资料), each on its day, and gives their numbers; the clock may be set back for it."""
    numbers = []
    desk, before, waived = PaperDesk(engine, folder), workdays.clock, clock.waived.set(True)
    try:
        for place, row in enumerate(rows):
            at = datetime.combine(row["收到日"], time(12), workdays.CITY_ZONE)
            workdays.clock = lambda at=at: at
            sent = desk.send(
                row["借据编号"], row["业务"], row["业务日"], row["资料"], f"第 {place} 份", bank=row["银行名称"]
            )
            numbers.append(sent.papers[0].id)
    finally:
        workdays.clock = before
        clock.waived.reset(waived)
    return numbers


def on_day(monkeypatch: pytest.MonkeyPatch, day: date, at: time = time(12)) -> None:
    """Sets the city's clock."""
    monkeypatch.setattr(workdays, "clock", lambda: datetime.combine(day, at, workdays.CITY_ZONE))


class PaperDesk:
    """A database with its store. Papers are sent by login or, with login None, by whoever keeps the server."""

    def __init__(self, engine: Engine, folder: Path, limits: Limits | None = None) -> None:
        self.engine, self.store, self.limits = engine, Store(folder / "文件库"), limits or Limits()

    def sender(self, login: str | None) -> Sender:
        if login is None:
            return Sender("管理员")
        with db.reading(self.engine) as connection:
            return Sender.of(accounts.get(connection, login))

    def send(
        self,
        note: str | None,
        event: str | None,
        event_on: date | None,
        kinds: str | Sequence[str] = BOTH,
        *contents: str,
        login: str | None = None,
        bank: str | None = BANK,
        year: int | None = None,
    ) -> Received:
        """One file for each of contents, or one that no other send has."""
        texts = contents or (f"{bank} {note} {event} {event_on} {kinds} {year}",)
        files = [Arriving(f"{text}.pdf", io.BytesIO(text.encode()), "application/pdf", 1) for text in texts]
        wanted = Wanted(kinds, note, event, event_on, year, bank)
        return receiving.receive(self.engine, self.store, self.sender(login), wanted, files, self.limits)

    def withdraw(self, paper: Filed | int, reason: str = "传错了", login: str | None = None) -> Filed:
        number = paper if isinstance(paper, int) else paper.id
        return changing.withdraw(self.engine, self.sender(login), number, reason)

    def relabel(
        self, paper: Filed | int, event: str, event_on: date, kinds: Any = BOTH, login: str | None = None
    ) -> Any:
        number = paper if isinstance(paper, int) else paper.id
        return changing.relabel(self.engine, self.sender(login), number, event, event_on, kinds)

    def seen(self, login: str | None = None) -> list[int]:
        scope = self.sender(login).scope
        with db.reading(self.engine) as connection:
            return [one.id for one in records.seen(connection, scope)]

    def event(self, note: str, event: str, event_on: date, bank_id: int = 1) -> Event:
        with db.reading(self.engine) as connection:
            return events.state(connection, bank_id, note, event, event_on)
