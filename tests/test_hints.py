"""What to type on a command line stands apart from the sentence: who reads it on a page has no command line."""

import ast
import re
from collections.abc import Iterator

import pytest

from ledger.errors import EnvironmentFailed, Refused
from ledger.programmes import PROGRAMMES
from reports.lineage.explanation import NOTE, Explanation, Point
from tests.test_architecture import SOURCES

COMMAND = re.compile(r"tiexi (\{|[a-z]|--)|(?<![\w-])--[a-z]")  # a command, or an option of one
TOLD = ("Refused", "EnvironmentFailed")
ROOMS = ("ledger", "reports", "jobs")


def told(tree: ast.AST) -> Iterator[tuple[int, str, str]]:
    """Line, sentence and hint of each refusal that is made with words of its own; what is filled in stands as {}."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in TOLD:
            hints = [*node.args[1:], *(keyword.value for keyword in node.keywords)]
            yield node.lineno, *("".join(map(words, part)) for part in (node.args[:1], hints))


def words(node: ast.AST) -> str:
    """Every literal in an expression, in its order."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    if isinstance(node, ast.FormattedValue):
        return "{" + words(node.value) + "}"
    return "".join(words(child) for child in ast.iter_child_nodes(node))


@pytest.mark.parametrize("error", [Refused, EnvironmentFailed])
def test_a_terminal_shows_both_and_a_page_the_sentence_alone(error: type[Refused] | type[EnvironmentFailed]) -> None:
    found = error("第 1 号运行还没有抽查", "；请先运行 tiexi sample 1")
    assert str(found) == "第 1 号运行还没有抽查；请先运行 tiexi sample 1"
    assert (found.sentence, found.hint) == ("第 1 号运行还没有抽查", "；请先运行 tiexi sample 1")
    assert (str(error("没有第 9 号运行")), error("没有第 9 号运行").hint) == ("没有第 9 号运行", "")


def test_no_refusal_names_a_command_in_its_sentence() -> None:
    found = [
        (str(path), line, sentence, hint)
        for path, source in SOURCES.items()
        if path.parts[0] in ROOMS
        for line, sentence, hint in told(ast.parse(source.read_text()))
    ]
    assert sum(bool(COMMAND.search(hint)) for *_, hint in found) > 20  # the hints are seen
    assert [(path, line) for path, line, sentence, _ in found if COMMAND.search(sentence)] == []


def test_no_cure_and_no_finding_names_an_option() -> None:
    """Both are read in the browser, and in workbooks that are opened far from a command line."""
    told_of = [
        text
        for one in PROGRAMMES.values()
        for condition in one.conditions
        for text in (condition.meaning, condition.cure)
    ]
    assert [text for text in told_of if COMMAND.search(text)] == []
    found = [
        (str(path), node.lineno)
        for path, source in SOURCES.items()
        if path.parts[0] in ROOMS
        for node in ast.walk(ast.parse(source.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "find"
        if COMMAND.search(words(node))
    ]
    assert found == []


def test_an_explanation_without_hints_names_no_command() -> None:
    point = Point("追缴", "2024 年度追缴本年度已付", NOTE, "第二十条", "", "追缴 1 万元", "；缘由见 tiexi explain JJ1")
    shown = Explanation("样例", "没有问题", [point])
    assert shown.as_dict()["steps"][0]["text"] == "追缴 1 万元；缘由见 tiexi explain JJ1"
    assert shown.as_dict(hints=False)["steps"][0]["text"] == "追缴 1 万元"
    assert "hint" not in shown.as_dict()["steps"][0]
