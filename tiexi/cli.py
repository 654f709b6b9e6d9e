"""The command line: the group, what every command shares, and the exit codes.

The commands themselves are loaded when they are asked for; so is every library that not all of them need.
"""

import gc
import sys

import click

from ledger import __version__
from ledger.errors import BadSetting, EnvironmentFailed, Refused, os_reason
from reports.programmes import trials
from tiexi.commands import COMMANDS
from tiexi.terminal import chinese

_HELP = """贴息：{about}。

\b
从空白到办结的一整套步骤：
  tiexi init                              建立数据库
  tiexi template 报送模板.xlsx            空白报送工作簿
  tiexi import 名录.xlsx 蓝鲸银行.xlsx    导入名录和银行报送的数据
  tiexi settle 2023 --as-of 2024-01-31    试算，给出运行号
  tiexi explain JJ2023-0001 --bank 蓝鲸银行 --year 2023
                                          逐笔核对
  tiexi export annex1 2023 -o 附件1/      各区市的申请表
  tiexi sign 1 --county 某区 --by 王五 --document 威环金〔2024〕3号
                                          初审：有明细的区市各签一次
  tiexi sample 1 --share 10%              抽查；结果用 tiexi check 录入
  tiexi approve 1 --by 张三 --document 威金监〔2024〕1号
                                          审核：与录入、初审不是同一人
  tiexi export annex2 2023 -o 附件2.xlsx  汇总表
  tiexi allot 1 --by 钱七 --document 威财金〔2024〕8号
                                          下达
  tiexi pay 2023 --blank 拨付表.xlsx      填好后去掉 --blank 再运行
  tiexi balance 2023                      每一分钱在哪里
  tiexi close 1 --by 张三 --document 威金监〔2024〕20号
                                          办结
  tiexi audit                             有没有人改过
先看演示：tiexi demo　一人试用：先设环境变量 TIEXI_SOLO=1，不要求签署和第二人

退出码：0 完成；1 经判断被拒绝（未作改动），或核对、审计有不符；2 用法有误；3 数据库或文件系统故障。
"""


@click.group(
    cls=chinese.Group, lazy=COMMANDS, context_settings={"max_content_width": 110},
    help=_HELP.format(about="，".join(trial.about for trial in trials() if trial.about)),
)  # fmt: skip
@click.option(
    "--database", metavar="URL",
    help="数据库地址，也可用环境变量 TIEXI_DATABASE_URL 或配置文件指定；默认为当前文件夹的 sqlite:///tiexi.db",
)  # fmt: skip
@click.option("--verbose", count=True, help="把日志写到标准错误：一次为 INFO，两次为 DEBUG")
@click.option("--wide", is_flag=True, help="表格列出全部列，不管窗口多宽；写在命令前后都可以")
@click.option("--debug", is_flag=True, help="出错时显示程序调用栈；写在命令前后都可以")
@click.version_option(__version__, message="tiexi %(version)s", help="显示版本")
@click.pass_context
def cli(context: click.Context, database: str | None, verbose: int, wide: bool, debug: bool) -> None:
    """What every command shares: where the database is, how much is logged, and how wide tables are."""
    from ledger import logs  # here and not above: --version and --help need none of it
    from tiexi.commands import config
    from tiexi.terminal import options

    found = config.read(database)
    context.obj = {"url": found.settings.database, "debug": debug, "verbose": verbose, "configuration": found}
    logs.set_up(options.log_level(context), found.settings.log_format)


def main() -> None:
    """The entry point: runs a command and turns whatever happens into an exit code and one Chinese sentence."""
    seldom_collect()
    sys.exit(run(sys.argv[1:]))


def seldom_collect() -> None:
    """What is loaded at the start stays, and so do millions of rows until they are written: looking through all of it for
    rubbish again and again would take a tenth of a short command, and more of a long one."""
    gc.set_threshold(500_000, 20, 20)


def run(arguments: list[str]) -> int:
    """Runs a command line and gives its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a console that lacks a character still gets the sentence
    if not _shows_chinese():
        print(
            f"tiexi: output in the encoding {sys.stdout.encoding} cannot show Chinese. "
            "Set PYTHONUTF8=1 (or LANG=C.UTF-8, without LC_ALL) in the environment and run it again.",
            file=sys.stderr,
        )
        return 3
    arguments = _shared_first(arguments)
    debug = "--debug" in arguments
    try:
        return cli.main(arguments, prog_name="tiexi", standalone_mode=False) or 0
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.ctx.get_help() if error.ctx else "", err=True)
        return 2
    except click.UsageError as error:
        path = error.ctx.command_path if error.ctx else "tiexi"
        click.echo(f"用法有误：{chinese.usage_sentence(error)}\n用 {path} --help 查看说明", err=True)
        return 2
    except BadSetting as error:  # of the city: what a command needs before it can say what it is asked
        click.echo(f"用法有误：{error}\n用 tiexi --help 查看说明", err=True)
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
    except Exception as error:
        if debug or not _of_the_environment(error):
            raise
        click.echo(f"无法完成：{_sentence(error)}；加 --debug 查看详情", err=True)
        return 3


def _sentence(error: Exception) -> str:
    """What failed, in Chinese where the reason is a usual one."""
    if isinstance(error, OSError) and error.errno is not None:
        named = f"文件 {error.filename}：" if error.filename is not None else "读写文件或输出时出错："
        return named + os_reason(error)
    return f"{error.__class__.__name__} {str(error).splitlines()[0] if str(error) else ''}"


def _of_the_environment(error: Exception) -> bool:
    """Whether the machine or the database failed, not the program. A command that uses no database has not loaded its errors."""
    database = sys.modules.get("sqlalchemy.exc")
    return isinstance(error, (OSError, MemoryError)) or (
        database is not None and isinstance(error, database.SQLAlchemyError)
    )


def _shows_chinese() -> bool:
    """Whether what is printed can be read: in ASCII every character would be a question mark."""
    try:
        "贴息".encode(getattr(sys.stdout, "encoding", None) or "utf-8")  # no output at all shows nothing wrong
    except (UnicodeEncodeError, LookupError):
        return False
    return True


_ANYWHERE = ("--debug", "--wide")


def _shared_first(arguments: list[str]) -> list[str]:
    """The line with the options that may stand anywhere on it where click takes them: before the command."""
    end = arguments.index("--") if "--" in arguments else len(arguments)
    given = [word for word in _ANYWHERE if word in arguments[:end]]
    return [*given, *(word for word in arguments[:end] if word not in _ANYWHERE), *arguments[end:]]
