"""解释口径: where a document leaves room, what was chosen, what else it could mean, and where a regulator can change it.

Each document has its own in its folder; docs/解释口径.md is made from them.
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from ledger.law.document import PROGRAMMES
from ledger.yaml_text import read_yaml

REGISTER = "readings.yaml"  # in the folder of a document


@dataclass(frozen=True)
class Reading:
    """One reading: the words in question, the reading chosen, the other one, and who would gain or lose by it.

    where: the dotted name of the code that carries the reading. tests: files under tests/ that would fail without it.
    """

    id: str
    title: str
    document: str
    article: str
    chosen: str
    other: str
    effect: str
    where: str
    tests: tuple[str, ...]


_FIELDS = tuple(entry.name for entry in fields(Reading))


def readings_of(programmes: Iterable[str]) -> tuple[Reading, ...]:
    """The readings of documents, named by the keys of their programmes, in their order."""
    return read_readings(*(PROGRAMMES / key / REGISTER for key in programmes))


def read_readings(*paths: Path) -> tuple[Reading, ...]:
    """The register, in its order; ValueError on an entry that lacks something or repeats another one's id."""
    readings = tuple(_reading(entry) for path in paths for entry in read_yaml(path.read_text(encoding="utf-8")))
    ids = [reading.id for reading in readings]
    if repeated := sorted({name for name in ids if ids.count(name) > 1}):
        raise ValueError(f"{REGISTER}: repeated ids {repeated}")
    return readings


def _reading(entry: dict[str, Any]) -> Reading:
    if sorted(entry) != sorted(_FIELDS) or not all(entry.values()):
        raise ValueError(f"a reading needs exactly these, none empty: {', '.join(_FIELDS)}; found {entry}")
    texts = {name: entry[name] for name in _FIELDS if name != "tests"}
    if not all(isinstance(value, str) for value in texts.values()):
        raise ValueError(f"a reading holds text only: {entry}")
    return Reading(**texts, tests=tuple(entry["tests"]))
