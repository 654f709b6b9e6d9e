"""Letters to enterprises of each document, and the kept templates of every letter: what they say and how they are laid out."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docx
import pytest

import worlds
from ledger.database import db
from ledger.money import wan_words
from ledger.programmes import PROGRAMMES
from ledger.programmes.chokepoint import law as review_law
from ledger.programmes.export_credit import law as credit_law
from ledger.runs import settlement
from reports import programmes
from reports.chokepoint import letters as review_letters
from reports.export_credit import letters as credit_letters
from reports.farm_insurance import official_templates
from reports.parties import letter_template
from reports.report import Export
from reports.runs import run_lines
from reports.tech_branch import letter_templates
from reports.writing import official_letter
from sheets import write_sheets
from tiexi import cli

pytestmark = pytest.mark.sqlite_only
TRIALS = {"chokepoint": "review", "export_credit": "credit", "farm_insurance": "farm"}
KEPT = {
    letter_template.PATH.parent: letter_template.TEMPLATES,
    letter_templates.FOLDER: letter_templates.TEMPLATES,
    official_templates.FOLDER: official_templates.TEMPLATES,
}
TEMPLATES = [(folder / f"{name}.docx", parts) for folder, of in KEPT.items() for name, parts in of.items()]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A year of each of the documents, each in a database of its own."""
    made = tmp_path_factory.mktemp("告知")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TIEXI_SOLO", "1")
        for key, trial in TRIALS.items():
            database = ["--database", f"sqlite:///{made / key}.db"]
            write_sheets(made / f"{key}.xlsx", worlds.random_world(7, 40, 2023, key))
            for command in (["init"], ["import", str(made / f"{key}.xlsx")], [trial, "2023"]):
                assert cli.run([*database, *command]) == 0
    yield made


def export(folder: Path, key: str, *arguments: str, code: int = 0) -> None:
    asked = ["--database", f"sqlite:///{folder / key}.db", "export", *arguments, "--programme", PROGRAMMES[key].name]
    assert cli.run(asked) == code


def words(path: Path) -> str:
    document = docx.Document(str(path))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(one.text for one in document.paragraphs), *cells])


def lines_of(folder: Path, key: str) -> list[tuple[run_lines.Lines, dict[str, Any]]]:
    """Every line of the year's run."""
    engine = db.open_engine(f"sqlite:///{folder / key}.db")
    with db.reading(engine) as connection:
        run = settlement.choose_run(connection, key, 2023)
        found = [
            (lines, row) for lines in run_lines.of_programme(key) for row in run_lines.read(connection, lines, run.id)
        ]
    engine.dispose()
    return found


# --- what they say ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("key", "kinds"), [("chokepoint", ("保单", "研发补助")), ("export_credit", ("保费",))])
def test_every_enterprise_is_told_of_each_of_its_lines_and_of_no_others(
    folder: Path, key: str, kinds: tuple[str, ...]
) -> None:
    export(folder, key, "letter", "2023", "--all", "-o", str(folder / f"{key}-信"))
    texts = {path.name.split("-")[1]: words(path) for path in (folder / f"{key}-信").iterdir()}
    known = [(lines, row) for lines, row in lines_of(folder, key) if lines.name in kinds]
    assert set(texts) == {row["uscc"] for _, row in known}
    for lines, row in known:
        text, (given,) = texts[row["uscc"]], lines.gives
        for name in lines.identity:
            assert str(row[name]) in text
        if row["reasons"]:
            assert "原因如下" in text and all(f"，{code}）" in text for code in row["reasons"].split(";"))
        else:
            assert wan_words(row[given]) in text
    for code, text in texts.items():
        assert set(re.findall("[0-9A-Z]{18}", text)) == {code}  # nobody else's
        assert "尚未审核通过" in text and "提出异议" in text and "{" not in text


