"""Audit: a database edited by hand, in any of many ways, is found out; one that was only worked on is not."""

import hashlib
import json
import re
import sqlite3
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

import lives
from databases import unguard
from ledger import __version__, models
from ledger.audit import audit
from ledger.audit.audit import Report
from ledger.books import journal
from ledger.database import db, guards
from ledger.intake.sheets import BY_NAME
from ledger.intake.void import void
from ledger.programmes import PROGRAMMES
from ledger.runs.settlement import read_run, settle
from ledger.seals import chain
from ledger.seals import content as sealed
from tiexi.cli import run as command

Edit = Callable[[sqlite3.Connection], None]


def edited(folder: Path, edit: Edit, stage: str = "second closed") -> Engine:
    """A database (of two closed years), edited by hand: guards away, the edit, guards back as they were."""
    engine = lives.at_stage(folder, stage)
    engine.dispose()
    connection = sqlite3.connect(folder / "tiexi.db", isolation_level=None)
    connection.execute("PRAGMA ignore_check_constraints = ON")
    kept = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
    for name, _ in kept:
        connection.execute(f"DROP TRIGGER {name}")
    before = connection.total_changes
    edit(connection)
    assert connection.total_changes > before or connection.in_transaction, "the edit must do something"
    for _, sql in kept:
        connection.execute(sql)
    connection.close()
    return engine


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


_LOAN = "SELECT id FROM loan_facts WHERE loan_id = (SELECT id FROM loans WHERE note_no = '{}') ORDER BY id LIMIT 1"
_A1 = f"({_LOAN.format('A1')})"
_C1 = f"({_LOAN.format('C1')})"
_SLIPPED = (
    "INSERT INTO repayment_facts (id, sheet_row, version, intake_id, loan_id, paid_on, principal_fen) VALUES "
    "(900, 9, 1, 2, (SELECT id FROM loans WHERE note_no = '{note}'), '{day}', 5)"
)
_STEP = (
    "INSERT INTO run_steps (id, run_id, kind, county, made_by, account, made_at, document_no) VALUES "
    "(900, 1, '{kind}', {county}, 'x', 'x', '2024-01-01 00:00:00.000000', 'x')"
)
_ENTRY = (
    "INSERT INTO journal_entries (id, kind, run_id, entered_on, document_no, memo, made_by, made_at) VALUES "
    "(900, 'city_to_county', 1, '2024-03-05', 'V', '', 'x', '2024-03-05 12:00:00.000000')",
    "INSERT INTO journal_postings (entry_id, posting_no, account, item, county, amount_fen) VALUES "
    "(900, 1, 'county_treasury', 'interest', '高区', 7), (900, 2, 'city_treasury', 'interest', '高区', -7)",
)
_FIRST_PAYMENT = "(SELECT min(id) FROM journal_entries WHERE kind = 'bank_to_enterprise')"
_LAST_ENTRIES = "id > (SELECT max(id) FROM journal_entries WHERE kind = 'allotment')"

