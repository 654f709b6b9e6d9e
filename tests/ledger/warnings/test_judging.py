"""What is improbable, in columns: rates that slipped, numbers that only look different."""

from time import process_time

import pandas as pd
import pytest

from ledger.warnings.judging import Facts, plain_numbers, probable_rate, twins
from ledger.warnings.kinds import KINDS
from ledger.warnings.limits import FILE, limits, read_limits


@pytest.mark.parametrize(
    ("e4", "meant"),
    [(425, 42500), (4250, 42500), (425_000, 42500), (4_250_000, 42500), (100, 10_000), (1, None), (999_999, None)],
)
def test_what_a_rate_probably_was(e4: int, meant: int | None) -> None:
    assert probable_rate(e4, limits()) == meant


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("A1", "a1", True), ("A-1", "A1", True), ("A 1", "A1", True), ("借（A）1", "借A1", True), ("A¥1", "a1", True),
        ("A1", "A2", False), ("A1", "A１", False), ("A01", "A1", False), ("--", "。", True),
    ],
)  # fmt: skip
def test_numbers_that_only_look_different(one: str, other: str, same: bool) -> None:
    first, between, second = plain_numbers([one, "0", other])
    assert (first == second) == same and between == "0"


def test_no_numbers() -> None:
    assert plain_numbers([]) == []


def loans_alike(count: int, on_file: int) -> Facts:
    """So many loans that are one loan, the first of them on file, the rest in the file at hand."""
    nothing = pd.DataFrame({"judged": pd.Series(dtype=bool)})
    loans = pd.DataFrame(
        {"note_no": [f"N{n}" for n in range(count)], "turn": [max(0, n - on_file + 1) for n in range(count)]}
    )
    same = dict.fromkeys(("bank_id", "enterprise_id", "amount", "disbursed_on", "due_on"), 1)
    return Facts(loans.assign(**same, judged=loans["turn"] > 0), nothing, nothing, nothing, nothing)


def test_partners_are_those_before_a_row_the_first_few_named() -> None:
    hits = {hit.value: hit.said for hit in twins(loans_alike(6, 2), limits())}
    assert list(hits) == ["N2", "N3", "N4", "N5"]
    assert hits["N2"].startswith("与借据「N0」、「N1」的企业") and hits["N3"].startswith(
        "与借据「N0」、「N1」、「N2」的企业"
    )
    assert hits["N5"].startswith("与借据「N0」、「N1」、「N2」 等 5 个的企业")


def test_one_loan_sent_thousands_of_times_is_judged_once_through() -> None:
    """Comparing each with each would take hours."""
    begun = process_time()
    assert len(list(twins(loans_alike(100_000, 0), limits()))) == 99_999
    assert process_time() - begun < 30


def test_every_kind_says_when_with_the_figures_in_use() -> None:
    assert [kind.code for kind in KINDS] == [
        "P_UNIT", "P_RATE", "P_TERM", "P_TWIN", "P_NAME", "P_EARLY", "P_INTEREST", "P_OVERDUE", "P_VOUCHER", "P_UNREPORTED",
    ]  # fmt: skip
    assert all(kind.title and "{" not in kind.said_when for kind in KINDS)
    assert "10000 万元" in KINDS[0].said_when and "1% 或高于 15%" in KINDS[1].said_when


@pytest.mark.parametrize(
    ("old", "new"), [("amount_wan: 10000", "amount_wan: 0"), ("low_percent: 1", "low_percent: 0.00001"), ("years: 10", "months: 1"),
                     ("[10, 100, 1000, 10000]", "[1]"), ("high_percent: 15", "high_percent: 0.5")],
)  # fmt: skip
def test_a_figure_that_is_none_is_refused(old: str, new: str, tmp_path) -> None:  # type: ignore[no-untyped-def]
    spoiled = tmp_path / "thresholds.yaml"
    text = FILE.read_text(encoding="utf-8")
    assert old in text
    spoiled.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises((KeyError, ValueError)):
        read_limits(spoiled)