def test_who_has_no_line_gets_no_letter(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for key in ("chokepoint", "export_credit"):
        export(folder, key, "letter", "2023", "--uscc", "91371000MA3TX0001D", "-o", str(folder / "x.docx"), code=1)
        assert "没有企业 91371000MA3TX0001D" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("cures", "conditions"),
    [
        (review_letters.CURES, (*review_law.POLICY_CONDITIONS, *review_law.GRANT_CONDITIONS)),
        (credit_letters.CURES, credit_law.CONDITIONS),
    ],
)
def test_every_code_has_a_cure_for_the_enterprise(cures: Any, conditions: Any) -> None:
    assert {one.code for one in conditions} == set(cures)


def test_a_county_applies_for_what_its_lines_come_to(folder: Path) -> None:
    rows = [row for _, row in lines_of(folder, "farm_insurance")]
    moneys = ("province_fen", "city_fen", "central_fen")
    for county in sorted({row["county"] for row in rows}):
        own = [row for row in rows if row["county"] == county]
        path = folder / f"{county}.docx"
        export(folder, "farm_insurance", "cover", "2023", "--county", county, "-o", str(path))
        text = words(path)
        assert f"共 {len(own)} 个险种" in text and county in text and "{" not in text
        assert wan_words(sum(row["county_paid_fen"] for row in own)) in text
        if any(row[name] for row in own for name in moneys):
            for name in moneys:
                assert wan_words(sum(row[name] for row in own)) in text
    export(folder, "farm_insurance", "cover", "2023", "--county", "市外", "-o", str(folder / "x.docx"), code=1)


def test_the_city_proposes_what_the_run_gives(folder: Path) -> None:
    rows = [row for _, row in lines_of(folder, "farm_insurance")]
    path = folder / "意见.docx"
    export(folder, "farm_insurance", "proposal", "2023", "-o", str(path))
    (table,) = docx.Document(str(path)).tables
    cells = [[cell.text for cell in row.cells] for row in table.rows]
    counties = list(dict.fromkeys(row["county"] for row in rows))
    assert [row[0] for row in cells[1:]] == [*counties, "合计"]
    assert cells[-1][1] == str(len(rows))
    assert f"{wan_words(sum(row['province_fen'] for row in rows))}" in words(path)


# --- templates --------------------------------------------------------------------------------------------------------


def test_every_kept_template_is_what_the_parts_make() -> None:
    for path, parts in TEMPLATES:
        assert path.read_bytes() == official_letter.made(parts), f"{path}: run the module that keeps it"
    assert {path for folder in KEPT for path in folder.glob("*.docx")} == {path for path, _ in TEMPLATES}


def test_no_signature_stands_on_a_page_of_its_own() -> None:
    """What stands before it goes with it to the next page, from the last words of the letter on."""
    for path, _ in TEMPLATES:
        paragraphs = docx.Document(str(path)).paragraphs
        signed = next(place for place, one in enumerate(paragraphs) if "{{ 落款 }}" in one.text)
        before = [place for place, one in enumerate(paragraphs[:signed]) if one.text and "%p" not in one.text]
        assert all(one.paragraph_format.keep_with_next for one in paragraphs[before[-1] : signed]), path


def fills() -> list[tuple[str, str, Export]]:
    """Every export that fills a template: its name, its document, itself."""
    return [
        (name, key, one) for name, of in programmes.exports_by_name().items() for key, one in of.items() if one.template
    ]


@pytest.mark.parametrize(("name", "key", "export"), fills(), ids=lambda value: value if isinstance(value, str) else "")
def test_the_kept_template_of_each_is_given_out(tmp_path: Path, name: str, key: str, export: Export) -> None:
    path = tmp_path / "底稿.docx"
    assert cli.run(["template", "--of", name, "--programme", PROGRAMMES[key].name, str(path)]) == 0
    assert path.read_bytes() == programmes.kept_template(export)
    assert any(option.name == "template" for option in export.options)


def test_a_template_is_asked_for_by_what_there_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli.run(["template", "--of", "letter"]) == 0
    assert (tmp_path / "告知书底稿.docx").is_file()
    for wrong in (
        ["--of", "annex1"], ["--of", "letter", "底稿.xlsx"], ["--programme", "拨投贷保"],
        ["--of", "application", "--programme", "拨投贷保"],
    ):  # fmt: skip
        assert cli.run(["template", *wrong]) == 2
    assert [path.name for path in tmp_path.iterdir()] == ["告知书底稿.docx"]
