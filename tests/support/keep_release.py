"""Keeps a filled database of the present schema as released/NNNN.json, for when later schemas must upgrade it.

    python tests/support/keep_release.py

Run once when a schema is released. It takes the database of the release before, upgrades it and goes on with it: a
signature, a spot check and a job on the trial run; allotment (once), payments and a reversal on the approved one; a bank
that has another name now; a step taken with the clock set back; a year of every document that has none; an objection;
accounts, a token, the log of two days, files through the portal.
"""

import json
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(folder) for folder in (ROOT, ROOT / "tests", ROOT / "tests" / "support")]

from sqlalchemy import Engine, MetaData, select, text  # noqa: E402

import lives  # noqa: E402
import programmes.export_credit.test_life as export_credit  # noqa: E402
import programmes.farm_insurance.test_life as farm_insurance  # noqa: E402
from jobs.runner import run_job  # noqa: E402
from jobs.schedule import BY_NAME  # noqa: E402
from ledger import lifecycle, models, spotcheck, workdays  # noqa: E402
from ledger.accounts import log, managing, tokens  # noqa: E402
from ledger.audit.audit import audit  # noqa: E402
from ledger.books import journal  # noqa: E402
from ledger.database import clock, db  # noqa: E402
from ledger.programmes import PROGRAMMES  # noqa: E402
from ledger.runs.settlement import choose_run, settle  # noqa: E402
from ledger.settings import Settings  # noqa: E402
from ledger.setup import initialise  # noqa: E402
from ledger.workdays import today  # noqa: E402
from releases import RELEASED, restore  # noqa: E402
from uploading import Desk  # noqa: E402

_NOT_KEPT = ("alembic_version", "apscheduler_jobs")


def go_on(engine: Engine, folder: Path) -> None:
    """Something in every table that the release brought."""
    with db.reading(engine) as connection:
        paid, trial = (choose_run(connection, "tech_branch", year) for year in (2023, 2024))
        unsigned = [one for one in lifecycle.signatures(connection, trial) if one.state == lifecycle.MISSING]
        before = len(spotcheck.drawings(connection, trial.id))
    for one in unsigned[:1]:
        lifecycle.sign(engine, trial.id, one.county, "初审人", "样例初审")
    drawing, _ = spotcheck.sample(engine, trial.id, 100_000 * (before + 1), None, "抽查人")
    with db.reading(engine) as connection:
        lines = {one.line_no: one for one in spotcheck._candidates(connection, trial.id)}
    entries = [
        spotcheck.Entry(lines[one.line_no].bank, lines[one.line_no].note_no, "ok", None) for one in drawing.lines
    ]
    with clock_set_back(2):
        spotcheck.enter(engine, trial.id, entries, "核查人")
    if paid.state == "approved":
        lives.allot(engine, paid, today())
    rows = [{**row, "日期": today(), "凭证号": f"样例-{before}-{row['凭证号']}"} for row in lives.to_pay(engine, paid)]
    outcome = lives.paid(engine, folder, [row for row in rows if before or row["环节"] != "银行到企业"])
    last = outcome.entries[paid.id][-1]
    journal.reverse(engine, last, "出纳", "样例冲销")
    run_job(engine, BY_NAME["lpr-missing"], date(2024, 1 + before, 28), Settings(output=folder))
    names = {"原名称": f"样例旧名银行{before}", "现名称": f"样例新名银行{before}", "类别": "更名", "批准文号": "样例文"}
    bank = {"银行名称": names["原名称"], "合作起始日": date(2022, 1, 1), "合作终止日": None}
    lives.take(engine, folder, {"合作银行": [bank], "银行变更": [{**names, "变更日": date(2024, 12, 31)}]})
    other_documents(engine, folder)
    portal(engine, folder)
    assert audit(engine).problems == []


