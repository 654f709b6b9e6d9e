"""A person at the portal: asks by HTTP, loses an answer now and then, asks again; every answer is looked at."""

import json
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from portal_client import Watch
from portal_server import Server
from portal_world import Person

PATIENCE = 120  # seconds that a person waits for a portal that is gone
LOST = 12  # of a hundred answers


class Stuck(Exception):
    """A person cannot go on, which is on record as a problem."""


@dataclass
class Told:
    """What happened so far, whoever did it."""

    answers: Counter[tuple[str, int]] = field(default_factory=Counter)  # by what was meant, and status
    lost: int = 0
    problems: list[str] = field(default_factory=list)
    watch: Watch = field(default_factory=Watch)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, what: str, answer: httpx.Response) -> None:
        """Looks at an answer, and counts it."""
        with self._lock:
            self.answers[what, answer.status_code] += 1
            self.watch.look(answer)

    def gone(self) -> None:
        """Counts an answer that was lost."""
        with self._lock:
            self.lost += 1

    def wrong(self, problem: str) -> None:
        """Notes that something is not as it must be."""
        with self._lock:
            self.problems.append(problem)

    @property
    def total(self) -> int:
        """The answers so far."""
        return sum(self.answers.values())


@dataclass(frozen=True)
class Answer:
    """An answer, and whether the same had been asked before without an answer that came."""

    response: httpx.Response
    again: bool

    @property
    def status(self) -> int:
        return self.response.status_code

    def json(self) -> Any:
        return self.response.json()


class Desk:
    """One person's way in. Choices follow from the seed and the login alone. wild: how much goes wrong, 1 being much."""

    def __init__(self, person: Person, server: Server, told: Told, seed: int, wild: float) -> None:
        self.person, self.server, self.told, self.wild = person, server, told, wild
        self.pick = random.Random(f"{seed} {person.login}")
        self._client = httpx.Client(timeout=60, follow_redirects=False)
        self.code: Callable[[], str] | None = None  # what a second factor shows next, of whoever has one

    @property
    def login(self) -> str:
        return self.person.login

    def chance(self, percent: int) -> bool:
        """Whether something out of the ordinary happens, so many times of a hundred."""
        return self.pick.random() * 100 < percent * self.wild

    def ask(self, what: str, method: str, path: str, token: str | None = "", lose: bool = True, **more: Any) -> Answer:
        """Asks until an answer comes. token: another than one's own; None: none. lose: whether one may be lost."""
        again = False
        if lose and self.chance(LOST):
            again = True
            self._lose(method, path, token, **more)
        end = time.monotonic() + PATIENCE
        while True:
            base = self.server.base
            try:
                if base:
                    response = self._client.request(
                        method, f"{base}/api/v1{path}", headers=self._headers(token, more), **_without_headers(more)
                    )
                    self.told.answer(what, response)
                    return Answer(response, again)
            except httpx.TransportError:  # the portal was killed: it may have done what it was asked, or not
                again = True
                self.told.gone()
            assert time.monotonic() < end, f"{self.login}: the portal does not come back"
            time.sleep(0.05)

    def _headers(self, token: str | None, more: Mapping[str, Any]) -> dict[str, str]:
        token = self.server.tokens[self.login] if token == "" else token
        shown = {"TOTP": self.code()} if self.code and "headers" not in more and {"json", "data"} & set(more) else {}
        return {**({"Authorization": f"Bearer {token}"} if token else {}), **shown, **more.get("headers", {})}

    def _lose(self, method: str, path: str, token: str | None, **more: Any) -> None:
        """Asks and goes away before the answer is there."""
        wait = httpx.Timeout(60, read=self.pick.choice((0.001, 0.02, 0.2)))
        try:
            with httpx.Client(timeout=wait, follow_redirects=False) as client:
                if base := self.server.base:
                    client.request(
                        method, f"{base}/api/v1{path}", headers=self._headers(token, more), **_without_headers(more)
                    )
        except httpx.TransportError:
            pass
        self.told.gone()

    def expect(self, what: str, answer: Answer, *statuses: int) -> bool:
        """Whether an answer has one of these statuses; else it is a problem."""
        if answer.status in statuses:
            return True
        self.told.wrong(
            f"{self.login}, {what}: {answer.status}, not {statuses}{' (asked again)' if answer.again else ''}: "
            f"{answer.response.request.method} {answer.response.request.url.path} {answer.response.text[:400]}"
        )
        return False

    def get(self, what: str, path: str, *statuses: int, **query: Any) -> Answer:
        """GET; 200 unless said otherwise."""
        answer = self.ask(what, "GET", path, **({"params": query} if query else {}))
        self.expect(what, answer, *(statuses or (200,)))
        return answer

    def everything(self, what: str, path: str) -> list[Any]:
        """All of a list, page by page."""
        found: list[Any] = []
        while True:
            told = self.get(what, path, size=500, page=len(found) // 500 + 1).json()
            found += told["items"]
            if len(found) >= told["total"] or not told["items"]:
                return found

    def step(self, what: str, path: str, body: Any, *statuses: int) -> Answer:
        """POST of JSON that takes a step. Asked again after a lost answer it may be refused as done already."""
        answer = self.ask(what, "POST", path, json=body)
        self.expect(what, answer, *(statuses or (200,)), *((422,) if answer.again else ()))
        return answer

    def send(self, what: str, name: str, data: bytes, lose: bool = True, **fields: str) -> Answer:
        """POST /uploads of a file, judged when the answer comes."""
        answer = self.ask(what, "POST", "/uploads?wait=60", files={"file": (name, data)}, data=fields, lose=lose)
        end = time.monotonic() + PATIENCE
        while answer.status == 202 and time.monotonic() < end:  # one that a kill caught is judged after the restart
            again = answer.again
            answer = self.ask(what, "POST", "/uploads?wait=60", files={"file": (name, data)}, data=fields, lose=lose)
            answer = Answer(answer.response, again or answer.again)
        return answer

    def leave(self) -> None:
        """Gives the connections back."""
        self._client.close()


def _without_headers(more: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in more.items() if name != "headers"}


def shown(value: Any) -> str:
    """A value in a problem's line."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) < 300 else text[:300] + "…"
