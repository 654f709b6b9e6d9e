"""The command that tells where every fen of a year is."""

from datetime import date

import click

from ledger.database import db
from ledger.figures import share_text, wan_text
from ledger.programmes import PROGRAMMES, chart
from reports.money import balance as balances
from reports.report import Table
from tiexi.terminal import chinese, options, printing
from tiexi.terminal.chinese import DAY, YEAR
from tiexi.terminal.options import JSON_OPTION
from tiexi.terminal.programme import PROGRAMME_OPTION


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
    with db.reading(options.engine(context)) as connection:
        found = balances.of_year(connection, PROGRAMMES.named(programme).key, year, as_of)
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
    rows = [
        (
            stage_names[stage],
            wan_text(fen),
            share_text(share, balances.HUNDREDTHS if found.owed else 0),
        )
        for (stage, fen), share in zip(found.stages.items(), found.shares, strict=True)
    ]
    rows.append(("应付补助合计", wan_text(found.owed), share_text(found.owed, found.owed)))
    printing.show(Table("每一分钱在哪里", ("环节", "金额", "占比"), rows, 1, True))
    if found.waiting:
        waiting = [
            (
                stage_names[one.place],
                one.county,
                one.bank,
                item_names[one.item],
                wan_text(one.amount_fen),
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
        printing.say(f"追缴 {wan_text(found.claimed_fen)} 万元，已缴回 {wan_text(found.returned_fen)} 万元")
    if found.claims:
        claims = [
            (one.county, one.bank, one.enterprise, item_names[one.item], wan_text(one.amount_fen))
            for one in found.claims
        ]
        printing.show(Table("尚未缴回的追缴", ("区市", "银行", "企业", "项目", "金额"), claims, 4))


COMMANDS = (balance,)
