"""Which papers are asked for: by the documents, and as what a paper can be filed."""

from collections.abc import Sequence
from datetime import date

from ledger.errors import Refused
from ledger.facts.receipts import BETWEEN
from ledger.law.document import Document
from ledger.programmes import PROGRAMMES
from ledger.programmes.programme import PapersAsked, Programme
from ledger.workbooks.visible import visible

OTHER = "其他"  # counts for nothing


def programme() -> Programme:
    """The document that asks for papers."""
    return next(one for one in PROGRAMMES.values() if one.papers is not None)


def papers() -> PapersAsked:
    """What it asks for."""
    found = programme().papers
    assert found is not None
    return found


def document() -> Document:
    """Its text's values."""
    return programme().document


def required(event: str) -> tuple[str, ...]:
    """The kinds without which the papers of an event are not complete."""
    return papers().required[event]


def kinds() -> tuple[str, ...]:
    """The kinds as which a paper of an event can be filed."""
    return (*dict.fromkeys(kind for of_event in papers().required.values() for kind in of_event), OTHER)


def report() -> str:
    """The kind of a bank's report of a year."""
    return papers().report


def require_year(year: int) -> None:
    """Refused for the report of a year that the document does not know."""
    last = date(year, 12, 31)
    programme().settlement_day(year, last, last)


def read_kinds(given: str | Sequence[str]) -> tuple[str, ...]:
    """The kinds of a paper, from a list or a text with 、 between them: each once, in the order of all."""
    parts = given.replace("，", BETWEEN).replace(",", BETWEEN).split(BETWEEN) if isinstance(given, str) else given
    named = {visible(part).strip() for part in parts} - {""}
    known = (*kinds(), report())
    for one in sorted(named.difference(known)):
        raise Refused(f"没有「{one}」这种资料；应为{BETWEEN.join(kinds())}，或没有业务的{report()}")
    if not named:
        raise Refused(f"没有写明是哪种资料；应为{BETWEEN.join(kinds())}，或没有业务的{report()}")
    return tuple(kind for kind in known if kind in named)
