"""Payments: files are taken whole or not at all, every bad row is named, and no leg carries more than is there."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from sqlalchemy import Engine, select

import lives
from ledger import lifecycle, models
from ledger.books import journal, payments
from ledger.database import db
from ledger.programmes import PROGRAMMES
from ledger.runs.settlement import read_run, settle
from lives import CODES, ONE, THREE, TWO, Row
from paying import (
    BANK,
    CITY,
    COUNTY,
    ENTERPRISE,
    contents,
    first,
    leg,
    lines_of,
    project_world,
    rows_to_pay,
    run_of,
    standing,
)
from reports.money import to_pay
from sheets import write_sheets

pytestmark = pytest.mark.sqlite_only


# --- the way down -----------------------------------------------------------------------------------------------------


def test_the_sheet_of_what_is_to_be_paid_pays_everything(allotted: Engine, tmp_path: Path) -> None:
    rows = rows_to_pay(allotted)
    assert {row["环节"] for row in rows} == set(lives.LEG_DAYS) - {"追缴缴回"}
    assert {row["企业名称"] for row in leg(rows, "银行到企业")} == {"海甲公司", "海乙公司", "海丙公司", "海丁公司"}
    outcome = lives.paid(allotted, tmp_path, rows)
    assert sum(count for count, _ in outcome.legs.values()) == len(rows)
    assert rows_to_pay(allotted) == []
    found = standing(allotted)
    run = run_of(allotted)
    assert found.stages["enterprise_paid"] == run.summary["interest_fen"]
    assert found.stages["bank_paid"] == run.summary["bonus_fen"]
    assert found.waiting == [] and run.state == "disbursing"


def test_each_leg_moves_money_one_place_on(allotted: Engine, tmp_path: Path) -> None:
    rows, seen = rows_to_pay(allotted), []
    for name in list(lives.LEG_DAYS)[:4]:
        lives.paid(allotted, tmp_path, leg(rows, name))
        seen.append({stage: fen for stage, fen in standing(allotted).stages.items() if fen})
    run = run_of(allotted)
    interest, bonus = run.summary["interest_fen"], run.summary["bonus_fen"]
    assert seen == [
        {"county_treasury": interest + bonus},
        {"county_regulator": interest + bonus},
        {"bank": interest, "bank_paid": bonus},
        {"enterprise_paid": interest, "bank_paid": bonus},
    ]


def test_a_bank_that_passes_nothing_on_shows_up(allotted: Engine, tmp_path: Path) -> None:
    rows = rows_to_pay(allotted)
    lives.paid(allotted, tmp_path, [r for r in rows if r["环节"] != "银行到企业" or r["银行名称"] != TWO])
    found = standing(allotted, date(2024, 5, 1))
    assert {(one.place, one.bank, one.item) for one in found.waiting} == {("bank", TWO, "interest")}
    assert {one.since for one in found.waiting} == {date(2024, 3, 20)} and {one.days for one in found.waiting} == {42}
    left = {row["企业名称"] for row in rows_to_pay(allotted)}
    assert left == {"海甲公司", "海乙公司"}  # whom that bank owes


def test_what_came_first_leaves_first(allotted: Engine, tmp_path: Path) -> None:
    row = next(r for r in rows_to_pay(allotted) if r["环节"] == "市财政到区市财政" and r["补助项目"] == "贴息")
    part = {**row, "金额(万元)": Decimal("0.1")}
    lives.paid(allotted, tmp_path, [{**part, "日期": date(2024, 3, day), "凭证号": f"P{day}"} for day in (4, 10, 20)])
    county = row["区市"]
    onward = {**part, "环节": "区市财政到金融监管部门"}

    def since(until: date) -> date:
        return next(
            w.since for w in standing(allotted, until).waiting if w.place == "county_regulator" and w.county == county
        )

    lives.paid(allotted, tmp_path, [{**onward, "日期": date(2024, 3, day), "凭证号": f"Q{day}"} for day in (5, 11)])
    assert since(date(2024, 3, 31)) == date(2024, 3, 5)


def test_the_same_bytes_again_change_nothing(allotted: Engine, tmp_path: Path) -> None:
    path = write_sheets(tmp_path / "拨付甲.xlsx", {"拨付": rows_to_pay(allotted)})
    assert not payments.pay(allotted, 2023, path, lives.CASHIER).known
    before = contents(allotted)
    copy = tmp_path / "改名.xlsx"
    copy.write_bytes(path.read_bytes())
    outcome = payments.pay(allotted, 2023, copy, "别人")
    assert outcome.known and not outcome.refused and contents(allotted) == before


def test_a_dry_run_writes_nothing(allotted: Engine, tmp_path: Path) -> None:
    path = write_sheets(tmp_path / "拨付甲.xlsx", {"拨付": rows_to_pay(allotted)})
    before = contents(allotted)
    outcome = payments.pay(allotted, 2023, path, lives.CASHIER, dry_run=True)
    assert not outcome.refused and outcome.legs and contents(allotted) == before
    assert not payments.pay(allotted, 2023, path, lives.CASHIER).known


def test_rows_not_paid_yet_wait(allotted: Engine, tmp_path: Path) -> None:
    rows = rows_to_pay(allotted)
    for row in rows[1:]:
        row["日期"] = row["凭证号"] = None
    assert sum(count for count, _ in lives.paid(allotted, tmp_path, rows).legs.values()) == 1
    assert len(rows_to_pay(allotted)) == len(rows) - 1


def test_order_in_the_file_does_not_matter(allotted: Engine, tmp_path: Path) -> None:
    assert not lives.pay(allotted, tmp_path, rows_to_pay(allotted)[::-1]).refused


def test_one_day_for_the_whole_way(allotted: Engine, tmp_path: Path) -> None:
    rows = [{**row, "日期": lives.ALLOTTED_ON} for row in rows_to_pay(allotted)]
    assert not lives.pay(allotted, tmp_path, rows).refused


# --- rows that are wrong ----------------------------------------------------------------------------------------------


WRONG: list[tuple[str, str, Row, str]] = [
    (CITY, "贴息", {"日期": date(2098, 1, 1)}, "日期列（G2）：「2098-01-01」不在可拨付的期间；应在下达日 2024-03-01 与今天"),
    (CITY, "贴息", {"日期": date(2024, 2, 29)}, "「2024-02-29」不在可拨付的期间；应在下达日 2024-03-01 与今天"),
    (CITY, "贴息", {"日期": "三月"}, "日期列（G2）：「三月」"),
    (CITY, "贴息", {"日期": None}, "日期列（G2）：不能为空；日期和凭证号都填"),
    (CITY, "贴息", {"凭证号": None}, "凭证号列（I2）：不能为空；日期和凭证号都填"),
    (CITY, "贴息", {"金额(万元)": -1}, "金额(万元)列（H2）：「-1」金额为负"),
    (CITY, "贴息", {"金额(万元)": 0}, "金额(万元)列（H2）：「0」"),
    (CITY, "贴息", {"金额(万元)": "很多"}, "金额(万元)列（H2）：「很多」"),
    (CITY, "贴息", {"金额(万元)": 999}, "「999」「市财政」（环翠区，贴息）到 2024-03-05 为止的资金不足，差 996.438 万元"),
    (CITY, "贴息", {"银行名称": ONE}, "银行名称列（C2）：「样例一行」「市财政到区市财政」的贴息不到银行；应留空"),
    (CITY, "贴息", {"统一社会信用代码": CODES[0]}, "不到企业；应留空"),
    (CITY, "贴息", {"补助项目": "风险补助"}, "不是「市财政到区市财政」拨付的项目；应为：贴息、奖补"),
    (CITY, "贴息", {"补助项目": "红包"}, "补助项目列（F2）：「红包」不是已知的补助项目"),
    (CITY, "贴息", {"环节": "市到县"}, "环节列（A2）：「市到县」不是已知的环节"),
    (CITY, "贴息", {"区市": "烟台"}, "区市列（B2）：「烟台」不是已知的区市"),
    (CITY, "贴息", {"区市": "文登区"}, "「市财政」（文登区，贴息）到 2024-03-05 为止的资金不足"),
    (BANK, "贴息", {"银行名称": None}, "银行名称列（C2）：不能为空；「金融监管部门到银行」的贴息应填明银行"),
    (BANK, "贴息", {"银行名称": "样例四行"}, "「样例四行」银行没有入库（是否为「样例二行」？）"),
    (BANK, "贴息", {"银行名称": THREE}, "在环翠区没有应付给该单位的贴息；请核对区市、银行和企业"),
    (BANK, "奖补", {"银行名称": THREE}, "没有应付给该单位的奖补"),
    (ENTERPRISE, "贴息", {"统一社会信用代码": None}, "统一社会信用代码列（D2）：不能为空；「银行到企业」的贴息应填明企业"),
    (ENTERPRISE, "贴息", {"统一社会信用代码": "91371000000009999X"}, "企业没有入库；应为已报送的企业代码"),
    (ENTERPRISE, "贴息", {"企业名称": "海丙公司"}, "企业名称列（E2）：「海丙公司」代码与名称不是同一家企业；该代码的企业为「海甲公司」"),
    (ENTERPRISE, "贴息", {"统一社会信用代码": CODES[4], "企业名称": None}, "没有应付给该单位的贴息"),
    (ENTERPRISE, "贴息", {"补助项目": "奖补"}, "不是「银行到企业」拨付的项目；应为：贴息"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "item", "change", "expected"), WRONG, ids=lambda part: str(part)[:40])
def test_a_wrong_row_is_named_and_nothing_is_taken(
    allotted: Engine, tmp_path: Path, name: str, item: str, change: Row, expected: str
) -> None:
    rows = rows_to_pay(allotted)
    row = first(rows, name, item)
    ahead = [r for r in rows if lives.LEG_DAYS[r["环节"]] < lives.LEG_DAYS[name]]
    if ahead:
        lives.paid(allotted, tmp_path, ahead)
    before = contents(allotted)
    others = [r for r in leg(rows, name) if r is not row]
    outcome = lives.pay(allotted, tmp_path, [{**row, **change}, *others])
    found = lines_of(outcome)
    assert outcome.refused and len(found) == 1, found
    assert found[0].startswith(f"{outcome.file} | 拨付 | 第 2 行 | ") and expected in found[0], found
    assert contents(allotted) == before


def test_nothing_is_paid_before_it_is_there(allotted: Engine, tmp_path: Path) -> None:
    rows = rows_to_pay(allotted)
    outcome = lives.pay(allotted, tmp_path, leg(rows, ENTERPRISE))
    assert any(
        "「银行待兑付」（环翠区，样例一行，贴息）到 2024-04-02 为止的资金不足" in line for line in lines_of(outcome)
    )
    assert all("请先记「金融监管部门到银行」的拨付" in line for line in lines_of(outcome))
    earlier = [{**row, "日期": date(2024, 3, 4)} if row["环节"] == COUNTY else row for row in rows]
    outcome = lives.pay(allotted, tmp_path, earlier)  # the county's regulator has it before the county does
    assert outcome.refused and {finding.row for finding in outcome.findings} <= {
        number for number, row in enumerate(earlier, start=2) if row["环节"] == COUNTY
    }


def test_no_bank_gets_more_than_it_passes_on(allotted: Engine, tmp_path: Path) -> None:
    """The county's money would do, but it is for another bank's enterprises."""
    rows = rows_to_pay(allotted)
    lives.paid(allotted, tmp_path, leg(rows, CITY) + leg(rows, COUNTY))
    row = next(r for r in leg(rows, BANK) if (r["区市"], r["银行名称"], r["补助项目"]) == ("环翠区", ONE, "贴息"))
    outcome = lives.pay(allotted, tmp_path, [{**row, "金额(万元)": row["金额(万元)"] + 0.000001}])
    assert lines_of(outcome)[0].endswith(
        "比应付的多 0.000001 万元；该单位的贴息应付共 9.81 万元，此前已记 0.00 万元，至多再记 9.81 万元"
    )


def test_no_enterprise_gets_more_than_it_is_owed(allotted: Engine, tmp_path: Path) -> None:
    rows = rows_to_pay(allotted)
    lives.paid(allotted, tmp_path, [row for row in rows if row["环节"] != ENTERPRISE])
    of_bank = [row for row in leg(rows, ENTERPRISE) if (row["区市"], row["银行名称"]) == ("环翠区", ONE)]
    assert len(of_bank) == 2  # the bank has the other's money too
    outcome = lives.pay(allotted, tmp_path, [{**of_bank[0], "金额(万元)": of_bank[0]["金额(万元)"] + 0.01}])
    assert "比应付的多 0.01 万元" in lines_of(outcome)[0]


def test_what_came_back_later_is_not_paid_again_before_it_did(allotted: Engine, tmp_path: Path) -> None:
    """The bank has other enterprises' money, but on that day nobody else was owed anything either."""
    rows = rows_to_pay(allotted)
    lives.paid(allotted, tmp_path, [row for row in rows if row["环节"] != ENTERPRISE])
    row = next(row for row in leg(rows, ENTERPRISE) if row["企业名称"] == "海丁公司")
    number = lives.paid(allotted, tmp_path, [row]).entries[1][0]
    journal.reverse(allotted, number, lives.CASHIER, "账号有误退回", date(2024, 4, 20))
    before = contents(allotted)
    outcome = lives.pay(allotted, tmp_path, [{**row, "日期": date(2024, 4, 19), "凭证号": "重付"}])
    assert [line.partition("金额(万元)列（H2）：")[2] for line in lines_of(outcome)] == [
        "「0.81」到 2024-04-19 为止比应付的多 0.81 万元；该单位的贴息应付共 0.81 万元，到该日已记 0.81 万元，至多再记 0.00 "
        "万元；后来才退回的，不能在退回以前再记"
    ]
    assert contents(allotted) == before
    lives.paid(allotted, tmp_path, [{**row, "日期": date(2024, 4, 20), "凭证号": "重付"}])


