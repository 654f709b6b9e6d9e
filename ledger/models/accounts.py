"""Accounts: who they are, what was done to them, by what they prove themselves, their sessions, and the log.

What was done to an account is a row that is added and sealed; what an account may do now follows from these rows. Sessions,
tries at signing in and last uses come and go.
"""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, false

from ledger.models.base import Base, Id, Mapped, given, mapped_column, not_negative, one_of, within

ACTS = ("grant", "lock", "unlock", "reset", "reset_totp", "retire", "password", "totp", "token", "revoke")
RESULTS = ("ok", "refused", "denied", "failed", "throttled", "error")
LEAST_KEPT = 180  # days that the log is kept at least


class AccountRow(Base):
    """An account: a person in one role."""

    __tablename__ = "accounts"
    WORDS, GUARD, SEALED, KNOWN_BY = "账号", "row", "step", ("login",)
    LINKS = ("account",)
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    login: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    unit: Mapped[str]
    made_by: Mapped[str]
    account: Mapped[str]  # the account that made it: @login, or the system's user
    made_at: Mapped[datetime]
    __table_args__ = (given("login"), given("name"), given("unit"))


class AccountAct(Base):
    """What was done to an account: a role given, a lock, a new password, a token."""

    __tablename__ = "account_acts"
    WORDS, GUARD, SEALED = "账号变更", "row", "step"
    LINKS = ("account",)
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    kind: Mapped[str]
    role: Mapped[str | None]
    scope_kind: Mapped[str | None]
    scope_name: Mapped[str | None]
    reason: Mapped[str | None]
    token_id: Mapped[int | None] = mapped_column(ForeignKey("account_tokens.id"))
    made_by: Mapped[str]
    account: Mapped[str]
    made_at: Mapped[datetime]
    __table_args__ = (
        one_of("kind", ACTS),
        CheckConstraint("(kind = 'grant') = (role IS NOT NULL)", name="grant_has_role"),
        CheckConstraint("(scope_kind IS NULL) = (scope_name IS NULL)", name="scope_whole"),
        CheckConstraint("(kind IN ('token', 'revoke')) = (token_id IS NOT NULL)", name="token_named"),
        Index("ix_account_acts_account", "account_id"),
    )


class AccountPassword(Base):
    """A password that an account had or has: the newest counts. Only its hash is kept."""

    __tablename__ = "account_passwords"
    WORDS, GUARD, SEALED = "账号口令", "row", "step"
    LINKS = ("account",)
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    hash: Mapped[str]
    initial: Mapped[bool]  # given by somebody else: opens only the page to change it
    made_at: Mapped[datetime]
    __table_args__ = (given("hash"), Index("ix_account_passwords_account", "account_id"))


class AccountFactor(Base):
    """A second factor that an account had or has: the newest counts, unless it was reset. The secret is encrypted."""

    __tablename__ = "account_factors"
    WORDS, GUARD, SEALED = "账号第二因素", "row", "step"
    LINKS = ("account",)
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    secret: Mapped[bytes]
    made_at: Mapped[datetime]
    __table_args__ = (Index("ix_account_factors_account", "account_id"),)


class AccountToken(Base):
    """A token of an account for programs. Only its hash is kept."""

    __tablename__ = "account_tokens"
    WORDS, GUARD, SEALED = "账号令牌", "row", "step"
    LINKS = ("account",)
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    name: Mapped[str]
    hash: Mapped[str] = mapped_column(unique=True)
    addresses: Mapped[str]  # networks with spaces between them; empty: from anywhere
    made_at: Mapped[datetime]
    expires_on: Mapped[date]  # the last day on which it is good
    __table_args__ = (
        CheckConstraint("length(hash) = 64", name="hash_length"),
        given("name"),
        Index("ix_account_tokens_account", "account_id"),
    )


class TokenUse(Base):
    """When and from where a token was last used."""

    __tablename__ = "token_uses"
    WORDS = "令牌使用"
    token_id: Mapped[int] = mapped_column(ForeignKey("account_tokens.id"), primary_key=True)
    used_at: Mapped[datetime]
    address: Mapped[str]


