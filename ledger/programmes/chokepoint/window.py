"""第十四条: which days a year's review looks at."""

from dataclasses import dataclass
from datetime import date

from ledger.law.document import Document, OutsideLife, Values


@dataclass(frozen=True)
class Window:
    """第十四条: what a review looks at: after the cut-off of the year before, up to its own cut-off."""

    after: date
    cut_off: date


def cut_off(document: Document, year: int) -> date:
    """第十四条: the day up to which a year's review looks."""
    values = document.values(document.starts)
    return date(year, values["review_month"], values["review_day"])


def window(document: Document, year: int) -> Window:
    """The window of a year's review; OutsideLife when no day of it lies in the document's life."""
    found = Window(cut_off(document, year - 1), cut_off(document, year))
    if found.cut_off < document.starts or found.after >= document.ends:
        raise OutsideLife(f"{document.number} is in force from {document.starts} to {document.ends}, not in {year}")
    return found


def values_of(document: Document, found: Window) -> Values:
    """The values of the law for a review: as of its cut-off, or of the document's last day before that."""
    return document.values(min(found.cut_off, document.ends))
