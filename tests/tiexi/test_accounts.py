"""Accounts on the command line, and every changing command once there are any."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

import lives
from ledger.accounts import managing, passwords, tokens
from ledger.database import db
from sheets import write_sheets

Run = Callable[..., tuple[int, str, str]]
At = Callable[[str], Run]


@pytest.fixture(autouse=True)
def _cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "MEMORY_KIB", 8)
    monkeypatch.setattr(passwords, "PASSES", 1)
    monkeypatch.delenv("TIEXI_TOKEN", raising=False)


@pytest.fixture
def as_account(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Makes an account with a token, and has the command line act as it."""

    def act(login: str, role: str, scope: str | None = None, name: str = "") -> str:
        engine = db.open_engine(f"sqlite:///{tmp_path / 'tiexi.db'}")
        managing.add(engine, login, name or f"样例{login}", "样例单位", role=role, scope=scope)
        _, said = tokens.add(engine, login, "命令行", 366)
        engine.dispose()
        monkeypatch.setenv("TIEXI_TOKEN", said)
        return said

    return act


def asked(tmp_path: Path, statement: str) -> list[Any]:
    engine: Engine = db.open_engine(f"sqlite:///{tmp_path / 'tiexi.db'}")
    with engine.connect() as connection:
        found = [tuple(row) for row in connection.execute(text(statement))]
    engine.dispose()
    return found


def logged(tmp_path: Path) -> list[Any]:
    return asked(tmp_path, "SELECT login, role, action, object, result FROM log_entries ORDER BY id")


# --- user and token -----------------------------------------------------------------------------------------------------


def test_a_life_of_an_account(tiexi: Run, tmp_path: Path) -> None:
    tiexi("init")
    code, out, _ = tiexi("user", "add", "wangwu", "--name", "王五", "--unit", "样例区金融局", "--json")
    made = json.loads(out)
    assert code == 0 and set(made) == {"login", "state", "initial_password", "totp_secret"}
    assert made["state"] == "pending" and len(made["initial_password"]) == 16 and made["totp_secret"] is None
    code, _, err = tiexi("token", "add", "wangwu", "--name", "命令行")
    assert code == 1 and "须以账号办理" in err
    code, out, _ = tiexi("user", "grant", "wangwu", "--role", "county", "--scope", "county:荣成市", "--json")
    assert json.loads(out) == {
        "login": "wangwu", "name": "王五", "unit": "样例区金融局", "role": "county", "scope": "county:荣成市",
        "state": "active",
    }  # fmt: skip
    code, out, _ = tiexi("token", "add", "wangwu", "--name", "命令行", "--address", "10.0.0.0/8", "--json")
    token = json.loads(out)
    assert set(token) == {"id", "token", "login", "expires_on"} and len(token["token"]) == 46
    code, out, _ = tiexi("token", "list", "--json")
    assert json.loads(out)["tokens"][0]["addresses"] == ["10.0.0.0/8"] and token["token"] not in out
    assert tiexi("token", "revoke", "1")[0] == 0 and tiexi("token", "revoke", "1")[0] == 1
    assert tiexi("token", "revoke", "9")[2] == "拒绝：没有第 9 号令牌\n"
    for act in ("lock", "unlock", "reset", "retire"):
        assert tiexi("user", act, "wangwu")[0] == 2
        assert tiexi("user", act, "wangwu", "--reason", "样例")[0] == 0
    assert tiexi("user", "reset-totp", "wangwu", "--reason", "样例")[0] == 1
    code, out, _ = tiexi("user", "list", "--json")
    assert [one["state"] for one in json.loads(out)["users"]] == ["retired"]
    assert "王五" in tiexi("user", "list")[1] and "已吊销" in tiexi("token", "list")[1]
    actions = [(action, result) for _, role, action, _, result in logged(tmp_path) if role == "server"]
    assert actions[:4] == [("user.add", "ok"), ("token.add", "refused"), ("user.grant", "ok"), ("token.add", "ok")]
    assert ("user.reset-totp", "refused") in actions


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("--role", "boss"), 2), (("--scope", "county:荣成市"), 2), (("--role", "clerk", "--scope", "bank:无此行"), 1),
        (("--role", "county"), 1), (("--password-file", "nowhere"), 2), (("--password-file", "pw"), 1),
    ],
)  # fmt: skip
def test_what_cannot_be_made(tiexi: Run, tmp_path: Path, arguments: tuple[str, ...], code: int) -> None:
    tiexi("init")
    (tmp_path / "pw").write_text("Password123!\n", encoding="utf-8")
    assert tiexi("user", "add", "wangwu", "--name", "王五", "--unit", "样例局", *arguments)[0] == code
    assert asked(tmp_path, "SELECT * FROM accounts") == [] and logged(tmp_path) == []


