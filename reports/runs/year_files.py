"""The files of a year for whoever may see them: each is the export of that name, cut to a scope, of the year's approved run or
its latest trial."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Connection

from ledger.accounts.roles import BANK, COUNTY
from ledger.accounts.scope import EVERYTHING, Scope, bank_ids
from ledger.counties import ALL_COUNTIES
from ledger.errors import NotFound
from ledger.facts.bank_names import bank_names
from ledger.programmes import PROGRAMMES
from ledger.workbooks import cells
from reports import programmes
from reports.lists import NotAList
from reports.report import Export
from reports.runs import seen
from reports.runs.files import MEDIA, XLSX, Given, made
from reports.writing.files import safe

DOCX = "docx"
MEDIA_OF: Mapping[str, str] = {
    f".{XLSX}": MEDIA[XLSX],
    f".{DOCX}": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}
# what may be said to each beside the year, and what whoever sees all must say
_MAY: Mapping[str, tuple[str, ...]] = {
    "problems": ("programme", "county", "bank"),
    "budget": ("programme",),
    "performance": ("programme",),
    "proposal": ("programme",),
    "distrust": (),
    "application": ("programme", "bank"),
    "cover": ("programme", "county"),
    "letter": ("programme", "uscc"),
}
_MUST: Mapping[str, str] = {"application": "bank", "cover": "county", "letter": "uscc"}
_OWN: Mapping[str, str] = {"bank": BANK, "county": COUNTY}  # whose scope says it by itself
ALL = tuple(_MAY)


class Asked(NamedTuple):
    """What is said to a file of a year: the key of a programme, a county, a bank by any of its names, an enterprise's code."""

    programme: str | None = None
    county: str | None = None
    bank: str | None = None
    uscc: str | None = None

    def given(self) -> dict[str, str]:
        """What of it is said."""
        return {name: value for name, value in self._asdict().items() if value is not None}


def require_askable(what: str, asked: Asked, scope: Scope = EVERYTHING) -> None:
    """NotAList where a file is asked for by what it has not, or where something is to be named, before whose it is is
    looked at."""
    if what not in _MAY:
        return
    given = asked.given()
    for name in given:
        if name not in _MAY[what]:
            raise NotAList(name, "没有这个参数")
    must = _MUST.get(what)
    if must is not None and must not in given and not (must in _OWN and scope.kind == _OWN[must]):
        raise NotAList(must, {"bank": "应写明哪家银行", "county": "应写明哪个区市", "uscc": "应写明哪家企业"}[must])
    if asked.programme is not None and asked.programme not in PROGRAMMES:
        raise NotAList("programme", f"应为以下之一：{'、'.join(PROGRAMMES)}")
    if asked.county is not None and asked.county not in ALL_COUNTIES:
        raise NotAList("county", f"应为以下之一：{'、'.join(ALL_COUNTIES)}")


def file_of(connection: Connection, year: int, what: str, asked: Asked = Asked(), scope: Scope = EVERYTHING) -> Given:  # noqa: B008
    """A file of a year. NotFound where there is none of that name for the programme, or it is not a scope's to see; Refused
    where the year has no run."""
    if what not in _MAY:
        raise NotFound("没有这个文件")
    require_askable(what, asked, scope)
    key, export = _export(what, asked.programme, scope)
    options: dict[str, Any] = {name: value for name, value in asked.given().items() if name != "programme"}
    options = _cut(connection, what, options, scope)
    suffix = export.suffixes[0]
    whose = "".join(f"-{options[name]}" for name in ("county", "bank", "uscc") if name in options)
    name = safe(f"{export.what}{whose}-{year}{suffix}")

    def write(folder: Path) -> Path:
        of = year if export.of_year else None
        programmes.write(connection, key, export, of, None, folder / name, **options)
        return folder / name

    return made(write, MEDIA_OF[suffix])


def of_scope(what: str, scope: Scope = EVERYTHING) -> list[str]:
    """The keys of the programmes that have such a file and of which something can be a scope's; '' for one of all."""
    found = programmes.exports_by_name().get(what, {})
    return [key for key in found if not key or seen.has_part(scope, key)]


def _export(what: str, programme: str | None, scope: Scope) -> tuple[str, Export]:
    """The document's export, or that of the first that has one for the scope."""
    keys = of_scope(what, scope)
    key = programme if programme is not None else next(iter(keys), None)
    if key is None or key not in keys:
        raise NotFound("没有这个文件")
    return key, programmes.exports_by_name()[what][key]


def _cut(connection: Connection, what: str, options: dict[str, Any], scope: Scope) -> dict[str, Any]:
    """What is said to the export: one's own where nothing is said; NotFound where another's is asked for."""
    county, bank = options.get("county"), options.get("bank")
    if scope.kind and county is not None and (scope.kind, scope.name) != (COUNTY, county):
        raise NotFound("没有这个文件")
    if bank is not None:
        options["bank"] = _name(bank)
        own = bank_ids(connection, scope)
        if own is not None and bank_names(connection).id_of(options["bank"]) not in own:
            raise NotFound("没有这个文件")
    if "uscc" in options:
        options["uscc"] = _code(options["uscc"])
    must = _MUST.get(what)
    if must is not None and must in _OWN and must not in options:
        options[must] = scope.name
    return options | ({"scope": scope} if what == "problems" and scope != EVERYTHING else {})


def _name(text: str) -> str:
    try:
        return cells.read_name(text)
    except ValueError as error:
        raise NotFound("没有这样的名称") from error


def _code(text: str) -> str:
    try:
        return cells.read_uscc(text)
    except ValueError as error:
        raise NotFound("没有这样的代码") from error
