"""The files in deploy/: the page shows them as they are, and they say what the program needs of them."""

import configparser
import re
import tomllib
from pathlib import Path

import pytest

from ledger import settings
from ledger.settings import Settings
from tiexi.manual import pages
from tiexi.portal import bodies, serving

ROOT = Path(__file__).resolve().parent.parent
DEPLOY = ROOT / "deploy"
PAGE = (ROOT / "docs" / "门户.md").read_text(encoding="utf-8")
COMMANDS = {path.removeprefix("tiexi ") for path, _ in pages.walk()}


def unit(name: str) -> configparser.ConfigParser:
    found = configparser.ConfigParser(interpolation=None, strict=False)
    found.optionxform = str  # type: ignore[assignment,method-assign]
    found.read(DEPLOY / name, encoding="utf-8")
    return found


@pytest.mark.parametrize("name", sorted(path.name for path in DEPLOY.iterdir()))
def test_the_page_shows_each_file_as_it_is(name: str) -> None:
    assert f"\n{(DEPLOY / name).read_text(encoding='utf-8')}```\n" in PAGE


@pytest.mark.parametrize("name", ["tiexi.service", "tiexi-jobs.service"])
def test_a_unit_runs_a_command_of_its_own_user_and_may_write_in_one_place(name: str) -> None:
    service = unit(name)["Service"]
    program, _, command = service["ExecStart"].partition(" ")
    assert program == "/opt/tiexi/bin/tiexi" and command in COMMANDS
    wanted = {"User": "tiexi", "ProtectSystem": "strict", "NoNewPrivileges": "yes", "StateDirectory": "tiexi",
              "WorkingDirectory": "/var/lib/tiexi", "UMask": "0077", "Restart": "on-failure"}  # fmt: skip
    assert {key: service[key] for key in wanted} == wanted
    assert "KillSignal" not in service  # SIGTERM, which ends it in order


def test_the_portal_has_time_to_end_in_order() -> None:
    assert int(unit("tiexi.service")["Service"]["TimeoutStopSec"]) > serving.GRACE_SECONDS


def test_the_settings_of_the_example_are_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    found = settings.load(environment={"TIEXI_CONFIG": str(DEPLOY / "tiexi.toml")}).settings
    home = Path("/var/lib/tiexi")
    assert all(path.is_relative_to(home) for path in (found.portal_store, found.portal_key, found.output))
    assert found.portal_public.startswith("https://") and found.portal_proxies == ("127.0.0.1",)


def test_the_proxy_lets_through_what_the_portal_takes_and_says_who_asks() -> None:
    text = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
    given = tomllib.loads((DEPLOY / "tiexi.toml").read_text(encoding="utf-8"))["portal"]
    size = re.search(r"client_max_body_size (\d+)m;", text)
    assert size and int(size[1]) << 20 > (Settings().portal_upload_mb << 20) + bodies.FORM_BYTES
    assert "proxy_read_timeout 300s;" in text and "ssl_protocols TLSv1.2 TLSv1.3;" in text
    passes = re.findall(r"proxy_pass http://(\S+);", text)
    assert passes and set(passes) == {given["address"]}
    assert text.count("proxy_set_header X-Forwarded-For $remote_addr;") == len(passes)
    assert set(re.findall(r"server_name (\S+);", text)) == {given["public"].removeprefix("https://")}


def test_the_container_is_made_of_what_the_package_is() -> None:
    text = (DEPLOY / "Containerfile").read_text(encoding="utf-8")
    for name in re.findall(r"^COPY (?!--from)(.+) \S+$", text, re.MULTILINE):
        assert all((ROOT / part).exists() for part in name.split())
    packages = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]["packages"]
    rooms = {name.rstrip("*") for name in packages["find"]["include"]}
    assert set(re.findall(r"^COPY (\w+) \1$", text, re.MULTILINE)) == rooms
    assert re.search(r"^USER \d+$", text, re.MULTILINE) and "/health/ready" in text
