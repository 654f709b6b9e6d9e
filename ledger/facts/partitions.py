"""Parts of the enterprises, so that each can be read and judged apart from the others."""

from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Select

_Query = TypeVar("_Query", bound=Select[*tuple[Any, ...]])


@dataclass(frozen=True)
class Partition:
    """A part of the enterprises: those whose number leaves `number` when divided by `of`. Every enterprise is in one."""

    number: int
    of: int

    def within(self, query: _Query, enterprise: Any) -> _Query:
        """A query narrowed to the part, by its column of the enterprise's number."""
        return query if self.of == 1 else query.where(enterprise % self.of == self.number)


WHOLE = Partition(0, 1)
