"""The commands that write what is sent, printed or read by other programs, one for each export of the register."""

from pathlib import Path
from typing import Any

import click

from ledger.database import db
from ledger.workbooks import cells
from reports import programmes
from reports.report import Export, Option
from tiexi.terminal import chinese, options, printing
from tiexi.terminal.chinese import DAY, YEAR
from tiexi.terminal.options import OUT_OPTION, RUN_OPTION


@click.group(cls=chinese.Group)
def export() -> None:
    """导出附件、明细、追缴、公示、拨付计划、台账、季报和账簿，各是一个命令，见下。

    \b
    例：tiexi export annex2 2023 -o 附件2.xlsx
    """


def export_command(key: str, made: Export) -> click.Command:
    """The command of an export. key: of its programme, '' for one of all."""

    def command(context: click.Context, year: int, out: Path, run_id: int | None = None, **given: Any) -> None:
        if made.suffixes and out.suffix.lower() not in made.suffixes:
            raise click.UsageError(f"OUT「{out}」应以 {' 或 '.join(made.suffixes)} 结尾")
        numbers = {option.name for option in made.options if option.kind == "number"}
        said = {name: int(value) if name in numbers else value for name, value in given.items() if value is not None}
        with db.reading(options.engine(context)) as connection, printing.progress(f"正在写出{made.what} …"):
            written = programmes.write(connection, key, made, year, run_id, out, **said)
        told = "\n".join(f"已写出 {path}（{what}）" for path, what in written.files)
        printing.say(f"{told}{written.note}")

    built: Any = OUT_OPTION(click.pass_context(command))
    if made.of_run:
        built = RUN_OPTION(built)
    for option in reversed(made.options):
        built = _click_option(option)(built)
    built = click.argument("year", metavar="YEAR", type=YEAR)(built)
    return click.command(made.name, cls=chinese.Command, help=made.help)(built)


def _click_option(option: Option) -> Any:
    """An option of an export, as click knows it."""
    read = {
        "day": DAY,
        "county": chinese.OneOf("区市", cells.read_county),
        "number": chinese.words([str(number) for number in option.numbers], option.what),
    }[option.kind]
    return click.option(
        option.flag, option.name, type=read, metavar=option.metavar, help=option.help, required=option.required
    )


for programme_key, one in programmes.exports():
    export.add_command(export_command(programme_key, one))

COMMANDS = (export,)
