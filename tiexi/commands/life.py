"""The commands of a run's life: initial review, spot check, approval, allotment, closing, and where a run stands."""

from datetime import date
from pathlib import Path

import click

from ledger import lifecycle, money, spotcheck
from ledger.counties import COUNTIES
from ledger.database import db
from ledger.errors import Refused
from ledger.programmes import PROGRAMMES
from ledger.runs import settlement
from ledger.runs.settlement import RunRecord
from ledger.workbooks import cells
from reports.programmes import REPORTS
from reports.runs import check_list, status
from reports.runs.run_words import SOLO_WORDS, run_words
from tiexi.terminal import acting, chinese, options, printing
from tiexi.terminal.chinese import DAY, FILE, OUT, RUN, WORD
from tiexi.terminal.options import JSON_OPTION
from tiexi.terminal.outcomes import print_kept

_RUN = click.argument("run_id", metavar="RUN", type=RUN)
BY_OPTION = click.option("--by", cls=options.NeededAlone, type=WORD, metavar="姓名", help="经办人姓名")
_DOCUMENT = click.option("--document", required=True, type=WORD, metavar="文号", help="所依据的文号")
_COUNTY = click.option(
    "--county", cls=options.NeededAlone, type=chinese.OneOf("区市", cells.read_county), metavar="区市", help="哪个区市"
)


def _signing(context: click.Context, given: str | None) -> str:
    """The county for which somebody signs: the account's own, or the one given.

    市外 stands for enterprises that no county is answerable for.
    """
    acts = acting.account(context)
    county = given or (acts.scope.name if acts is not None else "")
    if county not in COUNTIES:
        raise Refused(f"{county}的企业不在支持范围（第三条），没有区市为其初审；应为以下之一：{'、'.join(COUNTIES)}")
    if acts is not None and county != acts.scope.name:
        raise Refused(f"账号 {acts.login} 是{acts.scope.name}的，不能代表{county}办理")
    return county


@click.command(cls=options.ChangingCommand, action="runs.sign")
@_RUN
@_COUNTY
@BY_OPTION
@_DOCUMENT
@JSON_OPTION
@click.pass_context
def sign(context: click.Context, run_id: int, county: str | None, by: str | None, document: str, as_json: bool) -> None:
    """初审签署：区市金融监管部门对试算中本区市的部分签署（第十七条）。

    \b
    例：tiexi sign 1 --county 某区 --by 王五 --document 威环金〔2024〕3号
    """
    engine = options.engine(context)
    county, by = _signing(context, county), options.person(context, by)
    with printing.progress("正在核对试算所用数据 …"):
        run = lifecycle.sign(engine, run_id, county, by, document)
    signed = f"签署的数字：{REPORTS[run.programme].signed(run, county)}"
    _tell(context, run, f"{county}已由 {by} 初审签署 {run_words(run)}，文号 {document}\n{signed}", as_json, warned=True)


@click.command("return", cls=options.ChangingCommand, action="runs.return")
@_RUN
@_COUNTY
@BY_OPTION
@click.option("--reason", required=True, type=WORD, metavar="原因", help="为什么退回")
@JSON_OPTION
@click.pass_context
def return_command(
    context: click.Context, run_id: int, county: str | None, by: str | None, reason: str, as_json: bool
) -> None:
    """初审退回：区市认为本区市的部分有误，写明原因退回；再次签署即为解除。

    \b
    例：tiexi return 1 --county 某区 --by 王五 --reason "JJ2023-0001 余额不符"
    """
    engine = options.engine(context)
    county, by = _signing(context, county), options.person(context, by)
    run = lifecycle.return_(engine, run_id, county, by, reason)
    _tell(context, run, f"{county}已由 {by} 退回 {run_words(run)}：{reason}", as_json)


def _tell(context: click.Context, run: RunRecord, sentence: str, as_json: bool, warned: bool = False) -> None:
    """What was done, what its loans were warned of where that is asked for, and which counties are still to be heard."""
    with db.reading(options.engine(context)) as connection:
        signatures = lifecycle.signatures(connection, run)
        if as_json:
            heard = {"signatures": [status.signature_dict(one) for one in signatures]}
            printing.print_json({**run.as_dict(), **heard, **(status.warned_dict(connection, run) if warned else {})})
            return
        printing.say(sentence)
        if warned:
            print_kept(connection, run)
    waiting = [one.county for one in signatures if one.state != lifecycle.SIGNED]
    printing.say(f"尚未签署或已退回：{'、'.join(waiting)}" if waiting else "各区市均已签署")


_SHARE = chinese.OneOf("比例", cells.read_percent)


