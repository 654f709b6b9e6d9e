"""The commands of whoever keeps the server for accounts and their tokens. They need no token and are logged."""

import ipaddress
from pathlib import Path
from typing import Any

import click

from ledger.accounts import accounts, dormancy, managing, tokens
from ledger.accounts.accounts import Account
from ledger.accounts.roles import ROLES
from ledger.database import db
from ledger.errors import EnvironmentFailed, os_reason
from reports.report import Table
from tiexi.terminal import chinese, options, printing
from tiexi.terminal.chinese import FILE, WORD
from tiexi.terminal.options import JSON_OPTION

_LOGIN = click.argument("login", metavar="LOGIN", type=WORD)
_REASON = click.option("--reason", required=True, type=WORD, metavar="原因", help="为什么；记入账号变更")
_ROLES = "、".join(f"{role.key}（{role.name}）" for role in ROLES.values())
_SCOPE = click.option(
    "--scope", type=WORD, metavar="范围",
    help="bank:银行、insurer:保险机构、investor:投资机构、county:区市；其他角色没有范围",
)  # fmt: skip


@click.group(cls=chinese.Group)
def user() -> None:
    """账号：add 建立，grant 授予角色，lock、unlock、reset、reset-totp、retire，list 列出。供管理服务器的人使用。

    第一个账号建立之后，改动账簿的命令都须以账号办理（环境变量 TIEXI_TOKEN），记账号的姓名。

    \b
    例：tiexi user add wangwu --name 王五 --unit 样例区金融局 --role county \\
          --scope county:某区
        tiexi user list
    """


@user.command(cls=options.KeepersCommand)
@_LOGIN
@click.option("--name", required=True, type=WORD, metavar="姓名", help="姓名；同名的另一人加注，如 张伟（某区）")
@click.option("--unit", required=True, type=WORD, metavar="单位", help="所在单位")
@click.option("--role", type=chinese.words(tuple(ROLES), "角色"), metavar="ROLE", help=f"角色；不给则待授权：{_ROLES}")
@_SCOPE
@click.option("--password-file", type=FILE, metavar="FILE", help="初始口令在这个文件的第一行；不给则由程序生成")
@click.option(
    "--totp", is_flag=True, help="同时设置第二因素（动态口令），密钥只显示这一次；以门户的密钥文件（portal.key）加密"
)
@JSON_OPTION
@click.pass_context
def add(
    context: click.Context,
    login: str,
    name: str,
    unit: str,
    role: str | None,
    scope: str | None,
    password_file: Path | None,
    totp: bool,
    as_json: bool,
) -> None:
    """建立账号。初始口令只显示这一次，首次登录须更改；登录名不重复使用，账号只停用、不删除。

    \b
    例：tiexi user add wangwu --name 王五 --unit 样例区金融局
        tiexi user add lisi --name 李四 --unit 蓝鲸银行 --role clerk \\
          --scope bank:蓝鲸银行
    """
    if scope is not None and role is None:
        raise click.UsageError("--scope 须与 --role 同时给出")
    password = None if password_file is None else _first_line(password_file)
    engine = options.engine(context)
    from tiexi.portal import keys  # here and not above: few commands need them
    from tiexi.portal.common import common_passwords

    made = managing.add(
        engine, login, name, unit, role=role, scope=scope, password=password,
        common=common_passwords() if password is not None else frozenset(),
        key=keys.of_portal(engine, options.settings(context).portal_key) if totp else None,
    )  # fmt: skip
    if as_json:
        printing.print_json(made.as_dict())
        return
    _tell(made.account, "已建立")
    _tell_secrets(made)


