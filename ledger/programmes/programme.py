"""What a document gives, so that it is one folder: its words, its judgement, its tables, its money, its roles.

What judges, its tables, what they owe and what reads its sheets is named as "module:name" and loaded when it is asked for: most
commands only need to know what a document is called and which way its money goes.

Everything general (intake, runs, books, seals, audit, jobs, reports, commands) reads a document through this and names
none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any

from ledger.lazy import load
from ledger.programmes.assumptions import AS_ON_FILE, Assumptions

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from ledger.computing.snapshot import View
    from ledger.facts.partitions import Partition
    from ledger.law.conditions import Condition
    from ledger.law.document import Document
    from ledger.programmes.assuming import Assuming
    from ledger.programmes.flow import Due, Item, Leg, Payer
    from ledger.programmes.judging import Judged, Judging
    from ledger.programmes.rates import Rate
    from ledger.workbooks.sheet import Sheet


@dataclass(frozen=True)
class SpotCheck:
    """How a document's lines are spot-checked: by which article, the model of its lines of loans, and what each is paid.

    line_named: "module:Model". paid(line model) is the column expression of what a line is paid (fen).
    """

    article: str
    line_named: str
    paid: Callable[[Any], Any]

    @property
    def line(self) -> type[Any]:
        """The model of its lines of loans."""
        found: type[Any] = load(self.line_named)
        return found


@dataclass(frozen=True)
class PapersAsked:
    """Which papers a document asks for, and until when: by event the kinds without which it is not complete, the name of the
    number of working days, and the kind of a bank's report of a year.

    judged_named: "module:function", asked with (connection, loan, event, its day) for the approved runs that judged it.
    """

    article: str
    required: Mapping[str, tuple[str, ...]]
    workdays: str
    report: str
    judged_named: str

    def judged(self, connection: Connection, loan_id: int, event: str, event_on: date) -> Sequence[JudgedBy]:
        """The approved runs that judged this event of a loan by receipts."""
        found: Sequence[JudgedBy] = load(self.judged_named)(connection, loan_id, event, event_on)
        return found


@dataclass(frozen=True)
class JudgedBy:
    """An approved run that judged an event by receipts: its year, its as-of date, and how much of papers it had seen."""

    run: int
    year: int
    as_of: date
    last_paper_state_id: int


@dataclass(frozen=True)
class Number:
    """A number of the document that a simulation may set: the document's name for it, and what people write.

    looser: 1 where more gives more (a ceiling), -1 where less does (a floor), 0 where neither. item: the 补助项目 of the
    year's own rate that it stands for.
    """

    parameter: str
    alias: str
    chinese: str
    looser: int = 0
    least: int = 0
    item: str = ""


@dataclass(frozen=True)
class Assumable:
    """What a simulation may set, and how a year is settled with it."""

    numbers: tuple[Number, ...]
    assuming_named: str

    @property
    def assuming(self) -> Assuming:
        """How a year is settled with other numbers."""
        found: Assuming = load(self.assuming_named)
        return found


@dataclass(frozen=True)
class Programme:
    """One document's programme.

    name: what people call it. command: what a person types for a trial run. usual: whether commands speak of it when
    they are told no programme. products: the 业务品种 of its loans.
    settlement_day(year, as_of, today) gives the as-of date to use, or raises Refused. judging: "module:name", how its
    facts are read and judged. owed and claimed: "module:function", which is asked with (connection, run id). sheets, rates,
    tables (the models of its facts and lines): "module:name". funds: the 资金 of sheet 资金总量 by which it is limited.
    items, payers, legs: what is paid, who bears it, which way it goes. creditors: whom it is for, in words.
    signed_by, run_by, approved_by: the roles that review it first (none where its document knows no such review), make
    its runs, and approve them. concerns_counties: whether counties see their lines all the same. limits_by: who enters its
    rates and funds of a year beside the city's finance. allotted_by, reversed_by: who allots the money, and who reverses an entry. spot_check, papers: None where its document asks for none. assumable: None
    where nothing may be simulated.
    """

    key: str
    name: str
    command: str
    document: Document
    settlement_day: Callable[[int, date | None, date], date]
    judging_named: str
    owed_named: str
    items: tuple[Item, ...]
    payers: tuple[Payer, ...]
    legs: tuple[Leg, ...]
    creditors: tuple[str, ...] = ("银行", "企业")
    usual: bool = False
    products: tuple[str, ...] = ()
    sheets_named: str = ""
    tables_named: str = ""
    claimed_named: str = ""
    rates_named: str = ""
    funds: tuple[str, ...] = ()
    signed_by: tuple[str, ...] = ()
    run_by: tuple[str, ...] = ()
    approved_by: tuple[str, ...] = ()
    concerns_counties: bool = False
    limits_by: tuple[str, ...] = ()
    allotted_by: tuple[str, ...] = ("finance",)
    reversed_by: tuple[str, ...] = ("finance",)
    spot_check: SpotCheck | None = None
    papers: PapersAsked | None = None
    assumable: Assumable | None = None

    @property
    def judging(self) -> Judging:
        """How its facts are read and judged."""
        found: Judging = load(self.judging_named)
        return found

    @property
    def tables(self) -> tuple[type[Any], ...]:
        """The models of its facts and lines."""
        return load(self.tables_named) if self.tables_named else ()

    def owed(self, connection: Connection, run_id: int) -> list[Due]:
        """What a run's lines pay, in a fixed order."""
        found: list[Due] = load(self.owed_named)(connection, run_id)
        return found

    def claimed(self, connection: Connection, run_id: int) -> list[Due]:
        """What a run claims back, in a fixed order."""
        return load(self.claimed_named)(connection, run_id) if self.claimed_named else []

    @property
    def sheets(self) -> tuple[Sheet, ...]:
        """The intake sheets that only its document asks for."""
        return load(self.sheets_named) if self.sheets_named else ()

    @property
    def rates(self) -> tuple[Rate, ...]:
        """The 补助项目 of sheet 年度比例 whose ceilings stand in the document."""
        return load(self.rates_named) if self.rates_named else ()

    @property
    def conditions(self) -> Sequence[Condition]:
        """Every condition of its document once, in the order in which codes are named."""
        return self.judging.conditions

    def judge(
        self,
        connection: Connection,
        year: int,
        as_of: date,
        partitions: int | None = None,
        assumed: Assumptions = AS_ON_FILE,
        apart: bool = False,
        view: View | None = None,
        part: Partition | None = None,
    ) -> Judged:
        """A year judged, ready to be stored; writes nothing. Refused when a date that it needs is not known.

        The enterprises are cut into so many parts, by default so that each has as many loans as the settings say; however
        many there are, the outcome is the same. apart: whether others may do them, by the settings, who see what is
        committed and not what the caller has written; `view` stands around them too, as it does on this connection. part: those
        enterprises alone are judged, as if there were no others.
        """
        from ledger.computing.executor import HERE, configured, parts_of
        from ledger.facts.partitions import cut, most
        from ledger.programmes.parts import judge_part

        judging = self.judging
        if part is None:
            count = parts_of(most(connection, judging.numbered)) if partitions is None else partitions
            parts = cut(connection, judging.numbered, count)
        else:
            parts = (part,)
        task = partial(judge_part, self.key, year, as_of, parts, assumed)
        doing = configured(len(parts)) if apart else HERE
        with doing.spool(connection, len(parts)) as spool:
            return judging.join(list(doing.run(connection, spool, task, range(len(parts)), view)), spool)

    @property
    def option(self) -> str:
        """What a command must be told to speak of it, a blank first; '' where it does so by itself."""
        return "" if self.usual else f" --programme {self.name}"
