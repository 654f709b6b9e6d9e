"""Lists, and the files of a run, cut to who asks."""

import csv
import io
import json

import openpyxl

from portal_client import Checks
from portal_world import HOME, TWO, YEAR
from portal_year import Story


def test_lists_are_paged_sorted_and_filtered(story: Story) -> None:
    checks, city, run = Checks(), story.api("city"), story.run
    path = f"/runs/{run}/lines"
    whole = city.get(path, size=500).json()
    checks.same("the whole", [whole["page"], whole["size"], whole["total"], len(whole["items"])], [1, 500, 5, 5])
    keys = list(whole["items"][0])
    second = city.get(path, size=2, page=2).json()
    checks.same("the second page", second["items"], whole["items"][2:4])
    checks.same("beyond the last", city.get(path, size=2, page=9).json()["items"], [])
    for bad in (
        {"size": 0},
        {"size": 501},
        {"page": 0},
        {"page": "x"},
        {"size": ""},
        {"sort": "nothing"},
        {"nothing": 1},
        {"format": "pdf"},
        {"paid": "maybe"},
    ):
        checks.status(f"{bad}", city.get(path, **bad), 400)
    checks.status("a parameter twice", city.ask("GET", f"{path}?size=2&size=3"), 400)
    for key in keys:
        value = whole["items"][0][key]
        if isinstance(value, list | dict):
            continue
        rising = [item[key] for item in city.get(path, sort=key).json()["items"]]
        falling = [item[key] for item in city.get(path, sort=f"-{key}").json()["items"]]
        known = [one for one in rising if one is not None]
        checks.same(f"sorted by {key}", known, sorted(known))
        checks.true(
            f"null last by {key}", None not in rising[: len(known)] and None not in falling[: len(known)], rising
        )
        checks.same(f"falling by {key}", [one for one in falling if one is not None], sorted(known, reverse=True))
        if value is not None:
            found = city.get(path, **{key: value})
            if checks.status(f"only {key}={value}", found, 200):
                want = [item for item in whole["items"] if item[key] == value]
                checks.same(f"only {key}={value}", found.json()["items"], want)
    checks.same("by code", [one["note_no"] for one in city.get(path, code="R_RATE").json()["items"]], ["R1"])
    checks.same("paid", city.get(path, paid="yes").json()["total"], 4)
    checks.same("not paid", city.get(path, paid="no").json()["total"], 1)
    checks.same("by county", city.get(path, county=HOME).json()["total"], 3)
    checks.same("found by number", [one["note_no"] for one in city.get(path, q="D2").json()["items"]], ["D2"])
    checks.same("found by name", city.get(path, q="样例海甲").json()["total"], 2)
    answer = city.get(path, format="csv", size=1, bank=TWO)
    if checks.status("CSV", answer, 200):
        checks.true("CSV's type", answer.headers["content-type"].startswith("text/csv"), dict(answer.headers))
        checks.true("BOM", answer.content.startswith(b"\xef\xbb\xbf"), answer.text[:20])
        rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
        checks.same("header = keys", rows[0], keys)
        checks.same("the whole filtered list", len(rows) - 1, 2)
    checks.none_left()


def test_every_list_takes_the_same_questions(story: Story) -> None:
    checks, run = Checks(), story.run
    lists = {
        "city": ("/uploads", "/runs", f"/runs/{run}/claims", f"/runs/{run}/lines"),
        "admin": ("/users", "/tokens"), "logs": ("/log", "/users"), "auditor": ("/runs",),
    }  # fmt: skip
    for login, paths in lists.items():
        for path in paths:
            answer = story.api(login).get(path, page=1, size=3)
            if not checks.status(f"{login} {path}", answer, 200):
                continue
            body = answer.json()
            checks.same(f"{path}", sorted(body), ["items", "page", "size", "total"])
            checks.true(f"{path}: size", len(body.get("items", [])) <= 3, body)
            checks.status(f"{path} unknown", story.api(login).get(path, nothing="x"), 400)
            checks.status(f"{path} CSV", story.api(login).get(path, format="csv"), 200)
            for key, value in (body["items"][0] if body.get("items") else {}).items():
                if not isinstance(value, list | dict | bool):
                    checks.status(f"{path} sort={key}", story.api(login).get(path, sort=f"-{key}"), 200)
    newest = [item["upload"] for item in story.api("city").get("/uploads").json()["items"]]
    checks.same("uploads newest first", newest, sorted(newest, reverse=True))
    checks.none_left()


