"""The commands of 拨投贷保: the yearly review and its exports."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import click
from sqlalchemy import Connection

from ledger import workdays
from ledger.database import db
from ledger.programmes import PROGRAMMES
from ledger.runs import settlement
from ledger.runs.settlement import RunRecord
from reports.chokepoint import lines as review_lines
from reports.chokepoint import lists, payout, register, returns
from reports.writing import files
from tiexi.terminal import chinese, options, printing, review_tables
from tiexi.terminal.chinese import DAY, YEAR
from tiexi.terminal.options import JSON_OPTION, OUT_OPTION, RUN_OPTION

PROGRAMME = PROGRAMMES["chokepoint"]
_YEAR = click.argument("year", metavar="YEAR", type=YEAR)


@click.command(cls=chinese.Command)
@_YEAR
@JSON_OPTION
@click.pass_context
def review(context: click.Context, year: int, as_json: bool) -> None:
    """集中审核一个年度的拨投贷保（威政办发〔2023〕8号），给出按区市、银行、保险公司、投资机构的合计与运行号。

    审核范围：上年 12 月 16 日至当年 12 月 15 日发放的卡脖子攻关贷、缴费的保单、批准的研发补助和股权投资。可审核 2023、2024 年度。

    \b
    例：tiexi review 2023
    """
    with printing.progress(f"正在审核 {year} 年度 …"):
        run = settlement.settle(options.engine(context), PROGRAMME, year, None, options.user())
    if as_json:
        printing.print_json(run.as_dict())
    else:
        review_tables.print_review(run)
        printing.print_next(options.engine(context), run, options.solo())


@contextmanager
def _chosen(context: click.Context, year: int, run_id: int | None, what: str) -> Iterator[tuple[Connection, RunRecord]]:
    """The year's review to export from, with a spinner meanwhile."""
    with db.reading(options.engine(context)) as connection, printing.progress(f"正在写出{what} …"):
        yield connection, settlement.choose_run(connection, PROGRAMME.key, year, run_id)


def _table(
    context: click.Context, year: int, run_id: int | None, out: Path, what: str, lines: review_lines.Lines, write: Any
) -> None:
    """A table as workbook or, for a name that ends in .csv, every judged line for machines."""
    with _chosen(context, year, run_id, what) as (connection, run):
        if out.suffix.lower() == ".csv":
            files.write_text(out, review_lines.csv(connection, lines, run.id))
            count = len(review_lines.read(connection, lines, run.id))
            said = f"{count} 行，含未通过的"
        elif out.suffix.lower() == ".xlsx":
            said = f"通过 {write(connection, run, out)} 行，未通过的另有一表"
        else:
            raise click.UsageError(f"OUT「{out}」应以 .xlsx 或 .csv 结尾")
    click.echo(f"已写出 {out}（{said}）")


@click.command("new-loans", cls=chinese.Command)
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


@click.command(cls=chinese.Command)
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


@click.command(cls=chinese.Command)
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
    with _chosen(context, year, run_id, "公示名单") as (connection, run):
        first, last = payout.notice_period(connection, run, first_day, int(days) if days else None)
        count = payout.notice(connection, run, out, first, last)
    click.echo(f"已写出 {out}（{count} 项，公示期 {first} 至 {last}）")


def _whole(name: str, what: str, unit: str, help_text: str, write: Callable[[Connection, RunRecord, Path], int]) -> Any:
    """A command that writes one workbook of a review."""

    def command(context: click.Context, year: int, run_id: int | None, out: Path) -> None:
        with _chosen(context, year, run_id, what) as (connection, run):
            count = write(connection, run, out)
        click.echo(f"已写出 {out}（{count} {unit}）")

    command.__doc__ = help_text
    made = _YEAR(RUN_OPTION(OUT_OPTION(click.pass_context(command))))
    return click.command(name, cls=chinese.Command, help=help_text)(made)


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


@click.command("returns", cls=chinese.Command)
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


EXPORTS = (new_loans, premiums, notice, payments, register_command, returns_command)
