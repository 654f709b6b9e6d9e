"""Notices: what a job has to say to whom, and the ways in which it is said.

A channel has one method, `send`. The file and the log are always used; mail where a server is configured.
"""

import hashlib
import smtplib
import socket
import ssl
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from email.message import EmailMessage
from email.utils import localtime
from pathlib import Path
from typing import Protocol

from ledger.errors import EnvironmentFailed, os_reason
from ledger.logs import Log
from ledger.settings import EVERYBODY, Settings
from reports.writing.files import write_text

CITY = "市级"  # the city's own departments, among those whom a notice may be for
_TIMEOUT_SECONDS = 30
_BROKEN_IN_A_ROW = 3  # connections, each by a message of its own: then it is not the messages
_TOO_LARGE = 552  # said of the sender, but meant of a message
_LOG_IN_FIRST = 530  # said to the sender, but meant of the connection: not logged in, or not encrypted
_log = Log(__name__)


@dataclass(frozen=True)
class Notice:
    """Something to be said. kind: for counting; to: a county, a bank, an institution or CITY; body: whole lines."""

    kind: str
    to: str
    subject: str
    body: str


class Channel(Protocol):
    """A way in which notices go out."""

    def send(self, notices: Sequence[Notice]) -> None:
        """Sends the notices; EnvironmentFailed when they cannot all go out."""


class LogNotices:
    """A line per kind in the log: how many, never what they say."""

    def __init__(self, job: str, day: date) -> None:
        self._job, self._day = job, day

    def send(self, notices: Sequence[Notice]) -> None:
        for kind, count in sorted(Counter(notice.kind for notice in notices).items()):
            _log.info("notices", job=self._job, day=self._day, kind=kind, count=count)


# --- the file of a day ------------------------------------------------------------------------------------------------

_MARK = "════════ "


class FileNotices:
    """One text file per day with a section per job, written whole; sending again replaces the job's section."""

    def __init__(self, folder: Path, day: date, title: str) -> None:
        self.path = folder / f"{day}.txt"
        self._day, self._title = day, title

    def send(self, notices: Sequence[Notice]) -> None:
        sections = self._sections()
        if not notices and self._title not in sections:
            return
        sections[self._title] = "\n".join(_in_file(notice) for notice in notices)
        head = f"贴息　通知　{self._day}\n"
        write_text(self.path, [head, *(f"\n{_MARK}{title}\n\n{text}" for title, text in sections.items() if text)])

    def _sections(self) -> dict[str, str]:
        """The sections that the file has, by title."""
        try:
            parts = self.path.read_text(encoding="utf-8").split(f"\n{_MARK}")[1:]
        except FileNotFoundError:
            return {}
        except (OSError, UnicodeDecodeError) as error:
            reason = os_reason(error) if isinstance(error, OSError) else "不是 UTF-8 编码的文本"
            raise EnvironmentFailed(f"通知文件 {self.path} 无法读取：{reason}") from error
        return {title: text for title, _, text in (part.partition("\n\n") for part in parts)}


def _in_file(notice: Notice) -> str:
    return f"致：{notice.to}\n事由：{notice.subject}\n\n{notice.body.rstrip()}\n"


# --- mail -------------------------------------------------------------------------------------------------------------


def digest(notice: Notice, address: str) -> str:
    """What makes one message to one address the same message."""
    parts = (notice.kind, notice.to, notice.subject, notice.body, address)
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:32]


