"""待办: what each account has to do in which situation, in which order, and what it is told has changed."""

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from ledger import lifecycle, spotcheck
from ledger.accounts import managing
from ledger.database import db
from ledger.programmes import PROGRAMMES
from ledger.runs import settlement
from reports.waiting.changes import changes
from reports.waiting.tasks import Task, tasks
from samples import BANK, ENTERPRISE, PARTNER, QUALIFICATION, base, loan
from uploading import OTHER_BANK, Desk, make_accounts

Take = Callable[..., Any]
LATER = date(2100, 1, 1)
MORE = {
    "home": ("环翠员", "样例环翠局", "county", "county:环翠区"),
    "purse": ("环翠财政员", "样例环翠财政局", "county_finance", "county:环翠区"),
    "chief": ("市审核", "样例市金融局", "approver", None),
    "insurer": ("保险员", "样例财险", "clerk", "insurer:样例财险"),
    "security": ("安全员", "样例办", "security", None),
    "logs": ("日志员", "样例办", "logs", None),
}


@pytest.fixture
def desk(engine: Engine, take: Take, tmp_path: Path) -> Desk:
    """A city with two banks, and everybody in it."""
    take({"合作银行": [PARTNER, {**PARTNER, "银行名称": OTHER_BANK}], "企业": [ENTERPRISE], "资质": [QUALIFICATION]})
    make_accounts(engine)
    for login, (name, unit, role, scope) in MORE.items():
        managing.add(engine, login, name, unit, role=role, scope=scope)
    return Desk(engine, tmp_path)


def todo(desk: Desk, login: str, day: date | None = None) -> list[Task]:
    account = desk.account(login)
    with db.reading(desk.engine) as connection:
        return tasks(connection, account, day)


def words(desk: Desk, login: str) -> list[tuple[str, str]]:
    return [(task.title, task.state) for task in todo(desk, login)]


def test_files_wait_for_whoever_confirms_them(desk: Desk) -> None:
    one = desk.send("clerk", {"贷款": [loan("A")]}, "一月.xlsx")
    (task,) = todo(desk, "reviewer")
    assert (task.title, task.state, task.count, task.href) == ("待确认的文件", "待确认", 1, f"/uploads/{one.id}")
    assert words(desk, "clerk") == words(desk, "other-reviewer") == words(desk, "city") == []
    desk.send("clerk", {"贷款": [loan("B")]}, "二月.xlsx")
    (task,) = todo(desk, "reviewer")
    assert (task.count, task.detail, task.href) == (2, "二月.xlsx、一月.xlsx", "/uploads?state=checked")
    desk.confirm("reviewer", one.id)
    assert [task.count for task in todo(desk, "reviewer")] == [1]


def test_an_amendment_waits_for_the_city(desk: Desk) -> None:
    desk.confirm("reviewer", desk.send("clerk", {"贷款": [loan("A")]}).id)
    amended = desk.send("clerk", {"贷款": [loan("A", 合同编号="HT-新")]}, amend_reason="录错")
    desk.confirm("reviewer", amended.id)
    assert words(desk, "city") == [("待同意的更正", "待市级同意")] and words(desk, "reviewer") == []


def test_what_came_back_is_to_be_put_right_until_it_is_sent_again(desk: Desk) -> None:
    bad = desk.send("clerk", {"贷款": [loan("A", 发放日="2025-02-30")]}, "一月.xlsx")
    (task,) = todo(desk, "clerk")
    assert (task.title, task.state, task.shape, task.href) == (
        "要改好再传的文件", "有问题", "attention", f"/uploads/{bad.id}"
    )  # fmt: skip
    assert words(desk, "clerk-2") == []  # it is a colleague's
    good = desk.send("clerk", {"贷款": [loan("A")]}, "一月.xlsx")
    assert words(desk, "clerk") == []
    desk.give_back("reviewer", good.id, "少一笔")
    assert words(desk, "clerk") == [("要改好再传的文件", "已退回")]
    assert todo(desk, "clerk", LATER) == []


def test_papers_come_by_their_deadline(desk: Desk, take: Take) -> None:
    take(
        {
            "贷款": [
                loan("晚", 资料上传日=None),
                loan("近", 发放日=date(2023, 7, 10), 资料上传日=None),
                loan("今", 发放日=date(2023, 7, 7), 资料上传日=None),
            ]
        }
    )
    day = date(2023, 7, 14)
    for login in ("clerk", "reviewer", "home"):
        found = todo(desk, login, day)
        assert [(task.title, task.state, task.until) for task in found] == [
            ("资料逾期", "已逾期", ""),
            ("资料将到期（0 个工作日）", "待上传", "2023-07-14 止，今天"),
            ("资料将到期（1 个工作日）", "待上传", "2023-07-17 止"),
        ]
        assert found[0].href == "/papers?q=晚" and found[1].detail == "今 发放（2023-07-07）"
    assert todo(desk, "other-clerk", day) == todo(desk, "county", day) == todo(desk, "insurer", day) == []


