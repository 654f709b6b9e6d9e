"""Who is on file: enterprises, banks, projects and loans by their codes and names, as identifiers."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Select, Table, func, select

from ledger import models
from ledger.database import db
from ledger.facts.bank_names import bank_names
from ledger.facts.partitions import most
from ledger.intake.sheets import SHEETS
from ledger.models import Base, Fact
from ledger.seals.chain import Link
from ledger.workbooks import near_names

_ASKED_SINGLY = 500  # loans of one bank in a file; of more it is asked first how many the bank has
_READ_AS_FAST = 4  # so many anchors are read in one go as fast as one is found by its key


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
        self._key = [column for column in self.table.c if column.name != "id"]
        self._ids: dict[Any, int] = {}
        self._on_file: set[int] = set()
        self._new: list[tuple[int, Any]] = []
        self.refused: set[str] = set()  # what is written as the key of rows of this file that cannot be taken
        self.unsure = False  # whether this file names some that cannot be read at all
        self.brought_in: set[int] = set()  # identifiers that did not exist before this file
        self._next: int | None = None

    def load(self) -> None:
        """Reads all of them."""
        self._take(self._connection.execute(self._query()))

    def look_up(self, keys: Iterable[Any]) -> None:
        """Reads those with the given keys, of one column, for where there are many on file and a file names few. What neither this nor `load`
        has read is taken to be not on file."""
        wanted = [key for key in dict.fromkeys(keys) if key not in self._ids]
        if most(self._connection, self.table.c.id) <= _READ_AS_FAST * len(wanted):
            self.load()
            return
        (key_column,) = self._key
        for chunk in db.in_chunks(wanted):
            self._take(self._connection.execute(self._query().where(key_column.in_(chunk))))

    def _query(self) -> Select[Any]:
        """Of each its identifier, its key, and whether it is on file."""
        link = self._fact.c[self._link]
        in_force = select(link).where(link == self.table.c.id, self._fact.c.retired_by.is_(None)).exists()
        return select(self.table.c.id, *self._key, in_force)

    def _take(self, rows: Iterable[Sequence[Any]]) -> None:
        for identifier, *key, on_file in rows:
            self._ids[key[0] if len(key) == 1 else tuple(key)] = identifier
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
        """The key of an identifier; its number in words where there is none such."""
        read = next((key for key, known in self._ids.items() if known == identifier), None)
        if read is not None:
            return read
        found = self._connection.execute(select(*self._key).where(self.table.c.id == identifier)).one_or_none()
        if found is None:
            return f"登记第 {identifier} 号"
        return found[0] if len(found) == 1 else tuple(found)

    def nearest(self, key: str) -> str | None:
        """The most similar key on file, for a hint."""
        on_file = [known for known, identifier in self._ids.items() if identifier in self._on_file]
        return near_names.nearest(key, on_file)

    def store_new(self, link: Link) -> None:
        """Writes the anchors defined since the last time."""
        if not self._new:
            return
        names = [column.name for column in self._key]
        keys = [key if isinstance(key, tuple) else (key,) for _, key in self._new]
        columns = {name: [key[index] for key in keys] for index, name in enumerate(names)}
        link.insert(self.table, {"id": [number for number, _ in self._new], **columns})
        self._new = []


class Loans(Anchors):
    """The loans, by (bank_id, note_no)."""

    def look_up(self, keys: Iterable[tuple[int, str]]) -> None:
        """As of all anchors; of a bank that is asked for many, all are read where it has no more."""
        wanted: dict[int, list[str]] = {}
        for bank_id, note_no in keys:
            if (bank_id, note_no) not in self._ids:
                wanted.setdefault(bank_id, []).append(note_no)
        table = self.table
        for bank_id, notes in wanted.items():
            of_bank = self._query().where(table.c.bank_id == bank_id)
            by_note = (of_bank.where(table.c.note_no.in_(chunk)) for chunk in db.in_chunks(notes))
            # asking for each of many is slower than reading all that there are
            for query in [of_bank] if len(notes) > _ASKED_SINGLY and self._count(bank_id) <= len(notes) else by_note:
                self._take(self._connection.execute(query))

    def _count(self, bank_id: int) -> int:
        count = select(func.count()).where(self.table.c.bank_id == bank_id)
        return int(self._connection.execute(count).scalar_one())


class Register:
    """All anchors of one import. ever: also those whose facts were withdrawn. quotes_names: whether a finding may say what
    an enterprise is called on file."""

    def __init__(self, connection: Connection, ever: bool = False, quotes_names: bool = True) -> None:
        self.quotes_names = quotes_names
        facts: dict[str | None, type[Fact]] = {sheet.defines: sheet.model for sheet in SHEETS}
        self.enterprises = Anchors(connection, models.Enterprise, facts["enterprise"], "enterprise_id", ever)
        self.banks = Anchors(connection, models.Bank, facts["bank"], "bank_id", ever)
        self.projects = Anchors(connection, models.Project, facts["project"], "project_id", ever)
        self.loans = Loans(connection, models.Loan, facts["loan"], "loan_id", ever)
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
        for anchors in (self.banks, self.projects, self.products):
            anchors.load()  # few; of enterprises and loans those that the file names are looked up
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
