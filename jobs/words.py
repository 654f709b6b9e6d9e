"""How notices are worded: plain lines, amounts in 万元, the same facts always the same text."""

from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd


def lines(*parts: str | Iterable[str]) -> str:
    """Lines of a notice; an iterable gives its items, indented and numbered."""
    found: list[str] = []
    for part in parts:
        if isinstance(part, str):
            found.append(part)
        else:
            found += [f"  {number}. {item}" for number, item in enumerate(part, start=1)]
    return "\n".join(found)


def rows(frame: pd.DataFrame, *order: str) -> Iterable[Any]:
    """The rows of a frame, in an order where one is given, with their columns as attributes."""
    return (frame.sort_values(list(order), kind="stable") if order else frame).itertuples()


def listed(names: Sequence[str]) -> str:
    """Names in one line."""
    return "、".join(names) if names else "无"
