"""Lineage backwards: for every row of an uploaded file, where it ended in a run.

A row is counted (its loan stands in an annex), refused (its loans were judged and all stopped), claimed (only a 追缴 rests
on it) or not used, and exactly one of these. Amounts are fen.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

from ledger import models
from ledger.database import db
from ledger.errors import Refused
from ledger.intake.files import read_again
from ledger.intake.repeated import Deviation
from ledger.intake.sheets import BY_NAME, SHEETS
from ledger.money import wan_words
from ledger.programmes import PROGRAMMES
from ledger.runs.settlement import RunRecord, choose_run, read_run
from ledger.workbooks import cells
from ledger.workbooks.findings import Finding
from ledger.workbooks.rows import read_rows
from ledger.workbooks.sheet import Sheet
from ledger.workbooks.workbook import read_bytes
from reports import programmes
from reports.lineage import rules
from reports.lineage.rules import Fact, Found, Line, Lineage, NotUsed, Row, RunLines, Use
from reports.lineage.uploaded import Uploaded
from reports.programmes import REPORTS
from reports.writing.csv_files import csv_text

COUNTED, REFUSED, CLAIMED, NOT_USED = "counted", "refused", "claimed", "not_used"
OUTCOMES: Mapping[str, str] = {COUNTED: "计入", REFUSED: "未通过", CLAIMED: "只用于追缴", NOT_USED: "未使用"}


def runs_of(
    connection: Connection, year: int | None, run_id: int | None, differing: Sequence[Deviation] | None = None
) -> list[RunRecord]:
    """The runs to trace into: the one named, else of each programme and year its approved run or its latest trial.

    Refused where there is none; differing: how the file compares with what is on file, which the terminal says all the same.
    """
    if run_id is not None:
        run = read_run(connection, run_id)
        if year is not None and run.year != year:
            raise Refused(f"第 {run_id} 号运行是 {run.year} 年度的，不是 {year} 年度的")
        return [run]
    table = models.Run
    query = select(table.programme, table.year).distinct()
    known = connection.execute(query if year is None else query.where(table.year == year)).all()
    if not known:
        of_year, argument = ("", "") if year is None else (f"{year} 年度", f" {year}")
        raise Refused(f"{of_year}还没有试算", f"{_compared(differing)}；请先运行 tiexi settle{argument}")
    order = list(PROGRAMMES)
    known = sorted(known, key=lambda row: (order.index(row.programme), row.year))
    return [choose_run(connection, row.programme, row.year) for row in known]


def _compared(differing: Sequence[Deviation] | None) -> str:
    """How a file compares with what is on file, as the end of a sentence."""
    if differing is None:
        return ""
    if not differing:
        return "，查不到各行的去向；文件各格与库中一致"
    return f"，查不到各行的去向；文件与库中有 {len(differing)} 处不符，首处：{differing[0].sentence}"


# --- the rows of the file -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class FileRow:
    """A row of the file and the fact that it said; repeated: the same had been said before, by another file."""

    sheet: Sheet
    number: int
    fact: Fact
    repeated: bool


def rows_of(connection: Connection, uploaded: Uploaded) -> list[FileRow]:
    """Every row of the file, by (sheet, row).

    Without the file itself, rows that repeat what other files had said before are not known and left out.
    """
    rows = []
    for sheet in SHEETS:
        table = models.table_of(sheet.model)
        own = rules.facts(connection, sheet.model, table.c.intake_id == uploaded.intake_id)
        rows += [FileRow(sheet, fact["sheet_row"], fact, False) for fact in own]
    if uploaded.path is not None:
        rows += _repeated(connection, uploaded.path, uploaded.intake_id, {(row.sheet.name, row.number) for row in rows})
    order = {sheet.name: place for place, sheet in enumerate(SHEETS)}
    return sorted(rows, key=lambda row: (order[row.sheet.name], row.number))


def _repeated(connection: Connection, path: Path, intake_id: int, own: set[tuple[str, int]]) -> Iterator[FileRow]:
    """The rows of the file that brought nothing new: each with the version that was in force when it came."""
    for sheet, keys in _keys_in_file(connection, path, intake_id).items():
        left = {number: key for number, key in keys.items() if (sheet, number) not in own}
        if not left:
            continue
        table = models.table_of(BY_NAME[sheet].model)
        said = {
            rules.key_of(BY_NAME[sheet], fact): fact
            for fact in rules.facts(connection, BY_NAME[sheet].model, table.c.intake_id < intake_id)
        }
        for number, key in left.items():
            if key in said:
                yield FileRow(BY_NAME[sheet], number, said[key], True)


def _keys_in_file(connection: Connection, path: Path, intake_id: int) -> dict[str, dict[int, tuple[Any, ...]]]:
    """By sheet and row number, the key of every row in a workbook that was taken in before."""

    def ignore(finding: Finding) -> None:
        """What the file is refused for was judged when it came."""

    found = {}
    for grid in read_again(connection, path, read_bytes(path), intake_id).grids:
        sheet = BY_NAME.get("".join(grid.name.split()))
        rows = read_rows(path.name, grid, sheet, ignore) if sheet is not None else None
        if sheet is not None and rows is not None:
            fields = [_as_stored(column.field, rows.values(column.field)) for column in sheet.keys]
            found[sheet.name] = dict(zip(rows.numbers, zip(*fields, strict=True), strict=True))
    return found


def _as_stored(field: str, values: list[Any]) -> list[Any]:
    """Key cells as they are stored: a 主体 that is a code is written in half-width capitals."""
    if field != "subject":
        return values
    codes = (None if value is None else cells.half_width(value).upper() for value in values)
    return [
        code if code is not None and cells.well_formed_uscc(code) else value
        for code, value in zip(codes, values, strict=True)
    ]


# --- where they ended -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Traced:
    """One row of the file in one run."""

    row: FileRow
    found: Found

    @property
    def lines(self) -> Sequence[Line]:
        """The lines that rest on the row."""
        return self.found.lines if isinstance(self.found, Use) else ()

    @property
    def claims(self) -> Sequence[Row]:
        """The claims that rest on the row."""
        return self.found.claims if isinstance(self.found, Use) else ()

    @property
    def outcome(self) -> str:
        """COUNTED, REFUSED, CLAIMED or NOT_USED."""
        if isinstance(self.found, NotUsed):
            return NOT_USED
        if any(line.counted for line in self.lines):
            return COUNTED
        return REFUSED if self.lines else CLAIMED

    @property
    def amount(self) -> int | None:
        """The row's own amount, None in sheets without one."""
        column = self.row.sheet.amount
        return None if column is None else self.row.fact[column]

    def paid(self, kind: str) -> int:
        """What of a kind the row's line gives; 0 in sheets whose rows are not lines."""
        single = (
            self.row.sheet.name in programmes.line_sheets()
        )  # only there the amounts are summed, so that nothing counts twice
        return sum(line.amounts.get(kind, 0) for line in self.lines) if single else 0

    @property
    def codes(self) -> str:
        """The codes of its lines, each once."""
        return ";".join(dict.fromkeys(code for line in self.lines for code in line.codes.split(";") if code))

    @property
    def reason(self) -> str:
        """Why it ended there, without this row's figures."""
        if isinstance(self.found, NotUsed):
            return self.found.why
        return self.codes if self.outcome == REFUSED else ""

    @property
    def where(self) -> str:
        """The one line that rests on it, with its places; how many there are; or why there is none."""
        if isinstance(self.found, NotUsed):
            return self.found.why + (f"（{self.found.detail}）" if self.found.detail else "")
        parts = []
        if len(self.lines) == 1:
            parts.append(f"{self.lines[0].who}：{self.lines[0].where}")
        elif self.lines:
            counted = sum(line.counted for line in self.lines)
            parts.append(f"{len(self.lines)} 笔以此为依据，计入 {counted} 笔，未通过 {len(self.lines) - counted} 笔")
        if self.claims:
            given = claimed(self.claims)
            amounts = "、".join(
                f"{name} {wan_words(given[kind])}" for kind, name in programmes.claimed().items() if given[kind]
            )
            parts.append(f"追缴 {len(self.claims)} 条以此为依据，{amounts}")
        return "；".join(parts)


