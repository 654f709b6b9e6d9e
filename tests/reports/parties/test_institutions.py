"""Insurers and investors: found by any part of a name, and all that is on file of one, whatever the document."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest

import worlds
from sheets import write_sheets
from tiexi import cli

pytestmark = pytest.mark.sqlite_only
TRIALS = {"chokepoint": "review", "farm_insurance": "farm", "export_credit": "credit"}
Run = Callable[..., tuple[int, str]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A year of each of the three documents that know insurers, each in a database of its own."""
    made = tmp_path_factory.mktemp("机构")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TIEXI_SOLO", "1")
        for key, trial in TRIALS.items():
            database = ["--database", f"sqlite:///{made / key}.db"]
            write_sheets(made / f"{key}.xlsx", worlds.random_world(7, 40, 2023, key))
            for command in (["init"], ["import", str(made / f"{key}.xlsx")], [trial, "2023"]):
                assert cli.run([*database, *command]) == 0
    yield made


@pytest.fixture
def tiexi(folder: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    def run(key: str, *arguments: str) -> tuple[int, str]:
        code = cli.run(["--database", f"sqlite:///{folder / key}.db", *arguments])
        said = capsys.readouterr()
        return code, said.out + said.err

    return run


def lines_of(tiexi: Run, folder: Path, key: str, export: str) -> list[dict[str, str]]:
    """The judged lines as other programs read them."""
    import csv

    path = folder / f"{key}.csv"
    assert tiexi(key, "export", export, "2023", "-o", str(path))[0] == 0
    with path.open(encoding="utf-8-sig", newline="") as text:
        return list(csv.DictReader(text))


@pytest.mark.parametrize(
    ("key", "export", "column", "gives"),
    [
        ("chokepoint", "premiums", "insurer", ("subsidy_fen",)),
        ("farm_insurance", "farm", "insurers", ("province_fen", "city_fen", "central_fen")),
        ("export_credit", "credit", "insurer", ("subsidy_fen",)),
    ],
)
def test_each_insurer_is_found_with_just_its_lines(
    tiexi: Run, folder: Path, key: str, export: str, column: str, gives: tuple[str, ...]
) -> None:
    rows = lines_of(tiexi, folder, key, export)
    insurers = sorted({name for row in rows for name in row[column].split("、")})
    assert len(insurers) > 1
    if column == "insurers":
        assert any("、" in row[column] for row in rows)  # else the case of several says nothing
    for name in insurers:
        own = [row for row in rows if name in row[column].split("、")]
        code, said = tiexi(key, "find", name, "--json")
        found = next(one for one in json.loads(said)["insurers"] if one["name"] == name)
        (brought,) = [one for one in found["years"] if not one["claims"]]
        assert code == 0 and "loans" not in found
        assert brought["lines"] == len(own)
        assert brought["given"] == {one: sum(int(row[one]) for row in own) for one in gives}
        assert sum(brought["stopped"].values()) == sum(len(row["reasons"].split(";")) for row in own if row["reasons"])


def test_an_insurers_statement_has_its_lines_and_its_rows_on_file(tiexi: Run, folder: Path) -> None:
    for key, export, column in (("chokepoint", "premiums", "insurer"), ("farm_insurance", "farm", "insurers")):
        rows = lines_of(tiexi, folder, key, export)
        name = rows[0][column].split("、")[0]
        own = [row for row in rows if name in row[column].split("、")]
        path = folder / f"{key}-对账单.xlsx"
        code, said = tiexi(key, "statement", "--insurer", name, "-o", str(path))
        assert code == 0 and f"审核结果 {len(own)} 行" in said
        book: Any = openpyxl.load_workbook(path)
        assert book.sheetnames == ["各年度", "审核结果", "在库资料", "数据", "说明"]
        years = [row for row in book["各年度"].iter_rows(min_row=5, values_only=True) if row[0] == 2023]
        assert years[0][4] == len(own)
        kept = {row[0] for row in book["在库资料"].iter_rows(min_row=5, values_only=True)}
        assert kept & {"保单", "特色承保"}


def test_an_investor_is_found_and_has_a_statement(tiexi: Run, folder: Path) -> None:
    found = json.loads(tiexi("chokepoint", "find", "投", "--json")[1])["investors"]
    assert found
    for one in found:
        path = folder / "投资机构.xlsx"
        code, said = tiexi("chokepoint", "statement", "--investor", one["name"], "-o", str(path))
        assert code == 0, said
        assert f"审核结果 {sum(year['lines'] for year in one['years'])} 行" in said


def test_who_is_not_on_file_is_refused_and_one_is_asked_for_at_a_time(tiexi: Run, tmp_path: Path) -> None:
    out = ["-o", str(tmp_path / "x.xlsx")]
    code, said = tiexi("chokepoint", "statement", "--insurer", "无此保险", *out)
    assert code == 1 and "没有保险机构「无此保险」" in said
    code, said = tiexi("chokepoint", "statement", "--investor", "无此投资", *out)
    assert code == 1 and "没有投资机构「无此投资」" in said
    assert tiexi("chokepoint", "statement", "--insurer", "甲", "--bank", "乙", *out)[0] == 2
    assert not (tmp_path / "x.xlsx").exists()
