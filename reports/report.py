"""What a report is, for whoever writes, reads, checks or lists it. A document declares its reports with these types.

Declaring loads nothing heavy: functions are named as "module:function" and loaded when they are first asked for, and most
types are named tuples, which are made ten times as fast as dataclasses.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol

from ledger.figures import format_scaled

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from ledger.law.document import Values
    from ledger.runs.settlement import RunRecord
    from ledger.runs.simulation import Simulation
    from reports.writing.forms import Form, FormColumn

DATA, NOTES = "数据", "说明"  # the sheets of every workbook: its rows as data, and what it says of itself


# --- the rows of a report -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class LineColumn:
    """One column of the lines: its name for machines, its header for people, what it holds, and where a query finds it.

    optional: whether it is empty for some lines.
    """

    name: str
    header: str
    kind: Literal["text", "count", "fen", "percent", "date"]
    source: Any
    optional: bool = False

    def text(self, value: Any) -> str:
        """The value for machines: fen as integers, percent with 4 decimals, ISO dates, '' for none."""
        if value is None:
            return ""
        if self.kind == "percent":
            return format_scaled(value, 4, at_least=4)
        return value.isoformat() if isinstance(value, date) else str(value)

    def plain(self, value: Any) -> Any:
        """The value in JSON: counts and fen as integers, all else as its text, null for none."""
        return value if self.kind in ("fen", "count") or value is None else self.text(value)


class Rows(Protocol):
    """The rows of a report, gone through as often as its parts need them: a list, or what reads them anew each time."""

    def __iter__(self) -> Iterator[Sequence[Any]]: ...

    def __len__(self) -> int: ...


def named(columns: Sequence[LineColumn], row: Sequence[Any]) -> dict[str, Any]:
    """A row's values by the names of its columns."""
    return {column.name: value for column, value in zip(columns, row, strict=True)}


# --- what is written ----------------------------------------------------------------------------------------------------


class Option(NamedTuple):
    """What may be said to an export beside year, run and file. name: of its argument, in the command line with hyphens.

    kind: a county, a bank, a day, a number from `numbers`, the code of an enterprise, a file that is there, or a flag.
    """

    name: str
    kind: Literal["county", "bank", "day", "number", "uscc", "file", "flag"]
    metavar: str
    help: str
    what: str = ""
    numbers: Sequence[int] = ()
    required: bool = False

    @property
    def flag(self) -> str:
        """As it is typed."""
        return f"--{self.name.replace('_', '-')}"


TEMPLATE = Option("template", "file", "FILE.docx", "换用的 Word 模板；默认用随程序提供的，tiexi template --of 写出底稿")
LETTER_OPTIONS = (
    Option("uscc", "uscc", "代码", "哪家企业，统一社会信用代码"),
    Option("all", "flag", "", "全部企业，每家一封"),
    Option(
        "until", "day", "日期", "可以补正、提出异议的末日；默认为今天之后的第 5 个工作日（办法未定天数，此为解释口径）"
    ),
    TEMPLATE,
)
"""Of letters to enterprises, whatever the document."""


class Written(NamedTuple):
    """What an export wrote: each file with what is in it, in words; note: what else is to be said after the last of them."""

    files: Sequence[tuple[Path, str]]
    note: str = ""


class Export(NamedTuple):
    """One thing that is written. name: as it is typed; what: while it is written; help: with an example, as click takes it.

    write(connection, run, path, **options) gives what was Written; without `of_run` it is asked with the year instead of
    a run, without `of_year` with today. suffixes: how the file's name may end, any way where empty. one_of: names of options
    of which one and only one is given; into_folder: of the option with which a folder is written instead of a file.
    template: "package:name" of the kept template that it fills, where it fills one of Word. forms: as what it is had as a file of
    a run under its own name, the usual one first.
    """

    name: str
    what: str
    help: str
    write: str
    options: Sequence[Option] = ()
    suffixes: Sequence[str] = ()
    of_run: bool = True
    of_year: bool = True
    one_of: Sequence[str] = ()
    into_folder: str = ""
    template: str = ""
    forms: Sequence[str] = ()


def letter_export(help: str, write: str) -> Export:
    """The export of letters to enterprises that a document declares."""
    return Export(
        "letter", "告知书", help, write, LETTER_OPTIONS, (".docx",), one_of=("uscc", "all"), into_folder="all",
        template="reports.parties:letter",
    )  # fmt: skip


class Beside(NamedTuple):
    """A second option that names what is explained beside the first: what the first names alone is something else."""

    option: str
    metavar: str
    help: str


