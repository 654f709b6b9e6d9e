"""Where the money is, for a county and for a bank."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

import lives
from ledger.accounts.scope import EVERYTHING, Scope
from ledger.database import db
from ledger.errors import NotFound
from ledger.runs.settlement import read_run
from lives import COUNTIES, ONE, THREE, TWO
from reports.money import balance, to_pay

KEY = "tech_branch"


@pytest.fixture(params=["approved", "allotted", "paid", "second year"])
def life(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    engine = lives.at_stage(tmp_path, request.param)
    yield engine
    engine.dispose()


def test_counties_and_banks_each_add_up_to_the_whole(life: Engine) -> None:
    with db.reading(life) as connection:
        for year in (2023, 2024) if read_run_count(life) > 1 else (2023,):
            whole = balance.of_year(connection, KEY, year, None)
            for kind, names in (("county", COUNTIES), ("bank", (ONE, TWO, THREE))):
                parts = [balance.of_year(connection, KEY, year, None, Scope("county", kind, name)) for name in names]
                assert sum(part.owed for part in parts) == whole.owed > 0
                for part in parts:
                    assert sum(part.stages.values()) == part.owed and min(part.stages.values()) >= 0
                for stage in ("not_allotted", "bank", "bank_paid", "enterprise_paid"):
                    assert sum(part.stages[stage] for part in parts) == whole.stages[stage], stage
                assert sum(part.claimed_fen for part in parts) == whole.claimed_fen
                assert sum(part.returned_fen for part in parts) == whole.returned_fen
                assert sum(len(part.claims) for part in parts) == len(whole.claims)


def read_run_count(engine: Engine) -> int:
    with db.reading(engine) as connection:
        try:
            read_run(connection, 2)
        except NotFound:
            return 1
    return 2


def test_a_bank_is_told_nothing_of_another(life: Engine) -> None:
    with db.reading(life) as connection:
        found = balance.of_year(connection, KEY, 2023, None, Scope("clerk", "bank", TWO))
    said = str(found.as_dict())
    assert ONE not in said and THREE not in said


def test_who_has_no_part_finds_nothing(life: Engine, tmp_path: Path) -> None:
    with db.reading(life) as connection:
        for scope in (Scope("tech"), Scope("clerk", "insurer", "样例财险")):
            with pytest.raises(NotFound):
                balance.of_year(connection, KEY, 2023, None, scope)
            with pytest.raises(NotFound):
                to_pay.write_of_year(connection, KEY, 2023, tmp_path / "待拨付.xlsx", scope)


def test_what_is_to_be_paid_of_a_county(life: Engine) -> None:
    with db.reading(life) as connection:
        run = read_run(connection, 1)
        whole = list(to_pay.to_pay(connection, run, EVERYTHING))
        parts = [list(to_pay.to_pay(connection, run, Scope("county", "county", name))) for name in COUNTIES]
    assert sorted(str(row) for part in parts for row in part) == sorted(map(str, whole))
    assert all(place.county == name for name, part in zip(COUNTIES, parts, strict=True) for _, place, _ in part)
