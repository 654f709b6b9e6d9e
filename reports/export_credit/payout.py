"""What follows a review: the list for public notice, and the payment plan, both by enterprise. Neither carries account data."""

from pathlib import Path

from sqlalchemy import Connection

from ledger.counties import OFFICES
from ledger.runs.settlement import RunRecord
from reports.export_credit.lines import ENTERPRISES, company
from reports.export_credit.lists import BUREAU, UNIT
from reports.runs.payout_list import PayoutList, in_words, sum_notes, write
from reports.runs.run_lines import Row, read
from reports.writing.capitals import capitals
from reports.writing.forms import FormColumn

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


def noticed(connection: Connection, run: RunRecord) -> PayoutList:
    """The list for public notice: which enterprise gets what."""
    rows = [
        [number, row["enterprise"], row["county"], row["net_fen"], row["subsidy_fen"]]
        for number, row in enumerate(_paid(connection, run), start=1)
    ]
    return PayoutList(
        "公示名单",
        f"{run.year}年度短期出口信用保险保费支持拟支持名单公示",
        (BUREAU, f"审核年度：{run.year}", UNIT),
        _NOTICE,
        rows,
        2,
        (
            "公示期自本名单发布之日起计，起止日期以公示时注明的为准（文件未定公示天数）。",
            f"公示期内对名单有异议的，请以书面形式向{OFFICES['commerce_bureau']}提出，并注明联系人和联系方式。",
        ),
    )


def notice(connection: Connection, run: RunRecord, path: Path) -> int:
    """Writes the list for public notice and gives the number of its rows."""
    return write(run, noticed(connection, run), path)


def payments(connection: Connection, run: RunRecord, path: Path) -> int:
    """Writes the payment plan by payee, amounts also in capitals, and gives the number of payees."""
    rows = [
        [number, row["enterprise"], row["uscc"], row["county"], row["subsidy_fen"], capitals(row["subsidy_fen"])]
        for number, row in enumerate(_paid(connection, run), start=1)
    ]
    total = sum(row[4] for row in rows)
    listed = PayoutList(
        "拨付计划",
        f"{run.year}年度短期出口信用保险保费支持资金拨付计划",
        (BUREAU, f"审核年度：{run.year}", UNIT),
        _PAYMENTS,
        rows,
        2,
        (in_words(total), "由市级资金列支，直接拨付企业（第11条）。"),
        sums=sum_notes(total),
    )
    return write(run, listed, path)
