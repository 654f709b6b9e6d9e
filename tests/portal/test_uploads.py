"""Files over HTTP: sent, judged, confirmed, given back; in which order a request is judged, and what nobody learns."""

import io
import threading
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest

import portal as portals
from did_not_run import require_server
from ledger.accounts import log, managing
from ledger.database import db
from ledger.uploads import judging
from ledger.uploads.worker import Here, Worker
from portal import BANK, OTHER_BANK, Portal
from samples import ENTERPRISE, USCC, loan
from sheets import Sheets, write_sheets


def problem(answer: Any, status: int, kind: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    body: dict[str, Any] = answer.json()
    assert (body["type"], body["status"]) == (f"urn:tiexi:problem:{kind}", status)
    return body


def book(folder: Path, sheets: Sheets) -> bytes:
    return write_sheets(folder / "报送.xlsx", sheets).read_bytes()


def lent(note: str, bank: str = BANK, **more: Any) -> dict[str, Any]:
    return loan(note, 银行名称=bank, **more)


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def portal(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    """Of either kind."""
    if request.param == "postgresql":
        require_server()
    with portals.portal_on(tmp_path_factory.mktemp("portal"), database=request.param) as found:
        yield found


@pytest.fixture(scope="module")
def filed(portal: Portal, tmp_path_factory: pytest.TempPathFactory) -> Portal:
    """With an enterprise on file."""
    folder = tmp_path_factory.mktemp("roster")
    sent = post(portal, "city", book(folder, {"企业": [ENTERPRISE]}))
    assert sent.status_code == 201, sent.text
    assert portal.api("city").post(f"/uploads/{sent.json()['upload']}/confirm").status_code == 200
    return portal


def post(
    portal: Portal, login: str, data: bytes, name: str = "报送.xlsx", path: str = "/uploads", **fields: str
) -> Any:
    return portal.api(login).post(path, files={"file": (name, data)}, data=fields)


def test_a_file_goes_its_way(filed: Portal, tmp_path: Path) -> None:
    data = book(tmp_path, {"贷款": [lent("W1")]})
    sent = post(filed, "clerk", data, "蓝鲸.xlsx")
    assert sent.status_code == 201, sent.text
    upload = sent.json()
    assert sent.headers["location"] == f"/api/v1/uploads/{upload['upload']}"
    assert set(upload) >= {
        "upload", "kind", "file", "sha256", "bytes", "state", "by", "login", "unit", "received_at", "judged_at",
        "amend_reason", "year", "run", "taken", "skipped", "changes", "legs", "entries", "findings", "refusal",
        "confirmed_by", "confirmed_at", "reason", "seal", "actions", "changes_total",
    }  # fmt: skip
    assert (upload["state"], upload["file"], upload["bytes"], upload["actions"]) == (
        "checked",
        "蓝鲸.xlsx",
        len(data),
        ["withdraw"],
    )
    assert post(filed, "clerk", data, "蓝鲸.xlsx").status_code == 200
    at = f"/uploads/{upload['upload']}"
    problem(filed.api("clerk").post(f"{at}/confirm"), 403, "forbidden")
    problem(filed.api("city").post(f"{at}/confirm"), 422, "refused")
    assert filed.api("reviewer").get(at).json()["actions"] == ["confirm", "return"]
    taken = filed.api("reviewer").post(f"{at}/confirm")
    assert (taken.status_code, taken.json()["state"]) == (200, "taken"), taken.text
    assert len(taken.json()["seal"]) == 64
    problem(filed.api("reviewer").post(f"{at}/confirm"), 422, "refused")
    known = post(filed, "clerk", data)
    assert (known.status_code, known.json()["state"]) == (200, "known")
    got = filed.api("clerk").get(f"{at}/file")
    assert got.content == data and "filename*=UTF-8''" in got.headers["content-disposition"]
    problem(filed.api("clerk").get(f"{at}/marked"), 422, "refused")


def test_a_refused_file_says_every_finding(filed: Portal, tmp_path: Path) -> None:
    data = book(tmp_path, {"贷款": [lent("W2", 到期日="2025-02-30"), lent("W3", OTHER_BANK)]})
    body = problem(post(filed, "clerk", data), 422, "refused")
    assert (body["exit_code"], body["findings_total"], body["detail"]) == (1, 2, "共 2 处问题，整个文件未导入")
    first, second = body["findings"]
    assert set(first) == {"file", "sheet", "row", "column", "letter", "value", "problem", "expected"}
    assert second["problem"].startswith("本行只能报送")
    at = f"/uploads/{body['upload']}"
    listed = filed.api("clerk").get(f"{at}/findings").json()
    assert (listed["items"], listed["total"]) == (body["findings"], 2)
    assert filed.api("clerk").get(f"{at}/findings?column=到期日").json()["total"] == 1
    marked = filed.api("clerk").get(f"{at}/marked")
    page = openpyxl.load_workbook(io.BytesIO(marked.content))["贷款"]
    assert sum(1 for row in page for cell in row if cell.comment) == 2
    again = problem(post(filed, "clerk", data), 422, "refused")
    assert again["upload"] != body["upload"]


@pytest.mark.parametrize("path", ["", "/findings", "/file", "/marked"])
def test_anothers_a_missing_and_an_impossible_id_look_the_same(filed: Portal, tmp_path: Path, path: str) -> None:
    upload = post(filed, "clerk", book(tmp_path, {"贷款": [lent(f"W4{path}")]})).json()["upload"]
    answers = [
        filed.api("clerk2").get(f"/uploads/{one}{path}") for one in (upload, 99_999, "x", "0", "-1", "1e3", "９")
    ]
    bodies = [problem(one, 404, "not-found") | {"instance": ""} for one in answers]
    assert all(body == bodies[0] for body in bodies)
    assert filed.api("clerk").get(f"/uploads/{upload}").status_code == 200
    for action in ("confirm", "return"):
        problem(
            filed.api("reviewer2").post(
                f"/uploads/{upload}/{action}", json={"reason": "x"} if action == "return" else None
            ),
            404,
            "not-found",
        )


def test_lists_show_ones_own_and_are_filtered(filed: Portal, tmp_path: Path) -> None:
    mine = post(filed, "clerk2", book(tmp_path, {"贷款": [lent("W5", OTHER_BANK)]}), "乙行.xlsx").json()["upload"]
    found = filed.api("clerk2").get("/uploads").json()
    assert {one["unit"] for one in found["items"]} == {OTHER_BANK}
    assert found["items"][0]["upload"] == mine and found["items"][0]["actions"] == ["withdraw"]
    assert [one["upload"] for one in filed.api("city").get("/uploads?q=乙行&state=checked").json()["items"]] == [mine]
    everything = filed.api("auditor").get("/uploads?size=500&sort=upload").json()["items"]
    assert [one["upload"] for one in everything] == sorted(one["upload"] for one in everything)
    problem(filed.api("city").get("/uploads?nothing=1"), 400, "bad-request")
    text = filed.api("city").get("/uploads?format=csv").text
    assert text.startswith("\ufeffupload,kind,file") and "乙行.xlsx" in text
    problem(filed.api("admin").get("/uploads"), 403, "forbidden")


def test_amendments_of_institutions_pass_the_city(filed: Portal, tmp_path: Path) -> None:
    first = post(filed, "clerk", book(tmp_path, {"贷款": [lent("W6")]})).json()["upload"]
    filed.api("reviewer").post(f"/uploads/{first}/confirm")
    data = book(tmp_path, {"贷款": [lent("W6", **{"年利率(%)": 4.35})]})
    sent = post(filed, "clerk", data, amend_reason="利率录入有误").json()
    assert sent["changes"] == [
        {"sheet": "贷款", "key": [BANK, "W6"], "column": "年利率(%)", "before": "4.00", "after": "4.35"}
    ]
    at = f"/uploads/{sent['upload']}"
    assert filed.api("reviewer").post(f"{at}/confirm").json()["state"] == "to_city"
    assert "confirm" in filed.api("city").get(at).json()["actions"]
    done = filed.api("city").post(f"{at}/confirm").json()
    assert (done["state"], done["taken"]) == ("taken", {"贷款": {"new": 0, "amended": 1, "same": 0}})


def test_given_back_and_taken_down(filed: Portal, tmp_path: Path) -> None:
    one = post(filed, "clerk", book(tmp_path, {"贷款": [lent("W7")]})).json()["upload"]
    problem(filed.api("reviewer").post(f"/uploads/{one}/return", json={}), 400, "bad-request")
    problem(filed.api("reviewer").post(f"/uploads/{one}/return", json={"reason": "x", "more": 1}), 400, "bad-request")
    back = filed.api("reviewer").post(f"/uploads/{one}/return", json={"reason": "缺少资料"}).json()
    assert (back["state"], back["reason"]) == ("returned", "缺少资料")
    two = post(filed, "clerk", book(tmp_path, {"贷款": [lent("W7")]})).json()["upload"]
    assert two != one
    problem(filed.api("reviewer").post(f"/uploads/{two}/withdraw"), 403, "forbidden")
    assert filed.api("clerk").post(f"/uploads/{two}/withdraw").json()["state"] == "withdrawn"


def test_only_checked(filed: Portal, tmp_path: Path) -> None:
    sent = post(filed, "clerk", book(tmp_path, {"贷款": [lent("W8")]}), check_only="1")
    assert (sent.status_code, sent.json()["state"], sent.json()["actions"]) == (200, "checked", [])
    problem(filed.api("reviewer").post(f"/uploads/{sent.json()['upload']}/confirm"), 422, "refused")


def test_not_judged_in_time_is_202(filed: Portal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    go = threading.Event()
    judge = judging.judge
    monkeypatch.setattr(judging, "judge", lambda *all, **named: (go.wait(20), judge(*all, **named)))
    data = book(tmp_path, {"贷款": [lent("W9")]})
    sent = post(filed, "clerk", data, path="/uploads?wait=0")
    assert (sent.status_code, sent.json()["state"]) == (202, "received")
    at = sent.headers["location"].removeprefix("/api/v1")
    assert filed.api("clerk").get(at).json()["actions"] == []
    problem(filed.api("reviewer").post(f"{at}/confirm"), 422, "refused")
    go.set()
    assert post(filed, "clerk", data).json()["upload"] == sent.json()["upload"]
    assert filed.api("clerk").get(at).json()["state"] == "checked"


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"kind": "other"}, "kind"), ({"year": "2023"}, "year"), ({"kind": "payments"}, "year"),
        ({"kind": "checklist"}, "run"), ({"check_only": "yes"}, "check_only"), ({"more": "1"}, "more"), ({"programme": "x"}, "programme"),
        ({"amend_reason": " "}, "amend_reason"), ({"kind": "payments", "year": "23"}, "year"),
    ],
)  # fmt: skip
def test_fields_that_cannot_be_used(filed: Portal, fields: dict[str, str], name: str) -> None:
    body = problem(post(filed, "city", b"x", **fields), 400, "bad-request")
    assert [(one["in"], one["name"]) for one in body["errors"]] == [("body", name)]