# name -> (edit, kind of a problem, what one of the sentences says)
EDITS: dict[str, tuple[Edit, str, str]] = {
    # facts and where they came from
    "a loan's amount": (sql(f"UPDATE loan_facts SET amount_fen = amount_fen + 100 WHERE id = {_A1}"), "edited", r"「贷款」表第 1 号（报送0\.xlsx 第 2 行）在第 \d+ 号封存之后被改动"),
    "a loan's rate": (sql(f"UPDATE loan_facts SET rate_e4 = 39999 WHERE id = {_A1}"), "edited", "「贷款」表第 1 号"),
    "a loan's guarantee": (sql(f"UPDATE loan_facts SET guarantee = '保证' WHERE id = {_A1}"), "recomputed", "第 1 号运行.*重新计算后不同：合计 banks 第 1 项 unsecured_fen：存为 2389500007，重新计算为 1389500007"),
    "a loan's date as nonsense": (sql(f"UPDATE loan_facts SET disbursed_on = '某日' WHERE id = {_A1}"), "edited", "「贷款」表第 1 号"),
    "a deleted repayment": (sql("DELETE FROM repayment_facts WHERE id = 1"), "missing", r"「还款」表第 1 号在第 \d+ 号封存之后被删除"),
    "an inserted repayment": (sql(_SLIPPED.format(note="A1", day="2023-11-11")), "added", r"「还款」表第 900 号（报送0\.xlsx 第 9 行）是其文件封存之后插入的"),
    "an inserted repayment that changes nothing yet": (sql(_SLIPPED.format(note="A1", day="2025-11-11")), "added", "「还款」表第 900 号"),
    "a repayment with a number below all": (sql(_SLIPPED.format(note="A1", day="2023-11-11").replace("900", "-5")), "added", "「还款」表第 -5 号"),
    "a retired row let live": (sql("UPDATE loan_facts SET retired_by = 1 WHERE loan_id = (SELECT id FROM loans WHERE note_no = 'C1') AND retired_by IS NULL", f"UPDATE loan_facts SET retired_by = NULL WHERE id = {_C1}"), "retired", r"「贷款」表第 5 号（报送0\.xlsx 第 6 行）的作废标记在第 \d+ 号封存之后被去掉"),
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
    "a signature put in": (sql(_STEP.format(kind="sign", county="'高区'")), "added", "第 1 号运行的步骤「初审签署」是审核通过之后插入的"),
    "a closing put in": (sql(_STEP.format(kind="close", county="NULL")), "unsealed", "第 1 号运行的步骤「办结」没有封存"),
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
    "a run approved by hand": (sql("INSERT INTO runs SELECT 3, programme, 2025, as_of, state, made_at, made_by, code_version, fingerprint, law, last_intake_id, line_count, summary, approved_by, approved_document, approved_at, last_change_id, solo, account FROM runs WHERE id = 2"), "unsealed", "第 3 号运行审核通过却没有封存"),
    # the journal
    "an amount, still in balance": (sql(f"UPDATE journal_postings SET amount_fen = amount_fen + CASE posting_no WHEN 1 THEN 5 ELSE -5 END WHERE entry_id = {_FIRST_PAYMENT}"), "edited", r"分录明细第 .* 号第 1 行在第 \d+ 号封存之后被改动"),
    "an amount, out of balance": (sql(f"UPDATE journal_postings SET amount_fen = amount_fen + 5 WHERE posting_no = 1 AND entry_id = {_FIRST_PAYMENT}"), "journal", "借贷不平，差 0.000005 万元"),
    "an accrual, still in balance": (sql("UPDATE journal_postings SET amount_fen = amount_fen + CASE WHEN account = 'payable' THEN -5 ELSE 5 END WHERE entry_id = 1 AND (posting_no = 1 OR account = 'payable' AND posting_no = (SELECT min(posting_no) FROM journal_postings WHERE entry_id = 1 AND account = 'payable'))"), "journal", "第 1 号运行的计提与明细不符，首处：市级支出，环翠区，贴息，入账 2.562005 万元，明细应为 2.562 万元"),
    "whom an amount went to": (sql(f"UPDATE journal_postings SET enterprise_id = 3 WHERE account = 'payable' AND entry_id = {_FIRST_PAYMENT}"), "journal", "「应付补助」.*透支"),
    "an entry's date": (sql(f"UPDATE journal_entries SET entered_on = '2024-04-03' WHERE id = {_FIRST_PAYMENT}"), "edited", "分录第"),
    "a voucher": (sql(f"UPDATE journal_entries SET document_no = 'x' WHERE id = {_FIRST_PAYMENT}"), "edited", "分录第"),
    "an entry taken out with its postings": (sql(f"DELETE FROM journal_postings WHERE entry_id = {_FIRST_PAYMENT}", f"DELETE FROM journal_entries WHERE id = {_FIRST_PAYMENT}"), "missing", r"分录第 .* 号在第 \d+ 号封存之后被删除"),
    "an entry put in": (sql(*_ENTRY), "unsealed", "分录第 900 号没有封存"),
    "a posting without an entry": (sql(_ENTRY[1]), "journal", "分录明细所属的第 900 号分录不存在"),
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
_OF_TWO_YEARS = {
    "a retired row let live", "a retired mark by hand", "a retired mark as nonsense", "a withdrawal undone", "why a row was amended", "a claim",
    "solo made not solo", "who approved", "a run taken out with all that is its", "a run approved by hand",
    "of which run a seal is", "the last seal taken out",
}  # fmt: skip


@pytest.mark.parametrize("name", EDITS)
def test_an_edit_by_hand_is_found(tmp_path: Path, name: str) -> None:
    edit, kind, expected = EDITS[name]
    report = audit.audit(edited(tmp_path, edit, "second closed" if name in _OF_TWO_YEARS else "closed"))
    assert kind in kinds(report) and re.search(expected, sentences(report)), sentences(report)
    assert "guard" not in kinds(report)


def test_the_first_thing_named_is_the_first_in_the_chain(tmp_path: Path) -> None:
    edit = sql(
        "UPDATE runs SET approved_by = '别人' WHERE id = 2",
        f"UPDATE loan_facts SET amount_fen = amount_fen + 100 WHERE id = {_A1}",
    )
    report = audit.audit(edited(tmp_path, edit))
    assert report.problems[0].text == "「贷款」表第 1 号（报送0.xlsx 第 2 行）在第 2 号封存之后被改动"


def test_many_differences_are_counted_not_all_listed(tmp_path: Path) -> None:
    report = audit.audit(edited(tmp_path, sql("UPDATE lpr_facts SET rate_e4 = rate_e4 + 1")))
    assert sum("「LPR」表第" in problem.text for problem in report.problems) == 50
    assert re.search(r"「LPR」表：另有 \d+ 处与第 1 号封存不同", sentences(report))


# --- the guards of the database -----------------------------------------------------------------------------------------


def on_sqlite(folder: Path, *statements: str) -> Engine:
    """A closed year with statements run past the program, guards as they stand."""
    engine = lives.at_stage(folder, "closed")
    engine.dispose()
    connection = sqlite3.connect(folder / "tiexi.db", isolation_level=None)
    for statement in statements:
        connection.execute(statement)
    connection.close()
    return engine


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        (["DROP TRIGGER tr_journal_entries_balanced"], "保护触发器 tr_journal_entries_balanced 被去掉了"),
        (["DROP TRIGGER tr_seals_no_replace"], "保护触发器 tr_seals_no_replace 被去掉了"),
        (
            ["DROP TRIGGER tr_run_steps_no_update",
             "CREATE TRIGGER tr_run_steps_no_update BEFORE UPDATE ON run_steps BEGIN SELECT 1; END"],
            "保护触发器 tr_run_steps_no_update 被改动或停用",
        ),
        (
            ["CREATE TRIGGER mine AFTER INSERT ON loan_facts BEGIN UPDATE loan_facts SET rate_e4 = 1; END"],
            "多出触发器 mine，不是本程序所建",
        ),
    ],
)  # fmt: skip
def test_a_guard_that_does_not_stand_is_found(tmp_path: Path, statements: list[str], expected: str) -> None:
    report = audit.audit(on_sqlite(tmp_path, *statements))
    assert kinds(report) == {"guard"} and expected in sentences(report)


