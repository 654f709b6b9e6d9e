"""Numbers to go by instead of the law's and of what is on file for a year: what a simulation settles with."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Assumptions:
    """By default nothing is assumed.

    law: values of the document in their unit. year_rates: e4 by 补助项目. budgets: fen by scope, None for no budget.
    """

    law: Mapping[str, int] = field(default_factory=dict)
    year_rates: Mapping[str, int] = field(default_factory=dict)
    budgets: Mapping[str, int | None] = field(default_factory=dict)


AS_ON_FILE = Assumptions()
