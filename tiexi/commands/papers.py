"""The commands of papers: what a bank does at /papers, on a command line; and every file of the store held against its hash."""

from datetime import date
from pathlib import Path
from typing import Any

import click
from sqlalchemy import Engine

from ledger import models
from ledger.database import db
from ledger.errors import EnvironmentFailed, Refused, os_reason
from ledger.facts.bank_names import bank_names
from ledger.papers import changing, records, sending, tidying, verifying
from ledger.papers.receiving import Limits, Received, Sender, Wanted
from ledger.papers.records import STATE_NAMES, Filed
from ledger.store import Store, TooLarge
from ledger.workbooks.cells import read_name
from reports.report import Table
from reports.waiting import due as waiting
from tiexi.terminal import acting, chinese, options, printing
from tiexi.terminal.chinese import DAY, FILE, RUN, WORD, YEAR
from tiexi.terminal.options import JSON_OPTION

_NUMBER = click.argument("paper_id", metavar="ID", type=RUN)
_BANK = click.option("--bank", type=WORD, metavar="银行", help="银行名称，曾用名也可以；以账号办理的默认为本行")
_BY = click.option("--uploader", type=WORD, metavar="姓名", help="办理人；默认为当前系统用户，以账号办理的为其姓名")
_EVENT = chinese.words(models.PAPER_EVENTS, "业务")
_SHOWN = 50  # on the screen
_MOST = 60  # working days ahead


@click.group(cls=chinese.Group)
def papers() -> None:
    """资料：add 上传，list 列出，due 到期未收齐的，relabel 改标，withdraw 撤下，verify 核对文件库，tidy 清理（第十七条）。

    有账号以后以账号办理（环境变量 TIEXI_TOKEN）。收到日是本机收完文件的日期，不由上传的人填写。

    \b
    例：tiexi papers add 合同.pdf 通知书.pdf --note JJ2026-0001 --event 发放 \\
          --on 2026-03-02 --kinds 贷款合同、放款通知书
        tiexi papers due
    """


@papers.command(cls=options.ChangingCommand, action="papers.add")
@click.argument("paths", metavar="FILE...", nargs=-1, required=True, type=FILE)
@_BANK
@click.option("--note", type=WORD, metavar="借据编号", help="是哪一笔贷款的；贷款还没有入库也可以")
@click.option("--event", type=_EVENT, metavar="业务", help="发放、还款或展期")
@click.option("--on", "event_on", type=DAY, metavar="业务日", help="发放日、还款日或展期日")
@click.option(
    "--kinds", required=True, type=WORD, metavar="资料", help="是哪几种资料，以、隔开，如 贷款合同、放款通知书"
)
@click.option("--year", type=YEAR, help="申请报告（第十八条）的年度，代替借据和业务")
@_BY
@JSON_OPTION
@click.pass_context
def add(
    context: click.Context,
    paths: tuple[Path, ...],
    bank: str | None,
    note: str | None,
    event: str | None,
    event_on: date | None,
    kinds: str,
    year: int | None,
    uploader: str | None,
    as_json: bool,
) -> None:
    """上传资料：先逐个检查是不是可用的 PDF、JPEG、PNG、TIFF，再一并收下；有一个不可用，就一个也不收。

    同样的文件为同一笔业务再传，以第一次收到为准。

    \b
    例：tiexi papers add 合同.pdf --note JJ2026-0001 --event 发放 \\
          --on 2026-03-02 --kinds 贷款合同、放款通知书
        tiexi papers add 报告.pdf --kinds 申请报告 --year 2025
    """
    _require_place(note, event, event_on, year)
    engine, settings = options.engine(context), options.settings(context)
    limits = Limits(settings.portal_paper_mb, settings.portal_unit_gb, bool(settings.portal_scanner))
    wanted = Wanted(kinds, note, event, event_on, year, bank)
    opened = []
    try:
        with printing.progress("正在检查资料 …"):
            opened = [(path.name, path.open("rb")) for path in paths]
            sender = _sender(context, uploader)
            found = sending.send(engine, _store(context), sender, wanted, opened, limits, settings.portal_paper_pages)
    except TooLarge as error:
        raise Refused(f"有一份资料超过 {settings.portal_paper_mb} MB，没有收下") from error
    except OSError as error:
        raise EnvironmentFailed(f"文件无法读取：{os_reason(error)}") from error
    finally:
        for _, file in opened:
            file.close()
    if as_json:
        printing.print_json(found.as_dict())
    else:
        _tell(found)


