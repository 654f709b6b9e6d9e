"""Enterprises, banks, insurers and investors as people look for them: by any part of any name they have had, with what each
year brought."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from sqlalchemy import ColumnElement, Connection, case, func, literal, select

from ledger import models, money
from ledger.accounts.scope import EVERYTHING, Scope
from ledger.database import db
from ledger.facts.approved import is_approved
from ledger.facts.bank_names import bank_names
from ledger.facts.of_lines import lent_to, with_banks
from ledger.programmes import PROGRAMMES
from ledger.runs.settlement import STATE_NAMES, RunRecord, read_run
from reports.parties import seen_parties
from reports.parties.spellings import may_hold, plain
from reports.report import LineColumn
from reports.runs import run_lines, seen
from reports.runs.run_lines import Lines

Kind = Literal["enterprise", "bank", "insurer", "investor"]
KIND_NAMES: dict[Kind, str] = {"enterprise": "企业", "bank": "银行", "insurer": "保险机构", "investor": "投资机构"}
INSTITUTIONS: tuple[Kind, ...] = ("insurer", "investor")  # known by a name alone, in columns of this name
WITHDRAWN = "已撤回"
_COLUMN: dict[Kind, str] = {"enterprise": "uscc", "bank": "bank"}  # of the lines, by which a party is known
_CODE = _COLUMN["enterprise"]
_SEVERAL = "s"  # at the end of a column's name: it names several, joined by
_JOINT = "、"
_FEW = 500  # parties that a query names one by one; for more it reads all


class Brought(NamedTuple):
    """What a run brought a party with its lines of one kind: how many, the sums of what they give (fen, by column), and how
    many each code stopped."""

    run: RunRecord
    lines: Lines
    number: int
    given: dict[str, int]
    stopped: dict[str, int]

    def as_dict(self) -> dict[str, Any]:
        """For --json."""
        return {
            "year": self.run.year, "programme": self.run.programme, "run": self.run.id, "state": self.run.state,
            "approved": self.run.approved_at is not None, "kind": self.lines.name, "claims": self.lines.claims,
            "lines": self.number, "given": self.given, "stopped": self.stopped,
        }  # fmt: skip

    def line(self) -> str:
        """For people: the year, whose run, how many lines, what they brought."""
        columns: dict[str, LineColumn] = dict(self.lines.by_name)
        sums = [f"{columns[name].header} {money.wan_words(fen)}" for name, fen in self.given.items() if fen]
        codes = [f"{code} {count} 笔" for code, count in self.stopped.items()]
        return (
            f"{self.run.year} 年度 {PROGRAMMES[self.run.programme].name}（{STATE_NAMES[self.run.state]}，第 {self.run.id} 号运行）："
            f"{self.lines.name} {self.number} 笔，{'，'.join(sums) or '没有金额'}"
            + (f"；未通过：{'、'.join(codes)}" if codes else "")
        )


@dataclass(frozen=True)
class Party:
    """Whoever was found. code: of an enterprise; name: the one in force, of a bank that was taken over with its successor;
    names: any others it has had; county: of an enterprise, and WITHDRAWN of any of which no row is in force.
    known: what its lines call it. loans: how many on file were lent in each year."""

    kind: Kind
    known: str
    code: str
    name: str
    names: Sequence[str]
    county: str
    loans: dict[int, int] = field(default_factory=dict)
    brought: list[Brought] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """For --json."""
        named: dict[str, Any] = {"uscc": self.code, "county": self.county} if self.kind == "enterprise" else {}
        lent = {} if self.kind in INSTITUTIONS else {"loans": {str(year): count for year, count in self.loans.items()}}
        return {
            **named, "name": self.name, "other_names": list(self.names), **lent, "years": [one.as_dict() for one in self.brought],
        }  # fmt: skip

    def heading(self) -> str:
        """For people: code, name, county, the names it had."""
        where = f"（{self.county}）" if self.county else ""
        had = f"；又名：{'、'.join(self.names)}" if self.names else ""
        return f"{self.code}{'　' if self.code else ''}{self.name}{where}{had}"

    def lines(self) -> list[str]:
        """For people: what each year brought, and the loans lent after the last year with a run."""
        found = [one.line() for one in self.brought]
        last = max((one.run.year for one in self.brought), default=0)
        waiting = [f"{year} 年发放 {count} 笔" for year, count in self.loans.items() if year > last]
        found += [f"在库贷款，尚无运行结果：{'、'.join(waiting)}"] if waiting else []
        return found or ["没有运行结果" if self.kind in INSTITUTIONS else "没有在库的贷款，也没有运行结果"]


def find(connection: Connection, words: str, scope: Scope = EVERYTHING) -> list[Party]:
    """Enterprises (by code), then banks, insurers and investors (by name), of which some part of a code or name is this, as
    far as a scope sees them."""
    wanted = plain(words)
    institutes = [party for kind in INSTITUTIONS for party in institutions(connection, kind, scope)]
    found = [
        party
        for party in [*enterprises(connection, scope, _may_be(wanted)), *banks(connection, scope), *institutes]
        if any(wanted in plain(name) for name in (party.code, party.known, party.name, *party.names) if name)
    ]
    tell(connection, found, scope)
    return found


def _may_be(wanted: str) -> ColumnElement[bool]:
    """Whether an enterprise's code or any name that it has had may have some part that is this."""
    fact, anchor = models.EnterpriseFact, models.Enterprise
    named = select(fact.enterprise_id).where(may_hold(fact.name, wanted))
    return func.lower(anchor.uscc).contains(wanted, autoescape=True) | anchor.id.in_(named)