def test_the_blank_workbook_has_the_sheets_of_the_role(story: Story) -> None:
    checks = Checks()
    expected = {"clerk1": {"贷款", "还款", "展期", "年末余额"}, "insurer1": {"保单"}, "investor1": {"股权投资"}, "industry": {"企业", "资质"},
                "finance": {"预算", "年度比例"}, "purse-home": {"预算", "区市补贴", "特色申请"}}  # fmt: skip
    for login, sheets in expected.items():
        answer = story.api(login).get("/template")
        if checks.status(f"{login}'s blank workbook", answer, 200):
            names = {
                name
                for name in openpyxl.load_workbook(io.BytesIO(answer.content)).sheetnames
                if not name.startswith("说明")
            }
            checks.same(f"{login}'s sheets", sorted(names), sorted(sheets))
    checks.none_left()


def test_files_of_a_run_are_cut_to_who_asks(story: Story) -> None:
    checks, run = Checks(), story.run
    path = f"/runs/{run}/files"
    for what in ("lines", "claims"):
        answer = story.api("clerk1").get(f"{path}/{what}")
        if checks.status(f"a bank's {what}", answer, 200):
            checks.true(
                f"its own rows of {what}",
                TWO not in answer.text and answer.content.startswith(b"\xef\xbb\xbf"),
                answer.text[:200],
            )
    for what in ("annex1", "annex2", "notice", "payments", "register", "nothing"):
        answer = story.api("clerk1").get(f"{path}/{what}")
        checks.status(f"a bank's {what}", answer, 404)
    annex = story.api("county-home").get(f"{path}/annex1")
    if checks.status("a county's 附件1", annex, 200):
        book = openpyxl.load_workbook(io.BytesIO(annex.content))
        text = json.dumps([[str(cell) for cell in row] for page in book for row in page.values], ensure_ascii=False)
        checks.true("its own lines", "样例海甲公司" in text and "样例海乙公司" not in text, text[:300])
        name = annex.headers.get("content-disposition", "")
        checks.true("a name by RFC 6266", "filename*=UTF-8''" in name or "filename*=utf-8''" in name, name)
    checks.status("another county's", story.api("county-home").get(f"{path}/annex1", county="荣成市"), 404)
    checks.status("an empty county's", story.api("county-empty").get(f"{path}/annex1"), 200)
    checks.status("the city's without a county", story.api("city").get(f"{path}/annex1"), 400, 422)
    checks.status("the city's", story.api("city").get(f"{path}/annex1", county=HOME), 200)
    checks.status("附件2", story.api("approver").get(f"{path}/annex2"), 200)
    for extra in ("xlsx", "csv"):
        checks.status(f"lines as {extra}", story.api("city").get(f"{path}/lines", format=extra), 200)
    checks.status("lines as pdf", story.api("city").get(f"{path}/lines", format="pdf"), 400)
    checks.none_left()


def test_findings_are_no_refusals_where_finding_is_the_work(story: Story) -> None:
    checks, run = Checks(), story.run
    county = story.api("county-home")
    annex = county.get(f"/runs/{run}/files/annex1")
    for route in ("/reconcile", "/verify"):
        answer = county.ask(
            "POST",
            route,
            files={"file": ("附件1.xlsx", annex.content)},
            **({"data": {"run": str(run)}} if route == "/reconcile" else {}),
        )
        checks.status(route, answer, 200)
        checks.status(
            f"{route} of nothing", county.ask("POST", route, files={"file": ("x.xlsx", b"nothing")}), 200, 422
        )
    audit = story.api("auditor").post("/audit", {})
    checks.status("audit", audit, 200)
    checks.status(
        "simulate", story.api("finance").post("/simulate", {"year": YEAR, "set": {"interest.rate": "0.8%"}}), 200
    )
    checks.status(
        "simulate a value that is none",
        story.api("finance").post("/simulate", {"year": YEAR, "set": {"nothing": "1"}}),
        422,
        400,
    )
    checks.status("a balance", story.api("city").get(f"/years/{YEAR}/balance"), 200)
    checks.status("the journal", story.api("auditor").get(f"/years/{YEAR}/journal"), 200)
    checks.status("jobs", story.api("city").get("/jobs"), 200)
    checks.status("deadlines", story.api("clerk1").get("/due"), 200)
    checks.none_left()
