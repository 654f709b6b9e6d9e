"""The commands that make trial runs, one for each programme of the register."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import click

from ledger.programmes import PROGRAMMES
from ledger.runs import settlement
from ledger.runs.settlement import RunRecord
from tiexi.terminal import chinese, options, printing, review_tables
from tiexi.terminal.chinese import DAY, YEAR
from tiexi.terminal.options import JSON_OPTION


@dataclass(frozen=True)
class Trial:
    """How a person asks for a programme's trial run: the words while it runs, whether its day may be chosen, the help, and
    what prints its totals."""

    doing: str
    as_of: bool
    help: str
    show: Callable[[RunRecord], None]


TRIALS = {
    "tech_branch": Trial(
        "试算",
        True,
        """试算一个年度的科技支行贷款贴息与奖补，给出按区市、按银行的合计、追缴与运行号。

        \b
        例：tiexi settle 2023 --as-of 2024-01-31
        """,
        printing.print_run,
    ),
    "chokepoint": Trial(
        "审核",
        False,
        """集中审核一个年度的拨投贷保（威政办发〔2023〕8号），给出按区市、银行、保险公司、投资机构的合计与运行号。

        审核范围：上年 12 月 16 日至当年 12 月 15 日发放的卡脖子攻关贷、缴费的保单、批准的研发补助和股权投资。可审核 2023、2024 年度。

        \b
        例：tiexi review 2023
        """,
        review_tables.print_review,
    ),
}


def trial_command(key: str) -> click.Command:
    """The command that makes trial runs of a programme."""
    programme, trial = PROGRAMMES[key], TRIALS[key]

    def command(context: click.Context, year: int, as_json: bool, as_of: date | None = None) -> None:
        engine = options.engine(context)
        with printing.progress(f"正在{trial.doing} {year} 年度 …"):
            run = settlement.settle(engine, programme, year, as_of, options.user())
        if as_json:
            printing.print_json(run.as_dict())
            return
        trial.show(run)
        printing.print_next(engine, run, options.solo())

    made: Any = JSON_OPTION(click.pass_context(command))
    if trial.as_of:
        made = click.option("--as-of", type=DAY, metavar="日期", help="截止日：还款、展期、撤销以此为准；默认今天")(
            made
        )
    made = click.argument("year", metavar="YEAR", type=YEAR)(made)
    return click.command(programme.command, cls=chinese.Command, help=trial.help)(made)


COMMANDS = tuple(map(trial_command, PROGRAMMES))
