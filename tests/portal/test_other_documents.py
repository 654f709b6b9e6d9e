"""A year of 特色农产品保险 and of 出口信保 over HTTP, each by its own offices; counties send and see their own; finance allots."""

import csv
import io
from collections.abc import Iterator
from typing import Any

import openpyxl
import pytest

import programmes.export_credit.test_life as export_credit
import programmes.farm_insurance.test_life as farm_insurance
from ledger.workdays import today
from portal import COUNTY, Portal, portal_on, problem
from sheets import Sheets, write_sheets

FARM, CREDIT, YEAR = "farm_insurance", "export_credit", 2023
OURS, OTHERS = "D11", "A1"  # a product of the county whose people there are, and one of another's

pytestmark = pytest.mark.sqlite_only


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    folder = tmp_path_factory.mktemp("portal")
    with portal_on(folder, {"企业": export_credit.world()["企业"]}) as found:
        yield found


def good(answer: Any, status: int = 200) -> Any:
    assert answer.status_code == status, answer.text
    return answer.json()


def sent(portal: Portal, login: str, sheets: Sheets, status: int = 201, **form: Any) -> dict[str, Any]:
    """What becomes of a file that somebody sends; one that can be taken is confirmed."""
    data = write_sheets(portal.folder / "报送.xlsx", sheets).read_bytes()
    client = portal.api(login)
    answer = client.post("/uploads?wait=20", files={"file": (f"{login}.xlsx", data)}, data=form)
    found: dict[str, Any] = good(answer, status)
    if status == 201:
        found = good(client.post(f"/uploads/{found['upload']}/confirm"))
        assert found["state"] == "taken", found
    return found


def paid(portal: Portal, login: str, programme: str, run: int) -> None:
    """All that is to be paid of a run, by the office's own sheet."""
    content = portal.api(login).get(f"/years/{YEAR}/to-pay?programme={programme}").content
    header, *rows = openpyxl.load_workbook(io.BytesIO(content))["拨付"].values
    found = [dict(zip(map(str, header), row, strict=True)) for row in rows]
    assert found
    filled = [row | {"日期": today(), "凭证号": f"PZ-{run}-{number}"} for number, row in enumerate(found)]
    taken = sent(portal, login, {"拨付": filled}, kind="payments", year=str(YEAR), programme=programme)
    assert len(taken["entries"][str(run)]) == len(filled)


def rows_of(portal: Portal, login: str, path: str) -> list[dict[str, str]]:
    text = portal.api(login).get(path).content.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def test_a_year_of_farm_insurance(portal: Portal) -> None:
    world = farm_insurance.world()
    by_county = {name: [row for row in world[name] if row["险种编号"] == OURS] for name in ("区市补贴", "特色申请")}
    for name, own in by_county.items():
        world[name] = [row for row in world[name] if row not in own]
    refused = problem(
        portal.api("city").post(
            "/uploads?wait=20",
            files={"file": ("x.xlsx", write_sheets(portal.folder / "x.xlsx", world).read_bytes())},
        ),
        422,
        "refused",
    )
    assert "不报送这张表" in refused["findings"][0]["problem"]
    sent(portal, "agri", world)
    another = farm_insurance.world()["特色申请"][0]
    assert another["险种编号"] == OTHERS
    told = sent(portal, "county_finance", {"特色申请": [another]}, 422)["findings"]
    assert [(one["column"], one["value"]) for one in told] == [("险种编号", OTHERS)]
    assert told[0]["problem"] == f"本行只能报送「{COUNTY}」的数据"
    funds = [{"年度": YEAR, "资金": "出口信保", "金额(万元)": 1}]
    assert "本行只能报送特色险市级、特色险中央的数据" in str(sent(portal, "agri", {"资金总量": funds}, 422)["findings"])
    sent(portal, "county_finance", by_county)

    asked = {"programme": FARM, "year": YEAR}
    for login in ("city", "tech", "commerce"):
        problem(portal.api(login).post("/runs", json=asked), 403, "forbidden")
    made = good(portal.api("agri").post("/runs", json=asked), 201)
    run = made["run"]
    assert made["lines"] > 15 and made["province_fen"] > 0
    assert good(portal.api("agri").get(f"/runs/{run}"))["next"][0]["roles"] == ["agri_approver"]

    whole = rows_of(portal, "agri", f"/runs/{run}/files/farm?format=csv")
    assert len(whole) == made["lines"] == good(portal.api("auditor").get(f"/runs/{run}/lines"))["total"]
    assert rows_of(portal, "finance", f"/runs/{run}/lines?format=csv") == whole
    for login in ("county", "county_finance"):
        items = good(portal.api(login).get(f"/runs/{run}/lines"))["items"]
        assert [item["product_no"] for item in items] == [OURS]
        assert [one["county"] for one in good(portal.api(login).get(f"/runs/{run}"))["counties"]] == [COUNTY]
    for login in ("clerk", "tech", "commerce"):
        assert good(portal.api(login).get(f"/runs/{run}/lines"))["total"] == 0
    agri, county = portal.api("agri"), portal.api("county")
    for what in ("farm", "farm-county?county=文登区", "notice", "payments", "lines?format=xlsx"):
        assert agri.get(f"/runs/{run}/files/{what}").content.startswith(b"PK"), what
    problem(agri.get(f"/runs/{run}/files/farm-county"), 400, "bad-request")
    assert county.get(f"/runs/{run}/files/farm-county").content.startswith(b"PK")
    for what in ("farm", "notice", "payments", "farm-county?county=文登区"):
        assert county.get(f"/runs/{run}/files/{what}").status_code == 404, what
    assert good(agri.get(f"/runs/{run}/explain?product={OTHERS}"))["steps"]
    assert good(county.get(f"/runs/{run}/explain?product={OURS}"))["steps"]
    assert county.get(f"/runs/{run}/explain?product={OTHERS}").status_code == 404

    for login in ("agri", "approver", "commerce_approver"):
        problem(portal.api(login).post(f"/runs/{run}/approve", json={"document": "样例财农"}), 403, "forbidden")
    approved = good(portal.api("agri_approver").post(f"/runs/{run}/approve", json={"document": "样例财农〔2024〕1号"}))
    assert approved["seal"]["hash"]
    problem(agri.post(f"/runs/{run}/allot", json={"document": "样例"}), 403, "forbidden")
    assert good(portal.api("finance").post(f"/runs/{run}/allot", json={"document": "样例财预〔2024〕2号"}))
    paid(portal, "finance", FARM, run)
    balance = good(agri.get(f"/years/{YEAR}/balance?programme={FARM}"))
    assert balance["owed_fen"] > 0
    assert (
        good(portal.api("agri_approver").post(f"/runs/{run}/close", json={"document": "样例办结"}))["state"] == "closed"
    )
    page = portal.page("agri").get(f"/runs/{run}")
    assert page.status_code == 200 and f"/runs/{run}/files/farm" in page.text and "特色险汇总表" in page.text
    assert f"/runs/{run}/files/farm-county" in portal.page("county").get(f"/runs/{run}").text


