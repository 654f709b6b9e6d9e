"""What is still to be paid of a run, and the sheet 拨付 with it, to be filled in and booked."""

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Connection

from ledger import money
from ledger.accounts.scope import EVERYTHING, Scope
from ledger.books import journal, standing
from ledger.books.payment_sheets import payments
from ledger.errors import NotFound, Refused
from ledger.programmes import PROGRAMMES, chart
from ledger.programmes.flow import PAYABLE, RECEIVABLE, Leg, Place
from ledger.runs.settlement import RunRecord, choose_run
from reports.money.balance import Names
from reports.runs import seen
from reports.writing.overwriting import refuse_to_lose
from reports.writing.packing import new_book
from reports.writing.tidy import MONEY_FORMAT, print_wide


def to_pay(connection: Connection, run: RunRecord, scope: Scope = EVERYTHING) -> Iterator[tuple[Leg, Place, int]]:
    """Every leg that is still to be paid, with its place and amount (fen), in the order of the way down. scope: whose.

    What a leg has still to carry is what is owed behind it, less what waits beyond it. Of a run that is not allotted
    yet, only what is claimed back.
    """
    legs, own = PROGRAMMES[run.programme].legs, seen.places_seen(connection, scope)
    down = [leg for leg in legs if not leg.returns]
    held = standing.balances(connection, run.id, chart.in_hand())
    owed = standing.balances(connection, run.id, (PAYABLE.key,))
    allotted = journal.day_of(connection, run.id, ("allotment",)) is not None
    for number, leg in enumerate(down if allotted else ()):
        beyond = {one.target.key for one in down[number:] if one.target is not None}
        left: dict[Place, int] = defaultdict(int)
        for (_, place), fen in owed.items():
            left[leg.speaks_of(place)] -= fen
        for (account, place), fen in held.items():
            if account in beyond:
                left[leg.speaks_of(place)] -= fen
        yield from ((leg, place, fen) for place, fen in left.items() if fen and place.item in leg.items and own(place))
    for leg in (leg for leg in legs if leg.returns):
        for (_, place), fen in standing.balances(connection, run.id, (RECEIVABLE.key,)).items():
            if own(place):
                yield leg, place, fen


def write_of_year(
    connection: Connection, programme: str, year: int, path: Path, scope: Scope = EVERYTHING
) -> tuple[RunRecord, int]:
    """Writes the sheet of a year's approved run, and gives the run and the number of rows; Refused where there is none. scope:
    whose rows; NotFound where none of the programme's can be."""
    if not seen.has_part(scope, programme):
        raise NotFound(f"没有 {year} 年度的资金")
    run = choose_run(connection, programme, year)
    if run.approved_at is None:
        raise Refused(f"{year} 年度还没有审核通过的运行，没有待拨付的资金")
    return run, write_to_pay(connection, run, path, scope)


_WIDTHS = {"leg": 26, "county": 10, "bank": 28, "uscc": 22, "enterprise": 34, "item": 10, "voucher": 22}


def write_to_pay(connection: Connection, run: RunRecord, path: Path, scope: Scope = EVERYTHING) -> int:
    """Writes the sheet 拨付 with everything still to be paid, dates and vouchers left empty; gives the number of rows.

    Refused when a file is there whose dates or vouchers somebody filled in, or which is no such sheet.
    """
    sheet = payments()
    refuse_to_lose(path, sheet, ("on", "voucher"))
    names, item_names = Names(connection, run, printed=True), chart.item_names()
    rows = list(to_pay(connection, run, scope))
    with new_book(path, run.as_of) as book:
        page = book.add_worksheet(sheet.name)
        head = book.add_format({"bold": True, "bg_color": "#DDEBF7", "border": 1})
        wan, day = book.add_format({"num_format": MONEY_FORMAT}), book.add_format({"num_format": "yyyy-mm-dd"})
        text = book.add_format({"num_format": "@"})
        formats = {"wan": wan, "date": day}
        places = {column.field: place for place, column in enumerate(sheet.columns)}
        for place, column in enumerate(sheet.columns):
            page.write_string(0, place, column.header, head)
            page.set_column(place, place, _WIDTHS.get(column.field, 14), formats.get(column.shape, text))
            if column.choices:
                page.data_validation(1, place, 1_048_575, place, {"validate": "list", "source": list(column.choices)})
        for number, (leg, place_of, fen) in enumerate(rows, start=1):
            texts = {
                "leg": leg.name, "county": place_of.county, "bank": names.bank(place_of),
                "uscc": names.uscc(place_of), "enterprise": names.enterprise(place_of), "item": item_names[place_of.item],
            }  # fmt: skip
            for field, value in texts.items():
                page.write_string(number, places[field], value)
            page.write_number(number, places["fen"], fen / money.FEN_PER_WAN, wan)
        page.freeze_panes(1, 0)
        print_wide(page)
    return len(rows)
