"""The figures that somebody signs: a county its own, the city all; they are those of the run."""

from pathlib import Path

import pytest

import lives
from ledger import money
from ledger.database import db
from ledger.runs.settlement import read_run
from reports.programmes import REPORTS

pytestmark = pytest.mark.sqlite_only


def test_a_county_signs_its_own_figures_and_the_city_approves_all(tmp_path: Path) -> None:
    engine = lives.at_stage(tmp_path, "trial")
    with db.reading(engine) as connection:
        run = read_run(connection, 1)
    signed = REPORTS["tech_branch"].signed
    for part in run.summary["counties"]:
        said = signed(run, part["county"])
        assert said.startswith(f"{part['county']} {part['loans']} 笔贷款，{part['paid_loans']} 笔有补助")
        for name in ("balance", "interest", "interest_city", "interest_county", "bonus"):
            assert money.wan_text(part[f"{name}_fen"]) in said
        assert "追缴" not in said
    whole = signed(run)
    assert whole.startswith(f"全市 {run.summary['loans']} 笔贷款") and "追缴 0.00" in whole
    assert f"贴息 {money.wan_text(run.summary['interest_fen'])}（" in whole
    assert signed(run, "南海新区") == "南海新区没有贷款"
