"""出口信保 — 威商务发〔2023〕1号 第11条, the sentence on 短期出口信用保险.

支持企业投保短期出口信用保险（包括出口前附加险），按实际保费给予一定比例支持: who (我市企业), what (the kinds of insurance),
on what (实际保费: what was really paid, and not paid back), at which rate (by the market), 鼓励各区市给予配套资金支持. The
document's life is judged payment by payment (`X_PERIOD`) and where a review starts.

Input is one row per premium of the year, output the same rows with one column per condition and the amounts; then the
refunds of premiums that earlier years supported. Everything is fen, e4 and day numbers (see the package's glossary).
"""

from __future__ import annotations

from ledger import money
from ledger.counties import CITY_FULL_NAME, OUTSIDE
from ledger.law.conditions import Condition, Truth, in_the_city, judge, reason_texts
from ledger.law.document import Document, Values
from ledger.lazy import np, pd
from ledger.workdays import day_number

SEPARATOR = "、"  # between the kinds of insurance of a premium


# --- what the conditions are judged on --------------------------------------------------------------------------------


def other_kinds(kinds: str, known: tuple[str, ...]) -> str:
    """The kinds of insurance named that are none of the document's, as they stand."""
    return SEPARATOR.join(name for name in kinds.split(SEPARATOR) if name not in known)


def derive(premiums: pd.DataFrame, document: Document, values: Values) -> pd.DataFrame:
    """The premiums with the columns on which the conditions are judged."""
    known = values.names("kinds")
    others = {text: other_kinds(text, known) for text in set(premiums["kinds"])}
    paid_on = premiums["paid_on"].to_numpy()
    return premiums.assign(
        other_kinds=np.array([others[text] for text in premiums["kinds"]], dtype=object),
        within_life=(day_number(document.starts) <= paid_on) & (paid_on <= day_number(document.ends)),
        net=premiums["premium"].to_numpy() - premiums["refunded"].to_numpy(),
    )


# --- the conditions ---------------------------------------------------------------------------------------------------


def within_life(lines: pd.DataFrame, values: Values) -> Truth:
    return lines["within_life"].to_numpy(dtype=bool)


def kinds_supported(lines: pd.DataFrame, values: Values) -> Truth:
    return lines["other_kinds"].to_numpy() == ""


def paid_in_currency(lines: pd.DataFrame, values: Values) -> Truth:
    return lines["currency"].isin(values.names("currency")).to_numpy(dtype=bool)


def something_paid(lines: pd.DataFrame, values: Values) -> Truth:
    return lines["net"].to_numpy() > 0


_ARTICLE = "第11条"
CONDITIONS: tuple[Condition, ...] = (
    Condition(
        "X_REGION",
        _ARTICLE,
        "我市企业",
        in_the_city,
        f"企业所属区市为{{county}}，支持范围为{CITY_FULL_NAME}各区市的企业",
        f"企业注册地不在{CITY_FULL_NAME}各区市（区市填的是 {OUTSIDE}）。",
        "核对「企业」表的区市；填错的更正，确在市外的不享受。",
    ),
    Condition(
        "X_PERIOD",
        "施行与有效期条款",
        "政策有效期",
        within_life,
        "缴费日 {paid_on}，{life}",
        "缴费日不在文件的有效期内。",
        "核对「信保缴费」表的缴费日；以缴费日为准，不看保单或出运日期，确在期外的不享受。",
    ),
    Condition(
        "X_KIND",
        _ARTICLE,
        "险种",
        kinds_supported,
        "险种为{kinds}{other_kinds}，支持的险种为{supported}",
        "所列险种中有短期出口信用保险、出口前附加险以外的险种。",
        "核对「信保缴费」表的险种，几个险种之间用 、 分隔；与其他险种同一凭证缴费的，按凭证拆开录入。",
    ),
    Condition(
        "X_CURRENCY",
        _ARTICLE,
        "实际保费为人民币",
        paid_in_currency,
        "币种为{currency}，要求为{supported_currency}（文件没有规定折算汇率）",
        "保费以外币支付，没有人民币的实际保费，文件也没有规定折算汇率。",
        "以购汇支付的，按购汇支出的人民币填写金额，更正原来的行，币种填 人民币 或留空。",
    ),
    Condition(
        "X_PAID",
        _ARTICLE,
        "实际保费",
        something_paid,
        "实缴 {premium} 万元，截至截止日退费 {refunded} 万元，净额 {net} 万元",
        "截至截止日，所缴保费已全部退还。",
        "核对「信保退费」表；误录的退费撤回。",
    ),
)


def review(premiums: pd.DataFrame, key_rate: int, other_rate: int, document: Document, values: Values) -> pd.DataFrame:
    """Every premium judged, and what it asks for. Fen, e4.

    `premiums` has one row per premium with county_rank, paid_on, kinds, currency, market, premium and refunded (by the
    as-of date). Adds other_kinds, net, rate_e4 (the market's, whatever the reasons say), demand and reasons.
    """
    lines = derive(premiums, document, values)
    reasons = reason_texts(judge(CONDITIONS, lines, values))
    rate = np.where(lines["market"].isin(values.names("key_markets")), key_rate, other_rate).astype(np.int64)
    base = np.where(reasons == "", lines["net"].to_numpy(), 0)
    demand = money.times_ratio_half_up(base, rate, money.E4_PER_ONE)
    return lines.drop(columns="within_life").assign(reasons=reasons, rate_e4=rate, demand=demand)


def share_out(demand: money.Fen, budget: int | None) -> money.Fen:
    """What the year's money (None: no limit on file) leaves of the demands, in line order. Fen."""
    if budget is None or money.total(demand) <= budget:
        return demand.copy()
    return money.allocate(budget, demand)


# --- refunds after payment --------------------------------------------------------------------------------------------


def claim_back(paid: pd.DataFrame) -> pd.DataFrame:
    """What is claimed of what earlier reviews paid: one row per line that takes something back. Fen.

    `paid` has subsidy (paid), net_then (on the line that paid), net_now and before (claimed by earlier approved
    reviews). Adds kept and claim.
    """
    kept = money.times_ratio_half_up(
        paid["subsidy"].to_numpy(), np.maximum(paid["net_now"].to_numpy(), 0), paid["net_then"].to_numpy()
    )
    claim = paid["subsidy"].to_numpy() - kept - paid["before"].to_numpy()
    return paid.assign(kept=kept, claim=claim)[claim > 0].reset_index(drop=True)
