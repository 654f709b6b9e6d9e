"""What a seal holds: which rows of which tables, over which columns, and the digest of each.

The digests are kept row by row, so that an audit can name the row. A seal says over which columns it digested, so that a
later schema with more of them can still check it.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import repeat
from typing import Any

from orjson import dumps
from sqlalchemy import JSON, Boolean, Connection, Date, DateTime, Table

from ledger import models
from ledger.database import db
from ledger.programmes import PROGRAMMES

RETIRED = "/retired"  # after the name of a table of facts: which of its rows were retired, and by which change
_KEY_BYTES, _DIGEST_BYTES = 8, 16
ROW_BYTES = _KEY_BYTES + _DIGEST_BYTES
_PARTS_OF_ONE = 1 << 24  # more postings has no entry, more lines no drawing: owner and part make one key
LARGEST = 1 << 62
_AT_ONCE = 20_000  # rows held

_OF_DOCUMENTS = tuple(model for programme in PROGRAMMES.values() for model in programme.tables)  # loaded with it
_MODELS: Sequence[tuple[Table, Any]] = tuple(models.Base.MODELS.items())


def _tables(holds: Callable[[Any], bool]) -> tuple[Table, ...]:
    return tuple(table for table, model in _MODELS if holds(model))


FACTS = _tables(lambda model: issubclass(model, models.Fact))
ANCHORS = _tables(lambda model: issubclass(model, models.Anchor))
# Rows are only ever added to these; they are sealed as they come, by their number. Facts carry a mark that they were
# retired, which comes later: it is sealed apart, with the change that set it.
OF_FILES = _tables(lambda model: model.SEALED == "file")  # what files bring
GROWING = (*OF_FILES, *_tables(lambda model: model.SEALED == "step"))
# which of them say with what links their rows come, so that none may lie under no link
LINKED = {table: model.LINKS for table, model in _MODELS if model.SEALED == "step" and model.LINKS}
# Rows that belong to one of those: (table, column that names it, column that numbers them, table of the owner).
PARTS = tuple(
    (table, *model.PART_OF, next(iter(table.c[model.PART_OF[0]].foreign_keys)).column.table)
    for table, model in _MODELS
    if model.PART_OF
)
RUNS = models.table_of(models.Run)
AS_MADE = tuple(column.name for column in RUNS.c if column.name not in models.Run.WITH_APPROVAL)  # which never change
NEVER_UNSEALED = (*OF_FILES, *LINKED, RUNS)
LINES = tuple((table, model.NUMBER) for table, model in _MODELS if model.NUMBER)
_TABLES = {table.name: table for table in (*GROWING, *(part[0] for part in PARTS), RUNS, *(part[0] for part in LINES))}
OF_RUN = {RUNS.name, *(table.name for table, _ in LINES)}
# what people call the tables
NAMES = {table.name: models.words_of(table) for table, _ in _MODELS}
# what is written through a link only, so that its digests are those of what was written
WRITTEN_THROUGH_LINKS = {
    *(table.name for table in (*ANCHORS, *FACTS)), *(table.name + RETIRED for table in FACTS),
    *(table.name for table, _ in LINES),
}  # fmt: skip
_SEALED_APART = {"retired_by"}


@dataclass(frozen=True)
class Part:
    """What a seal holds of one table: which rows (numbered within (since, to], or those of its run), over which columns,
    how many, and the SHA-256 of their keys and digests."""

    name: str
    columns: tuple[str, ...]
    since: int = 0
    to: int = 0
    rows: int = 0
    sha256: str = hashlib.sha256().hexdigest()

    @property
    def is_empty(self) -> bool:
        """Whether nothing can lie in it: no numbers, and not the lines of a run."""
        return self.since == self.to and self.name not in OF_RUN


@dataclass(frozen=True)
class Content:
    """What a seal says: its number and kind, of which run, by which program, when, and its parts by name.

    held: by table, up to which number its rows are sealed by this seal and those before it, and how many they are; empty
    in seals from before every file had its own. log: the number and hash of the last entry of the log before it; None in
    seals from before every step had its own.
    """

    seal: int
    kind: str
    run: int | None
    code_version: str
    made_at: str
    parts: dict[str, Part] = field(default_factory=dict)
    held: dict[str, tuple[int, int]] = field(default_factory=dict)
    log: tuple[int, str] | None = None

    def text(self) -> str:
        """The text that is hashed."""
        parts = {
            part.name: {
                "columns": part.columns, "from": part.since, "to": part.to, "rows": part.rows, "sha256": part.sha256,
            }
            for part in self.parts.values()
        }  # fmt: skip
        plain: dict[str, Any] = {
            "seal": self.seal, "kind": self.kind, "run": self.run, "code_version": self.code_version,
            "made_at": self.made_at, "tables": parts,
        }  # fmt: skip
        if self.held:
            plain["held"] = self.held
        if self.log is not None:
            plain["log"] = self.log
        return json.dumps(plain, ensure_ascii=False, sort_keys=True)

    def to(self, table: Table) -> int:
        """Up to which number the rows of a table are sealed."""
        part = self.parts.get(table.name)
        return part.to if part else self.held.get(table.name, (0, 0))[0]

    def since(self, table: Table) -> int:
        """After which number the rows of a table begin that this seal holds."""
        part = self.parts.get(table.name)
        return part.since if part else self.to(table)

    def has_new(self, table: Table) -> bool:
        """Whether rows of a table are among those that this seal holds."""
        return table.name in self.parts and self.since(table) != self.to(table)


def read(text: str) -> Content:
    """The content of a seal from its text; ValueError when it is not what a seal says."""
    try:
        plain = json.loads(text)
        number, digest = plain.get("log", (0, ""))
        if not _countable(number):
            raise ValueError("log")
        content = Content(
            plain["seal"], plain["kind"], plain["run"], plain["code_version"], plain["made_at"],
            log=(number, digest) if "log" in plain else None,
        )  # fmt: skip
        for name, part in plain["tables"].items():
            table = _TABLES[name.removesuffix(RETIRED)]
            numbers = part["from"], part["to"], part["rows"]
            if not set(part["columns"]) <= set(table.c.keys()) or not all(map(_countable, numbers)):
                raise ValueError(name)
            content.parts[name] = Part(name, tuple(part["columns"]), *numbers, part["sha256"])
        for name, (to, rows) in plain.get("held", {}).items():
            if name not in _TABLES or not _countable(to) or not _countable(rows):
                raise ValueError(name)
            content.held[name] = (to, rows)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(str(error)) from error
    if content.text() != text or not _countable(content.seal) or not (content.run is None or _countable(content.run)):
        raise ValueError("not as a seal writes it")
    return content


def _countable(number: Any) -> bool:
    return type(number) is int and 0 <= number < LARGEST


@cache
def columns(table: Table) -> tuple[str, ...]:
    """The columns of a table that its digests cover."""
    return tuple(column.name for column in table.c if column.name not in _SEALED_APART)


# --- rows and their digests -------------------------------------------------------------------------------------------


Digests = Iterable[tuple[int, bytes]]


def rows(connection: Connection, part: Part, run_id: int | None) -> Digests:
    """The keys and digests of the rows that a part speaks of, as they are now, by key."""
    if part.since and part.is_empty:
        return ()
    table = _TABLES[part.name.removesuffix(RETIRED)]
    # the first seal also answers for rows with impossible numbers
    within = f"> {part.since or -LARGEST} AND {{0}} <= {part.to}"
    if part.name.endswith(RETIRED):
        return _digests(connection, table, part.columns, "id", "retired_by " + within.format("retired_by"))
    if table is RUNS:
        return _digests(connection, table, part.columns, "id", f"id = {run_id or 0}")
    if part.name in OF_RUN:
        return _digests(connection, table, part.columns, number_of(table), f"run_id = {run_id or 0}")
    for parts, owner, number, _ in PARTS:
        if parts is table:
            key = f"{owner} * {_PARTS_OF_ONE} + {number}"
            return _digests(connection, table, part.columns, key, f"{owner} {within.format(owner)}")
    return _digests(connection, table, part.columns, "id", "id " + within.format("id"))


def digests_of(
    connection: Connection, table: Table, names: Sequence[str], identifiers: Sequence[int]
) -> Iterator[tuple[int, bytes]]:
    """The keys and digests of the rows of a table with these numbers, as they are now."""
    for chunk in db.in_chunks(identifiers):
        yield from _digests(connection, table, names, "id", f"id IN ({', '.join(map(str, chunk))})")


def marks(connection: Connection, part: Part) -> list[tuple[int, int, bytes]]:
    """Of the table that a part on retired rows speaks of, all such rows: key, change, and digest. One look for many seals."""
    table = _TABLES[part.name.removesuffix(RETIRED)]
    whole = _digests(connection, table, ("retired_by",), "id", "retired_by IS NOT NULL")
    changes = driver_rows(connection, f"SELECT retired_by FROM {table.name} WHERE retired_by IS NOT NULL ORDER BY id")
    digests = list(whole)
    return [(key, row[0], digest) for (key, digest), row in zip(digests, changes, strict=True)]


def packed_columns(
    table: Table, names: Sequence[str], written: Mapping[str, Sequence[Any]], key: str = "id", run_id: int | None = None
) -> bytearray:
    """Keys and digests in a row, from the columns that are being written: the same as reading the rows back would give.

    written: as `db.insert_columns` takes them, the key among them; a column that is not there is empty. run_id: of lines.
    """
    columns: list[Iterable[Any]] = []
    for name in names:
        column: Iterable[Any] = written.get(name, repeat(run_id if name == "run_id" else None))
        convert = (
            _converter(table.c[name].type) if name in written and not isinstance(table.c[name].type, Date) else None
        )
        columns.append(column if convert is None else [None if one is None else convert(one) for one in column])
    head, found = _head(table, names), bytearray()
    for number, values in zip(written[key], zip(*columns)):  # noqa: B905  (a column that is not there has no end)
        digest = head.copy()  # as `_digest` does: a call for each of millions of rows would cost as much as the hash
        try:
            digest.update(dumps(values))
        except TypeError:  # bytes, half a character, more than 64 bits: what it does not write
            digest.update(_row_text(values))
        found += number.to_bytes(_KEY_BYTES, signed=True) + digest.digest()[:_DIGEST_BYTES]
    return found


def _head(table: Table, names: Sequence[str]) -> "hashlib._Hash":
    return hashlib.sha256(_ENCODE([table.name, *names]).encode())


def _digest(head: "hashlib._Hash", values: Sequence[Any]) -> bytes:
    digest = head.copy()
    digest.update(_row_text(values))
    return digest.digest()[:_DIGEST_BYTES]


def _row_text(values: Sequence[Any]) -> bytes:
    """The text of a row that is digested. What lies in the database is written by the standard library: orjson, which writes
    the same of what the ledger itself writes, would take a number that was made infinite past the guards for an empty value."""
    text: str = "".join(_ENCODE_ROW(values, 0))
    return text.encode("utf-8", "surrogatepass")


def _of_bytes(value: bytes) -> dict[str, str]:
    return {"bytes": value.hex()}


_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=_of_bytes)
_ENCODE = _ENCODER.encode


def _row_encoder() -> Any:
    """What `_ENCODE` does, made once: the encoder of the standard library makes its inner one anew for every row."""
    made: Any = getattr(json.encoder, "c_make_encoder", None)
    if made is None:  # a Python without the compiled part
        return lambda values, _: (_ENCODE(values),)
    return made(None, _of_bytes, json.encoder.encode_basestring, None, ":", ",", False, False, True)


_ENCODE_ROW = _row_encoder()


def _digests(
    connection: Connection, table: Table, names: Sequence[str], key: str, condition: str
) -> Iterator[tuple[int, bytes]]:
    """Each row's key and the digest of its columns, by name and value. (Plain statements: there are many, each once.)"""
    quote = connection.dialect.identifier_preparer.quote
    columns = ", ".join(quote(name) for name in names)
    head = _head(table, names)
    converters = [(place, convert) for place, name in enumerate(names) if (convert := _converter(table.c[name].type))]
    statement = f"SELECT {key}, {columns} FROM {quote(table.name)} WHERE {condition} ORDER BY 1"
    for number, *values in driver_rows(connection, statement):
        for place, convert in converters:
            if values[place] is not None:
                values[place] = convert(values[place])
        yield number, _digest(head, values)


