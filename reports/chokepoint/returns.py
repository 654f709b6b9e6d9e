"""The quarterly returns of 威政办发〔2023〕8号 第十条、第十二条、第十三条: each bank, insurer and investor, and the city's total.

They are made from the facts on file as of the quarter's last day, not from a review: they report business, and judge
nothing. A fact dated outside the document's life is listed with the sentence that says so.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
from sqlalchemy import Connection, select

from ledger import models
from ledger.errors import Refused
from ledger.facts import positions
from ledger.programmes.chokepoint import positions as reviewed
from ledger.programmes.chokepoint.year import DOCUMENT, PRODUCT, outside_life
from ledger.workdays import day_date, day_number
from reports.chokepoint.lists import BUREAU, UNIT
from reports.writing.forms import Block, Form, FormColumn, write_sheets

QUARTERS = (1, 2, 3, 4)


@dataclass(frozen=True)
class Quarter:
    """A calendar quarter."""

    year: int
    number: int

    @property
    def first(self) -> date:
        """Its first day."""
        return date(self.year, 3 * self.number - 2, 1)

    @property
    def last(self) -> date:
        """Its last day."""
        following = date(self.year + 1, 1, 1) if self.number == 4 else date(self.year, 3 * self.number + 1, 1)
        return following - timedelta(days=1)

    @property
    def name(self) -> str:
        """For titles and file names."""
        return f"{self.year}年第{self.number}季度"


def quarter_of(year: int, number: int, today: date) -> Quarter:
    """A quarter to report on; Refused when the document was not in force on any day of it, or it has not ended."""
    if not DOCUMENT.starts.year <= year <= DOCUMENT.ends.year:
        raise Refused(outside_life(f"{year} 年第 {number} 季度没有季报"))
    found = Quarter(year, number)
    if found.last < DOCUMENT.starts or found.first > DOCUMENT.ends:
        raise Refused(outside_life(f"{found.name}没有季报"))
    if found.last > today:
        raise Refused(f"{found.name}到 {found.last} 才结束（今天 {today}），届时再导出")
    return found


@dataclass(frozen=True)
class _Kind:
    """One kind of institution: what its return is called and lists, and the columns of its line in the city's total."""

    who: str
    name: str
    article: str
    columns: tuple[FormColumn, ...]
    total_columns: tuple[FormColumn, ...]


def _fen(header: str, group: str = "") -> FormColumn:
    return FormColumn(header, 14, "fen", summed=True, group=group)


_ENTERPRISE = (
    FormColumn("企业名称", 26, "text"),
    FormColumn("区市", 9, "middle"),
    FormColumn("项目编号", 12, "middle"),
)
_REMARK = FormColumn("备注", 30, "text")
_BANK = _Kind(
    "bank", "银行", "第十二条",
    (
        *_ENTERPRISE, FormColumn("借据编号", 18, "text"), FormColumn("贷款期限(年月日—年月日)", 23, "middle"),
        FormColumn("利率(%)", 8, "percent"), _fen("贷款金额"), _fen("本季发放"), _fen("本季还本"), _fen("季末余额"), _REMARK,
    ),
    (
        FormColumn("序号", 7, "count"), FormColumn("银行名称", 26, "text"), FormColumn("贷款笔数", 10, "count"),
        _fen("本季发放"), _fen("本季还本"), _fen("本年累计发放"), _fen("季末余额"),
    ),
)  # fmt: skip
_INSURER = _Kind(
    "insurer", "保险公司", "第十三条",
    (
        *_ENTERPRISE, FormColumn("保单号", 16, "text"), FormColumn("险种", 34, "text"),
        FormColumn("保险期间(年月日—年月日)", 23, "middle"), FormColumn("缴费日", 12, "middle"), _fen("本季保费"), _REMARK,
    ),
    (
        FormColumn("序号", 7, "count"), FormColumn("保险公司", 26, "text"), FormColumn("本季保单数", 10, "count"),
        FormColumn("本年累计保单数", 10, "count"), FormColumn("本年累计企业数", 10, "count"), _fen("本季保费"),
        _fen("本年累计保费"),
    ),
)  # fmt: skip
_INVESTOR = _Kind(
    "investor", "投资机构", "第十条",
    (
        FormColumn("企业名称", 26, "text"), FormColumn("区市", 9, "middle"), FormColumn("统一社会信用代码", 22, "middle"),
        FormColumn("投资编号", 18, "text"), FormColumn("投资日", 12, "middle"), _fen("本季投资额"), _REMARK,
    ),
    (
        FormColumn("序号", 7, "count"), FormColumn("投资机构", 26, "text"), FormColumn("本季笔数", 10, "count"),
        FormColumn("本年累计笔数", 10, "count"), FormColumn("本年累计企业数", 10, "count"), _fen("本季投资额"),
        _fen("本年累计投资额"),
    ),
)  # fmt: skip


