"""科技支行贷款 — 威财金〔2023〕2号, in the order of its articles.

第一、二条 give the purpose; 第七条 is reported, not enforced (`structure`); 第八条 to 第十六条 and 第十八条 to 第二十一条
concern duties and payment and need no rule here, but for the bank's own balance (第十八条). 第二十四条, the document's
life, is checked where a run starts.

Input is one row per loan with a balance on December 31 (see `Positions`), output the same rows with one column per
condition and the amounts. Everything is fen, e4 and day numbers (see the package's glossary).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ledger import money
from ledger.columns import UNKNOWN
from ledger.counties import CITY, COUNTIES
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
from ledger.law.document import Values
from ledger.law.turns import in_order, line_order, take_turns
from ledger.lazy import np, pd
from ledger.workdays import NO_DATE, Calendar, Days, add_months, whole_months, years_of

PLEDGED = ("知识产权质押", "股权质押")
UNSECURED = ("其他新型抵质押", "信用")

# what an event of a loan is, in the order in which explanations name it
EVENT_KINDS = ("发放", "还款", "展期")


@dataclass(frozen=True)
class Positions:
    """Facts as of a date, ready to be judged for one year.

    loans: one row per loan, in the order (bank name, note number), default index, with the columns
        county_rank, bank_rank, enterprise_rank (sort like the names), enterprise (equal for one enterprise),
        amount, balance (Dec 31), reported_balance (UNKNOWN if none), disbursed_on, due_on, paid_off_on, rate_e4,
        qualified, partner (bool: evidence on the disbursement date), revoked_on, enterprise_barred_on, bank_barred_on
        (NO_DATE if none), years_enjoyed, years_waived, bonus_rate_e4 (of the bank for the year).
    events: the dated papers of these loans in the year (and the disbursements), with the columns
        loan (row in loans), kind (index into EVENT_KINDS), event_on, uploaded_on (NO_DATE if none), waived.
    lpr_announced_on, lpr_e4: the announcements, ascending. budgets: fen by scope (a county or 全市).
    """

    year: int
    loans: pd.DataFrame
    events: pd.DataFrame
    lpr_announced_on: Days
    lpr_e4: Days
    calendar: Calendar
    budgets: Mapping[str, int]
    interest_rate_e4: int


@dataclass(frozen=True)
class BudgetStep:
    """What one budget did: the sums before it, and which of the two amounts it cut ('' for none). Fen."""

    scope: str
    budget: int
    interest: int
    bonus: int
    cut: str


# --- the columns that the articles speak of -------------------------------------------------------------------------


def derive(positions: Positions, values: Values) -> pd.DataFrame:
    """The loans with the columns on which the conditions are judged."""
    loans = positions.loans
    disbursed_on = loans["disbursed_on"].to_numpy()
    lpr = look_up_lpr(
        disbursed_on, positions.lpr_announced_on, positions.lpr_e4, positions.calendar, values["lpr_gap_days"]
    )
    papers = late_papers(positions, values["upload_workdays"])
    end_on = granted_until(loans["paid_off_on"].to_numpy(), loans["due_on"].to_numpy())
    months = months_of_year(positions.year, disbursed_on, end_on, values["year_months"])
    return pd.concat([loans, lpr, papers, pd.DataFrame({"end_on": end_on}), months], axis=1)


def granted_until(paid_off_on: Days, due_on: Days) -> Days:
    """第五条: the last day of the time granted: the day it was paid off, at most the due date (overdue is not granted)."""
    return np.where(paid_off_on == NO_DATE, due_on, np.minimum(paid_off_on, due_on))


def months_of_year(year: int | Days, disbursed_on: Days, end_on: Days, full: int) -> pd.DataFrame:
    """第六条: the first year-end earns the full year; whole months beyond it are paid at the following year-ends.

    Columns: year_end_no (the how-many-eth year-end this is for the loan), extra_months (beyond the full year), months.
    """
    year_end_no = year - years_of(disbursed_on) + 1
    extra_months = whole_months(add_months(disbursed_on, full), end_on)
    later = np.clip(extra_months - full * (year_end_no - 2), 0, full)
    months = np.where(year_end_no == 1, full, later)
    return pd.DataFrame({"year_end_no": year_end_no, "extra_months": extra_months, "months": months})


def late_papers(positions: Positions, workdays: int) -> pd.DataFrame:
    """第十七条: the papers of each loan: the disbursement's deadline, and the first event with late or missing papers.

    Columns: papers_checked and papers_late (events, excused ones apart), upload_due_on (of the disbursement, NO_DATE
    where it is excused), late_kind (UNKNOWN if nothing is late), late_on, late_due_on, late_uploaded_on.
    """
    events = positions.events[~positions.events["waived"].to_numpy()]
    event_on, uploaded_on = events["event_on"].to_numpy(), events["uploaded_on"].to_numpy()
    # papers that never came are late whatever the calendar says
    due = positions.calendar.add_workdays(event_on, workdays, needed=uploaded_on != NO_DATE)
    events = events.assign(due=due)
    late = events[(uploaded_on == NO_DATE) | (uploaded_on > due)]
    first = late.sort_values(["loan", "event_on", "kind"]).drop_duplicates("loan")
    count = len(positions.loans)

    def column(rows: pd.DataFrame, source: str, none: int) -> Days:
        values = np.full(count, none, dtype=np.int64)
        values[rows["loan"].to_numpy()] = rows[source].to_numpy()
        return values

    return pd.DataFrame(
        {
            "papers_checked": np.bincount(events["loan"].to_numpy(), minlength=count),
            "papers_late": np.bincount(late["loan"].to_numpy(), minlength=count),
            "upload_due_on": column(events[events["kind"].to_numpy() == 0], "due", NO_DATE),
            "late_kind": column(first, "kind", UNKNOWN),
            "late_on": column(first, "event_on", NO_DATE),
            "late_due_on": column(first, "due", NO_DATE),
            "late_uploaded_on": column(first, "uploaded_on", NO_DATE),
        }
    )


# --- the conditions, in the order of the codes ------------------------------------------------------------------------


def qualified(lines: pd.DataFrame, values: Values) -> Truth:
    return lines["qualified"].to_numpy()


def bank_is_partner(lines: pd.DataFrame, values: Values) -> Truth:
    return lines["partner"].to_numpy()


def not_revoked(lines: pd.DataFrame, values: Values) -> Truth:
    return not_barred(lines, "revoked_on", "enterprise_barred_on", "bank_barred_on")


def rate_within_ceiling(lines: pd.DataFrame, values: Values) -> Truth:
    within = lines["rate_e4"].to_numpy() <= lines["lpr_e4"].to_numpy() + values["rate_margin"]
    return within | ~lpr_known(lines, values)


def term_long_enough(lines: pd.DataFrame, values: Values) -> Truth:
    return (lines["end_on"] - lines["disbursed_on"]).to_numpy() >= values["term_days"]


def balance_agrees(lines: pd.DataFrame, values: Values) -> Truth:
    reported = lines["reported_balance"].to_numpy()
    return (reported == UNKNOWN) | (reported == lines["balance"].to_numpy())


def papers_in_time(lines: pd.DataFrame, values: Values) -> Truth:
    return lines["late_kind"].to_numpy() == UNKNOWN


def years_left(lines: pd.DataFrame, values: Values) -> Truth:
    return (lines["years_enjoyed"].to_numpy() < values["years_limit"]) | lines["years_waived"].to_numpy()


def months_left(lines: pd.DataFrame, values: Values) -> Truth:
    return lines["months"].to_numpy() > 0


def cap_left(lines: pd.DataFrame, values: Values) -> Truth:
    # judged only for loans that pass all the others: the rest have no turn (cap_before is UNKNOWN)
    return lines["cap_before"].to_numpy() < values["interest_cap"]


INTEREST, BONUS = "interest", "bonus"  # what the document gives
_BOTH = (
    region("第三条"),
    Condition(
        "R_CATEGORY",
        "第四条",
        "企业资质",
        qualified,
        "发放日 {disbursed_on} 的有效资质：{qualification}",
        "发放当天企业没有一项有效的资质。",
        "核对「资质」表的有效期是否录全（到期后重新认定的要另加一行），补录后重新试算。",
    ),
    Condition(
        "R_BANK",
        "第六条",
        "合作银行",
        bank_is_partner,
        "发放日 {disbursed_on} 的合作关系：{partnership}",
        "发放当天银行不在合作期内。",
        "核对「合作银行」表的起止日；合作期录错的更正，确非合作银行的不享受。",
    ),
    revoked("第二十二条", not_revoked),
    lpr_on_file("第五条"),
    Condition(
        "R_RATE",
        "第五条",
        "利率上限",
        rate_within_ceiling,
        "年利率 {rate}%，上限为 {ceiling}",
        "年利率高于适用的 LPR 加规定的基点；正好相等的合格。",
        "核对利率、发放日和 LPR 三个数；录错的更正。",
        not_judged=LPR_UNKNOWN,
    ),
    Condition(
        "R_TERM",
        "第五条",
        "实际占用天数",
        term_long_enough,
        "{disbursed_on} 至 {end_on}（{end_meaning}）共 {term_days} 天，要求不少于 {required_days} 天",
        "从发放日到（展期后）到期日或结清日不足规定的天数；逾期的时间不算。",
        "核对到期日，有展期的补录「展期」表，有误的还款更正或撤回。",
    ),
    Condition(
        "R_BALANCE",
        "第十八条",
        "年末余额核对",
        balance_agrees,
        "台账年末余额 {balance} 万元，银行报送：{reported_balance}",
        "银行报送的年末余额与台账（贷款金额减累计还本）不等。属待核实。",
        "与银行逐笔对还款：漏录的补录，报错的余额更正，再重新试算。",
        held=True,
    ),
)
_INTEREST_ONLY = (
    Condition(
        "R_UPLOAD",
        "第十七条",
        "资料上传时限",
        papers_in_time,
        "{papers}",
        "发放资料，或当年某次还款、展期的资料没有在规定的工作日内上传。",
        "逐笔说明写明哪一笔、期限哪一天、以哪个日期为准。以平台收到为准的，没有上传的补传，标错业务的改标（收到日不变）；"
        "以报送为准的，漏填的上传日补填（即更正）；非企业、银行原因的报批后录「上传豁免」。",
        bars=(INTEREST,),
    ),
    Condition(
        "R_YEARS",
        "第五条",
        "累计贴息年限",
        years_left,
        "本年度以前已享受 {years_enjoyed} 年，一般不超过 {years_limit} 年{years_waived}",
        "企业本年度以前享受贴息已满规定的年数，本年度没有批准豁免。",
        "核对「历史享受年限」；经批准可以超过的，录「年限豁免」。",
        bars=(INTEREST,),
    ),
    Condition(
        "R_MONTHS",
        "第六条",
        "贴息月数",
        months_left,
        "本年度可贴息 {months} 个月",
        "超过 1 年的整月已经贴完，或一个整月也不满，本年度没有可贴的月数。",
        "一般属实，不用处理；有展期的补录「展期」表。",
        bars=(INTEREST,),
    ),
)
_CAP = Condition(
    "R_CAP",
    "第五条",
    "单户上限",
    cap_left,
    "单户上限 {interest_cap} 万元，轮到本笔之前已用 {cap_before} 万元",
    "轮到本笔时，企业当年的贴息贷款上限已被更早发放的贷款用完。",
    "explain 列出是哪几笔用掉的。次序按发放日、银行名称、借据编号，不能调换。",
    bars=(INTEREST,),
    not_judged=NotJudged("cap_before_fen", "其他条件未全部通过，不参加排序，不占用上限"),
)
CONDITIONS: tuple[Condition, ...] = (*_BOTH, *_INTEREST_ONLY, _CAP)
BONUS_CODES = tuple(condition.code for condition in CONDITIONS if condition.takes(BONUS))


# --- the amounts ------------------------------------------------------------------------------------------------------


def interest_bases(lines: pd.DataFrame, passing: Truth, cap: int) -> pd.DataFrame:
    """第五条: each enterprise's loans take their turn by (disbursement, bank name, note number) until the cap is used.

    Columns cap_before (fen used by earlier turns, UNKNOWN without a turn) and interest_base.
    """
    cap_before, base = take_turns(lines, lines["balance"].to_numpy(), passing, cap)
    return pd.DataFrame({"cap_before": cap_before, "interest_base": base})


def apply_budgets(lines: pd.DataFrame, budgets: Mapping[str, int]) -> tuple[pd.DataFrame, list[BudgetStep]]:
    """第六条: 总额控制, 优先保障贴息: first each county that has a budget, then the whole city.

    `lines` is in line order and has interest_demand and bonus_demand. Gives interest and bonus after the counties'
    step (…_after_county) and after the city's, and what each budget did.
    """
    interest, bonus = lines["interest_demand"].to_numpy().copy(), lines["bonus_demand"].to_numpy().copy()
    county_rank = lines["county_rank"].to_numpy()
    steps = []
    for rank, county in enumerate(COUNTIES):
        if county in budgets:
            rows = np.flatnonzero(county_rank == rank)
            interest[rows], bonus[rows], step = budget_step(county, budgets[county], interest[rows], bonus[rows])
            steps.append(step)
    after_county = {"interest_after_county": interest.copy(), "bonus_after_county": bonus.copy()}
    if CITY in budgets:
        interest, bonus, step = budget_step(CITY, budgets[CITY], interest, bonus)
        steps.append(step)
    return pd.DataFrame({**after_county, "interest": interest, "bonus": bonus}, index=lines.index), steps


def budget_step(
    scope: str, budget: int, interest: money.Fen, bonus: money.Fen
) -> tuple[money.Fen, money.Fen, BudgetStep]:
    """One budget over its lines: interest first, the bonus shares what is left. Fen."""
    interest_sum, bonus_sum = money.total(interest), money.total(bonus)
    cut = ""
    if interest_sum > budget:
        interest, bonus, cut = money.allocate(budget, interest), np.zeros_like(bonus), "interest"
    elif interest_sum + bonus_sum > budget:
        bonus, cut = money.allocate(budget - interest_sum, bonus), "bonus"
    return interest, bonus, BudgetStep(scope, budget, interest_sum, bonus_sum, cut)


def city_shares(amounts: money.Fen, county_rank: Days, share_e4: int) -> money.Fen:
    """第六条: the city's part of each line, such that every county as a whole is shared exactly to the fen."""
    city = np.zeros_like(amounts)
    for rank in np.unique(county_rank):
        rows = np.flatnonzero(county_rank == rank)
        county_total = money.total(amounts[rows])
        city[rows] = money.allocate(money.half_up(county_total * share_e4, money.E4_PER_ONE), amounts[rows])
    return city


