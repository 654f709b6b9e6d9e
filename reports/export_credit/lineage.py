"""Lineage of a review of 出口信保: its lines and claims, and the rule of every sheet."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection

from ledger.programmes.export_credit.year import FUND, KEY_RATE, OTHER_RATE
from ledger.runs.settlement import RunRecord
from reports.export_credit.lines import CLAIMS, LINES, premium
from reports.lineage import rules
from reports.lineage.rules import Fact, Found, Line, NotUsed, Row, RunLines, Use
from reports.runs.run_lines import read_whole


def run_lines(connection: Connection, run: RunRecord) -> RunLines:
    """The lines and claims of a review."""
    return of_rows(run, read_whole(connection, LINES, run.id), claims_of(connection, run))


def claims_of(connection: Connection, run: RunRecord, *where: Any) -> list[Row]:
    """The claims of a review, each with the premium's version that it went by and its amount by what was given."""
    return [
        {**row, "credit_fen": row["claim_fen"], "premium_key": _key(row)}
        for row in read_whole(connection, CLAIMS, run.id, *where)
    ]


def of_rows(run: RunRecord, rows: Sequence[Row], claims: Sequence[Row] = ()) -> RunLines:
    """Lines and claims that have been read."""
    return RunLines(rules.Scope(run), [_line(row) for row in rows], claims)


def of_premium(connection: Connection, run: RunRecord, insurer: str, voucher_no: str, country: str) -> RunLines:
    """The line of one premium, and the claims on it."""
    where = (premium.insurer == insurer, premium.voucher_no == voucher_no, premium.country == country)
    return of_rows(run, read_whole(connection, LINES, run.id, *where), claims_of(connection, run, *where))


def _key(row: Row) -> tuple[str, str, str]:
    return row["insurer"], row["voucher_no"], row["country"]


def _line(row: Row) -> Line:
    return Line(
        counted=not row["reasons"],
        codes=row["reasons"],
        where=f"保费支持明细第 {row['line_no']} 行",
        who=f"{row['insurer']} 凭证 {row['voucher_no']} {row['country']}",
        amounts={"credit": row["subsidy_fen"]},
        row={**row, "premium_key": _key(row)},
    )


def unjudged(connection: Connection, known: RunLines, loan_ids: Collection[int]) -> dict[int, NotUsed]:
    """No loan is of this document."""
    return {identifier: NotUsed("贷款不属于本文件") for identifier in loan_ids}


def spans(connection: Connection, known: RunLines) -> list[tuple[date, date, Line]]:
    """No working days are counted."""
    return []


# --- the rule of every sheet ------------------------------------------------------------------------------------------


def _enterprise(fact: Fact, known: RunLines) -> Found:
    lines, claims = known.by("enterprise_fact_id", fact["id"]), known.claims_by("enterprise_fact_id", fact["id"])
    return Use(lines, claims) if lines or claims else NotUsed("企业本年度没有缴费")


def _premium(fact: Fact, known: RunLines) -> Found:
    lines, claims = known.by("premium_fact_id", fact["id"]), known.claims_by("premium_fact_id", fact["id"])
    return Use(lines, claims) if lines or claims else NotUsed("缴费日不在本年度", f"{fact['paid_on']} 缴费")


def _refund(fact: Fact, known: RunLines) -> Found:
    if fact["refunded_on"] > known.scope.as_of:
        return NotUsed("退费日在截止日之后", f"{fact['refunded_on']} 退费")
    lines, claims = known.by("premium_key", _key(fact)), known.claims_by("premium_key", _key(fact))
    return Use(lines, claims) if lines or claims else NotUsed("所退的保费不在本年度，也没有因此追缴")


def _matching(fact: Fact, known: RunLines) -> Found:
    return NotUsed("配套只列报，不影响支持金额" if fact["year"] == known.scope.year else "不是本年度")


def _year_rate(fact: Fact, known: RunLines) -> Found:
    if fact["item"] not in (KEY_RATE, OTHER_RATE):
        return NotUsed("不属于本办法的补助项目")
    if fact["year"] != known.scope.year:
        return NotUsed("不是本年度")
    key_markets = known.scope.run.law["key_markets"]
    lines = [each for each in known.lines if (each.row["market"] in key_markets) == (fact["item"] == KEY_RATE)]
    return rules.of_lines([each for each in lines if each.counted], "没有保费用到这一比例")


def _fund(fact: Fact, known: RunLines) -> Found:
    if fact["fund"] != FUND:
        return NotUsed("不属于本办法的资金")
    if fact["year"] != known.scope.year:
        return NotUsed("不是本年度")
    return rules.of_lines([each for each in known.lines if each.row["demand_fen"]], "没有可以支持的保费")


RULES: Mapping[str, rules.Rule] = {
    "企业": _enterprise,
    "年度比例": _year_rate,
    "资金总量": _fund,
    "市场名录": rules.named("market_fact_id", lambda fact, known: "没有保费以这一行的市场为依据"),
    "信保缴费": _premium,
    "信保退费": _refund,
    "信保配套": _matching,
}
LINEAGE = rules.Lineage(
    RULES,
    frozenset({"企业", "市场名录", "信保缴费"}),
    run_lines,
    unjudged,
    spans,
    looked_up={"市场名录": "country", "信保退费": "voucher_no"},
)
