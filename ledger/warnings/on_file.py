"""Warnings of what is on file: of everything, of the rows of one file, of the loans of a run or a year."""

from collections import deque
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import ExitStack
from datetime import date
from functools import partial
from heapq import merge
from itertools import count, groupby, repeat
from operator import attrgetter
from typing import Any

from sqlalchemy import Connection, select

from ledger import models
from ledger.computing.executor import Task, configured, parts_of
from ledger.computing.number_set import NumberSet
from ledger.computing.spool import Spool
from ledger.computing.waiting import Waiting
from ledger.database import db
from ledger.facts.bank_names import bank_names
from ledger.facts.of_lines import with_borrowers
from ledger.facts.partitions import Partition, cut, most
from ledger.lazy import np
from ledger.programmes import PROGRAMMES
from ledger.warnings import alike, columns, judging
from ledger.warnings.columns import Brought
from ledger.warnings.judging import Facts, Hit
from ledger.warnings.kinds import ORDER, Told, Warned
from ledger.warnings.limits import limits
from ledger.workdays import Days

_NUMBERS = frozenset(("kind", "row", "turn"))  # among the fields of what is told
# the sheet of each frame, and the header of each column that a warning may mean
SHEETS = {"loans": "贷款", "repayments": "还款", "extensions": "展期", "balances": "年末余额", "enterprises": "企业"}
HEADERS = {
    "amount_fen": "贷款金额(万元)", "rate_e4": "年利率(%)", "due_on": "到期日", "note_no": "借据编号",
    "uploaded_on": "资料上传日", "principal_fen": "还本金额(万元)", "interest_fen": "付息金额(万元)",
    "new_due_on": "新到期日", "balance_fen": "年末余额(万元)", "name": "企业名称",
}  # fmt: skip


def of_everything(connection: Connection) -> list[Warned]:
    """Everything on file, but what is judged of a year only."""
    facts = columns.everything(connection)
    return _warned(_told(connection, facts, _checked(facts)))


def of_file(connection: Connection, brought: Brought) -> list[Warned]:
    """The new and amended rows of a file: what they say, beside what is on file and above them in the file."""
    if not (brought.loans or brought.repayments or brought.extensions or brought.balances or brought.enterprises):
        return []
    facts = columns.near(connection, brought)
    return _warned(_told(connection, facts, _checked(facts)))


def of_run(connection: Connection, run_id: int, programme: str, year: int, as_of: date) -> Iterator[Told]:
    """The loans that a run judged, by the facts up to its date, what is judged of a year among it; in the order of warnings.

    Looked at part by part, by whoever does parts by the settings, each in order; what comes of several parts waits in files
    and is merged as it is taken. Others see what is committed: the facts, and not the run's lines.
    """
    borrower = models.LoanFact.enterprise_id
    parts = cut(connection, borrower, parts_of(most(connection, borrower))) if _of_loans(programme) else ()
    versions = _versions_of(connection, run_id, programme)
    if versions.size == 0:
        return iter(())
    judged = NumberSet.of(versions)
    if len(parts) == 1:
        return iter(_of_part(connection, judged, year, as_of, parts[0], alike.NONE, ()))
    task = partial(_put_part, judged, year, as_of, parts, alike.look(connection), _reporting(connection, year))
    return _of_parts(connection, task, len(parts))


def _of_parts(connection: Connection, task: Task[None], parts: int) -> Iterator[Told]:
    doing = configured(parts)
    with ExitStack() as files:
        with doing.spool(connection, parts) as spool:
            deque(doing.run(connection, spool, task, range(parts)), maxlen=0)
            runs = [files.enter_context(Waiting(told)) for told in _told_in(spool)]
        yield from merge(*runs)


def _put_part(
    judged: NumberSet,
    year: int,
    as_of: date,
    parts: Sequence[Partition],
    looked: alike.Alike,
    banks: Collection[int],
    connection: Connection,
    spool: Spool,
    number: int,
) -> None:
    """What the loans of a part are warned of, in order, into the spool, a column for each field."""
    told = _of_part(connection, judged, year, as_of, parts[number], looked, banks)
    fields: Iterable[Sequence[Any]] = zip(*told, strict=True) if told else repeat(())
    named = dict(zip(Told._fields, fields))  # noqa: B905  (what was told of nothing has no end)
    integers = {name: np.array(named[name], dtype=np.int64) for name in _NUMBERS}
    spool.put(number, {**named, **integers})


def _told_in(spool: Spool) -> Iterator[Iterator[Told]]:
    """The same of each part again, one part after the other."""
    for fields in zip(*(spool.column(name) for name in Told._fields), strict=True):
        yield map(Told._make, zip(*(field.tolist() for field in fields), strict=True))


def _versions_of(connection: Connection, run_id: int, programme: str) -> Days:
    """The versions of loans that a run's lines speak of: a walk through its lines, whatever is asked of its parts."""
    found = [np.empty(0, dtype=np.int64)]
    for model in _of_loans(programme):
        line = models.table_of(model)
        query = select(line.c.loan_fact_id).where(line.c.run_id == run_id)
        found.append(db.fetch_frame(connection, query)["loan_fact_id"].to_numpy())
    return np.concatenate(found)


