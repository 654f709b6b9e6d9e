"""The command that lets the books be checked by people who distrust them."""

import re
from typing import Any

import click

from ledger.audit import audit as books
from ledger.workbooks.cells import half_width
from tiexi.terminal import chinese, options, printing
from tiexi.terminal.options import JSON_OPTION

_SHOWN = 30
_HEAD = re.compile("[0-9a-f]{16,64}")  # fewer could be found by trying


class HeadType(click.ParamType):
    """A seal's hash as copied from paper, or how it begins."""

    name = "摘要"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        text = "".join(half_width(str(value)).split()).lower()
        if _HEAD.fullmatch(text) is None:
            self.fail(f"「{value}」不是封存摘要；应为 64 位十六进制（0-9、a-f），至少给出前 16 位", param, ctx)
        return text


HEAD = HeadType()


@click.command(cls=chinese.Command)
@click.option(
    "--head", type=HEAD, metavar="摘要", help="纸面上留存的封存摘要，或其前 16 位以上；链中没有它，说明链被截断或替换"
)
@JSON_OPTION
@click.pass_context
def audit(context: click.Context, head: str | None, as_json: bool) -> None:
    """审计：逐链核对封存，逐行核对封存过的数据，重新计算每个审核通过的运行，核对账簿。

    有任何不符，指出第一处和其余各处，退出码 1。审核、拨付时打印的摘要请留存在纸上，日后用 --head 核对。

    \b
    例：tiexi audit
        tiexi audit --head 3f2a9c0d11e8b7a4
    """
    with printing.progress("正在审计 …"):
        report = books.audit(options.engine(context), head)
    if as_json:
        printing.print_json(report.as_dict())
    else:
        _tell(report)
    if report.problems:
        context.exit(1)


def _tell(report: books.Report) -> None:
    if report.sealed_since is not None:
        printing.say(f"封存自 {report.sealed_since} 起逐份文件进行：此前入库的数据按当时的样子封存，更早的改动不在其内")
    for remark in report.remarks:
        printing.say(f"提示：{remark}")
    looked = (
        f"{report.seals} 个封存、{report.rows} 行封存的数据、{report.runs} 个审核通过的运行、{report.entries} 笔分录"
    )
    if not report.problems:
        printing.say(f"审计通过：{looked}均相符" + (f"；最后一个封存的摘要 {report.head}" if report.head else ""))
        if report.head_seal is not None:
            after = report.seals - report.head_seal
            later = f"其后又有 {after} 个封存" if after else "它是最后一个封存"
            printing.say(f"纸面上的摘要是第 {report.head_seal} 号封存，{later}")
        return
    printing.say(f"第一处不符：{report.problems[0].text}")
    for problem in report.problems[1:_SHOWN]:
        printing.say(f"　另有：{problem.text}")
    if len(report.problems) > _SHOWN:
        printing.say(f"　另有 {len(report.problems) - _SHOWN} 处没有列出")
    printing.say(f"审计不通过：共 {len(report.problems)} 处不符（核对了 {looked}）")


COMMANDS = (audit,)
