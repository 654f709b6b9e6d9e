"""docs/等保对照.md: every test that it names exists, every requirement has one of its name or says whose duty it is."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parent
PAGE = (TESTS.parent / "docs" / "等保对照.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"`([\w/]+\.py)::(test_\w+)`", PAGE)))
ITEMS = {  # GB/T 22239-2019, third level: how many items each part of 8.1.4 has
    "8.1.4.1": 4, "8.1.4.2": 7, "8.1.4.3": 4, "8.1.4.4": 6, "8.1.4.5": 1, "8.1.4.6": 1, "8.1.4.7": 2, "8.1.4.8": 2,
    "8.1.4.9": 3, "8.1.4.10": 2, "8.1.4.11": 2,
}  # fmt: skip


@cache
def functions_of(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


@pytest.mark.parametrize("file", sorted({file for file, _ in NAMED}))
def test_every_test_that_is_named_exists(file: str) -> None:
    assert {name for at, name in NAMED if at == file} - functions_of(TESTS / file) == set()


def test_every_item_is_there_with_a_test_or_whose_duty_it_is() -> None:
    for number, count in ITEMS.items():
        section = re.split(r"\n## ", PAGE.split(f"\n## {number} ", 1)[1])[0]
        rows = [line.strip("| ").split(" | ") for line in section.splitlines() if line.startswith("| ")][2:]
        letters = [row[0] for row in rows]
        assert letters == (list("abcdefg"[:count]) if count > 1 else ["—"]), number
        for _, _, by, how, tests in rows:
            assert by in ("程序", "运营单位", "程序、运营单位") and how
            assert ("::test_" in tests) or by == "运营单位", (number, by)
            assert by != "程序、运营单位" or "运营单位" in how or "门户的运行" in how, (number, how)


def test_each_requirement_of_the_portal_has_a_test_of_its_name() -> None:
    rows = dict(re.findall(r"^\| S(\d+) \| [^|]+ \| ([^|]+) \|$", PAGE, re.MULTILINE))
    assert list(rows) == [str(number) for number in range(1, 25)]
    for number, tests in rows.items():
        assert re.search(rf"test_s{number}_|_S{number}`", tests), number
