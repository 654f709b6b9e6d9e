"""What a run's loans are warned of: found once, when the run is made, and kept beside it."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from sqlalchemy import Engine

import lives
import worlds
from ledger import lifecycle
from ledger.database import db
from ledger.programmes import PROGRAMMES
from ledger.runs import settlement
from ledger.warnings import kept, on_file
from paying import project_world
from samples import BANK, base, loan, repayment

Take = Callable[..., Any]
AS_OF = date(2024, 1, 31)


def settle(engine: Engine, as_of: date = AS_OF, year: int = 2023) -> settlement.RunRecord:
    return settlement.settle(engine, PROGRAMMES["tech_branch"], year, as_of, "测试")


def told(engine: Engine, run_id: int, number: int = 100) -> list[tuple[str, str | None]]:
    with db.reading(engine) as connection:
        return [(one.code, one.note_no) for one in kept.first(connection, run_id, number)]


def test_what_is_warned_of_is_found_when_the_run_is_made(engine: Engine, take: Take) -> None:
    take(base(loan("A", **{"年利率(%)": "0.5"}), loan("B", **{"贷款金额(万元)": 9})))
    first = settle(engine)
    assert told(engine, first.id) == [("P_RATE", "A")]
    take(base(loan("A"), loan("B", **{"年利率(%)": 99, "贷款金额(万元)": 9})), amend_reason="更正")
    assert told(engine, first.id) == [("P_RATE", "A")]  # what the maker was told
    assert told(engine, settle(engine).id) == [("P_RATE", "B")]


def test_only_the_loans_of_the_year_by_the_run_s_date(engine: Engine, take: Take) -> None:
    paid_off = repayment("A", date(2023, 12, 1), 1000, **{"付息金额(万元)": 900})
    later = loan("B", 发放日=date(2024, 1, 5), 资料上传日=date(2024, 1, 5), **{"年利率(%)": 99})
    take(base(loan("A", **{"年利率(%)": 99}), later, loan("C", **{"贷款金额(万元)": 9}), 还款=[paid_off]))
    assert told(engine, settle(engine).id) == []  # A is paid off, B is of the next year
    overdue = settle(engine, date(2024, 7, 4))
    assert told(engine, overdue.id) == [("P_OVERDUE", "C")]


def test_neither_lines_nor_summary_nor_fingerprint_know_of_it(engine: Engine, take: Take) -> None:
    take(base(loan("A"), loan("B", **{"贷款金额(万元)": 9}), 年末余额=[balance("A")]))
    first = settle(engine)
    assert told(engine, first.id) == [("P_UNREPORTED", "B")]
    take({"年末余额": [balance("B") | {"年末余额(万元)": 9}]})
    second = settle(engine)
    assert told(engine, second.id) == []
    assert (first.summary, first.law) == (second.summary, second.law)
    assert lifecycle.approve(engine, second.id, "审核人", "文号", solo=True).approved_at is not None


def balance(note: str) -> dict[str, Any]:
    return {"年度": 2023, "银行名称": BANK, "借据编号": note, "年末余额(万元)": 1000}


def test_the_first_few_and_how_many(engine: Engine, take: Take) -> None:
    loans = [loan(f"A{n}", **{"年利率(%)": "0.5", "贷款金额(万元)": n}) for n in range(1, 6)]
    take(base(*loans))
    run = settle(engine)
    assert told(engine, run.id, 3) == [("P_RATE", f"A{n}") for n in (1, 2, 3)]
    with db.reading(engine) as connection:
        assert kept.count(connection, run.id) == 5
        assert kept.first(connection, run.id, 1)[0].text.startswith("贷款表第 2 行，年利率(%)「0.5」：")


def test_a_review_is_warned_of_its_loans_too(engine: Engine, take: Take) -> None:
    take({name: rows for name, rows in lives.city().items() if name in ("企业", "资质", "合作银行")})
    world = project_world()
    world["贷款"][0] |= {"年利率(%)": "0.03"}
    take(world)
    run = settlement.settle(engine, PROGRAMMES["chokepoint"], 2023, None, "测试")
    assert told(engine, run.id) == [("P_RATE", "K1")]


def test_a_bank_is_called_what_it_was_called_on_the_run_s_day(engine: Engine, take: Take) -> None:
    change = {
        "原名称": BANK,
        "变更日": date(2024, 2, 1),
        "类别": "更名",
        "现名称": "新样例银行",
        "批准文号": "样例文1号",
    }
    take(base(loan("A", **{"年利率(%)": "0.5"})) | {"银行变更": [change]})
    before, after = settle(engine), settle(engine, date(2024, 2, 1))
    with db.reading(engine) as connection:
        assert [kept.first(connection, run.id, 1)[0].bank for run in (before, after)] == [BANK, "新样例银行"]


@pytest.mark.sqlite_only  # on PostgreSQL: tests/ledger/computing/test_cluster.py
def test_the_processes_look_for_them_too(engine: Engine, take: Take, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever judges the parts of a large year also finds what its loans are warned of; it comes out in the same order."""
    take({name: rows for name, rows in worlds.random_world(3, 60, 2024).items() if rows})
    whole = told(engine, settle(engine, date(2025, 1, 31), 2024).id)
    assert len(whole) > 20
    monkeypatch.setenv("TIEXI_PART_ROWS", "9")
    monkeypatch.setenv("TIEXI_WORKERS", "2")
    monkeypatch.setattr(on_file, "_of_part", None)  # here; they have their own
    assert told(engine, settle(engine, date(2025, 1, 31), 2024).id) == whole
