"""Rows slipped in by hand: no seal is made over them, an audit finds those that got under one, and none is built upon."""

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError

import lives
from hand_edits import past_guards, sql
from ledger import lifecycle, spotcheck
from ledger.audit import audit
from ledger.books import journal
from ledger.database import db
from ledger.errors import Refused
from ledger.intake.sheets import BY_NAME
from ledger.intake.void import void
from ledger.programmes import PROGRAMMES
from ledger.runs.settlement import read_run, settle
from ledger.seals import chain
from tiexi.cli import run as command

pytestmark = pytest.mark.sqlite_only

_LOAN = "(SELECT id FROM loans WHERE note_no = '{}')"
STRAYS = {
    "a forged payment": ("INSERT INTO journal_postings (entry_id, posting_no, account, item, county, amount_fen) VALUES (900, 1, 'county_treasury', 'interest', '高区', 7), (900, 2, 'city_treasury', 'interest', '高区', -7)", "INSERT INTO journal_entries (id, kind, run_id, entered_on, document_no, memo, made_by, made_at) VALUES (900, 'city_to_county', 1, '2024-03-05', 'V', '', 'x', '2024-03-05 12:00:00.000000')", "分录第 900 号"),
    "a repayment under a file of long ago": ("", f"INSERT INTO repayment_facts (id, sheet_row, version, intake_id, loan_id, paid_on, principal_fen) VALUES (900, 9, 1, 2, {_LOAN.format('A1')}, '2025-11-11', 5)", "「还款」表第 900 号.*是其文件封存之后插入的"),
    "an LPR among those that come with the program": ("", "INSERT INTO lpr_facts (id, sheet_row, version, intake_id, announced_on, rate_e4) VALUES (900, 99, 1, 1, '2026-09-21', 40000)", "「LPR」表第 900 号.*是其文件封存之后插入的"),
    "a signature after the approval": ("", "INSERT INTO run_steps (id, run_id, kind, county, made_by, account, made_at, document_no) VALUES (900, 1, 'sign', '高区', 'x', 'x', '2024-01-01 00:00:00.000000', 'x')", "是审核通过之后插入的"),
    "a finding after the approval": ("", "INSERT INTO spot_check_results SELECT 900, run_id, line_no, 'finding', 'x', made_by, account, made_at FROM spot_check_results LIMIT 1", "抽查结果第 900 号是审核通过之后插入的"),
    "a row of a file that is not there": ("", f"INSERT INTO repayment_facts (id, sheet_row, version, intake_id, loan_id, paid_on, principal_fen) VALUES (900, 9, 1, 999, {_LOAN.format('A1')}, '2025-11-11', 5)", "「还款」表第 900 号"),
}  # fmt: skip


def by_hand(folder: Path, *statements: str) -> None:
    """Statements on the database file, past every guard."""
    past_guards(folder, sql(*filter(None, statements)))


def sentences(engine: Engine) -> str:
    return "\n".join(problem.text for problem in audit.audit(engine).problems)


@pytest.mark.parametrize("name", STRAYS)
def test_no_seal_is_made_over_what_was_slipped_in(tmp_path: Path, name: str) -> None:
    engine = lives.at_stage(tmp_path, "approved")
    before, statement, expected = STRAYS[name]
    engine.dispose()
    by_hand(tmp_path, before, statement)
    with db.reading(engine) as connection:
        run = read_run(connection, 1)
    with pytest.raises(Refused, match="没有封存，不是由本程序记入；请先运行 tiexi audit 查明，并以备份恢复"):
        lives.allot(engine, run)
    assert re.search(expected, sentences(engine)), sentences(engine)


