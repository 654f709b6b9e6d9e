"""The command line. Each command parses its options, opens the database, calls one function and prints."""

import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import click
from sqlalchemy.exc import SQLAlchemyError

from ledger import logs
from ledger.counties import COUNTIES
from ledger.database import addresses, db
from ledger.errors import EnvironmentFailed, Refused
from ledger.intake import void as withdrawal
from ledger.intake.importer import Outcome, import_files
from ledger.intake.sheets import BY_NAME, SHEETS
from ledger.programmes import PROGRAMMES
from ledger.runs import settlement
from ledger.setup import initialise
from ledger.workbooks import cells
from reports.received import marked
from reports.tech_branch import annexes, claims, lines
from reports.writing import files
from reports.writing import template as blank
from tiexi.commands import audit, backup, config, explain, jobs, life, money, received, review, simulate, trace
from tiexi.demo import job
from tiexi.terminal import chinese, options, printing
from tiexi.terminal.chinese import DAY, FILE, OUT, WORD, YEAR
from tiexi.terminal.options import JSON_OPTION, OUT_OPTION, RUN_OPTION


@click.group(cls=chinese.Group, context_settings={"max_content_width": 110})
@click.option(
    "--database", metavar="URL",
    help=f"数据库地址，也可用环境变量 TIEXI_DATABASE_URL 或配置文件指定；默认为当前文件夹的 {db.DEFAULT_URL}",
)  # fmt: skip
@click.option("--verbose", count=True, help="把日志写到标准错误：一次为 INFO，两次为 DEBUG")
@click.option("--debug", is_flag=True, help="出错时显示程序调用栈；写在命令前后都可以")
@click.version_option(version("tiexi"), message="tiexi %(version)s", help="显示版本")
@click.pass_context
def cli(context: click.Context, database: str | None, verbose: int, debug: bool) -> None:
    """贴息：科技支行贷款贴息、奖补的结算（威财金〔2023〕2号），拨投贷保的集中审核（威政办发〔2023〕8号）。

    \b
    从空白到办结的一整套步骤：
      tiexi init                              建立数据库
      tiexi template 报送模板.xlsx            空白报送工作簿
      tiexi import 名录.xlsx 蓝鲸银行.xlsx    导入名录和银行报送的数据
      tiexi settle 2023 --as-of 2024-01-31    试算，给出运行号
      tiexi explain JJ2023-0001 --bank 蓝鲸银行 --year 2023
                                              逐笔核对
      tiexi export annex1 2023 -o 附件1/      各区市的申请表
      tiexi sign 1 --county 环翠区 --by 王五 --document 威环金〔2024〕3号
                                              初审：有明细的区市各签一次，缺谁见 tiexi status 1
      tiexi sample 1 --share 10%              抽查；结果用 tiexi check 录入
      tiexi approve 1 --by 张三 --document 威金监〔2024〕1号
                                              审核：与录入、初审不是同一人
      tiexi export annex2 2023 -o 附件2.xlsx  汇总表
      tiexi allot 1 --by 钱七 --document 威财金〔2024〕8号
                                              下达
      tiexi pay 2023 --blank 拨付表.xlsx      填好日期、凭证号，再 tiexi pay 2023 拨付表.xlsx
      tiexi balance 2023                      每一分钱在哪里
      tiexi close 1 --by 张三 --document 威金监〔2024〕20号
                                              办结
      tiexi audit                             有没有人改过
    先看演示：tiexi demo　一人试用：先设环境变量 TIEXI_SOLO=1，不要求签署和第二人

    退出码：0 完成；1 经判断被拒绝（未作改动），或核对、审计有不符；2 用法有误；3 数据库或文件系统故障。
    """
    found = config.read(database)
    context.obj = {"url": found.settings.database, "debug": debug, "verbose": verbose, "configuration": found}
    logs.set_up(options.log_level(context), found.settings.log_format)


