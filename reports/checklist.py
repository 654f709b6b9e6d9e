"""抽查清单: the drawn lines with their figures, the uploaded rows behind each, and a sheet on which the results are entered."""

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

from ledger import models, money
from ledger.intake import cells
from ledger.intake.findings import Finding
from ledger.intake.rows import read_rows
from ledger.intake.sheets import BY_NAME, Column, Sheet
from ledger.intake.workbook import read_bytes, read_workbook
from ledger.refusal import Refused
from ledger.settlement import RunRecord
from ledger.spotcheck import OUTCOME_NAMES, Drawing, Entry, Result, results
from reports.about import about_run, made_at
from reports.lines import PLACE, LineColumn, read_lines
from reports.lines import line as lines_table
from reports.workbook import Block, Data, Form, FormColumn, write_sheets

_WHY = {"county": "区市至少一笔", "bank": "银行至少一笔", "share": "金额占比"}
_COLUMNS = (
    FormColumn("序号", 6, "count"),
    FormColumn("区市", 10, "middle"),
    FormColumn("银行名称", 24, "text"),
    FormColumn("贷款企业名称", 26, "text"),
    FormColumn("借据编号", 16, "text"),
    FormColumn("贷款金额", 12, "fen", summed=True),
    FormColumn("发放日", 12, "middle"),
    FormColumn("到期日", 12, "middle"),
    FormColumn("利率(%)", 9, "percent"),
    FormColumn("年末余额", 12, "fen", summed=True),
    FormColumn("贴息金额", 12, "fen", summed=True),
    FormColumn("奖补金额", 12, "fen", summed=True),
    FormColumn("抽中原因", 14, "middle"),
    FormColumn("核查结果", 10, "middle"),
    FormColumn("说明", 20, "text"),
)
_SOURCE_COLUMNS = tuple(
    LineColumn(name, header, "text", None)
    for name, header in (
        ("order", "清单序号"), ("bank", "银行名称"), ("note_no", "借据编号"), ("sheet", "报送表"), ("file", "文件"),
        ("row", "行"), ("version", "版本"), ("uploader", "报送人"), ("content", "报送内容"),
    )
)  # fmt: skip
RESULTS = Sheet(
    "结果录入",
    "抽查结果",
    models.Fact,
    (
        Column("银行名称", "bank", "name", cells.read_name, "", "与清单一致", key=True),
        Column("借据编号", "note_no", "code", cells.read_code, "", "与清单一致", key=True),
        Column(
            "核查结果", "outcome", "choice", cells.one_of(tuple(OUTCOME_NAMES.values()), "核查结果"), "", "相符、不符或已解决",
            optional=True, choices=tuple(OUTCOME_NAMES.values()),
        ),
        Column("说明", "remark", "text", cells.read_text, "", "不符的，写明何处不符；已解决的，写明如何解决", optional=True),
    ),
)  # fmt: skip


def write_checklist(connection: Connection, run: RunRecord, drawing: Drawing, path: Path) -> int:
    """Writes the check list of a drawing, whole or not at all, and gives the number of loans on it."""
    numbers = [one.line_no for one in drawing.lines]
    found: dict[int, Any] = {}
    for start in range(0, len(numbers), 500):
        wanted = numbers[start : start + 500]
        query = select(lines_table.line_no).where(lines_table.run_id == run.id, lines_table.line_no.in_(wanted))
        order = connection.execute(query.order_by(lines_table.line_no)).scalars().all()
        rows = read_lines(connection, run.id, lines_table.line_no.in_(wanted))
        found.update(zip(order, rows, strict=True))
    entered = results(connection, run.id)
    form_rows, source_rows, result_rows = [], [], []
    for place, one in enumerate(drawing.lines, start=1):
        row = found[one.line_no]
        bank, note_no = row[PLACE["bank"]], row[PLACE["note_no"]]
        result = entered.get(one.line_no)
        form_rows.append(_form_row(place, row, _WHY[one.drawn_for], result))
        source_rows += [[str(place), bank, note_no, *source] for source in _sources(connection, run, one.line_no)]
        result_rows.append([bank, note_no, *_entered(result)])
    form = Form(
        sheet="抽查清单",
        mark="",
        title=f"{run.year}年度科技支行贷款专项资金抽查清单",
        head=("抽查单位：（公章）", f"申请年度：{run.year}", "单位：万元"),
        columns=_COLUMNS,
        blocks=[Block(form_rows)],
        label_span=5,
        foot="抽查人（签字）：　　　　　　抽查日期：",
        page_foot=f"第 {run.id} 号运行",
        subtotals=False,
        remarks=("各笔的原始报送内容见「原始行」表；结果请填入「结果录入」表，再用 tiexi check 录入。",),
    )
    notes = [
        ("报表", "抽查清单"),
        *about_run(run),
        ("抽查比例（按金额）", f"不低于 {money.percent_text(drawing.share_e4)}%"),
        ("抽查种子", drawing.seed),
        ("补助总额", f"{money.wan_text(drawing.total_fen)} 万元"),
        ("抽中金额", f"{money.wan_text(drawing.drawn_fen)} 万元"),
        (
            "抽取办法",
            "每笔按（种子、银行名称、借据编号）的 SHA-256 排序；先使每个区市、每家银行至少一笔，再依次抽取到比例为止",
        ),
        ("抽取人", drawing.drawn_by),
        ("运行指纹", run.fingerprint),
    ]
    result_columns = [LineColumn(column.field, column.header, "text", None) for column in RESULTS.columns]
    write_sheets(
        path,
        [form],
        [Data("原始行", _SOURCE_COLUMNS, source_rows), Data(RESULTS.name, result_columns, result_rows)],
        notes,
        made_at(connection, run),
    )
    return len(form_rows)


