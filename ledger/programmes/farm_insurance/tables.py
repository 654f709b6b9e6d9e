"""特色农产品保险奖补: the tables of its own facts (see ledger.models for what they all are) and of its runs' lines."""

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index

from ledger.models import Fact
from ledger.models.base import (
    Base,
    Mapped,
    given,
    mapped_column,
    not_negative,
    once_where,
    one_of,
    ordered,
    positive,
    within,
)
from ledger.models.facts import in_force_once
from ledger.programmes.farm_insurance import words


def _year() -> CheckConstraint:
    return within("year", 1990, 2100)


class CatalogueFact(Fact, Base):
    """特色目录: what is listed in the province's catalogue from the first to the last day, both included."""

    __tablename__ = "farm_catalogue_facts"
    SHEET = "特色目录"
    KEY = ("object", "listed_on")
    object: Mapped[str]
    category: Mapped[str]
    listed_on: Mapped[date]
    delisted_on: Mapped[date | None]
    __table_args__ = Fact.constraints(
        in_force_once(__tablename__, "object", "listed_on"),
        given("object"),
        one_of("category", words.CATEGORIES),
        ordered("listed_on", "delisted_on"),
    )


class ProductFact(Fact, Base):
    """特色险种: one county's product."""

    __tablename__ = "farm_product_facts"
    SHEET = "特色险种"
    KEY = ("product_id",)
    product_id: Mapped[int] = mapped_column(ForeignKey("insurance_products.id"))
    name: Mapped[str]
    county: Mapped[str]
    product_class: Mapped[str]
    object: Mapped[str]
    central: Mapped[str]
    __table_args__ = Fact.constraints(
        in_force_once(__tablename__, "product_id"),
        given("name"),
        given("county"),
        given("object"),
        one_of("product_class", words.CLASSES),
        one_of("central", words.CENTRAL),
    )


class FilingFact(Fact, Base):
    """险种备案: filed with the city, and accepted, where it was."""

    __tablename__ = "farm_filing_facts"
    SHEET = "险种备案"
    KEY = ("product_id", "filed_on")
    product_id: Mapped[int] = mapped_column(ForeignKey("insurance_products.id"))
    filed_on: Mapped[date]
    accepted_on: Mapped[date | None]
    document_no: Mapped[str | None]
    __table_args__ = Fact.constraints(
        in_force_once(__tablename__, "product_id", "filed_on"), ordered("filed_on", "accepted_on")
    )


class PriorSupportFact(Fact, Base):
    """往年奖补: the first year in which the province or the city supported the product."""

    __tablename__ = "farm_prior_support_facts"
    SHEET = "往年奖补"
    KEY = ("product_id", "level")
    product_id: Mapped[int] = mapped_column(ForeignKey("insurance_products.id"))
    level: Mapped[str]
    first_year: Mapped[int]
    __table_args__ = Fact.constraints(
        in_force_once(__tablename__, "product_id", "level"),
        one_of("level", words.LEVELS),
        within("first_year", 1990, 2100),
    )


class InsuranceFact(Fact, Base):
    """特色承保: what an insurer insured of a product in a year. households, quantity: printed only."""

    __tablename__ = "farm_insurance_facts"
    SHEET = "特色承保"
    KEY = ("year", "product_id", "insurer")
    year: Mapped[int]
    product_id: Mapped[int] = mapped_column(ForeignKey("insurance_products.id"))
    insurer: Mapped[str]
    started_on: Mapped[date]
    policies: Mapped[int]
    premium_fen: Mapped[int]
    farmer_fen: Mapped[int]
    claims_fen: Mapped[int]
    households: Mapped[int | None]
    quantity: Mapped[int | None]
    __table_args__ = Fact.constraints(
        in_force_once(__tablename__, "year", "product_id", "insurer"),
        given("insurer"),
        positive("policies"),
        positive("premium_fen"),
        not_negative("farmer_fen"),
        not_negative("claims_fen"),
        not_negative("households"),
        not_negative("quantity"),
        CheckConstraint("farmer_fen <= premium_fen", name="farmer_within_premium"),
        _year(),
    )