def test_a_text_is_no_file_and_other_than_utf_8_no_text(filed: Portal) -> None:
    client = filed.api("clerk")
    body = problem(client.post("/uploads", files={"file": (None, b"text")}), 400, "bad-request")
    assert body["errors"] == [{"in": "body", "name": "file", "problem": "应为文件，带有文件名"}]
    before = client.get("/uploads").json()["total"]
    words = {"file": ("a.xlsx", b"x"), "amend_reason": (None, "录错了".encode("gb18030"))}
    body = problem(client.post("/uploads", files=words), 400, "bad-request")
    assert body["errors"] == [{"in": "body", "name": "amend_reason", "problem": "不是 UTF-8 编码的文字"}]
    assert client.get("/uploads").json()["total"] == before


@pytest.mark.parametrize("wait", ["-1", "61", "x", ""])
def test_a_wait_that_cannot_be(filed: Portal, wait: str) -> None:
    body = problem(post(filed, "city", b"x", path=f"/uploads?wait={wait}"), 400, "bad-request")
    assert [(one["in"], one["name"]) for one in body["errors"]] == [("query", "wait")]


def test_the_order_in_which_a_request_is_judged(filed: Portal) -> None:
    """403 before 413 before 415 before 400 before 422."""
    big = b"x" * (66 << 20)
    problem(post(filed, "auditor", big), 403, "forbidden")
    problem(post(filed, "clerk", big), 413, "too-large")
    problem(post(filed, "clerk", b"x" * ((64 << 20) + 1)), 413, "too-large")
    problem(filed.api("clerk").post("/uploads?wait=x", json={"file": "x"}), 415, "media-type")
    problem(filed.api("clerk").post("/uploads"), 415, "media-type")
    problem(post(filed, "clerk", b"", kind="other"), 400, "bad-request")
    problem(
        filed.api("clerk").post("/uploads", files=[("file", ("a.xlsx", b"x")), ("file", ("b.xlsx", b"x"))]),
        400,
        "bad-request",
    )
    problem(filed.api("clerk").post("/uploads", files={"other": ("a.xlsx", b"x")}), 400, "bad-request")
    problem(post(filed, "clerk", b""), 422, "refused")
    problem(post(filed, "clerk", b"x", "长" * 201), 422, "refused")


