"""“拨投贷保” — 威政办发〔2023〕8号: its 贷 and 保 in the order of 第二条, and what is asked of 拨 and 投.

第一条 and 第五条 give the purpose; 第六条 to 第十三条 share out duties (the quarterly returns are made from the facts);
第十四条 gives the yearly review with its cut-off, 第十五条 the payment and the factor for investors. 第十八条, the
document's life, is judged line by line (`C_PERIOD`) and where a review starts. What an approval of a grant or an
investment needs (第二条) is refused at import, so that here only the date is left to judge.

Input is one row per loan, policy, grant or investment of the review's window, output the same rows with one column per
condition and the amounts. Everything is fen, e4 and day numbers (see the package's glossary).
"""

from __future__ import annotations

from dataclasses import dataclass

from ledger import money
from ledger.columns import UNKNOWN
from ledger.law.conditions import (
    LPR_UNKNOWN,
    Condition,
    NotJudged,
    Truth,
    judge,
    look_up_lpr,
    lpr_known,
    lpr_on_file,
    not_barred,
    reason_texts,
    region,
    revoked,
)
from ledger.law.document import Document, Values
from ledger.law.turns import packed_order, take_turns
from ledger.lazy import np, pd
from ledger.workdays import NO_DATE, Calendar, Days, add_months, day_number

SEPARATOR = "、"  # between the coverages of a policy


@dataclass(frozen=True)
class LoanPositions:
    """The loans of a review with the facts as of its cut-off.

    loans: one row per loan, in the order (bank name, note number), default index, with the columns
        county_rank, bank_rank, enterprise_rank (sort like the names), enterprise (equal for one enterprise),
        amount, balance (at the cut-off), disbursed_on, due_on, rate_e4, guarantee, qualified (bool, on the
        disbursement date), project_enterprise, listed_on, delisted_on (of the project named; UNKNOWN and NO_DATE if
        none), revoked_on, enterprise_barred_on, bank_barred_on (NO_DATE if none).
    lpr_announced_on, lpr_e4: the announcements, ascending. rate_e4: the risk subsidy's rate for the year.
    """

    loans: pd.DataFrame
    lpr_announced_on: Days
    lpr_e4: Days
    calendar: Calendar
    rate_e4: int


# --- what the conditions are judged on --------------------------------------------------------------------------------


def derive_loans(positions: LoanPositions, values: Values) -> pd.DataFrame:
    """The loans with the columns on which the conditions are judged."""
    disbursed_on = positions.loans["disbursed_on"].to_numpy()
    lpr = look_up_lpr(
        disbursed_on, positions.lpr_announced_on, positions.lpr_e4, positions.calendar, values["lpr_gap_days"]
    )
    latest_due_on = add_months(disbursed_on, values["term_months"])
    return pd.concat([positions.loans.assign(latest_due_on=latest_due_on), lpr], axis=1)


def other_coverages(coverages: str, known: tuple[str, ...]) -> str:
    """第二条: the coverages named that are none of the document's, as they stand."""
    return SEPARATOR.join(name for name in coverages.split(SEPARATOR) if name not in known)


# --- the conditions ---------------------------------------------------------------------------------------------------
# `day` is the date by which a line is judged: of the disbursement, inception, approval or investment


def loan_not_revoked(lines: pd.DataFrame, values: Values) -> Truth:
    return not_barred(lines, "revoked_on", "enterprise_barred_on", "bank_barred_on")


def enterprise_not_barred(lines: pd.DataFrame, values: Values) -> Truth:
    return not_barred(lines, "enterprise_barred_on")


def within_life(lines: pd.DataFrame, values: Values) -> Truth:
    return lines["within_life"].to_numpy(dtype=bool)


def is_high_tech(lines: pd.DataFrame, values: Values) -> Truth:
    return lines["qualified"].to_numpy(dtype=bool)


def project_in_library(lines: pd.DataFrame, values: Values) -> Truth:
    day, first, last = (lines[name].to_numpy() for name in ("day", "listed_on", "delisted_on"))
    own = lines["project_enterprise"].to_numpy() == lines["enterprise"].to_numpy()
    return own & (first <= day) & ((last == NO_DATE) | (day <= last))


def unsecured(lines: pd.DataFrame, values: Values) -> Truth:
    return lines["guarantee"].isin(values.names("unsecured")).to_numpy(dtype=bool)


def term_short_enough(lines: pd.DataFrame, values: Values) -> Truth:
    return lines["due_on"].to_numpy() <= lines["latest_due_on"].to_numpy()


