"""An index over the facts that were retired: few of many, and looked for before every link of the chain."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_FACTS = (
    "enterprise_facts", "qualification_facts", "partnership_facts", "bank_change_facts", "calendar_facts", "lpr_facts", "loan_facts",
    "repayment_facts", "extension_facts", "reported_balance_facts", "upload_waiver_facts", "revocation_facts", "disqualification_facts",
    "fund_total_facts", "year_rate_facts", "objection_facts", "platform_start_facts", "prior_years_facts", "years_waiver_facts",
    "bonus_rate_facts", "budget_facts", "project_facts", "policy_facts", "grant_facts", "investment_facts", "farm_catalogue_facts",
    "farm_product_facts", "farm_filing_facts", "farm_prior_support_facts", "farm_insurance_facts", "farm_county_payment_facts",
    "farm_application_facts", "farm_veto_facts", "farm_share_facts", "farm_coefficient_facts", "credit_market_facts",
    "credit_premium_facts", "credit_refund_facts", "credit_matching_facts",
)  # fmt: skip


def upgrade() -> None:
    retired = sa.text("retired_by IS NOT NULL")
    for table in _FACTS:
        op.create_index(f"ix_{table}_retired", table, ["retired_by"], sqlite_where=retired, postgresql_where=retired)
