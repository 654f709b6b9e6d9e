"""The command that asks what if: a year settled with other values, beside what stands; nothing is written down."""

from datetime import date
from pathlib import Path
from typing import Any

import click

from ledger.database import db
from ledger.programmes import PROGRAMMES
from ledger.runs import simulation
from ledger.runs.simulation import Setting, UnreadableSetting
from reports.programmes import REPORTS
from reports.writing import files
from tiexi.terminal import chinese, options, printing
from tiexi.terminal.chinese import DAY, OUT, YEAR
from tiexi.terminal.options import JSON_OPTION


class SettingType(click.ParamType):
    """名称=数值."""

    name = "设定"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Setting:
        if isinstance(value, Setting):
            return value
        try:
            return simulation.read_setting(PROGRAMMES.usual, value)
        except UnreadableSetting as error:
            self.fail(str(error), param, ctx)


@click.command(cls=chinese.Command)
@click.argument("year", metavar="YEAR", type=YEAR)
@click.option(
    "--set", "settings", type=SettingType(), multiple=True, metavar="名称=数值",
    help="改用的数值，可以写多个；名称写错时会列出全部名称",
)  # fmt: skip
@click.option("--as-of", type=DAY, metavar="日期", help="截止日；不写时与审核通过的运行相同，没有则为今天")
@click.option("-o", "--output", "out", type=OUT, metavar="OUT.csv", help="把每笔贷款的前后对比写到这里")
@JSON_OPTION
@click.pass_context
def simulate(
    context: click.Context,
    year: int,
    settings: tuple[Setting, ...],
    as_of: date | None,
    out: Path | None,
    as_json: bool,
) -> None:
    """测算：同样的数据，换用别的比例、上限、天数、预算，看各区市、各银行、各企业的增减。不写入数据库。

    调整前取该年度审核通过的运行；没有，或写了 --as-of，则按现行规定就地结算。年度尚未结束的（编制预算），以今天的余额
    当作年末余额。差别化奖补的银行仍按其自己的比例，追缴不在测算之内。

    可设定的名称：interest.rate 贴息比例，bonus.rate 奖补比例，cap 单户上限，margin 利率加点，term.days 占用天数，
    years 累计年限，city.share 市级分担，upload.days 上传时限，budget.全市、budget.区市 预算（无 为不限），等等。

    \b
    例：tiexi simulate 2023 --set interest.rate=0.8% --set cap=2000万
        tiexi simulate 2023 --set budget.全市=1.2亿 --set budget.某区=无 -o 1.csv
        tiexi simulate 2023 --set margin=80个基点 --set upload.days=7个工作日 \\
          --as-of 2024-01-31
    """
    try:
        simulation.assume(settings)
    except UnreadableSetting as error:
        raise click.UsageError(str(error)) from error
    with db.reading(options.engine(context)) as connection, printing.progress(f"正在测算 {year} 年度 …"):
        found = simulation.simulate(connection, PROGRAMMES.usual, year, settings, as_of)
    shown = REPORTS[PROGRAMMES.usual.key].simulated
    if out is not None:
        files.write_text(out, shown.csv(found))
    if as_json:
        printing.print_json(shown.as_dict(found))
        return
    printing.print_parts(shown.words(found))
    if out is not None:
        printing.say(f"每笔贷款的前后对比已写出 {out}（{shown.count(found)} 笔）")


COMMANDS = (simulate,)