class Subject(NamedTuple):
    """One thing that can be explained: by the option that names it, with a number of its own or without.

    what and how: how the help speaks of it. beside: a second option that it needs. own(connection, *asked) says whether it
    is this document's, where several documents explain what the same options name. explain(connection, run, *asked) gives
    the explanation; asked is the name and the number (then what the second option says), or the one code that stands for
    itself. What an institution may ask about takes its scope as well.
    """

    option: str
    metavar: str
    help: str
    what: str
    example: str
    explain: str
    numbered: bool = True
    how: str = ""
    own: str = ""
    beside: Beside | None = None

    @property
    def options(self) -> tuple[str, ...]:
        """The options that name it."""
        return (self.option,) if self.beside is None else (self.option, self.beside.option)


class Table(NamedTuple):
    """A table of figures in words: the first `texts` columns are text, the others right-aligned; total: whether the last
    row is the sum of the others; spare: headers of the columns that a narrow window can do without, the first to go first;
    whole: headers of columns whose texts are not folded where there is room for them whole, as numbers of documents."""

    title: str
    headers: Sequence[str]
    rows: Sequence[Sequence[str]]
    texts: int
    total: bool = False
    spare: Sequence[str] = ()
    whole: Sequence[str] = ()


class Trial(NamedTuple):
    """How a person asks for a trial run: what is typed, the words while it runs, whether its day may be chosen, the help.

    about: what is done for its document, and the document's number, as the help of `tiexi` lists it.
    """

    command: str
    doing: str
    as_of: bool
    help: str
    about: str = ""

    @property
    def summary(self) -> str:
        """What the list of commands says of it: the first sentence of its help."""
        return self.help.split("\n")[0].strip()


class Simulated(NamedTuple):
    """How a simulation is shown: in sentences and tables, for machines, loan by loan as CSV, and how many loans that is."""

    words: "Callable[[Simulation], Iterator[str | Table]]"
    as_dict: "Callable[[Simulation], dict[str, Any]]"
    csv: "Callable[[Simulation], Iterator[str]]"
    count: "Callable[[Simulation], int]"


# --- what comes back ----------------------------------------------------------------------------------------------------


class FormShape(NamedTuple):
    """One printed sheet: its columns, how many of them its sum labels take, and whether its blocks have a 小计.

    identity: headers of the columns by which a row is known again when others were changed.
    """

    sheet: str
    columns: "Sequence[FormColumn]"
    label_span: int
    identity: Sequence[str]
    subtotals: bool = True


class Tidy(NamedTuple):
    """A tidy sheet beside 数据, of which forms are made too. identity: the columns that name a row."""

    sheet: str
    columns: Sequence[LineColumn]
    identity: Sequence[str]


class CheckedRows(NamedTuple):
    """The data rows of a workbook to be checked on their own, with the law's values for the year, and the year's own rates
    (e4) and budgets (fen) as 说明 gives them. more: the rows of its other tidy sheets, by sheet."""

    rows: Sequence[dict[str, Any]]
    law: "Values"
    rates: Mapping[str, int]
    budgets: Mapping[str, int]
    more: Mapping[str, Sequence[dict[str, Any]]] = {}


Finding = tuple[int, str, str]  # the row's number in the list (-1 for none), a column's name or "", a sentence
Check = tuple[str, Callable[[CheckedRows], Iterator[Finding]]]
DataRows = Sequence[tuple[Any, ...]]


class Kind(NamedTuple):
    """One kind of workbook that is read back.

    report: what sheet 说明 calls it, with {county} where there is one for each county. mark: what its fingerprint begins
    with. identity: the columns of 数据 that name a line. rates: what 说明 calls the year's own rates.
    more: its tidy sheets beside 数据. export(connection, run, county, path) writes ours; rebuild(rows of 数据, run, year,
    county, standing, rows of each of `more`) gives the forms that the rows make, of a run that is 试算 or 审核通过; law(year)
    gives the law's values, by which the checks judge.
    """

    report: str
    mark: str
    programme: str
    forms: Sequence[FormShape]
    columns: Sequence[LineColumn]
    identity: Sequence[str]
    export: "Callable[[Connection, RunRecord, str, Path], int]"
    rebuild: "Callable[..., list[Form]]"
    law: "Callable[[int], Values]"
    checks: Sequence[Check]
    rates: Sequence[str] = ()
    more: Sequence[Tidy] = ()

    @property
    def by_county(self) -> bool:
        """Whether there is one workbook for each county."""
        return "{county}" in self.report
