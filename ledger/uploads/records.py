"""Uploads as they stand: each follows from its row and its steps, which are only ever added."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, false, func, insert, select

from ledger import models
from ledger.accounts.accounts import Account
from ledger.accounts.roles import BANK
from ledger.accounts.scope import Scope, bank_ids
from ledger.database import db
from ledger.errors import NotFound, Refused
from ledger.intake.sending import of_unit, sent_by_unit
from ledger.people import account as acting_account
from ledger.uploads import states
from ledger.workbooks.findings import Finding
from ledger.workdays import now

LINK = "upload"  # the kind of the links under which uploads and their steps lie
SHOWN = 1_000  # changes of an upload that are kept and shown
TOLD = 10_000  # findings that are told with a refusal; all are kept
_BY_JUDGING = (states.CHECKED, states.REFUSED, states.KNOWN, states.TAKEN, states.TO_CITY)
_FINDING = ("file", "sheet", "row", "header", "letter", "value", "problem", "expected")


@dataclass(frozen=True)
class Verdict:
    """What judging said of a file: every finding, or that it is known, and what would be (or was) taken of it.

    result: taken, skipped, legs, entries, warnings, in the words of `--json`. receipt: the hash of the link that holds it.
    """

    findings: Sequence[Finding] = ()
    refusal: str = ""
    known: bool = False
    intake_id: int | None = None
    result: Mapping[str, Any] = field(default_factory=dict)
    changes: Sequence[Mapping[str, Any]] = ()
    receipt: str | None = None

    @property
    def refused(self) -> bool:
        """Whether nothing of it can be taken."""
        return bool(self.findings or self.refusal)


@dataclass(frozen=True)
class Step:
    """A step of an upload, without its changes."""

    id: int
    state: str
    made_by: str | None
    made_at: datetime
    reason: str | None
    refusal: str | None
    findings: int
    result: Mapping[str, Any] | None


@dataclass(frozen=True)
class Voided:
    """Who withdrew all that a file had brought, when, and why."""

    by: str
    at: datetime
    reason: str


@dataclass(frozen=True)
class Uploaded:
    """An upload with its steps. scope: of its sender, as it was when it came. voided: who withdrew all that it brought, when
    and why; None where nobody did."""

    id: int
    kind: str
    file: str
    sha256: str
    size: int
    login: str
    by: str
    unit: str
    scope: Scope
    received_at: datetime
    amend_reason: str | None
    year: int | None
    programme: str | None
    run: int | None
    check_only: bool
    steps: Sequence[Step]
    voided: Voided | None = None

    @property
    def state(self) -> str:
        """Where it stands."""
        return self.steps[-1].state if self.steps else states.RECEIVED

    @property
    def amends_for_institution(self) -> bool:
        """Whether it is to go to the city before it is taken."""
        return self.scope.of_institution and self.amend_reason is not None

    @property
    def warnings(self) -> Sequence[Mapping[str, Any]]:
        """What is improbable of it, as it was last judged."""
        judged = self.last(*_BY_JUDGING)
        return ((judged.result if judged else None) or {}).get("warnings", [])

    def last(self, *of: str) -> Step | None:
        """The last step to one of some states."""
        return next((step for step in reversed(self.steps) if step.state in of), None)

    def as_dict(self) -> dict[str, Any]:
        """What there is to say of it whoever looks; its changes are read apart."""
        judged = self.last(*_BY_JUDGING)
        result = (judged.result if judged else None) or {}
        refused = judged is not None and judged.state == states.REFUSED
        confirmed = self.last(states.TAKEN, states.TO_CITY)
        ended = self.last(states.RETURNED, states.WITHDRAWN)
        return {
            "upload": self.id, "kind": self.kind, "file": self.file, "sha256": self.sha256, "bytes": self.size,
            "state": self.state, "by": self.by, "login": self.login, "unit": self.unit,
            "received_at": self.received_at.isoformat(),
            "judged_at": judged.made_at.isoformat() if judged else None,
            "amend_reason": self.amend_reason, "year": self.year, "programme": self.programme, "run": self.run,
            "check_only": self.check_only,
            "taken": {} if refused else result.get("taken", {}), "skipped": result.get("skipped", {}),
            "changes_total": 0 if refused else result.get("changes", 0),
            "legs": result.get("legs", {}), "entries": result.get("entries", {}),
            "warnings": list(self.warnings),
            "findings": judged.findings if judged else 0, "refusal": judged.refusal if judged else None,
            "confirmed_by": confirmed.made_by if confirmed else None,
            "confirmed_at": confirmed.made_at.isoformat() if confirmed else None,
            "reason": ended.reason if ended else None,
            "voided_by": self.voided.by if self.voided else None,
            "voided_at": self.voided.at.isoformat() if self.voided else None,
            "voided_reason": self.voided.reason if self.voided else None,
            "seal": result.get("receipt"),
        }  # fmt: skip


class RefusedFile(Refused):
    """A file that was judged and refused: its upload's number, and what stands against it, as `import --json` lists it."""

    def __init__(self, upload: int, sentence: str, findings: Sequence[Finding], total: int) -> None:
        super().__init__(sentence)
        self.findings = [one.as_dict() for one in findings]
        self.lines = [one.line() for one in findings]
        self.more = {"upload": upload, "findings_total": total}