def test_a_run_asks_one_after_the_other(desk: Desk, take: Take) -> None:
    take(base(loan("A"), loan("B", 银行名称=OTHER_BANK), 合作银行=[PARTNER, {**PARTNER, "银行名称": OTHER_BANK}]))
    engine = desk.engine
    people = ("home", "county", "city", "chief", "finance", "clerk", "tech")

    def asked() -> dict[str, list[tuple[str, str]]]:
        return {login: found for login in people if (found := words(desk, login))}

    assert asked() == {}
    settlement.settle(engine, PROGRAMMES["tech_branch"], 2023, date(2024, 1, 31), "市经办")
    run = settlement.settle(engine, PROGRAMMES["tech_branch"], 2023, date(2024, 1, 31), "市经办").id
    of = "2023 年度科技支行贷款："
    assert asked() == {"home": [(f"{of}初审签署", "待签署")]}  # of the newer trial alone; another county has no part
    assert todo(desk, "home")[0].href == f"/runs/{run}/sign"
    lifecycle.return_(engine, run, "环翠区", "环翠员", "余额不符")
    assert asked() == {"home": [(f"{of}初审签署", "已退回")]}
    lifecycle.sign(engine, run, "环翠区", "环翠员", "样例1号")
    assert asked() == {"city": [(f"{of}抽查", "待抽查")]}
    spotcheck.sample(engine, run, 10_000, None, "市经办")
    assert asked() == {"city": [(f"{of}录入抽查结果", "待抽查")]}
    notes = ((BANK, "A"), (OTHER_BANK, "B"))
    spotcheck.enter(engine, run, [spotcheck.Entry(bank, note, "ok", None) for bank, note in notes], "市经办")
    assert asked() == {"chief": [(f"{of}审核", "待审核")]}
    lifecycle.approve(engine, run, "市审核", "样例2号")
    assert asked() == {"finance": [(f"{of}下达", "待下达")]}
    lifecycle.allot(engine, run, "市财政员", "样例3号")
    (money,) = todo(desk, "finance")
    assert (money.title, money.state) == (f"{of}市财政到区市财政", "待拨付")
    assert money.until == "最长滞留 0 天" and money.href == "/money?programme=tech_branch&year=2023"
    assert [task.title for task in todo(desk, "purse")] == [f"{of}区市财政到金融监管部门"]  # its own part
    assert asked().keys() == {"finance"}


def test_accounts_without_a_role_wait_for_whoever_gives_it(desk: Desk) -> None:
    assert words(desk, "security") == []
    managing.add(desk.engine, "newcomer", "新人", "样例市金融局")
    (task,) = todo(desk, "security")
    assert (task.title, task.state, task.detail, task.href) == ("待授权的账号", "待授权", "新人", "/users")
    assert words(desk, "logs") == []


def test_changes_are_those_of_ones_own_scope(desk: Desk, take: Take) -> None:
    take(base(loan("A")))
    run = settlement.settle(desk.engine, PROGRAMMES["tech_branch"], 2023, date(2024, 1, 31), "市经办").id
    lifecycle.sign(desk.engine, run, "环翠区", "环翠员", "样例1号")
    desk.send("clerk", {"贷款": [loan("B")]}, "一行.xlsx")

    def told(login: str, since: datetime | None = None) -> list[tuple[str, str, str]]:
        account = desk.account(login)
        with db.reading(desk.engine) as connection:
            return sorted((one.subject, one.text, one.by) for one in changes(connection, account, since))

    name = f"2023 年度科技支行贷款 第 {run} 号运行"
    made, signed, sent = (
        (name, "试算", "市经办"),
        (name, "环翠区初审签署（样例1号）", "环翠员"),
        ("一行.xlsx", "待确认", ""),
    )
    assert told("city") == sorted([signed, made, sent])
    assert told("clerk") == sorted([(name, "试算", ""), sent])
    assert told("home") == sorted([(name, "试算", ""), signed])
    assert told("county") == [(name, "试算", "")] and told("other-clerk") == [(name, "试算", "")]
    assert told("security") == [] and told("city", datetime(2100, 1, 1)) == []
