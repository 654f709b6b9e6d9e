"""附件1 and 附件2 of 威财金〔2023〕2号, from the stored lines of a run."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, or_, select

from ledger import money
from ledger.counties import ALL_COUNTIES, CITY_FULL_NAME, OFFICES
from ledger.runs.settlement import RunRecord
from reports.report import Rows
from reports.tech_branch.bonus_rates import bonus_rate_notes
from reports.tech_branch.lines import COLUMNS, PLACE, enterprise_fact, joined, line
from reports.tech_branch.listed import Listing, Row, listing
from reports.writing.forms import Block, Form, FormColumn, write_workbook
from reports.writing.notes import law_notes, run_notes

ANNEX1_TERM, ANNEX2_TERM = "贷款期限(年月日—年月日)", "贷款期限(年月日-年月日)"

ANNEX1_COLUMNS: tuple[FormColumn, ...] = (
    FormColumn("银行名称", 24, "text", numbered=True),
    FormColumn("贷款企业名称", 32, "text"),
    FormColumn("贷款金额", 13, "fen", summed=True),
    FormColumn(ANNEX1_TERM, 23, "middle"),
    FormColumn("贷款利率(%)", 8, "percent"),
    FormColumn("担保方式", 15, "middle"),
    FormColumn("已享受政策年限(年)", 9, "count"),
    FormColumn("贷款年末余额", 13, "fen", summed=True),
    FormColumn("申请贴息贷款金额", 13, "fen", summed=True),
    FormColumn("申请奖补贷款金额", 13, "fen", summed=True),
)
_INTEREST = "申请贴息金额"
ANNEX2_COLUMNS: tuple[FormColumn, ...] = (
    FormColumn("区市", 9, "middle"),
    FormColumn("银行名称", 22, "text", numbered=True),
    FormColumn("贷款企业名称", 30, "text"),
    FormColumn("贷款金额", 12, "fen", summed=True),
    FormColumn(ANNEX2_TERM, 23, "middle"),
    FormColumn("贷款利率(%)", 8, "percent"),
    FormColumn("担保方式", 14, "middle"),
    FormColumn("已享受政策年限(年)", 8, "count"),
    FormColumn("贷款年末余额", 12, "fen", summed=True),
    FormColumn("合计", 11, "fen", summed=True, group=_INTEREST),
    FormColumn("市级", 11, "fen", summed=True, group=_INTEREST),
    FormColumn("县级", 11, "fen", summed=True, group=_INTEREST),
    FormColumn("申请奖补金额", 11, "fen", summed=True),
)
_ANNEX1_FIELDS = ("amount_fen", "balance_fen", "interest_base_fen", "bonus_base_fen")
_ANNEX2_FIELDS = (
    "amount_fen", "balance_fen", "interest_fen", "interest_city_fen", "interest_county_fen", "bonus_fen",
    "bonus_city_fen", "bonus_county_fen",
)  # fmt: skip


def annex1(connection: Connection, run: RunRecord, county: str, path: Path) -> int:
    """Writes one county's 附件1 and gives the number of loans listed: those with an interest base or a bonus base."""
    kind = f"附件1 {county}"
    where = (or_(line.interest_base_fen > 0, line.bonus_base_fen > 0), enterprise_fact.county == county)
    found = listing(connection, run, where, kind, "bank", _ANNEX1_FIELDS)
    form = _annex1_form(found.blocks, run.id, run.year, county)
    notes = [("报表", f"附件1（{county}）"), *_notes(connection, run, found)]
    write_workbook(path, form, COLUMNS, found.rows, notes, run.as_of)
    return len(found.rows)


def annex1_form(rows: Sequence[tuple[Any, ...]], run_id: int, year: int, county: str) -> Form:
    """附件1 as printed, from the rows of COLUMNS that it lists."""
    return _annex1_form(_grouped(rows, "bank"), run_id, year, county)


def _annex1_form(groups: Sequence[Rows], run_id: int, year: int, county: str) -> Form:
    return Form(
        sheet="附件1",
        mark="附件1",
        title=f"{CITY_FULL_NAME}科技支行贷款专项资金申请表",
        head=(f"{OFFICES['county_financial_regulator']}：（公章）", f"区市：{county}", f"申请年度：{year}", "单位：万元"),
        columns=ANNEX1_COLUMNS,
        blocks=_blocks(groups, ("bank", "enterprise", "amount_fen", "term", "rate_percent", "guarantee",
                                      "years_enjoyed", "balance_fen", "interest_base_fen", "bonus_base_fen")),
        label_span=2,
        foot="填报日期：",
        page_foot=f"{county}　{year} 年度　第 {run_id} 号运行",
    )  # fmt: skip


