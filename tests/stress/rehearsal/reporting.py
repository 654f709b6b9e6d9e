"""Sending and confirming: files with faults and corrected, sent twice, given back, taken down, amended."""

from pathlib import Path
from typing import Any

from sheets import write_sheets
from stress.rehearsal import mistakes
from stress.rehearsal.people import Desk, Stuck, shown
from stress.rehearsal.plan import Parcel, Sheets


def report(sender: Desk, confirmer: Desk, parcels: list[Parcel], folder: Path, city: Desk | None = None) -> None:
    """All files of a sender in turn, each until it is taken. city: who agrees to an institution's amendments."""
    for parcel in parcels:
        mistakes.some(sender)
        if sender.chance(50):
            _with_a_fault(sender, confirmer, parcel, folder)
        first = parcel.first or parcel.sheets
        taken(sender, confirmer, book(folder, f"{parcel.name}-0", first), f"{parcel.name}.xlsx")
        if parcel.first:
            data = book(folder, parcel.name, parcel.sheets)
            answer = sender.send("amending without a reason", f"{parcel.name}.xlsx", data)
            sender.expect("amending without a reason", answer, 422)
            taken(sender, confirmer, data, f"{parcel.name}.xlsx", city, amend_reason="样例：录入有误")
        mistakes.some(confirmer)


def taken(
    sender: Desk, confirmer: Desk, data: bytes, name: str, city: Desk | None = None, **fields: str
) -> dict[str, Any]:
    """Sends a file and has it confirmed; by the city too, where it amends. Gives the upload."""
    found = _sent(sender, data, name, **fields)
    if sender.chance(15):  # given back or taken down, and sent again
        found = _given_back(sender, confirmer, data, name, found, **fields)
    number = found["upload"]
    if sender.person.role == "clerk":
        answer = sender.ask("confirming one's own", "POST", f"/uploads/{number}/confirm", json={})
        sender.expect("confirming one's own", answer, 403)
    _confirmed(confirmer, number, "to_city" if city else "taken")
    if city:
        confirmer.expect(
            "agreeing oneself", confirmer.ask("agreeing oneself", "POST", f"/uploads/{number}/confirm", json={}), 422
        )
        _confirmed(city, number, "taken")
    again = sender.send("known", name, data, **fields)
    if sender.expect("known", again, 200) and again.json()["state"] != "known":
        sender.told.wrong(f"{sender.login} sends again what was taken: {shown(again.json())}")
    return found


def _sent(sender: Desk, data: bytes, name: str, gone: int | None = None, **fields: str) -> dict[str, Any]:
    """Sends a file. gone: its upload that was ended before; a request whose answer was lost may have come after that."""
    answer = sender.send("sent", name, data, **fields)
    if not sender.expect("sent", answer, 201, *((200,) if answer.again or gone else ())):
        raise Stuck
    found: dict[str, Any] = answer.json()
    if found["upload"] == gone:
        sender.told.wrong(f"{sender.login} sent {name} again and got what was ended: {shown(found)}")
    mistakes.OWNERS[found["upload"]] = sender.login
    if found["state"] != "checked":
        sender.told.wrong(f"{sender.login} sent {name}: {shown(found)}")
    if sender.chance(30):
        twice = sender.send("the same bytes while waiting", name, data, **fields)
        if sender.expect("the same bytes", twice, 200) and twice.json()["upload"] != found["upload"]:
            sender.told.wrong(f"{sender.login} sent {name} twice: {found['upload']} and {twice.json()['upload']}")
    return found


def _given_back(
    sender: Desk, confirmer: Desk, data: bytes, name: str, found: dict[str, Any], **fields: str
) -> dict[str, Any]:
    number = found["upload"]
    if confirmer.person.role == "reviewer" and sender.pick.randrange(2):
        confirmer.step("given back", f"/uploads/{number}/return", {"reason": "样例：请核对"})
    else:
        sender.step("taken down", f"/uploads/{number}/withdraw", {})
    answer = confirmer.ask("confirming what is gone", "POST", f"/uploads/{number}/confirm", json={})
    confirmer.expect("confirming what is gone", answer, 422)
    return _sent(sender, data, name, gone=number, **fields)


def _confirmed(desk: Desk, number: int, state: str) -> None:
    desk.step("confirmed", f"/uploads/{number}/confirm", {})
    found = desk.get("upload", f"/uploads/{number}").json()
    if found.get("state") != state:
        desk.told.wrong(f"{desk.login} confirmed {number}: {shown(found)}")


def _with_a_fault(sender: Desk, confirmer: Desk, parcel: Parcel, folder: Path) -> None:
    """The file with a fault in one row: refused whole, with a finding of that row; nobody can confirm it."""
    name = sender.pick.choice(list(parcel.sheets))
    rows = parcel.sheets[name]
    place = sender.pick.randrange(len(rows))
    judged = [header for header, value in rows[place].items() if value is not None and not isinstance(value, str)]
    spoiled = {**rows[place], sender.pick.choice(judged or ["统一社会信用代码"]): "〇错误〇"}
    sheets: Sheets = {**parcel.sheets, name: [spoiled if at == place else row for at, row in enumerate(rows)]}
    answer = sender.send(
        "a faulty row", f"{parcel.name}.xlsx", book(folder, f"{parcel.name}-x{sender.pick.random()}", sheets)
    )
    if not sender.expect(f"a faulty row {shown(spoiled)} on {name}", answer, 422):
        return
    findings = answer.json()["findings"]
    if not any((one["sheet"], one["row"]) == (name, place + 2) for one in findings):
        sender.told.wrong(f"{sender.login}: no finding of {name} row {place + 2}: {shown(findings)}")
    number = answer.json()["upload"]
    refused = confirmer.ask("confirming a refused one", "POST", f"/uploads/{number}/confirm", json={})
    confirmer.expect("confirming a refused one", refused, 422)


def book(folder: Path, name: str, sheets: Sheets) -> bytes:
    """A workbook with the sheets that have rows."""
    path = write_sheets(folder / f"{name}.xlsx", {name: rows for name, rows in sheets.items() if rows})
    data = path.read_bytes()
    path.unlink()
    return data
