"""What only a PostgreSQL server does: its addresses, its failures in one Chinese sentence, its settings."""

import secrets
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlalchemy import Engine, func, insert, select
from sqlalchemy.engine import make_url

import did_not_run
import lives
import postgresql_server
from databases import address, dump
from jobs import scheduler
from ledger import lifecycle, models
from ledger.audit import replay
from ledger.audit.audit import audit
from ledger.database import bulk, db
from ledger.errors import EnvironmentFailed
from ledger.intake.importer import import_file
from ledger.programmes import PROGRAMMES
from ledger.runs import settlement
from ledger.runs.settlement import read_run
from ledger.settings import Settings
from ledger.setup import initialise
from postgresql_server import NO_SERVER
from samples import base
from sheets import write_sheets
from tiexi import cli

ROOT = Path(__file__).parents[3]
PASSWORD = "not-to-be-shown"
pytestmark = pytest.mark.postgresql_only


def test_a_run_without_a_server_says_so_aloud() -> None:
    said: list[str] = []
    skipped = [SimpleNamespace(longrepr=("a.py", 1, f"Skipped: {NO_SERVER}: because"))] * 3
    reporter = SimpleNamespace(stats={"skipped": skipped}, write_line=lambda text, **_: said.append(text))
    did_not_run.tell(reporter, NO_SERVER, "ON POSTGRESQL")
    assert said == ["3 TESTS ON POSTGRESQL DID NOT RUN: because"]


# --- addresses ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg"])
def test_the_driver_need_not_be_named(scheme: str) -> None:
    made = db.open_engine(f"{scheme}://u:{PASSWORD}@h/x")
    assert made.url.drivername == "postgresql+psycopg" and made.dialect.driver == "psycopg"


