"""The command that holds two runs of one programme's year against each other."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

from ledger.database import db
from reports.runs import comparison
from tiexi.terminal import chinese, options, printing
from tiexi.terminal.chinese import OUT, RUN
from tiexi.terminal.options import JSON_OPTION

_SHOWN = 20  # lines of a kind; the workbook and --json have all


@click.command(cls=chinese.Command)
@click.argument("first", metavar="RUN", type=RUN)
@click.argument("second", metavar="RUN", type=RUN)
@click.option("-o", "--output", "out", type=OUT, metavar="OUT.xlsx", help="把全部不同之处写成工作簿")
@JSON_OPTION
@click.pass_context
def compare(context: click.Context, first: int, second: int, out: Path | None, as_json: bool) -> None:
    """两次运行对照：同一项目、同一年度的两次运行，各自的合计，每一笔每一列的不同，只在一次运行中的。

    例如更正了数据以后，看已审核的年度照现在的数据会差多少：先试算同一年度，再与审核通过的那一号对照。

    \b
    例：tiexi compare 1 4
        tiexi compare 1 4 -o 对照.xlsx
    """
    if out is not None and out.suffix.lower() != ".xlsx":
        raise click.UsageError(f"OUT「{out}」应以 .xlsx 结尾")
    with db.reading(options.engine(context)) as connection, printing.progress("正在对照 …"):
        found = comparison.compare(connection, first, second)
    if out is not None:
        comparison.write(found, out)
    if as_json:
        printing.print_json(found.as_dict())
        return
    _show(found)
    if out is not None:
        printing.say(f"已写出 {out}")


def _show(found: comparison.Comparison) -> None:
    printing.say(f"{comparison.run_words(found.first)}对{comparison.run_words(found.second)}")
    printing.show(comparison.totals_table(found))
    if found.same:
        printing.say("每一笔、每一列都相同")
        return
    _list(f"不同的 {len(found.changed)} 笔（前者 → 后者）：", found.changed, comparison.changed_words)
    for run, ones in ((found.first, found.only_first), (found.second, found.only_second)):
        _list(f"只在第 {run.id} 号运行中的 {len(ones)} 笔：", ones, comparison.alone_words)


def _list(heading: str, ones: Sequence[Any], words: Callable[[Any], str]) -> None:
    if not ones:
        return
    printing.say(heading)
    for one in ones[:_SHOWN]:
        printing.say(f"　{words(one)}", "　　")
    if len(ones) > _SHOWN:
        printing.say(f"　另有 {len(ones) - _SHOWN} 笔未列；全部写出请加 -o 对照.xlsx")


COMMANDS = (compare,)