class SmtpNotices:
    """One message per notice and address.

    already: digests of messages that went out before, which are not sent again. sent: told of each that goes out.
    """

    def __init__(self, settings: Settings, already: frozenset[str], sent: Callable[[str], None]) -> None:
        self._settings, self._already, self._sent = settings, already, sent

    def send(self, notices: Sequence[Notice]) -> None:
        wanted = [(notice, address) for notice in notices for address in self._addresses(notice)]
        left = [(notice, address) for notice, address in wanted if digest(notice, address) not in self._already]
        if unaddressed := sum(not self._addresses(notice) for notice in notices):
            _log.warning("notices without an address", count=unaddressed)
        if left:
            self._send_each(left)

    def _send_each(self, left: Sequence[tuple[Notice, str]]) -> None:
        """Sends what can be sent; one message that is not taken, or that breaks the connection, is its own affair."""
        done, broken = 0, 0
        server: smtplib.SMTP | None = None
        refused: dict[str, dict[str, None]] = {}  # the addresses not reached, by reason
        try:
            for notice, address in left:
                server = server or self._connect()
                try:
                    server.send_message(self._message(notice, address), to_addrs=[address])
                except (smtplib.SMTPException, OSError, UnicodeError) as error:
                    reason = _of_one_message(error)
                    broken = broken + 1 if reason is None else 0
                    if broken == _BROKEN_IN_A_ROW or (broken and isinstance(error, smtplib.SMTPResponseException)):
                        raise
                    refused.setdefault(reason or f"{_reason(error)}，没有送到", {})[address] = None
                    server = _reset(server)
                    continue
                done, broken = done + 1, 0
                self._sent(digest(notice, address))
        except (smtplib.SMTPException, OSError, UnicodeError) as error:
            reasons = [*_with_addresses(refused), _reason(error)]
            raise EnvironmentFailed(self._sentence(reasons, done, len(left) - done)) from error
        finally:
            _quit(server)
        if refused:
            raise EnvironmentFailed(self._sentence(_with_addresses(refused), done, len(left) - done))

    def _addresses(self, notice: Notice) -> tuple[str, ...]:
        recipients = self._settings.recipients
        return recipients.get(notice.to, recipients.get(EVERYBODY, ()))

    def _connect(self) -> smtplib.SMTP:
        settings = self._settings
        host, port, checked = settings.smtp_host, settings.smtp_port, ssl.create_default_context()
        if settings.smtp_security == "tls":
            server: smtplib.SMTP = smtplib.SMTP_SSL(host, port, timeout=_TIMEOUT_SECONDS, context=checked)
        else:
            server = smtplib.SMTP(host, port, timeout=_TIMEOUT_SECONDS)
        try:
            if settings.smtp_security == "starttls":
                server.starttls(context=checked)
            if settings.smtp_user:
                server.login(settings.smtp_user, settings.smtp_password)
        except BaseException:
            server.close()
            raise
        return server

    def _message(self, notice: Notice, address: str) -> EmailMessage:
        message = EmailMessage()
        message["From"], message["To"] = self._settings.smtp_sender, address
        message["Subject"] = f"【贴息】{notice.subject}"
        message["Date"] = localtime()
        message["Message-ID"] = f"<{digest(notice, address)}@tiexi>"
        message.set_content(f"致：{notice.to}\n\n{notice.body.rstrip()}\n")
        return message

    def _sentence(self, reasons: Sequence[str], done: int, left: int) -> str:
        where = f"{self._settings.smtp_host}:{self._settings.smtp_port}"
        return f"邮件服务器 {where}：{'；'.join(reasons)}；已送出 {done} 封，{left} 封未送（通知文件已写好，重新运行只补送未送的）"


_REFUSALS = {
    smtplib.SMTPAuthenticationError: "用户名或口令不对",
    smtplib.SMTPNotSupportedError: "服务器不支持所设的加密或登录方式",
    smtplib.SMTPServerDisconnected: "连接中断",
    smtplib.SMTPSenderRefused: "服务器不接受发件人",
    ssl.SSLCertVerificationError: "服务器证书无法验证",
    ssl.SSLError: "加密连接没有建立",
    TimeoutError: "没有应答",
    ConnectionRefusedError: "拒绝连接",
    socket.gaierror: "找不到这个服务器",
    UnicodeError: "服务器名、用户名或口令中有不能用的字符",
}


def _of_one_message(error: Exception) -> str | None:
    """Why a server did not take one message, where that says nothing of the others; None if it may."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return "服务器不接受收件人"
    answer = getattr(error, "smtp_code", None)
    if isinstance(error, smtplib.SMTPDataError) or answer == _TOO_LARGE:
        return f"服务器答复 {answer}，拒收发往"
    if isinstance(error, smtplib.SMTPNotSupportedError | UnicodeError):
        return "服务器不能用的地址"
    return None


def _reset(server: smtplib.SMTP) -> smtplib.SMTP | None:
    """The connection, ready for another message; None when a new one is needed."""
    try:
        if server.rset()[0] == 250:
            return server
    except (smtplib.SMTPException, OSError):
        pass
    server.close()
    return None


def _quit(server: smtplib.SMTP | None) -> None:
    """Takes leave; what was taken is taken, whatever the server says to that."""
    if server is not None:
        with suppress(smtplib.SMTPException, OSError):
            server.quit()
        server.close()


def _with_addresses(refused: Mapping[str, Iterable[str]]) -> list[str]:
    return [f"{reason} {'、'.join(addresses)}" for reason, addresses in refused.items()]


def _reason(error: Exception) -> str:
    if getattr(error, "smtp_code", None) == _LOG_IN_FIRST:
        return "服务器要求先加密或登录（smtp.security、smtp.user、smtp.password）"
    for kind, words in _REFUSALS.items():
        if isinstance(error, kind):
            return words
    if isinstance(error, smtplib.SMTPResponseException):
        return f"服务器答复 {error.smtp_code}"
    return os_reason(error) if isinstance(error, OSError) else error.__class__.__name__
