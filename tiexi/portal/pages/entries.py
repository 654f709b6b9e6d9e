"""分录: a year's books entry by entry; one entry followed down to the rows of the files; taking a payment back."""

from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import Connection

from ledger.figures import wan_text
from ledger.programmes import PROGRAMMES, chart
from ledger.programmes.flow import Place
from ledger.runs.settlement import RunRecord
from reports.money import entries
from reports.money.balance import Names
from reports.money.entries import Behind, Entry
from reports.runs import seen
from tiexi.portal import listing, second_factor
from tiexi.portal.api import entries as api
from tiexi.portal.api.entries import Reversal
from tiexi.portal.call import Call
from tiexi.portal.cells import cell
from tiexi.portal.fields import Field, typed
from tiexi.portal.money_years import chosen, years_with_books
from tiexi.portal.page_routes import See, Shown, filled, number, page
from tiexi.portal.run_pages import head

_KEYS = ("kind",)


def _require(call: Call, programme: str | None = None) -> None:
    """403 for who may neither read the books nor take anything back."""
    if not call.may("entries.reverse", programme):
        call.require("years.journal")


@page("GET", "/money/entries", "years.balance")
def listed(call: Call) -> Shown:
    """The entries of a year, the newest first."""
    _require(call)
    asked = listing.asked(call, _KEYS)
    with call.reading() as connection:
        years = [one for one in years_with_books(connection, call) if seen.whole_run(call.scope, one[0])]
        programme, year = chosen(years, call.query.get("programme", ""), call.query.get("year", ""))
        found = None
        if (programme, year) in years:
            found = entries.listed(connection, programme, year, asked, call.scope)
            found["items"] = list(_rows(connection, found["items"]))
    return Shown(
        "entries.html",
        {
            "programmes": [(key, PROGRAMMES[key].name) for key in dict.fromkeys(key for key, _ in years)],
            "years": sorted({each for _, each in years}, reverse=True), "programme": programme, "year": year, "found": found,
            "kinds": list(chart.entry_names().items()), "asked": listing.said(asked, *_KEYS),
        },
    )  # fmt: skip


def _rows(connection: Connection, found: Sequence[Entry]) -> Iterator[dict[str, Any]]:
    names = Names(connection, None, printed=True)
    for one in found:
        place = one.place
        yield {
            "id": one.id, "on": one.on.isoformat(), "words": one.words, "county": place.county,
            "who": names.enterprise(place) or names.bank(place), "item": chart.item_names()[place.item], "fen": one.fen,
            "document_no": one.document_no, "made_by": one.made_by, "reversed_by": one.reversed_by,
        }  # fmt: skip


# --- one entry ----------------------------------------------------------------------------------------------------------


@page("GET", "/entries/{entry}", "years.balance")
def entry(call: Call, entry: str) -> Shown:
    """Where the money of an entry comes from: the entry, the lines of the run, the rows of the files."""
    _require(call)
    with call.reading() as connection:
        run, found = entries.get(connection, number(entry), call.scope)
        names = Names(connection, None, printed=True)
        asked = call.query.get("side", "")
        places = list(dict.fromkeys(side.place for side in found.sides if side.place.bank_id is not None))
        place = places[int(asked)] if asked.isascii() and asked.isdigit() and int(asked) < len(places) else found.place
        behind = entries.behind(connection, run, found, place, call.scope)
        upload = entries.upload_of(connection, found)
    return Shown(
        "entry.html",
        {
            "entry": found, "run": head(run) | {"name": PROGRAMMES[run.programme].name},
            "facts": list(_facts(found, names)), "sides": list(_sides(found, names, places)), "upload": upload,
            "place": _words(place, names), "behind": _behind(behind, run) if behind else None,
            "may_reverse": found.is_payment and not found.reversed_by and call.may("entries.reverse", run.programme),
        },
    )  # fmt: skip


def _facts(found: Entry, names: Names) -> Iterator[tuple[str, str]]:
    yield "日期", found.on.isoformat()
    yield "金额", f"{wan_text(found.fen)} 万元"
    several = {side.place.item: chart.item_names()[side.place.item] for side in found.sides}
    yield (
        "对象",
        _words(found.place, names) if len(several) == 1 else f"{found.place.county} {'、'.join(several.values())}",
    )
    yield "文号、凭证号", found.document_no
    yield "摘要", found.memo
    yield "记入", found.made_by


def _words(place: Place, names: Names) -> str:
    return " ".join(
        filter(None, (place.county, names.bank(place), names.enterprise(place), chart.item_names()[place.item]))
    )


def _sides(found: Entry, names: Names, places: Sequence[Place]) -> Iterator[dict[str, Any]]:
    """Debit and credit, each with its account and whom it speaks of; a link where its lines can be looked at."""
    accounts = chart.accounts()
    for side in found.sides:
        link = f"?side={places.index(side.place)}#lines" if side.place in places and len(places) > 1 else ""
        yield {
            "account": accounts[side.account].name, "who": _words(side.place, names), "link": link,
            "debit": wan_text(side.fen) if side.fen > 0 else "", "credit": wan_text(-side.fen) if side.fen < 0 else "",
        }  # fmt: skip


def _behind(found: Behind, run: RunRecord) -> dict[str, Any]:
    """The lines as a table, the amount last; each leads to its explanation."""
    columns = [
        found.lines.by_name[name] for name in (*found.lines.identity, "enterprise") if name in found.lines.by_name
    ]
    columns.append(found.lines.by_name[found.amount])
    return {
        "name": found.lines.name, "total": found.total, "fen": found.fen, "grounds": found.grounds,
        "headers": [(column.header, column.kind == "fen") for column in columns],
        "rows": [
            ([cell(column, item[column.name]) for column in columns], _explained(item), found.sources.get(place, ()))
            for place, item in enumerate(found.items)
        ],
        "all": f"/runs/{run.id}?{urlencode({'list': found.lines.listed})}#lines",
    }  # fmt: skip


def _explained(item: Any) -> str:
    if not {"bank", "note_no"} <= set(item):
        return ""
    return f"/loans/one?{urlencode({'bank': item['bank'], 'note': item['note_no']})}"


# --- taking it back -----------------------------------------------------------------------------------------------------


@page("GET", "/entries/{entry}/reverse", "entries.reverse")
def reversing(call: Call, entry: str) -> Shown:
    """What is taken back, why, and on which day."""
    with call.reading() as connection:
        run, found = entries.get(connection, number(entry), call.scope)
        call.require("entries.reverse", run.programme)
        names = Names(connection, None, printed=True)
    fields = typed(
        call,
        Field("reason", "原因", "long", hint="写明为什么冲销，如 凭证号录错；如实记录并显示"),
        Field(
            "date",
            "冲销日",
            "date",
            hint="不填为原分录的日期，如同没有记过；款项确已退回的填退回日",
            required=False,
            short=True,
        ),
        *second_factor.fields(call, "entries.reverse"),
    )
    return Shown(
        "reverse.html", {"entry": found, "run": head(run), "facts": list(_facts(found, names)), "fields": fields}
    )  # fmt: skip


@page("POST", "/entries/{entry}/reverse", "entries.reverse", form=reversing)
def reverse(call: Call, entry: str) -> See:
    """Takes it back by its opposite."""
    made = api.reverse(call, number(entry), filled(call, Reversal))
    return See(f"/entries/{made['entry']}", f"第 {made['reversed']} 号分录已由第 {made['entry']} 号分录冲销")
