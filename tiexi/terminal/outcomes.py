"""What a person sees of a file that was imported, and of what is improbable in it or in a run's facts."""

from collections.abc import Sequence

from sqlalchemy import Connection

from ledger.intake.outcome import Outcome
from ledger.runs.settlement import RunRecord
from ledger.warnings.kinds import Warned
from ledger.workbooks.findings import Finding
from reports.runs.status import warned_sentences
from reports.runs.warnings import lines
from tiexi.terminal.printing import say

_SHOWN = 3  # findings of one kind where all are marked in a copy


def print_outcome(outcome: Outcome, grouped: bool = False) -> None:
    """What became of one file, with every finding on a line of its own.

    grouped: of many findings of one kind only the first ones, since a marked copy shows them all.
    """
    if outcome.known_since:
        say(
            f"{outcome.file}：此前已于 {outcome.known_since} 导入（内容完全相同），未作任何改动；要恢复撤回的行，请另存后再导入"
        )
        for deviation in outcome.deviations:
            say(f"　　　与库中不符：{deviation.sentence}")
        if outcome.deviations:
            say(f"　　　共 {len(outcome.deviations)} 处与库中不符；库中的内容可能被改动过，请运行 tiexi audit 查明")
        _print_receipt(outcome)
        return
    if outcome.refusal:
        say(f"拒绝　{outcome.refusal}")
        return
    if outcome.findings:
        _print_findings(outcome.findings, grouped)
        say(f"拒绝　{outcome.file}：共 {len(outcome.findings)} 处问题，整个文件未导入")
        if outcome.hint:
            say(f"　　　{outcome.hint}")
        _print_titled(outcome)
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
    say(f"{done}　{outcome.file}：{'；'.join(parts) or '没有数据行'}")
    for run in outcome.runs:
        say(f"　　　更正的内容用于{run}；已审核的明细和金额不因此改变")
    _print_receipt(outcome)
    _print_titled(outcome)
    _print_skipped(outcome)


def _print_findings(findings: Sequence[Finding], grouped: bool) -> None:
    """Findings in their order; grouped: kind by kind, in the order of the first of each."""
    kinds: dict[object, list[Finding]] = {}
    for finding in findings:
        kinds.setdefault(finding.kind if grouped else finding, []).append(finding)
    for of_kind in kinds.values():
        shown = of_kind if len(of_kind) <= _SHOWN + 1 else of_kind[:_SHOWN]
        for finding in shown:
            say(finding.line())
        if len(shown) < len(of_kind):
            place = f"「{of_kind[0].sheet}」" + (f"「{of_kind[0].column}」列" if of_kind[0].column else "")
            left = len(of_kind) - len(shown)
            say(f"　　　{place}同类问题共 {len(of_kind)} 处，其余 {left} 处不在此列出，见标注的文件")


def _print_titled(outcome: Outcome) -> None:
    """Where a title stood above the header."""
    for sheet, number in outcome.titled.items():
        above = "第 1 行" if number == 2 else f"第 1–{number - 1} 行"
        say(f"　　　「{sheet}」表以第 {number} 行为表头，其上的{above}未读取")


def print_warnings(warnings: Sequence[Warned], so: str) -> None:
    """What is improbable of the rows that came, kind by kind. so: what does not follow from it."""
    if not warnings:
        return
    say(f"提示　{len(warnings)} 条，请核对（{so}）：")
    for line in lines(warnings):
        say(f"　{line}", "　　")


def print_kept(connection: Connection, run: RunRecord) -> None:
    """What a run's loans were warned of when it was made."""
    for sentence in warned_sentences(connection, run):
        say(sentence, "　")


def _print_receipt(outcome: Outcome) -> None:
    """What the sender keeps: with it an audit shows later that the file lies there as it came."""
    if outcome.receipt is not None:
        say(f"　　　回执 {outcome.receipt}")


def _print_skipped(outcome: Outcome) -> None:
    """Which rows were passed over as examples; sheets with the same ones, as the blank workbook has them, in one line."""
    sheets_of: dict[str, list[str]] = {}
    for sheet, numbers in outcome.skipped.items():
        count = f"（共 {len(numbers)} 行）" if len(numbers) > 1 else ""
        sheets_of.setdefault(f"第 {row_words(numbers)} 行为示例行，未导入{count}", []).append(f"「{sheet}」")
    for words, sheets in sheets_of.items():
        say(f"　　　{''.join(sheets)}表{words}")


def row_words(numbers: Sequence[int]) -> str:
    """Ascending row numbers, consecutive ones as a span: 2、5–9."""
    spans: list[list[int]] = []
    for number in numbers:
        if spans and spans[-1][-1] == number - 1:
            spans[-1] = [spans[-1][0], number]
        else:
            spans.append([number])
    return "、".join("–".join(map(str, span)) for span in spans)