# --- reading ----------------------------------------------------------------------------------------------------------


def get(connection: Connection, upload_id: int, scope: Scope | None = None) -> Uploaded:
    """An upload; NotFound where there is none, or none that the scope sees (None: whoever asks)."""
    within = [] if scope is None else states.seen(connection, scope)
    found = next(_read(connection, models.Upload.id == upload_id, *within), None)
    if found is None:
        raise NotFound("没有这个报送文件")
    return found


def seen(
    connection: Connection,
    scope: Scope,
    *conditions: ColumnElement[bool],
    order: Sequence[Any] = (),
    limit: int | None = None,
    offset: int = 0,
) -> list[Uploaded]:
    """The uploads that a scope sees, newest first but for another order. conditions: on models.Upload and `state_of`."""
    within = (*conditions, *states.seen(connection, scope))
    return list(_read(connection, *within, order=order, limit=limit, offset=offset))


def count(connection: Connection, scope: Scope, *conditions: ColumnElement[bool]) -> int:
    """How many of them there are."""
    query = select(func.count()).select_from(models.Upload).where(*conditions, *states.seen(connection, scope))
    return int(connection.execute(query).scalar_one())


def state_of() -> ColumnElement[str]:
    """The state of an upload, for conditions."""
    step, upload = models.UploadStep, models.Upload
    last = select(step.state).where(step.upload_id == upload.id).order_by(step.id.desc()).limit(1)
    return func.coalesce(last.correlate(upload).scalar_subquery(), states.RECEIVED)


def shown(connection: Connection, upload: Uploaded, account: Account) -> dict[str, Any]:
    """An upload as an account is shown it: with its first changes, and what the account may do now."""
    judged = upload.last(*_BY_JUDGING)
    step = models.UploadStep
    kept = None
    if judged is not None and judged.state != states.REFUSED:
        kept = connection.execute(select(step.changes).where(step.id == judged.id)).scalar_one()
    changes = kept["first"] if kept else []
    return {**upload.as_dict(), "changes": changes, "actions": states.actions(connection, upload, account)}


def findings(
    connection: Connection,
    upload: Uploaded,
    limit: int | None = None,
    offset: int = 0,
    conditions: Sequence[ColumnElement[bool]] = (),
    order: Sequence[Any] = (),
) -> list[Finding]:
    """The findings of the last time that an upload was judged, in their order but for another one. conditions: on
    models.UploadFinding."""
    table = models.table_of(models.UploadFinding)
    query = select(*(table.c[name] for name in _FINDING)).where(_of_last_judging(upload), *conditions)
    rows = connection.execute(query.order_by(*order, table.c.number).limit(limit).offset(offset))
    return [Finding(*row) for row in rows]


def count_findings(connection: Connection, upload: Uploaded, conditions: Sequence[ColumnElement[bool]] = ()) -> int:
    """How many of them there are."""
    table = models.table_of(models.UploadFinding)
    query = select(func.count()).select_from(table).where(_of_last_judging(upload), *conditions)
    return int(connection.execute(query).scalar_one())


def _of_last_judging(upload: Uploaded) -> ColumnElement[bool]:
    judged = upload.last(*_BY_JUDGING)
    return models.table_of(models.UploadFinding).c.step_id == judged.id if judged is not None else false()


def intake_of(connection: Connection, upload: Uploaded) -> int | None:
    """The number under which an upload was taken, or is known; None where it was not taken."""
    step = upload.last(states.TAKEN, states.KNOWN)
    if step is None:
        return None
    row = models.UploadStep
    found: int | None = connection.execute(select(row.intake_id).where(row.id == step.id)).scalar_one()
    return found


def why_refused(connection: Connection, upload: Uploaded) -> RefusedFile:
    """What stands against an upload, with the first of its findings."""
    judged = upload.last(states.REFUSED)
    assert judged is not None, upload.id
    told = findings(connection, upload, TOLD)
    sentence = judged.refusal or f"共 {judged.findings} 处问题，整个文件未导入"
    return RefusedFile(upload.id, sentence, told, judged.findings)


def last_number(connection: Connection) -> int:
    """The number of the newest upload, 0 where there is none."""
    return int(connection.execute(select(func.coalesce(func.max(models.Upload.id), 0))).scalar_one())


def unjudged(connection: Connection, after: int = 0) -> list[int]:
    """The uploads after a number that came and were not judged yet, the oldest first."""
    upload, step = models.Upload, models.UploadStep
    judged = select(step.id).where(step.upload_id == upload.id, step.state != states.JUDGING).exists()
    return list(connection.execute(select(upload.id).where(upload.id > after, ~judged).order_by(upload.id)).scalars())


