"""A file's way: received, judged, confirmed and taken, or given back, taken down, refused; and who may do what."""

import io
from pathlib import Path

import openpyxl
import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DatabaseError

from databases import unguard
from ledger import models
from ledger.accounts import managing
from ledger.audit.audit import audit
from ledger.database import db
from ledger.errors import NotFound, Refused
from ledger.seals.chain import Link
from ledger.store import TooLarge
from ledger.uploads import judging, records
from ledger.uploads.receiving import Limits
from reports.received import uploads
from reports.writing.template import write_template_of
from samples import BANK, USCC, loan
from uploading import OTHER_BANK, Desk

NEW = {"贷款": [loan("B")]}
AMENDED = {"贷款": [loan("A", **{"年利率(%)": 4.35})]}
BAD = {"贷款": [loan("B", 到期日="2025-02-30"), loan("C", 银行名称=OTHER_BANK)]}
ROSTER = {"资质": [{"统一社会信用代码": USCC, "资质类别": "科技型中小企业", "有效期起": "2023-01-01"}]}


def loans_of(desk: Desk) -> int:
    with db.reading(desk.engine) as connection:
        return int(connection.execute(select(func.count()).select_from(models.table_of(models.LoanFact))).scalar_one())


def test_received_then_judged(desk: Desk) -> None:
    upload = desk.send("clerk", NEW, judged=False)
    assert upload.state == "received"
    assert desk.store.holds(upload.sha256)
    told = desk.shown(upload.id, "clerk")
    assert (told["taken"], told["judged_at"], told["actions"]) == ({}, None, [])
    judging.judge(desk.engine, desk.store, upload.id)
    told = desk.shown(upload.id, "clerk")
    assert told["state"] == "checked"
    assert told["taken"] == {"贷款": {"new": 1, "amended": 0, "same": 0}}
    assert told["judged_at"] and not told["seal"]
    assert loans_of(desk) == 1


def test_a_second_person_confirms_and_it_is_taken_whole(desk: Desk) -> None:
    upload = desk.send("clerk", NEW)
    assert desk.shown(upload.id, "clerk")["actions"] == ["withdraw"]
    assert desk.shown(upload.id, "reviewer")["actions"] == ["confirm", "return"]
    assert desk.shown(upload.id, "city")["actions"] == []
    taken = desk.confirm("reviewer", upload.id)
    told = desk.shown(upload.id, "reviewer")
    assert (taken.state, told["confirmed_by"], told["actions"]) == ("taken", "甲复核", [])
    assert len(told["seal"]) == 64
    assert loans_of(desk) == 2
    with db.reading(desk.engine) as connection:
        intake = connection.execute(
            select(models.Intake.uploader, models.Intake.account).order_by(models.Intake.id.desc())
        ).first()
    assert tuple(intake or ()) == ("甲经办", "@clerk")


def test_twice_confirmed_is_refused_and_changes_nothing(desk: Desk) -> None:
    upload = desk.send("clerk", NEW)
    desk.confirm("reviewer", upload.id)
    with pytest.raises(Refused, match="已入库"):
        desk.confirm("reviewer", upload.id)
    assert loans_of(desk) == 2


@pytest.mark.parametrize("login", ["clerk", "clerk-2", "city", "finance"])
def test_only_the_reviewer_of_the_institution_confirms(desk: Desk, login: str) -> None:
    upload = desk.send("clerk", NEW)
    with pytest.raises(Refused, match="机构复核"):
        desk.confirm(login, upload.id)


def test_another_banks_file_is_not_there(desk: Desk) -> None:
    upload = desk.send("clerk", NEW)
    assert desk.seen("other-clerk") == desk.seen("other-reviewer") == desk.seen("county") == []
    assert desk.seen("clerk-2") == desk.seen("reviewer") == desk.seen("city") == desk.seen("auditor") == [upload.id]
    assert desk.seen("tech") == desk.seen("industry") == []
    with pytest.raises(NotFound) as missing:
        desk.confirm("other-reviewer", upload.id)
    with pytest.raises(NotFound) as nowhere:
        desk.confirm("other-reviewer", 999)
    assert str(missing.value) == str(nowhere.value)


def test_findings_stay_and_the_file_sent_again_is_judged_again(desk: Desk) -> None:
    data = desk.bytes_of(BAD)
    upload = desk.send("clerk", data)
    assert (upload.state, desk.shown(upload.id, "clerk")["findings"]) == ("refused", 2)
    with db.reading(desk.engine) as connection:
        found = records.findings(connection, upload)
    assert [(one.row, one.column) for one in found] == [(2, "到期日"), (3, "银行名称")]
    again = desk.send("clerk", data)
    assert again.id != upload.id and again.state == "refused"
    with db.reading(desk.engine) as connection:
        assert records.findings(connection, desk.get(upload.id)) == found


