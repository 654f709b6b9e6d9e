"""What a person sees of a file of payments that is traced: every row with its entry, and the sums by leg."""

from ledger import money
from ledger.programmes import PROGRAMMES, chart
from ledger.runs.settlement import STATE_NAMES
from reports.lineage.trace_payments import MISSING, OPEN, OUTCOMES, REVERSED, Followed, LegSums, PaymentTrace
from reports.lineage.uploaded import Uploaded
from reports.report import Table
from tiexi.terminal import printing

_MOST_ROWS = 1_000  # shown one by one; a longer file has them in the file of -o


def print_payments(uploaded: Uploaded, found: PaymentTrace) -> None:
    """The file, its rows, and by leg what was booked, reversed and left open."""
    printing.say(
        f"{uploaded.file_name}：{uploaded.uploader} 于 {uploaded.received_at:%Y-%m-%d %H:%M} 作为拨付记账，"
        f"SHA-256 {uploaded.sha256[:16]}…，{len(found.rows)} 行"
    )
    for run in found.runs:
        printing.say(
            f"{PROGRAMMES[run.programme].name} {run.year} 年度，第 {run.id} 号运行（{STATE_NAMES.get(run.state, run.state)}）"
        )
    if not found.whole:
        printing.say("只给了文件名：尚未拨付而没有记的行（如有）不在此列，文件的行数与金额也无从核对；请给出文件本身")
    headers = ("行", "去向", "分录", "环节", "项目", "区市", "银行", "企业", "日期", "金额（万元）")
    shown = [_row(one) for one in found.rows[:_MOST_ROWS]]
    printing.show(Table("逐行", headers, shown, 9))
    if len(found.rows) > _MOST_ROWS:
        printing.say(f"只列出前 {_MOST_ROWS} 行；全部 {len(found.rows)} 行请用 -o 写出")
    _print_legs(found)


def _row(one: Followed) -> tuple[str, ...]:
    entry, outcome = one.entry, OUTCOMES[one.outcome]
    if entry is not None and one.outcome == REVERSED:
        outcome += f"（第 {entry.reversed_by} 号分录，{entry.reversed_on}）"
    return (
        f"{one.sheet}第 {one.row} 行" if one.sheet else f"第 {one.row} 行",
        outcome,
        "" if entry is None else f"第 {entry.id} 号",
        one.leg.name,
        chart.item_names()[one.item],
        one.who["county"],
        one.who["bank"],
        one.who["enterprise"] or one.who["uscc"],
        "" if one.on is None else str(one.on),
        money.wan_text(one.fen),
    )


def _print_legs(found: PaymentTrace) -> None:
    """Counts and sums by leg, and whether they agree with the file."""
    legs = found.legs
    outcomes = [outcome for outcome in OUTCOMES if outcome != MISSING]
    headers = ("环节", *(["文件行数"] if found.whole else []), *(OUTCOMES[outcome] for outcome in outcomes))
    for title, place in (("行数", 0), ("金额（万元）", 1)):
        rows = [_sums(sums, outcomes, place) for sums in legs]
        columns = list(zip(*(figures for _, figures in rows), strict=True))
        total = ("合计", [sum(column) for column in columns])
        text = [
            (name, *(money.wan_text(one) if place else str(one) for one in figures)) for name, figures in [*rows, total]
        ]
        named = [header.replace("行数", "金额") if place else header for header in headers]
        printing.show(Table(title, named, text, 1, True))
    for problem in found.problems:
        printing.say(f"不符：{problem}")
    if not found.agrees:
        printing.say("文件与账簿不符；请运行 tiexi audit")
    elif found.whole:
        printing.say(f"各环节行数、金额与文件相符，分毫不差；「{OUTCOMES[OPEN]}」的行没有日期和凭证号，没有记账")


def _sums(sums: LegSums, outcomes: list[str], place: int) -> tuple[str, list[int]]:
    """A leg's name and its figures: rows (place 0) or fen (place 1), of the file first."""
    figures = [sums.outcomes[outcome][place] for outcome in outcomes]
    return sums.leg.name, figures if sums.file is None else [sums.file[place], *figures]
