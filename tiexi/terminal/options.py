"""What several commands share: options, the database of the command line, the user's name."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import click
from sqlalchemy import Engine

from ledger.accounts.scope import EVERYTHING, Scope
from ledger.database import addresses, clock, db
from ledger.errors import EnvironmentFailed
from ledger.logs import Log
from ledger.people import account
from ledger.settings import Configuration, Settings
from tiexi.terminal import acting, chinese
from tiexi.terminal.chinese import OUT, RUN

JSON_OPTION = click.option("--json", "as_json", is_flag=True, help="结果以一个 JSON 对象输出（金额为分，日期为 ISO）")
RUN_OPTION = click.option(
    "--run", "run_id", type=RUN, help="指定运行号；默认取该年度审核通过的运行，没有则取最近一次试算"
)
OUT_OPTION = click.option("-o", "--output", "out", required=True, type=OUT, metavar="OUT", help="写到哪里")
_log = Log(__name__)
_ENGINE = "tiexi.engine"  # of a command line: the database that it opened to change it


def _waive_clock(context: click.Context, _parameter: click.Parameter, given: bool) -> None:
    """Has the command's changes made though the clock is behind what is on file."""
    if given:
        token = clock.waived.set(True)
        context.call_on_close(lambda: clock.waived.reset(token))


class ChangingCommand(chinese.Command):
    """A command that changes the books: it does so though the clock is behind what is on file only when told to, and once
    there are accounts only as one that has the right.

    action: the right's name; '' for what whoever keeps the server does without an account. programme: whose step it is
    where the command says so. reads(parameters): whether it only reads, as it is called. at_once: whether it takes a file
    without a second person's confirmation.
    """

    def __init__(
        self,
        *arguments: Any,
        action: str = "",
        programme: str | None = None,
        reads: Callable[[dict[str, Any]], bool] = lambda _: False,
        at_once: bool = False,
        **more: Any,
    ) -> None:
        super().__init__(*arguments, **more)
        self.action, self.programme, self.reads, self.at_once = action, programme, reads, at_once
        self.params.append(
            click.Option(
                ["--clock-ok"], is_flag=True, expose_value=False, callback=_waive_clock,
                help="本机时钟比库中最新的记录落后一天以上时仍然办理，并如实记录",
            )
        )  # fmt: skip

    def invoke(self, context: click.Context) -> Any:
        """Runs it; the log is told how it ended, and who acted is over with it. Where it changed nothing after all, and so was
        not refused, it tells of the clock as those do that only read."""
        try:
            with acting.over_with(context):
                found = super().invoke(context)
        except click.exceptions.Exit:
            _tell_at_the_end(context)
            raise
        _tell_at_the_end(context)
        return found


def _tell_at_the_end(context: click.Context) -> None:
    made = context.meta.get(_ENGINE)
    if made is not None and not clock.waived.get():
        tell_of_clock(made)
        made.dispose()


class KeepersCommand(chinese.Command):
    """A command of whoever keeps the server: it needs no account, and is logged once there are any."""

    def invoke(self, context: click.Context) -> Any:
        """Runs it; the log is told how it ended."""
        with acting.over_with(context):
            return super().invoke(context)


class NeededAlone(click.Option):
    """An option that must be given while nobody acts as an account, which says it otherwise."""

    def __init__(self, *arguments: Any, **more: Any) -> None:
        more["help"] = f"{more.get('help', '')}（必填；以账号办理的可以不写）"
        super().__init__(*arguments, **more)


def person(context: click.Context, given: str | None = None) -> str:
    """Who does it, by name: the account that acts, else the name given, else the system's user."""
    acts = acting.account(context)
    return acts.name if acts is not None else given or account()


def scope(context: click.Context) -> Scope:
    """What of the books is in reach: the account's own, else everything."""
    acts = acting.account(context)
    return acts.scope if acts is not None else EVERYTHING


def solo() -> bool:
    """Whether one person tries the program out alone (TIEXI_SOLO=1): no signatures, no second person."""
    return settings(click.get_current_context()).solo


def configuration(context: click.Context) -> Configuration:
    """The configuration of this command line."""
    found: Configuration = context.obj["configuration"]
    return found


def settings(context: click.Context) -> Settings:
    """The settings of this command line."""
    return configuration(context).settings


def log_level(context: click.Context) -> str:
    """From which level on this command line logs: what --verbose says, else the settings."""
    return ("", "INFO", "DEBUG")[min(context.obj["verbose"], 2)] or settings(context).log_level


def same_file(target: Path, path: Path) -> bool:
    """Whether what is to be written would take the place of a file that was given, by whatever name."""
    try:
        return target.samefile(path)
    except OSError:  # not there yet, or a name that cannot be
        return False


def engine(context: click.Context) -> Engine:
    """The database that the command line names."""
    made = db.open_engine(context.obj["url"])
    _log.info("database opened", database=addresses.shown(made.url))
    context.call_on_close(made.dispose)  # the last connection folds SQLite's log back into the one database file
    command = context.command
    if isinstance(command, ChangingCommand):
        context.meta[_ENGINE] = made
        needed = [one for one in command.params if isinstance(one, NeededAlone)]
        acting.enter(
            context, made, command.action, command.programme, needed, command.reads(context.params), command.at_once
        )
    else:
        if isinstance(command, KeepersCommand):
            acting.keep(context, made)
        tell_of_clock(made)
    made.dispose()  # a connection that is kept open would stand in the way of a restore
    return made


def tell_of_clock(made: Engine) -> None:
    """Who only reads is told that the clock is behind what is on file; a database that cannot be read is the command's to tell."""
    with suppress(EnvironmentFailed), db.reading(made) as connection:
        if sentence := clock.behind(connection):
            click.echo(f"提示：{sentence}；请校准时钟", err=True)