@click.command(cls=options.ChangingCommand, action="runs.sample")
@_RUN
@click.option("--share", type=_SHARE, default="10%", metavar="比例", help="按补助金额抽取的最低比例，默认 10%")
@click.option("--seed", type=WORD, metavar="种子", help="抽查种子；默认用运行指纹，同一种子、同一比例抽出的相同")
@click.option("-o", "--output", "out", type=OUT, metavar="OUT", help="抽查清单写到哪里；默认 抽查清单-年度-运行号.xlsx")
@click.option("--by", type=WORD, metavar="姓名", help="抽取人；默认为当前系统用户")
@JSON_OPTION
@click.pass_context
def sample(
    context: click.Context, run_id: int, share: int, seed: str | None, out: Path | None, by: str | None, as_json: bool
) -> None:
    """抽查：按比例抽取贷款，每个区市、每家银行至少一笔，写出附原始报送行的抽查清单（第十七条）。

    任何人用同一种子都能重抽出同样的清单。抽查后，全部结果录入、不符的都已解决，才能审核。OUT 已存在，而且填有尚未录入的
    结果、或不是抽查清单的，不覆盖。

    \b
    例：tiexi sample 1 --share 10% -o 抽查清单.xlsx
    """
    if not 0 < share <= money.E4_PER_ONE:
        raise click.UsageError(f"选项 --share：「{money.percent_text(share)}%」应大于 0%、不超过 100%")
    engine = options.engine(context)
    with db.reading(engine) as connection:
        run = settlement.read_run(connection, run_id)
        target = out or Path(f"抽查清单-{run.year}-{run_id}.xlsx")
        check_list.refuse_to_lose(connection, run_id, target)
    drawing, new = spotcheck.sample(engine, run_id, share, seed, options.person(context, by))
    with db.reading(engine) as connection, printing.progress("正在写出抽查清单 …"):
        count = check_list.write_checklist(connection, run, drawing, target)
    if as_json:
        printing.print_json(
            {"run": run_id, "seed": drawing.seed, "share_e4": drawing.share_e4, "loans": count, "new": new,
             "total_fen": drawing.total_fen, "drawn_fen": drawing.drawn_fen, "file": str(target)}
        )  # fmt: skip
        return
    printing.say(
        f"{'抽出' if new else '此前已抽出'} {count} 笔，金额 {money.wan_text(drawing.drawn_fen)} 万元，占补助总额 "
        f"{money.wan_text(drawing.total_fen)} 万元的 {money.share_text(drawing.drawn_fen, drawing.total_fen)}；"
        f"种子 {drawing.seed}"
    )
    after = (
        "该运行已审核通过，清单供存查"
        if run.approved_at is not None
        else f"核查后填好「结果录入」表，运行 tiexi check {run_id} {target} --by 姓名"
    )
    printing.say(f"已写出 {target}；{after}")


@click.command(cls=options.ChangingCommand, action="runs.check")
@_RUN
@click.argument("path", metavar="[LIST.xlsx]", type=FILE, required=False)
@BY_OPTION
@click.option("--bank", type=chinese.OneOf("银行", cells.read_name), metavar="银行", help="只录一笔：银行名称")
@click.option("--note", type=chinese.OneOf("借据", cells.read_code), metavar="借据", help="只录一笔：借据编号")
@click.option(
    "--result", type=chinese.words(tuple(spotcheck.OUTCOME_NAMES.values()), "核查结果"), metavar="结果",
    help="只录一笔：相符、不符或已解决",
)  # fmt: skip
@click.option("--remark", type=WORD, metavar="说明", help="不符、已解决的须说明")
@JSON_OPTION
@click.pass_context
def check(
    context: click.Context,
    run_id: int,
    path: Path | None,
    by: str | None,
    bank: str | None,
    note: str | None,
    result: str | None,
    remark: str | None,
    as_json: bool,
) -> None:
    """录入抽查结果：填好的抽查清单，或一笔。不符的在解决之前不能审核。

    \b
    例：tiexi check 1 抽查清单.xlsx --by 赵六
        tiexi check 1 --bank 蓝鲸银行 --note JJ2023-0001 --result 已解决 \\
          --remark 已补交凭证 --by 赵六
    """
    if path is not None and (bank or note or result):
        raise click.UsageError("或给出抽查清单，或用 --bank、--note、--result 录一笔，不能同时给出")
    if path is None and not (bank and note and result):
        raise click.UsageError("请给出抽查清单，或同时给出 --bank、--note、--result")
    engine = options.engine(context)
    if path is not None:
        entries = check_list.read_results(path, run_id)
    else:
        assert bank and note and result
        words = {word: outcome for outcome, word in spotcheck.OUTCOME_NAMES.items()}
        entries = [spotcheck.Entry(bank, note, words[result], remark)]
    taken = spotcheck.enter(engine, run_id, entries, options.person(context, by))
    with db.reading(engine) as connection:
        standing = status.check_standing(connection, run_id)
    if as_json:
        printing.print_json({"run": run_id, "entered": taken, **standing})
    else:
        printing.say(f"录入 {taken} 笔结果；{status.standing_sentence(standing)}")


