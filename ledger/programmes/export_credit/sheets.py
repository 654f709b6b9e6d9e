"""The intake sheets that only 威商务发〔2023〕1号 第11条 reads, and what their rows must fulfil."""

from dataclasses import replace

from ledger.programmes.export_credit import tables
from ledger.programmes.export_credit.vouchers import COUNTRIES, REFUNDS
from ledger.programmes.export_credit.year import DOCUMENT, KEY_RATE, OTHER_RATE, year_end
from ledger.programmes.rates import Rate
from ledger.workbooks import cells
from ledger.workbooks import standard_columns as columns
from ledger.workbooks.row_checks import in_order, not_in_future
from ledger.workbooks.sheet import Column, Sender, Sheet

RATES = (Rate(KEY_RATE, DOCUMENT, "key_rate", year_end), Rate(OTHER_RATE, DOCUMENT, "other_rate", year_end))
_VALUES = DOCUMENT.values(DOCUMENT.ends)
MARKETS = (*_VALUES.names("key_markets"), *_VALUES.names("other_market"))
_KINDS = _VALUES.names("kinds")


def _insurer() -> Column:
    example = "样例出口信用保险公司"
    return Column("承保机构", "insurer", "name", cells.read_name, example, "出口信用保险的承保机构名称", key=True)


def _country(hint: str) -> Column:
    return Column("国家地区", "country", "name", cells.read_name, "巴西", hint, key=True)


def _voucher(key: bool, hint: str) -> Column:
    return Column("缴费凭证号", "voucher_no", "code", cells.read_code, "JF2023-0001", hint, key=key)


_SHEETS = (
    Sheet(
        "市场名录",
        "国家（地区）所属的市场及其期间",
        tables.CreditMarketFact,
        (
            _country("国家或地区的名称"),
            columns.choice(
                "市场", "market", MARKETS, f"同一天列入几种的，次序在前的为准：{'、'.join(MARKETS)}", key=True
            ),
            columns.day("列入日", "listed_on", "2022-01-01", "列入的第一天", key=True),
            columns.day("移出日", "delisted_on", "2025-12-31", "列入的最后一天；仍在名录留空", optional=True),
        ),
        checks=(in_order("listed_on", "delisted_on", "移出日早于列入日"),),
        invariants=(COUNTRIES,),
        refuses=("移出日早于列入日。", "撤回后，「信保缴费」中有国家地区不再列在名录任何一行。"),
    ),
    Sheet(
        "信保缴费",
        "短期出口信用保险的保费缴纳（一张凭证涉及几个国家地区的，每个一行）",
        tables.CreditPremiumFact,
        (
            _insurer(),
            _voucher(True, "缴费凭证号（文本）"),
            _country("「市场名录」中的国家地区"),
            columns.uscc(),
            Column("保单号", "policy_no", "code", cells.read_code, "XB2023-0001", "保单号（文本）"),
            Column("险种", "kinds", "text", cells.read_name, "、".join(_KINDS), "多个险种以 、 分隔"),
            columns.day("缴费日", "paid_on", "2023-05-08", "实际缴纳保费的日期"),
            columns.wan("实缴保费(万元)", "premium_fen", 10, "凭证上实际支出的人民币保费"),
            Column(
                "币种",
                "currency",
                "text",
                cells.read_name,
                "人民币",
                "以人民币支付（含购汇，按购汇支出的人民币填）的可留空；以外币支付的填币种",
                optional=True,
            ),
        ),
        checks=(not_in_future("paid_on"),),
        invariants=(COUNTRIES, REFUNDS),
        refuses=(
            "国家地区不在「市场名录」的任何一行。",
            "缴费日在今天之后；更正后晚于已入库退费的退费日，或实缴保费少于已退的合计。",
        ),
        amount="premium_fen",
    ),
    Sheet(
        "信保退费",
        "已缴保费的退还",
        tables.CreditRefundFact,
        (
            _insurer(),
            Column("退费凭证号", "refund_no", "code", cells.read_code, "TF2023-0001", "退费凭证号（文本）", key=True),
            _country("所退保费的国家地区"),
            _voucher(False, "所退保费的缴费凭证号（文本）"),
            columns.day("退费日", "refunded_on", "2023-09-01", "退费到账的日期"),
            columns.wan("退费金额(万元)", "refund_fen", 1, "退还的人民币保费"),
        ),
        checks=(not_in_future("refunded_on"),),
        invariants=(REFUNDS,),
        refuses=(
            "「信保缴费」没有同一承保机构、缴费凭证号、国家地区的缴费。",
            "退费日早于缴费日，或在今天之后。",
            "一笔缴费的退费合计超过实缴保费。",
        ),
        amount="refund_fen",
    ),
    Sheet(
        "信保配套",
        "区市对企业出口信保保费的年度配套",
        tables.CreditMatchingFact,
        (
            columns.year(),
            columns.uscc(key=True),
            columns.wan("配套金额(万元)", "matching_fen", 2, "区市当年给该企业的全部配套"),
        ),
        amount="matching_fen",
        link="enterprise_id",
    ),
)

SHEETS: tuple[Sheet, ...] = tuple(replace(sheet, senders=(Sender("commerce"),)) for sheet in _SHEETS)