def annex1_counties(connection: Connection, run: RunRecord) -> list[str]:
    """The counties with something to list in 附件1, in their order."""
    query = joined(select(enterprise_fact.county).distinct()).where(
        line.run_id == run.id, or_(line.interest_base_fen > 0, line.bonus_base_fen > 0)
    )
    found = set(connection.execute(query).scalars())
    return [county for county in ALL_COUNTIES if county in found]


def annex2(connection: Connection, run: RunRecord, path: Path) -> int:
    """Writes the city's 附件2 and gives the number of loans listed: those with interest or bonus after the budget."""
    where = (or_(line.interest_fen > 0, line.bonus_fen > 0),)
    found = listing(connection, run, where, "附件2", "county", _ANNEX2_FIELDS)
    form = _annex2_form(found.blocks, run.id, run.year)
    notes = [("报表", "附件2（全市）"), *_notes(connection, run, found)]
    write_workbook(path, form, COLUMNS, found.rows, notes, run.as_of)
    return len(found.rows)


def annex2_form(rows: Sequence[tuple[Any, ...]], run_id: int, year: int) -> Form:
    """附件2 as printed, from the rows of COLUMNS that it lists."""
    return _annex2_form(_grouped(rows, "county"), run_id, year)


def _annex2_form(groups: Sequence[Rows], run_id: int, year: int) -> Form:
    return Form(
        sheet="附件2",
        mark="附件2",
        title=f"{CITY_FULL_NAME}科技支行贷款专项资金审核汇总表",
        head=(f"{OFFICES['financial_regulator']}：（公章）", f"申请年度：{year}", "单位：万元"),
        columns=ANNEX2_COLUMNS,
        blocks=_blocks(groups, ("county", "bank", "enterprise", "amount_fen", "term", "rate_percent",
                                        "guarantee", "years_enjoyed", "balance_fen", "interest_fen",
                                        "interest_city_fen", "interest_county_fen", "bonus_fen")),
        label_span=3,
        page_foot=f"{year} 年度　第 {run_id} 号运行",
    )  # fmt: skip


def _grouped(rows: Iterable[Row], by: str) -> list[list[Row]]:
    """Consecutive lines with the same county or bank."""
    return [list(group) for _, group in groupby(rows, key=lambda row: row[PLACE[by]])]


def _blocks(groups: Sequence[Rows], fields: Sequence[str]) -> list[Block]:
    places = [None if name == "term" else PLACE[name] for name in fields]
    return [Block(_PrintedRows(rows, places)) for rows in groups]


@dataclass(frozen=True)
class _PrintedRows:
    """Rows of COLUMNS as a form prints them: the columns at some places, with the term for None."""

    rows: Rows
    places: Sequence[int | None]

    def __iter__(self) -> Iterator[list[Any]]:
        disbursed, due = PLACE["disbursed_on"], PLACE["due_on"]
        for row in self.rows:
            yield [f"{row[disbursed]}—{row[due]}" if place is None else row[place] for place in self.places]

    def __len__(self) -> int:
        return len(self.rows)


def _notes(connection: Connection, run: RunRecord, found: Listing) -> list[tuple[str, str]]:
    """What sheet 说明 says of the run, the law, the values used and the rows listed."""
    law = run.law
    headers = {column.name: column.header for column in COLUMNS}
    budgets = law.get("budgets", {})
    return [
        *run_notes(run),
        ("本年度贴息比例", f"{money.percent_text(law['interest_rate_used'])}%"),
        *bonus_rate_notes(connection, run, found.banks),
        ("本年度预算", "；".join(f"{scope} {money.wan_text(fen)} 万元" for scope, fen in budgets.items()) or "未录入"),
        *law_notes(run),
        ("行数", str(len(found.rows))),
        *((f"{headers[name]}合计", f"{money.wan_text(fen)} 万元") for name, fen in found.sums.items()),
        ("运行指纹", run.fingerprint),
        ("本表指纹", found.fingerprint),
    ]
