"""Edits planted into an exported form: each is found, where it is, with the ledger and (where it can be) without it."""

from pathlib import Path

import pytest

from planted import edits
from planted_parts import Edit
from reports.received.verify import verify
from returned import City

EDITS = edits()


def test_there_are_two_hundred_of_them() -> None:
    assert len(EDITS) >= 200 and len({edit.name for edit in EDITS}) == len(EDITS)


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit.name)
def test_an_edit_is_found(city: City, tmp_path: Path, edit: Edit) -> None:
    path = edit.make(city.paths["annex1"], tmp_path / "改.xlsx")
    outcome = city.check(path, "annex1")
    assert not outcome.same
    places = [(each.sheet, each.cell) for each in outcome.differences]
    assert (edit.sheet, edit.cell) in places or (not edit.cell and edit.sheet in {sheet for sheet, _ in places}), places
    if edit.offline:
        assert verify(path).findings
