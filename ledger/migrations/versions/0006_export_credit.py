"""短期出口信用保险: its facts (markets, premiums, refunds, what the counties gave) and the lines of its reviews."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

FACTS = ("credit_market_facts", "credit_premium_facts", "credit_refund_facts", "credit_matching_facts")
LINES = ("credit_lines", "credit_enterprises", "credit_claims")


def name() -> sa.types.TypeEngine[str]:
    return sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def number() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    facts(
        "credit_market_facts",
        [words("country"), words("market"), day("listed_on"), day("delisted_on", nullable=True)],
        {
            "country_given": "length(country) > 0",
            "market_given": "length(market) > 0",
            "delisted_on_after_listed_on": "delisted_on >= listed_on",
        },
        ["country", "market", "listed_on"],
    )
    facts(
        "credit_premium_facts",
        [
            words("insurer"), words("voucher_no"), words("country"), of("enterprise_id"), words("policy_no"),
            words("kinds"), day("paid_on"), count("premium_fen"), words("currency", nullable=True),
        ],
        {"premium_fen_positive": "premium_fen > 0"},
        ["insurer", "voucher_no", "country"],
    )  # fmt: skip
    op.create_index("ix_credit_premium_facts_paid_on", "credit_premium_facts", ["paid_on"])
    facts(
        "credit_refund_facts",
        [
            words("insurer"), words("refund_no"), words("country"), words("voucher_no"), day("refunded_on"),
            count("refund_fen"),
        ],
        {"refund_fen_positive": "refund_fen > 0"},
        ["insurer", "refund_no", "country"],
    )  # fmt: skip
    op.create_index("ix_credit_refund_facts_premium", "credit_refund_facts", ["insurer", "voucher_no", "country"])
    facts(
        "credit_matching_facts",
        [count("year"), of("enterprise_id"), count("matching_fen")],
        {"matching_fen_positive": "matching_fen > 0", "year_within": "year >= 1990 AND year <= 2100"},
        ["year", "enterprise_id"],
    )
    lines(
        "credit_lines",
        "line_no",
        [
            of("premium_fact_id"), of("enterprise_fact_id"), of("market_fact_id", nullable=True), words("market"),
            words("other_kinds"),
            *(count(one) for one in ("refunded_fen", "net_fen", "rate_e4", "demand_fen", "subsidy_fen")),
            words("reasons"),
        ],
        {
            **not_negative("refunded_fen", "net_fen"),
            "demand_within_net": "demand_fen >= 0 AND demand_fen <= net_fen",
            "subsidy_within_demand": "subsidy_fen >= 0 AND subsidy_fen <= demand_fen",
            "stopped_gets_nothing": "reasons = '' OR demand_fen = 0",
        },
    )  # fmt: skip
    op.create_index("ix_credit_lines_premium", "credit_lines", ["premium_fact_id"])
    given = ("net_fen", "subsidy_fen", "matching_fen", "over_fen")
    lines(
        "credit_enterprises",
        "enterprise_no",
        [of("enterprise_fact_id"), of("matching_fact_id", nullable=True), *map(count, given)],
        not_negative(*given),
    )
    found = ("refunded_fen", "net_now_fen", "kept_fen", "before_fen")
    lines(
        "credit_claims",
        "claim_no",
        [count("paid_run_id"), count("paid_line_no"), of("premium_fact_id"), *map(count, (*found, "claim_fen"))],
        {**not_negative(*found), "claim_fen_positive": "claim_fen > 0"},
        sa.ForeignKeyConstraint(
            ["paid_run_id", "paid_line_no"],
            ["credit_lines.run_id", "credit_lines.line_no"],
            name="fk_credit_claims_paid_line",
        ),
        sa.UniqueConstraint(
            "run_id", "paid_run_id", "paid_line_no", name=op.f("uq_credit_claims_run_id_paid_run_id_paid_line_no")
        ),
    )
    guard()


# --- columns ----------------------------------------------------------------------------------------------------------

TARGETS = {
    "enterprise_id": "enterprises", "enterprise_fact_id": "enterprise_facts", "premium_fact_id": "credit_premium_facts",
    "market_fact_id": "credit_market_facts", "matching_fact_id": "credit_matching_facts", "run_id": "runs",
    "intake_id": "intakes", "retired_by": "changes",
}  # fmt: skip


def words(column: str, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(column, name(), nullable=nullable)


def day(column: str, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(column, sa.Date(), nullable=nullable)


def count(column: str) -> sa.Column[Any]:
    return sa.Column(column, sa.BigInteger(), nullable=False)


def of(column: str, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(column, number(), nullable=nullable)


def not_negative(*columns: str) -> Mapping[str, str]:
    return {f"{column}_not_negative": f"{column} >= 0" for column in columns}


# --- tables -----------------------------------------------------------------------------------------------------------


def facts(table: str, columns: list[sa.Column[Any]], checks: Mapping[str, str], key: list[str]) -> None:
    whole = [*columns, of("id"), count("sheet_row"), count("version"), of("intake_id"), of("retired_by", nullable=True)]
    checks = {"sheet_row_positive": "sheet_row > 0", "version_positive": "version > 0", **checks}
    make(table, whole, checks, ["id"])
    in_force = sa.text("retired_by IS NULL")
    op.create_index(
        f"uq_{table}_in_force", table, key, unique=True, sqlite_where=in_force, postgresql_where=in_force
    )  # fmt: skip


def lines(
    table: str, numbered: str, columns: list[sa.Column[Any]], checks: Mapping[str, str], *more: sa.Constraint
) -> None:
    make(table, [of("run_id"), count(numbered), *columns], checks, ["run_id", numbered], *more)


def make(
    table: str, columns: list[sa.Column[Any]], checks: Mapping[str, str], key: list[str], *more: sa.Constraint
) -> None:
    op.create_table(
        table,
        *columns,
        *(sa.CheckConstraint(text, name=op.f(f"ck_{table}_{check}")) for check, text in checks.items()),
        *(
            sa.ForeignKeyConstraint(
                [column.name], [f"{TARGETS[column.name]}.id"],
                name=op.f(f"fk_{table}_{column.name}_{TARGETS[column.name]}"),
            )
            for column in columns
            if column.name in TARGETS
        ),
        sa.PrimaryKeyConstraint(*key, name=op.f(f"pk_{table}")),
        *more,
    )  # fmt: skip


# --- guards -----------------------------------------------------------------------------------------------------------


def guard() -> None:
    """Triggers: rows of these tables are added and never changed, but that a fact may be marked as retired, once."""
    if op.get_bind().dialect.name == "sqlite":
        for table in FACTS:
            names = sorted(column["name"] for column in sa.inspect(op.get_bind()).get_columns(table))
            changed = " OR ".join(f"NEW.{one} IS NOT OLD.{one}" for one in names if one != "retired_by")
            retired = "OLD.retired_by IS NOT NULL OR NEW.retired_by IS NULL"
            refusing(table, "update", "UPDATE", f"WHEN {retired} OR {changed} ")
            refusing(table, "delete", "DELETE", "")
            refusing(table, "replace", "INSERT", f"WHEN EXISTS (SELECT 1 FROM {table} WHERE id = NEW.id) ")
        for table in LINES:
            for event in ("update", "delete"):
                refusing(table, event, event.upper(), "")
        return
    for table in (*FACTS, *LINES):
        function = "tiexi_retire" if table in FACTS else "tiexi_refuse"
        for event, each, does in (
            ("UPDATE", "ROW", function), ("DELETE", "ROW", "tiexi_refuse"), ("TRUNCATE", "STATEMENT", "tiexi_refuse")
        ):  # fmt: skip
            op.execute(
                f"CREATE TRIGGER tr_{table}_no_{event.lower()} BEFORE {event} ON {table} "
                f"FOR EACH {each} EXECUTE FUNCTION {does}()"
            )


def refusing(table: str, what: str, event: str, when: str) -> None:
    op.execute(
        f"CREATE TRIGGER tr_{table}_no_{what} BEFORE {event} ON {table} {when}"
        f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    )
