"""Click in Chinese: help headings, usage errors, and parameter types whose messages are Chinese."""

import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from ledger.errors import Refused
from tiexi.terminal.width import cell_len, folded

_HELP = "显示本说明"
_UNCUT = 1000  # characters: the first sentence of a command is never cut short


class Command(click.Command):
    """A command whose help is in Chinese."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.help = self.help and _joined(self.help)

    def get_help_option_names(self, ctx: click.Context) -> list[str]:
        return ["-h", "--help"]

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        option = super().get_help_option(ctx)
        if option is not None:
            option.help = _HELP
        return option

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        formatter.write_usage(ctx.command_path, " ".join(self.collect_usage_pieces(ctx)), prefix="用法：")

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        for block in (self.help or "").split("\n\n"):
            formatter.write_paragraph()
            with formatter.indentation():
                for line in block.removeprefix("\b\n").splitlines():
                    whole = block.startswith("\b")  # as it stands
                    for part in [line] if whole else folded(line, formatter.width - formatter.current_indent):
                        formatter.write(f"{' ' * formatter.current_indent}{part}\n")

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        options = [param for param in self.get_params(ctx) if isinstance(param, click.Option)]
        records = [record for option in options if (record := option.get_help_record(ctx)) is not None]
        if records:
            with formatter.section("选项"):
                _write_rows(formatter, [(name, text.replace("[required]", "[必填]")) for name, text in records])

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        return ["[选项]" if piece == "[OPTIONS]" else piece for piece in super().collect_usage_pieces(ctx)]


def _joined(text: str) -> str:
    """Help without the ends of source lines inside sentences: click would print each as a space, which Chinese has not.
    Blocks that click leaves as they are (\\b) stay so."""
    blocks = inspect.cleandoc(text).split("\n\n")
    return "\n\n".join(
        block
        if block.startswith("\b")
        else re.sub(r"(?<=[，。；：、）])\n|(?<=[^\x00-\x7f])\n(?=[^\x00-\x7f])", "", block)
        for block in blocks
    )


def _write_rows(formatter: click.HelpFormatter, rows: Sequence[tuple[str, str]]) -> None:
    """Names and what they mean in two columns; click's own would count a Chinese character as one column wide."""
    indent = " " * formatter.current_indent
    width = max(cell_len(name) for name, _ in rows) + 2
    for name, text in rows:
        for line in folded(text, max(formatter.width - len(indent) - width, 20)):
            formatter.write(f"{indent}{name}{' ' * (width - cell_len(name))}{line}\n")
            name = ""