def test_the_guards_are_those_that_the_migrations_make(engine: Engine) -> None:
    with db.reading(engine) as connection:
        assert list(guards.standing_problems(connection)) == []
        if connection.dialect.name == "sqlite":
            made = connection.execute(text("SELECT count(*) FROM sqlite_master WHERE type = 'trigger'")).scalar_one()
            assert made == len(guards.sqlite_guards())


def test_every_table_that_only_grows_is_guarded_and_sealed() -> None:
    growing = {table.name for table in (*sealed.GROWING, *(part[0] for part in sealed.PARTS))}
    lines = {table.name for table, _ in sealed.LINES}
    assert set(guards.append_only()) - {"seals", "sealed_rows"} <= growing | lines
    assert set(guards.facts()) == {table.name for table in sealed.FACTS} <= growing
    assert set(guards.append_only()) & set(guards.facts()) == set()
    unsealed = set(sealed.NAMES) - growing - lines
    assert unsealed == {"runs", "seals", "sealed_rows", "job_runs"}
    assert set(sealed.NAMES) - {*guards.append_only(), *guards.facts()} == {"runs", "job_runs"}


def test_every_sheet_is_called_as_its_facts_are() -> None:
    of_sheets = {models.table_of(sheet.model).name: f"「{name}」表" for name, sheet in BY_NAME.items()}
    assert of_sheets == {table.name: sealed.NAMES[table.name] for table in sealed.FACTS}


