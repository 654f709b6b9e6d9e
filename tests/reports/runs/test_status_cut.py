"""Where a run stands, as whoever has a part in it sees it; and what is next, without a command for who has no terminal."""

import json
import re
from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, Engine

import lives
from ledger import lifecycle
from ledger.accounts.scope import EVERYTHING, Scope
from ledger.database import db
from ledger.runs.settlement import read_run
from lives import COUNTIES, ONE, THREE, TWO
from reports.runs import status

BANK = Scope("clerk", "bank", ONE)
COUNTY = Scope("county", "county", "荣成市")
CITY, AUDITOR, TECH = Scope("city"), Scope("auditor"), Scope("tech")
COMMAND = re.compile("tiexi [a-z]")


@pytest.fixture(scope="module")
def life(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    engine = lives.at_stage(tmp_path_factory.mktemp("life"), "second year")
    yield engine
    engine.dispose()


@pytest.fixture
def books(life: Engine) -> Iterator[Connection]:
    with db.reading(life) as connection:
        yield connection


def test_whoever_sees_all_of_a_run_sees_what_it_says_of_itself(books: Connection) -> None:
    run = read_run(books, 1)
    whole = status.of_run(books, run)
    for scope in (CITY, AUDITOR, Scope("approver"), Scope("finance")):
        assert status.of_run(books, run, scope) == whole
        assert status.all_runs(books, scope) == status.all_runs(books)


def test_the_parts_of_the_banks_and_of_the_counties_make_the_whole(books: Connection) -> None:
    run = read_run(books, 1)
    for kind, names in (("bank", (ONE, TWO, THREE)), ("county", (*COUNTIES, "市外"))):
        parts = [status.of_run(books, run, Scope("county", kind, name)) for name in names]
        for key in ("loans", "paid_loans", "balance_fen", "interest_fen", "bonus_fen", "interest_county_fen"):
            assert sum(part[key] for part in parts) == run.summary[key], key
        for key, of in (("counties", "county"), ("banks", "bank")):
            if of == kind:
                assert [one for part in parts for one in part[key]] == [
                    one for name in names for one in run.summary[key] if one[of] == name
                ]
        assert parts[0]["interest_rate_e4"] == run.summary["interest_rate_e4"]
    second = read_run(books, 2)
    parts = [status.of_run(books, second, Scope("county", "county", name)) for name in COUNTIES]
    assert sum(part["claims"]["claims"] for part in parts) == second.summary["claims"]["claims"] == 2
    assert sum(part["claims_fen"] for part in parts) == second.summary["claims_fen"]


def test_a_bank_is_told_nothing_of_another(books: Connection) -> None:
    for number in (1, 2):
        found = status.of_run(books, read_run(books, number), BANK)
        text = json.dumps(found, ensure_ascii=False)
        assert TWO not in text and THREE not in text
        assert [one["bank"] for one in found["banks"]] == [ONE]
        assert found["signatures"] == [] and found["steps"] == []
        assert {"run", "programme", "year", "as_of", "state", "next", "counties"} <= found.keys()
        for key in ("fingerprint", "warnings", "objections", "spot_check"):
            assert key not in found


def test_a_county_has_its_own_signature_and_steps(books: Connection) -> None:
    found = status.of_run(books, read_run(books, 1), COUNTY)
    assert [one["county"] for one in found["signatures"]] == [one["county"] for one in found["steps"]] == ["荣成市"]
    assert [one["county"] for one in found["counties"]] == ["荣成市"]


def test_a_run_in_which_somebody_has_no_part_is_a_number_and_a_stage(books: Connection) -> None:
    for scope in (TECH, Scope("clerk", "insurer", "样例财险"), Scope("reviewer", "investor", "样例创投")):
        found = status.of_run(books, read_run(books, 1), scope)
        assert (found["run"], found["state"], "loans" in found, "counties" in found) == (1, "closed", False, False)
        assert {one["run"] for one in status.all_runs(books, scope)} == {1, 2}
        assert not any("claims_open_fen" in one for one in status.all_runs(books, scope))


def test_what_is_next_names_who_may_and_no_command(tmp_path: pytest.TempPathFactory) -> None:
    engine = lives.at_stage(tmp_path, "trial")  # type: ignore[arg-type]
    with db.reading(engine) as connection:
        run = read_run(connection, 1)
        told = status.of_run(connection, run, hints=False)
        assert told["next"] == [
            {"action": "runs.sign", "roles": ["county"], "county": county, "detail": "区市初审签署"}
            for county in COUNTIES
        ]
        assert told["missing"] == [f"{county}区市初审签署" for county in COUNTIES]
        typed = status.of_run(connection, run)
        assert [one["county"] for one in typed["next"]] == list(COUNTIES)
        assert typed["missing"][0].startswith("区市初审签署：") and "tiexi sign 1" in typed["next"][0]["command"]
    lives.sign(engine, run, COUNTIES[:2])
    lifecycle.return_(engine, 1, COUNTIES[2], "初审丙", "C1 余额与台账不符")
    with db.reading(engine) as connection:
        (left,) = status.of_run(connection, run, hints=False)["next"]
        assert left["detail"] == "已退回，须解决后再签署：初审丙：C1 余额与台账不符"
        (own,) = status.of_run(connection, run, Scope("county", "county", COUNTIES[2]), hints=False)["next"]
        assert own == left
        (other,) = status.of_run(connection, run, BANK, hints=False)["next"]
        assert other["detail"] == "已退回，须解决后再签署"
    engine.dispose()


@pytest.mark.parametrize(
    ("stage", "actions", "roles"),
    [("signed", ["runs.sample"], ["city"]), ("approved", ["runs.allot"], ["finance"]),
     ("allotted", ["uploads.add"], ["finance", "county_finance", "county", "clerk"]), ("paid", ["runs.close"], ["approver"]),
     ("closed", [], None)],
)  # fmt: skip
def test_each_stage_has_its_next(
    tmp_path: pytest.TempPathFactory, stage: str, actions: list[str], roles: list[str]
) -> None:
    engine = lives.at_stage(tmp_path, stage)  # type: ignore[arg-type]
    with db.reading(engine) as connection:
        for scope in (EVERYTHING, CITY, BANK, COUNTY):
            told = status.of_run(connection, read_run(connection, 1), scope, hints=False)
            assert [one["action"] for one in told["next"]] == actions
            assert roles is None or sorted(told["next"][0]["roles"]) == sorted(roles)
            assert not COMMAND.search(json.dumps(told, ensure_ascii=False))
            (listed,) = status.all_runs(connection, scope, hints=False)
            assert listed["next"] == told["next"]
    engine.dispose()