class Group(Command, click.Group):
    """A group of such commands. lazy: name -> (module, short help) of commands that are loaded when they are asked for, from
    the module's COMMANDS; the help of the group loads none of them."""

    command_class = Command
    group_class = type

    def __init__(self, *arguments: Any, lazy: Mapping[str, tuple[str, str]] | None = None, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._lazy = lazy or {}

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        Command.format_options(self, ctx, formatter)
        self.format_commands(ctx, formatter)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("命令"):
            _write_rows(formatter, [(name, self._short_help(ctx, name)) for name in self.list_commands(ctx)])

    def _short_help(self, ctx: click.Context, name: str) -> str:
        if name in self._lazy:
            return self._lazy[name][1]
        command = self.get_command(ctx, name)
        return command.get_short_help_str(_UNCUT) if command else ""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list({**self._lazy, **self.commands})  # in the order of the work, not of the alphabet

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name in self._lazy and cmd_name not in self.commands:
            for command in import_module(self._lazy[cmd_name][0]).COMMANDS:
                self.add_command(command)
        return super().get_command(ctx, cmd_name)

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        return ["[选项]", "命令", "[参数]..."]

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        if args and not args[0].startswith("-") and self.get_command(ctx, args[0]) is None:
            ctx.fail(f"没有命令「{args[0]}」；可用的命令：{'、'.join(self.list_commands(ctx))}")
        return super().resolve_command(ctx, args)


def usage_sentence(error: click.UsageError) -> str:
    """A usage error in one Chinese sentence."""
    if isinstance(error, click.NoSuchOption):
        near = f"（是否为 {'、'.join(error.possibilities)}？）" if error.possibilities else ""
        return f"没有选项 {error.option_name}{near}"
    if isinstance(error, click.BadOptionUsage):
        return f"选项 {error.option_name} 后面要有且只有规定个数的值"
    if isinstance(error, click.MissingParameter):
        return f"缺少{_parameter_name(error.param)}"
    if isinstance(error, click.BadParameter):
        return f"{_parameter_name(error.param)}：{error.message}"
    if error.message.startswith("Got unexpected extra argument"):
        return f"多出了参数 {error.message[error.message.find('(') :].strip('().')}"
    return error.message


def _parameter_name(param: click.Parameter | None) -> str:
    if isinstance(param, click.Option):
        return f"选项 {max(param.opts, key=len)}"
    return f"参数 {param.human_readable_name}" if param is not None else "参数"


def _cells() -> Any:
    """How a workbook's cells are read; loaded with the first value, since the help needs none of it."""
    return import_module("ledger.workbooks.cells")


class YearType(click.ParamType):
    """A year; whether a document knows it is for the rules to say."""

    name = "年度"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if isinstance(value, int):
            return value
        try:
            year = int(_cells().half_width(value).strip().removesuffix("年"))
        except ValueError:
            self.fail(f"「{value}」不是年份；应为四位年份，如 2023", param, ctx)
        if not 1 <= year <= 9999:
            raise Refused(f"没有 {value} 这样的年度；应为四位年份，如 2023")
        return year


class NumberType(click.ParamType):
    """The number of a run."""

    name = "运行号"
    what = "运行"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if isinstance(value, int):
            return value
        try:
            number = int(value)
        except ValueError:
            like = "试算时给出的" if self.what == "运行" else ""
            self.fail(f"「{value}」不是{self.name}；应为{like}数字", param, ctx)
        if not 0 < number < 2**62:
            raise Refused(f"没有第 {value} 号{self.what}")
        return number


class DayType(click.ParamType):
    """A date in any of the notations of the workbooks."""

    name = "日期"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        if isinstance(value, date):
            return value
        try:
            return _cells().read_date(value)
        except _cells().BadCell as bad:
            self.fail(f"「{value}」{bad.problem}；{bad.expected}", param, ctx)


class WordType(click.ParamType):
    """Words that may not be blank."""

    name = "文字"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        text = " ".join(str(value).split())
        if not text:
            self.fail("不能为空", param, ctx)
        return text


class OneOf(click.ParamType):
    """One of a few words, read as a cell of the workbook would be."""

    def __init__(self, name: str, read: Callable[[Any], Any]) -> None:
        self.name = name
        self._read = read

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        try:
            return self._read(value)
        except _cells().BadCell as bad:
            self.fail(f"「{value}」{bad.problem}；{bad.expected}", param, ctx)


class ExistingFile(click.ParamType):
    """A file that is there."""

    name = "文件"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        path = Path(value)
        try:
            there = path.exists()
        except OSError:  # a name that no file can have
            there = False
        if not there:
            self.fail(f"没有文件 {value}", param, ctx)
        if path.is_dir():
            self.fail(f"{value} 是文件夹，不是文件", param, ctx)
        return path


class OutputPath(click.ParamType):
    """Where to write."""

    name = "路径"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        if not str(value).strip():
            self.fail("不能为空", param, ctx)
        return Path(value)


class Between(click.ParamType):
    """A whole number of a range, as text."""

    def __init__(self, name: str, numbers: range) -> None:
        self.name = name
        self._numbers = numbers

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        text = str(value).strip()
        if not (text.isdecimal() and len(text) < 10 and int(text) in self._numbers):
            self.fail(
                f"「{value}」不是可用的{self.name}；应为 {self._numbers[0]} 至 {self._numbers[-1]} 的整数", param, ctx
            )
        return str(int(text))


YEAR, RUN, DAY, WORD, FILE, OUT = YearType(), NumberType(), DayType(), WordType(), ExistingFile(), OutputPath()


def words(names: Sequence[str], what: str) -> OneOf:
    """A parameter type for one of a few words."""

    def read(value: Any) -> Any:
        return value if value in names else _cells().one_of(tuple(names), what)(value)

    return OneOf(what, read)
