"""Dormancy: accounts that were not used for long are locked. Signing in and using a token count as use."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select

from ledger import models
from ledger.accounts.accounts import ACTIVE, Account
from ledger.accounts.limits import Limits
from ledger.workdays import now


def last_used(connection: Connection, account: Account) -> datetime:
    """When an account was last used; before its first use, when it was made, unlocked or given its role."""
    session, token, used, act = models.Session, models.AccountToken, models.TokenUse, models.AccountAct
    queries = (
        select(func.max(session.started_at)).where(session.account_id == account.id),
        select(func.max(used.used_at)).join(token, token.id == used.token_id).where(token.account_id == account.id),
        select(func.max(act.made_at)).where(act.account_id == account.id, act.kind.in_(("unlock", "grant", "token"))),
    )
    found = (connection.execute(query).scalar_one() for query in queries)
    return max([account.made_at, *(time for time in found if time is not None)])


def is_dormant(connection: Connection, account: Account, limits: Limits, known: datetime | None = None) -> bool:
    """Whether an account that could be used was not, for too long. `limits.dormant_days` 0: never.

    known: one of its uses, if one is at hand; where that is not too long ago, no other is looked for.
    """
    days = limits.dormant_days
    if days <= 0 or account.state != ACTIVE:
        return False
    since = now() - timedelta(days=days)
    return (known is None or known <= since) and last_used(connection, account) <= since
