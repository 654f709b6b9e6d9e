"""What people look at beside their steps: lists, files and questions, each of which must be answered, and to each its own."""

import io
from collections.abc import Mapping
from typing import Any

import openpyxl

from stress.rehearsal.people import Desk, shown
from stress.rehearsal.plan import BANKS

Desks = Mapping[str, Desk]
ASKED = (
    ("city", "/notices"), ("city", "/jobs"), ("auditor", "/warnings?year={year}"),
    ("finance", "/years/{year}/files/budget"), ("county-0", "/years/{year}/files/problems"), ("clerk-0", "/due"),
    ("clerk-0", "/years/{year}/files/application"), ("county-1", "/years/{year}/files/cover"), ("logs", "/log?size=5"),
    ("auditor", "/years/{year}/files/performance"),
    ("approver", "/years/{year}/charts/counties.svg"), ("tech", "/template"),
)  # fmt: skip


def around(desks: Desks, run: int, year: int) -> None:
    """Files and lists that somebody may have."""
    for login, path in ASKED:
        desks[login].get(f"look: {path.split('?')[0]}", path.format(run=run, year=year))
    values = {"year": year, "set": {"interest.rate": "0.8%"}}
    desks["finance"].expect("what if", desks["finance"].ask("what if", "POST", "/simulate", json=values), 200)


def of_a_line(desks: Desks, run: int, line: Mapping[str, Any]) -> None:
    """Why somebody gets what he gets: his own bank's clerk may ask, another's not; the books are not another's either."""
    own, other = (f"clerk-{BANKS.index(line['bank'])}", f"clerk-{(BANKS.index(line['bank']) + 1) % len(BANKS)}")
    asked = {"bank": line["bank"], "note": line["note_no"]}
    if line["note_no"] not in desks[own].get("explained", f"/runs/{run}/explain", **asked).json()["subject"]:
        desks[own].told.wrong(f"the explanation of {line['note_no']} is of something else")
    desks[other].get("another's explained", f"/runs/{run}/explain", 404, **asked)
    desks[own].get("a statement", "/statement", bank=line["bank"])
    desks[other].get("another's statement", "/statement", 404, bank=line["bank"])
    found = desks["city"].get("found", "/find", q=line["uscc"]).json()["enterprises"]
    if [one["uscc"] for one in found] != [line["uscc"]]:
        desks["city"].told.wrong(f"{line['uscc']} is found as {shown(found)}")


def against_another(desk: Desk, other: int, run: int, same: bool) -> None:
    """Two trials of a year against each other."""
    found = desk.get("compared", f"/runs/{other}/compare/{run}").json()
    if (found["lines_total"] == 0) != same:
        desk.told.wrong(f"runs {other} and {run} differ in {found['lines_total']} lines")


def sent_back(desk: Desk, run: int) -> None:
    """The city's annex comes back: as it was, and with a figure changed."""
    data = desk.get("the annex", f"/runs/{run}/files/annex2").response.content
    for path in (f"/reconcile?run={run}", "/verify"):
        form = {"files": {"file": ("附件2.xlsx", data)}}
        if "run" in path:
            path, form = "/reconcile", {**form, "data": {"run": str(run)}}  # type: ignore[dict-item]
        found = desk.ask("sent back", "POST", path, **form)
        if desk.expect("sent back", found, 200) and found.json()["count"]:
            desk.told.wrong(f"the annex of run {run} as it was: {shown(found.json())}")
    book = openpyxl.load_workbook(io.BytesIO(data))
    page = book["数据"]
    heads = [cell.value for cell in page[1]]
    place = next(
        (number for number, head in enumerate(heads, 1) if isinstance(page.cell(2, number).value, int | float)), 0
    )
    if not place or page.max_row < 2:
        desk.told.wrong(f"the annex of run {run} has no figures: {heads}")
        return
    page.cell(2, place).value += 1
    book.save(changed := io.BytesIO())
    form = {"files": {"file": ("附件2.xlsx", changed.getvalue())}, "data": {"run": str(run)}}  # type: ignore[dict-item]
    found = desk.ask("sent back otherwise", "POST", "/reconcile", **form)
    if desk.expect("sent back otherwise", found, 200) and not found.json()["count"]:
        desk.told.wrong(f"a changed annex of run {run} differs in nothing")
