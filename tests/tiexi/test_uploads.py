"""Files sent on the command line: the same way as over HTTP, as the account of the token."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ledger.accounts import managing, passwords, tokens
from ledger.database import db
from samples import BANK, ENTERPRISE, PARTNER, QUALIFICATION, loan
from sheets import write_sheets

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def act(tiexi: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """With a roster on file, a clerk and a reviewer of a bank, and one of the city; has the command line act as one of them."""
    monkeypatch.setattr(passwords, "MEMORY_KIB", 8)
    monkeypatch.setattr(passwords, "PASSES", 1)
    monkeypatch.delenv("TIEXI_TOKEN", raising=False)
    assert tiexi("init")[0] == 0
    write_sheets(tmp_path / "名录.xlsx", {"企业": [ENTERPRISE], "资质": [QUALIFICATION], "合作银行": [PARTNER]})
    assert tiexi("import", "名录.xlsx")[0] == 0
    engine = db.open_engine(f"sqlite:///{tmp_path / 'tiexi.db'}")
    said = {}
    for login, role, scope in (
        ("clerk", "clerk", f"bank:{BANK}"),
        ("rev", "reviewer", f"bank:{BANK}"),
        ("city", "city", None),
        ("industry", "industry", None),
    ):
        managing.add(engine, login, f"样例{login}", "样例单位", role=role, scope=scope)
        said[login] = tokens.add(engine, login, "命令行")[1]
    engine.dispose()
    return lambda login: monkeypatch.setenv("TIEXI_TOKEN", said[login])


def listed(tiexi: Run, *options: str) -> list[Any]:
    code, out, _ = tiexi("uploads", "list", "--json", *options)
    assert code == 0
    found: list[Any] = json.loads(out)["items"]
    return found


def test_without_accounts_nobody_sends(tiexi: Run, tmp_path: Path) -> None:
    tiexi("init")
    write_sheets(tmp_path / "a.xlsx", {"企业": [ENTERPRISE]})
    code, _, err = tiexi("uploads", "add", "a.xlsx")
    assert code == 1 and "须以账号办理" in err


def test_sent_confirmed_and_known(act: Callable[[str], None], tiexi: Run, tmp_path: Path) -> None:
    write_sheets(tmp_path / "贷款.xlsx", {"贷款": [loan("A")]})
    act("clerk")
    code, out, _ = tiexi("uploads", "add", "贷款.xlsx")
    assert code == 0 and "待确认" in out and "新增 1 行" in out
    assert listed(tiexi)[0]["actions"] == ["withdraw"]
    assert tiexi("uploads", "confirm", "1")[0] == 1
    act("rev")
    code, out, _ = tiexi("uploads", "confirm", "1", "--json")
    assert code == 0 and json.loads(out)["state"] == "taken"
    act("clerk")
    code, out, _ = tiexi("uploads", "add", "贷款.xlsx", "--json")
    assert code == 0 and json.loads(out)["state"] == "known"
    assert [one["state"] for one in listed(tiexi)] == ["known", "taken"]
    assert [one["upload"] for one in listed(tiexi, "--state", "taken")] == [1]
    act("industry")
    assert listed(tiexi) == []


def test_refused_with_every_finding(act: Callable[[str], None], tiexi: Run, tmp_path: Path) -> None:
    write_sheets(tmp_path / "错.xlsx", {"贷款": [loan("A", 到期日="2025-02-30"), loan("B", 银行名称="别的银行")]})
    act("clerk")
    code, out, _ = tiexi("uploads", "add", "错.xlsx")
    assert code == 1 and "没有这一天" in out and "本行只能报送" in out and "共 2 处问题" in out
    code, out, _ = tiexi("uploads", "add", "错.xlsx", "--json")
    told = json.loads(out)
    assert (code, told["state"], told["findings"], len(told["problems"])) == (1, "refused", 2, 2)


def test_given_back_and_taken_down(act: Callable[[str], None], tiexi: Run, tmp_path: Path) -> None:
    for number, name in enumerate(("甲.xlsx", "乙.xlsx"), start=1):
        write_sheets(tmp_path / name, {"贷款": [loan(f"L{number}")]})
        act("clerk")
        assert tiexi("uploads", "add", name)[0] == 0
    act("rev")
    code, out, _ = tiexi("uploads", "return", "1", "--reason", "缺少资料", "--json")
    assert code == 0 and (json.loads(out)["state"], json.loads(out)["reason"]) == ("returned", "缺少资料")
    act("clerk")
    assert json.loads(tiexi("uploads", "withdraw", "2", "--json")[1])["state"] == "withdrawn"
    code, _, err = tiexi("uploads", "withdraw", "2")
    assert code == 1 and "已撤下" in err
    code, _, err = tiexi("uploads", "withdraw", "99")
    assert code == 1 and "没有这个报送文件" in err


@pytest.mark.parametrize(
    "options",
    [
        ["--kind", "payments"],
        ["--year", "2023"],
        ["--run", "1"],
        ["--kind", "payments", "--year", "2023", "--amend", "x"],
    ],
)
def test_options_that_do_not_fit_are_wrong_usage(
    act: Callable[[str], None], tiexi: Run, tmp_path: Path, options: list[str]
) -> None:
    write_sheets(tmp_path / "a.xlsx", {"企业": [ENTERPRISE]})
    act("city")
    assert tiexi("uploads", "add", "a.xlsx", *options)[0] == 2
