"""A real `tiexi serve` process for tests, and the command line beside it, as whoever keeps the server has them."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import Any

from portal_client import Api, Watch
from portal_world import Person
from tiexi import cli

STARTED = re.compile(r"门户已启动：(http://\S+)")
SECONDS = 60


def command(database: str, *arguments: str, token: str = "") -> Any:
    """A command line in this process (starting one costs a second); its JSON where it was asked for. It must succeed."""
    out, err = StringIO(), StringIO()
    before = os.environ.pop("TIEXI_TOKEN", None)
    if token:
        os.environ["TIEXI_TOKEN"] = token
    try:
        with redirect_stdout(out), redirect_stderr(err):
            code = cli.run(["--database", database, *arguments])
    finally:
        os.environ.pop("TIEXI_TOKEN", None)
        if before is not None:
            os.environ["TIEXI_TOKEN"] = before
    assert code == 0, (arguments, code, out.getvalue(), err.getvalue())
    return json.loads(out.getvalue()) if "--json" in arguments else out.getvalue()


@dataclass
class Server:
    """A running portal on a database."""

    database: str
    folder: Path
    settings: Mapping[str, str] = field(default_factory=dict)
    watch: Watch = field(default_factory=Watch)
    program: tuple[str, ...] = ("-m", "tiexi")  # what Python runs
    base: str = ""
    tokens: dict[str, str] = field(default_factory=dict)
    passwords: dict[str, str] = field(default_factory=dict)
    _process: subprocess.Popen[str] | None = None
    _apis: dict[str, Api] = field(default_factory=dict)
    _said: list[str] = field(default_factory=list)

    def start(self) -> "Server":
        """Starts the process and waits for the line that says where it listens."""
        options = {f"TIEXI_PORTAL_{name.upper()}": value for name, value in self.settings.items()}
        options = {"TIEXI_PORTAL_TOTP": "off", "TIEXI_PORTAL_PER_MINUTE": "100000", **options}
        line = [sys.executable, *self.program, "--database", self.database, "serve", "--address", "127.0.0.1:0"]
        root = Path(__file__).resolve().parent.parent.parent
        environment = {**os.environ, **options, "PYTHONPATH": str(root), "PYTHONUNBUFFERED": "1"}
        self._process = subprocess.Popen(
            line, cwd=self.folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        threading.Thread(target=self._listen, args=(self._process,), daemon=True).start()
        deadline = time.monotonic() + SECONDS
        while not self.base:
            assert time.monotonic() < deadline and self._process.poll() is None, (
                f"does not start: {''.join(self._said)}"
            )
            time.sleep(0.02)
        return self

    def _listen(self, process: "subprocess.Popen[str]") -> None:
        assert process.stdout is not None
        for line in process.stdout:
            self._said.append(line)
            if found := STARTED.search(line):
                self.base = found[1].rstrip("/")

    @property
    def said(self) -> str:
        """All that the process has printed."""
        return "".join(self._said)

    @property
    def pid(self) -> int:
        """The process."""
        assert self._process is not None
        return self._process.pid

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Ends the process, in order by default; its exit code."""
        for api in self._apis.values():
            api.close()
        self._apis.clear()
        assert self._process is not None
        if self._process.poll() is None:
            self._process.send_signal(how)
        self.base = ""
        return self._process.wait(SECONDS)

    def account(self, person: Person) -> None:
        """Makes an account with its role, and a token for it."""
        scope = ["--scope", person.scope] if person.scope else []
        made = command(
            self.database, "user", "add", person.login, "--name", person.name, "--unit", person.unit,
            "--role", person.role, *scope, "--json",
        )  # fmt: skip
        assert made["login"] == person.login and made["state"] == "active" and made["initial_password"]
        self.passwords[person.login] = made["initial_password"]
        token = command(self.database, "token", "add", person.login, "--name", "测试", "--json")
        assert re.fullmatch(r"tx_[\w-]{43}", token["token"]) and token["login"] == person.login
        self.tokens[person.login] = token["token"]

    def accounts(self, people: Iterable[Person]) -> None:
        """Makes several."""
        for person in people:
            self.account(person)

    def api(self, login: str | None) -> Api:
        """The way in of an account; of nobody."""
        name = login or ""
        if name not in self._apis:
            self._apis[name] = Api(self.base, self.tokens[login] if login else None, self.watch)
        return self._apis[name]
