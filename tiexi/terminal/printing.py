"""What a person sees on the terminal: tables that count Chinese characters as two, amounts in 万元, progress on stderr."""

import json
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import click
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table
from rich.text import Text
from sqlalchemy import Engine

from ledger import money
from ledger.database import db
from ledger.intake.importer import Outcome
from ledger.programmes import PROGRAMMES
from ledger.runs.settlement import STATE_NAMES, RunRecord
from reports.lineage.explanation import FAILED, HELD, PASSED, Explanation
from reports.status import SOLO_MARK, next_steps, superseded

_TABLE_WIDTH = 140  # wide enough for every table: a narrow terminal wraps its lines, but no figure is ever cut short


class _Results(Console):
    """A console whose reader may stop reading: then the command is done, and has not failed."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


def console() -> Console:
    """The console for results."""
    width = max(shutil.get_terminal_size().columns, _TABLE_WIDTH)
    return _Results(file=sys.stdout, width=width, highlight=False)


@contextmanager
def progress(what: str) -> Iterator[None]:
    """A spinner on stderr while something takes its time; silent where stderr is no terminal."""
    if not sys.stderr.isatty():
        yield
        return
    with Console(stderr=True).status(what):
        yield


def print_json(value: Any) -> None:
    """One object on stdout."""
    click.echo(json.dumps(value, ensure_ascii=False))


def table(
    title: str, headers: Sequence[str], rows: Sequence[Sequence[str]], text_columns: int, total: bool = False
) -> Table:
    """A table whose first columns are text and whose other ones are right-aligned figures; the last row may be a total."""
    made = Table(title=title, box=SIMPLE, title_justify="left", pad_edge=False, show_footer=False)
    for place, header in enumerate(headers):
        made.add_column(
            Text(header),
            justify="left" if place < text_columns else "right",
            no_wrap=place >= text_columns,
            overflow="fold" if place < text_columns else "ellipsis",  # long words go on in the next line
        )
    for number, row in enumerate(rows):
        last = total and number == len(rows) - 1
        made.add_row(
            *(Text(cell) for cell in row), style="bold" if last else "", end_section=total and number == len(rows) - 2
        )
    return made


def state_words(run: RunRecord) -> str:
    """The stage of a run, marked where one person took it there alone."""
    return STATE_NAMES[run.state] + (f"，{SOLO_MARK}" if run.solo else "")


def share_text(part: int, whole: int) -> str:
    """A share of an amount as percent with two decimals, cut off, never rounded up over a floor."""
    return f"{money.format_scaled(part * 10_000 // whole, 2, at_least=2)}%" if whole else "—"


def print_run(run: RunRecord) -> None:
    """A settlement's totals by county and by bank, and how many loans each code stopped."""
    out = console()
    summary = run.summary
    out.print(
        f"{PROGRAMMES[run.programme].name} {run.year} 年度，第 {run.id} 号运行（{STATE_NAMES[run.state]}），"
        f"截止日 {run.as_of}：{summary['loans']} 笔贷款，其中 {summary['paid_loans']} 笔有补助，"
        f"贴息比例 {money.percent_text(summary['interest_rate_e4'])}%。单位：万元"
    )
    headers = ("笔数", "有补助", "年末余额", "贴息需求", "贴息", "其中市级", "其中县级", "奖补需求", "奖补")
    total = ("合计", *_sums(summary))
    out.print(
        table(
            "按区市",
            ("区市", *headers),
            [*((part["county"], *_sums(part)) for part in summary["counties"]), total],
            1,
            True,
        )
    )
    law = run.law
    bank_headers = ("银行", "笔数", "有补助", "年末余额", "贴息", "奖补", "知识产权/股权质押", "其他新型/信用")
    rows = [
        (
            part["bank"], str(part["loans"]), str(part["paid_loans"]), money.wan_text(part["balance_fen"]),
            money.wan_text(part["interest_fen"]), money.wan_text(part["bonus_fen"]),
            _floor_text(part["pledged_fen"], part["balance_fen"], law["pledge_floor"]),
            _floor_text(part["unsecured_fen"], part["balance_fen"], law["unsecured_floor"]),
        )
        for part in summary["banks"]
    ]  # fmt: skip
    floors = f"（第七条：占比不低于 {money.percent_text(law['pledge_floor'], 0)}%、{money.percent_text(law['unsecured_floor'], 0)}%，* 为未达到）"
    out.print(table("按银行" + floors, bank_headers, rows, 1))
    conditions = {condition.code: condition for condition in PROGRAMMES[run.programme].conditions}
    if summary["stopped"]:
        stopped = [
            (
                code,
                conditions[code].title,
                conditions[code].article,
                "待核实" if conditions[code].held else "",
                str(count),
            )
            for code, count in summary["stopped"].items()
        ]
        out.print(table("未通过的条件（一笔可有多条）", ("代码", "条件", "条款", "", "笔数"), stopped, 4))
    else:
        out.print("没有未通过条件的贷款")
    _print_claims(out, summary)