def judge_loans(positions: Positions, values: Values) -> pd.DataFrame:
    """Every loan judged, and what it asks for before any budget. Rows as in `positions.loans`; amounts are fen."""
    lines = derive(positions, values)
    met = judge((*_BOTH, *_INTEREST_ONLY), lines, values)
    passing = np.asarray(met.to_numpy(dtype=bool).all(axis=1))
    lines = pd.concat([lines, interest_bases(lines, passing, values["interest_cap"])], axis=1)
    met["R_CAP"] = cap_left(lines, values)
    lines["reasons"] = pd.Series(reason_texts(met[[one.code for one in CONDITIONS]]), lines.index, dtype=object)

    scale = money.E4_PER_ONE
    lines["interest_demand"] = money.times_ratio_half_up(
        lines["interest_base"].to_numpy(),
        positions.interest_rate_e4 * lines["months"].to_numpy(),
        scale * values["year_months"],
    )
    newly_lent = lines["year_end_no"].to_numpy() == 1
    earns_bonus = met[list(BONUS_CODES)].to_numpy(dtype=bool).all(axis=1) & newly_lent
    lines["bonus_base"] = np.where(earns_bonus, lines["balance"].to_numpy(), 0)
    lines["bonus_demand"] = money.times_ratio_half_up(
        lines["bonus_base"].to_numpy(), lines["bonus_rate_e4"].to_numpy(), scale
    )
    return lines


