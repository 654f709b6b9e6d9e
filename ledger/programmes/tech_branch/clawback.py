"""追缴 — what 威财金〔2023〕2号 claims back of what earlier years paid (第五条, 第六条 and 第二十二条).

Input is one row per loan and paid year, with these columns:
    paid_year, paid_months: the year whose approved settlement paid, and the months it paid for;
    paid_interest, paid_interest_city, paid_bonus, paid_bonus_city: what it paid, and the city's part of it;
    before_interest, before_interest_city, before_bonus, before_bonus_city: what approved settlements have claimed of it;
    disbursed_on, due_on, paid_off_on, revoked_on: the loan by the facts known now (NO_DATE for none).
Amounts are fen, dates day numbers (see the package's glossary).
"""

from __future__ import annotations

from ledger import money
from ledger.law.conditions import Ground, Truth
from ledger.law.document import Values
from ledger.lazy import np, pd
from ledger.programmes.tech_branch.law import granted_until, months_of_year
from ledger.workdays import NO_DATE

REVOKED = Ground(
    "R_REVOKED",
    "第二十二条",
    "已撤销",
    "该笔贷款已录「撤销」：付过的贴息、奖补全部收回。只取消资格的不追缴以前年度。",
)
TERM = Ground(
    "R_TERM",
    "第五条",
    "实际占用天数不足",
    "已结清，而从发放到结清（或更早的到期日）不足规定的天数：付过的贴息、奖补全部收回。",
)
MONTHS = Ground(
    "R_MONTHS",
    "第六条",
    "实际月数少于已付月数",
    "在到期以前结清，实际月数少于已付的月数：收回多付月数的贴息，奖补不收回。",
)
GROUNDS: tuple[Ground, ...] = (REVOKED, TERM, MONTHS)  # the first that applies counts


def look_back(paid: pd.DataFrame, values: Values) -> pd.DataFrame:
    """The claims: the rows of which something is to be paid back now, in the order and with the index of the input.

    Columns beside the input's: end_on, true_months, code, and interest and bonus, each with its _city and _county part.
    """
    rows = pd.concat([paid, true_months(paid, values)], axis=1)
    grounds = {
        REVOKED.code: revoked(rows, values),
        TERM.code: term_too_short(rows, values),
        MONTHS.code: months_too_few(rows, values),
    }
    rows["code"] = np.select(list(grounds.values()), list(grounds), default="").astype(object)
    rows = rows[rows["code"] != ""]
    everything = (rows["code"] != MONTHS.code).to_numpy()
    owed = {
        "interest": np.where(everything, rows["paid_interest"].to_numpy(), unused_interest(rows)),
        "bonus": np.where(everything, rows["paid_bonus"].to_numpy(), 0),
    }
    shares = [still_to_claim(rows, name, amounts) for name, amounts in owed.items()]
    rows = pd.concat([rows, *shares], axis=1)
    return rows[(rows["interest"] > 0) | (rows["bonus"] > 0)]


# --- the loan as it turned out ----------------------------------------------------------------------------------------


def true_months(paid: pd.DataFrame, values: Values) -> pd.DataFrame:
    """第五、六条: end_on, and the months of the paid year that the time really granted earns."""
    end_on = granted_until(paid["paid_off_on"].to_numpy(), paid["due_on"].to_numpy())
    months = months_of_year(
        paid["paid_year"].to_numpy(), paid["disbursed_on"].to_numpy(), end_on, values["year_months"]
    )
    return pd.DataFrame({"end_on": end_on, "true_months": months["months"].to_numpy()}, index=paid.index)


# --- the grounds, in their order --------------------------------------------------------------------------------------


def revoked(rows: pd.DataFrame, values: Values) -> Truth:
    """第二十二条: the loan's support was revoked."""
    return rows["revoked_on"].to_numpy() != NO_DATE


def term_too_short(rows: pd.DataFrame, values: Values) -> Truth:
    """第五条: paid off, and really used for fewer days than a full year asks."""
    used = (rows["end_on"] - rows["disbursed_on"]).to_numpy()
    return _paid_off(rows) & (used < values["term_days"])


def months_too_few(rows: pd.DataFrame, values: Values) -> Truth:
    """第六条, 按照实际月数折算: paid off before its due date, and so for fewer months than were paid."""
    early = _paid_off(rows) & (rows["paid_off_on"] < rows["due_on"]).to_numpy()
    return early & (rows["true_months"] < rows["paid_months"]).to_numpy()


def _paid_off(rows: pd.DataFrame) -> Truth:
    return rows["paid_off_on"].to_numpy() != NO_DATE


# --- the amounts ------------------------------------------------------------------------------------------------------


def unused_interest(rows: pd.DataFrame) -> money.Fen:
    """第六条: the interest paid, less its part for the true months (half up). Fen."""
    paid, months = rows["paid_interest"].to_numpy(), rows["paid_months"].to_numpy()
    # more true months than paid ones belong to rows claimed whole; where no month was paid, nothing was
    earned = money.times_ratio_half_up(paid, rows["true_months"].to_numpy(), np.maximum(months, 1))
    return paid - np.minimum(earned, paid)


def still_to_claim(rows: pd.DataFrame, name: str, owed: money.Fen) -> pd.DataFrame:
    """第六条, 2:8: what is owed less what has been claimed before, shared as the payment was.

    The city's part is such that all claims so far on the payment take back half_up(claimed * city's part paid / paid);
    the county's is the rest. Columns: name, name_city, name_county. Fen.
    """
    paid, before = rows[f"paid_{name}"].to_numpy(), rows[f"before_{name}"].to_numpy()
    now = np.maximum(owed - before, 0)
    city_so_far = money.times_ratio_half_up(before + now, rows[f"paid_{name}_city"].to_numpy(), np.maximum(paid, 1))
    city = np.where(now > 0, city_so_far - rows[f"before_{name}_city"].to_numpy(), 0)
    return pd.DataFrame({name: now, f"{name}_city": city, f"{name}_county": now - city}, index=rows.index)
