"""The command that tells where a run stands."""

from typing import Any

import click

from ledger.database import db
from ledger.programmes import PROGRAMMES
from ledger.runs import settlement
from ledger.runs.objections import Objection, open_objections
from ledger.runs.settlement import STATE_NAMES
from reports.report import Table
from reports.runs import next_steps, status
from reports.runs.run_words import SOLO_MARK, SOLO_WORDS, run_words
from tiexi.terminal import chinese, options, printing
from tiexi.terminal.chinese import RUN
from tiexi.terminal.options import JSON_OPTION


@click.command("status", cls=chinese.Command)
@click.argument("run_id", metavar="[RUN]", type=RUN, required=False)
@JSON_OPTION
@click.pass_context
def status_command(context: click.Context, run_id: int | None, as_json: bool) -> None:
    """一次运行办到哪一步、由谁、何时、依据什么文号、还缺什么；不给 RUN 时列出全部运行。

    \b
    例：tiexi status
        tiexi status 1
    """
    with db.reading(options.engine(context)) as connection:
        if run_id is None:
            _show_all(status.all_runs(connection), open_objections(connection), as_json)
            return
        run = settlement.read_run(connection, run_id)
        known, dead_end = status.of_run(connection, run), next_steps.superseded(connection, run)
        following = next_steps.next_steps(connection, run)
        told = [
            *status.objection_sentences(open_objections(connection, run)),
            *status.warned_sentences(connection, run),
        ]
    if as_json:
        printing.print_json(known)
        return
    printing.say(
        f"{run_words(run, marked=False)}：{STATE_NAMES[run.state]}，截止日 {run.as_of}"
        + (f"。{SOLO_WORDS}" if run.solo else "")
    )
    rows = [status.step_row(step) for step in known["steps"]]
    printing.show(
        Table(
            "经过",
            ("时间", "步骤", "区市", "经办人", "账户", "文号", "说明"),
            rows,
            7,
            spare=("账户",),
            whole=("文号",),
        )
    )
    for sentence in told:
        printing.say(sentence, "　")
    if dead_end:
        printing.say(dead_end)
    for one in following:
        printing.say(f"还缺：{one.line()}", "　　　")


def _show_all(runs: list[dict[str, Any]], objections: list[Objection], as_json: bool) -> None:
    if as_json:
        printing.print_json({"runs": runs, "objections": [one.as_dict() for one in objections]})
        return
    rows = [
        (str(run["run"]), PROGRAMMES[run["programme"]].name, str(run["year"]), run["as_of"],
         STATE_NAMES[run["state"]] + (f"（{SOLO_MARK}）" if run["solo"] else ""),
         run["made_by"], run["approved_document"] or "")
        for run in runs
    ]  # fmt: skip
    if rows:
        headers = ("运行号", "项目", "年度", "截止日", "状态", "试算经办", "审核文号")
        printing.show(Table("全部运行", headers, rows, 7, whole=("审核文号",)))
        _show_next(runs)
    else:
        printing.say("还没有运行；请先运行 tiexi settle 年度")
    for sentence in status.objection_sentences(objections):
        printing.say(sentence, "　")


def _show_next(runs: list[dict[str, Any]]) -> None:
    """What is next of each run that leads on, whose it is, and how many warnings and open objections it has."""
    for run in runs:
        open_ = [
            f"{count} {what}"
            for count, what in ((run["objections"], "件异议未处理"), (run["warnings_count"], "条提示"))
            if count
        ]
        beside = f"（{'、'.join(open_)}）" if open_ else ""
        for text, who in dict.fromkeys((one["text"], one["who"]) for one in run["next"]):  # once for all its counties
            printing.say(f"第 {run['run']} 号{beside}：{text}　——由{who}办理", "　　")


COMMANDS = (status_command,)
