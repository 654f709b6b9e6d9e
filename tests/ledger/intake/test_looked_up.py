"""Enterprises are looked up by the codes of the file, however many others are on file."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event

from ledger.intake import anchors
from ledger.intake.importer import import_file
from samples import BANK, ENTERPRISE, OTHER_USCC, QUALIFICATION, USCC, base, loan
from sheets import write_sheets

Take = Callable[..., Any]
UNKNOWN = "91440300708461136T"
BARRED = date(2026, 1, 1)


@pytest.mark.parametrize("all_at_once", [0, 1_000])
def test_a_code_is_found_wherever_a_file_may_name_it(
    take: Take, monkeypatch: pytest.MonkeyPatch, all_at_once: int
) -> None:
    """Asked for one by one or read together: on file before, brought by the file itself, by a subject in any writing."""
    monkeypatch.setattr(anchors, "_READ_AS_FAST", all_at_once)
    take(base())
    other = ENTERPRISE | {"统一社会信用代码": OTHER_USCC, "企业名称": "威海样例乙公司"}
    half = "".join(chr(ord(one) + 0xFEE0) for one in OTHER_USCC.lower())  # full width
    sheets = {
        "企业": [other],
        "资质": [QUALIFICATION | {"统一社会信用代码": OTHER_USCC}],
        "贷款": [loan("B"), loan("C", 统一社会信用代码=OTHER_USCC)],
        "取消资格": [
            {"主体": one, "取消日": day, "批准文号": "样例4号"}
            for one, day in ((USCC, BARRED), (half, BARRED), (BANK, BARRED))
        ],
    }
    taken = take(sheets).taken
    assert {name: one.new for name, one in taken.items()} == {"企业": 1, "资质": 1, "贷款": 2, "取消资格": 3}
    again = take({"企业": [other], **{name: sheets[name][::-1] for name in ("资质", "贷款", "取消资格")}}).taken
    assert {name: one.same for name, one in again.items()} == {"企业": 1, "资质": 1, "贷款": 2, "取消资格": 3}


@pytest.mark.parametrize("all_at_once", [0, 1_000])
def test_a_code_that_is_not_on_file_is_refused(take: Take, monkeypatch: pytest.MonkeyPatch, all_at_once: int) -> None:
    monkeypatch.setattr(anchors, "_READ_AS_FAST", all_at_once)
    take(base())
    rows = [
        loan(note, 统一社会信用代码=code)
        for note, code in (("B", UNKNOWN), ("C", "甲"), ("D", "9137\x00"), ("E", USCC))
    ]
    barred = [{"主体": one, "取消日": BARRED, "批准文号": "x"} for one in (UNKNOWN, "某\x00")]
    outcome = take({"贷款": rows, "取消资格": barred}, refused=True)
    assert [(one.sheet, one.row, one.problem) for one in outcome.findings] == [
        ("贷款", 2, "企业不在「企业」表中"),
        ("贷款", 3, "统一社会信用代码有误：共 1 位"),
        ("贷款", 4, "统一社会信用代码有误：共 4 位"),
        ("取消资格", 2, "主体不在「企业」或「合作银行」表中"),
        ("取消资格", 3, "主体不在「企业」或「合作银行」表中"),
    ]


def test_what_an_amendment_changes_names_an_enterprise_that_the_file_does_not(
    take: Take, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(anchors, "_READ_AS_FAST", 0)
    other = ENTERPRISE | {"统一社会信用代码": OTHER_USCC, "企业名称": "威海样例乙公司"}
    take(base(企业=[ENTERPRISE, other], 资质=[QUALIFICATION, QUALIFICATION | {"统一社会信用代码": OTHER_USCC}]))
    row = {"贷款": [loan("A", 统一社会信用代码=OTHER_USCC)]}
    refused = take(row, refused=True)
    assert f"库中为 {USCC}" in refused.findings[0].line()
    (changed,) = take(row, amend_reason="报错企业").changes
    assert (changed.before, changed.after) == (USCC, OTHER_USCC)


@pytest.mark.sqlite_only
def test_codes_that_a_file_does_not_name_are_not_read(
    engine: Engine, tmp_path: Path, take: Take, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(anchors, "_READ_AS_FAST", 0)
    take(base())
    asked: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if "FROM enterprises" in statement and "max(" not in statement and "count(*)" not in statement:
            asked.append(statement)

    path = write_sheets(tmp_path / "一笔.xlsx", {"贷款": [loan("B")]})
    event.listen(engine, "before_cursor_execute", note)
    outcome = import_file(engine, path, "测试")
    event.remove(engine, "before_cursor_execute", note)
    assert not outcome.refused
    assert [statement for statement in asked if " IN (" not in statement] == []
