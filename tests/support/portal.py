"""The portal for tests: a database with an account in every role, and clients that are signed in as each."""

import base64
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from sqlalchemy import Engine
from starlette.testclient import TestClient

import postgresql_server
from databases import set_up
from described import fault_of
from ledger import workdays
from ledger.accounts import accounts, factors, managing, passwords, tokens
from ledger.database import db
from ledger.settings import Settings
from sheets import Sheets
from tiexi.portal.app import make_app
from tiexi.portal.gate import Gate

PASSWORD = "Haifeng-2023-pu"
HOST = "testserver"
HERE = ("127.0.0.1", 50_000)
BANK, OTHER_BANK, COUNTY = "样例一行", "样例二行", "环翠区"
BANKS: Sheets = {
    "合作银行": [{"银行名称": name, "合作起始日": "2019-01-01", "合作终止日": None} for name in (BANK, OTHER_BANK)]
}
PORTALS = os.environ.get("TIEXI_TEST_PORTALS", "sqlite")  # on which kind of database portals stand by default
# login: role, scope
PEOPLE: dict[str, tuple[str, str | None]] = {
    "clerk": ("clerk", f"bank:{BANK}"),
    "reviewer": ("reviewer", f"bank:{BANK}"),
    "clerk2": ("clerk", f"bank:{OTHER_BANK}"),
    "reviewer2": ("reviewer", f"bank:{OTHER_BANK}"),
    "insurer": ("clerk", "insurer:样例保险"),
    "investor": ("clerk", "investor:样例创投"),
    "county": ("county", f"county:{COUNTY}"),
    "county_finance": ("county_finance", f"county:{COUNTY}"),
    "city": ("city", None),
    "approver": ("approver", None),
    "finance": ("finance", None),
    "tech": ("tech", None),
    "tech_approver": ("tech_approver", None),
    "agri": ("agri", None),
    "agri_approver": ("agri_approver", None),
    "commerce": ("commerce", None),
    "commerce_approver": ("commerce_approver", None),
    "industry": ("industry", None),
    "auditor": ("auditor", None),
    "admin": ("admin", None),
    "security": ("security", None),
    "logs": ("logs", None),
}


def problem(answer: Any, status: int, kind: str) -> dict[str, Any]:
    """The problem that an answer of the API is."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert (body["type"], body["status"]) == (f"urn:tiexi:problem:{kind}", status)
    assert body["instance"].startswith("urn:tiexi:request:")
    return body


def path_of(pattern: str) -> str:
    """An address of a route, with something for each of its parts."""
    return re.sub(r"\{[a-z]+\}", "1", pattern)


def form_token(page: str) -> str:
    """The token of a page's forms."""
    found = re.search('name="csrf" value="([^"]+)"', page)
    assert found, page
    return found[1]


def code_of(secret: str, steps: int = 0) -> str:
    """What an app shows of a secret now, or some steps of 30 seconds later."""
    at = int(workdays.clock().timestamp()) + 30 * steps
    return TOTP(base64.b32decode(secret), 6, SHA1(), 30).generate(at).decode()


class Browser(TestClient):
    """A client that sends forms as a page's own do: with the form's token, and saying where from."""

    def post(self, url: Any, data: Any = None, **more: Any) -> Any:
        """Sends a form."""
        headers = {"Origin": f"http://{HOST}", **(more.pop("headers", None) or {})}
        token = form_token(self.get("/account").text)
        return super().post(url, data={"csrf": token, **(data or {})}, headers=headers, **more)


class Described(TestClient):
    """A client of the API that holds every answer against the portal's description of itself."""

    def request(self, *given: Any, **more: Any) -> Any:
        """Asks, and looks at the answer."""
        answer = super().request(*given, **more)
        assert not (fault := fault_of(answer)), f"{answer.request.method} {answer.request.url.path}: {fault}"
        return answer


