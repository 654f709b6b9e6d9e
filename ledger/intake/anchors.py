"""Who is on file: enterprises, banks, projects and loans by their codes and names, as identifiers."""

from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import Connection, Table, func, select

from ledger import models
from ledger.database import db
from ledger.facts.bank_names import bank_names
from ledger.intake.sheets import SHEETS
from ledger.models import Base, Fact
from ledger.seals.chain import Link
from ledger.workbooks import near_names


class Anchors:
    """One kind of anchor: its identifiers by key, and which of them have a fact in force ("on file")."""

    def __init__(
        self, connection: Connection, anchor: type[Base], fact: type[Fact], link: str, ever: bool = False
    ) -> None:
        self._ever = ever  # also those that are on file no longer
        self._connection = connection
        self.table: Table = models.table_of(anchor)
        self._fact: Table = models.table_of(fact)
        self._link = link
        self._ids: dict[Any, int] = {}
        self._on_file: set[int] = set()
        self._new: list[tuple[int, Any]] = []
        self.refused: set[str] = set()  # what is written as the key of rows of this file that cannot be taken
        self.unsure = False  # whether this file names some that cannot be read at all
        self.brought_in: set[int] = set()  # identifiers that did not exist before this file
        self._next: int | None = None

    def load(self, keys: Iterable[Any] | None = None) -> None:
        """Reads the anchors with the given keys (of loans: (bank_id, note_no)), or all of them."""
        table, fact = self.table, self._fact
        in_force = (
            select(fact.c[self._link]).where(fact.c[self._link] == table.c.id, fact.c.retired_by.is_(None)).exists()
        )
        if keys is None:
            key_column = next(column for column in table.c if column.name != "id")
            rows = self._connection.execute(select(table.c.id, key_column, in_force))
            self._take((identifier, key, on_file) for identifier, key, on_file in rows)
            return
        wanted: dict[int, list[str]] = {}
        for bank_id, note_no in keys:
            if (bank_id, note_no) not in self._ids:
                wanted.setdefault(bank_id, []).append(note_no)
        counts: dict[int, int] = {}
        if wanted:
            per_bank = select(table.c.bank_id, func.count().label("loans")).group_by(table.c.bank_id)
            counts = {row.bank_id: row.loans for row in self._connection.execute(per_bank)}
        for bank_id, notes in wanted.items():
            if bank_id not in counts:
                continue  # a bank's first workbook
            of_bank = select(table.c.id, table.c.note_no, in_force).where(table.c.bank_id == bank_id)
            by_note = (of_bank.where(table.c.note_no.in_(chunk)) for chunk in db.in_chunks(notes))
            # asking for each of many is slower than reading all that there are
            for query in [of_bank] if counts[bank_id] <= len(notes) else by_note:
                rows = self._connection.execute(query)
                self._take((identifier, (bank_id, note_no), on_file) for identifier, note_no, on_file in rows)

    def _take(self, rows: Iterable[tuple[int, Any, bool]]) -> None:
        for identifier, key, on_file in rows:
            self._ids[key] = identifier
            if on_file or self._ever:
                self._on_file.add(identifier)

    def get(self, key: Any) -> int | None:
        """The identifier of a key that is on file, else None."""
        identifier = self._ids.get(key)
        return identifier if identifier in self._on_file else None

    def identifiers(self) -> list[int]:
        """Those that are on file."""
        return sorted(self._on_file)

    def has(self, identifier: int) -> bool:
        """Whether an identifier is on file."""
        return identifier in self._on_file

    def may_be_refused(self, written: str) -> bool:
        """Whether what a row of this file refers to can be a row of the file that was refused."""
        return self.unsure or written in self.refused

    def define(self, key: Any) -> int:
        """The identifier of a key that this file brings in (or that is there already)."""
        identifier = self._ids.get(key)
        if identifier is None:
            if self._next is None:
                self._next = db.next_id(self._connection, self.table)
            identifier = self._ids[key] = self._next
            self._next += 1
            self._new.append((identifier, key))
            self.brought_in.add(identifier)
        self._on_file.add(identifier)
        return identifier

    def key_of(self, identifier: int) -> Any:
        """The key of an identifier; its number in words where it is not among those read."""
        return next((key for key, known in self._ids.items() if known == identifier), f"登记第 {identifier} 号")

    def nearest(self, key: str) -> str | None:
        """The most similar key on file, for a hint."""
        on_file = [known for known, identifier in self._ids.items() if identifier in self._on_file]
        return near_names.nearest(key, on_file)

    def store_new(self, link: Link) -> None:
        """Writes the anchors defined since the last time."""
        if not self._new:
            return
        names = [column.name for column in self.table.c if column.name != "id"]
        keys = [key if isinstance(key, tuple) else (key,) for _, key in self._new]
        columns = {name: [key[index] for key in keys] for index, name in enumerate(names)}
        link.insert(self.table, {"id": [number for number, _ in self._new], **columns})
        self._new = []


class Register:
    """All anchors of one import. ever: also those whose facts were withdrawn. quotes_names: whether a finding may say what
    an enterprise is called on file."""

    def __init__(self, connection: Connection, ever: bool = False, quotes_names: bool = True) -> None:
        self.quotes_names = quotes_names
        facts: dict[str | None, type[Fact]] = {sheet.defines: sheet.model for sheet in SHEETS}
        self.enterprises = Anchors(connection, models.Enterprise, facts["enterprise"], "enterprise_id", ever)
        self.banks = Anchors(connection, models.Bank, facts["bank"], "bank_id", ever)
        self.projects = Anchors(connection, models.Project, facts["project"], "project_id", ever)
        self.loans = Anchors(connection, models.Loan, facts["loan"], "loan_id", ever)
        self.products = Anchors(connection, models.InsuranceProduct, facts["product"], "product_id", ever)
        self.by_link = {
            "enterprise_id": self.enterprises,
            "bank_id": self.banks,
            "project_id": self.projects,
            "loan_id": self.loans,
            "product_id": self.products,
        }
        self._connection = connection
        self._names: dict[int, list[str]] = {}  # of enterprises whose row in this file cannot be taken
        for anchors in (self.enterprises, self.banks, self.projects, self.products):
            anchors.load()
        self.bank_names = bank_names(connection)

    def bank(self, name: str) -> int | None:
        """The bank on file that a name means, whichever of its names it is."""
        identifier = self.banks.get(name)
        if identifier is not None or self.bank_names.unchanged:
            return identifier
        known = self.bank_names.id_of(name)
        return known if known is not None and self.banks.has(known) else None

    def note_name(self, enterprise_id: int, name: str) -> None:
        """Keeps the name of an enterprise whose row in this file cannot be taken."""
        self._names.setdefault(enterprise_id, []).append(name)

    def names_of(self, enterprise_ids: Collection[int]) -> dict[int, list[str]]:
        """Every name that an enterprise has or had in any version, the newest first."""
        found = {identifier: list(self._names.get(identifier, ())) for identifier in enterprise_ids}
        fact = models.EnterpriseFact
        for chunk in db.in_chunks(sorted(enterprise_ids)):
            query = select(fact.enterprise_id, fact.name).where(fact.enterprise_id.in_(chunk))
            for row in self._connection.execute(query.order_by(fact.version.desc())):
                found[row.enterprise_id].append(row.name)
        return found

    def store_new(self, link: Link) -> None:
        """Writes all new anchors, those that others refer to first."""
        for anchors in (self.enterprises, self.banks, self.projects, self.loans, self.products):
            anchors.store_new(link)
