"""The command that explains whatever the documents of the register explain."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import click

from ledger.workbooks import cells
from reports import programmes
from reports.report import Subject
from reports.runs.run_words import SOLO_MARK
from tiexi.terminal import chinese, options, printing
from tiexi.terminal.chinese import WORD, YEAR
from tiexi.terminal.options import JSON_OPTION, RUN_OPTION

_COUNTS = "零一二三四五六七八九十"
# what can be explained, by the options that name it
Subjects: TypeAlias = Mapping[tuple[str, ...], Sequence[Subject]]


def explain_command() -> click.Command:
    """The command that explains, with the options for each thing that can be explained."""
    subjects = {named: [subject for _, subject in known] for named, known in programmes.subjects().items()}

    def command(
        context: click.Context, note: str | None, year: int, run_id: int | None, as_json: bool, **named: str | None
    ) -> None:
        given = {option: name for option, name in named.items() if name is not None}
        chosen = _chosen(subjects, given)
        asked = _asked(subjects[chosen][0], [given[option] for option in chosen], note)
        run, explanation = programmes.explained(options.engine(context), chosen, asked, year, run_id)
        if as_json:
            printing.print_json({"run": run.id, "year": year, "solo": run.solo, **explanation.as_dict()})
            return
        printing.print_explanation(explanation)
        if run.solo:
            printing.say(f"\n第 {run.id} 号运行为{SOLO_MARK}")

    built: Any = click.option("--year", required=True, type=YEAR, metavar="年度", help="结算或审核年度")(
        RUN_OPTION(JSON_OPTION(click.pass_context(command)))
    )
    for option, metavar, said in reversed(_options(subjects)):
        built = click.option(f"--{option}", option, type=WORD, metavar=metavar, help=said)(built)
    built = click.argument("note", metavar="[NOTE]", type=WORD, required=False)(built)
    return click.command("explain", cls=chinese.Command, help=_help(subjects))(built)


def _options(subjects: Subjects) -> list[tuple[str, str, str]]:
    """Each option once: its name, metavar and help; what it names alone goes before what it names beside another."""
    found: dict[str, tuple[str, str]] = {}
    for known in subjects.values():
        for subject in known[:1]:
            found.setdefault(subject.option, (subject.metavar, subject.help))
            if subject.beside is not None:
                found.setdefault(subject.beside.option, (subject.beside.metavar, subject.beside.help))
    return [(option, metavar, said) for option, (metavar, said) in found.items()]


def _chosen(subjects: Subjects, given: Mapping[str, str]) -> tuple[str, ...]:
    """The options that name one thing together; a usage error for any others."""
    for named in subjects:
        if set(named) == set(given):
            return named
    first = dict.fromkeys(named[0] for named in subjects)
    for named in subjects:
        if len(named) > 1 and named[-1] in given and named[0] not in given:
            raise click.UsageError(f"--{named[-1]} 要与 --{named[0]} 一起写")
    raise click.UsageError(f"{'、'.join(f'--{option}' for option in first)} 应当写而且只写一个")


def _asked(subject: Subject, names: Sequence[str], note: str | None) -> tuple[str, ...]:
    """What is asked for, as it is on file: the name and the number, then what else names it; or the one code that stands
    for itself."""
    if (note is None) == subject.numbered:
        raise click.UsageError("缺少编号" if note is None else f"用 --{subject.option} 时不写编号")
    if note is None:
        return (cells.read_code(names[0]),)
    return (cells.read_name(names[0]), cells.read_code(note), *map(cells.read_name, names[1:]))


def _help(subjects: Subjects) -> str:
    """The help of the command: which option is for what, and an example of each."""
    ways = []
    for named, known in subjects.items():
        how = f"（{'，'.join(subject.how for subject in known)}）" if len(known) > 1 else ""
        ways.append(f"{known[0].what}用 {' '.join(f'--{option}' for option in named)}{how}")
    examples = "\n    ".join(known[0].example for known in subjects.values())
    return (
        "说明为什么得到这个金额，或为什么没有：逐步列出条款、数字和日期。\n\n"
        f"{'，'.join(ways)}，{_COUNTS[len(subjects)]}者取其一。\n\n"
        f"\b\n例：{examples}"
    )


COMMANDS = (explain_command(),)
