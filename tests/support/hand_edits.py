"""Edits of a database by hand, past the program: each with the kind and the words of what the audit finds."""

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Engine

import lives
from ledger import __version__
from ledger.audit import audit
from ledger.audit.audit import Report

Edit = Callable[[sqlite3.Connection], None]


def edited(folder: Path, edit: Edit, stage: str = "second closed") -> Engine:
    """A database (of two closed years), edited by hand."""
    engine = lives.at_stage(folder, stage)
    engine.dispose()
    assert past_guards(folder, edit), "the edit must do something"
    return engine


def past_guards(folder: Path, edit: Edit) -> bool:
    """The database file of a folder edited by hand: guards away, the edit, guards back as they were. Whether it changed a row."""
    connection = sqlite3.connect(folder / "tiexi.db", isolation_level=None)
    connection.execute("PRAGMA ignore_check_constraints = ON")
    kept = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
    for name, _ in kept:
        connection.execute(f"DROP TRIGGER {name}")
    before = connection.total_changes
    edit(connection)
    changed = connection.total_changes > before or connection.in_transaction
    for _, sql in kept:
        connection.execute(sql)
    connection.close()
    return changed


def sql(*statements: str) -> Edit:
    """Statements, each of which must change a row."""

    def run(connection: sqlite3.Connection) -> None:
        for statement in statements:
            assert connection.execute(statement).rowcount != 0, statement

    return run


def to_json(column: str, change: Callable[[dict], None]) -> Edit:  # type: ignore[type-arg]
    """A change of a JSON column of run 1."""

    def run(connection: sqlite3.Connection) -> None:
        value = json.loads(connection.execute(f"SELECT {column} FROM runs WHERE id = 1").fetchone()[0])
        change(value)
        connection.execute(f"UPDATE runs SET {column} = ? WHERE id = 1", (json.dumps(value),))

    return run


def kinds(report: Report) -> set[str]:
    return {problem.kind for problem in report.problems}


def sentences(report: Report) -> str:
    return "\n".join(problem.text for problem in report.problems)


LOAN = "SELECT id FROM loan_facts WHERE loan_id = (SELECT id FROM loans WHERE note_no = '{}') ORDER BY id LIMIT 1"
OF_A1 = f"({LOAN.format('A1')})"
OF_C1 = f"({LOAN.format('C1')})"
SLIPPED = (
    "INSERT INTO repayment_facts (id, sheet_row, version, intake_id, loan_id, paid_on, principal_fen) VALUES "
    "(900, 9, 1, 2, (SELECT id FROM loans WHERE note_no = '{note}'), '{day}', 5)"
)
STEP = (
    "INSERT INTO run_steps (id, run_id, kind, county, made_by, account, made_at, document_no) VALUES "
    "(900, 1, '{kind}', {county}, 'x', 'x', '2024-01-01 00:00:00.000000', 'x')"
)
ENTRY = (
    "INSERT INTO journal_entries (id, kind, run_id, entered_on, document_no, memo, made_by, made_at) VALUES "
    "(900, 'city_to_county', 1, '2024-03-05', 'V', '', 'x', '2024-03-05 12:00:00.000000')",
    "INSERT INTO journal_postings (entry_id, posting_no, account, item, county, amount_fen) VALUES "
    "(900, 1, 'county_treasury', 'interest', '高区', 7), (900, 2, 'city_treasury', 'interest', '高区', -7)",
)
FIRST_PAYMENT = "(SELECT min(id) FROM journal_entries WHERE kind = 'bank_to_enterprise')"
LAST_ENTRIES = "id > (SELECT max(id) FROM journal_entries WHERE kind = 'allotment')"

