"""短期出口信用保险保费支持明细表 (威商务发〔2023〕1号 第11条), from the stored lines of a review."""

from collections.abc import Sequence
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from ledger import money
from ledger.counties import CITY_FULL_NAME, OFFICES
from ledger.programmes.export_credit.law import CONDITIONS
from ledger.programmes.export_credit.year import FUND, KEY_RATE, OTHER_RATE
from ledger.runs.settlement import RunRecord
from reports.export_credit.lines import CLAIMS, ENTERPRISES, LINES
from reports.report import DATA, LineColumn, Tidy
from reports.runs.run_lines import Row, read
from reports.runs.run_words import page_foot, reasons_text
from reports.writing.forms import Block, Form, FormColumn, rows_fingerprint, write_sheets
from reports.writing.notes import law_notes, run_notes
from reports.writing.tidy import Data

TITLE = f"{CITY_FULL_NAME}短期出口信用保险保费支持明细表"
BUREAU = f"{OFFICES['commerce_bureau']}：（公章）"
UNIT = "单位：万元"
KEY_NOTE, OTHER_NOTE, BUDGET_NOTE = f"本年度{KEY_RATE}比例", f"本年度{OTHER_RATE}比例", "本年度预算"
MATCHING = Tidy("配套数据", ENTERPRISES.columns, ("uscc",))
CLAWBACK = Tidy("追缴数据", (*CLAIMS.columns, *CLAIMS.more), ("insurer", "voucher_no", "country", "paid_year"))

_Columns = Sequence[tuple[FormColumn, str]]
_HEAD: _Columns = (
    (FormColumn("企业名称", 24, "text"), "enterprise"),
    (FormColumn("区市", 9, "middle"), "county"),
    (FormColumn("承保机构", 20, "text"), "insurer"),
    (FormColumn("保单号", 14, "text"), "policy_no"),
    (FormColumn("缴费凭证号", 14, "text"), "voucher_no"),
    (FormColumn("险种", 20, "text"), "kinds"),
    (FormColumn("国家(地区)", 11, "middle"), "country"),
    (FormColumn("市场", 10, "middle"), "market"),
    (FormColumn("缴费日", 11, "middle"), "paid_on_text"),
    (FormColumn("实缴保费", 12, "fen", summed=True), "premium_fen"),
    (FormColumn("退费", 11, "fen", summed=True), "refunded_fen"),
    (FormColumn("净保费", 12, "fen", summed=True), "net_fen"),
)
LISTED: _Columns = (
    *_HEAD,
    (FormColumn("支持比例(%)", 8, "percent"), "rate_percent"),
    (FormColumn("支持金额", 12, "fen", summed=True), "subsidy_fen"),
)
REFUSED: _Columns = (
    *_HEAD,
    (FormColumn("币种", 8, "middle"), "currency"),
    (FormColumn("未通过的条件", 34, "text"), "reasons_text"),
)
MATCHED: _Columns = (
    (FormColumn("企业名称", 34, "text"), "enterprise"),
    (FormColumn("统一社会信用代码", 24, "middle"), "uscc"),
    (FormColumn("区市", 12, "middle"), "county"),
    (FormColumn("净保费", 16, "fen", summed=True), "net_fen"),
    (FormColumn("市级支持", 16, "fen", summed=True), "subsidy_fen"),
    (FormColumn("区市配套", 16, "fen", summed=True), "matching_fen"),
    (FormColumn("合计超出净保费", 16, "fen", summed=True), "over_fen"),
)
CLAIMED: _Columns = (
    (FormColumn("企业名称", 24, "text"), "enterprise"),
    (FormColumn("区市", 9, "middle"), "county"),
    (FormColumn("承保机构", 20, "text"), "insurer"),
    (FormColumn("缴费凭证号", 14, "text"), "voucher_no"),
    (FormColumn("国家(地区)", 11, "middle"), "country"),
    (FormColumn("支付年度", 8, "count"), "paid_year"),
    (FormColumn("缴费日", 11, "middle"), "paid_on_text"),
    (FormColumn("支付时净保费", 13, "fen", summed=True), "net_then_fen"),
    (FormColumn("现净保费", 13, "fen", summed=True), "net_now_fen"),
    (FormColumn("已付支持", 13, "fen", summed=True), "paid_fen"),
    (FormColumn("应留支持", 13, "fen", summed=True), "kept_fen"),
    (FormColumn("此前已追缴", 13, "fen", summed=True), "before_fen"),
    (FormColumn("本次追缴", 13, "fen", summed=True), "claim_fen"),
)


