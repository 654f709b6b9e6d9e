"""The lists that come back: how each is known again and made again, and what its rows must satisfy on their own."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from sqlalchemy import Connection

from ledger import money
from ledger.columns import UNKNOWN
from ledger.law.document import Values
from ledger.money import wan_words
from ledger.programmes.farm_insurance import law, words
from ledger.programmes.farm_insurance.conditions import CONDITIONS, MILD
from ledger.programmes.farm_insurance.year import values_of
from ledger.runs.settlement import RunRecord
from reports.farm_insurance import lists
from reports.farm_insurance.decided import CENTRAL_RATE, CITY_RATE, COEFFICIENTS
from reports.farm_insurance.lines import DATA, LEVELS
from reports.report import Check, CheckedRows, DataRows, Finding, FormShape, Kind, named
from reports.writing.forms import Form

_BARRING = {given: condition.code for condition in CONDITIONS for given in condition.bars}


def moneys_follow(rows: CheckedRows) -> Iterator[Finding]:
    """第七条: what farmers, province and city bear is what premium, county's payment, class, rate and codes give."""
    rate = rows.rates.get(CITY_RATE, rows.law["class_3_city"])
    if rate > rows.law["class_3_city"]:
        yield -1, "", f"第三类市级比例高于上限 {money.percent_text(rows.law['class_3_city'])}%"
    if not rows.rows or any(row["premium_fen"] < 0 or row["county_paid_fen"] < 0 for row in rows.rows):
        return
    share = [UNKNOWN if row["city_rate_percent"] is None else row["city_rate_percent"] for row in rows.rows]
    lines = pd.DataFrame(
        {
            "class_no": [row["class"] for row in rows.rows],
            "county": [row["county"] for row in rows.rows],
            "premium": [row["premium_fen"] for row in rows.rows],
            "county_paid": [row["county_paid_fen"] for row in rows.rows],
            "reasons": [row["reasons"] for row in rows.rows],
            "share_e4": np.array(share, dtype=np.int64),
        }
    )
    found = law.share(lines, law.Year(rate, 0, None, None, {}), rows.law, _BARRING, MILD)
    for name, column in (("farmer_share", "农户承担"), ("province", "省级奖补"), ("city_demand", "市级需求")):
        for number, (row, right) in enumerate(zip(rows.rows, found[name].tolist(), strict=True)):
            if row[f"{name}_fen"] != right:
                own = wan_words(row[f"{name}_fen"])
                yield number, f"{name}_fen", f"{column} {own}，按保费、比例应为 {wan_words(right)}"


def parts_add_up(rows: CheckedRows) -> Iterator[Finding]:
    """第七条: every line adds up, to its premium or to what the county paid, and no part is below 0 or above what is asked."""
    for number, row in enumerate(rows.rows):
        third = row["class"] == law.CLASS_3
        whole = row["county_paid_fen"] if third else row["premium_fen"] - row["farmer_share_fen"]
        parts = sum(row[f"{key}_fen"] for key in LEVELS) + row["county_net_fen"]
        if parts != whole:
            yield number, "county_net_fen", f"奖补与净负担合计 {wan_words(parts)}，应为 {wan_words(whole)}"
        if row["city_fen"] > row["city_demand_fen"]:
            yield number, "city_fen", f"市级奖补超过市级需求 {wan_words(row['city_demand_fen'])}"
        if row["class"] != law.CLASS_3 and row["city_fen"] != row["city_demand_fen"]:
            yield number, "city_fen", "第一、二类的市级奖补不因总量控制而减少"
        yield from (
            (number, f"{key}_fen", f"{name}为负：{wan_words(row[f'{key}_fen'])}")
            for key, name in (*LEVELS.items(), ("county_net", "区市净负担"))
            if row[f"{key}_fen"] < 0
        )