def test_no_bank_gets_again_what_it_had_passed_on_by_then(allotted: Engine, tmp_path: Path) -> None:
    """It gave the money back later, and has no other use for it on the day before."""
    rows = rows_to_pay(allotted)
    of = ("环翠区", ONE, "贴息")
    given = next(r for r in leg(rows, BANK) if (r["区市"], r["银行名称"], r["补助项目"]) == of)
    passed = [r for r in leg(rows, ENTERPRISE) if (r["区市"], r["银行名称"], r["补助项目"]) == of]
    lives.paid(allotted, tmp_path, leg(rows, CITY) + leg(rows, COUNTY))
    entries = lives.paid(allotted, tmp_path, [given, *passed]).entries[1]
    for number in reversed(entries):
        journal.reverse(allotted, number, lives.CASHIER, "退回", date(2024, 4, 20))
    part = {**given, "金额(万元)": Decimal("0.5"), "凭证号": "再拨"}  # the regulator has another bank's money by then
    outcome = lives.pay(allotted, tmp_path, [{**part, "日期": date(2024, 4, 19)}])
    assert "到 2024-04-19 为止比应付的多 0.50 万元" in lines_of(outcome)[0] and len(outcome.findings) == 1
    lives.paid(allotted, tmp_path, [{**part, "日期": date(2024, 4, 20)}])


