"""Papers and what became of them; from when on the platform's own receipts decide; what of papers a run had seen."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
STARTS = "platform_start_facts"


def text(name: str, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, TEXT, nullable=nullable)


def count(name: str, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=nullable)


def number(name: str, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, NUMBER, nullable=nullable)


def check(table: str, what: str, said: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(said, name=op.f(f"ck_{table}_{what}"))


def link(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}_{to}"))


def key(table: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}"))


def upgrade() -> None:
    op.add_column("runs", sa.Column("last_paper_state_id", sa.BigInteger(), server_default="0", nullable=False))
    papers()
    states()
    starts()
    for table in ("papers", "paper_states"):
        guard_rows(table)
    guard_facts(STARTS)


def papers() -> None:
    op.create_table(
        "papers",
        number("id"),
        number("bank_id"),
        text("note_no", nullable=True),
        count("year", nullable=True),
        text("file_name"),
        text("sha256"),
        text("sm3", nullable=True),
        count("size"),
        text("media"),
        count("pages"),
        sa.Column("received_at", sa.DateTime(), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        text("sent_by"),
        text("login", nullable=True),
        text("account"),
        check("papers", "sha256_length", "length(sha256) = 64"),
        check("papers", "sm3_length", "length(sm3) = 64"),
        check("papers", "note_or_year", "(note_no IS NULL) <> (year IS NULL)"),
        check("papers", "note_no_given", "length(note_no) > 0"),
        check("papers", "media_given", "length(media) > 0"),
        check("papers", "size_positive", "size > 0"),
        check("papers", "pages_positive", "pages > 0"),
        check("papers", "year_within", "year >= 1990 AND year <= 2100"),
        link("papers", "bank_id", "banks"),
        key("papers"),
    )
    op.create_index("ix_papers_note", "papers", ["bank_id", "note_no"])
    op.create_index("ix_papers_sha256", "papers", ["sha256"])


def states() -> None:
    op.create_table(
        "paper_states",
        number("id"),
        number("paper_id"),
        text("state"),
        text("event", nullable=True),
        sa.Column("event_on", sa.Date(), nullable=True),
        text("kinds"),
        text("reason", nullable=True),
        text("made_by"),
        text("account"),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        check("paper_states", "state_known", "state IN ('kept', 'withdrawn', 'scanning')"),
        check("paper_states", "event_known", "event IN ('发放', '还款', '展期')"),
        check("paper_states", "kinds_given", "length(kinds) > 0"),
        check("paper_states", "event_whole", "(event IS NULL) = (event_on IS NULL)"),
        check("paper_states", "withdrawal_has_reason", "state <> 'withdrawn' OR reason IS NOT NULL"),
        link("paper_states", "paper_id", "papers"),
        key("paper_states"),
    )
    op.create_index("ix_paper_states_paper", "paper_states", ["paper_id"])


def starts() -> None:
    op.create_table(
        STARTS,
        text("extent"),
        number("bank_id", nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=False),
        text("document_no"),
        number("id"),
        count("sheet_row"),
        count("version"),
        number("intake_id"),
        number("retired_by", nullable=True),
        check(STARTS, "sheet_row_positive", "sheet_row > 0"),
        check(STARTS, "version_positive", "version > 0"),
        check(STARTS, "extent_given", "length(extent) > 0"),
        link(STARTS, "bank_id", "banks"),
        link(STARTS, "intake_id", "intakes"),
        link(STARTS, "retired_by", "changes"),
        key(STARTS),
    )
    in_force = sa.text("retired_by IS NULL")
    op.create_index(
        f"uq_{STARTS}_in_force", STARTS, ["extent"], unique=True, sqlite_where=in_force, postgresql_where=in_force
    )


def guard_rows(table: str) -> None:
    """Triggers: rows are added and never changed, and none takes another's place."""
    if op.get_bind().dialect.name == "sqlite":
        refusing(table, "update", "UPDATE", "")
        refusing(table, "delete", "DELETE", "")
        refusing(table, "replace", "INSERT", f"WHEN EXISTS (SELECT 1 FROM {table} WHERE id = NEW.id) ")
        return
    on_server(table, "tiexi_refuse")


def guard_facts(table: str) -> None:
    """Triggers: facts are added and never changed, but that one may be marked as retired, once."""
    bind = op.get_bind()
    if bind.dialect.name == "sqlite":
        columns = sorted(row["name"] for row in sa.inspect(bind).get_columns(table) if row["name"] != "retired_by")
        changed = " OR ".join(f"NEW.{column} IS NOT OLD.{column}" for column in columns)
        refusing(table, "update", "UPDATE", f"WHEN OLD.retired_by IS NOT NULL OR NEW.retired_by IS NULL OR {changed} ")
        refusing(table, "delete", "DELETE", "")
        refusing(table, "replace", "INSERT", f"WHEN EXISTS (SELECT 1 FROM {table} WHERE id = NEW.id) ")
        return
    on_server(table, "tiexi_retire")


def on_server(table: str, updated: str) -> None:
    for event, each, does in (
        ("UPDATE", "ROW", updated), ("DELETE", "ROW", "tiexi_refuse"), ("TRUNCATE", "STATEMENT", "tiexi_refuse")
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
