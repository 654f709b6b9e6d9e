"""Indexes by which all versions of what one loan or enterprise has are found, withdrawn and replaced ones too."""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

LOOKED_UP = (
    ("enterprise_facts", "enterprise_id"),
    ("qualification_facts", "enterprise_id"),
    ("loan_facts", "loan_id"),
    ("loan_facts", "enterprise_id"),
    ("repayment_facts", "loan_id"),
    ("extension_facts", "loan_id"),
    ("reported_balance_facts", "loan_id"),
    ("upload_waiver_facts", "loan_id"),
    ("revocation_facts", "loan_id"),
)


def upgrade() -> None:
    for table, column in LOOKED_UP:
        op.create_index(f"ix_{table}_{column.removesuffix('_id')}", table, [column])
