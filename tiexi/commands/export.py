"""The commands that write what is sent, printed or read by other programs: annexes, lines, lists, payments, returns, books."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import click
from sqlalchemy import Connection

from ledger import workdays
from ledger.counties import COUNTIES
from ledger.database import db
from ledger.errors import Refused
from ledger.runs import settlement
from ledger.runs.settlement import RunRecord
from ledger.workbooks import cells
from reports import beancount
from reports.chokepoint import lines as review_lines
from reports.chokepoint import lists, payout, register, returns
from reports.tech_branch import annexes, claims, lines
from reports.writing import files
from tiexi.terminal import chinese, options, printing
from tiexi.terminal.chinese import DAY, YEAR
from tiexi.terminal.options import OUT_OPTION, RUN_OPTION

_YEAR = click.argument("year", metavar="YEAR", type=YEAR)


@contextmanager
def _chosen(
    context: click.Context, programme: str, year: int, run_id: int | None, what: str
) -> Iterator[tuple[Connection, RunRecord]]:
    """The year's run to export from, with a spinner meanwhile."""
    with db.reading(options.engine(context)) as connection, printing.progress(f"正在写出{what} …"):
        yield connection, settlement.choose_run(connection, programme, year, run_id)


@click.group(cls=chinese.Group)
def export() -> None:
    """导出附件、明细、追缴、公示、拨付计划、台账、季报和账簿，各是一个命令，见下。

    \b
    例：tiexi export annex2 2023 -o 附件2.xlsx
    """


@export.command()
@_YEAR
@click.option("--county", type=chinese.OneOf("区市", cells.read_county), metavar="区市", help="只导出一个区市")
@RUN_OPTION
@OUT_OPTION
@click.pass_context
def annex1(context: click.Context, year: int, county: str | None, run_id: int | None, out: Path) -> None:
    """附件1 专项资金申请表：一个区市一份；不给 --county 时，各区市分别写入文件夹 OUT。

    \b
    例：tiexi export annex1 2023 --county 环翠区 -o 附件1.xlsx
        tiexi export annex1 2023 -o 附件1/
    """
    if county is not None and county not in COUNTIES:
        raise Refused(f"{county}不在支持范围（第三条），没有附件1；应为以下之一：{'、'.join(COUNTIES)}")
    with _chosen(context, "tech_branch", year, run_id, "附件1") as (connection, run):
        if county is not None:
            written = [(out, annexes.annex1(connection, run, county, out))]
        else:
            targets = [(name, out / f"附件1-{name}-{year}.xlsx") for name in annexes.annex1_counties(connection, run)]
            if not targets:
                files.make_folder(out)
            written = [(path, annexes.annex1(connection, run, name, path)) for name, path in targets]
    for path, count in written:
        click.echo(f"已写出 {path}（{count} 笔）")
    if not written:
        click.echo(f"{year} 年度第 {run.id} 号运行没有可列入附件1的贷款")


@export.command()
@_YEAR
@RUN_OPTION
@OUT_OPTION
@click.pass_context
def annex2(context: click.Context, year: int, run_id: int | None, out: Path) -> None:
    """附件2 专项资金审核汇总表（全市）。

    \b
    例：tiexi export annex2 2023 -o 附件2.xlsx
    """
    with _chosen(context, "tech_branch", year, run_id, "附件2") as (connection, run):
        count = annexes.annex2(connection, run, out)
    click.echo(f"已写出 {out}（{count} 笔）")


@export.command("lines")
@_YEAR
@RUN_OPTION
@OUT_OPTION
@click.pass_context
def export_lines(context: click.Context, year: int, run_id: int | None, out: Path) -> None:
    """全部结算明细（CSV，每笔一行，含未通过的代码），供其他程序读取。

    \b
    例：tiexi export lines 2023 -o 明细.csv
    """
    with _chosen(context, "tech_branch", year, run_id, "明细") as (connection, run):
        files.write_text(out, lines.lines_csv(connection, run.id))
    click.echo(f"已写出 {out}（{run.summary['loans']} 笔）")


@export.command("claims")
@_YEAR
@RUN_OPTION
@OUT_OPTION
@click.pass_context
def export_claims(context: click.Context, year: int, run_id: int | None, out: Path) -> None:
    """该年度结算发现的追缴（CSV，每笔每支付年度一行），供其他程序读取。

    \b
    例：tiexi export claims 2024 -o 追缴.csv
    """
    with _chosen(context, "tech_branch", year, run_id, "追缴") as (connection, run):
        files.write_text(out, claims.claims_csv(connection, run.id))
    click.echo(f"已写出 {out}（{run.summary['claims']['claims']} 条）")


def _table(
    context: click.Context, year: int, run_id: int | None, out: Path, what: str, lines: review_lines.Lines, write: Any
) -> None:
    """A table as workbook or, for a name that ends in .csv, every judged line for machines."""
    with _chosen(context, "chokepoint", year, run_id, what) as (connection, run):
        if out.suffix.lower() == ".csv":
            files.write_text(out, review_lines.csv(connection, lines, run.id))
            count = len(review_lines.read(connection, lines, run.id))
            said = f"{count} 行，含未通过的"
        elif out.suffix.lower() == ".xlsx":
            said = f"通过 {write(connection, run, out)} 行，未通过的另有一表"
        else:
            raise click.UsageError(f"OUT「{out}」应以 .xlsx 或 .csv 结尾")
    click.echo(f"已写出 {out}（{said}）")


