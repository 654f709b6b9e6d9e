"""The life of a run: signatures, two people, the order of the steps, and that every one of them is on record."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.exc import DatabaseError, IntegrityError

import lives
from databases import fresh_engine
from ledger import lifecycle, models, spotcheck
from ledger.books import standing
from ledger.database import db
from ledger.errors import Refused
from ledger.people import same_person
from ledger.programmes import PROGRAMMES
from ledger.runs.settlement import RunRecord, read_run, settle
from ledger.runs.steps import steps
from reports.runs import status

pytestmark = pytest.mark.sqlite_only


@pytest.fixture
def at(tmp_path: Path) -> Callable[[str], tuple[Engine, RunRecord]]:
    """A database at a stage, and its first run where it has one."""

    def open_at(stage: str) -> tuple[Engine, RunRecord]:
        engine = lives.at_stage(tmp_path, stage)
        with db.reading(engine) as connection:
            return engine, read_run(connection, 1)

    return open_at


At = Callable[[str], tuple[Engine, RunRecord]]


def state(engine: Engine, run_id: int = 1) -> str:
    with db.reading(engine) as connection:
        return read_run(connection, run_id).state


def missing(engine: Engine, run_id: int = 1) -> list[str]:
    with db.reading(engine) as connection:
        found: list[str] = status.of_run(connection, read_run(connection, run_id))["missing"]
        return found


# --- the whole way ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stage", "expected"),
    [("trial", "trial"), ("signed", "review"), ("approved", "approved"), ("allotted", "allotted"),
     ("paid", "disbursing"), ("closed", "closed")],
)  # fmt: skip
def test_each_stage_follows_from_the_steps(at: At, stage: str, expected: str) -> None:
    assert state(at(stage)[0]) == expected


def test_every_step_says_who_when_and_by_which_document(at: At) -> None:
    engine, run = at("closed")
    with db.reading(engine) as connection:
        found = steps(connection, run.id)
    kinds = [step.kind for step in found]
    assert kinds == ["sign", "sign", "sign", "sample", "approve", "allot", "pay", "close"]
    assert [step.county for step in found if step.county] == list(lives.COUNTIES)
    assert all(step.made_by and step.account and step.made_at for step in found)
    assert all(step.document_no for step in found if step.kind not in ("sample", "pay"))
    signed = found[0]
    assert signed.made_by == lives.SIGNERS["环翠区"] and signed.figures is not None
    assert signed.figures["interest_fen"] == 12810000  # what the county signed for
    assert found[4].figures is not None and found[4].figures["on"] == "2024-02-20"


def test_what_is_missing_is_said_at_each_stage(at: At) -> None:
    engine, run = at("trial")
    assert "环翠区、荣成市、高区" in missing(engine)[0]
    lives.sign(engine, run)
    assert missing(engine)[0].startswith("抽查：第 1 号运行还没有抽查（第十七条）：请运行 tiexi sample 1")
    lives.check(engine, run)
    assert missing(engine) == ["市级审核：tiexi approve 1 --by 姓名 --document 文号"]
    lives.approve(engine, run)
    assert missing(engine) == ["财政下达：tiexi allot 1 --by 姓名 --document 文号"]
    lives.allot(engine, run)
    assert missing(engine)[0].startswith("拨付：45.00 万元尚未到达")


def test_a_trial_beside_the_approved_run_needs_nothing(at: At) -> None:
    engine, _ = at("approved")
    second = lives.settle(engine)
    assert missing(engine, second.id) == ["不必再办：2023 年度已审核通过第 1 号运行，本次试算仅供参考"]
    with pytest.raises(Refused, match="2023 年度已有审核通过的第 1 号运行，第 2 号运行无需初审"):
        lives.sign(engine, second)
    with pytest.raises(Refused, match="每个年度只能通过一次"):
        lives.approve(engine, second)


@pytest.mark.parametrize("table", ["run_steps", "spot_checks", "spot_check_lines", "spot_check_results"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET rowid = rowid", "DELETE FROM {}"])
def test_no_step_is_ever_changed(at: At, table: str, statement: str) -> None:
    engine, _ = at("approved")
    with pytest.raises(IntegrityError, match="append-only"), engine.begin() as connection:
        connection.exec_driver_sql(statement.format(table))


@pytest.mark.parametrize(
    "table",
    ["run_steps", "spot_checks", "spot_check_lines", "spot_check_results", "journal_entries", "seals", "sealed_rows"],
)
def test_no_row_is_replaced_either(at: At, table: str) -> None:
    """INSERT OR REPLACE removes a row without asking the guard against deletion."""
    engine, _ = at("approved")
    with pytest.raises(DatabaseError, match="append-only"), engine.begin() as connection:
        connection.exec_driver_sql(f"INSERT OR REPLACE INTO {table} SELECT * FROM {table} LIMIT 1")


# --- the counties -----------------------------------------------------------------------------------------------------


def test_approval_needs_every_county(at: At) -> None:
    engine, run = at("trial")
    lives.sign(engine, run, ["环翠区", "高区"])
    with pytest.raises(Refused, match="尚未初审签署：荣成市"):
        lives.approve(engine, run)
    lives.sign(engine, run, ["荣成市"])
    assert lives.approve(engine, run).state == "approved"


def test_a_return_stands_until_the_county_signs_again(at: At) -> None:
    engine, run = at("signed")
    lifecycle.return_(engine, run.id, "高区", "初审丙", "C1 余额不符")
    with pytest.raises(Refused, match="已退回：高区（初审丙：C1 余额不符）"):
        lives.approve(engine, run)
    assert any("高区（初审丙：C1 余额不符）" in sentence for sentence in missing(engine))
    lives.sign(engine, run, ["高区"])
    assert lives.approve(engine, run).state == "approved"


def test_a_county_signs_once(at: At) -> None:
    engine, run = at("signed")
    with pytest.raises(Refused, match="环翠区已由 初审甲 初审签署.*无需再签"):
        lives.sign(engine, run, ["环翠区"])


@pytest.mark.parametrize("county", ["市外", "文登区"])
def test_a_county_without_lines_does_not_sign(at: At, county: str) -> None:
    engine, run = at("trial")
    with pytest.raises(Refused, match=f"没有{county}的贷款或追缴.*环翠区、荣成市、高区"):
        lifecycle.sign(engine, run.id, county, "某人", "文")


def test_a_county_with_claims_alone_signs_too(tmp_path: Path) -> None:
    """B1 of 荣成市 is gone by the end of 2024 and claimed back: the county has a say in that."""
    engine = lives.at_stage(tmp_path, "second year")
    with db.reading(engine) as connection:
        run = read_run(connection, 2)
    lines = {part["county"] for part in run.summary["counties"]}
    claims = {part["county"] for part in run.summary["claims"]["counties"]}
    assert "荣成市" in claims - lines
    assert lifecycle.counties(run) == ["环翠区", "荣成市", "高区"]


def test_no_signature_on_facts_that_changed(at: At, tmp_path: Path) -> None:
    engine, run = at("trial")
    lives.take(engine, tmp_path, {"贷款": [{**lives.city()["贷款"][0], "贷款金额(万元)": 900}],
                                  "年末余额": [{**lives.city()["年末余额"][0], "年末余额(万元)": 900}]},
               amend_reason="金额录入有误")  # fmt: skip
    with pytest.raises(Refused, match="试算后数据有变动.*请重新试算"):
        lives.sign(engine, run, ["环翠区"])
    with pytest.raises(Refused, match="试算后数据有变动"):
        lives.approve(engine, run, solo=True)


def test_after_approval_no_county_says_anything_more(at: At) -> None:
    engine, run = at("approved")
    for step in (
        lambda: lives.sign(engine, run, ["高区"]),
        lambda: lifecycle.return_(engine, run.id, "高区", "初审丙", "反悔"),
    ):
        with pytest.raises(Refused, match="已审核通过，区市初审不能再改"):
            step()


# --- two people -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "what"),
    [
        (lives.TYPIST, "报送过数据"), ("录 入　员", "报送过数据"), ("录\u200b入员", "报送过数据"), (lives.CLERK, "经办第 1 号运行的试算"),
        ("初审甲", "代表环翠区初审"), ("初审丙", "代表高区初审"),
    ],
)  # fmt: skip
def test_who_entered_or_signed_does_not_approve(at: At, name: str, what: str) -> None:
    engine, run = at("signed")
    with pytest.raises(Refused, match=f"已{what}，不能再审核"):
        lives.approve(engine, run, by=name)
    assert state(engine) == "review"


def test_names_are_one_persons_whatever_their_width() -> None:
    assert same_person("Ｌｉ Ming", "li　ｍｉｎｇ") and not same_person("张三", "张三丰")


def test_who_amended_or_returned_does_not_approve(tmp_path: Path) -> None:
    engine = lives.at_stage(tmp_path, "filed")
    loan = {**lives.city()["贷款"][7], "担保方式": "保证"}
    lives.take(engine, tmp_path, {"贷款": [loan]}, uploader="更正员", amend_reason="录入有误")
    run = lives.settle(engine)
    lifecycle.return_(engine, run.id, "高区", "退回员", "请复核")
    lives.sign(engine, run)
    for name in ("更正员", "退回员"):
        with pytest.raises(Refused, match="不能再审核"):
            lives.approve(engine, run, by=name)
    assert lives.approve(engine, run).approved_by == lives.CHIEF


def test_who_paid_out_an_earlier_year_may_approve(at: At, tmp_path: Path) -> None:
    """Files of payments are no facts that a settlement rests on."""
    engine, _ = at("closed")
    lives.take(engine, tmp_path, lives.later())
    run = lives.settle(engine, 2024)
    lives.sign(engine, run)
    assert lives.approve(engine, run, by=lives.CASHIER).approved_by == lives.CASHIER


def test_solo_asks_for_neither_and_says_so(at: At) -> None:
    engine, run = at("trial")
    done = lives.approve(engine, run, by=lives.TYPIST, solo=True)
    assert done.solo and done.state == "approved"
    with db.reading(engine) as connection:
        step = steps(connection, run.id)[-1]
        assert step.figures is not None and step.figures["solo"] is True
        assert "单人试用" in status.step_row(status.of_run(connection, done)["steps"][-1])[-1]


def test_solo_does_not_pass_over_the_spot_check(at: At) -> None:
    engine, run = at("trial")
    spotcheck.sample(engine, run.id, 100_000, None, lives.CHECKER)
    with pytest.raises(Refused, match="笔没有结果"):
        lives.approve(engine, run, solo=True)


# --- the order of the steps -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stage", "expected"),
    [("trial", "尚未审核通过"), ("signed", "尚未审核通过"), ("allotted", "已经下达"), ("paid", "正在拨付"), ("closed", "已经办结")],
)  # fmt: skip
def test_money_is_allotted_once_and_after_approval(at: At, stage: str, expected: str) -> None:
    engine, run = at(stage)
    with pytest.raises(Refused, match=f"{expected}，不能下达"):
        lives.allot(engine, run)


def test_a_run_is_closed_when_every_fen_has_arrived(at: At, tmp_path: Path) -> None:
    engine, run = at("approved")
    with pytest.raises(Refused, match="尚未下达，不能办结"):
        lives.close(engine, run)
    lives.allot(engine, run)
    with pytest.raises(Refused, match=r"还有 45\.00 万元没有到达银行或企业"):
        lives.close(engine, run)
    rows = lives.to_pay(engine, run)
    lives.paid(engine, tmp_path, rows[:-1])
    with pytest.raises(Refused, match="没有到达"):
        lives.close(engine, run)
    lives.paid(engine, tmp_path, rows[-1:])
    assert lives.close(engine, run).state == "closed"
    with pytest.raises(Refused, match="已经办结"):
        lives.close(engine, run)


@pytest.mark.parametrize("day", [date(2024, 1, 30), date(2199, 1, 1)])
def test_no_approval_before_the_as_of_date_or_in_the_future(at: At, day: date) -> None:
    engine, run = at("signed")
    with pytest.raises(Refused, match=f"审核日 {day} 应在截止日 2024-01-31 与今天"):
        lives.approve(engine, run, on=day)


@pytest.mark.parametrize("day", [date(2024, 2, 19), date(2199, 1, 1)])
def test_no_allotment_before_the_approval_or_in_the_future(at: At, day: date) -> None:
    engine, run = at("approved")
    with pytest.raises(Refused, match=f"下达日 {day} 应在审核日 2024-02-20 与今天"):
        lives.allot(engine, run, day)
    assert lives.allot(engine, run, date(2024, 2, 20)).state == "allotted"


def test_a_run_that_owes_nothing_is_not_allotted_before_its_approval_either(tmp_path: Path) -> None:
    """It has no entries, so that the day of its approval stands in the step alone."""
    engine, sheets = fresh_engine(tmp_path), lives.city()
    refused = [row for row in sheets["贷款"] if row["借据编号"] == "C2"]
    lives.take(engine, tmp_path, {**{name: sheets[name] for name in ("企业", "资质", "合作银行")}, "贷款": refused})
    run = lives.settle(engine)
    lives.sign(engine, run)
    lives.approve(engine, run)
    with pytest.raises(Refused, match="下达日 2024-02-19 应在审核日 2024-02-20 与今天"):
        lives.allot(engine, run, date(2024, 2, 19))
    assert lives.allot(engine, run, date(2024, 2, 20)).state == "allotted"


def test_a_refused_step_leaves_nothing(at: At) -> None:
    engine, run = at("trial")
    before = _everything(engine)
    for step in (
        lambda: lives.approve(engine, run),
        lambda: lives.allot(engine, run),
        lambda: lives.close(engine, run),
    ):
        with pytest.raises(Refused):
            step()
    assert _everything(engine) == before


def _everything(engine: Engine) -> dict[str, list[tuple[object, ...]]]:
    with db.reading(engine) as connection:
        return {
            table.name: [tuple(row) for row in connection.execute(select(table))]
            for table in models.Base.metadata.sorted_tables
        }


def test_a_review_of_the_city_has_no_counties_and_no_sample(tmp_path: Path) -> None:
    engine = lives.at_stage(tmp_path, "filed")
    run = settle(engine, PROGRAMMES["chokepoint"], 2023, None, lives.CLERK)
    with pytest.raises(Refused, match="没有区市初审"):
        lifecycle.sign(engine, run.id, "环翠区", "某人", "文")
    with pytest.raises(Refused, match="不抽查"):
        spotcheck.sample(engine, run.id, 100_000, None, lives.CHECKER)
    with pytest.raises(Refused, match="不能再审核"):
        lives.approve(engine, run, by=lives.CLERK, on=date(2023, 12, 20))
    done = lives.approve(engine, run, on=date(2023, 12, 20))
    assert lifecycle.allot(engine, done.id, lives.CASHIER, "文", date(2024, 1, 5)).state == "allotted"
    assert lives.close(engine, done).state == "closed"  # nothing was owed
    with db.reading(engine) as connection:
        assert standing.total(connection, done.id, ("payable",)) == 0
