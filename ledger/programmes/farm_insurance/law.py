"""特色农产品保险奖补 — 威财金〔2023〕11号: 第五条 to 第八条 as conditions, 第七条 as money, 第十二、十三条 as what is reported.

第一 to 第四条 give the purpose; 第九 to 第十一条 and 第十四条 share out duties. Input is one row per product insured in the
year, output the same rows with the codes that each fails and what farmers, province, city, centre and county bear.
Everything is fen, e4 and day numbers (see the package's glossary).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from ledger import money
from ledger.columns import UNKNOWN
from ledger.law.conditions import Condition, Truth, judge, reason_texts
from ledger.law.document import Values
from ledger.law.turns import packed_order
from ledger.lazy import np, pd
from ledger.programmes.farm_insurance import words
from ledger.workdays import NO_DATE, Days

CLASS_1, CLASS_2, CLASS_3 = words.CLASS_NUMBER.values()
EVENTS = (words.VETOES.index("四") + 1,)  # of the vetoes, those that are events and no states


@dataclass(frozen=True)
class Year:
    """What a year's review goes by beside its lines. Rates in e4, coefficients in 0.0001, funds in fen (None: not on file)."""

    city_rate_e4: int
    central_rate_e4: int
    city_fund: int | None
    central_fund: int | None
    coefficients_e4: dict[int, int | None]  # of classes 2 and 3

    def coefficient(self, class_no: int) -> int:
        """第七条(二): of a class; 1 where none was decided."""
        own = self.coefficients_e4[class_no]
        return money.E4_PER_PERCENT if own is None else own


# --- dates --------------------------------------------------------------------------------------------------------------


def years_before(day: date, years: int) -> date:
    """The same day so many years before."""
    return day.replace(year=day.year - years)


# --- the conditions -----------------------------------------------------------------------------------------------------


def outside_central(lines: pd.DataFrame, values: Values) -> Truth:
    return (lines["central"] != words.WITHIN).to_numpy(dtype=bool)


def in_catalogue(lines: pd.DataFrame, values: Values) -> Truth:
    innovative = (lines["central"] == words.INNOVATIVE).to_numpy(dtype=bool)
    return innovative | (lines["catalogue_fact_id"].to_numpy() != UNKNOWN)


def large_enough(lines: pd.DataFrame, values: Values) -> Truth:
    return lines["premium"].to_numpy() >= values["scale"]


def county_paid(lines: pd.DataFrame, values: Values) -> Truth:
    return lines["county_paid"].to_numpy() > 0


def _supported_before(lines: pd.DataFrame, column: str) -> Truth:
    since = lines[column].to_numpy()
    return (since != UNKNOWN) & (since < lines["year"].to_numpy())


def a_year_on(lines: pd.DataFrame, values: Values) -> Truth:
    first = lines["first_paid_on"].to_numpy()
    long_ago = (first != NO_DATE) & (first <= lines["a_year_before"].to_numpy())
    return _supported_before(lines, "province_since") | long_ago


def filed(lines: pd.DataFrame, values: Values) -> Truth:
    return _supported_before(lines, "city_since") | (lines["filing_fact_id"].to_numpy() != UNKNOWN)


def no_veto(number: int) -> Callable[[pd.DataFrame, Values], Truth]:
    """第六条: no record of an item, counted from 1, bars the line."""

    def holds(lines: pd.DataFrame, values: Values) -> Truth:
        return lines[f"veto_{number}"].to_numpy() == 0

    return holds


def share_decided(lines: pd.DataFrame, values: Values) -> Truth:
    return (lines["class_no"].to_numpy() != CLASS_2) | (lines["share_e4"].to_numpy() != UNKNOWN)


def books_agree(lines: pd.DataFrame, values: Values) -> Truth:
    """What farmers and county paid is within the premium; in classes 1 and 2 farmers paid their part, but for half a fen a
    policy, by which the parts of single policies are rounded. Python integers: the products may pass 2**63."""
    found = []
    for kind, premium, farmer, paid, policies in zip(
        *(lines[name].tolist() for name in ("class_no", "premium", "farmer", "county_paid", "policies")), strict=True
    ):
        right = farmer + paid <= premium
        if kind != CLASS_3:
            off = abs(farmer * money.E4_PER_ONE - premium * values[f"class_{kind}_farmer"])
            right = right and 2 * off <= policies * money.E4_PER_ONE
        found.append(right)
    return np.array(found, dtype=bool)


def applied_in_time(lines: pd.DataFrame, values: Values) -> Truth:
    received = lines["received_on"].to_numpy()
    return (received != NO_DATE) & (received <= lines["cut_off"].to_numpy())


