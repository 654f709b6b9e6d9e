"""What became of a file that was imported."""

from dataclasses import dataclass, field
from typing import Any

from ledger.intake.repeated import Deviation
from ledger.warnings.kinds import Warned
from ledger.workbooks.findings import Finding


@dataclass
class Taken:
    """How many rows of one sheet were new, amended, or on file with the same content."""

    new: int = 0
    amended: int = 0
    same: int = 0


@dataclass(frozen=True)
class Changed:
    """One cell of a row that a file amends: the row by its key, the column, and what is on file and in the file, in words."""

    sheet: str
    key: tuple[str, ...]
    column: str
    before: str
    after: str

    def as_dict(self) -> dict[str, Any]:
        """For --json."""
        return {**vars(self), "key": list(self.key)}


@dataclass
class Outcome:
    """What became of one file: taken (perhaps known before) or refused, with the reasons."""

    file: str
    sha256: str = ""
    taken: dict[str, Taken] = field(default_factory=dict)
    skipped: dict[str, list[int]] = field(default_factory=dict)  # example rows by sheet, their Excel numbers
    titled: dict[str, int] = field(default_factory=dict)  # sheets whose header is not the first row: its Excel number
    runs: list[str] = field(default_factory=list)  # approved ones, in words, that used rows which this file amended
    findings: list[Finding] = field(default_factory=list)
    changes: list[Changed] = field(default_factory=list)  # cells of rows on file that it amends
    warnings: list[Warned] = field(default_factory=list)  # of its new and amended rows, taken or not
    refusal: str = ""  # a sentence on the file as a whole
    hint: str = ""  # what to type on a command line about it, or about the findings; of a refusal its end
    known_since: str = ""  # when the same bytes were taken before
    known_intake: int | None = None  # the number under which they were taken
    intake: int | None = None  # the number under which this file was taken; None where it was not
    deviations: list[Deviation] = field(default_factory=list)  # where a known file differs from what is stored of it
    receipt: str | None = None  # the hash of the link under which the file lies; None where it was not taken
    dry_run: bool = False

    @property
    def status(self) -> str:
        """What became of it, in a word for machines."""
        if self.known_since:
            return "known"
        return "refused" if self.refused else "checked" if self.dry_run else "taken"

    def as_dict(self) -> dict[str, Any]:
        """For --json."""
        return {
            "file": self.file,
            "sha256": self.sha256,
            "status": self.status,
            "taken": {} if self.refused else {sheet: vars(taken) for sheet, taken in self.taken.items()},
            "skipped": self.skipped,
            "titled": self.titled,
            "amended_runs": self.runs,
            "changes": [] if self.refused else [changed.as_dict() for changed in self.changes],
            "refusal": self.refusal or None,
            "receipt": self.receipt,
            "deviations": [deviation.as_dict() for deviation in self.deviations],
            "findings": [finding.as_dict() for finding in self.findings],
        }

    @property
    def refused(self) -> bool:
        """Whether nothing of the file was taken."""
        return bool(self.findings or self.refusal)
