"""Warnings as people and programs read them: of what is on file now, with what is judged of a year where one is asked for."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import date
from itertools import groupby

from sqlalchemy import Connection, select

from ledger import models
from ledger.accounts import scope as scopes
from ledger.accounts.roles import COUNTY
from ledger.accounts.scope import EVERYTHING, Scope
from ledger.errors import Refused
from ledger.facts.bank_names import bank_names
from ledger.facts.of_lines import with_banks
from ledger.intake.sending import of_own_unit
from ledger.lazy import np
from ledger.programmes import PROGRAMMES
from ledger.runs.settlement import RunRecord, choose_run
from ledger.warnings import columns, kept, on_file
from ledger.warnings.judging import Facts
from ledger.warnings.kinds import KINDS, Warned, in_order
from ledger.workdays import Days, day_number, today
from reports.runs import cut

_SHOWN = 3  # of a kind, before the rest is only counted


def on_record(connection: Connection, year: int | None, scope: Scope = EVERYTHING) -> list[Warned]:
    """What is on file now, as far as a scope sees it. Of a year: its loans alone, by each programme's run of the year or,
    without one, as of today."""
    found = on_file.of_everything(connection) if year is None else _of_year(connection, year)
    own = _enterprises(connection, scope.name) if scope.kind == COUNTY else set()
    return _seen(connection, found, scope, own)


def of_run(connection: Connection, run: RunRecord, scope: Scope = EVERYTHING) -> list[Warned]:
    """What a run's loans were warned of when it was made, as far as a scope sees it."""
    own = cut.enterprises(connection, run, scope.name) if scope.kind == COUNTY else set()
    return _seen(connection, kept.first(connection, run.id, kept.count(connection, run.id)), scope, own)


def _seen(connection: Connection, found: list[Warned], scope: Scope, own: Collection[str]) -> list[Warned]:
    """Those of a scope: a bank's own loans, without the names of files that others brought; a county's enterprises (their
    codes: own); an office's documents. An insurer or investor has none: what is warned of are loans and their enterprises."""
    if not found or scope == EVERYTHING:
        return found
    known, banks = scopes.programmes(scope), scopes.bank_ids(connection, scope)
    names = bank_names(connection)
    if banks is not None:
        found = [one for one in found if one.bank is not None and names.id_of(one.bank) in banks]
        foreign = _files_of_others(connection, {one.file for one in found}, scope)
        found = [replace(one, file="") if one.file in foreign else one for one in found]
    if scope.kind == COUNTY:
        found = [one for one in found if one.uscc in own]
    if known is not None:
        loan, fact = models.Loan, models.LoanFact
        products = [product for key in known for product in PROGRAMMES[key].products]
        lent = with_banks(select(loan.bank_id, loan.note_no)).where(
            fact.retired_by.is_(None), fact.product.in_(products)
        )
        loans = {tuple(row) for row in connection.execute(lent)}
        found = [one for one in found if one.bank is None or (names.id_of(one.bank), one.note_no) in loans]
    return found


def _enterprises(connection: Connection, county: str) -> set[str]:
    """The codes of the enterprises of a county, by the versions in force."""
    company, anchor = models.EnterpriseFact, models.Enterprise
    query = select(anchor.uscc).join(company, company.enterprise_id == anchor.id)
    found = query.where(company.retired_by.is_(None), company.county == county)
    return set(connection.execute(found).scalars())


def _files_of_others(connection: Connection, files: set[str], scope: Scope) -> set[str]:
    """Of some names of files, those under which another unit has brought one."""
    intake, own = models.Intake, of_own_unit(connection, scope)
    rows = connection.execute(select(intake.id, intake.file_name, intake.account)).all()
    return {
        row.file_name for row in rows if row.file_name in files and own is not None and not own(row.id, row.account)
    }


def _of_year(connection: Connection, year: int) -> list[Warned]:
    facts = columns.everything(connection)
    found: set[Warned] = set()
    left = set()  # products of loans whose programme has no run of the year
    for programme in PROGRAMMES.values():
        try:
            run = choose_run(connection, programme.key, year)
        except Refused:
            left |= set(programme.products)
            continue
        loan_ids = on_file.judged_by(connection, run.id, programme.key)
        found |= {*on_file.of_year(connection, facts, loan_ids, year, run.as_of)}
    loan_ids = _with_balance(facts, left, min(date(year, 12, 31), today()))
    return in_order([*{*found, *on_file.of_year(connection, facts, loan_ids, year, today())}])


def _with_balance(facts: Facts, products: Iterable[str], day: date) -> Days:
    """The loans of some products that were lent by a day and not paid back by it."""
    loans, last = facts.loans, day_number(day)
    balance = loans["amount"].to_numpy().copy()
    by_then = facts.repayments[facts.repayments["paid_on"] <= last]
    np.subtract.at(balance, by_then["loan"].to_numpy(), by_then["principal"].to_numpy())
    open_then = loans["product"].isin(list(products)) & (loans["disbursed_on"] <= last) & (balance > 0)
    return loans["loan_id"].to_numpy()[open_then.to_numpy()]


def lines(warnings: Sequence[Warned], shown: int | None = _SHOWN) -> list[str]:
    """Warnings in order as lines, kind by kind: the first few of each (all where shown is None), and how many more."""
    titles = {kind.code: kind.title for kind in KINDS}
    found = []
    for code, group in groupby(warnings, lambda one: one.code):
        same = list(group)
        found.append(f"{code} {titles[code]}：{len(same)} 条")
        found += [f"　{one.file}：{one.text}" for one in same[:shown]]
        if shown is not None and len(same) > shown:
            found.append(f"　另有 {len(same) - shown} 条")
    return found