def first_of_its_object(lines: pd.DataFrame, values: Values) -> Truth:
    # judged only for lines that no other code stops altogether: the rest have nobody before them
    return (lines["first_of_object"] == "").to_numpy(dtype=bool)


def filing_passes(
    filed_on: date, accepted_on: date, started_on: date, province_since: int, end: date, listed_before: int, grace: date
) -> bool:
    """第五条(四): filed before the insurance began and accepted within its year, or on the province's list before the
    document came (listed_before: its first year) and accepted within its grace."""
    ahead = filed_on < started_on and accepted_on <= end
    return ahead or (province_since != UNKNOWN and province_since < listed_before and accepted_on <= grace)


def judge_alone(lines: pd.DataFrame, conditions: Sequence[Condition], values: Values) -> pd.DataFrame:
    """The lines with the codes that each fails by itself."""
    return lines.assign(reasons=reason_texts(judge(conditions, lines, values)))


# --- the order, and what is not given twice -----------------------------------------------------------------------------


def line_order(lines: pd.DataFrame) -> Days:
    """The order of lines: county, class, product number (rows come sorted by product number)."""
    return packed_order([lines["class_no"].to_numpy(), lines["county_rank"].to_numpy()])


def second_of_an_object(lines: pd.DataFrame, mild: Sequence[str], code: str) -> pd.DataFrame:
    """第五条(二): of the lines of a county and object that nothing stops altogether the first by (class, day of the
    application, product number) has the support; the others get the code, and the first one's number."""
    first: dict[tuple[str, str], str] = {}
    found = [""] * len(lines)
    places = [place for place, reasons in enumerate(lines["reasons"].tolist()) if not is_stopped(reasons, mild)]
    county, thing, kind, received, number = (
        lines[name].tolist() for name in ("county", "object", "class_no", "received_on", "product_no")
    )
    for place in sorted(places, key=lambda place: (kind[place], received[place], number[place])):
        before = first.setdefault((county[place], thing[place]), number[place])
        found[place] = "" if before == number[place] else before
    reasons = [
        ";".join(filter(None, (text, code if second else "")))
        for text, second in zip(lines["reasons"], found, strict=True)
    ]
    return lines.assign(reasons=np.array(reasons, dtype=object), first_of_object=np.array(found, dtype=object))


def is_stopped(reasons: str, mild: Sequence[str]) -> bool:
    """Whether a line's codes stop all moneys."""
    return any(code not in mild for code in reasons.split(";") if code)


# --- 第七条(一): province and city -----------------------------------------------------------------------------------------


def city_rate(lines: pd.DataFrame, year: Year, values: Values) -> Days:
    """The city's percentage of each line, in e4; UNKNOWN for a product of class 2 without one."""
    kind, share = lines["class_no"].to_numpy(), lines["share_e4"].to_numpy()
    first = np.where(is_direct(lines, values), values["direct_city"], values["class_1_city"])
    return np.where(kind == CLASS_1, first, np.where(kind == CLASS_2, share, year.city_rate_e4))


def is_direct(lines: pd.DataFrame, values: Values) -> Truth:
    """第七条(一)1: of a county that had percentages of its own."""
    return lines["county"].isin(values.names("direct_counties")).to_numpy(dtype=bool)


def share(
    lines: pd.DataFrame, year: Year, values: Values, barring: dict[str, str], mild: Sequence[str]
) -> pd.DataFrame:
    """The lines with city_rate_e4, farmer_share, province and city_demand. barring: the code that takes away a money, by
    the money."""
    rates, direct = city_rate(lines, year, values), is_direct(lines, values)
    columns = {name: np.zeros(len(lines), dtype=np.int64) for name in ("farmer_share", "province", "city_demand")}
    rows = zip(
        *(lines[name].tolist() for name in ("class_no", "premium", "county_paid", "reasons")),
        rates.tolist(), direct.tolist(), strict=True,
    )  # fmt: skip
    for place, (kind, premium, paid, reasons, rate, own) in enumerate(rows):
        codes = reasons.split(";")
        stopped = is_stopped(reasons, mild)
        with_province, with_city = (not stopped and barring[name] not in codes for name in ("province", "city"))
        if kind == CLASS_3:
            farmer, province, city = 0, *_class_3(premium, paid, rate if with_city else 0, values, with_province)
        else:
            farmer, province, city = _by_percentages(kind, premium, max(rate, 0), own, values)
        columns["farmer_share"][place] = farmer
        columns["province"][place] = province if with_province else 0
        columns["city_demand"][place] = city if with_city else 0
    return lines.assign(city_rate_e4=rates, **columns)


