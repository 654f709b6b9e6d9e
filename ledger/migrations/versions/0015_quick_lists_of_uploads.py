"""Indexes by which a unit's files and the state of each are found without reading them."""

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_uploads_unit", "uploads", ["scope_name", "role", "scope_kind", "size"])
    op.drop_index("ix_upload_steps_upload", "upload_steps")
    op.create_index("ix_upload_steps_state", "upload_steps", ["upload_id", "id", "state"])
