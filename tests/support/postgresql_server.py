"""A real PostgreSQL server for the tests: the one that TIEXI_TEST_POSTGRES_URL names, else one of our own.

Our own is made from the server programs on this machine, in a temporary folder. It is reached through a socket there,
never syncs, and ends with the test run, however that ends. All processes of a run share it: whoever first needs it
starts it.
"""

import fcntl
import hashlib
import json
import os
import pwd
import re
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy.engine import make_url

from tests.support import memory

NO_SERVER = "NO POSTGRESQL"  # what the reason of a skipped test begins with
GIVEN = "TIEXI_TEST_POSTGRES_URL"
_FOLDER = "POSTGRES_FOR_THE_TESTS_OF_TIEXI"  # where the processes of one test run find their server
_ACCOUNT = "postgres"
# Besides what makes it fast: settings unlike ours wherever an answer could come to depend on them.
_SETTINGS = {
    "fsync": "off", "full_page_writes": "off", "wal_level": "minimal", "max_wal_senders": "0", "autovacuum": "off",
    "jit": "off", "shared_buffers": "32MB", "checkpoint_timeout": "1h", "listen_addresses": "''",
    "datestyle": "'SQL, DMY'", "timezone": "America/New_York",
}  # fmt: skip


class Unavailable(Exception):
    """There is no server, and why."""


def begin_session(where: Path | None = None, settings: Mapping[str, str] | None = None) -> None:
    """Called once, in the first process of a test run: a folder to share, but no server yet.

    where: the folder to make it in, else memory where there is room. settings: of our own server, before those of the tests.
    """
    # a database is a thousand small files: ten times faster to make in memory than on a disk
    os.environ[_FOLDER] = tempfile.mkdtemp(prefix="tiexi_test_", dir=where or memory.folder())
    (_folder() / "run").write_text(str(os.getpid()))
    (_folder() / "settings").write_text(json.dumps({**_SETTINGS, **(settings or {})}))


def end_session() -> None:
    """Called once at the end, whatever happened: databases dropped, our own server stopped, the folder removed."""
    folder = Path(os.environ.pop(_FOLDER))
    try:
        if GIVEN in os.environ and (folder / "url").exists():
            _drop_all(os.environ[GIVEN], folder.name)
        elif (folder / "data" / "postmaster.pid").exists():
            _run(folder, "pg_ctl", "stop", "-D", folder / "data", "-m", "immediate", "-w")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        for of_session in (
            server_url,
            _administrator,
            _template,
        ):  # another session of this process has a server of its own
            of_session.cache_clear()


def _folder() -> Path:
    return Path(os.environ[_FOLDER])


@cache
def server_url() -> str:
    """The server's address; Unavailable where there is none, but a given one that fails is an error."""
    known, missing = _folder() / "url", _folder() / "unavailable"
    with _only_one():
        if missing.exists():
            raise Unavailable(missing.read_text(encoding="utf-8"))
        if not known.exists():
            try:
                url = os.environ.get(GIVEN) or _start()
            except Unavailable as why:
                missing.write_text(str(why), encoding="utf-8")
                raise
            known.write_text(url, encoding="utf-8")
    return known.read_text(encoding="utf-8")