def test_confirmed_when_it_no_longer_holds_is_refused_with_findings(desk: Desk) -> None:
    first, second = desk.send("clerk", NEW), desk.send("clerk", {"贷款": [loan("B", **{"年利率(%)": 5})]})
    assert second.state == "checked"
    desk.confirm("reviewer", first.id)
    with pytest.raises(records.RefusedFile) as refused:
        desk.confirm("reviewer", second.id)
    assert refused.value.more == {"upload": second.id, "findings_total": 1}
    assert desk.get(second.id).state == "refused"
    assert desk.shown(second.id, "reviewer")["findings"] == 1
    assert desk.shown(second.id, "reviewer")["taken"] == {}
    assert loans_of(desk) == 2


def test_the_same_bytes_while_waiting_are_the_same_upload(desk: Desk) -> None:
    data = desk.bytes_of(NEW)
    upload = desk.send("clerk", data)
    assert desk.send("clerk-2", data, name="另一个名称.xlsx").id == upload.id
    assert desk.send("clerk", data, amend_reason="更正").id != upload.id
    assert desk.send("clerk", data, check_only=True).id != upload.id


def test_taken_before_by_ones_own_unit_is_known(desk: Desk) -> None:
    data = desk.bytes_of(ROSTER)
    upload = desk.send("tech", data)
    assert desk.confirm("tech", upload.id).state == "taken"
    assert desk.send("tech", data).state == "known"
    assert desk.shown(desk.send("tech", data).id, "tech")["seal"] == desk.shown(upload.id, "tech")["seal"]
    assert desk.send("city", data).state == "checked"


def test_a_departments_file_is_confirmed_within_it(desk: Desk) -> None:
    upload = desk.send("city", {"企业": [{"统一社会信用代码": USCC, "企业名称": "威海样例甲公司", "区市": "环翠区"}]})
    assert desk.shown(upload.id, "city")["actions"] == ["confirm", "withdraw"]
    assert desk.shown(upload.id, "city-2")["actions"] == ["confirm"]
    with pytest.raises(Refused, match="市金融监管经办"):
        desk.confirm("finance", upload.id)
    assert desk.confirm("city-2", upload.id).state == "taken"


def test_what_an_institution_amends_goes_to_the_city(desk: Desk) -> None:
    upload = desk.send("clerk", AMENDED, amend_reason="利率录入有误")
    told = desk.shown(upload.id, "reviewer")
    assert told["taken"] == {"贷款": {"new": 0, "amended": 1, "same": 0}}
    assert told["changes"] == [
        {"sheet": "贷款", "key": [BANK, "A"], "column": "年利率(%)", "before": "4.00", "after": "4.35"}
    ]
    assert told["changes_total"] == 1
    with pytest.raises(Refused):
        desk.confirm("city", upload.id)
    assert desk.confirm("reviewer", upload.id).state == "to_city"
    assert desk.shown(upload.id, "city")["actions"] == ["confirm", "return"]
    assert desk.shown(upload.id, "city")["changes_total"] == 1
    assert desk.shown(upload.id, "reviewer")["actions"] == []
    assert desk.confirm("city", upload.id).state == "taken"
    with db.reading(desk.engine) as connection:
        assert connection.execute(select(models.Change.reason, models.Change.made_by)).all() == [
            ("利率录入有误", "甲经办")
        ]


def test_the_city_gives_back_what_it_does_not_agree_to(desk: Desk) -> None:
    upload = desk.send("clerk", AMENDED, amend_reason="利率录入有误")
    desk.confirm("reviewer", upload.id)
    with pytest.raises(Refused, match="等待"):
        desk.give_back("reviewer", upload.id, "不行")
    ended = desk.give_back("city", upload.id, "请附依据")
    told = desk.shown(upload.id, "clerk")
    assert (ended.state, told["reason"], told["actions"]) == ("returned", "请附依据", [])


def test_given_back_and_taken_down(desk: Desk) -> None:
    first = desk.send("clerk", NEW)
    with pytest.raises(Refused, match="原因"):
        desk.give_back("reviewer", first.id, "  ")
    assert desk.give_back("reviewer", first.id, "缺少资料").state == "returned"
    second = desk.send("clerk", NEW)
    assert second.id != first.id
    with pytest.raises(Refused, match="甲经办"):
        desk.withdraw("clerk-2", second.id)
    assert desk.withdraw("clerk", second.id).state == "withdrawn"
    with pytest.raises(Refused, match="已撤下"):
        desk.confirm("reviewer", second.id)


