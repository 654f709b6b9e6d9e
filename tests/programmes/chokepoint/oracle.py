"""A second opinion on 威政办发〔2023〕8号: the same rules, one loan or policy at a time, with exact numbers only.

Nothing here is taken from the product. A *world* is what the intake workbooks hold (see `oracle`); the numbers, dates
and loans of the first document's reference computation serve here too, the rules do not.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from programmes.tech_branch.oracle_figures import (
    COUNTIES,
    Refused,
    Row,
    Uncovered,
    Workdays,
    World,
    add_months,
    allocate,
    county_of,
    county_rank,
    covers,
    fen,
    half_up,
    lpr,
    percent,
)
from programmes.tech_branch.oracle_loans import Loan

Line = dict[str, Any]

PROGRAMME = "卡脖子攻关贷"
FIRST_DAY, LAST_DAY = date(2023, 2, 25), date(2024, 2, 24)  # 第十八条
HIGH_TECH = "高新技术企业"  # 第三条
QUOTA_FEN = 2000 * 1_000_000  # 第二条
TERM_MONTHS = 36  # 第二条
PREMIUM_CAP_FEN = 20 * 1_000_000  # 第二条
COVERAGES = {
    "研发营业中断保险",
    "研发设备损失保险",
    "研发费用损失保险",
    "研发责任损失保险",
    "关键研发人员人身意外伤害保险",
}  # 第二条
CEILINGS = {"风险补助": Decimal("0.6"), "保费补贴": Decimal(50)}  # 第二条
DEFAULT_FACTOR = Decimal("1.5")  # 第十五条


class Review:
    """One year's review: its window, and the facts up to its cut-off."""

    def __init__(self, world: World, year: int) -> None:
        self.world = world
        self.year = year
        self.after, self.cut_off = date(year - 1, 12, 15), date(year, 12, 15)
        self.workdays = Workdays(world.get("工作日历", ()))
        self.enterprises = {row["统一社会信用代码"]: row for row in world.get("企业", ())}
        self.projects = {row["项目编号"]: row for row in world.get("项目库", ())}
        self.barred = {row["主体"] for row in world.get("取消资格", ()) if row["取消日"] <= self.cut_off}
        self.revoked = {
            (row["银行名称"], row["借据编号"]) for row in world.get("撤销", ()) if row["认定日"] <= self.cut_off
        }

    def rate(self, item: str) -> Decimal:
        """The year's own rate, else the ceiling."""
        for row in self.world.get("年度比例", ()):
            if int(row["年度"]) == self.year and row["补助项目"] == item:
                return Decimal(row["比例(%)"])
        return CEILINGS[item]

    def in_window(self, day: date) -> bool:
        return self.after < day <= self.cut_off

    def county(self, code: str) -> str:
        return county_of(self.enterprises[code]["区市"])

    def high_tech(self, code: str, day: date) -> bool:
        """第三条: a 高新技术企业 on a day."""
        return any(
            row["统一社会信用代码"] == code
            and row["资质类别"] == HIGH_TECH
            and covers(row["有效期起"], row.get("有效期止"), day)
            for row in self.world.get("资质", ())
        )

    def in_library(self, number: str | None, code: str, day: date) -> bool:
        """第四条: the project is in the library on a day, and this enterprise's."""
        entry = self.projects.get(number) if number else None
        return (
            entry is not None
            and entry["统一社会信用代码"] == code
            and covers(entry["入库日"], entry.get("出库日"), day)
        )

    def shared_reasons(self, code: str, number: str | None, day: date, revoked: bool) -> list[str]:
        """What loans and policies have in common, in the order of the codes."""
        found = []
        if self.county(code) not in COUNTIES:
            found.append("R_REGION")
        if revoked:
            found.append("R_REVOKED")
        if not FIRST_DAY <= day <= LAST_DAY:
            found.append("C_PERIOD")
        if not self.high_tech(code, day):
            found.append("C_HNTE")
        if not self.in_library(number, code, day):
            found.append("C_PROJECT")
        return found