def settle(positions: Positions, values: Values) -> tuple[pd.DataFrame, list[BudgetStep]]:
    """The yearly settlement of all loans at once; Refused if a working day is not known."""
    lines = judge_loans(positions, values)
    positions.calendar.require_known()
    return share_out(lines, positions.budgets, values)


def share_out(lines: pd.DataFrame, budgets: Mapping[str, int], values: Values) -> tuple[pd.DataFrame, list[BudgetStep]]:
    """All loans judged, in line order, with what `shares` gives. `lines` come sorted by (bank name, note number), and keep
    their index."""
    lines = in_order(lines, line_order(lines))
    shared, steps = shares(lines, budgets, values)
    return pd.concat([lines, shared], axis=1), steps


def shares(lines: pd.DataFrame, budgets: Mapping[str, int], values: Values) -> tuple[pd.DataFrame, list[BudgetStep]]:
    """What the budgets leave of what lines ask for, and who bears it; and what each budget did.

    `lines`, in line order, have county_rank, interest_demand and bonus_demand. Columns: interest and bonus, each with
    _after_county, _city and _county. Amounts are fen.
    """
    shared, steps = apply_budgets(lines, budgets)
    county_rank = lines["county_rank"].to_numpy()
    for name in ("interest", "bonus"):
        amounts = shared[name].to_numpy()
        shared[f"{name}_city"] = city_shares(amounts, county_rank, values["city_share"])
        shared[f"{name}_county"] = amounts - shared[f"{name}_city"].to_numpy()
    return shared, steps
