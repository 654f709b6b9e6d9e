"""The command that serves the portal."""

from dataclasses import replace

import click

from ledger import logs
from ledger.database import db
from ledger.errors import BadSetting, EnvironmentFailed
from ledger.setting_values import read_address
from tiexi.terminal import chinese, options, printing

_MISSING = "没有安装门户所需的库（{}）；请运行 pip install 'tiexi[portal]'"


def _address(_context: click.Context, _parameter: click.Parameter, given: str | None) -> str | None:
    if given is None:
        return None
    try:
        return read_address(given)
    except ValueError as error:
        raise click.BadParameter(f"「{given}」{error}") from error


@click.command(cls=chinese.Command)
@click.option(
    "--address", metavar="地址:端口", callback=_address,
    help="监听哪里，默认按配置 portal.address（127.0.0.1:8000）；端口 0 为任一空闲端口",
)  # fmt: skip
@click.pass_context
def serve(context: click.Context, address: str | None) -> None:
    """启动门户：各单位用浏览器，或用程序经 HTTP 办理。运行到收到 SIGTERM 或 Ctrl+C 为止。

    一个数据库只能启动一个门户。正在办的请求有 30 秒办完；正在检查的文件检查完，或下次启动后再检查。

    \b
    例：tiexi serve
        tiexi serve --address 127.0.0.1:8080
    """
    settings = options.settings(context)
    if settings.solo:
        raise click.UsageError("门户不能在单人试用（TIEXI_SOLO=1）下启动；请去掉这个环境变量")
    try:
        from tiexi.portal import serving
    except ModuleNotFoundError as error:
        raise EnvironmentFailed(_MISSING.format(error.name)) from error
    if address is not None:
        settings = replace(settings, portal_address=address)
    logs.set_up(logs.at_least_info(options.log_level(context)), settings.log_format)
    engine = db.open_engine(context.obj["url"], serving.CONNECTIONS)
    context.call_on_close(engine.dispose)
    try:
        serving.serve(engine, settings, printing.say)
    except BadSetting as error:
        raise click.UsageError(str(error)) from error


COMMANDS = (serve,)
