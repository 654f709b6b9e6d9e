"""What number formats show: those that people and programs use, and those that say something else."""

from datetime import datetime

import pytest

from ledger.workbooks.cells import PercentNumber
from reports.received.number_format import colour_of, misshown

AMOUNT = 1234.567891


@pytest.mark.parametrize(
    "code",
    [
        "General", "", "@", "#,##0.00####", "#,##0.00####;-#,##0.00####", "0.000000", "#,##0.000000_ ", "#,##0.000000_);(#,##0.000000)",
        "_(* #,##0.000000_);_(* \\(#,##0.000000\\);_(* \"-\"??_);_(@_)", "_ ¥* #,##0.000000_ ;_ ¥* -#,##0.000000_ ;_ ¥* \"-\"??_ ;_ @_ ",
        "[$-804]#,##0.000000", "[$¥-804]#,##0.000000", "#,##0.000000\"万元\"", "[Red]0.000000", "[红色]0.000000;[蓝色]-0.000000",
        "0.000000;;", "[>=0]0.000000;\"负\"", "#.000000", "0.0000######", "0.000000\\ ", "General;General;General;@",
    ],
)  # fmt: skip
def test_formats_that_show_an_amount(code: str) -> None:
    assert misshown(AMOUNT, code) is None


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ('"999.00"', "999.00"), (";;;", "什么也不显示"), (";", "什么也不显示"), ('"999"General', "999"), ("999.00", "999"),
        ("#,##0.000000,", "缩小"), ("0.000000,,", "缩小"), ("#,##0.00", "小数位不够"), ("0", "小数位不够"),
        ('"-"0.000000', "负数"), ("(0.000000)", "负数"), ("0.000000E+00", "科学记数"), ("yyyy-mm-dd", "日期"), ("# ?/?", "夹有"),
        ('0"9"0.000000', "夹有"), ("[$999-804]0.000000", "999"), ("\\90.000000", "9"), ("*90.000000", "9"), ('[>1]"9";0.000000', "9"),
        ('0.000000"亿"', "亿"), ("0.0000-00", "夹有"),
    ],
)  # fmt: skip
def test_formats_that_show_something_else(code: str, words: str) -> None:
    assert words in (misshown(AMOUNT, code) or "")


def test_whole_zero_negative_and_noisy_numbers() -> None:
    assert misshown(1500, "#,##0") is None and misshown(1500, "0.00") is None and misshown(4.35, "0.00##") is None
    assert misshown(1500.0000000000002, "0.00") is None
    for code in ("0", "#,##0.00####", '0;-0;"-"', '_(* #,##0.00_);_(* \\(#,##0.00\\);_(* "-"??_);_(@_)'):
        assert misshown(0, code) is None
    for code in ("#,###", "0;-0;", '0;-0;"无"', ";;;"):
        assert misshown(0, code) is not None
    assert misshown(-5, "0") is None and misshown(-5, "0;-0") is None and misshown(-5, '0;"9"') is not None


def test_percent_dates_and_text() -> None:
    rate = PercentNumber(0.0435)
    assert misshown(rate, "0.00%") is None and "4.35" in (misshown(rate, "0%") or "")
    assert (
        misshown(datetime(2024, 1, 31), "yyyy-mm-dd") is None
        and misshown(datetime(2024, 1, 31), 'yyyy"年"m"月"d"日"') is None
    )
    assert (
        misshown(datetime(2024, 1, 31), "yyyy") is not None
        and misshown(datetime(2024, 1, 31), '"2023"-mm-dd') is not None
    )
    for code in ("General", "@", '"999"', "0.00", ";;", "0;-0;0;@", "_(@_)"):
        assert misshown("公司", code) is None
    for code in (";;;", '@"有限"', "@@", '0;0;0;"别的"', '"甲"@'):
        assert misshown("公司", code) is not None


def test_colours_of_formats() -> None:
    assert colour_of(5, "[White]0") == colour_of(5, "[白色]0") == colour_of(5, "[Color 2]0") == "FFFFFF"
    assert colour_of(5, "0;[White]-0") is None and colour_of(-5, "0;[White]-0") == "FFFFFF"
    assert colour_of("公司", "0;0;0;[White]@") == "FFFFFF"
