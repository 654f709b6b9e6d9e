"""Facts, anchors, files and changes are append-only; who acted is on record; a run keeps what was told of its facts.

Nothing that is there changes. A database of an earlier schema is sealed as it stands right after this migration.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

FACTS = {
    "bank_change_facts": "bank_id changed_on document_no id intake_id kind new_name old_name sheet_row successor_id version",
    "bonus_rate_facts": "bank_id id intake_id rate_e4 sheet_row version year",
    "budget_facts": "amount_fen id intake_id scope sheet_row version year",
    "calendar_facts": "day id intake_id kind sheet_row version",
    "disqualification_facts": "bank_id barred_on document_no enterprise_id id intake_id sheet_row version",
    "enterprise_facts": "code_check county enterprise_id id intake_id name sheet_row version",
    "extension_facts": "extended_on id intake_id loan_id new_due_on sheet_row uploaded_on version",
    "grant_facts": "approved_fen approved_on id intake_id project_id ratio_e4 sheet_row spending_fen version year",
    "investment_facts": "amount_fen enterprise_id factor_e4 id intake_id invested_on investment_no investor sheet_row version",
    "loan_facts": "amount_fen contract_no disbursed_on due_on enterprise_id guarantee id intake_id loan_id product project_id rate_e4 sheet_row uploaded_on version",
    "lpr_facts": "announced_on id intake_id rate_e4 sheet_row version",
    "partnership_facts": "bank_id ends_on id intake_id sheet_row starts_on version",
    "policy_facts": "coverages enterprise_id expiry id inception insurer intake_id paid_on policy_no premium_fen project_id sheet_row version",
    "prior_years_facts": "enterprise_id id intake_id sheet_row through_year version years",
    "project_facts": "delisted_on enterprise_id id intake_id listed_on name project_id sheet_row version",
    "qualification_facts": "category enterprise_id id intake_id sheet_row valid_from valid_to version",
    "repayment_facts": "id intake_id interest_fen loan_id paid_on principal_fen sheet_row uploaded_on version",
    "reported_balance_facts": "balance_fen id intake_id loan_id sheet_row version year",
    "revocation_facts": "cause document_no found_on id intake_id loan_id sheet_row version",
    "upload_waiver_facts": "document_no event_on id intake_id loan_id sheet_row version",
    "year_rate_facts": "id intake_id item rate_e4 sheet_row version year",
    "years_waiver_facts": "document_no enterprise_id id intake_id sheet_row version year",
}
NUMBERED = {
    "intakes": (("id",),),
    "changes": (("id",),),
    "enterprises": (("id",), ("uscc",)),
    "banks": (("id",), ("name",)),
    "projects": (("id",), ("project_no",)),
    "loans": (("id",), ("bank_id", "note_no")),
    "clock_waivers": (("id",),),
}


def name() -> sa.types.TypeEngine[str]:
    return sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def number() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    if on_sqlite:
        same_bytes_again_on_sqlite()
    else:
        op.drop_constraint(op.f("uq_intakes_sha256"), "intakes", type_="unique")
        op.add_column("intakes", sa.Column("sheet", name(), nullable=True))
        op.add_column("intakes", sa.Column("account", name(), nullable=True))
    op.create_index("ix_intakes_sha256", "intakes", ["sha256"])
    kind = "INTEGER" if on_sqlite else "BIGINT"
    op.execute(
        f"ALTER TABLE changes ADD COLUMN withdrawn_intake_id {kind} "
        "CONSTRAINT fk_changes_withdrawn_intake_id_intakes REFERENCES intakes (id)"
    )
    for table in ("changes", "runs", "journal_entries"):
        op.add_column(table, sa.Column("account", name(), nullable=True))
    op.create_table(
        "clock_waivers",
        sa.Column("id", number(), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("newest_at", sa.DateTime(), nullable=False),
        sa.Column("account", name(), nullable=False),
        sa.Column("rows", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clock_waivers")),
    )
    op.create_table(
        "run_warnings",
        sa.Column("run_id", number(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("code", name(), nullable=False),
        *(sa.Column(column, name(), nullable=True) for column in ("bank", "note_no", "uscc", "file", "sheet")),
        sa.Column("row", sa.BigInteger(), nullable=True),
        sa.Column("text", name(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_run_warnings_run_id_runs")),
        sa.PrimaryKeyConstraint("run_id", "number", name=op.f("pk_run_warnings")),
    )
    bank_changes()
    guard(on_sqlite)


def bank_changes() -> None:
    """Banks that go on under another name or in another bank."""
    op.create_table(
        "bank_change_facts",
        sa.Column("old_name", name(), nullable=False),
        sa.Column("bank_id", number(), nullable=False),
        sa.Column("changed_on", sa.Date(), nullable=False),
        sa.Column("kind", name(), nullable=False),
        sa.Column("new_name", name(), nullable=False),
        sa.Column("successor_id", number(), nullable=True),
        sa.Column("document_no", name(), nullable=False),
        sa.Column("id", number(), nullable=False),
        sa.Column("sheet_row", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("intake_id", number(), nullable=False),
        sa.Column("retired_by", number(), nullable=True),
        sa.CheckConstraint("sheet_row > 0", name=op.f("ck_bank_change_facts_sheet_row_positive")),
        sa.CheckConstraint("version > 0", name=op.f("ck_bank_change_facts_version_positive")),
        sa.CheckConstraint("kind IN ('更名', '承继')", name=op.f("ck_bank_change_facts_kind_known")),
        sa.CheckConstraint(
            "length(old_name) > 0 AND length(new_name) > 0", name=op.f("ck_bank_change_facts_names_given")
        ),
        sa.CheckConstraint(
            "(kind = '承继') = (successor_id IS NOT NULL)", name=op.f("ck_bank_change_facts_successor_of_takeover")
        ),
        sa.ForeignKeyConstraint(["bank_id"], ["banks.id"], name=op.f("fk_bank_change_facts_bank_id_banks")),
        sa.ForeignKeyConstraint(["successor_id"], ["banks.id"], name=op.f("fk_bank_change_facts_successor_id_banks")),
        sa.ForeignKeyConstraint(["intake_id"], ["intakes.id"], name=op.f("fk_bank_change_facts_intake_id_intakes")),
        sa.ForeignKeyConstraint(["retired_by"], ["changes.id"], name=op.f("fk_bank_change_facts_retired_by_changes")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_change_facts")),
    )
    op.create_index(
        "uq_bank_change_facts_in_force", "bank_change_facts", ["old_name"], unique=True,
        sqlite_where=sa.text("retired_by IS NULL"), postgresql_where=sa.text("retired_by IS NULL"),
    )  # fmt: skip


def same_bytes_again_on_sqlite() -> None:
    """A file that was withdrawn may come again: intakes without the key on their bytes. SQLite makes such a table anew.

    The program leaves links unchecked during a migration and checks them all at its end.
    """
    op.execute(
        "CREATE TABLE intakes_anew (id INTEGER NOT NULL, file_name TEXT NOT NULL, sha256 TEXT NOT NULL, "
        "uploader TEXT NOT NULL, received_at DATETIME NOT NULL, amend_reason TEXT, sheet TEXT, account TEXT, "
        "CONSTRAINT pk_intakes PRIMARY KEY (id), CONSTRAINT ck_intakes_sha256_length CHECK (length(sha256) = 64))"
    )
    op.execute(
        "INSERT INTO intakes_anew (id, file_name, sha256, uploader, received_at, amend_reason) "
        "SELECT id, file_name, sha256, uploader, received_at, amend_reason FROM intakes"
    )
    op.execute("DROP TABLE intakes")
    op.execute("ALTER TABLE intakes_anew RENAME TO intakes")


def guard(on_sqlite: bool) -> None:
    """Triggers: rows of these tables are added and never changed, but that a fact may be marked as retired, once."""
    if on_sqlite:
        for table, keys in NUMBERED.items():
            taken = " OR ".join(" AND ".join(f"{column} = NEW.{column}" for column in key) for key in keys)
            refusing(table, "update", "UPDATE", "")
            refusing(table, "delete", "DELETE", "")
            refusing(table, "replace", "INSERT", f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {taken}) ")
        for table, columns in FACTS.items():
            changed = " OR ".join(f"NEW.{column} IS NOT OLD.{column}" for column in columns.split())
            refusing(
                table, "update", "UPDATE", f"WHEN OLD.retired_by IS NOT NULL OR NEW.retired_by IS NULL OR {changed} "
            )
            refusing(table, "delete", "DELETE", "")
            refusing(table, "replace", "INSERT", f"WHEN EXISTS (SELECT 1 FROM {table} WHERE id = NEW.id) ")
        for event in ("update", "delete"):
            refusing("run_warnings", event, event.upper(), "")
        return
    op.execute(
        "CREATE FUNCTION tiexi_retire() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "IF OLD.retired_by IS NOT NULL OR NEW.retired_by IS NULL "
        "OR to_jsonb(NEW) - 'retired_by' <> to_jsonb(OLD) - 'retired_by' "
        "THEN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'check_violation'; END IF; "
        "RETURN NEW; END $$"
    )
    for table in (*NUMBERED, *FACTS, "run_warnings"):
        function = "tiexi_retire" if table in FACTS else "tiexi_refuse"
        for event, each, does in (
            ("UPDATE", "ROW", function), ("DELETE", "ROW", "tiexi_refuse"), ("TRUNCATE", "STATEMENT", "tiexi_refuse")
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
