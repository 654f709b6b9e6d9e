"""The lines of a run as they were stored: read once here, for the CSV, the annexes and the explanations alike."""

from collections.abc import Iterator, Sequence
from typing import Any, TypeVarTuple

from sqlalchemy import ColumnElement, Connection, Select, select

from ledger import models
from ledger.facts.of_lines import with_loans_and_enterprises
from ledger.programmes.tech_branch import tables
from reports.bank_names import named
from reports.report import LineColumn
from reports.runs.run_lines import Lines
from reports.writing.csv_files import columns_csv

Ts = TypeVarTuple("Ts")

line, loan_fact, loan = tables.TechBranchLine, models.LoanFact, models.Loan
bank, enterprise_fact, enterprise = models.Bank, models.EnterpriseFact, models.Enterprise


def _fen(name: str, header: str) -> LineColumn:
    return LineColumn(f"{name}_fen", header, "fen", getattr(line, f"{name}_fen"))


COLUMNS: tuple[LineColumn, ...] = (
    LineColumn("run", "运行号", "count", line.run_id),
    LineColumn("year", "年度", "count", models.Run.year),
    LineColumn("county", "区市", "text", enterprise_fact.county),
    LineColumn("bank", "银行名称", "text", bank.name.label("bank")),
    LineColumn("uscc", "统一社会信用代码", "text", enterprise.uscc),
    LineColumn("enterprise", "企业名称", "text", enterprise_fact.name.label("enterprise")),
    LineColumn("note_no", "借据编号", "text", loan.note_no),
    LineColumn("amount_fen", "贷款金额", "fen", loan_fact.amount_fen),
    LineColumn("disbursed_on", "发放日", "date", loan_fact.disbursed_on),
    LineColumn("due_on", "到期日", "date", line.due_on),
    LineColumn("rate_percent", "年利率(%)", "percent", loan_fact.rate_e4),
    LineColumn("guarantee", "担保方式", "text", loan_fact.guarantee),
    LineColumn("lpr_percent", "LPR(%)", "percent", line.lpr_e4, optional=True),
    LineColumn("years_enjoyed", "已享受政策年限", "count", line.years_enjoyed),
    _fen("balance", "年末余额"),
    LineColumn("months", "贴息月数", "count", line.months),
    _fen("interest_base", "贴息基数"),
    _fen("interest_demand", "贴息需求"),
    _fen("interest", "贴息金额"),
    _fen("interest_city", "贴息市级"),
    _fen("interest_county", "贴息县级"),
    _fen("bonus_base", "奖补基数"),
    LineColumn("bonus_rate_percent", "奖补比例(%)", "percent", line.bonus_rate_e4),
    _fen("bonus_demand", "奖补需求"),
    _fen("bonus", "奖补金额"),
    _fen("bonus_city", "奖补市级"),
    _fen("bonus_county", "奖补县级"),
    LineColumn("reasons", "不符合原因", "text", line.reasons),
)
PLACE: dict[str, int] = {column.name: place for place, column in enumerate(COLUMNS)}


def joined(query: Select[*Ts]) -> Select[*Ts]:
    """The query over lines with the loan, bank, enterprise and run that each speaks of."""
    return with_loans_and_enterprises(query, line).join_from(line, models.Run, models.Run.id == line.run_id)


def read_lines(
    connection: Connection,
    run_id: int,
    *conditions: ColumnElement[bool],
    printed: bool = False,
    numbered: bool = False,
) -> Iterator[Sequence[Any]]:
    """The lines of a run in line order, as rows of COLUMNS. printed: banks as papers call them, not as machines do. numbered: with
    the line's number behind them."""
    number = [line.line_no] if numbered else []
    query = joined(select(*(column.source for column in COLUMNS), *number)).where(line.run_id == run_id, *conditions)
    rows = connection.execute(query.order_by(line.line_no), execution_options={"yield_per": 5_000})
    yield from named(connection, run_id, COLUMNS, rows, printed)


LINES = Lines(
    line,
    COLUMNS,
    (),
    (),
    joined,
    "贷款",
    ("bank", "note_no"),
    ("interest_fen", "bonus_fen"),
    listed="lines",
    shown=(
        "county", "bank", "enterprise", "note_no", "amount_fen", "disbursed_on", "due_on", "rate_percent", "balance_fen",
        "months", "interest_fen", "bonus_fen", "reasons",
    ),
)  # fmt: skip


def lines_csv(connection: Connection, run_id: int) -> Iterator[str]:
    """Every judged loan of a run, for machines."""
    return columns_csv(COLUMNS, read_lines(connection, run_id))
