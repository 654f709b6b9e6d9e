"""The commands of files that are sent and confirmed by accounts: what a person does at /uploads, on a command line."""

from pathlib import Path
from typing import Any

import click
from sqlalchemy import Engine

from ledger.accounts.accounts import Account
from ledger.accounts.tokens import NEEDED
from ledger.database import db
from ledger.errors import EnvironmentFailed, Refused, os_reason
from ledger.models import UPLOAD_KINDS, UPLOAD_STATES
from ledger.store import Store, TooLarge
from ledger.uploads import deciding, judging, receiving, records, states
from ledger.uploads.kinds import KINDS
from ledger.uploads.receiving import Limits, Wanted
from ledger.uploads.records import RefusedFile, Uploaded
from reports.lists import Asked
from reports.received import uploads as given_back
from reports.report import Table
from tiexi.terminal import acting, chinese, options, printing
from tiexi.terminal.chinese import FILE, RUN, WORD, YEAR
from tiexi.terminal.options import JSON_OPTION

_NUMBER = click.argument("upload_id", metavar="ID", type=RUN)
_KINDS = "、".join(f"{key}（{KINDS[key].name}）" for key in UPLOAD_KINDS)
_SHOWN = 20  # findings on the screen
_ALL = 2**31


@click.group(cls=chinese.Group)
def uploads() -> None:
    """报送文件：add 报送，list 列出，confirm 复核确认，return 退回，withdraw 撤下。以账号办理（环境变量 TIEXI_TOKEN）。

    机构的文件由经办报送、复核人员确认后入库；更正已入库数据的，还须市级同意。

    \b
    例：tiexi uploads add 蓝鲸银行.xlsx
        tiexi uploads list
    """


@uploads.command(cls=options.ChangingCommand, action="uploads.add")
@click.argument("path", metavar="FILE", type=FILE)
@click.option(
    "--kind", type=chinese.words(UPLOAD_KINDS, "种类"), default="facts", metavar="种类", help=f"{_KINDS}；默认 facts"
)
@click.option("--amend", type=WORD, metavar="原因", help="更正已入库的行；机构的更正须市级同意")
@click.option("--year", type=YEAR, help="拨付文件的年度")
@click.option("--run", "run_id", type=RUN, help="抽查清单的运行号")
@click.option("--check-only", is_flag=True, help="只检查，不能确认入库")
@JSON_OPTION
@click.pass_context
def add(
    context: click.Context,
    path: Path,
    kind: str,
    amend: str | None,
    year: int | None,
    run_id: int | None,
    check_only: bool,
    as_json: bool,
) -> None:
    """报送一个文件：存入文件库、登记、检查。问题一次全部列出；没有问题的待另一人确认后入库。

    \b
    例：tiexi uploads add 蓝鲸银行.xlsx
        tiexi uploads add 更正.xlsx --amend "借据利率录入有误"
        tiexi uploads add 拨付表.xlsx --kind payments --year 2023
    """
    for option, given, needed in (("--year", year, "payments"), ("--run", run_id, "checklist")):
        if (given is not None) != (kind == needed):
            raise click.UsageError(
                f"{option} 只用于 --kind {needed}" if given is not None else f"--kind {kind} 须写明 {option}"
            )
    if amend is not None and kind != "facts":
        raise click.UsageError("--amend 只用于 --kind facts")
    engine = options.engine(context)
    account, store = _account(context), _store(context)
    settings = options.settings(context)
    try:
        with path.open("rb") as file, printing.progress(f"正在检查 {path.name} …"):
            upload, _ = receiving.receive(
                engine, store, account, path.name, file, Wanted(kind, amend, year, None, run_id, check_only),
                Limits(settings.portal_upload_mb, settings.portal_unit_gb),
            )  # fmt: skip
            judging.judge(engine, store, upload.id)
    except TooLarge as error:
        raise Refused(f"{path.name} 超过 {settings.portal_upload_mb} MB，没有收下") from error
    except OSError as error:
        raise EnvironmentFailed(f"文件 {path} 无法读取：{os_reason(error)}") from error
    _tell(context, engine, upload.id, account, as_json)


