"""Notices: the file of a day, the log, and mail through a real server on this machine."""

import logging
import shutil
import socket
import ssl
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default as policy
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword
from sqlalchemy import Engine, select

from jobs.job import Context, Job, Outcome
from jobs.notices import FileNotices, LogNotices, Notice, SmtpNotices, digest
from jobs.rules import Daily
from jobs.runner import ALREADY, DONE, FAILED, run_job
from ledger import models
from ledger.database import db
from ledger.errors import EnvironmentFailed
from ledger.settings import EVERYBODY, Settings

DAY = date(2026, 1, 5)
ONE = Notice("papers", "样例银行", "2 项业务资料即将到期", "第一行\n  1. 甲公司　资料最迟 2026-01-06 上传")
TWO = Notice("papers", "另一银行", "1 项业务资料即将到期", "乙公司")
CITY = Notice("lpr", "市级", "LPR 尚缺 1 次", "请录入")


# --- the file ---------------------------------------------------------------------------------------------------------


def test_a_file_per_day_with_a_section_per_job(tmp_path: Path) -> None:
    papers, lpr = FileNotices(tmp_path, DAY, "资料提醒"), FileNotices(tmp_path, DAY, "LPR 提醒")
    papers.send([ONE, TWO])
    lpr.send([CITY])
    assert [path.name for path in tmp_path.iterdir()] == ["2026-01-05.txt"]
    text = papers.path.read_text(encoding="utf-8")
    assert text == (
        "贴息　通知　2026-01-05\n"
        "\n════════ 资料提醒\n\n"
        "致：样例银行\n事由：2 项业务资料即将到期\n\n第一行\n  1. 甲公司　资料最迟 2026-01-06 上传\n"
        "\n致：另一银行\n事由：1 项业务资料即将到期\n\n乙公司\n"
        "\n════════ LPR 提醒\n\n"
        "致：市级\n事由：LPR 尚缺 1 次\n\n请录入\n"
    )
    papers.send([ONE, TWO])
    assert papers.path.read_text(encoding="utf-8") == text
    papers.send([TWO])
    lpr.send([CITY])
    assert papers.path.read_text(encoding="utf-8").count("致：") == 2
    papers.send([])
    assert "资料提醒" not in papers.path.read_text(encoding="utf-8") and "请录入" in lpr.path.read_text(
        encoding="utf-8"
    )


def test_nothing_to_say_makes_no_file(tmp_path: Path) -> None:
    FileNotices(tmp_path / "通知", DAY, "资料提醒").send([])
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "文件").write_text("x")
    with pytest.raises(EnvironmentFailed, match="通知文件|无法写入"):
        FileNotices(tmp_path / "文件", DAY, "资料提醒").send([ONE])


