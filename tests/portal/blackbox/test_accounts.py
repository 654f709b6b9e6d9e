"""Accounts, tokens, the table of rights and the command line beside the portal, from outside."""

import io
import json
import os
from contextlib import redirect_stderr, redirect_stdout

import httpx

import portal_world as world
from portal_client import Checks
from portal_server import command
from portal_world import BY_LOGIN, HOME, TWO, YEAR
from portal_year import Story
from tiexi import cli

LOG_KEYS = ["action", "address", "login", "object", "request", "result", "role", "time"]
MANAGERS = ("admin", "security", "logs")
BUSINESS = (
    "city",
    "approver",
    "finance",
    "tech",
    "tech-approver",
    "auditor",
    "clerk1",
    "reviewer1",
    "county-home",
    "purse-home",
)


def test_managers_see_no_business_and_business_no_accounts(story: Story) -> None:
    checks, run = Checks(), story.run
    for login in MANAGERS:
        for path in (
            "/runs",
            f"/runs/{run}",
            f"/runs/{run}/lines",
            "/uploads",
            "/template",
            f"/years/{YEAR}/balance",
            "/jobs",
        ):
            checks.status(f"{login} {path}", story.api(login).get(path), 403)
    for login in BUSINESS:
        for path in ("/users", "/log"):
            checks.status(f"{login} {path}", story.api(login).get(path), 403)
    checks.status("admin reads the log", story.api("admin").get("/log"), 403)
    checks.none_left()


def test_accounts_are_made_by_one_and_granted_by_another(story: Story) -> None:
    checks, admin, security = Checks(), story.api("admin"), story.api("security")
    new = {"login": "new.one", "name": "新人甲", "unit": "市金融局"}
    checks.status("security makes one", security.post("/users", new), 403)
    made = admin.post("/users", new)
    if checks.status("made", made, 201):
        checks.same("pending", made.json().get("state"), "pending")
        checks.true("an initial password", made.json().get("initial_password"), made.json())
    checks.status("the login again", admin.post("/users", new | {"name": "别人"}), 422)
    checks.status("the name again", admin.post("/users", new | {"login": "new.two"}), 422)
    for bad in ("ab", "A.b", "x" * 33, "a b", "名"):
        checks.status(f"login {bad}", admin.post("/users", new | {"login": bad, "name": f"新人{bad}"}), 400, 422)
    checks.status("admin grants", admin.post("/users/new.one/grant", {"role": "city"}), 403)
    checks.status("a role that is none", security.post("/users/new.one/grant", {"role": "king"}), 400, 422)
    checks.status(
        "a scope for a role without",
        security.post("/users/new.one/grant", {"role": "city", "scope": f"county:{HOME}"}),
        422,
    )
    checks.status("a role without its scope", security.post("/users/new.one/grant", {"role": "county"}), 422)
    checks.status(
        "a bank not on file", security.post("/users/new.one/grant", {"role": "clerk", "scope": "bank:无此银行"}), 422
    )
    checks.status("granted", security.post("/users/new.one/grant", {"role": "county", "scope": f"county:{HOME}"}), 200)
    checks.status("nobody himself", security.post("/users/security/grant", {"role": "city"}), 422)
    checks.status("nobody himself", admin.post("/users/admin/lock", {"reason": "样例"}), 422)
    checks.status("locked", admin.post("/users/new.one/lock", {"reason": "样例"}), 200)
    checks.status("unlocked", admin.post("/users/new.one/unlock", {"reason": "样例"}), 200)
    checks.status("without a reason", admin.post("/users/new.one/lock", {}), 400)
    checks.status("retired", admin.post("/users/new.one/retire", {"reason": "样例"}), 200)
    checks.status("never again", admin.post("/users", new), 422)
    checks.status("of nobody", admin.post("/users/nobody-here/lock", {"reason": "样例"}), 404)
    log = story.api("logs").get("/log", login="admin")
    if checks.status("the log", log, 200):
        checks.same(
            "its keys",
            sorted(log.json()["items"][0]),
            LOG_KEYS,
        )
        checks.true("no password in it", "password" not in log.text, log.text[:300])
    checks.none_left()


