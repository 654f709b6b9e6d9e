"""The lists that come back: how each is known again and made again, and what its rows must satisfy on their own."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import numpy as np
from sqlalchemy import Connection

from ledger import money
from ledger.law.document import Values
from ledger.money import wan_words
from ledger.programmes.chokepoint import window as windows
from ledger.programmes.chokepoint import year as chokepoint
from ledger.runs.settlement import RunRecord
from reports.chokepoint.lists import (
    NEW_LOANS,
    PREMIUM_RATE,
    PREMIUMS,
    RISK_RATE,
    Listing,
    listing_forms,
    write_list,
)
from reports.received.rules import enterprise_cap, not_above
from reports.report import Check, CheckedRows, DataRows, Finding, FormShape, Kind, named
from reports.runs.run_words import foot_text
from reports.writing.forms import Form


def loans_follow(rows: CheckedRows) -> Iterator[Finding]:
    """第二条: the filing quota of each enterprise, and each subsidy what base and rate give."""
    rate = rows.rates.get(RISK_RATE, rows.law["risk_rate"])
    if rate > rows.law["risk_rate"]:
        yield -1, "", f"风险资金补助比例高于上限 {money.percent_text(rows.law['risk_rate'])}%"
    yield from not_above(
        rows,
        (
            ("balance_fen", "amount_fen", "截止日余额超过贷款金额"),
            ("filed_fen", "amount_fen", "备案额度超过贷款金额"),
        ),
    )
    yield from enterprise_cap(rows, "filed_fen", rows.law["filing_quota"], "备案额度")
    for number, row in enumerate(rows.rows):
        base = min(row["balance_fen"], row["filed_fen"])
        right = money.half_up(max(base, 0) * rate, money.E4_PER_ONE)
        if row["subsidy_fen"] != right:
            yield (
                number,
                "subsidy_fen",
                f"补助 {wan_words(row['subsidy_fen'])}，按余额、备案额度、比例应为 {wan_words(right)}",
            )
        if row["reasons"] and row["filed_fen"]:
            yield number, "filed_fen", "未通过条件的贷款有备案额度"


def policies_follow(rows: CheckedRows) -> Iterator[Finding]:
    """第二条: each enterprise's premium subsidy is its share of the premiums within the cap, spread over its policies."""
    rate, cap = rows.rates.get(PREMIUM_RATE, rows.law["premium_rate"]), rows.law["premium_cap"]
    if rate > rows.law["premium_rate"]:
        yield -1, "", f"保费补贴比例高于上限 {money.percent_text(rows.law['premium_rate'])}%"
    passed: dict[str, list[int]] = defaultdict(list)
    for number, row in enumerate(rows.rows):
        if not row["reasons"]:
            passed[row["uscc"]].append(number)
        elif row["subsidy_fen"]:
            yield number, "subsidy_fen", "未通过条件的保单有补贴"
    for places in passed.values():
        places.sort(key=lambda place: [rows.rows[place][name] for name in ("inception", "insurer", "policy_no")])
        premiums = np.array([rows.rows[place]["premium_fen"] for place in places], dtype=np.int64)
        if premiums.min() < 0:
            continue
        total = min(money.half_up(money.total(premiums) * rate, money.E4_PER_ONE), cap)
        for place, right in zip(places, money.allocate(total, premiums).tolist(), strict=True):
            own = rows.rows[place]["subsidy_fen"]
            if own != right:
                yield (
                    place,
                    "subsidy_fen",
                    f"补贴 {wan_words(own)}，按保费、比例、上限 {wan_words(cap)} 应为 {wan_words(right)}",
                )


LOAN_CHECKS: tuple[Check, ...] = (("备案额度、余额、补助按规定计算（第二条）", loans_follow),)
POLICY_CHECKS: tuple[Check, ...] = (("补贴按保费、比例、上限计算（第二条）", policies_follow),)


def _law(year: int) -> Values:
    return windows.values_of(chokepoint.DOCUMENT, windows.window(chokepoint.DOCUMENT, year))


def _export(listing: Listing, connection: Connection, run: RunRecord, _county: str, path: Path) -> int:
    return write_list(connection, run, path, listing)


def _again(listing: Listing, rows: DataRows, run_id: int, year: int, _county: str, standing: str) -> list[Form]:
    made = [named(listing.lines.columns, row) for row in rows]
    return listing_forms(listing, made, year, foot_text(year, run_id, standing))


def _kind(listing: Listing, checks: Sequence[Check], identity: Sequence[str], *shown: str) -> Kind:
    """A list; shown: the headers by which a printed row is known again."""
    return Kind(
        listing.title,
        listing.title,
        "chokepoint",
        (
            FormShape("明细表", [column for column, _ in listing.listed], 2, shown),
            FormShape("未通过", [column for column, _ in listing.refused], 2, shown, subtotals=False),
        ),
        listing.lines.columns,
        identity,
        partial(_export, listing),
        partial(_again, listing),
        _law,
        checks,
        (RISK_RATE, PREMIUM_RATE),
    )


KINDS: tuple[Kind, ...] = (
    _kind(NEW_LOANS, LOAN_CHECKS, ("bank", "note_no"), "银行名称", "企业名称", "贷款金额", "贷款期限(年月日—年月日)"),
    _kind(PREMIUMS, POLICY_CHECKS, ("insurer", "policy_no"), "保险公司", "保单号"),
)
