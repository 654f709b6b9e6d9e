"""The invented city is what it claims to be: valid, believable, touching every rule of 威财金〔2023〕2号."""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from openpyxl.cell.cell import Cell
from stdnum.cn import uscc

from ledger.counties import ALL_COUNTIES, COUNTIES, county_of
from ledger.database import db, migrating
from ledger.intake.importer import import_file
from ledger.papers import media
from programmes.tech_branch import oracle, oracle_figures
from tiexi.demo import city as made
from tiexi.demo import workbooks
from tiexi.demo.city import RECEIPTS_SINCE, YEARS, World
from tiexi.demo.papers import Paper, papers_of, pdf
from tiexi.demo.world import build_world

KEYS = {
    "企业": ("统一社会信用代码",),
    "资质": ("统一社会信用代码", "资质类别", "有效期起"),
    "合作银行": ("银行名称", "合作起始日"),
    "贷款": ("银行名称", "借据编号"),
    "还款": ("银行名称", "借据编号", "还款日"),
    "展期": ("银行名称", "借据编号", "展期日"),
    "年末余额": ("年度", "银行名称", "借据编号"),
    "历史享受年限": ("统一社会信用代码",),
    "年限豁免": ("统一社会信用代码", "年度"),
    "上传豁免": ("银行名称", "借据编号", "业务日"),
    "撤销": ("银行名称", "借据编号"),
    "取消资格": ("主体",),
    "年度比例": ("年度", "补助项目"),
    "奖补比例": ("年度", "银行名称"),
    "预算": ("年度", "范围"),
    "资料平台启用": ("范围",),
}
HAPPENED = ("发放日", "还款日", "展期日", "认定日", "取消日", "业务日", "有效期起", "合作起始日")
CODES = "R_REGION R_CATEGORY R_BANK R_REVOKED R_LPR R_RATE R_TERM R_BALANCE R_UPLOAD R_YEARS R_MONTHS R_CAP"
Run = dict[str, Any]


@pytest.fixture(scope="module")
def city() -> World:
    return build_world()


@pytest.fixture(scope="module")
def runs(city: World) -> dict[int, Run]:
    """The three settlements by the oracle, each approved before the next."""
    approved: list[Run] = []
    for year in YEARS:
        sheets = {**city.sheets(year), "收到的资料": [_as_row(one) for one in papers_of(city)]}
        approved.append(oracle.approve(sheets, year, made.SETTLED_ON[year], approved))
    return {run["year"]: run for run in approved}


def _as_row(one: Paper) -> dict[str, Any]:
    return {
        "银行名称": one.bank, "借据编号": one.note_no, "业务": one.event, "业务日": one.event_on,
        "资料": "、".join(one.kinds), "收到日": one.received_on,
    }  # fmt: skip


# -- the world alone -----------------------------------------------------------------------------------------


def test_same_world_every_time(city: World) -> None:
    assert build_world.__wrapped__() == city


def test_large_enough_and_small_enough(city: World) -> None:
    assert len(city.enterprises) >= 150
    assert len(city.loans) >= 600
    assert {loan.disbursed_on.year for loan in city.loans} == set(range(2019, 2026))
    assert {borrower.county for borrower in city.enterprises} == set(ALL_COUNTIES)
    assert len({loan.bank for loan in city.loans if loan.bank in made.BANKS}) == 8
    assert len(city.sheets(YEARS[-1])["还款"]) < 8000


def test_everything_is_plainly_invented(city: World) -> None:
    names = [borrower.name for borrower in city.enterprises]
    assert len(set(names)) == len(names)
    assert all("样例" in name for name in (*names, *made.ALL_BANKS))
    assert all(uscc.is_valid(borrower.code) for borrower in city.enterprises)
    assert all(borrower.code.startswith("91379900XN") for borrower in city.enterprises)


def test_no_key_is_handed_in_twice(city: World) -> None:
    for sheet, rows in city.sheets(YEARS[-1]).items():
        keys = [tuple(row[header] for header in KEYS[sheet]) for row in rows]
        assert len(set(keys)) == len(keys), sheet
        assert rows, f"no example of {sheet}"


def test_no_book_knows_the_future(city: World) -> None:
    for entry in city.entries:
        for header, value in entry.row.items():
            if header in HAPPENED and isinstance(value, date):
                assert value <= date(entry.year, 12, 31)
                assert value.year == entry.year or entry.year == YEARS[0] or entry.sheet in ("资质", "企业")
            if header == "资料上传日" and isinstance(value, date):
                assert value <= made.SETTLED_ON[entry.year]


