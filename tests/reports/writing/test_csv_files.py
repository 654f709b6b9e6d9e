"""CSV for other programs: what a spreadsheet would take for a formula is written as the text that it is."""

import csv
from datetime import date

import pytest

from reports.report import LineColumn
from reports.writing.csv_files import columns_csv, csv_text

COLUMNS = (LineColumn("name", "名称", "text", None), LineColumn("amount_fen", "金额", "fen", None))


@pytest.mark.parametrize("text", ["=1+1", "+1", "-5", "@a", "\ta"])
def test_a_text_that_looks_like_a_formula_gets_a_quote(text: str) -> None:
    (row,) = csv.DictReader("".join(columns_csv(COLUMNS, [(text, -5)])).lstrip("\ufeff").splitlines())
    assert row == {"name": f"'{text}", "amount_fen": "-5"}


@pytest.mark.parametrize("text", ["样例=1", "'=1", "", "1"])
def test_other_texts_stay_as_they_are(text: str) -> None:
    (row,) = csv.DictReader("".join(columns_csv(COLUMNS, [(text, 7)])).lstrip("\ufeff").splitlines())
    assert row == {"name": text, "amount_fen": "7"}


def test_figures_in_words_stay_figures() -> None:
    rows = list(csv.reader("".join(csv_text(("a", "b"), [("-1,200.50", "=x")])).splitlines()))
    assert rows[1] == ["-1,200.50", "'=x"]


ALL_KINDS = (
    *COLUMNS, LineColumn("count", "个数", "count", None), LineColumn("rate", "利率", "percent", None),
    LineColumn("day", "日期", "date", None),
)  # fmt: skip


@pytest.mark.parametrize("count", [0, 1, 4_999, 5_000, 5_001, 12_345])
def test_every_kind_in_pieces_as_one_by_one(count: int) -> None:
    """What is written a piece at a time is what each column says of each value, however many rows there are."""
    days = [date(2024, 2, 29), None, date(1999, 12, 31)]
    rows = [
        (None if n % 7 == 0 else f'名,{n}\n"', -n * 10**15, None if n % 3 else n, n % 11 * 1_234, days[n % 3])
        for n in range(count)
    ]
    pieces = list(columns_csv(ALL_KINDS, iter(rows)))
    assert all(pieces) and len(pieces) == max(1, -(-count // 5_000))
    found = list(csv.reader("".join(pieces).removeprefix("\ufeff").splitlines(keepends=True)))
    expected = [[column.text(value) for column, value in zip(ALL_KINDS, row, strict=True)] for row in rows]
    assert found == [[column.name for column in ALL_KINDS], *expected]