def _form_row(order: int, row: Any, why: str, result: Result | None) -> list[Any]:
    def value(name: str) -> Any:
        return row[PLACE[name]]

    return [
        order, value("county"), value("bank"), value("enterprise"), value("note_no"), value("amount_fen"),
        value("disbursed_on").isoformat(), value("due_on").isoformat(), value("rate_percent"), value("balance_fen"),
        value("interest_fen"), value("bonus_fen"), why, *(text or "" for text in _entered(result)),
    ]  # fmt: skip


def _entered(result: Result | None) -> list[str | None]:
    return [None, None] if result is None else [OUTCOME_NAMES[result.outcome], result.remark]


# --- the uploaded rows ------------------------------------------------------------------------------------------------

_OF_LOAN = ("还款", "展期", "年末余额", "上传豁免", "撤销")
_OF_ENTERPRISE = ("历史享受年限", "年限豁免", "取消资格")


def _sources(connection: Connection, run: RunRecord, line_no: int) -> Iterator[list[str]]:
    """Each uploaded row that a line rests on: sheet, file, row, version, uploader, and its cells as header and value."""
    line, fact = models.TechBranchLine, models.LoanFact
    found = connection.execute(
        select(
            line.loan_fact_id, line.enterprise_fact_id, line.qualification_fact_id, line.partnership_fact_id,
            fact.loan_id, fact.enterprise_id,
        )
        .join(fact, fact.id == line.loan_fact_id)
        .where(line.run_id == run.id, line.line_no == line_no)
    ).one()  # fmt: skip
    for name, identifier in (
        ("贷款", found.loan_fact_id), ("企业", found.enterprise_fact_id), ("资质", found.qualification_fact_id),
        ("合作银行", found.partnership_fact_id),
    ):  # fmt: skip
        if identifier is not None:
            yield from _rows(connection, BY_NAME[name], "id", identifier)
    for names, column, identifier in (
        (_OF_LOAN, "loan_id", found.loan_id),
        (_OF_ENTERPRISE, "enterprise_id", found.enterprise_id),
    ):
        for name in names:
            yield from _rows(connection, BY_NAME[name], column, identifier, in_force=True)


def _rows(
    connection: Connection, sheet: Sheet, column: str, identifier: int, in_force: bool = False
) -> Iterator[list[str]]:
    table, intake = models.table_of(sheet.model), models.Intake
    query = (
        select(table, intake.file_name, intake.uploader)
        .join(intake, intake.id == table.c.intake_id)
        .where(table.c[column] == identifier)
    )
    if in_force:
        query = query.where(table.c.retired_by.is_(None))
    for row in connection.execute(query.order_by(table.c.id)).mappings():
        said = (f"{part.header} {shown}" for part in sheet.columns if (shown := _shown(part, row.get(part.field))))
        yield [
            sheet.name,
            row["file_name"],
            str(row["sheet_row"]),
            str(row["version"]),
            row["uploader"],
            "；".join(said),
        ]


def _shown(column: Column, value: Any) -> str:
    """A stored value as its sheet would show it; '' for none, and for the names and codes of whom the row speaks."""
    if value is None:
        return ""
    if column.field.endswith("_fen"):
        return money.wan_text(value)
    if column.field.endswith("_e4"):
        return money.percent_text(value)
    return value.isoformat() if isinstance(value, date) else str(value)


# --- results back in --------------------------------------------------------------------------------------------------


def read_results(path: Path) -> list[Entry]:
    """The results on a check list that came back; Refused with every bad cell named. Lines without a result are left out."""
    book = read_workbook(path, read_bytes(path))
    grid = next((grid for grid in book.grids if grid.name == RESULTS.name), None)
    if grid is None:
        raise Refused(f"{path.name} 没有工作表「{RESULTS.name}」；应为 tiexi sample 写出的抽查清单")
    findings: list[Finding] = []
    rows = read_rows(path.name, grid, RESULTS, findings.append)
    if findings:
        raise Refused("\n".join(finding.line() for finding in findings))
    if rows is None:
        return []
    words = {word: outcome for outcome, word in OUTCOME_NAMES.items()}
    values: Sequence[Sequence[Any]] = [rows.values(column.field) for column in RESULTS.columns]
    return [
        Entry(bank, note_no, words[outcome], remark)
        for bank, note_no, outcome, remark in zip(*values, strict=True)
        if outcome
    ]
