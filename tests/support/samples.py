"""Small building blocks for tests: one invented enterprise, bank and loan, as rows of the intake sheets."""

from datetime import date
from typing import Any

USCC = "91371000MA3TX0001D"
OTHER_USCC = "91110000600037341L"
BANK = "样例银行"

ENTERPRISE = {"统一社会信用代码": USCC, "企业名称": "威海样例甲公司", "区市": "环翠区"}
QUALIFICATION = {
    "统一社会信用代码": USCC,
    "资质类别": "高新技术企业",
    "有效期起": date(2022, 11, 1),
    "有效期止": date(2025, 10, 31),
}
PARTNER = {"银行名称": BANK, "合作起始日": date(2020, 1, 1), "合作终止日": None}

PROJECT = {
    "项目编号": "P1",
    "项目名称": "样例攻关",
    "统一社会信用代码": USCC,
    "入库日": date(2023, 3, 1),
    "出库日": date(2023, 12, 31),
}
GRANT = {
    "项目编号": "P1", "年度": 2023, "研发投入(万元)": 200, "补助比例(%)": 10, "批准日": date(2023, 10, 1), "批准金额(万元)": 20,
}  # fmt: skip
INVESTMENT = {
    "投资机构": "样例创投", "投资编号": "T1", "统一社会信用代码": USCC, "投资日": date(2023, 9, 1), "投资金额(万元)": 500, "认定系数": 1.5,
}  # fmt: skip
POLICY = {
    "保险公司": "样例财险", "保单号": "B1", "统一社会信用代码": USCC, "项目编号": "P1", "险种": "研发设备损失保险", "保险起期": date(2023, 6, 1),
    "保险止期": date(2024, 5, 31), "缴费日": date(2023, 5, 30), "实缴保费(万元)": 12,
}  # fmt: skip


def loan(note: str = "A", **changes: Any) -> dict[str, Any]:
    """A loan that passes everything in 2023."""
    return {
        "银行名称": BANK,
        "借据编号": note,
        "合同编号": f"HT-{note}",
        "业务品种": "科技支行贷款",
        "统一社会信用代码": USCC,
        "贷款金额(万元)": 1000,
        "发放日": date(2023, 7, 3),
        "到期日": date(2024, 7, 3),
        "年利率(%)": 4,
        "担保方式": "信用",
        "资料上传日": date(2023, 7, 5),
        **changes,
    }


def repayment(note: str, day: date, principal: Any, **changes: Any) -> dict[str, Any]:
    """A repayment whose papers came the same day."""
    return {
        "银行名称": BANK,
        "借据编号": note,
        "还款日": day,
        "还本金额(万元)": principal,
        "资料上传日": day,
        **changes,
    }


def base(*loans: dict[str, Any], **sheets: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """A workbook with the enterprise, its qualification, the bank, the given loans and other sheets."""
    return {
        "企业": [ENTERPRISE],
        "资质": [QUALIFICATION],
        "合作银行": [PARTNER],
        "贷款": list(loans) or [loan()],
        **sheets,
    }


# two banks, one enterprise with loans at both, two counties, a budget that cuts
TWO_BANKS = base(
    loan("A", 发放日=date(2023, 4, 10), 到期日=date(2025, 4, 10), 资料上传日=date(2023, 4, 11), **{"贷款金额(万元)": 2000}),
    loan("B", 银行名称="乙样例银行", 发放日=date(2023, 5, 10), 资料上传日=date(2023, 5, 11), **{"贷款金额(万元)": 1500}),
    loan("C", 统一社会信用代码=OTHER_USCC, **{"贷款金额(万元)": "0.000123"}),
    loan("D", **{"年利率(%)": 9}),
    loan("E", 发放日=date(2022, 7, 3), 资料上传日=date(2022, 7, 4), 到期日=date(2023, 7, 3), **{"年利率(%)": "4.3021"}),
) | {
    "企业": [ENTERPRISE, {"统一社会信用代码": OTHER_USCC, "企业名称": "=1+1", "区市": "南海新区"}],
    "资质": [QUALIFICATION | {"有效期起": date(2022, 1, 1)}, QUALIFICATION | {"统一社会信用代码": OTHER_USCC}],
    "合作银行": [PARTNER, PARTNER | {"银行名称": "乙样例银行"}],
    "预算": [{"年度": 2023, "范围": "全市", "金额(万元)": 40}],
}  # fmt: skip

PRODUCT, FARM_INSURER = "T1", "样例财险"
# a product of class 3 that passes everything in 2023: premium 80, of which the county paid 40
FARM: dict[str, list[dict[str, Any]]] = {
    "特色目录": [{"标的": "样例茶", "大类": "特色园艺产品", "列入日": date(2022, 7, 1)}],
    "特色险种": [
        {"险种编号": PRODUCT, "险种名称": "样例茶叶保险", "区市": "文登区", "类别": "第三类", "标的": "样例茶", "中央险种": "范围外"},
        {"险种编号": "T2", "险种名称": "样例茶目标价格保险", "区市": "文登区", "类别": "第二类", "标的": "样例茶二", "中央险种": "范围外"},
    ],
    "险种备案": [{"险种编号": PRODUCT, "报备日": date(2022, 11, 1), "备案成功日": date(2022, 12, 1), "备案文号": "样例备1号"}],
    "往年奖补": [{"险种编号": PRODUCT, "级别": "省级", "首次享受年度": 2022}],
    "特色承保": [
        {"年度": 2023, "险种编号": PRODUCT, "承保机构": FARM_INSURER, "首单起期": date(2023, 4, 1), "保单件数": 10,
         "保费(万元)": 80, "农户保费(万元)": 32, "赔款(万元)": 60, "投保户数": 90, "投保数量": 1200},
    ],
    "区市补贴": [
        {"承保机构": FARM_INSURER, "申请单号": "S1", "险种编号": PRODUCT, "年度": 2023, "申请日": date(2023, 6, 1),
         "申请金额(万元)": 40, "拨付日": date(2023, 7, 3), "拨付金额(万元)": 40, "拨款凭证号": "B1"},
    ],
    "特色申请": [{"年度": 2023, "险种编号": PRODUCT, "收到日": date(2024, 1, 31)}],
    "一票否决": [
        {"情形": "三", "区市": "文登区", "险种编号": PRODUCT, "承保机构": FARM_INSURER, "认定日": date(2023, 5, 1),
         "解除日": date(2023, 8, 1), "认定文号": "样例查1号"},
    ],
    "二类分担": [{"年度": 2023, "险种编号": "T2", "市级比例(%)": 20, "批准文号": "样例财1号"}],
    "分配系数": [{"年度": 2023, "类别": "第三类", "系数": 2}],
    "资金总量": [{"年度": 2023, "资金": "特色险中央", "金额(万元)": 5}],
}  # fmt: skip
