"""Papers: received by the server's date, known again, filed otherwise, withdrawn; seen by whom; sealed."""

from datetime import date, datetime, time
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from databases import dump, unguard
from ledger.audit.audit import audit
from ledger.database import db
from ledger.errors import NotFound, Refused
from ledger.papers import changing
from ledger.papers.receiving import Limits
from ledger.papers.verifying import verify
from ledger.store import TooLarge
from samples import BANK, loan
from sending import AGREEMENT, BOTH, CONTRACT, NOTICE, VOUCHER, PaperDesk, on_day
from uploading import OTHER_BANK

LENT = date(2026, 3, 2)


# --- receiving --------------------------------------------------------------------------------------------------------


def test_a_paper_counts_by_the_day_on_which_it_came(desk: PaperDesk) -> None:
    sent = desk.send("A", "发放", LENT, login="clerk", bank=None)
    (paper,) = sent.papers
    assert (paper.bank, paper.note_no, paper.kinds, paper.by, paper.login) == (BANK, "A", BOTH, "甲经办", "clerk")
    assert (paper.received_at, paper.state) == (datetime(2026, 3, 5, 12), "kept")
    assert sent.new and sent.event is not None
    assert sent.event.as_dict() == {
        "bank": BANK, "note_no": "A", "event": "发放", "event_on": "2026-03-02", "due_on": "2026-03-09",
        "required": list(BOTH), "missing": [], "complete_on": "2026-03-05", "in_time": True, "on_file": True,
    }  # fmt: skip
    told = paper.as_dict()
    assert told["sha256"] != told["sm3"] and len(told["sm3"]) == 64 and "year" not in told
    assert desk.store.holds(paper.sha256)