def review(world: World, year: int, today: date | None = None) -> dict[str, list[Line]]:
    """The lines of a year's review by kind: loans, policies, grants, investments."""
    if year not in (2023, 2024):
        raise Refused(f"{year}年度不在威政办发〔2023〕8号的有效期内（第十八条），不能审核")
    facts = Review(world, year)
    if today is not None and facts.cut_off > today:
        raise Refused(f"截止日{facts.cut_off}晚于今天{today}，不能审核")
    return {
        "loans": loans(facts),
        "policies": policies(facts),
        "grants": grants(facts),
        "investments": investments(facts),
    }


# --- 贷 --------------------------------------------------------------------------------------------------


def loans(facts: Review) -> list[Line]:
    """Every loan of the product that was disbursed in the window."""
    lines, uncovered = [], set()
    for loan in loans_of(facts.world):
        if facts.in_window(loan.disbursed_on):
            try:
                lines.append(judge_loan(facts, loan))
            except Uncovered as missing:
                uncovered.add(missing.day)
    if uncovered:
        raise Refused("没有放假安排，请在工作日历表中录入")
    left: dict[str, int] = {}
    for line in sorted(lines, key=lambda line: (line["disbursed_on"], line["bank"], line["note_no"])):
        if line["reasons"]:
            continue
        remaining = left.setdefault(line["uscc"], QUOTA_FEN)
        line["filed_fen"] = min(line["amount_fen"], remaining)
        left[line["uscc"]] = remaining - line["filed_fen"]
        if remaining == 0:
            line["reasons"].append("C_QUOTA")
    for line in lines:
        base = min(line["balance_fen"], line["filed_fen"])
        line["subsidy_fen"] = half_up(base * percent(facts.rate("风险补助")))
        line["reasons"] = tuple(line["reasons"])
    return sorted(
        lines,
        key=lambda line: (
            county_rank(line["county"]), line["bank"], line["enterprise"], line["disbursed_on"], line["note_no"],
        ),
    )  # fmt: skip


def loans_of(world: World) -> list[Loan]:
    """The loans of the product with what happened to them."""

    def own(sheet: str, row: Row) -> tuple[Row, ...]:
        key = (row["银行名称"], row["借据编号"])
        return tuple(event for event in world.get(sheet, ()) if (event["银行名称"], event["借据编号"]) == key)

    return [
        Loan(row, own("还款", row), own("展期", row)) for row in world.get("贷款", ()) if row["业务品种"] == PROGRAMME
    ]


def judge_loan(facts: Review, loan: Loan) -> Line:
    """One loan with every reason that stops it but the quota."""
    revoked = (loan.bank, loan.note_no) in facts.revoked or bool({loan.bank, loan.uscc} & facts.barred)
    reasons = facts.shared_reasons(loan.uscc, loan.row.get("项目编号"), loan.disbursed_on, revoked)
    if loan.row["担保方式"] != "信用":
        reasons.append("C_UNSECURED")
    due_on = loan.due_on(facts.cut_off)
    if due_on > add_months(loan.disbursed_on, TERM_MONTHS):
        reasons.append("C_TERM")
    rate, ceiling = Decimal(loan.row["年利率(%)"]), lpr(facts.world, facts.workdays, loan.disbursed_on)
    if ceiling is None:
        reasons.append("R_LPR")
    elif rate > ceiling:
        reasons.append("C_RATE")
    return {
        "year": facts.year,
        "county": facts.county(loan.uscc),
        "bank": loan.bank,
        "uscc": loan.uscc,
        "enterprise": facts.enterprises[loan.uscc]["企业名称"],
        "note_no": loan.note_no,
        "project_no": loan.row.get("项目编号"),
        "amount_fen": loan.amount,
        "disbursed_on": loan.disbursed_on,
        "due_on": due_on,
        "rate_percent": rate,
        "guarantee": loan.row["担保方式"],
        "lpr_percent": ceiling,
        "balance_fen": loan.balance(facts.cut_off),
        "filed_fen": 0,
        "subsidy_fen": 0,
        "reasons": reasons,
    }


# --- 保 --------------------------------------------------------------------------------------------------


