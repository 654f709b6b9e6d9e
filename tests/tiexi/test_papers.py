"""Papers on the command line: the same way as over HTTP; every file of the store held against its hash."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ledger.accounts import managing, passwords, tokens
from ledger.database import db
from papers import pdf, words
from samples import BANK, ENTERPRISE, PARTNER, QUALIFICATION, loan
from sheets import write_sheets

Run = Callable[..., tuple[int, str, str]]
OF_A = ("--note", "A", "--event", "发放", "--on", "2023-07-03")
BOTH = ("--kinds", "贷款合同、放款通知书")
EVENT = ("bank", "note_no", "event", "event_on", "due_on", "required", "missing", "complete_on", "in_time", "on_file")
PAPER = (
    "paper", "bank", "note_no", "event", "event_on", "kinds", "file", "sha256", "sm3", "bytes", "media", "pages",
    "received_at", "by", "login", "state",
)  # fmt: skip


@pytest.fixture
def ready(tiexi: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A loan on file, the platform in use, two papers to send."""
    monkeypatch.delenv("TIEXI_TOKEN", raising=False)
    assert tiexi("init")[0] == 0
    start = {"范围": "全市", "启用日": "2023-07-01", "批准文号": "威样例1号"}
    sheets = {
        "企业": [ENTERPRISE],
        "资质": [QUALIFICATION],
        "合作银行": [PARTNER],
        "贷款": [loan("A", 资料上传日=None)],
    }
    write_sheets(tmp_path / "报送.xlsx", {**sheets, "资料平台启用": [start]})
    assert tiexi("import", "报送.xlsx")[0] == 0
    for name in ("合同.pdf", "通知书.pdf"):
        (tmp_path / name).write_bytes(pdf(words(name.encode().hex().encode())))
    return tmp_path


def said(tiexi: Run, *line: str) -> Any:
    code, out, err = tiexi(*line, "--json")
    assert code == 0, err
    return json.loads(out)


def test_sent_listed_filed_otherwise_withdrawn(ready: Path, tiexi: Run) -> None:
    found = said(tiexi, "papers", "add", "合同.pdf", *OF_A, "--kinds", "贷款合同", "--bank", BANK, "--uploader", "某人")
    assert tuple(found["papers"][0]) == PAPER and tuple(found["event"]) == EVENT
    assert (found["papers"][0]["by"], found["papers"][0]["login"]) == ("某人", None)
    assert (found["event"]["missing"], found["event"]["on_file"]) == (["放款通知书"], True)
    (due,) = said(tiexi, "papers", "due")["items"]
    assert (due["missing"], due["in_time"]) == (["放款通知书"], False) and due["workdays_left"] < 0
    code, out, _ = tiexi("papers", "add", "通知书.pdf", *OF_A, "--kinds", "放款通知书", "--bank", BANK)
    assert code == 0 and "收齐，最迟 2023-07-10，已逾期" in out
    assert said(tiexi, "papers", "due")["items"] == []
    again = tiexi("papers", "add", "通知书.pdf", *OF_A, "--kinds", "放款通知书", "--bank", BANK)
    assert again[0] == 0 and "此前已收" in again[1]
    assert [one["paper"] for one in said(tiexi, "papers", "list", "--note", "A", "--bank", BANK)["items"]] == [2, 1]
    moved = said(tiexi, "papers", "relabel", "2", "--event", "展期", "--on", "2023-12-01", "--kinds", "展期协议")
    assert (moved["event"], moved["received_at"][:10] > "2023-12-01") == ("展期", True)
    code, out, _ = tiexi("papers", "due")
    assert code == 0 and "不缺，库中无此业务" in out and "放款通知书" in out
    assert said(tiexi, "papers", "withdraw", "2", "--reason", "传错了")["state"] == "withdrawn"
    assert [one["paper"] for one in said(tiexi, "papers", "list", "--state", "withdrawn")["items"]] == [2]
    assert "共 2 份" in tiexi("papers", "list")[1]


