"""The command that finds enterprises, banks, insurers and investors by any part of a name or code."""

import click

from ledger.database import db
from reports.parties import finding as parties
from tiexi.terminal import chinese, options, printing
from tiexi.terminal.chinese import WORD
from tiexi.terminal.options import JSON_OPTION

_SHOWN = 20  # in full; of more only how many


@click.command("find", cls=chinese.Command)
@click.argument("words", metavar="WORDS", nargs=-1, required=True, type=WORD)
@JSON_OPTION
@click.pass_context
def find(context: click.Context, words: tuple[str, ...], as_json: bool) -> None:
    """按名称或代码的任何一段找企业、银行、保险机构和投资机构：各年度得到什么（审核通过的运行，没有的按最近一次试算）。

    曾用名也可以查；全角半角、大小写、空格不论。一家也没有找到时退出码为 1。

    \b
    例：tiexi find 海燕
        tiexi find 91371000 --json
    """
    wanted = "".join(words)
    with printing.progress("正在查找 …"), db.reading(options.engine(context)) as connection:
        found = parties.find(connection, wanted)
    if as_json:
        printing.print_json(
            {f"{kind}s": [one.as_dict() for one in found if one.kind == kind] for kind in parties.KIND_NAMES}
        )
    elif found:
        _show(found)
    else:
        printing.say(
            f"没有名称或代码含「{wanted}」的企业、银行、保险机构或投资机构；可以只写其中几个字，或查看「企业」「合作银行」等表是否已导入"
        )
    if not found:
        context.exit(1)


def _show(found: list[parties.Party]) -> None:
    counts = {kind: sum(one.kind == kind for one in found) for kind in parties.KIND_NAMES}
    told = [f"{name} {counts[kind]} 家" for kind, name in parties.KIND_NAMES.items() if counts[kind]]
    printing.say(f"找到{'、'.join(told)}")
    for one in found[:_SHOWN]:
        printing.say(one.heading(), "　")
        for line in one.lines():
            printing.say(f"　{line}", "　　")
    if len(found) > _SHOWN:
        printing.say(f"另有 {len(found) - _SHOWN} 家未列；请多写几个字，或加 --json 取得全部")


COMMANDS = (find,)
