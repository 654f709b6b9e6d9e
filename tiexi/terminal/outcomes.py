"""What a person sees of a file that was imported, and of what is improbable in it or in a run's facts."""

from collections.abc import Sequence

from sqlalchemy import Connection

from ledger.intake.outcome import Outcome
from ledger.runs.settlement import RunRecord
from ledger.warnings.kinds import Warned
from reports.status import warned_sentences
from reports.warnings import lines
from tiexi.terminal.printing import say


def print_outcome(outcome: Outcome) -> None:
    """What became of one file, with every finding on a line of its own."""
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
        for finding in outcome.findings:
            say(finding.line())
        say(f"拒绝　{outcome.file}：共 {len(outcome.findings)} 处问题，整个文件未导入")
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
    _print_receipt(outcome)
    _print_skipped(outcome)


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
