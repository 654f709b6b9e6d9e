"""The words of the project: generated pages are fresh, every command explains itself, every link leads somewhere."""

import inspect
import re
import tomllib
from pathlib import Path

import click
import numpy as np
import pytest

from ledger import money
from ledger.accounts.roles import ROLES, Role
from ledger.intake.sheets import SHEETS
from ledger.programmes import PROGRAMMES
from reports.tech_branch import annexes
from reports.tech_branch.annexes import ANNEX1_COLUMNS, ANNEX2_COLUMNS
from reports.writing.notes import value_text
from tiexi.manual import pages as manual

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
PAGES = manual.pages()
COMMANDS = dict(manual.walk())
WRITTEN = sorted([ROOT / "README.md", *DOCS.glob("*.md")])


@pytest.mark.parametrize("name", PAGES)
def test_a_generated_page_is_what_the_code_gives_now(name: str) -> None:
    assert (DOCS / name).read_text(encoding="utf-8") == PAGES[name], "run: python -m tiexi.manual"


@pytest.mark.parametrize("path", [path for path in COMMANDS if path != "tiexi"])
def test_a_command_explains_itself_with_an_example_of_its_own(path: str) -> None:
    help_text = COMMANDS[path].help or ""
    assert "例：" in help_text
    assert path in help_text


@pytest.mark.parametrize("path", COMMANDS)
def test_every_option_of_a_command_is_documented(path: str) -> None:
    options = [parameter for parameter in COMMANDS[path].params if isinstance(parameter, click.Option)]
    assert [option.opts[0] for option in options if not option.help] == []
    section = PAGES["命令.md"].split(f"\n## {path}\n", 1)[1].split("\n## ", 1)[0]
    assert [option.opts for option in options if not all(name in section for name in option.opts)] == []


def test_the_first_help_shows_the_whole_job() -> None:
    year = ("init", "template", "import", "settle", "explain", "export annex1", "sign", "sample", "check", "approve",
            "export annex2", "allot", "pay", "balance", "close", "audit")  # fmt: skip
    places = [(COMMANDS["tiexi"].help or "").find(f"tiexi {name}") for name in year]
    assert -1 not in places and places == sorted(places)


def test_every_sheet_with_checks_says_what_it_refuses() -> None:
    assert [sheet.name for sheet in SHEETS if (sheet.checks or sheet.invariants) and not sheet.refuses] == []


def test_every_shape_of_a_column_has_its_notation() -> None:
    assert {column.shape for sheet in SHEETS for column in sheet.columns} <= set(manual.NOTATION)


def test_every_value_of_the_law_can_be_said() -> None:
    for document in (programme.document for programme in PROGRAMMES.values()):
        for parameter in (*document.parameters.values(), *document.duties.values()):
            assert all(value_text(entry.value, parameter.unit) for entry in parameter.dated)


def test_the_annexes_put_right_what_the_scan_garbles() -> None:
    assert "贷款金额" in [column.header for column in ANNEX1_COLUMNS]
    assert "贷款金额" in [column.header for column in ANNEX2_COLUMNS]
    assert "专项债" not in inspect.getsource(annexes)


def test_main_writes_all_pages(tmp_path: Path) -> None:
    manual.main([str(tmp_path / "out")])
    assert {path.name: path.read_text(encoding="utf-8") for path in (tmp_path / "out").iterdir()} == PAGES


def test_the_architecture_names_every_library_and_every_module_of_the_books() -> None:
    page = (DOCS / "architecture.md").read_text(encoding="utf-8")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    libraries = [re.split(r"[\[<>=]", line)[0] for line in wanted]
    table = page.split("## Why these libraries", 1)[1].split("\n## ", 1)[0].lower()
    assert [name for name in libraries if name not in table] == []
    modules = [path.name for path in (ROOT / "ledger").glob("*.py") if path.name != "__init__.py"]
    modules += [f"{path.parent.name}/" for path in (ROOT / "ledger").glob("*/__init__.py")]
    assert [name for name in modules if f"`{name}`" not in page] == []


_LINK = re.compile(r"\]\(([^)#\s]*)(?:#([^)\s]+))?\)")
_FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)


