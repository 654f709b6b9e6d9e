"""The two bulk paths and the order of names, the same on both databases."""

import sqlite3
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Date,
    Engine,
    LargeBinary,
    MetaData,
    Table,
    Text,
    event,
    func,
    select,
)
from sqlalchemy.engine import URL
from sqlalchemy.exc import IntegrityError, OperationalError

from databases import dump
from ledger import models
from ledger.columns import UNKNOWN
from ledger.database import bulk, db, migrating
from ledger.errors import EnvironmentFailed
from ledger.models.base import Name
from ledger.workdays import NO_DATE, day_number

TABLE = Table(
    "things", MetaData(), Column("id", BigInteger), Column("order", Name), Column("day", Date), Column("yes", Boolean),
    Column("digest", LargeBinary), Column("text", Text),
)  # fmt: skip
AWKWARD = [
    "", " ", "\\N", "\\", "\\.", "a\tb", "a\nb", "a\r\nb", "\\n", "'", '"', ",", "%s", "%(x)s", ":x", "{}", "$1", "；",
    "𠮷野家", "é", "e\u0301", "\u200b", "\ufeff", "（）", "NULL", "x" * 100_000,
]  # fmt: skip


@pytest.fixture
def things(engine: Any) -> Any:
    """An engine with a table of every kind of column."""
    with engine.begin() as connection:
        TABLE.create(connection)
    return engine