def _require_place(note: str | None, event: str | None, event_on: date | None, year: int | None) -> None:
    """Wrong usage where it is neither said of which event the papers are nor of which year."""
    for option, given in (("--note", note), ("--event", event), ("--on", event_on)):
        if (given is None) == (year is None):
            raise click.UsageError(
                f"须写明 {option}；申请报告写 --year"
                if given is None
                else f"{option} 不与 --year 同用：申请报告没有业务"
            )


def _tell(found: Received) -> None:
    for one in found.papers:
        new = "" if found.new else "，此前已收"
        kinds = "、".join(one.kinds)
        printing.say(f"第 {one.id} 号资料 {one.file}（{kinds}）：{one.received_on} 收到，{STATE_NAMES[one.state]}{new}")
    event = found.event
    if event is None:
        return
    missing = f"还缺{'、'.join(event.missing)}" if event.missing else f"{event.complete_on} 收齐"
    until = f"，最迟 {event.due_on}" if event.due_on else ""
    late = "，已逾期" if event.in_time is False else ""
    stray = "" if event.on_file else "；库中还没有这一天的这笔业务，请核对日期"
    printing.say(f"{event.bank} 借据 {event.note_no} {event.event_on} {event.event}：{missing}{until}{late}{stray}")


@papers.command("list", cls=options.ChangingCommand, action="papers.list", reads=lambda _: not acting.has_token())
@_BANK
@click.option("--note", type=WORD, metavar="借据编号", help="只列这一笔贷款的")
@click.option(
    "--state", type=chinese.words(models.PAPER_STATES, "状态"), metavar="状态", help="只列这一状态的，如 kept"
)
@JSON_OPTION
@click.pass_context
def list_command(context: click.Context, bank: str | None, note: str | None, state: str | None, as_json: bool) -> None:
    """列出收到的资料，新的在前；以账号办理的，只列其范围内的。

    \b
    例：tiexi papers list
        tiexi papers list --note JJ2026-0001 --json
    """
    engine = options.engine(context)
    conditions: list[Any] = [models.Paper.note_no == note] if note else []
    conditions += [models.PaperState.state == state] if state else []
    with db.reading(engine) as connection:
        found = records.seen(connection, options.scope(context), *conditions)
        if bank is not None:
            wanted = bank_names(connection).id_of(read_name(bank))
            found = [one for one in found if one.bank_id == wanted]
    if as_json:
        items = [one.as_dict() for one in found]
        printing.print_json({"items": items, "page": 1, "size": len(items), "total": len(items)})
        return
    rows = [_row(one) for one in found[:_SHOWN]]
    heads = ("编号", "借据编号", "业务", "业务日", "资料", "收到", "状态", "银行")
    printing.show(Table(f"资料（共 {len(found)} 份）", heads, rows, 8, spare=("银行", "业务日")))


def _row(one: Filed) -> tuple[str, ...]:
    day = str(one.event_on) if one.event_on else f"{one.year} 年度"
    return (
        str(one.id), one.note_no or "", one.event or "", day, "、".join(one.kinds), str(one.received_on),
        STATE_NAMES[one.state], one.bank,
    )  # fmt: skip


@papers.command("due", cls=options.ChangingCommand, action="due.list", reads=lambda _: not acting.has_token())
@click.option(
    "--within", type=chinese.Between("工作日数", range(_MOST + 1)), default=str(waiting.WITHIN), metavar="N",
    help=f"几个工作日内到期的，默认 {waiting.WITHIN}",
)  # fmt: skip
@JSON_OPTION
@click.pass_context
def due(context: click.Context, within: str, as_json: bool) -> None:
    """资料没有收齐的业务：N 个工作日内到期的和已经逾期的；还有收到了资料而库中没有那一天的业务的。

    \b
    例：tiexi papers due
        tiexi papers due --within 10 --json
    """
    with db.reading(options.engine(context)) as connection:
        found = waiting.due(connection, options.scope(context), int(within))
    if as_json:
        items = [one.as_dict() for one in found]
        printing.print_json({"items": items, "page": 1, "size": len(items), "total": len(items)})
        return
    rows = [
        (
            one.note_no, one.event, str(one.event_on), "、".join(one.missing) or "不缺，库中无此业务",
            str(one.due_on or ""), "" if one.workdays_left is None else str(one.workdays_left), one.bank,
        )
        for one in found[:_SHOWN]
    ]  # fmt: skip
    heads = ("借据编号", "业务", "业务日", "缺", "最迟", "剩工作日", "银行")
    printing.show(Table(f"资料未收齐（共 {len(found)} 项）", heads, rows, 7, spare=("银行", "业务日")))


