"""The commands that write what is sent, printed or read by other programs, one for each export of the register."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from ledger.database import db
from ledger.programmes import PROGRAMMES
from ledger.workbooks import cells
from reports import programmes
from reports.report import Export, Option
from tiexi.terminal import chinese, options, printing
from tiexi.terminal.chinese import DAY, YEAR
from tiexi.terminal.options import OUT_OPTION, RUN_OPTION


@click.group(cls=chinese.Group)
def export() -> None:
    """导出附件、明细、追缴、问题清单、申请报告、告知书、公示、拨付计划、台账、季报和账簿，各是一个命令，见下。

    \b
    例：tiexi export annex2 2023 -o 附件2.xlsx
    """


def export_command(of: Mapping[str, Export]) -> click.Command:
    """The command of an export. of: by programme ('' for one of all), each that has an export of this name, the usual
    first."""
    usual, made = next(iter(of.items()))
    names = [PROGRAMMES[key].name for key in of if key]

    def command(
        context: click.Context,
        out: Path,
        year: int | None = None,
        run_id: int | None = None,
        programme: str | None = None,
        **given: Any,
    ) -> None:
        key = usual if programme is None else PROGRAMMES.named(programme).key
        chosen = of[key]
        flags = {option.name: option.flag for option in chosen.options}
        if chosen.one_of and sum(given.get(name) is not None for name in chosen.one_of) != 1:
            raise click.UsageError(f"{'、'.join(flags[name] for name in chosen.one_of)} 应当写而且只写一个")
        into_folder = given.get(chosen.into_folder) is not None
        if chosen.suffixes and not into_folder and out.suffix.lower() not in chosen.suffixes:
            raise click.UsageError(f"OUT「{out}」应以 {' 或 '.join(chosen.suffixes)} 结尾")
        kinds = {option.name: option for option in chosen.options}
        said = {name: value for name, value in given.items() if value is not None}
        for option in (option for one in of.values() for option in one.options):
            if option.name in said and option.name not in kinds:
                raise click.UsageError(f"{programme}的{chosen.what}没有 {option.flag}")
            if option.required and option.name in kinds and option.name not in said:
                raise click.UsageError(f"缺少 {option.flag}")
        said = {name: int(value) if kinds[name].kind == "number" else value for name, value in said.items()}
        with db.reading(options.engine(context)) as connection, printing.progress(f"正在写出{chosen.what} …"):
            written = programmes.write(connection, key, chosen, year, run_id, out, **said)
        told = "\n".join(f"已写出 {path}（{what}）" for path, what in written.files)
        printing.say(f"{told}{written.note}")

    built: Any = OUT_OPTION(click.pass_context(command))
    if made.of_run:
        built = RUN_OPTION(built)
    if len(of) > 1:
        built = click.option(
            "--programme", type=chinese.words(names, "项目"), metavar="项目", help=f"{'、'.join(names)}；默认{names[0]}"
        )(built)
    for option in reversed(list({option.name: option for one in of.values() for option in one.options}.values())):
        always = all(any(own.name == option.name and own.required for own in one.options) for one in of.values())
        built = _click_option(option, always)(built)
    if made.of_year:
        built = click.argument("year", metavar="YEAR", type=YEAR)(built)
    return click.command(made.name, cls=chinese.Command, help=made.help)(built)


def _click_option(option: Option, required: bool) -> Any:
    """An option of an export, as click knows it. required: whether every document that has the export requires it."""
    if option.kind == "flag":
        return click.option(option.flag, option.name, is_flag=True, default=None, help=option.help)
    read: click.ParamType = {
        "day": DAY,
        "file": chinese.FILE,
        "uscc": chinese.OneOf("统一社会信用代码", cells.read_uscc),
        "bank": chinese.OneOf("银行", cells.read_name),
        "county": chinese.OneOf("区市", cells.read_county),
        "number": chinese.Between(option.what, option.numbers)
        if isinstance(option.numbers, range)
        else chinese.words([str(number) for number in option.numbers], option.what),
    }[option.kind]
    return click.option(
        option.flag, option.name, type=read, metavar=option.metavar, help=option.help, required=required
    )


for known in programmes.exports_by_name().values():
    export.add_command(export_command(known))

COMMANDS = (export,)
