"""The intake sheets that only 威财金〔2023〕2号 reads, and what their rows must fulfil."""

from datetime import date

from ledger import models
from ledger.counties import CITY, COUNTIES
from ledger.facts.loan_histories import REPORTED_BALANCES, UPLOAD_WAIVERS
from ledger.law.document import document
from ledger.programmes.rates import Rate, refuse_above_ceiling
from ledger.programmes.tech_branch import tables
from ledger.workbooks import cells
from ledger.workbooks import standard_columns as columns
from ledger.workbooks.rows import Rows
from ledger.workbooks.sheet import CITY_REGULATOR, Column, Sender, Sheet

_LAW = document("tech_branch")


def _year_end(year: int) -> date:
    return date(year, 12, 31)


_BONUS = Rate("奖补", _LAW, "bonus_rate", _year_end)
RATES = (Rate("贴息", _LAW, "interest_rate", _year_end), _BONUS)


def bonus_rate_within_ceiling(rows: Rows, today: date) -> None:
    """A bank's own bonus rate is not above the ceiling of its year."""
    for position, (year, rate) in enumerate(zip(rows.values("year"), rows.values("rate_e4"), strict=True)):
        if year is not None and rate is not None:
            refuse_above_ceiling(rows, position, _BONUS, year, rate)


def year_is_over(rows: Rows, today: date) -> None:
    """A balance at the end of a year is known when the year is over."""
    for position, year in enumerate(rows.values("year")):
        if year is not None and _year_end(year) >= today:
            rows.find(position, "year", f"{year} 年还没有结束（今天是 {today}）", f"年末余额应在 {year} 年结束后报送")


SHEETS: tuple[Sheet, ...] = (
    Sheet(
        "年末余额",
        "银行稽核报送的年末贷款余额",
        models.ReportedBalanceFact,
        (
            columns.year(),
            columns.bank(),
            columns.note(),
            columns.wan("年末余额(万元)", "balance_fen", 1000, "12 月 31 日贷款余额", least=0),
        ),
        checks=(year_is_over,),
        invariants=(REPORTED_BALANCES,),
        refuses=("年度还没有结束。", "年末在贷款发放日之前，或年末余额超过贷款金额。"),
        amount="balance_fen",
        link="loan_id",
        senders=(CITY_REGULATOR, Sender("bank", "bank")),
    ),
    Sheet(
        "历史享受年限",
        "系统启用前已享受贴息的年限",
        tables.PriorYearsFact,
        (
            columns.uscc(key=True),
            columns.year("截至年度", "through_year", key=False),
            Column("已享受年限", "years", "count", cells.read_count, 2, "截至该年度（含）累计享受贴息的年数"),
        ),
        link="enterprise_id",
    ),
    Sheet(
        "年限豁免",
        "经批准可超过五年享受贴息",
        tables.YearsWaiverFact,
        (columns.uscc(key=True), columns.year(), columns.document_no()),
        link="enterprise_id",
    ),
    Sheet(
        "上传豁免",
        "非企业、银行原因未及时上传资料",
        models.UploadWaiverFact,
        (
            columns.bank(),
            columns.note(),
            columns.day("业务日", "event_on", "2023-07-03", "该笔业务的发放日、还款日或展期日", key=True),
            columns.document_no(),
        ),
        invariants=(UPLOAD_WAIVERS,),
        refuses=("业务日不是该笔已入库的发放日、还款日或展期日：所指业务须先入库（可在同一文件中）。",),
        link="loan_id",
    ),
    Sheet(
        "奖补比例",
        "某银行某年度的差别化奖补比例",
        tables.BonusRateFact,
        (columns.year(), columns.bank(), columns.percent("奖补比例(%)", "rate_e4", 0.5, "不得超过文件规定的上限")),
        checks=(bonus_rate_within_ceiling,),
        refuses=("比例高于文件规定的上限。",),
    ),
    Sheet(
        "预算",
        "年度专项资金预算",
        tables.BudgetFact,
        (
            columns.year(),
            Column(
                "范围",
                "scope",
                "choice",
                cells.read_scope,
                CITY,
                "全市，或一个区市",
                key=True,
                choices=(CITY, *COUNTIES),
            ),
            columns.wan("金额(万元)", "amount_fen", 5000, "预算金额", least=0),
        ),
        amount="amount_fen",
        senders=(Sender("finance"), Sender("county_finance", "scope"), Sender("county", "scope")),
    ),
)