def test_every_value_comes_back_as_it_went_in(things: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (bulk, db):
        monkeypatch.setattr(module, "AT_ONCE", 7)
    numbers = [2**63 - 1, -(2**63) + 1, 0, *range(1, len(AWKWARD) - 2)]
    count = len(AWKWARD)
    columns = {
        "id": numbers,
        "order": AWKWARD,
        "day": ["2024-02-29", None, "1990-01-01", *["2100-12-31"] * (count - 3)],
        "yes": [True, False] * (count // 2),
        "digest": [bytes(range(256)), b"", None, *[b"\\x00"] * (count - 3)],
        "text": [None, *AWKWARD[1:]],
    }
    with db.writing(things) as connection:
        db.insert_columns(connection, TABLE, columns)
        db.insert_columns(connection, TABLE, {name: [] for name in columns})
    with db.reading(things) as connection:
        frame = db.fetch_frame(connection, select(TABLE))
    assert frame["order"].tolist() == AWKWARD and frame["text"].tolist()[1:] == AWKWARD[1:]
    assert frame["text"].isna().tolist() == [True, *[False] * (count - 1)]
    assert frame["id"].tolist() == numbers and frame["yes"].tolist() == columns["yes"]
    assert frame["day"].tolist()[:4] == [day_number(date(2024, 2, 29)), NO_DATE, day_number(date(1990, 1, 1)), 47846]
    assert frame["digest"].tolist() == columns["digest"]


def test_no_rows_give_typed_columns(things: Any) -> None:
    with db.reading(things) as connection:
        frame = db.fetch_frame(connection, select(TABLE.c.id, TABLE.c.day, TABLE.c.yes, TABLE.c.text))
    assert [str(kind) for kind in frame.dtypes] == ["int64", "int64", "bool", "object"]


def test_what_the_queries_may_ask(things: Any) -> None:
    """Parameters, lists of them, sums, nothing at all: as whole numbers on both."""
    with db.writing(things) as connection:
        db.insert_columns(connection, TABLE, {"id": [1, 2, 3], "order": list("甲乙丙"), "day": ["2024-01-01"] * 3})
    query = select(func.sum(TABLE.c.id).label("sum"), func.max(TABLE.c.day, type_=Date).label("day")).where(
        TABLE.c.order.in_(["甲", "丙", "100%"]), TABLE.c.day <= date(2024, 1, 1)
    )
    with db.reading(things) as connection:
        frame = db.fetch_frame(connection, query)
        assert (frame["sum"].tolist(), frame["day"].tolist()) == ([4], [day_number(date(2024, 1, 1))])
        total = connection.execute(select(func.sum(TABLE.c.id))).scalar_one()
        assert total == 6 and type(total) is int
        empty = db.fetch_frame(connection, select(func.sum(TABLE.c.id).label("sum")).where(TABLE.c.id > 9))
        assert empty["sum"].tolist() == [UNKNOWN]


@pytest.mark.parametrize(
    "change", [{"id": [1, 1]}, {"reason": ["x", ""]}, {"kind": ["void", "x"]}, {"intake_id": [None, 99]}]
)
def test_the_bulk_path_passes_no_constraint_by(engine: Any, change: dict[str, Any]) -> None:
    table = models.table_of(models.Change)
    columns: dict[str, Any] = {
        "id": [1, 2], "kind": ["void"] * 2, "reason": ["x"] * 2, "made_by": ["x"] * 2, "intake_id": [None] * 2,
        "made_at": ["2024-01-01 12:00:00.000000"] * 2,
    }  # fmt: skip
    before = dump(engine)
    with pytest.raises(IntegrityError), db.writing(engine) as connection:
        db.insert_columns(connection, table, {**columns, **change})
    assert dump(engine) == before
    with db.writing(engine) as connection:
        db.insert_columns(connection, table, columns)
        assert connection.execute(select(models.Change.made_at)).scalars().all() == [datetime(2024, 1, 1, 12)] * 2


NAMES = [
    "张三",
    "一",
    "丁",
    "Ａ",
    "A",
    "a",
    "B",
    "é",
    "z",
    "（甲）",
    "甲",
    "e\u0301",
    "10",
    "9",
    "-",
    "𠮷",
    "﨑",
    "Z",
    "ß",
]


def test_names_sort_and_compare_by_code_point(engine: Any) -> None:
    """Whatever the server's language: in columns, in expressions, in groups."""

    def ordered(connection: Connection, query: Any) -> list[str]:
        return [row[0] for row in connection.execute(query)]

    bank = models.Bank
    with db.writing(engine) as connection:
        columns = {"id": list(range(1, len(NAMES) + 1)), "name": NAMES}
        db.insert_columns(connection, models.table_of(bank), columns)
        expected = sorted(NAMES)
        assert ordered(connection, select(bank.name).order_by(bank.name)) == expected
        assert ordered(connection, select(bank.name).group_by(bank.name).order_by(bank.name)) == expected
        assert ordered(connection, select(bank.name).order_by(func.coalesce(bank.name, "x"))) == expected
        assert ordered(connection, select(bank.name).order_by(bank.name.desc())) == expected[::-1]
        assert ordered(connection, select(bank.name).distinct().order_by(bank.name)) == expected
        assert ordered(connection, select(func.max(bank.name))) == expected[-1:]
        assert sorted(ordered(connection, select(bank.name).where(bank.name < "甲"))) == [
            name for name in expected if name < "甲"
        ]
        inner = select(bank.name.label("alias")).subquery()
        assert ordered(connection, select(inner.c.alias).order_by(inner.c.alias)) == expected


@pytest.mark.sqlite_only
def test_no_connection_makes_a_file(engine: Any, tmp_path: Path) -> None:
    """Not even one that asks nobody beforehand, as the job store's; only `migrate` does."""
    path = tmp_path / "tiexi.db"
    engine.dispose()
    path.rename(tmp_path / "移走.db")
    with pytest.raises(OperationalError, match="unable to open"), engine.connect():
        pass
    with pytest.raises(EnvironmentFailed, match="没有数据库文件"), db.reading(engine):
        pass
    assert not path.exists()
    (tmp_path / "移走.db").rename(path)
    with db.writing(engine) as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar_one() == "wal"
    engine.dispose()
    path.unlink()
    migrating.migrate(engine)
    assert path.stat().st_size


@pytest.mark.sqlite_only
@pytest.mark.parametrize("name", ["a b.db", "100%.db", "x?y=1#z.db", "库.db"])
def test_a_file_of_any_name(engine: Any, tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    made = db.open_engine(URL.create("sqlite", database=name).render_as_string())
    migrating.migrate(made)
    with db.reading(made) as connection:
        assert connection.exec_driver_sql("PRAGMA database_list").fetchone()[2] == str(tmp_path / name)
    made.dispose()
    assert (tmp_path / name).stat().st_size


@pytest.mark.sqlite_only
def test_the_database_of_another_program_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "别的.db"
    made = sqlite3.connect(path)
    made.execute("CREATE TABLE invoices (number TEXT)")
    made.close()
    other = db.open_engine(f"sqlite:///{path}")
    with pytest.raises(EnvironmentFailed, match=r"别的.db 中已有别的程序的表（invoices），未作任何改动"):
        migrating.migrate(other)
    other.dispose()
    made = sqlite3.connect(path)
    assert made.execute("SELECT name FROM sqlite_master").fetchall() == [("invoices",)]
    made.close()


def test_a_file_takes_no_parameters() -> None:
    """They would be passed over with a warning of the driver's."""
    with pytest.raises(EnvironmentFailed, match="以后的参数不能用；文件数据库应形如 sqlite:///tiexi.db"):
        db.open_engine("sqlite:///账.db?mode=ro")


@pytest.mark.postgresql_only
@pytest.mark.parametrize("own", ["", "&options=-c random_page_cost=3"])
def test_what_lies_scattered_is_cheap_to_read_unless_the_server_is_told_otherwise(engine: Engine, own: str) -> None:
    made = db.open_engine(engine.url.render_as_string(hide_password=False) + own)
    with db.reading(made) as connection:
        assert connection.exec_driver_sql("SHOW random_page_cost").scalar_one() == ("3" if own else "1.1")


def test_whether_a_database_is_set_up_is_asked_once_of_a_connection_its_version_each_time(filled: Engine) -> None:
    asked: list[str] = []
    event.listen(filled, "before_cursor_execute", lambda *given: asked.append(given[2]))
    for _ in range(2):
        asked.clear()
        with db.reading(filled):
            pass
    assert [one for one in asked if "alembic_version" in one] == ["SELECT version_num FROM alembic_version"]
    with filled.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(EnvironmentFailed, match="比本程序新"), db.reading(filled):
        pass
