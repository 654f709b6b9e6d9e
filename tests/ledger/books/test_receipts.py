"""Payments as CSV, and the receipts of banks: matched to the one enterprise that a bank has to pass interest on to."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

import lives
from ledger.books import payments
from ledger.books.payments import Paid
from ledger.workdays import today
from lives import CODES, ONE, THREE, TWO, Row
from paying import ENTERPRISE, contents, csv_of, lines_of, rows_to_pay, standing

pytestmark = pytest.mark.sqlite_only


@pytest.fixture
def allotted(tmp_path: Path) -> Engine:
    """A database whose run of 2023 is allotted."""
    return lives.at_stage(tmp_path, "allotted")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030"])
def test_payments_as_csv_in_the_usual_encodings(allotted: Engine, tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "拨付.CSV"
    path.write_bytes(csv_of(rows_to_pay(allotted)).encode(encoding))
    assert not payments.pay(allotted, 2023, path, lives.CASHIER).refused


@pytest.fixture
def at_the_banks(allotted: Engine, tmp_path: Path) -> Engine:
    """Interest has come to the banks."""
    lives.paid(allotted, tmp_path, [row for row in rows_to_pay(allotted) if row["环节"] != ENTERPRISE])
    return allotted


def receipt(**changes: Any) -> Row:
    return {
        "银行名称": ONE, "统一社会信用代码": None, "企业名称": "海甲公司", "兑付日": "2024/4/2", "金额(万元)": "9", "回单号": "H1", **changes,
    }  # fmt: skip


def receipts(engine: Engine, tmp_path: Path, *rows: Row) -> Paid:
    path = tmp_path / f"回单{len(list(tmp_path.glob('回单*')))}.csv"
    path.write_text(csv_of(list(rows)), encoding="gbk")
    return payments.pay(engine, 2023, path, lives.CASHIER)


def test_receipts_are_matched_by_name_or_code(at_the_banks: Engine, tmp_path: Path) -> None:
    outcome = receipts(
        at_the_banks,
        tmp_path,
        receipt(),
        receipt(统一社会信用代码=CODES[3], 企业名称=None, 回单号="H2", **{"金额(万元)": "0.5"}),
        receipt(统一社会信用代码=CODES[2], 企业名称="海丙公司", 回单号="H3", **{"金额(万元)": "7.1955"}),
    )
    assert not outcome.refused, lines_of(outcome)
    assert standing(at_the_banks).stages["enterprise_paid"] == 16_695_500
    left = {(row["企业名称"], row["银行名称"]): row["金额(万元)"] for row in rows_to_pay(at_the_banks)}
    assert left == {("海甲公司", TWO): 3, ("海丁公司", ONE): 0.31, ("海乙公司", ONE): 4.5, ("海乙公司", TWO): 5.4}


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (receipt(企业名称=None), "统一社会信用代码列（B2）：代码和名称都没有；统一社会信用代码与企业名称至少填一项"),
        (
            receipt(企业名称="海甲集团"),
            "企业名称列（C2）：「海甲集团」该行本年度没有应兑付给这家企业的贴息（是否为「海甲公司」？）",
        ),
        (receipt(企业名称="外戊公司"), "没有应兑付给这家企业的贴息"),
        (receipt(统一社会信用代码=CODES[4]), "统一社会信用代码列（B2）"),
        (
            receipt(统一社会信用代码=CODES[2]),
            "企业名称列（C2）：「海甲公司」代码与名称不是同一家企业；该代码的企业为「海丙公司」",
        ),
        (receipt(银行名称=THREE), "没有应兑付给这家企业的贴息"),
        (receipt(银行名称="样例二分行"), "银行名称列（A2）：「样例二分行」银行没有入库（是否为「样例二行」？）"),
        (receipt(兑付日="2024-02-01"), "兑付日列（D2）：「2024-02-01」不在可拨付的期间；应在下达日 2024-03-01"),
        (receipt(兑付日=(today() + timedelta(days=1)).isoformat()), "不在可拨付的期间"),
        (
            receipt(**{"金额(万元)": "9.01"}),
            "金额(万元)列（E2）：「9.01」比应付的多 0.01 万元；该单位的贴息应付共 9.00 万元，此前已记 0.00 万元，至多再记 9.00 万元",
        ),
        (receipt(**{"金额(万元)": "-9"}), "金额为负"),
        (receipt(回单号=""), "回单号列（F2）：不能为空"),
    ],
    ids=lambda part: part[:24] if isinstance(part, str) else "",
)
def test_a_wrong_receipt_is_named(at_the_banks: Engine, tmp_path: Path, row: Row, expected: str) -> None:
    before = contents(at_the_banks)
    outcome = receipts(at_the_banks, tmp_path, row)
    assert len(outcome.findings) == 1 and expected in lines_of(outcome)[0], lines_of(outcome)
    assert lines_of(outcome)[0].startswith(f"{outcome.file} | 兑付回单 | 第 2 行 | ")
    assert contents(at_the_banks) == before


def test_two_enterprises_of_one_name_are_told_apart_by_code(tmp_path: Path) -> None:
    engine = lives.at_stage(tmp_path, "filed")
    twin = {**lives.city()["企业"][3], "企业名称": "海甲公司"}
    lives.take(engine, tmp_path, {"企业": [twin]}, amend_reason="更名")
    run = lives.settle(engine)
    lives.sign(engine, run)
    lives.approve(engine, run)
    lives.allot(engine, run)
    lives.paid(engine, tmp_path, [row for row in rows_to_pay(engine) if row["环节"] != ENTERPRISE])
    outcome = receipts(engine, tmp_path, receipt())
    assert "对上了不止一家企业；请填统一社会信用代码" in lines_of(outcome)[0]
    assert not receipts(engine, tmp_path, receipt(统一社会信用代码=CODES[0])).refused


@pytest.mark.parametrize("name", ["海甲公司", "海甲新材料公司", "海甲集团公司"])
@pytest.mark.parametrize("code", [CODES[0], None])
def test_any_name_that_the_enterprise_has_had_will_do(
    at_the_banks: Engine, tmp_path: Path, name: str, code: str | None
) -> None:
    for new_name in ("海甲新材料公司", "海甲集团公司"):
        company = {**lives.city()["企业"][0], "企业名称": new_name}
        lives.take(at_the_banks, tmp_path, {"企业": [company]}, amend_reason="更名")
    outcome = receipts(at_the_banks, tmp_path, receipt(企业名称=name, 统一社会信用代码=code))
    assert not outcome.refused, lines_of(outcome)


def test_a_name_that_was_another_enterprises_before_needs_the_code(at_the_banks: Engine, tmp_path: Path) -> None:
    first, second = lives.city()["企业"][0], lives.city()["企业"][3]
    lives.take(at_the_banks, tmp_path, {"企业": [{**first, "企业名称": "海甲集团公司"}]}, amend_reason="更名")
    lives.take(at_the_banks, tmp_path, {"企业": [{**second, "企业名称": "海甲公司"}]}, amend_reason="更名")
    assert "对上了不止一家企业；请填统一社会信用代码" in lines_of(receipts(at_the_banks, tmp_path, receipt()))[0]
    wrong = receipts(at_the_banks, tmp_path, receipt(统一社会信用代码=CODES[0], 企业名称="海丁公司"))
    assert "该代码的企业为「海甲集团公司」（曾用名「海甲公司」）" in lines_of(wrong)[0]
    assert not receipts(at_the_banks, tmp_path, receipt(统一社会信用代码=CODES[0])).refused


def test_a_receipt_comes_only_once(at_the_banks: Engine, tmp_path: Path) -> None:
    half = receipt(**{"金额(万元)": "4"})
    assert "与第 2 行重复" in lines_of(receipts(at_the_banks, tmp_path, half, half))[0]
    assert not receipts(at_the_banks, tmp_path, half).refused
    assert (
        "此前已记过" in lines_of(receipts(at_the_banks, tmp_path, half, receipt(回单号="H2", **{"金额(万元)": "1"})))[0]
    )
