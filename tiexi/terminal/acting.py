"""Who acts on the command line: from the first account on whoever has a token of one, in its rights and under its name.

Order: usage, then the account's rights, then what the command is about.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import click
from sqlalchemy import Connection, Engine, select

from ledger import models, people
from ledger.database import db
from ledger.errors import EnvironmentFailed, Refused

if TYPE_CHECKING:
    from ledger.accounts.accounts import Account
    from ledger.accounts.log import Recorder

VARIABLE = "TIEXI_TOKEN"
ADDRESS = "127.0.0.1"  # from where a token is used on the command line
_ACCOUNT, _RECORDER, _ENTERED, _KEEPER = "tiexi.account", "tiexi.recorder", "tiexi.entered", "tiexi.keeper"
_NAMES = ("by", "uploader")  # options in which a person names himself


def account(context: click.Context) -> "Account | None":
    """The account that acts; None while there are none, and for whoever keeps the server."""
    found: Account | None = context.meta.get(_ACCOUNT)
    return found


def enter(
    context: click.Context,
    engine: Engine,
    action: str,
    programme: str | None,
    needed: Sequence[click.Parameter],
    reads: bool,
    at_once: bool,
) -> None:
    """Finds out who acts, once for a command line: usage first, then the account and its rights.

    needed: options without which nobody can act but an account. reads: nothing is changed, so that no account is needed.
    at_once: a file is taken without a second person, so that institutions may not.
    """
    if context.meta.get(_ENTERED):
        return
    context.meta[_ENTERED] = True
    if not _under_accounts(context, engine, needed, action):
        return
    if reads:
        return
    from ledger.accounts import log

    if not action:
        context.meta[_KEEPER] = engine
        _record(context, engine, log.of_server(_words(context)))
        return
    try:
        found = _acting(context, engine)
    except Refused:
        log.add(engine, log.of_server(action, result=log.DENIED))
        raise
    _require(context, engine, found, action, programme, at_once)
    context.meta[_ACCOUNT] = found
    token = people.acting.set(found.login)
    context.call_on_close(lambda: people.acting.reset(token))
    _record(context, engine, log.Entry(action, _thing(context), account=found, address=ADDRESS))


def has_token() -> bool:
    """Whether the command line comes with a token."""
    return bool(os.environ.get(VARIABLE, "").strip())


def keep(context: click.Context, engine: Engine) -> None:
    """What whoever keeps the server does is logged under the system's user, if there are accounts when it is over."""
    from ledger.accounts import log

    if not context.meta.get(_ENTERED):
        context.meta[_ENTERED] = True
        context.meta[_KEEPER] = engine
        _record(context, engine, log.of_server(_words(context), str(context.params.get("login") or "")))


def _under_accounts(context: click.Context, engine: Engine, needed: Sequence[click.Parameter], action: str) -> bool:
    """Whether there are accounts; if not, what must be given otherwise is given."""
    from ledger.accounts.accounts import any_account

    try:
        with db.reading(engine) as connection:
            if any_account(connection):
                return True
    except EnvironmentFailed:
        _require_given(context, needed)
        if action:
            raise
        return False
    _require_given(context, needed)
    return False


def _require_given(context: click.Context, needed: Sequence[click.Parameter]) -> None:
    for parameter in needed:
        if context.params.get(parameter.name or "") is None:
            raise click.MissingParameter(ctx=context, param=parameter)


def _acting(context: click.Context, engine: Engine) -> "Account":
    """The account of the token; Refused without a good one, wrong usage under another name."""
    from ledger.accounts import tokens
    from ledger.accounts.limits import Limits

    settings = context.obj["configuration"].settings
    said = os.environ.get(VARIABLE, "").strip()
    if not said:
        raise Refused(
            f"{tokens.NEEDED}：已经有账号，办理的人须是账号",
            f"；请把账号的令牌（tiexi token add）放进环境变量 {VARIABLE}",
        )
    limits = Limits(dormant_days=getattr(settings, "portal_dormant_days", Limits().dormant_days))
    used = tokens.use(engine, said, ADDRESS, limits)
    if used.account is None:
        raise Refused(f"{tokens.NEEDED}：环境变量 {VARIABLE} 中的令牌{_WHY[used.why]}")
    for name in _NAMES:
        given = context.params.get(name)
        if given is not None and not people.same_person(given, used.account.name):
            raise click.UsageError(
                f"选项 --{name}：「{given}」不是账号 {used.account.login} 的姓名（{used.account.name}）"
            )
    if settings.solo:
        raise Refused("已经有账号，不能再一人试用", "；请去掉环境变量 TIEXI_SOLO")
    return used.account


_WHY = {
    "unknown": "不是任何账号的令牌", "revoked": "已经吊销", "expired": "已经到期", "state": "所属的账号现在不能使用",
    "address": "不能在本机使用",
}  # fmt: skip


def _require(
    context: click.Context, engine: Engine, found: "Account", action: str, programme: str | None, at_once: bool
) -> None:
    """Refused where the account does not have the right, or an institution would bring a file in past its second person."""
    from ledger.accounts import log, rights

    try:
        rights.require(found, action)
        if programme is None and rights.is_of_programme(action):
            with db.reading(engine) as connection:
                programme = _programme(connection, context.params)
        rights.require(found, action, programme)
        if at_once and found.scope.of_institution:
            raise rights.Forbidden(
                "机构的文件由经办报送、复核确认后入库，不能直接记入",
                "；请用 tiexi uploads add 报送",
            )
    except Refused:
        log.add(engine, log.Entry(action, _thing(context), log.DENIED, found, address=ADDRESS))
        raise


def _programme(connection: Connection, parameters: dict[str, Any]) -> str | None:
    """Of which programme the run is that a command is about, None where there is no such run."""
    number = parameters.get("run_id")
    if number is None:
        entry = models.JournalEntry
        number = connection.execute(select(entry.run_id).where(entry.id == parameters["entry_id"])).scalar()
    found: str | None = connection.execute(select(models.Run.programme).where(models.Run.id == number)).scalar()
    return found


def _thing(context: click.Context) -> str:
    """What a command is about, for the log: numbers and years alone."""
    found = {name: context.params.get(name) for name in ("run_id", "entry_id", "upload_id", "year")}
    return " ".join(str(value) for value in found.values() if value is not None)


def _words(context: click.Context) -> str:
    """The command as it is typed, as an action: jobs.run."""
    return ".".join(context.command_path.split()[1:])


def _record(context: click.Context, engine: Engine, entry: Any) -> None:
    from ledger.accounts.log import Recorder

    context.meta[_RECORDER] = Recorder(engine, entry)


@contextmanager
def over_with(context: click.Context) -> Iterator[None]:
    """Tells the log how a command ended, once it began to act."""
    try:
        yield
    except click.exceptions.Exit as ended:
        _close(context, "refused" if ended.exit_code else "ok")
        raise
    except (Refused, click.UsageError):
        _close(context, "refused")
        raise
    except Exception:
        _close(context, "error")
        raise
    _close(context, "ok")


def _close(context: click.Context, result: str) -> None:
    recorder: Recorder | None = context.meta.pop(_RECORDER, None)
    if recorder is None:
        return
    keeper: Engine | None = context.meta.get(_KEEPER)
    if keeper is None:
        recorder.close(result)
        return
    with suppress(EnvironmentFailed):  # what is kept or put back may be of another version, or gone
        recorder.close(result, _has_accounts(keeper))


def _has_accounts(engine: Engine) -> bool:
    from ledger.accounts.accounts import any_account

    try:
        with db.reading(engine) as connection:
            return any_account(connection)
    except EnvironmentFailed:
        return False
