"""The journal as a file for beancount and hledger: what both programs read, whatever the names in it are."""

import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

import lives
from ledger import models
from ledger.books import journal
from ledger.database import db
from ledger.errors import Refused
from ledger.runs.settlement import read_run
from paying import standing
from reports.money import beancount

pytestmark = pytest.mark.sqlite_only


@pytest.fixture
def paid(tmp_path: Path) -> Engine:
    """A database whose run of 2023 is paid out."""
    return lives.at_stage(tmp_path, "paid")


def entries(engine: Engine, kind: str, run_id: int = 1) -> list[int]:
    entry = models.JournalEntry
    with db.reading(engine) as connection:
        query = select(entry.id).where(entry.kind == kind, entry.run_id == run_id).order_by(entry.id)
        return list(connection.execute(query).scalars())


def written(engine: Engine, folder: Path, year: int) -> Path:
    path = folder / f"账簿-{year}.beancount"
    with db.reading(engine) as connection:
        path.write_text("".join(beancount.lines(beancount.read_journal(connection, year))), encoding="utf-8")
    return path


def bean_check(path: Path) -> None:
    program = Path(sys.executable).with_name("bean-check")
    done = subprocess.run([program, path], capture_output=True, text=True)
    assert done.returncode == 0 and done.stdout + done.stderr == "", done.stdout + done.stderr


def hledger(*arguments: str | Path) -> str:
    program = shutil.which("hledger")
    if program is None:
        pytest.skip("NO HLEDGER: the journal was not read by it")
    done = subprocess.run([program, *arguments], capture_output=True, text=True, env={"LANG": "C.UTF-8"})
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def odd_names(tmp_path: Path) -> Engine:
    """Claims, a reversal, and names that neither program would take as they are."""
    engine = lives.at_stage(tmp_path, "second year")
    company = {**lives.city()["企业"][0], "企业名称": 'Ⅱ代"海甲"·（威海）\\①号;公司'}
    lives.take(engine, tmp_path, {"企业": [company], "合作银行": [
        {"银行名称": "1②样例一行", "合作起始日": date(2019, 1, 1), "合作终止日": None}]}, amend_reason="更名")  # fmt: skip
    with db.reading(engine) as connection:
        run = read_run(connection, 2)
    lives.allot(engine, run)
    rows = lives.to_pay(engine, run)
    rows[0]["凭证号"] = '凭证"甲"; date:2024-13-45 [2024-99-99] \\n'
    outcome = lives.paid(engine, tmp_path, rows, 2024)
    repaid = entries(engine, "claim_repaid", 2)[0]
    journal.reverse(engine, repaid, 'date:错 "谁"', "多记；date:2024-13-45")
    assert outcome.entries[2]
    return engine


@pytest.mark.parametrize("year", [2023, 2024])
def test_beancount_takes_the_journal_with_its_assertions(odd_names: Engine, tmp_path: Path, year: int) -> None:
    path = written(odd_names, tmp_path, year)
    text = path.read_text(encoding="utf-8")
    assert "Assets:1002区市财政:P科技支行贷款:1贴息:01环翠区" in text and "冲销第" in text or year == 2023
    assert text.count(" balance ") == text.count(" open ")
    bean_check(path)


def test_an_assertion_that_is_wrong_is_noticed(paid: Engine, tmp_path: Path) -> None:
    path = written(paid, tmp_path, 2023)
    lines = path.read_text(encoding="utf-8").splitlines()
    place = next(number for number, line in enumerate(lines) if " balance Expenses:" in line)
    lines[place] = lines[place].replace("0 ~", "1 ~")  # a fen
    path.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(AssertionError, match="Balance failed"):
        bean_check(path)


@pytest.mark.parametrize("year", [2023, 2024])
def test_hledger_reads_the_journal_too(odd_names: Engine, tmp_path: Path, year: int) -> None:
    path = written(odd_names, tmp_path, year)
    assert hledger("-f", path, "check") == ""
    with db.reading(odd_names) as connection:
        run = read_run(connection, 1 if year == 2023 else 2)
    found = hledger("-f", path, "balance", "Expenses", "--depth", "1", "--format", "%(total)")
    owed = run.summary["interest_fen"] + run.summary["bonus_fen"]
    assert found.split()[0] == f"{owed / 100:.2f}"


def test_names_that_look_alike_stay_apart(tmp_path: Path) -> None:
    engine = lives.at_stage(tmp_path, "closed")
    companies = [
        {**lives.city()["企业"][number], "企业名称": name} for number, name in ((0, "海甲·公司"), (1, "海甲-公司"))
    ]
    lives.take(engine, tmp_path, {"企业": companies}, amend_reason="更名")
    path = written(engine, tmp_path, 2023)
    bean_check(path)
    text = path.read_text(encoding="utf-8")
    assert f"{lives.CODES[0]}-海甲-公司" in text and f"{lives.CODES[1]}-海甲-公司" in text


def test_a_name_made_alike_is_spelled_out(tmp_path: Path) -> None:
    engine = lives.at_stage(tmp_path, "closed")
    companies = [
        {**lives.city()["企业"][number], "企业名称": name}
        for number, name in ((0, "海甲·公司"), (1, "海乙（威海）公司"))
    ]
    lives.take(engine, tmp_path, {"企业": companies}, amend_reason="更名")
    path = written(engine, tmp_path, 2023)
    bean_check(path)
    text = path.read_text(encoding="utf-8")
    assert f";   {lives.CODES[0]}-海甲-公司　即　{lives.CODES[0]}-海甲·公司\n" in text
    assert f";   {lives.CODES[1]}-海乙-威海-公司　即　{lives.CODES[1]}-海乙（威海）公司\n" in text
    assert "海丙公司　即" not in text


def test_an_approved_year_that_owes_nothing_has_an_empty_journal(tmp_path: Path) -> None:
    engine = lives.at_stage(tmp_path, "filed")
    nothing = {"年度": 2023, "范围": "全市", "金额(万元)": 0}
    lives.take(engine, tmp_path, {"预算": [nothing]}, amend_reason="没有预算")
    run = lives.settle(engine)
    lives.sign(engine, run)
    lives.approve(engine, run)
    path = written(engine, tmp_path, 2023)
    assert "没有应付的补助，也没有追缴，没有分录" in path.read_text(encoding="utf-8")
    bean_check(path)
    found = standing(engine)
    assert found.owed == 0
    with pytest.raises(Refused, match="于 2024-02-20 审核通过"):
        standing(engine, date(2024, 2, 19))


def test_a_year_without_entries_has_no_journal(paid: Engine, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="2022 年度还没有分录；审核通过后才有"):
        written(paid, tmp_path, 2022)
