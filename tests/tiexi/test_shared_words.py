"""What several documents call by one name: an export, and a thing that needs two options to be named."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from reports import programmes
from reports.report import Beside, Export, Option, Subject, Written
from tiexi.commands import explain
from tiexi.commands import export as exporting

POLICY = Subject("insurer", "公司", "保单", "保单", "例", "x:y")
VOUCHER = Subject("insurer", "机构", "凭证", "凭证", "例", "x:y", beside=Beside("country", "国家", "国家"))


def chosen(**given: str) -> Any:
    subjects = {subject.options: [subject] for subject in (POLICY, VOUCHER)}
    return explain._chosen(subjects, given)


def test_what_a_second_option_names_is_another_thing() -> None:
    assert chosen(insurer="甲") == ("insurer",)
    assert chosen(insurer="甲", country="乙国") == ("insurer", "country")
    assert explain._asked(VOUCHER, ["样例 甲", "乙 国"], " Ａ1 ") == ("样例甲", "A1", "乙国")


@pytest.mark.parametrize(
    ("given", "said"), [({"country": "乙国"}, "--country 要与 --insurer 一起写"), ({}, "应当写而且只写一个")]
)
def test_a_second_option_alone_names_nothing(given: dict[str, str], said: str) -> None:
    with pytest.raises(click.UsageError, match=said):
        chosen(**given)


def test_a_second_option_is_an_option_of_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    subjects = {subject.options: [("tech_branch", subject)] for subject in (POLICY, VOUCHER)}
    monkeypatch.setattr(programmes, "subjects", lambda: subjects)
    command = explain.explain_command()
    assert [one.name for one in command.params if one.name in ("insurer", "country")] == ["insurer", "country"]
    assert "凭证用 --insurer --country" in (command.help or "")


DAY = Option("first_day", "day", "日期", "首日")
NUMBER = Option("quarter", "number", "季度", "季度", "季度", range(1, 5), required=True)


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., tuple[int, str, list[Any]]]:
    """Runs an export that two documents have, and gives what was asked of which."""
    asked: list[Any] = []

    def write(connection: Any, key: str, export: Export, year: int, run_id: int | None, path: Path, **more: Any) -> Any:
        asked.append((key, year, more))
        return Written([(path, "样例")])

    monkeypatch.setattr(programmes, "write", write)
    monkeypatch.setattr(exporting.db, "reading", lambda engine: monkeypatch.context())
    monkeypatch.setattr(exporting.options, "engine", lambda context: None)
    of = {
        "tech_branch": Export("list", "名单", "名单。", "x:y", (DAY,)),
        "chokepoint": Export("list", "名单", "名单。", "x:y", (NUMBER,), (".csv",)),
    }
    command = exporting.export_command(of)

    def invoke(*arguments: str) -> tuple[int, str, list[Any]]:
        result = CliRunner().invoke(command, [*arguments])
        return result.exit_code, result.output, asked

    return invoke


def test_an_export_of_several_documents_is_the_first_ones_unless_another_is_named(run: Any) -> None:
    assert run("2023", "-o", "a.xlsx", "--first-day", "2024-01-02")[0] == 0
    code, _, asked = run("2023", "-o", "a.csv", "--programme", "拨投贷保", "--quarter", "3")
    assert code == 0
    assert [(key, more.keys()) for key, _, more in asked] == [
        ("tech_branch", {"first_day"}),
        ("chokepoint", {"quarter"}),
    ]
    assert asked[1][2]["quarter"] == 3


@pytest.mark.parametrize(
    "wrong",
    [
        ("--programme", "拨投贷保", "--quarter", "3", "--first-day", "2024-01-02", "-o", "a.csv"),
        ("--programme", "拨投贷保", "-o", "a.csv"),
        ("--programme", "拨投贷保", "--quarter", "3", "-o", "a.xlsx"),
        ("--programme", "无此项目", "-o", "a.csv"),
        ("--quarter", "3", "-o", "a.csv"),
    ],
)
def test_what_another_document_is_not_asked_is_refused(run: Any, wrong: tuple[str, ...]) -> None:
    code, _, asked = run("2023", *wrong)
    assert code == 2 and asked == []
