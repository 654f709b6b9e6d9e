"""样例发〔2023〕1号: 第三条 says which devices, 第四条 how much, 第五条 who bears it."""

from __future__ import annotations

from pathlib import Path

from ledger import money
from ledger.law.conditions import Condition, Truth, judge, reason_texts
from ledger.law.document import Values, read_document
from ledger.lazy import np, pd

DOCUMENT = read_document(Path(__file__).parent / "law.yaml")


def dear_enough(lines: pd.DataFrame, values: Values) -> Truth:
    return lines["price"].to_numpy() >= values["least_price"]


CONDITIONS: tuple[Condition, ...] = (
    Condition(
        "T_PRICE",
        "第三条",
        "设备价款",
        dear_enough,
        "价款 {price}，要求不低于 {least_price}",
        "设备价款低于规定的下限。",
        "核对「样例设备」表的价款。",
    ),
)


def settle(devices: pd.DataFrame, values: Values) -> pd.DataFrame:
    """Every device judged: reasons, subsidy, and the parts of province, city and county, which add up to it. Fen."""
    reasons = reason_texts(judge(CONDITIONS, devices, values))
    price = np.where(reasons == "", devices["price"].to_numpy(), 0)
    subsidy = money.times_ratio_half_up(price, values["rate"], money.E4_PER_ONE)
    whole = money.E4_PER_ONE - values["province_share"] - values["city_share"]
    shares = np.array([values["province_share"], values["city_share"], whole], dtype=np.int64)
    parts = np.array([money.allocate(int(fen), shares) for fen in subsidy], dtype=np.int64).reshape(-1, 3)
    return devices.assign(
        reasons=reasons, subsidy=subsidy, province=parts[:, 0], city=parts[:, 1], county_part=parts[:, 2]
    )