def test_s6_an_account_with_a_second_factor_from_the_beginning(tiexi: Run, tmp_path: Path) -> None:
    tiexi("init")
    add = ("user", "add", "wangwu", "--name", "王五", "--unit", "样例局", "--role", "approver", "--totp")
    code, out, _ = tiexi(*add, "--json")
    made = json.loads(out)
    assert code == 0 and re.fullmatch("[A-Z2-7]{32}", made["totp_secret"])
    assert (tmp_path / "portal.key").stat().st_mode & 0o777 == 0o600
    assert asked(tmp_path, "SELECT kind FROM account_acts ORDER BY id") == [("grant",), ("totp",)]
    code, out, _ = tiexi("user", "add", "lisi", *(one.replace("王五", "李四") for one in add[3:]))
    assert code == 0 and re.search("第二因素密钥：[A-Z2-7]{32}　只显示这一次", out)
    (tmp_path / "portal.key").unlink()
    code, _, err = tiexi("user", "add", "zhaoliu", *(one.replace("王五", "赵六") for one in add[3:]))
    assert code == 3 and "密钥文件 portal.key 不存在：2 个账号（wangwu、lisi）" in err and "备份" in err
    code, _, err = tiexi("serve", "--address", "127.0.0.1:0")
    assert code == 3 and "密钥文件 portal.key 不存在" in err
    for login in ("wangwu", "lisi"):
        assert tiexi("user", "reset-totp", login, "--reason", "密钥遗失")[0] == 0
    assert tiexi("user", "add", "zhaoliu", *(one.replace("王五", "赵六") for one in add[3:]))[0] == 0
    assert tiexi("audit")[0] == 0


def test_a_password_from_a_file(tiexi: Run, tmp_path: Path) -> None:
    tiexi("init")
    (tmp_path / "pw").write_text("Hai-Tian.2047\r\nmore\n", encoding="utf-8")
    add = ("user", "add", "wangwu", "--name", "王五", "--unit", "样例局", "--password-file", "pw", "--json")
    assert json.loads(tiexi(*add)[1])["initial_password"] is None
    (kept,) = asked(tmp_path, "SELECT hash FROM account_passwords")[0]
    assert passwords.matches(kept, "Hai-Tian.2047")


def test_the_log_on_the_command_line_S20(tiexi: Run, tmp_path: Path) -> None:
    tiexi("init")
    tiexi("user", "add", "wangwu", "--name", "王五", "--unit", "样例局")
    code, out, _ = tiexi("log", "list", "--json")
    found = json.loads(out)
    assert code == 0 and found["total"] == 1 and found["log"][0]["action"] == "user.add"
    assert found["log"][0]["object"] == "wangwu" and found["log"][0]["role"] == "server"
    assert "服务器管理" in tiexi("log", "list")[1]
    assert tiexi("log", "list", "--result", "nonsense")[0] == 2
    assert tiexi("log", "export", "-o", "log.csv")[0] == 0
    assert (tmp_path / "log.csv").read_text(encoding="utf-8").startswith("\ufefftime,login,role,address,action,object")
    code, _, err = tiexi("log", "prune", "--days", "179")
    assert code == 1 and "至少保留 180 天" in err
    assert json.loads(tiexi("log", "prune", "--json")[1]) == {"pruned": 0, "days": 180}


# --- changing commands --------------------------------------------------------------------------------------------------

CHANGING = (
    ("settle", "2023", "--as-of", "2024-01-31"), ("sign", "1", "--document", "样1号"),
    ("return", "1", "--reason", "样例"), ("sample", "1"),
    ("check", "1", "--bank", lives.ONE, "--note", "A1", "--result", "相符"),
    ("approve", "1", "--document", "样1号"), ("allot", "1", "--document", "样1号"), ("close", "1", "--document", "样1号"),
    ("void", "贷款", lives.ONE, "A1", "--reason", "样例"), ("import", "报送0.xlsx"), ("pay", "2023", "报送0.xlsx"),
    ("reverse", "1", "--reason", "样例"),
)  # fmt: skip


