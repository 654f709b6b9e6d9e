"""Whoever writes to the database by hand, its guards taken away: one value changed, one row removed, one added, in every table."""

import tempfile
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, Table, create_engine, select
from sqlalchemy.exc import DBAPIError, StatementError

import lives
import programmes.export_credit.test_life as export_credit
import programmes.farm_insurance.test_life as farm_insurance
from databases import filled_engine, unguard
from keep_release import clock_set_back
from ledger import lifecycle, models
from ledger.accounts import log, tokens
from ledger.accounts.managing import add
from ledger.audit.audit import audit
from ledger.books import journal
from ledger.programmes import PROGRAMMES
from ledger.runs.settlement import settle
from ledger.seals import content as sealed
from ledger.workdays import today
from samples import BANK, GRANT, INVESTMENT, POLICY, PROJECT, USCC, base, loan
from sending import PaperDesk

# what the program itself writes anew or takes away: no books
_AT_WORK = {"job_runs", "token_uses", "factor_uses", "sessions", "sign_in_tries"}
_OF_THE_CHAIN = {
    "seals",
    "sealed_rows",
}  # forged on their own in test_rewritten_chain.py: what they say of the others goes with them
# of later years, of a second factor, of a day that is over, of the portal
_NOT_HERE = {
    "credit_claims",
    "tech_branch_claims",
    "account_factors",
    "log_days",
    "log_prunes",
    "uploads",
    "upload_steps",
    "upload_findings",
}
_OF_THE_LOG = {
    "log_heads"
}  # forged on its own in test_log.py: one row, and with the last entry all that would miss that


def fill(engine: Engine, folder: Path, approved: bool) -> None:
    """A row in every table that the stage can have: all sheets, an amendment, and the whole life of a run of each document."""
    lives.take(engine, folder, lives.city())
    lives.take(engine, folder, {"企业": [lives.city()["企业"][0] | {"企业名称": "海甲改名公司"}]}, amend_reason="改名")
    lives.take(engine, folder, farm_insurance.world())
    credit = export_credit.world()
    known = {row["统一社会信用代码"] for row in lives.city()["企业"]}
    credit["企业"] = [row for row in credit["企业"] if row["统一社会信用代码"] not in known]
    lives.take(engine, folder, credit)
    objection = {
        "年度": 2023,
        "统一社会信用代码": export_credit.CODES[0],
        "收到日": today(),
        "事项": "样例",
        "处理结果": "样例：不成立",
    }
    lives.take(engine, folder, {"异议": [objection | {"处理日": today(), "处理文号": "样例文"}]})
    lives.take(engine, folder, _others_sheets())
    run = lives.settle(engine)
    for key in ("chokepoint", "farm_insurance", "export_credit"):
        settle(engine, PROGRAMMES[key], 2023, None, "试算人")
    lives.sign(engine, run)
    with clock_set_back(2):
        lives.check(engine, run)
    if approved:
        lives.allot(engine, lives.approve(engine, run))
        paid = lives.paid(engine, folder, lives.to_pay(engine, run))
        journal.reverse(engine, paid.entries[run.id][-1], "出纳", "样例冲销")
        for other in range(run.id + 1, run.id + 4):
            lifecycle.approve(engine, other, "审核人", "样例", solo=True)
    PaperDesk(engine, folder).send("K", "发放", date(2023, 7, 3))
    add(engine, "yangli", "样例丙", "样例单位", role="city")
    tokens.add(engine, "yangli", "样例令牌")
    log.add(engine, log.of_server("样例"))


def _others_sheets() -> dict[str, list[dict[str, Any]]]:
    """A row of every sheet that those have not."""
    bank = {"原名称": BANK, "变更日": date(2024, 1, 10), "类别": "更名", "现名称": "样例新银行", "批准文号": "样例文"}
    return base(
        loan("K", 业务品种="卡脖子攻关贷", 项目编号="P1"),
        项目库=[PROJECT],
        保单=[POLICY],
        研发补助=[GRANT],
        股权投资=[INVESTMENT],
        银行变更=[bank],
        资料平台启用=[{"范围": BANK, "启用日": date(2024, 1, 1), "批准文号": "样例文"}],
        工作日历=[{"日期": date(2023, 12, 30), "类型": "上班"}],
        历史享受年限=[{"统一社会信用代码": USCC, "截至年度": 2022, "已享受年限": 1}],
        年限豁免=[{"统一社会信用代码": USCC, "年度": 2023, "批准文号": "样例文"}],
        撤销=[{"银行名称": BANK, "借据编号": "K", "认定日": date(2025, 1, 1), "认定文号": "样例文", "事由": "样例"}],
        险种备案=[
            {"险种编号": "A1", "报备日": date(2023, 1, 10), "备案成功日": date(2023, 2, 1), "备案文号": "样例文"}
        ],
    )


