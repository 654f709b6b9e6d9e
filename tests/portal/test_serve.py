"""`tiexi serve` as a process: how it starts, what keeps it from starting, how it ends."""

import os
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from copies import dump_of
from databases import address, fresh_engine
from ledger.database import db
from ledger.papers.belonging import on_record
from ledger.store import Store
from releases import RELEASED, restore
from tiexi import cli
from tiexi.portal import serving

Refused = Callable[..., tuple[int, str]]
ROOT = Path(cli.__file__).parent.parent


def line(folder: Path, *more: str) -> list[str]:
    return ["--database", f"sqlite:///{folder / 'tiexi.db'}", "serve", *more]


def environment(**more: str) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), **more}


@contextmanager
def served(folder: Path, **more: str) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    """A running portal and its address; ended whatever happens."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tiexi", *line(folder, "--address", "127.0.0.1:0")], cwd=folder, env=environment(**more),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        said = process.stdout.readline()
        assert said.startswith("门户已启动：http://127.0.0.1:"), (said, process.stderr and process.stderr.read())
        yield process, said.strip().removeprefix("门户已启动：")
    finally:
        process.kill()
        process.wait()


@contextmanager
def half_sent(base: str) -> Iterator[Callable[[], int]]:
    """A request of which half has come; what is given sends the rest and gives the status of the answer."""
    body = b"login=nobody&password=x"
    head = f"POST /sign-in HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n"
    host, _, port = base.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=30) as connection:
        connection.sendall(head.encode() + body[:5])
        while httpx.get(f"{base}/health/live").status_code != 200:  # that asks has seen the first, which came before
            pass

        def rest() -> int:
            connection.sendall(body[5:])
            return int(connection.recv(4096).split()[1])

        yield rest


@pytest.fixture
def refused(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Refused:
    """What a start comes back with that is refused before it listens; in this process, since one of its own takes a second."""
    monkeypatch.setattr(serving, "_listening", None)

    def start(folder: Path, *more: str, **variables: str) -> tuple[int, str]:
        monkeypatch.chdir(folder)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        return cli.run(line(folder, *more)), capsys.readouterr().err

    return start


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    fresh_engine(tmp_path).dispose()
    return tmp_path


def test_it_starts_answers_and_ends_in_order(folder: Path, refused: Refused) -> None:
    with served(folder) as (process, base):
        found = httpx.get(f"{base}/health/ready")
        assert (found.status_code, set(found.json().values())) == (200, {"ok"})
        assert "server" not in found.headers
        assert httpx.get(f"{base}/health/live").status_code == 200
        key = folder / "portal.key"
        assert stat.S_IMODE(key.stat().st_mode) == 0o600 and len(key.read_bytes()) == 32
        code, said = refused(folder, "--address", "127.0.0.1:0")
        assert code == 3 and "已经在运行" in said
        with half_sent(base) as rest:
            process.send_signal(signal.SIGTERM)
            while True:  # no new requests …
                try:
                    httpx.get(f"{base}/health/live")
                except httpx.TransportError:
                    break
            assert process.poll() is None
            assert rest() == 403  # … and the one that runs is answered
        assert process.wait(30) == 0
        assert process.stderr is not None and "Traceback" not in process.stderr.read()
    with served(folder):  # the name was let go
        pass


def test_not_without_a_database_of_this_version(tmp_path: Path, refused: Refused) -> None:
    code, said = refused(tmp_path)
    assert code == 3 and "没有数据库文件" in said
    (tmp_path / "tiexi.db").write_bytes(b"")
    code, said = refused(tmp_path)
    assert code == 3 and "tiexi init" in said


def test_an_upgrade_is_stop_backup_init_start(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A database of an earlier release is not served until it is migrated; its backup goes back as it was."""
    engine = db.open_engine(f"sqlite:///{tmp_path / 'tiexi.db'}")
    restore(engine, RELEASED[-1])
    engine.dispose()
    before = dump_of(tmp_path / "tiexi.db")

    def run(*more: str) -> int:
        return cli.run(["--database", f"sqlite:///{tmp_path / 'tiexi.db'}", *more])

    assert run("serve", "--address", "127.0.0.1:0") == 3
    assert "tiexi init" in capsys.readouterr().err
    assert dump_of(tmp_path / "tiexi.db") == before
    assert run("backup", str(tmp_path / "升级前.db")) == 0 and dump_of(tmp_path / "升级前.db") == before
    assert run("init") == 0
    engine = db.open_engine(f"sqlite:///{tmp_path / 'tiexi.db'}")
    with db.reading(engine) as connection:
        kept = Store(tmp_path / "文件库").path(min(on_record(connection)))
    engine.dispose()
    kept.parent.mkdir(parents=True)
    kept.touch()  # a store without any of the files on record would be another's
    with served(tmp_path) as (_, base):
        assert httpx.get(f"{base}/health/ready").status_code == 200
    assert run("restore", str(tmp_path / "升级前.db"), "--force") == 0
    assert dump_of(tmp_path / "tiexi.db") == before


def test_not_for_one_person_alone(folder: Path, refused: Refused) -> None:
    code, said = refused(folder, TIEXI_SOLO="1")
    assert code == 2 and "TIEXI_SOLO" in said


@pytest.mark.parametrize("place", ["0.0.0.0:0", "192.0.2.1:8000", "[::]:0"])
def test_not_for_others_without_https(folder: Path, place: str, refused: Refused) -> None:
    code, said = refused(folder, "--address", place)
    assert code == 2 and "portal.public" in said


def test_an_address_that_is_none_is_wrong_usage(folder: Path, refused: Refused) -> None:
    code, said = refused(folder, "--address", "8000")
    assert code == 2 and "应为地址和端口" in said


def test_not_with_a_key_that_others_may_read(folder: Path, refused: Refused) -> None:
    key = folder / "portal.key"
    key.write_bytes(b"x" * 32)
    key.chmod(0o644)
    code, said = refused(folder, "--address", "127.0.0.1:0")
    assert code == 3 and "他人读取" in said
    key.chmod(0o600)
    key.write_bytes(b"short")
    code, said = refused(folder, "--address", "127.0.0.1:0")
    assert code == 3 and "不是密钥" in said


def test_not_without_the_extra_libraries(folder: Path) -> None:
    source = (
        "import sys; sys.modules['fastapi'] = None; from tiexi import cli; "
        f"sys.exit(cli.run(['--database', '{address(fresh_engine(folder))}', 'serve']))"
    )
    done = subprocess.run([sys.executable, "-c", source], cwd=folder, env=environment(), capture_output=True, text=True)
    assert done.returncode == 3 and "tiexi[portal]" in done.stderr
