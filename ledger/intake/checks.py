"""What is judged within one row of a sheet. All checks share one signature, (rows, today) -> None, and report findings."""

from collections.abc import Callable
from datetime import date

from ledger import money
from ledger.law.document import document
from ledger.workbooks.rows import Rows

RATE_CEILINGS = {
    "贴息": ("tech_branch", "interest_rate"),
    "奖补": ("tech_branch", "bonus_rate"),
    "风险补助": ("chokepoint", "risk_rate"),
    "保费补贴": ("chokepoint", "premium_rate"),
}


def _in_order(first: str, second: str, problem: str) -> Callable[[Rows, date], None]:
    """A check that a date is not before another one of its row."""

    def check(rows: Rows, today: date) -> None:
        for position, (start, end) in enumerate(zip(rows.values(first), rows.values(second), strict=True)):
            if start is not None and end is not None and end < start:
                rows.find(position, second, problem, f"应不早于{rows.sheet.column(first).header} {start}")

    return check


def _not_in_future(field: str) -> Callable[[Rows, date], None]:
    def check(rows: Rows, today: date) -> None:
        for position, day in enumerate(rows.values(field)):
            if day is not None and day > today:
                header = rows.sheet.column(field).header
                rows.find(position, field, f"{header}在今天（{today}）之后", "尚未发生的业务不能录入，请核对日期")

    return check


def partnership_has_start(rows: Rows, today: date) -> None:
    """An end without a start says nothing: without a start the bank is no 合作银行 at all."""
    for position, (start, end) in enumerate(zip(rows.values("starts_on"), rows.values("ends_on"), strict=True)):
        if start is None and end is not None and (position, "starts_on") not in rows.bad_cells:
            rows.find(
                position,
                "ends_on",
                "有合作终止日而没有合作起始日",
                "请补填合作起始日；只登记银行名称的，两个日期都留空",
            )


def something_paid(rows: Rows, today: date) -> None:
    """A repayment pays principal or interest."""
    for position, (principal, interest) in enumerate(
        zip(rows.values("principal_fen"), rows.values("interest_fen"), strict=True)
    ):
        if principal == 0 and not interest and (position, "interest_fen") not in rows.bad_cells:
            rows.find(position, "principal_fen", "还本与付息金额都为 0", "还本、付息至少一项大于 0")


def rate_within_ceiling(rows: Rows, today: date) -> None:
    """A year's own rate is not above the document's ceiling (最高不超过)."""
    for position, (item, rate) in enumerate(zip(rows.values("item"), rows.values("rate_e4"), strict=True)):
        if item is not None and rate is not None:
            _refuse_above_ceiling(rows, position, item, rate)


def bonus_rate_within_ceiling(rows: Rows, today: date) -> None:
    """A bank's own bonus rate is not above the document's ceiling."""
    for position, rate in enumerate(rows.values("rate_e4")):
        if rate is not None:
            _refuse_above_ceiling(rows, position, "奖补", rate)


def _refuse_above_ceiling(rows: Rows, position: int, item: str, rate: int) -> None:
    programme, name = RATE_CEILINGS[item]
    law = document(programme)
    ceiling = law.values(law.ends)[name]
    if rate > ceiling:
        article = law.parameters[name].article
        rows.find(
            position,
            "rate_e4",
            f"{item}比例超过上限",
            f"应不超过 {money.percent_text(ceiling)}%（{law.number} {article}）",
        )


def factor_in_range(rows: Rows, today: date) -> None:
    """威政办发〔2023〕8号 第十五条: how far an investment may be counted up."""
    law = document("chokepoint")
    values = law.values(law.ends)
    low, high = values["factor_floor"], values["factor_ceiling"]
    for position, factor in enumerate(rows.values("factor_e4")):
        if factor is not None and not low <= factor <= high:
            expected = (
                f"应在 {money.percent_text(low, 0)} 至 {money.percent_text(high, 0)} 之间（{law.number} 第十五条）"
            )
            rows.find(position, "factor_e4", "认定系数超出范围", expected)


ROW_CHECKS: dict[str, tuple[Callable[[Rows, date], None], ...]] = {
    "资质": (_in_order("valid_from", "valid_to", "有效期止早于有效期起"),),
    "合作银行": (_in_order("starts_on", "ends_on", "合作终止日早于合作起始日"), partnership_has_start),
    "贷款": (_not_in_future("disbursed_on"), _in_order("disbursed_on", "due_on", "到期日早于发放日")),
    "还款": (_not_in_future("paid_on"), something_paid),
    "展期": (_in_order("extended_on", "new_due_on", "新到期日早于展期日"),),
    "年度比例": (rate_within_ceiling,),
    "奖补比例": (bonus_rate_within_ceiling,),
    "项目库": (_in_order("listed_on", "delisted_on", "出库日早于入库日"),),
    "保单": (_in_order("inception", "expiry", "保险止期早于保险起期"),),
    "股权投资": (factor_in_range,),
}
