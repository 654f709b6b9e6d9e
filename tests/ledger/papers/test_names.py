"""Names of files that say what paper they are."""

from datetime import date

import pytest

from ledger.papers.names import Named, event_of, read

DAY = date(2027, 3, 1)


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("HT-1_2027-03-01_贷款合同.pdf", Named("HT-1", "发放", DAY, ("贷款合同",))),
        ("HT_1_20270301_放款通知书.PDF", Named("HT_1", "发放", DAY, ("放款通知书",))),
        ("A＿2027.03.01＿贷款合同、放款通知书.tif", Named("A", "发放", DAY, ("贷款合同", "放款通知书"))),
        ("A_2027-03-01_还本付息凭证(2).jpg", Named("A", "还款", DAY, ("还本付息凭证",))),
        ("A_2027-03-01_展期协议-3.png", Named("A", "展期", DAY, ("展期协议",))),
        ("A_2027-03-01_其他", Named("A", None, DAY, ("其他",))),
        ("A_2027-03-01_贷款合同+其他.pdf", Named("A", "发放", DAY, ("贷款合同", "其他"))),
        ("A_2027-02-30_贷款合同.pdf", None),
        ("A_2027-03-01_身份证.pdf", None),
        ("A_2027-03-01_贷款合同、身份证.pdf", None),
        ("A_2027-03-01.pdf", None),
        ("_2027-03-01_贷款合同.pdf", None),
        ("扫描0001.pdf", None),
    ],
)
def test_a_name(name: str, found: Named | None) -> None:
    assert read(name) == found


def test_kinds_of_two_events_say_none() -> None:
    assert event_of(("贷款合同", "还本付息凭证")) is None
