"""The journal of a settlement year as a beancount file: accounts with Chinese names, entries, balance assertions.

Only what beancount and hledger both read: directives that begin with a date, postings with amounts, comments. (hledger
takes `open` and `balance` for transactions without postings.) Amounts are yuan with two decimals: exactly fen.
"""

import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

from ledger import models
from ledger.counties import COUNTY_RANK
from ledger.errors import Refused
from ledger.facts.approved import approved_runs
from ledger.money import format_scaled
from ledger.programmes import PROGRAMMES, chart
from ledger.programmes.flow import Place
from reports.money.balance import Names
from reports.report import Written
from reports.writing import files


@dataclass(frozen=True)
class Entry:
    """One entry for print."""

    id: int
    on: date
    kind: str  # in words
    document_no: str
    memo: str
    made_by: str
    source: str  # file and row, '' for none
    postings: Sequence[tuple[str, int]]  # account, fen


@dataclass(frozen=True)
class Journal:
    """The entries of a year by date and number, each account with the day it is first used, and names as they are.

    spelled: by part of an account's name, the name that it stands for, where the two differ.
    """

    year: int
    entries: list[Entry]
    accounts: dict[str, date]
    spelled: dict[str, str] = field(default_factory=dict)


def read_journal(connection: Connection, year: int) -> Journal:
    """The journal of a settlement year, both programmes; Refused before an approval. An approved run may owe nothing."""
    entry, posting, run, intake = models.JournalEntry, models.JournalPosting, models.Run, models.Intake
    query = (
        select(
            entry.id, entry.entered_on, entry.kind, entry.document_no, entry.memo, entry.made_by, entry.sheet_row,
            entry.reverses_id, intake.file_name, run.programme, run.year,
        )
        .join(run, run.id == entry.run_id)
        .outerjoin(intake, intake.id == entry.intake_id)
        .where(run.year == year)
        .order_by(entry.entered_on, entry.id)
    )  # fmt: skip
    heads = connection.execute(query).all()
    if not heads and not approved_runs(connection, since=year, before=year + 1):
        raise Refused(f"{year} 年度还没有分录；审核通过后才有")
    programmes = {head.id: head.programme for head in heads}
    accounts_of = _Accounts(Names(connection, None))
    postings: dict[int, list[tuple[str, int]]] = defaultdict(list)
    rows = connection.execute(
        select(
            posting.entry_id, posting.account, posting.item, posting.county, posting.bank_id, posting.enterprise_id,
            posting.amount_fen,
        )
        .join(entry, entry.id == posting.entry_id)
        .join(run, run.id == entry.run_id)
        .where(run.year == year)
        .order_by(posting.entry_id, posting.posting_no)
    )  # fmt: skip
    for row in rows:
        account = accounts_of.name(programmes[row.entry_id], row.account, Place(*row[2:6]))
        postings[row.entry_id].append((account, row.amount_fen))
    entries = [
        Entry(
            head.id, head.entered_on, _kind_words(head), head.document_no, head.memo, head.made_by,
            f"{head.file_name} 第 {head.sheet_row} 行" if head.file_name else "", postings[head.id],
        )
        for head in heads
    ]  # fmt: skip
    accounts: dict[str, date] = {}
    for one in entries:
        for account, _ in one.postings:
            accounts.setdefault(account, one.on)
    return Journal(year, entries, dict(sorted(accounts.items())), accounts_of.spelled())


# What both programs take in a component: letters and decimal digits, but no Ⅱ or ②.
_IN_A_NAME = ("Lu", "Ll", "Lt", "Lm", "Lo", "Nd")


def _kind_words(head: Any) -> str:
    return chart.entry_names()[head.kind] + (f"第 {head.reverses_id} 号分录" if head.reverses_id else "")


class _Accounts:
    """Account names: subject (a component begins with a capital or a digit: the subject codes serve), programme, item, county, bank, enterprise (by code and name); different ones stay different."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self._items, self._accounts = chart.item_names(), chart.accounts()
        self._taken: dict[str, str] = {}

    def name(self, programme: str, account: str, place: Place) -> str:
        """The full name of a posting's account."""
        parts = [
            f"P{PROGRAMMES[programme].name}", f"{list(self._items).index(place.item) + 1}{self._items[place.item]}",
            f"{COUNTY_RANK[place.county] + 1:02d}{place.county}",
        ]  # fmt: skip
        if place.bank_id is not None:
            parts.append(f"B{self._names.bank(place)}")
        if place.enterprise_id is not None:
            parts.append(f"{self._names.uscc(place)}-{self._names.enterprise(place)}")
        return ":".join([self._accounts[account].subject, *map(self._component, parts)])

    def spelled(self) -> dict[str, str]:
        """By part of an account's name, the name that it stands for, where the two differ."""
        return {found: text for found, text in sorted(self._taken.items()) if found != text}

    def _component(self, text: str) -> str:
        """A name as a component: letters, digits and hyphens only; of two that would become the same one gets a number."""
        plain = "".join(one if unicodedata.category(one) in _IN_A_NAME else "-" for one in text)
        found, count = plain, 1
        while self._taken.setdefault(found, text) != text:
            count += 1
            found = f"{plain}-{count}"
        return found


def _quoted(text: str) -> str:
    return '"' + _flat(text).replace("\\", "/").replace('"', "'") + '"'


def _flat(text: str) -> str:
    """A text on one line, without what hledger would take for a tag or a date in a comment."""
    return " ".join(text.split()).translate(str.maketrans(":;[]", "：；［］"))


def _yuan(fen: int) -> str:
    return format_scaled(fen, 2, at_least=2)


def lines(journal: Journal) -> Iterator[str]:
    """The file, line by line."""
    yield f"; 贴息　{journal.year} 年度　复式账　单位：元（CNY）\n; 借方为正，贷方为负\n"
    if journal.spelled:
        yield "; 账户名只能用字母、数字和连字符，改写过的名称（B 为银行）：\n"
    for part, name in journal.spelled.items():
        yield f";   {part}　即　{_flat(name)}\n"
    yield "\n"
    if not journal.entries:
        yield f"; {journal.year} 年度审核通过的运行没有应付的补助，也没有追缴，没有分录\n"
        return
    for account, since in journal.accounts.items():
        yield f"{since} open {account} CNY\n"
    sums: dict[str, int] = defaultdict(int)
    for entry in journal.entries:
        yield f"\n{entry.on} * {_quoted(entry.document_no)} {_quoted(entry.memo)}\n"
        yield (
            f"  ; 分录 {entry.id}，{entry.kind}，{_flat(entry.made_by)}"
            + (f"，{_flat(entry.source)}" if entry.source else "")
            + "\n"
        )
        for account, fen in entry.postings:
            yield f"  {account}  {_yuan(fen)} CNY\n"
            sums[account] += fen
    after = max(entry.on for entry in journal.entries) + timedelta(days=1)
    yield "\n; 余额断言\n"
    for account in journal.accounts:
        yield f"{after} balance {account} {_yuan(sums[account])} ~ 0.001 CNY\n"  # else a fen would be let pass


def export(connection: Connection, year: int, path: Path) -> Written:
    """Writes the journal of a year."""
    journal = read_journal(connection, year)
    files.write_text(path, lines(journal))
    nothing = "" if journal.entries else f"；{year} 年度审核通过的运行没有应付的补助，也没有追缴"
    return Written([(path, f"{len(journal.entries)} 笔分录，{len(journal.accounts)} 个账户")], nothing)
