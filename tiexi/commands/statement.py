"""The command that writes all that is on file of one enterprise, bank, insurer or investor."""

from pathlib import Path

import click

from ledger.database import db
from ledger.workbooks import cells
from reports.parties import finding as parties
from reports.parties import statement as statements
from reports.parties import statement_workbook
from tiexi.terminal import chinese, options, printing
from tiexi.terminal.chinese import WORD
from tiexi.terminal.options import OUT_OPTION


@click.command(cls=chinese.Command)
@click.argument("code", metavar="[CODE]", type=WORD, required=False)
@click.option("--bank", type=WORD, metavar="银行", help="一家银行的；曾用的名称也可以，承继的各列在自己的名称之下")
@click.option("--insurer", type=WORD, metavar="保险机构", help="一家保险公司、承保机构的")
@click.option("--investor", type=WORD, metavar="投资机构", help="一家投资机构的")
@OUT_OPTION
@click.pass_context
def statement(
    context: click.Context, code: str | None, bank: str | None, insurer: str | None, investor: str | None, out: Path
) -> None:
    """对账单：一家企业、银行、保险机构或投资机构在库的全部内容，各年度、各项目的贷款、审核结果、补助、追缴和拨付。

    \b
    例：tiexi statement 91371000MA3TX0001D -o 对账单.xlsx
        tiexi statement --bank 蓝鲸银行 -o 对账单.xlsx
        tiexi statement --insurer 样例财险 -o 对账单.xlsx
    """
    institutions: dict[parties.Kind, str | None] = {"insurer": insurer, "investor": investor}
    if sum(one is not None for one in (code, bank, *institutions.values())) != 1:
        raise click.UsageError("统一社会信用代码、--bank、--insurer、--investor 应当写而且只写一个")
    if out.suffix.lower() != ".xlsx":
        raise click.UsageError(f"OUT「{out}」应以 .xlsx 结尾")
    with db.reading(options.engine(context)) as connection, printing.progress("正在写出对账单 …"):
        if code is not None:
            found = statements.of_enterprise(connection, cells.read_uscc(code))
        elif bank is not None:
            found = statements.of_bank(connection, cells.read_name(bank))
        else:
            kind, name = next((kind, name) for kind, name in institutions.items() if name is not None)
            found = statements.of_institution(connection, kind, cells.read_name(name))
        what = statement_workbook.write(connection, found, out)
    printing.say(f"已写出 {out}（{what}）")


COMMANDS = (statement,)
