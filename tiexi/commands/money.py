"""The commands of the money's way down: payments, their reversal, and where every fen is."""

from datetime import date
from pathlib import Path

import click

from ledger import money
from ledger.books import journal, payments
from ledger.database import db
from ledger.errors import Refused
from ledger.programmes import PROGRAMMES, chart
from ledger.runs import settlement
from ledger.workdays import today
from reports import balance as balances
from reports import status
from reports.report import Table
from tiexi.terminal import chinese, options, printing
from tiexi.terminal.chinese import DAY, FILE, OUT, RUN, WORD, YEAR
from tiexi.terminal.options import JSON_OPTION
from tiexi.terminal.outcomes import print_warnings

_HUNDREDTHS = 10_000  # of a percent, in the whole
_NAMES = [PROGRAMMES.usual.name, *(programme.name for programme in PROGRAMMES.values() if not programme.usual)]
PROGRAMME_OPTION = click.option(
    "--programme", type=chinese.words(_NAMES, "项目"), default=_NAMES[0], metavar="项目",
    help=f"{_NAMES[0]}（默认）或{'、'.join(_NAMES[1:])}",
)  # fmt: skip


@click.command(cls=options.ChangingCommand)
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
    engine = options.engine(context)
    if (path is None) == (blank is None):
        raise click.UsageError("请给出一个拨付文件，或用 --blank 写出待拨付的行")
    if blank is not None:
        with db.reading(engine) as connection:
            run = settlement.choose_run(connection, PROGRAMMES.named(programme).key, year)
            if run.approved_at is None:
                raise Refused(f"{year} 年度还没有审核通过的运行，没有待拨付的资金")
            count = balances.write_to_pay(connection, run, blank)
        if as_json:
            printing.print_json({"run": run.id, "file": str(blank), "rows": count})
            return
        printing.say(
            f"已写出 {blank}（待拨付 {count} 行）；填好日期、凭证号后运行 tiexi pay {year} {blank}"
            if count
            else f"已写出 {blank}，只有表头：{year} 年度现在没有可拨付的行"
        )
        if run.state == "approved":
            only = "只列出追缴；" if count else ""
            printing.say(
                f"第 {run.id} 号运行的资金尚未下达，{only}下达：tiexi allot {run.id} --by 姓名 --document 文号"
            )
        return
    assert path is not None
    with printing.progress("正在记账 …"):
        outcome = payments.pay(engine, year, path, by or options.user(), dry_run)
    taken = not (outcome.refused or outcome.known or dry_run)
    with db.reading(engine) as connection:
        seals = [status.last_seal(connection, run_id) for run_id in outcome.entries] if taken else []
        seal = max(seals, key=lambda one: int(one["seal"]), default=None)  # a file for both documents has two
        solo = [run_id for run_id in outcome.entries if settlement.read_run(connection, run_id).solo] if taken else []
    if as_json:
        printing.print_json(
            {
                "file": outcome.file, "sha256": outcome.sha256,
                "status": "known" if outcome.known else "refused" if outcome.refused else "checked" if dry_run else "taken",
                "legs": {leg: {"rows": rows, "fen": fen} for leg, (rows, fen) in outcome.legs.items()},
                "entries": outcome.entries if taken else {},
                "known": outcome.known.as_dict() if outcome.known else None,
                "findings": [finding.as_dict() for finding in outcome.findings],
                "warnings": [one.as_dict() for one in outcome.warnings],
                "seal": seal,
            }
        )  # fmt: skip
    else:
        _tell(outcome, year, dry_run)
        print_warnings(outcome.warnings, "不影响记账")
        for run_id in solo:
            printing.say(f"　第 {run_id} 号运行为{status.SOLO_MARK}")
        if seal is not None:
            printing.say(status.seal_words(seal))
    if outcome.refused:
        context.exit(1)


def _tell(outcome: payments.Paid, year: int, dry_run: bool) -> None:
    if outcome.known:
        printing.say(outcome.known.as_payments(outcome.file, year))
        return
    for finding in outcome.findings:
        printing.say(finding.line())
    if outcome.findings:
        printing.say(f"拒绝　{outcome.file}：共 {len(outcome.findings)} 处问题，整个文件未记账")
        return
    printing.say(f"{'检查通过（试运行，未写入）' if dry_run else '已记账'}　{outcome.file}")
    names = chart.leg_names()
    for leg, (rows, fen) in outcome.legs.items():
        printing.say(f"　{names[leg]}：{rows} 笔，{money.wan_text(fen)} 万元")
    for numbers in () if dry_run else outcome.entries.values():
        printing.say(f"　分录号：{numbers[0]}" + (f" 至 {numbers[-1]}" if len(numbers) > 1 else ""))


