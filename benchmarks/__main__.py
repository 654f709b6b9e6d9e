"""`python -m benchmarks [--only NAME] [--quick]`: measures, and prints one table of ratios."""

import tempfile
from dataclasses import replace
from datetime import date
from pathlib import Path
from time import perf_counter

import click
from rich.console import Console
from rich.table import Table

from benchmarks import written
from benchmarks.databases import databases
from benchmarks.measure import Result
from benchmarks.suite import BENCHMARKS, OF_PORTAL, QUICK, Sizes, Stage


@click.command()
@click.option(
    "--only", "names", multiple=True, type=click.Choice(list(BENCHMARKS)), help="Measure this; may be repeated."
)
@click.option("--loans", type=click.IntRange(min=1000), help="How many loans `scale` has at most.")
@click.option("--workers", type=click.IntRange(min=1), help="By how many processes `scale` has them judged.")
@click.option("--years", type=click.IntRange(1, 3), help="How many years `scale` approves.")
@click.option("--quick", is_flag=True, help="Tiny sizes, one turn each: shows that it runs, says nothing about speed.")
@click.option("--postgresql", is_flag=True, help="What is measured over HTTP, on a PostgreSQL server.")
@click.option(
    "--write",
    "document",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A Markdown file, between whose marks the table is put too.",
)
def main(
    names: tuple[str, ...],
    quick: bool,
    loans: int | None,
    workers: int | None,
    years: int | None,
    postgresql: bool,
    document: Path | None,
) -> None:
    """Measures the product against peers in the same run. Missed targets are shown, and are no error.

    Example: python -m benchmarks --only settle --only import
             python -m benchmarks --only scale --loans 10000000 --workers 2
    """
    if postgresql and (others := [name for name in names if name not in OF_PORTAL]):
        raise click.UsageError(f"not over HTTP: {', '.join(others)}; measured so are {', '.join(OF_PORTAL)}")
    if document is not None and (names or quick or postgresql):
        raise click.UsageError("--write takes the table of a whole run: without --only, --quick and --postgresql")
    if document is not None and not written.has_place(document):
        raise click.UsageError(f"{document} has no place for the table: {written.BEGIN} and {written.END}")
    given = {name: value for name, value in (("scaled", loans), ("workers", workers), ("years", years)) if value}
    sizes = replace(QUICK if quick else Sizes(), **given)
    results: dict[str, list[Result]] = {}
    day, start = date.today(), perf_counter()
    with (
        tempfile.TemporaryDirectory(prefix="tiexi-bench-") as folder,
        databases(Path(folder), postgresql) as made,
    ):
        stage = Stage(Path(folder), sizes, made)
        for name in names or (OF_PORTAL if postgresql else BENCHMARKS):
            click.echo(f"{name} …", err=True)
            found = BENCHMARKS[name](stage)
            for result in found:
                click.echo(f"  {result.what}: {result.ratio:.2f}", err=True)
            results[name] = found
            if document is not None:  # each time: what was measured is not lost where a later one fails
                written.write(document, results, day, round((perf_counter() - start) / 60), sizes.turns)
    Console(width=None if Console().is_terminal else 140).print(
        _table([result for each in results.values() for result in each], "，PostgreSQL" if postgresql else "")
    )


def _table(results: list[Result], where: str) -> Table:
    table = Table(title=f"性能{where}：与同一次运行中的对照之比（各三次取中位数，轮流进行）")
    for header in ("项目", "本系统", "对照", "比值", "目标", "达到"):
        table.add_column(header, justify="left" if header == "项目" else "right")
    for result in results:
        table.add_row(
            result.what,
            f"{result.ours:.2f} {result.unit}",
            f"{result.peer:.2f} {result.unit}",
            f"{result.ratio:.2f}",
            "—" if result.target is None else f"{'≥' if result.at_least else '≤'} {result.target:g}",
            "" if result.target is None else "是" if result.met else "否",
        )
    return table


if __name__ == "__main__":
    main()
