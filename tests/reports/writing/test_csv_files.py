"""CSV for other programs: what a spreadsheet would take for a formula is written as the text that it is."""

import csv

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
