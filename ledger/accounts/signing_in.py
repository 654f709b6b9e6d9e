"""Signing in: by a password or at one's unit, then the code of a second factor where the account has one.

Whatever fails is told in the same way, and one argon2id is computed whether the login exists or not. Nobody is in, and nothing
counts as a success, before the code is shown; until then what was proved stands in a signed text that is good for minutes.
"""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine, select

from ledger import models, workdays
from ledger.accounts import accounts, dormancy, factors, log, managing, passwords, session_ends, sessions
from ledger.accounts.accounts import ACTIVE
from ledger.accounts.limits import USUAL, Limits
from ledger.accounts.sessions import SignedIn
from ledger.database import db
from ledger.workdays import now

PROOF_SECONDS = 300
_UNIT = "unit"  # in the log: what was signed in at
_BY_UNIT = "u-"


@dataclass(frozen=True)
class CodeDue:
    """The password was right, and the code of the second factor is due. proof: what says so, for PROOF_SECONDS."""

    login: str
    proof: str


@dataclass(frozen=True)
class _Proved:
    """Who says that he is whom, and what shows it. marks: what the password row was like when it was looked at; a sign-in holds
    only while it is the same. code: of the second factor, '' where none was typed. unit: the unit's own sign-in says so, and
    shown: it asked for a second factor that is accepted here."""

    login: str
    address: str
    good: bool
    marks: str
    code: str = ""
    unit: bool = False
    shown: bool = False


def sign_in(
    engine: Engine,
    login: str,
    password: str,
    address: str,
    *,
    code: str = "",
    key: bytes = b"",
    limits: Limits = USUAL,
    request: str = "",
) -> SignedIn | CodeDue | None:
    """Signs in by a password; None where that fails, for whatever reason. key: the portal's."""
    known = login if managing.valid_login(login) else ""
    with db.reading(engine) as connection:
        account = accounts.find(connection, known)
        row = passwords.newest(connection, account.id) if account else None
    good = passwords.matches(row.hash if row else None, password)
    proved = _Proved(known, address, good, _marks(row.hash if row else ""), code)
    return _enter(engine, proved, key, limits, request)


def by_unit(
    engine: Engine,
    login: str,
    address: str,
    *,
    factor_shown: bool,
    key: bytes,
    limits: Limits = USUAL,
    request: str = "",
) -> SignedIn | CodeDue | None:
    """Signs in whom the unit's identity provider names; None where there is no such account, or it may not now."""
    known = login if managing.valid_login(login) else ""
    with db.reading(engine) as connection:
        account = accounts.find(connection, known)
        row = passwords.newest(connection, account.id) if account else None
    marks = _marks(row.hash) if row else ""
    proved = _Proved(known, address, row is not None, marks, unit=True, shown=factor_shown)
    return _enter(engine, proved, key, limits, request)


def note_failure(engine: Engine, address: str, request: str) -> None:
    """Writes to the log that somebody came back from the unit's identity provider with nothing that proves him."""
    log.write(engine, "sign-in", _UNIT, log.FAILED, address=address, request=request)


def with_code(
    engine: Engine, proof: str, code: str, address: str, *, key: bytes, limits: Limits = USUAL, request: str = ""
) -> SignedIn | CodeDue | None:
    """Goes on with a sign-in whose code was due (`CodeDue`); None where the code is wrong, or the proof is none or too old."""
    login, marks = read_proof(key, proof)
    marks, unit = marks.removeprefix(_BY_UNIT), marks.startswith(_BY_UNIT)
    return _enter(engine, _Proved(login, address, bool(login), marks, code or "-", unit), key, limits, request)


def read_proof(key: bytes, proof: str) -> tuple[str, str]:
    """The login that a proof speaks for, and by what it was proved; both '' where it is none, or too old."""
    made, _, rest = proof.partition(".")
    login, _, rest = rest.rpartition(".")[0].rpartition(".")
    if not hmac.compare_digest(proof.encode(), _proof(key, made, login, rest).encode()):
        return "", ""
    age = workdays.clock().timestamp() - int(made)
    return (login, rest) if 0 <= age <= PROOF_SECONDS else ("", "")


def _proof(key: bytes, made: str, login: str, marks: str) -> str:
    said = f"{made}.{login}.{marks}"
    return f"{said}.{hmac.new(key, f'proved {said}'.encode(), hashlib.sha256).hexdigest()}"


def _marks(kept: str) -> str:
    return hashlib.sha256(kept.encode()).hexdigest()[:32]


def _enter(engine: Engine, proved: _Proved, key: bytes, limits: Limits, request: str) -> SignedIn | CodeDue | None:
    login, address = proved.login, proved.address
    dormant = False
    with db.writing(engine) as connection:
        account = accounts.find(connection, login)
        barred = session_ends.is_barred(connection, login, address, limits)
        good = proved.good and not barred and account is not None and account.state == ACTIVE
        if good and account is not None:
            same = _marks(passwords.newest(connection, account.id).hash) == proved.marks
            dormant = dormancy.is_dormant(connection, account, limits)
            good = same and not dormant
        shown = proved.shown
        if good and account is not None and not shown and factors.has_factor(connection, account.id):
            if not proved.code:
                done = f"sign-in.{_UNIT if proved.unit else 'password'}"
                log.write(connection, done, account=account, address=address, request=request)
                by = _BY_UNIT * proved.unit + proved.marks
                return CodeDue(login, _proof(key, str(int(workdays.clock().timestamp())), login, by))
            good = shown = factors.use(connection, account.id, proved.code, key)
        told = _told(connection, login)
        session_ends.note_try(connection, login, address, good)
        made = None
        if good and account is not None:
            made = sessions.opened(
                connection, account, address, limits, factor_at=now() if shown else None, by_unit=proved.unit
            )
        log.write(
            connection, "sign-in", _UNIT if proved.unit else "", result=log.OK if made else log.FAILED, account=account if made else None,
            login=login, address=address, request=request,
        )  # fmt: skip
    if dormant and account is not None:
        managing.lock_dormant(engine, account, limits.dormant_days)
    return SignedIn(*made, *told) if made else None


def _told(connection: Connection, login: str) -> tuple[datetime | None, list[tuple[datetime, str]]]:
    """When a login was last signed in to, and the tries that failed since."""
    table = models.SignInTry
    query = select(table.made_at, table.address, table.good).where(table.login == login).order_by(table.id.desc())
    failures: list[tuple[datetime, str]] = []
    for row in connection.execute(query):
        if row.good:
            return row.made_at, failures
        failures.append((row.made_at, row.address))
    return None, failures
