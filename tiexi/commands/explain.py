"""The command that explains whatever the documents of the register explain."""

from typing import Any

import click

from ledger.database import db
from ledger.runs import settlement
from ledger.workbooks import cells
from reports import programmes
from reports.report import Subject, load
from reports.run_words import SOLO_MARK
from tiexi.terminal import chinese, options, printing
from tiexi.terminal.chinese import WORD, YEAR
from tiexi.terminal.options import JSON_OPTION, RUN_OPTION

_COUNTS = "零一二三四五六七八九十"


def explain_command() -> click.Command:
    """The command that explains, with an option for each thing that can be explained."""
    subjects = {option: [subject for _, subject in known] for option, known in programmes.subjects().items()}

    def command(
        context: click.Context, note: str | None, year: int, run_id: int | None, as_json: bool, **named: str | None
    ) -> None:
        given = {option: name for option, name in named.items() if name is not None}
        if len(given) != 1:
            raise click.UsageError(f"{'、'.join(f'--{option}' for option in subjects)} 应当写而且只写一个")
        ((option, name),) = given.items()
        asked = _asked(subjects[option][0], option, name, note)
        with db.reading(options.engine(context)) as connection:
            key, subject = programmes.whose(connection, option, *asked)
            run = settlement.choose_run(connection, key, year, run_id)
            explanation = load(subject.explain)(connection, run, *asked)
        if as_json:
            printing.print_json({"run": run.id, "year": year, "solo": run.solo, **explanation.as_dict()})
            return
        printing.print_explanation(explanation)
        if run.solo:
            printing.say(f"\n第 {run.id} 号运行为{SOLO_MARK}")

    built: Any = click.option("--year", required=True, type=YEAR, metavar="年度", help="结算或审核年度")(
        RUN_OPTION(JSON_OPTION(click.pass_context(command)))
    )
    for option, known in reversed(subjects.items()):
        built = click.option(f"--{option}", option, type=WORD, metavar=known[0].metavar, help=known[0].help)(built)
    built = click.argument("note", metavar="[NOTE]", type=WORD, required=False)(built)
    return click.command("explain", cls=chinese.Command, help=_help(subjects))(built)


def _asked(subject: Subject, option: str, name: str, note: str | None) -> tuple[str, ...]:
    """What is asked for, as it is on file: the name and the number, or the one code that stands for itself."""
    if (note is None) == subject.numbered:
        raise click.UsageError("缺少编号" if note is None else f"用 --{option} 时不写编号")
    return (cells.read_code(name),) if note is None else (cells.read_name(name), cells.read_code(note))


def _help(subjects: dict[str, list[Subject]]) -> str:
    """The help of the command: which option is for what, and an example of each."""
    ways = []
    for option, known in subjects.items():
        how = f"（{'，'.join(subject.how for subject in known)}）" if len(known) > 1 else ""
        ways.append(f"{known[0].what}用 --{option}{how}")
    examples = "\n    ".join(known[0].example for known in subjects.values())
    return (
        "说明为什么得到这个金额，或为什么没有：逐步列出条款、数字和日期。\n\n"
        f"{'，'.join(ways)}，{_COUNTS[len(subjects)]}者取其一。\n\n"
        f"\b\n例：{examples}"
    )


COMMANDS = (explain_command(),)
