"""Fen: money in, money out, and the only rounding in the project.

Money is an integer number of fen (分). Users read and write 万元 with up to six decimals, and
1 万元 = 1,000,000 fen, so nothing is lost in print. Columns of money are int64 arrays; a product that would pass
2**63 is computed with Python integers instead, on exactly those arrays, so that no result depends on its size.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeAlias

from ledger.lazy import np

if TYPE_CHECKING:
    import numpy.typing as npt


from ledger.figures import format_scaled, percent_text, share_text, wan_text, wan_words

__all__ = [
    "E4_PER_ONE", "E4_PER_PERCENT", "FEN_PER_WAN", "Fen", "allocate", "format_scaled", "half_up", "percent_text",
    "share_text", "split", "times_ratio_half_up", "total", "wan", "wan_text", "wan_words",
]  # fmt: skip

FEN_PER_WAN = 1_000_000
E4_PER_PERCENT = 10_000
E4_PER_ONE = 1_000_000  # 100% counted in e4
_INT64_MAX = 2**63 - 1

Fen: TypeAlias = "npt.NDArray[np.int64]"


def half_up(numerator: int, denominator: int) -> int:
    """The integer nearest to the non-negative rational numerator/denominator, halves up."""
    if numerator < 0 or denominator <= 0:
        raise ValueError("half_up takes a non-negative rational")
    return (2 * numerator + denominator) // (2 * denominator)


def total(amounts: Fen) -> int:
    """The exact sum of an int64 column as a Python integer: where it could overflow, the halves are added apart."""
    if amounts.size == 0:
        return 0
    if max(abs(int(amounts.min())), abs(int(amounts.max()))) * amounts.size <= _INT64_MAX:
        return int(amounts.sum())
    high, low = amounts >> 32, amounts & 0xFFFFFFFF
    return (int(high.sum()) << 32) + int(low.sum())


def times_ratio_half_up(amounts: Fen, numerators: Fen | int, denominators: Fen | int) -> Fen:
    """half_up(amount * numerator / denominator) for each line, in fen.

    All arguments are non-negative; the denominators are positive.
    """
    if amounts.size == 0:
        return np.zeros(0, dtype=np.int64)
    denominator = int(np.max(denominators))
    if max(2 * int(amounts.max()) * int(np.max(numerators)) + denominator, 2 * denominator) <= _INT64_MAX:
        return (2 * amounts * numerators + denominators) // (2 * denominators)
    exact = amounts.astype(object) * numerators  # Python integers: the product passes 2**63
    doubled = np.asarray(denominators, dtype=object) * 2
    return ((2 * exact + denominators) // doubled).astype(np.int64)


def allocate(amount: int, weights: Fen) -> Fen:
    """Splits `amount` fen over lines in proportion to `weights`, exactly.

    Each part starts as floor(amount * weight / sum); the fen left over go one each to the largest fractional
    remainders, ties to the earlier line. All weights zero: every part is zero.
    """
    if amount < 0 or (weights.size and int(weights.min()) < 0):
        raise ValueError("allocate takes non-negative amounts")
    whole = total(weights)
    if whole == 0:
        return np.zeros(weights.size, dtype=np.int64)
    if amount * int(weights.max()) <= _INT64_MAX and whole <= _INT64_MAX:
        exact = weights * amount
        parts = exact // whole
        remainders = exact - parts * whole  # twice as fast as one divmod
    else:
        products = weights.astype(object) * amount  # Python integers: the product passes 2**63
        parts = (products // whole).astype(np.int64)
        remainders = products - parts.astype(object) * whole
    left_over = amount - total(parts)
    if left_over:
        parts[_largest(remainders, left_over)] += 1
    return parts


def _largest(values: npt.NDArray[Any], count: int) -> npt.NDArray[np.int64]:
    """The rows of the `count` largest values, of equal ones the earlier rows: no need to sort the others."""
    if values.dtype == object:
        return np.argsort(-values, kind="stable")[:count]
    least = np.partition(values, values.size - count)[values.size - count]
    above = np.flatnonzero(values > least)
    return np.concatenate([above, np.flatnonzero(values == least)[: count - above.size]])


def split(amount: int, weights: Sequence[int]) -> list[int]:
    """Like `allocate`, over a few plain integers."""
    if amount < 0 or min(weights, default=0) < 0:
        raise ValueError("split takes non-negative amounts")
    whole = sum(weights)
    if whole == 0:
        return [0] * len(weights)
    parts = [amount * weight // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda place: -(amount * weights[place] % whole))
    for place in by_remainder[: amount - sum(parts)]:
        parts[place] += 1
    return parts


def wan(fen: int) -> Decimal:
    """Fen as an exact 万元 decimal."""
    return Decimal(fen).scaleb(-6)