def print_next(engine: Engine, run: RunRecord, solo: bool) -> None:
    """What is to be done about a trial."""
    with db.reading(engine) as connection:
        dead_end = superseded(connection, run)
        steps = "；".join(next_steps(connection, run, solo))
    click.echo(f"这是试算。{dead_end}" if dead_end else f"这是试算，核对后办理——{steps}")


def _print_claims(out: Console, summary: dict[str, Any]) -> None:
    """What a settlement claims back of earlier years' payments, by the county that paid."""
    claims = summary["claims"]
    if not claims["claims"]:
        out.print("没有需要追缴的以前年度补助")
        return
    rows = [(part["county"], *_claim_sums(part)) for part in claims["counties"]]
    headers = ("区市", "条数", "追缴贴息", "追缴奖补", "合计", "其中市级", "其中县级")
    out.print(
        table("追缴以前年度补助（每笔每支付年度一条）", headers, [*rows, ("合计", *_claim_sums(claims))], 1, True)
    )


def _claim_sums(part: dict[str, Any]) -> tuple[str, ...]:
    amounts = (part["interest_fen"], part["bonus_fen"], part["interest_fen"] + part["bonus_fen"])
    return str(part["claims"]), *(money.wan_text(fen) for fen in (*amounts, part["city_fen"], part["county_fen"]))


def _sums(part: dict[str, Any]) -> tuple[str, ...]:
    amounts = ("balance", "interest_demand", "interest", "interest_city", "interest_county", "bonus_demand", "bonus")
    return str(part["loans"]), str(part["paid_loans"]), *(money.wan_text(part[f"{name}_fen"]) for name in amounts)


def _floor_text(part: int, whole: int, floor_e4: int) -> str:
    below = part * money.E4_PER_ONE < floor_e4 * whole
    return share_text(part, whole) + ("*" if below else " ")


def print_outcome(outcome: Outcome) -> None:
    """What became of one file, with every finding on a line of its own."""
    if outcome.known_since:
        click.echo(
            f"{outcome.file}：此前已于 {outcome.known_since} 导入（内容完全相同），未作任何改动；要恢复撤回的行，请另存后再导入"
        )
        return
    if outcome.refusal:
        click.echo(f"拒绝　{outcome.refusal}")
        return
    if outcome.findings:
        for finding in outcome.findings:
            click.echo(finding.line())
        click.echo(f"拒绝　{outcome.file}：共 {len(outcome.findings)} 处问题，整个文件未导入")
        _print_skipped(outcome)
        return
    parts = []
    for sheet, taken in outcome.taken.items():
        counts = [f"新增 {taken.new}"] if taken.new else []
        counts += [f"更正 {taken.amended}"] if taken.amended else []
        counts += [f"已有 {taken.same}"] if taken.same else []
        if counts:
            parts.append(f"{sheet} {'、'.join(counts)} 行")
    done = "检查通过（试运行，未写入）" if outcome.dry_run else "已导入"
    click.echo(f"{done}　{outcome.file}：{'；'.join(parts) or '没有数据行'}")
    _print_skipped(outcome)


def _print_skipped(outcome: Outcome) -> None:
    """Which rows were passed over as examples; sheets with the same ones, as the blank workbook has them, in one line."""
    sheets_of: dict[str, list[str]] = {}
    for sheet, numbers in outcome.skipped.items():
        count = f"（共 {len(numbers)} 行）" if len(numbers) > 1 else ""
        sheets_of.setdefault(f"第 {row_words(numbers)} 行为示例行，未导入{count}", []).append(f"「{sheet}」")
    for words, sheets in sheets_of.items():
        click.echo(f"　　　{''.join(sheets)}表{words}")


def row_words(numbers: Sequence[int]) -> str:
    """Ascending row numbers, consecutive ones as a span: 2、5–9."""
    spans: list[list[int]] = []
    for number in numbers:
        if spans and spans[-1][-1] == number - 1:
            spans[-1] = [spans[-1][0], number]
        else:
            spans.append([number])
    return "、".join("–".join(map(str, span)) for span in spans)


_MARKS = {PASSED: "✓", FAILED: "✗", HELD: "？"}


def print_explanation(explanation: Explanation) -> None:
    """An explanation, part by part."""
    click.echo(explanation.subject)
    click.echo(f"结论：{explanation.conclusion}")
    part = ""
    for step in explanation.steps:
        if step.part != part:
            part = step.part
            click.echo(f"\n【{part}】")
        mark = f"{_MARKS.get(step.outcome, '·')} "
        article = f"{step.article} " if step.article else ""
        code = f"（{step.code}）" if step.outcome in (FAILED, HELD) else ""
        held = "，待核实" if step.outcome == HELD else ""
        click.echo(f"  {mark}{article}{step.title}{code}{held}：{step.text}")


def summary_cell(run: RunRecord, name: str) -> str:
    """One figure of a run's totals: an amount in 万元, or a count."""
    value = run.summary[name]
    return money.wan_text(value) if name.endswith("_fen") else str(value)