@pytest.mark.parametrize("url", [f"postgresql://u@h/x?password={PASSWORD}", f"postgresql://u:{PASSWORD}@h/x"])
def test_a_password_is_not_shown(url: str) -> None:
    made = db.open_engine(url)
    assert made.url.password == PASSWORD
    assert PASSWORD not in made.url.render_as_string(hide_password=True) and PASSWORD not in repr(made)


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql+psycopg2://u:{PASSWORD}@h/x", f"mysql://u:{PASSWORD}@h/x", f"postgresql:u:{PASSWORD}@h/x",
        f"postgresql://u:{PASSWORD}@h:port/x", f"postgresq://h/x?password={PASSWORD}", f"//u:{PASSWORD}@h", "",
    ],
)  # fmt: skip
def test_an_address_of_no_use(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(EnvironmentFailed, match="无法识别；应形如 sqlite:///tiexi.db 或 postgresql") as failure:
        db.open_engine(url)
    assert PASSWORD not in str(failure.value)


@pytest.mark.parametrize("password", ["a@b", "@", "a@b@c", "a@b/c", "a%40b@c"])
def test_a_plain_at_sign_in_the_password(password: str) -> None:
    with pytest.raises(EnvironmentFailed, match="「postgresql://u:\\*\\*\\*@h/x」中 @ 不止一个；密码里的特殊字符.*%40"):
        db.open_engine(f"postgresql://u:{password}@h/x")
    assert db.open_engine("postgresql://u:a%40b@h/x").url.password == "a@b"


def test_a_missing_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.split(".")[0] == "psycopg"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(EnvironmentFailed, match="驱动程序 psycopg 没有安装"):
        db.open_engine("postgresql://u@h/x")


# --- failures -----------------------------------------------------------------------------------------------------------


def fails(url: str, capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """The one sentence with which a command on this database fails."""
    capsys.readouterr()
    assert cli.run(["--database", url, *(arguments or ("init",))]) == 3
    out, err = capsys.readouterr()
    assert out == "" and len(err.splitlines()) == 1 and err.startswith("无法完成：")
    assert PASSWORD not in err and "Traceback" not in err
    return err


@pytest.mark.parametrize(
    ("place", "reason"),
    [
        ("127.0.0.1:1", "服务器没有启动，或端口不对"), ("no.such.host.invalid", "找不到服务器的地址"),
        ("/x?host=/no/such/folder", "服务器没有启动，或地址不对"), ("127.0.0.1:99999", "端口不对"),
        ("127.0.0.1:1/x?sslmod=x", "地址中没有 sslmod 这个参数"), ("127.0.0.1:1/x?Password=not-to-be-shown", "没有 Password 这个参数"),
        ("127.0.0.1:1/x?sslmode=x", "地址中参数 sslmode 的值不对"), ("127.0.0.1:1/x?connect_timeout=x", "参数 connect_timeout 的值不对"),
    ],
)  # fmt: skip
def test_no_server(capsys: pytest.CaptureFixture[str], place: str, reason: str) -> None:
    assert reason in fails(f"postgresql://u:{PASSWORD}@{place}{'' if '/' in place else '/x'}", capsys)


def test_not_let_in(engine: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    for change, reason in (({"database": "no_such"}, "没有这个数据库"), ({"password": PASSWORD}, "用户名或密码不对")):
        url = engine.url.set(**change).render_as_string(hide_password=False)  # type: ignore[arg-type]
        if "password" in change and not postgresql_server.asks_for_passwords():
            continue
        assert reason in fails(url, capsys)


@pytest.fixture
def stranger(engine: Engine) -> Iterator[str]:
    """The address of the database for a user without any rights in it."""
    name = f"tiexi_stranger_{secrets.token_hex(4)}"
    with engine.begin() as connection:
        connection.exec_driver_sql(f"CREATE ROLE {name} LOGIN PASSWORD '{PASSWORD}'")
    yield engine.url.set(username=name, password=PASSWORD).render_as_string(hide_password=False)
    with engine.begin() as connection:
        connection.exec_driver_sql(f"DROP ROLE {name}")


def test_no_rights(engine: Engine, stranger: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert "没有权限" in fails(stranger, capsys, "settle", "2023")
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP SCHEMA public CASCADE")
    assert "没有可以使用的模式" in fails(stranger, capsys)


def test_a_user_who_may_not_make_tables(empty_url: str, capsys: pytest.CaptureFixture[str]) -> None:
    name = f"tiexi_stranger_{secrets.token_hex(4)}"
    engine = db.open_engine(empty_url)
    with engine.begin() as connection:
        connection.exec_driver_sql("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
        connection.exec_driver_sql(f"CREATE ROLE {name} LOGIN PASSWORD '{PASSWORD}'")
    url = engine.url.set(username=name, password=PASSWORD).render_as_string(hide_password=False)
    assert "没有权限" in fails(url, capsys)
    with engine.begin() as connection:
        connection.exec_driver_sql(f"DROP ROLE {name}")
    engine.dispose()


def test_a_server_that_only_reads(engine: Engine, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql(f"ALTER DATABASE {engine.url.database} SET default_transaction_read_only = on")
    path = write_sheets(tmp_path / "a.xlsx", base())
    assert "数据库只读" in fails(address(engine), capsys, "import", str(path))


def test_a_scheduler_that_may_not_write(engine: Engine, stranger: str) -> None:
    """Its job store makes its table on connections of its own."""

    def start(url: str) -> None:
        made = db.open_engine(url)
        try:
            scheduler.run(made, Settings(), print)
        finally:
            made.dispose()

    name = make_url(stranger).username
    with engine.begin() as connection:
        connection.exec_driver_sql(f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {name}")
    with pytest.raises(EnvironmentFailed, match="没有权限"):
        start(stranger)
    with engine.begin() as connection:
        connection.exec_driver_sql(f"DROP OWNED BY {name}")
        connection.exec_driver_sql(f"ALTER DATABASE {engine.url.database} SET default_transaction_read_only = on")
    with pytest.raises(EnvironmentFailed, match="数据库只读"):
        start(address(engine))


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        ("53100", "服务器磁盘空间不足"), ("53200", "服务器内存不足"), ("58030", "服务器磁盘读写出错"),
        ("57014", "操作被服务器取消"), ("40001", "与另一程序的改动冲突"), ("XX001", "数据损坏"), ("53400", "服务器资源不足"),
    ],
)  # fmt: skip
def test_a_failing_server(
    engine: Engine, tmp_path: Path, capsys: pytest.CaptureFixture[str], state: str, reason: str
) -> None:
    """Whatever it says, in whatever language: in mid-import, and nothing is kept."""
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "CREATE FUNCTION broken() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '磁盘' USING ERRCODE = '{state}'; END $$"
        )
        connection.exec_driver_sql(
            "CREATE TRIGGER broken BEFORE INSERT ON loan_facts FOR EACH ROW EXECUTE FUNCTION broken()"
        )
    before = dump(engine)
    path = write_sheets(tmp_path / "a.xlsx", base())
    assert reason in fails(address(engine), capsys, "import", str(path))
    assert dump(engine) == before


def test_an_audit_recomputes_any_number_of_runs(engine: Engine, tmp_path: Path) -> None:
    """On one connection: the driver prepares what it is asked again and again, and must not read past a view by that."""
    lives.live(engine, tmp_path, "approved")
    with db.reading_with_views(engine) as connection:
        run = read_run(connection, 1)
        known = replay.known_at_approval(connection, run, None)
        before_all = replay.Known(1, 0)  # what came with the program
        for _ in range(9):
            assert replay.difference(connection, run, known) == ""
            assert replay.difference(connection, run, before_all) != ""
            assert settlement.choose_run(connection, run.programme, run.year).id == run.id


def cut(engine: Engine) -> None:
    """Ends all connections of an engine, as a server does that is restarted."""
    postgresql_server.cut_connections(address(engine))


def _statement(connection: db.Connection) -> None:
    connection.execute(select(func.count()).select_from(models.Intake))


def _copy(connection: db.Connection) -> None:
    count = 200_000
    names = [f"银行{number}" for number in range(count)]
    db.insert_columns(connection, models.table_of(models.Bank), {"id": list(range(1, count + 1)), "name": names})


def _fetch(connection: db.Connection) -> None:
    db.fetch_frame(connection, select(models.LprFact.id))


@pytest.mark.parametrize("use", [_statement, _copy, _fetch, lambda _: None], ids=["select", "copy", "fetch", "commit"])
def test_a_connection_lost_in_the_middle(engine: Engine, use: Callable[[db.Connection], None]) -> None:
    before = dump(engine)
    with pytest.raises(EnvironmentFailed, match="连接已中断，未完成的改动没有保留"), db.writing(engine) as connection:
        connection.execute(
            insert(models.Change).values(id=1, kind="void", reason="x", made_by="x", made_at=func.localtimestamp())
        )
        cut(engine)
        use(connection)
    assert dump(engine) == before  # the next one works


def test_a_connection_lost_between_two_uses_is_made_anew(engine: Engine) -> None:
    before = dump(engine)
    cut(engine)
    with db.reading(engine) as connection:
        _statement(connection)
    cut(engine)
    assert dump(engine) == before


def test_a_lost_connection_says_nothing_else(
    engine: Engine, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """No word of the driver's own on the terminal."""
    real = db.insert_columns

    def cutting(*arguments: db.Any) -> None:
        cut(engine)
        real(*arguments)

    monkeypatch.setattr(db, "insert_columns", cutting)
    path = write_sheets(tmp_path / "a.xlsx", base())
    assert "连接已中断" in fails(address(engine), capsys, "import", str(path))


# --- how it is used -----------------------------------------------------------------------------------------------------


def test_a_reader_cannot_write(engine: Engine) -> None:
    with pytest.raises(EnvironmentFailed, match="只读"), db.reading(engine) as connection:
        connection.execute(insert(models.Bank).values(id=1, name="甲"))


def test_writers_wait_whatever_the_server_prefers(engine: Engine, tmp_path: Path) -> None:
    """A server whose transactions keep the state of their first statement, and that lets nobody wait."""
    with engine.begin() as connection:
        for setting in ("default_transaction_isolation = 'serializable'", "lock_timeout = '1ms'"):
            connection.exec_driver_sql(f"ALTER DATABASE {engine.url.database} SET {setting}")
    engine.dispose()
    with db.writing(engine) as connection:
        assert connection.exec_driver_sql("SHOW transaction_isolation").scalar_one() == "read committed"
        assert connection.exec_driver_sql("SHOW lock_timeout").scalar_one() == "1min"
    with db.reading(engine) as connection:
        assert connection.exec_driver_sql("SHOW transaction_isolation").scalar_one() == "repeatable read"
    assert not import_file(engine, write_sheets(tmp_path / "a.xlsx", base()), "测试").refused


def test_only_utf8(engine: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    for encoding in ("SQL_ASCII", "LATIN1"):
        url = postgresql_server.create_database(f"TEMPLATE template0 ENCODING '{encoding}' LOCALE 'C'")
        assert f"编码是 {encoding}，应为 UTF8" in fails(url, capsys)


def test_init_says_what_it_did_without_the_password(empty_url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["--database", empty_url, "init"]) == 0
    out = capsys.readouterr().out
    assert "数据库已就绪：postgresql+psycopg://" in out and ":***@" in out
    assert str(make_url(empty_url).password) not in out


def test_a_million_rows_are_not_held_twice(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rows of a large answer stay on the server until they are asked for."""
    initialise(engine)
    for module in (bulk, db):
        monkeypatch.setattr(module, "AT_ONCE", 10)
    with db.reading(engine) as connection:
        rows = bulk.raw_rows(connection, select(models.LprFact.id))
        assert len(next(rows)) == 10
        held = connection.exec_driver_sql("SELECT count(*) FROM pg_cursors WHERE name = 'tiexi'").scalar_one()
        assert held == 1 and sum(map(len, rows)) > 50
        assert connection.exec_driver_sql("SELECT count(*) FROM pg_cursors").scalar_one() == 0


# --- what docs/服务器.md says ---------------------------------------------------------------------------------------------


def program(name: str, *arguments: str, said: str = "") -> str:
    """Runs a program of the server's and gives what it writes."""
    place = postgresql_server.binaries()
    if place is None:
        pytest.skip(f"{NO_SERVER}: no {name} on this machine")
    return subprocess.run([place / name, *arguments], input=said, capture_output=True, text=True, check=True).stdout


def plain(url: str) -> str:
    """The address as the server's programs take it."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


ROWS = (
    "SELECT format('SELECT %L, count(*) FROM %I', relname, relname) FROM pg_stat_user_tables ORDER BY relname \\gexec"
)


def test_backup_and_restore_by_the_servers_tools(engine: Engine, take: Callable[..., None], tmp_path: Path) -> None:
    assert ROWS in (ROOT / "docs" / "服务器.md").read_text(encoding="utf-8")
    take(base())
    run = settlement.settle(engine, PROGRAMMES["tech_branch"], 2023, date(2024, 1, 31), "测试")
    lifecycle.approve(engine, run.id, "审核人", "样例文号", solo=True)
    kept = str(tmp_path / "a.dump")
    program("pg_dump", "-Fc", "-f", kept, plain(address(engine)))
    url = postgresql_server.create_database()
    program("pg_restore", "--no-owner", "--exit-on-error", "--single-transaction", "-d", plain(url), kept)
    counts = program("psql", "-At", plain(url), said=ROWS)
    assert counts == program("psql", "-At", plain(address(engine)), said=ROWS) and "loan_facts|1" in counts.splitlines()
    restored = db.open_engine(url)
    assert dump(restored) == dump(engine)
    assert audit(restored).problems == []
    restored.dispose()


def test_accounts_of_their_own(
    engine: Engine, take: Callable[..., None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that works under the role that owns the tables, one that may only look."""
    monkeypatch.chdir(tmp_path)
    take(base())
    role, worker, reader = (f"tiexi_{name}_{secrets.token_hex(4)}" for name in ("role", "worker", "reader"))
    statements = (
        f"CREATE ROLE {role} LOGIN PASSWORD '{PASSWORD}'",
        f"ALTER DATABASE {engine.url.database} OWNER TO {role}",
        f"CREATE ROLE {worker} LOGIN PASSWORD '{PASSWORD}' IN ROLE {role}",
        f"ALTER ROLE {worker} IN DATABASE {engine.url.database} SET role = '{role}'",
        f"CREATE ROLE {reader} LOGIN PASSWORD '{PASSWORD}'",
        f"GRANT USAGE ON SCHEMA public TO {reader}",
        f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {reader}",
        f"GRANT ALL ON ALL TABLES IN SCHEMA public TO {role}",
    )
    with engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
    urls = [
        engine.url.set(username=name, password=PASSWORD).render_as_string(hide_password=False)
        for name in (worker, reader)
    ]
    commands = (["settle", "2023", "--as-of", "2024-01-31"], ["export", "annex2", "2023", "-o", "b.xlsx"], ["audit"])
    ends = [[cli.run(["--database", url, *command]) for command in commands] for url in urls]
    with engine.begin() as connection:
        connection.exec_driver_sql(f"DROP OWNED BY {role}, {worker}, {reader}")
        connection.exec_driver_sql(f"ALTER DATABASE {engine.url.database} OWNER TO CURRENT_USER")
        connection.exec_driver_sql(f"DROP ROLE {worker}, {reader}, {role}")
    assert ends == [[0, 0, 0], [3, 0, 0]]
