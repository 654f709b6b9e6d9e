"""What reads all years at once (find, compare, statement), the same on both databases."""

from pathlib import Path
from typing import Any

import openpyxl
from sqlalchemy import Engine

import lives
from ledger.database import db
from ledger.runs.settlement import read_run
from ledger.workdays import today
from lives import CODES, ONE
from reports.parties import finding as parties
from reports.parties import statement, statement_workbook
from reports.runs import comparison, problems
from reports.tech_branch.papers import papers_due


def test_all_of_it_on_either_database(engine: Engine, tmp_path: Path) -> None:
    lives.live(engine, tmp_path, "allotted")
    with db.reading(engine) as connection:
        approved = read_run(connection, 1)
    lives.paid(engine, tmp_path, lives.to_pay(engine, approved))
    lives.settle(engine)
    renamed = [{"统一社会信用代码": CODES[0], "企业名称": "海甲新名公司", "区市": "环翠区"}]
    lives.take(engine, tmp_path, {"企业": renamed}, amend_reason="更名")
    with db.reading(engine) as connection:
        for words in ("海甲公司", "新名"):
            (found,) = parties.find(connection, words)
            assert (found.name, found.names, found.loans) == ("海甲新名公司", ["海甲公司"], {2023: 2})
            assert [(one.run.id, one.number, one.given["interest_fen"]) for one in found.brought] == [
                (1, 2, 12_000_000)
            ]
        (bank,) = parties.find(connection, ONE)
        assert (bank.name, sum(one.number for one in bank.brought)) == (ONE, 4)
        same = comparison.compare(connection, 1, 2)
        assert same.same and [one.first for one in same.totals] == [one.second for one in same.totals]
        for found_of in (statement.of_enterprise(connection, CODES[0]), statement.of_bank(connection, ONE)):
            assert statement_workbook.write(connection, found_of, tmp_path / "对账单.xlsx").startswith("贷款 ")
        assert problems.export(connection, read_run(connection, 1), tmp_path / "问题.xlsx", county="高区").files
        assert papers_due(connection, today(), tmp_path / "资料.xlsx").files
    book: Any = openpyxl.load_workbook(tmp_path / "对账单.xlsx")
    assert book["各年度"]["A5"].value == 2023