class FactorUse(Base):
    """The last time step whose code a second factor was used with: each code counts once."""

    __tablename__ = "factor_uses"
    WORDS = "第二因素使用"
    factor_id: Mapped[int] = mapped_column(ForeignKey("account_factors.id"), primary_key=True)
    step: Mapped[int]
    used_at: Mapped[datetime]


class Session(Base):
    """A session of the portal. Only the hash of what the cookie holds is kept."""

    __tablename__ = "sessions"
    WORDS = "会话"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    hash: Mapped[str] = mapped_column(unique=True)
    address: Mapped[str]
    started_at: Mapped[datetime]
    used_at: Mapped[datetime]
    factor_at: Mapped[datetime | None]  # the second factor was last shown
    ended_at: Mapped[datetime | None]
    ended_why: Mapped[str | None]
    by_unit: Mapped[bool] = mapped_column(server_default=false())  # signed in at one's unit
    __table_args__ = (
        CheckConstraint("(ended_at IS NULL) = (ended_why IS NULL)", name="ended_whole"),
        Index("ix_sessions_account", "account_id"),
    )


class SignInTry(Base):
    """A try at signing in: with what login, from where, and how it ended."""

    __tablename__ = "sign_in_tries"
    WORDS = "登录尝试"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    login: Mapped[str]
    address: Mapped[str]
    made_at: Mapped[datetime]
    good: Mapped[bool]
    __table_args__ = (
        Index("ix_sign_in_tries_login", "login", "made_at"),
        Index("ix_sign_in_tries_address", "address", "made_at"),
    )


class LogEntry(Base):
    """One entry of the log: when, who in which role, from where, what, with which outcome. No contents, no names."""

    __tablename__ = "log_entries"
    WORDS, GUARD = "访问日志", "log"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    made_at: Mapped[datetime]
    login: Mapped[str]
    role: Mapped[str]
    address: Mapped[str]
    action: Mapped[str]
    object: Mapped[str]
    result: Mapped[str]
    request: Mapped[str]
    hash: Mapped[str]  # over the entry before it and this one
    __table_args__ = (
        one_of("result", RESULTS),
        CheckConstraint("length(hash) = 64", name="hash_length"),
        Index("ix_log_entries_made_at", "made_at"),
        Index("ix_log_entries_login", "login"),
    )


class LogHead(Base):
    """The end of the log, one row: the number and hash of its last entry, so that one taken out there is missed too.

    Each link of the chain holds what it said then.
    """

    __tablename__ = "log_heads"
    WORDS = "日志末尾"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    last_id: Mapped[int]
    hash: Mapped[str]
    __table_args__ = (
        CheckConstraint("id = 1", name="one_row"),
        CheckConstraint("length(hash) = 64", name="hash_length"),
    )


class LogDay(Base):
    """A day of the log that is over: its entries' first and last number, how many, and the hash of the last."""

    __tablename__ = "log_days"
    WORDS, GUARD, SEALED = "日志日结", "row", "step"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    day: Mapped[date]
    first_id: Mapped[int]
    last_id: Mapped[int] = mapped_column(unique=True)
    hash: Mapped[str]
    __table_args__ = (
        CheckConstraint("first_id <= last_id", name="in_order"),
        CheckConstraint("length(hash) = 64", name="hash_length"),
    )


class LogPrune(Base):
    """What was taken out of the log for its age: up to which day and entry, how many, the hash of the last, by whom."""

    __tablename__ = "log_prunes"
    WORDS, GUARD, SEALED = "日志清理", "row", "step"
    LINKS = ("log",)
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    through: Mapped[date]
    kept_days: Mapped[int]  # between that day and the day of pruning
    last_id: Mapped[int] = mapped_column(unique=True)
    rows: Mapped[int]
    hash: Mapped[str]
    account: Mapped[str]
    made_at: Mapped[datetime]
    __table_args__ = (
        within("kept_days", LEAST_KEPT, 100_000),
        not_negative("rows"),
        CheckConstraint("length(hash) = 64", name="hash_length"),
    )
