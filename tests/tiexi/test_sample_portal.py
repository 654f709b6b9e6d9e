"""The portal's database of the demonstration: an account per role, its password in the list, the original untouched."""

import csv
from pathlib import Path

import pytest

from databases import fresh_engine
from ledger.accounts import accounts, passwords
from ledger.accounts.roles import ROLES, name_of
from ledger.accounts.scope import EVERYTHING
from ledger.database import db
from ledger.intake.importer import import_file
from ledger.programmes import PROGRAMMES
from ledger.runs import settlement
from ledger.store import Store
from ledger.uploads import records
from reports.waiting.tasks import tasks as tasks_of
from tiexi.demo import papers, portal, review, workbooks
from tiexi.demo.city import BANKS, SETTLED_ON, YEARS
from tiexi.demo.world import build_world

pytestmark = pytest.mark.sqlite_only


def test_a_copy_has_an_account_per_role(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(passwords, "MEMORY_KIB", 64)
    engine = fresh_engine(tmp_path)
    world = build_world()
    for year in YEARS:
        for path in workbooks.write_workbooks(tmp_path / "报送", year, world):
            assert not import_file(engine, path, "测试").refused
    settlement.settle(engine, PROGRAMMES["tech_branch"], YEARS[-1], SETTLED_ON[YEARS[-1]], "演示经办人")
    review.run(engine, tmp_path, world)
    Store(tmp_path / papers.STORE).keep([b"paper"])
    portal.run(engine, tmp_path, world)
    with db.reading(engine) as connection:
        assert not accounts.any_account(connection)
    engine.dispose()
    copy = db.open_engine(f"sqlite:///{tmp_path / '门户.db'}")
    listed = list(csv.DictReader((tmp_path / "账号.txt").read_text(encoding="utf-8").splitlines(), delimiter="\t"))
    with db.reading(copy) as connection:
        made = accounts.every(connection)
        kept = {one.login: passwords.newest(connection, one.id) for one in made}
        tasks = {one.login: {task.title for task in tasks_of(connection, one)} for one in made if one.role}
        sent = {one.file: one.state for one in records.seen(connection, EVERYTHING)}
    newcomer = made.pop()
    assert (newcomer.login, newcomer.state) == ("xinren", "pending")
    assert {one.role for one in made} == set(ROLES) and {one.state for one in made} == {"active"}
    assert sorted(name for name, state in sent.items() if state != "checked") == sorted(
        (f"{YEARS[-1]}-更正-{BANKS[0]}.xlsx", f"{YEARS[-1]}-有误示例-{BANKS[0]}.xlsx")
    )
    # the others have their tasks from runs that this test has not, send and wait for another, or never have to do anything
    waits = {"shenhe", "nongxian-shenhe", "shangwu-shenhe", "baoxian", "touzi", "shenji", "guanli", "rizhi"}
    assert {login for login in tasks if not tasks[login]} == waits
    assert [row["登录名"] for row in listed] == [one.login for one in made]
    assert [row["角色"] for row in listed] == [name_of(one.role) for one in made]
    for row in listed:
        assert passwords.matches(kept[row["登录名"]].hash, row["口令"]) and not kept[row["登录名"]].initial
    copy.dispose()
    capsys.readouterr()
    portal.print_line(Path("demo"))
    line = capsys.readouterr().out.splitlines()[-1].strip()
    assert line.endswith(" tiexi --database sqlite:///demo/门户.db serve")
    assert "TIEXI_PORTAL_STORE=demo/门户文件库 " in line and (tmp_path / "门户文件库").is_dir()
