"""The commands of the money's way down: payments and their reversal."""

from datetime import date
from pathlib import Path

import click

from ledger import money
from ledger.books import journal
from ledger.database import db
from ledger.programmes import PROGRAMMES, chart
from ledger.runs.settlement import RunRecord
from reports.money import paid, to_pay
from reports.runs import status
from reports.runs.run_words import SOLO_MARK
from tiexi.terminal import acting, options, printing
from tiexi.terminal.chinese import DAY, FILE, OUT, RUN, WORD, YEAR
from tiexi.terminal.options import JSON_OPTION
from tiexi.terminal.outcomes import print_warnings
from tiexi.terminal.programme import PROGRAMME_OPTION


@click.command(
    cls=options.ChangingCommand, action="uploads.add", at_once=True,
    reads=lambda given: given["blank"] is not None or given["dry_run"] and not acting.has_token(),
)  # fmt: skip
@click.argument("year", metavar="YEAR", type=YEAR)
@click.argument("path", metavar="[FILE]", type=FILE, required=False)
@click.option("--by", type=WORD, metavar="姓名", help="经办人姓名；默认为当前系统用户")
@click.option(
    "--blank", type=OUT, metavar="OUT.xlsx",
    help="写出待拨付的全部行，填上日期、凭证号后再导入；OUT 已存在且填有日期或凭证号的，不覆盖",
)  # fmt: skip
@PROGRAMME_OPTION
@click.option("--dry-run", is_flag=True, help="只检查，不写入")
@JSON_OPTION
@click.pass_context
def pay(
    context: click.Context,
    year: int,
    path: Path | None,
    by: str | None,
    blank: Path | None,
    programme: str,
    dry_run: bool,
    as_json: bool,
) -> None:
    """拨付：按第十九条逐级记账，FILE 为含「拨付」或「兑付回单」表的工作簿，或一份 CSV。整个文件要么全记，要么不记。

    超过上一环节已到资金、超过应付的拒绝；银行的兑付回单按代码或名称对到企业。先用 --blank 写出待拨付的行最省事。

    \b
    例：tiexi pay 2023 --blank 拨付表.xlsx
        tiexi pay 2023 拨付表.xlsx --by 钱七
        tiexi pay 2023 蓝鲸银行兑付回单.csv
    """
    if (path is None) == (blank is None):
        raise click.UsageError("请给出一个拨付文件，或用 --blank 写出待拨付的行")
    engine = options.engine(context)
    if blank is not None:
        with db.reading(engine) as connection:
            run, count = to_pay.write_of_year(connection, PROGRAMMES.named(programme).key, year, blank)
        if as_json:
            printing.print_json({"run": run.id, "file": str(blank), "rows": count})
        else:
            _tell_blank(run, year, blank, count)
        return
    assert path is not None
    with printing.progress("正在记账 …"):
        booked = paid.book(engine, year, path, options.person(context, by), dry_run, options.scope(context))
    if as_json:
        printing.print_json(booked.as_dict())
    else:
        _tell(booked, year)
    if booked.paid.refused:
        context.exit(1)


def _tell_blank(run: RunRecord, year: int, blank: Path, count: int) -> None:
    printing.say(
        f"已写出 {blank}（待拨付 {count} 行）；填好日期、凭证号后运行 tiexi pay {year} {blank}"
        if count
        else f"已写出 {blank}，只有表头：{year} 年度现在没有可拨付的行"
    )
    if run.state == "approved":
        only = "只列出追缴；" if count else ""
        printing.say(f"第 {run.id} 号运行的资金尚未下达，{only}下达：tiexi allot {run.id} --by 姓名 --document 文号")


def _tell(booked: paid.Booked, year: int) -> None:
    _tell_rows(booked, year)
    print_warnings(booked.paid.warnings, "不影响记账")
    for run_id in booked.solo:
        printing.say(f"　第 {run_id} 号运行为{SOLO_MARK}")
    if booked.seal is not None:
        printing.say(status.seal_words(booked.seal))


def _tell_rows(booked: paid.Booked, year: int) -> None:
    outcome = booked.paid
    if outcome.known:
        printing.say(outcome.known.as_payments(outcome.file, year))
        return
    for finding in outcome.findings:
        printing.say(finding.line())
    if outcome.findings:
        printing.say(f"拒绝　{outcome.file}：共 {len(outcome.findings)} 处问题，整个文件未记账")
        return
    printing.say(f"{'检查通过（试运行，未写入）' if booked.dry_run else '已记账'}　{outcome.file}")
    names = chart.leg_names()
    for leg, (rows, fen) in outcome.legs.items():
        printing.say(f"　{names[leg]}：{rows} 笔，{money.wan_text(fen)} 万元")
    for numbers in () if booked.dry_run else outcome.entries.values():
        printing.say(f"　分录号：{numbers[0]}" + (f" 至 {numbers[-1]}" if len(numbers) > 1 else ""))


@click.command(cls=options.ChangingCommand, action="entries.reverse")
@click.argument("entry_id", metavar="ENTRY", type=RUN)
@click.option("--by", type=WORD, metavar="姓名", help="经办人姓名；默认为当前系统用户")
@click.option("--reason", required=True, type=WORD, metavar="原因", help="为什么冲销")
@click.option(
    "--date", "on", type=DAY, metavar="日期", help="冲销日；默认为原分录的日期，如同没有记过；款项确已退回的，填退回日"
)
@JSON_OPTION
@click.pass_context
def reverse(context: click.Context, entry_id: int, by: str | None, reason: str, on: date | None, as_json: bool) -> None:
    """冲销一笔记错的拨付：原分录保留，另记一笔相反的。这笔钱已拨往下一环节的，先冲销其后的。

    ENTRY 为分录号，tiexi pay 记账时给出，也见 tiexi export journal 写出的账簿。

    \b
    例：tiexi reverse 25 --reason 金额录入有误 --by 钱七
    """
    engine = options.engine(context)
    number = journal.reverse(engine, entry_id, options.person(context, by), reason, on)
    with db.reading(engine) as connection:
        seal = status.last_seal(connection, journal.run_of(connection, number))
    if as_json:
        printing.print_json({"reversed": entry_id, "entry": number, "seal": seal})
    else:
        printing.say(f"已以第 {number} 号分录冲销第 {entry_id} 号分录（原因：{reason}）\n{status.seal_words(seal)}")


COMMANDS = (pay, reverse)
