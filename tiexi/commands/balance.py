"""The command that tells where every fen of a year is."""

from datetime import date

import click

from ledger.database import db
from ledger.programmes import PROGRAMMES
from reports.money import balance as balances
from reports.money import balance_tables
from tiexi.terminal import chinese, options, printing
from tiexi.terminal.chinese import DAY, YEAR
from tiexi.terminal.options import JSON_OPTION
from tiexi.terminal.programme import PROGRAMME_OPTION


@click.command(cls=chinese.Command)
@click.argument("year", metavar="YEAR", type=YEAR)
@click.option("--as-of", type=DAY, metavar="日期", help="到哪一天为止；默认今天")
@PROGRAMME_OPTION
@JSON_OPTION
@click.pass_context
def balance(context: click.Context, year: int, as_of: date | None, programme: str, as_json: bool) -> None:
    """一个年度的每一分钱在哪里：各环节的金额，滞留在谁手里、多少天，还有多少追缴没有缴回。

    \b
    例：tiexi balance 2023
        tiexi balance 2023 --as-of 2024-06-30
    """
    with db.reading(options.engine(context)) as connection:
        found = balances.of_year(connection, PROGRAMMES.named(programme).key, year, as_of)
    if as_json:
        printing.print_json(found.as_dict())
    else:
        print_balance(found)


def print_balance(found: balances.Balance) -> None:
    """Where the money of a run is, on the terminal."""
    run = found.run
    printing.say(
        f"{PROGRAMMES[run.programme].name} {run.year} 年度，第 {run.id} 号运行（{printing.state_words(run)}），"
        f"截至 {found.until}。单位：万元"
    )
    printing.show(balance_tables.stages(found))
    if found.waiting:
        for table in balance_tables.waiting(found):
            printing.show(table)
        printing.say(f"未到位的每一笔：tiexi pay {run.year}{PROGRAMMES[run.programme].option} --blank 待拨付.xlsx")
    else:
        printing.say("没有滞留的资金")
    if claimed := balance_tables.claimed_words(found):
        printing.say(claimed)
    for table in balance_tables.claims(found):
        printing.show(table)


COMMANDS = (balance,)