def test_whatever_a_row_names_is_on_file_before_it(city: World) -> None:
    on_file: dict[str, set[object]] = {"code": set(), "bank": set(), "loan": set()}
    for year in YEARS:
        for _, sheets in city.books(year):
            for sheet, rows in sheets.items():  # in the order in which an import takes them
                on_file["code"] |= {row["统一社会信用代码"] for row in rows if sheet == "企业"}
                on_file["bank"] |= {row["银行名称"] for row in rows if sheet == "合作银行"}
                for row in rows:
                    loan = (row.get("银行名称"), row.get("借据编号"))
                    if sheet == "贷款":
                        on_file["loan"].add(loan)
                    assert row.get("统一社会信用代码") in {None, *on_file["code"]}
                    assert row.get("银行名称") in {None, *on_file["bank"]}
                    assert row.get("借据编号") is None or loan in on_file["loan"]


def test_every_company_comes_with_its_first_loan(city: World) -> None:
    borrowers = {row["统一社会信用代码"] for row in city.sheets(YEARS[-1])["贷款"]}
    assert borrowers == {borrower.code for borrower in city.enterprises}


def test_figures_are_exact(city: World) -> None:
    for entry in city.entries:
        for header, value in entry.row.items():
            assert value is None or type(value) in (str, int, date, Decimal), header
            if isinstance(value, Decimal):
                digits = 4 if "%" in header else 6
                assert value == value.quantize(Decimal(1).scaleb(-digits))
                assert value >= 0
                assert Decimal(f"{float(value):.15g}") == value  # what Excel keeps


def test_loans_are_possible(city: World) -> None:
    for loan in city.loans:
        assert 100 <= loan.amount <= 3000
        assert loan.disbursed_on < loan.due_on
        assert all(paid.principal or paid.interest for paid in loan.repayments)
        days = [paid.paid_on for paid in loan.repayments]
        assert days == sorted(set(days))
        assert all(day > loan.disbursed_on and loan.balance(day) >= 0 for day in days)


def test_extensions_are_agreed_in_time(city: World) -> None:
    extended = [loan for loan in city.loans if loan.extensions]
    assert len(extended) >= 5
    for loan in extended:
        (later,) = loan.extensions
        assert loan.disbursed_on < later.agreed_on <= loan.due_on < later.due_on
        assert loan.balance(later.agreed_on) > 0


def test_papers_are_mostly_in_time(city: World) -> None:
    workdays = oracle_figures.Workdays()
    events = [
        (paid.paid_on, paid.uploaded_on)
        for loan in city.loans
        for paid in loan.repayments
        if paid.paid_on.year in YEARS
    ]
    late = [day for day, uploaded in events if uploaded is None or uploaded > workdays.add(day, 5)]
    assert 0 < len(late) < len(events) / 100


def test_the_last_year_goes_by_receipts(city: World) -> None:
    papers = papers_of(city)
    assert 200 < len(papers) < 1500
    assert {one.event for one in papers} == {"发放", "还款", "展期"}
    assert all(RECEIPTS_SINCE <= one.event_on <= one.received_on for one in papers)
    for sheet, header in (("贷款", "发放日"), ("还款", "还款日"), ("展期", "展期日")):
        assert all(row["资料上传日"] is None for row in city.sheets(YEARS[-1])[sheet] if row[header] >= RECEIPTS_SINCE)


def test_a_paper_says_that_it_is_invented_and_can_be_drawn(tmp_path: Path) -> None:
    made_up = pdf(("样例资料（虚构），只作演示", "样例银行"))
    assert "样例资料（虚构）".encode("utf-16-be").hex().encode() in made_up and len(made_up) < 2000
    path = tmp_path / "样例.pdf"
    path.write_bytes(made_up)
    with path.open("rb") as file:
        assert media.look(file, path.name) == media.Looked("application/pdf", 1)


# -- the settlements, by the oracle --------------------------------------------------------------------------


@pytest.mark.parametrize("year", YEARS)
def test_a_believable_share_of_loans_is_refused(runs: dict[int, Run], year: int) -> None:
    lines = runs[year]["lines"]
    assert len(lines) > 150
    assert 0.04 < sum(bool(line["reasons"]) for line in lines) / len(lines) < 0.15


@pytest.mark.parametrize("year", YEARS)
def test_every_code_occurs_every_year(runs: dict[int, Run], year: int) -> None:
    assert {code for line in runs[year]["lines"] for code in line["reasons"]} == set(CODES.split())


