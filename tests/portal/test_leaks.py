"""What a bank may ask for, over the API and as pages, holds nothing of another bank: no name, note number or amount.

Every GET of the table of rights that is a bank's stands here; a new one without its addresses fails.
"""

import io
import re
from collections.abc import Iterator
from typing import Any

import docx
import openpyxl
import pytest

import lives
from ledger.accounts import rights
from ledger.accounts.roles import BANK as A_BANK
from ledger.figures import wan_text
from lives import CODES, ONE, THREE, TWO
from papers import pdf, words
from portal import Portal, portal_on
from tiexi.portal.page_routes import PAGES

CLERKS = ("clerk", "reviewer")
# what of its enterprise's limit was used, which a bank is told as a sum; here it is of a single loan
ALLOWED = re.compile(r"(同一企业在其他银行的贷款共占用|轮到本笔之前已用) [\d.,]+ 万元")
NOTES = ("A2", "B2", "C2", "E1")
_EXPLAIN = [f"/runs/{{run}}/explain?bank={ONE}&note={note}" for note in ("A1", "B1", "C1", "D1", "A3")]
# by action: what is asked of it, of both runs; nothing where an answer holds no business
ADDRESSES: dict[str, list[str]] = {
    "me.show": ["/me"],
    "rights.list": [],
    "tokens.list": ["/tokens"],
    "template.show": [],
    "uploads.list": ["/uploads", "/uploads?format=csv"],
    "uploads.show": ["/uploads/1"],
    "uploads.findings": ["/uploads/1/findings"],
    "uploads.file": ["/uploads/1/file"],
    "uploads.marked": ["/uploads/1/marked"],
    "uploads.trace": ["/uploads/1/trace"],
    "papers.list": ["/papers", "/papers?format=csv", f"/papers?bank={TWO}", "/papers?note=A2"],
    "papers.show": ["/papers/1", "/papers/2"],
    "papers.content": ["/papers/1/content", "/papers/2/content"],
    "papers.page": ["/papers/2/pages/1"],
    "due.list": ["/due?within=60", "/due?within=60&format=csv"],
    "runs.list": ["/runs", "/runs?format=csv"],
    "runs.show": ["/runs/{run}"],
    "runs.lines": ["/runs/{run}/lines?size=500", "/runs/{run}/lines?format=csv", "/runs/{run}/lines?q=A2", f"/runs/{{run}}/lines?bank={TWO}"],
    "runs.claims": ["/runs/{run}/claims", "/runs/{run}/claims?format=csv"],
    "runs.new-loans": ["/runs/{run}/new-loans"],
    "runs.premiums": ["/runs/{run}/premiums"],
    "runs.explain": [*_EXPLAIN, f"/runs/{{run}}/explain?bank={TWO}&note=A2", f"/runs/{{run}}/explain?bank={ONE}&note=A2"],
    "runs.compare": ["/runs/1/compare/3", "/runs/1/compare/2"],
    "runs.files": [
        f"/runs/{{run}}/files/{what}" for what in (
            "lines", "claims", "checklist", "lines?format=xlsx", "claims?format=xlsx", "annex1", "annex1?county=荣成市", "annex2",
            "notice", "payments", "register", "new-loans", "premiums",
        )
    ],
    "years.balance": ["/years/2023/balance", "/years/2024/balance", "/years/2023/balance?programme=chokepoint"],
    "years.files": [
        f"/years/{year}/files/{what}" for year in (2023, 2024) for what in (
            "problems", f"problems?bank={TWO}", f"problems?bank={ONE}", "problems?programme=chokepoint", "application",
            f"application?bank={TWO}", "cover?county=荣成市", "performance", "distrust", f"letter?uscc={CODES[0]}",
        )
    ],
    "find.list": ["/find?q=公司", "/find?q=样例", f"/find?q={CODES[1]}"],
    "statement.show": [f"/statement?bank={ONE}", f"/statement?bank={TWO}", *(f"/statement?uscc={code}" for code in CODES)],
    "warnings.list": ["/warnings", "/warnings?year=2023", "/warnings?year=2024"],
    "years.returns": ["/years/2023/returns?quarter=3", f"/years/2023/returns?quarter=3&institution={TWO}"],
}  # fmt: skip
OWN_PAGES = ("/", "/account", "/loans", f"/loans/one?bank={ONE}&note=A1", f"/loans/one?bank={ONE}&note=B1", "/money", "/runs", "/uploads",
             "/runs/1", "/runs/2", "/runs/1/lines", "/runs/2/claims", "/runs/1/compare/3", "/runs/2/year-before", "/papers", "/papers?list=sent", "/papers/1", "/problems?year=2023", "/problems?year=2024", "/find?q=公司", "/find?q=样例", "/reports")  # fmt: skip


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    folder = tmp_path_factory.mktemp("portal")
    engine = lives.at_stage(folder, "second year")
    lives.settle(engine)  # a second trial of the first year, to compare
    with portal_on(folder, engine=engine) as found:
        for login, note in (("clerk", "A1"), ("clerk2", "A2")):
            fields = {"note": note, "event": "发放", "event_on": "2026-01-05", "kinds": "贷款合同"}
            sent = found.api(login).post(
                "/papers", files={"file": (f"{note}.pdf", pdf(words(note.encode())))}, data=fields
            )
            assert sent.status_code == 201, sent.text
        yield found