def enterprises(connection: Connection, scope: Scope, which: ColumnElement[bool]) -> list[Party]:
    """The enterprises that were ever on file and that a scope sees, by their codes. which: a condition on models.Enterprise."""
    own = seen_parties.enterprises(connection, scope)
    fact, anchor = models.EnterpriseFact, models.Enterprise
    query = select(anchor.uscc, fact.name, fact.county, fact.retired_by).join(anchor, anchor.id == fact.enterprise_id)
    query = query.where(which)
    versions = defaultdict(list)
    for row in connection.execute(query.order_by(anchor.uscc, fact.version)):
        versions[row.uscc].append(row)
    found = []
    for code, rows in versions.items():
        if own is not None and code not in own:
            continue
        newest = next((row for row in rows if row.retired_by is None), rows[-1])
        others = list(dict.fromkeys(row.name for row in rows if row.name != newest.name))
        county = newest.county if newest.retired_by is None else WITHDRAWN
        found.append(Party("enterprise", code, code, newest.name, others, county))
    return found


def banks(connection: Connection, scope: Scope = EVERYTHING) -> list[Party]:
    """Every bank on file that a scope sees, by the name in force."""
    names, own = bank_names(connection), seen_parties.banks(connection, scope)
    called = defaultdict(list)
    for name, number in names.ids().items():
        if own is None or number in own:
            called[number].append(name)
    found = []
    for number, all_names in called.items():
        printed, by_itself = names.printed(number), names.in_force(number)
        others = [name for name in all_names if name not in (printed, by_itself) and "承继）" not in name]
        found.append(Party("bank", names.anchor_of(number), "", printed, others, ""))
    return sorted(found, key=lambda party: party.name)


def institutions(connection: Connection, kind: Kind, scope: Scope = EVERYTHING) -> list[Party]:
    """Every insurer or investor that any sheet has ever named and that a scope sees, by its name."""
    in_force: dict[str, bool] = {}
    for sheet in seen_parties.sheets(scope):
        columns = models.table_of(sheet.model).c
        if kind in columns:
            named, standing = columns[kind], func.max(case((columns["retired_by"].is_(None), 1), else_=0))
            query = select(named, standing).where(named.is_not(None)).group_by(named)
            for name, standing_now in connection.execute(query):
                in_force[name] = in_force.get(name, False) or bool(standing_now)
    return [
        Party(kind, name, "", name, (), "" if in_force[name] else WITHDRAWN)
        for name in sorted(in_force)
        if seen_parties.institution(scope, kind, name)
    ]


# --- what each year brought -------------------------------------------------------------------------------------------


def years_runs(connection: Connection, scope: Scope = EVERYTHING) -> list[RunRecord]:
    """Of every programme's year the approved run, else its latest trial; by year and then as programmes are shown. scope: who
    has a part in them."""
    run = models.Run
    query = select(run.id, run.programme, run.year).order_by(is_approved().desc(), run.id.desc())
    first: dict[tuple[str, int], int] = {}
    for row in connection.execute(query):
        first.setdefault((row.programme, row.year), row.id)
    order = list(PROGRAMMES)
    own = [one for one in first if scope == EVERYTHING or seen.has_part(scope, one[0])]
    chosen = sorted(own, key=lambda one: (one[1], order.index(one[0])))
    return [read_run(connection, first[one]) for one in chosen]


