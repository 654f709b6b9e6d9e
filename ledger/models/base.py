"""What every table is made of: the base with its naming convention, column types, and the usual checks."""

from typing import Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, Integer, MetaData, Table, Text
from sqlalchemy.orm import DeclarativeBase

# Text compares by code point in both databases: SQLite's default does, PostgreSQL's "C" collation does.
Name = Text().with_variant(Text(collation="C"), "postgresql")
# SQLite gives a rowid only to INTEGER, PostgreSQL's integers of 8 bytes are BIGINT.
Id = BigInteger().with_variant(Integer(), "sqlite")


def one_of(column: str, values: tuple[str, ...], name: str | None = None) -> CheckConstraint:
    """A check that a text column holds one of the given words."""
    words = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({words})", name=name or f"{column}_known")


def given(column: str) -> CheckConstraint:
    """A text that says something. Which words are known is data of the city or of a document, so not the schema's."""
    return CheckConstraint(f"length({column}) > 0", name=f"{column}_given")


def coded(column: str) -> CheckConstraint:
    """A code: small letters and underscores. Which codes there are follows from the documents."""
    letters = "abcdefghijklmnopqrstuvwxyz_"
    return CheckConstraint(f"length({column}) > 0 AND ltrim({column}, '{letters}') = ''", name=f"{column}_coded")


class Base(DeclarativeBase):
    """All tables."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {str: Name, int: BigInteger, dict[str, Any]: JSON}


def table_of(model: type[Any]) -> Table:
    """A model's table: what the bulk paths, which go past the ORM, work with."""
    table: Table = model.__table__
    return table


def ordered(first: str, second: str) -> CheckConstraint:
    """A period does not end before it starts."""
    return CheckConstraint(f"{second} >= {first}", name=f"{second}_after_{first}")


def within(column: str, low: int, high: int) -> CheckConstraint:
    """A number between two bounds, both included."""
    return CheckConstraint(f"{column} >= {low} AND {column} <= {high}", name=f"{column}_within")


def positive(column: str) -> CheckConstraint:
    return CheckConstraint(f"{column} > 0", name=f"{column}_positive")


def not_negative(column: str) -> CheckConstraint:
    return CheckConstraint(f"{column} >= 0", name=f"{column}_not_negative")