@pytest.mark.parametrize("year", YEARS)
def test_the_cap_cuts_companies_with_two_banks(runs: dict[int, Run], year: int) -> None:
    capped = set()
    for line in runs[year]["lines"]:
        if "R_CAP" in line["reasons"] or 0 < line["interest_base_fen"] < line["balance_fen"]:
            capped.add(line["uscc"])
    assert len(capped) >= 2
    for code in capped:
        own = [line for line in runs[year]["lines"] if line["uscc"] == code]
        assert sum(line["interest_base_fen"] for line in own) == oracle_figures.CAP_FEN
        assert len({line["bank"] for line in own}) >= 2


def _cut(lines: list[Run], kind: str) -> bool:
    return sum(line[f"{kind}_fen"] for line in lines) < sum(line[f"{kind}_demand_fen"] for line in lines)


def _of(lines: list[Run], county: str) -> list[Run]:
    return [line for line in lines if line["county"] == county]


def test_budgets_cut_what_they_should(runs: dict[int, Run]) -> None:
    first, second, third = (runs[year]["lines"] for year in YEARS)
    assert not _cut(first, "interest") and not _cut(first, "bonus")
    cut = {county: (_cut(_of(second, county), "interest"), _cut(_of(second, county), "bonus")) for county in COUNTIES}
    assert {county: kinds for county, kinds in cut.items() if any(kinds)} == {
        "荣成市": (False, True),  # its bonuses shrink
        "综保区": (True, True),  # even its interest shrinks, its bonuses are gone
    }
    assert sum(line["bonus_fen"] for line in _of(second, "荣成市")) > 0
    assert sum(line["bonus_fen"] for line in _of(second, "综保区")) == 0
    assert not _cut(third, "interest") and all(_cut(_of(third, county), "bonus") for county in COUNTIES)
    assert sum(line["interest_fen"] + line["bonus_fen"] for line in third) == oracle_figures.fen(1600)


def test_claims_of_every_kind(runs: dict[int, Run]) -> None:
    codes = {year: Counter(claim["code"] for claim in run["claims"]) for year, run in runs.items()}
    assert codes == {2023: {}, 2024: {"R_TERM": 1, "R_REVOKED": 1}, 2025: {"R_TERM": 1, "R_MONTHS": 2}}
    for run in runs.values():
        assert all(claim["interest_fen"] > 0 for claim in run["claims"])


@pytest.mark.parametrize(
    ("mark", "year", "reasons"),
    [
        ("registered elsewhere", 2024, ["R_REGION"]),
        ("before the certificate", 2023, ["R_CATEGORY"]),
        ("lapsed partnership", 2024, ["R_BANK"]),
        ("revoked after payment", 2024, ["R_REVOKED"]),
        ("before the first LPR", 2025, ["R_LPR"]),
        ("rate at the ceiling", 2023, []),
        ("rate above the ceiling", 2023, ["R_RATE"]),
        ("360 days", 2023, []),
        ("359 days", 2023, ["R_TERM"]),
        ("balance does not agree", 2023, ["R_BALANCE"]),
        ("loan papers late", 2023, ["R_UPLOAD"]),
        ("loan papers late", 2024, ["R_UPLOAD"]),
        ("late but excused", 2023, []),
        ("papers missing", 2024, ["R_UPLOAD"]),
        ("papers missing", 2025, []),
        ("overdue at the year's end", 2024, ["R_MONTHS"]),
        ("first under the cap", 2023, []),
        ("cut by the cap", 2023, []),
        ("nothing left under the cap", 2023, ["R_CAP"]),
        ("paid back under 360 days", 2023, []),
        ("months lost", 2024, []),
        ("extended", 2025, []),
    ],
)
def test_highlights_show_what_they_say(
    city: World, runs: dict[int, Run], mark: str, year: int, reasons: list[str]
) -> None:
    (line,) = (line for line in runs[year]["lines"] if (line["bank"], line["note_no"]) == city.highlights[mark])
    assert list(line["reasons"]) == reasons


# -- the workbooks -------------------------------------------------------------------------------------------


def _read_date(value: object) -> date | None:
    if isinstance(value, datetime):
        return value.date()
    digits = re.findall(r"\d+", str(value or ""))
    if len(digits) == 1:
        return datetime.strptime(digits[0], "%Y%m%d").date()
    return date(*map(int, digits[:3])) if digits else None


