"""Sending papers: looked at, each in a process of its own, then received; all of them or none."""

from collections.abc import Sequence
from typing import BinaryIO

from sqlalchemy import Engine

from ledger.database import db
from ledger.papers import media, receiving
from ledger.papers.receiving import Arriving, Limits, Received, Sender, Wanted
from ledger.store import Store
from ledger.uploads.receiving import plain_name

Files = Sequence[tuple[str, BinaryIO]]  # by their names as sent


def send(
    engine: Engine,
    store: Store,
    sender: Sender,
    wanted: Wanted,
    files: Files,
    limits: Limits,
    pages: int = media.PAGES,
) -> Received:
    """Takes files as papers. pages: so many each may have.

    As `receiving.receive`; Refused too for a file that is no paper. What is wanted is judged before any file is opened.
    """
    return send_sets(engine, store, sender, [(wanted, files)], limits, pages)[0]


def send_sets(
    engine: Engine,
    store: Store,
    sender: Sender,
    sets: Sequence[tuple[Wanted, Files]],
    limits: Limits,
    pages: int = media.PAGES,
) -> list[Received]:
    """Takes several sets of files, each as papers of something else, all or none. All are looked at before any is kept."""
    with db.reading(engine) as connection:
        for wanted, _ in sets:
            receiving.require_acceptable(connection, sender, wanted)
    arriving = [[_looked(name, file, pages) for name, file in files] for _, files in sets]
    found = [(wanted, files) for (wanted, _), files in zip(sets, arriving, strict=True)]
    return receiving.receive_sets(engine, store, sender, found, limits)


def _looked(given: str, file: BinaryIO, pages: int) -> Arriving:
    name = plain_name(given)
    found = media.look(file, name, pages)
    return Arriving(name, file, found.media, found.pages)
