"""The register of reports: what each document has to report, and what is reported of all of them together.

A document is one line of DOCUMENTS; what it declares is loaded when it is asked for, and loads no more than itself.
"""

from collections.abc import Iterator, Mapping
from importlib import import_module, resources
from typing import TYPE_CHECKING

from ledger.errors import Refused
from ledger.lazy import load
from ledger.workdays import today
from reports.contents import Contents
from reports.report import Export, Option, Subject, Trial, Written

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

    from sqlalchemy import Connection, Engine

    from ledger.runs.settlement import RunRecord
    from reports.lineage.explanation import Explanation
    from reports.report import Kind

# key of each programme, in the order in which people are shown them: the module that has its CONTENTS
DOCUMENTS = {
    "tech_branch": "reports.tech_branch.contents",
    "chokepoint": "reports.chokepoint.contents",
    "farm_insurance": "reports.farm_insurance.contents",
    "export_credit": "reports.export_credit.contents",
}


class Register(Mapping[str, Contents]):
    """What each document has to report, by the key of its programme."""

    def __getitem__(self, key: str) -> Contents:
        found: Contents = import_module(DOCUMENTS[key]).CONTENTS
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(DOCUMENTS)

    def __len__(self) -> int:
        return len(DOCUMENTS)


REPORTS = Register()

# of each document by itself
OF_EACH = (
    Export(
        "problems",
        "问题清单",
        """问题清单：没有得到补助、或少于按自身余额、月数、比例应得的每一笔，各代码、条款、数字，和怎么办；提示另表。

        \b
        例：tiexi export problems 2023 --county 某区 -o 问题.xlsx
            tiexi export problems 2023 --bank 蓝鲸银行 -o 问题.xlsx
        """,
        "reports.runs.problems:export",
        options=(
            Option("county", "county", "区市", "只列一个区市的"),
            Option("bank", "bank", "银行", "只列一家银行的；曾用的名称也可以"),
        ),
        suffixes=(".xlsx",),
    ),
)
# of all documents together
COMMON = (
    Export(
        "journal",
        "分录",
        """该年度全部分录（复式记账），beancount 格式，含余额断言；bean-check 与 hledger -f 都能读。

        \b
        例：tiexi export journal 2023 -o 2023.beancount
        """,
        "reports.money.beancount:export",
        of_run=False,
    ),
    Export(
        "audit-pack",
        "审计材料包",
        """审计材料包（第二十条、第二十一条）：该年度各项目运行的附件、明细、追缴、经过，分录，封存链，一个 .zip；清单列出每个文件的 SHA-256 和 SM3。
        取审核通过的运行，没有则取最近一次试算。

        \b
        例：tiexi export audit-pack 2023 -o 审计-2023.zip
        """,
        "reports.runs.audit_pack:write",
        suffixes=(".zip",),
        of_run=False,
    ),
    Export(
        "distrust",
        "失信名单",
        """失信名单：谁失去了支持、为什么、从哪天起，应收回多少、已缴回多少（取消资格、撤销、一票否决），供录入信用记录。截至今天。

        \b
        例：tiexi export distrust -o 失信名单.xlsx
        """,
        "reports.parties.distrust:export",
        suffixes=(".xlsx",),
        of_run=False,
        of_year=False,
    ),
)


def trials() -> Iterator[Trial]:
    """How a person asks for each document's trial run."""
    for contents in REPORTS.values():
        yield contents.trial


def exports() -> Iterator[tuple[str, Export]]:
    """Every export with the key of its programme, '' for what is of all."""
    for key, contents in REPORTS.items():
        for export in contents.exports:
            yield key, export
    for export in OF_EACH:
        yield from ((key, export) for key in REPORTS)
    for export in COMMON:
        yield "", export


def exports_by_name() -> dict[str, dict[str, Export]]:
    """Every export by its name, with the documents that have one of that name, in the order of the register."""
    found: dict[str, dict[str, Export]] = {}
    for key, export in exports():
        found.setdefault(export.name, {})[key] = export
    return found


def kept_template(export: Export) -> bytes:
    """The kept template that an export fills; Refused for one that fills none."""
    package, _, name = export.template.partition(":")
    if not name:
        raise Refused(f"{export.what}不用 Word 模板")
    return (resources.files(package) / "templates" / f"{name}.docx").read_bytes()


def write(
    connection: "Connection",
    key: str,
    export: Export,
    year: int | None,
    run_id: int | None,
    path: "Path",
    **options: "Any",
) -> Written:
    """Writes an export of a year; of the run named, else of the year's approved run or its latest trial. year: None for an
    export that is as of today."""
    of: Any = today() if year is None else year
    if export.of_run:
        from ledger.runs.settlement import choose_run  # here: what only lists the exports needs no database

        of = choose_run(connection, key, of, run_id)
    written: Written = load(export.write)(connection, of, path, **options)
    return written


def subjects() -> dict[tuple[str, ...], list[tuple[str, Subject]]]:
    """What can be explained: by the options that name it, the documents that explain it, each by its key."""
    found: dict[tuple[str, ...], list[tuple[str, Subject]]] = {}
    for key, contents in REPORTS.items():
        for subject in contents.subjects:
            found.setdefault(subject.options, []).append((key, subject))
    return found


def whose(connection: "Connection", options: tuple[str, ...], *asked: str) -> tuple[str, Subject]:
    """The document that explains what is asked for; the first that knows the options, where it is on file nowhere."""
    known = subjects()[options]
    return next((found for found in known if found[1].own and load(found[1].own)(connection, *asked)), known[0])


def explained(
    engine: "Engine", options: tuple[str, ...], asked: tuple[str, ...], year: int, run_id: int | None
) -> tuple["RunRecord", "Explanation"]:
    """What is asked for, explained by the run named, else by the year's approved run or its latest trial."""
    from ledger.database import db  # here: what only lists what can be explained needs no database
    from ledger.runs.settlement import choose_run

    with db.reading(engine) as connection:
        key, subject = whose(connection, options, *asked)
        run = choose_run(connection, key, year, run_id)
        return run, load(subject.explain)(connection, run, *asked)


def kinds() -> list["Kind"]:
    """The kinds of workbooks that are read back, of all documents."""
    return [kind for contents in REPORTS.values() for kind in contents.kinds]


def line_sheets() -> frozenset[str]:
    """The sheets whose rows are each one line, of whichever document."""
    return frozenset(sheet for contents in REPORTS.values() for sheet in contents.line_sheets)


def given() -> dict[str, str]:
    """What lines give, of whichever document: the names by their keys."""
    return {key: name for contents in REPORTS.values() for key, name in contents.given.items()}


def claimed() -> dict[str, str]:
    """What claims take back, of whichever document: the names by their keys."""
    return {key: name for contents in REPORTS.values() for key, name in contents.claimed.items()}
