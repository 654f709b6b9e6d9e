"""A million rows stored on PostgreSQL by the product's bulk path, and by psycopg's COPY alone."""

from datetime import date, timedelta
from time import perf_counter
from typing import Any

import psycopg
from sqlalchemy import BigInteger, Boolean, Column, Date, MetaData, Table, Text
from sqlalchemy.engine import make_url

from ledger.database import db
from ledger.setup import initialise

TABLE = Table(
    "stored", MetaData(), Column("id", BigInteger, primary_key=True), Column("run", BigInteger),
    Column("loan", BigInteger), Column("note", Text), Column("guarantee", Text), Column("disbursed_on", Date),
    Column("due_on", Date), Column("amount", BigInteger), Column("project", BigInteger), Column("unsecured", Boolean),
    Column("reasons", Text), Column("interest", BigInteger),
)  # fmt: skip


def columns(count: int) -> dict[str, list[Any]]:
    """Twelve columns such as a run's lines have, as plain values."""
    days = [(date(2023, 1, 1) + timedelta(number)).isoformat() for number in range(730)]
    numbers = list(range(count))
    return {
        "id": numbers,
        "run": [1] * count,
        "loan": [number * 7 % 999_983 for number in numbers],
        "note": [f"JJ2024{number:09d}" for number in numbers],
        "guarantee": ["知识产权质押" if number % 3 else "信用" for number in numbers],
        "disbursed_on": [days[number % 365] for number in numbers],
        "due_on": [days[number % 365 + 365] for number in numbers],
        "amount": [number * 1_000_003 for number in numbers],
        "project": [number if number % 3 else None for number in numbers],
        "unsecured": [number % 3 == 0 for number in numbers],
        "reasons": ["R_RATE;R_TERM" if number % 10 == 0 else "" for number in numbers],
        "interest": [number * 7 for number in numbers],
    }


def by_the_product(url: str, count: int) -> float:
    """Seconds for the product: begin, store, commit."""
    stored = columns(count)
    engine = db.open_engine(url)
    initialise(engine)
    with db.writing(engine) as connection:
        TABLE.create(connection)
    start = perf_counter()
    with db.writing(engine) as connection:
        db.insert_columns(connection, TABLE, stored)
    seconds = perf_counter() - start
    assert _stored(url) == count
    engine.dispose()
    return seconds


def by_copy_alone(url: str, count: int) -> float:
    """Seconds for a bare loop over rows that are there already."""
    rows = list(zip(*columns(count).values(), strict=True))
    engine = db.open_engine(url)
    with engine.begin() as other:
        TABLE.create(other)
    engine.dispose()
    with _connect(url) as connection:
        start = perf_counter()
        with connection.cursor() as cursor, cursor.copy("COPY stored FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        connection.commit()
        seconds = perf_counter() - start
    assert _stored(url) == count
    return seconds


def _connect(url: str) -> "psycopg.Connection[Any]":
    return psycopg.connect(make_url(url).set(drivername="postgresql").render_as_string(hide_password=False))


def _stored(url: str) -> int:
    with _connect(url) as connection:
        found = connection.execute("SELECT count(*) FROM stored").fetchone()
    return int(found[0]) if found else 0