def _anchors(page: Path) -> set[str]:
    """The places in a page that a link may name: its headings, as the forges write them, and its own anchors."""
    text = _FENCE.sub("", page.read_text(encoding="utf-8"))
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    slugs = {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
    return slugs | set(re.findall(r'<a id="([^"]+)">', text))


@pytest.mark.parametrize("page", WRITTEN, ids=lambda page: page.name)
def test_every_link_inside_the_repository_leads_somewhere(page: Path) -> None:
    broken = []
    for target, anchor in _LINK.findall(_FENCE.sub("", page.read_text(encoding="utf-8"))):
        if target.startswith(("http:", "https:", "mailto:")):
            continue
        place = (page.parent / target) if target else page
        if not place.exists() or (anchor and anchor not in _anchors(place)):
            broken.append(f"{target}#{anchor}")
    assert broken == []


def test_every_page_of_the_manual_is_reached_from_its_index() -> None:
    index = (DOCS / "手册.md").read_text(encoding="utf-8")
    pages = [*(page.name for page in DOCS.glob("手册-*.md")), *PAGES]
    assert [name for name in pages if f"({name})" not in index] == []


@pytest.mark.parametrize("page", WRITTEN, ids=lambda page: page.name)
def test_a_page_names_only_commands_that_exist(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    groups = {path for path, command in COMMANDS.items() if isinstance(command, click.Group)}
    named = re.findall(r"(?:^|`|\$ )(?:\.venv/bin/)?tiexi ((?:--database \S+ )?[a-z][a-z0-9-]*)(?: ([a-z][a-z0-9-]*))?",
                       text, re.MULTILINE)  # fmt: skip
    unknown = []
    for first, second in named:
        path = f"tiexi {first.split()[-1]}"
        if path in groups and second:
            path = f"{path} {second}"
        if path not in COMMANDS:
            unknown.append(path)
    assert unknown == []


def test_the_auditors_worked_example_is_right_to_the_fen() -> None:
    """The table of the cut budget: every line by hand is what the allocation gives."""
    page = (DOCS / "手册-审计.md").read_text(encoding="utf-8")
    section = page.split("### 压缩预算", 1)[1].split("\n### ", 1)[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in section.splitlines() if line[:1] == "|"]
    *lines, totals = rows[2:]
    demand, whole, extra, share = (np.array([int(row[place]) for row in lines]) for place in (2, 3, 5, 6))
    budget = int(totals[6])
    assert [int(totals[place]) for place in (2, 3, 5, 6)] == [column.sum() for column in (demand, whole, extra, share)]
    assert (money.allocate(budget, demand) == share).all()
    assert (demand * budget // demand.sum() == whole).all()
    assert (whole + extra == share).all()
    parts = [f"0.{money.half_up(int(rest) * 10_000, int(demand.sum())):04d}" for rest in demand * budget % demand.sum()]
    assert parts == [row[4] for row in lines]
    own = [row[1] for row in lines].index("海燕科借字〔2023〕第019号")
    city = money.allocate(money.half_up(budget * 200_000, money.E4_PER_ONE), share)
    for amount in (share[own], city[own], share[own] - city[own]):
        assert f"{money.wan_text(int(amount))} 万元**" in page


# --- the portal's manual ------------------------------------------------------------------------------------------------

_PICTURE = re.compile(r"!\[[^\]]+\]\(门户/([^)]+)\.png\)")


@pytest.mark.parametrize("role", ROLES.values(), ids=lambda role: role.key)
def test_the_manual_of_the_portal_has_a_section_with_pictures_for_every_role(role: Role) -> None:
    head, *sections = (DOCS / "手册-门户.md").read_text(encoding="utf-8").split("\n## ")
    assert f"| {role.name} | [{role.name}](#{role.name}) | {role.does} |" in head
    section = next((one for one in sections if one.startswith(f"{role.name}\n")), "")
    assert section, f"no section for {role.name}"
    assert _PICTURE.findall(section), f"no picture for {role.name}"


def test_every_picture_of_the_manual_is_made_by_the_tests_in_a_browser() -> None:
    shown = set(_PICTURE.findall((DOCS / "手册-门户.md").read_text(encoding="utf-8")))
    assert shown == {path.stem for path in (DOCS / "门户").glob("*.png")}
    made_in = (*(ROOT / "tests" / "portal" / "browser").glob("*.py"), ROOT / "tests" / "support" / "portal_pages.py")
    tests = "".join(path.read_text(encoding="utf-8") for path in made_in)
    assert [name for name in sorted(shown) if f'"{name}"' not in tests] == []
