"""Nothing on file is altered unseen, from the moment it was taken: guards, links and receipts, on both databases."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.exc import DBAPIError

import lives
from databases import unguard
from ledger import models
from ledger.audit.audit import audit
from ledger.database import db
from ledger.errors import Refused
from ledger.intake.importer import import_file
from ledger.intake.sheets import BY_NAME
from ledger.intake.void import void
from ledger.programmes import PROGRAMMES
from ledger.runs.settlement import settle
from ledger.seals import content as sealed
from ledger.seals import soundness
from samples import BANK, base, loan
from sheets import write_sheets

OF_FILES = {table.name: table for table in sealed.OF_FILES}
# a column of each table that a forger would like to change, and what to
CHANGED = {"intakes": ("uploader", "别人"), "changes": ("reason", "别的"), "enterprises": ("uscc", "91110000600037341L"),
           "banks": ("name", "别家银行"), "projects": ("project_no", "别号"), "loans": ("note_no", "别号")}  # fmt: skip


def changed_value(table: Any, row: Any) -> tuple[str, Any]:
    """A column of a fact that is not a key or a link, and another value for it that the database takes."""
    if table.name in CHANGED:
        return CHANGED[table.name]
    for name in ("sheet_row",):
        return name, row[name] + 1000
    raise AssertionError(table.name)


def filled(engine: Engine) -> list[str]:
    with db.reading(engine) as connection:
        return [name for name, table in OF_FILES.items() if connection.execute(select(table.c.id)).first()]


def forge(engine: Engine, name: str, what: str) -> None:
    """One row changed, removed or added by hand, the guards taken away."""
    table = OF_FILES[name]
    with db.writing(engine) as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
        unguard(connection, name)
        row = connection.execute(select(table).order_by(table.c.id.desc()).limit(1)).mappings().one()
        if what == "changed":
            column, value = changed_value(table, row)
            connection.execute(table.update().where(table.c.id == row["id"]).values({column: value}))
        elif what == "added":
            twin = {**row, "id": row["id"] + 1}
            if "retired_by" in row:
                twin["version"] = row["version"] + 1
                twin["retired_by"] = connection.execute(select(models.Change.id)).scalars().first()
            for column, value in CHANGED.items():
                if column == name and value[0] not in ("uploader", "reason"):
                    twin[value[0]] = value[1]
            connection.execute(table.insert().values(twin))


@pytest.fixture
def city(engine: Engine, tmp_path: Path) -> Engine:
    """Everything that 2023 needs on file, and one amendment."""
    lives.take(engine, tmp_path, lives.city())
    amended = lives.city()["企业"][0] | {"企业名称": "海甲改名公司"}
    lives.take(engine, tmp_path, {"企业": [amended]}, amend_reason="改名")
    return engine


@pytest.mark.parametrize("what", ["changed", "added"])
@pytest.mark.parametrize("approved", [False, True], ids=["before approval", "after approval"])
def test_an_audit_names_every_row_that_was_forged(city: Engine, what: str, approved: bool) -> None:
    if approved:
        run = lives.settle(city)
        lives.sign(city, run)
        lives.check(city, run)
        lives.approve(city, run)
    assert audit(city).problems == []
    names = filled(city)
    assert len(names) >= 18
    for name in names:
        forge(city, name, what)
    sentences = "\n".join(problem.text for problem in audit(city).problems)
    for name in names:
        assert sealed.NAMES[name] + "第" in sentences, (name, sentences)
    with pytest.raises(Refused):
        settle(city, PROGRAMMES["tech_branch"], 2023, None, "经办")


@pytest.mark.sqlite_only
@pytest.mark.parametrize("approved", [False, True], ids=["before approval", "after approval"])
def test_an_audit_names_every_row_that_was_removed(tmp_path: Path, approved: bool) -> None:
    engine = lives.at_stage(tmp_path, "approved" if approved else "filed")
    names = [name for name in filled(engine) if name not in ("changes",)]
    with db.writing(engine) as connection:
        connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
        numbers = {}
        for name in names:
            unguard(connection, name)
            table = OF_FILES[name]
            numbers[name] = connection.execute(select(table.c.id).order_by(table.c.id.desc()).limit(1)).scalar_one()
    engine.dispose()
    import sqlite3

    raw = sqlite3.connect(tmp_path / "tiexi.db")
    for name, number in numbers.items():
        raw.execute(f"DELETE FROM {name} WHERE id = {number}")
    raw.commit()
    raw.close()
    sentences = "\n".join(problem.text for problem in audit(engine).problems)
    for name, number in numbers.items():
        assert f"{sealed.NAMES[name]}第 {number} 号" in sentences, (name, sentences)


GUARDED = {
    "a fact changed": "UPDATE loan_facts SET rate_e4 = 35000",
    "a fact removed": "DELETE FROM loan_facts",
    "a mark taken off": "UPDATE enterprise_facts SET retired_by = NULL WHERE retired_by IS NOT NULL",
    "a mark moved": "UPDATE enterprise_facts SET retired_by = retired_by + 1 WHERE retired_by IS NOT NULL",
    "a mark with another change beside it": "UPDATE loan_facts SET retired_by = 1, rate_e4 = 35000",
    "a file renamed": "UPDATE intakes SET file_name = 'x'",
    "a file removed": "DELETE FROM intakes",
    "a reason changed": "UPDATE changes SET reason = 'x'",
    "a loan renamed": "UPDATE loans SET note_no = 'x'",
    "a bank removed": "DELETE FROM banks",
}


@pytest.mark.parametrize("name", GUARDED)
def test_the_database_refuses(city: Engine, name: str) -> None:
    with pytest.raises(DBAPIError, match="append-only"), city.begin() as connection:
        connection.exec_driver_sql(GUARDED[name])


def test_a_version_is_retired_once(city: Engine) -> None:
    with city.begin() as connection:
        connection.exec_driver_sql("UPDATE loan_facts SET retired_by = 1 WHERE id = 1")
    with pytest.raises(DBAPIError, match="append-only"), city.begin() as connection:
        connection.exec_driver_sql("UPDATE loan_facts SET retired_by = 1 WHERE id = 1")
    assert "作废标记" in "\n".join(problem.text for problem in audit(city).problems)


def test_a_row_retired_by_hand_is_built_upon_by_nothing(city: Engine, tmp_path: Path) -> None:
    """The guards let a row be retired once: one statement takes it out of the settlement, and nothing may rest on that."""
    run = lives.settle(city)
    lives.sign(city, run)
    lives.check(city, run)
    with city.begin() as connection:
        connection.exec_driver_sql("UPDATE upload_waiver_facts SET retired_by = 1")
    for act in (
        lambda: lives.settle(city),
        _loan_of_a_broken_chain(city, tmp_path),
        lambda: void(city, BY_NAME["预算"], [2023, "全市"], "误录", "录入"),
    ):
        with pytest.raises(Refused, match="「上传豁免」表第 1 号（.*）的作废标记没有封存，不是由本程序记入"):
            act()
    with pytest.raises(Refused, match="试算后数据有变动|作废标记没有封存"):
        lives.approve(city, run)


def test_a_row_put_back_in_force_by_hand_is_built_upon_by_nothing(city: Engine) -> None:
    with db.writing(city) as connection:
        unguard(connection, "enterprise_facts")
        connection.exec_driver_sql("DROP INDEX uq_enterprise_facts_in_force")
        connection.exec_driver_sql("UPDATE enterprise_facts SET retired_by = NULL")
    with pytest.raises(Refused, match="的作废标记在封存之后被去掉"):
        void(city, BY_NAME["预算"], [2023, "全市"], "误录", "录入")


def test_no_link_is_made_where_a_row_is_gone(city: Engine, tmp_path: Path) -> None:
    """Its number would be given again, to a row under two links."""
    with db.writing(city) as connection:
        unguard(connection, "budget_facts")
        connection.exec_driver_sql("DELETE FROM budget_facts")
    for act in (
        _loan_of_a_broken_chain(city, tmp_path),
        lambda: void(city, BY_NAME["年度比例"], [2023, "贴息"], "误录", "录入"),
    ):
        with pytest.raises(Refused, match="「预算」表第 1 号在封存之后被删除"):
            act()


@pytest.mark.parametrize("what", ["DELETE FROM run_warnings", "UPDATE run_warnings SET text = 'x'"])
def test_what_signers_were_told_is_sealed_with_the_run(city: Engine, what: str) -> None:
    run = lives.settle(city)
    lives.sign(city, run)
    lives.approve(city, run)
    with db.writing(city) as connection:
        unguard(connection, "run_warnings")
        assert connection.exec_driver_sql(what).rowcount
    sentences = "\n".join(problem.text for problem in audit(city).problems)
    assert "第 1 号运行的提示第 1 行" in sentences


def test_digests_taken_while_writing_are_those_of_the_rows(city: Engine) -> None:
    """An audit digests every row again: it would name each one that was written otherwise than digested."""
    report = audit(city)
    assert report.problems == [] and report.rows > 100
    with db.reading(city) as connection:
        assert list(soundness.missing(connection)) == [] and list(soundness.uncovered(connection)) == []


def test_the_receipt_is_the_links_hash_and_comes_again_with_the_file(engine: Engine, tmp_path: Path) -> None:
    path = write_sheets(tmp_path / "贷款.xlsx", base(loan("A")))
    preview = import_file(engine, path, "录入", dry_run=True)
    assert preview.receipt is None and not preview.refused
    first = import_file(engine, path, "录入")
    assert first.receipt is not None and audit(engine, first.receipt[:16]).head_seal == 2
    other = import_file(engine, write_sheets(tmp_path / "另.xlsx", {"企业": base(loan("A"))["企业"]}), "录入")
    assert other.receipt not in (None, first.receipt)
    assert import_file(engine, path, "录入").receipt == first.receipt
    refused = import_file(engine, write_sheets(tmp_path / "坏.xlsx", {"贷款": [loan("B", 担保方式="？")]}), "录入")
    assert refused.refused and refused.receipt is None


def _loan_of_a_broken_chain(engine: Engine, folder: Path) -> Callable[[], Any]:
    path = write_sheets(folder / "又一份.xlsx", base(loan("Z")))
    return lambda: import_file(engine, path, "录入")


def test_no_link_is_made_onto_a_broken_chain(city: Engine, tmp_path: Path) -> None:
    with db.writing(city) as connection:
        unguard(connection, "seals")
        connection.exec_driver_sql("UPDATE seals SET content = content || ' ' WHERE id = 1")
    for act in (
        _loan_of_a_broken_chain(city, tmp_path),
        lambda: void(city, BY_NAME["预算"], [2023, "全市"], "误录", "录入"),
        lambda: settle(city, PROGRAMMES["tech_branch"], 2023, date(2024, 1, 31), "经办"),
    ):
        with pytest.raises(Refused, match="(第 1 号封存的内容与其摘要不符|保护触发器 tr_seals_).*restore"):
            act()


def test_a_withdrawal_is_a_link(city: Engine) -> None:
    void(city, BY_NAME["预算"], [2023, "全市"], "误录", "录入")
    with db.reading(city) as connection:
        kinds = connection.execute(select(models.Seal.kind).order_by(models.Seal.id)).scalars().all()
    assert kinds == ["init", "import", "import", "void"]
    assert audit(city).problems == []


def test_a_bank_that_was_forged_is_not_approved(city: Engine) -> None:
    """What the lines of a run name is digested before it is approved."""
    run = lives.settle(city)
    lives.sign(city, run)
    lives.check(city, run)
    with db.writing(city) as connection:
        unguard(connection, "qualification_facts")
        connection.exec_driver_sql("UPDATE qualification_facts SET sheet_row = sheet_row + 100")
    with pytest.raises(Refused, match="「资质」表第 .* 号.*在封存之后被改动，第 1 号运行不能审核"):
        lives.approve(city, run)


def test_settle_asks_the_guards(city: Engine) -> None:
    with db.writing(city) as connection:
        unguard(connection, "loan_facts")
    with pytest.raises(Refused, match="保护触发器 tr_loan_facts_"):
        lives.settle(city)
    assert BANK
