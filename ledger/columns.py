"""How a column says that there is none, and the distinct values of a column.

UNKNOWN is for columns of money, rates and counts; dates have workdays.NO_DATE.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.lazy import np

if TYPE_CHECKING:
    import numpy.typing as npt

UNKNOWN = -1


def beyond(values: npt.NDArray[np.int64], known: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """The distinct values that are not among the known ones, ascending. Most often there are few or none, so that the known
    are looked up before anything is sorted."""
    return np.unique(values[~np.isin(values, known)])


def distinct(values: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """The distinct values, ascending, and the place of each row's value among them.

    What depends on a value alone is then worked out once for each: a million rows have a few thousand days. Values that lie
    close together are counted instead of sorted.
    """
    if values.size == 0:
        return values, values
    low = int(values.min())
    span = int(values.max()) - low + 1
    if span > max(2 * values.size, 4_096):
        found, places = np.unique(values, return_inverse=True)
        return found, places.astype(np.int64, copy=False)
    offsets = values - low
    present = np.flatnonzero(np.bincount(offsets, minlength=span))
    place = np.zeros(span, dtype=np.int64)
    place[present] = np.arange(present.size)
    return present + low, place[offsets]
