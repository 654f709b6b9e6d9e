"""奖补资金审核明细表 of a county and 奖补资金汇总表 of the city (第八、九条), from the stored lines of a review."""

from collections.abc import Sequence
from itertools import groupby
from operator import itemgetter
from pathlib import Path

from sqlalchemy import Connection

from ledger import money
from ledger.counties import CITY_FULL_NAME, OFFICES
from ledger.programmes.farm_insurance import words
from ledger.programmes.farm_insurance.conditions import CONDITIONS, MILD
from ledger.programmes.farm_insurance.law import is_stopped
from ledger.runs.settlement import RunRecord
from reports.farm_insurance.decided import decided_notes
from reports.farm_insurance.lines import DATA, LEVELS, LINES, product
from reports.runs import run_lines
from reports.runs.run_lines import Row
from reports.runs.run_words import foot_text, reasons_text
from reports.writing.forms import Block, Form, FormColumn, rows_fingerprint, write_sheets
from reports.writing.notes import law_notes, run_notes
from reports.writing.tidy import Data

NAME = "地方优势特色农产品保险奖补资金"
COUNTY_REPORT, CITY_REPORT = f"{NAME}审核明细表", f"{NAME}汇总表"
COUNTY_HEAD, CITY_HEAD = f"{OFFICES['county_finance_bureau']}：（公章）", f"{OFFICES['finance_bureau']}：（公章）"
UNIT = "单位：万元"
_WHAT = (
    (FormColumn("险种名称", 18, "text"), "product"),
    (FormColumn("类别", 8, "middle"), "class_word"),
    (FormColumn("保险标的", 11, "middle"), "object"),
    (FormColumn("承保机构", 16, "text"), "insurers"),
)
_BORNE = (
    (FormColumn("投保数量", 9, "count"), "quantity"),
    (FormColumn("投保户数", 9, "count"), "households"),
    (FormColumn("保费规模", 11, "fen", summed=True), "premium_fen"),
    (FormColumn("农户承担", 11, "fen", summed=True), "farmer_share_fen"),
    (FormColumn("区市财政已补贴", 11, "fen", summed=True), "county_paid_fen"),
    *((FormColumn(name, 11, "fen", summed=True), f"{key}_fen") for key, name in LEVELS.items()),
    (FormColumn("奖补合计", 11, "fen", summed=True), "support_fen"),
    (FormColumn("区市净负担", 11, "fen", summed=True), "county_net_fen"),
    (FormColumn("备注", 18, "text"), "remark"),
)
_NUMBER = (FormColumn("序号", 6, "count"), "number")
_COUNTY = (FormColumn("区市", 9, "middle"), "county")
_REFUSED = (
    (FormColumn("保费规模", 12, "fen", summed=True), "premium_fen"),
    (FormColumn("区市财政已补贴", 12, "fen", summed=True), "county_paid_fen"),
    (FormColumn("未通过的代码、条件与条款", 62, "text"), "reasons_text"),
)
_NOTED = (
    (FormColumn("逾期笔数", 9, "count"), "late_count"),
    (FormColumn("逾期申请金额", 13, "fen", summed=True), "late_fen"),
    (FormColumn("两年平均赔付率(%)", 12, "percent"), "loss_percent"),
    (FormColumn("提示", 62, "text"), "noted"),
)
_Columns = Sequence[tuple[FormColumn, str]]


def form_columns(with_county: bool) -> dict[str, _Columns]:
    """The columns of each printed sheet, by its name: the county's have no 区市."""
    head = (_COUNTY, _NUMBER, *_WHAT) if with_county else (_NUMBER, *_WHAT)
    listed = "汇总表" if with_county else "明细表"
    return {listed: (*head, *_BORNE), "未通过": (*head, *_REFUSED), "提示": (*head, *_NOTED)}


def label_span(with_county: bool) -> int:
    """How many columns the words 小计 and 合计 take."""
    return 3 if with_county else 2


