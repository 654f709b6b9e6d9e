"""The configuration: where values come from, what is refused, and what `tiexi config` shows."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from ledger import settings
from ledger.database import addresses
from ledger.errors import BadSetting
from ledger.settings import COMMAND_LINE, DEFAULT, ENVIRONMENT, EVERYBODY, FILE, load
from tiexi import cli

Run = Callable[..., tuple[int, str, str]]

FILLED = """
database = "sqlite:///文件.db"
city = "城市.yaml"
output = "/srv/输出"
[log]
level = "info"
format = "json"
[notice]
days = [7, 30, 7]
[smtp]
host = "mail.example.org"
port = 25
security = "none"
user = "tiexi"
password = "机密"
sender = "tiexi@example.org"
[recipients]
"环翠区" = "a@example.org"
"蓝鲸样例银行" = ["b@example.org", "c@example.org"]
default = "d@example.org"
"""


def write(folder: Path, text: str) -> Path:
    path = folder / settings.FILE_NAME
    path.write_text(text, encoding="utf-8")
    return path


def test_without_anything_the_defaults_hold(tmp_path: Path) -> None:
    found = load(environment={}, folder=tmp_path)
    assert found.settings == settings.Settings()
    assert found.settings.database == settings.DEFAULT_URL
    assert set(found.sources.values()) == {DEFAULT} and found.file is None


def test_every_setting_from_the_file(tmp_path: Path) -> None:
    path = write(tmp_path, FILLED)
    found = load(environment={}, folder=tmp_path)
    assert found.file == path
    assert found.settings == settings.Settings(
        database="sqlite:///文件.db", city=Path("城市.yaml"), output=Path("/srv/输出"), log_level="INFO", log_format="json",
        notice_days=(30, 7), smtp_host="mail.example.org", smtp_port=25, smtp_security="none", smtp_user="tiexi",
        smtp_password="机密", smtp_sender="tiexi@example.org",
        recipients={
            "环翠区": ("a@example.org",), "蓝鲸样例银行": ("b@example.org", "c@example.org"), EVERYBODY: ("d@example.org",),
        },
    )  # fmt: skip
    others = {key for key, source in found.sources.items() if source != FILE}
    assert others == {"solo", *(key for key in found.sources if key.startswith(("portal.", "engine.")))}


def test_every_setting_from_the_environment() -> None:
    texts = {
        "TIEXI_DATABASE_URL": "sqlite:///a.db", "TIEXI_CITY": "b.yaml", "TIEXI_OUTPUT": "出", "TIEXI_LOG_LEVEL": "debug",
        "TIEXI_LOG_FORMAT": "json", "TIEXI_NOTICE_DAYS": "14，1", "TIEXI_SMTP_HOST": "h", "TIEXI_SMTP_PORT": "465",
        "TIEXI_SMTP_SECURITY": "tls", "TIEXI_SMTP_USER": "u", "TIEXI_SMTP_PASSWORD": "p",
        "TIEXI_SMTP_SENDER": "s@x", "TIEXI_RECIPIENTS": "a@x; b@x", "TIEXI_SOLO": "1",
        "TIEXI_WORKERS": "3", "TIEXI_SCHEDULER": "tls://[::1]:8786", "TIEXI_PART_ROWS": "1000",
    }  # fmt: skip
    portal = {setting.variable for setting in settings.SETTINGS if setting.key.startswith("portal.")}
    assert set(texts) == {setting.variable for setting in settings.SETTINGS} - portal
    found = load(environment=texts)
    assert found.settings == settings.Settings(
        database="sqlite:///a.db", city=Path("b.yaml"), output=Path("出"), log_level="DEBUG", log_format="json", notice_days=(14, 1),
        smtp_host="h", smtp_port=465, smtp_security="tls", smtp_user="u", smtp_password="p", smtp_sender="s@x",
        recipients={EVERYBODY: ("a@x", "b@x")}, solo=True,
        engine_workers=3, engine_scheduler="tls://[::1]:8786", engine_part_rows=1000,
    )  # fmt: skip
    assert {source for key, source in found.sources.items() if not key.startswith("portal.")} == {ENVIRONMENT}


def test_every_setting_of_the_portal_from_the_environment() -> None:
    texts = {
        "ADDRESS": "[::1]:0", "PUBLIC": "https://tiexi.example.org/", "PROXIES": "10.0.0.1，10.1.0.0/16", "METRICS": "::1",
        "STORE": "库", "KEY": "k", "TOTP": "OFF", "IDLE_MINUTES": "1", "SESSION_HOURS": "2", "LOCK_AFTER": "3",
        "LOCK_MINUTES": "4", "PASSWORD_DAYS": "0", "DORMANT_DAYS": "5", "UPLOAD_MB": "6", "PAPER_MB": "7",
        "PAPER_PAGES": "8", "UNIT_GB": "9", "PER_MINUTE": "10", "SCANNER": "/run/clamd",
        "OIDC_ISSUER": "https://id.example.org/a", "OIDC_CLIENT_ID": "t", "OIDC_KEY_FILE": "s", "OIDC_CLAIM": "c",
        "OIDC_FACTOR": "mfa，otp",
    }  # fmt: skip
    named = {f"TIEXI_PORTAL_{name}": text for name, text in texts.items()}
    assert set(named) == {one.variable for one in settings.SETTINGS if one.key.startswith("portal.")}
    assert load(environment=named).settings == settings.Settings(
        portal_address="[::1]:0", portal_public="https://tiexi.example.org", portal_proxies=("10.0.0.1", "10.1.0.0/16"),
        portal_metrics=("::1",), portal_store=Path("库"), portal_key=Path("k"), portal_totp="off", portal_idle_minutes=1,
        portal_session_hours=2, portal_lock_after=3, portal_lock_minutes=4, portal_password_days=0, portal_dormant_days=5,
        portal_upload_mb=6, portal_paper_mb=7, portal_paper_pages=8, portal_unit_gb=9, portal_per_minute=10,
        portal_scanner="/run/clamd", portal_oidc_issuer="https://id.example.org/a", portal_oidc_client_id="t",
        portal_oidc_key_file=Path("s"), portal_oidc_claim="c", portal_oidc_factor=("mfa", "otp"),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("ADDRESS", "8000", "应为地址和端口"), ("ADDRESS", "::1:8000", "应为地址和端口"), ("ADDRESS", "a:99999", "应为地址和端口"),
        ("PUBLIC", "http://a.example", "应为 https 地址"), ("PUBLIC", "https://a.example/b", "应为 https 地址"),
        ("PROXIES", "代理", "应为 IP 地址或网段"), ("TOTP", "some", "应为以下之一"), ("PER_MINUTE", "0", "应为 1 至 1000000 的整数"),
    ],
)  # fmt: skip
def test_a_setting_of_the_portal_that_cannot_be_used_is_refused(name: str, text: str, said: str) -> None:
    with pytest.raises(BadSetting, match=f"TIEXI_PORTAL_{name}.*{said}"):
        load(environment={f"TIEXI_PORTAL_{name}": text})


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("WORKERS", "0", "应为 1 至 1024 的整数"), ("PART_ROWS", "很多", "应为 1 至 100000000 的整数"),
        ("SCHEDULER", "http://a:1", "应为调度器的地址"), ("SCHEDULER", "tcp://a", "应为调度器的地址"),
    ],
)  # fmt: skip
def test_a_setting_of_the_engine_that_cannot_be_used_is_refused(name: str, text: str, said: str) -> None:
    with pytest.raises(BadSetting, match=f"TIEXI_{name}.*{said}"):
        load(environment={f"TIEXI_{name}": text})


def test_command_line_before_environment_before_file(tmp_path: Path) -> None:
    write(tmp_path, 'database = "sqlite:///f.db"\noutput = "f"\n')
    environment = {"TIEXI_DATABASE_URL": "sqlite:///e.db", "TIEXI_OUTPUT": ""}
    found = load({"database": "sqlite:///c.db"}, environment, tmp_path)
    assert (found.settings.database, found.sources["database"]) == ("sqlite:///c.db", COMMAND_LINE)
    assert (found.settings.output, found.sources["output"]) == (Path("f"), FILE)  # an empty variable says nothing
    assert load({}, environment, tmp_path).settings.database == "sqlite:///e.db"


def test_the_file_that_the_environment_names(tmp_path: Path) -> None:
    path = tmp_path / "别处.toml"
    path.write_text('\ufeffoutput = "x"', encoding="utf-8")
    assert load(environment={"TIEXI_CONFIG": str(path)}, folder=tmp_path).settings.output == Path("x")
    with pytest.raises(BadSetting, match="TIEXI_CONFIG.*没有.toml 不存在"):
        load(environment={"TIEXI_CONFIG": str(tmp_path / "没有.toml")})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("databse = 'x'", "没有 databse 这一项"), ("[smtp]\nhots = 'x'", "没有 smtp.hots 这一项"), ("[nothing]\nx = 1", "没有 nothing"),
        ("log = 1", "log 应为一节"), ("solo = true", "不能设 solo.*TIEXI_SOLO"), ("recipients = 'a@x'", "recipients 应为一节"),
        ("[smtp]\nport = 0", "smtp.port「0」应为 1 至 65535"), ("[smtp]\nport = true", "smtp.port"), ("[smtp]\nport = 'x'", "smtp.port"),
        ("[smtp]\nport = 25.0", "smtp.port"), ("[smtp]\nsecurity = 'ssl'", "smtp.security「ssl」应为以下之一"),
        ("[log]\nlevel = 'LOUD'", "log.level「LOUD」"), ("[log]\nformat = 1", "log.format"), ("[notice]\ndays = -1", "notice.days"),
        ("[notice]\ndays = [1, 'x']", "notice.days"), ("[notice]\ndays = 400", "notice.days"), ("output = ''", "output"),
        ("output = 3", "output「3」应为文字"), ("database = 3", "database"), ("[smtp]\nsender = 'nobody'", "smtp.sender「nobody」应为电子邮件地址"),
        ("[recipients]\n'环翠区' = 'x'", "recipients：「环翠区」的地址应为"), ("[recipients]\n'环翠区' = [1]", "环翠区"),
        ("[recipients]\ndefault = 'a@x\\nBcc: b@x'", "default"), ("[smtp]\nhost = 'h'", "smtp.sender"),
        ("[smtp]\npassword = 'p'", "smtp.user"), ("output = x", "第 1 行第 10 列附近"), ("output = ", "末尾不是 TOML"), ("环翠区 = 1", "中文的键要加引号"), ("[log", "不是 TOML"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_named_with_its_file(tmp_path: Path, text: str, said: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(BadSetting, match=said) as raised:
        load(environment={}, folder=tmp_path)
    assert len(str(raised.value).splitlines()) == 1
    assert str(path) in str(raised.value) or "还要设" in str(raised.value)


def test_a_file_of_another_encoding(tmp_path: Path) -> None:
    (tmp_path / settings.FILE_NAME).write_bytes("output = '输出'".encode("gbk"))
    with pytest.raises(BadSetting, match="UTF-8"):
        load(environment={}, folder=tmp_path)


@pytest.mark.parametrize(
    ("name", "text"),
    [("TIEXI_SOLO", "yes"), ("TIEXI_SOLO", "True"), ("TIEXI_SMTP_PORT", "x"), ("TIEXI_RECIPIENTS", "x"), ("TIEXI_NOTICE_DAYS", ",")],
)  # fmt: skip
def test_a_bad_variable_is_named(name: str, text: str) -> None:
    with pytest.raises(BadSetting, match=f"环境变量 {name}「{text}」应为"):
        load(environment={name: text})


@pytest.mark.parametrize(("text", "solo"), [("1", True), ("0", False), ("", False)])
def test_solo_only_by_the_environment(text: str, solo: bool) -> None:
    assert load(environment={"TIEXI_SOLO": text}).settings.solo is solo


def test_a_password_is_not_in_what_is_printed_of_the_settings() -> None:
    environment = {"TIEXI_SMTP_USER": "u", "TIEXI_SMTP_PASSWORD": "机密"}
    assert "机密" not in repr(load(environment=environment).settings)


# --- the command ------------------------------------------------------------------------------------------------------


@pytest.fixture
def tiexi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("TIEXI_")]:
        monkeypatch.delenv(name)

    def run(*arguments: str) -> tuple[int, str, str]:
        code = cli.run(list(arguments))
        return code, *capsys.readouterr()

    return run


def test_config_shows_values_and_sources_and_no_password(
    tiexi: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, FILLED)
    monkeypatch.setenv("TIEXI_OUTPUT", "别处")
    monkeypatch.setenv("TIEXI_DATABSE_URL", "x")
    code, out, err = tiexi("--database", "postgresql+psycopg://tiexi:secret@db/tiexi", "config")
    assert code == 0 and err == ""
    for words in ("别处", "环境变量", "命令行", "配置文件", "mail.example.org", "a@example.org", "TIEXI_DATABSE_URL"):
        assert words in out
    assert "机密" not in out and "secret" not in out
    code, out, _ = tiexi("--database", "postgresql+psycopg://tiexi:secret@db/tiexi", "config", "--json")
    found = json.loads(out)
    values = {entry["key"]: (entry["value"], entry["source"]) for entry in found["settings"]}
    assert found["file"] == settings.FILE_NAME and found["unknown_variables"] == ["TIEXI_DATABSE_URL"]
    assert values["output"] == ("别处", ENVIRONMENT) and values["notice.days"] == ([30, 7], FILE)
    assert values["smtp.password"][0] == "••••••" and "secret" not in out and "机密" not in out
    assert values["recipients"][0]["蓝鲸样例银行"] == ["b@example.org", "c@example.org"]


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://tiexi:secret@db/tiexi?sslpassword=secret", "postgresql://db/tiexi?Password=secret",
        "postgresql://db/tiexi?PASSWORD=secret&sslmode=require", "postgresql://tiexi:secret@secret@db/tiexi",
        "postgresql://tiexi:secret@secret@db/tiexi?sslpassword=secret", "postgresql://tiexi:secret@db:port/tiexi",
        "postgresql://tiexi:secret@secret/secret@db/tiexi", "postgresql://tiexi:secret", "mysql://tiexi:secret@db",
        "postgresql:tiexi:secret@db", "//tiexi:secret@db", "postgresql://db/tiexi?p%61ssword=secret",
    ],
)  # fmt: skip
def test_no_password_is_shown_wherever_it_stands(tiexi: Run, url: str) -> None:
    for command in (("config",), ("config", "--json"), ("--verbose", "init")):
        code, out, err = tiexi("--database", url, *command)
        assert code == (3 if "init" in command else 0)
        assert "secret" not in out + err
        assert "***" in out + err or "%61" in url  # without a user, the password in its own place is not printed at all


@pytest.mark.parametrize(
    ("url", "seen"),
    [
        ("postgresql://u:p@h:5432/x?sslmode=require", "postgresql://u:***@h:5432/x?sslmode=require"),
        ("postgresql://h/x?passfile=p", "postgresql://h/x?passfile=p"), ("sqlite:///数据/a@b:c.db", "sqlite:///数据/a@b:c.db"),
        ("postgresql://u:p%40p@h/a%40b", "postgresql://u:***@h/a%40b"), ("", ""),
    ],
)  # fmt: skip
def test_what_is_no_secret_is_shown(url: str, seen: str) -> None:
    assert addresses.shown(url) == seen


def test_config_needs_no_database(tiexi: Run, tmp_path: Path) -> None:
    assert tiexi("config")[0] == 0
    assert tiexi("--database", "foo:bar", "config")[0] == 0
    assert list(tmp_path.iterdir()) == []


def test_a_bad_configuration_is_wrong_usage(tiexi: Run, tmp_path: Path) -> None:
    write(tmp_path, "[smtp]\nport = 0")
    for arguments in (("init",), ("config",), ("jobs", "list")):
        code, out, err = tiexi(*arguments)
        assert code == 2 and out == ""
        assert "tiexi.toml 的 smtp.port「0」应为 1 至 65535 的整数" in err and "Traceback" not in err


def test_the_database_of_the_file_is_used(tiexi: Run, tmp_path: Path) -> None:
    write(tmp_path, 'database = "sqlite:///来自文件.db"')
    assert tiexi("init")[0] == 0
    assert (tmp_path / "来自文件.db").is_file()
    assert tiexi("--database", "sqlite:///来自命令行.db", "init")[0] == 0
    assert (tmp_path / "来自命令行.db").is_file()