def _by_percentages(kind: int, premium: int, city_e4: int, direct: bool, values: Values) -> tuple[int, int, int]:
    """Classes 1 and 2: what farmers, province and city bear of a premium; the county the rest."""
    farmer = values[f"class_{kind}_farmer"]
    province = values["direct_province"] if kind == CLASS_1 and direct else values[f"class_{kind}_province"]
    rest = money.E4_PER_ONE - farmer - province - city_e4
    parts = money.split(premium, [farmer, province, city_e4, rest])
    return parts[0], parts[1], parts[2]


def _class_3(premium: int, paid: int, city_e4: int, values: Values, with_province: bool) -> tuple[int, int]:
    """Class 3: the province gives back a part of what the county paid, the city a percentage of the premium; together they
    never exceed what the county paid."""
    wanted = money.half_up(paid * values["class_3_province"], money.E4_PER_ONE)
    province = min(wanted, values["class_3_province_cap"]) if with_province else 0
    return province, min(money.half_up(premium * city_e4, money.E4_PER_ONE), paid - province)


def control_city(lines: pd.DataFrame, year: Year) -> pd.DataFrame:
    """第七条(一)3, 总量控制: what the city gives to class 3 within its fund. Lines in their order."""
    demand = lines["city_demand"].to_numpy()
    city, third = demand.copy(), np.flatnonzero(lines["class_no"].to_numpy() == CLASS_3)
    if year.city_fund is not None and money.total(demand[third]) > year.city_fund:
        city[third] = money.allocate(year.city_fund, demand[third])
    return lines.assign(city=city)


# --- 第七条(二): the centre -------------------------------------------------------------------------------------------------


def give_central(lines: pd.DataFrame, year: Year, mild: Sequence[str]) -> tuple[pd.DataFrame, int]:
    """Class 1 first, what is left to classes 2 and 3 by premium and coefficient, none more than its county bears. Lines in
    their order; adds central_want, coefficient_e4 (UNKNOWN in class 1), central and county_net. Also what nobody got."""
    fund = year.central_fund or 0
    kind, premium, paid = (lines[name].to_numpy() for name in ("class_no", "premium", "county_paid"))
    going = np.array([not is_stopped(reasons, mild) for reasons in lines["reasons"]], dtype=bool)
    bears = np.where(kind == CLASS_3, paid, premium - lines["farmer_share"].to_numpy())
    bears = bears - lines["province"].to_numpy() - lines["city"].to_numpy()
    want, central = np.zeros(len(lines), dtype=np.int64), np.zeros(len(lines), dtype=np.int64)

    first = np.flatnonzero(going & (kind == CLASS_1))
    want[first] = money.times_ratio_half_up(premium[first], year.central_rate_e4, money.E4_PER_ONE)
    short = money.total(want[first]) > fund
    central[first] = money.allocate(fund, want[first]) if short else want[first]

    others = np.flatnonzero(going & (kind != CLASS_1))
    coefficient = np.array(
        [UNKNOWN if one == CLASS_1 else year.coefficient(one) for one in kind.tolist()], dtype=np.int64
    )
    weights = [int(premium[place]) * int(coefficient[place]) for place in others]
    want[others] = money.split(fund - money.total(central[first]), weights)
    central[others] = np.minimum(want[others], bears[others])
    lines = lines.assign(central_want=want, coefficient_e4=coefficient, central=central, county_net=bears - central)
    return lines, fund - money.total(central)


# --- 第十二、十三条: reported, not enforced -----------------------------------------------------------------------------------


def is_late(due_on: date, paid_on: date | None, cut_off: date) -> bool:
    """第十二条: not paid within a quarter of the application, as known on the cut-off."""
    return due_on < (paid_on if paid_on is not None and paid_on <= cut_off else cut_off)


def loss(lines: pd.DataFrame, values: Values) -> pd.DataFrame:
    """第十三条: loss_e4 and loss_low over the money of both years; UNKNOWN unless both are known."""
    ratios, low = [], []
    for premium, claims in zip(lines["loss_premium"].tolist(), lines["loss_claims"].tolist(), strict=True):
        known = premium != UNKNOWN
        ratios.append(money.half_up(claims * money.E4_PER_ONE, premium) if known else UNKNOWN)
        low.append(int(claims * money.E4_PER_ONE < premium * values["loss_floor"]) if known else UNKNOWN)
    return lines.assign(loss_e4=np.array(ratios, dtype=np.int64), loss_low=np.array(low, dtype=np.int64))