def driver_rows(connection: Connection, query: Any) -> Iterator[Sequence[Any]]:
    """The rows of a query as they lie in the database: a text that is no date is digested like any other."""
    options = {} if connection.dialect.name == "sqlite" else {"yield_per": _AT_ONCE}
    result: Any = (
        connection.exec_driver_sql(query, execution_options=options)
        if isinstance(query, str)
        else connection.execute(query, execution_options=options)
    )
    if options:
        yield from result
        return
    while found := result.cursor.fetchmany(_AT_ONCE):
        yield from found
    result.cursor.close()


def _converter(kind: Any) -> Callable[[Any], Any] | None:
    """What makes one value of what either database gives; None for integers and texts, which are the same in both."""
    if isinstance(kind, DateTime):
        return lambda value: str(value).removesuffix(".000000")
    if isinstance(kind, Date):
        return str
    if isinstance(kind, Boolean):
        return lambda value: int(value) if value in (0, 1) else str(value)
    if isinstance(kind, JSON):
        return _plain_json
    return None


def _plain_json(value: Any) -> Any:
    """A JSON value with its keys in order, whether it comes as text or read."""
    try:
        return json.dumps(json.loads(value) if isinstance(value, str) else value, sort_keys=True)
    except ValueError:
        return str(value)


def number_of(table: Table) -> str:
    """The column that numbers the lines of a run in one of their tables."""
    return next(number for lines, number in LINES if lines is table)


