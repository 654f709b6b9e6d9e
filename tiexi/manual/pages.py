"""The pages of the manual that are made from the code: intake sheets, conditions, warnings, commands, readings, jobs and settings.

`python -m tiexi.manual` writes them into docs/ (or into the folder named); a test fails when docs/ lags behind.
"""

import inspect
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import click

from ledger.intake.sheets import SHEETS, TAKING_ORDER
from ledger.law.conditions import Condition
from ledger.law.document import Document
from ledger.law.readings import readings_of
from ledger.programmes import PROGRAMMES
from ledger.workbooks.sheet import EXAMPLE_MARK, NOTES_MARK, Column, Sheet
from reports.lineage.explanation import barred_names
from reports.programmes import REPORTS
from reports.writing.notes import value_text
from tiexi.cli import cli
from tiexi.manual import articles, clock, warned
from tiexi.manual.markdown import table

MADE = "<!-- 由 python -m tiexi.manual 从程序生成，请勿手工修改 -->"


def pages() -> dict[str, str]:
    """The generated pages by file name."""
    made = {
        "报送工作簿.md": intake(),
        "条件与代码.md": conditions(),
        "提示.md": warned.warned(),
        "命令.md": commands(),
        "解释口径.md": readings(),
        "条款对照.md": articles.articles(),
        "定时任务.md": clock.clock(),
        "配置与日志.md": clock.configuration(),
    }
    return {name: "\n".join([MADE, "", *lines]).rstrip() + "\n" for name, lines in made.items()}


# --- the intake workbook ----------------------------------------------------------------------------------------------

NOTATION = {
    "code": "文本；15 位以内的数字按位取用，更长的数字因末位已丢失而拒绝",
    "name": "文本；空格去掉，括号一律存为（）",
    "text": "文本；换行与连续空格并为一个空格",
    "choice": "下列选项之一",
    "date": "日期（不带时刻），写法见上",
    "time": "日期，可带时刻，时刻不保留",
    "wan": "万元，最多 6 位小数，可带千分位逗号",
    "percent": "百分数，4.35 或 4.35% 表示 4.35%，0 至 100，最多 4 位小数；百分比格式的单元格按其准确值",
    "factor": "倍数，最多 4 位小数",
    "year": "四位年份，2023 或 2023年",
    "count": "不小于 0 的整数",
}
_REFERS = {
    "uscc": ("enterprise", "企业"),
    "bank": ("bank", "合作银行"),
    "note_no": ("loan", "贷款"),
    "project_no": ("project", "项目库"),
}


def intake() -> Iterator[str]:
    """报送工作簿: every sheet and column."""
    yield "# 报送工作簿"
    yield ""
    yield "一个 .xlsx 工作簿，含下列工作表中的任意几张。空白工作簿：`tiexi template 报送模板.xlsx`。"
    yield ""
    yield "## 填写规则"
    yield ""
    yield from (
        "- 第一行是表头；上面有标题的，是第 2 至 10 行中第一个写齐必填表头的一行，其上的内容不读取（导入时会说明）。列的顺序随意，名称不能改；"
        "可空的列可以整列不要。不认识的表头、工作表会被拒绝，并提示最像的一个。",
        "- 表头末尾的 (万元) 可以改为 (元)：金额按元填，最多 2 位小数，按万元入库；同一列不能两种都有。",
        f"- 名称以「{NOTES_MARK}」开头的工作表不导入，可写备注；空行跳过；首格以「{EXAMPLE_MARK}」开头的行跳过，并说明跳过了哪几行；"
        f"数据从示例行的下一行填起，别的行里以「{EXAMPLE_MARK}：」开头的单元格逐格拒绝。",
        "- 表中的合计、小计、备注、制表、联系人等行不能导入，每行报一处，请删除。",
        "- 日期：日期单元格，或 2023-07-03、2023/7/3、2023.7.3、20230703、2023年7月3日。",
        "- 数字、日期、编号和表头中的全角字符按半角处理；公式按保存的结果取用，没有保存结果的拒绝。",
        "- 主键相同、内容也相同的行不重复计；内容不同的拒绝，确需更正须以 `--amend 原因` 导入，旧版本留档。",
        "- 同一文件中同一主键出现两次的拒绝。整个文件要么全部导入，要么一行也不导入，问题一次列全。",
        "- 完全相同的文件（逐字节）导入过的，认出来后不作任何改动。",
    )
    yield ""
    yield f"不论工作表在文件中怎样排列，按这个次序录入：{'、'.join(sheet.name for sheet in TAKING_ORDER)}。"
    yield ""
    yield "## 工作表一览"
    yield ""
    yield from table(
        ("工作表", "用途", "主键"),
        (
            (f"[{sheet.name}](#{sheet.name.lower()})", sheet.purpose, "、".join(key.header for key in sheet.keys))
            for sheet in SHEETS
        ),
    )
    for sheet in SHEETS:
        yield from _sheet(sheet)


