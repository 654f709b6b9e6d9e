"""The portal's database of the demonstration: an account per role, its password in the list, the original untouched."""

import csv
from pathlib import Path

import pytest

from databases import fresh_engine
from ledger.accounts import accounts, passwords
from ledger.accounts.roles import ROLES, name_of
from ledger.database import db
from ledger.intake.importer import import_file
from samples import PARTNER
from sheets import write_sheets
from tiexi.demo import portal
from tiexi.demo.city import BANKS

pytestmark = pytest.mark.sqlite_only


def test_a_copy_has_an_account_per_role(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(passwords, "MEMORY_KIB", 64)
    engine = fresh_engine(tmp_path)
    book = write_sheets(tmp_path / "银行.xlsx", {"合作银行": [PARTNER | {"银行名称": BANKS[0]}]})
    assert not import_file(engine, book, "测试").refused
    portal.run(engine, tmp_path)
    with db.reading(engine) as connection:
        assert not accounts.any_account(connection)
    engine.dispose()
    copy = db.open_engine(f"sqlite:///{tmp_path / '门户.db'}")
    listed = list(csv.DictReader((tmp_path / "账号.txt").read_text(encoding="utf-8").splitlines(), delimiter="\t"))
    with db.reading(copy) as connection:
        made = accounts.every(connection)
        kept = {one.login: passwords.newest(connection, one.id) for one in made}
    assert {one.role for one in made} == set(ROLES) and {one.state for one in made} == {"active"}
    assert [row["登录名"] for row in listed] == [one.login for one in made]
    assert [row["角色"] for row in listed] == [name_of(one.role) for one in made]
    for row in listed:
        assert passwords.matches(kept[row["登录名"]].hash, row["口令"]) and not kept[row["登录名"]].initial
    copy.dispose()
    capsys.readouterr()
    portal.print_line(Path("demo"))
    assert capsys.readouterr().out.splitlines()[-1].strip() == "tiexi --database sqlite:///demo/门户.db serve"