@uploads.command("list", cls=options.ChangingCommand, action="uploads.list", reads=lambda _: not acting.has_token())
@click.option("--state", type=chinese.words(UPLOAD_STATES, "状态"), metavar="状态", help="只列这一状态的，如 checked")
@JSON_OPTION
@click.pass_context
def list_command(context: click.Context, state: str | None, as_json: bool) -> None:
    """列出报送文件，新的在前；以账号办理的，只列其范围内的。

    \b
    例：tiexi uploads list
        tiexi uploads list --state checked --json
    """
    engine = options.engine(context)
    asked = Asked(filters={"state": state} if state else {}, size=_ALL)
    with db.reading(engine) as connection:
        found = given_back.listed(connection, acting.account(context), asked)
    if as_json:
        printing.print_json({**found, "size": found["total"]})
        return
    table = Table(
        "报送文件",
        ("编号", "文件", "状态", "报送人", "单位", "收到"),
        [
            (
                str(one["upload"]),
                one["file"],
                states.NAMES[one["state"]] + ("（已撤回）" if one["voided_by"] else ""),
                one["by"],
                one["unit"],
                one["received_at"][:16].replace("T", " "),
            )
            for one in found["items"]
        ],
        6,
        spare=("收到", "单位"),
    )
    printing.show(table)


@uploads.command(cls=options.ChangingCommand, action="uploads.confirm")
@_NUMBER
@JSON_OPTION
@click.pass_context
def confirm(context: click.Context, upload_id: int, as_json: bool) -> None:
    """确认一个文件：再检查一遍，整个入库，或一行也不入库。机构的更正确认后还须市级同意。

    \b
    例：tiexi uploads confirm 12
    """
    engine = options.engine(context)
    account = _account(context)
    try:
        with printing.progress("正在入库 …"):
            deciding.confirm(engine, _store(context), upload_id, account)
    except RefusedFile:
        pass  # told as it stands, with its findings
    _tell(context, engine, upload_id, account, as_json)


@uploads.command("return", cls=options.ChangingCommand, action="uploads.return")
@_NUMBER
@click.option("--reason", required=True, type=WORD, metavar="原因", help="为什么退回")
@JSON_OPTION
@click.pass_context
def return_command(context: click.Context, upload_id: int, reason: str, as_json: bool) -> None:
    """退回一个待确认（或待市级同意）的文件，写明原因。

    \b
    例：tiexi uploads return 12 --reason 缺少放款通知书
    """
    engine = options.engine(context)
    account = _account(context)
    deciding.give_back(engine, upload_id, account, reason)
    _tell(context, engine, upload_id, account, as_json)


@uploads.command(cls=options.ChangingCommand, action="uploads.withdraw")
@_NUMBER
@JSON_OPTION
@click.pass_context
def withdraw(context: click.Context, upload_id: int, as_json: bool) -> None:
    """撤下自己报送而尚未入库的文件。

    \b
    例：tiexi uploads withdraw 12
    """
    engine = options.engine(context)
    account = _account(context)
    deciding.withdraw(engine, upload_id, account)
    _tell(context, engine, upload_id, account, as_json)


def _account(context: click.Context) -> Account:
    found = acting.account(context)
    if found is None:
        raise Refused(f"{NEEDED}：报送文件由账号办理，还没有账号", "；请先运行 tiexi user add")
    return found


def _store(context: click.Context) -> Store:
    return Store(options.settings(context).portal_store)


def _tell(context: click.Context, engine: Engine, upload_id: int, account: Account, as_json: bool) -> None:
    """Says how an upload stands; ends with 1 where it is refused."""
    with db.reading(engine) as connection:
        upload = records.get(connection, upload_id)
        shown = records.shown(connection, upload, account)
        why = records.why_refused(connection, upload) if upload.state == states.REFUSED else None
    if as_json:
        printing.print_json({**shown, "problems": why.findings if why else []})
    else:
        _say(upload, shown, why)
    if why is not None:
        context.exit(1)


def _say(upload: Uploaded, shown: dict[str, Any], why: RefusedFile | None) -> None:
    printing.say(f"第 {upload.id} 号文件 {upload.file}：{states.NAMES[upload.state]}")
    if why is not None:
        for one in why.lines[:_SHOWN]:
            printing.say(one)
        printing.say(why.sentence)
        return
    for sheet, taken in shown["taken"].items():
        printing.say(f"　{sheet}：新增 {taken['new']} 行，更正 {taken['amended']} 行，相同 {taken['same']} 行")
    for one in shown["changes"][:_SHOWN]:
        printing.say(
            f"　更正 {one['sheet']} {' '.join(one['key'])} {one['column']}：{one['before'] or '空'} → {one['after'] or '空'}"
        )
    for one in shown["warnings"]:
        printing.say(f"　提示 {one['code']}　{one['text']}")
    if upload.state == states.CHECKED and not upload.check_only:
        printing.say("　待确认后入库")


COMMANDS = (uploads,)
