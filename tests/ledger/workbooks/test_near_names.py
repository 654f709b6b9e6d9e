"""Which name on file somebody may have meant."""

import pytest

from ledger.workbooks.near_names import nearest

KNOWN = ("样例一行", "样例二行", "蓝鲸样例银行", "样例市商业银行股份有限公司", "海")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("样例一行股份有限公司", "样例一行"),  # the full legal name of one that is on file by its short one
        ("蓝鲸样例银行股份有限公司某某分行", "蓝鲸样例银行"),
        ("样例市商业银行", "样例市商业银行股份有限公司"),  # and the other way round
        ("样列二行", "样例二行"),  # a slip of the pen
        ("海外某行", None),  # one character is no name
        ("全然不同的信用社", None),
    ],
)
def test_the_name_that_may_be_meant(written: str, meant: str | None) -> None:
    assert nearest(written, KNOWN) == meant