@cli.command()
@click.pass_context
def init(context: click.Context) -> None:
    """建立或升级数据库，装入随程序提供的 LPR 数据。可以重复运行。

    \b
    例：tiexi init
        tiexi --database sqlite:////data/tiexi.db init
    """
    engine = options.engine(context)
    added = initialise(engine)
    click.echo(f"数据库已就绪：{addresses.shown(engine.url)}" + (f"，装入 {added} 次 LPR 公布" if added else ""))


@cli.command()
@click.argument("out", metavar="[OUT.xlsx]", type=OUT, default="报送模板.xlsx")
def template(out: Path) -> None:
    """写出空白报送工作簿：全部工作表、下拉选项、填写提示和示例行。

    \b
    例：tiexi template 报送模板.xlsx
    """
    blank.write_template(out)
    click.echo(f"已写出空白工作簿 {out}（{len(SHEETS)} 张表，示例行导入时自动跳过）")


@cli.command("import")
@click.argument("paths", metavar="FILE...", type=FILE, nargs=-1, required=True)
@click.option("--uploader", type=WORD, metavar="姓名", help="报送人；默认为当前系统用户")
@click.option("--errors", type=OUT, metavar="OUT.xlsx", help="文件被拒绝时，把它连同标出的问题单元格写到这里")
@click.option("--amend", type=WORD, metavar="原因", help="允许更正已入库的行；旧内容留档")
@click.option("--dry-run", is_flag=True, help="只检查，不写入；后面的文件看得到前面文件的内容")
@JSON_OPTION
@click.pass_context
def import_command(
    context: click.Context,
    paths: tuple[Path, ...],
    uploader: str | None,
    errors: Path | None,
    amend: str | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """导入报送工作簿。每个文件要么全部导入，要么一行也不导入；问题一次全部列出。

    \b
    例：tiexi import 名录.xlsx 蓝鲸银行.xlsx --uploader 李四
        tiexi import 蓝鲸银行.xlsx --errors 请改正.xlsx
        tiexi import 更正.xlsx --amend "借据利率录入有误"
    """
    if errors is not None:
        _refuse_overwriting(errors, paths)
    engine = options.engine(context)
    outcomes = import_files(engine, paths, uploader or options.user(), amend, dry_run)
    refused: list[Outcome] = []
    results = []
    for path in paths:
        with printing.progress(f"正在导入 {path.name} …"):
            outcome = next(outcomes)
        if not as_json:
            printing.print_outcome(outcome)
        marked_file = None
        if outcome.refused:
            refused.append(outcome)
            if errors is not None and outcome.findings:
                marked_file = _marked_name(errors, len(refused))
                said = _mark(path, outcome, marked_file)
                marked_file = marked_file if marked_file.exists() else None
                if not as_json:
                    click.echo(f"　　　{said}")
        results.append({**_outcome_dict(outcome), "marked": str(marked_file) if marked_file else None})
    if as_json:
        printing.print_json({"files": results, "refused": len(refused)})
    if refused:
        context.exit(1)


def _marked_name(errors: Path, number: int) -> Path:
    """Where the refused file of this number (1, 2, …) goes."""
    return errors if number == 1 else errors.with_stem(f"{errors.stem}-{number}")


def _refuse_overwriting(errors: Path, paths: tuple[Path, ...]) -> None:
    """Wrong usage when a marked file would take the place of a file that is to be imported."""
    for number in range(1, len(paths) + 1):
        target = _marked_name(errors, number)
        if target.exists() and any(target.samefile(path) for path in paths):
            raise click.UsageError(f"--errors 要写的 {target} 就是要导入的文件，会覆盖原件；请另起一个文件名")


def _mark(path: Path, outcome: Outcome, target: Path) -> str:
    """Gives the refused file back marked, and says where, or why that cannot be done."""
    try:
        count = marked.write_marked(path, outcome.findings, target)
    except Refused as refusal:
        return str(refusal)
    return f"问题已标在 {target}（{count} 个单元格）"


def _outcome_dict(outcome: Outcome) -> dict[str, Any]:
    """One file's outcome for --json."""
    status = (
        "known" if outcome.known_since else "refused" if outcome.refused else "checked" if outcome.dry_run else "taken"
    )
    return {
        "file": outcome.file,
        "sha256": outcome.sha256,
        "status": status,
        "taken": {} if outcome.refused else {sheet: vars(taken) for sheet, taken in outcome.taken.items()},
        "skipped": outcome.skipped,
        "refusal": outcome.refusal or None,
        "findings": [finding.as_dict() for finding in outcome.findings],
    }


@cli.command()
@click.argument("sheet", metavar="SHEET", type=chinese.words(tuple(BY_NAME), "工作表"))
@click.argument("key", metavar="KEY...", nargs=-1, required=True)
@click.option("--reason", required=True, type=WORD, metavar="原因", help="为什么撤回")
@JSON_OPTION
@click.pass_context
def void(context: click.Context, sheet: str, key: tuple[str, ...], reason: str, as_json: bool) -> None:
    """撤回误录的一行：记录保留，不再计入。审核通过的运行用过的行不能撤回。

    KEY 为该表的主键各列，按表中顺序，日期写作 2023-07-03，空的写 ''。

    \b
    例：tiexi void 贷款 蓝鲸银行 JJ2023-0001 --reason 重复录入
        tiexi void 合作银行 蓝鲸银行 '' --reason 名称有误
    """
    try:
        values = withdrawal.read_key(BY_NAME[sheet], key)
    except withdrawal.UnreadableKey as error:
        raise click.UsageError(str(error)) from error
    with printing.progress("正在撤回 …"):
        described = withdrawal.void(options.engine(context), BY_NAME[sheet], values, reason, options.user())
    if as_json:
        printing.print_json({"sheet": sheet, "key": list(key), "reason": reason, "voided": True})
    else:
        click.echo(f"已撤回 {described}（原记录留档，原因：{reason}）")


@cli.command()
@click.argument("year", metavar="YEAR", type=YEAR)
@click.option("--as-of", type=DAY, metavar="日期", help="截止日：还款、展期、撤销以此为准；默认今天")
@JSON_OPTION
@click.pass_context
def settle(context: click.Context, year: int, as_of: Any, as_json: bool) -> None:
    """试算一个年度的科技支行贷款贴息与奖补，给出按区市、按银行的合计、追缴与运行号。

    \b
    例：tiexi settle 2023 --as-of 2024-01-31
    """
    with printing.progress(f"正在试算 {year} 年度 …"):
        run = settlement.settle(options.engine(context), PROGRAMMES["tech_branch"], year, as_of, options.user())
    _show_run(run, as_json)
    if not as_json:
        printing.print_next(options.engine(context), run, options.solo())


def _show_run(run: settlement.RunRecord, as_json: bool) -> None:
    if as_json:
        printing.print_json(run.as_dict())
    else:
        printing.print_run(run)


cli.add_command(review.review)


for step in (*life.COMMANDS, *money.COMMANDS):
    cli.add_command(step)


@cli.group(cls=chinese.Group)
def export() -> None:
    """导出附件、明细、追缴、公示、拨付计划、台账、季报和账簿，各是一个命令，见下。

    \b
    例：tiexi export annex2 2023 -o 附件2.xlsx
    """


@export.command()
@click.argument("year", metavar="YEAR", type=YEAR)
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
    with db.reading(options.engine(context)) as connection, printing.progress("正在写出附件1 …"):
        run = settlement.choose_run(connection, "tech_branch", year, run_id)
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
@click.argument("year", metavar="YEAR", type=YEAR)
@RUN_OPTION
@OUT_OPTION
@click.pass_context
def annex2(context: click.Context, year: int, run_id: int | None, out: Path) -> None:
    """附件2 专项资金审核汇总表（全市）。

    \b
    例：tiexi export annex2 2023 -o 附件2.xlsx
    """
    with db.reading(options.engine(context)) as connection, printing.progress("正在写出附件2 …"):
        run = settlement.choose_run(connection, "tech_branch", year, run_id)
        count = annexes.annex2(connection, run, out)
    click.echo(f"已写出 {out}（{count} 笔）")


@export.command("lines")
@click.argument("year", metavar="YEAR", type=YEAR)
@RUN_OPTION
@OUT_OPTION
@click.pass_context
def export_lines(context: click.Context, year: int, run_id: int | None, out: Path) -> None:
    """全部结算明细（CSV，每笔一行，含未通过的代码），供其他程序读取。

    \b
    例：tiexi export lines 2023 -o 明细.csv
    """
    with db.reading(options.engine(context)) as connection, printing.progress("正在写出明细 …"):
        run = settlement.choose_run(connection, "tech_branch", year, run_id)
        files.write_text(out, lines.lines_csv(connection, run.id))
    click.echo(f"已写出 {out}（{run.summary['loans']} 笔）")


@export.command("claims")
@click.argument("year", metavar="YEAR", type=YEAR)
@RUN_OPTION
@OUT_OPTION
@click.pass_context
def export_claims(context: click.Context, year: int, run_id: int | None, out: Path) -> None:
    """该年度结算发现的追缴（CSV，每笔每支付年度一行），供其他程序读取。

    \b
    例：tiexi export claims 2024 -o 追缴.csv
    """
    with db.reading(options.engine(context)) as connection, printing.progress("正在写出追缴 …"):
        run = settlement.choose_run(connection, "tech_branch", year, run_id)
        files.write_text(out, claims.claims_csv(connection, run.id))
    click.echo(f"已写出 {out}（{run.summary['claims']['claims']} 条）")


for command in (*review.EXPORTS, *money.EXPORTS):
    export.add_command(command)


cli.add_command(explain.explain)
cli.add_command(trace.trace)
cli.add_command(simulate.simulate)
cli.add_command(received.reconcile)
cli.add_command(received.verify)
cli.add_command(audit.audit)
cli.add_command(jobs.jobs)
cli.add_command(config.config)
cli.add_command(backup.backup)
cli.add_command(backup.restore)


@cli.command()
@click.argument("folder", metavar="[FOLDER]", type=OUT, default="demo")
def demo(folder: Path) -> None:
    """用虚构数据演示全过程：三个年度的报送、试算、审核、附件与解释，写入 FOLDER（默认 demo/）。

    \b
    例：tiexi demo
    """
    job.run(folder)


def main() -> None:
    """The entry point: runs a command and turns whatever happens into an exit code and one Chinese sentence."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Runs a command line and gives its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a console that lacks a character still gets the sentence
    debug, arguments = _debug_first(arguments)
    try:
        return cli.main(arguments, prog_name="tiexi", standalone_mode=False) or 0
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.ctx.get_help() if error.ctx else "", err=True)
        return 2
    except click.UsageError as error:
        path = error.ctx.command_path if error.ctx else "tiexi"
        click.echo(f"用法有误：{chinese.usage_sentence(error)}\n用 {path} --help 查看说明", err=True)
        return 2
    except (click.Abort, KeyboardInterrupt):
        click.echo("已中断；未完成的文件与运行没有写入", err=True)
        return 130
    except Refused as refusal:
        if debug:
            raise
        click.echo(f"拒绝：{refusal}", err=True)
        return 1
    except EnvironmentFailed as failure:
        if debug:
            raise
        click.echo(f"无法完成：{failure}", err=True)
        return 3
    except BrokenPipeError:  # whoever reads our output has seen enough
        sys.stdout = None
        return 0
    except (OSError, SQLAlchemyError, MemoryError) as error:
        if debug:
            raise
        click.echo(
            f"无法完成：{error.__class__.__name__} {str(error).splitlines()[0] if str(error) else ''}；加 --debug 查看详情",
            err=True,
        )
        return 3


def _debug_first(arguments: list[str]) -> tuple[bool, list[str]]:
    """Whether --debug stands anywhere on the line, and the line with it where click takes it: before the command."""
    end = arguments.index("--") if "--" in arguments else len(arguments)
    rest = [word for word in arguments[:end] if word != "--debug"]
    debug = len(rest) < end
    return debug, [*(["--debug"] if debug else []), *rest, *arguments[end:]]
