"""抽查清单: the drawn lines with their figures, the uploaded rows behind each, and the sheet on which the results are entered."""

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Connection, select

from ledger import models, money
from ledger.accounts.scope import EVERYTHING, Scope
from ledger.check_lists import RESULTS
from ledger.database import db
from ledger.facts.of_lines import with_loans
from ledger.intake.sheets import BY_NAME
from ledger.programmes.tech_branch import tables
from ledger.runs.settlement import RunRecord
from ledger.spotcheck import METHOD, OUTCOME_NAMES, Drawing, Result, results
from ledger.workbooks.sheet import Sheet
from reports.fact_words import row_words
from reports.lineage.rules import seen
from reports.report import LineColumn
from reports.runs import seen as seen_by
from reports.tech_branch.lines import LINES, PLACE, joined, read_lines
from reports.tech_branch.lines import line as lines_table
from reports.writing.forms import Block, Form, FormColumn, write_sheets
from reports.writing.notes import run_notes
from reports.writing.tidy import Data

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
)
_SOURCE_COLUMNS = (
    FormColumn("清单序号", 8, "count"),
    FormColumn("银行名称", 20, "text"),
    FormColumn("借据编号", 16, "text"),
    FormColumn("报送表", 14, "middle"),
    FormColumn("报送内容", 76, "text"),
    FormColumn("文件", 26, "text"),
    FormColumn("行", 6, "count"),
    FormColumn("版本", 6, "count"),
    FormColumn("报送人", 12, "middle"),
)


def write_checklist(
    connection: Connection, run: RunRecord, drawing: Drawing, path: Path, scope: Scope = EVERYTHING
) -> int:
    """Writes the check list of a drawing, whole or not at all, and gives the number of loans on it. scope: whose eyes it is
    for: other lines are left out, and so are the sums over all."""
    drawn = [one.line_no for one in drawing.lines]
    conditions = seen_by.lines_seen(connection, LINES, run.programme, scope)
    found: dict[int, Any] = {}
    for start in range(0, len(drawn), 500):
        wanted = drawn[start : start + 500]
        query = joined(select(lines_table.line_no)).where(
            lines_table.run_id == run.id, lines_table.line_no.in_(wanted), *conditions
        )
        order = connection.execute(query.order_by(lines_table.line_no)).scalars().all()
        rows = read_lines(connection, run.id, lines_table.line_no.in_(order), printed=True)
        found.update(zip(order, rows, strict=True))
    numbers = [number for number in drawn if number in found]
    entered, sources = results(connection, run.id), uploaded_rows(connection, run, numbers)
    form_rows, source_rows, result_rows = [], [], []
    for place, one in enumerate((one for one in drawing.lines if one.line_no in found), start=1):
        row = found[one.line_no]
        bank, note_no = row[PLACE["bank"]], row[PLACE["note_no"]]
        result = entered.get(one.line_no)
        form_rows.append(_form_row(place, row, _WHY[one.drawn_for]))
        source_rows += [[place, bank, note_no, *source] for source in sources[one.line_no]]
        result_rows.append([str(place), bank, note_no, row[PLACE["enterprise"]], *_entered(result)])
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
        remarks=("各笔的原始报送内容见「原始行」表；结果只填「结果录入」表（本表填写的不读取），填好后录入。",),
    )
    source_form = Form(
        sheet="原始行",
        mark="",
        title=f"{run.year}年度科技支行贷款专项资金抽查：原始报送内容",
        head=("", f"申请年度：{run.year}", ""),
        columns=_SOURCE_COLUMNS,
        blocks=[Block(source_rows)],
        label_span=5,
        page_foot=f"第 {run.id} 号运行",
        subtotals=False,
        total=False,
    )
    notes = [
        ("报表", "抽查清单"),
        *run_notes(run),
        ("抽查比例（按金额）", f"不低于 {money.percent_text(drawing.share_e4)}%"),
        ("抽查种子", drawing.seed),
        *(_sums(drawing) if seen_by.whole_run(scope, run.programme) else ()),
        ("抽取办法", METHOD),
        ("抽取人", drawing.drawn_by),
        ("运行指纹", run.fingerprint),
    ]
    result_columns = [LineColumn(column.field, column.header, "text", None) for column in RESULTS.columns]
    write_sheets(
        path,
        [form, source_form],
        [Data(RESULTS.name, result_columns, result_rows, {"outcome": tuple(OUTCOME_NAMES.values())})],
        notes,
        run.as_of,
    )
    return len(form_rows)