def test_a_year_of_export_credit(portal: Portal) -> None:
    world = {name: rows for name, rows in export_credit.world().items() if name != "企业"}
    sent(portal, "commerce", world)
    asked = {"programme": CREDIT, "year": YEAR, "as_of": "2024-01-31"}
    problem(portal.api("agri").post("/runs", json=asked), 403, "forbidden")
    made = good(portal.api("commerce").post("/runs", json=asked), 201)
    run = made["run"]
    whole = rows_of(portal, "commerce", f"/runs/{run}/files/credit?format=csv")
    assert len(whole) == made["lines"] and rows_of(portal, "auditor", f"/runs/{run}/lines?format=csv") == whole
    own = good(portal.api("county").get(f"/runs/{run}/lines"))["items"]
    assert own and {item["county"] for item in own} == {COUNTY}
    assert len(own) == sum(row["county"] == COUNTY for row in whole) < len(whole)
    commerce, county = portal.api("commerce"), portal.api("county")
    assert len(rows_of(portal, "commerce", f"/runs/{run}/files/credit-enterprises")) == 4
    assert rows_of(portal, "commerce", f"/runs/{run}/files/credit-claims") == []
    assert good(commerce.get(f"/runs/{run}/claims"))["total"] == 0
    for what in ("credit", "notice", "payments"):
        assert commerce.get(f"/runs/{run}/files/{what}").content.startswith(b"PK"), what
        assert county.get(f"/runs/{run}/files/{what}").status_code == 404, what
    voucher = {"insurer": export_credit.INSURER, "note": "J1", "country": "巴西"}
    assert good(commerce.get(f"/runs/{run}/explain", params=voucher))["steps"]
    assert good(county.get(f"/runs/{run}/explain", params=voucher))["steps"]
    assert county.get(f"/runs/{run}/explain", params=voucher | {"note": "J2", "country": "越南"}).status_code == 404

    problem(portal.api("agri_approver").post(f"/runs/{run}/approve", json={"document": "样例"}), 403, "forbidden")
    good(portal.api("commerce_approver").post(f"/runs/{run}/approve", json={"document": "样例商〔2024〕1号"}))
    good(portal.api("finance").post(f"/runs/{run}/allot", json={"document": "样例财预〔2024〕3号"}))
    paid(portal, "commerce", CREDIT, run)
    closed = good(portal.api("commerce_approver").post(f"/runs/{run}/close", json={"document": "样例办结"}))
    assert closed["state"] == "closed"
    assert good(portal.api("auditor").post("/audit", json={}))["problems"] == []
    voided = {"sheet": "市场名录", "key": ["美国", "其他市场", "2022-01-01"], "reason": "样例"}
    problem(portal.api("agri").post("/void", json=voided), 422, "refused")