def _read_value(header: str, cell: Cell) -> object:
    """A cell as an import is to understand it."""
    value = cell.value
    if value is None:
        return None
    if header.endswith("日") or header.startswith("有效期"):
        return _read_date(value)
    if header.endswith(")"):
        exact = Decimal(str(value).replace(",", "")) if isinstance(value, str) else Decimal(f"{value:.15g}")
        return exact * 100 if "%" in cell.number_format else exact
    if header in ("借据编号", "银行名称"):
        return str(value)
    return county_of(str(value)) if header == "区市" else value


def _read(path: Path) -> Iterator[tuple[str, dict[str, object]]]:
    for sheet in load_workbook(path):
        if sheet.title == "说明":
            continue
        first, *rows = sheet.iter_rows()
        headers = [str(cell.value).replace("（", "(").replace("）", ")") for cell in first]
        for row in rows:
            if any(cell.value is not None for cell in row):
                yield sheet.title, {h: _read_value(h, cell) for h, cell in zip(headers, row, strict=True)}


def _comparable(rows: list[dict[str, object]]) -> list[tuple[tuple[str, str], ...]]:
    return sorted(
        tuple(
            sorted(
                (h, f"{v.normalize():f}" if isinstance(v, Decimal) else str(v)) for h, v in row.items() if v is not None
            )
        )
        for row in rows
    )


@pytest.mark.parametrize("year", YEARS)
def test_workbooks_say_what_the_world_says(city: World, tmp_path: Path, year: int) -> None:
    written = workbooks.write_workbooks(tmp_path, year, city)
    books = city.books(year)
    assert [path.stem.split("-")[-1] for path in written] == [book for book, _ in books]
    for path, (_, sheets) in zip(written, books, strict=True):
        first = load_workbook(path).worksheets[0]
        assert first.title == "说明" and str(first["A1"].value).startswith("本文件为演示用虚构数据")
        found: dict[str, list[dict[str, object]]] = {}
        for sheet, row in _read(path):
            found.setdefault(sheet, []).append(row)
        assert found.keys() == sheets.keys()
        for sheet, rows in sheets.items():
            assert _comparable(found[sheet]) == _comparable(rows), (path.name, sheet)


def test_workbooks_are_the_same_bytes_every_time(city: World, tmp_path: Path) -> None:
    first = workbooks.write_workbooks(tmp_path / "a", 2024, city)
    second = workbooks.write_workbooks(tmp_path / "b", 2024, city)
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]


def test_spoiled_workbook_has_its_mistakes(city: World, tmp_path: Path) -> None:
    book = load_workbook(workbooks.write_spoiled(tmp_path, city))
    assert book.sheetnames[0] == "说明"

    def at(number: int) -> object:
        sheet, row, header = workbooks.SPOILED_CELLS[number]
        (column,) = (cell.column for cell in book[sheet][1] if cell.value == header)
        return book[sheet].cell(row, column).value

    assert len(workbooks.SPOILED_CELLS) == 8
    code = str(at(0))
    assert uscc.calc_check_digit(code[:-1]) != code[-1]
    assert at(1) not in made.ALL_BANKS
    assert at(2) == "2025-02-30"
    assert at(3) == datetime(2025, 3, 10)
    assert at(4) == -300
    assert at(5) == "120.1234567"
    assert at(6) == book["贷款"].cell(9, 2).value
    paid = [book["还款"].cell(row, 5).value for row in (2, 3)]
    assert at(7) == paid[1] and sum(paid) > 500


# -- the real import -----------------------------------------------------------------------------------------


def test_import_takes_every_row_and_finds_every_mistake(city: World, tmp_path: Path) -> None:
    engine = db.open_engine(f"sqlite:///{tmp_path / 'tiexi.db'}")
    migrating.migrate(engine)
    taken: Counter[str] = Counter()
    for year in YEARS:
        for path in workbooks.write_workbooks(tmp_path, year, city):
            outcome = import_file(engine, path, "demo")
            assert not outcome.refused, (path.name, outcome.refusal, outcome.findings[:3])
            taken.update({sheet: rows.new for sheet, rows in outcome.taken.items()})
    assert taken == {sheet: len(rows) for sheet, rows in city.sheets(YEARS[-1]).items()}
    spoiled = import_file(engine, workbooks.write_spoiled(tmp_path, city), "demo")
    found = [(finding.sheet, finding.row, finding.column) for finding in spoiled.findings]
    assert sorted(found) == sorted(workbooks.SPOILED_CELLS)
