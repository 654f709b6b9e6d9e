"""What several commands share: options, the database of the command line, the user's name."""

import click
from sqlalchemy import Engine

from ledger.database import addresses, db
from ledger.logs import Log
from ledger.people import account
from ledger.settings import Configuration, Settings
from tiexi.terminal.chinese import OUT, RUN

JSON_OPTION = click.option("--json", "as_json", is_flag=True, help="结果以一个 JSON 对象输出（金额为分，日期为 ISO）")
RUN_OPTION = click.option(
    "--run", "run_id", type=RUN, help="指定运行号；默认取该年度审核通过的运行，没有则取最近一次试算"
)
OUT_OPTION = click.option("-o", "--output", "out", required=True, type=OUT, metavar="OUT", help="写到哪里")
_log = Log(__name__)


def user() -> str:
    """Who runs the program."""
    return account()


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


def engine(context: click.Context) -> Engine:
    """The database that the command line names."""
    made = db.open_engine(context.obj["url"])
    _log.info("database opened", database=addresses.shown(made.url))
    context.call_on_close(made.dispose)  # the last connection folds SQLite's log back into the one database file
    return made