@dataclass(frozen=True)
class Trace:
    """A file in one run: every row once, and what the sheet's rows come to."""

    run: RunRecord
    rows: Sequence[Traced]

    def sheets(self) -> dict[str, list[Traced]]:
        """The rows by sheet."""
        by_sheet: dict[str, list[Traced]] = defaultdict(list)
        for row in self.rows:
            by_sheet[row.row.sheet.name].append(row)
        return dict(by_sheet)


def trace(connection: Connection, rows: Sequence[FileRow], run: RunRecord) -> Trace:
    """Where every row ended in a run."""
    lineage = REPORTS[run.programme].lineage
    known = _run_lines(connection, lineage, rows, run)
    loan_ids = {row.fact["loan_id"] for row in rows if row.fact.get("loan_id") is not None}
    known.unjudged = lineage.unjudged(connection, known, loan_ids)
    if any(row.sheet.name == "工作日历" for row in rows):
        known.spans = lineage.spans(connection, known)
    found = [rules.found(row.fact, known, lineage, row.sheet.name) for row in rows]
    if lineage.placed is not None:
        found = _placed(found, partial(lineage.placed, connection, run))
    return Trace(run, [Traced(*one) for one in zip(rows, found, strict=True)])


_FEW = 1_000  # enterprises of which lines are read; of more all are


