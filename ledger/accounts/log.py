"""The log: who did or tried what, when, from where, with which outcome. It holds no contents and no enterprise's name.

Entries are only added, each with a hash over the one before it. Where the log ends is kept beside it, and in every link of
the chain that follows; a day that is over has a row of its own. Nobody can take entries out, but for age, and that is on
record.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, delete, false, func, insert, or_, select, update

from ledger import models
from ledger.accounts.accounts import Account
from ledger.accounts.rights import Forbidden
from ledger.accounts.roles import SERVER
from ledger.database import clock, db
from ledger.errors import EnvironmentFailed, NotFound, Refused
from ledger.people import account as acting_account
from ledger.people import system_user
from ledger.seals import chain
from ledger.workdays import now, today

OK, REFUSED, DENIED, FAILED, THROTTLED, ERROR = models.RESULTS
RESULT_NAMES: Mapping[str, str] = {
    OK: "完成", REFUSED: "被拒绝", DENIED: "无权", FAILED: "未通过", THROTTLED: "过于频繁", ERROR: "出错",
}  # fmt: skip
KEYS = ("time", "login", "role", "address", "action", "object", "result", "request")
_START = "0" * 64
_LONGEST = 200  # characters of an object: a path, never what was sent
_TABLE = models.table_of(models.LogEntry)
_COLUMNS = tuple(column.name for column in _TABLE.c)


@dataclass(frozen=True)
class Entry:
    """What is to be logged. result: one of models.RESULTS. account: who acts; None with a login: a try under that login;
    None without: whoever keeps the server."""

    action: str
    object: str = ""
    result: str = OK
    account: Account | None = None
    login: str = ""
    address: str = ""
    request: str = ""
    of_server: bool = False
    made_at: datetime | None = None

    def with_result(self, result: str) -> "Entry":
        """The same with another outcome."""
        return Entry(**{**vars(self), "result": result})


def of_server(action: str, thing: str = "", result: str = OK) -> Entry:
    """What whoever keeps the server does, under the system's user."""
    return Entry(action, thing, result, login=system_user(), of_server=True)


def write(
    where: Connection | Engine,
    action: str,
    object: str = "",  # noqa: A002 (as the log's items call it)
    result: str = OK,
    account: Account | None = None,
    *,
    login: str = "",
    address: str = "",
    request: str = "",
) -> None:
    """Adds an entry: within the caller's write transaction, or in one of its own."""
    add(where, Entry(action, object, result, account, login, address, request))


def add(where: Connection | Engine, *entries: Entry) -> None:
    """Adds entries, likewise."""
    if not isinstance(where, Connection):
        with db.writing(where) as connection:
            add(connection, *entries)
        return
    if not entries:
        return
    last = where.execute(
        select(_TABLE.c.id, _TABLE.c.made_at, _TABLE.c.hash).order_by(_TABLE.c.id.desc()).limit(1)
    ).first()
    number, previous = (last.id, last.hash) if last else _pruned_to(where)
    head = models.table_of(models.LogHead)
    # where it does not end as it did, somebody had his hand in it: what follows must not hide that
    as_left = (head.c.last_id == number, head.c.hash == previous)
    day = last.made_at.date() if last else None
    for entry in entries:
        made_at = entry.made_at or now()
        if day is not None and made_at.date() > day:
            _close(where, day, number, previous)
        day = made_at.date()
        number += 1
        values = _values(number, made_at, entry)
        previous = _hash(previous, values)
        where.execute(insert(_TABLE).values(**values, hash=previous))
    where.execute(update(head).where(*as_left).values(last_id=number, hash=previous))


def _values(number: int, made_at: datetime, entry: Entry) -> dict[str, Any]:
    account = entry.account
    return {
        "id": number,
        "made_at": made_at,
        "login": account.login if account else entry.login,
        "role": SERVER if entry.of_server else (account.role or "") if account else "",
        "address": entry.address,
        "action": entry.action,
        "object": entry.object[:_LONGEST],
        "result": entry.result,
        "request": entry.request,
    }


def _hash(previous: str, values: Mapping[str, Any]) -> str:
    said = [str(values[name]) for name in _COLUMNS if name != "hash"]
    return hashlib.sha256(f"{previous}\n{json.dumps(said, ensure_ascii=False)}".encode()).hexdigest()


def _close(connection: Connection, day: date, last_id: int, digest: str) -> None:
    """The row of a day that is over."""
    table = models.table_of(models.LogDay)
    since = connection.execute(select(func.max(table.c.last_id))).scalar_one() or _pruned_to(connection)[0]
    if last_id > since:
        number = db.next_id(connection, table)
        connection.execute(insert(table).values(id=number, day=day, first_id=since + 1, last_id=last_id, hash=digest))