class CountyPaymentFact(Fact, Base):
    """区市补贴: what an insurer asked a county for, and what the county paid, where it did."""

    __tablename__ = "farm_county_payment_facts"
    SHEET = "区市补贴"
    KEY = ("insurer", "request_no")
    insurer: Mapped[str]
    request_no: Mapped[str]
    product_id: Mapped[int] = mapped_column(ForeignKey("insurance_products.id"))
    year: Mapped[int]
    requested_on: Mapped[date]
    requested_fen: Mapped[int]
    paid_on: Mapped[date | None]
    paid_fen: Mapped[int | None]
    payment_no: Mapped[str | None]
    __table_args__ = Fact.constraints(
        in_force_once(__tablename__, "insurer", "request_no"),
        given("insurer"),
        given("request_no"),
        positive("requested_fen"),
        positive("paid_fen"),
        CheckConstraint("paid_fen <= requested_fen", name="paid_within_requested"),
        CheckConstraint(
            "(paid_on IS NULL) = (paid_fen IS NULL) AND (paid_on IS NULL) = (payment_no IS NULL)", name="paid_whole"
        ),
        ordered("requested_on", "paid_on"),
        _year(),
    )


class ApplicationFact(Fact, Base):
    """特色申请: when the county's application for a product reached the city."""

    __tablename__ = "farm_application_facts"
    SHEET = "特色申请"
    KEY = ("year", "product_id")
    year: Mapped[int]
    product_id: Mapped[int] = mapped_column(ForeignKey("insurance_products.id"))
    received_on: Mapped[date]
    __table_args__ = Fact.constraints(in_force_once(__tablename__, "year", "product_id"), _year())


class VetoFact(Fact, Base):
    """一票否决: a record of one of the items of 第六条, of a county and, where named, one of its products or insurers."""

    __tablename__ = "farm_veto_facts"
    SHEET = "一票否决"
    KEY = ("kind", "county", "product_id", "insurer", "found_on")
    kind: Mapped[str]
    county: Mapped[str]
    product_id: Mapped[int | None] = mapped_column(ForeignKey("insurance_products.id"))
    insurer: Mapped[str | None]
    found_on: Mapped[date]
    lifted_on: Mapped[date | None]
    document_no: Mapped[str]
    __table_args__ = Fact.constraints(
        # none equals none only in one's eyes: a key of each shape has an index of its own
        in_force_once(__tablename__, "kind", "county", "product_id", "insurer", "found_on"),
        once_where(
            "uq_farm_veto_facts_of_a_product",
            "retired_by IS NULL AND insurer IS NULL",
            "kind", "county", "product_id", "found_on",
        ),
        once_where(
            "uq_farm_veto_facts_of_an_insurer",
            "retired_by IS NULL AND product_id IS NULL",
            "kind", "county", "insurer", "found_on",
        ),
        once_where(
            "uq_farm_veto_facts_of_a_county",
            "retired_by IS NULL AND product_id IS NULL AND insurer IS NULL",
            "kind", "county", "found_on",
        ),
        one_of("kind", words.VETOES),
        given("county"),
        ordered("found_on", "lifted_on"),
    )  # fmt: skip


class ShareFact(Fact, Base):
    """二类分担: the city's share of a product of class 2, as decided for a year."""

    __tablename__ = "farm_share_facts"
    SHEET = "二类分担"
    KEY = ("year", "product_id")
    year: Mapped[int]
    product_id: Mapped[int] = mapped_column(ForeignKey("insurance_products.id"))
    rate_e4: Mapped[int]
    document_no: Mapped[str]
    __table_args__ = Fact.constraints(
        in_force_once(__tablename__, "year", "product_id"), within("rate_e4", 0, 1_000_000), _year()
    )


