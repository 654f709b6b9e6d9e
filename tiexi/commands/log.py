"""The commands of the log: who did or tried what. For whoever keeps the server; nothing in it can be changed."""

from datetime import date
from pathlib import Path

import click

from ledger import models
from ledger.accounts import log as kept
from ledger.accounts.roles import name_of
from ledger.database import db
from reports.report import Table
from reports.writing.csv_files import csv_text
from reports.writing.files import write_text
from tiexi.commands.accounts import DaysType
from tiexi.terminal import chinese, options, printing
from tiexi.terminal.chinese import DAY, WORD
from tiexi.terminal.options import JSON_OPTION, OUT_OPTION

_SHOWN = 50  # entries on the screen unless told otherwise


def _filters(command: click.decorators.FC) -> click.decorators.FC:
    """Options that choose entries."""
    for made in (
        click.option(
            "--result",
            type=chinese.words(models.RESULTS, "结果"),
            metavar="结果",
            help="、".join(f"{key}（{name}）" for key, name in kept.RESULT_NAMES.items()),
        ),
        click.option("--action", type=WORD, metavar="操作", help="如 runs.approve、sign-in"),
        click.option("--login", type=WORD, metavar="LOGIN", help="哪个账号"),
        click.option("--to", "until", type=DAY, metavar="日期", help="到哪一天（含）"),
        click.option("--from", "since", type=DAY, metavar="日期", help="从哪一天起"),
    ):
        command = made(command)
    return command


@click.group(cls=chinese.Group)
def log() -> None:
    """访问日志：谁在何时从何处办了什么、结果如何。list 列出，export 导出，prune 清理半年以前的。

    \b
    例：tiexi log list --login wangwu
        tiexi log export -o 日志.csv --from 2026-01-01
    """


@log.command("list")
@_filters
@click.option("--all", "everything", is_flag=True, help=f"全部列出；默认只列最近 {_SHOWN} 条")
@JSON_OPTION
@click.pass_context
def list_log(
    context: click.Context,
    since: date | None,
    until: date | None,
    login: str | None,
    action: str | None,
    result: str | None,
    everything: bool,
    as_json: bool,
) -> None:
    """列出日志，新的在前。

    \b
    例：tiexi log list --from 2026-03-01 --result denied
    """
    equal = _equal(login, action, result)
    with db.reading(options.engine(context)) as connection:
        found = kept.found(connection, since, until, equal, None if everything else _SHOWN)
        total = kept.count(connection, since, until, equal)
    if as_json:
        printing.print_json({"log": found, "total": total})
        return
    rows = [
        (
            one["time"].replace("T", " "), one["login"], name_of(one["role"]) if one["role"] else "", one["address"],
            one["action"], one["object"], kept.RESULT_NAMES[one["result"]],
        )
        for one in found
    ]  # fmt: skip
    printing.show(Table("访问日志", ("时间", "账号", "角色", "来自", "操作", "对象", "结果"), rows, 7))
    if total > len(found):
        printing.say(f"共 {total} 条，只列出最近 {len(found)} 条；全部列出请加 --all")


@log.command(cls=options.KeepersCommand)
@_filters
@OUT_OPTION
@JSON_OPTION
@click.pass_context
def export(
    context: click.Context,
    since: date | None,
    until: date | None,
    login: str | None,
    action: str | None,
    result: str | None,
    out: Path,
    as_json: bool,
) -> None:
    """把日志导出为 CSV，旧的在前。

    \b
    例：tiexi log export -o 日志-2026上半年.csv --from 2026-01-01 --to 2026-06-30
    """
    with db.reading(options.engine(context)) as connection:
        found = kept.found(connection, since, until, _equal(login, action, result))
    found.reverse()
    write_text(out, csv_text(kept.KEYS, ([one[key] for key in kept.KEYS] for one in found)))
    if as_json:
        printing.print_json({"file": str(out), "entries": len(found)})
    else:
        printing.say(f"已写出 {out}，{len(found)} 条")


def _equal(login: str | None, action: str | None, result: str | None) -> dict[str, str]:
    given = {"login": login, "action": action, "result": result}
    return {key: value for key, value in given.items() if value is not None}


@log.command(cls=options.KeepersCommand)
@click.option(
    "--days", type=DaysType(), default=models.LEAST_KEPT, metavar="天数",
    help=f"保留最近多少天，至少（也是默认）{models.LEAST_KEPT}",
)  # fmt: skip
@JSON_OPTION
@click.pass_context
def prune(context: click.Context, days: int, as_json: bool) -> None:
    """清理半年以前的日志，留下清理记录；少于 180 天的拒绝（网络安全法：日志留存不少于六个月）。

    \b
    例：tiexi log prune --days 365
    """
    gone = kept.prune(options.engine(context), days)
    if as_json:
        printing.print_json({"pruned": gone, "days": days})
    else:
        printing.say(f"已清理 {gone} 条，清理记录留存" if gone else f"没有早于 {days} 天的日志")


COMMANDS = (log,)
