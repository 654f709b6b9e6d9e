"""Which lines of a run rest on an uploaded row: the forward and the backward lineage go by the same rules.

A row is a fact as it came from a sheet, with whom it speaks of, where it came from and what became of it. A run saw the
facts that were taken in before it and not yet retired. Whether a row that it saw mattered is read from the stored lines:
nothing is judged anew.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import ColumnElement, Connection, or_, select

from ledger import models
from ledger.database import db
from ledger.models.base import aliased
from ledger.runs.settlement import RunRecord

if TYPE_CHECKING:
    from ledger.workbooks.sheet import Sheet

Fact = Mapping[Any, Any]
Row = Mapping[Any, Any]
_T = TypeVar("_T")


@dataclass(frozen=True)
class Line:
    """A judged line of a run.

    counted: it is listed in an annex or paid. where: the rows in which it is printed. amounts: what it gives, fen by
    interest, bonus or subsidy. row: its stored columns.
    """

    counted: bool
    codes: str
    where: str
    who: str
    amounts: Mapping[str, int]
    row: Row


@dataclass(frozen=True)
class Use:
    """The lines, and the claims (追缴), that rest on a row."""

    lines: Sequence[Line]
    claims: Sequence[Row] = ()


@dataclass(frozen=True)
class NotUsed:
    """Why no line rests on a row: the kind of reason, and this row's figures."""

    why: str
    detail: str = ""


Found = Use | NotUsed


@dataclass(frozen=True)
class Scope:
    """What a run looked at: its year, its as-of date, and the facts on file when it was made."""

    run: RunRecord

    @property
    def year(self) -> int:
        return self.run.year

    @property
    def as_of(self) -> date:
        return self.run.as_of

    def saw(self, fact: Fact) -> NotUsed | None:
        """None for a fact on file when the run was made, else why the run did not see it."""
        if fact["intake_id"] > self.run.last_intake_id:
            return NotUsed("试算之后才入库", f"{fact['received_at']:%Y-%m-%d %H:%M} 入库")
        if fact["retired_by"] is None or fact["retired_by"] > self.run.last_change_id:
            return None
        why = "已被更正，由新版本代替" if fact["change_kind"] == "amend" else "已撤回"
        return NotUsed(why, f"{fact['changed_at']:%Y-%m-%d %H:%M} {fact['changed_by']}：{fact['change_reason']}")


def seen(fact: Any, run: RunRecord) -> tuple[ColumnElement[bool], ...]:
    """That a fact was in force when the run was made, as a condition; fact: its model, or its table's columns."""
    return fact.intake_id <= run.last_intake_id, or_(fact.retired_by.is_(None), fact.retired_by > run.last_change_id)


# --- facts with whom they speak of ------------------------------------------------------------------------------------


def facts(connection: Connection, model: type[Any], *conditions: ColumnElement[bool]) -> Iterator[Fact]:
    """The rows of a model of facts in all versions, by (intake, row).

    Beside the table's columns: uscc, bank, note_no, project_no and product_no where it speaks of them; file_name, sha256,
    uploader, brought_by (the account that acted) and received_at of its intake; change_kind, change_reason, changed_by and
    changed_at where retired.
    """
    table = models.table_of(model)
    intake, change, bank = models.Intake, models.Change, aliased(models.Bank)
    columns: list[Any] = [*table.c, intake.file_name, intake.sha256, intake.uploader, intake.received_at]
    columns.append(intake.account.label("brought_by"))
    columns += [
        change.kind.label("change_kind"), change.reason.label("change_reason"), change.made_by.label("changed_by"),
        change.made_at.label("changed_at"),
    ]  # fmt: skip
    joined = table.join(intake, intake.id == table.c.intake_id).outerjoin(change, change.id == table.c.retired_by)
    if "loan_id" in table.c:
        joined = joined.join(models.Loan, models.Loan.id == table.c.loan_id).join(bank, bank.id == models.Loan.bank_id)
        columns += [models.Loan.note_no, bank.name.label("bank")]
    elif "bank_id" in table.c:
        joined = joined.outerjoin(bank, bank.id == table.c.bank_id)
        columns += [bank.name.label("bank")]
    if "enterprise_id" in table.c:
        joined = joined.outerjoin(models.Enterprise, models.Enterprise.id == table.c.enterprise_id)
        columns += [models.Enterprise.uscc]
    if "project_id" in table.c:
        joined = joined.outerjoin(models.Project, models.Project.id == table.c.project_id)
        columns += [models.Project.project_no]
    if "product_id" in table.c:
        product = models.InsuranceProduct
        joined = joined.outerjoin(product, product.id == table.c.product_id)
        columns += [product.product_no]
    query = select(*columns).select_from(joined).where(*conditions).order_by(table.c.intake_id, table.c.sheet_row)
    yield from connection.execute(query, execution_options={"yield_per": 5_000}).mappings()


def key_of(sheet: "Sheet", fact: Fact) -> tuple[Any, ...]:
    """The values of the sheet's key columns, as the sheet would hold them."""
    return tuple(
        (fact["uscc"] or fact["bank"]) if column.field == "subject" else fact[column.field] for column in sheet.keys
    )


# --- the lines of a run, looked up --------------------------------------------------------------------------------------


