"""The command that writes all that is on file of one enterprise or bank."""

from pathlib import Path

import click

from ledger.database import db
from ledger.workbooks import cells
from reports.parties import statement as statements
from tiexi.terminal import chinese, options, printing
from tiexi.terminal.chinese import WORD
from tiexi.terminal.options import OUT_OPTION


@click.command(cls=chinese.Command)
@click.argument("code", metavar="[CODE]", type=WORD, required=False)
@click.option("--bank", type=WORD, metavar="银行", help="一家银行的；曾用的名称也可以，承继的各列在自己的名称之下")
@OUT_OPTION
@click.pass_context
def statement(context: click.Context, code: str | None, bank: str | None, out: Path) -> None:
    """对账单：一家企业或银行在库的全部内容，各年度、各项目的贷款、审核结果、补助、追缴和拨付。

    \b
    例：tiexi statement 91371000MA3TX0001D -o 对账单.xlsx
        tiexi statement --bank 蓝鲸银行 -o 对账单.xlsx
    """
    if (code is None) == (bank is None):
        raise click.UsageError("统一社会信用代码与 --bank 应当写而且只写一个")
    if out.suffix.lower() != ".xlsx":
        raise click.UsageError(f"OUT「{out}」应以 .xlsx 结尾")
    with db.reading(options.engine(context)) as connection, printing.progress("正在写出对账单 …"):
        if code is not None:
            found = statements.of_enterprise(connection, cells.read_uscc(code))
        else:
            found = statements.of_bank(connection, cells.read_name(bank or ""))
        what = statements.write(connection, found, out)
    printing.say(f"已写出 {out}（{what}）")


COMMANDS = (statement,)
