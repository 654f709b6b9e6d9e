"""A year on receipts from trial to audit: what makes a trial stale, what an approved run holds, what explains it."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from ledger import lifecycle
from ledger.audit.audit import audit
from ledger.database import db
from ledger.errors import Refused
from ledger.programmes import PROGRAMMES
from ledger.runs import settlement
from product import lines_of
from reports.tech_branch.explain import explain
from reports.waiting.due import due
from samples import BANK, base, loan, repayment
from sending import BOTH, CONTRACT, NOTICE, VOUCHER, PaperDesk, on_day

START = {"资料平台启用": [{"范围": "全市", "启用日": date(2025, 1, 1), "批准文号": "威样例〔2024〕9号"}]}
LENT = date(2025, 7, 1)  # a Tuesday: due on July 8
AS_OF = date(2026, 1, 31)


def world(**changes: Any) -> dict[str, Any]:
    lent = {"发放日": LENT, "到期日": date(2026, 7, 3), "年利率(%)": 3, **changes}
    return base(loan("A", **lent), loan("B", **{**lent, "发放日": date(2025, 7, 2)}), **START)


@pytest.fixture
def desk(engine: Engine, take: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PaperDesk:
    """Two loans; the papers of A came in time, of B a kind is missing; today is after the as-of date."""
    on_day(monkeypatch, date(2025, 7, 3))
    take(world())
    made = PaperDesk(engine, tmp_path)
    made.send("A", "发放", LENT)
    made.send("B", "发放", date(2025, 7, 2), CONTRACT)
    on_day(monkeypatch, date(2026, 2, 2))
    return made


def settle(desk: PaperDesk) -> Any:
    return settlement.settle(desk.engine, PROGRAMMES["tech_branch"], 2025, AS_OF, "试算人")


def approve(desk: PaperDesk, run: Any) -> Any:
    return lifecycle.approve(desk.engine, run.id, "审核人", "样例1号", solo=True)


def reasons(desk: PaperDesk, run: Any) -> dict[str, Any]:
    return {line["note_no"]: line["reasons"] for line in lines_of(desk.engine, run)}


def told(desk: PaperDesk, run: Any, note: str) -> list[str]:
    with db.reading(desk.engine) as connection:
        steps = explain(connection, run, BANK, note).as_dict()["steps"]
    return [step["text"] for step in steps if step["part"] == "资料" or step["code"] == "R_UPLOAD"]


def test_what_comes_after_the_as_of_date_leaves_a_trial_as_it_is(desk: PaperDesk) -> None:
    run = settle(desk)
    assert reasons(desk, run) == {"A": (), "B": ("R_UPLOAD",)}
    desk.send("B", "发放", date(2025, 7, 2), NOTICE)
    assert settle(desk).fingerprint == run.fingerprint
    assert approve(desk, run).state == "approved"
    assert audit(desk.engine).problems == []


def test_withdrawals_and_relabellings_make_a_trial_stale(desk: PaperDesk) -> None:
    run = settle(desk)
    desk.withdraw(1)
    with pytest.raises(Refused, match="试算后数据有变动"):
        approve(desk, run)
    anew = settle(desk)
    assert reasons(desk, anew) == {"A": ("R_UPLOAD",), "B": ("R_UPLOAD",)}
    desk.relabel(2, "发放", date(2025, 7, 2), BOTH)
    with pytest.raises(Refused, match="试算后数据有变动"):
        approve(desk, anew)
    assert reasons(desk, settle(desk)) == {"A": ("R_UPLOAD",), "B": ()}


def test_what_an_approved_run_counted_stays(desk: PaperDesk) -> None:
    run = approve(desk, settle(desk))
    for what in (
        lambda: desk.withdraw(1),
        lambda: desk.relabel(1, "发放", date(2025, 7, 4)),
        lambda: desk.relabel(1, "发放", LENT, CONTRACT),
        lambda: desk.withdraw(2),
    ):
        with pytest.raises(Refused, match=f"审核通过的第 {run.id} 号运行（2025 年度）计入了这份资料"):
            what()
    desk.relabel(2, "发放", date(2025, 7, 2), BOTH)  # what it was counted as, and more: the coming years see it
    later = desk.send("A", "发放", LENT, CONTRACT).papers[0]
    assert desk.withdraw(later).state == "withdrawn"  # never the first of its kind
    assert audit(desk.engine).problems == []  # the run is judged again by the papers as it knew them
    assert told(desk, run, "B")[0].startswith("2025-07-02 发放的资料没有收齐（缺放款通知书）")
    again = settlement.settle(desk.engine, PROGRAMMES["tech_branch"], 2025, AS_OF, "试算人")
    assert reasons(desk, again) == {"A": (), "B": ()}


def test_a_year_before_the_platform_is_judged_as_it_was(
    engine: Engine, take: Callable[..., Any], tmp_path: Path, set_today: Callable[[date], None]
) -> None:
    """The same facts with and without papers and without a start on file: the same fingerprint; and it replays later."""
    set_today(date(2024, 2, 2))
    take(base(loan("A"), 还款=[repayment("A", date(2023, 9, 4), 100)]))
    run = settlement.settle(engine, PROGRAMMES["tech_branch"], 2023, date(2024, 1, 31), "试算人")
    PaperDesk(engine, tmp_path).send("A", "发放", date(2023, 7, 3))
    again = settlement.settle(engine, PROGRAMMES["tech_branch"], 2023, date(2024, 1, 31), "试算人")
    assert again.fingerprint == run.fingerprint and again.law == run.law
    lifecycle.approve(engine, again.id, "审核人", "样例1号", solo=True)
    take({"资料平台启用": [{"范围": BANK, "启用日": date(2023, 1, 1), "批准文号": "样例文"}]})
    assert audit(engine).problems == []
    later = settlement.settle(engine, PROGRAMMES["tech_branch"], 2023, date(2024, 1, 31), "试算人")
    assert later.fingerprint != run.fingerprint


def test_an_amended_event_goes_by_the_papers_of_its_new_day(desk: PaperDesk, take: Callable[..., Any]) -> None:
    amended = loan("A", 发放日=date(2025, 7, 2), 到期日=date(2026, 7, 3), **{"年利率(%)": 3})
    take({"贷款": [amended]}, amend_reason="发放日录入有误")
    assert reasons(desk, settle(desk))["A"] == ("R_UPLOAD",)
    with db.reading(desk.engine) as connection:
        listed = {(one.note_no, str(one.event_on)): one for one in due(connection)}
    stray = listed["A", "2025-07-01"]
    assert (stray.on_file, stray.missing, stray.complete_on, stray.in_time) == (False, [], date(2025, 7, 3), True)
    assert listed["A", "2025-07-02"].missing == list(BOTH)
    desk.relabel(1, "发放", date(2025, 7, 2))
    assert reasons(desk, settle(desk))["A"] == ()


def test_an_explanation_says_which_day_counted_and_lists_the_papers(desk: PaperDesk) -> None:
    run = settle(desk)
    paper = desk.relabel(1, "发放", LENT).paper
    by_receipt = "（以资料平台收到的日期为准，2025-01-01 启用）"
    assert told(desk, run, "A") == [
        f"发放资料 2025-07-03 收齐，时限 2025-07-08（发放后 5 个工作日）{by_receipt}",
        f"2025-07-01 发放：贷款合同、放款通知书，2025-07-03 收到，第 1 号资料 {paper.file}（SHA-256 {paper.sha256}，SM3 {paper.sm3}）",
        "报送的发放资料上传日为 2023-07-05，只供对照",
    ]
    late = f"2025-07-02 发放的资料没有收齐（缺放款通知书），时限为 2025-07-09（5 个工作日）{by_receipt}"
    assert told(desk, run, "B")[0] == late


def test_a_reported_day_that_decides_nothing_warns_of_nothing(
    engine: Engine, take: Callable[..., Any], set_today: Callable[[date], None]
) -> None:
    set_today(date(2026, 2, 2))
    early = loan("A", 发放日=LENT, 到期日=date(2026, 7, 3), 资料上传日=date(2025, 6, 30), **{"年利率(%)": 3})
    start = [{"范围": BANK, "启用日": LENT, "批准文号": "样例文"}]
    other = {**early, "借据编号": "B", "发放日": date(2025, 6, 30), "资料上传日": date(2025, 6, 27)}
    outcome = take(base(early, other, 资料平台启用=start))
    assert [(one.code, one.note_no) for one in outcome.warnings if one.code == "P_EARLY"] == [("P_EARLY", "B")]


@pytest.mark.sqlite_only
def test_an_event_before_the_start_says_so(
    engine: Engine, take: Callable[..., Any], set_today: Callable[[date], None], tmp_path: Path
) -> None:
    set_today(date(2026, 2, 2))
    start = [{"范围": "全市", "启用日": date(2025, 9, 1), "批准文号": "样例文"}]
    paid = [repayment("A", date(2025, 9, 22), 1, 资料上传日=date(2025, 9, 22)), repayment("A", date(2025, 10, 20), 1)]
    lent = loan("A", 发放日=LENT, 到期日=date(2026, 7, 3), 资料上传日=LENT)
    take(base(lent, 还款=paid, 资料平台启用=start))
    desk = PaperDesk(engine, tmp_path)
    run = settle(desk)
    assert told(desk, run, "A")[0].startswith("2025-09-22 还款的资料没有收齐（缺还本付息凭证），时限为")
    desk.send("A", "还款", date(2025, 9, 22), VOUCHER)
    desk.send("A", "还款", date(2025, 10, 20), VOUCHER)
    late = told(desk, settlement.settle(engine, PROGRAMMES["tech_branch"], 2025, date(2026, 2, 2), "试算人"), "A")
    assert late[0].startswith("2025-09-22 还款的资料2026-02-02 才收齐，时限为 2025-09-28")
    assert len(late) == 3  # both vouchers; the disbursement went by the day that was reported


def test_what_is_due_goes_by_receipts(desk: PaperDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    on_day(monkeypatch, date(2025, 7, 7))
    with db.reading(desk.engine) as connection:
        (one,) = due(connection)
    assert (one.note_no, one.missing, one.workdays_left, one.in_time) == ("B", [NOTICE], 2, None)
    on_day(monkeypatch, date(2025, 7, 10))
    with db.reading(desk.engine) as connection:
        (one,) = due(connection)
    assert one.late and one.as_dict()["in_time"] is False
    desk.send("C", "还款", date(2025, 7, 9), VOUCHER)
    with db.reading(desk.engine) as connection:
        found = {one.note_no: one for one in due(connection)}
    assert (found["C"].on_file, found["C"].missing, found["C"].enterprise) == (False, [], "")
