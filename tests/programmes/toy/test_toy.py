"""A third document from one folder: everything that the system does is done for it, and no other file knows of it."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter

from ledger.workdays import today
from scenes import usc_code

ROOT = Path(__file__).resolve().parents[3]
LETTER = ("样例审核", "样例〔2024〕1号")
DEVICES = (
    ("SB-001", 1, date(2023, 5, 8), "10.000001"),
    ("SB-002", 2, date(2023, 6, 8), "0.5"),  # too cheap
    ("SB-003", 2, date(2023, 6, 9), "33.333333"),
    ("SB-004", 2, date(2022, 12, 31), "5"),  # of another year
)
# 30% of the price, half up, then 40 : 30 : 30 by largest remainders, what is left over going to the earlier payer. Fen
GIVEN = {
    "SB-001": (3_000_000, 1_200_000, 900_000, 900_000),
    "SB-002": (0, 0, 0, 0),
    "SB-003": (10_000_000, 4_000_000, 3_000_000, 3_000_000),
}


class Toy:
    """The command line with the document more, on a database of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        paths = (ROOT, ROOT / "tests" / "programmes")
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("TIEXI_")},
            "PYTHONPATH": os.pathsep.join(map(str, paths)),
            "TIEXI_DATABASE_URL": f"sqlite:///{folder / 'toy.db'}",
        }

    def __call__(self, *lines: tuple[str, ...]) -> list[str]:
        """What command lines say, each of which must end with 0."""
        done = subprocess.run(
            [sys.executable, "-m", "toy", json.dumps(lines)],
            cwd=self.folder,
            env=self._environment,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        found = json.loads(done.stdout)
        assert [code for code, _ in found] == [0] * len(lines), found
        return [said for _, said in found]


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Toy:
    return Toy(tmp_path_factory.mktemp("样例"))


@pytest.fixture(scope="module")
def year(toy: Toy) -> Iterator[dict[str, str]]:
    """A whole year of the document, from the blank database to the books: what each command said."""
    _write(toy.folder / "报送.xlsx")
    approval = ("approve", "1", "--by", LETTER[0], "--document", LETTER[1])
    first = (
        ("init",),
        ("import", "报送.xlsx", "--uploader", "样例录入", "--json"),
        ("devices", "2023", "--as-of", "2024-01-31"),
        ("explain", "--device", "SB-001", "--year", "2023", "--json"),
        ("explain", "--device", "SB-002", "--year", "2023", "--json"),
        ("export", "device-list", "2023", "-o", "设备.xlsx"),
        ("verify", "设备.xlsx", "--json"),
        ("reconcile", "设备.xlsx", "--json"),
        ("trace", "报送.xlsx", "--json"),
        approval,
        ("allot", "1", "--by", "样例财政", "--document", "样例〔2024〕2号"),
        ("pay", "2023", "--programme", "样例设备补贴", "--blank", "拨付表.xlsx"),
    )
    said = dict(zip([" ".join(line[:3]) for line in first], toy(*first), strict=True))
    _pay_everything(toy.folder / "拨付表.xlsx")
    then = (
        ("pay", "2023", "拨付表.xlsx", "--by", "样例出纳"),
        ("balance", "2023", "--programme", "样例设备补贴", "--json"),
        ("close", "1", "--by", "样例审核", "--document", "样例〔2024〕3号"),
        ("audit", "--json"),
        ("export", "journal", "2023", "-o", "账簿.beancount"),
        ("template", "模板.xlsx"),
        ("export", "--help"),
        ("explain", "--help"),
    )
    said |= dict(zip([" ".join(line[:2]) for line in then], toy(*then), strict=True))
    yield said


def _write(path: Path) -> None:
    sheets: dict[str, list[tuple[Any, ...]]] = {
        "企业": [
            ("统一社会信用代码", "企业名称", "区市"),
            (usc_code(1), "样例甲公司", "环翠区"),
            (usc_code(2), "样例乙公司", "文登区"),
        ],
        "样例设备": [
            ("设备编号", "统一社会信用代码", "购置日", "价款(万元)"),
            *((number, usc_code(who), on.isoformat(), price) for number, who, on, price in DEVICES),
        ],
    }
    with xlsxwriter.Workbook(str(path)) as book:
        for name, rows in sheets.items():
            page = book.add_worksheet(name)
            for number, row in enumerate(rows):
                page.write_row(number, 0, row)


def _pay_everything(path: Path) -> None:
    book = openpyxl.load_workbook(path)
    page = book["拨付"]
    headers = [cell.value for cell in page[1]]
    for number, row in enumerate(page.iter_rows(min_row=2), start=1):
        row[headers.index("日期")].value = today()
        row[headers.index("凭证号")].value = f"样例{number}"
    book.save(path)


def rows_of(path: Path, sheet: str) -> list[dict[str, Any]]:
    header, *rows = openpyxl.load_workbook(path, data_only=True)[sheet].iter_rows(values_only=True)
    return [dict(zip(header, row, strict=True)) for row in rows]


def test_its_sheet_is_taken(year: dict[str, str]) -> None:
    (file,) = json.loads(year["import 报送.xlsx --uploader"])["files"]
    assert file["taken"]["样例设备"]["new"] == len(DEVICES)


def test_its_amounts_are_shared_by_three(toy: Toy, year: dict[str, str]) -> None:
    found = {
        row["设备编号"]: tuple(round(row[name] * 1_000_000) for name in ("补贴", "省级", "市级", "县级"))
        for row in rows_of(toy.folder / "设备.xlsx", "数据")
    }
    assert found == GIVEN


def test_its_condition_is_explained(year: dict[str, str]) -> None:
    kept, refused = (json.loads(year[f"explain --device {number}"]) for number in ("SB-001", "SB-002"))
    assert [step["outcome"] for step in kept["steps"] if step["part"] == "条件"] == ["通过"]
    assert [step["title"] for step in kept["steps"] if step["part"] == "来源"] == ["样例设备", "企业"]
    (step,) = (step for step in refused["steps"] if step["part"] == "条件")
    assert (step["code"], step["outcome"]) == ("T_PRICE", "不通过")
    assert step["text"] == "价款 0.50 万元，要求不低于 1.00 万元"


def test_its_list_is_checked_and_reconciled(year: dict[str, str]) -> None:
    verified, same = json.loads(year["verify 设备.xlsx --json"]), json.loads(year["reconcile 设备.xlsx --json"])
    assert verified["consistent"] and "省级 + 市级 + 县级 = 补贴（第五条）" in [
        check["check"] for check in verified["checks"]
    ]
    assert (same["same"], same["programme"], same["run"]) == (True, "toy", 1)


def test_its_rows_are_traced(year: dict[str, str]) -> None:
    (run,) = json.loads(year["trace 报送.xlsx --json"])["runs"]
    (devices,) = (sheet for sheet in run["sheets"] if sheet["sheet"] == "样例设备")
    assert (devices["counted"], devices["refused"], devices["not_used"]) == (2, 1, 1)
    assert devices["device_fen"] == sum(whole for whole, *_ in GIVEN.values())
    assert {reason["reason"] for reason in devices["reasons"]} == {"T_PRICE", "购置日不在本年度"}


def test_its_money_goes_its_way_to_the_fen(toy: Toy, year: dict[str, str]) -> None:
    balance = json.loads(year["balance 2023"])
    whole = sum(amount for amount, *_ in GIVEN.values())
    assert balance["owed_fen"] == balance["stages"]["enterprise_paid_fen"] == whole
    assert sum(fen for stage, fen in balance["stages"].items() if stage != "enterprise_paid_fen") == 0
    journal = (toy.folder / "账簿.beancount").read_text(encoding="utf-8")
    for payer, place in (("省级", 1), ("市级", 2), ("县级", 3)):
        part = sum(amounts[place] for amounts in GIVEN.values())
        expense = sum(
            round(float(line.split()[1]) * 100)
            for line in journal.splitlines()
            if line.startswith("  Expenses:5001") and payer in line.split()[0]
        )
        assert expense == part


def test_it_is_audited(year: dict[str, str]) -> None:
    assert json.loads(year["audit --json"])["problems"] == []


def test_the_commands_speak_of_it(toy: Toy, year: dict[str, str]) -> None:
    assert "device-list" in year["export --help"]
    assert "设备用--device" in "".join(year["explain --help"].split())
    assert "样例设备" in openpyxl.load_workbook(toy.folder / "模板.xlsx").sheetnames


def test_no_other_file_knows_of_it() -> None:
    rooms = ("ledger", "reports", "jobs", "tiexi")
    sources = [path for room in rooms for path in (ROOT / room).rglob("*.py")]
    assert sources
    assert [path for path in sources if "样例设备" in path.read_text(encoding="utf-8")] == []


def test_it_is_found_compared_and_its_problems_are_listed(toy: Toy, year: dict[str, str]) -> None:
    """Without a word of it in what does so."""
    found, _, _, compared = toy(
        ("find", "乙公司", "--json"),
        ("export", "problems", "2023", "--programme", "样例设备补贴", "-o", "问题.xlsx"),
        ("devices", "2023", "--as-of", "2024-02-28"),
        ("compare", "1", "2", "--json"),
    )
    (enterprise,) = json.loads(found)["enterprises"]
    assert [(one["programme"], one["approved"]) for one in enterprise["years"]] == [("toy", True)]
    (problem,) = rows_of(toy.folder / "问题.xlsx", "数据")
    assert (problem["银行（机构）与编号"], problem["代码"], problem["条款"]) == ("SB-002", "T_PRICE", "第三条")
    assert json.loads(compared)["same"]
