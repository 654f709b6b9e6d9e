"""Audit: a database edited by hand, in any of many ways, is found out; one that was only worked on is not."""

import json
import re
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine

import lives
from databases import unguard
from hand_edits import (
    EDITS,
    OF_A1,
    OF_TWO_YEARS,
    edited,
    head_of,
    kinds,
    sentences,
    sql,
)
from ledger.audit import audit
from ledger.books import journal
from ledger.database import db
from ledger.intake.sheets import BY_NAME
from ledger.intake.void import void
from ledger.programmes import PROGRAMMES
from ledger.runs.settlement import read_run, settle
from tiexi.cli import run as command


@pytest.mark.parametrize("name", EDITS)
def test_an_edit_by_hand_is_found(tmp_path: Path, name: str) -> None:
    edit, kind, expected = EDITS[name]
    report = audit.audit(edited(tmp_path, edit, "second closed" if name in OF_TWO_YEARS else "closed"))
    assert kind in kinds(report) and re.search(expected, sentences(report)), sentences(report)
    assert "guard" not in kinds(report)


def test_the_first_thing_named_is_the_first_in_the_chain(tmp_path: Path) -> None:
    edit = sql(
        "UPDATE runs SET approved_by = '别人' WHERE id = 2",
        f"UPDATE loan_facts SET amount_fen = amount_fen + 100 WHERE id = {OF_A1}",
    )
    report = audit.audit(edited(tmp_path, edit))
    assert report.problems[0].text == "「贷款」表第 1 号（报送0.xlsx 第 2 行）在第 2 号封存之后被改动"


def test_many_differences_are_counted_not_all_listed(tmp_path: Path) -> None:
    report = audit.audit(edited(tmp_path, sql("UPDATE lpr_facts SET rate_e4 = rate_e4 + 1")))
    assert sum("「LPR」表第" in problem.text for problem in report.problems) == 50
    assert re.search(r"「LPR」表：另有 \d+ 处与第 1 号封存不同", sentences(report))


