"""The workbook that comes back: how it is known again and made again, and what its rows must satisfy on their own."""

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from sqlalchemy import Connection

from ledger import money
from ledger.law.document import Values
from ledger.money import wan_words
from ledger.programmes.export_credit import law as policy
from ledger.programmes.export_credit.year import FUND, values_of
from ledger.runs.settlement import RunRecord
from reports.export_credit.lines import LINES
from reports.export_credit.lists import (
    CLAIMED,
    CLAWBACK,
    KEY_NOTE,
    LISTED,
    MATCHED,
    MATCHING,
    OTHER_NOTE,
    REFUSED,
    TITLE,
    forms_of,
    write_list,
)
from reports.report import Check, CheckedRows, DataRows, Finding, FormShape, Kind, named
from reports.runs.run_words import foot_text
from reports.writing.forms import Form


def rates_within_ceilings(rows: CheckedRows) -> Iterator[Finding]:
    """不超过: the year's own rates are within the law's, and each row has the rate of its market."""
    rates = _rates(rows)
    for name, note in (("key_rate", KEY_NOTE), ("other_rate", OTHER_NOTE)):
        if rates[name] > rows.law[name]:
            yield -1, "", f"{note} {money.percent_text(rates[name])}% 高于上限 {money.percent_text(rows.law[name])}%"
    for number, row in enumerate(rows.rows):
        right = rates["key_rate" if row["market"] in rows.law.names("key_markets") else "other_rate"]
        if row["rate_percent"] != right:
            text = f"{row['market']}的支持比例为 {money.percent_text(row['rate_percent'])}%，应为 {money.percent_text(right)}%"
            yield number, "rate_percent", text


def amounts_follow(rows: CheckedRows) -> Iterator[Finding]:
    """按实际保费: net is what was paid less what came back; a row without a code asks for its rate of it."""
    for number, row in enumerate(rows.rows):
        net = row["premium_fen"] - row["refunded_fen"]
        if row["net_fen"] != net or net < 0:
            yield number, "net_fen", f"净保费 {wan_words(row['net_fen'])}，实缴减退费为 {wan_words(net)}"
        base = 0 if row["reasons"] else max(row["net_fen"], 0)
        right = money.half_up(base * row["rate_percent"], money.E4_PER_ONE)
        if row["demand_fen"] != right:
            yield number, "demand_fen", f"应支持 {wan_words(row['demand_fen'])}，按净保费、比例应为 {wan_words(right)}"


def codes_follow(rows: CheckedRows) -> Iterator[Finding]:
    """险种, 币种 and 实际保费 of each row give its codes."""
    kinds, currencies = rows.law.names("kinds"), rows.law.names("currency")
    for number, row in enumerate(rows.rows):
        wrong = {
            "X_KIND": bool(policy.other_kinds(row["kinds"], kinds)),
            "X_CURRENCY": row["currency"] not in currencies,
            "X_PAID": row["net_fen"] <= 0,
        }
        for code, failed in wrong.items():
            if failed != (code in row["reasons"].split(";")):
                yield number, "reasons", f"代码 {code} 应{'有' if failed else '无'}，与本行的险种、币种、净保费不符"


def budget_kept(rows: CheckedRows) -> Iterator[Finding]:
    """资金总量: where the demands pass it, it is shared among them to the fen."""
    demands = np.array([max(row["demand_fen"], 0) for row in rows.rows], dtype=np.int64)
    shares = policy.share_out(demands, rows.budgets.get(FUND))
    for number, (row, right) in enumerate(zip(rows.rows, shares.tolist(), strict=True)):
        if row["subsidy_fen"] != right:
            text = f"支持金额 {wan_words(row['subsidy_fen'])}，按应支持金额与资金总量应为 {wan_words(right)}"
            yield number, "subsidy_fen", text