def _of_part(
    connection: Connection,
    versions: NumberSet,
    year: int,
    as_of: date,
    part: Partition,
    looked: alike.Alike,
    banks: Collection[int],
) -> list[Told]:
    facts = columns.up_to(columns.of_part(connection, part, looked), year, as_of)
    loans = facts.loans
    judged = versions.has(loans["loan_fact_id"].to_numpy())
    columns.of_loans(facts, loans["loan_id"].to_numpy()[judged])
    of_the_year = [*judging.overdue(facts, limits(), as_of), *judging.unreported(facts, limits(), year, banks)]
    return _told(connection, facts, [*_checked(facts), *of_the_year], as_of)


def _reporting(connection: Connection, year: int) -> list[int]:
    """The banks that reported the year-end balance of a loan."""
    fact, loan = models.ReportedBalanceFact, models.Loan
    query = select(loan.bank_id).join(fact, fact.loan_id == loan.id).where(fact.retired_by.is_(None), fact.year == year)
    return list(connection.execute(query.distinct()).scalars())


def of_year(
    connection: Connection, facts: Facts, loan_ids: Days, year: int, as_of: date, named_on: date | None = None
) -> list[Warned]:
    """Some loans in a year: what is on file of them (`columns.everything`), and what is judged of the year as of a date.

    named_on: the day by whose changes banks are called; by all on file where there is none.
    """
    columns.of_loans(facts, loan_ids)
    of_the_year = [*judging.overdue(facts, limits(), as_of), *judging.unreported(facts, limits(), year)]
    return _warned(_told(connection, facts, [*_checked(facts), *of_the_year], named_on))


def judged_by(connection: Connection, run_id: int, programme: str) -> Days:
    """The loans among the lines of a run, whatever its document calls its lines."""
    found, fact = [np.empty(0, dtype=np.int64)], models.LoanFact
    for model in _of_loans(programme):
        query = with_borrowers(select(fact.loan_id), model).where(models.table_of(model).c.run_id == run_id)
        found.append(db.fetch_frame(connection, query)["loan_id"].to_numpy())
    return np.concatenate(found)


def _of_loans(programme: str) -> list[Any]:
    """The models of a document's lines of loans."""
    named = {"run_id", "line_no", "loan_fact_id"}
    return [model for model in PROGRAMMES[programme].tables if named <= set(models.table_of(model).c.keys())]


def _checked(facts: Facts) -> list[Hit]:
    return [hit for check in judging.CHECKS for hit in check(facts, limits())]


# --- hits as warnings -------------------------------------------------------------------------------------------------


def _told(connection: Connection, facts: Facts, hits: list[Hit], named_on: date | None = None) -> list[Told]:
    """Hits with their bank, note number, enterprise, file and row, in the order of warnings."""
    if not hits:
        return []
    banks = bank_names(connection, named_on).all_in_force()
    files = _words(connection, models.Intake, "file_name")
    usccs = dict[int, str]()
    if len(facts.enterprises):
        usccs = dict(zip(facts.enterprises["enterprise_id"].tolist(), facts.enterprises["uscc"].tolist(), strict=True))
    else:  # a file that brought none
        borrowers = np.unique(facts.loans["enterprise_id"].to_numpy()).tolist()
        usccs = _words(connection, models.Enterprise, "uscc", borrowers)
    found: list[tuple[Any, ...]] = []
    for of, together in groupby(hits, attrgetter("frame")):
        # there may be a million of one kind: column by column, as plain tuples until they are sorted
        codes, _, rows, fields, values, said = zip(*together, strict=True)
        frame, at = getattr(facts, of), np.array(rows)
        places, file_ids = (frame[name].to_numpy()[at].tolist() for name in ("sheet_row", "intake_id"))
        who, of_whom = (frame, at) if of in ("loans", "enterprises") else (facts.loans, frame["loan"].to_numpy()[at])
        banks_of: Iterable[str] = repeat("")
        notes: Iterable[str] = repeat("")
        if of != "enterprises":
            bank_ids, notes = (who[name].to_numpy()[of_whom].tolist() for name in ("bank_id", "note_no"))
            banks_of = map(banks.__getitem__, bank_ids)
        enterprise_ids = who["enterprise_id"].to_numpy()[of_whom].tolist()
        words = zip(places, fields, values, said, strict=True)
        texts = [
            f"{SHEETS[of]}表第 {place} 行，{HEADERS[field]}「{value}」：{odd}" for place, field, value, odd in words
        ]
        found += zip(  # noqa: B905  (what is the same of all has no end)
            map(ORDER.__getitem__, codes), banks_of, notes, map(usccs.__getitem__, enterprise_ids),
            map(files.__getitem__, file_ids), repeat(SHEETS[of]), places, count(len(found)), texts, fields,
        )  # fmt: skip
    found.sort()
    return list(map(Told._make, found))


def _warned(found: list[Told]) -> list[Warned]:
    return [one.warned() for one in found]


def _words(connection: Connection, model: Any, column: str, among: Sequence[int] | None = None) -> dict[int, str]:
    """What people call each row of a table, by its number. among: of these numbers alone."""
    table = models.table_of(model)
    query = select(table.c.id, table.c[column])
    chunks = [query] if among is None else [query.where(table.c.id.in_(some)) for some in db.in_chunks(among)]
    return {row[0]: row[1] for one in chunks for row in connection.execute(one)}
