"""第二十条: the indicators of the yearly evaluation, each against what the small city's facts give by hand."""

import zipfile
from datetime import date
from fractions import Fraction
from pathlib import Path

import openpyxl
import pytest
from sqlalchemy import Engine

import lives
from databases import address
from ledger import spotcheck
from ledger.books import journal
from ledger.database import db
from ledger.programmes import PROGRAMMES
from ledger.runs.settlement import choose_run, settle
from reports.money.leg_days import from_allotment, leg_days
from reports.tech_branch import performance
from reports.tech_branch.lines import COLUMNS, read_lines
from reports.tech_branch.performance_figures import TO_BANK, TO_ENTERPRISE, YearFigures, figures
from tiexi.cli import run as command

pytestmark = pytest.mark.sqlite_only  # the stages are copies of one database file


def wan(amount: str) -> int:
    return int(Fraction(amount) * 1_000_000)


def half_up(value: Fraction) -> int:
    return int(value + Fraction(1, 2))


def of_year(engine: Engine, year: int) -> YearFigures:
    with db.reading(engine) as connection:
        return figures(connection, choose_run(connection, "tech_branch", year))


# balance, rate and LPR of every loan of the small city in 2023; LPR 3.65, from 06-20 3.55, from 08-21 3.45
LOANS = {
    "A1": ("1000", 4, "3.55"), "A2": ("333.333333", 4, "3.65"), "B1": ("500", 4, "3.65"), "B2": ("600.000001", 4, "3.55"),
    "C1": ("799.5", 4, "3.45"), "C2": ("200", 9, "3.65"), "D1": ("90.000007", 4, "3.65"), "E1": ("100", 4, "3.65"),
}  # fmt: skip
BALANCE = sum(Fraction(balance) for balance, _, _ in LOANS.values())  # 3622.833341


def weighted(place: int) -> int:
    return half_up(sum(Fraction(row[0]) * Fraction(row[place]) for row in LOANS.values()) / BALANCE * 10_000)


@pytest.fixture(scope="module")
def paid(tmp_path_factory: pytest.TempPathFactory) -> YearFigures:
    """2023, allotted and paid down to the enterprises."""
    engine = lives.at_stage(tmp_path_factory.mktemp("paid"), "paid")
    found = of_year(engine, 2023)
    engine.dispose()
    return found


EXPECTED = {
    "loans": 8, "paid_loans": 6, "balance": wan("3622.833341"), "lent": 8, "lent_fen": wan("3723.333341"),
    "new_loans": 8, "new_balance": wan("3622.833341"), "enterprises": 5, "helped": 4,
    "first_time": 4,  # the first enterprise had enjoyed two years before
    "rate": weighted(1), "lpr": weighted(2), "spread": weighted(1) - weighted(2),
    # 0.9% of 1000, 333.333333, 500, 600.000001, 799.5 and 90.000007; the budget of 45 leaves the rest to the bonus
    "interest": wan("29.9055"), "bonus": wan("15.0945"), "given": wan("45"), "budget": wan("45"), "used": 1_000_000,
    "per_enterprise": wan("7.476375"), "lent_per_yuan": 7384,  # 3322.833341 / 45 = 73.8407
    "allotted": 1_000_000, "arrived": 1_000_000,
    "to_enterprise": 320, "to_bank": 190,  # allotted 03-01, at banks 03-20, at enterprises 04-02
    "papers": 10, "in_time": 1_000_000,  # 8 loans but one excused, 2 repayments, 1 extension
    "pledged": 0, "unsecured": 1_000_000, "below_floor": 3,  # all on credit
    "claims": 0, "claimed": 0, "returned": 0, "return_rate": None, "found": 0, "error_rate": 0,
}  # fmt: skip


@pytest.mark.parametrize("key", EXPECTED)
def test_an_indicator_is_what_the_facts_give_by_hand(paid: YearFigures, key: str) -> None:
    assert paid.values[key] == EXPECTED[key]


def test_every_indicator_has_a_figure_a_formula_and_a_source(paid: YearFigures) -> None:
    keys = [one.key for one in performance.INDICATORS]
    assert len(set(keys)) == len(keys) and set(keys) <= set(paid.values)
    assert all(one.formula and one.source and one.unit for one in performance.INDICATORS)
    assert set(EXPECTED) >= set(keys) - {"drawn"}  # the draw is the run's fingerprint's


def test_by_county_by_bank_by_category(paid: YearFigures) -> None:
    assert {name: part["enterprises"] for name, part in paid.counties.items()} == {
        "环翠区": 2,
        "荣成市": 1,
        "高区": 1,
        "市外": 1,
    }
    assert {name: part["balance"] for name, part in paid.banks.items()} == {
        lives.ONE: wan("2389.500007"), lives.TWO: wan("1133.333334"), lives.THREE: wan("100"),
    }  # fmt: skip
    assert {name: part["enterprises"] for name, part in paid.categories.items() if part["enterprises"]} == {
        "高新技术企业": 5
    }


def test_days_of_each_leg(paid: YearFigures) -> None:
    """The county's own 80% waits from the allotment on (03-01 to 03-12), the city's 20% since 03-05: 0.8 * 11 + 0.2 * 7."""
    days = {name: part["days"] for name, part in paid.legs.items()}
    assert days == {
        "市财政到区市财政": 40, "区市财政到金融监管部门": 102, "金融监管部门到银行": 80, "银行到企业": 130, TO_ENTERPRISE: 320, TO_BANK: 190,
    }  # fmt: skip
    assert paid.legs["市财政到区市财政"]["fen"] == wan("9") and paid.legs["银行到企业"]["fen"] == wan("29.9055")


