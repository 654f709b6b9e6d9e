"""Files that come through the portal: what came, what became of it, and every finding."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


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


def upgrade() -> None:
    uploads()
    steps()
    op.create_table(
        "upload_findings",
        number("step_id"),
        count("number"),
        text("file"),
        text("sheet"),
        count("row", nullable=True),
        *(text(name) for name in ("header", "letter", "value", "problem", "expected")),
        link("upload_findings", "step_id", "upload_steps"),
        sa.PrimaryKeyConstraint("step_id", "number", name=op.f("pk_upload_findings")),
    )
    for table in ("uploads", "upload_steps"):
        guard(table, numbered=True)
    guard("upload_findings", numbered=False)


def uploads() -> None:
    op.create_table(
        "uploads",
        number("id"),
        text("kind"),
        text("file_name"),
        text("sha256"),
        count("size"),
        *(text(name) for name in ("login", "sent_by", "unit", "role")),
        text("scope_kind", nullable=True),
        text("scope_name", nullable=True),
        sa.Column("received_at", sa.DateTime(), nullable=False),
        text("amend_reason", nullable=True),
        count("year", nullable=True),
        text("programme", nullable=True),
        sa.Column("run_id", sa.BigInteger(), nullable=True),
        sa.Column("check_only", sa.Boolean(), nullable=False),
        check("uploads", "kind_known", "kind IN ('facts', 'payments', 'checklist')"),
        check("uploads", "sha256_length", "length(sha256) = 64"),
        check("uploads", "size_not_negative", "size >= 0"),
        check("uploads", "login_given", "length(login) > 0"),
        check("uploads", "role_given", "length(role) > 0"),
        check("uploads", "scope_whole", "(scope_kind IS NULL) = (scope_name IS NULL)"),
        check("uploads", "payments_of_year", "(kind = 'payments') = (year IS NOT NULL)"),
        check("uploads", "checklist_of_run", "(kind = 'checklist') = (run_id IS NOT NULL)"),
        check("uploads", "year_within", "year >= 1990 AND year <= 2100"),
        link("uploads", "run_id", "runs"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_uploads")),
    )
    op.create_index("ix_uploads_sha256", "uploads", ["sha256"])


def steps() -> None:
    op.create_table(
        "upload_steps",
        number("id"),
        number("upload_id"),
        text("state"),
        text("made_by", nullable=True),
        text("account"),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        text("reason", nullable=True),
        text("refusal", nullable=True),
        count("findings"),
        number("intake_id", nullable=True),
        sa.Column("result", sa.JSON(), nullable=True),
        sa.Column("changes", sa.JSON(), nullable=True),
        check(
            "upload_steps",
            "state_known",
            "state IN ('judging', 'checked', 'refused', 'known', 'taken', 'to_city', 'returned', 'withdrawn')",
        ),
        check("upload_steps", "return_has_reason", "state <> 'returned' OR reason IS NOT NULL"),
        check("upload_steps", "findings_not_negative", "findings >= 0"),
        link("upload_steps", "upload_id", "uploads"),
        link("upload_steps", "intake_id", "intakes"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_upload_steps")),
    )
    op.create_index("ix_upload_steps_upload", "upload_steps", ["upload_id"])
    op.create_index("ix_upload_steps_intake", "upload_steps", ["intake_id"])


def guard(table: str, numbered: bool) -> None:
    """Triggers: rows are added and never changed; what has a number of its own takes no other row's place."""
    if op.get_bind().dialect.name == "sqlite":
        refusing(table, "update", "UPDATE", "")
        refusing(table, "delete", "DELETE", "")
        if numbered:
            refusing(table, "replace", "INSERT", f"WHEN EXISTS (SELECT 1 FROM {table} WHERE id = NEW.id) ")
        return
    for event, each in (("UPDATE", "ROW"), ("DELETE", "ROW"), ("TRUNCATE", "STATEMENT")):
        op.execute(
            f"CREATE TRIGGER tr_{table}_no_{event.lower()} BEFORE {event} ON {table} "
            f"FOR EACH {each} EXECUTE FUNCTION tiexi_refuse()"
        )


def refusing(table: str, what: str, event: str, when: str) -> None:
    op.execute(
        f"CREATE TRIGGER tr_{table}_no_{what} BEFORE {event} ON {table} {when}"
        f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    )
