"""What every table is made of: the base with its naming convention, column types, and the usual checks.

Models are written as SQLAlchemy's declarative ones and are type-checked as those, but nothing here maps rows to objects:
all that is ever read or written are columns. So a model is its table with the columns as attributes, and the ORM, whose
mappers would take longer to start than most commands take in all, is not loaded.

A model says of its rows what guards, seals, audit and withdrawals go by, so that none of these has a list of tables:
    WORDS     what people call them; facts say their SHEET instead
    GUARD     "row": only ever added; "line": likewise, but many at once, so without the guard against replacement, which
              costs time; "fact": added, and may be marked as retired once; "log": added, and taken out where a pruning on record
              covers it
    SEALED    "file": as a file or a withdrawal brings them; "step": as they come, by their number
    LINKS     of "step": the kinds of links that they come with, ANY_LINK for any. None lies under no link then, and none under
              another; without it they wait for the next link, whatever it is
    PART_OF   sealed with the row that they are part of: the columns that name it and that number them within it
    NUMBER    lines of a run and what is kept beside them, sealed with it: the column that numbers them
    AT        the column of their own time; it has an index, since every change of the books asks for the newest
    KNOWN_BY  by what one is known beside its number: columns; of lines that are not of a loan, the column that names
              their fact, then that fact's columns
"""

from datetime import date, datetime
from types import NoneType
from typing import TYPE_CHECKING, Any, ClassVar, get_args, get_origin

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
)

# Text compares by code point in both databases: SQLite's default does, PostgreSQL's "C" collation does.
Name = Text().with_variant(Text(collation="C"), "postgresql")
ANY_LINK = "*"  # see LINKS
# SQLite gives a rowid only to INTEGER, PostgreSQL's integers of 8 bytes are BIGINT.
Id = BigInteger().with_variant(Integer(), "sqlite")

if TYPE_CHECKING:
    from sqlalchemy.orm import DeclarativeBase, Mapped, aliased, mapped_column

    class Base(DeclarativeBase):
        """All tables. MODELS: the model of each."""

        MODELS: ClassVar[dict[Table, type[Any]]]
        WORDS: ClassVar[str]
        GUARD: ClassVar[str] = ""
        SEALED: ClassVar[str] = ""
        LINKS: ClassVar[tuple[str, ...]] = ()
        PART_OF: ClassVar[tuple[str, str] | tuple[()]] = ()
        NUMBER: ClassVar[str] = ""
        AT: ClassVar[str] = ""
        KNOWN_BY: ClassVar[tuple[str, ...]] = ()

else:
    _TYPES = {
        str: Name, int: BigInteger, bool: Boolean, bytes: LargeBinary, date: Date, datetime: DateTime, dict: JSON
    }  # fmt: skip

    class Mapped:
        """What a column holds: `Mapped[int]`, or `Mapped[int | None]` for one that may be NULL."""

        def __init__(self, held: Any) -> None:
            some = [one for one in get_args(held) if one is not NoneType] if NoneType in get_args(held) else [held]
            self.type, self.nullable = _TYPES[get_origin(some[0]) or some[0]], some != [held]

        __class_getitem__ = classmethod(lambda cls, held: cls(held))

    def mapped_column(*arguments: Any, **named: Any) -> Any:
        """What there is to say of a column beside what it holds. Each model makes a column of its own from it."""
        return arguments, named

    class Base:
        """All tables. MODELS: the model of each."""

        metadata = MetaData(
            naming_convention={
                "ix": "ix_%(table_name)s_%(column_0_N_name)s",
                "uq": "uq_%(table_name)s_%(column_0_N_name)s",
                "ck": "ck_%(table_name)s_%(constraint_name)s",
                "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
                "pk": "pk_%(table_name)s",
            }
        )
        MODELS: ClassVar[dict[Table, type[Any]]] = {}
        WORDS: ClassVar[str]
        GUARD: ClassVar[str] = ""
        SEALED: ClassVar[str] = ""
        LINKS: ClassVar[tuple[str, ...]] = ()
        PART_OF: ClassVar[tuple[str, str] | tuple[()]] = ()
        NUMBER: ClassVar[str] = ""
        AT: ClassVar[str] = ""
        KNOWN_BY: ClassVar[tuple[str, ...]] = ()
        __table_args__ = ()

        def __init_subclass__(cls) -> None:
            columns = [
                _column(name, held, *vars(part).get(name, ((), {})))
                for part in (cls, *cls.__bases__)
                for name, held in vars(part).get("__annotations__", {}).items()
                if isinstance(held, Mapped)
            ]
            times = [Index(f"ix_{cls.__tablename__}_{cls.AT}", cls.AT)] if cls.AT else []
            marks = [_retired(cls.__tablename__)] if any(column.name == "retired_by" for column in columns) else []
            cls.__table__ = Table(cls.__tablename__, cls.metadata, *columns, *cls.__table_args__, *times, *marks)
            cls.MODELS[cls.__table__] = cls
            for column in columns:
                setattr(cls, column.name, column)

        @classmethod
        def __clause_element__(cls) -> Table:
            """What SQLAlchemy takes a model for."""
            return cls.__table__

    def _retired(table: str) -> Index:
        """Which rows were retired is asked before every link of the chain, and few are: without it the whole table is read."""
        return Index(f"ix_{table}_retired", "retired_by", info={"where": "retired_by IS NOT NULL"})

    def _column(name: str, held: Mapped, arguments: tuple[Any, ...], named: dict[str, Any]) -> Column[Any]:
        """A column of the type that is given, else of the one that it refers to, else of the one that what it holds has."""
        keys = [
            ForeignKey(one.target_fullname, deferrable=one.deferrable, initially=one.initially)
            for one in arguments
            if isinstance(one, ForeignKey)
        ]
        given = [one for one in arguments if not isinstance(one, ForeignKey)] or ([] if keys else [held.type])
        return Column(name, *given, *keys, nullable=held.nullable, **named)

    class aliased:  # noqa: N801 (as SQLAlchemy calls it)
        """A model under another name, to be joined with itself."""

        def __init__(self, model: type[Base]) -> None:
            self._alias = model.__table__.alias()
            vars(self).update(self._alias.c.items())

        def __clause_element__(self) -> Any:
            return self._alias


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


def facts_of(sheet: str) -> type[Any]:
    """The model of the facts of a sheet that every document shares, or of a document that is loaded."""
    found: type[Any] = next(model for model in Base.MODELS.values() if getattr(model, "SHEET", None) == sheet)
    return found


def words_of(table: Table) -> str:
    """What people call the rows of a table: for facts, their sheet."""
    model = Base.MODELS[table]
    return f"「{model.SHEET}」表" if hasattr(model, "SHEET") else str(model.WORDS)


def table_of(model: type[Any]) -> Table:
    """A model's table: what the bulk paths work with."""
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


def once_where(name: str, condition: str, *columns: Any) -> Index:
    """A unique index over the rows for which a condition holds. The condition is kept for readers: migrations make the
    indexes, and telling SQLAlchemy would load the other database's dialect as well."""
    return Index(name, *columns, unique=True, info={"where": condition})