@pytest.mark.parametrize(
    "name", ['a"b\r\nX: 1.xlsx', "../../etc/passwd", "=1+1.xlsx", "\u202exslx.exe", "<b>x</b>.xlsx"]
)
def test_s13_names_of_files_are_text(filed: Portal, name: str) -> None:
    body = problem(post(filed, "clerk", f"no workbook {name}".encode(), name), 422, "refused")
    shown = filed.api("clerk").get(f"/uploads/{body['upload']}").json()["file"]
    assert "/" not in shown and shown.isprintable()
    got = filed.api("clerk").get(f"/uploads/{body['upload']}/file")
    assert got.status_code == 200 and "x" not in got.headers
    disposition = got.headers["content-disposition"]
    assert disposition.startswith("attachment; filename=") and "\r" not in disposition and "\n" not in disposition


def test_the_blank_workbook_of_a_role(filed: Portal) -> None:
    def sheets(login: str) -> set[str]:
        return set(openpyxl.load_workbook(io.BytesIO(filed.api(login).get("/template").content)).sheetnames) - {"说明"}

    assert sheets("clerk") == sheets("reviewer") == {"贷款", "还款", "展期", "年末余额"}
    assert sheets("industry") == {"企业", "资质"}
    problem(filed.api("auditor").get("/template"), 422, "refused")
    blank = filed.api("clerk").get("/template?kind=payments")
    assert openpyxl.load_workbook(io.BytesIO(blank.content)).sheetnames == ["说明", "兑付回单"]
    page = openpyxl.load_workbook(io.BytesIO(filed.api("finance").get("/template?kind=payments").content))["拨付"]
    (legs,) = (one.formula1 for one in page.data_validations.dataValidation if str(one.sqref).startswith("A"))
    assert legs == '"市财政到区市财政,追缴缴回"'  # its own alone
    problem(filed.api("industry").get("/template?kind=payments"), 422, "refused")
    problem(filed.api("clerk").get("/template?kind=checklist"), 400, "bad-request")
    problem(filed.api("admin").get("/template"), 403, "forbidden")


