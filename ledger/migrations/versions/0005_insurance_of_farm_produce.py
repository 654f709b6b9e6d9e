"""What there is of a fund for a year (a table that documents share)."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

# by table of facts: the columns that make a fact one fact
KEYS: dict[str, list[str]] = {"fund_total_facts": ["year", "fund"]}


def name(column: str, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(column, sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=nullable)


def whole(column: str, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(column, sa.BigInteger(), nullable=nullable)


def number(column: str, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(column, sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=nullable)


def check(table: str, what: str, text: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(text, name=op.f(f"ck_{table}_{what}"))


def link(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}_{to}"))


def fact(table: str, *own: sa.schema.SchemaItem) -> None:
    """A table of facts: its own columns and checks, and what every fact carries."""
    op.create_table(
        table,
        *own,
        number("id"),
        whole("sheet_row"),
        whole("version"),
        number("intake_id"),
        number("retired_by", nullable=True),
        check(table, "sheet_row_positive", "sheet_row > 0"),
        check(table, "version_positive", "version > 0"),
        link(table, "intake_id", "intakes"),
        link(table, "retired_by", "changes"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )


def upgrade() -> None:
    fact(
        "fund_total_facts",
        whole("year"),
        name("fund"),
        whole("amount_fen"),
        check("fund_total_facts", "fund_given", "length(fund) > 0"),
        check("fund_total_facts", "amount_fen_not_negative", "amount_fen >= 0"),
        check("fund_total_facts", "year_within", "year >= 1990 AND year <= 2100"),
    )
    in_force = sa.text("retired_by IS NULL")
    for table, keys in KEYS.items():
        op.create_index(
            f"uq_{table}_in_force", table, keys, unique=True, sqlite_where=in_force, postgresql_where=in_force
        )
        guard(table)


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
