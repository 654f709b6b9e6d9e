"""The demonstration's budget forecast, evaluation and charts, of the last year that it settled."""

from pathlib import Path

from sqlalchemy import Engine

from ledger.database import db
from ledger.errors import EnvironmentFailed
from ledger.runs.settlement import RunRecord, read_run
from reports.tech_branch import budget, charts, performance
from tiexi.terminal import printing


def run(engine: Engine, folder: Path, last: RunRecord) -> None:
    """Writes them; without the libraries that draw, says how to get them and goes on."""
    with db.reading(engine) as connection, printing.progress("正在写出预算测算、绩效指标和图 …"):
        settled = read_run(connection, last.id)
        budget.write(connection, last.year + 1, folder / f"预算测算-{last.year + 1}.xlsx")
        performance.write(connection, settled, folder / f"绩效指标-{last.year}.xlsx")
        try:
            charts.write(connection, settled, folder / "图")
        except EnvironmentFailed as missing:
            printing.say(f"没有画图：{missing}\n")
