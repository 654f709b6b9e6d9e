"""Who and what facts speak of (anchors), each with its natural key."""

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text

from ledger.models.base import Base, Id, Mapped, mapped_column


class Anchor:
    """Who or what facts speak of: added when a file first names it, and never changed."""

    GUARD, SEALED = "row", "file"


class Enterprise(Anchor, Base):
    """An enterprise, by its 统一社会信用代码."""

    __tablename__ = "enterprises"
    WORDS, KNOWN_BY = "企业登记", ("uscc",)
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    uscc: Mapped[str] = mapped_column(unique=True)
    __table_args__ = (CheckConstraint("length(uscc) = 18", name="uscc_length"),)


class Bank(Anchor, Base):
    """A bank, by its name."""

    __tablename__ = "banks"
    WORDS, KNOWN_BY = "银行登记", ("name",)
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    __table_args__ = (CheckConstraint("length(name) > 0", name="name_given"),)


class Project(Anchor, Base):
    """A project of the library, by its number."""

    __tablename__ = "projects"
    WORDS, KNOWN_BY = "项目登记", ("project_no",)
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    project_no: Mapped[str] = mapped_column(unique=True)
    __table_args__ = (CheckConstraint("length(project_no) > 0", name="project_no_given"),)


class InsuranceProduct(Anchor, Base):
    """An insurance product (险种), by its number."""

    __tablename__ = "insurance_products"
    WORDS, KNOWN_BY = "险种登记", ("product_no",)
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    product_no: Mapped[str] = mapped_column(unique=True)
    __table_args__ = (CheckConstraint("length(product_no) > 0", name="product_no_given"),)


# How a number of Latin letters, digits, hyphens and blanks is spelt without case, hyphens and blanks; and what holds of every
# number with anything else. A database takes an index over what is computed only where a statement computes just the same.
PLAIN_NOTE = "upper(replace(replace(note_no, '-', ''), ' ', ''))"
OTHER_NOTE = {"sqlite": "note_no GLOB '*[^-A-Za-z0-9 ]*'", "postgresql": "note_no ~ '[^-A-Za-z0-9 ]'"}


class Loan(Anchor, Base):
    """A loan, by its bank and note number."""

    __tablename__ = "loans"
    WORDS = "借据登记"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    bank_id: Mapped[int] = mapped_column(ForeignKey("banks.id"))
    note_no: Mapped[str]
    __table_args__ = (
        UniqueConstraint("bank_id", "note_no"),
        Index("ix_loans_spelling", "bank_id", text(PLAIN_NOTE)),
        Index(
            "ix_loans_other_spelling",
            "bank_id",
            sqlite_where=text(OTHER_NOTE["sqlite"]),
            postgresql_where=text(OTHER_NOTE["postgresql"]),
        ),
        CheckConstraint("length(note_no) > 0", name="note_no_given"),
    )
