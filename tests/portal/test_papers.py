"""Papers over HTTP: sent, looked at page by page, filed otherwise, withdrawn; in which order a request is judged; who sees what."""

from collections.abc import Iterator
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

import papers as made
from clamd import VIRUS, Clamd
from ledger.accounts import log
from ledger.database import db
from ledger.errors import EnvironmentFailed
from ledger.papers.scans import scan_waiting
from papers import pdf, words
from portal import BANK, OTHER_BANK, Portal, portal_on, problem, settings_for
from samples import ENTERPRISE, loan
from tiexi.portal import serving

DAY = "2023-07-03"
CONTRACT, NOTICE = "贷款合同", "放款通知书"
EVENT = {"note": "P1", "event": "发放", "event_on": DAY}
KEYS = {
    "paper", "bank", "note_no", "event", "event_on", "kinds", "file", "sha256", "sm3", "bytes", "media", "pages", "received_at",
    "by", "login", "state",
}  # fmt: skip


@pytest.fixture(scope="module")
def lent(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    """With a loan of each bank on file, to an enterprise of the county."""
    loans = [
        loan(note, **{"银行名称": bank, "发放日": date(2023, 7, 3), "资料上传日": None})
        for note, bank in (("P1", BANK), ("P2", OTHER_BANK))
    ]
    with portal_on(
        tmp_path_factory.mktemp("papers"), {"企业": [ENTERPRISE], "贷款": loans}, portal_paper_mb=1
    ) as found:
        yield found


def paper(text: str = "one") -> bytes:
    """A PDF of two pages."""
    return pdf(words(text.encode()), words(b"two"))


def send(portal: Portal, login: str, *data: bytes, name: str = "合同.pdf", **fields: str) -> Any:
    """Papers of the bank's loan, unless the fields say otherwise; one that is '' is not sent."""
    given = {**EVENT, "kinds": f"{CONTRACT}、{NOTICE}", **fields}
    files = [("file", (name, one)) for one in data]
    return portal.api(login).post("/papers", files=files, data={key: value for key, value in given.items() if value})


def test_a_paper_goes_its_way(lent: Portal) -> None:
    data = paper("way")
    sent = send(lent, "clerk", data, kinds=CONTRACT, name="../一月\\合同 一.pdf")
    assert sent.status_code == 201, sent.text
    (one,) = sent.json()["papers"]
    assert set(one) == KEYS
    assert (one["bank"], one["note_no"], one["event"], one["event_on"]) == (BANK, "P1", "发放", DAY)
    assert (one["kinds"], one["file"], one["media"], one["pages"], one["bytes"]) == (
        [CONTRACT], "合同 一.pdf", "application/pdf", 2, len(data)
    )  # fmt: skip
    assert (one["state"], one["login"]) == ("kept", "clerk") and len(one["sha256"]) == len(one["sm3"]) == 64
    event = sent.json()["event"]
    assert set(event) == {
        "bank", "note_no", "event", "event_on", "due_on", "required", "missing", "complete_on", "in_time", "on_file"
    }  # fmt: skip
    assert (event["missing"], event["on_file"]) == ([NOTICE], True)
    assert sent.headers["location"] == f"/api/v1/papers/{one['paper']}"

    again = send(lent, "clerk", data, kinds=CONTRACT, name="另名.pdf")
    assert again.status_code == 200 and again.json()["papers"] == [one]

    at = f"/papers/{one['paper']}"
    for login in ("clerk", "reviewer", "county", "city", "approver", "auditor"):
        assert lent.api(login).get(at).json() == one
    kept = lent.api("city").get(f"{at}/content")
    assert kept.content == data and kept.headers["content-type"] == "application/pdf"
    assert kept.headers["content-disposition"] == (
        "attachment; filename=\"__ _.pdf\"; filename*=UTF-8''%E5%90%88%E5%90%8C%20%E4%B8%80.pdf"
    )
    assert kept.headers["x-content-type-options"] == "nosniff"
    drawn = lent.api("county").get(f"{at}/pages/2")
    assert drawn.headers["content-type"] == "image/png" and "content-disposition" not in drawn.headers
    assert max(Image.open(BytesIO(drawn.content)).size) == 1600

    filed = lent.api("clerk").post(f"{at}/relabel", json={"event": "发放", "event_on": DAY, "kinds": [NOTICE]})
    assert filed.status_code == 200 and filed.json() == one | {"kinds": [NOTICE]}
    gone = lent.api("clerk").post(f"{at}/withdraw", json={"reason": "传错了"})
    assert gone.status_code == 200 and gone.json() == one | {"kinds": [NOTICE], "state": "withdrawn"}
    problem(lent.api("clerk").post(f"{at}/withdraw", json={"reason": "传错了"}), 422, "refused")


def test_a_portal_does_not_start_on_a_store_that_is_not_its_own(lent: Portal, tmp_path: Path) -> None:
    """Where files are on record and none is there: a wrong folder, or a restored database without its store."""
    send(lent, "clerk", paper("kept"))
    for folder in (tmp_path, tmp_path / "没有"):
        settings = settings_for(lent.engine, lent.folder, portal_store=folder, portal_address="127.0.0.1:0")
        with pytest.raises(
            EnvironmentFailed, match=r"登记了 \d+ 份报送文件和资料，文件库 .* 里一份也没有：设置 portal.store"
        ):
            serving.serve(lent.engine, settings, lambda said: pytest.fail(said))
        assert list(tmp_path.iterdir()) == []


def test_all_or_none(lent: Portal) -> None:
    before = lent.api("clerk").get("/papers").json()["total"]
    body = problem(send(lent, "clerk", paper("good"), b"no paper", name="a.pdf"), 422, "refused")
    assert body["detail"].startswith("a.pdf 不是 PDF、JPEG、PNG、TIFF 文件") and body["findings"] == []
    assert lent.api("clerk").get("/papers").json()["total"] == before
    both = send(lent, "clerk", paper("good"), made.image("PNG"), name="扫描")
    assert both.status_code == 201 and [one["media"] for one in both.json()["papers"]] == [
        "application/pdf",
        "image/png",
    ]
    more = send(lent, "clerk", paper("good"), paper("better"))
    assert more.status_code == 201 and more.json()["papers"][0] == both.json()["papers"][0]


def test_a_report_of_a_year_is_of_no_event(lent: Portal) -> None:
    fields = {"note": "", "event": "", "event_on": "", "year": "2023", "kinds": "申请报告"}
    sent = send(lent, "clerk", paper("report"), **fields)
    assert sent.status_code == 201, sent.text
    assert sent.json()["event"] is None and sent.json()["papers"][0]["year"] == 2023
    found = lent.api("city").get("/papers?year=2023").json()
    assert [one["paper"] for one in found["items"]] == [sent.json()["papers"][0]["paper"]]


@pytest.mark.parametrize("year", ["2022", "2027", "2098"])
def test_a_report_of_a_year_that_the_document_does_not_know(lent: Portal, year: str) -> None:
    fields = {"note": "", "event": "", "event_on": "", "year": year, "kinds": "申请报告"}
    body = problem(send(lent, "clerk", paper("report"), **fields), 422, "refused")
    assert year in body["detail"] and lent.api("city").get(f"/papers?year={year}").json()["total"] == 0


WRONG = {
    "no-note": {"note": ""}, "no-event": {"event": ""}, "no-day": {"event_on": ""}, "strange-event": {"event": "放款"},
    "strange-day": {"event_on": "2023-02-30"}, "no-kinds": {"kinds": ""}, "year-beside": {"year": "2023"},
    "strange-key": {"nothing": "1"},
}  # fmt: skip


@pytest.mark.parametrize("wrong", WRONG)
def test_wrong_usage(lent: Portal, wrong: str) -> None:
    (name,) = WRONG[wrong]
    body = problem(send(lent, "clerk", b"never looked at", **WRONG[wrong]), 400, "bad-request")
    assert name in {one["name"] for one in body["errors"]} or wrong == "year-beside"


@pytest.mark.parametrize("count", [0, 21])
def test_one_to_twenty_files(lent: Portal, count: int) -> None:
    files: Any = [("file", ("a.pdf", b"x"))] * count or {"note": (None, "P1")}
    answer = lent.api("clerk").post("/papers", files=files, data={**EVENT, "kinds": CONTRACT} if count else {})
    assert "file" in {one["name"] for one in problem(answer, 400, "bad-request")["errors"]}


REFUSED = {
    "strange-kind": ({"kinds": "身份证"}, "没有「身份证」这种资料"),
    "to-come": ({"event_on": "2099-01-01"}, "业务日 2099-01-01 在今天"),
    "before-the-loan": ({"event_on": "2023-07-02"}, "早于借据 P1 的发放日"),
    "report-of-an-event": ({"kinds": "申请报告"}, "申请报告只写年度"),
}


@pytest.mark.parametrize("why", REFUSED)
def test_refused_before_a_file_is_opened(lent: Portal, why: str) -> None:
    fields, sentence = REFUSED[why]
    assert sentence in problem(send(lent, "clerk", b"never looked at", **fields), 422, "refused")["detail"]


@pytest.mark.parametrize(
    ("data", "name", "sentence"),
    [
        (b"", "合同.pdf", "合同.pdf 是空文件"),
        (paper(), "合同.jpg", "与扩展名 .jpg 不符"),
        (made.pdf_encrypted(), "合同.pdf", "已加密"),
        (made.png_of(60_000, 60_000), "图.png", "超过 100 兆像素"),
        (paper(), "长" * 197 + ".pdf", "文件名超过 200 个字符"),
        (paper(), "一月/..", "文件没有名称"),
    ],
    ids=["empty", "extension", "encrypted", "pixels", "long-name", "no-name"],
)
def test_s14_files_that_are_none(lent: Portal, data: bytes, name: str, sentence: str) -> None:
    body = problem(send(lent, "clerk", data, name=name), 422, "refused")
    assert sentence in body["detail"] and body["findings"] == []


def test_control_characters_are_dropped_from_a_name(lent: Portal) -> None:
    part = 'Content-Disposition: form-data; name="{}"'
    fields = [part.format(name) + f"\r\n\r\n{value}" for name, value in {**EVENT, "kinds": CONTRACT}.items()]
    file = part.format("file") + '; filename="a\x01\u202eb.pdf"\r\n\r\n' + paper("control").decode()
    body = "".join(f"--x\r\n{one}\r\n" for one in [*fields, file]) + "--x--\r\n"
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    answer = lent.api("clerk").post("/papers", content=body.encode(), headers=headers)
    assert answer.status_code == 201 and answer.json()["papers"][0]["file"] == "ab.pdf"


def test_s14_a_paper_that_is_too_large_is_refused_before_it_is_whole(lent: Portal) -> None:
    large = b"%PDF-1.7" + b"\0" * (1 << 20)
    problem(send(lent, "clerk", large), 413, "too-large")
    problem(send(lent, "clerk", paper(), large), 413, "too-large")
    nothing = lent.client(
        "/api/v1",
        headers={"Authorization": f"Bearer {lent.tokens['clerk']}", "Content-Type": "multipart/form-data; boundary=x"},
    )
    problem(nothing.post("/papers", content=b"", headers={"Content-Length": str(1 << 30)}), 413, "too-large")


def test_the_order_of_judging(lent: Portal) -> None:
    large = b"\0" * (2 << 20)
    for login in ("reviewer", "city", "insurer"):
        problem(send(lent, login, large), 403, "forbidden")
    problem(lent.api(None).post("/papers"), 401, "unauthenticated")
    problem(lent.api("clerk").post("/papers", json={}), 415, "media-type")
    problem(lent.api("clerk").get("/papers?strange=1"), 400, "bad-request")
    problem(lent.api("clerk").post("/papers/9999/relabel", json={"event": "发放"}), 400, "bad-request")
    problem(lent.api("clerk").post("/papers/9999/withdraw", json={"reason": "x"}), 404, "not-found")
    problem(send(lent, "clerk", b"x", bank=OTHER_BANK, kinds=CONTRACT), 404, "not-found")


def test_what_is_anothers_is_not_there(lent: Portal) -> None:
    other = send(lent, "clerk2", paper("other"), note="P2").json()["papers"][0]["paper"]
    mine = lent.api("clerk")
    for path in ("", "/content", "/pages/1"):
        answers = [mine.get(f"/papers/{one}{path}") for one in (other, 999_999, "x", "0")]
        bodies = {answer.text.replace(answer.json()["instance"], "") for answer in answers}
        assert {answer.status_code for answer in answers} == {404} and len(bodies) == 1
    assert mine.post(f"/papers/{other}/withdraw", json={"reason": "x"}).status_code == 404
    for page in ("0", "3", "x", "-1"):
        problem(lent.api("clerk2").get(f"/papers/{other}/pages/{page}"), 404, "not-found")
    seen = {one["bank"] for one in mine.get("/papers?size=500").json()["items"]}
    assert seen == {BANK}
    problem(lent.api("finance").get(f"/papers/{other}"), 403, "forbidden")


def test_lists(lent: Portal) -> None:
    for text in ("list one", "list two"):
        assert send(lent, "clerk", paper(text), name=f"{text}.pdf", kinds=NOTICE).status_code == 201
    city = lent.api("city")
    named = city.get(
        "/papers", params={"bank": BANK, "note": "P1", "event": "发放", "event_on": DAY, "state": "kept", "q": "LIST"}
    )
    assert [one["file"] for one in named.json()["items"]] == ["list two.pdf", "list one.pdf"]
    turned = city.get("/papers?sort=file&q=list&note_no=P1&size=1&page=2").json()
    assert [one["file"] for one in turned["items"]] == ["list two.pdf"] and turned["total"] == 2
    assert city.get("/papers?note=P9").json()["total"] == 0
    lines = city.get("/papers?q=list&format=csv").content.decode("utf-8-sig").splitlines()
    assert len(lines) == 3 and lines[0].split(",")[:3] == ["paper", "bank", "note_no"]


def test_s20_each_look_and_download_is_in_the_log(lent: Portal) -> None:
    number = send(lent, "clerk", paper("log"), kinds=NOTICE).json()["papers"][0]["paper"]
    for path in ("", "/content", "/pages/1", "/pages/1", "/pages/7"):
        lent.api("auditor").get(f"/papers/{number}{path}")
    lent.app.house.later.flush()
    with db.reading(lent.engine) as connection:
        found = [
            (one["action"], one["result"])
            for one in log.found(connection, equal={"login": "auditor"})
            if one["object"].startswith(f"/api/v1/papers/{number}/")
        ]
    assert sorted(found) == [
        ("papers.content", "ok"), ("papers.page", "denied"), ("papers.page", "ok"), ("papers.page", "ok")
    ]  # fmt: skip


def test_a_file_that_was_changed_is_not_given_out(lent: Portal) -> None:
    one = send(lent, "clerk", paper("to be changed"), kinds=NOTICE).json()["papers"][0]
    path = lent.app.house.store.path(one["sha256"])
    path.chmod(0o640)
    path.write_bytes(b"other")
    problem(lent.api("city").get(f"/papers/{one['paper']}/content"), 503, "unavailable")
    problem(lent.api("city").get(f"/papers/{one['paper']}/pages/1"), 503, "unavailable")


# --- pages --------------------------------------------------------------------------------------------------------------


def files(*named: tuple[str, bytes]) -> list[Any]:
    return [("file", one) for one in named]


def test_names_fill_the_form_without_script(lent: Portal) -> None:
    clerk = lent.page("clerk")
    sent = clerk.post(
        "/papers",
        files=files((f"P1_{DAY}_贷款合同.pdf", paper("named")), (f"P1_{DAY}_放款通知书.png", made.image("PNG"))),
    )
    assert sent.status_code == 303 and sent.headers["location"] == "/papers?list=sent"
    page = clerk.get("/papers?list=sent&q=P1_").text
    assert f"借据 P1 发放（{DAY}）：收到 2 份，资料已齐" in page
    assert page.index(f"{DAY}_放款通知书.png") < page.index(f"{DAY}_贷款合同.pdf")
    again = clerk.post(
        "/papers",
        {"note": "P1", "event_on": DAY, "kinds": "其他", "event": "发放"},
        files=files(("P1_x.pdf", paper("named"))),
    )
    assert again.status_code == 303


def test_a_form_comes_back_with_what_was_typed(lent: Portal) -> None:
    clerk = lent.page("clerk")
    none = clerk.post("/papers", {"note": "P1"}, files=files(("", b"")))
    assert none.status_code == 400 and "请选择文件" in none.text and 'value="P1"' in none.text
    unnamed = clerk.post("/papers", {"note": "P1", "kinds": CONTRACT}, files=files(("扫描.pdf", paper("x"))))
    assert unnamed.status_code == 400 and "业务日：须写明" in unnamed.text
    early = clerk.post(
        "/papers", files=files((f"P1_{DAY}_贷款合同.pdf", paper("x")), ("P1_2023-07-01_放款通知书.pdf", paper("y")))
    )
    assert early.status_code == 422 and "早于借据 P1 的发放日" in early.text
    assert "2023-07-01" not in clerk.get("/papers?list=sent").text
    large = clerk.post("/papers", {"note": "P1"}, files=files(("a.pdf", b"%PDF-" + b"0" * (2 << 20))))
    assert large.status_code == 413


def test_a_papers_page(lent: Portal) -> None:
    number = send(lent, "clerk", paper("page"), kinds=NOTICE, name="=通知<b>.pdf").json()["papers"][0]["paper"]
    at, clerk, city = f"/papers/{number}", lent.page("clerk"), lent.page("city")
    page = clerk.get(at).text
    assert "=通知&lt;b&gt;.pdf" in page and page.count('<img class="sheet"') == 2 and f'src="{at}/pages/2"' in page
    assert clerk.get(f"{at}/pages/1").headers["content-type"] == "image/png"
    assert clerk.get(f"{at}/content").headers["content-disposition"].startswith("attachment")
    assert clerk.get(f"{at}/pages/3").status_code == lent.page("clerk2").get(at).status_code == 404
    assert "改标" not in city.get(at).text and city.post(f"{at}/withdraw", {"reason": "x"}).status_code == 403
    clerk = lent.page("clerk")
    assert (
        clerk.post(f"{at}/relabel", {"event": "发放", "event_on": DAY, "kinds": f"{CONTRACT}、{NOTICE}"}).status_code
        == 303
    )
    assert f"{CONTRACT}、{NOTICE}" in clerk.get(at).text
    back = clerk.post(f"{at}/relabel", {"event": "发放", "event_on": "2099-01-01", "kinds": NOTICE})
    assert back.status_code == 422 and 'value="2099-01-01"' in back.text
    assert clerk.post(f"{at}/withdraw", {"reason": ""}).status_code == 400
    assert clerk.post(f"{at}/withdraw", {"reason": "样例：传错了"}).status_code == 303
    gone = clerk.get(at).text
    assert "样例：传错了" in gone and "改标" not in gone and '<img class="sheet"' in gone


def test_what_is_missing_stands_with_its_link(lent: Portal) -> None:
    page = lent.page("clerk2").get("/papers").text
    assert "P2" in page and "还缺" in page and "/papers?note=P2" in page
    assert "P1" not in page.replace("P1_", "")
    assert "上传资料" not in lent.page("county").get("/papers").text


# --- the virus scanner --------------------------------------------------------------------------------------------------


def test_nothing_counts_before_the_scanner_has_seen_it(tmp_path: Path) -> None:
    clamd = Clamd(tmp_path / "clamd.sock")
    clamd.silent = True
    with portal_on(tmp_path, portal_scanner=str(clamd.path)) as portal:
        house = portal.app.house
        good, bad = (
            send(portal, "clerk", data, kinds=kind).json()
            for data, kind in ((paper("good"), CONTRACT), (pdf(words(VIRUS)), NOTICE))
        )
        assert (good["papers"][0]["state"], good["event"]["missing"]) == ("scanning", [CONTRACT, NOTICE])
        at = f"/papers/{good['papers'][0]['paper']}"
        for path in ("/content", "/pages/1"):
            assert "正在查毒" in problem(portal.api("clerk").get(at + path), 422, "refused")["detail"]
        house.scans.stop()
        clamd.silent = False
        scan_waiting(portal.engine, house.store, str(clamd.path))
        clean = portal.api("clerk").get(at).json()
        assert clean == good["papers"][0] | {"state": "kept"}
        assert portal.api("clerk").get(f"{at}/pages/1").status_code == 200
        infected = f"/papers/{bad['papers'][0]['paper']}"
        assert portal.api("clerk").get(infected).json()["state"] == "withdrawn"
        assert "查出病毒" in problem(portal.api("clerk").get(f"{infected}/content"), 422, "refused")["detail"]
        again = send(portal, "clerk", pdf(words(VIRUS)), kinds=NOTICE).json()
        assert again["papers"][0]["state"] == "scanning" and again["papers"][0]["paper"] != bad["papers"][0]["paper"]
    clamd.close()