def enterprises_add_up(rows: CheckedRows) -> Iterator[Finding]:
    """配套: each enterprise's sums are those of its rows, and what passes the premium is said."""
    sums: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for row in rows.rows:
        if not row["reasons"]:
            sums[row["uscc"]][0] += row["net_fen"]
            sums[row["uscc"]][1] += row["subsidy_fen"]
    listed = {row["uscc"]: row for row in rows.more[MATCHING.sheet]}
    for uscc in sorted({row["uscc"] for row in rows.rows} - set(listed)):
        yield -1, "", f"「{MATCHING.sheet}」缺少企业 {uscc}"
    for uscc, row in listed.items():
        net, subsidy = sums[uscc]
        over = max(0, subsidy + row["matching_fen"] - net)
        for name, what, right in (
            ("net_fen", "净保费", net), ("subsidy_fen", "市级支持", subsidy), ("over_fen", "超出净保费", over)
        ):  # fmt: skip
            if row[name] != right:
                yield (
                    -1,
                    "",
                    f"「{MATCHING.sheet}」{row['enterprise']} 的{what} {wan_words(row[name])}，应为 {wan_words(right)}",
                )


def claims_follow(rows: CheckedRows) -> Iterator[Finding]:
    """追缴: what is kept is the payment's share of what is left of the premium; the rest, less earlier claims, is claimed."""
    for row in rows.more[CLAWBACK.sheet]:
        named_as = (
            f"「{CLAWBACK.sheet}」{row['insurer']} 凭证 {row['voucher_no']} {row['country']}（{row['paid_year']} 年度）"
        )
        if row["net_then_fen"] <= 0 or min(row["net_now_fen"], row["paid_fen"]) < 0:
            yield -1, "", f"{named_as}的金额不可能"
            continue
        kept = money.half_up(row["paid_fen"] * row["net_now_fen"], row["net_then_fen"])
        claim = row["paid_fen"] - kept - row["before_fen"]
        if (row["kept_fen"], row["claim_fen"]) != (kept, claim):
            yield -1, "", f"{named_as}应留 {wan_words(kept)}、本次追缴 {wan_words(claim)}"


def _rates(rows: CheckedRows) -> dict[str, int]:
    """The year's rates as 说明 gives them, else the ceilings. e4."""
    notes = {"key_rate": KEY_NOTE, "other_rate": OTHER_NOTE}
    return {name: rows.rates.get(note, rows.law[name]) for name, note in notes.items()}


CHECKS: tuple[Check, ...] = (
    ("支持比例不超过上限，按市场适用（第11条）", rates_within_ceilings),
    ("净保费、应支持金额按实缴、退费、比例计算（第11条）", amounts_follow),
    ("险种、币种、实际保费与代码相符（第11条）", codes_follow),
    ("支持金额不超过资金总量，分摊到分", budget_kept),
    ("配套各企业的合计与明细相符", enterprises_add_up),
    ("追缴按现净保费计算", claims_follow),
)


def _law(year: int) -> Values:
    return values_of(year)


def _export(connection: Connection, run: RunRecord, _county: str, path: Path) -> int:
    return write_list(connection, run, path)


def _again(
    rows: DataRows, run_id: int, year: int, _county: str, standing: str, enterprises: DataRows, claims: DataRows
) -> list[Form]:
    made = [
        [named(columns, row) for row in found]
        for columns, found in ((LINES.columns, rows), (MATCHING.columns, enterprises), (CLAWBACK.columns, claims))
    ]
    return forms_of(made[0], made[1], made[2], year, foot_text(year, run_id, standing))


_SHOWN = ("承保机构", "缴费凭证号", "国家(地区)")
KINDS: tuple[Kind, ...] = (
    Kind(
        TITLE,
        TITLE,
        "export_credit",
        (
            FormShape("明细表", [column for column, _ in LISTED], 2, _SHOWN),
            FormShape("未通过", [column for column, _ in REFUSED], 2, _SHOWN, subtotals=False),
            FormShape("配套", [column for column, _ in MATCHED], 2, ("统一社会信用代码",), subtotals=False),
            FormShape("追缴", [column for column, _ in CLAIMED], 2, (*_SHOWN, "支付年度"), subtotals=False),
        ),
        LINES.columns,
        ("insurer", "voucher_no", "country"),
        _export,
        _again,
        _law,
        CHECKS,
        (KEY_NOTE, OTHER_NOTE),
        (MATCHING, CLAWBACK),
    ),
)
