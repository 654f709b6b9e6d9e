"""The command that lists what is improbable of the facts on file."""

import click

from ledger.database import db
from reports.runs import warnings as reported
from tiexi.terminal import chinese, options, printing
from tiexi.terminal.chinese import YEAR
from tiexi.terminal.options import JSON_OPTION


@click.command("warnings", cls=chinese.Command)
@click.option(
    "--year",
    type=YEAR,
    metavar="年度",
    help="只看该年度的贷款，并判断逾期和未报年末余额：按该年度的运行，没有运行的按今天",
)
@JSON_OPTION
@click.pass_context
def warnings_command(context: click.Context, year: int | None, as_json: bool) -> None:
    """提示：在库数据中可能有误、请核对的行。不影响任何金额，也不妨碍办理。

    \b
    例：tiexi warnings
        tiexi warnings --year 2023 --json
    """
    with printing.progress("正在核对在库数据 …"), db.reading(options.engine(context)) as connection:
        found = reported.on_record(connection, year)
    if as_json:
        printing.print_json({"warnings": [one.as_dict() for one in found]})
        return
    which = f"{year} 年度" if year is not None else "在库数据"
    printing.say(f"{which}有 {len(found)} 条提示，请核对：" if found else f"{which}没有提示")
    for line in reported.lines(found, None):
        printing.say(line)


COMMANDS = (warnings_command,)
