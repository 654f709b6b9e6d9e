"""What ends sessions and bars tries to sign in, apart from the sessions themselves: locks and resets need both."""

from collections import defaultdict
from datetime import datetime, timedelta

from sqlalchemy import Connection, insert, select, update

from ledger import models
from ledger.accounts.accounts import Account
from ledger.accounts.limits import LOCK_LOGIN_AFTER, USUAL, Limits
from ledger.database import db
from ledger.workdays import now


def end_all(connection: Connection, account_id: int, why: str) -> None:
    """Ends an account's sessions."""
    table = models.table_of(models.Session)
    open_ones = (table.c.account_id == account_id, table.c.ended_at.is_(None))
    connection.execute(update(table).where(*open_ones).values(ended_at=now(), ended_why=why))


def note_try(connection: Connection, login: str, address: str, good: bool) -> None:
    """Writes down a try to sign in, or to show a second factor later on."""
    table = models.table_of(models.SignInTry)
    number = db.next_id(connection, table)
    connection.execute(insert(table).values(id=number, login=login, address=address, made_at=now(), good=good))


def barred(connection: Connection, account: Account, limits: Limits = USUAL) -> bool:
    """Whether failed tries bar an account from signing in, from one address at least."""
    pairs, login = _until(connection, account.login, limits)
    return any(until > now() for until in (*pairs.values(), login))


def is_barred(connection: Connection, login: str, address: str, limits: Limits) -> bool:
    """Whether a login is barred from one address, or from anywhere."""
    pairs, everywhere = _until(connection, login, limits)
    return max(pairs.get(address, everywhere), everywhere) > now()


def _until(connection: Connection, login: str, limits: Limits) -> tuple[dict[str, datetime], datetime]:
    """Until when a login is barred, by address and from anywhere.

    Failures count until a success from the same address, a bar that is over, or an unlocking. A try while barred is one more.
    """
    tries = models.SignInTry
    query = select(tries.address, tries.made_at, tries.good).where(tries.login == login).order_by(tries.id)
    since = _cleared_at(connection, login)
    if since is not None:
        query = query.where(tries.made_at >= since)
    wait = timedelta(minutes=limits.lock_minutes)
    pairs: dict[str, int] = defaultdict(int)
    all_over: dict[str, int] = defaultdict(int)
    until: dict[str, datetime] = {}
    everywhere = datetime.min
    for address, made_at, good in connection.execute(query):
        if address in until and made_at >= until[address]:
            del until[address]
            pairs[address] = 0
        if everywhere is not datetime.min and made_at >= everywhere:
            everywhere = datetime.min
            all_over.clear()
        if good:
            pairs[address] = all_over[address] = 0
            continue
        pairs[address] += 1
        all_over[address] += 1
        if pairs[address] >= limits.lock_after:
            until[address] = made_at + wait
        if sum(all_over.values()) >= LOCK_LOGIN_AFTER:
            everywhere = made_at + wait
    return until, everywhere


def _cleared_at(connection: Connection, login: str) -> datetime | None:
    """When the failures so far were last set to nothing: by an unlocking or a new password from outside."""
    act, row = models.AccountAct, models.AccountRow
    query = (
        select(act.made_at)
        .join(row, row.id == act.account_id)
        .where(row.login == login, act.kind.in_(("unlock", "reset")))
        .order_by(act.id.desc())
        .limit(1)
    )
    return connection.execute(query).scalars().first()