def filled_before(engine: Engine) -> None:
    """Before any approval."""
    with tempfile.TemporaryDirectory() as folder:
        fill(engine, Path(folder), False)


def filled_after(engine: Engine) -> None:
    """After the approvals."""
    with tempfile.TemporaryDirectory() as folder:
        fill(engine, Path(folder), True)


@pytest.mark.parametrize("approved", [False, True], ids=["before approval", "after approval"])
@pytest.mark.parametrize("what", ["changed", "removed", "added"])
def test_an_audit_names_it(database: str, tmp_path: Path, what: str, approved: bool) -> None:
    engine = filled_engine(tmp_path, database, filled_after if approved else filled_before)
    assert audit(engine).problems == []
    forged = []
    by_hand = create_engine(engine.url, isolation_level="AUTOCOMMIT")  # as any other program opens it
    with by_hand.connect() as connection:
        if engine.dialect.name == "postgresql":
            connection.exec_driver_sql("SET session_replication_role = replica")
        for table in models.Base.MODELS:
            if table.name in _AT_WORK | _OF_THE_CHAIN | _OF_THE_LOG:
                continue
            newest_first = [column.desc() for column in table.primary_key.columns]
            row = connection.execute(select(table).order_by(*newest_first).limit(1)).mappings().first()
            if row is not None:
                unguard(connection, table.name)
                _FORGERIES[what](connection, table, dict(row))
                forged.append(table)
    by_hand.dispose()
    found = audit(engine).problems
    sentences = "\n".join(problem.text for problem in found)
    named = {table.name for table in forged if sealed.NAMES[table.name] in sentences}
    named |= {"run_steps"} if "号运行的步骤「" in sentences else set()
    assert sorted({table.name for table in forged} - named) == []
    empty = {table.name for table in models.Base.MODELS} - {table.name for table in forged}
    assert not approved or empty <= _AT_WORK | _OF_THE_CHAIN | _OF_THE_LOG | _NOT_HERE, sorted(empty)
    engine.dispose()


# --- forgeries --------------------------------------------------------------------------------------------------------


def _others(value: Any) -> Iterator[Any]:
    """Other values that a column might take."""
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, int):
        yield from (value + 1, value + 1000, value - 1)
    elif isinstance(value, str):
        yield from (value + "改", value[:-1] + "0", value[:-1] + "1", value[:-1] + "a")
    elif isinstance(value, datetime):
        yield value + timedelta(seconds=1)
    elif isinstance(value, date):
        yield value + timedelta(days=1)
    elif isinstance(value, bytes):
        yield bytes([value[0] ^ 1]) + value[1:] if value else b"1"
    elif isinstance(value, dict):
        yield {**value, "又": 1}
    elif value is None:
        yield from ("改", 1, date(2024, 1, 1))


def _here(table: Table, row: dict[str, Any]) -> Any:
    condition: Any = True
    for column in table.primary_key.columns:
        condition = (column == row[column.name]) & condition
    return condition


def _tried(connection: Connection, statement: Any) -> bool:
    try:
        connection.execute(statement)
        return True
    except (DBAPIError, StatementError):
        return False


def _change(connection: Connection, table: Table, row: dict[str, Any]) -> None:
    free = [
        column
        for column in table.c
        if not column.primary_key and not column.foreign_keys and column.name != "retired_by"
    ]
    for column in [*free, *(column for column in table.c if column.foreign_keys and column.name != "retired_by")]:
        for value in _others(row[column.name]):
            if _tried(connection, table.update().where(_here(table, row)).values({column.name: value})):
                return
    raise AssertionError(f"no value of {table.name} can be changed")


def _remove(connection: Connection, table: Table, row: dict[str, Any]) -> None:
    connection.execute(table.delete().where(_here(table, row)))


def _add(connection: Connection, table: Table, row: dict[str, Any]) -> None:
    number = table.primary_key.columns.values()[-1].name
    unique = {column.name for index in table.indexes if index.unique for column in index.columns}
    unique |= {column.name for column in table.c if column.unique}
    for one in table.constraints:
        unique |= {column.name for column in getattr(one, "columns", ())} if one is not table.primary_key else set()
    twin = {**row, number: row[number] + 1000 if isinstance(row[number], int) else row[number] + "改"}
    if _tried(connection, table.insert().values(twin)):
        return
    for name in sorted(unique, key=lambda name: bool(table.c[name].foreign_keys)):
        for value in _others(row[name]) if not table.c[name].primary_key else ():
            if _tried(connection, table.insert().values({**twin, name: value})):
                return
    raise AssertionError(f"no row can be added to {table.name}")


_FORGERIES: dict[str, Callable[[Connection, Table, dict[str, Any]], None]] = {
    "changed": _change, "removed": _remove, "added": _add,
}  # fmt: skip
