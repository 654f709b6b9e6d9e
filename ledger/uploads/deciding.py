"""Deciding on an upload: confirming it, which judges it again and takes it whole; giving it back; taking it down."""

from typing import Any

from sqlalchemy import Engine

from ledger import people
from ledger.accounts.accounts import Account
from ledger.database import clock, db
from ledger.errors import Refused
from ledger.intake import void_files
from ledger.intake.void_files import Withdrawn
from ledger.seals import chain
from ledger.store import Store
from ledger.uploads import judging, records, states
from ledger.uploads.kinds import KINDS
from ledger.uploads.records import Uploaded, Verdict

_LONGEST_REASON = 1_000


def confirm(engine: Engine, store: Store, upload_id: int, account: Account) -> Uploaded:
    """Judges an upload again and takes it, whole or not at all; what an institution amends goes on to the city first.

    RefusedFile with its findings where something stands against it by now, which is kept; Refused where this account may
    not confirm it, NotFound where it does not see it.
    """
    with db.reading(engine) as connection:
        upload = records.get(connection, upload_id, account.scope)
        states.require(connection, upload, account, "confirm")
    file = KINDS[upload.kind].read(upload, store.read(upload.sha256))
    try:
        return _confirm(engine, upload_id, account, file)
    except _NotTaken as refused:
        with db.writing(engine) as connection:
            link = chain.Link(connection, light=True)
            upload = records.get(connection, upload_id)
            states.require(connection, upload, account, "confirm")
            records.add_step(connection, upload, states.REFUSED, account, verdict=refused.verdict)
            link.seal(records.LINK)
            why = records.why_refused(connection, records.get(connection, upload_id))
        raise why from refused


class _NotTaken(Exception):
    """Leaves the transaction without keeping anything: the file is refused by now."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__()
        self.verdict = verdict


def _confirm(engine: Engine, upload_id: int, account: Account, file: Any) -> Uploaded:
    with clock.changing(engine) as connection:
        link = chain.Link(connection, light=True)
        upload = records.get(connection, upload_id, account.scope)
        states.require(connection, upload, account, "confirm")
        keep = upload.state == states.TO_CITY or not upload.amends_for_institution
        with people.acting_as(upload.login):  # it is his file, whoever agrees to it
            verdict = judging.within(connection, upload, file, keep)
        if verdict.refused:
            raise _NotTaken(verdict)
        state = states.KNOWN if verdict.known else states.TAKEN if keep else states.TO_CITY
        records.add_step(connection, upload, state, account, verdict=verdict)
        link.seal(records.LINK)
        return records.get(connection, upload_id)


def give_back(engine: Engine, upload_id: int, account: Account, reason: str) -> Uploaded:
    """Gives an upload back to its sender, with the reason."""
    return _end(engine, upload_id, account, "return", states.RETURNED, reason)


def withdraw(engine: Engine, upload_id: int, account: Account) -> Uploaded:
    """Takes an upload down that one sent oneself."""
    return _end(engine, upload_id, account, "withdraw", states.WITHDRAWN, None)


def void(engine: Engine, upload_id: int, account: Account, reason: str) -> Withdrawn:
    """Withdraws all that an upload brought, whole or not at all; what of it is not the account's to send is not its to
    withdraw."""
    with db.reading(engine) as connection:
        upload = records.get(connection, upload_id, account.scope)
        intake = records.intake_of(connection, upload) if upload.state == states.TAKEN else None
    if intake is None:
        raise Refused(f"第 {upload.id} 号文件 {upload.file} 没有入库的行，无可撤回")
    return void_files.void_file(engine, intake, reason, account.name, account.scope)


def _end(engine: Engine, upload_id: int, account: Account, action: str, state: str, reason: str | None) -> Uploaded:
    with clock.changing(engine) as connection:
        link = chain.Link(connection, light=True)
        upload = records.get(connection, upload_id, account.scope)
        states.require(connection, upload, account, action)
        if reason is not None and not reason.strip():
            raise Refused("请写明退回的原因")
        if reason is not None and len(reason) > _LONGEST_REASON:
            raise Refused(f"退回的原因超过 {_LONGEST_REASON} 个字符；请写得简短些")
        records.add_step(connection, upload, state, account, reason.strip() if reason else None)
        link.seal(records.LINK)
        return records.get(connection, upload_id)
