"""累计贴息年限 (威财金〔2023〕2号 第五条): who has reached the limit of years, and who reaches it this year."""

from datetime import date

import pandas as pd

from jobs.job import Context, Outcome
from jobs.notices import CITY, Notice
from jobs.words import lines, rows
from ledger.counties import COUNTIES, COUNTY_RANK
from ledger.database import db
from ledger.facts import positions
from ledger.programmes.tech_branch.programme import DOCUMENT, PRODUCT, years_enjoyed


def years_limit(context: Context) -> Outcome:
    """Enterprises with a balance now, by the years enjoyed before this year: at the limit, or in their last year."""
    day = context.day
    year, limit = day.year, DOCUMENT.number_near("years_limit", day)
    with db.reading(context.engine) as connection:
        loans = positions.loans(connection, PRODUCT, date.min, day)
        balance = positions.balances(loans, positions.repayments(connection, loans, day), day)
        loans = loans[balance > 0].reset_index(drop=True)
        enjoyed, waived = years_enjoyed(connection, loans, year)
    borrowers = loans.assign(enjoyed=enjoyed, waived=waived).drop_duplicates("enterprise")
    full = borrowers[(borrowers["enjoyed"] >= limit) & ~borrowers["waived"]]
    last = borrowers[borrowers["enjoyed"] == limit - 1]
    notices = []
    for county in sorted({*full["county"], *last["county"]}, key=COUNTY_RANK.__getitem__):
        text = lines(
            f"按 {day} 的贷款余额和 {year} 年度以前已享受的年限推算（第五条：一般不超过 {limit} 年）。",
            f"已满 {limit} 年，{year} 年度不再贴息（经批准可录「年限豁免」）：{'' if _has(full, county) else '无'}",
            _names(full, county),
            f"已享受 {limit - 1} 年，{year} 年度为最后一年：{'' if _has(last, county) else '无'}",
            _names(last, county),
        )
        to = county if county in COUNTIES else CITY
        notices.append(Notice("years", to, f"{county}企业累计贴息年限预测（{year} 年度）", text))
    figures = {"year": year, "enterprises": len(borrowers), "at_limit": len(full), "last_year": len(last)}
    words = f"{year} 年度：已满 {limit} 年的企业 {len(full)} 家，最后一年的 {len(last)} 家"
    if notices:
        counts = lines(
            words + "。",
            [f"{name}：已满 {_count(full, name)} 家，最后一年 {_count(last, name)} 家" for name in COUNTIES],
        )
        notices.append(Notice("years", CITY, f"累计贴息年限预测（{year} 年度）", counts))
    return Outcome(words, figures, notices)


def _of(borrowers: pd.DataFrame, county: str) -> pd.DataFrame:
    return borrowers[borrowers["county"] == county]


def _has(borrowers: pd.DataFrame, county: str) -> bool:
    return bool(len(_of(borrowers, county)))


def _count(borrowers: pd.DataFrame, county: str) -> int:
    return len(_of(borrowers, county))


def _names(borrowers: pd.DataFrame, county: str) -> list[str]:
    return [
        f"{row.enterprise_name}　已享受 {row.enjoyed} 年"
        for row in rows(_of(borrowers, county), "enterprise_name", "uscc")
    ]