def test_a_row_is_withdrawn(filed: Portal, tmp_path: Path) -> None:
    sheets = {"资质": [{"统一社会信用代码": USCC, "资质类别": "高新技术企业", "有效期起": date(2020, 1, 1)}]}
    sent = post(filed, "tech", book(tmp_path, sheets)).json()["upload"]
    assert filed.api("tech").post(f"/uploads/{sent}/confirm").status_code == 200
    body = {"sheet": "资质", "key": [USCC, "高新技术企业", "2020-01-01"], "reason": "录入有误"}
    problem(filed.api("clerk").post("/void", json=body), 403, "forbidden")
    problem(filed.api("tech").post("/void", json={**body, "sheet": "贷款", "key": [BANK, "W1"]}), 422, "refused")
    problem(filed.api("tech").post("/void", json={**body, "key": ["x"]}), 400, "bad-request")
    problem(filed.api("city").post("/void", json={**body, "sheet": "没有"}), 400, "bad-request")
    assert filed.api("tech").post("/void", json=body).json() == {**body, "voided": True}
    refused = problem(filed.api("tech").post("/void", json=body), 422, "refused")
    assert "tiexi " not in refused["detail"]


def test_changes_are_logged_with_their_outcome(filed: Portal, tmp_path: Path) -> None:
    first = post(filed, "clerk", book(tmp_path, {"贷款": [lent("WA")]})).json()["upload"]
    second = post(filed, "clerk", book(tmp_path, {"贷款": [lent("WA", **{"年利率(%)": 5})]})).json()["upload"]
    filed.api("reviewer").post(f"/uploads/{first}/confirm")
    problem(filed.api("reviewer").post(f"/uploads/{second}/confirm"), 422, "refused")
    with db.reading(filed.engine) as connection:
        entries = log.found(connection, equal={"action": "uploads.confirm", "login": "reviewer"}, limit=2)
    assert [(one["object"].rsplit("/", 2)[1], one["result"]) for one in entries] == [
        (str(second), "refused"),
        (str(first), "ok"),
    ]