def test_the_log_counts_and_names_nobody(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        LogNotices("papers-due", DAY).send([ONE, TWO, CITY])
    assert [record.fields for record in caplog.records] == [
        {"job": "papers-due", "day": DAY, "kind": "lpr", "count": 1},
        {"job": "papers-due", "day": DAY, "kind": "papers", "count": 2},
    ]  # type: ignore[attr-defined]


# --- mail -------------------------------------------------------------------------------------------------------------


class Mailbox:
    """What a server received, and what it is to refuse."""

    def __init__(self) -> None:
        self.messages: list[tuple[str, EmailMessage]] = []
        self.refused: set[str] = set()
        self.full_after: int | None = None
        self.unwanted: dict[str, str] = {}  # what is answered to a message, by a word in its subject

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if address in self.refused:
            return "550 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.full_after is not None and len(self.messages) >= self.full_after:
            return "452 full"
        message = message_from_bytes(envelope.content, policy=policy)
        assert isinstance(message, EmailMessage)
        for word, answer in self.unwanted.items():
            if word in message["Subject"]:
                if answer == "break":
                    server.transport.close()
                return answer
        self.messages += [(address, message) for address in envelope.rcpt_tos]
        return "250 OK"

    @property
    def addresses(self) -> list[str]:
        return [address for address, _ in self.messages]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(mailbox: Mailbox, port: int, **more: Any) -> Iterator[None]:
    controller = Controller(mailbox, hostname="127.0.0.1", port=port, ready_timeout=60, **more)
    controller.start()
    try:
        yield
    finally:
        controller.stop()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(
        output=tmp_path / "输出", smtp_host="127.0.0.1", smtp_port=free_port(), smtp_security="none",
        smtp_sender="tiexi@example.org",
        recipients={"样例银行": ("a@example.org", "b@example.org"), EVERYBODY: ("rest@example.org",)},
    )  # fmt: skip


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


def send(settings: Settings, notices: Sequence[Notice], already: frozenset[str] = frozenset()) -> list[str]:
    sent: list[str] = []
    SmtpNotices(settings, already, sent.append).send(notices)
    return sent


def test_mail_goes_to_each_address_of_whom_it_is_for(settings: Settings, mailbox: Mailbox) -> None:
    with serving(mailbox, settings.smtp_port):
        sent = send(settings, [ONE, CITY])
    assert mailbox.addresses == ["a@example.org", "b@example.org", "rest@example.org"]
    assert sent == [digest(ONE, "a@example.org"), digest(ONE, "b@example.org"), digest(CITY, "rest@example.org")]
    message = mailbox.messages[0][1]
    assert message["Subject"] == "【贴息】2 项业务资料即将到期"
    assert (message["From"], message["To"]) == ("tiexi@example.org", "a@example.org")
    assert message["Message-ID"] == f"<{sent[0]}@tiexi>"
    assert message.get_content().replace("\r\n", "\n") == f"致：样例银行\n\n{ONE.body}\n"


def test_what_went_out_is_not_sent_again(settings: Settings, mailbox: Mailbox) -> None:
    with serving(mailbox, settings.smtp_port):
        sent = send(settings, [ONE, CITY], frozenset([digest(ONE, "a@example.org")]))
        assert send(settings, [ONE, CITY], frozenset([*sent, digest(ONE, "a@example.org")])) == []
    assert mailbox.addresses == ["b@example.org", "rest@example.org"]


def test_a_notice_without_an_address_stays_in_the_file(
    settings: Settings, mailbox: Mailbox, caplog: pytest.LogCaptureFixture
) -> None:
    only = replace(settings, recipients={"样例银行": ("a@example.org",)})
    with serving(mailbox, settings.smtp_port):
        send(only, [ONE, TWO])
    assert mailbox.addresses == ["a@example.org"]
    assert [record.fields for record in caplog.records if record.levelname == "WARNING"] == [{"count": 1}]  # type: ignore[attr-defined]
    send(replace(settings, recipients={}), [ONE])  # nobody to write to: no server is needed


def test_a_server_that_is_down(settings: Settings) -> None:
    with pytest.raises(EnvironmentFailed, match=f"127.0.0.1:{settings.smtp_port}：拒绝连接；已送出 0 封，3 封未送"):
        send(settings, [ONE, CITY])


def test_a_server_that_is_not_there(settings: Settings) -> None:
    with pytest.raises(EnvironmentFailed, match="找不到这个服务器"):
        send(replace(settings, smtp_host="没有.invalid"), [CITY])
    with pytest.raises(EnvironmentFailed, match="不能用的字符"):
        send(replace(settings, smtp_host="a" * 70 + ".invalid"), [CITY])


def test_one_address_refused_does_not_stop_the_others(settings: Settings, mailbox: Mailbox) -> None:
    mailbox.refused = {"a@example.org"}
    with (
        serving(mailbox, settings.smtp_port),
        pytest.raises(EnvironmentFailed, match="不接受收件人 a@example.org；已送出 2 封，1 封未送"),
    ):
        send(settings, [ONE, CITY])
    assert mailbox.addresses == ["b@example.org", "rest@example.org"]


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("554 spam", "服务器答复 554，拒收发往 a@example.org、b@example.org"),
        ("421 go away", "服务器答复 421，拒收发往 a@example.org、b@example.org"),
        ("break", "连接中断，没有送到 a@example.org、b@example.org"),
    ],
)
def test_one_message_that_is_not_taken_does_not_stop_the_others(
    settings: Settings, mailbox: Mailbox, answer: str, reason: str
) -> None:
    mailbox.unwanted = {ONE.subject: answer}
    sent: list[str] = []
    channel = SmtpNotices(settings, frozenset(), sent.append)
    with serving(mailbox, settings.smtp_port):
        with pytest.raises(EnvironmentFailed, match=f"{reason}；已送出 2 封，2 封未送"):
            channel.send([CITY, ONE, TWO])
        assert mailbox.addresses == ["rest@example.org"] * 2 and len(sent) == 2
        mailbox.unwanted = {}
        assert len(send(settings, [CITY, ONE, TWO], frozenset(sent))) == 2
    assert mailbox.addresses == ["rest@example.org"] * 2 + ["a@example.org", "b@example.org"]


