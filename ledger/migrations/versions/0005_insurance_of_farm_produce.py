"""Insurance products, what is said of them, the lines of their reviews; what there is of a fund for a year."""

from datetime import date

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

# by table of facts: the columns that make a fact one fact
KEYS: dict[str, list[str]] = {
    "fund_total_facts": ["year", "fund"],
    "farm_catalogue_facts": ["object", "listed_on"],
    "farm_product_facts": ["product_id"],
    "farm_filing_facts": ["product_id", "filed_on"],
    "farm_prior_support_facts": ["product_id", "level"],
    "farm_insurance_facts": ["year", "product_id", "insurer"],
    "farm_county_payment_facts": ["insurer", "request_no"],
    "farm_application_facts": ["year", "product_id"],
    "farm_veto_facts": ["kind", "county", "product_id", "insurer", "found_on"],
    "farm_share_facts": ["year", "product_id"],
    "farm_coefficient_facts": ["year", "product_class"],
}


def name(column: str, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(column, sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=nullable)


def whole(column: str, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(column, sa.BigInteger(), nullable=nullable)


def day(column: str, nullable: bool = False) -> sa.Column[date]:
    return sa.Column(column, sa.Date(), nullable=nullable)


def number(column: str, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(column, sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=nullable)


def check(table: str, what: str, text: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(text, name=op.f(f"ck_{table}_{what}"))


def link(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}_{to}"))


def fact(table: str, *own: sa.schema.SchemaItem) -> None:
    """A table of facts: its own columns and checks, and what every fact carries."""
    op.create_table(
        table,
        *own,
        number("id"),
        whole("sheet_row"),
        whole("version"),
        number("intake_id"),
        number("retired_by", nullable=True),
        check(table, "sheet_row_positive", "sheet_row > 0"),
        check(table, "version_positive", "version > 0"),
        link(table, "intake_id", "intakes"),
        link(table, "retired_by", "changes"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )


def upgrade() -> None:
    op.create_table(
        "insurance_products",
        number("id"),
        name("product_no"),
        check("insurance_products", "product_no_given", "length(product_no) > 0"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_insurance_products")),
        sa.UniqueConstraint("product_no", name=op.f("uq_insurance_products_product_no")),
    )
    guard_rows("insurance_products", "id = NEW.id OR product_no = NEW.product_no")
    funds()
    farm_facts()
    farm_lines()
    in_force = sa.text("retired_by IS NULL")
    for table, keys in KEYS.items():
        op.create_index(
            f"uq_{table}_in_force", table, keys, unique=True, sqlite_where=in_force, postgresql_where=in_force
        )
        guard(table)
    vetoes_once()


def funds() -> None:
    fact(
        "fund_total_facts",
        whole("year"),
        name("fund"),
        whole("amount_fen"),
        check("fund_total_facts", "fund_given", "length(fund) > 0"),
        check("fund_total_facts", "amount_fen_not_negative", "amount_fen >= 0"),
        check("fund_total_facts", "year_within", "year >= 1990 AND year <= 2100"),
    )


def farm_facts() -> None:
    fact(
        "farm_catalogue_facts",
        name("object"),
        name("category"),
        day("listed_on"),
        day("delisted_on", nullable=True),
        check("farm_catalogue_facts", "object_given", "length(object) > 0"),
        check(
            "farm_catalogue_facts",
            "category_known",
            "category IN ('特色粮经作物', '特色园艺产品', '特色中药材产品', '特色畜产品', '特色水产品', '特色林产品', '其他品种')",
        ),
        check("farm_catalogue_facts", "delisted_on_after_listed_on", "delisted_on >= listed_on"),
    )
    fact(
        "farm_product_facts",
        number("product_id"),
        name("name"),
        name("county"),
        name("product_class"),
        name("object"),
        name("central"),
        check("farm_product_facts", "object_given", "length(object) > 0"),
        check("farm_product_facts", "product_class_known", "product_class IN ('第一类', '第二类', '第三类')"),
        check("farm_product_facts", "central_known", "central IN ('范围外', '创新部分', '范围内')"),
        check("farm_product_facts", "name_given", "length(name) > 0"),
        check("farm_product_facts", "county_given", "length(county) > 0"),
        link("farm_product_facts", "product_id", "insurance_products"),
    )
    fact(
        "farm_filing_facts",
        number("product_id"),
        day("filed_on"),
        day("accepted_on", nullable=True),
        name("document_no", nullable=True),
        check("farm_filing_facts", "accepted_on_after_filed_on", "accepted_on >= filed_on"),
        link("farm_filing_facts", "product_id", "insurance_products"),
    )
    fact(
        "farm_prior_support_facts",
        number("product_id"),
        name("level"),
        whole("first_year"),
        check("farm_prior_support_facts", "first_year_within", "first_year >= 1990 AND first_year <= 2100"),
        check("farm_prior_support_facts", "level_known", "level IN ('省级', '市级')"),
        link("farm_prior_support_facts", "product_id", "insurance_products"),
    )
    fact(
        "farm_insurance_facts",
        whole("year"),
        number("product_id"),
        name("insurer"),
        day("started_on"),
        whole("policies"),
        whole("premium_fen"),
        whole("farmer_fen"),
        whole("claims_fen"),
        whole("households", nullable=True),
        whole("quantity", nullable=True),
        check("farm_insurance_facts", "claims_fen_not_negative", "claims_fen >= 0"),
        check("farm_insurance_facts", "insurer_given", "length(insurer) > 0"),
        check("farm_insurance_facts", "quantity_not_negative", "quantity >= 0"),
        check("farm_insurance_facts", "farmer_within_premium", "farmer_fen <= premium_fen"),
        check("farm_insurance_facts", "households_not_negative", "households >= 0"),
        check("farm_insurance_facts", "farmer_fen_not_negative", "farmer_fen >= 0"),
        check("farm_insurance_facts", "policies_positive", "policies > 0"),
        check("farm_insurance_facts", "year_within", "year >= 1990 AND year <= 2100"),
        check("farm_insurance_facts", "premium_fen_positive", "premium_fen > 0"),
        link("farm_insurance_facts", "product_id", "insurance_products"),
    )
    fact(
        "farm_county_payment_facts",
        name("insurer"),
        name("request_no"),
        number("product_id"),
        whole("year"),
        day("requested_on"),
        whole("requested_fen"),
        day("paid_on", nullable=True),
        whole("paid_fen", nullable=True),
        name("payment_no", nullable=True),
        check("farm_county_payment_facts", "paid_fen_positive", "paid_fen > 0"),
        check("farm_county_payment_facts", "paid_within_requested", "paid_fen <= requested_fen"),
        check("farm_county_payment_facts", "paid_on_after_requested_on", "paid_on >= requested_on"),
        check(
            "farm_county_payment_facts",
            "paid_whole",
            "(paid_on IS NULL) = (paid_fen IS NULL) AND (paid_on IS NULL) = (payment_no IS NULL)",
        ),
        check("farm_county_payment_facts", "insurer_given", "length(insurer) > 0"),
        check("farm_county_payment_facts", "request_no_given", "length(request_no) > 0"),
        check("farm_county_payment_facts", "requested_fen_positive", "requested_fen > 0"),
        check("farm_county_payment_facts", "year_within", "year >= 1990 AND year <= 2100"),
        link("farm_county_payment_facts", "product_id", "insurance_products"),
    )
    fact(
        "farm_application_facts",
        whole("year"),
        number("product_id"),
        day("received_on"),
        check("farm_application_facts", "year_within", "year >= 1990 AND year <= 2100"),
        link("farm_application_facts", "product_id", "insurance_products"),
    )
    fact(
        "farm_veto_facts",
        name("kind"),
        name("county"),
        number("product_id", nullable=True),
        name("insurer", nullable=True),
        day("found_on"),
        day("lifted_on", nullable=True),
        name("document_no"),
        check("farm_veto_facts", "lifted_on_after_found_on", "lifted_on >= found_on"),
        check("farm_veto_facts", "kind_known", "kind IN ('一', '二', '三', '四', '五')"),
        check("farm_veto_facts", "county_given", "length(county) > 0"),
        link("farm_veto_facts", "product_id", "insurance_products"),
    )
    fact(
        "farm_share_facts",
        whole("year"),
        number("product_id"),
        whole("rate_e4"),
        name("document_no"),
        check("farm_share_facts", "rate_e4_within", "rate_e4 >= 0 AND rate_e4 <= 1000000"),
        check("farm_share_facts", "year_within", "year >= 1990 AND year <= 2100"),
        link("farm_share_facts", "product_id", "insurance_products"),
    )
    fact(
        "farm_coefficient_facts",
        whole("year"),
        name("product_class"),
        whole("coefficient_e4"),
        check("farm_coefficient_facts", "product_class_known", "product_class IN ('第二类', '第三类')"),
        check("farm_coefficient_facts", "coefficient_e4_not_negative", "coefficient_e4 >= 0"),
        check("farm_coefficient_facts", "year_within", "year >= 1990 AND year <= 2100"),
    )


def farm_lines() -> None:
    op.create_table(
        "farm_insurance_lines",
        number("run_id"),
        whole("line_no"),
        number("product_fact_id"),
        number("catalogue_fact_id", nullable=True),
        number("filing_fact_id", nullable=True),
        number("application_fact_id", nullable=True),
        number("share_fact_id", nullable=True),
        whole("class_no"),
        name("insurers"),
        day("started_on"),
        whole("policies"),
        whole("households", nullable=True),
        whole("quantity", nullable=True),
        whole("premium_fen"),
        whole("farmer_fen"),
        whole("county_paid_fen"),
        day("first_paid_on", nullable=True),
        whole("province_since", nullable=True),
        whole("city_since", nullable=True),
        day("received_on", nullable=True),
        whole("city_rate_e4", nullable=True),
        whole("farmer_share_fen"),
        whole("province_fen"),
        whole("city_demand_fen"),
        whole("city_fen"),
        whole("central_want_fen"),
        whole("coefficient_e4", nullable=True),
        whole("central_fen"),
        whole("county_net_fen"),
        name("first_of_object", nullable=True),
        whole("late_count"),
        whole("late_fen"),
        whole("loss_premium_fen", nullable=True),
        whole("loss_claims_fen", nullable=True),
        whole("loss_e4", nullable=True),
        whole("loss_low", nullable=True),
        name("reasons"),
        check("farm_insurance_lines", "city_demand_fen_not_negative", "city_demand_fen >= 0"),
        check("farm_insurance_lines", "city_within_demand", "city_fen <= city_demand_fen"),
        check("farm_insurance_lines", "city_fen_not_negative", "city_fen >= 0"),
        check("farm_insurance_lines", "central_fen_not_negative", "central_fen >= 0"),
        check("farm_insurance_lines", "farmer_share_fen_not_negative", "farmer_share_fen >= 0"),
        check("farm_insurance_lines", "province_fen_not_negative", "province_fen >= 0"),
        check(
            "farm_insurance_lines",
            "adds_up",
            "county_net_fen + province_fen + city_fen + central_fen = CASE WHEN class_no = 3 THEN county_paid_fen ELSE premium_fen - farmer_share_fen END",
        ),
        check("farm_insurance_lines", "county_net_fen_not_negative", "county_net_fen >= 0"),
        link("farm_insurance_lines", "run_id", "runs"),
        link("farm_insurance_lines", "product_fact_id", "farm_product_facts"),
        link("farm_insurance_lines", "catalogue_fact_id", "farm_catalogue_facts"),
        link("farm_insurance_lines", "filing_fact_id", "farm_filing_facts"),
        link("farm_insurance_lines", "application_fact_id", "farm_application_facts"),
        link("farm_insurance_lines", "share_fact_id", "farm_share_facts"),
        sa.PrimaryKeyConstraint("run_id", "line_no", name=op.f("pk_farm_insurance_lines")),
    )
    op.create_index("ix_farm_insurance_lines_product", "farm_insurance_lines", ["product_fact_id"])
    guard_lines("farm_insurance_lines")


def vetoes_once() -> None:
    """Where a veto names no product or no insurer, one that names none either is the same."""
    for what, condition, keys in (
        ("of_a_product", "insurer IS NULL", ["kind", "county", "product_id", "found_on"]),
        ("of_an_insurer", "product_id IS NULL", ["kind", "county", "insurer", "found_on"]),
        ("of_a_county", "product_id IS NULL AND insurer IS NULL", ["kind", "county", "found_on"]),
    ):
        where = sa.text(f"retired_by IS NULL AND {condition}")
        op.create_index(
            f"uq_farm_veto_facts_{what}",
            "farm_veto_facts",
            keys,
            unique=True,
            sqlite_where=where,
            postgresql_where=where,
        )


def guard(table: str) -> None:
    """Triggers: facts are added and never changed, but that one may be marked as retired, once."""
    bind = op.get_bind()
    if bind.dialect.name == "sqlite":
        columns = sorted(row["name"] for row in sa.inspect(bind).get_columns(table) if row["name"] != "retired_by")
        changed = " OR ".join(f"NEW.{column} IS NOT OLD.{column}" for column in columns)
        refusing(table, "update", "UPDATE", f"WHEN OLD.retired_by IS NOT NULL OR NEW.retired_by IS NULL OR {changed} ")
        refusing(table, "delete", "DELETE", "")
        refusing(table, "replace", "INSERT", f"WHEN EXISTS (SELECT 1 FROM {table} WHERE id = NEW.id) ")
        return
    on_postgresql(table, "tiexi_retire")


def guard_rows(table: str, taken: str) -> None:
    """Triggers: rows are only ever added."""
    guard_lines(table)
    if op.get_bind().dialect.name == "sqlite":
        refusing(table, "replace", "INSERT", f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {taken}) ")


def guard_lines(table: str) -> None:
    """Triggers: rows are only ever added, many at once."""
    if op.get_bind().dialect.name == "sqlite":
        refusing(table, "update", "UPDATE", "")
        refusing(table, "delete", "DELETE", "")
    else:
        on_postgresql(table, "tiexi_refuse")


def on_postgresql(table: str, of_updates: str) -> None:
    for event, each, does in (
        ("UPDATE", "ROW", of_updates), ("DELETE", "ROW", "tiexi_refuse"), ("TRUNCATE", "STATEMENT", "tiexi_refuse")
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
