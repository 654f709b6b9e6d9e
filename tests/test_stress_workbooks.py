"""The harness of writings in short, and that it finds the worst faults once their repair is taken out."""

from pathlib import Path

import pytest

from ledger.workbooks import cell_values, cells, sheet_cells, texts, workbook
from ledger.workbooks.number_formats import GENERAL
from ledger.workbooks.packages import Package
from stress.workbooks import search, wrong_with
from stress.writings import FREEDOMS, TRAPS
from stress.xml_writings import Writing


@pytest.mark.parametrize("freedom", [*FREEDOMS, "nothing"])
def test_each_freedom_by_itself(freedom: str, tmp_path: Path) -> None:
    assert wrong_with(Writing(frozenset({freedom}), 1), tmp_path) == ""


@pytest.mark.parametrize("trap", TRAPS)
def test_what_cannot_be_resolved_is_refused_in_one_line(trap: str, tmp_path: Path) -> None:
    assert wrong_with(Writing(frozenset(), 1, trap), tmp_path) == ""


def test_all_freedoms_together(tmp_path: Path) -> None:
    for seed in range(3):
        assert wrong_with(Writing(frozenset(FREEDOMS), seed), tmp_path) == ""


def test_random_writings_bring_the_same_rows() -> None:
    assert search(15, seed=11) is None


def test_the_parser_alone_brings_the_same_rows(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sheet_cells, "cut_plain_rows", lambda *_: None)
    for seed in range(3):
        assert wrong_with(Writing(frozenset(FREEDOMS[seed::3]), seed), tmp_path) == ""


def lost_percent(monkeypatch: pytest.MonkeyPatch) -> None:
    """Styles are looked for under their usual name alone, and done without where that is not there."""
    resolved = workbook.cell_formats
    usual = "xl/styles.xml"
    monkeypatch.setattr(
        workbook, "cell_formats", lambda each: resolved(each) if usual in each.names else (GENERAL,) * 99
    )


def usual_workbook(monkeypatch: pytest.MonkeyPatch) -> None:
    """The workbook is looked for under its usual name, whatever the root says."""

    def found(package: Package) -> str:
        usual = "xl/workbook.xml"
        return usual if package.has(usual) else next(each.part for each in package.relations() if each.part)

    monkeypatch.setattr(Package, "workbook", property(found))


def nothing_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    """Characters that nobody sees are kept."""
    for module in (cell_values, cells, texts, workbook):
        monkeypatch.setattr(module, "visible", lambda text: text)


@pytest.mark.parametrize("fault", [lost_percent, usual_workbook, nothing_dropped])
def test_the_worst_faults_are_found_once_their_repair_is_taken_out(fault, monkeypatch: pytest.MonkeyPatch) -> None:
    fault(monkeypatch)
    problem = search(60, seed=3, smallest=False)
    assert problem is not None
    assert problem.said