def _placed(found: Sequence[Found], place: Callable[[Sequence[Line]], Sequence[Line]]) -> list[Found]:
    """Of rows that bear on one line alone is said where that is printed."""
    alone = {id(use.lines[0]): use.lines[0] for use in found if isinstance(use, Use) and len(use.lines) == 1}
    lines = dict(zip(alone, place(list(alone.values())), strict=True))
    return [
        replace(use, lines=[lines[id(use.lines[0])]]) if isinstance(use, Use) and len(use.lines) == 1 else use
        for use in found
    ]


def _run_lines(connection: Connection, lineage: Lineage, rows: Sequence[FileRow], run: RunRecord) -> RunLines:
    """The lines and claims of a run: of the enterprises alone of which the rows speak, where they speak of no more."""
    judged = [row for row in rows if row.sheet.name in lineage.rules]
    if lineage.lines_of_enterprises is None or any(row.sheet.name not in lineage.of_one for row in judged):
        return lineage.run_lines(connection, run)
    found = {row.fact["enterprise_id"] for row in judged if row.fact.get("enterprise_id") is not None}
    version = models.LoanFact
    loans = sorted({row.fact["loan_id"] for row in judged if row.fact.get("loan_id") is not None})
    for part in db.in_chunks(loans):
        found |= set(connection.execute(select(version.enterprise_id).where(version.loan_id.in_(part))).scalars())
    if len(found) > _FEW:
        return lineage.run_lines(connection, run)
    return lineage.lines_of_enterprises(connection, run, found)


# --- counts and sums ------------------------------------------------------------------------------------------------------


def counts(rows: Iterable[Traced]) -> dict[str, int]:
    """How many rows ended where, with their number as `rows`."""
    found = Counter(row.outcome for row in rows)
    return {"rows": found.total(), **{outcome: found[outcome] for outcome in OUTCOMES}}


def sums(rows: Sequence[Traced]) -> dict[str, int]:
    """The rows' own amounts by where they ended, with the whole as `all`; empty for sheets without amounts. Fen."""
    amounts = [(row.outcome, row.amount) for row in rows if row.amount is not None]
    if not amounts:
        return {}
    by_outcome = Counter[str]()
    for outcome, amount in amounts:
        by_outcome[outcome] += amount
    return {"all": sum(amount for _, amount in amounts), **{outcome: by_outcome[outcome] for outcome in OUTCOMES}}


def paid(rows: Sequence[Traced]) -> dict[str, int]:
    """What the lines of these rows give, by the keys of what documents give. Fen."""
    return {kind: sum(row.paid(kind) for row in rows) for kind in programmes.given()}


def claimed(claims: Iterable[Row]) -> dict[str, int]:
    """What claims come to by kind, with their number as `claims`. Fen."""
    found = list(claims)
    return {
        "claims": len(found),
        **{kind: sum(claim.get(f"{kind}_fen", 0) for claim in found) for kind in programmes.claimed()},
    }