def rate_within_lpr(lines: pd.DataFrame, values: Values) -> Truth:
    within = lines["rate_e4"].to_numpy() <= lines["lpr_e4"].to_numpy()
    return within | ~lpr_known(lines, values)


def quota_left(lines: pd.DataFrame, values: Values) -> Truth:
    # judged only for loans that pass all the others: the rest have no turn (quota_before is UNKNOWN)
    return lines["quota_before"].to_numpy() < values["filing_quota"]


def coverages_known(lines: pd.DataFrame, values: Values) -> Truth:
    return lines["other_coverages"].to_numpy() == ""


_REGION = region("第三条")


def _period(day: str) -> Condition:
    return Condition(
        "C_PERIOD",
        "第十八条",
        "办法有效期",
        within_life,
        day + " {day}，{life}",
        "业务日期不在办法的有效期内。",
        "核对贷款发放日（保单为保险起期）；确在期外的不享受。",
    )


def _evidence(day: str) -> tuple[Condition, Condition]:
    return (
        Condition(
            "C_HNTE",
            "第三条",
            "高新技术企业",
            is_high_tech,
            day + " {day} 的有效资质：{qualification}",
            "当天企业没有有效的高新技术企业资质。",
            "核对「资质」表；本办法只认高新技术企业一类。",
        ),
        Condition(
            "C_PROJECT",
            "第四条",
            "攻关项目在库",
            project_in_library,
            day + " {day} 的项目：{project}",
            "当天所填项目不在项目库，或不是本企业的项目，或没有填项目编号。",
            "核对「贷款」（保单）的项目编号和「项目库」的起止日。",
        ),
    )


_LOAN_CONDITIONS = (
    _REGION,
    revoked("第十六条", loan_not_revoked),
    _period("发放日"),
    *_evidence("发放日"),
    Condition(
        "C_UNSECURED",
        "第二条",
        "无需抵质押物",
        unsecured,
        "担保方式为{guarantee}，要求为{unsecured}",
        "担保方式不是信用。",
        "核对「贷款」表的担保方式。",
    ),
    Condition(
        "C_TERM",
        "第二条",
        "贷款期限",
        term_short_enough,
        "{disbursed_on} 至 {due_on}，发放后 {term_months} 个月为 {latest_due_on}，到期日不得晚于该日",
        "（展期后）到期日超过规定的期限。",
        "核对到期日与展期。",
    ),
    lpr_on_file("第二条"),
    Condition(
        "C_RATE",
        "第二条",
        "利率上限",
        rate_within_lpr,
        "年利率 {rate}%，上限为 LPR {ceiling}%",
        "年利率高于适用的 LPR；正好相等的合格。",
        "核对利率、发放日和 LPR。",
        not_judged=LPR_UNKNOWN,
    ),
)
_QUOTA = Condition(
    "C_QUOTA",
    "第二条",
    "备案额度",
    quota_left,
    "单户企业年度备案额度 {filing_quota} 万元，轮到本笔之前已用 {quota_before} 万元",
    "轮到本笔时，企业当年的备案额度已被更早发放的贷款用完。",
    "次序按发放日、银行名称、借据编号，不能调换。",
    not_judged=NotJudged("quota_before_fen", "其他条件未全部通过，不参加排序，不占用备案额度"),
)
LOAN_CONDITIONS: tuple[Condition, ...] = (*_LOAN_CONDITIONS, _QUOTA)
POLICY_CONDITIONS: tuple[Condition, ...] = (
    _REGION,
    revoked("第十六条", enterprise_not_barred),
    _period("保险起期"),
    *_evidence("保险起期"),
    Condition(
        "C_COVERAGE",
        "第二条",
        "险种",
        coverages_known,
        "险种为{coverages}{other_coverages}",
        "保单上有规定险种以外的险种。",
        "核对「保单」表的险种，几个险种之间用 、 分隔。",
    ),
)
GRANT_CONDITIONS: tuple[Condition, ...] = (_period("批准日"),)
INVESTMENT_CONDITIONS: tuple[Condition, ...] = (_period("投资日"),)


def _judge_dates(lines: pd.DataFrame, day: str, law: Document) -> pd.DataFrame:
    """The lines with the date by which they are judged, and whether the document was in force on it."""
    on = lines[day].to_numpy()
    within = (day_number(law.starts) <= on) & (on <= day_number(law.ends))
    return lines.assign(day=on, within_life=within)


# --- 贷 -----------------------------------------------------------------------------------------------------------------


