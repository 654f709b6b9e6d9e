"""贷款: the loans that somebody sees with each year's verdict; one loan with every verdict explained."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import Connection

from ledger import money
from ledger.accounts.roles import BANK, COUNTY
from ledger.accounts.scope import programmes
from ledger.counties import COUNTIES
from ledger.facts.bank_names import bank_names
from ledger.programmes import PROGRAMMES
from ledger.runs.settlement import STATE_NAMES, RunRecord
from reports.lineage.explanation import Explanation
from reports.parties import loans as on_file
from reports.parties.loans import DEFAULT_SORT, SORTS, Loan
from reports.runs.explaining import explain
from reports.runs.run_words import SOLO_MARK
from tiexi.portal import listing
from tiexi.portal.call import Call
from tiexi.portal.page_routes import Shown, page
from tiexi.portal.problems import not_there
from tiexi.portal.run_pages import by_part


@page("GET", "/loans", "runs.lines")
def loans(call: Call) -> Shown:
    """The loans of one's scope, found by bank, county and any part of a name or number."""
    asked = listing.asked(call, ("bank", "county"), SORTS, DEFAULT_SORT)
    with call.reading() as connection:
        found = on_file.loans(
            connection, call.scope, asked.words, asked.filters.get("bank", ""), asked.filters.get("county", ""),
            sort=asked.sort, page=asked.page, size=asked.size,
        )  # fmt: skip
        banks = _banks(connection)
        settled = _settled(connection, call)
    return Shown(
        "loans.html",
        {
            "found": {"items": found.items, "page": asked.page, "size": asked.size, "total": found.total},
            "asked": listing.said(asked, "bank", "county"),
            "sort": asked.sort,
            "banks": banks,
            "counties": COUNTIES,
            "one_bank": call.scope.kind == BANK,
            "one_county": call.scope.kind == COUNTY,
            "loan_link": loan_link,
            "left_out": lambda loan: settled.get(loan.product, 0) >= loan.disbursed_on.year,
        },
    )


def loan_link(loan: Loan) -> str:
    """The address of a loan's page."""
    return "/loans/one?" + urlencode({"bank": loan.bank, "note": loan.note_no})


def _settled(connection: Connection, call: Call) -> dict[str, int]:
    """The latest year of which there is a run, by product: an older loan without a verdict is in none."""
    found: dict[str, int] = {}
    for run in on_file.runs_that_count(connection, programmes(call.scope)):
        for product in PROGRAMMES[run.programme].products:
            found[product] = max(run.year, found.get(product, 0))
    return found


def _banks(connection: Connection) -> list[str]:
    names = bank_names(connection)
    return sorted(names.all_printed().values())


@page("GET", "/loans/one", "runs.explain")
def loan(call: Call) -> Shown:
    """One loan: what is on file, and each year's verdict, point by point with its article."""
    with call.reading() as connection:
        found = on_file.one(connection, call.scope, call.query.get("bank", ""), call.query.get("note", ""))
        if found is None:
            raise not_there()
        explanations = [
            _explained(run, explain(connection, run, {"bank": found.bank, "note": found.note_no}, call.scope))
            for run in _runs(connection, call, found)
        ]
    facts = [
        ("企业", f"{found.enterprise}（{found.uscc}）"),
        ("区市", found.county),
        ("业务品种", found.product),
        ("贷款金额", f"{money.wan_text(found.amount_fen)} 万元"),
        ("发放日", found.disbursed_on.isoformat()),
        ("到期日", found.due_on.isoformat()),
        ("年利率", f"{money.percent_text(found.rate_e4)}%"),
    ]
    return Shown("loan.html", {"loan": found, "facts": facts, "explanations": explanations})


def _runs(connection: Connection, call: Call, found: Loan) -> Sequence[RunRecord]:
    """The runs that have a verdict on a loan; where none has, the latest of its document, which says why not."""
    if found.verdicts:
        return [verdict.run for verdict in found.verdicts]
    runs = on_file.runs_that_count(connection, programmes(call.scope))
    return [run for run in runs if found.product in PROGRAMMES[run.programme].products][:1]


def _explained(run: RunRecord, explanation: Explanation) -> dict[str, Any]:
    return {
        "run": run.id,
        "year": run.year,
        "programme": PROGRAMMES[run.programme].name,
        "state": STATE_NAMES[run.state],
        "as_of": run.as_of.isoformat(),
        "solo": SOLO_MARK if run.solo else "",
        "conclusion": explanation.conclusion,
        "parts": by_part(explanation),
    }
