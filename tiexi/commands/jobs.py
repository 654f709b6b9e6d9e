"""The commands of the clock: the scheduled jobs, one run by hand, and the scheduler itself."""

from datetime import date
from typing import Any

import click
from sqlalchemy import Engine

from jobs import listing, scheduler
from jobs.listing import require_done, when
from jobs.rules import next_run
from jobs.runner import ALREADY, DONE, Record, is_dead, last_record, run_job
from jobs.schedule import BY_NAME, SCHEDULE
from ledger import logs, workdays
from ledger.database import db
from ledger.facts import positions
from reports.report import Table
from tiexi.terminal import chinese, options, printing
from tiexi.terminal.chinese import DAY
from tiexi.terminal.options import JSON_OPTION


@click.group(cls=chinese.Group)
def jobs() -> None:
    """定时任务：list 列出，run 立即运行一项，start 启动调度。

    \b
    例：tiexi jobs list
        tiexi jobs run papers-due
        tiexi jobs start
    """


@jobs.command("list")
@JSON_OPTION
@click.pass_context
def list_command(context: click.Context, as_json: bool) -> None:
    """列出定时任务：何时运行、下次时间、上次结果。

    \b
    例：tiexi jobs list
    """
    now = workdays.now()
    found = []
    engine = options.engine(context)
    if as_json:
        with db.reading(engine) as connection:
            printing.print_json({"jobs": listing.listed(connection)})
        return
    with db.reading(engine) as connection:
        for job in SCHEDULE:
            following = next_run(job.when, now, positions.calendar(connection))
            found.append((job, following, last_record(connection, job.name)))
    rows = [
        (job.name, job.title, job.when.words, following.words, _last(engine, record))
        for job, following, record in found
    ]
    headers = ("任务", "内容", "何时", "下次", "上次")
    printing.show(Table("定时任务（北京时间）", headers, rows, 5))
    for job, _, record in found:
        if record is not None:
            printing.say(f"{job.name}　{_last(engine, record)}：{_said(record)}")


def _last(engine: Engine, record: Record | None) -> str:
    """The last run in two words."""
    if record is None:
        return "未运行过"
    return f"{record.day} {_RESULTS['dead' if is_dead(engine, record) else record.result]}"


_RESULTS = {"done": "完成", "failed": "失败", "running": "正在运行", "dead": "中断"}


def _said(record: Record) -> str:
    """What came of a run, or who runs it since when."""
    if record.result == "running":
        return f"{record.started_at:%Y-%m-%d %H:%M:%S} 开始，{record.worker}"
    return record.error or record.figures["summary"]


@jobs.command(cls=options.ChangingCommand)
@click.argument("name", metavar="NAME", type=chinese.words(tuple(BY_NAME), "任务"))
@click.option("--date", "day", type=DAY, metavar="日期", help="按哪一天运行（今天或以前）；默认今天")
@click.option("--again", is_flag=True, help="该日已完成的也再做一次，通知重发")
@JSON_OPTION
@click.pass_context
def run(context: click.Context, name: str, day: date | None, again: bool, as_json: bool) -> None:
    """立即运行一项任务，如同在所给的那一天。该日已完成的不重做；失败的可以重试，已送出的通知不重发。

    \b
    例：tiexi jobs run papers-due
        tiexi jobs run year-end-trial --date 2026-01-04
    """
    job = BY_NAME[name]
    with printing.progress(f"正在运行 {job.title} …"):
        ran = run_job(options.engine(context), job, day or workdays.today(), options.settings(context), again)
    if as_json:
        printing.print_json({"name": name, "title": job.title, "outcome": ran.outcome, **ran.record.as_dict()})
    elif ran.outcome in (DONE, ALREADY):
        done = "完成" if ran.outcome == DONE else f"此前已完成（{when(ran.record)}），未再运行；要重做请加 --again"
        printing.say(f"{job.title} {ran.record.day}：{done}")
        printing.say(_words(ran.record))
    require_done(ran, job.title)


def _words(record: Record) -> str:
    figures: dict[str, Any] = dict(record.figures)
    mailed = f"，邮件 {len(figures['mailed'])} 封" if "mailed" in figures else ""
    return f"{figures.get('summary', '')}。通知 {figures.get('notices', 0)} 条{mailed}"


@jobs.command(cls=options.KeepersCommand)
@click.pass_context
def start(context: click.Context) -> None:
    """在前台启动调度，直到收到 SIGTERM 或 Ctrl+C；正在运行的任务做完才停。停机期间错过的，启动后补做一次。

    \b
    例：tiexi jobs start
        tiexi --database postgresql+psycopg://tiexi@db/tiexi jobs start
    """
    settings = options.settings(context)
    logs.set_up(logs.at_least_info(options.log_level(context)), settings.log_format)
    scheduler.run(options.engine(context), settings, printing.say)


COMMANDS = (jobs,)
