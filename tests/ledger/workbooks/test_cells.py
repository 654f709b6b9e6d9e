"""Every notation that a cell may have, and every one that is refused."""

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.intake.sheets import BY_NAME
from ledger.workbooks import cells
from ledger.workbooks.cell_marks import ErrorValue, FormulaWithoutValue, PercentNumber
from ledger.workbooks.cells import BadCell
from ledger.workbooks.findings import Finding
from ledger.workbooks.rows import _read_cell, read_rows
from ledger.workbooks.workbook import Grid

JULY_3 = date(2023, 7, 3)


@pytest.mark.parametrize(
    "value",
    [
        JULY_3, datetime(2023, 7, 3), "2023-07-03", "2023-7-3", "2023/7/3", "2023/07/03", "2023.7.3", "20230703", 20230703,
        20230703.0, "2023年7月3日", "2023年07月03日", "２０２３－０７－０３", " 2023-07-03 ", "2023年7月3日　",
    ],
)  # fmt: skip
def test_dates(value: Any) -> None:
    assert cells.read_date(value) == JULY_3


@pytest.mark.parametrize(
    "value",
    [datetime(2023, 7, 3, 14, 30), "2023-07-03 14:30", "2023-07-03T14:30:59", "2023/7/3  9:05", "2023年7月3日 14:30"],
)
def test_a_time_only_where_it_may_stand(value: Any) -> None:
    assert cells.read_date_with_time(value) == JULY_3
    with pytest.raises(BadCell, match="时刻"):
        cells.read_date(value)


@pytest.mark.parametrize(
    "value",
    [
        "2023-02-30", "2023-13-01", "2023-7/3", "2023年7月3", "2023-07-03日", "7/3/2023", "昨天", "2023", 45110, 45110.5, 2023.7,
        20231301, True, time(1, 2), timedelta(1), FormulaWithoutValue(), ErrorValue("#N/A"), "1899-12-30", "3023-01-01",
        "2023-07-03 25:00", "20230703 1", float("nan"), float("inf"),
    ],
)  # fmt: skip
def test_no_dates(value: Any) -> None:
    for read in (cells.read_date, cells.read_date_with_time):
        with pytest.raises(BadCell):
            read(value)


@pytest.mark.parametrize(
    ("value", "fen"),
    [
        (1000, 10**9), (1000.0, 10**9), ("1000", 10**9), ("1,000", 10**9), ("1,000.50", 1_000_500_000), ("１，０００", 10**9),
        (0.1 + 0.2, 300_000), (0.000001, 1), ("0.000001", 1), (" 12.5 ", 12_500_000), ("12.", 12_000_000), (".5", 500_000),
        (123456.123456, 123_456_123_456), ("+3", 3_000_000), ("1,234,567.123456", 1_234_567_123_456), (1e-6, 1),
    ],
)  # fmt: skip
def test_amounts(value: Any, fen: int) -> None:
    assert cells.wan_amount(1)(value) == fen


@pytest.mark.parametrize(
    "value",
    [
        0, -1, "0", "-3", 0.0000001, "1.0000001", "1,00", "1,0000", "12,34.5", "一千", "1000万", "1e3", "", "1 000", True, JULY_3,
        PercentNumber(0.5), FormulaWithoutValue(), ErrorValue("#DIV/0!"), 1e300, "9" * 40, float("nan"), float("inf"), "1.2.3", "--1",
    ],
)  # fmt: skip
def test_no_amounts(value: Any) -> None:
    with pytest.raises(BadCell):
        cells.wan_amount(1)(value)


def test_zero_only_where_it_may_stand() -> None:
    assert cells.wan_amount(0)(0) == 0
    with pytest.raises(BadCell, match="金额为负"):
        cells.wan_amount(0)(-0.5)


@given(st.integers(1, 10**14))
def test_a_numeric_cell_gives_its_fen_exactly(fen: int) -> None:
    assert cells.wan_amount(1)(fen / 10**6) == fen


@pytest.mark.parametrize(
    ("value", "e4"),
    [(4.35, 43_500), ("4.35", 43_500), ("4.35%", 43_500), ("４．３５％", 43_500), (PercentNumber(0.0435), 43_500), (0, 0),
     (PercentNumber(0.04345), 43_450), ("4.4501", 44_501), (100, 1_000_000), (3, 30_000)],
)  # fmt: skip
def test_percents(value: Any, e4: int) -> None:
    assert cells.read_percent(value) == e4


@pytest.mark.parametrize(
    "value", ["4.35001", 4.35001, -1, "百分之四", 100.01, 435, "4.35%%", PercentNumber(4.35), "%", None.__class__]
)
def test_no_percents(value: Any) -> None:
    with pytest.raises(BadCell):
        cells.read_percent(value)


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("002717459944000996", "002717459944000996"), (123456789012345, "123456789012345"), (12.0, "12"), ("ＪＪ－０１", "JJ-01"),
        (" JJ 01 ", "JJ 01"), ("海燕科借字〔2023〕第014号", "海燕科借字〔2023〕第014号"), ("借（1）", "借(1)"), ("2E17", "2E17"), ("E+19", "E+19"),
    ],
)  # fmt: skip
def test_codes(value: Any, code: str) -> None:
    assert cells.read_code(value) == code


