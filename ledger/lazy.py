"""numpy and pandas, loaded when something of them is first used: most commands end without having looked at a column.

from ledger.lazy import np, pd
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
else:

    class _Later:
        """A module that is not there yet. What was asked of it once is kept."""

        def __init__(self, name: str) -> None:
            self._name = name

        def __getattr__(self, name: str) -> Any:
            found = getattr(import_module(self._name), name)
            setattr(self, name, found)
            return found

    np, pd = _Later("numpy"), _Later("pandas")


def load(named: str) -> Any:
    """What "module:name" names."""
    module, _, name = named.partition(":")
    return getattr(import_module(module), name)