def tell(connection: Connection, parties: Sequence[Party], scope: Scope = EVERYTHING) -> None:
    """Adds to each party what a scope sees of it: loans by the year lent, and what each year's run brought."""
    for kind in KIND_NAMES:
        known = {party.known: party for party in parties if party.kind == kind}
        if not known:
            continue
        if kind not in INSTITUTIONS:
            _count_loans(connection, kind, known, scope)
        for run in years_runs(connection, scope):
            for lines in run_lines.of_programme(run.programme):
                if column := column_of(lines, kind):
                    _sum_lines(connection, run, lines, column, known, scope)


def column_of(lines: Lines, kind: Kind) -> str:
    """The column of a kind of lines by which a party is known, '' where there is none."""
    one = _COLUMN.get(kind, kind)
    return next((name for name in (one, one + _SEVERAL) if name in lines.by_name), "")


def names(lines: Lines, column: str, known: str) -> ColumnElement[bool]:
    """Whether a line names a party in such a column, alone or among several."""
    source = lines.source(column)
    if not column.endswith(_SEVERAL):
        found: ColumnElement[bool] = source == known
        return found & lent_to(lines.line, [known]) if column == _CODE else found
    return (literal(_JOINT) + source + _JOINT).contains(f"{_JOINT}{known}{_JOINT}", autoescape=True)


def _count_loans(connection: Connection, kind: Kind, known: dict[str, Party], scope: Scope) -> None:
    fact, anchor = models.LoanFact, models.Enterprise
    query = with_banks(select(fact.disbursed_on, func.count())).join_from(fact, anchor, anchor.id == fact.enterprise_id)
    query = query.where(fact.retired_by.is_(None), *seen_parties.loans(connection, scope)).group_by(fact.disbursed_on)
    name = anchor.uscc if kind == "enterprise" else models.Bank.name
    for row in _of(connection, query.add_columns(name).group_by(name).order_by(fact.disbursed_on), name, known):
        loans = known[row[2]].loans
        loans[row[0].year] = loans.get(row[0].year, 0) + row[1]


def _sum_lines(
    connection: Connection, run: RunRecord, lines: Lines, column: str, known: dict[str, Party], scope: Scope
) -> None:
    name = lines.source(column)
    codes = [lines.source("reasons")] if "reasons" in lines.by_name else []
    sums = [func.sum(lines.source(given)) for given in lines.gives]
    own = seen.lines_seen(connection, lines, run.programme, scope)
    query = lines.joined(select(name, func.count(), *sums, *codes)).where(lines.line.run_id == run.id, *own)
    if column == _CODE and len(known) <= _FEW:
        query = query.where(lent_to(lines.line, sorted(known)))
    query = query.group_by(name, *codes)
    several = column.endswith(_SEVERAL)
    found: dict[str, Brought] = {}
    rows: Iterable[Any] = connection.execute(query) if several else _of(connection, query, name, known)
    for row in rows:
        named: set[str] = set(str(row[0] or "").split(_JOINT)) if several else {row[0]}
        for party in named & known.keys():
            one = found.setdefault(party, Brought(run, lines, 0, dict.fromkeys(lines.gives, 0), {}))
            for given, fen in zip(lines.gives, row[2:], strict=False):
                one.given[given] += int(fen)
            for code in (row[-1] or "").split(";") if codes else ():
                if code:
                    one.stopped[code] = one.stopped.get(code, 0) + row[1]
            found[party] = one._replace(number=one.number + row[1])
    for party, one in found.items():
        order = [condition.code for condition in PROGRAMMES[run.programme].conditions]
        stopped = {code: one.stopped[code] for code in sorted(one.stopped, key=order.index)}
        known[party].brought.append(one._replace(stopped=stopped))


def _of(connection: Connection, query: Any, name: Any, known: Iterable[str]) -> Iterable[Any]:
    """The rows of a query of these names alone."""
    names = sorted(known)
    if len(names) > _FEW:
        return [row for row in connection.execute(query) if row._mapping[name] in known]
    return [row for part in db.in_chunks(names) for row in connection.execute(query.where(name.in_(part)))]