@dataclass
class Portal:
    """A portal in this process: its application, a token of each account, and clients."""

    engine: Engine
    app: Gate
    folder: Path
    tokens: dict[str, str] = field(default_factory=dict)

    def api(self, login: str | None, **more: Any) -> TestClient:
        """A client of the API, as an account; None: without a token."""
        headers = {"Authorization": f"Bearer {self.tokens[login]}"} if login else {}
        return self.client("/api/v1", Described, headers=headers, **more)

    def page(self, login: str, password: str = PASSWORD, **more: str) -> "Browser":
        """A browser that is signed in; it fills in what every form of a page holds."""
        found = Browser(self.app, f"http://{HOST}", client=HERE, follow_redirects=False, raise_server_exceptions=False)
        answer = self.sign_in(found, login, password, **more)
        assert answer.status_code == 303, answer.text
        return found

    def second_factor(self, login: str) -> str:
        """Gives an account a second factor, of which no code was used; its secret."""
        secret = factors.made_up()
        with managing.sealed(self.engine) as connection:
            account = accounts.get(connection, login)
            factors.keep(connection, account.id, secret, self.app.house.key)
            managing.note(connection, account.id, "totp", account)
        return factors.secret_text(secret)

    def sign_in(self, client: TestClient, login: str, password: str, **more: str) -> Any:
        """Fills in the form to sign in with."""
        form = {"login": login, "password": password, "csrf": form_token(client.get("/sign-in").text), **more}
        return TestClient.post(client, "/sign-in", data=form, headers={"Origin": f"http://{HOST}"})

    def client(
        self, path: str = "", kind: type[TestClient] = TestClient, base: str = f"http://{HOST}", **more: Any
    ) -> TestClient:
        """Somebody's browser, or whatever else asks."""
        named = {"client": HERE, "follow_redirects": False, "raise_server_exceptions": False} | more
        return kind(self.app, f"{base}{path}", **named)


def address_of(folder: Path) -> str:
    """The address of a database that is not set up yet, of the kind on which portals stand."""
    if PORTALS != "postgresql":
        return f"sqlite:///{folder / 'tiexi.db'}"
    url = postgresql_server.create_database()
    postgresql_server.keep(url)
    return url


def settings_for(engine: Engine, folder: Path, **more: Any) -> Settings:
    """Settings of a portal that keeps what it writes in a folder."""
    database = engine.url.render_as_string(hide_password=False)
    kept = {"portal_store": folder / "文件库", "portal_key": folder / "portal.key", "portal_totp": "off"}
    return Settings(database=database, **(kept | more))


@contextmanager
def closing_engine(engine: Engine) -> Iterator[None]:
    """Lets the database go at the end."""
    try:
        yield
    finally:
        engine.dispose()


def make_everybody(engine: Engine) -> dict[str, str]:
    """Makes the accounts of PEOPLE, whose first password is changed; a token of each."""
    given: dict[str, str] = {}
    for number, (login, (role, scope)) in enumerate(PEOPLE.items(), start=1):
        unit = (scope or "").partition(":")[2] or f"样例{number}局"
        made = managing.add(engine, login, f"样例{number}号", unit, role=role, scope=scope)
        with managing.sealed(engine) as connection:  # as if he had changed the first one
            passwords.keep(connection, made.account.id, passwords.hashed(PASSWORD), initial=False)
        _, given[login] = tokens.add(engine, login, "测试")
    return given


_CLOCK = workdays.clock
_made: dict[str, tuple[bytes, dict[str, str]]] = {}  # by what is on file: a database with accounts, and their tokens


def _with_accounts(sheets: Sheets) -> tuple[bytes, dict[str, str]]:
    """A database with an account in every role, made once for all tests that have the same on file."""
    if (known := repr(sheets)) not in _made:
        with tempfile.TemporaryDirectory() as name:
            before, workdays.clock = workdays.clock, _CLOCK  # whatever that of the first test is
            engine = set_up(Path(name), sheets)
            try:
                given = make_everybody(engine)
            finally:
                workdays.clock = before
                engine.dispose()  # everything is in the one file then
            _made[known] = (Path(name) / "tiexi.db").read_bytes(), given
    return _made[known]


@contextmanager
def portal_on(
    folder: Path,
    sheets: Sheets | None = None,
    engine: Engine | None = None,
    database: str = PORTALS,
    **settings: Any,
) -> Iterator[Portal]:
    """A portal on a fresh database with an account in every role. sheets: what is on file beside two banks. engine: another
    database, without accounts. database: of which kind a fresh one is; the test is skipped where there is no server."""
    if engine is None and database == "postgresql":
        engine = set_up(folder, {**BANKS, **(sheets or {})}, database)
        postgresql_server.keep(engine.url.render_as_string(hide_password=False))
    if engine is None:
        content, given = _with_accounts({**BANKS, **(sheets or {})})
        (folder / "tiexi.db").write_bytes(content)
        engine = db.open_engine(f"sqlite:///{folder / 'tiexi.db'}")
    else:
        given = make_everybody(engine)
    with closing_engine(engine):
        found = Portal(engine, make_app(engine, settings_for(engine, folder, **settings)), folder, given.copy())
        found.app.house.start()
        try:
            yield found
        finally:
            found.app.house.stop()
