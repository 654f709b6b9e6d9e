"""The command that shows the configuration, and how the command line reads it."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from ledger import settings
from ledger.database import addresses
from ledger.errors import BadSetting
from ledger.settings import SETTINGS, Configuration, Setting
from reports.report import Table
from tiexi.terminal import chinese, options, printing
from tiexi.terminal.options import JSON_OPTION

_HIDDEN = "••••••"


def read(database: str | None) -> Configuration:
    """The configuration with what the command line says; a usage error when it cannot be used."""
    try:
        return settings.load({} if database is None else {"database": database})
    except BadSetting as error:
        raise click.UsageError(str(error)) from error


@click.command(cls=chinese.Command)
@JSON_OPTION
@click.pass_context
def config(context: click.Context, as_json: bool) -> None:
    """列出全部配置：值、来自何处（命令行、环境变量、配置文件或默认）、含义。口令不显示。

    \b
    例：tiexi config
        TIEXI_CONFIG=/etc/tiexi.toml tiexi config
    """
    found = options.configuration(context)
    listed = list(_shown(found))
    if as_json:
        values = [
            {"key": s.key, "value": value, "source": source, "variable": s.variable, "meaning": s.meaning}
            for s, value, source in listed
        ]
        file = str(found.file) if found.file else None
        printing.print_json({"file": file, "settings": values, "unknown_variables": list(found.unknown_variables)})
        return
    rows = [(s.key, _text(value), source, s.variable, s.meaning) for s, value, source in listed]
    headers = ("配置项", "值", "来源", "环境变量", "含义")
    printing.show(Table(f"配置（配置文件：{found.file or '无'}）", headers, rows, 5))
    if found.unknown_variables:
        printing.say(f"不认识的环境变量（没有用到）：{'、'.join(found.unknown_variables)}")


def _shown(found: Configuration) -> Iterator[tuple[Setting, Any, str]]:
    """Every setting with its value as it may be seen, and its source."""
    for setting in SETTINGS:
        value = found.value(setting)
        if setting.key == "database":
            value = addresses.shown(value)
        elif setting.secret:
            value = _HIDDEN if value else ""
        elif isinstance(value, Path):
            value = str(value)
        elif isinstance(value, Mapping):
            value = {name: list(addresses) for name, addresses in value.items()}
        elif isinstance(value, tuple):
            value = list(value)
        yield setting, value, found.sources[setting.key]


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return "；".join(f"{name} = {'、'.join(addresses)}" for name, addresses in value.items()) or "（未设）"
    if isinstance(value, list):
        return "、".join(map(str, value)) or "（未设）"
    if isinstance(value, bool):
        return "是" if value else "否"
    return "（未设）" if value == "" else str(value)


COMMANDS = (config,)
