"""What every judgement makes beside its lines: the counts by code, and the fingerprint."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence

from ledger.law.conditions import Condition
from ledger.lazy import np, pd


def stopped(conditions: Sequence[Condition], *reasons: pd.Series) -> dict[str, int]:
    """How many lines each code stopped, in the order of the codes, those that stopped none left out."""
    counts = Counter(text for column in reasons for text in column)
    found = {
        condition.code: sum(count for text, count in counts.items() if condition.code in text.split(";"))
        for condition in conditions
    }
    return {code: count for code, count in found.items() if count}


class Fingerprint:
    """SHA-256 over named columns and values, the same for the same content in whichever database it lay."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()

    def add_value(self, name: str, value: object) -> None:
        """One value, by its text."""
        self._hash.update(f"{name}={value!r}\n".encode())

    def add_frame(self, name: str, frame: pd.DataFrame) -> None:
        """All columns of a frame, in the order of their names."""
        self.add_value(name, len(frame))
        for column in sorted(frame.columns):
            values = frame[column].to_numpy()
            self._hash.update(f"{name}.{column}\n".encode())
            if values.dtype == object:
                self._hash.update("\x1f".join("" if value is None else value for value in values.tolist()).encode())
            else:
                self._hash.update(np.ascontiguousarray(values, dtype="<i8").tobytes())

    def hexdigest(self) -> str:
        """The fingerprint so far."""
        return self._hash.hexdigest()
