"""All that one file brought goes, or nothing does; the same bytes are then taken anew."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func, select

import lives
from databases import dump
from ledger import models
from ledger.audit.audit import audit
from ledger.database import db
from ledger.errors import Refused
from ledger.intake.importer import import_file
from ledger.intake.sheets import BY_NAME, SHEETS
from ledger.intake.void import void
from ledger.intake.void_files import void_file
from samples import BANK, base, loan, repayment
from sheets import write_sheets
from tiexi.cli import run

Take = Callable[..., Any]
PAID = date(2023, 12, 1)


def in_force(engine: Engine, model: Any) -> int:
    with db.reading(engine) as connection:
        query = select(func.count()).select_from(model).where(model.retired_by.is_(None))
        return int(connection.execute(query).scalar_one())


def refused(engine: Engine, file: str, words: str) -> None:
    before = dump(engine)
    with pytest.raises(Refused, match=words):
        void_file(engine, file, "误报", "测试")
    assert dump(engine) == before


def test_a_file_goes_whole_and_comes_again(take: Take, engine: Engine, tmp_path: Path) -> None:
    take(base(还款=[repayment("A", PAID, 1)]))
    path = tmp_path / "报送1.xlsx"
    gone = void_file(engine, str(path), "误报", "测试")
    assert gone.rows == {"企业": 1, "资质": 1, "合作银行": 1, "贷款": 1, "还款": 1}
    assert {in_force(engine, model) for model in (models.LoanFact, models.RepaymentFact, models.EnterpriseFact)} == {0}
    again = import_file(engine, path, "测试")
    assert not again.refused and not again.known_since and again.taken["贷款"].new == 1
    assert audit(engine).problems == []
    refused(engine, str(gone.intake_id), "没有导入过|已经撤回")
    assert void_file(engine, "报送1.xlsx", "误报", "测试").rows == gone.rows


def test_a_file_of_any_sheet_is_withdrawn(take: Take, engine: Engine) -> None:
    """Sheets are keys of what is withdrawn, the ones whose words come from several documents too."""
    assert len(set(SHEETS)) == len(SHEETS)
    take({"资金总量": [{"年度": 2024, "资金": "出口信保", "金额(万元)": 300}]})
    assert void_file(engine, "报送1.xlsx", "年度有误", "撤回人").rows == {"资金总量": 1}
    take({"资金总量": [{"年度": 2025, "资金": "出口信保", "金额(万元)": 300}]})
    assert "资金总量" in void(engine, BY_NAME["资金总量"], [2025, "出口信保"], "年度有误", "撤回人")


def test_only_its_own_rows_go(take: Take, engine: Engine) -> None:
    take(base())
    take(base(loan("B")) | {"贷款": [loan(), loan("B")]})  # says the first loan again
    assert void_file(engine, "报送2.xlsx", "误报", "测试").rows == {"贷款": 1}
    assert in_force(engine, models.LoanFact) == 1


def test_not_while_others_depend_on_it(take: Take, engine: Engine) -> None:
    take(base())
    take({"还款": [repayment("A", PAID, 1)]})
    refused(engine, "报送1.xlsx", "其他文件的「还款」1 行以它为依据")
    void_file(engine, "报送2.xlsx", "误报", "测试")
    void_file(engine, "报送1.xlsx", "误报", "测试")


def test_not_what_amended_or_was_amended(take: Take, engine: Engine) -> None:
    take(base())
    take({"贷款": [loan(担保方式="保证")]}, amend_reason="更正")
    refused(engine, "报送2.xlsx", "更正过已入库的行.*「贷款」第 2 行.*--amend")
    refused(engine, "报送1.xlsx", "后来又被更正.*「贷款」第 2 行")


def test_not_when_what_stays_would_not_hold(take: Take, engine: Engine) -> None:
    """An extension that rests on an earlier one of another file."""
    take(base(展期=[{"银行名称": BANK, "借据编号": "A", "展期日": date(2024, 7, 3), "新到期日": date(2024, 11, 30)}]))
    later = {"银行名称": BANK, "借据编号": "A", "展期日": date(2024, 11, 30), "新到期日": date(2025, 6, 1)}
    first = {"展期": [{"银行名称": BANK, "借据编号": "B", "展期日": date(2024, 7, 3), "新到期日": date(2024, 11, 30)}]}
    take({"贷款": [loan("B")]})
    take(first)
    take({"展期": [{**later, "借据编号": "B"}]})
    refused(engine, "报送3.xlsx", "撤回后展期.*不成立")


def test_unknown_files_and_two_of_one_name(take: Take, engine: Engine, tmp_path: Path) -> None:
    refused(engine, "没有.xlsx", "没有导入过文件")
    refused(engine, "999", "没有导入过文件")
    take(base())
    other = tmp_path / "又" / "报送1.xlsx"
    other.parent.mkdir()
    take({"贷款": [loan("B")]})
    (tmp_path / "报送2.xlsx").rename(other)
    with db.reading(engine) as connection:
        numbers = connection.execute(select(models.Intake.id).order_by(models.Intake.id)).scalars().all()
    assert void_file(engine, str(numbers[-1]), "误报", "测试").rows == {"贷款": 1}


def test_not_what_an_approved_run_used(engine: Engine, tmp_path: Path) -> None:
    lives.live(engine, tmp_path, "approved")
    refused(engine, "2", "审核通过的第 1 号运行（科技支行贷款 2023 年度）使用了")


@pytest.mark.sqlite_only
def test_the_command(take: Take, engine: Engine, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    take(base())
    database = ["--database", engine.url.render_as_string(hide_password=False)]
    path = str(tmp_path / "报送1.xlsx")
    assert run([*database, "void", "--reason", "x"]) == 2
    assert run([*database, "void", "贷款", "--reason", "x"]) == 2
    assert run([*database, "void", "贷款", BANK, "A", "--file", path, "--reason", "x"]) == 2
    capsys.readouterr()
    assert run([*database, "void", "--file", path, "--reason", "误报"]) == 0
    assert "贷款 1 行" in capsys.readouterr().out
    assert run([*database, "void", "--file", path, "--reason", "误报"]) == 1
    assert run([*database, "import", path]) == 0


@pytest.mark.sqlite_only
def test_an_amendment_names_the_approved_run_that_used_the_row(tmp_path: Path) -> None:
    """Whether a line names the row, as it names its loan, or only follows from it, as from a repayment."""
    engine = lives.at_stage(tmp_path, "approved")
    facts = lives.city()
    changed = {**facts["贷款"][0], "合同编号": "HT-改"}
    path = write_sheets(tmp_path / "a.xlsx", {"贷款": [changed]})
    outcome = import_file(engine, path, "测试", amend_reason="更正")
    assert outcome.runs == ["审核通过的第 1 号运行（科技支行贷款 2023 年度）"]
    late = [{**row, "资料上传日": None} for row in facts["还款"][:1]]
    outcome = import_file(engine, write_sheets(tmp_path / "b.xlsx", {"还款": late}), "测试", amend_reason="更正")
    assert not outcome.refused and outcome.runs == ["审核通过的第 1 号运行（科技支行贷款 2023 年度）"]
    engine.dispose()
