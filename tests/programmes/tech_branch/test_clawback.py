"""追缴: the amounts as columns, and what a claim is to approvals, withdrawals, amendments and explanations."""

import csv
import io
import json
from collections.abc import Callable
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, insert, select
from sqlalchemy.exc import IntegrityError

from databases import address
from ledger import lifecycle
from ledger.database import db
from ledger.errors import Refused
from ledger.intake import void
from ledger.intake.sheets import BY_NAME
from ledger.law.document import document
from ledger.programmes import PROGRAMMES
from ledger.programmes.tech_branch import clawback, tables
from ledger.runs import settlement
from ledger.workdays import NO_DATE, day_number
from product import claims_of, lines_of
from programmes.tech_branch.case_files import default_world
from programmes.tech_branch.oracle_figures import half_up
from reports.tech_branch import claims
from reports.tech_branch.explain import explain
from tiexi.cli import run as command

VALUES = document("tech_branch").values(date(2025, 12, 31))
PROGRAMME = PROGRAMMES["tech_branch"]
KINDS = ("interest", "bonus")


# --- the amounts as columns -------------------------------------------------------------------------------------------


def payments(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Payments of 2023 on two-year loans disbursed on 2022-07-04, running and never claimed, but for what is given."""
    usual: dict[str, Any] = {
        "paid_year": 2023, "paid_months": 12, "disbursed_on": day_number(date(2022, 7, 4)),
        "due_on": day_number(date(2024, 7, 4)), "paid_off_on": NO_DATE, "revoked_on": NO_DATE,
        **{f"{when}_{kind}{part}": 0 for when in ("paid", "before") for kind in KINDS for part in ("", "_city")},
    }  # fmt: skip
    return pd.DataFrame([{**usual, **row} for row in rows])


def amounts() -> st.SearchStrategy[tuple[int, int]]:
    """What was paid, and the city's part of it, small or beyond what a float holds."""
    return st.one_of(st.integers(0, 30), st.integers(0, 10**16)).flatmap(
        lambda paid: st.tuples(st.just(paid), st.integers(0, paid))
    )


def paid_off(months: int) -> dict[str, int]:
    """Paid off so many months after a year and a day."""
    return {"paid_off_on": day_number(date(2023 + (6 + months) // 12, (6 + months) % 12 + 1, 5))}


FACTS = st.one_of(
    st.just({}),
    st.integers(0, 11).map(paid_off),
    st.just({"paid_off_on": day_number(date(2023, 6, 28))}),  # 359 days
    st.just({"revoked_on": day_number(date(2025, 3, 3))}),
)


@given(st.tuples(amounts(), amounts()), st.integers(1, 12), st.lists(FACTS, min_size=1, max_size=5))
def test_claims_add_up_however_the_facts_change(
    paid: tuple[tuple[int, int], tuple[int, int]], months: int, facts: list[dict[str, int]]
) -> None:
    """One approved settlement after the other: never more than paid, shared as paid, nothing twice."""
    row: dict[str, Any] = {"paid_months": months}
    for kind, (amount, city) in zip(KINDS, paid, strict=True):
        row |= {f"paid_{kind}": amount, f"paid_{kind}_city": city}
    for known in facts:
        found = clawback.look_back(payments([{**row, **known}]), VALUES)
        assert len(found) <= 1
        for claim in found.to_dict("records"):
            assert claim["interest"] + claim["bonus"] > 0
            for kind in KINDS:
                assert claim[f"{kind}_city"] + claim[f"{kind}_county"] == claim[kind]
                assert min(claim[f"{kind}_city"], claim[f"{kind}_county"]) >= 0
                for name in (kind, f"{kind}_city"):
                    row[f"before_{name}"] = row.get(f"before_{name}", 0) + claim[name]
        for kind, (amount, city) in zip(KINDS, paid, strict=True):
            so_far = row.get(f"before_{kind}", 0)
            assert so_far <= amount
            if so_far:
                assert row[f"before_{kind}_city"] == half_up(Fraction(so_far * city, amount))
        assert clawback.look_back(payments([{**row, **known}]), VALUES).empty  # the same facts claim nothing again


@pytest.mark.parametrize(
    ("facts", "code", "interest", "bonus"),
    [
        ({}, None, 0, 0),
        ({"paid_off_on": date(2023, 6, 28)}, "R_TERM", 1000, 600),
        ({"paid_off_on": date(2023, 6, 29)}, "R_MONTHS", 1000, 0),  # 360 days, but no month beyond the first year
        ({"paid_off_on": date(2024, 7, 3)}, "R_MONTHS", 83, 0),  # 11 of 12 months: 1000 - half_up(916.67)
        ({"paid_off_on": date(2024, 7, 4)}, None, 0, 0),
        ({"paid_off_on": date(2024, 9, 1)}, None, 0, 0),
        ({"due_on": date(2024, 3, 4)}, None, 0, 0),  # amended, but still running
        ({"due_on": date(2024, 3, 4), "paid_off_on": date(2024, 3, 4)}, None, 0, 0),  # on its due date
        ({"due_on": date(2023, 6, 28), "paid_off_on": date(2024, 3, 4)}, "R_TERM", 1000, 600),
        ({"revoked_on": date(2025, 1, 1), "paid_off_on": date(2023, 6, 28)}, "R_REVOKED", 1000, 600),
    ],
)
def test_the_first_ground_counts(facts: dict[str, date], code: str | None, interest: int, bonus: int) -> None:
    row = {"paid_interest": 1000, "paid_interest_city": 200, "paid_bonus": 600, "paid_bonus_city": 120}
    found = clawback.look_back(payments([row | {name: day_number(day) for name, day in facts.items()}]), VALUES)
    assert list(found["code"]) == ([] if code is None else [code])
    assert (found["interest"].sum(), found["bonus"].sum()) == (interest, bonus)


def test_rows_are_judged_each_by_itself() -> None:
    row = {"paid_interest": 1000, "paid_interest_city": 200, "paid_bonus": 600, "paid_bonus_city": 120}
    revoked = {"revoked_on": day_number(date(2025, 1, 1))}
    found = clawback.look_back(payments([row, row | revoked, row | paid_off(3), row]), VALUES)
    assert list(found.index) == [1, 2]
    assert list(found["code"]) == ["R_REVOKED", "R_MONTHS"]
    assert found["interest"].dtype == np.int64


def test_claimed_too_much_before_gives_nothing_back() -> None:
    """A repayment that was amended to a later day: approved claims stand, and no negative one arises."""
    row = {"paid_interest": 1000, "paid_interest_city": 200, "before_interest": 500, "before_interest_city": 100}
    assert clawback.look_back(payments([row | paid_off(11)]), VALUES).empty


# --- a claim in the life of a run ---------------------------------------------------------------------------------------


REVOCATION = {"银行名称": "第一银行", "借据编号": "A", "认定日": date(2024, 6, 3), "认定文号": "文1", "事由": "挪用"}


@pytest.fixture
def paid(engine: Engine, take: Callable[..., Any]) -> Callable[..., settlement.RunRecord]:
    """Takes loans, then settles and approves 2023."""

    def settle_2023(*loans: dict[str, str]) -> settlement.RunRecord:
        take(default_world({"贷款": list(loans)}))
        return settle_and_approve(engine, 2023)

    return settle_2023


def settle(engine: Engine, year: int) -> settlement.RunRecord:
    return settlement.settle(engine, PROGRAMME, year, date(year + 1, 1, 31), "测试")


def settle_and_approve(engine: Engine, year: int) -> settlement.RunRecord:
    return lifecycle.approve(engine, settle(engine, year).id, "审核人", "样例文号", solo=True)


def test_approval_notices_a_new_ground(engine: Engine, take: Callable[..., Any], paid: Callable[..., Any]) -> None:
    """The loan is paid off, has no line in 2024, and is revoked after the trial."""
    paid({"借据编号": "A"})
    take({"还款": [{"银行名称": "第一银行", "借据编号": "A", "还款日": date(2024, 7, 3), "还本金额(万元)": 1000}]})
    trial = settle(engine, 2024)
    assert (trial.summary["loans"], trial.summary["claims_fen"]) == (0, 0)
    take({"撤销": [REVOCATION]})
    with pytest.raises(Refused, match="试算后数据有变动"):
        lifecycle.approve(engine, trial.id, "审核人", "样例文号", solo=True)
    again = settle_and_approve(engine, 2024)
    assert again.summary["claims_fen"] == 16_000_000
    assert again.summary["claims"]["counties"] == [
        {
            "county": "环翠区", "claims": 1, "interest_fen": 10_000_000, "bonus_fen": 6_000_000,
            "city_fen": 3_200_000, "county_fen": 12_800_000,
        }
    ]  # fmt: skip


def test_an_approved_claim_stands(engine: Engine, take: Callable[..., Any], paid: Callable[..., Any]) -> None:
    """It is not claimed again, it changes no earlier run, and its ground cannot be withdrawn."""
    first = paid({"借据编号": "A", "到期日": "2025-07-03"})
    before = lines_of(engine, first)
    take({"撤销": [REVOCATION]})
    second = settle_and_approve(engine, 2024)
    assert [claim["paid_year"] for claim in claims_of(engine, second)] == [2023]
    assert lines_of(engine, first) == before
    with db.reading(engine) as connection:
        assert settlement.read_run(connection, first.id) == first
    with pytest.raises(Refused, match="审核通过"):
        void.void(engine, BY_NAME["撤销"], ["第一银行", "A"], "误录", "测试")
    assert claims_of(engine, settle(engine, 2025)) == []


def test_who_paid_stands_in_the_line_that_paid(
    engine: Engine, take: Callable[..., Any], paid: Callable[..., Any]
) -> None:
    """The enterprise has moved, and the loan was found to be another's and of another product: its facts count now."""
    (line,) = lines_of(engine, paid({"借据编号": "A", "统一社会信用代码": "甲"}))
    world = default_world({"贷款": [{"借据编号": "A", "统一社会信用代码": "乙", "到期日": "2025-07-03"}]})
    (owner,) = (row for row in world["企业"] if row["统一社会信用代码"] == line["uscc"])
    (loan,) = world["贷款"]
    project = {
        "项目编号": "P1",
        "项目名称": "项目",
        "统一社会信用代码": loan["统一社会信用代码"],
        "入库日": date(2020, 1, 1),
    }
    take({"企业": [{**owner, "区市": "荣成市"}]}, amend_reason="迁址")
    take({"项目库": [project]})
    take({"贷款": [{**loan, "业务品种": "卡脖子攻关贷", "项目编号": "P1"}]}, amend_reason="录入有误")
    early = {"银行名称": "第一银行", "借据编号": "A", "还款日": date(2024, 6, 26), "还本金额(万元)": 1000}
    take({"还款": [early]})
    (claim,) = claims_of(engine, settle(engine, 2024))
    assert (claim["county"], claim["uscc"], claim["code"]) == (line["county"], line["uscc"], "R_TERM")


def test_claims_stand_in_line_order_then_by_paid_year(
    engine: Engine, take: Callable[..., Any], paid: Callable[..., Any]
) -> None:
    paid(
        {"借据编号": "A", "发放日": "2023-08-07", "到期日": "2026-07-03"},
        {"借据编号": "B", "发放日": "2023-07-10", "到期日": "2026-07-03"},
    )
    settle_and_approve(engine, 2024)
    take({"撤销": [{**REVOCATION, "借据编号": note, "认定日": date(2025, 6, 3)} for note in "AB"]})
    found = claims_of(engine, settle(engine, 2025))
    assert [(claim["note_no"], claim["paid_year"]) for claim in found] == [
        ("B", 2023), ("B", 2024), ("A", 2023), ("A", 2024)
    ]  # fmt: skip


def test_the_database_refuses_claims_that_do_not_add_up(
    engine: Engine, take: Callable[..., Any], paid: Callable[..., Any]
) -> None:
    paid({"借据编号": "A", "到期日": "2025-07-03"})
    take({"撤销": [REVOCATION]})
    run = settle(engine, 2024)
    table = tables.TechBranchClaim.__table__
    with db.reading(engine) as connection:
        stored = dict(connection.execute(select(table).where(table.c.run_id == run.id)).mappings().one())
    other = settle(engine, 2024)
    for change in (
        {"interest_city_fen": 1},
        {"code": "R_RATE"},
        {"paid_line_no": 99},
        {"interest_city_fen": -1, "interest_county_fen": stored["interest_fen"] + 1},
        {name: 0 for name in stored if name.startswith(("interest_", "bonus_"))},
    ):
        with pytest.raises(IntegrityError), db.writing(engine) as connection:
            connection.execute(insert(table).values({**stored, "run_id": other.id, "claim_no": 2, **change}))


# --- what a person sees -------------------------------------------------------------------------------------------------


def explained(engine: Engine, run: settlement.RunRecord, note: str = "A") -> str:
    with db.reading(engine) as connection:
        explanation = explain(connection, run, "第一银行", note)
    steps = [f"{step.title} {step.article} {step.text}" for step in explanation.points if step.part == "追缴"]
    return "\n".join([explanation.conclusion, *steps])


def test_explains_a_claim_on_a_loan_that_has_no_line(engine: Engine, take: Callable[..., Any]) -> None:
    """Paid for 6 months, really 5; revoked a year later."""
    take(default_world({"贷款": [{"借据编号": "A", "发放日": "2022-07-04", "到期日": "2024-01-22"}]}))
    settle_and_approve(engine, 2023)
    take({"还款": [{"银行名称": "第一银行", "借据编号": "A", "还款日": date(2024, 1, 3), "还本金额(万元)": 1000}]})
    text = explained(engine, settle_and_approve(engine, 2024))
    for part in (
        "未列入本次结算：已于 2024-01-03 结清",
        "追缴以前年度已付的：2023 年度贴息 0.833333 万元（R_MONTHS",
        "2023 年度已付  第 1 号运行（样例文号），环翠区：贴息 5.00 万元（市级 1.00 万元、县级 4.00 万元），贴息 6 个月",
        "第六条 2022-07-04 发放，2024-01-03 结清，早于到期日 2024-01-22；按实际结清日，2023 年末应计 5 个月，已付 6 个月",
        "5.00 万元 − 5.00 万元 × 5/6（四舍五入到分） = 应收回 0.833333 万元，此前已追缴 0.00 万元，本次追缴 0.833333 万元",
        "本次市级 0.166667 万元 + 县级 0.666666 万元 = 0.833333 万元",
    ):
        assert part in text
    take({"撤销": [{**REVOCATION, "认定日": date(2025, 3, 3)}]})
    text = explained(engine, settle(engine, 2025))
    assert "第二十二条 本笔贷款于 2025-03-03 认定撤销，已付的贴息、奖补全部收回" in text
    assert "应收回 5.00 万元，此前已追缴 0.833333 万元，本次追缴 4.166667 万元" in text
    assert "市级累计 1.00 万元，此前 0.166667 万元：本次市级 0.833333 万元" in text


def test_explains_a_claim_beside_the_line(engine: Engine, take: Callable[..., Any], paid: Callable[..., Any]) -> None:
    paid({"借据编号": "A", "到期日": "2025-07-03"}, {"借据编号": "B", "到期日": "2025-07-03"})
    take({"撤销": [REVOCATION]})
    run = settle(engine, 2024)
    text = explained(engine, run)
    assert text.startswith("无贴息，无奖补。未通过：R_REVOKED")
    assert "2023 年度贴息 10.00 万元、奖补 6.00 万元（R_REVOKED" in text
    assert "追缴" not in explained(engine, run, "B")


def test_explains_a_short_term(engine: Engine, take: Callable[..., Any], paid: Callable[..., Any]) -> None:
    paid({"借据编号": "A"})
    take({"还款": [{"银行名称": "第一银行", "借据编号": "A", "还款日": date(2024, 6, 26), "还本金额(万元)": 1000}]})
    text = explained(engine, settle(engine, 2024))
    assert "2024-06-26 结清，至 2024-06-26 实际占用 359 天，少于 360 天" in text


def test_the_commands_show_and_export_claims(
    engine: Engine,
    take: Callable[..., Any],
    paid: Callable[..., Any],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    database = ["--database", address(engine)]
    paid({"借据编号": "A", "到期日": "2025-07-03"})
    assert command([*database, "settle", "2024", "--as-of", "2025-01-31"]) == 0
    assert "没有需要追缴的以前年度补助" in capsys.readouterr().out
    take({"撤销": [REVOCATION]})
    assert command([*database, "settle", "2024", "--as-of", "2025-01-31"]) == 0
    shown = capsys.readouterr().out
    assert "追缴以前年度补助" in shown and "16.00" in shown
    assert command([*database, "settle", "2024", "--as-of", "2025-01-31", "--json"]) == 0
    settled = json.loads(capsys.readouterr().out)
    assert settled["claims_fen"] == 16_000_000
    out = tmp_path / "追缴.csv"
    assert command([*database, "export", "claims", "2024", "-o", str(out)]) == 0
    assert "1 条" in capsys.readouterr().out
    data = out.read_bytes()
    assert data.startswith(b"\xef\xbb\xbf")
    header, row = csv.reader(io.StringIO(data.decode("utf-8-sig")))
    assert header == [column.name for column in claims.COLUMNS] == [
        "run", "year", "paid_year", "county", "bank", "uscc", "note_no", "code", "interest_fen", "interest_city_fen",
        "interest_county_fen", "bonus_fen", "bonus_city_fen", "bonus_county_fen",
    ]  # fmt: skip
    assert row[:5] == [str(settled["run"]), "2024", "2023", "环翠区", "第一银行"]
    assert row[6:] == ["A", "R_REVOKED", "10000000", "2000000", "8000000", "6000000", "1200000", "4800000"]