def test_who_sent_it_does_not_confirm_it_in_another_role(own_portal: Portal, tmp_path: Path) -> None:
    post_city = post(own_portal, "city", book(tmp_path, {"企业": [ENTERPRISE]})).json()["upload"]
    own_portal.api("city").post(f"/uploads/{post_city}/confirm")
    sent = post(own_portal, "clerk", book(tmp_path, {"贷款": [lent("X1")]})).json()["upload"]
    managing.grant(own_portal.engine, "clerk", "reviewer", f"bank:{BANK}")
    body = problem(own_portal.api("clerk").post(f"/uploads/{sent}/confirm"), 422, "refused")
    assert body["detail"].count("号") >= 2 and "不是同一人" in body["detail"]


def test_what_a_stopped_portal_left_is_judged_when_it_starts_again(tmp_path: Path) -> None:
    with portals.portal_on(tmp_path) as found:
        found.app.house.worker.stop()
        sent = post(found, "city", book(tmp_path, {"企业": [ENTERPRISE]}), path="/uploads?wait=0")
        assert sent.status_code == 202
        assert found.client().get("/health/ready").json()["worker"] != "ok"
        worker = Worker(found.engine, Here(found.engine, found.app.house.store))
        worker.start()
        worker.wait_for(sent.json()["upload"], 20)
        worker.stop()
        assert found.api("city").get(f"/uploads/{sent.json()['upload']}").json()["state"] == "checked"


def test_where_the_rows_of_a_file_ended(filed: Portal, tmp_path: Path) -> None:
    one = post(filed, "clerk", book(tmp_path, {"贷款": [lent("T1")]})).json()["upload"]
    refused = problem(filed.api("clerk").get(f"/uploads/{one}/trace"), 422, "refused")
    assert "没有入库" in refused["detail"]
    filed.api("reviewer").post(f"/uploads/{one}/confirm")
    problem(filed.api("clerk2").get(f"/uploads/{one}/trace"), 404, "not-found")
    before = problem(filed.api("clerk").get(f"/uploads/{one}/trace"), 422, "refused")
    assert "还没有试算" in before["detail"] and "tiexi " not in before["detail"]
    filed.api("city").post("/runs", json={"programme": "tech_branch", "year": 2023}).raise_for_status()
    found = filed.api("clerk").get(f"/uploads/{one}/trace?year=2023").json()
    assert (found["file"], len(found["runs"])) == ("报送.xlsx", 1)
    assert filed.api("tech").get("/uploads").status_code == 200