def _pruned_to(connection: Connection) -> tuple[int, str]:
    """The number and hash of the last entry that was taken out for its age."""
    table = models.LogPrune
    row = connection.execute(select(table.last_id, table.hash).order_by(table.id.desc()).limit(1)).first()
    return (row.last_id, row.hash) if row else (0, _START)


# --- what is changed is logged in its own transaction -------------------------------------------------------------------


class Recorder:
    """Logs what is done from its making to its close: changes of the books in their own transactions (once: the first one);
    and anything else, or that it did not succeed, when it is over."""

    def __init__(self, engine: Engine, entry: Entry, once: bool = False) -> None:
        self._engine, self._entry, self._once, self._written = engine, entry, once, False
        self._token = clock.with_change.set(self._with_change)

    def _with_change(self, connection: Connection) -> None:
        if not (self._once and self._written):
            add(connection, self._entry)
        self._written = True

    def close(self, result: str = OK, wanted: bool = True) -> None:
        """It is over, and so it ended. wanted: whether that is to be logged, if it is not yet."""
        clock.with_change.reset(self._token)
        if wanted and (result != OK or not self._written):
            add(self._engine, self._entry.with_result(result))


def result_of(error: Exception) -> str:
    """How the log calls what did not succeed: what is not there looks like what one may not see."""
    if isinstance(error, Forbidden | NotFound):
        return DENIED
    return REFUSED if isinstance(error, Refused) else ERROR


@contextmanager
def recorded(
    engine: Engine,
    entry: Entry,
    named: Callable[[Exception], str] = result_of,
    later: Callable[[Entry], None] | None = None,
) -> Iterator[None]:
    """Logs what is done within: a change of the books in its own transaction, anything else when it is over.

    What does not succeed is logged as `named` calls it, and raised on. later: takes the entry where the database itself failed;
    whoever waits for an answer does not wait a second time for what cannot be written now.
    """
    recorder = Recorder(engine, entry, once=True)
    try:
        yield
    except EnvironmentFailed as error:
        recorder.close(named(error), wanted=later is None)
        if later is not None:
            later(entry.with_result(named(error)))
        raise
    except Exception as error:
        recorder.close(named(error))
        raise
    recorder.close()


# --- read ---------------------------------------------------------------------------------------------------------------


def found(
    connection: Connection,
    since: date | None = None,
    until: date | None = None,
    equal: Mapping[str, str] | None = None,
    limit: int | None = None,
    offset: int = 0,
    *,
    words: str = "",
    sort: str = "",
) -> list[dict[str, str]]:
    """The entries of some days (both included) whose login, role, address, action, object, result or request are as given, newest
    first, or in the order of a key (with - before it the other way round). words: a part of login, object or request."""
    order = _TABLE.c[_SORTED[sort.removeprefix("-")]] if sort else _TABLE.c.id
    down = sort.startswith("-") or not sort
    query = select(_TABLE).where(*_conditions(since, until, equal, words)).offset(offset)
    query = query.order_by(*((one.desc() if down else one) for one in (order, _TABLE.c.id)))
    rows = connection.execute(query if limit is None else query.limit(limit))
    return [{"time": row.made_at.isoformat(), **{key: getattr(row, key) for key in KEYS[1:]}} for row in rows]


def count(
    connection: Connection,
    since: date | None = None,
    until: date | None = None,
    equal: Mapping[str, str] | None = None,
    *,
    words: str = "",
) -> int:
    """How many entries `found` would give in all."""
    query = select(func.count()).select_from(_TABLE).where(*_conditions(since, until, equal, words))
    return int(connection.execute(query).scalar_one())


_SORTED = {"time": "made_at", **{key: key for key in KEYS[1:]}}


def _conditions(since: date | None, until: date | None, equal: Mapping[str, str] | None, words: str) -> list[Any]:
    conditions: list[Any] = []
    for key, value in (equal or {}).items():
        if key != "time":
            conditions.append(_TABLE.c[key] == value)
            continue
        try:
            conditions.append(_TABLE.c.made_at == datetime.fromisoformat(value))
        except ValueError:
            conditions.append(false())
    if since is not None:
        conditions.append(_TABLE.c.made_at >= datetime.combine(since, datetime.min.time()))
    if until is not None:
        conditions.append(_TABLE.c.made_at < datetime.combine(until + timedelta(1), datetime.min.time()))
    if words:
        named = (_TABLE.c.login, _TABLE.c.object, _TABLE.c.request)
        conditions.append(or_(*(column.contains(words, autoescape=True) for column in named)))
    return conditions


# --- kept ---------------------------------------------------------------------------------------------------------------


