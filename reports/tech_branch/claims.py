"""The claims of a run (追缴) as they were stored: read once here, for the CSV and the tests alike."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, Select, and_, select

from ledger import models
from ledger.facts.of_lines import with_loans_and_enterprises
from ledger.models.base import aliased
from ledger.programmes.tech_branch import tables
from reports.bank_names import named
from reports.report import LineColumn
from reports.runs.run_lines import Lines
from reports.tech_branch.lines import LINES, bank, enterprise, enterprise_fact, line, loan
from reports.writing.csv_files import columns_csv

claim = tables.TechBranchClaim
run, paid_run = models.Run, aliased(models.Run)


def _fen(name: str, header: str) -> LineColumn:
    return LineColumn(f"{name}_fen", header, "fen", getattr(claim, f"{name}_fen"))


COLUMNS: tuple[LineColumn, ...] = (
    LineColumn("run", "运行号", "count", claim.run_id),
    LineColumn("year", "年度", "count", run.year.label("year")),
    LineColumn("paid_year", "支付年度", "count", paid_run.year.label("paid_year")),
    LineColumn("county", "区市", "text", enterprise_fact.county),
    LineColumn("bank", "银行名称", "text", bank.name.label("bank")),
    LineColumn("uscc", "统一社会信用代码", "text", enterprise.uscc),
    LineColumn("note_no", "借据编号", "text", loan.note_no),
    LineColumn("code", "代码", "text", claim.code),
    _fen("interest", "追缴贴息"),
    _fen("interest_city", "追缴贴息市级"),
    _fen("interest_county", "追缴贴息县级"),
    _fen("bonus", "追缴奖补"),
    _fen("bonus_city", "追缴奖补市级"),
    _fen("bonus_county", "追缴奖补县级"),
)


def _joined(query: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    """The query over claims; county, bank and enterprise are those of the line that paid."""
    paid_by = and_(line.run_id == claim.paid_run_id, line.line_no == claim.paid_line_no)
    return (
        with_loans_and_enterprises(query.join_from(claim, line, paid_by), line)
        .join_from(claim, run, run.id == claim.run_id)
        .join_from(claim, paid_run, paid_run.id == claim.paid_run_id)
    )


CLAIMS = Lines(
    claim,
    COLUMNS,
    (LineColumn("enterprise", "企业名称", "text", enterprise_fact.name),),
    (),
    _joined,
    "追缴",
    ("paid_year", "bank", "note_no"),
    ("interest_fen", "bonus_fen"),
    claims=True,
    listed="claims",
    shown=("paid_year", "county", "bank", "note_no", "uscc", "code", "interest_fen", "bonus_fen"),
)
ALL = (LINES, CLAIMS)


def read_claims(connection: Connection, run_id: int) -> Iterator[Sequence[Any]]:
    """The claims of a run in their order, as rows of COLUMNS."""
    query = _joined(select(*(column.source for column in COLUMNS))).where(claim.run_id == run_id)
    rows = connection.execute(query.order_by(claim.claim_no), execution_options={"yield_per": 5_000})
    yield from named(connection, run_id, COLUMNS, rows)


def claims_csv(connection: Connection, run_id: int) -> Iterator[str]:
    """Every claim of a run, for machines."""
    return columns_csv(COLUMNS, read_claims(connection, run_id))