def other_documents(engine: Engine, folder: Path) -> None:
    """A year of each document that has none yet, and an objection against one of its lines, answered."""
    worlds = {"farm_insurance": farm_insurance.world, "export_credit": export_credit.world}
    with db.reading(engine) as connection:
        known = set(connection.execute(select(models.Run.programme)).scalars())
    for key in (key for key in worlds if key not in known):
        # the enterprises are on file, under other names
        lives.take(engine, folder, {sheet: rows for sheet, rows in worlds[key]().items() if sheet != "企业"})
        run = settle(engine, PROGRAMMES[key], 2023, None, "试算人")
        lifecycle.approve(engine, run.id, "审核人", "样例", solo=True)
    answered = {"处理结果": "样例：不成立", "处理日": today(), "处理文号": "样例文"}
    objection = {"年度": 2023, "统一社会信用代码": export_credit.CODES[0], "收到日": today(), "事项": "样例：应当更多"}
    lives.take(engine, folder, {"异议": [{**objection, **answered}]})


def portal(engine: Engine, folder: Path) -> None:
    """Accounts, what they did, and a file that one sent and another took, where there are none yet."""
    with db.reading(engine) as connection:
        bank = connection.execute(select(models.Bank.name).order_by(models.Bank.id).limit(1)).scalar_one()
        if connection.execute(select(models.AccountRow.id)).first():
            return
    people = {"clerk": f"bank:{bank}", "reviewer": f"bank:{bank}", "city": None, "approver": None}
    for role, scope in people.items():
        managing.add(
            engine, f"yangli-{role}", f"样例{role}", "样例单位", role=role, scope=scope, password="Yangli-2026-a"
        )
    tokens.add(engine, "yangli-clerk", "样例令牌")
    with clock_set_back(1):
        log.add(engine, log.of_server("样例", "昨天"))
    log.add(engine, log.of_server("样例", "今天"))
    desk = Desk(engine, folder)
    refused = desk.send("yangli-clerk", {"合作银行": [{"银行名称": "样例别家银行"}]}, "样例一.xlsx")
    assert refused.state == "refused", refused
    balance = {"年度": 2023, "银行名称": bank, "借据编号": _note(engine, bank), "年末余额(万元)": 1}
    given_back = desk.send("yangli-clerk", {"年末余额": [balance]}, "样例二.xlsx")
    desk.withdraw("yangli-clerk", given_back.id)


def _note(engine: Engine, bank: str) -> str:
    """A loan of a bank."""
    with db.reading(engine) as connection:
        query = select(models.Loan.note_no).join(models.Bank, models.Bank.id == models.Loan.bank_id)
        note: str = connection.execute(query.where(models.Bank.name == bank).limit(1)).scalar_one()
        return note


@contextmanager
def clock_set_back(days: int) -> Iterator[None]:
    """A step taken while the machine's clock was behind, which was said to be right."""
    running, given = workdays.clock, clock.waived.set(True)
    workdays.clock = lambda: running() - timedelta(days=days)
    try:
        yield
    finally:
        workdays.clock = running
        clock.waived.reset(given)


def dumped(engine: Engine) -> dict[str, Any]:
    """Every row by table, as restore takes it."""
    tables = MetaData()
    with engine.connect() as connection:
        tables.reflect(connection)
        revision = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one()
        found: dict[str, Any] = {"revision": revision}
        for name, table in sorted(tables.tables.items()):
            if name not in _NOT_KEPT:
                rows = connection.execute(select(table).order_by(*table.primary_key.columns)).all()
                found[name] = {
                    "columns": list(table.c.keys()),
                    "rows": [[_plain(value) for value in row] for row in rows],
                }
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    return (
        value.isoformat(sep=" ")
        if isinstance(value, datetime)
        else value.isoformat()
        if isinstance(value, date)
        else value
    )


def main() -> None:
    """Writes the file of the present schema."""
    with tempfile.TemporaryDirectory() as name:
        engine = db.open_engine(f"sqlite:///{Path(name) / 'tiexi.db'}")
        restore(engine, RELEASED[-1])
        initialise(engine)
        go_on(engine, Path(name))
        found = dumped(engine)
        engine.dispose()
    path = ROOT / "tests" / "ledger" / "released" / f"{found['revision']}.json"
    parts = [f'"revision": "{found.pop("revision")}"']
    for table, part in found.items():
        rows = ",\n".join(json.dumps(row, ensure_ascii=False) for row in part["rows"])
        parts.append(f'"{table}": {{"columns": {json.dumps(part["columns"])}, "rows": [\n{rows}\n]}}')
    path.write_text("{\n" + ",\n".join(parts) + "\n}\n", encoding="utf-8")
    print(path)


if __name__ == "__main__":
    main()
