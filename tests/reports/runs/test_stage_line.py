"""A run's way as a line of stages: what is done, what is being done, what is ahead, through a whole life."""

from collections.abc import Callable
from datetime import date
from typing import Any

from sqlalchemy import Engine

from ledger import lifecycle, spotcheck
from ledger.database import db
from ledger.programmes import PROGRAMMES
from ledger.runs import settlement
from ledger.workdays import today
from reports.runs import status
from reports.runs.stage_line import Stage, stage_line
from samples import BANK, base

Take = Callable[..., Any]


def stages(engine: Engine, run_id: int) -> list[Stage]:
    with db.reading(engine) as connection:
        return stage_line(status.of_run(connection, settlement.read_run(connection, run_id)))


def standing(engine: Engine, run_id: int) -> dict[str, str]:
    return {stage.key: stage.standing for stage in stages(engine, run_id)}


def test_a_run_goes_from_stage_to_stage(engine: Engine, take: Take) -> None:
    take(base())
    day = today().isoformat()
    run = settlement.settle(engine, PROGRAMMES["tech_branch"], 2023, date(2024, 1, 31), "经办甲").id
    found = standing(engine, run)
    assert list(found) == ["trial", "review", "sampled", "approved", "allotted", "disbursing", "closed"]
    assert list(found.values()) == ["done", "now", "ahead", "ahead", "ahead", "ahead", "ahead"]
    assert list(stages(engine, run)[0].notes) == [f"经办甲 {day}"]
    lifecycle.return_(engine, run, "环翠区", "初审乙", "余额不符")
    (note,) = stages(engine, run)[1].notes
    assert note == "已签署 0 / 1 个区市，退回：环翠区" and standing(engine, run)["review"] == "now"
    lifecycle.sign(engine, run, "环翠区", "初审乙", "样例2号")
    assert [*standing(engine, run).values()][:4] == ["done", "done", "now", "ahead"]
    spotcheck.sample(engine, run, 1000, None, "经办甲")
    assert list(stages(engine, run)[2].notes) == ["抽 1 笔，待录 1 笔"] and standing(engine, run)["sampled"] == "now"
    spotcheck.enter(engine, run, [spotcheck.Entry(BANK, "A", "finding", "缺凭证")], "经办甲")
    assert list(stages(engine, run)[2].notes) == ["抽 1 笔，待录 0 笔，不符未解决 1 笔"]
    assert standing(engine, run)["sampled"] == "now"
    spotcheck.enter(engine, run, [spotcheck.Entry(BANK, "A", "resolved", "已补")], "经办甲")
    assert [*standing(engine, run).values()][2:4] == ["done", "now"]
    lifecycle.approve(engine, run, "审核丙", "样例3号")
    assert list(stages(engine, run)[3].notes) == [f"审核丙 {day} 样例3号"]
    assert [*standing(engine, run).values()][3:] == ["done", "now", "ahead", "ahead"]
    lifecycle.allot(engine, run, "财政丁", "样例4号")
    assert [*standing(engine, run).values()][4:] == ["done", "now", "ahead"]


def test_a_document_without_reviews_has_no_such_stages(engine: Engine, take: Take) -> None:
    take(base())
    run = settlement.settle(engine, PROGRAMMES["chokepoint"], 2023, None, "经办").id
    assert list(standing(engine, run)) == ["trial", "approved", "allotted", "disbursing", "closed"]


def test_who_tries_alone_has_everything_before_the_approval_behind_him(engine: Engine, take: Take) -> None:
    take(base())
    run = settlement.settle(engine, PROGRAMMES["tech_branch"], 2023, date(2024, 1, 31), "经办").id
    lifecycle.approve(engine, run, "审核", "样例1号", solo=True)
    assert [*standing(engine, run).values()] == ["done", "done", "done", "done", "now", "ahead", "ahead"]


def test_a_run_of_which_only_number_and_state_are_known(engine: Engine) -> None:
    found = stage_line({"programme": "tech_branch", "state": "allotted"})
    assert [stage.standing for stage in found] == ["done"] * 5 + ["now", "ahead"]
    assert all(not stage.notes for stage in found)