@pytest.mark.parametrize(
    ("line", "code", "sentence"),
    [
        ((*OF_A, "--kinds", "合同", "--bank", BANK), 1, "没有「合同」这种资料"),
        ((*OF_A, *BOTH), 1, "没有写明是哪家银行的资料"),
        ((*OF_A, *BOTH, "--bank", "别的银行"), 1, "没有这家银行"),
        ((*OF_A[:4], *BOTH), 2, "须写明 --on"),
        ((*OF_A, "--year", "2023", *BOTH), 2, "--note 不与 --year 同用"),
        (("--year", "2023", "--kinds", "申请报告", "--bank", BANK), 0, "申请报告"),
    ],
)
def test_what_is_not_taken(ready: Path, tiexi: Run, line: tuple[str, ...], code: int, sentence: str) -> None:
    found = tiexi("papers", "add", "合同.pdf", *line)
    assert found[0] == code and sentence in "".join(found[1:])


def test_a_file_that_is_no_paper_keeps_the_others_out(ready: Path, tiexi: Run) -> None:
    (ready / "坏.pdf").write_text("不是 PDF")
    code, _, err = tiexi("papers", "add", "合同.pdf", "坏.pdf", *OF_A, *BOTH, "--bank", BANK)
    assert code == 1 and "坏.pdf" in err
    assert said(tiexi, "papers", "list")["total"] == 0
    assert said(tiexi, "papers", "verify") == {"files": 0, "papers": 0, "uploads": 0, "problems": []}


def test_the_store_is_verified_by_itself_and_with_the_books(ready: Path, tiexi: Run) -> None:
    paper = said(tiexi, "papers", "add", "合同.pdf", *OF_A, *BOTH, "--bank", BANK)["papers"][0]
    assert "核对了 1 个文件（1 份资料、0 个报送文件）：均相符" in tiexi("papers", "verify")[1]
    code, out, _ = tiexi("audit", "--papers")
    assert code == 0 and "文件库的 1 个文件均相符" in out
    path = ready / "文件库" / paper["sha256"][:2] / paper["sha256"]
    path.chmod(0o640)
    path.write_bytes(b"?")
    for line in (("papers", "verify"), ("audit", "--papers")):
        code, out, _ = tiexi(*line)
        assert code == 1 and "第 1 号资料 合同.pdf：文件库中的" in out and "内容被改动" in out
    told = json.loads(tiexi("audit", "--papers", "--json")[1])
    assert [one["kind"] for one in told["problems"]] == ["paper"] == [one["kind"] for one in told["problems"]]
    assert tiexi("audit")[0] == 0  # the books themselves are in order


def test_with_accounts_only_a_bank_sends(ready: Path, tiexi: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "MEMORY_KIB", 8)
    monkeypatch.setattr(passwords, "PASSES", 1)
    engine = db.open_engine(f"sqlite:///{ready / 'tiexi.db'}")
    said_to = {}
    for login, role, scope in (("clerk", "clerk", f"bank:{BANK}"), ("city", "city", None)):
        managing.add(engine, login, f"样例{login}", "样例单位", role=role, scope=scope)
        said_to[login] = tokens.add(engine, login, "命令行")[1]
    engine.dispose()
    code, _, err = tiexi("papers", "add", "合同.pdf", *OF_A, *BOTH)
    assert code == 1 and "须以账号办理" in err
    monkeypatch.setenv("TIEXI_TOKEN", said_to["city"])
    assert tiexi("papers", "add", "合同.pdf", *OF_A, *BOTH)[0] == 1
    monkeypatch.setenv("TIEXI_TOKEN", said_to["clerk"])
    paper = said(tiexi, "papers", "add", "合同.pdf", *OF_A, *BOTH)["papers"][0]
    assert (paper["by"], paper["login"], paper["bank"]) == ("样例clerk", "clerk", BANK)
    assert tiexi("papers", "withdraw", "9", "--reason", "错")[0] == 1