@pytest.mark.parametrize("name", STRAYS)
def test_an_audit_finds_it_under_a_seal_all_the_same(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = lives.at_stage(tmp_path, "approved")
    before, statement, expected = STRAYS[name]
    engine.dispose()
    by_hand(tmp_path, before, statement)
    # as a program would that seals whatever is there
    monkeypatch.setattr(chain, "_refuse_strays", lambda *_: None)
    monkeypatch.setattr(chain.soundness, "require_sound", lambda *_: None)
    with db.reading(engine) as connection:
        run = read_run(connection, 1)
    lives.allot(engine, run)
    found = sentences(engine)
    assert re.search(expected, found), found
    assert re.search(r"封存在第 \d+ 号封存中，不是由本程序记入", found) or "所指的记录不存在" in found


def test_what_does_not_come_with_a_step_is_not_sealed_either(tmp_path: Path) -> None:
    """What the program itself wrote, but not as a part of this step."""
    engine = lives.at_stage(tmp_path, "approved")
    with db.reading(engine) as connection:
        run = read_run(connection, 1)
    with pytest.raises(Refused, match="不是这一步记入的"), db.writing(engine) as connection:
        link = chain.Link(connection)
        journal.allot(connection, run, date(2024, 3, 1), "样例", "出纳")
        link.seal("close", 1)


# --- trials edited before they are approved ---------------------------------------------------------------------------

TRIALS = {
    "a line": ("UPDATE tech_branch_lines SET interest_fen = interest_fen + 500, interest_city_fen = interest_city_fen + 100, interest_county_fen = interest_county_fen + 400 WHERE run_id = 1 AND line_no = 1", "结算明细第 1 行 interest"),
    "a line taken out": ("DELETE FROM tech_branch_lines WHERE run_id = 1 AND line_no = 8", "结算明细：存有 7 行，重新计算 8 行"),
    "the totals": ("UPDATE runs SET summary = replace(summary, '\"loans\": 8', '\"loans\": 9') WHERE id = 1", "合计"),
    "the law": ("UPDATE runs SET law = replace(law, '9000', '9001') WHERE id = 1", "所依据的数值"),
    "a budget": ("UPDATE run_budgets SET budget_fen = budget_fen + 1 WHERE run_id = 1", "预算步骤第 1 行"),
}  # fmt: skip


@pytest.mark.parametrize("name", TRIALS)
@pytest.mark.parametrize("step", ["sign", "approve"])
def test_a_trial_that_was_edited_is_neither_signed_nor_approved(tmp_path: Path, name: str, step: str) -> None:
    engine = lives.at_stage(tmp_path, "trial")
    engine.dispose()
    statement, expected = TRIALS[name]
    by_hand(tmp_path, statement)
    act: Callable[[], object] = (
        (lambda: lifecycle.sign(engine, 1, "高区", "初审丙", "样例"))
        if step == "sign"
        else (lambda: lifecycle.approve(engine, 1, "审核人", "样例", solo=True))
    )
    with pytest.raises(Refused, match=f"第 1 号运行在数据库中被改动过，不能用：{expected}"):
        act()
    assert re.fullmatch(r"(第 1 号运行的.*|运行)第 \d 号?行?.*在第 3 号封存之后被(改动|删除)", sentences(engine)), (
        sentences(engine)
    )


# --- rows that do not go together ---------------------------------------------------------------------------------------

INCOHERENT = {
    "a mark of a change that is not there": ("UPDATE repayment_facts SET retired_by = 999 WHERE id = 1", "「还款」表第 1 号.*的 retired_by 所指的记录不存在"),
    "a mark that no change can have": ("UPDATE repayment_facts SET retired_by = -1 WHERE id = 1", "「还款」表第 1 号.*的 retired_by 所指的记录不存在"),
    "a withdrawal of what a run was paid on": (f"INSERT INTO changes (id, kind, reason, made_by, made_at) VALUES (900, 'void', 'x', 'x', '2024-06-01 00:00:00.000000'); UPDATE loan_facts SET retired_by = 900 WHERE loan_id = {_LOAN.format('B1')} AND retired_by IS NULL", "「贷款」表第 .*被撤回，但审核通过的运行用过它"),
    "an amendment without what it was amended to": (f"INSERT INTO changes (id, kind, reason, made_by, made_at, intake_id) VALUES (900, 'amend', 'x', 'x', '2024-06-01 00:00:00.000000', (SELECT max(id) FROM intakes)); UPDATE loan_facts SET retired_by = 900 WHERE loan_id = {_LOAN.format('B1')} AND retired_by IS NULL", "「贷款」表第 .*被更正，却没有更正后的内容"),
    "a line of a loan that is not there": ("UPDATE tech_branch_lines SET loan_fact_id = 999 WHERE run_id = 1 AND line_no = 1", "有一行结算明细的 loan_fact_id 所指的记录不存在"),
    "a unique index taken away": ("DROP INDEX uq_loan_facts_in_force", "数据库的结构被改动：缺少索引 uq_loan_facts_in_force"),
    "a column added": ("ALTER TABLE loan_facts ADD COLUMN extra TEXT", "数据库的结构被改动：多出列 extra"),
    "a view put in": ("CREATE VIEW spare AS SELECT 1", "数据库中多出视图 spare"),
    "digests put in": ("INSERT INTO sealed_rows VALUES (1, 'spot', x'00')", "第 1 号封存多出「spot」的逐行摘要"),
}  # fmt: skip


@pytest.mark.parametrize("name", INCOHERENT)
def test_what_does_not_go_together_is_found(tmp_path: Path, name: str) -> None:
    engine = lives.at_stage(tmp_path, "approved")
    engine.dispose()
    statements, expected = INCOHERENT[name]
    by_hand(tmp_path, *statements.split("; "))
    assert re.search(expected, sentences(engine)), sentences(engine)


def test_nothing_is_settled_over_a_paid_loan_that_is_gone(tmp_path: Path) -> None:
    engine = lives.at_stage(tmp_path, "closed")
    engine.dispose()
    by_hand(tmp_path, *INCOHERENT["a withdrawal of what a run was paid on"][0].split("; "))
    with pytest.raises(Refused, match="没有封存，不是由本程序记入；请先运行 tiexi audit 查明"):
        settle(engine, PROGRAMMES["tech_branch"], 2024, date(2025, 1, 31), "经办员")


def test_a_loan_amended_out_of_the_year_that_paid_it_is_still_not_withdrawn(tmp_path: Path) -> None:
    engine = lives.at_stage(tmp_path, "approved")
    rows = [row for row in lives.city()["贷款"] if row["借据编号"] == "D1"]
    later = {**rows[0], "发放日": date(2024, 2, 1), "到期日": date(2025, 6, 1), "资料上传日": date(2024, 2, 1)}
    lives.take(engine, tmp_path, {"贷款": [later]}, amend_reason="日期有误")
    with pytest.raises(Refused, match="审核通过的第 1 号运行使用了这一行"):
        void(engine, BY_NAME["贷款"], [lives.ONE, "D1"], "重复", "录入员")
    assert sentences(engine) == ""


@pytest.mark.parametrize("amounts", [("'一百'", "'二百'"), ("100.5", "-100.5")])
def test_the_database_takes_whole_fen_only(tmp_path: Path, amounts: tuple[str, str]) -> None:
    engine = lives.at_stage(tmp_path, "approved")
    values = ", ".join(
        f"(900, {number}, '{account}', 'interest', '高区', {fen})"
        for number, (account, fen) in enumerate(
            zip(("county_treasury", "city_treasury"), amounts, strict=True), start=1
        )
    )
    names = "entry_id, posting_no, account, item, county, amount_fen"
    with pytest.raises(IntegrityError, match="amount_whole"), engine.begin() as connection:
        connection.execute(text(f"INSERT INTO journal_postings ({names}) VALUES {values}"))


# --- persons ------------------------------------------------------------------------------------------------------------


def test_who_entered_the_results_of_a_spot_check_does_not_approve(tmp_path: Path) -> None:
    engine = lives.at_stage(tmp_path, "signed")
    drawing, _ = spotcheck.sample(engine, 1, 200_000, None, "抽取人")
    with db.reading(engine) as connection:
        lines = {one.line_no: one for one in spotcheck._candidates(connection, 1)}
    found = [spotcheck.Entry(lines[one.line_no].bank, lines[one.line_no].note_no, "ok", None) for one in drawing.lines]
    spotcheck.enter(engine, 1, found, "核查 员")
    with pytest.raises(Refused, match="核查员 已录入抽查结果，不能再审核第 1 号运行"):
        lifecycle.approve(engine, 1, "核查员", "样例")
    assert lifecycle.approve(engine, 1, "抽取人", "样例").state == "approved"


def test_a_chain_taken_out_whole_is_not_said_to_pass(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    engine = lives.at_stage(tmp_path, "trial")
    engine.dispose()
    by_hand(tmp_path, "DELETE FROM sealed_rows", "DELETE FROM seals")
    assert command(["--database", f"sqlite:///{tmp_path / 'tiexi.db'}", "audit"]) == 1
    out = capsys.readouterr().out
    assert "没有封存：不是由本程序记入，或其后的封存被删除" in out and "审计通过" not in out


def test_an_index_of_the_administrator_changes_nothing(tmp_path: Path) -> None:
    engine = lives.at_stage(tmp_path, "approved")
    with engine.begin() as connection:
        connection.execute(text("CREATE INDEX ix_of_ours ON loan_facts (amount_fen)"))
    assert sentences(engine) == ""
