"""Digests in pieces: what is sealed is found again, row by row, however many pieces it lies in."""

import re
import shutil
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

import worlds
from databases import set_up
from hand_edits import past_guards, sql
from ledger import lifecycle, models
from ledger.audit.audit import audit
from ledger.database import db
from ledger.errors import Refused
from ledger.intake.importer import import_file
from ledger.programmes import PROGRAMMES
from ledger.runs import settlement
from ledger.seals import content as sealed
from ledger.seals import pieces
from sheets import write_sheets

_LATE = ("还款", "撤销", "上传豁免")
_TWO_YEARS = 2


def city(folder: Path, database: str) -> Engine:
    """Two years: a file sent twice, repayments amended, both years approved."""
    sheets = worlds.random_world(3, 80, 2024)
    first = {name: rows for name, rows in sheets.items() if name not in _LATE}
    engine = set_up(folder, first, database)
    again = import_file(engine, write_sheets(folder / "再报.xlsx", {"贷款": first["贷款"]}), "测试")
    assert not again.refused and again.taken["贷款"].same == len(first["贷款"])
    _approve(engine, 2023)
    late = {name: sheets[name] for name in ("还款", "撤销") if sheets.get(name)}
    assert not import_file(engine, write_sheets(folder / "补录.xlsx", late), "测试").refused
    changed = [{**row, "资料上传日": date(2025, 1, 20)} for row in sheets["还款"]]
    assert not import_file(engine, write_sheets(folder / "更正.xlsx", {"还款": changed}), "测试", "漏报").refused
    _approve(engine, 2024)
    return engine


def _approve(engine: Engine, year: int) -> None:
    run = settlement.settle(engine, PROGRAMMES["tech_branch"], year, date(year + 1, 1, 31), "测试")
    lifecycle.approve(engine, run.id, "审核人", "样例文号", solo=True)


def kept(engine: Engine) -> tuple[dict[tuple[int, str], bytes], list[str]]:
    """What is kept under all seals, joined; and the names that it lies under."""
    with db.reading(engine) as connection:
        names = list(connection.execute(select(models.SealedRows.table_name)).scalars())
        seals = connection.execute(select(models.Seal.id, models.Seal.content))
        joined = {
            (number, part.name): b"".join(pieces.read(connection, number, part))
            for number, text in seals.all()
            for part in sealed.read(text).parts.values()
        }
    return {key: blob for key, blob in joined.items() if blob}, names


def of_rows(blobs: dict[tuple[int, str], bytes]) -> dict[tuple[int, str], list[tuple[int, bytes]]]:
    """What does not differ from one time to the next: facts, their marks and the lines."""
    names = {table.name for table in (*sealed.FACTS, *(lines for lines, _ in sealed.LINES))}
    return {
        key: list(sealed.unpack(blob)) for key, blob in blobs.items() if key[1].removesuffix(sealed.RETIRED) in names
    }


def test_in_pieces_as_in_one(tmp_path: Path, database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    found = []
    for rows in (pieces.ROWS, 3):
        monkeypatch.setattr(pieces, "ROWS", rows)
        (folder := tmp_path / str(rows)).mkdir()
        engine = city(folder, database)
        report = audit(engine)
        assert not report.problems and report.runs == _TWO_YEARS
        found.append(kept(engine))
        engine.dispose()
    (whole, names), (joined, in_pieces) = found
    assert of_rows(whole) == of_rows(joined)
    assert {name.rpartition(":")[0] for name in names} == {""}
    assert {"loan_facts", "2:loan_facts", "11:loan_facts", "2:tech_branch_lines", "2:repayment_facts/retired"} <= set(
        in_pieces
    )
    assert {pieces.part_of(name) for name in in_pieces} == set(names)


_CUT_ELSEWHERE = """UPDATE sealed_rows SET digests = CASE table_name
WHEN 'loan_facts' THEN substr(digests, 1, length(digests) - 5)
ELSE CAST(x'0102030405' || digests AS BLOB) END WHERE table_name IN ('2:loan_facts', 'loan_facts')"""
EDITS: dict[str, tuple[str, str]] = {
    "one taken out": ("DELETE FROM sealed_rows WHERE table_name = '3:loan_facts'", "号封存所存的「贷款」表逐行摘要被改动"),
    "one emptied": ("UPDATE sealed_rows SET digests = zeroblob(72) WHERE table_name = '2:tech_branch_lines'", "逐行摘要被改动"),
    "one under another number": ("UPDATE sealed_rows SET table_name = '77:loan_facts' WHERE table_name = '3:loan_facts'", "「贷款」表逐行摘要被改动"),
    "one put in": ("INSERT INTO sealed_rows SELECT seal_id, '99:loan_facts', digests FROM sealed_rows WHERE table_name = '2:loan_facts'", "号封存多出「99:loan_facts」的逐行摘要"),
    "an empty one put in": ("INSERT INTO sealed_rows VALUES (1, '2:lpr_facts', x'')", "第 1 号封存多出「2:lpr_facts」的逐行摘要"),
    "one without a name": ("INSERT INTO sealed_rows VALUES (1, x'41', x'00')", "第 1 号封存多出「b'A'」的逐行摘要"),
    "cut elsewhere": (_CUT_ELSEWHERE, "「贷款」表逐行摘要被改动"),
    "one of another table put in": ("INSERT INTO sealed_rows VALUES (1, '2:spot', x'00')", "第 1 号封存多出「2:spot」的逐行摘要"),
    "a row of a later piece": ("UPDATE loan_facts SET amount_fen = amount_fen + 1 WHERE id = 20", "第 20 号.*在第 .* 号封存之后被改动"),
    "a mark more": ("UPDATE repayment_facts SET retired_by = (SELECT max(retired_by) FROM repayment_facts) WHERE id = (SELECT max(id) FROM repayment_facts)", "号封存之后被加上"),
}  # fmt: skip


@pytest.fixture(scope="module")
def in_pieces(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """That city, sealed in pieces of three rows."""
    folder = tmp_path_factory.mktemp("pieces")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pieces, "ROWS", 3)
        city(folder, "sqlite").dispose()
    return folder / "tiexi.db"


@pytest.mark.sqlite_only
@pytest.mark.parametrize("name", EDITS)
def test_an_edit_is_found(tmp_path: Path, in_pieces: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "ROWS", 3)
    shutil.copy(in_pieces, tmp_path)
    statement, expected = EDITS[name]
    past_guards(tmp_path, sql(statement))
    engine = db.open_engine(f"sqlite:///{tmp_path / 'tiexi.db'}")
    found = audit(engine).problems
    engine.dispose()
    assert any(re.search(expected, problem.text) for problem in found), found


@pytest.mark.sqlite_only
def test_nothing_is_built_on_an_edited_row_of_a_later_piece(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "ROWS", 3)
    engine = set_up(tmp_path, {n: r for n, r in worlds.random_world(3, 80, 2024).items() if n not in _LATE})
    run = settlement.settle(engine, PROGRAMMES["tech_branch"], 2023, date(2024, 1, 31), "测试")
    engine.dispose()
    past_guards(tmp_path, sql("UPDATE tech_branch_lines SET balance_fen = balance_fen + 1 WHERE line_no = 20"))
    with pytest.raises(Refused, match="第 20 行"):
        lifecycle.approve(engine, run.id, "审核人", "样例文号", solo=True)
    engine.dispose()
