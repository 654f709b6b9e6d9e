"""Accounts, what was done to them, how they prove themselves, their sessions, and the log."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
WHOLE, TIME, DAY = sa.BigInteger(), sa.DateTime(), sa.Date()
ACTS = "'grant', 'lock', 'unlock', 'reset', 'reset_totp', 'retire', 'password', 'totp', 'token', 'revoke'"
RESULTS = "'ok', 'refused', 'denied', 'failed', 'throttled', 'error'"
# what no other row of a table may share
KEYS = {
    "accounts": (("id",), ("login",)),
    "account_acts": (("id",),),
    "account_passwords": (("id",),),
    "account_factors": (("id",),),
    "account_tokens": (("id",), ("hash",)),
    "log_days": (("id",), ("last_id",)),
    "log_prunes": (("id",), ("last_id",)),
}
LOG = "log_entries"
YOUNG = "NOT EXISTS (SELECT 1 FROM log_prunes WHERE last_id >= OLD.id)"


def col(name: str, kind: sa.types.TypeEngine[Any], nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=nullable)


def create(table: str, *parts: sa.schema.SchemaItem, key: str = "id") -> None:
    op.create_table(table, *parts, sa.PrimaryKeyConstraint(key, name=op.f(f"pk_{table}")))


def check(table: str, what: str, text: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(text, name=op.f(f"ck_{table}_{what}"))


def link(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}_{to}"))


def once(table: str, column: str) -> sa.UniqueConstraint:
    return sa.UniqueConstraint(column, name=op.f(f"uq_{table}_{column}"))


def given(table: str, column: str) -> sa.CheckConstraint:
    return check(table, f"{column}_given", f"length({column}) > 0")


def hashed(table: str) -> sa.CheckConstraint:
    return check(table, "hash_length", "length(hash) = 64")


def upgrade() -> None:
    create(
        "accounts",
        col("id", NUMBER), col("login", TEXT), col("name", TEXT), col("unit", TEXT), col("made_by", TEXT),
        col("account", TEXT), col("made_at", TIME), once("accounts", "login"),
        *(given("accounts", column) for column in ("login", "name", "unit")),
    )  # fmt: skip
    create(
        "account_tokens",
        col("id", NUMBER), col("account_id", NUMBER), col("name", TEXT), col("hash", TEXT), col("addresses", TEXT),
        col("made_at", TIME), col("expires_on", DAY), link("account_tokens", "account_id", "accounts"),
        once("account_tokens", "hash"), hashed("account_tokens"), given("account_tokens", "name"),
    )  # fmt: skip
    create(
        "account_acts",
        col("id", NUMBER), col("account_id", NUMBER), col("kind", TEXT), col("role", TEXT, True),
        col("scope_kind", TEXT, True), col("scope_name", TEXT, True), col("reason", TEXT, True),
        col("token_id", NUMBER, True), col("made_by", TEXT), col("account", TEXT), col("made_at", TIME),
        link("account_acts", "account_id", "accounts"), link("account_acts", "token_id", "account_tokens"),
        check("account_acts", "kind_known", f"kind IN ({ACTS})"),
        check("account_acts", "grant_has_role", "(kind = 'grant') = (role IS NOT NULL)"),
        check("account_acts", "scope_whole", "(scope_kind IS NULL) = (scope_name IS NULL)"),
        check("account_acts", "token_named", "(kind IN ('token', 'revoke')) = (token_id IS NOT NULL)"),
    )  # fmt: skip
    create(
        "account_passwords",
        col("id", NUMBER), col("account_id", NUMBER), col("hash", TEXT), col("initial", sa.Boolean()),
        col("made_at", TIME), link("account_passwords", "account_id", "accounts"), given("account_passwords", "hash"),
    )  # fmt: skip
    create(
        "account_factors",
        col("id", NUMBER), col("account_id", NUMBER), col("secret", sa.LargeBinary()), col("made_at", TIME),
        link("account_factors", "account_id", "accounts"),
    )  # fmt: skip
    for table in ("account_acts", "account_passwords", "account_factors", "account_tokens"):
        op.create_index(f"ix_{table}_account", table, ["account_id"])
    what_comes_and_goes()
    the_log()
    guard()


def what_comes_and_goes() -> None:
    create(
        "token_uses", col("token_id", NUMBER), col("used_at", TIME), col("address", TEXT),
        link("token_uses", "token_id", "account_tokens"), key="token_id",
    )  # fmt: skip
    create(
        "factor_uses", col("factor_id", NUMBER), col("step", WHOLE), col("used_at", TIME),
        link("factor_uses", "factor_id", "account_factors"), key="factor_id",
    )  # fmt: skip
    create(
        "sessions",
        col("id", NUMBER), col("account_id", NUMBER), col("hash", TEXT), col("address", TEXT), col("started_at", TIME),
        col("used_at", TIME), col("factor_at", TIME, True), col("ended_at", TIME, True), col("ended_why", TEXT, True),
        link("sessions", "account_id", "accounts"), once("sessions", "hash"),
        check("sessions", "ended_whole", "(ended_at IS NULL) = (ended_why IS NULL)"),
    )  # fmt: skip
    op.create_index("ix_sessions_account", "sessions", ["account_id"])
    create(
        "sign_in_tries",
        col("id", NUMBER), col("login", TEXT), col("address", TEXT), col("made_at", TIME), col("good", sa.Boolean()),
    )  # fmt: skip
    for column in ("login", "address"):
        op.create_index(f"ix_sign_in_tries_{column}", "sign_in_tries", [column, "made_at"])


def the_log() -> None:
    create(
        LOG,
        col("id", NUMBER), col("made_at", TIME),
        *(col(name, TEXT) for name in ("login", "role", "address", "action", "object", "result", "request", "hash")),
        check(LOG, "result_known", f"result IN ({RESULTS})"), hashed(LOG),
    )  # fmt: skip
    for column in ("made_at", "login"):
        op.create_index(f"ix_{LOG}_{column}", LOG, [column])
    create(
        "log_days",
        col("id", NUMBER), col("day", DAY), col("first_id", WHOLE), col("last_id", WHOLE), col("hash", TEXT),
        once("log_days", "last_id"), check("log_days", "in_order", "first_id <= last_id"), hashed("log_days"),
    )  # fmt: skip
    create(
        "log_prunes",
        col("id", NUMBER), col("through", DAY), col("kept_days", WHOLE), col("last_id", WHOLE), col("rows", WHOLE),
        col("hash", TEXT), col("account", TEXT), col("made_at", TIME), once("log_prunes", "last_id"),
        check("log_prunes", "kept_days_within", "kept_days >= 180 AND kept_days <= 100000"),
        check("log_prunes", "rows_not_negative", "rows >= 0"), hashed("log_prunes"),
    )  # fmt: skip


def guard() -> None:
    """Triggers: rows are added and never changed; of the log those that a record of pruning covers may be taken out."""
    if op.get_bind().dialect.name == "sqlite":
        for table, keys in {**KEYS, LOG: (("id",),)}.items():
            taken = " OR ".join(" AND ".join(f"{column} = NEW.{column}" for column in key) for key in keys)
            refusing(table, "update", "UPDATE", "")
            refusing(table, "delete", "DELETE", f"WHEN {YOUNG} " if table == LOG else "")
            refusing(table, "replace", "INSERT", f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {taken}) ")
        return
    op.execute(
        f"CREATE FUNCTION tiexi_prune() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF {YOUNG} THEN "
        "RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'check_violation'; END IF; RETURN OLD; END $$"
    )
    for table in (*KEYS, LOG):
        for event, each, does in (
            ("UPDATE", "ROW", "tiexi_refuse"), ("DELETE", "ROW", "tiexi_prune" if table == LOG else "tiexi_refuse"),
            ("TRUNCATE", "STATEMENT", "tiexi_refuse"),
        ):  # fmt: skip
            op.execute(
                f"CREATE TRIGGER tr_{table}_no_{event.lower()} BEFORE {event} ON {table} "
                f"FOR EACH {each} EXECUTE FUNCTION {does}()"
            )


def refusing(table: str, what: str, event: str, when: str) -> None:
    op.execute(
        f"CREATE TRIGGER tr_{table}_no_{what} BEFORE {event} ON {table} {when}"
        f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    )
