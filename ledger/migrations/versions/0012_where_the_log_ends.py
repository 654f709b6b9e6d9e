"""Where the log ends is kept beside it.

From this schema on every trial, step, check and waiver has a link of the chain of its own; what an earlier one left under
none is sealed as it stands right after this migration.
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

START = "0" * 64  # before the first entry


def upgrade() -> None:
    text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    heads = op.create_table(
        "log_heads",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("last_id", sa.BigInteger(), nullable=False),
        sa.Column("hash", text, nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_log_heads_one_row")),
        sa.CheckConstraint("length(hash) = 64", name=op.f("ck_log_heads_hash_length")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_log_heads")),
    )
    found = "SELECT id, hash FROM log_entries UNION ALL SELECT last_id, hash FROM log_prunes ORDER BY 1 DESC LIMIT 1"
    last_id, digest = op.get_bind().execute(sa.text(found)).first() or (0, START)
    op.bulk_insert(heads, [{"id": 1, "last_id": last_id, "hash": digest}])
