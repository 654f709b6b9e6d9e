"""告知书 of a review: what an enterprise got for each premium, and why, or why not; what is claimed back of it.

A letter tells of the enterprise's own premiums only; of the year's fund, what it took from the premium.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection

from ledger.counties import OFFICES
from ledger.money import wan_words
from ledger.programmes.export_credit.year import DOCUMENT, FUND
from ledger.runs.settlement import RunRecord
from reports.export_credit.explain import conditions_of, demand_of
from reports.export_credit.lines import CLAIMS, LINES, enterprise
from reports.parties import letters
from reports.runs.run_lines import Row, read_whole
from reports.writing.numbers import chinese_number

CURES = {
    "X_REGION": "登记的区市有误的，请提交营业执照，由市商务局核对。",
    "X_PERIOD": "缴费日有误的，请由承保机构提交缴费凭证，申请补正；确在有效期以外的不享受。",
    "X_KIND": "险种填报有误的，请由承保机构提交保单，申请补正。",
    "X_CURRENCY": "以购汇支付的，请提交购汇和缴费凭证，按支出的人民币补正。",
    "X_PAID": "退费有误的，请由承保机构提交退费凭证，申请补正。",
}  # every code of the conditions has its sentence: a test says so


def told_of(connection: Connection, run: RunRecord, until: date, uscc: str | None = None) -> Iterator[letters.Told]:
    """What the letters say, by enterprise in line order, those with claims alone last; Refused for one with neither."""
    where = () if uscc is None else (enterprise.uscc == uscc,)
    found: dict[str, tuple[list[Row], list[Row]]] = {}
    for place, lines in enumerate((LINES, CLAIMS)):
        for row in read_whole(connection, lines, run.id, *where):
            found.setdefault(row["uscc"], ([], []))[place].append(row)
    if uscc is not None and not found:
        raise letters.unknown(run, uscc, "保费和追缴")
    for code in letters.telling(list(found)):
        yield _told(run, *found[code], until)


def _told(run: RunRecord, rows: Sequence[Row], claims: Sequence[Row], until: date) -> letters.Told:
    got, first, office = sum(row["subsidy_fen"] for row in rows), (rows or claims)[0], OFFICES["commerce_bureau"]
    paid = sum(1 for row in rows if row["subsidy_fen"])
    result = (
        f"你单位共 {len(rows)} 笔保费，{paid} 笔有支持，合计 {wan_words(got)}。" if rows else "本年度没有保费列入。"
    )
    if claims:
        result += f"另有以前年度支持 {wan_words(sum(row['claim_fen'] for row in claims))}需要收回。"
    codes = {code for row in rows for code in row["reasons"].split(";") if code}
    return {
        **letters.common(run, DOCUMENT, "短期出口信用保险保费支持", office),
        "企业": first["enterprise"],
        "代码": first["uscc"],
        "结果": result + letters.standing_words(run),
        "各笔": [_line(run, number, row) for number, row in enumerate(rows, start=1)],
        "追缴": [_claim(row) for row in claims],
        "可以": list(letters.may_do(CURES, codes, until, office, "承保机构或你单位")),
    }


def _line(run: RunRecord, number: int, row: Row) -> dict[str, Any]:
    title = f"{chinese_number(number)}、{row['insurer']}　凭证 {row['voucher_no']}（{row['country']}）"
    what = f"{row['paid_on']} 缴费 {wan_words(row['premium_fen'])}"
    what += f"，退费 {wan_words(row['refunded_fen'])}。" if row["refunded_fen"] else "。"
    if row["reasons"]:
        why = letters.why_not(conditions_of(run, row))
        return {"标题": title, "结论": f"{what}不享受保费支持，原因如下。", "理由": why}
    why = [f"{one.title}（{one.article}）：{one.text}。" for one in demand_of(run, row)]
    if row["subsidy_fen"] < row["demand_fen"]:
        demand, subsidy = wan_words(row["demand_fen"]), wan_words(row["subsidy_fen"])
        why.append(f"资金总量（第11条）：{FUND}资金总量不足，按占比由 {demand} 调整为 {subsidy}。")
    return {"标题": title, "结论": f"{what}保费支持 {wan_words(row['subsidy_fen'])}。", "理由": why}


def _claim(row: Row) -> str:
    return (
        f"{row['insurer']} 凭证 {row['voucher_no']}（{row['country']}）{row['paid_year']} 年度已付支持中的 {wan_words(row['claim_fen'])}："
        f"支付以后累计退费 {wan_words(row['refunded_fen'])}，净保费由 {wan_words(row['net_then_fen'])} 减为 {wan_words(row['net_now_fen'])}"
        f"（第11条），请按通知缴回。"
    )


write = letters.writer(DOCUMENT, told_of)
