"""资料到期清单 (第十七条): business whose papers are missing, about to be due and already late."""

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import Connection

from ledger.accounts.scope import EVERYTHING, Scope, bank_ids, counties
from ledger.facts import positions, receipts
from ledger.facts.bank_names import bank_names
from ledger.programmes.tech_branch.law import EVENT_KINDS
from ledger.programmes.tech_branch.papers import without_papers
from ledger.programmes.tech_branch.year import DOCUMENT, PRODUCT
from ledger.workdays import Calendar, day_date, day_number
from reports.report import LineColumn, Written
from reports.tech_branch.due import missing_papers
from reports.writing.forms import Block, Form, FormColumn, write_sheets
from reports.writing.tidy import Data

TITLE = "资料到期清单"
_WITHIN = 5  # working days ahead, where nobody says
_FIRST = 0  # in EVENT_KINDS: the disbursement, whose papers count in every year
_COLUMNS = (
    ("bank", FormColumn("银行名称", 26, "text")),
    ("note_no", FormColumn("借据编号", 20, "text")),
    ("enterprise", FormColumn("企业名称", 30, "text")),
    ("uscc", FormColumn("统一社会信用代码", 24, "middle")),
    ("county", FormColumn("区市", 9, "middle")),
    ("event", FormColumn("业务", 8, "middle")),
    ("event_on", FormColumn("业务日", 12, "middle")),
    ("missing", FormColumn("缺", 22, "text")),
    ("due_on", FormColumn("最迟上传日", 12, "middle")),
    ("workdays", FormColumn("工作日", 8, "count")),
    ("at_stake", FormColumn("影响", 16, "middle")),
)


def papers_due(
    connection: Connection, day: date, path: Path, within: int | None = None, scope: Scope = EVERYTHING
) -> Written:
    """Writes what of a scope is missing as of a day: due from that day on through so many working days after it, and already
    late.

    Refused when the calendar does not know a day that this needs.
    """
    ahead, allowed = _WITHIN if within is None else within, DOCUMENT.number_near("upload_workdays", day)
    calendar = positions.calendar(connection)
    loans = positions.loans(connection, PRODUCT, date.min, day)
    banks, places = bank_ids(connection, scope), counties(scope)
    if banks is not None:
        loans = loans[loans["bank_id"].isin(list(banks))]
    if places is not None:
        loans = loans[loans["county"].isin(list(places))]
    loans = loans.assign(bank=loans["bank_id"].map(bank_names(connection).printed))
    events = without_papers(connection, loans, day, day_number(date.min))
    event_on = events["event_on"].to_numpy()
    last = _last_day(calendar, day, ahead)
    late = calendar.count_workdays(event_on, np.full_like(event_on, day_number(day) - 1)) >= allowed
    due = calendar.count_workdays(event_on, np.full_like(event_on, day_number(last))) >= allowed
    events = events.assign(late=late)[late | due]
    events = events.assign(due_on=calendar.add_workdays(events["event_on"].to_numpy(), allowed))
    rows = _rows(events, _missing(connection, scope, day), calendar, day)
    calendar.require_known()
    parts = {"即将到期": [row for late, row in rows if not late], "已经逾期": [row for late, row in rows if late]}
    _write(parts, day, last, allowed, _HOW_BY_REPORT if receipts.starts(connection).none else _HOW_BY_RECEIPT, path)
    return Written([(path, f"即将到期 {len(parts['即将到期'])} 项，已经逾期 {len(parts['已经逾期'])} 项")])


def _last_day(calendar: Calendar, day: date, ahead: int) -> date:
    """The last day of the list: so many working days after a day."""
    if not ahead:
        return day
    found = calendar.add_workdays(np.array([day_number(day)], dtype=np.int64), ahead)
    calendar.require_known()
    return day_date(int(found[0]))


_Event = tuple[int, str, str, date]  # bank (id), note number, what, when


def _missing(connection: Connection, scope: Scope, day: date) -> dict[_Event, str]:
    """Which papers each event lacks."""
    found = missing_papers(connection, scope, day)
    return {(row.bank_id, row.note_no, name, row.event_on): "、".join(kinds) for name, row, kinds in found}


def _rows(
    events: pd.DataFrame, missing: dict[_Event, str], calendar: Calendar, day: date
) -> list[tuple[bool, list[Any]]]:
    """Whether it is late, and the row, by (bank, last day, day, note number, kind). Working days: left, today not counted, or
    gone by since the last day."""
    events = events.sort_values(["bank", "due_on", "event_on", "note_no", "kind"])
    today, due_on = np.full(len(events), day_number(day), dtype=np.int64), events["due_on"].to_numpy()
    gone_by, left = calendar.count_workdays(due_on, today), calendar.count_workdays(today, due_on)
    found = []
    for row, gone, more in zip(events.itertuples(index=False), gone_by, left, strict=True):
        event: Any = row
        at_stake = "各年度贴息" if event.kind == _FIRST else f"{day_date(event.event_on).year} 年度贴息"
        found.append(
            (
                bool(event.late),
                [
                    event.bank, event.note_no, event.enterprise_name, event.uscc, event.county, EVENT_KINDS[event.kind],
                    str(day_date(event.event_on)),
                    missing.get((event.bank_id, event.note_no, EVENT_KINDS[event.kind], day_date(event.event_on)), ""),
                    str(day_date(event.due_on)), int(gone if event.late else more), at_stake,
                ],
            )
        )  # fmt: skip
    return found


_EXCUSED = "非企业、银行原因的，报批后录「上传豁免」"
_HOW_BY_REPORT = f"已上传的，把资料上传日报送入库（漏填的补填，即更正）；{_EXCUSED}"
_HOW_BY_RECEIPT = (
    f"平台启用以后的业务，把缺的资料上传到资料平台，标错业务的改标；启用以前的，报送资料上传日；{_EXCUSED}"
)


def _write(parts: dict[str, list[list[Any]]], day: date, last: date, allowed: int, how: str, path: Path) -> None:
    heads = {
        "即将到期": f"{day} 至 {last} 到期，「工作日」为还剩几天",
        "已经逾期": f"{day} 以前到期，「工作日」为逾期几天",
    }
    columns = [column for _, column in _COLUMNS]
    forms = [
        Form(
            name, "", f"资料尚未上传的业务：{name}", (heads[name], f"业务发生后 {allowed} 个工作日内上传（第十七条）"), columns,
            [Block(rows)] if rows else [], 2, page_foot=f"{day}", subtotals=False, total=False,
        )
        for name, rows in parts.items()
    ]  # fmt: skip
    notes = [
        ("报表", TITLE),
        ("文件", f"{DOCUMENT.number} 第十七条"),
        ("截至", day.isoformat()),
        *((name, f"{len(rows)} 项") for name, rows in parts.items()),
        ("影响", "发放资料没有按时上传的，以后各年度都不能贴息；还款、展期资料的，只影响业务当年的贴息。奖补不受影响"),
        ("怎么办", how),
    ]
    data = [LineColumn("state", "状态", "text", None)]
    data += [LineColumn(name, column.header, _kind(column), None) for name, column in _COLUMNS]
    rows = [[name, *row] for name, part in parts.items() for row in part]
    write_sheets(path, forms, [Data("数据", data, rows)], notes, day)


def _kind(column: FormColumn) -> Any:
    return "count" if column.kind == "count" else "text"