def test_who_sent_it_does_not_confirm_it_in_another_role(desk: Desk) -> None:
    upload = desk.send("clerk", NEW)
    managing.grant(desk.engine, "clerk", "reviewer", f"bank:{BANK}")
    with pytest.raises(Refused, match="报送人 甲经办，确认人 甲经办"):
        desk.confirm("clerk", upload.id)


def test_only_checked_is_never_taken(desk: Desk) -> None:
    upload = desk.send("clerk", NEW, check_only=True)
    told = desk.shown(upload.id, "reviewer")
    assert (told["state"], told["actions"], told["taken"]["贷款"]["new"]) == ("checked", [], 1)
    with pytest.raises(Refused, match="只作检查"):
        desk.confirm("reviewer", upload.id)


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [("空.xlsx", b"", "空文件"), ("长" * 201, b"x", "200 个字符"), ("/tmp/..", b"x", "没有名称")],
    ids=["empty", "long", "none"],
)
def test_what_cannot_be_received(desk: Desk, name: str, data: bytes, said: str) -> None:
    with pytest.raises(Refused, match=said):
        desk.send("clerk", data, name=name)
    assert desk.seen("city") == []


def test_a_file_too_large_or_a_unit_with_too_much(desk: Desk) -> None:
    desk.limits = Limits(upload_mb=0)
    with pytest.raises(TooLarge):
        desk.send("clerk", b"x")
    desk.limits = Limits(unit_gb=0)
    with pytest.raises(Refused, match="上限"):
        desk.send("clerk", b"x")
    assert desk.seen("city") == []


def test_no_workbook_gets_one_sentence(desk: Desk) -> None:
    upload = desk.send("clerk", b"not a workbook", name="../../x\x00\x07.xlsx")
    assert (upload.state, upload.file) == ("refused", "x.xlsx")
    told = desk.shown(upload.id, "clerk")
    assert told["findings"] == 0 and "x.xlsx" in told["refusal"] and "tiexi " not in told["refusal"]


def test_who_sends_nothing_is_told_so(desk: Desk) -> None:
    with pytest.raises(Refused, match="不报送"):
        desk.send("auditor", NEW)