def test_money_paid_in_parts_and_payments_reversed(tmp_path: Path) -> None:
    """One enterprise's money leaves ten days later; a payment that is reversed and made again counts from its last day."""
    engine = lives.at_stage(tmp_path, "allotted")
    with db.reading(engine) as connection:
        run = choose_run(connection, "tech_branch", 2023)
    rows = lives.to_pay(engine, run)
    late = [row for row in rows if row["环节"] == "银行到企业"]
    for row in late[:1]:
        row["日期"] = date(2024, 4, 12)
    lives.paid(engine, tmp_path, rows)
    fen = [int(Fraction(str(row["金额(万元)"])) * 1_000_000) for row in late]
    with db.reading(engine) as connection:
        found = {leg.name: leg for leg in leg_days(connection, run)}["银行到企业"]
        whole = from_allotment(connection, run, ("interest",), "")
    assert found.fen == sum(fen) == whole.fen
    assert found.fen_days == 13 * sum(fen) + 10 * fen[0] and whole.fen_days == 32 * sum(fen) + 10 * fen[0]
    with db.reading(engine) as connection:
        numbers = connection.exec_driver_sql(
            "SELECT id FROM journal_entries WHERE kind = 'bank_to_enterprise' AND entered_on = '2024-04-12'"
        ).scalars().all()  # fmt: skip
    for number in numbers:
        journal.reverse(engine, number, lives.CASHIER, "样例")
    again = lives.to_pay(engine, run)
    for row in again:
        row["日期"], row["凭证号"] = date(2024, 4, 22), f"再付{row['凭证号']}"
    lives.paid(engine, tmp_path, again)
    with db.reading(engine) as connection:
        found = {leg.name: leg for leg in leg_days(connection, run)}["银行到企业"]
    assert (found.fen, found.fen_days) == (sum(fen), 13 * sum(fen) + 20 * fen[0])
    engine.dispose()


def test_a_finding_counts_though_it_was_put_right(tmp_path: Path) -> None:
    engine = lives.at_stage(tmp_path, "signed")
    with db.reading(engine) as connection:
        run = choose_run(connection, "tech_branch", 2023)
    drawing, _ = spotcheck.sample(engine, run.id, 200_000, None, lives.CHECKER)
    with db.reading(engine) as connection:
        lines = spotcheck.loan_names(connection, run.id, [one.line_no for one in drawing.lines])
    drawn = list(lines.values())
    first = drawn[0]
    entries = [
        spotcheck.Entry(*loan, "finding" if loan == first else "ok", "缺一页" if loan == first else None)
        for loan in drawn
    ]
    spotcheck.enter(engine, run.id, entries, lives.CHECKER)
    spotcheck.enter(engine, run.id, [spotcheck.Entry(*first, "resolved", "已补")], lives.CHECKER)
    found = of_year(engine, 2023).values
    assert (found["drawn"], found["answered"], found["found"]) == (len(drawn), len(drawn), 1)
    assert found["error_rate"] == half_up(Fraction(1_000_000, len(drawn)))
    engine.dispose()


def test_claims_found_and_paid_back_and_the_year_before(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    engine = lives.at_stage(tmp_path, "second closed")
    now, before = of_year(engine, 2024), of_year(engine, 2023)
    place = {column.name: number for number, column in enumerate(COLUMNS)}
    with db.reading(engine) as connection:
        lines = {row[place["note_no"]]: row for row in read_lines(connection, before.run.id)}
    claimed = sum(lines[note][place[name]] for note in ("B1", "D1") for name in ("interest_fen", "bonus_fen"))
    assert (now.values["claims"], now.values["claimed"], now.values["returned"]) == (2, claimed, claimed)
    assert now.values["return_rate"] == 1_000_000
    assert (now.values["lent"], now.values["lent_fen"], now.values["first_time"]) == (1, wan("600"), 0)
    assert now.values["budget"] is None and now.values["used"] is None  # none is on file for 2024
    path = tmp_path / "p.xlsx"
    assert command(["--database", address(engine), "export", "performance", "2024", "-o", str(path)]) == 0
    assert "35 项指标" in capsys.readouterr().out
    rows = {
        row[1]: row for row in openpyxl.load_workbook(path, data_only=True)["绩效指标"].iter_rows(4, values_only=True)
    }
    assert rows["当年新发放金额"][3:7] == (600, 3723.333341, -3123.333341, -83.8854)
    assert rows["享受贴息的企业"][3] == now.values["helped"] and rows["享受贴息的企业"][4] == 4
    assert rows["全市预算"][3:6] == (None, 45, None)
    assert "不超过 0.90 个百分点" in rows["平均年利率高于 LPR"][7]
    assert rows["平均年利率"][4] == weighted(1) / 10_000
    with zipfile.ZipFile(path) as packed:
        assert sum(name.startswith("xl/charts/chart") for name in packed.namelist()) == 6
    engine.dispose()


def test_a_trial_has_no_money_and_a_first_year_no_year_before(tmp_path: Path) -> None:
    engine = lives.at_stage(tmp_path, "filed")
    settle(engine, PROGRAMMES["tech_branch"], 2023, lives.AS_OF, lives.CLERK)
    found = of_year(engine, 2023)
    assert found.values["loans"] == 8 and found.values["used"] == 1_000_000
    assert all(found.values.get(key) is None for key in ("allotted", "arrived", "returned", "to_enterprise", "to_bank"))
    path = tmp_path / "p.xlsx"
    assert command(["--database", address(engine), "export", "performance", "2023", "-o", str(path)]) == 0
    book = openpyxl.load_workbook(path, data_only=True)
    assert all(row[4] is None and row[5] is None for row in book["绩效指标"].iter_rows(4, values_only=True))
    assert ("上年", "没有上年度的运行，上年一列空着") in list(book["说明"].values)
    engine.dispose()
