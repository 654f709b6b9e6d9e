"""The shape of the house: which room may import which, and what stands nowhere in it."""

import ast
import re
from pathlib import Path

import pytest
import yaml

from ledger.law.document import read_document
from ledger.programmes import PROGRAMMES

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("ledger", "reports", "jobs", "tiexi")  # a room imports only from those before it
SOURCES = {path.relative_to(ROOT): path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))}
FOLDERS = sorted({name.parent for name in SOURCES if name.parts[-2] != "versions"})
LINES = 400  # a file longer than this has more than one purpose
# inside ledger/, from the ground up: each imports only from those before it, or beside it in its own folder
LEDGER = (
    ("columns", "errors", "figures", "lazy", "money", "people", "setting_values", "workdays", "yaml_text"), ("counties", "logs", "settings", "store"), ("law",),
    ("models",), ("database",), ("computing",), ("workbooks",), ("facts",), ("programmes",), ("warnings",), ("seals",), ("accounts",), ("intake",),
    ("runs",), ("books",), ("audit",), ("spotcheck",), ("check_lists",), ("uploads",), ("papers",), ("lifecycle",), ("migrations", "setup"),
)  # fmt: skip
# where a document may be named: its own folders and modules, the registers, the table of jobs, the demonstration
OWN = re.compile(
    r"(ledger/programmes|reports)/(KEY)/|jobs/(KEY)\.py|(ledger/programmes/__init__|reports/programmes|jobs/schedule)\.py"
    r"|tiexi/demo/|ledger/migrations/"
)
DOCUMENTS = sorted((ROOT / "ledger" / "programmes").glob("*/law.yaml"))
LAW = ("law.py", "clawback.py")  # of a programme: columns in, columns out
NO_DATABASE = [
    name
    for name in SOURCES
    if name.parts[:2] == ("ledger", "law")
    or name.name in LAW
    or name in (Path("ledger/money.py"), Path("ledger/workdays.py"))
]


