"""What a number format makes of a number."""

import pytest

from ledger.workbooks.number_formats import number_format, resolved_format


@pytest.mark.parametrize(
    ("code", "value", "shown"),
    [
        ("General", 1, "number"),
        ("0.00%", 0.0435, "percent"),
        ("0.00 %", 0.0435, "percent"),
        ("[Red]0.00%", 0.0435, "percent"),
        ("[$-804]0.00%", 0.0435, "percent"),
        ("[DBNum1][$-804]0%", 0.0435, "percent"),
        ("_ * #,##0.00%_ ", 0.0435, "percent"),
        ("#,##0.00_%", 1000, "number"),
        ("0.00!%", 4.35, "number"),
        ("0.00\\%", 4.35, "number"),
        ('0.00"%"', 4.35, "number"),
        ("0.00*%", 4.35, "number"),
        ("[$%-804]0.00", 4.35, "number"),
        ("0.00\\\\%", 0.0435, "percent"),  # an escaped backslash before the sign
        ('"a;b"0.00%', 0.0435, "percent"),
        ("0.00%;-0.00%;0", 0.0435, "percent"),
        ("0.00%;-0.00%;0", 0, "number"),
        ("0.00;0.00%", 4.35, "number"),
        ("0.00;0.00%", -0.0435, "percent"),
        ("0.00;@", 4.35, "number"),
        ('0.00%;@" %"', 0.0435, "percent"),
        ("0.00;-0.00;0;@%", 0, "number"),
        ("[<1]0.00%;0.00", 0.0435, "percent"),
        ("[<1]0.00%;0.00", 4.35, "number"),
        ("[>=1]0.00;0.00%", 4.35, "number"),
        ("[>=1]0.00;0.00%", 0.0435, "percent"),
        ("[<0.01]0;[<1]0.00%;0.00", 0.0435, "percent"),
        ("[<0.01]0;[<1]0.00%;0.00", 4.35, "number"),
        ("[<0.01]0;[<1]0.00%", 4.35, "unclear"),
        ("0.00;[<1]0.00%", 0.0435, "unclear"),
        ("[<1]0.00%;0.00;0", 4.35, "unclear"),
        ("0.00%%", 0.0435, "unclear"),
        ("0;0;0;0;0%", 0.0435, "unclear"),
        ("yyyy-mm-dd", 45110, "date"),
        ('yyyy"年"m"月"d"日";@', 45110, "date"),
        ("[$-F800]dddd\\,\\ mmmm\\ dd\\,\\ yyyy", 45110, "date"),
        ("[h]:mm", 1.5, "duration"),
        ("0.00E+00", 1000, "number"),
        ("G/通用格式", 1, "number"),
        ('0.00"天"', 1, "number"),
        ("0.00元", 1, "number"),
        ("#,##0,", 5000000, "unclear"),  # in thousands: 5,000 on the screen
        ("#,##0.00,,", 5000000, "unclear"),
        ("0,.00", 5000000, "unclear"),
        ("0.0,%", 5000000, "unclear"),
        ('#,##0.0,"千元"', 5000000, "unclear"),
        ("[>=10000]0!.0000,;0.00", 5000000, "unclear"),
        ("[>=10000]0!.0000,;0.00", 50, "number"),
        ("0!.0", 50, "unclear"),
        ('0"0000"', 50, "unclear"),
        ('"2023"000', 50, "unclear"),
        (";;;", 4.35, "unclear"),
        ('"已核"', 4.35, "unclear"),
        ('"已核"', 0, "number"),
        ('0.00;-0.00;"-"', 0, "number"),
        ("0.00%;;", -0.04, "unclear"),
        ("#,##0.00\\,", 1000, "number"),
        ('#,##0.00","', 1000, "number"),
        ("#,##0_,", 1000, "number"),
        ("0,000.00", 1000, "number"),
        ('_ ¥* #,##0.00_ ;_ ¥* \\-#,##0.00_ ;_ ¥* "-"??_ ;_ @_ ', 1000, "number"),
        ('0.00"（4位小数）"', 1000, "number"),
        ('"第"0"号"', 12, "number"),
        ("0000\\-00\\-00", 20230703, "number"),
        ("@", 1, "number"),
        ("", 1, "number"),
    ],
)
def test_formats(code: str, value: float, shown: str) -> None:
    assert number_format(code).shown(value) == shown


@pytest.mark.parametrize(
    ("identifier", "codes", "shown"),
    [
        (0, [], "number"),
        (9, [], "percent"),
        (10, [], "percent"),
        (14, [], "date"),
        (31, [], "date"),
        (57, [], "date"),
        (164, [], "unclear"),
        (164, ["0.00%"], "percent"),
        (164, ["0.00%", "0.00"], "unclear"),
        (10, ["0.00"], "unclear"),
        (14, ["yyyy/m/d"], "date"),
        (5, ["0.00%"], "percent"),
    ],
)
def test_ids(identifier: int, codes: list[str], shown: str) -> None:
    assert resolved_format(identifier, codes).shown(0.0435) == shown