@click.command(cls=options.ChangingCommand)
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
    number = journal.reverse(engine, entry_id, by or options.user(), reason, on)
    with db.reading(engine) as connection:
        seal = status.last_seal(connection, journal.run_of(connection, number))
    if as_json:
        printing.print_json({"reversed": entry_id, "entry": number, "seal": seal})
    else:
        printing.say(f"已以第 {number} 号分录冲销第 {entry_id} 号分录（原因：{reason}）\n{status.seal_words(seal)}")


@click.command(cls=chinese.Command)
@click.argument("year", metavar="YEAR", type=YEAR)
@click.option("--as-of", type=DAY, metavar="日期", help="到哪一天为止；默认今天")
@PROGRAMME_OPTION
@JSON_OPTION
@click.pass_context
def balance(context: click.Context, year: int, as_of: date | None, programme: str, as_json: bool) -> None:
    """一个年度的每一分钱在哪里：各环节的金额，滞留在谁手里、多少天，还有多少追缴没有缴回。

    \b
    例：tiexi balance 2023
        tiexi balance 2023 --as-of 2024-06-30
    """
    if as_of is not None and as_of > today():
        raise Refused(f"{as_of} 在今天（{today()}）之后；应为今天或以前的日期")
    with db.reading(options.engine(context)) as connection:
        run = settlement.choose_run(connection, PROGRAMMES.named(programme).key, year)
        if run.approved_at is None:
            raise Refused(
                f"{year} 年度还没有审核通过的运行，没有账可查；第 {run.id} 号运行办到哪一步：tiexi status {run.id}"
            )
        found = balances.balance(connection, run, as_of or today())
    if as_json:
        printing.print_json(found.as_dict())
    else:
        print_balance(found)


def print_balance(found: balances.Balance) -> None:
    """Where the money of a run is, on the terminal."""
    run = found.run
    stage_names, item_names = balances.stage_names(), chart.item_names()
    printing.say(
        f"{PROGRAMMES[run.programme].name} {run.year} 年度，第 {run.id} 号运行（{printing.state_words(run)}），"
        f"截至 {found.until}。单位：万元"
    )
    shares = money.split(_HUNDREDTHS, list(found.stages.values()))  # they add up to 100%
    rows = [
        (
            stage_names[stage],
            money.wan_text(fen),
            money.share_text(share, _HUNDREDTHS if found.owed else 0),
        )
        for (stage, fen), share in zip(found.stages.items(), shares, strict=True)
    ]
    rows.append(("应付补助合计", money.wan_text(found.owed), money.share_text(found.owed, found.owed)))
    printing.show(Table("每一分钱在哪里", ("环节", "金额", "占比"), rows, 1, True))
    if found.waiting:
        waiting = [
            (
                stage_names[one.place],
                one.county,
                one.bank,
                item_names[one.item],
                money.wan_text(one.amount_fen),
                one.since.isoformat(),
                str(one.days),
            )
            for one in sorted(found.waiting, key=lambda one: -one.days)
        ]
        headers = ("滞留处", "区市", "银行", "项目", "金额", "最早到账", "天数")
        printing.show(Table("滞留（先到的先拨出）", headers, waiting, 4))
        printing.say(f"未到位的每一笔：tiexi pay {run.year}{PROGRAMMES[run.programme].option} --blank 待拨付.xlsx")
    else:
        printing.say("没有滞留的资金")
    if found.claimed_fen:
        printing.say(f"追缴 {money.wan_text(found.claimed_fen)} 万元，已缴回 {money.wan_text(found.returned_fen)} 万元")
    if found.claims:
        claims = [
            (one.county, one.bank, one.enterprise, item_names[one.item], money.wan_text(one.amount_fen))
            for one in found.claims
        ]
        printing.show(Table("尚未缴回的追缴", ("区市", "银行", "企业", "项目", "金额"), claims, 4))


COMMANDS = (pay, reverse, balance)
