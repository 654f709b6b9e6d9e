"""The portal's own description of itself, held against its answers to made-up questions of every role."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

import examples
import postgresql_server
from portal import PORTALS
from portal_server import Server
from portal_world import PEOPLE
from portal_year import Story

CHECKS = [
    not_a_server_error, status_code_conformance, content_type_conformance, response_headers_conformance,
    response_schema_conformance,
]  # fmt: skip
MAY, MAY_NOT = 2, 1  # questions per route: of a role that may ask, of one that may not
ROLES = {person.role: person.login for person in reversed(PEOPLE)}  # the first account of each


@pytest.fixture(scope="module")
def copy(story: Story, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A portal of its own on a copy of the year: made-up questions may end a token or take a run back."""
    folder = tmp_path_factory.mktemp("copy")
    story.server.stop()
    shutil.copytree(story.folder, folder, dirs_exist_ok=True)
    if PORTALS == "postgresql":
        postgresql_server.keep(url := postgresql_server.copy_of(story.server.database))
    else:
        url = f"sqlite:///{folder / Path(story.server.database.removeprefix('sqlite:///')).name}"
    server = Server(url, folder, tokens=dict(story.server.tokens)).start()
    story.server.start()
    yield server
    server.stop()


def test_every_answer_is_as_described(copy: Server) -> None:
    answer = copy.api("city").get("/openapi.json")
    assert answer.status_code == 200
    rights = {(row["method"], row["path"]): set(row["roles"]) for row in copy.api("city").get("/rights").json()}
    schema = schemathesis.openapi.from_dict(answer.json(), config=SchemathesisConfig())
    faults: dict[str, str] = {}
    for place, result in enumerate(schema.get_all_operations()):
        operation = result.ok()
        method, path = operation.method.upper(), operation.path
        questions = operation.as_strategy()
        for turn, (role, login) in enumerate(ROLES.items()):
            may = role in rights.get((method, path.removeprefix("/api/v1")), set())
            if not may and (place + turn) % 3 and not examples.WHOLE[0]:
                continue  # what is refused is refused before the route: each route and each role is among those asked
            headers = {"Authorization": f"Bearer {copy.tokens[login]}"}
            for said in _asked(questions, copy.base, headers, MAY if may else MAY_NOT):
                faults.setdefault(f"{method} {path}", f"{role}: {said}")
    assert not faults, f"{len(faults)} routes:\n" + "\n\n".join(
        f"{route}\n{text[:900]}" for route, text in faults.items()
    )


def _asked(questions: Any, base: str, headers: dict[str, str], count: int) -> list[str]:
    """So many made-up questions, the same each time; what was wrong with the answers."""
    wrong = []

    @settings(
        max_examples=count, phases=[Phase.generate], deadline=None, derandomize=True, database=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=questions)
    def asks(case: schemathesis.Case) -> None:
        try:
            case.call_and_validate(base_url=base, headers=headers, checks=CHECKS)
        except Exception as error:
            wrong.append(str(error))

    asks()
    return wrong
