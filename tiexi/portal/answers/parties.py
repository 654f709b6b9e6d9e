"""What is answered of enterprises and institutions."""

from typing_extensions import TypedDict

from tiexi.portal.answers.plain import DayText, Listed, Warned


class Brought(TypedDict):
    """What a run brought with its lines of one kind: how many, sums by column (fen), how many each code stopped."""

    year: int
    programme: str
    run: int
    state: str
    approved: bool
    kind: str
    claims: bool
    lines: int
    given: dict[str, int]
    stopped: dict[str, int]


class Institution(TypedDict):
    """An insurer or investor."""

    name: str
    other_names: list[str]
    years: list[Brought]


class Bank(Institution):
    """A bank; loans: how many were lent in each year."""

    loans: dict[str, int]


class Enterprise(Bank):
    """An enterprise."""

    uscc: str
    county: str


class Found(TypedDict):
    """Whose code or name holds the words asked for."""

    enterprises: list[Enterprise]
    banks: list[Bank]
    insurers: list[Institution]
    investors: list[Institution]


class Warnings(TypedDict):
    """What is improbable of what is on file."""

    warnings: list[Warned]


class Objection(TypedDict):
    """What an enterprise objects to. outcome, settled_on, document_no: null while it is open."""

    year: int
    uscc: str
    enterprise: str
    county: str
    received_on: DayText
    matter: str
    outcome: str | None
    settled_on: DayText | None
    document_no: str | None
    open: bool


Objections = Listed[Objection]
