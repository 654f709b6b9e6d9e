"""The table of a run of the benchmarks in a Markdown file: what a document says was measured is what one run printed."""

import os
import platform
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

from benchmarks.measure import Result
from ledger import __version__

BEGIN, END = "<!-- 以下由 python -m benchmarks --write 写出 -->", "<!-- 以上由 python -m benchmarks --write 写出 -->"
_GIB = 1 << 30


def write(document: Path, results: Mapping[str, Sequence[Result]], day: date, minutes: int, turns: int) -> None:
    """Puts the results of each benchmark between the two marks of a document, which it must have."""
    before, _, rest = document.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    table = "\n".join(_lines(results, day, minutes, turns))
    document.write_text(f"{before}{BEGIN}\n\n{table}\n\n{END}{after}", encoding="utf-8")


def has_place(document: Path) -> bool:
    """Whether a document has the two marks, one after the other."""
    text = document.read_text(encoding="utf-8")
    return -1 < text.find(BEGIN) < text.find(END)


def _lines(results: Mapping[str, Sequence[Result]], day: date, minutes: int, turns: int) -> list[str]:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // _GIB
    met = [result.met for each in results.values() for result in each if result.target is not None]
    return [
        f"{day}，tiexi {__version__}，一次运行，{minutes} 分钟；{platform.system()}，{os.cpu_count()} 个处理器，{memory} GiB 内存，"
        f"Python {platform.python_version()}。多数项目各 {turns} 次取中位数，双方轮流，例外见下。{len(met)} 项有目标，达到 {sum(met)} 项。",
        "",
        "| 名字 | 项目 | 本系统 | 对照 | 比值 | 目标 | 达到 |",
        "| --- | --- | ---: | ---: | ---: | ---: | --- |",
        *(f"| {name} | {_cells(result)} |" for name, each in results.items() for result in each),
    ]


def _cells(result: Result) -> str:
    ours, peer = (f"{figure:,.2f} {result.unit}" for figure in (result.ours, result.peer))
    if result.target is None:
        return f"{result.what} | {ours} | {peer} | {result.ratio:.2f} | — | —"
    bound = f"{'≥' if result.at_least else '≤'} {result.target:g}"
    return f"{result.what} | {ours} | {peer} | {result.ratio:.2f} | {bound} | {'是' if result.met else '**否**'}"