def test_a_file_that_breaks_the_program_is_refused_and_others_go_on(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = desk.send("clerk", NEW, judged=False)

    def broken(*_: object) -> None:
        raise RecursionError

    monkeypatch.setattr(judging, "within", broken)
    judging.judge(desk.engine, desk.store, upload.id)
    assert desk.get(upload.id).state == "refused"
    assert "程序出错" in str(desk.shown(upload.id, "clerk")["refusal"])


def test_what_a_crash_caught_is_judged_again_but_not_for_ever(desk: Desk) -> None:
    upload = desk.send("clerk", NEW, judged=False)
    with db.writing(desk.engine) as connection:
        link = Link(connection)
        records.add_step(connection, upload, "judging")
        link.seal(records.LINK)
    assert judging.unjudged(desk.engine) == (upload.id, [upload.id])
    judging.judge(desk.engine, desk.store, upload.id)
    assert desk.get(upload.id).state == "checked"
    other = desk.send("clerk", {"贷款": [loan("Z")]}, judged=False)
    with db.writing(desk.engine) as connection:
        link = Link(connection)
        for _ in range(3):
            records.add_step(connection, other, "judging")
        link.seal(records.LINK)
    judging.judge(desk.engine, desk.store, other.id)
    assert desk.get(other.id).state == "refused"


def test_the_marked_copy_is_made_of_what_is_kept(desk: Desk) -> None:
    upload = desk.send("clerk", BAD)
    account = desk.account("clerk")
    name, data = uploads.marked(desk.engine, desk.store, upload.id, account)
    assert name == "报送-标注.xlsx"
    notes = [
        cell.comment.text for row in openpyxl.load_workbook(io.BytesIO(data))["贷款"] for cell in row if cell.comment
    ]
    assert len(notes) == 2 and any("本行只能报送" in note for note in notes)
    assert uploads.file_of(desk.engine, desk.store, upload.id, account) == (upload.file, desk.store.read(upload.sha256))
    clean = desk.send("clerk", {"贷款": [loan("D", **{"贷款金额(万元)": 77})]})
    with pytest.raises(Refused, match="没有可以标注"):
        uploads.marked(desk.engine, desk.store, clean.id, account)
    with pytest.raises(NotFound):
        uploads.marked(desk.engine, desk.store, upload.id, desk.account("other-clerk"))


def test_a_csv_is_marked_as_a_workbook(desk: Desk) -> None:
    sent = "银行名称,借据编号,还款日,还本金额(万元)\n样例银行,没有,2023-09-01,1\n"
    upload = desk.send("clerk", sent.encode(), name="还款-9月.csv")
    name, data = uploads.marked(desk.engine, desk.store, upload.id, desk.account("clerk"))
    assert name == "还款-9月-标注.xlsx" and data.startswith(b"PK")


def test_warnings_are_kept_and_marked(desk: Desk) -> None:
    upload = desk.send("clerk", {"贷款": [loan("B"), loan("C", **{"年利率(%)": 0.04})]})
    told = desk.shown(upload.id, "clerk")
    assert {one["code"] for one in told["warnings"]} == {"P_RATE", "P_TWIN"}
    assert uploads.marked(desk.engine, desk.store, upload.id, desk.account("clerk"))[0].endswith(".xlsx")


@pytest.mark.parametrize(
    ("login", "sheets"), [("clerk", {"贷款", "还款", "展期", "年末余额"}), ("finance", {"预算", "年度比例"})]
)
def test_the_blank_workbook_of_a_role(desk: Desk, tmp_path: Path, login: str, sheets: set[str]) -> None:
    write_template_of(tmp_path / "空白.xlsx", desk.account(login).scope)
    assert set(openpyxl.load_workbook(tmp_path / "空白.xlsx").sheetnames) == {*sheets, "说明"}
    with pytest.raises(Refused, match="不报送"):
        write_template_of(tmp_path / "审计.xlsx", desk.account("auditor").scope)


def test_a_changed_row_of_an_upload_is_named_by_the_audit(desk: Desk) -> None:
    first = desk.send("clerk", NEW)
    desk.confirm("reviewer", first.id)
    with desk.engine.begin() as connection, pytest.raises(DatabaseError):
        connection.execute(text("UPDATE uploads SET file_name = '别的.xlsx'"))
    with desk.engine.begin() as connection:
        unguard(connection, "uploads")
        connection.execute(text("UPDATE uploads SET file_name = '别的.xlsx'"))
    found = audit(desk.engine)
    assert any("报送文件" in str(problem) for problem in found.problems)


_PAID, _LENT, _CHECKED = {"兑付回单": [{"银行名称": BANK}]}, {"贷款": [loan("B")]}, {"结果录入": [{"银行名称": BANK}]}


@pytest.mark.sqlite_only
def test_a_file_sent_as_what_it_is_not_is_told_as_what_to_send_it(desk: Desk) -> None:
    """One sentence, whether its sender may send such a file at all; a file that has sheets of its own kind is judged by them."""
    year = {"kind": "payments", "year": 2025}
    paid, lent, checked = "有「兑付回单」，是拨付文件", "有「贷款」，是报送工作簿", "有「结果录入」，是抽查清单"
    for login, sheets, wanted, said in (
        ("clerk", _PAID, {}, f"甲.xlsx {paid}，不是报送工作簿；请把种类（kind）改为拨付文件（payments）再传"),
        ("clerk", _LENT, year, f"甲.xlsx {lent}，不是拨付文件；请把种类（kind）改为报送工作簿（facts）再传"),
        ("clerk", _CHECKED, {}, f"甲.xlsx {checked}，不是报送工作簿；机构经办不报送抽查清单"),
        ("clerk", _CHECKED, year, f"甲.xlsx {checked}，不是拨付文件；机构经办不报送抽查清单"),
        ("city", _CHECKED, {}, f"甲.xlsx {checked}，不是报送工作簿；请把种类（kind）改为抽查清单（checklist）再传"),
        ("city", _PAID, {}, f"甲.xlsx {paid}，不是报送工作簿；市金融监管经办不报送拨付文件"),
    ):
        told = desk.send(login, sheets, "甲.xlsx", **wanted).as_dict()
        assert (told["state"], told["findings"], told["refusal"]) == ("refused", 0, said)
    named = desk.send("clerk", "银行名称,金额(万元)\n样例银行,1\n".encode(), "兑付回单-一月.csv").as_dict()
    assert (
        named["refusal"]
        == "兑付回单-一月.csv " + paid + "，不是报送工作簿；请把种类（kind）改为拨付文件（payments）再传"
    )
    mixed = desk.send("clerk", {**_PAID, **_LENT}, "甲.xlsx").as_dict()
    assert (mixed["findings"], mixed["refusal"]) == (1, None)