# --- whoever rewrites the chain -----------------------------------------------------------------------------------------


def reseal(folder: Path, engine: Engine, numbers: range | None = None) -> None:
    """What a skilful forger does: takes the digests of the rows as they are now, and links the seals (those) anew."""
    writer = sqlite3.connect(folder / "tiexi.db", isolation_level=None)
    kept = writer.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
    with db.reading(engine) as connection:
        rewritten = []
        previous = chain.START
        for seal in connection.execute(text("SELECT id, content, hash FROM seals ORDER BY id")):
            content, blobs = sealed.read(seal.content), {}
            if numbers is not None and seal.id not in numbers:
                previous = seal.hash
                continue
            for part in list(content.parts.values()):
                rows = sealed.rows(connection, part, content.run)
                blob = b"".join(key.to_bytes(8, signed=True) + digest for key, digest in rows)
                blobs[part.name] = blob
                sha256 = hashlib.sha256(blob).hexdigest()
                content.parts[part.name] = sealed.Part(
                    part.name, part.columns, part.since, part.to, len(blob) // 24, sha256
                )
            digest = chain.link(previous, content.text())
            rewritten.append((seal.id, content.text(), previous, digest, blobs))
            previous = digest
    for name, _ in kept:
        writer.execute(f"DROP TRIGGER {name}")
    for number, content_text, previous, digest, blobs in rewritten:
        writer.execute(
            "UPDATE seals SET content = ?, previous_hash = ?, hash = ? WHERE id = ?",
            (content_text, previous, digest, number),
        )
        writer.execute("DELETE FROM sealed_rows WHERE seal_id = ?", (number,))
        writer.executemany(
            "INSERT INTO sealed_rows VALUES (?, ?, ?)", [(number, *item) for item in blobs.items() if item[1]]
        )
    for _, statement in kept:
        writer.execute(statement)
    writer.close()


def head_of(folder: Path) -> str:
    report = audit.audit(lives.at_stage(folder, "second closed"))
    assert report.problems == []
    return report.head


def test_one_seal_rewritten_breaks_its_link_to_the_next(tmp_path: Path) -> None:
    engine = edited(tmp_path, sql("UPDATE intakes SET uploader = '别人' WHERE id = 2"))
    reseal(tmp_path, engine, range(2, 3))
    report = audit.audit(engine)
    assert [problem.text for problem in report.problems] == ["第 3 号封存与前一号的链接断开：前一号的摘要不符"]