def test_each_that_was_not_reached_is_named_with_the_reason(settings: Settings, mailbox: Mailbox) -> None:
    mailbox.unwanted, mailbox.refused = {CITY.subject: "550 no"}, {"b@example.org"}
    named = replace(settings, recipients={**settings.recipients, "另一银行": ("名@example.org", "c@example.org")})
    said = "收件人 b@example.org；服务器答复 550，拒收发往 rest@example.org；服务器不能用的地址 名@example.org；已送出 2 封，3 封未送"
    with serving(mailbox, settings.smtp_port, enable_SMTPUTF8=False), pytest.raises(EnvironmentFailed, match=said):
        send(named, [ONE, CITY, TWO])
    assert mailbox.addresses == ["a@example.org", "c@example.org"]


def test_a_server_that_breaks_every_connection_is_given_up(settings: Settings, mailbox: Mailbox) -> None:
    mailbox.unwanted = {"": "break"}
    with (
        serving(mailbox, settings.smtp_port),
        pytest.raises(
            EnvironmentFailed, match="没有送到 a@example.org、b@example.org；连接中断；已送出 0 封，4 封未送"
        ),
    ):
        send(settings, [ONE, CITY, TWO])


def test_a_server_without_encryption_is_not_trusted_with_it(settings: Settings, mailbox: Mailbox) -> None:
    with serving(mailbox, settings.smtp_port), pytest.raises(EnvironmentFailed, match="不支持所设的加密"):
        send(replace(settings, smtp_security="starttls"), [ONE])
    with serving(mailbox, settings.smtp_port), pytest.raises(EnvironmentFailed, match="加密连接没有建立"):
        send(replace(settings, smtp_security="tls"), [ONE])
    assert mailbox.messages == []


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, ssl.SSLContext]:
    """A certificate of this machine that nobody else trusts, and a server's context with it."""
    if shutil.which("openssl") is None:
        pytest.skip("no openssl to make a certificate with")
    key, made = tmp_path / "key.pem", tmp_path / "cert.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(made)],
        check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made, key)
    return made, context


