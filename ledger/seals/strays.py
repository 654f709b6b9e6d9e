"""What may be new under one seal: a row that came with something sealed before, or that its step does not write, is a stray.

Asked before a seal is made, so that a seal never covers up what somebody slipped in, and again of every seal by an audit.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, Table, and_, or_, select, true
from sqlalchemy.sql.elements import ColumnElement

from ledger import models
from ledger.programmes import chart
from ledger.seals.content import ANCHORS, FACTS, LINKED, Content

BEFORE_APPROVAL = ("sign", "return", "sample")
# by kind of seal: the entries and the step that come with it, of its own run
_ENTRIES: Mapping[str, tuple[str, ...]] = {
    "approve": ("accrual", "claim"), "adopt": ("accrual", "claim"), "allot": ("allotment",), "reverse": ("reversal",),
}  # fmt: skip
PAPER = "paper"  # the kind of the links over papers and what became of them
_STEPS: Mapping[str, str] = {**{kind: kind for kind in models.STEPS}, "adopt": "approve"}
# each of these came with a seal already when others did not yet
_SEALED_STEPS = ("approve", "allot", "pay", "close")
_ENTRY, _STEP = models.table_of(models.JournalEntry), models.table_of(models.RunStep)
_INTAKES, _CHANGES = models.table_of(models.Intake), models.table_of(models.Change)
ACCOUNT = "account"  # the kind of the links over what is done to accounts
ACCOUNTS = tuple(table for table, kinds in LINKED.items() if kinds == (ACCOUNT,))
_CHECKS = tuple(models.table_of(model) for model in (models.SpotCheck, models.SpotCheckResult))


@dataclass(frozen=True)
class Stray:
    """A row under a seal to which it does not belong: its table and number, and why, as the end of a sentence."""

    table: Table
    number: int
    why: str


def strays(connection: Connection, content: Content, approvals: Mapping[int, int], start: int) -> Iterator[Stray]:
    """The rows in the ranges of a seal (made or about to be made) that do not belong there.

    approvals: by run, the number of the seal that came with its approval. start: the number of the link from which on
    every file has its own, 0 where it is gone. A content of no kind is of what no seal holds yet: nothing belongs there
    but what waits for the next one (the log's days).
    """
    every_step = content.log is not None  # made by a program that gives every step a link of its own
    if content.seal > start and content.kind not in ("init", "import", "adopt"):
        files = () if content.kind == "pay" else (_INTAKES,)
        of_files = (*files, *(() if content.kind == "void" else (_CHANGES,)), *ANCHORS, *FACTS)
        for table in filter(content.has_new, of_files):
            yield from _found(
                connection, content, table, true(), "没有封存" if not content.kind else "没有随其文件封存"
            )
    since, to = content.since(_INTAKES), content.to(_INTAKES)
    for table in filter(content.has_new, (_CHANGES, *FACTS)):
        elsewhere = or_(table.c.intake_id <= since, table.c.intake_id > to)
        yield from _found(connection, content, table, elsewhere, "是其文件封存之后插入的")
    why = "不是这一步记入的" if content.kind else "没有封存"
    if content.has_new(_ENTRY):
        own = and_(_ENTRY.c.run_id == content.run, _ENTRY.c.kind.in_(_entries(content.kind)))
        yield from _found(connection, content, _ENTRY, ~own, why)
    earlier = [run for run, seal in approvals.items() if seal < content.seal]
    if content.has_new(_STEP):
        done = and_(_STEP.c.run_id == content.run, _STEP.c.kind == _STEPS.get(content.kind, ""))
        asked = true() if every_step and content.kind != "upgrade" else _STEP.c.kind.in_(_SEALED_STEPS)
        yield from _found(connection, content, _STEP, and_(asked, ~done), why)
        late = and_(_STEP.c.kind.in_(BEFORE_APPROVAL), _STEP.c.run_id.in_(earlier))
        yield from _found(connection, content, _STEP, late, "是审核通过之后插入的")
    for table, kinds in LINKED.items():
        if table in (_ENTRY, _STEP) or not content.has_new(table):
            continue
        if not (every_step or table in ACCOUNTS) or content.kind == "upgrade":
            continue
        if not content.kind or (content.kind not in kinds and models.ANY_LINK not in kinds):
            yield from _found(connection, content, table, true(), why)
        elif content.run is not None and "run_id" in table.c:
            yield from _found(connection, content, table, table.c.run_id != content.run, why)
    for table in filter(content.has_new, _CHECKS):
        yield from _found(connection, content, table, table.c.run_id.in_(earlier), "是审核通过之后插入的")


def _entries(kind: str) -> tuple[str, ...]:
    """The kinds of entries that come with a kind of seal."""
    return tuple(chart.leg_names()) if kind == "pay" else _ENTRIES.get(kind, ())


def _found(
    connection: Connection, content: Content, table: Table, condition: ColumnElement[bool], why: str
) -> Iterator[Stray]:
    since, to = content.since(table), content.to(table)
    query = select(table.c.id).where(table.c.id > since, table.c.id <= to, condition).order_by(table.c.id)
    for number in connection.execute(query).scalars():
        yield Stray(table, number, why)
