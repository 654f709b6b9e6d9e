"""One request: who asks, from where, and what a route needs to serve it."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Annotated, Any

from fastapi import Depends, Request
from sqlalchemy import Connection, Engine
from starlette.datastructures import QueryParams

from ledger.accounts import rights
from ledger.accounts.accounts import Account
from ledger.accounts.scope import EVERYTHING, Scope
from ledger.accounts.sessions import Session, SignedIn
from ledger.accounts.tokens import Token
from ledger.database import db
from ledger.settings import Settings
from tiexi.portal import forms
from tiexi.portal.house import House
from tiexi.portal.problems import Problem, Wrong


@dataclass
class Call:
    """One request. account: None only where nobody has to be signed in. token: what it came with, over the API; owner: whose
    that is, also where it is no good. session, cookie: likewise, on a page.

    form: what a page's form holds. typed: what a form held that comes back: refused, or kept from a session that ended.
    problems: what is wrong with it. said: a sentence that the page before left. new_cookie: under which the session goes on.
    action, problem, looked_for, logged: what it was about, what went wrong, whether something by its id was looked for, and
    whether the log has it already. telling: whether the log has to have it, though it changes nothing.
    """

    house: House
    request_id: str
    address: str
    path: str
    account: Account | None = None
    owner: str = ""
    token: Token | None = None
    session: Session | None = None
    cookie: str = ""
    query: QueryParams = field(default_factory=QueryParams)
    form: Mapping[str, Any] = field(default_factory=dict)
    typed: Mapping[str, str] = field(default_factory=dict)
    problems: Sequence[Wrong] = ()
    said: str = ""
    new_cookie: str = ""
    action: str = ""
    problem: Problem | None = None
    looked_for: bool = False
    logged: bool = False
    telling: bool = False

    @property
    def engine(self) -> Engine:
        """The database."""
        return self.house.engine

    @property
    def settings(self) -> Settings:
        """The settings."""
        return self.house.settings

    @property
    def csrf(self) -> str:
        """The token that forms of this session hold."""
        return forms.token_of(self.house.key, str(self.session.id) if self.session else "")

    def say(self, sentence: str) -> None:
        """Leaves a sentence for the next page."""
        if self.session is not None:
            self.house.notices.leave(self.session.id, sentence)

    def goes_on_as(self, found: SignedIn) -> None:
        """The session goes on as another, under a new cookie."""
        self.session, self.account, self.new_cookie = found.session, found.session.account, found.cookie

    @property
    def who(self) -> Account:
        """The account that asks, where there must be one."""
        assert self.account is not None
        return self.account

    @property
    def scope(self) -> Scope:
        """What it may see."""
        return self.account.scope if self.account else EVERYTHING

    def reading(self) -> AbstractContextManager[Connection]:
        """The database, to read."""
        return db.reading(self.engine)

    def require(self, action: str, programme: str | None = None, part: str = "") -> None:
        """403 where the account may not do this; programme: of the run that it is about, once that is known; part: the one of
        its things that is asked for."""
        rights.require(self.who, action, programme, part)

    def may(self, action: str, programme: str | None = None, part: str = "") -> bool:
        """Whether it may, as far as its role goes: nobody sees a button that he may not use."""
        return self.account is not None and rights.allowed(self.account, action, programme, part)


async def _of_request(request: Request) -> Call:  # not waited for in a thread, as what is not async would be
    found: Call = request.state.call
    return found


Caller = Annotated[Call, Depends(_of_request)]
