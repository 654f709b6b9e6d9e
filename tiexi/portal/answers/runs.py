"""What is answered of runs. A run is described once for each document, with the totals that the document makes."""

from typing import Any, Literal, NotRequired

from typing_extensions import TypedDict

from ledger.accounts.roles import ROLES
from ledger.lazy import load
from ledger.runs.settlement import STATE_NAMES
from reports.programmes import REPORTS
from tiexi.portal.answers.lines import columns_of
from tiexi.portal.answers.papers import Paper
from tiexi.portal.answers.plain import DayText, Listed, Sealed, TimeText, Warned, one_of, one_of_shapes, shape

State = one_of(STATE_NAMES)
Role = one_of(ROLES)
Value = int | str | None  # of a line's column, or of what a step says


class Next(TypedDict):
    """One thing that stands between a run and its next step, and whose it is. county: where it is one county's."""

    action: str
    roles: list[Role]
    county: NotRequired[str]
    detail: str


class Step(TypedDict):
    """A step of a run's life. figures: what it rested on, by name; loans: of results of a spot check, those not as they
    should be."""

    kind: str
    county: str | None
    made_by: str
    account: str
    made_at: TimeText
    document_no: str | None
    reason: str | None
    figures: dict[str, Any] | None
    loans: NotRequired[list["Found"]]


class Found(TypedDict):
    """A line of the spot check with its outcome."""

    bank: str
    note_no: str
    outcome: str
    remark: str | None


class Signature(TypedDict):
    """What a county says of its part."""

    county: str
    state: str
    made_by: str | None
    made_at: TimeText | None
    document_no: str | None
    reason: str | None


class SpotCheck(TypedDict):
    """Lines drawn, without result, with an open finding."""

    drawn: int
    waiting: int
    open_findings: int


class Objection(TypedDict):
    """An open objection."""

    year: int
    uscc: str
    enterprise: str
    received_on: DayText
    matter: str


_KNOWN: dict[str, Any] = {"run": int, "year": int, "as_of": DayText, "state": State}
_WHOLE: dict[str, Any] = {
    "approved_by": str | None, "approved_document": str | None, "solo": bool, "fingerprint": str,
}  # fmt: skip
_WARNED: dict[str, Any] = {"warnings_count": int, "warnings": list[Warned]}
_STANDING: dict[str, Any] = {
    "steps": list[Step], "signatures": list[Signature], "spot_check": SpotCheck, "missing": list[str],
    "next": list[Next], "objections": list[Objection], "claims_open_fen": int, **_WARNED,
}  # fmt: skip
_PART: dict[str, Any] = {
    "approved_document": str | None, "missing": list[str], "next": list[Next], "steps": NotRequired[list[Step]],
    "signatures": NotRequired[list[Signature]],
}  # fmt: skip


def totals(programme: str) -> dict[str, Any]:
    """The names and types of what the totals of a document's runs hold."""
    named = REPORTS[programme].shown_named
    return dict(load(named).__annotations__) if named else {}


def _each(name: str, more: dict[str, Any], part: dict[str, Any] | None = None) -> Any:
    """A run of each document with all of its totals and more. part: and as somebody is shown it who sees a part of it, with such
    totals as are made of a part, and these."""
    found = []
    for key in REPORTS:
        known, own = {"programme": Literal[key], **_KNOWN}, totals(key)
        found.append(shape(f"{key}_{name}", {**known, **_WHOLE, **own, **more}))
        if part is not None:
            cut = {total: NotRequired[kind] for total, kind in own.items()}
            found.append(shape(f"{key}_{name}_part", {**known, **cut, **part}))
    return one_of_shapes(found)


Trial = _each("trial", _WARNED)
Shown = _each("run", _STANDING, part=_PART)
Signed = _each("signed", _STANDING, part={**_PART, **{name: NotRequired[kind] for name, kind in _WARNED.items()}})
Approved = _each("approved", {"seal": Sealed, **_WARNED})
Stepped = _each("stepped", {"seal": Sealed})
Totals = _each("totals", {}, part={})


class Run(TypedDict):
    """A run in the list of all; what is open of it to whoever sees the whole of it."""

    run: int
    programme: str
    year: int
    as_of: DayText
    state: State
    made_by: str
    made_at: TimeText
    approved_by: str | None
    approved_document: str | None
    solo: bool
    next: list[Next]
    objections: NotRequired[int]
    claims_open_fen: NotRequired[int]
    warnings_count: NotRequired[int]


Runs = Listed[Run]


class Notice(TypedDict):
    """A run whose list is put up for public notice, and the address of the list."""

    run: int
    programme: str
    year: int
    as_of: DayText
    state: State
    file: str


Notices = Listed[Notice]


class Point(TypedDict):
    """One point of an explanation."""

    part: str
    title: str
    outcome: str
    article: str
    code: str
    text: str


class Explanation(TypedDict):
    """Why this amount, or why nothing."""

    run: int
    year: int
    solo: bool
    subject: str
    conclusion: str
    steps: list[Point]


class Checked(TypedDict):
    """A line drawn for the spot check. outcome: null while there is none."""

    county: str
    bank: str
    note_no: str
    uscc: str
    enterprise: str
    amount_fen: int
    drawn_for: str
    outcome: str | None
    remark: str | None
    made_by: str | None
    made_at: TimeText | None
    papers: list[Paper]


Checks = Listed[Checked]


class Drawn(TypedDict):
    """A spot check as it was drawn. new: whether by this request."""

    run: int
    seed: str
    share_e4: int
    loans: int
    new: bool
    total_fen: int
    drawn_fen: int


class Entered(SpotCheck):
    """What was entered, and how the spot check stands."""

    run: int
    entered: int


def _differing() -> Any:
    """A line that differs: by what its document's lines are known, the column, the values in either; of a line that only one
    run has the column is null and the whole line stands on one side."""
    found = []
    for key, contents in REPORTS.items():
        for place, lines in enumerate(contents.lines):
            columns = columns_of(lines)
            who = {name: columns[name] for name in lines.identity}
            whole = shape(f"{key}_line_{place}", {name: NotRequired[kind] for name, kind in columns.items()})
            changed = {**who, "column": str, "a": Value, "b": Value}
            alone = {**who, "column": None, "a": whole | None, "b": whole | None}
            found += [
                shape(f"{key}_changed_{place}", changed),
                shape(f"{key}_alone_{place}", alone),
            ]
    return one_of_shapes(found)


Differing = _differing()


class Compared(TypedDict):
    """Two runs: the totals of both, and the first of the lines that differ."""

    a: Totals
    b: Totals
    lines: list[Differing]
    lines_total: int
