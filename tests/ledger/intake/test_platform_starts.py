"""资料平台启用: what its rows may say, versions, withdrawal, banks by whatever name; whose rows an approved run went by."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from sqlalchemy import Engine, select

from ledger import lifecycle, models
from ledger.database import db
from ledger.errors import Refused
from ledger.facts import receipts
from ledger.intake.sheets import BY_NAME
from ledger.intake.void import void
from ledger.programmes import PROGRAMMES
from ledger.runs import settlement
from samples import BANK, PARTNER, base, loan

Take = Callable[..., Any]
OTHER = "样例远洋银行"
SHEET = "资料平台启用"
BANKS = [PARTNER, {**PARTNER, "银行名称": OTHER}]


def row(extent: str, day: Any = date(2023, 1, 1), **more: Any) -> dict[str, Any]:
    return {"范围": extent, "启用日": day, "批准文号": "威样例〔2023〕9号", **more}


def starts(engine: Engine) -> dict[Any, date]:
    with db.reading(engine) as connection:
        found = receipts.starts(connection)
        names = dict(connection.execute(select(models.Bank.id, models.Bank.name)).all())
    return {**({"全市": found.city} if found.city else {}), **{names[bank]: day for bank, day in found.banks.items()}}


def test_the_city_and_a_bank_by_any_of_its_names(engine: Engine, take: Take) -> None:
    change = {
        "原名称": BANK,
        "变更日": date(2023, 2, 1),
        "类别": "更名",
        "现名称": "样例新名银行",
        "批准文号": "样例文",
    }
    take(base(合作银行=BANKS, 银行变更=[change], **{SHEET: [row("全市"), row("样例新名银行", "2024-01-01")]}))
    assert starts(engine) == {"全市": date(2023, 1, 1), BANK: date(2024, 1, 1)}
    again = take({SHEET: [row(BANK, "2024-01-01")]})  # the same bank by the name under which it came: the same row
    assert again.taken[SHEET].same == 1
    with db.reading(engine) as connection:
        begun = receipts.starts(connection)
    assert [begun.decide(bank, date(2023, 6, 1)) for bank in (1, 2)] == [False, True]


@pytest.mark.sqlite_only
@pytest.mark.parametrize(
    ("wrong", "column", "problem"),
    [
        (row("样例银杭"), "范围", "既不是全市，也不在「合作银行」表中（是否为「样例银行」？）"),
        (row("环翠区"), "范围", "既不是全市，也不在「合作银行」表中"),
        (row("全市", "2023-02-30"), "启用日", "没有这一天"),
        (row("全市", None), "启用日", "不能为空"),
        (row("全市", 批准文号=None), "批准文号", "不能为空"),
    ],
)
def test_what_is_refused(engine: Engine, take: Take, wrong: dict[str, Any], column: str, problem: str) -> None:
    outcome = take(base(**{SHEET: [wrong]}), refused=True)
    (found,) = outcome.findings
    assert (found.sheet, found.row, found.column) == (SHEET, 2, column) and problem in found.line()


@pytest.mark.sqlite_only
def test_another_day_is_an_amendment_and_a_row_can_be_withdrawn(engine: Engine, take: Take) -> None:
    take(base(合作银行=BANKS, **{SHEET: [row("全市"), row(OTHER)]}))
    take({SHEET: [row("全市", "2023-07-01")]}, refused=True)
    take({SHEET: [row("全市", "2023-07-01")]}, amend_reason="批准文件更正")
    assert starts(engine) == {"全市": date(2023, 7, 1), OTHER: date(2023, 1, 1)}
    void(engine, BY_NAME[SHEET], ["全市"], "尚未启用", "撤回人")
    void(engine, BY_NAME[SHEET], [OTHER], "尚未启用", "撤回人")
    assert starts(engine) == {}


@pytest.mark.sqlite_only
def test_a_row_that_an_approved_run_went_by_stays(engine: Engine, take: Take, set_today: Any) -> None:
    set_today(date(2024, 2, 2))
    take(base(loan("A", 资料上传日=date(2023, 7, 5)), 合作银行=BANKS, **{SHEET: [row("全市"), row(OTHER)]}))
    run = settlement.settle(engine, PROGRAMMES["tech_branch"], 2023, date(2024, 1, 31), "试算人")
    lifecycle.approve(engine, run.id, "审核人", "样例1号", solo=True)
    with pytest.raises(Refused, match=f"审核通过的第 {run.id} 号运行使用了这一行"):
        void(engine, BY_NAME[SHEET], ["全市"], "误录", "撤回人")
    void(engine, BY_NAME[SHEET], [OTHER], "误录", "撤回人")  # that bank has no loan


def test_a_bank_that_was_taken_over_goes_by_its_own_row(engine: Engine, take: Take, set_today: Any) -> None:
    set_today(date(2024, 2, 2))
    change = {"原名称": BANK, "变更日": date(2023, 12, 1), "类别": "承继", "现名称": OTHER, "批准文号": "样例文"}
    take(base(合作银行=BANKS, 银行变更=[change], **{SHEET: [row(OTHER)]}))
    run = settlement.settle(engine, PROGRAMMES["tech_branch"], 2023, date(2024, 1, 31), "试算人")
    assert "R_UPLOAD" not in run.summary["stopped"]  # the successor's row is not its own: the reported day counts
    take({SHEET: [row(f"{BANK}（{OTHER}承继）")]})
    run = settlement.settle(engine, PROGRAMMES["tech_branch"], 2023, date(2024, 1, 31), "试算人")
    assert run.summary["stopped"]["R_UPLOAD"] == 1