def forms_of(
    rows: Sequence[Row],
    enterprises: Sequence[Row],
    claims: Sequence[Row],
    year: int,
    foot: str = "",
    remarks: Sequence[str] = (),
) -> list[Form]:
    """The four printed sheets: what is supported, what is not and why, the counties' money, what is claimed back."""
    shown = [{**row, "reasons_text": reasons_text(CONDITIONS, row["reasons"])} for row in map(_with_day, rows)]
    passed = [row for row in shown if not row["reasons"]]
    failed = [row for row in shown if row["reasons"]]
    of_enterprise = [list(group) for _, group in groupby(passed, key=itemgetter("uscc"))]
    return [
        _form("明细表", f"{year}年度{TITLE}", year, LISTED, of_enterprise, foot, remarks, subtotals=True),
        _form("未通过", f"{year}年度{TITLE}（未通过审核）", year, REFUSED, [failed], foot),
        _form("配套", f"{year}年度短期出口信用保险保费区市配套情况", year, MATCHED, [enterprises], foot),
        _form("追缴", f"{year}年度审核发现的退费追缴", year, CLAIMED, [list(map(_with_day, claims))], foot),
    ]


def _with_day(row: Row) -> Row:
    return {**row, "paid_on_text": row["paid_on"].isoformat()}


def _form(
    sheet: str,
    title: str,
    year: int,
    columns: _Columns,
    blocks: Sequence[Sequence[Row]],
    foot: str,
    remarks: Sequence[str] = (),
    subtotals: bool = False,
) -> Form:
    return Form(
        sheet=sheet,
        mark="",
        title=title,
        head=(BUREAU, f"审核年度：{year}", UNIT),
        columns=[column for column, _ in columns],
        blocks=[Block([[row[name] for _, name in columns] for row in rows]) for rows in blocks if rows],
        label_span=2,
        page_foot=foot,
        remarks=remarks,
        subtotals=subtotals,
    )


def write_list(connection: Connection, run: RunRecord, path: Path) -> int:
    """Writes the workbook, and gives the number of lines that passed."""
    rows, enterprises, claims = (read(connection, kind, run.id) for kind in (LINES, ENTERPRISES, CLAIMS))
    forms = forms_of(rows, enterprises, claims, run.year, page_foot(run), _remarks(run))
    data = Data(DATA, LINES.columns, _values(LINES.columns, rows))
    more = [
        Data(tidy.sheet, tidy.columns, _values(tidy.columns, found))
        for tidy, found in ((MATCHING, enterprises), (CLAWBACK, claims))
    ]
    passed = sum(not row["reasons"] for row in rows)
    write_sheets(path, forms, [data, *more], _notes(run, data, more, passed), run.as_of)
    return passed


def _values(columns: Sequence[LineColumn], rows: Sequence[Row]) -> list[tuple[Any, ...]]:
    return [tuple(row[column.name] for column in columns) for row in rows]


def _remarks(run: RunRecord) -> Sequence[str]:
    law, summary = run.law, run.summary
    key, other = (money.percent_text(law[name]) for name in ("key_rate_used", "other_rate_used"))
    remarks = [
        f"1. 审核范围：{run.year} 年内缴费的短期出口信用保险（含出口前附加险）保费，一张凭证、一个国家（地区）一行；退费计至 {run.as_of}。",
        f"2. 支持金额 = 净保费 × 支持比例（四舍五入到分）；{'、'.join(law['key_markets'])} {key}%，{'、'.join(law['other_market'])} {other}%，市场按缴费日的「市场名录」。",
    ]
    budget = law["budget"]
    if budget is not None and summary["demand_fen"] > budget:
        remarks.append(
            f"3. 应支持 {money.wan_text(summary['demand_fen'])} 万元，超过本年度资金总量 {money.wan_text(budget)} 万元，按应支持金额占比分摊到分。"
        )
    return remarks


def _notes(run: RunRecord, data: Data, more: Sequence[Data], passed: int) -> list[tuple[str, str]]:
    """What sheet 说明 says of the run, the law, the values used, where they came from, and the rows of 数据."""
    sums: list[tuple[str, str]] = [
        (f"{column.header}合计", money.wan_words(sum(row[place] for row in data.rows)))
        for place, column in enumerate(data.columns)
        if column.kind == "fen"
    ]
    budget = run.law["budget"]
    said = "没有录入资金总量，不作控制" if budget is None else f"{FUND} {money.wan_words(budget)}"
    return [
        ("报表", TITLE),
        *run_notes(run),
        (KEY_NOTE, f"{money.percent_text(run.law['key_rate_used'])}%"),
        (OTHER_NOTE, f"{money.percent_text(run.law['other_rate_used'])}%"),
        (BUDGET_NOTE, said),
        *law_notes(run),
        ("比例的来源", f"「年度比例」表 {run.year} 年度所录；没有录入的按上限"),
        ("资金总量的来源", f"「资金总量」表 {run.year} 年度 {FUND} 一行"),
        ("市场的来源", "「市场名录」表；缴费日不在任何名录期内的按其他市场"),
        ("行数", str(len(data.rows))),
        ("通过", str(passed)),
        ("未通过", str(len(data.rows) - passed)),
        *sums,
        ("运行指纹", run.fingerprint),
        ("本表指纹", rows_fingerprint(TITLE, data.columns, data.rows, *more)),
    ]