class CoefficientFact(Fact, Base):
    """分配系数: by which central money is shared among the classes."""

    __tablename__ = "farm_coefficient_facts"
    SHEET = "分配系数"
    KEY = ("year", "product_class")
    year: Mapped[int]
    product_class: Mapped[str]
    coefficient_e4: Mapped[int]  # 0.0001
    __table_args__ = Fact.constraints(
        in_force_once(__tablename__, "year", "product_class"),
        one_of("product_class", words.CLASSES[1:]),
        not_negative("coefficient_e4"),
        _year(),
    )


class FarmLine(Base):
    """One judged product of a yearly review: what was insured, and what province, city, centre and county bear of it."""

    __tablename__ = "farm_insurance_lines"
    WORDS, NUMBER = "特色险审核明细", "line_no"
    KNOWN_BY = ("product_fact_id", "name")
    run_id: Mapped[int] = mapped_column(ForeignKey("runs.id"), primary_key=True)
    line_no: Mapped[int] = mapped_column(primary_key=True)  # from 1, by (county, class, product number)
    product_fact_id: Mapped[int] = mapped_column(ForeignKey("farm_product_facts.id"))
    catalogue_fact_id: Mapped[int | None] = mapped_column(ForeignKey("farm_catalogue_facts.id"))
    filing_fact_id: Mapped[int | None] = mapped_column(ForeignKey("farm_filing_facts.id"))  # by which it passes
    application_fact_id: Mapped[int | None] = mapped_column(ForeignKey("farm_application_facts.id"))
    share_fact_id: Mapped[int | None] = mapped_column(ForeignKey("farm_share_facts.id"))
    class_no: Mapped[int]
    insurers: Mapped[str]  # by code point
    started_on: Mapped[date]
    policies: Mapped[int]
    households: Mapped[int | None]
    quantity: Mapped[int | None]
    premium_fen: Mapped[int]
    farmer_fen: Mapped[int]
    county_paid_fen: Mapped[int]
    first_paid_on: Mapped[date | None]  # by the county, of whatever year
    province_since: Mapped[int | None]  # 往年奖补
    city_since: Mapped[int | None]
    received_on: Mapped[date | None]
    city_rate_e4: Mapped[int | None]
    farmer_share_fen: Mapped[int]
    province_fen: Mapped[int]
    city_demand_fen: Mapped[int]
    city_fen: Mapped[int]
    central_want_fen: Mapped[int]  # what its class gives by itself, before the sum for the year or the county's part
    coefficient_e4: Mapped[int | None]  # 0.0001; of classes 2 and 3
    central_fen: Mapped[int]
    county_net_fen: Mapped[int]
    first_of_object: Mapped[str | None]  # the product that gets the object's support in its place
    late_count: Mapped[int]
    late_fen: Mapped[int]
    loss_premium_fen: Mapped[int | None]  # of both years
    loss_claims_fen: Mapped[int | None]
    loss_e4: Mapped[int | None]
    loss_low: Mapped[int | None]
    reasons: Mapped[str]
    __table_args__ = (
        *(not_negative(f"{name}_fen") for name in (
            "farmer_share", "province", "city_demand", "city", "central", "county_net",
        )),
        CheckConstraint("city_fen <= city_demand_fen", name="city_within_demand"),
        CheckConstraint(
            "county_net_fen + province_fen + city_fen + central_fen = "
            "CASE WHEN class_no = 3 THEN county_paid_fen ELSE premium_fen - farmer_share_fen END",
            name="adds_up",
        ),
        Index("ix_farm_insurance_lines_product", "product_fact_id"),
    )  # fmt: skip


FACTS = (
    CatalogueFact, ProductFact, FilingFact, PriorSupportFact, InsuranceFact, CountyPaymentFact, ApplicationFact, VetoFact,
    ShareFact, CoefficientFact,
)  # fmt: skip
ALL = (FarmLine, *FACTS)
