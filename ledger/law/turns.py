"""The order of lines, parts of them as one, and turns: several loans of one enterprise share one limit, the earlier ones first."""

from __future__ import annotations

from collections.abc import Sequence

from ledger.columns import UNKNOWN
from ledger.law.conditions import Truth
from ledger.lazy import np, pd
from ledger.money import Fen
from ledger.workdays import Days


def line_order(lines: pd.DataFrame) -> Days:
    """The order of loans: county, bank name, enterprise name, disbursement, note number (rows come sorted by note)."""
    keys = [lines[name].to_numpy() for name in ("disbursed_on", "enterprise_rank", "bank_rank", "county_rank")]
    return packed_order(keys)


def in_order(lines: pd.DataFrame, order: Days) -> pd.DataFrame:
    """The lines in an order of their rows, with their index: a column at a time, which is half of what pandas takes for it."""
    columns = {}
    for name in lines.columns:
        values = lines[name].to_numpy()
        taken = values.take(order, mode="clip")  # every row is there: nothing is clipped, and nothing need be checked
        columns[name] = (
            pd.Series(taken, dtype=object, copy=False) if taken.dtype == object else pd.Series(taken, copy=False)
        )
    found = pd.DataFrame(columns, copy=False)
    found.index = lines.index.take(order)
    return found


def packed_order(keys: list[Days]) -> Days:
    """A stable order by several integer keys, the last one first.

    Where they fit, keys and row number are sorted as one packed integer: no two are equal, so the quickest sort is stable.
    """
    count = keys[0].size
    bits = count.bit_length()
    packed = np.arange(count, dtype=np.int64)
    for key in keys:
        low = int(key.min(initial=0))
        width = int(key.max(initial=0) - low).bit_length()
        if bits + width > 62:
            return np.lexsort(keys)
        packed |= (key - low) << bits
        bits += width
    packed.sort()
    return packed & ((1 << count.bit_length()) - 1)


def take_turns(lines: pd.DataFrame, amount: Fen, passing: Truth, limit: int) -> tuple[Fen, Fen]:
    """Each enterprise's passing loans take their turn by (disbursement, bank name, note number) until a limit is used.

    Rows come sorted by (bank name, note number). Gives what earlier turns used, `limit` at most (UNKNOWN for a loan
    without a turn), and what each loan takes of the rest. Fen.
    """
    used_before = np.full(len(lines), UNKNOWN, dtype=np.int64)
    taken = np.zeros(len(lines), dtype=np.int64)
    turns = np.flatnonzero(passing)
    # a stable sort by enterprise and day gives the turns
    rows = turns[packed_order([lines[name].to_numpy()[turns] for name in ("disbursed_on", "enterprise")])]
    if rows.size:
        wanted = np.minimum(amount[rows], limit)  # more than the limit counts as the limit
        enterprise = lines["enterprise"].to_numpy()[rows]
        starts = np.flatnonzero(np.concatenate([[True], enterprise[1:] != enterprise[:-1]]))
        running = np.cumsum(wanted) - wanted
        used = running - np.repeat(running[starts], np.diff(np.append(starts, rows.size)))
        used_before[rows] = np.minimum(used, limit)
        taken[rows] = np.minimum(wanted, limit - used_before[rows])
    return used_before, taken


def merged(parts: Sequence[pd.DataFrame], *keys: str) -> tuple[pd.DataFrame, Days]:
    """Parts, each sorted by its keys, as one frame sorted by them; and the row there of each row of the parts in turn.

    No two rows have the same keys. Each part has the same columns of the same kinds.
    """
    if len(parts) == 1:
        return parts[0], np.arange(len(parts[0]))
    whole = pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)
    # Python's sort finds the sorted runs
    of_row = list(zip(*(whole[key].tolist() for key in keys), strict=True))
    order = np.array(sorted(range(len(whole)), key=of_row.__getitem__), dtype=np.int64)
    place = np.empty_like(order)
    place[order] = np.arange(order.size)
    return whole.iloc[order].reset_index(drop=True), place