def write_returns(connection: Connection, quarter: Quarter, folder: Path) -> list[tuple[Path, int]]:
    """Writes each institution's return and the city's total; gives the files with the number of rows in each."""
    year_before = date(quarter.year - 1, 12, 31)
    projects = _project_numbers(connection)
    found = (
        (_BANK, _bank_rows, _bank_total, _loans(connection, quarter)),
        (_INSURER, _insurer_rows, _insurer_total, reviewed.policies(connection, year_before, quarter.last)),
        (_INVESTOR, _investor_rows, _investor_total, reviewed.investments(connection, year_before, quarter.last)),
    )
    written, totals = [], []
    for kind, rows_of, total_of, frame in found:
        if "project_id" in frame:
            frame = frame.assign(project_no=[projects.get(number, "—") for number in frame["project_id"].tolist()])
        lines: list[list[Any]] = []
        for name in sorted(frame[kind.who].unique()):
            own = frame[(frame[kind.who] == name).to_numpy()]
            rows = rows_of(own, quarter)
            path = _path(folder, quarter, kind, name)
            _write(path, [_form(quarter, kind, name, kind.columns, rows, 3)], kind.article, quarter)
            written.append((path, len(rows)))
            lines.append([len(lines) + 1, name, *total_of(own, quarter)])
        totals.append(_form(quarter, kind, "全市", kind.total_columns, lines, 2))
    path = folder / f"{quarter.name}-全市汇总.xlsx"
    _write(path, totals, "第十四条", quarter)
    return [*written, (path, sum(len(block.rows) for form in totals for block in form.blocks))]


def write_one(
    connection: Connection, quarter: Quarter, folder: Path, names: Collection[str], kind: str = ""
) -> Path | None:
    """Writes the return of one institution, by whichever of its names; None where it has nothing to report.

    kind: bank, insurer or investor, '' for the first that reports under such a name. Without names: the city's total.
    """
    written = write_returns(connection, quarter, folder)
    if not names:
        return written[-1][0]
    kinds = [one for one in (_BANK, _INSURER, _INVESTOR) if kind in ("", one.who)]
    wanted = [_path(folder, quarter, one, name) for one in kinds for name in names]
    return next((path for path in wanted if path.exists()), None)


def _path(folder: Path, quarter: Quarter, kind: _Kind, name: str) -> Path:
    return folder / f"{quarter.name}-{kind.name}-{name.replace('/', '／')}.xlsx"


def _project_numbers(connection: Connection) -> dict[int, str]:
    project = models.Project
    return {row.id: row.project_no for row in connection.execute(select(project.id, project.project_no))}


def _loans(connection: Connection, quarter: Quarter) -> pd.DataFrame:
    """The loans of the product with what was repaid in the quarter, those paid off before it left out."""
    loans = positions.loans(connection, PRODUCT, date.min, quarter.last)
    repaid = positions.repayments(connection, loans, quarter.last)
    balance = positions.balances(loans, repaid, quarter.last)
    in_quarter = repaid[repaid["paid_on"] >= day_number(quarter.first)]
    repaid_fen = loans["amount"] - positions.balances(loans, in_quarter, quarter.last)
    due_on = positions.due_on(loans, positions.extensions(connection, loans, quarter.last))
    loans = loans.assign(balance=balance, repaid=repaid_fen, due_on=due_on)
    year_starts = day_number(date(quarter.year, 1, 1))
    return loans[(loans["balance"] + loans["repaid"] > 0) | (loans["disbursed_on"] >= year_starts)]


def _since(frame: pd.DataFrame, column: str, quarter: Quarter) -> pd.DataFrame:
    return frame[(frame[column] >= day_number(quarter.first)).to_numpy()]


def _records(frame: pd.DataFrame, *order: str) -> Iterator[Any]:
    """The rows in an order, with their columns as attributes."""
    yield from frame.sort_values(list(order)).itertuples()


