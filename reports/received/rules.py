"""What the data rows of any document's workbooks must satisfy: the checks that several documents share."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from ledger.money import wan_words
from reports.report import CheckedRows, Finding


def not_above(rows: CheckedRows, pairs: Sequence[tuple[str, str, str]]) -> Iterator[Finding]:
    """No amount is below 0 or above another of its row: (amount, its limit, what is wrong)."""
    for number, row in enumerate(rows.rows):
        for name, limit, text in pairs:
            if not 0 <= row[name] <= row[limit]:
                yield number, name, f"{text}：{wan_words(row[name])} 与 {wan_words(row[limit])}"


def enterprise_cap(rows: CheckedRows, name: str, cap: int, word: str) -> Iterator[Finding]:
    """What the rows of an enterprise come to is within a cap."""
    sums: dict[str, int] = defaultdict(int)
    for number, row in enumerate(rows.rows):
        before = sums[row["uscc"]]
        sums[row["uscc"]] += row[name]
        if before <= cap < sums[row["uscc"]]:
            yield number, name, f"{row['enterprise']} 的{word}合计超过单户上限 {wan_words(cap)}"