@contextmanager
def _only_one() -> Iterator[None]:
    """One process at a time."""
    with (_folder() / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


# --- a server of our own ------------------------------------------------------------------------------------------------


def binaries() -> Path | None:
    """The folder with the newest server's programs."""
    debian = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    if debian:
        return max(debian, key=lambda path: [int(part) for part in re.findall(r"\d+", path.parent.name)])
    found = shutil.which("initdb")
    return Path(found).resolve().parent if found else None


def _start() -> str:
    folder = _folder()
    if binaries() is None:
        raise Unavailable(f"no PostgreSQL server programs on this machine, and {GIVEN} is not set")
    if os.getuid() == 0:
        try:
            os.chown(folder, pwd.getpwnam(_ACCOUNT).pw_uid, -1)
        except KeyError as error:
            raise Unavailable(f"PostgreSQL refuses to run as root, and there is no account {_ACCOUNT}") from error
    password, secret = secrets.token_hex(8), folder / "password"
    secret.write_text(password)
    options = " ".join(f"-c {name}={value}" for name, value in json.loads((folder / "settings").read_text()).items())
    try:
        _run(folder, "initdb", "-D", folder / "data", "-U", _ACCOUNT, "-A", "scram-sha-256", "--pwfile", secret,
             "-E", "UTF8", "--locale", "C", "--no-sync")  # fmt: skip
        _run(folder, "pg_ctl", "start", "-D", folder / "data", "-l", folder / "log", "-o", f"{options} -k {folder}")
    except subprocess.CalledProcessError as error:
        log = (folder / "log").read_text(errors="replace") if (folder / "log").exists() else ""
        raise Unavailable(f"PostgreSQL could not be started: {error.stderr} {log}") from error
    _watch(folder, (folder / "data" / "postmaster.pid").read_text().split()[0])
    return f"postgresql+psycopg://{_ACCOUNT}:{password}@/postgres?host={folder}"


def _run(folder: Path, program: str, *arguments: str | Path) -> None:
    """Runs a program of the server, as the account postgres where we are root."""
    account: dict[str, Any] = {}
    if os.getuid() == 0:
        account = {"user": _ACCOUNT, "group": pwd.getpwnam(_ACCOUNT).pw_gid, "extra_groups": []}
    with (folder / f"{program}.out").open("w+") as out:  # no pipe: the server that pg_ctl starts would keep it open
        done = subprocess.run(
            [Path(binaries() or "") / program, *arguments],
            stdin=subprocess.DEVNULL, stdout=out, stderr=out, cwd=folder, check=False, **account,
        )  # fmt: skip
        out.seek(0)
        if done.returncode:
            raise subprocess.CalledProcessError(done.returncode, program, stderr=out.read())


def _watch(folder: Path, server: str) -> None:
    """A shell that stops the server and removes the folder should the test run be killed."""
    run = (folder / "run").read_text()
    wait = f"while [ -d '{folder}' ] && kill -0 {run} 2>/dev/null; do sleep 1; done"
    end = f"[ -d '{folder}' ] && kill -QUIT {server}; sleep 1; rm -rf '{folder}'"
    subprocess.Popen(
        ["sh", "-c", f"{wait}; {end}"], start_new_session=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip


# --- its databases ------------------------------------------------------------------------------------------------------

_made: list[str] = []  # by this process, not yet dropped


@cache
def _administrator() -> "psycopg.Connection[Any]":
    """A connection that makes and drops databases."""
    return _connect(server_url())


def _connect(url: str) -> "psycopg.Connection[Any]":
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    return psycopg.connect(plain, autocommit=True)


def create_database(how: str | None = None) -> str:
    """A new, empty database's address; it is gone when the test ends."""
    # another order than that of code points, so that a comparison which forgets its collation is found out
    locale = "LOCALE_PROVIDER icu ICU_LOCALE 'zh'" if _administrator().info.server_version >= 150000 else ""
    return _create(how or f"TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C' {locale}")


def copy_of_template(fill: Callable[[str], None]) -> str:
    """A copy of the database that `fill`, by its name, made once for the whole run; it is gone when the test ends."""
    strategy = "STRATEGY FILE_COPY" if _administrator().info.server_version >= 150000 else ""
    return _create(f"TEMPLATE {_template(fill)} {strategy}")


@cache
def _template(fill: Callable[[str], None]) -> str:
    called = hashlib.sha256(f"{fill.__module__} {fill.__name__}".encode()).hexdigest()[
        :12
    ]  # names may have 63 characters
    name = f"{_folder().name}_template_{called}"
    with _only_one():
        known = _administrator().execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
        if known is None:
            url = create_database()
            fill(url)
            _administrator().execute(f"ALTER DATABASE {make_url(url).database} RENAME TO {name}")
            _made.remove(url)
    return name


def _create(how: str) -> str:
    name = f"{_folder().name}_{secrets.token_hex(6)}"
    _administrator().execute(f"CREATE DATABASE {name} {how}")
    _made.append(make_url(server_url()).set(database=name).render_as_string(hide_password=False))
    return _made[-1]


def copy_of(url: str) -> str:
    """A copy of a database that nobody has open."""
    return _create(f"TEMPLATE {make_url(url).database}")


def keep(url: str) -> None:
    """Lets a database outlive the test: it goes with the server, or with what the whole run has made on a given one."""
    _made.remove(url)


def drop(url: str) -> None:
    """Drops one that this process has made."""
    _made.remove(url)
    _administrator().execute(f"DROP DATABASE {make_url(url).database} WITH (FORCE)")


def drop_databases() -> None:
    """Drops what this process has made, whoever is still connected."""
    while _made:
        _administrator().execute(f"DROP DATABASE IF EXISTS {make_url(_made.pop()).database} WITH (FORCE)")


def connections(url: str) -> int:
    """How many connections a database has."""
    counted = "SELECT count(*) FROM pg_stat_activity WHERE datname = %s"
    row = _administrator().execute(counted, [make_url(url).database]).fetchone()
    return int(row[0]) if row else 0


def cut_connections(url: str) -> None:
    """Ends every connection to a database."""
    ended = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s"
    _administrator().execute(ended, [make_url(url).database])


def asks_for_passwords() -> bool:
    """Whether the server lets nobody in with a wrong password."""
    try:
        _connect(make_url(server_url()).set(password="wrong").render_as_string(hide_password=False)).close()
    except psycopg.OperationalError:
        return True
    return False


def _drop_all(url: str, prefix: str) -> None:
    """What a test run has left on a server that is not ours."""
    with _connect(url) as connection:
        for (name,) in connection.execute("SELECT datname FROM pg_database").fetchall():
            if name.startswith(f"{prefix}_"):
                connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
