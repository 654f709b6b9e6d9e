"""Money, books, what is held against them, jobs and what is due, over HTTP."""

import csv
import hashlib
import io
import json
import zipfile
from collections.abc import Iterator
from datetime import date
from typing import Any

import openpyxl
import pytest

import lives
from lives import COUNTIES, ONE, THREE, TWO
from portal import PEOPLE, Portal, portal_on
from sending import PaperDesk
from tiexi.portal.api import checking

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    folder = tmp_path_factory.mktemp("portal")
    with portal_on(folder, engine=lives.at_stage(folder, "second year")) as found:
        yield found


def good(answer: Any, status: int = 200) -> Any:
    assert answer.status_code == status, answer.text
    return answer.json()


def text(content: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        return "".join(package.read(name).decode("utf-8", "replace") for name in package.namelist())


def test_where_the_money_is(portal: Portal) -> None:
    whole = good(portal.api("city").get("/years/2023/balance"))
    assert whole["stages"]["enterprise_paid_fen"] > 0 and whole["claimed_fen"] == 0
    assert good(portal.api("finance").get("/years/2023/balance?programme=tech_branch")) == whole
    parts = [good(portal.api(login).get("/years/2023/balance")) for login in ("clerk", "clerk2")]
    assert sum(part["owed_fen"] for part in parts) == whole["owed_fen"]  # nothing was granted on the third bank's loan
    assert TWO not in json.dumps(parts[0], ensure_ascii=False) and ONE not in json.dumps(parts[1], ensure_ascii=False)
    county = good(portal.api("county").get("/years/2024/balance"))
    assert {one["county"] for one in county["claims"]} <= {COUNTIES[0]}
    for login, query, status in (
        ("tech", "?programme=tech_branch", 404), ("insurer", "?programme=tech_branch", 404), ("city", "?programme=x", 400),
        ("city", "?as_of=x", 400), ("city", "?year=2023", 400), ("city", "?as_of=2099-01-01", 422),
    ):  # fmt: skip
        assert portal.api(login).get(f"/years/2023/balance{query}").status_code == status, (login, query)
    answer = portal.api("city").get("/years/123456/balance")
    assert answer.status_code == 400 and answer.json()["errors"][0]["in"] == "path"
    answer = portal.api("city").get("/years/2022/balance")
    assert answer.status_code == 422 and "tiexi " not in answer.text


def test_what_is_to_be_paid(portal: Portal) -> None:
    found = portal.api("finance").get("/years/2024/to-pay")
    assert found.headers["content-type"] == XLSX
    whole = list(openpyxl.load_workbook(io.BytesIO(found.content))["拨付"].values)
    own = list(
        openpyxl.load_workbook(io.BytesIO(portal.api("county").get("/years/2024/to-pay").content))["拨付"].values
    )
    place = whole[0].index("区市")
    assert own[1:] == [row for row in whole[1:] if row[place] == COUNTIES[0]] and 1 < len(own) < len(whole)
    assert portal.api("clerk").get("/years/2024/to-pay").status_code == 403


def test_the_books(portal: Portal) -> None:
    found = portal.api("auditor").get("/years/2023/journal")
    assert (
        found.status_code == 200
        and "2023.beancount" in found.headers["content-disposition"]
        and "银行待兑付" in found.text
    )
    for login in ("city", "clerk", "county", "tech"):
        assert portal.api(login).get("/years/2023/journal").status_code == 403
    assert portal.api("auditor").get("/years/2019/journal").status_code == 422


def test_the_audit_pack(portal: Portal) -> None:
    answer = portal.api("auditor").get("/years/2023/audit-pack")
    assert answer.status_code == 200 and answer.headers["content-type"] == "application/zip"
    assert portal.api("approver").get("/years/2023/audit-pack").content == answer.content
    with zipfile.ZipFile(io.BytesIO(answer.content)) as pack:
        names = pack.namelist()
        rows = list(csv.DictReader(io.StringIO(pack.read("清单.csv").decode("utf-8-sig"))))
        assert [row["file"] for row in rows] == names[1:]
        for row in rows:
            data = pack.read(row["file"])
            assert (row["sha256"], row["bytes"]) == (hashlib.sha256(data).hexdigest(), str(len(data)))
            assert row["sm3"] == hashlib.new("sm3", data).hexdigest()
        folder = "科技支行贷款-第1号运行"
        wanted = {
            f"{folder}/{name}"
            for name in ("附件2（全市）.xlsx", "附件1（荣成市）.xlsx", "贷款.csv", "追缴.csv", "经过.json")
        }
        assert f"{folder}/附件1（市外）.xlsx" not in names  # there is no such form: loans from outside are in 贷款.csv
        assert wanted | {"分录-2023.beancount", "封存.csv", "资料.csv"} <= set(names)
        assert "tiexi " not in pack.read(f"{folder}/经过.json").decode()
    assert portal.api("auditor").get("/years/2019/audit-pack").status_code == 422
    for login in ("city", "clerk", "county", "finance"):
        assert portal.api(login).get("/years/2023/audit-pack").status_code == 403


def test_the_list_of_papers_and_their_files(portal: Portal) -> None:
    """In the pack of the year and of those after it; the files are hashed where an audit is asked for them."""
    desk = PaperDesk(portal.engine, portal.folder)
    for note, day in (("A1", date(2023, 7, 3)), ("A3", date(2024, 5, 9))):
        (paper,) = desk.send(note, "发放", day, bank=ONE).papers

    def listed(year: int) -> list[dict[str, str]]:
        pack = zipfile.ZipFile(io.BytesIO(portal.api("auditor").get(f"/years/{year}/audit-pack").content))
        return list(csv.DictReader(io.StringIO(pack.read("资料.csv").decode("utf-8-sig"))))

    assert [row["note_no"] for row in listed(2023)] == ["A1"]
    last = listed(2024)[-1]
    assert (last["note_no"], last["sha256"], last["kinds"], last["state"]) == (
        "A3",
        paper.sha256,
        "贷款合同、放款通知书",
        "kept",
    )
    client = portal.api("auditor")
    found = good(client.post("/audit", json={"papers": True}))
    assert found["problems"] == [] and found["papers"]["papers"] == 2
    path = desk.store.path(paper.sha256)
    before = path.read_bytes()
    path.chmod(0o600)
    path.write_bytes(b"x")
    found = good(client.post("/audit", json={"papers": True}))
    assert [one["kind"] for one in found["problems"]] == ["paper"] and paper.sha256 in found["problems"][0]["text"]
    assert good(client.post("/audit", json={}))["problems"] == []
    path.write_bytes(before)
    page = portal.page("approver")
    text = page.post("/audit", {"papers": "1"}).text
    assert "均相符" in text and "2 份资料" in text


def test_returns(portal: Portal) -> None:
    assert portal.api("tech").get("/years/2023/returns?quarter=1").status_code == 200
    for login, query, status in (
        ("city", "", 400), ("city", "?quarter=5", 400), ("city", "?quarter=3&institution=没有", 404), ("clerk", "?quarter=3", 404),
        ("county", "?quarter=3", 404), ("admin", "?quarter=3", 403),
    ):  # fmt: skip
        assert portal.api(login).get(f"/years/2023/returns{query}").status_code == status, (login, query)


def test_papers_due(portal: Portal) -> None:
    found = good(portal.api("city").get("/due?within=60"))
    assert found["page"] == 1 and isinstance(found["items"], list)
    for item in good(portal.api("clerk").get("/due?within=60"))["items"]:
        assert item["bank"] == ONE
    for query in ("within=x", "within=61", "within=-1", "nothing=1", "sort=required"):
        assert portal.api("city").get(f"/due?{query}").status_code == 400
    wrong = portal.api("city").get("/due?format=pdf").json()["errors"]
    assert wrong == [{"in": "query", "name": "format", "problem": "应为以下之一：json、csv、xlsx"}]
    assert portal.api("insurer").get("/due").status_code == portal.api("finance").get("/due").status_code == 403


def test_reconcile_and_verify(portal: Portal) -> None:
    city, county = portal.api("city"), portal.api("county")
    annex = city.get("/runs/1/files/annex2").content
    sent = {"file": ("附件2.xlsx", annex, XLSX)}
    found = good(city.post("/reconcile", files=sent))
    assert (found["file"], found["same"], found["run"]) == ("附件2.xlsx", True, 1)
    assert good(city.post("/verify", files=sent))["consistent"] is True
    assert (
        city.post("/reconcile?marked=1", files=sent).content
        == annex
        == city.post("/verify?marked=1", files=sent).content
    )

    book = openpyxl.load_workbook(io.BytesIO(annex))
    page = book["数据"]
    column = next(cell.column for cell in page[1] if cell.value == "贴息金额")
    page.cell(2, column).value += 1
    out = io.BytesIO()
    book.save(out)
    changed = {"file": ("../../附件2.xlsx", out.getvalue(), XLSX)}
    found = good(city.post("/reconcile", files=changed))
    assert (found["file"], found["same"]) == ("附件2.xlsx", False) and found["count"] > 0
    assert good(city.post("/verify", files=changed))["consistent"] is False
    marked = city.post("/reconcile?marked=1", files=changed)
    assert marked.headers["content-type"] == XLSX and "comments" in text(marked.content)
    assert city.post("/verify?marked=1", files=changed).content.startswith(b"PK")

    assert good(county.post("/verify", files=sent))["consistent"] is True
    answer = county.post("/reconcile", files=sent)
    assert answer.status_code == 422 and "不是您可以核对的表" in answer.json()["detail"]
    own = {"file": ("附件1.xlsx", county.get("/runs/1/files/annex1").content, XLSX)}
    assert good(county.post("/reconcile", files=own))["same"] is True
    other = {"file": ("附件1.xlsx", city.get(f"/runs/1/files/annex1?county={COUNTIES[1]}").content, XLSX)}
    assert county.post("/reconcile", files=other).status_code == 422
    assert portal.api("tech").post("/reconcile", files=sent).status_code == 422
    for what in ("/reconcile", "/verify"):
        assert portal.api("clerk").post(what, files=sent).status_code == 403
        assert city.post(what, files={"file": ("x.xlsx", b"no workbook", XLSX)}).status_code == 422
        assert city.post(what, json={}).status_code == 415
        assert city.post(what, files=sent, data={"strange": "1"}).status_code == 400
        assert city.post(what, data={"strange": "1"}, files={"other": ("x", b"x")}).status_code == 400


def test_audit_one_at_a_time(portal: Portal) -> None:
    client = portal.api("auditor")
    found = good(client.post("/audit", json={}))
    assert found["problems"] == [] and found["seals"] > 3
    assert good(client.post("/audit", json={"head": found["head"][:20].upper()}))["head_seal"] == found["seals"]
    assert good(client.post("/audit", json={"head": "0" * 20}))["problems"] != []
    assert client.post("/audit", json={"head": "xyz"}).status_code == 400
    with checking._auditing:
        answer = client.post("/audit", json={})
    assert answer.status_code == 429 and answer.headers["retry-after"]
    assert portal.api("city").post("/audit", json={}).status_code == 403


def test_simulate(portal: Portal) -> None:
    client = portal.api("finance")
    found = good(client.post("/simulate", json={"year": 2023, "set": {"interest.rate": "0.8%"}, "as_of": "2024-01-31"}))
    assert json.dumps(found)
    for body in (
        {"year": 2023, "set": {"nothing": "1"}}, {"year": 2023, "set": {"interest.rate": "x"}}, {"year": "x"}, {"set": {}},
        {"year": 2023, "set": {"interest.rate": 1}}, {"year": 2023, "more": 1},
    ):  # fmt: skip
        assert client.post("/simulate", json=body).status_code == 400, body
    assert portal.api("tech").post("/simulate", json={"year": 2023}).status_code == 403


def test_an_entry_is_reversed(portal: Portal) -> None:
    finance = portal.api("finance")
    for entry in ("99999", "x", "0"):
        assert finance.post(f"/entries/{entry}/reverse", json={"reason": "样例"}).status_code == 404
    answer = finance.post("/entries/1/reverse", json={"reason": "样例"})
    assert answer.status_code == 422 and "不能冲销" in answer.json()["detail"]
    assert finance.post("/entries/1/reverse", json={}).status_code == 400
    assert portal.api("tech_approver").post("/entries/1/reverse", json={"reason": "样例"}).status_code == 403


def test_jobs(portal: Portal) -> None:
    city = portal.api("city")
    found = good(city.get("/jobs"))["jobs"]
    assert {"name", "title", "when", "article", "next", "next_nominal", "last"} == found[0].keys()
    assert city.post("/jobs/nothing/run", json={}).status_code == 404
    answer = city.post("/jobs/papers-due/run", json={"date": "2099-01-01"})
    assert answer.status_code == 422 and "今天" in answer.json()["detail"]
    assert city.post("/jobs/papers-due/run", json={"strange": 1}).status_code == 400
    assert good(city.post("/jobs/papers-due/run", json={}))["outcome"] == "done"
    assert [job["last"]["result"] for job in good(city.get("/jobs"))["jobs"] if job["last"]] == ["done"]
    for login in PEOPLE:
        assert login == "city" or portal.api(login).get("/jobs").status_code == 403
    assert THREE not in json.dumps(found, ensure_ascii=False)
