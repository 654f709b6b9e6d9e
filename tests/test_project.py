"""The project's own files: the change log and the version, the licence, what runs before a commit."""

import re
import tomllib
from datetime import date
from pathlib import Path

import yaml

from ledger import __version__

ROOT = Path(__file__).resolve().parent.parent
KINDS = ("Security", "Removed", "Deprecated", "Added", "Changed", "Fixed")  # of Keep a Changelog


def test_the_change_log_begins_with_this_version() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    heads = re.findall(r"^## (.*)$", text, flags=re.MULTILINE)
    found = [re.fullmatch(r"\[(\d+\.\d+\.\d+)\] - (\d{4}-\d\d-\d\d)", head) for head in heads]
    assert all(found), heads
    versions = [tuple(map(int, each[1].split("."))) for each in found if each]
    days = [date.fromisoformat(each[2]) for each in found if each]
    assert versions[0] == tuple(map(int, __version__.split("."))) and versions[-1] == (0, 1, 0)
    assert versions == sorted(set(versions), reverse=True) and days == sorted(days, reverse=True)


def test_the_change_log_sorts_what_changed() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    for part in text.split("\n## ")[1:]:
        kinds = re.findall(r"^### (.*)$", part, flags=re.MULTILINE)
        assert kinds == [kind for kind in KINDS if kind in kinds] and len(kinds) == len(set(kinds)), kinds
        before_the_first_kind = part.partition("\n### ")[0]
        assert "\n- " not in before_the_first_kind


def test_the_version_stands_in_one_place() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert "version" not in project["project"]
    assert project["tool"]["setuptools"]["dynamic"]["version"] == {"attr": "ledger.__version__"}
    rooms = [path for room in ("ledger", "reports", "jobs", "tiexi") for path in (ROOT / room).rglob("*.py")]
    # what is installed may be older than the sources that run
    assert [path.name for path in rooms if "importlib.metadata" in path.read_text(encoding="utf-8")] == []


def test_the_licence_is_the_one_that_is_named() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["license"] == "MulanPSL-2.0" and project["license-files"] == ["LICENSE"]
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert text.startswith("木兰宽松许可证, 第2版") and "END OF THE TERMS AND CONDITIONS" in text


def test_a_commit_runs_what_make_lint_runs() -> None:
    hooks = [
        hook
        for repository in yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))["repos"]
        for hook in repository["hooks"]
    ]
    assert [hook["entry"] for hook in hooks] == ["make lint"]
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert re.search(r"^lint:.*\n(\t\$\(BIN\)/.*\n)+", makefile, flags=re.MULTILINE)


def test_every_file_that_contributing_names_is_there() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    named = [name for name in re.findall(r"`([\w./-]+\.(?:py|yaml|md|txt|toml))`", text) if "/" in name]
    missing = [
        name for name in named if not list(ROOT.glob(name)) and not list((ROOT / "ledger" / "programmes").glob(name))
    ]
    assert named and missing == []
