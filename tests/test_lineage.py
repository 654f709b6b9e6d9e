"""Lineage both ways: a file's rows name the claims that rest on them to the fen, and what a claim rests on is what it was."""

import csv
import io
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

import worlds
from conftest import set_up, write_sheets
from ledger import db, lifecycle, settlement
from ledger.intake.importer import import_file
from ledger.programmes import PROGRAMMES
from ledger.settlement import RunRecord
from product import claims_of
from reports import trace
from reports.trace import CLAIMED, NOT_USED, Trace
from samples import BANK, base, loan, repayment

PROGRAMME = PROGRAMMES["tech_branch"]
REVOCATION = {"银行名称": BANK, "借据编号": "A", "认定日": date(2024, 6, 1), "认定文号": "样例", "事由": "样例"}


def settle(engine: Engine, year: int) -> RunRecord:
    """A trial run as of the end of the January that follows."""
    return settlement.settle(engine, PROGRAMME, year, date(year + 1, 1, 31), "测试")


def approved(engine: Engine, year: int) -> RunRecord:
    return lifecycle.approve(engine, settle(engine, year).id, "审核人", "样例文号", solo=True)


def traced(engine: Engine, file: Path | str, run: RunRecord) -> Trace:
    """A file in one run."""
    with db.reading(engine) as connection:
        uploaded = trace.find_file(connection, str(file))
        return trace.trace(connection, trace.rows_of(connection, uploaded), run)


@pytest.fixture
def claimed(tmp_path: Path) -> Iterator[tuple[Engine, RunRecord, list[Path]]]:
    """A random city whose 2023 was paid: the run of 2024, which claims some of it back, and the files."""
    world = worlds.random_world(11, 150, 2023)
    engine = set_up(tmp_path, world)
    approved(engine, 2023)
    revoked = [row for row in world["贷款"] if row["业务品种"] == "科技支行贷款"][::7]
    rows = [{**REVOCATION, "银行名称": row["银行名称"], "借据编号": row["借据编号"]} for row in revoked]
    known = {(row["银行名称"], row["借据编号"]) for row in world.get("撤销", [])}
    later = write_sheets(
        tmp_path / "后来.xlsx", {"撤销": [row for row in rows if (row["银行名称"], row["借据编号"]) not in known]}
    )
    assert not import_file(engine, later, "测试").refused
    yield engine, settle(engine, 2024), [tmp_path / "报送.xlsx", later]
    engine.dispose()


def test_the_claims_of_the_loan_rows_are_the_claims_of_the_run(
    claimed: tuple[Engine, RunRecord, list[Path]],
) -> None:
    engine, run, (first, later) = claimed
    assert {row["code"] for row in claims_of(engine, run)} >= {"R_REVOKED", "R_TERM"}
    loans = traced(engine, first, run).sheets()["贷款"]
    of_loans = trace.claimed(claim for row in loans for claim in row.claims)
    whole = run.summary["claims"]
    assert of_loans == {"claims": whole["claims"], "interest": whole["interest_fen"], "bonus": whole["bonus_fen"]}
    # every revocation is claimed by its own row, every other claim by repayments
    revoked = trace.claimed(trace.claims_behind(traced(engine, later, run).sheets()["撤销"]))
    repaid = trace.claimed(trace.claims_behind(traced(engine, first, run).sheets()["还款"]))
    other = trace.claimed(trace.claims_behind(traced(engine, first, run).sheets().get("撤销", [])))
    assert of_loans == {name: revoked[name] + repaid[name] + other[name] for name in of_loans}


def test_a_claim_under_a_revocation_rests_on_the_revocation(
    engine: Engine, take: Callable[..., Any], tmp_path: Path
) -> None:
    take(base(loan("A", 到期日=date(2025, 7, 3))))
    approved(engine, 2023)
    take({"还款": [repayment("A", date(2024, 5, 6), 1000)], "撤销": [REVOCATION]})
    run = settle(engine, 2024)
    found = traced(engine, tmp_path / "报送2.xlsx", run)
    assert [(row.row.sheet.name, row.outcome, row.where) for row in found.rows] == [
        ("还款", NOT_USED, "贷款年末没有余额（2024-05-06 结清）"),
        ("撤销", CLAIMED, "追缴 1 条以此为依据，贴息 10.00 万元、奖补 6.00 万元"),
    ]
    loans = traced(engine, tmp_path / "报送1.xlsx", run).sheets()
    assert [row.outcome for row in loans["企业"]] == [CLAIMED]


def test_the_claimed_amounts_for_machines(engine: Engine, take: Callable[..., Any], tmp_path: Path) -> None:
    take(base(loan("A", 到期日=date(2025, 7, 3))))
    approved(engine, 2023)
    take({"还款": [repayment("A", date(2024, 4, 6), 400), repayment("A", date(2024, 5, 6), 600)]})
    run = settle(engine, 2024)
    for name, sheet, columns in (("报送1.xlsx", "贷款", ["10000000", "6000000"]), ("报送2.xlsx", "还款", ["", ""])):
        with db.reading(engine) as connection:
            uploaded = trace.find_file(connection, str(tmp_path / name))
        found = traced(engine, tmp_path / name, run)
        (part,) = (part for part in trace.as_dict(uploaded, [found])["runs"][0]["sheets"] if part["sheet"] == sheet)
        assert (part["claims"], part["claimed_interest_fen"], part["claimed_bonus_fen"]) == (1, 10**7, 6 * 10**6)
        text = "".join(trace.trace_csv(uploaded, [found]))
        rows = [row for row in csv.DictReader(io.StringIO(text)) if row["sheet"] == sheet]
        shown = [[row["claimed_interest_fen"], row["claimed_bonus_fen"]] for row in rows]
        assert shown == [columns] * part["rows"]
