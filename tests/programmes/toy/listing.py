"""样例设备补贴明细表: written, and known again when it comes back."""

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from ledger.law.document import Values
from ledger.money import wan_words
from ledger.runs.settlement import RunRecord
from reports.report import CheckedRows, DataRows, Finding, FormShape, Kind, Written
from reports.writing.forms import Block, Form, FormColumn, rows_fingerprint, write_workbook
from reports.writing.notes import law_notes, run_notes
from toy.law import DOCUMENT
from toy.lines import COLUMNS, read

TITLE = "样例设备补贴明细表"
_FORM = (
    (FormColumn("区市", 10, "middle"), "county"),
    (FormColumn("企业名称", 30, "text"), "enterprise"),
    (FormColumn("设备编号", 14, "text"), "device_no"),
    *((FormColumn(name, 12, "fen", summed=True), key) for name, key in (
        ("价款", "price_fen"), ("补贴", "subsidy_fen"), ("省级", "province_fen"), ("市级", "city_fen"), ("县级", "county_fen"),
    )),
)  # fmt: skip


def form(rows: Sequence[dict[str, Any]], year: int, run_id: int) -> Form:
    return Form(
        sheet="明细表",
        mark="",
        title=f"{year}年度{TITLE}",
        head=("样例单位：（公章）", f"年度：{year}", "单位：万元"),
        columns=[column for column, _ in _FORM],
        blocks=[Block([[row[name] for _, name in _FORM] for row in rows])] if rows else [],
        label_span=3,
        page_foot=f"{year} 年度　第 {run_id} 号运行",
        subtotals=False,
    )


def write(connection: Connection, run: RunRecord, path: Path) -> int:
    """Writes the list, and gives the number of devices."""
    rows = read(connection, run.id)
    values = [tuple(row[column.name] for column in COLUMNS) for row in rows]
    notes = [
        ("报表", TITLE),
        *run_notes(run),
        *law_notes(run),
        ("行数", str(len(rows))),
        ("运行指纹", run.fingerprint),
        ("本表指纹", rows_fingerprint(TITLE, COLUMNS, values)),
    ]
    write_workbook(path, form(rows, run.year, run.id), COLUMNS, values, notes, run.as_of)
    return len(rows)


def export(connection: Connection, run: RunRecord, path: Path) -> Written:
    return Written([(path, f"{write(connection, run, path)} 台")])


def _export(connection: Connection, run: RunRecord, _county: str, path: Path) -> int:
    return write(connection, run, path)


def _again(rows: DataRows, run_id: int, year: int, _county: str, _standing: str) -> list[Form]:
    named = [{column.name: value for column, value in zip(COLUMNS, row, strict=True)} for row in rows]
    return [form(named, year, run_id)]


def _law(year: int) -> Values:
    return DOCUMENT.values(date(year, 12, 31))


def parts_add_up(rows: CheckedRows) -> Iterator[Finding]:
    """第五条: province, city and county bear the whole."""
    for number, row in enumerate(rows.rows):
        parts = row["province_fen"] + row["city_fen"] + row["county_fen"]
        if parts != row["subsidy_fen"]:
            yield number, "subsidy_fen", f"三级合计 {wan_words(parts)} 不等于 {wan_words(row['subsidy_fen'])}"


KINDS = (
    Kind(
        TITLE,
        TITLE,
        "toy",
        (FormShape("明细表", [column for column, _ in _FORM], 3, ("企业名称", "设备编号"), subtotals=False),),
        COLUMNS,
        ("device_no",),
        _export,
        _again,
        _law,
        (("省级 + 市级 + 县级 = 补贴（第五条）", parts_add_up),),
    ),
)