# name -> (edit, kind of a problem, what one of the sentences says)
EDITS: dict[str, tuple[Edit, str, str]] = {
    # facts and where they came from
    "a loan's amount": (sql(f"UPDATE loan_facts SET amount_fen = amount_fen + 100 WHERE id = {OF_A1}"), "edited", r"「贷款」表第 1 号（报送0\.xlsx 第 2 行）在第 \d+ 号封存之后被改动"),
    "a loan's rate": (sql(f"UPDATE loan_facts SET rate_e4 = 39999 WHERE id = {OF_A1}"), "edited", "「贷款」表第 1 号"),
    "a loan's guarantee": (sql(f"UPDATE loan_facts SET guarantee = '保证' WHERE id = {OF_A1}"), "recomputed", "第 1 号运行.*重新计算后不同：合计 banks 第 1 项 unsecured_fen：存为 2389500007，重新计算为 1389500007"),
    "a loan's date as nonsense": (sql(f"UPDATE loan_facts SET disbursed_on = '某日' WHERE id = {OF_A1}"), "edited", "「贷款」表第 1 号"),
    "a deleted repayment": (sql("DELETE FROM repayment_facts WHERE id = 1"), "missing", r"「还款」表第 1 号在第 \d+ 号封存之后被删除"),
    "an inserted repayment": (sql(SLIPPED.format(note="A1", day="2023-11-11")), "added", r"「还款」表第 900 号（报送0\.xlsx 第 9 行）是其文件封存之后插入的"),
    "an inserted repayment that changes nothing yet": (sql(SLIPPED.format(note="A1", day="2025-11-11")), "added", "「还款」表第 900 号"),
    "a repayment with a number below all": (sql(SLIPPED.format(note="A1", day="2023-11-11").replace("900", "-5")), "added", "「还款」表第 -5 号"),
    "a retired row let live": (sql("UPDATE loan_facts SET retired_by = 1 WHERE loan_id = (SELECT id FROM loans WHERE note_no = 'C1') AND retired_by IS NULL", f"UPDATE loan_facts SET retired_by = NULL WHERE id = {OF_C1}"), "retired", r"「贷款」表第 5 号（报送0\.xlsx 第 6 行）的作废标记在第 \d+ 号封存之后被去掉"),
    "a retired mark by hand": (sql("UPDATE repayment_facts SET retired_by = 1 WHERE id = 1"), "retired", r"「还款」表第 1 号.*的作废标记在第 \d+ 号封存之后被加上"),
    "a retired mark as nonsense": (sql("UPDATE budget_facts SET retired_by = 'x' WHERE year = 2025"), "retired", r"「预算」表.*的作废标记在第 \d+ 号封存之后被去掉"),
    "a line number as nonsense": (sql("UPDATE tech_branch_lines SET line_no = 'x' WHERE run_id = 1 AND line_no = 8"), "edited", "结算明细无法核对：存储的内容已损坏"),
    "a withdrawal undone": (sql("UPDATE budget_facts SET retired_by = NULL WHERE year = 2025"), "retired", r"「预算」表.*的作废标记在第 \d+ 号封存之后被去掉"),
    "an enterprise's code": (sql(f"UPDATE enterprises SET uscc = '{lives.usc_code(77)}' WHERE id = 1"), "edited", "企业登记第 1 号"),
    "a bank's name": (sql("UPDATE banks SET name = '样例九行' WHERE name = '样例一行'"), "edited", "银行登记第"),
    "an LPR of those that came with the program": (sql("UPDATE lpr_facts SET rate_e4 = 40000 WHERE announced_on = '2023-06-20'"), "edited", "「LPR」表第"),
    "who uploaded a file": (sql("UPDATE intakes SET uploader = '别人' WHERE id = 2"), "edited", "文件登记第 2 号"),
    "a file's fingerprint": (sql(f"UPDATE intakes SET sha256 = '{'a' * 64}' WHERE id = 2"), "edited", "文件登记第 2 号"),
    "why a row was amended": (sql("UPDATE changes SET reason = '无' WHERE id = 1"), "edited", "更正与撤回登记第 1 号"),
    # the run's life
    "who signed": (sql("UPDATE run_steps SET made_by = '别人' WHERE run_id = 1 AND county = '高区'"), "edited", "经过第 3 号"),
    "what a county signed for": (sql("UPDATE run_steps SET figures = '{}' WHERE run_id = 1 AND county = '高区'"), "edited", "经过第 3 号"),
    "a signature taken out": (sql("DELETE FROM run_steps WHERE run_id = 1 AND county = '高区'"), "missing", "经过第 3 号"),
    "a signature put in": (sql(STEP.format(kind="sign", county="'高区'")), "added", "第 1 号运行的步骤「初审签署」是审核通过之后插入的"),
    "a closing put in": (sql(STEP.format(kind="close", county="NULL")), "unsealed", "第 1 号运行的步骤「办结」没有封存"),
    "what a spot check found": (sql("UPDATE spot_check_results SET remark = '都好' WHERE id = 1"), "edited", "抽查结果第 1 号"),
    "a finding slipped in": (sql("INSERT INTO spot_check_results SELECT 900, run_id, line_no, 'finding', 'x', made_by, account, made_at FROM spot_check_results LIMIT 1"), "added", "抽查结果第 900 号是审核通过之后插入的"),
    "which line was drawn": (sql("UPDATE spot_check_lines SET line_no = (SELECT max(line_no) FROM tech_branch_lines WHERE run_id = 1 AND line_no NOT IN (SELECT line_no FROM spot_check_lines)) WHERE order_no = 1"), "edited", r"抽查清单第 1 号第 1 行在第 \d+ 号封存之后被改动"),
    "the seed of a drawing": (sql("UPDATE spot_checks SET seed = 'x'"), "edited", "抽查第 1 号"),
    # runs and their lines
    "a line's interest": (sql("UPDATE tech_branch_lines SET interest_fen = interest_fen + 1, interest_city_fen = interest_city_fen + 1 WHERE run_id = 1 AND line_no = 1"), "edited", r"第 1 号运行的结算明细第 1 行（样例一行 借据 D1）在第 \d+ 号封存之后被改动"),
    "a line whose enterprise is another": (sql("UPDATE tech_branch_lines SET enterprise_fact_id = 3 WHERE run_id = 1 AND line_no = 1"), "recomputed", "结算明细第 1 行 enterprise_fact_id：存为 3"),
    "a line taken out": (sql("DELETE FROM tech_branch_lines WHERE run_id = 1 AND line_no = 8"), "missing", r"第 1 号运行的结算明细第 8 行在第 \d+ 号封存之后被删除"),
    "a claim": (sql("UPDATE tech_branch_claims SET interest_fen = interest_fen - 1, interest_county_fen = interest_county_fen - 1 WHERE claim_no = 1"), "edited", "第 2 号运行的追缴第 1 行"),
    "a budget step": (sql("UPDATE run_budgets SET cut = '' WHERE run_id = 1"), "edited", "第 1 号运行的预算步骤第 1 行"),
    "a value of the law in the run": (to_json("law", lambda law: law.update(interest_rate_used=10_000)), "recomputed", "所依据的数值 interest_rate_used：运行记载 10000，重新计算 9000"),
    "a value of the law, as sealed": (to_json("law", lambda law: law.update(interest_rate_used=10_000)), "edited", r"运行第 1 号在第 \d+ 号封存之后被改动"),
    "the law as nonsense": (sql("UPDATE runs SET law = '{不是' WHERE id = 1"), "edited", "运行第 1 号"),
    "the totals of a run": (to_json("summary", lambda summary: summary["counties"][1].update(interest_fen=1)), "recomputed", "合计 counties 第 2 项 interest_fen：存为 1，重新计算为 9900000"),
    "the as-of date": (sql("UPDATE runs SET as_of = '2024-02-01' WHERE id = 1"), "edited", "运行第 1 号"),
    "the as-of date as nonsense": (sql("UPDATE runs SET as_of = 'x' WHERE id = 1"), "recomputed", "第 1 号运行无法重新计算：存储的内容已损坏"),
    "approved made trial": (sql("UPDATE runs SET state = 'trial', approved_by = NULL, approved_document = NULL, approved_at = NULL WHERE id = 1"), "state", "第 1 号运行已审核通过，现在的状态却不是"),
    "solo made not solo": (sql("UPDATE runs SET solo = 1 WHERE id = 2"), "edited", "运行第 2 号"),
    "who approved": (sql("UPDATE runs SET approved_by = '别人' WHERE id = 2"), "edited", "运行第 2 号"),
    "a fingerprint": (sql(f"UPDATE runs SET fingerprint = '{'b' * 64}' WHERE id = 1"), "recomputed", "第 1 号运行.*重新计算后不同：所用的数据不同"),
    "a run taken out with all that is its": (sql(*(f"DELETE FROM {name} WHERE run_id = 2" for name in ("tech_branch_claims", "tech_branch_lines", "run_steps")), "DELETE FROM runs WHERE id = 2"), "state", "第 2 号运行已审核通过，现在的状态却不是：运行被改动或删除"),
    "a run approved by hand": (sql("INSERT INTO runs SELECT 3, programme, 2025, as_of, state, made_at, made_by, code_version, fingerprint, law, last_intake_id, line_count, summary, approved_by, approved_document, approved_at, last_change_id, solo, account, last_paper_state_id FROM runs WHERE id = 2"), "unsealed", "第 3 号运行审核通过却没有封存"),
    # the journal
    "an amount, still in balance": (sql(f"UPDATE journal_postings SET amount_fen = amount_fen + CASE posting_no WHEN 1 THEN 5 ELSE -5 END WHERE entry_id = {FIRST_PAYMENT}"), "edited", r"分录明细第 .* 号第 1 行在第 \d+ 号封存之后被改动"),
    "an amount, out of balance": (sql(f"UPDATE journal_postings SET amount_fen = amount_fen + 5 WHERE posting_no = 1 AND entry_id = {FIRST_PAYMENT}"), "journal", "借贷不平，差 0.000005 万元"),
    "an accrual, still in balance": (sql("UPDATE journal_postings SET amount_fen = amount_fen + CASE WHEN account = 'payable' THEN -5 ELSE 5 END WHERE entry_id = 1 AND (posting_no = 1 OR account = 'payable' AND posting_no = (SELECT min(posting_no) FROM journal_postings WHERE entry_id = 1 AND account = 'payable'))"), "journal", "第 1 号运行的计提与明细不符，首处：市级支出，环翠区，贴息，入账 2.562005 万元，明细应为 2.562 万元"),
    "whom an amount went to": (sql(f"UPDATE journal_postings SET enterprise_id = 3 WHERE account = 'payable' AND entry_id = {FIRST_PAYMENT}"), "journal", "「应付补助」.*透支"),
    "an entry's date": (sql(f"UPDATE journal_entries SET entered_on = '2024-04-03' WHERE id = {FIRST_PAYMENT}"), "edited", "分录第"),
    "a voucher": (sql(f"UPDATE journal_entries SET document_no = 'x' WHERE id = {FIRST_PAYMENT}"), "edited", "分录第"),
    "an entry taken out with its postings": (sql(f"DELETE FROM journal_postings WHERE entry_id = {FIRST_PAYMENT}", f"DELETE FROM journal_entries WHERE id = {FIRST_PAYMENT}"), "missing", r"分录第 .* 号在第 \d+ 号封存之后被删除"),
    "an entry put in": (sql(*ENTRY), "unsealed", "分录第 900 号没有封存"),
    "a posting without an entry": (sql(ENTRY[1]), "journal", "分录明细所属的第 900 号分录不存在"),
    # the chain itself
    "a seal's content": (sql(f"UPDATE seals SET content = replace(content, '{__version__}', '0.9.9') WHERE id = 2"), "chain", "第 2 号封存的内容与其摘要不符"),
    "a seal's content as nonsense": (sql("UPDATE seals SET content = '[]' WHERE id = 2"), "chain", "第 2 号封存的内容无法读取"),
    "a seal's content in another shape": (sql("UPDATE seals SET content = replace(content, '\"tables\"', '\"tables2\"') WHERE id = 2"), "chain", "第 2 号封存的内容无法读取"),
    "a seal's hash": (sql(f"UPDATE seals SET hash = '{'c' * 64}' WHERE id = 2"), "chain", "第 3 号封存与前一号的链接断开"),
    "a seal's time": (sql("UPDATE seals SET made_at = '2020-01-01 00:00:00.000000' WHERE id = 2"), "chain", "第 2 号封存的编号、种类、运行号或时间与其内容不符"),
    "of which run a seal is": (sql("UPDATE seals SET run_id = 2 WHERE id = 2"), "chain", "第 2 号封存的编号、种类、运行号或时间"),
    "a seal in the middle taken out": (sql("DELETE FROM sealed_rows WHERE seal_id = 4", "DELETE FROM seals WHERE id = 4"), "chain", "第 4 号封存缺失，链从这里断开（其后是第 5 号）"),
    "the first seal taken out": (sql("DELETE FROM sealed_rows WHERE seal_id = 1", "DELETE FROM seals WHERE id = 1"), "chain", "第 1 号封存缺失"),
    "the last seal taken out": (sql("DELETE FROM sealed_rows WHERE seal_id = (SELECT max(id) FROM seals)", "DELETE FROM seals WHERE id = (SELECT max(id) FROM seals)"), "unsealed", "第 2 号运行的步骤「办结」没有封存：不是由本程序记入，或其后的封存被删除"),
    "all seals taken out": (sql("DELETE FROM sealed_rows", "DELETE FROM seals"), "unsealed", "第 1 号运行审核通过却没有封存"),
    "the digests of sealed rows": (sql("UPDATE sealed_rows SET digests = zeroblob(length(digests)) WHERE seal_id = 2 AND table_name = 'loan_facts'"), "chain", "第 2 号封存所存的「贷款」表逐行摘要被改动"),
    "the digests taken out": (sql("DELETE FROM sealed_rows WHERE seal_id = 2 AND table_name = 'loan_facts'"), "chain", "第 2 号封存所存的「贷款」表逐行摘要被改动"),
}  # fmt: skip


# these need the second year; for the others one will do
OF_TWO_YEARS = {
    "a retired row let live", "a retired mark by hand", "a retired mark as nonsense", "a withdrawal undone", "why a row was amended", "a claim",
    "solo made not solo", "who approved", "a run taken out with all that is its", "a run approved by hand",
    "of which run a seal is", "the last seal taken out",
}  # fmt: skip


def head_of(folder: Path) -> str:
    report = audit.audit(lives.at_stage(folder, "second closed"))
    assert report.problems == []
    return report.head