def policies(facts: Review) -> list[Line]:
    """Every policy whose premium was paid in the window."""
    lines = [judge_policy(facts, row) for row in facts.world.get("保单", ()) if facts.in_window(row["缴费日"])]
    by_enterprise: dict[str, list[Line]] = {}
    for line in sorted(lines, key=lambda line: (line["inception"], line["insurer"], line["policy_no"])):
        if not line["reasons"]:
            by_enterprise.setdefault(line["uscc"], []).append(line)
    for own in by_enterprise.values():
        premiums = [line["premium_fen"] for line in own]
        total = min(half_up(sum(premiums) * percent(facts.rate("保费补贴"))), PREMIUM_CAP_FEN)
        for line, part in zip(own, allocate(total, premiums), strict=True):
            line["subsidy_fen"] = part
    return sorted(
        lines,
        key=lambda line: (
            county_rank(line["county"]), line["enterprise"], line["inception"], line["insurer"], line["policy_no"],
        ),
    )  # fmt: skip


def judge_policy(facts: Review, row: Row) -> Line:
    """One policy with every reason that stops it."""
    code = row["统一社会信用代码"]
    reasons = facts.shared_reasons(code, row["项目编号"], row["保险起期"], code in facts.barred)
    if not set(row["险种"].split("、")) <= COVERAGES:
        reasons.append("C_COVERAGE")
    return {
        "year": facts.year,
        "county": facts.county(code),
        "insurer": row["保险公司"],
        "policy_no": row["保单号"],
        "uscc": code,
        "enterprise": facts.enterprises[code]["企业名称"],
        "project_no": row["项目编号"],
        "coverages": row["险种"],
        "inception": row["保险起期"],
        "expiry": row["保险止期"],
        "paid_on": row["缴费日"],
        "premium_fen": fen(row["实缴保费(万元)"]),
        "subsidy_fen": 0,
        "reasons": tuple(reasons),
    }


# --- 拨 and 投 --------------------------------------------------------------------------------------------


def period(day: date) -> tuple[str, ...]:
    return () if FIRST_DAY <= day <= LAST_DAY else ("C_PERIOD",)


def grants(facts: Review) -> list[Line]:
    """Every grant approved in the window; it pays what was approved within the document's life."""
    lines = []
    for row in sorted(facts.world.get("研发补助", ()), key=lambda row: (row["项目编号"], row["年度"])):
        if facts.in_window(row["批准日"]):
            code = facts.projects[row["项目编号"]]["统一社会信用代码"]
            reasons = period(row["批准日"])
            lines.append(
                {
                    "year": facts.year,
                    "county": facts.county(code),
                    "uscc": code,
                    "enterprise": facts.enterprises[code]["企业名称"],
                    "project_no": row["项目编号"],
                    "grant_year": int(row["年度"]),
                    "spending_fen": fen(row["研发投入(万元)"]),
                    "ratio_percent": Decimal(row["补助比例(%)"]),
                    "approved_on": row["批准日"],
                    "granted_before_fen": granted_before(facts, row),
                    "approved_fen": fen(row["批准金额(万元)"]),
                    "granted_fen": 0 if reasons else fen(row["批准金额(万元)"]),
                    "reasons": reasons,
                }
            )
    return lines


def granted_before(facts: Review, row: Row) -> int:
    """What the project was granted in earlier approvals."""
    return sum(
        fen(other["批准金额(万元)"])
        for other in facts.world.get("研发补助", ())
        if other["项目编号"] == row["项目编号"]
        and (other["批准日"], int(other["年度"])) < (row["批准日"], int(row["年度"]))
    )


def investments(facts: Review) -> list[Line]:
    """Every investment made in the window, and what is recognised of it."""
    lines = []
    for row in sorted(facts.world.get("股权投资", ()), key=lambda row: (row["投资机构"], row["投资编号"])):
        if facts.in_window(row["投资日"]):
            code, reasons = row["统一社会信用代码"], period(row["投资日"])
            factor = DEFAULT_FACTOR if row.get("认定系数") is None else Decimal(row["认定系数"])
            amount = fen(row["投资金额(万元)"])
            lines.append(
                {
                    "year": facts.year,
                    "county": facts.county(code),
                    "investor": row["投资机构"],
                    "investment_no": row["投资编号"],
                    "uscc": code,
                    "enterprise": facts.enterprises[code]["企业名称"],
                    "invested_on": row["投资日"],
                    "amount_fen": amount,
                    "factor": factor,
                    "recognised_fen": 0 if reasons else half_up(amount * Fraction(factor)),
                    "reasons": reasons,
                }
            )
    return lines


def totals(lines: Sequence[Line], field: str) -> int:
    """The sum of a field."""
    return sum(line[field] for line in lines)
