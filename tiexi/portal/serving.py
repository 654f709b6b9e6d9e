"""Serving the portal: one process on one address, until it is told to end; then what runs has half a minute."""

import hashlib
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from threading import Thread
from types import FrameType
from typing import Any

import uvicorn
from sqlalchemy import Engine

from ledger.database import db
from ledger.database.locks import held
from ledger.errors import BadSetting, EnvironmentFailed, os_reason
from ledger.papers.belonging import require_own
from ledger.settings import Settings
from ledger.store import Store
from ledger.uploads.apart import Apart
from reports.writing import drawings
from tiexi.portal.app import make_app

GRACE_SECONDS = 30
CONNECTIONS = 24  # to the database at once; whoever comes later waits for one
SWITCH_SECONDS = 0.001  # after which a thread gives others their turn: a page goes to and fro between several
_HELD = "portal"


def serve(engine: Engine, settings: Settings, say: Callable[[str], None]) -> None:
    """Serves until SIGTERM or Ctrl+C. EnvironmentFailed where the database is not ready, or served already, or the
    store is not its own."""
    host, port = listening(settings)
    with db.reading(engine) as connection:  # set up, and of this version
        require_own(connection, Store(settings.portal_store))
    with held(engine, _HELD) as ours:
        if not ours:
            raise EnvironmentFailed("这个数据库的门户已经在运行；一个数据库只能启动一个门户")
        app = make_app(engine, settings, Apart(engine, settings.portal_store, settings.log_format))
        if "sm3" not in hashlib.algorithms_available:
            say("提示：本机的 Python 没有 SM3，资料和审计包只有 SHA-256 摘要")
        sys.setswitchinterval(SWITCH_SECONDS)
        Thread(target=drawings.warm, daemon=True).start()
        with _listening(host, port) as listener, _ended_in_order():
            _Server(app, listener, say, app.house.worker.end).run([listener])


def listening(settings: Settings) -> tuple[str, int]:
    """Host and port. BadSetting for an address that others reach while no https address is set."""
    host, _, port = settings.portal_address.rpartition(":")
    host = host.strip("[]")
    if not settings.portal_public and not _is_loopback(host):
        raise BadSetting(
            f"没有设门户的 https 地址（portal.public）时只能监听本机回环地址，不能监听 {settings.portal_address}；"
            "请监听 127.0.0.1 并由代理以 https 对外，再设 portal.public"
        )
    return host, int(port)


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


@contextmanager
def _listening(host: str, port: int) -> Iterator[socket.socket]:
    """A socket that listens."""
    try:
        kind = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        # named as TCP, or asyncio leaves small answers to wait 40 ms for one another (Nagle)
        made = socket.socket(kind[0], kind[1], socket.IPPROTO_TCP)
        try:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            made.bind(kind[4])
        except BaseException:
            made.close()
            raise
    except OSError as error:
        raise EnvironmentFailed(f"不能监听 {host}:{port}：{os_reason(error)}；请换一个端口或地址") from error
    try:
        yield made
    finally:
        made.close()


@contextmanager
def _ended_in_order() -> Iterator[None]:
    """Being told to end is how serving ends, and no failure: the server hands the signal on once all is done."""
    before = {number: signal.signal(number, _nothing) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _nothing(_number: int, _frame: FrameType | None) -> None:
    pass


class _Server(uvicorn.Server):
    """Says where it listens, once it does; and calls `ending` as soon as it is told to end, so that no request waits then."""

    def __init__(
        self, app: Any, listener: socket.socket, say: Callable[[str], None], ending: Callable[[], None]
    ) -> None:
        super().__init__(
            uvicorn.Config(
                app, log_config=None, access_log=False, server_header=False, proxy_headers=False, ws="none",
                lifespan="on", timeout_graceful_shutdown=GRACE_SECONDS,
            )
        )  # fmt: skip
        self._listener, self._say, self._ending = listener, say, ending

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            host, port = self._listener.getsockname()[:2]
            self._say(f"门户已启动：http://{f'[{host}]' if ':' in host else host}:{port}")

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._ending()
        await super().shutdown(sockets)