def claims_behind(rows: Iterable[Traced]) -> list[Row]:
    """The claims that rest on any of the rows, each once however many of them it rests on."""
    return list({claim["claim_no"]: claim for row in rows for claim in row.claims}.values())


def reasons(rows: Sequence[Traced]) -> list[tuple[str, str, int]]:
    """(outcome, reason, rows) of what was not counted, the most frequent first."""
    found = Counter((row.outcome, row.reason) for row in rows if row.reason)
    return [(outcome, reason, count) for (outcome, reason), count in sorted(found.items(), key=lambda item: -item[1])]


# --- for machines -----------------------------------------------------------------------------------------------------------

_HEADER = (
    "file", "sheet", "row", "key", "version", "first_file", "first_row", "run", "programme", "year", "state", "outcome",
    "codes", "lines", "lines_counted", "claims", "amount_fen",
)  # fmt: skip


def trace_csv(uploaded: Uploaded, traces: Sequence[Trace]) -> Iterator[str]:
    """Every row of the file in every run: by (run, sheet, row); fen.

    What is given and what is claimed only where a row is a line, so that a column adds up: a claim rests on one loan, but
    on all repayments that paid it off.
    """
    given = [f"{kind}_fen" for kind in programmes.given()]
    taken = [f"claimed_{kind}_fen" for kind in programmes.claimed()]
    return csv_text(
        [*_HEADER, *given, *taken, "where"],
        (_cells(uploaded, found.run, row) for found in traces for row in found.rows),
    )


def _cells(uploaded: Uploaded, run: RunRecord, traced: Traced) -> list[str]:
    fact, sheet = traced.row.fact, traced.row.sheet
    key = "，".join("" if value is None else str(value) for value in rules.key_of(sheet, fact))
    first = (fact["file_name"], str(fact["sheet_row"])) if traced.row.repeated else ("", "")
    given = [traced.paid(kind) for kind in programmes.given()]
    given += [claimed(traced.claims)[kind] for kind in programmes.claimed()]
    return [
        uploaded.file_name, sheet.name, str(traced.row.number), key, str(fact["version"]), *first, str(run.id),
        run.programme, str(run.year), run.state, traced.outcome, traced.codes, str(len(traced.lines)),
        str(sum(line.counted for line in traced.lines)), str(len(traced.claims)),
        "" if traced.amount is None else str(traced.amount),
        *(str(fen) if sheet.name in programmes.line_sheets() else "" for fen in given), traced.where,
    ]  # fmt: skip


def as_dict(uploaded: Uploaded, traces: Sequence[Trace], differing: Sequence[Deviation] = ()) -> dict[str, Any]:
    """For --json: the file, where it differs from the store, and per run and sheet the counts and sums (fen)."""
    return {
        "file": uploaded.file_name,
        "sha256": uploaded.sha256,
        "received_at": uploaded.received_at.isoformat(),
        "with_repeated_rows": uploaded.path is not None,
        "deviations": [deviation.as_dict() for deviation in differing],
        "runs": [
            {
                "run": found.run.id,
                "programme": found.run.programme,
                "year": found.run.year,
                "state": found.run.state,
                **counts(found.rows),
                **_claimed_dict(found.rows),
                "sheets": [_sheet_dict(name, rows) for name, rows in found.sheets().items()],
            }
            for found in traces
        ],
    }


def _claimed_dict(rows: Iterable[Traced]) -> dict[str, int]:
    found = claimed(claims_behind(rows))
    return {"claims": found["claims"], **{f"claimed_{kind}_fen": found[kind] for kind in programmes.claimed()}}


def _sheet_dict(name: str, rows: list[Traced]) -> dict[str, Any]:
    return {
        "sheet": name,
        **counts(rows),
        "repeated": sum(row.row.repeated for row in rows),
        "amount_fen": sums(rows) or None,
        **{f"{kind}_fen": fen for kind, fen in paid(rows).items()},
        **_claimed_dict(rows),
        "reasons": [{"outcome": outcome, "reason": reason, "rows": count} for outcome, reason, count in reasons(rows)],
    }
