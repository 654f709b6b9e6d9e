"""资金: where every fen of a year is, how long money rests, what was claimed; what is to be paid, and the sheet filled in."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from ledger.accounts.roles import BANK
from ledger.books.payment_sheets import RECEIPTS
from ledger.books.reporting import legs_of
from ledger.errors import Refused
from ledger.programmes import PROGRAMMES
from ledger.runs.settlement import STATE_NAMES
from ledger.uploads.kinds import KINDS
from reports.money import balance as balances
from reports.money import balance_tables
from tiexi.portal.api import uploads
from tiexi.portal.call import Call
from tiexi.portal.fields import Field, typed
from tiexi.portal.money_years import chosen, years_with_books
from tiexi.portal.page_routes import See, Shown, filled, page
from tiexi.portal.problems import Wrong, bad

_PAYMENTS = "payments"
_WAIT = 10  # seconds, before the file's page says that it is still being judged


@page("GET", "/money", "years.balance")
def money(call: Call) -> Shown:
    """The balance of a year, the latest approved one where none is named."""
    asked, problems = {**call.query, **call.typed}, list(call.problems)
    with call.reading() as connection:
        years = years_with_books(connection, call)
        programme, year = chosen(years, asked.get("programme", ""), asked.get("year", ""))
        found = None
        if (programme, year) in years:
            try:
                found = balances.of_year(connection, programme, year, _day(asked.get("as_of", "")), call.scope)
            except Refused as refusal:
                problems.append(Wrong("query", "as_of", refusal.sentence))
    more: dict[str, Any] = {
        "programmes": [(key, PROGRAMMES[key].name) for key in dict.fromkeys(key for key, _ in years)],
        "years": sorted({each for _, each in years}, reverse=True),
        "programme": programme, "year": year, "as_of": asked.get("as_of", ""), "money": None, "problems": problems,
        "fields": [],
    }  # fmt: skip
    if found is not None:
        run = found.run
        more |= {
            "money": {
                "run": run.id, "name": PROGRAMMES[run.programme].name, "year": run.year, "state": STATE_NAMES[run.state],
                "as_of": found.until.isoformat(),
            },
            "tables": [balance_tables.stages(found), *balance_tables.waiting(found), *balance_tables.claims(found)],
            "claimed": balance_tables.claimed_words(found),
            "may_pay": call.may("years.to-pay"),
            "may_journal": call.may("years.journal"),
            "may_see_entries": call.may("years.journal") or call.may("entries.reverse", run.programme),
            "fields": list(_fields(call)), "legs": legs_of(call.scope), "limit_mb": call.settings.portal_upload_mb,
            "receipts": call.scope.kind == BANK, "columns": [column.header for column in RECEIPTS.columns],
        }  # fmt: skip
    return Shown("money.html", more)


def _fields(call: Call) -> Iterator[Field]:
    """The form for a filled sheet; nothing for who reports no payments."""
    if call.may("uploads.add") and KINDS[_PAYMENTS].sent_by(call.scope):
        yield from typed(call, Field("file", "填好的文件", "file", accept=".xlsx,.csv"))


@page("POST", "/money", "uploads.add", form=money, limit=lambda settings: settings.portal_upload_mb << 20)
def pay(call: Call) -> See:
    """Sends a filled sheet of a year, and goes on to its page, where it is confirmed."""
    if not getattr(call.form.get("file"), "filename", ""):
        raise bad("file", "请选择文件", "body")
    call.form = {name: value for name, value in call.form.items() if name != "programme"} | {"kind": _PAYMENTS}
    upload, new = uploads.received(call, filled(call, uploads.NewUpload), _WAIT)
    return See(f"/uploads/{upload.id}", "" if new else "同样的文件正在等待确认，没有重复收下")


def _day(text: str) -> date | None:
    """A day as typed, None for none; Refused for what is no day."""
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Refused("截至日应为日期，如 2026-06-30") from None
