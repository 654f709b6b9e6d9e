"""What is put right again: rows entered by mistake, what enterprises object to, payments that did not arrive."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from stress.rehearsal import money, reporting
from stress.rehearsal.people import Desk, shown
from stress.rehearsal.plan import COUNTY_OF
from stress.rehearsal.reporting import taken

Desks = Mapping[str, Desk]
WHY = {"reason": "样例：误录"}


def by_mistake(city: Desk, confirmer: Desk, folder: Path, year: int) -> None:
    """Two banks that are none are sent and withdrawn again: one by its file, one by its row. Once, and not by a bank."""
    for place in ("文件", "行"):
        row = {"银行名称": f"样例误录{year}{place}银行", "合作起始日": date(2020, 1, 1)}
        data = reporting.book(folder, f"误录-{year}-{place}", {"合作银行": [row]})
        number = taken(city, confirmer, data, f"误录-{year}-{place}.xlsx")["upload"]
        path, body = f"/uploads/{number}/void", dict[str, Any](WHY)
        if place == "行":
            path, body = "/void", {"sheet": "合作银行", "key": [row["银行名称"], "2020-01-01"], **WHY}
        city.step("withdrawn again", path, body)
        city.expect("withdrawn twice", city.ask("withdrawn twice", "POST", path, json=body), 422)


def objected(desks: Desks, run: int, year: int, line: Mapping[str, Any], today: date, folder: Path) -> None:
    """An enterprise objects once its run is approved: the money waits until that is settled; its county sees it."""
    city, finance = desks["city"], desks["finance"]
    row = {
        "年度": year, "统一社会信用代码": line["uscc"], "收到日": today - timedelta(1), "事项": "样例：对月数有异议",
        "处理结果": None, "处理日": None, "处理文号": None,
    }  # fmt: skip
    taken(city, desks["city2"], reporting.book(folder, f"异议-{year}-0", {"异议": [row]}), f"异议-{year}.xlsx")
    for login, county in COUNTY_OF.items():
        if login.startswith("county"):
            seen = desks[login].get("objections", "/objections", year=year).json()["items"]
            if [one["uscc"] for one in seen] != ([line["uscc"]] if county == line["county"] else []):
                city.told.wrong(f"{login} sees of objections {shown(seen)}")
    given = {"document": "样例财异议号", "date": today.isoformat()}
    answer = finance.ask("allotted while one objects", "POST", f"/runs/{run}/allot", json=given)
    finance.expect("allotted while one objects", answer, 422)
    settled = {**row, "处理结果": "样例：维持", "处理日": today, "处理文号": "样例异〔1〕号"}
    data = reporting.book(folder, f"异议-{year}-1", {"异议": [settled]})
    taken(city, desks["city2"], data, f"异议-{year}.xlsx", amend_reason="样例：已处理")
    left = desks["approver"].get("open objections", "/objections", year=year, open="true").json()
    if left["total"]:
        city.told.wrong(f"objections of {year} are open once settled: {shown(left)}")


def taken_back(desks: Desks, year: int, today: date, paid: Sequence[tuple[Desk, Desk, dict[str, Any]]]) -> None:
    """One of the payments to enterprises came back: finance takes its entry back, its bank pays again.

    paid: who sent and who confirmed each file of that leg, and the file's upload.
    """
    if not paid:
        return
    finance = desks["finance"]
    sender, confirmer, upload = paid[0]
    found = sender.get("upload", f"/uploads/{upload['upload']}").json()
    entry = next(numbers for numbers in found["entries"].values())[0]
    path, body = f"/entries/{entry}/reverse", {"reason": "样例：退汇", "date": today.isoformat()}
    answer = desks["approver"].ask("the approver takes back", "POST", path, json=body)
    finance.expect("the approver takes back", answer, 403)
    finance.step("taken back", path, body)
    finance.expect("taken back twice", finance.ask("taken back twice", "POST", path, json=body), 422)
    rows = [row for row in money.rows_to_pay(finance, year) if row["环节"] == money.LEGS[money.BY_BANK]]
    if len(rows) != 1:
        finance.told.wrong(f"{len(rows)} payments of {year} are to be made once one was taken back")
        return
    ((_, login, own),) = money.files(rows, year, today, "重付")
    if login != sender.login:
        finance.told.wrong(f"{login} is to pay again what {sender.login} paid")
    money.pay(sender, confirmer, own, year, money.BY_BANK, "重付")