def _sheet(sheet: Sheet) -> Iterator[str]:
    yield f"## {sheet.name}"
    yield ""
    yield f"{sheet.purpose}。"
    yield ""
    yield from table(("列", "填写", "写法", "说明", "示例"), (_column(column) for column in sheet.columns))
    refused = [*_references(sheet), *sheet.refuses]
    if refused:
        yield "另外，以下情形拒绝："
        yield ""
        yield from (f"- {sentence}" for sentence in refused)
        yield ""


def _column(column: Column) -> tuple[str, ...]:
    need = ("主键，可空" if column.optional else "主键") if column.key else "可空" if column.optional else "必填"
    notation = f"选项：{'、'.join(column.choices)}" if column.choices else NOTATION[column.shape]
    return column.header, need, notation, column.hint, str(column.example)


def _references(sheet: Sheet) -> Iterator[str]:
    """What a sheet's rows speak of must be on file."""
    for column in sheet.columns:
        if column.field in _REFERS:
            anchor, name = _REFERS[column.field]
            if sheet.defines != anchor:
                yield f"{column.header}所指不在「{name}」表中：先登记，或放在同一文件中。"


# --- the conditions and the values of the law -------------------------------------------------------------------------


def conditions() -> Iterator[str]:
    """条件与代码: the conditions of each programme, and the values of every document."""
    yield "# 条件与代码"
    yield ""
    yield "每笔贷款逐条判断，不通过的代码全部列出；`tiexi explain` 按同一次序说明每一条。「待核实」的先暂缓，核实后重新试算即可。"
    yield ""
    yield "「更正」是再报一次同一主键的行并写明原因：命令行为 `--amend`，门户为「更正原因」；「撤回」见 `tiexi void`。"
    yield ""
    for programme in PROGRAMMES.values():
        yield f"## {programme.name}（{programme.document.number}）"
        yield ""
        listed = _by_code(programme.conditions)
        yield from table(
            ("代码", "条件", "条款", "不通过时", "影响"),
            (
                (
                    f"`{code}`",
                    "；".join(dict.fromkeys(condition.title for condition in same)),
                    "、".join(dict.fromkeys(condition.article for condition in same)),
                    "待核实" if same[0].held else "不享受",
                    _reach(same[0], REPORTS[programme.key].gives),
                )
                for code, same in listed.items()
            ),
        )
        for code, same in listed.items():
            yield f"**`{code}`** {same[0].meaning}怎么办：{same[0].cure}"
            yield ""
    yield from _claims()
    yield "## 政策数值"
    yield ""
    yield "文件中的数值都从这张表取，注明自何日起、出自哪一条；其中属于解释的另见[解释口径](解释口径.md)。"
    yield ""
    for programme in PROGRAMMES.values():
        yield from _values(programme.document)


def _claims() -> Iterator[str]:
    for programme in PROGRAMMES.values():
        grounds = REPORTS[programme.key].grounds
        if not grounds:
            continue
        yield f"## 追缴的代码（{programme.document.number}）"
        yield ""
        yield "结算时还要回头看以前年度审核通过、已经付过的每一笔，不论现在有没有余额；依次看下列情形，只按最先成立的一种。"
        yield ""
        yield from table(
            ("代码", "情形", "条款", "收回什么"),
            ((f"`{ground.code}`", ground.title, ground.article, ground.meaning) for ground in grounds),
        )


def _by_code(listed: Sequence[Condition]) -> dict[str, list[Condition]]:
    found: dict[str, list[Condition]] = {}
    for condition in listed:
        found.setdefault(condition.code, []).append(condition)
    return found


def _reach(condition: Condition, gives: Mapping[str, str]) -> str:
    """What a condition bars of what its document gives."""
    barred = barred_names(condition, gives)
    return ("只影响" if len(barred) < len(gives) else "") + "、".join(barred)


def _values(document: Document) -> Iterator[str]:
    yield f"### {document.number}《{document.title}》"
    yield ""
    yield f"有效期 {document.starts} 至 {document.ends}（{document.life_article}）。"
    yield ""
    yield from table(
        ("数值", "内容", "自", "条款"),
        (
            (parameter.meaning, value_text(entry.value, parameter.unit), entry.since.isoformat(), parameter.article)
            for parameter in (*document.parameters.values(), *document.duties.values())
            for entry in parameter.dated
        ),
    )


# --- the commands -----------------------------------------------------------------------------------------------------

