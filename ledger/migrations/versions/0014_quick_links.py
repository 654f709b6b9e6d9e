"""Indexes by which each link of the chain finds the newest times on file and the links of runs, however long the chain is."""

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

TIMES = {
    "journal_entries": "made_at", "seals": "made_at", "intakes": "received_at", "changes": "made_at",
    "run_steps": "made_at", "spot_checks": "drawn_at", "spot_check_results": "made_at", "papers": "received_at",
    "paper_states": "made_at", "runs": "made_at", "uploads": "received_at", "upload_steps": "made_at",
}  # fmt: skip


def upgrade() -> None:
    for table, column in TIMES.items():
        op.create_index(f"ix_{table}_{column}", table, [column])
    op.create_index("ix_seals_run", "seals", ["run_id"])
    op.create_index("ix_papers_size", "papers", ["bank_id", "size"])