def test_a_token_stops_when_it_is_revoked_or_its_account_locked(story: Story) -> None:
    checks, server = Checks(), story.server
    made = command(server.database, "token", "add", "industry", "--name", "短", "--days", "1", "--json")
    base = f"{server.base}/api/v1"
    fresh = {"Authorization": f"Bearer {made['token']}"}
    checks.status("before", httpx.get(f"{base}/me", headers=fresh), 200)
    listed = httpx.get(f"{base}/tokens", headers=fresh)
    if checks.status("own tokens", listed, 200):
        checks.true("its own", made["id"] in [one["id"] for one in listed.json()["items"]], listed.text)
        checks.true(
            "never the token itself", made["token"] not in listed.text and "tx_" not in listed.text, listed.text
        )
    checks.status("another's token", story.api("city").ask("DELETE", f"/tokens/{made['id']}"), 404)
    ended = story.api("admin").ask("DELETE", f"/tokens/{made['id']}")
    if checks.status("every token by admin", ended, 200):
        checks.same("what it says", ended.json(), {"id": made["id"]})
    checks.status("after", httpx.get(f"{base}/me", headers=fresh), 401)
    away = command(server.database, "token", "add", "industry", "--name", "他处", "--address", "10.0.0.0/8", "--json")
    elsewhere = {"Authorization": f"Bearer {away['token']}"}
    checks.status("from another address", httpx.get(f"{base}/me", headers=elsewhere), 401)
    forwarded = httpx.get(f"{base}/me", headers=elsewhere | {"X-Forwarded-For": "10.1.2.3"})
    checks.status("through the proxy from the right one", forwarded, 200)
    checks.none_left()


def test_from_the_first_account_on_the_command_line_asks_for_a_token(story: Story) -> None:
    checks, database = Checks(), story.server.database

    def run(*arguments: str, token: str = "", solo: bool = False) -> tuple[int, str]:
        out = io.StringIO()
        os.environ.update({"TIEXI_TOKEN": token} if token else {}, **({"TIEXI_SOLO": "1"} if solo else {}))
        try:
            with redirect_stdout(out), redirect_stderr(out):
                return cli.run(["--database", database, *arguments]), out.getvalue()
        finally:
            os.environ.pop("TIEXI_TOKEN", None)
            os.environ.pop("TIEXI_SOLO", None)

    tokens = story.server.tokens
    settle = ("settle", str(YEAR), "--as-of", world.AS_OF)
    code, said = run(*settle)
    checks.same("without a token", [code, "须以账号办理" in said], [1, True])
    code, said = run(*settle, token="tx_" + "y" * 43)
    checks.same("with a dead token", [code, "须以账号办理" in said], [1, True])
    checks.same("not in its rights", run(*settle, token=tokens["finance"])[0], 1)
    checks.same("TIEXI_SOLO", run(*settle, token=tokens["city"], solo=True)[0], 1)
    code, said = run(*settle, "--json", token=tokens["city"])
    if checks.same("in its rights", code, 0):
        number = json.loads(said)["run"]
        answer = story.api("city").get(f"/runs/{number}")
        checks.true(
            "recorded by name and login", BY_LOGIN["city"].name in answer.text and "@city" in answer.text, answer.text
        )
    checks.same("status asks for none", run("status")[0], 0)
    other = run("sign", "1", "--county", HOME, "--by", "别人", "--document", "x", token=tokens["county-home"])
    checks.same("another name than the account's", other[0], 2)
    book = story.book("命令", {"年末余额": [{"年度": YEAR, "银行名称": TWO, "借据编号": "A2", "年末余额(万元)": 2600}]})
    checks.same("import by an institution", run("import", str(book), token=tokens["clerk2"])[0], 1)
    code, said = run("uploads", "add", str(book), "--json", token=tokens["clerk2"])
    sent = json.loads(said.splitlines()[-1]) if code == 0 else {}
    checks.same("a file by the portal's door", [code, sent.get("state"), sent.get("login")], [0, "checked", "clerk2"])
    checks.none_left()


def test_the_description_and_the_rights_agree(story: Story) -> None:
    checks, api = Checks(), story.api("clerk1")
    rights, described = api.get("/rights"), api.get("/openapi.json")
    assert checks.status("rights", rights, 200) and checks.status("openapi", described, 200)
    table = rights.json()
    checks.true("its keys", all(set(row) == {"action", "method", "path", "roles"} for row in table), table[:2])
    served = {
        (method.upper(), path.removeprefix("/api/v1"))
        for path, methods in described.json()["paths"].items()
        for method in methods
        if method in ("get", "post", "delete", "put", "patch")
    }
    named = {(row["method"], row["path"].removeprefix("/api/v1")) for row in table}
    checks.same("in the table, not described", sorted(named - served), [])
    checks.same("described, not in the table", sorted(served - named - {("GET", "/openapi.json")}), [])
    checks.none_left()
