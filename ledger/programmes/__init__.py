"""The register of programmes, and a folder per document: its law and values, its tables, its facts as columns.

A document is one line of DOCUMENTS. Its module is loaded when its programme is first asked for, so that what needs
only the names of the documents starts at once. May import from the ground up to `facts/`, never what works
on programmes (intake, runs, books, audit).
"""

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ledger.programmes.programme import Programme

# key of each document, in the order in which people are shown them: the module that has its PROGRAMME
DOCUMENTS = {
    "tech_branch": "ledger.programmes.tech_branch.programme",
    "chokepoint": "ledger.programmes.chokepoint.programme",
    "farm_insurance": "ledger.programmes.farm_insurance.programme",
    "export_credit": "ledger.programmes.export_credit.programme",
}


class Register(Mapping[str, "Programme"]):
    """The programmes by key, each loaded when it is first asked for."""

    def __init__(self, modules: Mapping[str, str]) -> None:
        self._modules = modules

    def __getitem__(self, key: str) -> "Programme":
        found: Programme = import_module(self._modules[key]).PROGRAMME
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self._modules)

    def __len__(self) -> int:
        return len(self._modules)

    def __contains__(self, key: object) -> bool:
        return key in self._modules

    @property
    def usual(self) -> "Programme":
        """What commands speak of when they are told no programme."""
        return next(programme for programme in self.values() if programme.usual)

    def named(self, name: str) -> "Programme":
        """The programme with a Chinese name; KeyError when there is none."""
        for programme in self.values():
            if programme.name == name:
                return programme
        raise KeyError(name)


PROGRAMMES = Register(DOCUMENTS)