def digested(part: Part, found: Digests) -> tuple[Part, bytes]:
    """A part with the number and hash of its rows, and their keys and digests in a row."""
    blob = packed(found)
    return with_blob(part, blob), blob


def packed(found: Digests) -> bytes:
    """Keys and digests in a row."""
    blob = bytearray()
    for key, digest in found:
        blob += key.to_bytes(_KEY_BYTES, signed=True)
        blob += digest
    return bytes(blob)


def with_blob(part: Part, blob: bytes | bytearray) -> Part:
    """A part with the number and hash of the rows whose keys and digests are packed."""
    sha256 = hashlib.sha256(blob).hexdigest()
    return Part(part.name, part.columns, part.since, part.to, len(blob) // ROW_BYTES, sha256)


def unpack(blob: bytes) -> Iterator[tuple[int, bytes]]:
    """The keys and digests of a part's rows, in their order."""
    for start in range(0, len(blob), ROW_BYTES):
        yield (
            int.from_bytes(blob[start : start + _KEY_BYTES], signed=True),
            blob[start + _KEY_BYTES : start + ROW_BYTES],
        )


def owner_and_number(name: str, key: int) -> tuple[int, int | None]:
    """Whom a key speaks of: a row's number, or the number of its owner and its place there."""
    if any(table.name == name for table, *_ in PARTS):
        return divmod(key, _PARTS_OF_ONE)
    return key, None
