"""What follows a review: the list for public notice, and the payment plan, both by enterprise. Neither carries account data."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from ledger import money
from ledger.counties import OFFICES
from ledger.runs.settlement import RunRecord
from reports.export_credit.lines import ENTERPRISES, company
from reports.export_credit.lists import BUREAU, UNIT, foot_text
from reports.runs.run_lines import Row, read
from reports.writing.capitals import capitals
from reports.writing.forms import Block, Form, FormColumn, write_sheets
from reports.writing.notes import run_notes

_NOTICE = (
    FormColumn("序号", 7, "count"),
    FormColumn("企业名称", 44, "text"),
    FormColumn("区市", 14, "middle"),
    FormColumn("净保费", 20, "fen", summed=True),
    FormColumn("拟支持金额", 20, "fen", summed=True),
)
_PAYMENTS = (
    FormColumn("序号", 7, "count"),
    FormColumn("收款单位", 36, "text"),
    FormColumn("统一社会信用代码", 24, "middle"),
    FormColumn("区市", 12, "middle"),
    FormColumn("信保支持", 18, "fen", summed=True),
    FormColumn("大写金额", 46, "text"),
)


def _paid(connection: Connection, run: RunRecord) -> list[Row]:
    """The enterprises that the review pays, in its order."""
    return read(connection, ENTERPRISES, run.id, company.subsidy_fen > 0)


def notice(connection: Connection, run: RunRecord, path: Path) -> int:
    """Writes the list for public notice and gives the number of its rows."""
    rows = [
        [number, row["enterprise"], row["county"], row["net_fen"], row["subsidy_fen"]]
        for number, row in enumerate(_paid(connection, run), start=1)
    ]
    _write(
        path,
        run,
        "公示名单",
        f"{run.year}年度短期出口信用保险保费支持拟支持名单公示",
        f"审核年度：{run.year}",
        _NOTICE,
        rows,
        (
            "公示期自本名单发布之日起计，起止日期以公示时注明的为准（文件未定公示天数）。",
            f"公示期内对名单有异议的，请以书面形式向{OFFICES['commerce_bureau']}提出，并注明联系人和联系方式。",
        ),
        [],
    )
    return len(rows)


def payments(connection: Connection, run: RunRecord, path: Path) -> int:
    """Writes the payment plan by payee, amounts also in capitals, and gives the number of payees."""
    rows = [
        [number, row["enterprise"], row["uscc"], row["county"], row["subsidy_fen"], capitals(row["subsidy_fen"])]
        for number, row in enumerate(_paid(connection, run), start=1)
    ]
    total = sum(row[4] for row in rows)
    _write(
        path,
        run,
        "拨付计划",
        f"{run.year}年度短期出口信用保险保费支持资金拨付计划",
        f"审核年度：{run.year}",
        _PAYMENTS,
        rows,
        (f"合计（大写）：{capitals(total)}", "由市级资金列支，直接拨付企业（第11条）。"),
        [("合计", money.wan_words(total)), ("合计大写", capitals(total))],
    )
    return len(rows)


def _write(
    path: Path,
    run: RunRecord,
    sheet: str,
    title: str,
    year: str,
    columns: Sequence[FormColumn],
    rows: list[list[Any]],
    remarks: Sequence[str],
    more: Sequence[tuple[str, str]],
) -> None:
    form = Form(
        sheet=sheet,
        mark="",
        title=title,
        head=(BUREAU, year, UNIT),
        columns=columns,
        blocks=[Block(rows)] if rows else [],
        label_span=2,
        page_foot=foot_text(run.year, run.id, run.standing),
        subtotals=False,
        remarks=remarks,
    )
    notes = [("报表", sheet), *run_notes(run), ("行数", str(len(rows))), *more, ("运行指纹", run.fingerprint)]
    write_sheets(path, [form], [], notes, run.as_of)