@papers.command(cls=options.ChangingCommand, action="papers.relabel")
@_NUMBER
@click.option("--event", required=True, type=_EVENT, metavar="业务", help="发放、还款或展期")
@click.option("--on", "event_on", required=True, type=DAY, metavar="业务日", help="发放日、还款日或展期日")
@click.option("--kinds", required=True, type=WORD, metavar="资料", help="是哪几种资料，以、隔开")
@_BY
@JSON_OPTION
@click.pass_context
def relabel(
    context: click.Context,
    paper_id: int,
    event: str,
    event_on: date,
    kinds: str,
    uploader: str | None,
    as_json: bool,
) -> None:
    """改标：资料标错了业务、日期或种类的，改过来，收到日不变。是另一笔贷款的，要撤下重新上传。

    \b
    例：tiexi papers relabel 12 --event 还款 --on 2026-03-20 --kinds 还本付息凭证
    """
    engine = options.engine(context)
    found = changing.relabel(engine, _sender(context, uploader), paper_id, event, event_on, kinds)
    if as_json:
        printing.print_json(found.paper.as_dict())
    else:
        _tell(Received([found.paper], True, found.event))


@papers.command(cls=options.ChangingCommand, action="papers.withdraw")
@_NUMBER
@click.option("--reason", required=True, type=WORD, metavar="原因", help="为什么撤下")
@_BY
@JSON_OPTION
@click.pass_context
def withdraw(context: click.Context, paper_id: int, reason: str, uploader: str | None, as_json: bool) -> None:
    """撤下一份资料：文件和记录都保留，不再计入。审核通过的运行计入过的不能撤下。

    \b
    例：tiexi papers withdraw 12 --reason 传错了企业
    """
    engine = options.engine(context)
    found = changing.withdraw(engine, _sender(context, uploader), paper_id, reason)
    if as_json:
        printing.print_json(found.as_dict())
    else:
        printing.say(f"第 {found.id} 号资料 {found.file}：{STATE_NAMES[found.state]}")


@papers.command(cls=options.KeepersCommand)
@JSON_OPTION
@click.pass_context
def verify(context: click.Context, as_json: bool) -> None:
    """核对文件库：逐个计算每个文件的摘要，列出缺失、被改动和没有登记的。有任何一个，退出码 1。

    \b
    例：tiexi papers verify
    """
    engine: Engine = options.engine(context)
    with printing.progress("正在核对文件库 …"), db.reading(engine) as connection:
        found = verifying.verify(connection, _store(context))
    if as_json:
        printing.print_json(found.as_dict())
    else:
        for one in found.problems[:_SHOWN]:
            printing.say(one.text)
        if len(found.problems) > _SHOWN:
            printing.say(f"另有 {len(found.problems) - _SHOWN} 处没有列出")
        looked = f"{found.files} 个文件（{found.papers} 份资料、{found.uploads} 个报送文件）"
        printing.say(f"核对了 {looked}：" + (f"共 {len(found.problems)} 处不符" if found.problems else "均相符"))
    if found.problems:
        context.exit(1)


@papers.command(cls=options.KeepersCommand)
@JSON_OPTION
@click.pass_context
def tidy(context: click.Context, as_json: bool) -> None:
    """清理文件库：删去存入一天以上而没有登记的文件，即程序在存好文件、还没有登记时中断所留下的。

    登记过的文件从不删除；内容与名称不符的、不是由本程序存入的也不删，由 verify 列出。门户运行时也可以清理。

    \b
    例：tiexi papers tidy
    """
    done = tidying.tidy(options.engine(context), _store(context))
    if as_json:
        printing.print_json(done.as_dict())
        return
    for name in done.removed:
        printing.say(f"已删去 {name}")
    printing.say(
        f"共删去 {len(done.removed)} 个没有登记的文件，{done.size} 字节" if done.removed else "没有要清理的文件"
    )


def _sender(context: click.Context, uploader: str | None) -> Sender:
    acts = acting.account(context)
    return Sender(options.person(context, uploader)) if acts is None else Sender.of(acts)


def _store(context: click.Context) -> Store:
    return Store(options.settings(context).portal_store)


COMMANDS = (papers,)