@click.command(cls=options.ChangingCommand, action="runs.approve")
@_RUN
@click.option(
    "--by",
    cls=options.NeededAlone,
    type=WORD,
    metavar="姓名",
    help="审核人；须不是录入（数据、抽查结果）、试算、初审的人",
)
@click.option("--document", required=True, type=WORD, metavar="文号", help="审核通过的文号")
@click.option("--date", "on", type=DAY, metavar="日期", help="审核日，记入账簿；默认今天")
@click.option("--without-check", type=WORD, metavar="原因", help="没有抽查即审核的原因，如实记录并显示")
@JSON_OPTION
@click.pass_context
def approve(
    context: click.Context,
    run_id: int,
    by: str | None,
    document: str,
    on: date | None,
    without_check: str | None,
    as_json: bool,
) -> None:
    """审核通过一次试算，使其成为该年度的正式结果，记账并封存。试算后数据有变动的，须重新试算。

    须各区市已初审签署、抽查已完成并通过（第十七条；不抽查的以 --without-check 说明原因），审核人未录入或签署过。一人试用时可设环境变量 TIEXI_SOLO=1，不要求签署与第二人，
    运行及其输出都会注明。

    \b
    例：tiexi approve 1 --by 张三 --document 威金监〔2024〕1号
    """
    engine = options.engine(context)
    by = options.person(context, by)
    with printing.progress("正在核对试算所用数据 …"):
        run = lifecycle.approve(engine, run_id, by, document, on, options.solo(), without_check)
    figures = f"\n审核的数字：{REPORTS[run.programme].signed(run)}"
    solo = f"\n{SOLO_WORDS}" if run.solo else ""
    sentence = f"{run_words(run, marked=False)}已由 {by} 审核通过，文号 {document}，已记账{figures}{solo}"
    _tell_sealed(context, run, sentence, as_json, warned=True)


@click.command(cls=options.ChangingCommand, action="runs.allot")
@_RUN
@BY_OPTION
@_DOCUMENT
@click.option("--date", "on", type=DAY, metavar="日期", help="下达日；默认今天")
@click.option("--despite", type=WORD, metavar="原因", help="有异议尚未处理而仍须下达的原因；记入经过")
@JSON_OPTION
@click.pass_context
def allot(
    context: click.Context,
    run_id: int,
    by: str | None,
    document: str,
    on: date | None,
    despite: str | None,
    as_json: bool,
) -> None:
    """下达：财政部门下达审核通过的专项资金（第九条、第十九条），此后可以拨付。

    本年度有企业的异议尚未处理、而运行中有该企业的，拒绝下达；确须先行下达的，用 --despite 写明原因。

    \b
    例：tiexi allot 1 --by 钱七 --document 威财金〔2024〕8号 --date 2024-03-01
    """
    engine = options.engine(context)
    by = options.person(context, by)
    run = lifecycle.allot(engine, run_id, by, document, on, despite)
    which = f"{run.year}{PROGRAMMES[run.programme].option}"
    sentence = (
        f"{run_words(run)}的资金已由 {by} 下达，文号 {document}；待拨付的行：tiexi pay {which} --blank 拨付表.xlsx"
    )
    _tell_sealed(context, run, sentence, as_json)


@click.command(cls=options.ChangingCommand, action="runs.close")
@_RUN
@BY_OPTION
@_DOCUMENT
@JSON_OPTION
@click.pass_context
def close(context: click.Context, run_id: int, by: str | None, document: str, as_json: bool) -> None:
    """办结：每一分钱都已到达银行或企业之后，结束一次运行。未缴回的追缴仍然挂账。

    \b
    例：tiexi close 1 --by 张三 --document 威金监〔2024〕20号
    """
    engine = options.engine(context)
    run = lifecycle.close(engine, run_id, options.person(context, by), document)
    _tell_sealed(context, run, f"{run_words(run)}已办结，文号 {document}", as_json)


def _tell_sealed(context: click.Context, run: RunRecord, sentence: str, as_json: bool, warned: bool = False) -> None:
    """What was done, what its loans were warned of where that is asked for, and the seal, which is worth keeping on paper."""
    with db.reading(options.engine(context)) as connection:
        seal = status.last_seal(connection, run.id)
        if as_json:
            told = status.warned_dict(connection, run) if warned else {}
            printing.print_json({**run.as_dict(), "seal": seal, **told})
            return
        printing.say(sentence)
        if warned:
            print_kept(connection, run)
    printing.say(status.seal_words(seal))


COMMANDS = (sign, return_command, sample, check, approve, allot, close)