def test_the_whole_chain_rewritten_is_found_by_the_head_on_paper(tmp_path: Path) -> None:
    head = head_of(tmp_path)
    engine = edited(tmp_path, sql("UPDATE intakes SET uploader = '别人' WHERE id = 2"))
    reseal(tmp_path, engine)
    assert audit.audit(engine).problems == []  # nothing else could tell
    report = audit.audit(engine, head)
    assert kinds(report) == {"head"} and "链被截断或整体替换过" in sentences(report)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a loan's amount", "第 1 号运行.*重新计算后不同"),
        ("a deleted repayment", "第 1 号运行.*重新计算后不同"),
        ("a line's interest", "结算明细第 1 行 interest_fen：存为 810001，重新计算为 810000"),
        ("a line taken out", "结算明细：存有 7 行，重新计算 8 行"),
        ("a line whose enterprise is another", "结算明细第 1 行 enterprise_fact_id：存为 3"),
        ("a claim", "第 2 号运行.*重新计算后不同：追缴第 1 行"),
        ("a budget step", "重新计算后不同：预算步骤第 1 行 cut"),
        ("the totals of a run", "重新计算后不同：合计 counties"),
        ("a value of the law in the run", "所依据的数值 interest_rate_used"),
        ("an accrual, still in balance", "第 1 号运行的计提与明细不符"),
        ("whom an amount went to", "透支"),
    ],
)
def test_even_a_whole_new_chain_does_not_hide_what_is_computed(tmp_path: Path, name: str, expected: str) -> None:
    engine = edited(tmp_path, EDITS[name][0])
    reseal(tmp_path, engine)
    report = audit.audit(engine)
    assert kinds(report) <= {"recomputed", "journal", "link"} and re.search(expected, sentences(report)), sentences(
        report
    )


def test_the_last_seal_taken_out_with_all_it_sealed_is_found_by_the_head_on_paper(tmp_path: Path) -> None:
    head = head_of(tmp_path)
    edit = sql(
        "DELETE FROM sealed_rows WHERE seal_id = (SELECT max(id) FROM seals)", "DELETE FROM seals WHERE id = (SELECT max(id) FROM seals)",
        "DELETE FROM run_steps WHERE run_id = 2 AND kind = 'close'",
    )  # fmt: skip
    engine = edited(tmp_path, edit)
    assert audit.audit(engine).problems == []
    assert kinds(audit.audit(engine, head)) == {"head"}


def test_the_last_payments_taken_out_are_found_by_the_head_on_paper(tmp_path: Path) -> None:
    head = head_of(tmp_path)
    paid = "(SELECT id FROM journal_entries WHERE run_id = 2 AND intake_id IS NOT NULL)"
    of_payments = "SELECT id FROM seals WHERE run_id = 2 AND kind IN ('pay', 'close')"
    edit = sql(
        f"DELETE FROM sealed_rows WHERE seal_id IN ({of_payments})", f"DELETE FROM seals WHERE id IN ({of_payments})",
        "DELETE FROM intakes WHERE id IN (SELECT intake_id FROM journal_entries WHERE run_id = 2)",
        "DELETE FROM run_steps WHERE run_id = 2 AND kind IN ('pay', 'close')",
        f"DELETE FROM journal_postings WHERE entry_id IN {paid}",
        "DELETE FROM journal_entries WHERE run_id = 2 AND intake_id IS NOT NULL",
    )  # fmt: skip
    engine = edited(tmp_path, edit)
    assert audit.audit(engine).problems == [] and kinds(audit.audit(engine, head)) == {"head"}


def test_a_head_on_paper_may_be_an_earlier_one_and_cut_short(tmp_path: Path) -> None:
    engine = lives.at_stage(tmp_path, "closed")
    head = audit.audit(engine).head
    lives.advance(engine, tmp_path, "second year")
    report = audit.audit(engine, head[:16])
    assert report.problems == [] and (report.head_seal, report.seals) == (7, 11)


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
    assert code == 0 and "审计通过：14 个封存" in out and "2 个审核通过的运行" in out
    assert "纸面上的摘要是第 14 号封存，它是最后一个封存" in out
    found = json.loads(run_command(tmp_path, capsys, "audit", "--json")[1])
    assert found["problems"] == [] and found["head"] == head and found["seals"] == 14


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
