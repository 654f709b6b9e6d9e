"""Sessions that began at the unit's own sign-in."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("sessions", sa.Column("by_unit", sa.Boolean(), nullable=False, server_default=sa.false()))