def _remark(on: int, what: str) -> str:
    day = day_date(on)
    return "" if DOCUMENT.in_force(day) else outside_life(f"{what} {day} 不在办法有效期内")


def _term(first: int, last: int) -> str:
    return f"{day_date(first)}—{day_date(last)}"


def _bank_rows(loans: pd.DataFrame, quarter: Quarter) -> list[list[Any]]:
    starts = day_number(quarter.first)
    return [
        [
            row.enterprise_name, row.county, row.project_no, row.note_no, _term(row.disbursed_on, row.due_on), row.rate_e4,
            row.amount, row.amount if row.disbursed_on >= starts else 0, row.repaid, row.balance,
            _remark(row.disbursed_on, "发放日"),
        ]
        for row in _records(loans, "disbursed_on", "note_no")
        if row.disbursed_on >= starts or row.balance + row.repaid > 0
    ]  # fmt: skip


def _bank_total(loans: pd.DataFrame, quarter: Quarter) -> list[Any]:
    this_year = loans[(loans["disbursed_on"] >= day_number(date(quarter.year, 1, 1))).to_numpy()]
    lent = _since(loans, "disbursed_on", quarter)["amount"]
    return [
        len(loans),
        int(lent.sum()),
        int(loans["repaid"].sum()),
        int(this_year["amount"].sum()),
        int(loans["balance"].sum()),
    ]


def _insurer_rows(policies: pd.DataFrame, quarter: Quarter) -> list[list[Any]]:
    return [
        [
            row.enterprise_name, row.county, row.project_no, row.policy_no, row.coverages, _term(row.inception, row.expiry),
            day_date(row.paid_on).isoformat(), row.premium, _remark(row.inception, "保险起期"),
        ]
        for row in _records(_since(policies, "paid_on", quarter), "paid_on", "policy_no")
    ]  # fmt: skip


def _insurer_total(policies: pd.DataFrame, quarter: Quarter) -> list[Any]:
    now = _since(policies, "paid_on", quarter)
    return [
        len(now),
        len(policies),
        policies["uscc"].nunique(),
        int(now["premium"].sum()),
        int(policies["premium"].sum()),
    ]


def _investor_rows(investments: pd.DataFrame, quarter: Quarter) -> list[list[Any]]:
    return [
        [
            row.enterprise_name, row.county, row.uscc, row.investment_no, day_date(row.invested_on).isoformat(), row.amount,
            _remark(row.invested_on, "投资日"),
        ]
        for row in _records(_since(investments, "invested_on", quarter), "invested_on", "investment_no")
    ]  # fmt: skip


def _investor_total(investments: pd.DataFrame, quarter: Quarter) -> list[Any]:
    now = _since(investments, "invested_on", quarter)
    sums = (int(now["amount"].sum()), int(investments["amount"].sum()))
    return [len(now), len(investments), investments["uscc"].nunique(), *sums]


_REPORTED = {"银行": "“卡脖子攻关贷”业务", "保险公司": "“卡脖子研发损失险”业务", "投资机构": "股权投资"}


def _form(
    quarter: Quarter, kind: _Kind, name: str, columns: Sequence[FormColumn], rows: list[list[Any]], label_span: int
) -> Form:
    whole = name == "全市"
    return Form(
        sheet=kind.name if whole else "季报",
        mark="",
        title=f"{quarter.name}{_REPORTED[kind.name]}情况{'汇总' if whole else ''}表",
        head=(BUREAU if whole else f"{name}：（公章）", f"截至 {quarter.last}", UNIT),
        columns=columns,
        blocks=[Block(rows)] if rows else [],
        label_span=label_span,
        page_foot=f"{quarter.name}　{name}",
        subtotals=False,
        remarks=(f"报送依据：{DOCUMENT.number} {kind.article}。",),
    )


def _write(path: Path, forms: Sequence[Form], article: str, quarter: Quarter) -> None:
    notes = [
        ("报表", forms[0].title),
        ("文件", f"{DOCUMENT.number}《{DOCUMENT.title}》"),
        ("依据", article),
        ("口径", "按季末在库的事实编制；本年累计自 1 月 1 日起；不作审核判断"),
        *((f"{form.sheet}行数", str(sum(len(block.rows) for block in form.blocks))) for form in forms),
    ]
    write_sheets(path, forms, [], notes, quarter.last)