def _first_line(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").split("\n", 1)[0].removesuffix("\r")
    except OSError as error:
        raise EnvironmentFailed(f"文件 {path} 无法读取：{os_reason(error)}") from error
    except UnicodeDecodeError as error:
        raise click.UsageError(f"选项 --password-file：{path} 不是 UTF-8 文本") from error


@user.command(cls=options.KeepersCommand)
@_LOGIN
@click.option("--role", required=True, type=chinese.words(tuple(ROLES), "角色"), metavar="ROLE", help=f"角色：{_ROLES}")
@_SCOPE
@JSON_OPTION
@click.pass_context
def grant(context: click.Context, login: str, role: str, scope: str | None, as_json: bool) -> None:
    """授予角色与范围，或改为别的；该账号正在进行的会话随之结束。一个账号只有一个角色。

    \b
    例：tiexi user grant wangwu --role county --scope county:某区
    """
    _done(managing.grant(options.engine(context), login, role, scope), "已授权", as_json)


@user.command(cls=options.KeepersCommand)
@_LOGIN
@_REASON
@JSON_OPTION
@click.pass_context
def lock(context: click.Context, login: str, reason: str, as_json: bool) -> None:
    """锁定账号：会话结束，令牌停用，直到解锁。

    \b
    例：tiexi user lock wangwu --reason 离岗
    """
    _done(managing.lock(options.engine(context), login, reason), "已锁定", as_json)


@user.command(cls=options.KeepersCommand)
@_LOGIN
@_REASON
@JSON_OPTION
@click.pass_context
def unlock(context: click.Context, login: str, reason: str, as_json: bool) -> None:
    """解锁账号；登录失败过多而暂停登录的也随之恢复。

    \b
    例：tiexi user unlock wangwu --reason 本人申请
    """
    _done(managing.unlock(options.engine(context), login, reason), "已解锁", as_json)


@user.command(cls=options.KeepersCommand)
@_LOGIN
@_REASON
@JSON_OPTION
@click.pass_context
def reset(context: click.Context, login: str, reason: str, as_json: bool) -> None:
    """重置口令：给出新的初始口令，只显示这一次；会话结束，登录后须更改。

    \b
    例：tiexi user reset wangwu --reason 忘记口令
    """
    made = managing.reset(options.engine(context), login, reason)
    if as_json:
        printing.print_json(made.as_dict())
        return
    _tell(made.account, "已重置口令")
    _tell_secrets(made)


@user.command("reset-totp", cls=options.KeepersCommand)
@_LOGIN
@_REASON
@JSON_OPTION
@click.pass_context
def reset_totp(context: click.Context, login: str, reason: str, as_json: bool) -> None:
    """取消丢失的第二因素（动态口令）；会话结束。

    \b
    例：tiexi user reset-totp wangwu --reason 手机遗失
    """
    _done(managing.reset_totp(options.engine(context), login, reason), "已取消第二因素", as_json)


@user.command(cls=options.KeepersCommand)
@_LOGIN
@_REASON
@JSON_OPTION
@click.pass_context
def retire(context: click.Context, login: str, reason: str, as_json: bool) -> None:
    """停用账号，不能恢复；办过的事仍记在其名下。

    \b
    例：tiexi user retire wangwu --reason 调离
    """
    _done(managing.retire(options.engine(context), login, reason), "已停用", as_json)


@user.command("list")
@JSON_OPTION
@click.pass_context
def list_users(context: click.Context, as_json: bool) -> None:
    """列出全部账号：姓名、单位、角色、范围、状态、最近使用。

    \b
    例：tiexi user list
    """
    with db.reading(options.engine(context)) as connection:
        found = [(one, dormancy.last_used(connection, one)) for one in accounts.every(connection)]
    if as_json:
        listed = [
            {**one.as_dict(), "made_at": one.made_at.isoformat(), "last_used_at": used.isoformat()}
            for one, used in found
        ]
        printing.print_json({"users": listed})
        return
    rows = [
        (one.login, one.name, one.unit, one.role_name, one.scope.name, accounts.STATE_NAMES[one.state], f"{used:%Y-%m-%d}")
        for one, used in found
    ]  # fmt: skip
    printing.show(Table("账号", ("登录名", "姓名", "单位", "角色", "范围", "状态", "最近使用"), rows, 7))


def _done(account: Account, what: str, as_json: bool) -> None:
    if as_json:
        printing.print_json(account.as_dict())
    else:
        _tell(account, what)


def _tell(account: Account, what: str) -> None:
    scope = f"（{account.scope.name}）" if account.scope.name else ""
    printing.say(
        f"{what}：{account.login} {account.name}，{account.unit}，{account.role_name}{scope}，"
        f"{accounts.STATE_NAMES[account.state]}"
    )


def _tell_secrets(made: managing.Made) -> None:
    if made.initial_password is not None:
        printing.say(f"初始口令：{made.initial_password}　只显示这一次，请当面或以密封方式交给本人；首次登录须更改")
    if made.totp_secret is not None:
        printing.say(f"第二因素密钥：{made.totp_secret}　只显示这一次，由本人以“手动输入、基于时间”录入手机上的验证器")


# --- tokens -------------------------------------------------------------------------------------------------------------


class NetworkType(click.ParamType):
    """A network, or one address."""

    name = "网段"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        try:
            return str(ipaddress.ip_network(str(value).strip(), strict=False))
        except ValueError:
            self.fail(f"「{value}」不是网段；应写成 10.1.2.0/24 或一个地址", param, ctx)


class DaysType(click.ParamType):
    """For how many days."""

    name = "天数"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        try:
            return int(str(value))
        except ValueError:
            self.fail(f"「{value}」不是天数；应为整数，如 90", param, ctx)


@click.group(cls=chinese.Group)
def token() -> None:
    """令牌：程序和命令行凭它以账号办理。add 发给，list 列出，revoke 吊销。供管理服务器的人使用。

    \b
    例：tiexi token add wangwu --name 命令行
        TIEXI_TOKEN=tx_… tiexi sign 1 --document 威环金〔2024〕3号
    """


@token.command("add", cls=options.KeepersCommand)
@_LOGIN
@click.option("--name", required=True, type=WORD, metavar="名称", help="作什么用")
@click.option("--days", type=DaysType(), default=90, metavar="天数", help="多少天后到期，1 到 366，默认 90")
@click.option(
    "--address",
    "addresses",
    type=NetworkType(),
    multiple=True,
    metavar="网段",
    help="只能从这里使用，可有几个；默认不限",
)
@JSON_OPTION
@click.pass_context
def add_token(
    context: click.Context, login: str, name: str, days: int, addresses: tuple[str, ...], as_json: bool
) -> None:
    """发给账号一个令牌；令牌只显示这一次。

    \b
    例：tiexi token add wangwu --name 命令行
        tiexi token add lisi --name 行内系统 --days 366 --address 10.1.2.0/24
    """
    made, said = tokens.add(options.engine(context), login, name, days, addresses)
    if as_json:
        printing.print_json({"id": made.id, "token": said, "login": login, "expires_on": made.expires_on.isoformat()})
    else:
        printing.say(f"第 {made.id} 号令牌（{login}，{made.name}），{made.expires_on} 到期：\n{said}\n只显示这一次")


@token.command("list")
@JSON_OPTION
@click.pass_context
def list_tokens(context: click.Context, as_json: bool) -> None:
    """列出令牌：账号、名称、到期日、最近使用。令牌本身不显示。

    \b
    例：tiexi token list
    """
    with db.reading(options.engine(context)) as connection:
        found = tokens.every(connection)
    if as_json:
        printing.print_json({"tokens": [one.as_dict() for one in found]})
        return
    rows = [
        (
            str(one.id), one.login, one.name, _STATES[one.state], str(one.expires_on), "、".join(one.addresses),
            f"{one.used_at:%Y-%m-%d %H:%M} {one.used_from}" if one.used_at else "",
        )
        for one in found
    ]  # fmt: skip
    printing.show(Table("令牌", ("编号", "账号", "名称", "状态", "到期日", "网段", "最近使用"), rows, 7))


_STATES = {"active": "可用", "expired": "已到期", "revoked": "已吊销"}


class TokenNumber(chinese.NumberType):
    """The number of a token."""

    name = "令牌编号"
    what = "令牌"


@token.command(cls=options.KeepersCommand)
@click.argument("token_id", metavar="ID", type=TokenNumber())
@JSON_OPTION
@click.pass_context
def revoke(context: click.Context, token_id: int, as_json: bool) -> None:
    """吊销一个令牌；不能恢复。

    \b
    例：tiexi token revoke 3
    """
    ended = tokens.revoke(options.engine(context), token_id)
    if as_json:
        printing.print_json({"id": ended.id})
    else:
        printing.say(f"已吊销第 {ended.id} 号令牌（{ended.login}，{ended.name}）")


COMMANDS = (user, token)
