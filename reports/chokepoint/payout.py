"""What 第十五条 of 威政办发〔2023〕8号 asks for after a review: the list for public notice, and next year's payment plan.

Both list what the review found to be paid: the risk subsidies of banks, the premium subsidies and the research grants of
enterprises. Investments are no subsidies. Neither list carries account data.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import Connection

from ledger.counties import OFFICES
from ledger.errors import Refused
from ledger.facts import positions
from ledger.runs.settlement import RunRecord
from ledger.workdays import day_date, day_number
from reports.chokepoint import lines as review_lines
from reports.chokepoint.lists import BUREAU, UNIT
from reports.runs import run_lines
from reports.runs.payout_list import PayoutList, in_words, sum_notes, write
from reports.writing.capitals import capitals
from reports.writing.forms import FormColumn

RISK, PREMIUM, GRANT = "银行风险资金补助", "保费补贴", "研发投入补助"
_KINDS = (
    (RISK, review_lines.LOANS, "bank", "subsidy_fen"),
    (PREMIUM, review_lines.POLICIES, "enterprise", "subsidy_fen"),
    (GRANT, review_lines.GRANTS, "enterprise", "granted_fen"),
)
_NOTICE_COLUMNS = (
    FormColumn("序号", 7, "count"),
    FormColumn("补助类别", 20, "middle"),
    FormColumn("拟补助对象", 32, "text"),
    FormColumn("项目编号", 14, "middle"),
    FormColumn("项目名称", 34, "text"),
    FormColumn("项目承担企业", 32, "text"),
    FormColumn("拟补助金额", 16, "fen", summed=True),
)
_PAYMENT_COLUMNS = (
    FormColumn("序号", 7, "count"),
    FormColumn("收款单位", 32, "text"),
    FormColumn("统一社会信用代码", 22, "middle"),
    FormColumn(RISK, 16, "fen", summed=True),
    FormColumn(PREMIUM, 16, "fen", summed=True),
    FormColumn(GRANT, 16, "fen", summed=True),
    FormColumn("合计", 16, "fen", summed=True),
    FormColumn("大写金额", 44, "text"),
)


@dataclass(frozen=True)
class Subsidy:
    """One amount to be paid: its kind, payee (with the code of an enterprise), project and who carries it. Fen."""

    kind: str
    payee: str
    uscc: str
    project_no: str
    project: str
    enterprise: str
    fen: int


def subsidies(connection: Connection, run: RunRecord) -> list[Subsidy]:
    """What a review pays, by (kind, payee, project): a payee's lines of one project are one amount."""
    found: dict[tuple[str, str, str, str], Subsidy] = {}
    for kind, lines, payee, amount in _KINDS:
        for row in run_lines.read(connection, lines, run.id, printed=True):
            if row[amount] == 0:
                continue
            uscc = "" if payee == "bank" else row["uscc"]
            key = (kind, row[payee], uscc, row["project_no"])
            fen = row[amount] + (found[key].fen if key in found else 0)
            found[key] = Subsidy(kind, row[payee], uscc, row["project_no"], row["project"], row["enterprise"], fen)
    order = [kind for kind, *_ in _KINDS]
    return sorted(found.values(), key=lambda one: (order.index(one.kind), one.payee, one.uscc, one.project_no))


def notice_period(
    connection: Connection, run: RunRecord, first_day: date | None = None, days: int | None = None
) -> tuple[date, date]:
    """The first and last day of the public notice, both working days.

    第十五条 gives no length. The reading: so many working days as the values of the law say (5, the usual length), the
    first of them the working day after the cut-off, because the review ends there; a bureau that publishes later names
    its own first day. Refused for a first day that is no working day, or one before the cut-off has passed.
    """
    calendar = positions.calendar(connection)
    count = run.law["notice_workdays"] if days is None else days
    earliest = calendar.add_workdays(_one(run.as_of), 1)
    first = earliest if first_day is None else _one(first_day)
    if first[0] < earliest[0]:
        raise Refused(f"公示首日 {first_day} 早于审核截止日 {run.as_of} 之后的第一个工作日 {day_date(earliest[0])}")
    if calendar.previous_workday(first + 1)[0] != first[0]:
        raise Refused(
            f"公示首日 {first_day} 不是工作日；其后的第一个工作日为 {day_date(calendar.add_workdays(first, 1)[0])}"
        )
    last = first if count == 1 else calendar.add_workdays(first, count - 1)
    calendar.require_known()
    return day_date(first[0]), day_date(last[0])


