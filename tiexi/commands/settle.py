"""The commands that make trial runs, one for each programme of the register."""

from datetime import date
from typing import Any

import click

from ledger.database import db
from ledger.programmes import PROGRAMMES
from ledger.runs import settlement
from reports.bank_names import totals_with_printed_banks
from reports.programmes import REPORTS
from reports.runs import next_steps, status
from tiexi.terminal import options, printing
from tiexi.terminal.chinese import DAY, YEAR
from tiexi.terminal.options import JSON_OPTION
from tiexi.terminal.outcomes import print_kept


def trial_command(key: str) -> click.Command:
    """The command that makes trial runs of a programme."""
    contents = REPORTS[key]
    trial = contents.trial

    def command(context: click.Context, year: int, as_json: bool, as_of: date | None = None) -> None:
        engine = options.engine(context)
        with printing.progress(f"正在{trial.doing} {year} 年度 …"):
            run = settlement.settle(engine, PROGRAMMES[key], year, as_of, options.person(context))
        with db.reading(engine) as connection:
            if as_json:
                printing.print_json({**run.as_dict(), **status.warned_dict(connection, run)})
                return
            printing.print_parts(contents.totals(totals_with_printed_banks(connection, run)))
            print_kept(connection, run)
            printing.say(next_steps.what_next(connection, run, options.solo()))

    made: Any = JSON_OPTION(click.pass_context(command))
    if trial.as_of:
        made = click.option("--as-of", type=DAY, metavar="日期", help="截止日：还款、展期、撤销以此为准；默认今天")(
            made
        )
    made = click.argument("year", metavar="YEAR", type=YEAR)(made)
    return click.command(trial.command, cls=options.ChangingCommand, action="runs.add", programme=key, help=trial.help)(
        made
    )


COMMANDS = tuple(map(trial_command, REPORTS))