def _shown(row: Row) -> Row:
    """A line with what its printed rows say beside its columns."""
    mild = "" if is_stopped(row["reasons"], MILD) else reasons_text(CONDITIONS, row["reasons"])
    noted = []
    if row["late_count"]:
        noted.append("承保机构申请后一个季度内没有拨付到位（第十二条），请加快拨付。")
    if row["loss_low"]:
        noted.append("连续两年平均赔付率偏低（第十三条），应调整保险条款。")
    return row | {
        "class_word": words.CLASSES[row["class"] - 1],
        "support_fen": sum(row[f"{key}_fen"] for key in LEVELS),
        "remark": mild and f"未享受：{mild}",
        "reasons_text": reasons_text(CONDITIONS, row["reasons"]),
        "noted": "".join(noted),
    }


def _blocks(rows: Sequence[Row], columns: _Columns, by: str) -> list[Block]:
    """The rows in blocks, numbered through; consecutive ones with the same `by` make one."""
    numbered = [row | {"number": number} for number, row in enumerate(rows, start=1)]
    return [
        Block([[row[name] for _, name in columns] for row in group])
        for _, group in groupby(numbered, key=itemgetter(by))
    ]


def forms(rows: Sequence[Row], year: int, run_id: int, standing: str, county: str = "") -> list[Form]:
    """The printed sheets of a county, or without one of the city: what is supported, what is not, what is to be noted."""
    shown = [_shown(row) for row in rows]
    listed = [row for row in shown if not is_stopped(row["reasons"], MILD)]
    others = [row for row in shown if is_stopped(row["reasons"], MILD)]
    noted = [row for row in shown if row["noted"]]
    title = f"{CITY_FULL_NAME}{COUNTY_REPORT if county else CITY_REPORT}"
    head = (COUNTY_HEAD, f"区市：{county}") if county else (CITY_HEAD,)
    made: list[Form] = []
    for sheet, columns in form_columns(not county).items():
        first = not made
        what = listed if first else others if sheet == "未通过" else noted
        by = ("class" if county else "county") if first else "year"
        made.append(
            Form(
                sheet=sheet,
                mark="",
                title=title if first else f"{title}（{sheet}）",
                head=(*head, f"保险年度：{year}", UNIT),
                columns=[column for column, _ in columns],
                blocks=_blocks(what, columns, by),
                label_span=label_span(not county),
                page_foot=foot_text(year, run_id, standing, county),
                subtotals=first,
                remarks=_REMARKS if first else (),
            )
        )
    return made


_REMARKS = (
    "1. 第一、二类：保费规模 = 农户承担 + 奖补合计 + 区市净负担；第三类：区市财政已补贴 = 奖补合计 + 区市净负担，"
    "农户自缴的保费不由本办法分担，见表「数据」的农户保费。",
    "2. 省级、中央奖补为申请数，市级奖补为审核数；各项比例、资金总量、分配系数的来源见表「说明」。",
)


def county_rows(connection: Connection, run: RunRecord, county: str) -> list[Row]:
    """The lines of a county, or of all for ''."""
    return run_lines.read(connection, LINES, run.id, *((product.county == county,) if county else ()))


def write_list(connection: Connection, run: RunRecord, county: str, path: Path) -> int:
    """Writes a county's list, or for '' the city's; gives the number of lines that are supported."""
    rows = county_rows(connection, run, county)
    values = [tuple(row[column.name] for column in DATA) for row in rows]
    listed = sum(not is_stopped(row["reasons"], MILD) for row in rows)
    report = f"{COUNTY_REPORT}（{county}）" if county else CITY_REPORT
    mark = f"{COUNTY_REPORT} {county}" if county else CITY_REPORT
    notes = [
        ("报表", report),
        *run_notes(run),
        *decided_notes(connection, run),
        *law_notes(run),
        ("行数", str(len(rows))),
        ("列入", str(listed)),
        ("未通过", str(len(rows) - listed)),
        *(
            (f"{column.header}合计", money.wan_words(sum(row[place] for row in values)))
            for place, column in enumerate(DATA)
            if column.kind == "fen"
        ),
        ("运行指纹", run.fingerprint),
        ("本表指纹", rows_fingerprint(mark, DATA, values)),
    ]
    made = forms(rows, run.year, run.id, run.standing, county)
    write_sheets(path, made, [Data("数据", DATA, values)], notes, run.as_of)
    return listed
