"""A year judged again as it was known: in parts and after later changes it comes out as it was approved."""

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

import worlds
from databases import set_up
from ledger import lifecycle
from ledger.audit import replay
from ledger.audit.audit import audit
from ledger.database import db
from ledger.facts.partitions import Partition, looked_up
from ledger.intake.importer import import_file
from ledger.programmes import PROGRAMMES
from ledger.runs import settlement
from ledger.seals import content as sealed
from sheets import write_sheets


@pytest.mark.parametrize("rows", ["1000000", "20"])
def test_what_was_amended_later_is_judged_as_it_was(
    tmp_path: Path, database: str, rows: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Loans and repayments amended after the approval: the audit finds nothing, however many parts the year is cut into, and
    tells the tables in which something was retired since from the others."""
    monkeypatch.setenv("TIEXI_PART_ROWS", rows)
    sheets = worlds.random_world(3, 80, 2024)
    engine = set_up(
        tmp_path, {name: found for name, found in sheets.items() if name not in ("撤销", "上传豁免")}, database
    )
    run = settlement.settle(engine, PROGRAMMES["tech_branch"], 2023, date(2024, 1, 31), "测试")
    lifecycle.approve(engine, run.id, "审核人", "样例文号", solo=True)
    changed = {
        "贷款": [{**row, "合同编号": "HT-更正"} for row in sheets["贷款"][::3]],
        "还款": [{**row, "资料上传日": date(2025, 1, 20)} for row in sheets["还款"][::2]],
    }
    outcome = import_file(engine, write_sheets(tmp_path / "更正.xlsx", changed), "测试", "漏报")
    assert not outcome.refused and min(outcome.taken[name].amended for name in changed) > 5
    report = audit(engine)
    assert not report.problems and report.runs == 1
    with db.reading(engine) as connection:
        content = sealed.read(connection.execute(text("SELECT content FROM seals WHERE kind = 'approve'")).scalar_one())
        known = replay.known_at_approval(connection, settlement.read_run(connection, run.id), content)
        later = replay._retired_later(connection, known.change_id)
        assert {table.name for table in later} == {"loan_facts", "repayment_facts"}
        assert replay._retired_later(connection, known.change_id + 1) == set()
    with db.reading_with_views(engine) as connection:
        count = text("SELECT count(*) FROM loan_facts WHERE retired_by IS NULL AND contract_no = 'HT-更正'")
        part = Partition(1, 2)
        assert connection.execute(count).scalar_one() == len(changed["贷款"])
        with replay._as_known(connection, known):
            assert connection.execute(count).scalar_one() == 0
            with looked_up(connection, part):
                assert walks(connection) == ("off" if database == "postgresql" else None)
        with looked_up(connection, part):
            assert walks(connection) == ("on" if database == "postgresql" else None)
    engine.dispose()


def walks(connection: Connection) -> str | None:
    """Whether PostgreSQL may walk through whole tables; None on SQLite, which is not asked."""
    if connection.dialect.name == "sqlite":
        return None
    return str(connection.execute(text("SHOW enable_seqscan")).scalar_one())
