"""What is answered of workbooks that came back, of the books and of jobs."""

from typing import NotRequired

from typing_extensions import TypedDict

from tiexi.portal.answers.plain import DayText, TimeText


class Difference(TypedDict):
    """Where a workbook differs from what is right; null where there is no value."""

    kind: str
    sheet: str
    cell: str
    text: str
    theirs: str | None
    ours: str | None
    theirs_fen: int | None
    ours_fen: int | None


class Reconciled(TypedDict):
    """A workbook against the ledger. run, programme, year, state: null where it is of no run."""

    file: str
    report: str
    run: int | None
    programme: str | None
    year: int | None
    state: str | None
    same: bool
    foreign: bool
    only_looks: bool
    earlier_form: bool
    count: int
    differences: list[Difference]
    remarks: list[str]


class Check(TypedDict):
    """One thing that was checked."""

    check: str
    passed: bool
    findings: list[Difference]


class Verified(TypedDict):
    """A workbook by itself."""

    file: str
    report: str
    consistent: bool
    count: int
    checks: list[Check]
    remarks: list[str]


class Problem(TypedDict):
    """Something that differs."""

    kind: str
    text: str


class Fault(Problem):
    """A file of the store that is not as it should be."""

    file: str


class PapersVerified(TypedDict):
    """Files that were hashed, and how many papers and sent files rest on them."""

    files: int
    papers: int
    uploads: int
    problems: list[Fault]


class Audited(TypedDict):
    """What was looked at and found. papers: where they were looked at."""

    seals: int
    head: str
    head_seal: int | None
    rows: int
    runs: int
    entries: int
    problems: list[Problem]
    remarks: list[str]
    sealed_since: TimeText | None
    papers: NotRequired[PapersVerified]


# --- jobs ---------------------------------------------------------------------------------------------------------------


class JobRun(TypedDict):
    """One run of a job. figures: what it did, by name."""

    run: int
    day: DayText
    result: str
    started_at: TimeText
    ended_at: TimeText | None
    figures: dict[str, int | str | bool | None]
    error: str | None


class Job(TypedDict):
    """A job: when it runs, when next, what came of it last."""

    name: str
    title: str
    when: str
    article: str
    next: TimeText | None
    next_nominal: DayText | None
    last: JobRun | None


class Jobs(TypedDict):
    """All jobs."""

    jobs: list[Job]


class JobDone(JobRun):
    """A job that was run at once."""

    name: str
    title: str
    outcome: str