def test_an_amount_that_is_too_much_is_shown_as_it_was_written(allotted: Engine, tmp_path: Path) -> None:
    rows = rows_to_pay(allotted)
    lives.paid(allotted, tmp_path, rows)
    outcome = lives.pay(allotted, tmp_path, [{**first(rows, ENTERPRISE), "金额(万元)": 0.000001, "凭证号": "多一分"}])
    line = next(line for line in lines_of(outcome) if "比应付的多" in line)
    assert (
        "「0.000001」比应付的多 0.000001 万元；该单位的贴息应付共 9.00 万元，此前已记 9.00 万元，至多再记 0.00 万元"
        in line
    )


def test_the_city_has_no_leg_before_it(allotted: Engine, tmp_path: Path) -> None:
    row = {**first(rows_to_pay(allotted), CITY), "金额(万元)": 999}
    line = lines_of(lives.pay(allotted, tmp_path, [row]))[0]
    assert "请核对金额与区市" in line and "请先记" not in line


def test_a_voucher_stands_for_one_payment(allotted: Engine, tmp_path: Path) -> None:
    row = {**first(rows_to_pay(allotted), CITY), "金额(万元)": Decimal("0.5")}
    outcome = lives.pay(allotted, tmp_path, [row, {**row, "日期": date(2024, 3, 6)}])
    assert "凭证号列（I3）" in lines_of(outcome)[0] and "与第 2 行重复" in lines_of(outcome)[0]
    lives.paid(allotted, tmp_path, [row])
    outcome = lives.pay(allotted, tmp_path, [{**row, "日期": date(2024, 3, 7)}])
    assert "此前已记过；同一笔拨付只记一次；确系另一笔的，请用另一凭证号" in lines_of(outcome)[0]
    lives.paid(allotted, tmp_path, [{**row, "凭证号": "另一张"}])