def waiting_like(connection: Connection, scope: Scope, sha256: str, fields: Mapping[str, Any]) -> Uploaded | None:
    """The upload of one's own unit with the same bytes and fields that still waits; None where there is none."""
    for one in _read(connection, models.Upload.sha256 == sha256):
        same = all(value == (one.run if name == "run_id" else getattr(one, name)) for name, value in fields.items())
        waits = one.state in states.WAITING and not (one.check_only and one.state == states.CHECKED)
        if same and waits and of_unit(connection, scope)(one.scope):
            return one
    return None


def bytes_of(connection: Connection, scope: Scope, unit: ColumnElement[bool] | None = None) -> int:
    """How many bytes a unit has sent in all: files to be taken, and papers. unit: `sent_by_unit`, where it is known."""
    upload, paper = models.Upload, models.Paper
    own = sent_by_unit(connection, scope) if unit is None else unit
    sent = int(connection.execute(select(func.coalesce(func.sum(upload.size), 0)).where(own)).scalar_one())
    if scope.kind != BANK:
        return sent
    own = paper.bank_id.in_(bank_ids(connection, scope) or ())
    return sent + int(connection.execute(select(func.coalesce(func.sum(paper.size), 0)).where(own)).scalar_one())


def _scope(role: str, kind: str | None, name: str | None, login: str = "", unit: str = "") -> Scope:
    return Scope(role, kind or "", name or "", login, unit)


def _read(
    connection: Connection, *conditions: Any, order: Sequence[Any] = (), limit: int | None = None, offset: int = 0
) -> Iterator[Uploaded]:
    upload, step = models.table_of(models.Upload), models.table_of(models.UploadStep)
    query = select(upload).where(*conditions).order_by(*order, upload.c.id.desc())
    rows = connection.execute(query.limit(limit).offset(offset) if limit is not None else query).all()
    columns = [
        step.c[name] for name in ("id", "state", "made_by", "made_at", "reason", "refusal", "findings", "result")
    ]
    steps: dict[int, list[Step]] = {}
    for some in db.in_chunks([row.id for row in rows]):
        of_these = select(step.c.upload_id, *columns).where(step.c.upload_id.in_(some)).order_by(step.c.id)
        for row in connection.execute(of_these):
            steps.setdefault(row[0], []).append(Step(*row[1:]))
    voided = _voided(connection, list(steps))
    for row in rows:
        scope = _scope(row.role, row.scope_kind, row.scope_name)
        yield Uploaded(
            row.id, row.kind, row.file_name, row.sha256, row.size, row.login, row.sent_by, row.unit, scope,
            row.received_at, row.amend_reason, row.year, row.programme, row.run_id, row.check_only,
            steps.get(row.id, []), voided.get(row.id),
        )  # fmt: skip


def _voided(connection: Connection, uploads: Sequence[int]) -> dict[int, Voided]:
    """By upload, as far as all that it brought was withdrawn."""
    step, change = models.UploadStep, models.Change
    query = select(step.upload_id, change.made_by, change.made_at, change.reason).join_from(
        change, step, step.intake_id == change.withdrawn_intake_id
    )
    found = {}
    for some in db.in_chunks(uploads):
        for row in connection.execute(
            query.where(step.upload_id.in_(some), step.state.in_((states.TAKEN, states.KNOWN)))
        ):
            found[row.upload_id] = Voided(row.made_by, row.made_at, row.reason)
    return found


# --- writing ----------------------------------------------------------------------------------------------------------


def add_step(
    connection: Connection,
    upload: Uploaded,
    state: str,
    by: Account | None = None,
    reason: str | None = None,
    verdict: Verdict | None = None,
) -> None:
    """Adds a step, with what judging said, within the caller's write transaction. by: None where the program judged."""
    table = models.table_of(models.UploadStep)
    number = db.next_id(connection, table)
    said = verdict or Verdict()
    result = dict(said.result)
    if said.receipt is not None:
        result["receipt"] = said.receipt
    if said.changes:
        result["changes"] = len(said.changes)
    connection.execute(
        insert(table).values(
            id=number, upload_id=upload.id, state=state, made_by=by.name if by else None,
            account=f"@{by.login}" if by else acting_account(), made_at=now(), reason=reason,
            refusal=said.refusal or None, findings=len(said.findings), intake_id=said.intake_id, result=result or None,
            changes={"first": list(said.changes[:SHOWN])} if said.changes else None,
        )
    )  # fmt: skip
    if said.findings:
        columns: dict[str, list[Any]] = {
            "step_id": [number] * len(said.findings),
            "number": list(range(1, len(said.findings) + 1)),
        }
        for name in _FINDING:
            columns[name] = [getattr(one, "column" if name == "header" else name) for one in said.findings]
        db.insert_columns(connection, models.table_of(models.UploadFinding), columns)
