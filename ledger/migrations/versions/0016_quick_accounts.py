"""An index by which an entry's postings to one account are found, however many enterprises it owes something."""

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_journal_postings_account", "journal_postings", ["entry_id", "account"])
