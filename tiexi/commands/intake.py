"""The commands that bring facts in: the database, the blank workbook, import, withdrawal."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from ledger.accounts.scope import EVERYTHING
from ledger.database import addresses
from ledger.intake import void as withdrawal
from ledger.intake.importer import import_files
from ledger.intake.sheets import BY_NAME, SHEETS
from ledger.intake.void_files import void_file
from ledger.programmes import PROGRAMMES
from ledger.setup import initialise
from ledger.warnings.kinds import Warned
from reports import programmes
from reports.received.given_back import give_back
from reports.writing import files
from reports.writing import template as blank
from tiexi.terminal import acting, chinese, options, printing
from tiexi.terminal.chinese import FILE, OUT, WORD
from tiexi.terminal.options import JSON_OPTION
from tiexi.terminal.outcomes import print_outcome, print_warnings


@click.command(cls=options.ChangingCommand)
@click.pass_context
def init(context: click.Context) -> None:
    """建立或升级数据库，装入随程序提供的 LPR 数据。可以重复运行。

    \b
    例：tiexi init
        tiexi --database sqlite:////data/tiexi.db init
    """
    engine = options.engine(context)
    added = initialise(engine)
    printing.say(f"数据库已就绪：{addresses.shown(engine.url)}" + (f"，装入 {added} 次 LPR 公布" if added else ""))


FILLED = {name: of for name, of in programmes.exports_by_name().items() if any(one.template for one in of.values())}


@click.command(cls=chinese.Command)
@click.argument("out", metavar="[OUT]", type=OUT, required=False)
@click.option(
    "--of",
    "letter",
    type=chinese.words(list(FILLED), "公文"),
    metavar="公文",
    help=f"改为写出一种公文的 Word 底稿，供修改后以 --template 换用：{'、'.join(FILLED)}",
)
@click.option("--programme", metavar="项目", help="与 --of 一起：哪个项目的底稿；默认为第一个有的")
@click.option(
    "--payments", is_flag=True, help="改为写出「拨付」（追缴缴回也填在这里）和「兑付回单」两张表，由 tiexi pay 记账"
)
def template(out: Path | None, letter: str | None, programme: str | None, payments: bool) -> None:
    """写出空白报送工作簿：全部工作表、下拉选项、填写提示和示例行；或拨付用的两张表（--payments）；或一种公文的 Word 底稿（--of）。

    \b
    例：tiexi template 报送模板.xlsx
        tiexi template --payments 拨付模板.xlsx
        tiexi template --of letter 告知书底稿.docx
    """
    if payments:
        if letter is not None or programme is not None:
            raise click.UsageError("--payments 不与 --of、--programme 一起使用")
        blank.write_template_of(out or Path("拨付模板.xlsx"), EVERYTHING, payments=True)
        printing.say(
            f"已写出空白拨付表 {out or '拨付模板.xlsx'}（示例行记账时自动跳过）；已填好应拨各行的：tiexi pay 年度 --blank"
        )
        return
    if letter is None:
        if programme is not None:
            raise click.UsageError("--programme 与 --of 一起使用")
        blank.write_template(out or Path("报送模板.xlsx"))
        printing.say(f"已写出空白工作簿 {out or '报送模板.xlsx'}（{len(SHEETS)} 张表，示例行导入时自动跳过）")
        return
    of = {PROGRAMMES[key].name: export for key, export in FILLED[letter].items()}
    if programme is not None and programme not in of:
        raise click.UsageError(f"选项 --programme：「{programme}」没有这种公文；应为以下之一：{'、'.join(of)}")
    export = next(iter(of.values())) if programme is None else of[programme]
    out = out or Path(f"{export.what}底稿.docx")
    if out.suffix.lower() != ".docx":
        raise click.UsageError(f"OUT「{out}」应以 .docx 结尾")
    files.write_bytes(out, programmes.kept_template(export))
    printing.say(f"已写出{export.what}的底稿 {out}；改好后导出时加 --template {out}")


@click.command(
    "import",
    cls=options.ChangingCommand,
    action="uploads.add",
    at_once=True,
    reads=lambda given: given["dry_run"] and not acting.has_token(),
)
@click.argument("paths", metavar="FILE...", type=FILE, nargs=-1, required=True)
@click.option(
    "--sheet", type=chinese.words(tuple(BY_NAME), "工作表"), metavar="工作表", help="CSV 文件是哪一张表，如 贷款"
)
@click.option("--uploader", type=WORD, metavar="姓名", help="报送人；默认为当前系统用户")
@click.option("--errors", type=OUT, metavar="OUT.xlsx", help="文件被拒绝时，把它连同标出的问题单元格写到这里")
@click.option("--warnings", type=OUT, metavar="OUT.xlsx", help="文件已导入而有提示时，把它连同标出的提示单元格写到这里")
@click.option("--amend", type=WORD, metavar="原因", help="允许更正已入库的行；旧内容留档")
@click.option("--dry-run", is_flag=True, help="只检查，不写入；后面的文件看得到前面文件的内容")
@JSON_OPTION
@click.pass_context
def import_command(
    context: click.Context,
    paths: tuple[Path, ...],
    sheet: str | None,
    uploader: str | None,
    errors: Path | None,
    warnings: Path | None,
    amend: str | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """导入报送工作簿，或 CSV 文件（一个文件一张表）。每个文件要么全部导入，要么一行也不导入；问题一次全部列出。

    用了 --errors 时，同类问题在屏幕上只列前三处，其余见标注的文件。

    \b
    例：tiexi import 名录.xlsx 蓝鲸银行.xlsx --uploader 李四
        tiexi import 蓝鲸银行.xlsx --errors 请改正.xlsx
        tiexi import 蓝鲸银行.xlsx --warnings 请核对.xlsx
        tiexi import 贷款-2023.csv　　tiexi import --sheet 贷款 导出.csv
        tiexi import 更正.xlsx --amend "借据利率录入有误"
    """
    _refuse_overwriting({"--errors": errors, "--warnings": warnings}, paths)
    if sheet is not None and not any(path.suffix.lower() == ".csv" for path in paths):
        raise click.UsageError("--sheet 只用于 CSV 文件；工作簿中的表按其名称识别")
    engine = options.engine(context)
    outcomes = import_files(
        engine, paths, options.person(context, uploader), amend, dry_run, sheet, options.scope(context)
    )
    results: list[dict[str, Any]] = []
    told: list[Warned] = []
    refused = warned = 0
    differs = False
    for path in paths:
        with printing.progress(f"正在导入 {path.name} …"):
            outcome = next(outcomes)
        differs = differs or bool(outcome.deviations)
        told += outcome.warnings
        if not as_json:
            print_outcome(outcome, grouped=errors is not None)
        target = None
        if outcome.refused:
            refused += 1
            target = _numbered(errors, refused) if outcome.findings else None
        elif outcome.warnings:
            warned += 1
            target = _numbered(warnings, warned)
        if target is not None:
            said = give_back(path, outcome, target, sheet)
            if not as_json:
                printing.say(f"　　　{said}")
        results.append({**outcome.as_dict(), "marked": str(target) if target and target.exists() else None})
    if as_json:
        printing.print_json({"files": results, "warnings": [one.as_dict() for one in told], "refused": refused})
    else:
        print_warnings(told, "不影响导入和金额；已导入的随时可查：tiexi warnings")
    if refused or differs:
        context.exit(1)


def _numbered(out: Path | None, number: int) -> Path | None:
    """Where the marked file of this number (1, 2, …) goes."""
    return out if out is None or number == 1 else out.with_stem(f"{out.stem}-{number}")


def _refuse_overwriting(outs: Mapping[str, Path | None], paths: tuple[Path, ...]) -> None:
    """Wrong usage when a marked file would take the place of a file that is to be imported, or of another marked one."""
    taken: set[Path] = set()
    for option, out in outs.items():
        targets = {found for number in range(1, len(paths) + 1) if (found := _numbered(out, number)) is not None}
        for target in sorted(targets):
            if any(options.same_file(target, path) for path in paths):
                raise click.UsageError(f"{option} 要写的 {target} 就是要导入的文件，会覆盖原件；请另起一个文件名")
            if target.absolute() in taken:
                raise click.UsageError(f"{option} 要写的 {target} 也是 --errors 要写的；请另起一个文件名")
        taken |= {target.absolute() for target in targets}


@click.command(cls=options.ChangingCommand, action="void.add")
@click.argument("sheet", metavar="SHEET", required=False, type=chinese.words(tuple(BY_NAME), "工作表"))
@click.argument("key", metavar="KEY...", nargs=-1)
@click.option(
    "--file", "file", type=WORD, metavar="文件或文件号", help="撤回一个文件带来的全部行：文件、导入时的文件名或文件号"
)
@click.option("--reason", required=True, type=WORD, metavar="原因", help="为什么撤回")
@JSON_OPTION
@click.pass_context
def void(
    context: click.Context, sheet: str | None, key: tuple[str, ...], file: str | None, reason: str, as_json: bool
) -> None:
    """撤回误录的一行，或（--file）一个文件带来的全部行：记录保留，不再计入。审核通过的运行用过的行不能撤回。

    KEY 为该表的主键各列，按表中顺序，日期写作 2023-07-03，空的写 ''。

    \b
    例：tiexi void 贷款 蓝鲸银行 JJ2023-0001 --reason 重复录入
        tiexi void 合作银行 蓝鲸银行 '' --reason 名称有误
        tiexi void --file 蓝鲸银行.xlsx --reason 报送了别的年度
    """
    if (file is None) == (sheet is None):
        raise click.UsageError("请给出工作表和主键，或用 --file 给出要整个撤回的文件，二者取一")
    if file is not None:
        _void_file(context, file, reason, as_json)
        return
    assert sheet is not None
    if not key:
        raise click.UsageError(
            f"缺少主键；「{sheet}」的主键列：{'、'.join(each.header for each in BY_NAME[sheet].keys)}"
        )
    try:
        values = withdrawal.read_key(BY_NAME[sheet], key)
    except withdrawal.UnreadableKey as error:
        raise click.UsageError(str(error)) from error
    engine = options.engine(context)
    with printing.progress("正在撤回 …"):
        described = withdrawal.void(
            engine, BY_NAME[sheet], values, reason, options.person(context), options.scope(context)
        )
    if as_json:
        printing.print_json({"sheet": sheet, "key": list(key), "reason": reason, "voided": True})
    else:
        printing.say(f"已撤回 {described}（原记录留档，原因：{reason}）")


def _void_file(context: click.Context, file: str, reason: str, as_json: bool) -> None:
    engine = options.engine(context)
    with printing.progress("正在撤回 …"):
        gone = void_file(engine, file, reason, options.person(context), options.scope(context))
    if as_json:
        printing.print_json({**gone.as_dict(), "reason": reason, "voided": True})
    else:
        counts = "；".join(f"{sheet} {count} 行" for sheet, count in gone.rows.items())
        printing.say(
            f"已撤回第 {gone.intake_id} 号文件 {gone.file}：{counts}（原记录留档，原因：{reason}）；同一文件可以重新导入"
        )


COMMANDS = (init, template, import_command, void)