ARGUMENTS = {
    "WORDS": "名称或代码的任何一段",
    "[CODE]": "企业的统一社会信用代码；用 --bank 时不写",
    "[OUT]": "写到哪里；不给则用默认文件名",
    "FILE...": "一个或几个 .xlsx 文件，按给出的次序导入",
    "FILE": "一个已导入的文件，或导入时的文件名",
    "SHEET": "工作表名称，如 贷款",
    "KEY...": "主键各列的值，按该表中的次序",
    "YEAR": "年度，四位年份",
    "RUN": "运行号，试算时给出",
    "NOTE": "借据编号",
    "[NOTE]": "借据编号、保单号或投资编号；用 --project 时不写",
    "[FOLDER]": "文件夹；不给则用 demo",
    "WORKBOOK": "一个导出的附件",
    "NAME": "任务名称",
    "[LIST.xlsx]": "填好结果的抽查清单",
    "[RUN]": "运行号；不给则列出全部运行",
    "[FILE]": "拨付文件：含「拨付」或「兑付回单」表的 .xlsx，或一份 UTF-8 的 .csv",
    "ENTRY": "分录号",
    "LOGIN": "账号的登录名：3 到 32 个小写字母、数字、点、下划线或减号",
    "ID": "编号，见 list",
    "OUT.db": "备份文件，写到哪里",
    "BACKUP": "tiexi backup 写出的备份文件",
}


def commands() -> Iterator[str]:
    """命令: the help of every command."""
    yield "# 命令"
    yield ""
    yield "写在 `tiexi` 之后的选项（如 `--database`）对所有命令有效，要放在命令之前。"
    yield ""
    yield "退出码：0 完成；1 经判断被拒绝，未作改动，或核对（`reconcile`、`verify`、`audit`）有不符；2 用法有误；3 数据库或文件系统故障。带 `--json` 的命令只输出一个 JSON 对象，金额为分，日期为 ISO 格式。"
    yield ""
    for path, command in walk():
        yield from _command(path, command)


def walk(path: str = "tiexi", command: click.Command = cli) -> Iterator[tuple[str, click.Command]]:
    """Every command with its full name, groups before what they hold."""
    yield path, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            assert inner is not None
            yield from walk(f"{path} {name}", inner)


def _command(path: str, command: click.Command) -> Iterator[str]:
    yield f"## {path}"
    yield ""
    summary, examples = split_help(command)
    yield from summary
    yield ""
    pieces = command.collect_usage_pieces(click.Context(command, info_name=path))
    yield f"用法：`{' '.join([path, *pieces])}`"
    yield ""
    rows = [row for parameter in command.params if (row := _parameter(parameter)) is not None]
    if rows:
        yield from table(("参数与选项", "说明"), rows)
    if examples:
        yield "```text"
        yield from examples
        yield "```"
        yield ""


def split_help(command: click.Command) -> tuple[list[str], list[str]]:
    """A command's help as its sentences and its block of examples (click's mark \\b stands before a block)."""
    lines = inspect.cleandoc(command.help or "").splitlines()
    blocks: list[list[str]] = [[]]
    for line in lines:
        if line == "\b":
            blocks.append([])
        else:
            blocks[-1].append(line)
    sentences = "\n".join(blocks[0]).strip().splitlines()
    examples: list[str] = []
    for block in blocks[1:]:
        text = "\n".join(block)
        head, _, rest = text.partition("\n\n")
        examples += head.splitlines()
        sentences += ["", *rest.strip().splitlines()] if rest.strip() else []
    return sentences, examples


def _parameter(parameter: click.Parameter) -> tuple[str, str] | None:
    if isinstance(parameter, click.Option):
        if parameter.hidden:
            return None
        metavar = "" if parameter.is_flag or parameter.count else f" {parameter.metavar or parameter.type.name}"
        need = "（必填）" if parameter.required else ""
        return f"`{', '.join(parameter.opts)}{metavar}`", f"{parameter.help}{need}"
    metavar = parameter.metavar or parameter.name or ""
    return f"`{metavar}`", ARGUMENTS[metavar]


# --- the readings -----------------------------------------------------------------------------------------------------


def readings() -> Iterator[str]:
    """解释口径: the register of readings."""
    register = readings_of(PROGRAMMES)
    yield "# 解释口径"
    yield ""
    yield "文件没有写明、需要选择一种理解的地方，都登记在这里：选了哪一种，另一种是什么，改了会影响谁。要改口径，同时改该文件的 `ledger/programmes/…/readings.yaml` 和所列的程序位置；所列的用例会指出改动的后果。"
    yield ""
    yield from table(
        ("口径", "文件", "条款"),
        ((f"[{reading.title}](#{reading.id})", reading.document, reading.article) for reading in register),
    )
    for reading in register:
        yield f'<a id="{reading.id}"></a>'
        yield ""
        yield f"## {reading.title}"
        yield ""
        yield f"{reading.document} {reading.article}（`{reading.id}`）"
        yield ""
        yield f"- 采用：{reading.chosen}"
        yield f"- 另一种理解：{reading.other}"
        yield f"- 影响：{reading.effect}"
        yield f"- 程序位置：`{reading.where}`；用例：{'、'.join(f'`tests/{name}`' for name in reading.tests)}"
        yield ""


def main(arguments: Sequence[str]) -> None:
    """Writes the pages into the folder named (docs), and says which."""
    folder = Path(arguments[0] if arguments else "docs")
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        (folder / name).write_text(text, encoding="utf-8")
        click.echo(str(folder / name))