@export.command("new-loans")
@_YEAR
@RUN_OPTION
@OUT_OPTION
@click.pass_context
def new_loans(context: click.Context, year: int, run_id: int | None, out: Path) -> None:
    """银行机构年度新增贷款明细表（.xlsx，按银行小计，未通过的另表列明原因），或全部审核明细（.csv）。

    \b
    例：tiexi export new-loans 2023 -o 新增贷款明细表.xlsx
        tiexi export new-loans 2023 -o 新增贷款.csv
    """
    _table(context, year, run_id, out, "新增贷款明细表", review_lines.LOANS, lists.new_loans)


@export.command()
@_YEAR
@RUN_OPTION
@OUT_OPTION
@click.pass_context
def premiums(context: click.Context, year: int, run_id: int | None, out: Path) -> None:
    """科技保险保费补贴明细表（.xlsx，按企业小计，未通过的另表列明原因），或全部审核明细（.csv）。

    \b
    例：tiexi export premiums 2023 -o 保费补贴明细表.xlsx
        tiexi export premiums 2023 -o 保费补贴.csv
    """
    _table(context, year, run_id, out, "保费补贴明细表", review_lines.POLICIES, lists.premiums)


@export.command()
@_YEAR
@click.option("--first-day", type=DAY, metavar="日期", help="公示首日（工作日）；默认为审核截止日之后的第一个工作日")
@click.option("--days", type=chinese.words(tuple(map(str, range(1, 31))), "工作日数"), metavar="天数",
              help="公示的工作日数，1 至 30；默认 5（办法未定天数，此为解释口径）")  # fmt: skip
@RUN_OPTION
@OUT_OPTION
@click.pass_context
def notice(
    context: click.Context, year: int, first_day: date | None, days: str | None, run_id: int | None, out: Path
) -> None:
    """拟补助名单公示表（第十五条）：谁、哪个项目、多少，附公示首日与末日；不含账户信息。

    \b
    例：tiexi export notice 2023 -o 公示名单.xlsx
        tiexi export notice 2023 --first-day 2023-12-25 --days 7 -o 公示名单.xlsx
    """
    with _chosen(context, "chokepoint", year, run_id, "公示名单") as (connection, run):
        first, last = payout.notice_period(connection, run, first_day, int(days) if days else None)
        count = payout.notice(connection, run, out, first, last)
    click.echo(f"已写出 {out}（{count} 项，公示期 {first} 至 {last}）")


def _whole(name: str, what: str, unit: str, help_text: str, write: Callable[[Connection, RunRecord, Path], int]) -> Any:
    """A command that writes one workbook of a review."""

    def command(context: click.Context, year: int, run_id: int | None, out: Path) -> None:
        with _chosen(context, "chokepoint", year, run_id, what) as (connection, run):
            count = write(connection, run, out)
        click.echo(f"已写出 {out}（{count} {unit}）")

    command.__doc__ = help_text
    made = _YEAR(RUN_OPTION(OUT_OPTION(click.pass_context(command))))
    return export.command(name, help=help_text)(made)


payments = _whole(
    "payments",
    "拨付计划",
    "个收款单位",
    """次年补助资金拨付计划（第十五条）：按收款单位合计，并附大写金额。

    \b
    例：tiexi export payments 2023 -o 拨付计划.xlsx
    """,
    payout.payments,
)
register_command = _whole(
    "register",
    "台账",
    "个企业",
    """拨投贷保台账：每个企业的拨、投、贷、保并列，另按项目、按投资机构合计。

    \b
    例：tiexi export register 2023 -o 台账.xlsx
    """,
    register.register,
)


@export.command("returns")
@_YEAR
@click.option(
    "--quarter",
    required=True,
    type=chinese.words(tuple(map(str, returns.QUARTERS)), "季度"),
    metavar="季度",
    help="1 至 4",
)
@OUT_OPTION
@click.pass_context
def returns_command(context: click.Context, year: int, quarter: str, out: Path) -> None:
    """季报（第十、十二、十三条）：每家银行、保险公司、投资机构一份，另有全市汇总，写入文件夹 OUT。

    \b
    例：tiexi export returns 2023 --quarter 3 -o 季报/
    """
    chosen = returns.quarter_of(year, int(quarter), workdays.today())
    with db.reading(options.engine(context)) as connection, printing.progress("正在写出季报 …"):
        written = returns.write_returns(connection, chosen, out)
    for path, count in written:
        click.echo(f"已写出 {path}（{count} 行）")


@export.command("journal")
@_YEAR
@OUT_OPTION
@click.pass_context
def export_journal(context: click.Context, year: int, out: Path) -> None:
    """该年度全部分录（复式记账），beancount 格式，含余额断言；bean-check 与 hledger -f 都能读。

    \b
    例：tiexi export journal 2023 -o 2023.beancount
    """
    with db.reading(options.engine(context)) as connection, printing.progress("正在写出分录 …"):
        book = beancount.read_book(connection, year)
        files.write_text(out, beancount.lines(book))
    nothing = "" if book.entries else f"；{year} 年度审核通过的运行没有应付的补助，也没有追缴"
    click.echo(f"已写出 {out}（{len(book.entries)} 笔分录，{len(book.accounts)} 个账户）{nothing}")


COMMANDS = (export,)
