"""Two banks with loans to one enterprise, of which one is stopped, in two counties: what the pages of business show."""

from datetime import date
from typing import Any

from portal import BANK, OTHER_BANK
from samples import ENTERPRISE, OTHER_USCC, QUALIFICATION, USCC
from samples import loan as sample_loan
from sheets import Sheets

SECRET = "二行专用借据9"  # a loan of the other bank, which the first must never see
OTHER_ENTERPRISE = {"统一社会信用代码": OTHER_USCC, "企业名称": "荣成样例乙公司", "区市": "荣成市"}


def loan(note: str, bank: str = BANK, **changes: Any) -> dict[str, Any]:
    """A loan that passes everything in 2023, at a bank of the portal's tests."""
    return sample_loan(note, 银行名称=bank, **{"贷款金额(万元)": 300, **changes})


BOOKS: Sheets = {
    "企业": [ENTERPRISE, OTHER_ENTERPRISE],
    "资质": [QUALIFICATION, {**QUALIFICATION, "统一社会信用代码": OTHER_USCC}],
    "贷款": [
        loan("一行借据1"),
        loan("一行借据2", 发放日=date(2023, 8, 1), 资料上传日=date(2023, 9, 28)),
        loan(SECRET, OTHER_BANK, **{"贷款金额(万元)": 700}),
        loan("一行荣成1", 统一社会信用代码=OTHER_USCC),
    ],
}
assert USCC != OTHER_USCC