def review_loans(positions: LoanPositions, law: Document, values: Values) -> pd.DataFrame:
    """第二条: every loan of the window judged, what of it is filed, and the bank's risk subsidy. Rows as in `positions.loans`; amounts are fen."""
    lines = _judge_dates(derive_loans(positions, values), "disbursed_on", law)
    met = judge(_LOAN_CONDITIONS, lines, values)
    passing = np.asarray(met.to_numpy(dtype=bool).all(axis=1))
    quota_before, filed = take_turns(lines, lines["amount"].to_numpy(), passing, values["filing_quota"])
    lines = lines.assign(quota_before=quota_before, filed=filed)
    met["C_QUOTA"] = quota_left(lines, values)
    base = np.minimum(lines["balance"].to_numpy(), filed)
    return lines.assign(
        reasons=reason_texts(met),
        base=base,
        subsidy=money.times_ratio_half_up(base, positions.rate_e4, money.E4_PER_ONE),
    )


# --- 保 -----------------------------------------------------------------------------------------------------------------


def review_policies(policies: pd.DataFrame, rate_e4: int, law: Document, values: Values) -> pd.DataFrame:
    """第二条: every policy of the window judged, and each enterprise's subsidy shared among those that pass.

    `policies` has one row per policy, in the order (insurer, policy number), default index, with county_rank,
    enterprise_rank, enterprise, inception, coverages, premium, qualified (bool, on the inception date), the project's
    columns and enterprise_barred_on. Gives the lines in the order (county, enterprise, inception, insurer, policy
    number), with enterprise_premium, enterprise_uncapped and enterprise_subsidy (of the line's enterprise, over the
    policies that pass) and subsidy. Fen.
    """
    known = values.names("coverages")
    texts = np.array([other_coverages(text, known) for text in policies["coverages"]], dtype=object)
    lines = _judge_dates(policies.assign(other_coverages=texts), "inception", law)
    met = judge(POLICY_CONDITIONS, lines, values)
    lines = lines.assign(reasons=reason_texts(met))
    lines = lines.iloc[policy_order(lines)]

    premium = lines["premium"].to_numpy()
    passing = np.flatnonzero(lines["reasons"].to_numpy() == "")
    names = ("enterprise_premium", "enterprise_uncapped", "enterprise_subsidy", "subsidy")
    amounts = {name: np.zeros(len(lines), dtype=np.int64) for name in names}
    for _, turn in pd.Series(passing).groupby(lines["enterprise"].to_numpy()[passing]):
        rows = turn.to_numpy()  # of one enterprise, in the order of the lines
        paid = money.total(premium[rows])
        uncapped = money.half_up(paid * rate_e4, money.E4_PER_ONE)
        granted = min(uncapped, values["premium_cap"])
        for name, amount in zip(names, (paid, uncapped, granted), strict=False):
            amounts[name][rows] = amount
        amounts["subsidy"][rows] = money.allocate(granted, premium[rows])
    return lines.assign(**amounts)


def policy_order(lines: pd.DataFrame) -> Days:
    """The order of policies: county, enterprise, inception (rows come sorted by insurer and policy number)."""
    return packed_order([lines[name].to_numpy() for name in ("inception", "enterprise_rank", "county_rank")])


# --- 拨 and 投 ------------------------------------------------------------------------------------------------------------


def review_grants(grants: pd.DataFrame, law: Document, values: Values) -> pd.DataFrame:
    """第二条: the grants approved in the window; one outside the document's life is marked and pays nothing.

    `grants` is sorted by (project number, year). Adds reasons and granted. Fen.
    """
    lines = _judge_dates(grants, "approved_on", law)
    reasons = reason_texts(judge(GRANT_CONDITIONS, lines, values))
    return lines.assign(reasons=reasons, granted=np.where(reasons == "", lines["approved"].to_numpy(), 0))


def review_investments(investments: pd.DataFrame, law: Document, values: Values) -> pd.DataFrame:
    """第十五条: the investments of the window and what of each is recognised for the investor's appraisal.

    `investments` is sorted by (investor, investment number); factor_e4 counts 0.0001, UNKNOWN for none on file. Adds
    reasons, factor_e4 as used and recognised. Fen.
    """
    lines = _judge_dates(investments, "invested_on", law)
    reasons = reason_texts(judge(INVESTMENT_CONDITIONS, lines, values))
    own = lines["factor_e4"].to_numpy()
    factor = np.where(own == UNKNOWN, values["factor_floor"], own)
    amount = np.where(reasons == "", lines["amount"].to_numpy(), 0)
    recognised = money.times_ratio_half_up(amount, factor, money.E4_PER_PERCENT)
    return lines.assign(reasons=reasons, factor_e4=factor, recognised=recognised)
