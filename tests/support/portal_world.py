"""A small invented city for the portal: who has an account, and what each of them sends in for the year 2023.

Two banks lend to enterprises of two counties; one enterprise has loans at both banks and reaches its cap between them.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from scenes import usc_code

Row = dict[str, Any]
Sheets = dict[str, list[Row]]

YEAR, AS_OF = 2023, "2024-01-31"
ONE, TWO = "样例一行", "样例二行"
HOME, AWAY, EMPTY = "环翠区", "荣成市", "乳山市"  # EMPTY has no line at all
CODES = [usc_code(number) for number in range(11, 15)]
NAMES = ("样例海甲公司", "样例海乙公司", "样例海丙公司", "样例海丁公司")
PLACES = (HOME, AWAY, HOME, AWAY)


@dataclass(frozen=True)
class Person:
    """An account to be made: who, where, in which role and scope."""

    login: str
    name: str
    unit: str
    role: str
    scope: str = ""


PEOPLE = tuple(
    Person(*fields)
    for fields in (
        ("admin", "管一", "市金融局信息科", "admin"),
        ("security", "管二", "市金融局信息科", "security"),
        ("logs", "管三", "市金融局信息科", "logs"),
        ("city", "经办甲", "市金融局", "city"),
        ("city2", "经办乙", "市金融局", "city"),
        ("approver", "审核甲", "市金融局", "approver"),
        ("finance", "财政甲", "市财政局", "finance"),
        ("tech", "科技甲", "市科技局", "tech"),
        ("tech-approver", "科技乙", "市科技局", "tech_approver"),
        ("industry", "工信甲", "市工信局", "industry"),
        ("auditor", "审计甲", "市审计局", "auditor"),
        ("clerk1", "一行经办", ONE, "clerk", f"bank:{ONE}"),
        ("reviewer1", "一行复核", ONE, "reviewer", f"bank:{ONE}"),
        ("clerk2", "二行经办", TWO, "clerk", f"bank:{TWO}"),
        ("reviewer2", "二行复核", TWO, "reviewer", f"bank:{TWO}"),
        ("insurer1", "财险经办", "样例财险", "clerk", "insurer:样例财险"),
        ("insurer2", "财险复核", "样例财险", "reviewer", "insurer:样例财险"),
        ("investor1", "创投经办", "样例创投", "clerk", "investor:样例创投"),
        ("county-home", "环翠初审", "环翠区金融监管局", "county", f"county:{HOME}"),
        ("county-away", "荣成初审", "荣成市金融监管局", "county", f"county:{AWAY}"),
        ("county-empty", "乳山初审", "乳山市金融监管局", "county", f"county:{EMPTY}"),
        ("purse-home", "环翠财政", "环翠区财政局", "county_finance", f"county:{HOME}"),
        ("purse-away", "荣成财政", "荣成市财政局", "county_finance", f"county:{AWAY}"),
    )
)
# the offices of parts 3 and 4, where a test has their documents on file
OTHER_OFFICES = tuple(
    Person(*fields)
    for fields in (
        ("agri", "农险甲", "市财政局", "agri"),
        ("agri-approver", "农险乙", "市财政局", "agri_approver"),
        ("commerce", "商务甲", "市商务局", "commerce"),
        ("commerce-approver", "商务乙", "市商务局", "commerce_approver"),
    )
)
BY_LOGIN = {person.login: person for person in PEOPLE}
INSTITUTIONS = ("clerk", "reviewer")


def loan(bank: str, note: str, enterprise: int, amount: Any, start: date, end: date, **more: Any) -> Row:
    """A row of 贷款 whose papers came the same day."""
    return {
        "银行名称": bank, "借据编号": note, "合同编号": f"HT-{note}", "业务品种": "科技支行贷款",
        "统一社会信用代码": CODES[enterprise], "贷款金额(万元)": amount, "发放日": start, "到期日": end, "年利率(%)": 4,
        "担保方式": "信用", "资料上传日": start, **more,
    }  # fmt: skip


def registers() -> Sheets:
    """What the city keeps: enterprises, what they are recognised as, banks."""
    return {
        "企业": [
            {"统一社会信用代码": code, "企业名称": name, "区市": county}
            for code, name, county in zip(CODES, NAMES, PLACES, strict=True)
        ],
        "资质": [
            {"统一社会信用代码": code, "资质类别": "高新技术企业", "有效期起": date(2021, 1, 1), "有效期止": None}
            for code in CODES
        ],
        "合作银行": [{"银行名称": name, "合作起始日": date(2019, 1, 1), "合作终止日": None} for name in (ONE, TWO)],
    }


def budget() -> Sheets:
    """What the city's finance office says of the year."""
    return {
        "年度比例": [{"年度": YEAR, "补助项目": "贴息", "比例(%)": 1}],
        "预算": [{"年度": YEAR, "范围": "全市", "金额(万元)": 5000}],
    }


def county_budget(county: str, amount: int = 300) -> Sheets:
    """A county's own budget."""
    return {"预算": [{"年度": YEAR, "范围": county, "金额(万元)": amount}]}


def loans_of_one() -> Sheets:
    """What the first bank reports: A1 meets the cap that A2 of the other bank used up in part, R1 is too dear."""
    return {
        "贷款": [
            loan(ONE, "A1", 0, 1000, date(2023, 7, 3), date(2024, 7, 3)),
            loan(ONE, "B1", 1, 500, date(2023, 3, 14), date(2024, 9, 14)),
            loan(ONE, "R1", 2, 200, date(2023, 6, 6), date(2024, 6, 6), **{"年利率(%)": 9}),
        ],
        "年末余额": [{"年度": YEAR, "银行名称": ONE, "借据编号": "B1", "年末余额(万元)": 500}],
    }


def loans_of_two() -> Sheets:
    """What the second bank reports."""
    return {
        "贷款": [
            loan(TWO, "A2", 0, 2600, date(2023, 5, 10), date(2024, 5, 10)),
            loan(TWO, "D2", 3, 700, date(2023, 8, 21), date(2024, 8, 21)),
        ],
        "还款": [
            {
                "银行名称": TWO,
                "借据编号": "D2",
                "还款日": date(2023, 11, 1),
                "还本金额(万元)": 100,
                "资料上传日": date(2023, 11, 1),
            }
        ],
    }


def spoiled_loans() -> Sheets:
    """The first bank's file before it was put right: a day that is none, another bank's loan, a sheet of the city."""
    sheets = loans_of_one()
    sheets["贷款"][1]["发放日"] = "2023-02-30"
    sheets["贷款"].append(loan(TWO, "A2", 0, 1234, date(2023, 5, 10), date(2024, 5, 10)))
    sheets["企业"] = [{"统一社会信用代码": usc_code(77), "企业名称": "样例外来公司", "区市": HOME}]
    return sheets


def corrected_loan(amount: Any = 1000) -> Sheets:
    """A1 as the first bank corrects it: another contract number."""
    row = loan(ONE, "A1", 0, amount, date(2023, 7, 3), date(2024, 7, 3))
    return {"贷款": [row | {"合同编号": "HT-A1-补"}]}
