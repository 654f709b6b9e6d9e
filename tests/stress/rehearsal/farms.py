"""A document that other offices run: a year of 特色农产品保险, from its sheets to its close, beside the loans."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import worlds
from portal_world import AWAY, HOME
from programmes.farm_insurance import oracle
from stress.rehearsal import money, reporting, settling
from stress.rehearsal.people import Desk, Stuck
from stress.rehearsal.plan import COUNTY_OF, Sheets

Desks = Mapping[str, Desk]
KEY, YEAR = "farm_insurance", 2023  # whose last day is over when the second year of loans is settled
_KNOWN_UNTIL = date(2025, 1, 31)
_PRODUCTS, _NUMBER = "特色险种", "险种编号"
OF_COUNTY = ("区市补贴", "特色申请")


@dataclass(frozen=True)
class Farms:
    """What is sent, by login, and the reference's lines."""

    sheets: Mapping[str, Sheets]
    lines: list[dict[str, Any]]


def plan(seed: int, products: int) -> Farms:
    """A year from a seed, in two counties."""
    world = worlds.random_world(seed, products, YEAR, KEY)
    for number, row in enumerate(world[_PRODUCTS]):
        row["区市"] = (HOME, AWAY)[number % 2]
    county_of = {row[_NUMBER]: row["区市"] for row in world[_PRODUCTS]}
    for row in (row for rows in world.values() for row in rows if row.get(_NUMBER) and "区市" in row):
        row["区市"] = county_of[row[_NUMBER]]
    known = {
        name: [
            row
            for row in rows
            if row.get("年度", YEAR) <= YEAR
            and all(value <= _KNOWN_UNTIL for value in row.values() if isinstance(value, date))
        ]
        for name, rows in world.items()
    }
    sent: dict[str, Sheets] = {"agri": {name: rows for name, rows in known.items() if name not in OF_COUNTY}}
    for login, county in COUNTY_OF.items():
        if login.startswith("purse"):
            sent[login] = {
                name: [row for row in known.get(name, []) if county_of.get(row[_NUMBER]) == county]
                for name in OF_COUNTY
            }
    return Farms(sent, oracle.review(known, YEAR)["lines"])


def live(desks: Desks, farms: Farms, folder: Path, today: date) -> None:
    """The office sends, the counties' finance sends, the office runs it, its approver approves and closes it."""
    office, approver = desks["agri"], desks["agri-approver"]
    for login, sheets in farms.sheets.items():
        if any(sheets.values()):
            data = reporting.book(folder, f"特色险-{login}", sheets)
            reporting.taken(desks[login], desks[login], data, f"特色险-{login}.xlsx")
    asked = {"programme": KEY, "year": YEAR}
    answer = desks["city"].ask("the city runs another's", "POST", "/runs", json=asked)
    office.expect("the city runs another's", answer, 403)
    answer = office.ask("farms settled", "POST", "/runs", json=asked)
    if not office.expect("farms settled", answer, 201):
        raise Stuck
    run = int(answer.json()["run"])
    for login in ("agri", "agri-approver", "auditor", "finance", "purse-0", "county-1"):
        _compare(desks[login], run, farms)
    given = {"document": "样例财农〔2024〕1号"}
    settling.refused(office, "the office approves", f"/runs/{run}/approve", given, 403)
    settling.refused(desks["approver"], "another approves", f"/runs/{run}/approve", given, 403)
    approver.step("farms approved", f"/runs/{run}/approve", given)
    settling.refused(approver, "farms closed unpaid", f"/runs/{run}/close", {"document": "样例办结"})
    _pay(desks["finance"], run, today)
    approver.step("farms closed", f"/runs/{run}/close", {"document": "样例办结"})


def _pay(finance: Desk, run: int, today: date) -> None:
    """The city's finance allots and pays all of it."""
    finance.step("farms allotted", f"/runs/{run}/allot", {"document": "样例财预〔2024〕2号", "date": today.isoformat()})
    rows = [
        {**row, "日期": today, "凭证号": f"险{number:04d}"}
        for number, row in enumerate(money.rows_to_pay(finance, YEAR, programme=KEY))
    ]
    if rows:
        fields = {"kind": "payments", "year": str(YEAR), "programme": KEY}
        reporting.taken(finance, finance, money.workbook(rows), "拨付-特色险.xlsx", **fields)


def _compare(desk: Desk, run: int, farms: Farms) -> None:
    """What somebody sees of the lines is what the reference has of his county, in fen."""
    county = COUNTY_OF.get(desk.login)
    own = {line["product_no"]: _fen(line) for line in farms.lines if county in (None, line["county"])}
    rows = settling.rows_of(desk.get("farm lines", f"/runs/{run}/lines", format="csv").response.text)
    found = {row["product_no"]: _fen(row) for row in rows}
    if found != own:
        wrong = [number for number in found.keys() | own.keys() if found.get(number) != own.get(number)]
        desk.told.wrong(f"{desk.login} sees other lines of farms than the reference: {sorted(wrong)[:5]}")


def _fen(line: Mapping[str, Any]) -> dict[str, int]:
    return {name: int(value) for name, value in line.items() if name.endswith("_fen")}