@pytest.mark.parametrize("arguments", CHANGING, ids=lambda arguments: arguments[0])
def test_without_a_token_nothing_is_changed(
    at: At, as_account: Callable[..., str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    run = at("signed")
    write_sheets(tmp_path / "报送0.xlsx", {"预算": [{"年度": 2030, "范围": "全市", "金额(万元)": 7}]})
    as_account("admin1", "admin")
    code, _, err = run(*arguments)  # a token of another role
    assert code == 1 and "无权办理" in err
    for value, why in (("", "已经有账号"), ("tx_nothing", "不是任何账号的令牌")):
        monkeypatch.setenv("TIEXI_TOKEN", value)
        code, _, err = run(*arguments)
        assert code == 1 and "须以账号办理" in err and why in err
    assert {(login, action, result) for login, _, action, _, result in logged(tmp_path) if login == "admin1"} == {
        ("admin1", logged(tmp_path)[-1][2], "denied")
    }
    assert asked(tmp_path, "SELECT count(*) FROM intakes WHERE account LIKE '@%'") == [(0,)]


def test_what_only_reads_and_what_the_keeper_does_need_no_token(
    at: At, as_account: Callable[..., str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    run = at("allotted")
    as_account("admin1", "admin")
    monkeypatch.delenv("TIEXI_TOKEN")
    for arguments in (
        ("status", "1"), ("balance", "2023"), ("audit",), ("init",), ("backup", "b.db"), ("jobs", "list"),
        ("pay", "2023", "--blank", "拨付表.xlsx"), ("import", "拨付表.xlsx", "--dry-run"), ("jobs", "run", "papers-due"),
    ):  # fmt: skip
        assert run(*arguments)[0] in (0, 1), arguments
        assert "须以账号办理" not in run(*arguments)[2]
    assert {action for _, role, action, _, _ in logged(tmp_path) if role == "server"} == {"init", "backup", "jobs.run"}


def test_it_acts_as_the_account_and_under_its_name(at: At, as_account: Callable[..., str], tmp_path: Path) -> None:
    run = at("filed")
    as_account("city1", "city", name="赵六")
    assert run("settle", "2023", "--as-of", "2024-01-31")[0] == 0
    as_account("county1", "county", "county:荣成市", name="王五")
    code, _, err = run("sign", "1", "--document", "样1号", "--by", "别人")
    assert code == 2 and "不是账号 county1 的姓名（王五）" in err
    code, _, err = run("sign", "1", "--document", "样1号", "--county", "高区")
    assert code == 1 and "不能代表高区" in err
    assert run("sign", "1", "--document", "样1号", "--by", "王 五")[0] == 0
    assert asked(tmp_path, "SELECT made_by, account FROM runs") == [("赵六", "@city1")]
    assert asked(tmp_path, "SELECT made_by, account, county FROM run_steps") == [("王五", "@county1", "荣成市")]
    assert logged(tmp_path)[-1] == ("county1", "county", "runs.sign", "1", "ok")
    assert [one[2:] for one in logged(tmp_path)] == [
        ("runs.add", "2023", "ok"), ("runs.sign", "1", "refused"), ("runs.sign", "1", "ok")
    ]  # fmt: skip


def test_usage_goes_before_rights_and_rights_before_the_object(at: At, as_account: Callable[..., str]) -> None:
    run = at("filed")
    as_account("auditor1", "auditor")
    assert run("sign", "99")[0] == 2  # no document
    code, _, err = run("sign", "99", "--document", "样1号")
    assert code == 1 and "无权办理" in err
    assert run("pay", "2023")[0] == 2 and run("check", "1")[0] == 2 and run("sample", "1", "--share", "0")[0] == 2
    code, _, err = run("check", "1", "不是清单.xlsx")
    assert code == 2 and "没有文件" in err


def test_an_institution_neither_imports_nor_pays(at: At, as_account: Callable[..., str], tmp_path: Path) -> None:
    run = at("filed")
    as_account("bank1", "clerk", f"bank:{lives.ONE}")
    write_sheets(tmp_path / "贷.xlsx", {"还款": [lives._repaid(lives.ONE, "A1", lives.AS_OF, 1)]})
    for arguments in (("import", "贷.xlsx"), ("pay", "2023", "贷.xlsx"), ("import", "贷.xlsx", "--dry-run")):
        code, _, err = run(*arguments)
        assert code == 1 and "tiexi uploads add" in err, arguments


def test_a_step_is_its_programmes_own(at: At, as_account: Callable[..., str]) -> None:
    run = at("signed")
    as_account("tech2", "tech_approver")
    code, _, err = run("approve", "1", "--document", "样1号")
    assert code == 1 and "可由市金融监管审核办理" in err
    as_account("tech1", "tech")
    assert "可由市金融监管经办办理" in run("settle", "2023")[2]


def test_one_person_alone_is_refused_once_there_are_accounts(
    at: At, as_account: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = at("filed")
    as_account("city1", "city")
    monkeypatch.setenv("TIEXI_SOLO", "1")
    code, _, err = run("settle", "2023", "--as-of", "2024-01-31")
    assert code == 1 and "不能再一人试用" in err


def test_who_approved_does_not_allot_and_who_recorded_does_not_reverse(at: At, as_account: Callable[..., str]) -> None:
    run = at("signed")
    as_account("chief", "approver", name="张三")
    assert run("approve", "1", "--document", "样1号", "--date", "2024-02-20", "--without-check", "样例")[0] == 0
    as_account("treasury", "finance", name="张三（财政）")
    assert run("allot", "1", "--document", "样2号")[0] == 0


def test_names_of_before_count_for_accounts(at: At, as_account: Callable[..., str]) -> None:
    run = at("approved")
    as_account("treasury", "finance", name=lives.CHIEF)
    code, _, err = run("allot", "1", "--document", "样2号", "--date", "2024-03-01")
    assert code == 1 and f"由 {lives.CHIEF} 审核通过，{lives.CHIEF} 不能再下达；审核与下达须为不同的人" in err


def test_who_recorded_a_payment_does_not_reverse_it(at: At, as_account: Callable[..., str], tmp_path: Path) -> None:
    run = at("paid")
    as_account("treasury", "finance", name=lives.CASHIER)
    legs = "SELECT max(id) FROM journal_entries WHERE kind NOT IN ('accrual', 'claim', 'allotment')"
    ((entry,),) = asked(tmp_path, legs)
    code, _, err = run("reverse", str(entry), "--reason", "样例")
    assert code == 1 and "记入与冲销须为不同的人" in err
    as_account("treasury2", "finance", name="孙八")
    assert run("reverse", str(entry), "--reason", "样例")[0] == 0


def test_what_an_account_brings_and_withdraws_is_its_own(
    at: At, as_account: Callable[..., str], tmp_path: Path
) -> None:
    run = at("filed")
    write_sheets(tmp_path / "预算.xlsx", {"预算": [{"年度": 2030, "范围": "全市", "金额(万元)": 7}]})
    write_sheets(
        tmp_path / "取消.xlsx", {"取消资格": [{"主体": lives.CODES[3], "取消日": lives.AS_OF, "批准文号": "样1号"}]}
    )
    as_account("city1", "city", name="赵六")
    code, out, _ = run("import", "预算.xlsx")
    assert code == 1 and "市金融监管经办不报送这张表" in out
    assert run("import", "取消.xlsx")[0] == 0
    assert asked(tmp_path, "SELECT uploader, account FROM intakes ORDER BY id DESC LIMIT 1") == [("赵六", "@city1")]
    code, _, err = run("void", "预算", "2023", "全市", "--reason", "样例")
    assert code == 1 and "不由市金融监管经办报送，也不由其撤回" in err
    as_account("tech1", "tech")
    code, _, err = run("void", "--file", "报送0.xlsx", "--reason", "样例")
    assert code == 1 and "不由市科技局经办报送的行" in err
    code, _, err = run("void", "贷款", lives.ONE, "A1", "--reason", "样例")
    assert code == 1 and "不由市科技局经办报送，也不由其撤回" in err
    as_account("treasury", "finance")
    assert run("import", "预算.xlsx")[0] == 0
    assert "无权办理" in run("void", "预算", "2030", "全市", "--reason", "样例")[2]
