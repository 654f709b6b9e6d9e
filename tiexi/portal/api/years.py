"""A year's money: where it is, what is to be paid, the books, the quarterly returns."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import Connection
from starlette.responses import Response

from ledger.programmes import PROGRAMMES
from reports.money import balance as balances
from reports.money import beancount, returns_seen, to_pay
from reports.runs import audit_pack, files, seen, year_files
from tiexi.portal import streams
from tiexi.portal.answers.money import Balance
from tiexi.portal.call import Call, Caller
from tiexi.portal.kinds import Day, Number, Text, Year
from tiexi.portal.problems import bad
from tiexi.portal.routes import api

_XLSX = files.MEDIA[files.XLSX]
_TEXT = "text/plain; charset=utf-8"
_ZIP = "application/zip"
_QUARTERS = (1, 2, 3, 4)


def _programme(call: Call, named: str | None) -> str:
    """The programme that is asked for, by its key; else the first of which something can be the account's."""
    if named is None:
        return next((key for key in PROGRAMMES if seen.has_part(call.scope, key)), PROGRAMMES.usual.key)
    if named not in PROGRAMMES:
        raise bad("programme", f"应为以下之一：{'、'.join(PROGRAMMES)}")
    return named


def _file(call: Call, name: str, media: str, write: Callable[[Connection, Path], object]) -> Response:
    """A file that is written whole before it is sent."""
    return streams.file_answer(
        call, lambda connection: files.written(name, lambda path: write(connection, path), media)
    )


@api("years.balance", Balance)
def balance(call: Caller, year: Year, programme: Text | None = None, as_of: Day | None = None) -> dict[str, Any]:
    """Where every fen of a year is."""
    key = _programme(call, programme)
    with call.reading() as connection:
        return balances.of_year(connection, key, year, as_of, call.scope).as_dict()


@api("years.to-pay", None, files=(_XLSX,))
def what_to_pay(call: Caller, year: Year, programme: Text | None = None) -> Response:
    """The sheet of payments with everything that is still to be paid."""
    key = _programme(call, programme)
    return _file(
        call,
        f"待拨付-{year}.xlsx",
        _XLSX,
        lambda connection, path: to_pay.write_of_year(connection, key, year, path, call.scope),
    )


@api("years.journal", None, files=(_TEXT,))
def journal(call: Caller, year: Year) -> Response:
    """The year's books, for beancount."""
    return _file(call, f"{year}.beancount", _TEXT, lambda connection, path: beancount.export(connection, year, path))


@api("years.files", None, files=tuple(year_files.MEDIA_OF.values()))
def year_file(
    call: Caller,
    year: Year,
    what: str,
    programme: Text | None = None,
    county: Text | None = None,
    bank: Text | None = None,
    uscc: Text | None = None,
) -> Response:
    """A file of a year: problems and cures, applications and letters, what the year came to."""
    asked = year_files.Asked(programme, county, bank, uscc)
    year_files.require_askable(what, asked, call.scope)
    return streams.file_answer(call, lambda connection: year_files.file_of(connection, year, what, asked, call.scope))


@api("years.audit-pack", None, files=(_ZIP,))
def pack(call: Caller, year: Year) -> Response:
    """What an auditor takes away of a year."""
    return _file(call, f"审计-{year}.zip", _ZIP, lambda connection, path: audit_pack.write(connection, year, path))


@api("years.returns", None, files=(_XLSX,))
def returns(call: Caller, year: Year, quarter: Number, institution: Text | None = None) -> Response:
    """The return of a quarter: the institution's, or the city's total."""
    if quarter not in _QUARTERS:
        raise bad("quarter", "应为 1 至 4 的整数")
    return streams.file_answer(
        call,
        lambda connection: files.made(
            lambda folder: returns_seen.write(connection, year, quarter, folder, institution or "", call.scope)
        ),
    )