def central_within(rows: CheckedRows) -> Iterator[Finding]:
    """第七条(二): class 1 gets no more than its percentage, and what a code stops gets nothing."""
    rate = rows.rates.get(CENTRAL_RATE, rows.law["class_1_central"])
    if rate > rows.law["class_1_central"]:
        yield -1, "", f"第一类中央比例高于上限 {money.percent_text(rows.law['class_1_central'])}%"
    for number, row in enumerate(rows.rows):
        if row["central_fen"] and law.is_stopped(row["reasons"], MILD):
            yield number, "central_fen", "未通过条件的险种有中央奖补"
        most = money.half_up(max(row["premium_fen"], 0) * rate, money.E4_PER_ONE)
        if row["class"] == law.CLASS_1 and row["central_fen"] > most:
            yield number, "central_fen", f"中央奖补超过保费的 {money.percent_text(rate)}%：{wan_words(most)}"


def funds_kept(rows: CheckedRows) -> Iterator[Finding]:
    """第七条: the city's fund is shared out over class 3, the centre's over all, to the fen. Of the whole city's rows."""
    if not rows.rows or any(min(row[name] for name in _FRAME) < 0 for row in rows.rows):
        return
    frame = pd.DataFrame({own: [row[name] for row in rows.rows] for name, own in _FRAME.items()})
    frame["reasons"] = [row["reasons"] for row in rows.rows]
    coefficients = {words.CLASS_NUMBER[word]: rows.rates.get(note) for word, note in COEFFICIENTS.items()}
    year = law.Year(
        rows.rates.get(CITY_RATE, rows.law["class_3_city"]), rows.rates.get(CENTRAL_RATE, rows.law["class_1_central"]),
        rows.budgets.get(words.CITY_FUND), rows.budgets.get(words.CENTRAL_FUND), coefficients,
    )  # fmt: skip
    city = law.control_city(frame, year)["city"].tolist()
    central = law.give_central(frame, year, MILD)[0]["central"].tolist()
    for key, right in (("city", city), ("central", central)):
        for number, (row, fen) in enumerate(zip(rows.rows, right, strict=True)):
            if row[f"{key}_fen"] != fen:
                own = wan_words(row[f"{key}_fen"])
                yield number, f"{key}_fen", f"{LEVELS[key]} {own}，按资金总量分配应为 {wan_words(fen)}"


_FRAME = {
    "class": "class_no", "premium_fen": "premium", "county_paid_fen": "county_paid", "farmer_share_fen": "farmer_share",
    "province_fen": "province", "city_demand_fen": "city_demand", "city_fen": "city",
}  # fmt: skip

CHECKS: tuple[Check, ...] = (
    ("农户承担、省级奖补、市级需求按规定计算（第七条）", moneys_follow),
    ("每个险种各方承担合计相符（第七条）", parts_add_up),
    ("中央奖补不超过规定比例（第七条）", central_within),
)


OF_THE_CITY: tuple[Check, ...] = (*CHECKS, ("市级、中央资金总量分摊到分（第七条）", funds_kept))


def _law(year: int) -> Values:
    return values_of(year)


def _export(connection: Connection, run: RunRecord, county: str, path: Path) -> int:
    return lists.write_list(connection, run, county, path)


def _again(by_county: bool, rows: DataRows, run_id: int, year: int, county: str, standing: str) -> list[Form]:
    made = [named(DATA, row) for row in rows]
    return lists.forms(made, year, run_id, standing, county if by_county else "")


def _kind(report: str, mark: str, by_county: bool) -> Kind:
    shapes = [
        FormShape(
            sheet,
            [column for column, _ in columns],
            lists.label_span(not by_county),
            ("险种名称", "承保机构"),
            not place,
        )
        for place, (sheet, columns) in enumerate(lists.form_columns(not by_county).items())
    ]
    return Kind(
        report, mark, "farm_insurance", shapes, DATA, ("product_no",), _export, partial(_again, by_county), _law,
        CHECKS if by_county else OF_THE_CITY, (CITY_RATE, CENTRAL_RATE, *COEFFICIENTS.values()),
    )  # fmt: skip


KINDS: tuple[Kind, ...] = (
    _kind(f"{lists.COUNTY_REPORT}（{{county}}）", f"{lists.COUNTY_REPORT} {{county}}", by_county=True),
    _kind(lists.CITY_REPORT, lists.CITY_REPORT, by_county=False),
)
