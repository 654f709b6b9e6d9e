"""The command that explains: a loan of either document, a policy, a project's grants, an investment."""

import click
from sqlalchemy import Connection, select

from ledger import models
from ledger.database import db
from ledger.programmes import PROGRAMMES
from ledger.programmes.tech_branch import programme as tech_branch
from ledger.runs import settlement
from ledger.runs.settlement import RunRecord
from ledger.workbooks import cells
from reports import status
from reports.chokepoint import explain as reviewed
from reports.lineage.explanation import Explanation
from reports.tech_branch import explain as loans
from tiexi.terminal import chinese, options, printing
from tiexi.terminal.chinese import WORD, YEAR
from tiexi.terminal.options import JSON_OPTION, RUN_OPTION

_LOANS = {"tech_branch": loans.explain, "chokepoint": reviewed.explain_loan}


@click.command(cls=chinese.Command)
@click.argument("note", metavar="[NOTE]", type=WORD, required=False)
@click.option("--bank", type=WORD, metavar="银行", help="说明该银行的一笔贷款，编号为借据编号")
@click.option("--insurer", type=WORD, metavar="保险公司", help="说明该公司的一份保单，编号为保单号")
@click.option("--investor", type=WORD, metavar="投资机构", help="说明该机构的一笔股权投资，编号为投资编号")
@click.option("--project", type=WORD, metavar="项目编号", help="说明该项目的研发补助，不写编号")
@click.option("--year", required=True, type=YEAR, metavar="年度", help="结算或审核年度")
@RUN_OPTION
@JSON_OPTION
@click.pass_context
def explain(
    context: click.Context, note: str | None, bank: str | None, insurer: str | None, investor: str | None,
    project: str | None, year: int, run_id: int | None, as_json: bool,
) -> None:  # fmt: skip
    """说明为什么得到这个金额，或为什么没有：逐步列出条款、数字和日期。

    贷款用 --bank（科技支行贷款按该年度的结算，卡脖子攻关贷按该年度的审核），保单用 --insurer，股权投资用 --investor，
    研发补助用 --project，四者取其一。

    \b
    例：tiexi explain JJ2023-0001 --bank 蓝鲸银行 --year 2023
        tiexi explain BD2023-0001 --insurer 样例财险 --year 2023
        tiexi explain TZ2023-0001 --investor 样例创投 --year 2023
        tiexi explain --project KBZ-001 --year 2023
    """
    given = [name for name in (bank, insurer, investor, project) if name is not None]
    if len(given) != 1:
        raise click.UsageError("--bank、--insurer、--investor、--project 应当写而且只写一个")
    if (note is None) != (project is not None):
        raise click.UsageError("缺少编号" if note is None else "用 --project 时不写编号")
    number = cells.read_code(note if note is not None else given[0])
    name = cells.read_name(given[0])
    with db.reading(options.engine(context)) as connection:
        if bank is not None:
            run = _run(connection, _programme_of(connection, name, number), year, run_id)
            explanation = _LOANS[run.programme](connection, run, name, number)
        else:
            run = _run(connection, "chokepoint", year, run_id)
            explanation = _reviewed(connection, run, insurer, investor, name, number)
    if as_json:
        printing.print_json({"run": run.id, "year": year, "solo": run.solo, **explanation.as_dict()})
        return
    printing.print_explanation(explanation)
    if run.solo:
        click.echo(f"\n第 {run.id} 号运行为{status.SOLO_MARK}")


def _run(connection: Connection, programme: str, year: int, run_id: int | None) -> RunRecord:
    return settlement.choose_run(connection, programme, year, run_id)


def _reviewed(
    connection: Connection, run: RunRecord, insurer: str | None, investor: str | None, name: str, number: str
) -> Explanation:
    if insurer is not None:
        return reviewed.explain_policy(connection, run, name, number)
    if investor is not None:
        return reviewed.explain_investment(connection, run, name, number)
    return reviewed.explain_grants(connection, run, number)


def _programme_of(connection: Connection, bank_name: str, note_no: str) -> str:
    """The programme whose product a loan on file is; the first document's for one that is not on file."""
    fact, loan, bank = models.LoanFact, models.Loan, models.Bank
    product = connection.execute(
        select(fact.product)
        .join(loan, loan.id == fact.loan_id)
        .join(bank, bank.id == loan.bank_id)
        .where(bank.name == bank_name, loan.note_no == note_no, fact.retired_by.is_(None))
    ).scalar_one_or_none()
    found = (programme.key for programme in PROGRAMMES.values() if product in programme.products)
    return next(found, tech_branch.PROGRAMME.key)


COMMANDS = (explain,)
