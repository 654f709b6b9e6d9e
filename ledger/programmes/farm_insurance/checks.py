"""What the rows of 特色农产品保险's sheets must fulfil by themselves. Each is a sheet.RowCheck."""

from datetime import date

from ledger import money
from ledger.programmes.farm_insurance import words
from ledger.programmes.farm_insurance.year import DOCUMENT, year_end
from ledger.workbooks.rows import Rows

_OF_COUNTY, _OF_INSURER, _PENALTY, _OF_PRODUCT = words.VETOES[:2], words.VETOES[2:4], words.VETOES[3], words.VETOES[4]


def class_one_objects(rows: Rows, today: date) -> None:
    """第七条(一)1: what class 1 is for."""
    parameter = DOCUMENT.parameters["class_1_objects"]
    known = DOCUMENT.values(DOCUMENT.ends).names(parameter.name)
    for position, (kind, thing) in enumerate(zip(rows.values("product_class"), rows.values("object"), strict=True)):
        if kind == words.CLASSES[0] and thing is not None and thing not in known:
            expected = f"应为{'、'.join(known)}之一（{DOCUMENT.number} {parameter.article}），或核对类别"
            rows.find(position, "object", f"{kind}的标的不是规定的标的", expected)


def started_within_year(rows: Rows, today: date) -> None:
    """A year's insurance begins in it."""
    for position, (year, day) in enumerate(zip(rows.values("year"), rows.values("started_on"), strict=True)):
        if year is not None and day is not None and day.year != year:
            rows.find(position, "started_on", f"首单起期不在 {year} 年度", f"应在 {year}-01-01 至 {year}-12-31 之间")


def policies_counted(rows: Rows, today: date) -> None:
    """There is a policy where there is a premium."""
    for position, count in enumerate(rows.values("policies")):
        if count is not None and count < 1:
            rows.find(position, "policies", "保单件数小于 1", "应为不小于 1 的整数")


def farmer_within(rows: Rows, today: date) -> None:
    """Farmers pay a part of the premium."""
    for position, (whole, part) in enumerate(zip(rows.values("premium_fen"), rows.values("farmer_fen"), strict=True)):
        if whole is not None and part is not None and part > whole:
            rows.find(position, "farmer_fen", "农户保费超过保费", f"应不超过 {money.wan_words(whole)}")


def paid_whole_or_not(rows: Rows, today: date) -> None:
    """A payment has its day, its amount and its voucher, or there is none."""
    fields = ("paid_on", "paid_fen", "payment_no")
    for position, payment in enumerate(zip(*(rows.values(name) for name in fields), strict=True)):
        given = [
            value is not None or (position, name) in rows.bad_cells for name, value in zip(fields, payment, strict=True)
        ]
        if any(given) and not all(given):
            rows.find(
                position,
                fields[given.index(False)],
                "拨付日、拨付金额、拨款凭证号只填了一部分",
                "已拨付的三列都填，未拨付的都留空",
            )  # fmt: skip


def paid_within_requested(rows: Rows, today: date) -> None:
    """No more is paid than was asked for."""
    asked_for = rows.values("requested_fen")
    for position, (asked, paid) in enumerate(zip(asked_for, rows.values("paid_fen"), strict=True)):
        if asked is not None and paid is not None and paid > asked:
            rows.find(position, "paid_fen", "拨付金额超过申请金额", f"应不超过 {money.wan_words(asked)}")


def veto_names_what_it_needs(rows: Rows, today: date) -> None:
    """第六条: (一)(二) speak of a county, (三)(四) of an insurer in it, (五) of a product. A penalty is an event, not a state."""
    fields = ("kind", "product_no", "insurer", "lifted_on")
    for position, (kind, product, insurer, lifted) in enumerate(
        zip(*(rows.values(name) for name in fields), strict=True)
    ):
        bad = {name for name in fields if (position, name) in rows.bad_cells}
        if kind in _OF_COUNTY:
            for name, value in (("product_no", product), ("insurer", insurer)):
                if value is not None:
                    rows.find(position, name, f"情形{kind}说的是区市，不是险种或承保机构", "应留空，或核对情形")
        if kind in _OF_INSURER and insurer is None and "insurer" not in bad:
            rows.find(position, "insurer", f"情形{kind}没有承保机构", "应填写所涉承保机构，或核对情形")
        if kind == _OF_PRODUCT and product is None and "product_no" not in bad:
            rows.find(position, "product_no", f"情形{kind}没有险种编号", "应填写所涉险种的编号，或核对情形")
        if kind == _PENALTY and lifted is not None:
            rows.find(position, "lifted_on", f"情形{kind}（处罚）填了解除日", "应留空；处罚被撤销的，以 void 撤回该行")


def share_within_rest(rows: Rows, today: date) -> None:
    """第七条(一)2: the city bears no more than what farmers and the province leave."""
    for position, (year, rate) in enumerate(zip(rows.values("year"), rows.values("rate_e4"), strict=True)):
        if year is None or rate is None:
            continue
        taken = (DOCUMENT.number_near(name, year_end(year)) for name in ("class_2_farmer", "class_2_province"))
        most = money.E4_PER_ONE - sum(taken)
        if rate > most:
            article = DOCUMENT.parameters["class_2_province"].article
            expected = f"应不超过 {money.percent_text(most)}%（{DOCUMENT.number} {article}）"
            rows.find(position, "rate_e4", "市级比例超过市县合计承担的比例", expected)


def coefficient_not_negative(rows: Rows, today: date) -> None:
    for position, coefficient in enumerate(rows.values("coefficient_e4")):
        if coefficient is not None and coefficient < 0:
            rows.find(position, "coefficient_e4", "系数为负", "应不小于 0")
