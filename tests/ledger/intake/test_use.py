"""Whether approved runs rest on rows: asked of the few enterprises that a row speaks of, with the answer that all would give."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, select

import lives
from ledger import models
from ledger.database import db
from ledger.intake import use
from ledger.intake.importer import import_file
from ledger.intake.sheets import SHEETS
from ledger.intake.versions import record_change
from ledger.programmes import PROGRAMMES
from ledger.workbooks.sheet import Sheet
from sheets import write_sheets

ROWS = 2  # of each sheet
# what others rest on can't be withdrawn: it is amended
AMENDED: dict[str, list[dict[str, Any]]] = {
    "企业": [{"county": "文登区"}, {"name": "样例新名"}],
    "贷款": [{"rate_e4": 99_000}, {"enterprise_id": 2}, {"enterprise_id": 5}],
    "合作银行": [{"ends_on": date(2023, 1, 1)}],
}


@pytest.fixture
def two_years(tmp_path: Path) -> Iterator[Engine]:
    engine = lives.at_stage(tmp_path, "second closed")
    yield engine
    engine.dispose()


def _in_force(connection: Connection, sheet: Sheet) -> list[int]:
    table = models.table_of(sheet.model)
    query = select(table.c.id).where(table.c.retired_by.is_(None)).order_by(table.c.id)
    found = list(connection.execute(query).scalars())
    return found[:: max(1, len(found) // ROWS)][:ROWS]


def test_few_enterprises_answer_as_all_would(two_years: Engine) -> None:
    apart, changed = set(), 0
    with two_years.connect() as connection:
        whole = use.approved_fingerprints(connection)
        rows = [(sheet, number) for sheet in SHEETS for number in _in_force(connection, sheet)]
        connection.rollback()
        for sheet, number, change in ((*row, one) for row in rows for one in AMENDED.get(row[0].name, [{}])):
            table = models.table_of(sheet.model)
            whom = use.borrowers(connection, {sheet: [number]})
            few = use.approved_fingerprints(connection, whom)
            row = connection.execute(select(table).where(table.c.id == number)).mappings().one()
            retired_by = record_change(connection, "void", "测试", "测试", None)
            connection.execute(table.update().where(table.c.id == number).values(retired_by=retired_by))
            if change:
                new = {"id": db.next_id(connection, table), "version": row["version"] + 1}
                connection.execute(table.insert().values({**row, **new, **change}))
            of_few, of_all = (use.approved_fingerprints(connection, one) for one in (whom, None))
            differing = {run for run in whole if of_all[run] != whole[run]}
            assert {run for run in few if of_few[run] != few[run]} == differing, (sheet.name, number, change)
            apart |= {sheet.name} if whom is not None else set()
            changed += bool(differing)
            connection.rollback()
    assert {"贷款", "还款", "资质", "企业"} <= apart and changed > ROWS
    assert not apart & {"合作银行", "LPR", "预算", "年度比例", "项目库"}


def test_an_amendment_names_the_runs_and_looks_once(
    two_years: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[Any] = []
    fingerprints = use.approved_fingerprints

    def counted(connection: Connection, whom: Any = None) -> dict[int, str]:
        looked.append(whom)
        return fingerprints(connection, whom)

    monkeypatch.setattr(use, "approved_fingerprints", counted)
    loan, company, bank = (lives.city()[name][0] for name in ("贷款", "企业", "合作银行"))
    sheets = {"贷款": [{**loan, "年利率(%)": 3}], "企业": [{**company, "企业名称": "样例新名"}]}
    everybodys = {"合作银行": [{**bank, "合作终止日": date(2026, 1, 1)}]}
    for name, more, times in (("一家", {}, [1, 1]), ("各家", everybodys, [1, None, 1, None])):
        outcome = import_file(
            two_years,
            write_sheets(tmp_path / f"{name}.xlsx", {**sheets, **more}),
            "更正人",
            amend_reason="测试",
            dry_run=True,
        )
        assert not outcome.refused and len(outcome.runs) == 2, (outcome.findings, outcome.runs)
        assert [one and len(one) for one in looked] == times
        looked.clear()


def test_only_enterprises_and_their_loans_are_looked_at_apart(two_years: Engine) -> None:
    by_name = {sheet.name: sheet for sheet in SHEETS}
    with two_years.connect() as connection:
        repayments = {by_name["还款"]: _in_force(connection, by_name["还款"])}
        assert len(use.borrowers(connection, repayments) or ()) in (1, 2)
        assert use.borrowers(connection, {**repayments, by_name["合作银行"]: [1]}) is None
        assert use.borrowers(connection, {**repayments, by_name["企业"]: [4, 5]}) == {
            *(use.borrowers(connection, repayments) or ()), 4, 5,
        }  # fmt: skip


def test_documents_that_hang_on_something_else_know_no_enterprise() -> None:
    """Else a row of an enterprise could matter to a run that `approved_fingerprints` leaves out."""
    others = [one for one in PROGRAMMES.values() if one.judging.numbered.key != "enterprise_id"]
    assert [one.key for one in others] == ["farm_insurance"]
    for programme in others:
        for model in programme.tables:
            assert not {"enterprise_id", "loan_id"} & set(models.table_of(model).c.keys()), model


def test_a_part_of_some_numbers_alone(two_years: Engine) -> None:
    programme, day = PROGRAMMES["tech_branch"], date(2024, 1, 31)
    with two_years.connect() as connection:
        judged = [
            programme.judge(connection, 2023, day, part=part)
            for part in (None, use.Partition(only=()), use.Partition(only=(1, 2)), use.Partition(only=(3, 4, 5)))
        ]
        counts = [one.line_count for one in judged]
    assert counts[1] == 0 and counts[0] == counts[2] + counts[3] > counts[2] > 0
