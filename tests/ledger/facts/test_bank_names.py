"""银行变更: a bank goes on under another name or in another bank, sentence by sentence, from the file to the payment."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

import lives
from ledger import models
from ledger.audit.audit import audit
from ledger.database import db
from ledger.errors import Refused
from ledger.facts.bank_names import bank_names, bank_names_of
from ledger.intake.sheets import BY_NAME
from ledger.intake.void import void
from ledger.programmes import PROGRAMMES
from ledger.runs import simulation
from ledger.runs.settlement import RunRecord, read_run, settle
from reports.bank_names import totals_with_printed_banks
from reports.money import balance
from reports.tech_branch import annexes, simulation_words
from reports.tech_branch import simulation as figures
from reports.tech_branch.explain import explain
from reports.tech_branch.lines import PLACE, read_lines
from samples import BANK, PARTNER, base, loan, repayment

HEIR, NEW = "样例大银行", "样例新银行"
Take = Callable[..., Any]


def change(old: str, new: str, kind: str, day: date = date(2024, 1, 10)) -> dict[str, Any]:
    return {"原名称": old, "变更日": day, "类别": kind, "现名称": new, "批准文号": "威样例〔2024〕7号"}


def world() -> dict[str, Any]:
    sheets = base(loan("A"), loan("B"))
    return sheets | {"合作银行": [PARTNER, PARTNER | {"银行名称": HEIR}]}


def run_of(engine: Engine, as_of: date = date(2024, 1, 31)) -> RunRecord:
    return settle(engine, PROGRAMMES["tech_branch"], 2023, as_of, "经办")


def banks_in(engine: Engine, run: RunRecord, printed: bool = False) -> list[str]:
    with db.reading(engine) as connection:
        return [row[PLACE["bank"]] for row in read_lines(connection, run.id, printed=printed)]


# --- 更名 -----------------------------------------------------------------------------------------------------------------


def test_a_renamed_bank_is_the_same_bank(engine: Engine, take: Take) -> None:
    take(world())
    take({"银行变更": [change(BANK, NEW, "更名")]})
    late = take({"还款": [repayment("A", date(2023, 9, 21), 10)]})  # under the old name
    assert not late.refused
    take({"还款": [repayment("B", date(2023, 9, 21), 10) | {"银行名称": NEW}]})
    run = run_of(engine)
    assert banks_in(engine, run) == [NEW, NEW] == banks_in(engine, run, printed=True)
    with db.reading(engine) as connection:
        assert connection.execute(select(models.Bank.name).order_by(models.Bank.id)).scalars().all() == [BANK, HEIR]
        for name in (BANK, NEW):
            assert "贴息" in explain(connection, run, name, "A").conclusion


def test_a_chain_of_two_in_one_file_is_followed(engine: Engine, take: Take) -> None:
    take(world())
    chain = [change(NEW, "样例又新银行", "更名", date(2024, 1, 20)), change(BANK, NEW, "更名")]
    take({"银行变更": chain})
    run = run_of(engine)
    assert set(banks_in(engine, run)) == {"样例又新银行"}
    assert set(banks_in(engine, run_of(engine, date(2024, 1, 15)))) == {NEW}, (
        "what is dated after the run's day is not seen"
    )


def test_what_is_entered_later_changes_no_earlier_run(engine: Engine, take: Take, tmp_path: Path) -> None:
    take(world())
    run = run_of(engine)
    path = tmp_path / "附件2.xlsx"
    with db.reading(engine) as connection:
        annexes.annex2(connection, run, path)
    take({"银行变更": [change(BANK, NEW, "更名")]})
    assert set(banks_in(engine, run)) == {BANK}
    with db.reading(engine) as connection:
        again = tmp_path / "再.xlsx"
        annexes.annex2(connection, run, again)
    assert path.read_bytes() == again.read_bytes()


def test_a_year_approved_before_replays(tmp_path: Path) -> None:
    engine = lives.at_stage(tmp_path, "approved")
    lives.take(engine, tmp_path, {"银行变更": [change(lives.ONE, NEW, "更名", date(2024, 1, 10))]})
    assert audit(engine).problems == []
    with db.reading(engine) as connection:
        assert bank_names_of(connection, read_run(connection, 1)).unchanged


# --- 承继 -----------------------------------------------------------------------------------------------------------------


def test_a_bank_taken_over_keeps_its_loans_and_is_named_with_its_successor(engine: Engine, take: Take) -> None:
    take(world())
    take({"银行变更": [change(BANK, HEIR, "承继")]})
    both = f"{BANK}（{HEIR}承继）"
    take({"还款": [repayment("A", date(2023, 9, 21), 10) | {"银行名称": both}]})

    run = run_of(engine)
    assert banks_in(engine, run) == [BANK, BANK] and set(banks_in(engine, run, printed=True)) == {both}
    assert [part["bank"] for part in run.summary["banks"]] == [BANK]


def test_the_successors_name_means_its_own_loans(engine: Engine, take: Take) -> None:
    take(world())
    take({"银行变更": [change(BANK, HEIR, "承继")]})
    outcome = take({"还款": [repayment("A", date(2023, 9, 21), 10) | {"银行名称": HEIR}]}, refused=True)
    (finding,) = outcome.findings
    assert f"该借据在「{BANK}（{HEIR}承继）」名下" in finding.problem
    with db.reading(engine) as connection, pytest.raises(Refused, match=f"该借据在「{BANK}（{HEIR}承继）」名下"):
        explain(connection, run_of(engine), HEIR, "A")
    outcome = take({"贷款": [loan("A", 银行名称=HEIR)]}, refused=True)
    assert outcome.findings[0].column == "借据编号"


def test_nothing_is_lent_under_the_old_name_from_the_takeover_on(engine: Engine, take: Take) -> None:
    take(world())
    take({"银行变更": [change(BANK, HEIR, "承继", date(2023, 7, 10))]})
    take({"贷款": [loan("C", 发放日=date(2023, 7, 9), 资料上传日=date(2023, 7, 9))]})
    outcome = take({"贷款": [loan("D", 发放日=date(2023, 7, 10), 资料上传日=date(2023, 7, 10))]}, refused=True)
    assert "已于 2023-07-10 由 样例大银行 承继" in outcome.findings[0].problem


@pytest.mark.parametrize(
    ("barred_on", "taken_on", "stopped"),
    [
        (date(2023, 12, 1), date(2023, 12, 31), True),
        (date(2023, 12, 1), date(2024, 1, 1), False),  # the successor's loss counts from the takeover on
        (date(2024, 1, 1), date(2023, 12, 1), False),
    ],
)
def test_a_loss_of_the_successor_counts_from_the_takeover_on(
    engine: Engine, take: Take, barred_on: date, taken_on: date, stopped: bool
) -> None:
    take(world())
    take({"取消资格": [{"主体": HEIR, "取消日": barred_on, "批准文号": "威样例〔2023〕3号"}]})
    take({"银行变更": [change(BANK, HEIR, "承继", taken_on)]})
    assert (run_of(engine).summary["stopped"].get("R_REVOKED", 0) == 2) is stopped


def test_the_successor_is_paid_in_a_row_of_its_own(tmp_path: Path) -> None:
    engine = lives.at_stage(tmp_path, "filed")
    lives.take(engine, tmp_path, {"银行变更": [change(lives.TWO, lives.ONE, "承继", date(2024, 1, 10))]})
    run = lives.settle(engine)
    lives.sign(engine, run)
    lives.check(engine, run)
    lives.allot(engine, lives.approve(engine, run))
    both = f"{lives.TWO}（{lives.ONE}承继）"
    rows = lives.to_pay(engine, run)
    of_banks = {row["银行名称"] for row in rows if row["环节"] == "金融监管部门到银行"}
    assert {lives.ONE, both} <= of_banks
    outcome = lives.paid(engine, tmp_path, [row for row in rows if row["环节"] != "银行到企业"])
    assert not outcome.findings and audit(engine).problems == []
    with db.reading(engine) as connection:
        assert balance.Names(connection, read_run(connection, run.id), printed=True)


# --- what is refused ------------------------------------------------------------------------------------------------------

REFUSED = {
    "an unknown bank": (change("没有银行", NEW, "更名"), "原名称", "不在「合作银行」表中"),
    "a name that another bank has": (change(BANK, HEIR, "更名"), "现名称", "已是另一家银行的名称"),
    "a successor that is not on file": (change(BANK, "没有银行", "承继"), "现名称", "承继的银行不在"),
    "itself": (change(BANK, BANK, "承继"), "现名称", "承继成环"),
    "its own name": (change(BANK, BANK, "更名"), "现名称", "现名称与原名称相同"),
    "the future": (change(BANK, NEW, "更名", date(2099, 1, 1)), "变更日", "在今天"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_it_is_refused(take: Take, name: str) -> None:
    take(world())
    row, column, problem = REFUSED[name]
    (finding,) = take({"银行变更": [row]}, refused=True).findings
    assert finding.column == column and problem in finding.problem


def test_a_circle_is_refused(take: Take) -> None:
    take(world())
    take({"银行变更": [change(BANK, HEIR, "承继")]})
    (finding,) = take({"银行变更": [change(HEIR, BANK, "承继", date(2024, 1, 20))]}, refused=True).findings
    assert "承继成环" in finding.problem


def test_a_circle_of_names_is_refused(take: Take) -> None:
    take(world())
    rows = [change(BANK, NEW, "更名"), change(NEW, BANK, "更名", date(2024, 1, 20))]
    (finding,) = take({"银行变更": rows}, refused=True).findings
    assert (finding.row, finding.column) == (3, "现名称") and "更名成环" in finding.problem


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0)])
def test_a_chain_of_one_day_leads_to_its_end(engine: Engine, take: Take, order: tuple[int, ...]) -> None:
    """Whatever the names sort like, and whatever the order of the rows."""
    take(world())
    chain = [change(BANK, "样甲", "更名"), change("样甲", "a样", "更名"), change("a样", "样乙", "更名")]
    take({"银行变更": [chain[place] for place in order]})
    assert set(banks_in(engine, run_of(engine))) == {"样乙"}


def test_a_change_is_not_dated_before_the_one_on_which_it_rests(take: Take) -> None:
    take(world())
    take({"银行变更": [change(BANK, NEW, "更名")]})
    early = change(NEW, "样例又新银行", "更名", date(2024, 1, 9))
    (finding,) = take({"银行变更": [early]}, refused=True).findings
    assert finding.column == "变更日" and finding.expected == "应不早于 2024-01-10"
    (finding,) = take({"银行变更": [early | {"类别": "承继", "现名称": HEIR}]}, refused=True).findings
    assert finding.column == "变更日"
    take({"银行变更": [early | {"变更日": date(2024, 1, 10)}]})
    late = change(BANK, NEW, "更名", date(2024, 1, 11))
    (finding,) = take({"银行变更": [late]}, refused=True, amend_reason="日期").findings
    assert finding.column == "变更日" and finding.expected == "应不晚于 2024-01-10"


def test_the_terminal_names_the_successor_beside_the_bank(engine: Engine, take: Take) -> None:
    take(world())
    take({"银行变更": [change(BANK, HEIR, "承继")]})
    run = run_of(engine)
    with db.reading(engine) as connection:
        shown = totals_with_printed_banks(connection, run)
        simulated = simulation.simulate(connection, PROGRAMMES["tech_branch"], 2023, (), date(2024, 1, 31))
    assert [part["bank"] for part in run.summary["banks"]] == [BANK], "machines read the name"
    assert [part["bank"] for part in shown.summary["banks"]] == [f"{BANK}（{HEIR}承继）"]
    tables = [part for part in simulation_words.words(simulated) if not isinstance(part, str)]
    (by_bank,) = [table for table in tables if table.title == "按银行"]
    assert [row[0] for row in by_bank.rows] == [f"{BANK}（{HEIR}承继）", "合计"]


def test_a_simulation_after_a_change_of_name_compares_the_same_bank(tmp_path: Path) -> None:
    engine, new = lives.at_stage(tmp_path, "approved"), lives.ONE + "新"  # which leaves the lines in their order
    lives.take(engine, tmp_path, {"银行变更": [change(lives.ONE, new, "更名")]})
    with db.reading(engine) as connection:
        simulated = simulation.simulate(connection, PROGRAMMES["tech_branch"], 2023)
    assert not simulated.facts_changed and simulated.run is not None
    banks = figures.by(simulated, "bank")
    assert {one.name for one in banks} >= {new, lives.TWO} and lives.ONE not in {one.name for one in banks}
    assert all(one.before == one.after for one in banks)


def test_a_change_on_which_a_later_one_rests_is_not_withdrawn(engine: Engine, take: Take) -> None:
    take(world())
    take({"银行变更": [change(BANK, NEW, "更名"), change(NEW, "样例又新银行", "更名", date(2024, 1, 20))]})
    with pytest.raises(Refused, match="2024-01-20 的更名.*以它为依据"):
        void(engine, BY_NAME["银行变更"], [BANK], "误录", "录入")
    void(engine, BY_NAME["银行变更"], [NEW], "误录", "录入")
    void(engine, BY_NAME["银行变更"], [BANK], "误录", "录入")
    with db.reading(engine) as connection:
        assert bank_names(connection).unchanged
    assert audit(engine).problems == []


def test_the_same_change_again_changes_nothing(take: Take) -> None:
    take(world())
    take({"银行变更": [change(BANK, NEW, "更名")]})
    outcome = take({"银行变更": [change(BANK, NEW, "更名")], "企业": [base()["企业"][0]]})
    assert outcome.taken["银行变更"].same == 1
