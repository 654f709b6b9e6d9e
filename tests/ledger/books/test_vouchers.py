"""P_VOUCHER: a voucher's number that stands for a payment to somebody else is told, and the payment is booked."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

import lives
from ledger.books import journal
from lives import CODES, Row
from paying import CITY, first, rows_to_pay

pytestmark = pytest.mark.sqlite_only


@pytest.fixture
def allotted(tmp_path: Path) -> Engine:
    """A database whose run of 2023 is allotted."""
    return lives.at_stage(tmp_path, "allotted")


def told(outcome: Any) -> list[tuple[str, int, str]]:
    return [(one.code, one.row, one.text.partition("：")[2]) for one in outcome.warnings]


def to_counties(engine: Engine) -> list[Row]:
    """The rows from the city to its counties, of one item."""
    rows = [row for row in rows_to_pay(engine) if row["环节"] == CITY and row["补助项目"] == "贴息"]
    assert len(rows) > 2
    return rows


def test_a_voucher_above_in_the_file_for_another_payee(allotted: Engine, tmp_path: Path) -> None:
    rows = [{**row, "凭证号": "V1"} for row in to_counties(allotted)[:2]]
    outcome = lives.paid(allotted, tmp_path, rows)
    county = rows[0]["区市"]
    assert told(outcome) == [("P_VOUCHER", 3, f"拨付表第 2 行已用于付给{county}（区市财政），可能凭证号有误或重复支付")]


def test_what_is_told_comes_in_the_order_of_the_rows(allotted: Engine, tmp_path: Path) -> None:
    rows = rows_to_pay(allotted)
    to_banks = sorted(
        (row for row in rows if row["银行名称"] and not row["统一社会信用代码"]), key=lambda row: row["银行名称"]
    )
    assert len({row["银行名称"] for row in to_banks}) > 1
    above = [row for row in rows if not row["银行名称"]]
    sent = [{**row, "凭证号": "V1"} for row in (*above, *to_banks[::-1])]
    numbers = [row for _, row, _ in told(lives.paid(allotted, tmp_path, sent))]
    assert len(numbers) > 2 and numbers == sorted(numbers)


def test_a_voucher_on_file_for_another_payee(allotted: Engine, tmp_path: Path) -> None:
    one, other, *_ = to_counties(allotted)
    assert told(lives.paid(allotted, tmp_path, [{**one, "凭证号": "V1"}])) == []
    ((_, row, text),) = told(lives.paid(allotted, tmp_path, [{**other, "凭证号": "V1"}]))
    assert row == 2 and text.startswith("此前第 ") and f"已用于付给{one['区市']}（区市财政）" in text


def test_one_voucher_for_one_payee_is_no_matter(allotted: Engine, tmp_path: Path) -> None:
    rows = rows_to_pay(allotted)
    both = [first(rows, CITY, item) for item in ("贴息", "奖补")]
    assert both[0]["区市"] == both[1]["区市"]
    assert told(lives.paid(allotted, tmp_path, [{**row, "凭证号": "V1"} for row in both])) == []


def test_a_reversed_payment_leaves_its_voucher_free(allotted: Engine, tmp_path: Path) -> None:
    one, other, *_ = to_counties(allotted)
    outcome = lives.paid(allotted, tmp_path, [{**one, "凭证号": "V1"}])
    (entry,) = outcome.entries[1]
    journal.reverse(allotted, entry, lives.CASHIER, "付错", None)
    assert told(lives.paid(allotted, tmp_path, [{**other, "凭证号": "V1"}])) == []


def test_enterprises_and_banks_are_named(allotted: Engine, tmp_path: Path) -> None:
    rows = rows_to_pay(allotted)
    enterprises = [row for row in rows if row["环节"] == "银行到企业"]
    one = enterprises[0]
    other = next(row for row in enterprises if row["统一社会信用代码"] != one["统一社会信用代码"])
    changed = [{**row, "凭证号": "V1"} if row in (one, other) else row for row in rows]
    ((code, _, text),) = told(lives.paid(allotted, tmp_path, changed))
    assert code == "P_VOUCHER" and f"付给{one['企业名称']}，" in text
    assert one["统一社会信用代码"] in CODES


def test_a_year_with_vouchers_of_their_own_warns_of_nothing(allotted: Engine, tmp_path: Path) -> None:
    assert told(lives.paid(allotted, tmp_path, rows_to_pay(allotted))) == []