def test_encrypted_and_logged_in(
    settings: Settings,
    mailbox: Mailbox,
    certificate: tuple[Path, ssl.SSLContext],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path, context = certificate
    secure = replace(settings, smtp_security="starttls", smtp_user="tiexi", smtp_password="secret")
    options = {
        "tls_context": context,
        "require_starttls": True,
        "authenticator": _authenticator("secret"),
        "auth_required": True,
    }
    with serving(mailbox, settings.smtp_port, **options):
        with pytest.raises(EnvironmentFailed, match="证书无法验证"):
            send(secure, [ONE])
        monkeypatch.setenv("SSL_CERT_FILE", str(path))
        with pytest.raises(EnvironmentFailed, match="用户名或口令不对"):
            send(replace(secure, smtp_password="wrong"), [ONE])
        with pytest.raises(EnvironmentFailed, match="要求先加密或登录.*smtp.user"):
            send(replace(secure, smtp_user="", smtp_password=""), [ONE])
        with pytest.raises(EnvironmentFailed, match="要求先加密或登录.*smtp.security"):
            send(replace(secure, smtp_security="none", smtp_user="", smtp_password=""), [ONE])
        send(secure, [ONE])
    assert mailbox.addresses == ["a@example.org", "b@example.org"]


def _authenticator(password: str) -> Callable[..., AuthResult]:
    def check(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        right = isinstance(data, LoginPassword) and (data.login, data.password) == (b"tiexi", password.encode())
        return AuthResult(success=right, handled=False)

    return check


# --- within a run -----------------------------------------------------------------------------------------------------


def says(*notices: Notice) -> Job:
    def function(context: Context) -> Outcome:
        return Outcome("好", {}, list(notices))

    return Job("test", "测试任务", Daily(8, 0), "第一条", function)


def figures(engine: Engine) -> list[Any]:
    with db.reading(engine) as connection:
        return [
            (row.result, row.figures) for row in connection.execute(select(models.JobRun.result, models.JobRun.figures))
        ]


def test_a_failed_delivery_is_recorded_and_only_the_rest_is_sent_again(
    engine: Engine, settings: Settings, mailbox: Mailbox
) -> None:
    job = says(ONE, TWO, CITY)
    ran = run_job(engine, job, DAY, settings)  # the server is down
    assert ran.outcome == FAILED and "拒绝连接" in (ran.record.error or "")
    assert "乙公司" in (settings.output / "通知" / "2026-01-05.txt").read_text(encoding="utf-8")
    mailbox.full_after = 2
    with serving(mailbox, settings.smtp_port):
        ran = run_job(engine, job, DAY, settings)
        assert ran.outcome == FAILED and "服务器答复 452，拒收发往 rest@example.org；已送出 2 封，2 封未送" in (
            ran.record.error or ""
        )
        mailbox.full_after = None
        assert run_job(engine, job, DAY, settings).outcome == DONE
        assert run_job(engine, job, DAY, settings).outcome == ALREADY
    assert mailbox.addresses == ["a@example.org", "b@example.org", "rest@example.org", "rest@example.org"]
    assert [result for result, _ in figures(engine)] == ["failed", "failed", "done"]
    assert [len(row.get("mailed", [])) for _, row in figures(engine)] == [0, 2, 4]
    assert ran.record.as_dict()["figures"]["mailed"] == 2


def test_asked_for_again_it_is_sent_again(engine: Engine, settings: Settings, mailbox: Mailbox) -> None:
    with serving(mailbox, settings.smtp_port):
        run_job(engine, says(CITY), DAY, settings)
        run_job(engine, says(CITY), DAY, settings, again=True)
    assert mailbox.addresses == ["rest@example.org"] * 2


def test_two_jobs_of_a_day_share_its_file(engine: Engine, tmp_path: Path) -> None:
    one = Settings(output=tmp_path)
    run_job(engine, says(ONE), DAY, one)
    run_job(engine, replace(says(CITY), name="other", title="另一任务"), DAY, one)
    text = (tmp_path / "通知" / "2026-01-05.txt").read_text(encoding="utf-8")
    assert "测试任务" in text and "另一任务" in text


def test_a_file_that_cannot_be_written_fails_the_run_and_sends_nothing(
    engine: Engine, settings: Settings, mailbox: Mailbox
) -> None:
    settings.output.write_text("x")
    with serving(mailbox, settings.smtp_port):
        ran = run_job(engine, says(CITY), DAY, settings)
    assert ran.outcome == FAILED and mailbox.messages == []
    assert "通知" in (ran.record.error or "")
