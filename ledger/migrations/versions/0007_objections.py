"""Objections within the public notice, and what came of them."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

TABLE = "objection_facts"
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def check(what: str, text: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(text, name=op.f(f"ck_{TABLE}_{what}"))


def link(column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{TABLE}_{column}_{to}"))


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("year", sa.BigInteger(), nullable=False),
        sa.Column("enterprise_id", NUMBER, nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("matter", TEXT, nullable=False),
        sa.Column("outcome", TEXT, nullable=True),
        sa.Column("settled_on", sa.Date(), nullable=True),
        sa.Column("document_no", TEXT, nullable=True),
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("sheet_row", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("intake_id", NUMBER, nullable=False),
        sa.Column("retired_by", NUMBER, nullable=True),
        check("sheet_row_positive", "sheet_row > 0"),
        check("version_positive", "version > 0"),
        check("year_within", "year >= 1990 AND year <= 2100"),
        check("settled_on_after_received_on", "settled_on >= received_on"),
        check("matter_given", "length(matter) > 0"),
        check(
            "settled_whole",
            "(outcome IS NULL) = (settled_on IS NULL) AND (outcome IS NULL) = (document_no IS NULL)",
        ),
        link("enterprise_id", "enterprises"),
        link("intake_id", "intakes"),
        link("retired_by", "changes"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{TABLE}")),
    )
    in_force = sa.text("retired_by IS NULL")
    op.create_index(
        f"uq_{TABLE}_in_force", TABLE, ["year", "enterprise_id", "received_on"], unique=True,
        sqlite_where=in_force, postgresql_where=in_force,
    )  # fmt: skip
    guard(TABLE)


def guard(table: str) -> None:
    """Triggers: facts are added and never changed, but that one may be marked as retired, once."""
    bind = op.get_bind()
    if bind.dialect.name == "sqlite":
        columns = sorted(row["name"] for row in sa.inspect(bind).get_columns(table) if row["name"] != "retired_by")
        changed = " OR ".join(f"NEW.{column} IS NOT OLD.{column}" for column in columns)
        refusing(table, "update", "UPDATE", f"WHEN OLD.retired_by IS NOT NULL OR NEW.retired_by IS NULL OR {changed} ")
        refusing(table, "delete", "DELETE", "")
        refusing(table, "replace", "INSERT", f"WHEN EXISTS (SELECT 1 FROM {table} WHERE id = NEW.id) ")
        return
    for event, each, does in (
        ("UPDATE", "ROW", "tiexi_retire"), ("DELETE", "ROW", "tiexi_refuse"), ("TRUNCATE", "STATEMENT", "tiexi_refuse")
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
