"""The command that follows an uploaded file into the runs: where every row ended."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from ledger import money
from ledger.intake.repeated import Deviation
from ledger.programmes import PROGRAMMES
from ledger.programmes.programme import Programme
from ledger.runs.settlement import STATE_NAMES
from reports import programmes
from reports.lineage import trace as lineage
from reports.lineage.following import Followed, follow
from reports.lineage.rules import Row
from reports.lineage.trace import OUTCOMES, Trace, Traced
from reports.lineage.uploaded import Uploaded
from reports.report import Table
from reports.writing import files
from tiexi.terminal import chinese, options, printing
from tiexi.terminal.chinese import OUT, RUN, YEAR
from tiexi.terminal.options import JSON_OPTION
from tiexi.terminal.trace_payments import print_payments


@click.command(cls=chinese.Command)
@click.argument("file", metavar="FILE", type=OUT)
@click.option("--year", type=YEAR, metavar="年度", help="只查一个年度；默认查所有已试算的年度")
@click.option("--run", "run_id", type=RUN, help="指定运行号；默认取各年度审核通过的运行，没有则取最近一次试算")
@click.option("-o", "--output", "out", type=OUT, metavar="OUT.csv", help="把每一行的去向写到这里")
@JSON_OPTION
@click.pass_context
def trace(
    context: click.Context, file: Path, year: int | None, run_id: int | None, out: Path | None, as_json: bool
) -> None:
    """查一个已导入的文件每一行的去向：计入哪个附件的哪一行，因哪些代码未通过，或为什么没有用到。

    FILE 是文件（按内容的 SHA-256 认），或导入时的文件名，或 SHA-256 的开头。只给文件名时，与以前的文件重复的行不在其内。
    各表的行数与金额按去向合计，分毫不差。拨付表、兑付回单查每一行记成第几号分录、是否已冲销、哪些尚未拨付，按环节与文件核对。
    文件与账簿不符时退出码为 1。

    \b
    例：tiexi trace 蓝鲸银行.xlsx
        tiexi trace 蓝鲸银行.xlsx --year 2023 -o 去向.csv
        tiexi trace 拨付表.xlsx
    """
    if file.is_dir():
        raise click.UsageError(f"{file} 是文件夹，不是文件")
    with printing.progress("正在查找每一行的去向 …"):
        found = follow(options.engine(context), str(file), year, run_id)
    if out is not None:
        files.write_text(out, found.csv())
    if as_json:
        printing.print_json(found.as_dict())
    else:
        _tell(found, out)
    if not found.agrees:
        context.exit(1)


def _tell(found: Followed, out: Path | None) -> None:
    if found.payments is not None:
        print_payments(found.uploaded, found.payments)
        rows = f"{len(found.payments.rows)} 行"
    else:
        if found.differing:
            _tell_deviations(found.differing)
        print_traces(found.uploaded, found.traces)
        rows = f"{len(found.traces[0].rows)} 行 × {len(found.traces)} 次运行"
    if out is not None:
        printing.say(f"每一行的去向已写出 {out}（{rows}）")


def _tell_deviations(differing: Sequence[Deviation]) -> None:
    for deviation in differing:
        printing.say(f"与库中不符：{deviation.sentence}")
    printing.say(f"共 {len(differing)} 处与库中不符；库中的内容可能被改动过，请运行 tiexi audit 查明")
    printing.say()


# --- what a person sees -------------------------------------------------------------------------------------------------


def print_traces(uploaded: Uploaded, traces: list[Trace]) -> None:
    """The file, and for each run the tables of where its rows ended."""
    rows = traces[0].rows
    repeated = sum(row.row.repeated for row in rows)
    printing.say(
        f"{uploaded.file_name}：{uploaded.uploader} 于 {uploaded.received_at:%Y-%m-%d %H:%M} 上传，"
        f"SHA-256 {uploaded.sha256[:16]}…，{len(rows)} 行"
        + (f"，其中 {repeated} 行与以前入库的内容相同，按首次入库的行查" if repeated else "")
    )
    if uploaded.path is None:
        printing.say("只给了文件名：与以前的文件内容相同的行（如有）记在首次入库的文件名下，不在此列")
    for found in traces:
        _print_trace(found)


def _print_trace(found: Trace) -> None:
    run = found.run
    printing.say(
        f"\n{PROGRAMMES[run.programme].name} {run.year} 年度，第 {run.id} 号运行（{STATE_NAMES.get(run.state, run.state)}）"
    )
    sheets, counts = found.sheets(), lineage.counts(found.rows)
    if counts["rows"] == counts[lineage.NOT_USED]:
        printing.say(f"{counts['rows']} 行都没有用到")
    else:
        _print_sheets(sheets, counts)
    why = [
        (name, OUTCOMES[outcome], _with_titles(reason, PROGRAMMES[run.programme]), str(count))
        for name, part in sheets.items()
        for outcome, reason, count in lineage.reasons(part)
    ]
    if why:
        printing.show(Table("未通过、未使用的原因", ("工作表", "去向", "代码或原因", "行数"), why, 3))


def _print_sheets(sheets: Mapping[str, Sequence[Traced]], counts: Mapping[str, int]) -> None:
    """Rows and amounts by sheet and by where they ended, and what the counted lines give."""
    labels = tuple(OUTCOMES.values())
    rows = [_counted(name, lineage.counts(part)) for name, part in sheets.items()]
    printing.show(Table("行数", ("工作表", "行数", *labels), [*rows, _counted("合计", counts)], 1, True))
    amounts = [(name, lineage.sums(part)) for name, part in sheets.items() if lineage.sums(part)]
    if amounts:
        shown = [(name, *(money.wan_text(fen) for fen in sums.values())) for name, sums in amounts]
        printing.show(Table("这些行的金额（万元）", ("工作表", "合计", *labels), shown, 1))
    for name, part in sheets.items():
        given = {kind: fen for kind, fen in lineage.paid(part).items() if fen}
        if given:
            listed = "、".join(f"{programmes.given()[kind]} {money.wan_text(fen)} 万元" for kind, fen in given.items())
            printing.say(f"「{name}」计入的行共得：{listed}")
    claims = [(name, lineage.claims_behind(part)) for name, part in sheets.items()]
    shown = [_claimed(name, found) for name, found in claims if found]
    if shown:
        whole = _claimed("合计", lineage.claims_behind(row for part in sheets.values() for row in part))
        title = "以这些行为依据的追缴（万元），每条只计一次"
        printing.show(Table(title, ("工作表", "条数", *programmes.claimed().values()), [*shown, whole], 1, True))


def _claimed(name: str, claims: Sequence[Row]) -> tuple[str, ...]:
    found = lineage.claimed(claims)
    return name, str(found["claims"]), *(money.wan_text(found[kind]) for kind in programmes.claimed())


def _with_titles(reason: str, programme: Programme) -> str:
    """Codes with their titles; other reasons as they are."""
    named = {
        condition.code: f"{condition.code} {condition.title}" + ("（待核实）" if condition.held else "")
        for condition in programme.conditions
    }
    return "；".join(named.get(part, part) for part in reason.split(";"))


def _counted(name: str, counts: Mapping[str, int]) -> tuple[str, ...]:
    return name, *(str(count) for count in counts.values())


COMMANDS = (trace,)
