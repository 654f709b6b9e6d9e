"""银行机构年度新增贷款明细表 and 科技保险保费补贴明细表 (威政办发〔2023〕8号 第十四条), from the stored lines of a review."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from ledger import money
from ledger.counties import OFFICES
from ledger.programmes.chokepoint.programme import PROGRAMME
from ledger.programmes.chokepoint.year import window
from ledger.runs.settlement import RunRecord
from reports.chokepoint.lines import LOANS, POLICIES
from reports.runs import run_lines
from reports.runs.run_lines import Lines, Row
from reports.runs.run_words import page_foot, reasons_text
from reports.writing.forms import Block, Form, FormColumn, rows_fingerprint, write_sheets
from reports.writing.notes import law_notes, run_notes
from reports.writing.tidy import Data

BUREAU = f"{OFFICES['science_bureau']}：（公章）"
UNIT = "单位：万元"
# what a reviewer needs beside the amounts: the payee first, then what each article asks (第三、四条 the enterprise and
# its project, 第二条 term, rate, LPR and quota), then what the subsidy is counted on
LOAN_FORM = (
    (FormColumn("银行名称", 18, "text"), "bank"),
    (FormColumn("企业名称", 26, "text"), "enterprise"),
    (FormColumn("区市", 9, "middle"), "county"),
    (FormColumn("项目编号", 11, "middle"), "project_no"),
    (FormColumn("借据编号", 16, "text"), "note_no"),
    (FormColumn("贷款金额", 12, "fen", summed=True), "amount_fen"),
    (FormColumn("贷款期限(年月日—年月日)", 23, "middle"), "term"),
    (FormColumn("利率(%)", 8, "percent"), "rate_percent"),
    (FormColumn("LPR(%)", 8, "percent"), "lpr_percent"),
    (FormColumn("截止日余额", 12, "fen", summed=True), "balance_fen"),
    (FormColumn("备案额度", 12, "fen", summed=True), "filed_fen"),
    (FormColumn("补助基数", 12, "fen", summed=True), "base_fen"),
    (FormColumn("拟补助金额", 12, "fen", summed=True), "subsidy_fen"),
)
LOAN_REFUSED = (
    *((column, name) for column, name in LOAN_FORM if name not in ("filed_fen", "base_fen", "subsidy_fen")),
    (FormColumn("未通过的条件", 44, "text"), "reasons_text"),
)
POLICY_FORM = (
    (FormColumn("企业名称", 26, "text"), "enterprise"),
    (FormColumn("区市", 9, "middle"), "county"),
    (FormColumn("项目编号", 11, "middle"), "project_no"),
    (FormColumn("保险公司", 20, "text"), "insurer"),
    (FormColumn("保单号", 16, "text"), "policy_no"),
    (FormColumn("险种", 30, "text"), "coverages"),
    (FormColumn("保险期间(年月日—年月日)", 23, "middle"), "term"),
    (FormColumn("缴费日", 11, "middle"), "paid_on_text"),
    (FormColumn("实缴保费", 12, "fen", summed=True), "premium_fen"),
    (FormColumn("拟补贴金额", 12, "fen", summed=True), "subsidy_fen"),
)
POLICY_REFUSED = (
    *((column, name) for column, name in POLICY_FORM if name != "subsidy_fen"),
    (FormColumn("未通过的条件", 44, "text"), "reasons_text"),
)
_Columns = Sequence[tuple[FormColumn, str]]
RISK_RATE, PREMIUM_RATE = "本年度风险资金补助比例", "本年度保费补贴比例"  # as sheet 说明 calls them


@dataclass(frozen=True)
class Listing:
    """One of the two tables: its title, lines, the columns of what passed and of what was refused, by what its blocks are
    made, what a row shows besides its columns, and the remarks under it."""

    title: str
    lines: Lines
    listed: _Columns
    refused: _Columns
    by: str
    shown: Callable[[Row], Row]
    remarks: Callable[[RunRecord], Sequence[str]]


def span_text(run: RunRecord) -> str:
    """The window of the review, both ends included."""
    span = window(run.year)
    return f"{span.after + timedelta(days=1)} 至 {span.cut_off} "


def blocks(rows: Sequence[Row], columns: _Columns, by: str) -> list[Block]:
    """The rows in blocks; consecutive ones with the same `by` make one."""
    return [
        Block([[row[name] for _, name in columns] for row in group]) for _, group in groupby(rows, key=itemgetter(by))
    ]


def write_list(connection: Connection, run: RunRecord, path: Path, listing: Listing) -> int:
    """Writes a table, the refused lines on a sheet of their own; gives the number that passed."""
    rows = run_lines.read(connection, listing.lines, run.id, printed=True)
    forms = listing_forms(listing, rows, run.year, page_foot(run), listing.remarks(run))
    values = run_lines.values(listing.lines, rows)
    passed = sum(not row["reasons"] for row in rows)
    notes = _notes(run, listing.title, listing.lines, values, passed, len(rows) - passed)
    write_sheets(path, forms, [Data("数据", listing.lines.columns, values)], notes, run.as_of)
    return passed


def listing_forms(
    listing: Listing, rows: Sequence[Row], year: int, foot: str = "", remarks: Sequence[str] = ()
) -> list[Form]:
    """A table as printed, and its sheet of what was refused."""
    shown = [
        listing.shown(row) | {"reasons_text": reasons_text(PROGRAMME.conditions, row["reasons"])} | row for row in rows
    ]
    passed = [row for row in shown if not row["reasons"]]
    if listing.by == "bank":  # by payee; within a bank the order of the lines stays
        passed.sort(key=itemgetter("bank"))
    head = (BUREAU, f"审核年度：{year}", UNIT)
    form = Form(
        sheet="明细表",
        mark="",
        title=f"{year}年度{listing.title}",
        head=head,
        columns=[column for column, _ in listing.listed],
        blocks=blocks(passed, listing.listed, listing.by),
        label_span=2,
        page_foot=foot,
        remarks=remarks,
    )
    failed = [row for row in shown if row["reasons"]]
    others = Form(
        sheet="未通过",
        mark="",
        title=f"{year}年度{listing.title}（未通过审核）",
        head=head,
        columns=[column for column, _ in listing.refused],
        blocks=[Block([[row[name] for _, name in listing.refused] for row in failed])] if failed else [],
        label_span=2,
        page_foot=foot,
        subtotals=False,
    )
    return [form, others]


def _notes(
    run: RunRecord, kind: str, lines: Lines, values: Sequence[Sequence[Any]], passed: int, failed: int
) -> list[tuple[str, str]]:
    """What sheet 说明 says of the run, the law, the values used and the rows of sheet 数据."""
    sums = [
        (f"{column.header}合计", money.wan_words(sum(row[place] for row in values)))
        for place, column in enumerate(lines.columns)
        if column.kind == "fen"
    ]
    return [
        ("报表", kind),
        *run_notes(run),
        (RISK_RATE, f"{money.percent_text(run.law['risk_rate_used'])}%"),
        (PREMIUM_RATE, f"{money.percent_text(run.law['premium_rate_used'])}%"),
        *law_notes(run),
        ("行数", str(len(values))),
        ("通过", str(passed)),
        ("未通过", str(failed)),
        *sums,
        ("运行指纹", run.fingerprint),
        ("本表指纹", rows_fingerprint(kind, lines.columns, values)),
    ]


# --- the two tables -----------------------------------------------------------------------------------------------------


def _loan_shown(row: Row) -> Row:
    base = min(row["balance_fen"], row["filed_fen"])
    return {"term": f"{row['disbursed_on']}—{row['due_on']}", "base_fen": base}


def _loan_remarks(run: RunRecord) -> Sequence[str]:
    rate = money.percent_text(run.law["risk_rate_used"])
    return (
        f"1. 审核范围：{span_text(run)}发放的卡脖子攻关贷（含已还清的）；余额为 {run.as_of} 的余额。",
        f"2. 拟补助金额 = 补助基数 × {rate}%，补助基数取截止日余额与备案额度的小者；备案额度按单户企业年度 "
        f"{money.wan_text(run.law['filing_quota'])} 万元，各银行合并、先发放先占用。",
    )


def _policy_shown(row: Row) -> Row:
    return {"term": f"{row['inception']}—{row['expiry']}", "paid_on_text": row["paid_on"].isoformat()}


def _policy_remarks(run: RunRecord) -> Sequence[str]:
    rate = money.percent_text(run.law["premium_rate_used"])
    return (
        f"1. 审核范围：{span_text(run)}缴费的卡脖子研发损失险保单。",
        f"2. 每个企业的补贴 = 实缴保费合计 × {rate}%，上限 {money.wan_text(run.law['premium_cap'])} 万元；"
        "按各保单保费占比分摊到分，小计即该企业的保费总额和补贴总额。",
    )


NEW_LOANS = Listing("银行机构年度新增贷款明细表", LOANS, LOAN_FORM, LOAN_REFUSED, "bank", _loan_shown, _loan_remarks)
PREMIUMS = Listing(
    "科技保险保费补贴明细表", POLICIES, POLICY_FORM, POLICY_REFUSED, "uscc", _policy_shown, _policy_remarks
)
