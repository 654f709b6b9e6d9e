"""What follows a settlement: steps, spot checks, journal, seals; and the record of scheduled jobs.

The tables of the books are append-only and the journal balances, by triggers of the database.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def whole(column: str, name: str) -> list[sa.CheckConstraint]:
    """SQLite takes a text or a fraction where an integer is declared, unless it is told not to."""
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    return [sa.CheckConstraint(f"typeof({column}) = 'integer'", name=name)] if on_sqlite else []


def upgrade() -> None:
    op.create_table(
        "job_runs",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("result", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("started_at", sa.DateTime(), nullable=False),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.Column("worker", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("figures", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("error", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=True),
        sa.CheckConstraint("(result = 'running') = (ended_at IS NULL)", name=op.f("ck_job_runs_ended_when_over")),
        sa.CheckConstraint("result IN ('running', 'done', 'failed')", name=op.f("ck_job_runs_result_known")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job_runs")),
    )
    with op.batch_alter_table("job_runs", schema=None) as batch_op:
        batch_op.create_index(
            "uq_job_runs_done",
            ["name", "day"],
            unique=True,
            sqlite_where=sa.text("result = 'done'"),
            postgresql_where=sa.text("result = 'done'"),
        )
        batch_op.create_index(
            "uq_job_runs_running",
            ["name"],
            unique=True,
            sqlite_where=sa.text("result = 'running'"),
            postgresql_where=sa.text("result = 'running'"),
        )

    op.create_table(
        "journal_entries",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("run_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("entered_on", sa.Date(), nullable=False),
        sa.Column("document_no", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("memo", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("made_by", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("intake_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("sheet_row", sa.BigInteger(), nullable=True),
        sa.Column("reverses_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.CheckConstraint(
            "(kind = 'reversal') = (reverses_id IS NOT NULL)", name=op.f("ck_journal_entries_reversal_names_entry")
        ),
        sa.CheckConstraint(
            "kind IN ('accrual', 'claim', 'allotment', 'city_to_county', 'county_to_regulator', 'regulator_to_bank', 'bank_to_enterprise', 'city_to_payee', 'claim_repaid', 'reversal')",
            name=op.f("ck_journal_entries_kind_known"),
        ),
        sa.CheckConstraint("(intake_id IS NULL) = (sheet_row IS NULL)", name=op.f("ck_journal_entries_row_of_a_file")),
        sa.CheckConstraint("length(document_no) > 0", name=op.f("ck_journal_entries_document_given")),
        sa.ForeignKeyConstraint(["intake_id"], ["intakes.id"], name=op.f("fk_journal_entries_intake_id_intakes")),
        sa.ForeignKeyConstraint(
            ["reverses_id"], ["journal_entries.id"], name=op.f("fk_journal_entries_reverses_id_journal_entries")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_journal_entries_run_id_runs")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_journal_entries")),
        sa.UniqueConstraint("reverses_id", name=op.f("uq_journal_entries_reverses_id")),
    )
    with op.batch_alter_table("journal_entries", schema=None) as batch_op:
        batch_op.create_index("ix_journal_entries_run", ["run_id"], unique=False)

    op.create_table(
        "run_steps",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("run_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("county", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=True),
        sa.Column("made_by", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("account", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("document_no", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=True),
        sa.Column("reason", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=True),
        sa.Column("figures", sa.JSON(none_as_null=True), nullable=True),
        sa.CheckConstraint(
            "(county IS NOT NULL) = (kind IN ('sign', 'return'))", name=op.f("ck_run_steps_county_signs")
        ),
        sa.CheckConstraint(
            "county IN ('环翠区', '文登区', '荣成市', '乳山市', '高区', '经区', '临港区', '综保区', '南海新区')",
            name=op.f("ck_run_steps_county_known"),
        ),
        sa.CheckConstraint("kind <> 'return' OR reason IS NOT NULL", name=op.f("ck_run_steps_return_has_reason")),
        sa.CheckConstraint(
            "kind IN ('sign', 'return', 'sample', 'approve', 'allot', 'pay', 'close')",
            name=op.f("ck_run_steps_kind_known"),
        ),
        sa.CheckConstraint(
            "kind NOT IN ('sign', 'approve', 'allot', 'close') OR document_no IS NOT NULL",
            name=op.f("ck_run_steps_document"),
        ),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_run_steps_run_id_runs")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_run_steps")),
    )
    with op.batch_alter_table("run_steps", schema=None) as batch_op:
        batch_op.create_index("ix_run_steps_run", ["run_id"], unique=False)

    op.create_table(
        "seals",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("run_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("content", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("previous_hash", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("hash", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.CheckConstraint(
            "kind IN ('approve', 'allot', 'pay', 'reverse', 'close', 'adopt')", name=op.f("ck_seals_kind_known")
        ),
        sa.CheckConstraint("length(hash) = 64", name=op.f("ck_seals_hash_length")),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_seals_run_id_runs")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seals")),
        sa.UniqueConstraint("hash", name=op.f("uq_seals_hash")),
    )
    op.create_table(
        "spot_checks",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("run_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("share_e4", sa.BigInteger(), nullable=False),
        sa.Column("seed", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("total_fen", sa.BigInteger(), nullable=False),
        sa.Column("drawn_fen", sa.BigInteger(), nullable=False),
        sa.Column("drawn_by", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("drawn_at", sa.DateTime(), nullable=False),
        sa.CheckConstraint("drawn_fen >= 0 AND drawn_fen <= total_fen", name=op.f("ck_spot_checks_drawn_within_total")),
        sa.CheckConstraint("share_e4 >= 1 AND share_e4 <= 1000000", name=op.f("ck_spot_checks_share_e4_within")),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_spot_checks_run_id_runs")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_spot_checks")),
    )
    with op.batch_alter_table("spot_checks", schema=None) as batch_op:
        batch_op.create_index("uq_spot_checks_drawing", ["run_id", "share_e4", "seed"], unique=True)

    op.create_table(
        "journal_postings",
        sa.Column("entry_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("posting_no", sa.BigInteger(), nullable=False),
        sa.Column("account", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("item", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("county", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("bank_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("enterprise_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "account IN ('expense_city', 'expense_county', 'payable', 'budget_city', 'budget_county', 'city_treasury', 'county_treasury', 'county_regulator', 'bank', 'claim_receivable', 'claim_city', 'claim_county', 'returned_city', 'returned_county')",
            name=op.f("ck_journal_postings_account_known"),
        ),
        sa.CheckConstraint(
            "county IN ('环翠区', '文登区', '荣成市', '乳山市', '高区', '经区', '临港区', '综保区', '南海新区', '市外')",
            name=op.f("ck_journal_postings_county_known"),
        ),
        sa.CheckConstraint(
            "item IN ('interest', 'bonus', 'risk', 'premium', 'grant')", name=op.f("ck_journal_postings_item_known")
        ),
        sa.CheckConstraint("amount_fen <> 0", name=op.f("ck_journal_postings_amount_not_zero")),
        *whole("amount_fen", op.f("ck_journal_postings_amount_whole")),
        sa.ForeignKeyConstraint(["bank_id"], ["banks.id"], name=op.f("fk_journal_postings_bank_id_banks")),
        sa.ForeignKeyConstraint(
            ["enterprise_id"], ["enterprises.id"], name=op.f("fk_journal_postings_enterprise_id_enterprises")
        ),
        sa.ForeignKeyConstraint(
            ["entry_id"],
            ["journal_entries.id"],
            name=op.f("fk_journal_postings_entry_id_journal_entries"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("entry_id", "posting_no", name=op.f("pk_journal_postings")),
    )
    op.create_table(
        "sealed_rows",
        sa.Column("seal_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("table_name", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("digests", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["seal_id"], ["seals.id"], name=op.f("fk_sealed_rows_seal_id_seals")),
        sa.PrimaryKeyConstraint("seal_id", "table_name", name=op.f("pk_sealed_rows")),
    )
    op.create_table(
        "spot_check_lines",
        sa.Column("check_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("order_no", sa.BigInteger(), nullable=False),
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column("line_no", sa.BigInteger(), nullable=False),
        sa.Column("drawn_for", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.CheckConstraint(
            "drawn_for IN ('county', 'bank', 'share')", name=op.f("ck_spot_check_lines_drawn_for_known")
        ),
        sa.ForeignKeyConstraint(
            ["check_id"], ["spot_checks.id"], name=op.f("fk_spot_check_lines_check_id_spot_checks")
        ),
        sa.ForeignKeyConstraint(
            ["run_id", "line_no"],
            ["tech_branch_lines.run_id", "tech_branch_lines.line_no"],
            name="fk_spot_check_lines_line",
        ),
        sa.PrimaryKeyConstraint("check_id", "order_no", name=op.f("pk_spot_check_lines")),
    )
    with op.batch_alter_table("spot_check_lines", schema=None) as batch_op:
        batch_op.create_index("uq_spot_check_lines_line", ["check_id", "line_no"], unique=True)

    op.create_table(
        "spot_check_results",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column("line_no", sa.BigInteger(), nullable=False),
        sa.Column("outcome", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("remark", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=True),
        sa.Column("made_by", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("account", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.CheckConstraint(
            "outcome = 'ok' OR remark IS NOT NULL", name=op.f("ck_spot_check_results_finding_has_remark")
        ),
        sa.CheckConstraint(
            "outcome IN ('ok', 'finding', 'resolved')", name=op.f("ck_spot_check_results_outcome_known")
        ),
        sa.ForeignKeyConstraint(
            ["run_id", "line_no"],
            ["tech_branch_lines.run_id", "tech_branch_lines.line_no"],
            name="fk_spot_check_results_line",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_spot_check_results")),
    )
    with op.batch_alter_table("spot_check_results", schema=None) as batch_op:
        batch_op.create_index("ix_spot_check_results_line", ["run_id", "line_no"], unique=False)

    # Added in place: rebuilding the table would pull it from under the lines that refer to it.
    op.add_column("runs", sa.Column("last_change_id", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("runs", sa.Column("solo", sa.Boolean(), server_default=sa.false(), nullable=False))

    # The changes that a run had seen: those of files it had seen, and withdrawals made before it.
    op.execute(
        "UPDATE runs SET last_change_id = coalesce((SELECT max(changes.id) FROM changes WHERE changes.intake_id <= "
        "runs.last_intake_id OR (changes.intake_id IS NULL AND changes.made_at <= runs.made_at)), 0)"
    )
    # Approved before there were signatures.
    op.execute(sa.text("UPDATE runs SET solo = :yes WHERE state = 'approved'").bindparams(yes=True))
    guard(op.get_bind().dialect.name)


APPEND_ONLY = (
    "journal_entries", "journal_postings", "seals", "sealed_rows", "run_steps", "spot_checks", "spot_check_lines",
    "spot_check_results", "run_budgets", "tech_branch_lines", "tech_branch_claims", "chokepoint_loan_lines",
    "chokepoint_policy_lines", "chokepoint_grant_lines", "chokepoint_investment_lines",
)  # fmt: skip
# What no other row of the books may share: SQLite lets INSERT OR REPLACE take a row's place without firing its guard.
KEYS = {
    "journal_entries": (("id",), ("reverses_id",)),
    "journal_postings": (("entry_id", "posting_no"),),
    "seals": (("id",), ("hash",)),
    "sealed_rows": (("seal_id", "table_name"),),
    "run_steps": (("id",),),
    "spot_checks": (("id",), ("run_id", "share_e4", "seed")),
    "spot_check_lines": (("check_id", "order_no"), ("check_id", "line_no")),
    "spot_check_results": (("id",),),
}
UNBALANCED = "(SELECT coalesce(sum(amount_fen), 1) FROM journal_postings WHERE entry_id = NEW.id) <> 0"
CLOSED = "EXISTS (SELECT 1 FROM journal_entries WHERE id = NEW.entry_id)"


def guard(dialect: str) -> None:
    """Triggers: rows of these tables are added and never changed; an entry arrives balanced and closes its postings."""
    if dialect == "sqlite":
        for table in APPEND_ONLY:
            for event in ("UPDATE", "DELETE"):
                op.execute(
                    f"CREATE TRIGGER tr_{table}_no_{event.lower()} BEFORE {event} ON {table} "
                    f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
                )
        for table, keys in KEYS.items():
            taken = " OR ".join(" AND ".join(f"{name} = NEW.{name}" for name in key) for key in keys)
            op.execute(
                f"CREATE TRIGGER tr_{table}_no_replace BEFORE INSERT ON {table} "
                f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {taken}) "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
        op.execute(
            f"CREATE TRIGGER tr_journal_entries_balanced BEFORE INSERT ON journal_entries WHEN {UNBALANCED} "
            "BEGIN SELECT RAISE(ABORT, 'journal entry does not balance'); END"
        )
        op.execute(
            f"CREATE TRIGGER tr_journal_postings_open BEFORE INSERT ON journal_postings WHEN {CLOSED} "
            "BEGIN SELECT RAISE(ABORT, 'journal entry is closed'); END"
        )
        return
    _postgresql_function("tiexi_refuse", "true", "% is append-only', TG_TABLE_NAME")
    _postgresql_function("tiexi_balanced", UNBALANCED, "journal entry does not balance'")
    _postgresql_function("tiexi_open", CLOSED, "journal entry is closed'")
    for table in APPEND_ONLY:
        for event, each in (("UPDATE", "ROW"), ("DELETE", "ROW"), ("TRUNCATE", "STATEMENT")):
            op.execute(
                f"CREATE TRIGGER tr_{table}_no_{event.lower()} BEFORE {event} ON {table} "
                f"FOR EACH {each} EXECUTE FUNCTION tiexi_refuse()"
            )
    for table, name in (("journal_entries", "balanced"), ("journal_postings", "open")):
        op.execute(
            f"CREATE TRIGGER tr_{table}_{name} BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION tiexi_{name}()"
        )


def _postgresql_function(name: str, refused: str, message: str) -> None:
    op.execute(
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF {refused} THEN RAISE EXCEPTION '{message} USING ERRCODE = 'check_violation'; END IF; "
        "RETURN NEW; END $$"
    )