def test_a_voucher_in_full_width_is_the_same(allotted: Engine, tmp_path: Path) -> None:
    row = {**first(rows_to_pay(allotted), CITY), "金额(万元)": Decimal("0.5"), "凭证号": "Ｗ１－（甲）"}
    outcome = lives.paid(allotted, tmp_path, [row])
    with db.reading(allotted) as connection:
        entry = models.JournalEntry
        stored = connection.execute(select(entry.document_no).where(entry.id == outcome.entries[1][0])).scalar_one()
    assert stored == "W1-(甲)"
    outcome = lives.pay(allotted, tmp_path, [{**row, "凭证号": " W1-(甲) ", "日期": date(2024, 3, 7)}])
    assert "此前已记过" in lines_of(outcome)[0]


def test_all_that_is_wrong_is_said_at_once(allotted: Engine, tmp_path: Path) -> None:
    rows = rows_to_pay(allotted)
    rows[0]["金额(万元)"], rows[1]["日期"], rows[2]["区市"] = "x", "x", "x"
    outcome = lives.pay(allotted, tmp_path, rows)
    assert [finding.row for finding in outcome.findings] == [2, 3, 4]


def test_whom_took_too_much_is_the_last_that_did(allotted: Engine, tmp_path: Path) -> None:
    row = first(rows_to_pay(allotted), CITY)
    half = {**row, "金额(万元)": Decimal(str(row["金额(万元)"])) / 2}
    outcome = lives.pay(
        allotted,
        tmp_path,
        [
            {**half, "凭证号": "晚", "日期": date(2024, 3, 9)},
            {**half, "凭证号": "早"},
            {**half, "凭证号": "中", "日期": date(2024, 3, 7)},
        ],
    )
    assert [finding.row for finding in outcome.findings] == [2]


