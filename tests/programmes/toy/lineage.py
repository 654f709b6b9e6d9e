"""Which lines rest on which rows."""

from sqlalchemy import Connection

from ledger.runs.settlement import RunRecord
from reports.lineage import rules
from reports.lineage.rules import Line, RunLines
from toy.lines import read


def of_rows(run: RunRecord, rows: list[dict[str, object]]) -> RunLines:
    """Lines that have been read."""
    return RunLines(rules.Scope(run), [_line(row) for row in rows])


def run_lines(connection: Connection, run: RunRecord) -> RunLines:
    """The lines of a run."""
    return of_rows(run, read(connection, run.id))


def _line(row: dict[str, object]) -> Line:
    return Line(
        counted=not row["reasons"],
        codes=str(row["reasons"]),
        where=f"设备补贴明细第 {row['line_no']} 笔",
        who=f"设备 {row['device_no']}",
        amounts={"device": int(str(row["subsidy_fen"]))},
        row=row,
    )


RULES = {
    "企业": rules.named("enterprise_fact_id", lambda fact, known: "企业本年度没有设备"),
    "样例设备": rules.named("device_fact_id", lambda fact, known: "购置日不在本年度"),
}
LINEAGE = rules.Lineage(
    RULES, frozenset(RULES), run_lines, lambda connection, known, loan_ids: {}, lambda connection, known: []
)
