"""What is answered of files that are sent."""

from typing import Any, NotRequired

from typing_extensions import TypedDict

from ledger.uploads import states
from reports.lineage import trace, trace_payments
from reports.programmes import claimed, given
from tiexi.portal.answers.plain import DayText, Finding, HashText, Listed, TimeText, Warned, one_of, shape

State = one_of(states.NAMES)
Action = one_of(states.ACTIONS)


class Taken(TypedDict):
    """Rows of a sheet."""

    new: int
    amended: int
    same: int


class Leg(TypedDict):
    """Payments of a leg: their rows and sum."""

    rows: int
    fen: int


class Change(TypedDict):
    """A cell of a row on file that a file amends, in words."""

    sheet: str
    key: list[str]
    column: str
    before: str
    after: str


class WarnedOfUpload(Warned):
    """What is improbable of a row; letter: of the column that is meant, empty where none is."""

    letter: str


class Sent(TypedDict):
    """A file: where it stands, what would be or was taken of it, by sheet; whether that was withdrawn since; what the account may do with it now."""

    upload: int
    kind: str
    file: str
    sha256: HashText
    bytes: int
    state: State
    by: str
    login: str | None
    unit: str
    received_at: TimeText
    judged_at: TimeText | None
    amend_reason: str | None
    year: int | None
    programme: str | None
    run: int | None
    check_only: bool
    taken: dict[str, Taken]
    skipped: dict[str, list[int]]
    changes_total: int
    legs: dict[str, Leg]
    entries: dict[str, list[int]]
    warnings: list[WarnedOfUpload]
    findings: int
    refusal: str | None
    confirmed_by: str | None
    confirmed_at: TimeText | None
    reason: str | None
    voided_by: str | None
    voided_at: TimeText | None
    voided_reason: str | None
    seal: HashText | None
    actions: list[Action]


class Upload(Sent):
    """A file with the first of its changes."""

    changes: list[Change]


Uploads = Listed[Sent]
Findings = Listed[Finding]


class VoidedFile(TypedDict):
    """A file whose rows were withdrawn, and how many of each sheet."""

    intake: int
    file: str
    rows: dict[str, int]


class VoidedRow(TypedDict):
    """A row that was withdrawn."""

    sheet: str
    key: list[str]
    reason: str
    voided: bool


# --- where the rows of a file ended -------------------------------------------------------------------------------------


class Deviation(TypedDict):
    """Where a file differs from what is stored of it."""

    sheet: str
    row: int
    column: str
    in_file: str
    stored: str
    sentence: str


class Reason(TypedDict):
    """How many rows ended so, and why."""

    outcome: str
    reason: str
    rows: int


_COUNTS: dict[str, Any] = {"rows": int, **dict.fromkeys(trace.OUTCOMES, int)}
_CLAIMED: dict[str, Any] = {"claims": int, **{f"claimed_{kind}_fen": int for kind in claimed()}}
_OF_RUN: dict[str, Any] = {"run": int, "programme": str, "year": int, "state": str}
_FILE: dict[str, Any] = {"file": str, "sha256": HashText, "received_at": TimeText}
TracedSheet = shape(
    "TracedSheet",
    {
        "sheet": str, **_COUNTS, "repeated": int, "amount_fen": dict[str, int] | None,
        **{f"{kind}_fen": int for kind in given()}, **_CLAIMED, "reasons": list[Reason],
    },
)  # fmt: skip
TracedRun = shape("TracedRun", {**_OF_RUN, **_COUNTS, **_CLAIMED, "sheets": list[TracedSheet]})
Traced = shape("Traced", {**_FILE, "with_repeated_rows": bool, "deviations": list[Deviation], "runs": list[TracedRun]})


class Sums(TypedDict):
    """Rows and their sum."""

    rows: int
    amount_fen: int


class Payment(TypedDict):
    """A row of a file of payments, and the entry that it became; null where there is none."""

    sheet: str
    row: int | None
    outcome: str
    entry: int | None
    run: int | None
    leg: str
    item: str | None
    county: NotRequired[str | None]
    bank: NotRequired[str | None]
    uscc: NotRequired[str | None]
    enterprise: NotRequired[str | None]
    date: DayText | None
    amount_fen: int
    voucher: str | None
    reversed_by: int | None
    reversed_on: DayText | None


_OUTCOMES: dict[str, Any] = dict.fromkeys(trace_payments.OUTCOMES, Sums)
TracedLeg = shape("TracedLeg", {"leg": str, "file": Sums | None, **_OUTCOMES, "difference": Sums})
PaidRun = shape("PaidRun", _OF_RUN)
TracedPayments = shape(
    "TracedPayments",
    {
        **_FILE, "with_open_rows": bool, "runs": list[PaidRun], "rows": int,
        **dict.fromkeys(trace_payments.OUTCOMES, int), "legs": list[TracedLeg], "payments": list[Payment],
        "problems": list[str],
    },
)  # fmt: skip
