"""Whoever rewrites the chain of seals is found by what is computed, and by the head on paper."""

import hashlib
import re
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

import lives
from hand_edits import (
    EDITS,
    edited,
    head_of,
    kinds,
    sentences,
    sql,
)
from ledger.audit import audit
from ledger.database import db
from ledger.seals import content as sealed
from ledger.seals import links


def reseal(folder: Path, engine: Engine, numbers: range | None = None) -> None:
    """What a skilful forger does: takes the digests of the rows as they are now, and links the seals (those) anew."""
    writer = sqlite3.connect(folder / "tiexi.db", isolation_level=None)
    kept = writer.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
    with db.reading(engine) as connection:
        rewritten = []
        previous = links.START
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
            digest = links.link(previous, content.text())
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
    assert report.problems == [] and (report.head_seal, report.seals) == (13, 21)