def forbidden(portal: Portal) -> tuple[set[str], set[int]]:
    """What must not be seen: words, and amounts (fen) that are of another bank alone."""
    amounts: dict[str, set[int]] = {}
    for bank in (ONE, TWO):
        items: list[Any] = []
        for path in ("/runs/1/lines", "/runs/2/lines", "/runs/3/lines", "/runs/2/claims"):
            items += portal.api("city").get(path, params={"bank": bank}).json()["items"]
        amounts[bank] = {item[key] for item in items for key in item if key.endswith("_fen")}
    others = amounts[TWO] - amounts[ONE]
    assert len(others) > 10
    return {TWO, THREE}, {fen for fen in others if fen >= 10_000}


def said(answer: Any) -> str:
    """Whatever an answer says, also in the cells of a workbook."""
    if not answer.content.startswith(b"PK"):
        return str(answer.text)
    if "wordprocessing" in answer.headers["content-type"]:
        letter = docx.Document(io.BytesIO(answer.content))
        cells = [cell.text for table in letter.tables for row in table.rows for cell in row.cells]
        return "".join(f">{text}<" for text in (*cells, *(one.text for one in letter.paragraphs)))
    pages = openpyxl.load_workbook(io.BytesIO(answer.content))
    return "".join(
        f">{cell}<" for page in pages for row in page.iter_rows(values_only=True) for cell in row if cell is not None
    )


def leaked(text: str, words: set[str], amounts: set[int]) -> list[str]:
    """What of it must not be there: a note number where it stands alone, an amount in fen or 万元 with its figures around it."""
    text = ALLOWED.sub("", text)
    found = [word for word in words if word in text]
    for note in NOTES:
        found += [note for around in ('"{}"', ">{}<", ",{},", " {}（", " {} ") if around.format(note) in text]
    for fen in amounts:
        for shown in (str(fen), wan_text(fen)):
            if len(shown.replace(".", "")) >= 6:
                found += [
                    shown for around in (":{},", ":{}}}", ",{},", ">{}<", " {} 万元") if around.format(shown) in text
                ]
    return found


def test_every_get_of_a_bank_stands_here() -> None:
    banks = {
        right.action for right in rights.RIGHTS
        if right.method == "GET" and set(CLERKS) & set(right.roles) and A_BANK in right.kinds
    }  # fmt: skip
    assert banks - set(ADDRESSES) == set()


@pytest.mark.parametrize("login", CLERKS)
def test_nothing_of_another_bank_over_the_api(portal: Portal, login: str) -> None:
    words, amounts = forbidden(portal)
    client, answered = portal.api(login), 0
    for action, paths in ADDRESSES.items():
        for path in dict.fromkeys(one.format(run=run) for one in paths for run in (1, 2, 3)):
            answer = client.get(path)
            assert answer.status_code in (200, 403, 404, 422), (action, path, answer.text)
            answered += answer.status_code == 200
            assert leaked(said(answer), words, amounts) == [], (action, path)
    assert answered > 40


@pytest.mark.parametrize("login", CLERKS)
def test_nothing_of_another_bank_on_a_page(portal: Portal, login: str) -> None:
    words, amounts = forbidden(portal)
    browser = portal.page(login)
    served = {path for method, path in PAGES if method == "GET"}
    for path in OWN_PAGES:
        answer = browser.get(path, follow_redirects=True)
        if answer.status_code == 404:
            continue  # not served yet, or not for a bank
        assert answer.status_code in (200, 422), (path, answer.text)
        assert leaked(answer.text, words, amounts) == [], path
    assert "/" in served


def test_the_same_test_finds_what_another_bank_sees(portal: Portal) -> None:
    words, amounts = forbidden(portal)
    for path in (
        "/runs/1/lines",
        "/runs/1",
        "/runs/1/files/lines",
        "/runs/1/files/lines?format=xlsx",
        "/years/2023/files/problems",
        f"/years/2023/files/application?bank={TWO}",
        "/find?q=样例",
        f"/statement?uscc={CODES[0]}",
    ):
        assert leaked(said(portal.api("city").get(path)), words, amounts) != [], path