def prune(engine: Engine, days: int) -> int:
    """Takes out the entries older than so many days, of whole days; says how many. A record of it stays."""
    if days < models.LEAST_KEPT:
        raise Refused(f"日志至少保留 {models.LEAST_KEPT} 天（不少于六个月），不能只留 {days} 天")
    through = today() - timedelta(days)
    before = datetime.combine(through + timedelta(1), datetime.min.time())
    with db.writing(engine) as connection:
        link = chain.Link(connection, light=True)
        for problem in problems(connection):
            raise Refused(problem, "；请先运行 tiexi audit 查明")
        first_kept = connection.execute(select(func.min(_TABLE.c.id)).where(_TABLE.c.made_at >= before)).scalar_one()
        old = [_TABLE.c.made_at < before] + ([_TABLE.c.id < first_kept] if first_kept is not None else [])
        number = connection.execute(select(func.max(_TABLE.c.id)).where(*old)).scalar_one()
        if number is None:
            return 0
        old = [_TABLE.c.id <= number]
        rows = int(connection.execute(select(func.count()).select_from(_TABLE).where(*old)).scalar_one())
        digest = connection.execute(select(_TABLE.c.hash).where(_TABLE.c.id == number)).scalar_one()
        table = models.table_of(models.LogPrune)
        connection.execute(
            insert(table).values(
                id=db.next_id(connection, table), through=through, kept_days=days, last_id=number, rows=rows,
                hash=digest, account=acting_account(), made_at=now(),
            )
        )  # fmt: skip
        connection.execute(delete(_TABLE).where(*old))
        link.seal("log")
        clock.write_along(connection)
        return rows


def problems(connection: Connection, pinned: Mapping[int, str] | None = None) -> Iterator[str]:
    """A sentence for each place at which the log is not as it was written.

    pinned: what links of the chain hold of it, the hash of some entries by number.
    """
    number, previous = start, _ = _pruned_to(connection)
    pins = {entry: digest for entry, digest in (pinned or {}).items() if entry > start}
    # by the last entry before a later day: its day, the latest day until then, its hash, whether for good
    ends: dict[int, tuple[date, date, str, bool]] = {}
    day = latest = date.max
    for row in connection.execute(select(_TABLE).order_by(_TABLE.c.id)):
        if (its_day := row.made_at.date()) > day:
            ends[number] = day, latest, previous, its_day > latest
        day, latest = its_day, its_day if latest is date.max else max(latest, its_day)
        number += 1
        if row.id != number:
            yield f"访问日志第 {number} 条缺失，链从这里断开（其后是第 {row.id} 条）"
            number = row.id
        elif _hash(previous, row._asdict()) != row.hash:
            yield f"访问日志第 {row.id} 条的内容与其摘要不符，这一条或它前面的被改动"
        previous = row.hash
        if pins.pop(number, previous) != previous:
            yield f"访问日志第 {number} 条与其后的封存所记不符，这一条或它前面的被改动"
    for entry in sorted(pins):
        yield f"访问日志第 {entry} 条缺失：封存中有，日志中没有"
    yield from _day_problems(connection, start, ends)
    yield from _end_problems(connection, number, previous)


def _day_problems(
    connection: Connection, start: int, ends: Mapping[int, tuple[date, date, str, bool]]
) -> Iterator[str]:
    """Whether each day that is over has its row, and each row its day; start: up to which entry the log was pruned."""
    table, since = models.table_of(models.LogDay), 0
    rows = connection.execute(select(table).order_by(table.c.last_id)).all()
    for row in rows:
        day, latest, digest, _ = ends.get(row.last_id, (row.day, row.day, row.hash, False))
        # an entry written late is of an earlier day: earlier versions called such an end by the later one
        as_written = day <= row.day <= latest and digest == row.hash and (row.first_id == since + 1 or not since)
        if row.last_id > start and (row.last_id not in ends or not as_written):
            yield f"日志日结第 {row.id} 号与访问日志不符，被改动或不是由本程序记入"
        since = row.last_id
    known = {row.last_id for row in rows}
    for last_id, (day, *_, for_good) in ends.items():
        if for_good and last_id not in known:
            yield f"日志日结缺少 {day} 的一行（止于访问日志第 {last_id} 条）"


def _end_problems(connection: Connection, number: int, digest: str) -> Iterator[str]:
    """Whether the log ends where it was left."""
    head = models.LogHead
    row = connection.execute(select(head.last_id, head.hash)).first()
    if row is None:
        yield "日志末尾的登记缺失"
    elif row.last_id > number:
        yield f"访问日志第 {number + 1} 条缺失：日志末尾登记到第 {row.last_id} 条，日志中没有"
    elif row.last_id < number:
        yield f"访问日志第 {number} 条不是由本程序记入：日志末尾登记到第 {row.last_id} 条"
    elif row.hash != digest:
        yield f"日志末尾所记的摘要与访问日志第 {number} 条不符，其中之一被改动"
