"""The command that lets the books be checked by people who distrust them."""

import re
from typing import Any

import click

from ledger.audit.audit import Problem, Report
from ledger.papers.verifying import Verified
from ledger.store import Store
from ledger.workbooks.cells import half_width
from reports.runs import auditing
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
@click.option("--papers", is_flag=True, help="连同文件库：逐个核对资料和报送文件的摘要，指出缺失、被改动和没有登记的")
@JSON_OPTION
@click.pass_context
def audit(context: click.Context, head: str | None, papers: bool, as_json: bool) -> None:
    """审计：逐链核对封存，逐行核对封存过的数据，重新计算每个审核通过的运行，核对账簿。

    有任何不符，指出第一处和其余各处，退出码 1。审核、拨付时打印的摘要请留存在纸上，日后用 --head 核对。

    \b
    例：tiexi audit
        tiexi audit --head 3f2a9c0d11e8b7a4
        tiexi audit --papers
    """
    with printing.progress("正在审计 …"):
        store = Store(options.settings(context).portal_store) if papers else None
        found = auditing.audit(options.engine(context), head, store)
    if as_json:
        printing.print_json(found.as_dict())
    else:
        _tell(found.report, found.problems, found.papers)
    if found.problems:
        context.exit(1)


def _tell(report: Report, problems: list[Problem], papers: Verified | None) -> None:
    if report.sealed_since is not None:
        printing.say(f"封存自 {report.sealed_since} 起逐份文件进行：此前入库的数据按当时的样子封存，更早的改动不在其内")
    for remark in report.remarks:
        printing.say(f"提示：{remark}")
    looked = (
        f"{report.seals} 个封存、{report.rows} 行封存的数据、{report.runs} 个审核通过的运行、{report.entries} 笔分录"
    )
    looked += f"、文件库的 {papers.files} 个文件" if papers is not None else ""
    if not problems:
        printing.say(f"审计通过：{looked}均相符" + (f"；最后一个封存的摘要 {report.head}" if report.head else ""))
        if report.head_seal is not None:
            after = report.seals - report.head_seal
            later = f"其后又有 {after} 个封存" if after else "它是最后一个封存"
            printing.say(f"纸面上的摘要是第 {report.head_seal} 号封存，{later}")
        return
    printing.say(f"第一处不符：{problems[0].text}")
    for problem in problems[1:_SHOWN]:
        printing.say(f"　另有：{problem.text}")
    if len(problems) > _SHOWN:
        printing.say(f"　另有 {len(problems) - _SHOWN} 处没有列出")
    printing.say(f"审计不通过：共 {len(problems)} 处不符（核对了 {looked}）")


COMMANDS = (audit,)
