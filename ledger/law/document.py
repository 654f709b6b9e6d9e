"""A document and its values: read from the YAML in its programme's folder, each value dated and cited.

A value is asked for as of a date. Outside the document's life, or before a value's first date, asking raises: the
law is never zero by accident.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from ledger.yaml_text import read_yaml

_SCALE = {
    "percent": 4, "factor": 4, "wan": 6, "days": 0, "workdays": 0, "months": 0, "years": 0, "month": 0, "day": 0,
}  # fmt: skip


PROGRAMMES = Path(__file__).parent.parent / "programmes"


class OutsideLife(ValueError):
    """A value of the law was asked for on a date on which it does not hold."""


@dataclass(frozen=True)
class DatedValue:
    """One value of the law from a date on: an integer (e4 for percent and factor, fen for wan, else a count) or names."""

    since: date
    value: int | tuple[str, ...]


@dataclass(frozen=True)
class Parameter:
    """A value of the law over time, with what it means, its unit and its article."""

    name: str
    meaning: str
    unit: str
    article: str
    dated: tuple[DatedValue, ...]  # oldest first

    def at(self, day: date) -> int | tuple[str, ...]:
        """The value in force on a day; OutsideLife before the first date."""
        held = [entry.value for entry in self.dated if entry.since <= day]
        if not held:
            raise OutsideLife(f"{self.name} holds only from {self.dated[0].since.isoformat()}")
        return held[-1]


@dataclass(frozen=True)
class Document:
    """One document: its number, title, life, the values that it judges by, and the dates and terms of its duties.

    The duties (when to file, how long to keep records) judge nothing, so no run depends on them.
    """

    programme: str
    name: str
    number: str
    title: str
    starts: date
    ends: date
    life_article: str
    parameters: dict[str, Parameter]
    duties: dict[str, Parameter]

    def in_force(self, day: date) -> bool:
        """Whether a day lies in the document's life, both ends included."""
        return self.starts <= day <= self.ends

    def values(self, day: date) -> "Values":
        """All values as of a day; OutsideLife when the day is not in the document's life."""
        if not self.in_force(day):
            raise OutsideLife(f"{self.number} is in force from {self.starts} to {self.ends}, not on {day}")
        return Values({name: parameter.at(day) for name, parameter in self.parameters.items()})

    def number_near(self, name: str, day: date) -> int:
        """A number, of a duty or a value, as of a day, or of the nearest day on which the document was in force.

        For what judges nothing: duties outlive the document, what was lent under it must still be kept.
        """
        value = (self.duties.get(name) or self.parameters[name]).at(self._near(day))
        if not isinstance(value, int):
            raise TypeError(f"{name} is not a number")
        return value

    def _near(self, day: date) -> date:
        return min(max(day, self.starts), self.ends)


class Values:
    """The values of one document on one date, by name: integers in their unit, or names."""

    def __init__(self, values: dict[str, int | tuple[str, ...]]) -> None:
        self._values = values

    def __getitem__(self, name: str) -> int:
        """A numeric value: e4 for percent and factor, fen for wan, else a count."""
        value = self._values[name]
        if not isinstance(value, int):
            raise TypeError(f"{name} is not a number")
        return value

    def names(self, name: str) -> tuple[str, ...]:
        """A value that is a list of names."""
        value = self._values[name]
        if isinstance(value, int):
            raise TypeError(f"{name} is not a list of names")
        return value

    def with_changes(self, changes: Mapping[str, int]) -> "Values":
        """The same values but for some numbers (in their unit); KeyError or TypeError for a name that is no number."""
        for name in changes:
            self[name]
        return Values({**self._values, **changes})

    def as_dict(self) -> dict[str, int | list[str]]:
        """All values, for the record of a run."""
        return {name: value if isinstance(value, int) else list(value) for name, value in self._values.items()}


def _scaled(raw: Any, unit: str) -> int | tuple[str, ...]:
    if unit == "names":
        return tuple(raw)
    number = Decimal(raw).scaleb(_SCALE[unit])
    if number != number.to_integral_value():
        raise ValueError(f"{raw} has too many decimals for {unit}")
    return int(number)


def read_document(path: Path) -> Document:
    """Reads and checks one document's YAML; ValueError or KeyError on anything undated, uncited or of unknown unit."""
    raw = read_yaml(path.read_text(encoding="utf-8"))
    life = raw["in_force"]
    return Document(
        raw["programme"],
        raw["name"],
        raw["document"],
        raw["title"],
        life["from"],
        life["to"],
        life["article"],
        _parameters(path, raw["values"]),
        _parameters(path, raw.get("duties", {})),
    )


def _parameters(path: Path, raw: Mapping[str, Any]) -> dict[str, Parameter]:
    parameters = {}
    for name, entry in raw.items():
        dated = tuple(DatedValue(item["from"], _scaled(item["value"], entry["unit"])) for item in entry["dated"])
        if not dated or not entry["article"] or list(dated) != sorted(dated, key=lambda item: item.since):
            raise ValueError(f"{path.name}: {name} needs an article and values in order of date")
        parameters[name] = Parameter(name, entry["meaning"], entry["unit"], entry["article"], dated)
    return parameters


@cache
def document(programme: str) -> Document:
    """The document of a programme, by the key that it is registered under."""
    return read_document(PROGRAMMES / programme / "law.yaml")
