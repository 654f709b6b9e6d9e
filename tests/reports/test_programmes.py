"""The register of reports: what each document declares is there, is named once, and costs nothing until it is asked for."""

import subprocess
import sys

import pytest

from ledger.intake.sheets import BY_NAME
from ledger.lazy import load
from ledger.programmes import PROGRAMMES
from reports import programmes
from reports.programmes import REPORTS

HEAVY = {"altair", "vl_convert", "numpy", "pandas", "sqlalchemy", "xlsxwriter", "openpyxl", "cn2an", "click"}
LOOKED_AT = "list(p.exports()), list(p.trials()), p.subjects(), p.line_sheets(), p.given(), p.claimed()"


def test_what_is_declared_loads_nothing_until_it_is_asked_for() -> None:
    source = f"import sys, reports.programmes as p; {LOOKED_AT}; print(*set(sys.modules) & {HEAVY})"
    found = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=True)
    assert found.stdout.split() == []


def test_every_programme_has_its_reports() -> None:
    assert list(REPORTS) == list(PROGRAMMES)


@pytest.mark.parametrize("key", REPORTS)
def test_what_a_document_declares_is_there(key: str) -> None:
    contents = REPORTS[key]
    assert contents.trial.command == PROGRAMMES[key].command
    named = [export.write for export in contents.exports] + [subject.explain for subject in contents.subjects]
    named += [subject.own for subject in contents.subjects if subject.own]
    named += [name for name in (contents.totals_named, contents.check_list_named) if name]
    assert all(callable(load(name)) for name in named)
    assert {kind.programme for kind in contents.kinds} <= {key}
    assert list(contents.lineage.rules) == [sheet for sheet in BY_NAME if sheet in contents.lineage.rules]
    assert set(contents.line_sheets) <= set(contents.lineage.named) <= set(contents.lineage.rules) <= set(BY_NAME)
    assert bool(contents.check_list_named) == (PROGRAMMES[key].spot_check is not None)


@pytest.mark.parametrize("key", REPORTS)
def test_the_lines_of_a_document_can_be_found_compared_and_summed(key: str) -> None:
    """What is general knows them by these columns, whatever the document."""
    kinds = REPORTS[key].lines
    assert len({lines.name for lines in kinds}) == len(kinds) > 0
    for lines in kinds:
        assert lines.number is not None and set(lines.identity) <= set(lines.by_name)
        assert {"run", "year", "county"} < set(lines.by_name)
        assert lines.gives and all(lines.by_name[name].kind == "fen" for name in lines.gives)
        assert lines.claims or "reasons" in lines.by_name


@pytest.mark.parametrize("key", REPORTS)
def test_a_condition_bars_what_its_document_gives(key: str) -> None:
    gives = set(REPORTS[key].gives)
    assert all(set(condition.bars) <= gives for condition in PROGRAMMES[key].conditions)
    assert all(condition.meaning.endswith("。") for condition in PROGRAMMES[key].conditions)
    assert all(condition.cure.endswith("。") for condition in PROGRAMMES[key].conditions)


def test_no_two_exports_of_a_document_have_one_name() -> None:
    names = [(key, export.name) for key, export in programmes.exports()]
    assert len(names) == len(set(names))
    assert all(len(known) == 1 or "" not in known for known in programmes.exports_by_name().values())
