"""Where the rows of a file ended, over HTTP."""

from pathlib import Path
from typing import Any

from portal import BANK, Portal
from samples import ENTERPRISE, QUALIFICATION, loan
from sheets import Sheets, write_sheets


def taken(portal: Portal, folder: Path, sender: str, confirmer: str, sheets: Sheets) -> int:
    data = write_sheets(folder / f"{sender}.xlsx", sheets).read_bytes()
    sent = portal.api(sender).post("/uploads", files={"file": (f"{sender}.xlsx", data)})
    assert sent.status_code == 201, sent.text
    number: int = sent.json()["upload"]
    answer = portal.api(confirmer).post(f"/uploads/{number}/confirm")
    assert answer.status_code == 200, answer.text
    return number


def test_a_file_is_traced_into_the_runs(own_portal: Portal, tmp_path: Path) -> None:
    city, clerk = own_portal.api("city"), own_portal.api("clerk")
    roster = taken(own_portal, tmp_path, "city", "city", {"企业": [ENTERPRISE], "资质": [QUALIFICATION]})
    loans = taken(
        own_portal, tmp_path, "clerk", "reviewer", {"贷款": [loan("W1", 银行名称=BANK), loan("W2", 银行名称=BANK)]}
    )
    early = clerk.get(f"/uploads/{loans}/trace")
    assert early.status_code == 422 and early.json()["detail"] == "还没有试算"
    made = city.post("/runs", json={"programme": "tech_branch", "year": 2023, "as_of": "2024-01-31"})
    assert made.status_code == 201, made.text
    found: dict[str, Any] = clerk.get(f"/uploads/{loans}/trace").json()
    assert (found["file"], found["with_repeated_rows"], found["deviations"]) == ("clerk.xlsx", True, [])
    (run,) = found["runs"]
    assert (run["run"], run["rows"], run["sheets"][0]["sheet"]) == (1, 2, "贷款")
    assert clerk.get(f"/uploads/{loans}/trace?year=2023&run=1").json() == found
    told = clerk.get(f"/runs/1/explain?bank={BANK}&note=W1").json()
    sources = [step["text"] for step in told["steps"] if step["part"] == "来源"]
    assert any(text.startswith("clerk.xlsx 表「贷款」第 2 行") for text in sources)  # its own file is named
    assert not any("city.xlsx" in text for text in sources)
    assert clerk.get(f"/uploads/{loans}/trace?run=1&year=2024").status_code == 422
    assert city.get(f"/uploads/{roster}/trace").json()["runs"][0]["rows"] == 2
    for login, number in (("clerk2", loans), ("clerk", roster), ("clerk", 99)):
        assert own_portal.api(login).get(f"/uploads/{number}/trace").status_code == 404
    assert clerk.get(f"/uploads/{loans}/trace?run=99").status_code == 404
    assert clerk.get(f"/uploads/{loans}/trace?year=x").status_code == 400
    assert own_portal.api("industry").get(f"/uploads/{loans}/trace").status_code == 403
