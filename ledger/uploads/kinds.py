"""What each kind of upload is judged as: read first, so that no writer waits, then judged within a write transaction."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from ledger.accounts.scope import Scope
from ledger.intake import importer
from ledger.intake.importer import Opened, Sent
from ledger.intake.sending import sheets_of
from ledger.uploads.records import Uploaded, Verdict


@dataclass(frozen=True)
class Kind:
    """A kind: its name in words, how a file is read, how it is judged (and taken, where it is to be kept), and whether a
    scope may send any at all."""

    name: str
    read: Callable[[Uploaded, bytes], Any]
    judge: Callable[[Connection, Uploaded, Any, bool], Verdict]
    sent_by: Callable[[Scope], bool]


# --- facts ------------------------------------------------------------------------------------------------------------


def _read_facts(upload: Uploaded, data: bytes) -> Opened:
    sent = Sent(Path(upload.file), data, upload.by, upload.amend_reason, scope=upload.scope)
    return importer.opened(sent)


def _judge_facts(connection: Connection, upload: Uploaded, file: Opened, keep: bool) -> Verdict:
    outcome = importer.judge_within(connection, file, keep)
    told = outcome.as_dict()
    result = {
        **{name: told[name] for name in ("taken", "skipped", "titled", "amended_runs")},
        "warnings": [one.as_dict() for one in outcome.warnings],
    }
    return Verdict(
        outcome.findings,
        outcome.refusal.removesuffix(outcome.hint),
        bool(outcome.known_since),
        outcome.known_intake or outcome.intake,
        result,
        [one.as_dict() for one in outcome.changes],
        outcome.receipt,
    )


KINDS: Mapping[str, Kind] = {
    "facts": Kind("报送工作簿", _read_facts, _judge_facts, lambda scope: bool(sheets_of(scope))),
}