# --- the other document -----------------------------------------------------------------------------------------------


def test_the_city_pays_what_a_review_gives_directly(tmp_path: Path) -> None:
    engine = lives.at_stage(tmp_path, "filed")
    lives.take(engine, tmp_path, project_world())
    run = settle(engine, PROGRAMMES["chokepoint"], 2023, None, lives.CLERK)
    lives.approve(engine, run, on=date(2024, 1, 10))
    lifecycle.allot(engine, run.id, lives.CASHIER, "文", date(2024, 2, 1))
    with db.reading(engine) as connection:
        path = tmp_path / "待拨付.xlsx"
        assert to_pay.write_to_pay(connection, read_run(connection, run.id), path) == 3
    page = openpyxl.load_workbook(path)["拨付"]
    header = [cell.value for cell in page[1]]
    rows = [dict(zip(header, [cell.value for cell in row], strict=True)) for row in page.iter_rows(min_row=2)]
    assert {(row["补助项目"], bool(row["银行名称"]), bool(row["统一社会信用代码"])) for row in rows} == {
        ("风险补助", True, False), ("保费补贴", False, True), ("研发补助", False, True),
    }  # fmt: skip
    for number, row in enumerate(rows):
        row["日期"], row["凭证号"] = date(2024, 3, 1), f"V{number}"
    wrong = [{**rows[0], "银行名称": None, "统一社会信用代码": CODES[0]}, *rows[1:]]
    assert len(lines_of(lives.pay(engine, tmp_path, wrong))) == 2
    lives.paid(engine, tmp_path, rows)
    found = standing(engine, number=run.id)
    assert found.stages["bank_paid"] == 6_000_000 and found.stages["enterprise_paid"] == 25_000_000
    assert lives.close(engine, run).state == "closed"