@pytest.mark.parametrize(
    "value",
    [
        1234567890123456,
        1e15,
        12.5,
        -3,
        True,
        JULY_3,
        "a\nb",
        FormulaWithoutValue(),
        float("nan"),
        "1.23457E+19",
        "2e+17",
    ],
)
def test_no_codes(value: Any) -> None:
    with pytest.raises(BadCell):
        cells.read_code(value)


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ("甲 (威海) 公司", "甲（威海）公司"),
        ("甲\n公司", "甲公司"),
        ("　甲\u00a0公司\u200b", "甲公司"),
        ("甲（威海）公司", "甲（威海）公司"),
    ],
)
def test_names(value: Any, name: str) -> None:
    assert cells.read_name(value) == name


@pytest.mark.parametrize(
    ("value", "county"),
    [
        ("环翠区", "环翠区"), ("火炬高技术产业开发区", "高区"), ("威海火炬高技术产业开发区", "高区"), ("高技术产业开发区", "高区"),
        ("威海市高技术产业开发区", "高区"), ("经济技术开发区", "经区"), ("威海经济技术开发区", "经区"),
        ("临港经济技术开发区", "临港区"), ("威海市临港经济技术开发区", "临港区"), ("综合保税区", "综保区"), ("威海综合保税区", "综保区"),
        ("威海南海新区", "南海新区"), ("市外", "市外"), (" 高 区 ", "高区"),
    ],
)  # fmt: skip
def test_counties(value: Any, county: str) -> None:
    assert cells.read_county(value) == county


@pytest.mark.parametrize("value", ["威海", "威海市", "烟台市", "高新区", "威海市外", "全市", "环翠"])
def test_no_counties(value: Any) -> None:
    with pytest.raises(BadCell, match="区市"):
        cells.read_county(value)


@pytest.mark.parametrize(
    ("value", "year"), [(2023, 2023), ("2023", 2023), (2023.0, 2023), ("2023年", 2023), ("２０２３", 2023)]
)
def test_years(value: Any, year: int) -> None:
    assert cells.read_year(value) == year


@pytest.mark.parametrize("value", [23, 2023.5, "二〇二三", 20230101, True, JULY_3])
def test_no_years(value: Any) -> None:
    with pytest.raises(BadCell):
        cells.read_year(value)


@pytest.mark.parametrize("code", ["91371000MA3TX0001D", "91110000600037341L"])
def test_uscc(code: str) -> None:
    assert cells.check_uscc(cells.read_uscc(code.lower())) is None


def test_a_registering_department_may_be_a_letter() -> None:
    from stdnum.cn import uscc

    for first in "NAY":
        body = f"{first}1371000MA3TX0001"
        assert cells.check_uscc(body + uscc.calc_check_digit(body)) is None


@pytest.mark.parametrize(
    ("code", "problem"),
    [
        ("91371000MA3TX0001E", "校验位"),
        ("91371000MA3TX0001", "17 位"),
        ("91371000MA3TX000ID", "不会出现"),
        ("9137100XMA3TX0001D", "数字"),
    ],
)
def test_no_uscc(code: str, problem: str) -> None:
    assert problem in str(cells.check_uscc(code))


def test_what_is_taken_as_it_is_written_is_what_its_reader_gives() -> None:
    ways = ("{0}", "A{0}", "{0}A", "1E{0}5", "1{0}E+5", "{0}{0}")
    written = {way.format(chr(code)) for way in ways for code in (*range(0x180), 0x2028, 0x3000, 0xFF0B, 0xFF11)}
    for reader, pattern in cells.AS_WRITTEN.items():
        taken = [text for text in written if pattern.fullmatch(f"{text}\n") and "\n" not in text]
        assert len(taken) > 300
        assert [reader(text) for text in taken] == taken


@pytest.mark.parametrize("odd", ["A\nB", "A B", "1E+15", "１２", "", None, 7, "示例：A", "A" * 2_000])
def test_a_column_of_codes_is_read_as_its_cells_are(odd: Any) -> None:
    column = BY_NAME["贷款"].column("contract_no")
    grid = Grid("贷款", [["借据编号", column.header], ["x", "A"], ["x", odd]])
    found: list[Finding] = []
    rows = read_rows("x.xlsx", grid, BY_NAME["贷款"], found.append, to_the_end=True)
    assert rows is not None
    alone = _read_cell(column, odd)
    assert rows.columns["contract_no"] == ["A", None if isinstance(alone, BadCell) else alone]
    assert [one.problem for one in found if one.row == 3 and one.column == column.header] == (
        [alone.problem] if isinstance(alone, BadCell) else []
    )