def imported(tree: ast.AST, package: tuple[str, ...]) -> set[str]:
    """Every module that a source may import, also inside functions, with what is taken from it as `module.name`."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = [*package[: len(package) - node.level + 1]] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            found.add(module)
            found.update(f"{module}.{alias.name}" for alias in node.names)
    return found


def tree_of(name: Path) -> ast.AST:
    return ast.parse(SOURCES[name].read_text(encoding="utf-8"))


def imports_of(name: Path) -> set[str]:
    return imported(tree_of(name), name.parent.parts)


@pytest.mark.parametrize("name", SOURCES, ids=str)
def test_imports_go_one_way(name: Path) -> None:
    allowed = ROOMS[: ROOMS.index(name.parts[0]) + 1]
    rooms = {module.partition(".")[0] for module in imports_of(name)} & set(ROOMS)
    assert rooms <= set(allowed)


@pytest.mark.parametrize("name", [name for name in SOURCES if name.parts[0] == "ledger"], ids=str)
def test_the_ledger_imports_from_the_ground_up(name: Path) -> None:
    level = {room: number for number, rooms in enumerate(LEDGER) for room in rooms}
    own = name.parts[1].removesuffix(".py")
    if own == "__init__":
        return
    taken = {module.split(".")[1] for module in imports_of(name) if module.startswith("ledger.")} - {own, "__version__"}
    assert taken <= set(level)
    assert {room for room in taken if level[room] >= level[own] and level[room] > 1} == set()


@pytest.mark.parametrize("key", sorted(PROGRAMMES))
def test_documents_import_nothing_of_each_other(key: str) -> None:
    others = tuple(f"ledger.programmes.{other}" for other in PROGRAMMES if other != key)
    for name in SOURCES:
        if name.parts[:3] == ("ledger", "programmes", key):
            assert [module for module in imports_of(name) if module.startswith(others)] == []


def test_no_general_file_names_a_document() -> None:
    """Neither by its key, nor by its tables or their models, nor by what people call it or its loans."""
    own = re.compile(OWN.pattern.replace("KEY", "|".join(PROGRAMMES)))
    words = {word for programme in PROGRAMMES.values() for word in (programme.key, programme.name, *programme.products)}
    for programme in PROGRAMMES.values():
        for model in programme.tables:
            words |= {model.__name__, model.__tablename__}
    named = re.compile("|".join(rf"(?<![A-Za-z]){re.escape(word)}" for word in sorted(words)))
    found = {
        name.as_posix()
        for name, path in SOURCES.items()
        if not own.match(name.as_posix()) and named.search(path.read_text(encoding="utf-8"))
    }
    assert found == set()


@pytest.mark.parametrize("name", NO_DATABASE, ids=str)
def test_the_law_money_and_dates_know_no_database(name: Path) -> None:
    forbidden = ("sqlalchemy", "alembic", "ledger.database", "ledger.models")
    known = {module for module in imports_of(name) if any(f"{module}.".startswith(f"{word}.") for word in forbidden)}
    assert known == set()


@pytest.mark.parametrize("name", [name for name in SOURCES if name.parts[0] == "ledger"], ids=str)
def test_no_float_and_no_round_in_the_books(name: Path) -> None:
    calls = [
        node.func.id
        for node in ast.walk(tree_of(name))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("float", "round")
    ]
    assert calls == []


def test_the_reader_of_imports_sees_them_all() -> None:
    source = "import a.b\nfrom c import d\ndef f():\n    from .e import g\n    from ..h import i\n"
    found = imported(ast.parse(source), ("ledger", "intake"))
    assert found == {"a.b", "c", "c.d", "ledger.intake.e", "ledger.intake.e.g", "ledger.h", "ledger.h.i"}


# --- the law in YAML ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.parent.name)
def test_every_value_is_dated_and_cited(path: Path) -> None:
    made = read_document(path)
    assert made.parameters
    for parameter in (*made.parameters.values(), *made.duties.values()):
        assert re.match("第.+条", parameter.article)
        assert parameter.meaning
        assert all(made.starts <= entry.since <= made.ends for entry in parameter.dated)


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.parent.name)
@pytest.mark.parametrize("missing", ["article", "dated", "unit", "meaning", "from", "value"])
def test_a_value_without_date_or_article_is_refused(path: Path, missing: str, tmp_path: Path) -> None:
    raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    entry = next(iter(raw["values"].values()))
    del (entry["dated"][0] if missing in ("from", "value") else entry)[missing]
    spoiled = tmp_path / path.name
    spoiled.write_text(yaml.safe_dump(raw, allow_unicode=True), encoding="utf-8")
    with pytest.raises((KeyError, ValueError)):
        read_document(spoiled)


@pytest.mark.parametrize("emptied", ["article", "dated"])
def test_an_empty_date_or_article_is_refused(emptied: str, tmp_path: Path) -> None:
    raw = yaml.safe_load(DOCUMENTS[0].read_text(encoding="utf-8"))
    next(iter(raw["values"].values()))[emptied] = type(next(iter(raw["values"].values()))[emptied])()
    spoiled = tmp_path / "spoiled.yaml"
    spoiled.write_text(yaml.safe_dump(raw, allow_unicode=True), encoding="utf-8")
    with pytest.raises(ValueError, match="article"):
        read_document(spoiled)


def test_no_rule_of_the_law_writes_its_own_date_or_amount() -> None:
    """Policies compute with values by name: no number but these small ones stands in their code."""
    spoken = {0, 1, 2, -1}
    found = {
        f"{name}:{node.lineno} {node.value}"
        for name in NO_DATABASE
        if name.name in LAW
        for node in ast.walk(tree_of(name))
        if isinstance(node, ast.Constant) and type(node.value) in (int, float) and node.value not in spoken
    }
    assert found == set()


# --- files and folders --------------------------------------------------------------------------------------------------


def test_no_file_is_longer_than_one_purpose_needs() -> None:
    """Migrations stay as they were released."""
    files = [path for room in (*ROOMS, "tests", "benchmarks") for path in (ROOT / room).rglob("*.py")]
    lengths = {
        path.relative_to(ROOT).as_posix(): len(path.read_text(encoding="utf-8").splitlines())
        for path in files
        if "versions" not in path.parts
    }
    assert {name: lines for name, lines in lengths.items() if lines > LINES} == {}


@pytest.mark.parametrize("folder", FOLDERS, ids=str)
def test_a_folder_says_what_lives_there_and_what_it_may_import(folder: Path) -> None:
    said = ast.get_docstring(ast.parse((ROOT / folder / "__init__.py").read_text(encoding="utf-8")))
    assert said and re.search(r"\b([Mm]ay import|[Ii]mports)\b", said) and len(said.splitlines()) >= 2


def test_lines_are_joined_with_loans_and_enterprises_in_one_place() -> None:
    by_hand = re.compile(r"== ?[\w.]+\.(loan|enterprise)_fact_id\b|\.(loan|enterprise)_fact_id ==")
    found = {name.as_posix() for name, path in SOURCES.items() if by_hand.search(path.read_text(encoding="utf-8"))}
    assert {name for name in found if not name.startswith("ledger/migrations/")} == {"ledger/facts/of_lines.py"}


def test_tests_import_no_conftest() -> None:
    """Helpers stand in tests/support, fixtures in a conftest that pytest finds by itself."""
    users = [
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "tests").rglob("*.py")
        if "conftest" in {name.partition(".")[0] for name in imported(ast.parse(path.read_text(encoding="utf-8")), ())}
    ]
    assert users == []
