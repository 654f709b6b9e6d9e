"""The commands for workbooks that come back: held against the ledger, or checked on their own."""

from pathlib import Path

import click

from ledger.database import db
from ledger.programmes import PROGRAMMES
from ledger.runs.settlement import STATE_NAMES
from reports.received import reconcile as reconciling
from reports.received import verify as verifying
from tiexi.terminal import chinese, options, printing
from tiexi.terminal.chinese import FILE, OUT, RUN
from tiexi.terminal.options import JSON_OPTION


@click.command(cls=chinese.Command)
@click.argument("workbook", metavar="WORKBOOK", type=FILE)
@click.option(
    "-o",
    "--output",
    "out",
    type=OUT,
    metavar="OUT.xlsx",
    help="把来件写到这里，差异处标色并加批注；只有外观不同或由早期版本导出的，写出新导出的供打印盖章；没有差异时原样复制",
)
@click.option("--run", "run_id", type=RUN, help="与这一号运行核对；默认取来件「说明」写明的运行号")
@JSON_OPTION
@click.pass_context
def reconcile(context: click.Context, workbook: Path, out: Path | None, run_id: int | None, as_json: bool) -> None:
    """核对一份导出后又经手的附件或明细表：与台账中它所写明的那次运行逐格比较。

    列出每个不同的单元格、增减或移动的行列、换上的公式、以文本存放的数、加不起来的合计和对不上的指纹；外观与重新导出的比较：
    字体、填充、边框、对齐、数字格式、行高列宽、隐藏、合并、页面设置、名称，以及导出没有的图片、批注、条件格式等都是差异。
    只是打开另存的（Excel、WPS、LibreOffice）不算。没有差异时退出码为 0，有差异为 1。

    \b
    例：tiexi reconcile 附件2.xlsx
        tiexi reconcile 附件2.xlsx -o 附件2-差异.xlsx
    """
    if out is not None and options.same_file(out, workbook):
        raise click.UsageError(f"-o 要写的 {out} 就是来件，会覆盖原件；请另起一个文件名")
    with db.reading(options.engine(context)) as connection, printing.progress("正在核对 …"):
        outcome = reconciling.reconcile(connection, workbook, run_id)
    if as_json:
        printing.print_json({"file": str(workbook), **outcome.as_dict()})
    else:
        print_reconciliation(workbook.name, outcome)
    if out is not None:
        reconciling.write_outcome(workbook, outcome, out)
        if not as_json:
            printing.say(_written(out, outcome))
    if not outcome.same:
        context.exit(1)


def _written(out: Path, outcome: reconciling.Reconciliation) -> str:
    if outcome.same:
        return f"没有差异可标，来件原样写到 {out}"
    if (outcome.only_looks or outcome.earlier) and outcome.fresh:
        return f"已写出 {out}：新导出的表，请以它打印盖章"
    return f"已写出 {out}，标出 {len(outcome.differences)} 处差异"


def print_reconciliation(file_name: str, outcome: reconciling.Reconciliation) -> None:
    """Each difference and remark on a line of its own, and how many there are; that it is foreign is said first."""
    if outcome.foreign and outcome.run:
        printing.say(
            f"外来　{file_name} 不是本数据库第 {outcome.run.id} 号运行的表：运行指纹不符。它若出自别的数据库，请到那里核对；"
            f"下列差异是与本库第 {outcome.run.id} 号运行比较的"
        )
    for difference in outcome.differences:
        printing.say(f"差异　{difference.line()}")
    for remark in outcome.remarks:
        printing.say(f"提示　{remark}")
    run = outcome.run
    against = (
        f"第 {run.id} 号运行（{PROGRAMMES[run.programme].name} {run.year} 年度，{STATE_NAMES[run.state]}）"
        if run
        else "台账"
    )
    if outcome.earlier:
        printing.say(f"提示　{file_name} {verifying.EARLIER}；请用 -o 写出新导出的表")
    if outcome.only_looks:
        printing.say("提示　数值全部相同，只有外观不同；请用 -o 写出新导出的表，以它打印盖章")
    if not outcome.same:
        printing.say(f"不一致　{file_name}（{outcome.report}）与{against}比较，共 {len(outcome.differences)} 处差异")
    else:
        printing.say(f"一致　{file_name}（{outcome.report}）与{against}逐格相同")


@click.command(cls=chinese.Command)
@click.argument("workbook", metavar="WORKBOOK", type=FILE)
@JSON_OPTION
@click.pass_context
def verify(context: click.Context, workbook: Path, as_json: bool) -> None:
    """不用数据库，单凭一份附件或明细表本身能查出的问题：指纹、表与数据、合计、所见所印、市县 2:8、上限。

    它说明这份表自身是否一致，不说明它就是批准的那一份；后者用 tiexi reconcile。都相符时退出码为 0，否则为 1。

    \b
    例：tiexi verify 附件2.xlsx
    """
    with printing.progress("正在检查 …"):
        outcome = verifying.verify(workbook)
    if as_json:
        printing.print_json({"file": str(workbook), **outcome.as_dict()})
    else:
        for check in outcome.checks:
            printing.say(f"{'✗' if check.findings else '✓'} {check.title}")
            for finding in check.findings:
                printing.say(f"  不符　{finding.line()}")
        for remark in outcome.remarks:
            printing.say(f"提示　{remark}")
        count = len(outcome.findings)
        printing.say(
            f"不相符　{workbook.name}（{outcome.report}），共 {count} 处"
            if count
            else f"相符　{workbook.name}（{outcome.report}）自身一致；是否即批准的那一份，请用 tiexi reconcile 与台账核对"
        )
    if outcome.findings:
        context.exit(1)


COMMANDS = (reconcile, verify)