def _one(day: date) -> np.ndarray:
    return np.array([day_number(day)], dtype=np.int64)


def noticed(
    connection: Connection, run: RunRecord, first_day: date | None = None, days: int | None = None
) -> PayoutList:
    """The list for public notice: who gets what for which project, and from when to when it hangs."""
    return _noticed(connection, run, *notice_period(connection, run, first_day, days))


def _noticed(connection: Connection, run: RunRecord, first: date, last: date) -> PayoutList:
    found = subsidies(connection, run)
    rows = [
        [number, one.kind, one.payee, one.project_no, one.project, one.enterprise, one.fen]
        for number, one in enumerate(found, start=1)
    ]
    return PayoutList(
        "公示名单",
        f"{run.year}年度“拨投贷保”拟补助名单公示",
        (BUREAU, f"审核年度：{run.year}", UNIT),
        _NOTICE_COLUMNS,
        rows,
        2,
        (
            f"公示期：{first} 至 {last}（{_days_text(connection, first, last)}个工作日）。",
            f"公示期内对名单有异议的，请以书面形式向{OFFICES['science_bureau']}提出，并注明联系人和联系方式。",
        ),
        [
            ("公示首日", first.isoformat()),
            ("公示末日", last.isoformat()),
            ("依据", "第十五条（一）；该条未定公示天数，天数为解释口径，可用 --first-day、--days 另定"),
        ],
    )


def notice(connection: Connection, run: RunRecord, path: Path, first: date, last: date) -> int:
    """Writes the list for public notice, from its first day to its last, and gives the number of its rows."""
    return write(run, _noticed(connection, run, first, last), path)


def _days_text(connection: Connection, first: date, last: date) -> str:
    """How many working days a period has, both ends included."""
    calendar, day, count = positions.calendar(connection), first, 1
    while day < last:
        day, count = day_date(calendar.add_workdays(_one(day), 1)[0]), count + 1
    return str(count)


def _payees(found: Sequence[Subsidy]) -> Iterator[tuple[str, str, dict[str, int]]]:
    """Each payee with its amounts by kind: the banks, then the enterprises, by name."""
    by_payee: dict[tuple[bool, str, str], dict[str, int]] = {}
    for one in found:
        amounts = by_payee.setdefault((one.uscc != "", one.payee, one.uscc), {})
        amounts[one.kind] = amounts.get(one.kind, 0) + one.fen
    for key in sorted(by_payee):
        yield key[1], key[2], by_payee[key]


def payments(connection: Connection, run: RunRecord, path: Path) -> int:
    """Writes next year's payment plan by payee, amounts also in capitals, and gives the number of payees."""
    rows: list[list[Any]] = [
        [
            number,
            payee,
            uscc or "—",
            *(amounts.get(kind, 0) for kind, *_ in _KINDS),
            sum(amounts.values()),
            capitals(sum(amounts.values())),
        ]
        for number, (payee, uscc, amounts) in enumerate(_payees(subsidies(connection, run)), start=1)
    ]
    total = sum(row[-2] for row in rows)
    listed = PayoutList(
        "拨付计划",
        f"{run.year + 1}年度“拨投贷保”补助资金拨付计划",
        (BUREAU, f"计划年度：{run.year + 1}（{run.year} 年度审核）", UNIT),
        _PAYMENT_COLUMNS,
        rows,
        3,
        (in_words(total), "由市级科技计划列支，于次年兑现（第十四条、第十五条）。"),
        sums=sum_notes(total),
    )
    return write(run, listed, path)
