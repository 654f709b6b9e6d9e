"""Indexes by which a loan's number finds those that only look different, however many loans a bank has."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    plain = sa.text("upper(replace(replace(note_no, '-', ''), ' ', ''))")
    op.create_index("ix_loans_spelling", "loans", ["bank_id", plain])
    op.create_index(
        "ix_loans_other_spelling",
        "loans",
        ["bank_id"],
        sqlite_where=sa.text("note_no GLOB '*[^-A-Za-z0-9 ]*'"),
        postgresql_where=sa.text("note_no ~ '[^-A-Za-z0-9 ]'"),
    )
