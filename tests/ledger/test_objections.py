"""异议: what import refuses of them, how one is closed, and that an open one stops the allotment of what it concerns."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

import lives
from ledger import lifecycle
from ledger.audit import audit
from ledger.database import db
from ledger.errors import Refused
from ledger.intake.sheets import BY_NAME
from ledger.intake.void import void
from ledger.runs.objections import open_objections
from ledger.runs.settlement import read_run
from lives import CODES
from reports.runs import status
from samples import OTHER_USCC, USCC, base
from tiexi import cli

Take = Callable[..., Any]
OPEN = {"年度": 2023, "统一社会信用代码": USCC, "收到日": date(2024, 2, 5), "事项": "贴息月数有误"}
SETTLED = {**OPEN, "处理结果": "维持", "处理日": date(2024, 2, 9), "处理文号": "样例复1号"}


def objection(code: str, year: int = 2023, **more: Any) -> dict[str, Any]:
    return {**OPEN, "统一社会信用代码": code, "年度": year, **more}


# --- the sheet --------------------------------------------------------------------------------------------------------


def test_it_is_taken_open_or_settled(engine: Engine, take: Take) -> None:
    take(base() | {"异议": [OPEN, {**SETTLED, "收到日": date(2024, 2, 6)}]})
    with db.reading(engine) as connection:
        (found,) = open_objections(connection)
    assert found.as_dict() == {
        "year": 2023, "uscc": USCC, "enterprise": "威海样例甲公司", "received_on": "2024-02-05", "matter": "贴息月数有误"
    }  # fmt: skip


@pytest.mark.parametrize(
    ("change", "column", "words"),
    [
        ({"处理结果": "维持"}, "处理日", "没有填写，而同组的其他列已填"),
        ({"处理日": date(2024, 2, 9)}, "处理结果", "没有填写"),
        ({"处理结果": "维持", "处理日": date(2024, 2, 9)}, "处理文号", "没有填写"),
        ({"处理结果": "维持", "处理文号": "样例复1号"}, "处理日", "没有填写"),
        ({**SETTLED, "处理日": date(2024, 2, 4)}, "处理日", "处理日早于收到日"),
        ({"收到日": date(2024, 3, 2)}, "收到日", "收到日在今天"),
        ({**SETTLED, "处理日": date(2024, 3, 2)}, "处理日", "处理日在今天"),
        ({"统一社会信用代码": OTHER_USCC}, "统一社会信用代码", "不在「企业」表"),
        ({"事项": None}, "事项", "不能为空"),
    ],
)
def test_what_is_refused(take: Take, set_today: Any, change: dict[str, Any], column: str, words: str) -> None:
    set_today(date(2024, 3, 1))
    take(base())
    (finding,) = take({"异议": [{**OPEN, **change}]}, refused=True).findings
    assert (finding.sheet, finding.column, finding.row) == ("异议", column, 2)
    assert words in finding.problem


def test_the_day_itself_is_taken(take: Take, set_today: Any) -> None:
    set_today(date(2024, 2, 5))
    take(base() | {"异议": [{**SETTLED, "处理日": date(2024, 2, 5)}]})


def test_it_is_settled_by_an_amendment(engine: Engine, take: Take) -> None:
    take(base() | {"异议": [OPEN]})
    (finding,) = take({"异议": [SETTLED]}, refused=True).findings
    assert "与已入库的内容不同" in finding.problem
    take({"异议": [SETTLED]}, amend_reason="处理完毕")
    with db.reading(engine) as connection:
        assert open_objections(connection) == []
    take({"异议": [OPEN]}, amend_reason="重新受理")
    with db.reading(engine) as connection:
        assert len(open_objections(connection)) == 1
    void(engine, BY_NAME["异议"], [2023, USCC, date(2024, 2, 5)], "撤诉", "测试")
    with db.reading(engine) as connection:
        assert open_objections(connection) == []


# --- what it stops ----------------------------------------------------------------------------------------------------


@pytest.fixture
def approved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    engine = lives.at_stage(tmp_path, "approved")
    monkeypatch.setenv("TIEXI_DATABASE_URL", str(engine.url))
    yield engine
    engine.dispose()


@pytest.mark.sqlite_only
def test_an_open_one_stops_the_allotment_until_it_is_settled(approved: Engine, tmp_path: Path) -> None:
    lives.take(approved, tmp_path, {"异议": [objection(CODES[0])]})
    with db.reading(approved) as connection:
        run = read_run(connection, 1)
    with pytest.raises(
        Refused, match=f"第 1 号运行有 1 件异议尚未处理，不能下达：海甲公司（{CODES[0]}）2024-02-05 收到：贴息月数有误"
    ):
        lives.allot(approved, run)
    settled = {**SETTLED, "统一社会信用代码": CODES[0]}
    lives.take(approved, tmp_path, {"异议": [settled]}, amend_reason="处理完毕")
    assert lives.allot(approved, run).state == "allotted"


@pytest.mark.sqlite_only
@pytest.mark.parametrize(("code", "year"), [(CODES[0], 2024), (OTHER_USCC, 2023)])
def test_one_of_another_year_or_of_an_enterprise_without_a_line_stops_nothing(
    approved: Engine, tmp_path: Path, code: str, year: int
) -> None:
    other = {"统一社会信用代码": OTHER_USCC, "企业名称": "样例无贷公司", "区市": "高区"}
    lives.take(approved, tmp_path, {"企业": [other], "异议": [objection(code, year)]})
    with db.reading(approved) as connection:
        run = read_run(connection, 1)
        assert open_objections(connection, run) == [] and len(open_objections(connection)) == 1
    assert lives.allot(approved, run).state == "allotted"


@pytest.mark.sqlite_only
def test_a_stopped_line_is_a_line_too(approved: Engine, tmp_path: Path) -> None:
    """海戊 gets nothing (取消资格): it is the one that objects."""
    lives.take(approved, tmp_path, {"异议": [objection(CODES[4])]})
    with db.reading(approved) as connection:
        assert len(open_objections(connection, read_run(connection, 1))) == 1


@pytest.mark.sqlite_only
def test_despite_is_kept_and_shown(approved: Engine, tmp_path: Path, capsys: Any) -> None:
    lives.take(approved, tmp_path, {"异议": [objection(CODES[0]), objection(CODES[1])]})
    allot = ["allot", "1", "--by", "财政", "--document", "文号"]
    assert cli.run(allot) == 1
    assert "有 2 件异议尚未处理，不能下达" in capsys.readouterr().err
    assert cli.run([*allot, "--despite", "工期所限"]) == 0
    with db.reading(approved) as connection:
        steps = status.of_run(connection, read_run(connection, 1))["steps"]
    assert audit.audit(approved).problems == []
    assert steps[-1]["figures"]["despite"] == "工期所限" and steps[-1]["figures"]["open_objections"] == 2
    assert "有 2 件异议尚未处理，仍下达：工期所限" in status.step_row(steps[-1])[-1]


@pytest.mark.sqlite_only
def test_despite_without_an_open_one_is_not_kept(approved: Engine) -> None:
    lifecycle.allot(approved, 1, "财政", "文号", despite="无须")
    with db.reading(approved) as connection:
        step = status.of_run(connection, read_run(connection, 1))["steps"][-1]
    assert step["kind"] == "allot" and "despite" not in step["figures"]


@pytest.mark.sqlite_only
def test_status_shows_what_is_open_what_is_next_and_whose_it_is(approved: Engine, tmp_path: Path, capsys: Any) -> None:
    lives.take(approved, tmp_path, {"异议": [objection(CODES[0])]})
    assert cli.run(["status", "1", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [one["uscc"] for one in found["objections"]] == [CODES[0]]
    assert [one["who"] for one in found["next"]] == ["市级经办人", "财政部门"]
    assert found["next"][1]["command"] == "tiexi allot 1 --by 姓名 --document 文号"
    assert found["missing"] == [one["text"] for one in found["next"]] and found["claims_open_fen"] == 0
    assert cli.run(["status", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert len(listed["objections"]) == 1 and listed["runs"][0]["next"] == found["next"]
    for command in (["status"], ["status", "1"]):
        assert cli.run(command) == 0
        said = capsys.readouterr().out
        assert f"海甲公司（{CODES[0]}）2024-02-05 收到：贴息月数有误" in said
        assert "财政下达：tiexi allot 1 --by 姓名 --document 文号　——由财政部门办理" in said


@pytest.mark.sqlite_only
def test_a_trace_says_that_it_changes_no_amount(approved: Engine, tmp_path: Path, capsys: Any) -> None:
    lives.take(approved, tmp_path, {"异议": [objection(CODES[0])]})
    lives.settle(approved)
    path = next(tmp_path.glob("报送*"))
    assert cli.run(["trace", str(path), "--run", "2", "--json"]) == 0
    reasons = [
        one["reason"] for run in json.loads(capsys.readouterr().out)["runs"] for one in run["sheets"][0]["reasons"]
    ]
    assert "异议不改变金额，处理以前不能下达" in reasons
