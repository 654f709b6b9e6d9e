"""An index that holds the lines which the annexes can list, so that their rows are counted without reading lines."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    listed = sa.text("interest_base_fen > 0 OR bonus_base_fen > 0")
    op.create_index(
        "ix_tech_branch_lines_listed",
        "tech_branch_lines",
        ["run_id", "line_no", "interest_base_fen", "bonus_base_fen", "interest_fen", "bonus_fen"],
        sqlite_where=listed,
        postgresql_where=listed,
    )
    # an index of which nothing is known would be taken for one that finds few lines
    op.execute("ANALYZE tech_branch_lines")