def test_the_day_is_the_citys_whatever_the_servers(desk: PaperDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    on_day(monkeypatch, date(2026, 3, 9), time(23, 59, 59))
    assert desk.send("A", "发放", LENT).event.in_time is True  # type: ignore[union-attr]
    on_day(monkeypatch, date(2026, 3, 10), time(0, 0, 0))
    assert desk.send("B", "发放", LENT).event.in_time is False  # type: ignore[union-attr]


def test_an_event_is_complete_with_the_last_of_what_it_requires(
    desk: PaperDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = desk.send("A", "发放", LENT, CONTRACT).event
    assert first is not None and (first.missing, first.complete_on, first.in_time) == ([NOTICE], None, None)
    on_day(monkeypatch, date(2026, 3, 10))
    assert desk.event("A", "发放", LENT).in_time is False
    desk.send("A", "发放", LENT, CONTRACT, "另一份合同")  # later than the first: changes nothing
    last = desk.send("A", "发放", LENT, [NOTICE]).event
    assert last is not None and (last.complete_on, last.in_time) == (date(2026, 3, 10), False)


@pytest.mark.sqlite_only
def test_what_counts_for_nothing_is_kept(desk: PaperDesk) -> None:
    event = desk.send("A", "发放", LENT, "其他").event
    assert event is not None and event.missing == list(BOTH)


def test_the_same_bytes_for_the_same_are_the_first_receipt(desk: PaperDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    first = desk.send("A", "发放", LENT, BOTH, "合同", login="clerk")
    before = dump(desk.engine)
    on_day(monkeypatch, date(2026, 3, 6))
    again = desk.send("A", "发放", LENT, "放款通知书、贷款合同", "合同", login="clerk-2")
    assert (again.new, again.papers) == (False, first.papers) and dump(desk.engine) == before
    some = desk.send("A", "发放", LENT, BOTH, "合同", "通知书", "通知书", login="clerk-2")
    assert some.new and [one.received_on.day for one in some.papers] == [5, 6]
    other = desk.send("A", "发放", LENT, CONTRACT, "合同", login="clerk")  # other kinds: another paper, one file
    assert other.new and other.papers[0].sha256 == first.papers[0].sha256
    assert len(list(desk.store.names())) == 2


@pytest.mark.sqlite_only
def test_papers_may_come_before_the_loan(desk: PaperDesk, take: Any) -> None:
    event = desk.send("NEW", "还款", date(2026, 3, 4), VOUCHER).event
    assert event is not None and event.on_file is False and event.missing == []
    take({"贷款": [loan("NEW", 发放日=date(2026, 3, 3), 到期日=date(2027, 3, 3), 资料上传日=None)]})
    take({"还款": [{"银行名称": BANK, "借据编号": "NEW", "还款日": date(2026, 3, 4), "还本金额(万元)": 1}]})
    assert desk.event("NEW", "还款", date(2026, 3, 4)).on_file is True


@pytest.mark.sqlite_only
def test_a_report_is_of_a_year(desk: PaperDesk) -> None:
    (report,) = desk.send(None, None, None, "申请报告", login="clerk", year=2025).papers
    assert (report.year, report.event, report.as_dict()["year"]) == (2025, None, 2025)
    assert desk.send(None, None, None, "申请报告", login="clerk", year=2025).new is False
    assert desk.send(None, None, None, "申请报告", login="clerk", year=2024).new is True
    with pytest.raises(Refused, match="没有业务可改"):
        desk.relabel(report, "发放", LENT)


@pytest.mark.sqlite_only
def test_a_bank_that_was_taken_over_is_named(desk: PaperDesk, take: Any) -> None:
    change = {"原名称": BANK, "变更日": date(2026, 3, 4), "类别": "承继", "现名称": OTHER_BANK, "批准文号": "样例文"}
    take({"银行变更": [change]})
    with pytest.raises(Refused, match=f"在「{BANK}（{OTHER_BANK}承继）」名下"):
        desk.send("A", "发放", LENT, login="other-clerk", bank=None)
    for named in (BANK, f"{BANK}（{OTHER_BANK}承继）"):
        (paper,) = desk.send("A", "发放", LENT, BOTH, "合同", login="other-clerk", bank=named).papers
        assert (paper.bank, paper.bank_id) == (BANK, 1)
    assert desk.seen("other-clerk") == [1] == desk.seen("clerk")


# (note, event, its day, kinds, more), what is said
_REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "in the future": ({"event_on": date(2026, 3, 6)}, "业务日 2026-03-06 在今天（2026-03-05）之后"),
    "before the disbursement": (
        {"event": "还款", "event_on": date(2026, 3, 1), "kinds": VOUCHER}, "业务日 2026-03-01 早于借据 A 的发放日 2026-03-02"
    ),
    "no such event": ({"event": "结清"}, "没有「结清」这种业务；应为发放、还款、展期"),
    "no event": ({"event": None}, "没有写明业务；应为发放、还款、展期"),
    "no day": ({"event_on": None}, "没有写明业务日（发放日）"),
    "no note": ({"note": None}, "没有写明借据编号"),
    "an empty note": ({"note": " \u200b"}, "没有写明借据编号"),
    "no such kind": ({"kinds": "合同"}, "没有「合同」这种资料；应为贷款合同、放款通知书、还本付息凭证、展期协议、其他"),
    "no kind": ({"kinds": ""}, "没有写明是哪种资料"),
    "a report with an event": ({"kinds": "申请报告", "year": 2025}, "申请报告只写年度，不写借据和业务"),
    "a report without a year": ({"kinds": "申请报告"}, "申请报告只写年度"),
    "a year without a report": (
        {"note": None, "event": None, "event_on": None, "year": 2025}, "写明年度而没有业务的资料只能是申请报告"
    ),
    "a report of a year to come": (
        {"note": None, "event": None, "event_on": None, "year": 2027, "kinds": "申请报告"}, "年度 2027 有误"
    ),
}  # fmt: skip


@pytest.mark.sqlite_only
@pytest.mark.parametrize("name", _REFUSED)
def test_what_is_not_taken(desk: PaperDesk, name: str) -> None:
    changed, said = _REFUSED[name]
    sent = {"note": "A", "event": "发放", "event_on": LENT, "kinds": BOTH, **changed}
    before = dump(desk.engine)
    with pytest.raises(Refused, match=said):
        desk.send(sent.pop("note"), sent.pop("event"), sent.pop("event_on"), sent.pop("kinds"), login="clerk", **sent)
    assert dump(desk.engine) == before and list(desk.store.names()) == []


@pytest.mark.sqlite_only
def test_sizes_and_numbers_have_limits(desk: PaperDesk) -> None:
    with pytest.raises(Refused, match="1 至 20 份资料，这次是 21 份"):
        desk.send("A", "发放", LENT, BOTH, *map(str, range(21)))
    with pytest.raises(Refused, match="是空文件"):
        desk.send("A", "发放", LENT, BOTH, "")
    desk.limits = Limits(paper_mb=0)
    with pytest.raises(TooLarge):
        desk.send("A", "发放", LENT)
    desk.limits = Limits(unit_gb=0)
    with pytest.raises(Refused, match="本单位的文件已达到 0 GB 的上限"):
        desk.send("A", "发放", LENT, login="clerk")
    assert desk.seen() == []


@pytest.mark.sqlite_only
def test_of_another_bank_nothing_is_to_be_had(desk: PaperDesk) -> None:
    (paper,) = desk.send("A", "发放", LENT, login="clerk").papers
    assert (desk.seen("clerk"), desk.seen("other-clerk"), desk.seen("city"), desk.seen("county")) == ([1], [], [1], [])
    with pytest.raises(NotFound):
        desk.send("A", "发放", LENT, login="other-clerk", bank=BANK)
    with pytest.raises(NotFound):
        desk.withdraw(paper, login="other-clerk")
    with pytest.raises(NotFound):
        desk.relabel(paper, "发放", LENT, login="other-clerk")
    (own,) = desk.send("A", "发放", LENT, login="other-clerk", bank=None).papers  # a note of the same number is its own
    assert own.bank == OTHER_BANK and desk.seen("other-clerk") == [2]


# --- what becomes of it -----------------------------------------------------------------------------------------------


def test_withdrawn_it_counts_no_longer_and_stays(desk: PaperDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    (paper,) = desk.send("A", "发放", LENT, BOTH, "合同", login="clerk").papers
    gone = desk.withdraw(paper, "传错了企业", login="clerk-2")
    assert (gone.state, gone.reason) == ("withdrawn", "传错了企业") and desk.store.holds(paper.sha256)
    assert desk.event("A", "发放", LENT).missing == list(BOTH)
    on_day(monkeypatch, date(2026, 3, 6))
    (anew,) = desk.send("A", "发放", LENT, BOTH, "合同", login="clerk").papers  # a new receipt
    assert (anew.id, anew.received_on) == (2, date(2026, 3, 6))
    with pytest.raises(Refused, match="此前已撤下"):
        desk.withdraw(paper)
    with pytest.raises(Refused, match="已撤下，不能改标"):
        desk.relabel(paper, "发放", LENT)
    with pytest.raises(Refused, match="请写明撤下的原因"):
        desk.withdraw(anew, " ")


def test_filed_otherwise_it_keeps_its_receipt(desk: PaperDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    (paper,) = desk.send("A", "还款", date(2026, 3, 3), VOUCHER, login="clerk").papers
    on_day(monkeypatch, date(2026, 3, 20))
    done = desk.relabel(paper, "发放", LENT, BOTH, login="clerk")
    assert (done.new, done.paper.received_on, done.event.complete_on) == (True, date(2026, 3, 5), date(2026, 3, 5))
    assert desk.event("A", "还款", date(2026, 3, 3)).missing == [VOUCHER]
    before = dump(desk.engine)
    assert desk.relabel(paper, "发放", LENT, "放款通知书、贷款合同").new is False and dump(desk.engine) == before
    for event_on, said in ((date(2026, 3, 21), "在今天"), (date(2026, 2, 28), "早于借据 A 的发放日")):
        with pytest.raises(Refused, match=said):
            desk.relabel(paper, "展期", event_on, AGREEMENT)
    with pytest.raises(Refused, match="不能改为申请报告"):
        desk.relabel(paper, "发放", LENT, "申请报告")


def test_what_was_filed_otherwise_and_is_sent_again_as_at_first_is_no_other_paper(desk: PaperDesk) -> None:
    """A request whose answer was lost may be done late, or asked again: the receipt is the first, and no paper comes twice."""
    (paper,) = desk.send("A", "还款", date(2026, 3, 3), "其他", "凭证", login="clerk").papers
    desk.relabel(paper, "还款", date(2026, 3, 4), VOUCHER, login="clerk")
    before = dump(desk.engine)
    again = desk.send("A", "还款", date(2026, 3, 3), "其他", "凭证", login="clerk")
    assert not again.new and [(one.id, one.kinds) for one in again.papers] == [(paper.id, (VOUCHER,))]
    assert again.event is not None and again.event.missing == [VOUCHER] and dump(desk.engine) == before
    desk.relabel(paper, "还款", date(2026, 3, 3), AGREEMENT)
    between = desk.send("A", "还款", date(2026, 3, 4), VOUCHER, "凭证")  # as it was filed by the way: nobody sent it so
    assert between.new
    desk.relabel(between.papers[0], "还款", date(2026, 3, 3), "其他")
    assert (
        desk.send("A", "还款", date(2026, 3, 3), "其他", "凭证").papers[0].id == between.papers[0].id
    )  # filed so goes first
    desk.withdraw(between.papers[0])
    desk.withdraw(paper)
    assert desk.send("A", "还款", date(2026, 3, 3), "其他", "凭证").new  # what was withdrawn may come again


@pytest.mark.sqlite_only
def test_what_waits_for_the_scanner_counts_from_its_receipt_once_clean(
    desk: PaperDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.limits = Limits(scanned=True)
    sent = desk.send("A", "发放", LENT, BOTH, "净", "毒")
    assert [one.state for one in sent.papers] == ["scanning"] * 2
    assert sent.event is not None and sent.event.missing == list(BOTH)
    assert desk.send("A", "发放", LENT, BOTH, "净").new is False
    on_day(monkeypatch, date(2026, 3, 12))
    clean, foul = (
        changing.scanned(desk.engine, one.id, said) for one, said in zip(sent.papers, (None, "Eicar"), strict=True)
    )
    assert (clean.state, foul.state, foul.reason) == ("kept", "withdrawn", "查出病毒：Eicar")
    assert desk.event("A", "发放", LENT).in_time is True


# --- sealed -----------------------------------------------------------------------------------------------------------


def test_papers_are_sealed_and_never_changed(desk: PaperDesk) -> None:
    (paper,) = desk.send("A", "发放", LENT).papers
    desk.relabel(paper, "发放", LENT, CONTRACT)
    desk.withdraw(paper)
    assert audit(desk.engine).problems == []
    for statement in (
        "UPDATE papers SET received_on = '2026-03-03'", "DELETE FROM papers", "UPDATE paper_states SET state = 'kept'",
        "DELETE FROM paper_states WHERE state = 'withdrawn'",
    ):  # fmt: skip
        with pytest.raises(DatabaseError), desk.engine.begin() as connection:
            connection.execute(text(statement))


_EDITS = {
    "changed": ("papers", "UPDATE papers SET received_on = '2026-03-03'", "资料登记第 1 号（一.pdf）在第"),
    "taken out": ("paper_states", "DELETE FROM paper_states WHERE id = 1", "资料经过第 1 号在第"),
    "put in": (
        "paper_states",
        "INSERT INTO paper_states (id, paper_id, state, kinds, event, event_on, made_by, account, made_at) "
        "VALUES (2, 1, 'kept', '展期协议', '展期', '2026-03-03', '某人', '某账号', '2026-03-05 12:00:00')",
        "资料经过第 2 号",
    ),
}


@pytest.mark.parametrize("how", _EDITS)
def test_an_audit_names_what_was_changed_by_hand(desk: PaperDesk, how: str) -> None:
    table, statement, named = _EDITS[how]
    desk.send("A", "发放", LENT, BOTH, "一")
    with desk.engine.begin() as connection:
        unguard(connection, table)
        connection.execute(text(statement))
    found = [problem.text for problem in audit(desk.engine).problems if problem.kind != "guard"]
    assert any(sentence.startswith(named) for sentence in found), found
    if how != "changed":  # nothing is put under a link over it
        with pytest.raises(Refused):
            desk.send("A", "发放", LENT, BOTH, "二")


@pytest.mark.sqlite_only
def test_every_file_is_held_against_its_hash(desk: PaperDesk) -> None:
    papers = desk.send("A", "发放", LENT, BOTH, "一", "二", "三").papers
    with db.reading(desk.engine) as connection:
        assert verify(connection, desk.store).as_dict() == {"files": 3, "papers": 3, "uploads": 0, "problems": []}
    gone, altered, _ = (desk.store.path(one.sha256) for one in papers)
    gone.unlink()
    altered.chmod(0o640)
    altered.write_bytes(b"?")
    (desk.store.folder / "ab").mkdir(exist_ok=True)
    (desk.store.folder / "ab" / "strange").write_text("?")
    with db.reading(desk.engine) as connection:
        found = verify(connection, desk.store).problems
    assert [one.kind for one in found] == ["missing", "altered", "strange"]
    assert "第 1 号资料 一.pdf" in found[0].text and "第 2 号资料 二.pdf" in found[1].text