# what no program of SQLAlchemy's could read: SQLite takes any text in any column
DAMAGED = {
    "a waiver's rows": (
        "INSERT INTO clock_waivers VALUES (1, '2026-11-28 10:00:00', '2026-11-27 10:00:00', '@某人', 'z')",
        "时钟放行登记第 1 号没有封存",
    ),
    "a run's values of the law": ("UPDATE runs SET law = '{'", "运行第 2 号在第 .* 号封存之后被改动"),
    "the time of a file": ("UPDATE intakes SET received_at = '昨天' WHERE id = 2", "文件登记第 2 号"),
    "the time of a step": ("UPDATE run_steps SET made_at = '昨天' WHERE id = 1", "经过第 1 号"),
    "a date": (f"UPDATE loan_facts SET due_on = '2026-13-45' WHERE id = {OF_A1}", "「贷款」表第 1 号"),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_what_cannot_be_read_is_named_and_ends_no_command_without_a_sentence(tmp_path: Path, name: str) -> None:
    edit, expected = DAMAGED[name]
    engine = edited(tmp_path, sql("PRAGMA ignore_check_constraints = ON", edit))
    assert re.search(expected, sentences(audit.audit(engine)))
    for words in (
        ["status"],
        ["audit"],
        ["settle", "2023"],
        ["export", "lines", "2023", "-o", str(tmp_path / "a.csv")],
    ):
        assert command(["--database", str(engine.url), *words]) in (0, 1, 3)


# --- work that goes on ---------------------------------------------------------------------------------------------------


def clean(engine: Engine) -> bool:
    report = audit.audit(engine)
    assert report.problems == [], sentences(report)
    return True


@pytest.mark.sqlite_only
@pytest.mark.parametrize("stage", lives.STAGES)
def test_an_untouched_database_is_clean_at_every_stage(tmp_path: Path, stage: str) -> None:
    assert clean(lives.at_stage(tmp_path, stage))


def test_later_work_leaves_an_audit_clean(tmp_path: Path) -> None:
    """Amendments of what approved runs used, withdrawals of what none used, later files, payments and reversals."""
    engine = lives.at_stage(tmp_path, "approved")
    a1, b2 = (row for row in lives.city()["贷款"] if row["借据编号"] in ("A1", "B2"))
    lives.take(engine, tmp_path, {
        "贷款": [{**a1, "贷款金额(万元)": 1200, "年利率(%)": 9}, {**b2, "担保方式": "保证"}],
        "企业": [{**lives.city()["企业"][0], "企业名称": "改名公司", "区市": "高区"}],
        "年度比例": [{"年度": 2023, "补助项目": "贴息", "比例(%)": 1}],
        "预算": [{"年度": 2026, "范围": "全市", "金额(万元)": 1}],
        "LPR": [{"公布日期": date(2023, 6, 20), "一年期LPR(%)": 1}],
    }, amend_reason="录入有误")  # fmt: skip
    assert clean(engine)
    void(engine, BY_NAME["预算"], [2026, "全市"], "误录", lives.TYPIST)
    with db.reading(engine) as connection:
        run = read_run(connection, 1)
    lives.allot(engine, run)
    outcome = lives.paid(engine, tmp_path, lives.to_pay(engine, run))
    last = outcome.entries[1][-1]
    journal.reverse(engine, last, lives.CASHIER, "误记")
    assert clean(engine)
    lives.take(engine, tmp_path, lives.later())
    second = lives.settle(engine, 2024)
    lives.sign(engine, second)
    lives.approve(engine, second)
    lives.take(engine, tmp_path, {"撤销": [
        {"银行名称": lives.ONE, "借据编号": "A1", "认定日": date(2024, 6, 1), "认定文号": "函", "事由": "样例"}]})  # fmt: skip
    assert clean(engine)


def test_what_changed_between_trial_and_approval_without_touching_it(tmp_path: Path) -> None:
    """A contract number is no matter to a run: it may be amended before the approval, and the audit knows that."""
    engine = lives.at_stage(tmp_path, "signed")
    lives.take(
        engine, tmp_path, {"贷款": [{**row, "合同编号": "新"} for row in lives.city()["贷款"]]}, amend_reason="补录"
    )
    with db.reading(engine) as connection:
        run = read_run(connection, 1)
    lives.approve(engine, run)
    assert clean(engine)
    lives.take(
        engine, tmp_path, {"贷款": [{**row, "合同编号": "再"} for row in lives.city()["贷款"]]}, amend_reason="补录"
    )
    assert clean(engine)


def test_an_earlier_year_approved_after_the_trial_of_a_later_one(tmp_path: Path) -> None:
    """It rests on a file that came after that trial; the later year has nothing to do with it and is approved as it was."""
    engine = lives.at_stage(tmp_path, "filed")
    row = {**lives.city()["贷款"][0], "借据编号": "Z1", "统一社会信用代码": lives.CODES[3], "资料上传日": None}
    lives.take(engine, tmp_path, {"还款": [  # 2024 has no loans at all
        {"银行名称": row["银行名称"], "借据编号": row["借据编号"], "还款日": date(2024, 12, 30),
         "还本金额(万元)": amount, "资料上传日": None}
        for row, amount in zip(lives.city()["贷款"], (1000, "333.333333", 500, "600.000001", "799.5", 200, "90.000007", 100), strict=True)]})  # fmt: skip
    later = lives.settle(engine, 2024)
    lives.take(engine, tmp_path, {"贷款": [row], "还款": [
        {"银行名称": row["银行名称"], "借据编号": "Z1", "还款日": date(2024, 12, 30), "还本金额(万元)": 1000, "资料上传日": None}]})  # fmt: skip
    first = lives.settle(engine, 2023, date(2024, 2, 1))
    lives.approve(engine, first, solo=True)
    lives.approve(engine, later, solo=True)
    assert clean(engine)


def test_a_review_is_audited_too(tmp_path: Path) -> None:
    engine = lives.at_stage(tmp_path, "filed")
    run = settle(engine, PROGRAMMES["chokepoint"], 2023, None, lives.CLERK)
    lives.approve(engine, run, on=date(2023, 12, 20))
    assert clean(engine)


def test_an_audit_leaves_nothing_behind(tmp_path: Path) -> None:
    engine = lives.at_stage(tmp_path, "second closed")
    engine.dispose()
    before = (tmp_path / "tiexi.db").read_bytes()
    assert clean(engine)
    engine.dispose()
    assert (tmp_path / "tiexi.db").read_bytes() == before


def test_an_empty_database_has_nothing_to_be_found(engine: Engine) -> None:
    report = audit.audit(engine)
    assert (report.seals, report.problems) == (1, []) and report.head  # what comes with the program


@pytest.mark.postgresql
def test_both_databases_seal_and_audit_alike(engine: Engine, tmp_path: Path) -> None:
    """The same digests for the same rows, so that books may move from one to the other."""
    lives.live(engine, tmp_path, "second year")
    assert clean(engine)
    table = "run_steps"
    with engine.begin() as connection:
        if connection.dialect.name == "sqlite":
            kept = connection.exec_driver_sql(
                "SELECT sql FROM sqlite_master WHERE name = 'tr_run_steps_no_update'"
            ).scalar_one()
            off, on = "DROP TRIGGER tr_run_steps_no_update", kept
        else:
            off, on = (f"ALTER TABLE {table} {what} TRIGGER tr_run_steps_no_update" for what in ("DISABLE", "ENABLE"))
        connection.exec_driver_sql(off)
        connection.exec_driver_sql("UPDATE run_steps SET made_by = '别人' WHERE id = 1")
    assert kinds(audit.audit(engine)) == {"guard", "edited"}
    with engine.begin() as connection:
        connection.exec_driver_sql(on)
        unguard(connection, "loan_facts")
        connection.exec_driver_sql("UPDATE loan_facts SET amount_fen = amount_fen + 100 WHERE id = 1")
    report = audit.audit(engine)
    assert kinds(report) == {"guard", "edited", "recomputed"}
    assert re.search(r"经过第 1 号在第 \d+ 号封存之后被改动", sentences(report))


# --- on the command line --------------------------------------------------------------------------------------------------


def run_command(folder: Path, capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = command(["--database", f"sqlite:///{folder / 'tiexi.db'}", *arguments])
    out, err = capsys.readouterr()
    return code, out, err


def test_the_command_says_what_it_looked_at(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    head = head_of(tmp_path)
    code, out, _ = run_command(tmp_path, capsys, "audit", "--head", f" {head[:20].upper()} ")
    assert code == 0 and "审计通过：24 个封存" in out and "2 个审核通过的运行" in out
    assert "纸面上的摘要是第 24 号封存，它是最后一个封存" in out
    found = json.loads(run_command(tmp_path, capsys, "audit", "--json")[1])
    assert found["problems"] == [] and found["head"] == head and found["seals"] == 24


def test_the_command_says_the_first_thing_first(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edited(tmp_path, EDITS["a loan's rate"][0]).dispose()
    code, out, err = run_command(tmp_path, capsys, "audit")
    assert code == 1 and err == ""
    assert out.startswith("第一处不符：「贷款」表第 1 号（报送0.xlsx 第 2 行）在第 2 号封存之后被改动\n")
    assert "审计不通过：共" in out.splitlines()[-1]
    code, out, _ = run_command(tmp_path, capsys, "audit", "--json")
    assert code == 1 and json.loads(out)["problems"][0]["kind"] == "edited"


@pytest.mark.parametrize("head", ["", "3f2a", "不是摘要", "g" * 64, "a" * 65])
def test_a_head_that_is_none(tmp_path: Path, capsys: pytest.CaptureFixture[str], head: str) -> None:
    lives.at_stage(tmp_path, "filed").dispose()
    code, _, err = run_command(tmp_path, capsys, "audit", "--head", head)
    assert code == 2 and "不是封存摘要；应为 64 位十六进制" in err