@dataclass
class RunLines:
    """The lines and claims of a run, looked up by what they rest on."""

    scope: Scope
    lines: Sequence[Line]
    claims: Sequence[Row] = ()
    unjudged: Mapping[int, NotUsed] = field(default_factory=dict)  # by loan: why the run has no line for it
    spans: Sequence[tuple[date, date, Line]] = ()  # over which working days were counted for a line
    own_bonus_rates: frozenset[int] = frozenset()  # the banks that do not go by the year's bonus rate
    own_starts: frozenset[int] = frozenset()  # the banks with a day of their own from which receipts decide
    last_events: Mapping[int, date] = field(default_factory=dict)  # by loan: the last whose papers were judged
    _index: dict[str, dict[Any, list[Line]]] = field(default_factory=dict)
    _claims: dict[str, dict[Any, list[Row]]] = field(default_factory=dict)

    def by(self, column: str, value: Any) -> list[Line]:
        """The lines whose stored column has a value."""
        if column not in self._index:
            self._index[column] = _indexed(self.lines, lambda line: line.row.get(column))
        return self._index[column].get(value, [])

    def claims_by(self, column: str, value: Any) -> list[Row]:
        """The claims whose column has a value."""
        if column not in self._claims:
            self._claims[column] = _indexed(self.claims, lambda claim: claim[column])
        return self._claims[column].get(value, [])

    def unjudged_loan(self, loan_id: int) -> NotUsed:
        """Why a loan has no line."""
        return self.unjudged.get(loan_id, NotUsed("贷款未列入结算"))


def _indexed(rows: Iterable[_T], key: Callable[[_T], Any]) -> dict[Any, list[_T]]:
    """The rows by their key, those without one left out."""
    index = defaultdict(list)
    for row in rows:
        if (value := key(row)) is not None:
            index[value].append(row)
    return dict(index)


Rule = Callable[[Fact, RunLines], Found]


@dataclass(frozen=True)
class Lineage:
    """A document's lineage. rules: for each sheet it knows, what rests on a row of it. named: the sheets whose rows a
    stored line names by their identifier.

    run_lines(connection, run) reads the lines and claims of a run; unjudged(connection, known, loan ids) says why loans have no
    line; spans(connection, known) gives the days over which working days were counted for a line. looked_up: by which column
    the rows of a sheet are looked up that speak of no enterprise, bank, loan or project. lines_of_enterprises(connection, run,
    enterprise ids), where a document has it, reads no more than the lines and claims on which rows of the sheets `of_one` can bear:
    those speak of one enterprise or loan alone. placed(connection, run, lines), where run_lines does
    not say it, says of some lines where they are printed.
    """

    rules: Mapping[str, Rule]
    named: frozenset[str]
    run_lines: Callable[[Connection, RunRecord], RunLines]
    unjudged: Callable[[Connection, RunLines, Collection[int]], Mapping[int, NotUsed]]
    spans: Callable[[Connection, RunLines], Sequence[tuple[date, date, Line]]]
    looked_up: Mapping[str, str] = field(default_factory=dict)
    lines_of_enterprises: Callable[[Connection, RunRecord, Collection[int]], RunLines] | None = None
    placed: Callable[[Connection, RunRecord, Sequence[Line]], Sequence[Line]] | None = None
    of_one: frozenset[str] = frozenset()


def found(fact: Fact, known: RunLines, lineage: Lineage, sheet: str) -> Found:
    """What rests on a row in a run: lines and claims, or why none does."""
    rule = lineage.rules.get(sheet) or _OF_NO_LINE.get(sheet)
    if rule is None:
        return NotUsed("本办法不涉及这张表")
    used = rule(fact, known)
    if isinstance(used, Use) and sheet in lineage.named:
        return used  # the run names this very version
    return known.scope.saw(fact) or used


# sheets that no line of whichever document rests on, and why
_OF_NO_LINE: Mapping[str, Rule] = {
    "异议": lambda fact, known: NotUsed("异议不改变金额，处理以前不能下达"),
}


def of_lines(lines: Sequence[Line], otherwise: str) -> Found:
    """Lines, or the reason why there are none."""
    return Use(lines) if lines else NotUsed(otherwise)


def named(column: str, otherwise: Callable[[Fact, RunLines], str], fact_key: str = "id") -> Rule:
    """The rule of a fact that lines name in a column."""

    def rule(fact: Fact, known: RunLines) -> Found:
        lines = known.by(column, fact[fact_key])
        return Use(lines) if lines else NotUsed(otherwise(fact, known))

    return rule


def calendar_day(fact: Fact, known: RunLines) -> Found:
    """The rule of 工作日历: the lines for which working days were counted over the day."""
    lines = {id(line): line for first, last, line in known.spans if first <= fact["day"] <= last}
    return of_lines(list(lines.values()), "没有期限经过这一天")


def announcement(fact: Fact, known: RunLines) -> Found:
    """The rule of LPR: the lines measured by the announcement."""
    return of_lines(known.by("lpr_announced_on", fact["announced_on"]), "没有贷款适用这次公布")


# --- facts of one loan ------------------------------------------------------------------------------------------------

Idle = Callable[[Fact, Row, Scope], str]


def idle_revocation(fact: Fact, line: Row, scope: Scope) -> str:
    """Why a revocation does not matter to its loan's line; '' where it does."""
    return "" if fact["found_on"] <= scope.as_of else "认定日在截止日之后"


def known_facts(connection: Connection, scope: Scope, sheet: str, loan_ids: Sequence[int]) -> Iterator[Fact]:
    """The facts of some loans that a run saw."""
    model = models.facts_of(sheet)
    for chunk in db.in_chunks(sorted(loan_ids)):
        for fact in facts(connection, model, model.loan_id.in_(chunk)):
            if scope.saw(fact) is None:
                yield fact