def _sums(drawing: Drawing) -> list[tuple[str, str]]:
    """What all lines come to, and the drawn ones."""
    return [
        ("补助总额", f"{money.wan_text(drawing.total_fen)} 万元"),
        ("抽中金额", f"{money.wan_text(drawing.drawn_fen)} 万元"),
    ]


def _form_row(order: int, row: Any, why: str) -> list[Any]:
    def value(name: str) -> Any:
        return row[PLACE[name]]

    return [
        order, value("county"), value("bank"), value("enterprise"), value("note_no"), value("amount_fen"),
        value("disbursed_on").isoformat(), value("due_on").isoformat(), value("rate_percent"), value("balance_fen"),
        value("interest_fen"), value("bonus_fen"), why,
    ]  # fmt: skip


def _entered(result: Result | None) -> list[str | None]:
    return [None, None] if result is None else [OUTCOME_NAMES[result.outcome], result.remark]


# --- the uploaded rows ------------------------------------------------------------------------------------------------

_BY_ID = {  # the versions that a line names, by its column
    "贷款": "loan_fact_id", "企业": "enterprise_fact_id", "资质": "qualification_fact_id", "合作银行": "partnership_fact_id",
}  # fmt: skip
_IN_FORCE = {  # what else was on file of its loan or enterprise when the run was made, by the column of the sheet's table
    "还款": "loan_id", "展期": "loan_id", "年末余额": "loan_id", "上传豁免": "loan_id", "撤销": "loan_id",
    "历史享受年限": "enterprise_id", "年限豁免": "enterprise_id", "取消资格": "enterprise_id",
}  # fmt: skip


def uploaded_rows(connection: Connection, run: RunRecord, numbers: Sequence[int]) -> dict[int, list[list[Any]]]:
    """By line, each uploaded row that it rests on: sheet, its cells as header and value, file, row, version, uploader."""
    line, fact = tables.TechBranchLine, models.LoanFact
    lines: list[Any] = []
    for part in db.in_chunks(numbers):
        query = select(
            line.line_no, *(getattr(line, name) for name in _BY_ID.values()), fact.loan_id, fact.enterprise_id
        )
        lines += connection.execute(
            with_loans(query, line).where(line.run_id == run.id, line.line_no.in_(part))
        ).mappings()
    found: dict[int, list[list[Any]]] = {row["line_no"]: [] for row in lines}
    for name, link in (*_BY_ID.items(), *_IN_FORCE.items()):
        column = "id" if name in _BY_ID else link
        conditions = seen(models.table_of(BY_NAME[name].model).c, run) if name in _IN_FORCE else ()
        rows = _rows(connection, BY_NAME[name], column, {row[link] for row in lines}, conditions)
        for row in lines:
            found[row["line_no"]] += rows.get(row[link], [])
    return found


def _rows(
    connection: Connection,
    sheet: Sheet,
    column: str,
    identifiers: set[int | None],
    conditions: Sequence[ColumnElement[bool]],
) -> dict[int, list[list[Any]]]:
    """The rows of a sheet by the value of one of their columns."""
    table, intake = models.table_of(sheet.model), models.Intake
    found: dict[int, list[list[Any]]] = defaultdict(list)
    for part in db.in_chunks(sorted(one for one in identifiers if one is not None)):
        query = (
            select(table, intake.file_name, intake.uploader)
            .join(intake, intake.id == table.c.intake_id)
            .where(table.c[column].in_(part), *conditions)
        )
        for row in connection.execute(query.order_by(table.c.id)).mappings():
            found[row[column]].append(
                [sheet.name, row_words(sheet, row), row["file_name"], row["sheet_row"], row["version"], row["uploader"]]
            )
    return found
