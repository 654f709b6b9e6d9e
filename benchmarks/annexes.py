"""附件2 from the stored lines, and XlsxWriter alone writing the same cells in the same formats.

What the product says to XlsxWriter is recorded once and said again, so both workbooks are the same to the byte; the bare
time has no database, no sums and no fingerprint in it.
"""

import gc
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from inspect import isfunction
from pathlib import Path
from time import perf_counter
from typing import Any
from unittest import mock

from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from benchmarks.measure import taking_turns
from benchmarks.world import YEAR
from ledger.database import db
from ledger.runs import settlement
from reports.tech_branch import annexes


def write_annex2(database: Path, path: Path) -> float:
    """Seconds of the product's export, from the database to the file."""
    engine = db.open_engine(f"sqlite:///{database}")
    start = perf_counter()
    with db.reading(engine) as connection:
        annexes.annex2(connection, settlement.choose_run(connection, "tech_branch", YEAR), path)
    seconds = perf_counter() - start
    engine.dispose()
    return seconds


@dataclass(frozen=True)
class Call:
    """One thing said to a workbook or one of its sheets."""

    owner: Any
    method: str
    args: tuple[Any, ...]
    named: dict[str, Any]
    given: Any  # what came back: the sheets and formats that later calls speak of


@dataclass
class Recording:
    """What the product said to XlsxWriter."""

    options: tuple[Any, ...] = ()
    book: Any = None
    calls: list[Call] = field(default_factory=list)

    def write_again(self, path: Path) -> float:
        """Seconds in which XlsxWriter alone writes the same workbook; making sheets and formats is not counted."""
        book = Workbook(str(path), *self.options)
        known = {id(self.book): book}
        for call in self.calls:
            if _makes_something(call):
                known[id(call.given)] = getattr(known[id(call.owner)], call.method)(*call.args, **call.named)
        said = [self._bound(call, known) for call in self.calls if not _makes_something(call)]
        gc.collect()
        gc.freeze()  # the recording itself must not be searched for garbage again and again
        start = perf_counter()
        for say, args, named in said:
            say(*args, **named)
        return perf_counter() - start

    def _bound(self, call: Call, known: dict[int, Any]) -> tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]:
        args = tuple(known.get(id(value), value) for value in call.args)
        return getattr(known[id(call.owner)], call.method), args, call.named


def _makes_something(call: Call) -> bool:
    return call.method in ("add_worksheet", "add_format")


def compare(database: Path, folder: Path, turns: int) -> tuple[float, float]:
    """The medians of the product and of XlsxWriter alone; both files must be the same."""
    ours, bare = folder / "附件2.xlsx", folder / "附件2-bare.xlsx"
    recording = record_annex2(database, ours)
    medians = taking_turns(lambda: write_annex2(database, ours), lambda: recording.write_again(bare), turns)
    assert ours.read_bytes() == bare.read_bytes(), "the two workbooks differ"
    return medians


def record_annex2(database: Path, path: Path) -> Recording:
    """Lets the product write 附件2 once, listening."""
    recording = Recording()
    with _listening(recording):
        write_annex2(database, path)
    return recording


@contextmanager
def _listening(recording: Recording) -> Iterator[None]:
    """Every public method of workbook and sheet records its outermost calls."""
    depth = 0

    def listened(owner: type, name: str) -> Callable[..., Any]:
        original = getattr(owner, name)

        def method(self: Any, *args: Any, **named: Any) -> Any:
            nonlocal depth
            depth += 1
            try:
                given = original(self, *args, **named)
            finally:
                depth -= 1
            if depth == 0:
                recording.calls.append(Call(self, name, args, named, given))
            return given

        return method

    make = Workbook.__init__

    def made(self: Any, path: str, *options: Any) -> None:
        nonlocal depth
        # the temporary folder is gone when the workbook is written again
        kept = ({name: value for name, value in given.items() if name != "tmpdir"} for given in options)
        recording.book, recording.options = self, tuple(kept)
        depth += 1  # a workbook makes its own first formats
        make(self, path, *options)
        depth -= 1

    with ExitStack() as patches:
        patches.enter_context(mock.patch.object(Workbook, "__init__", made))
        for owner in (Workbook, Worksheet):
            for name in [name for name, value in vars(owner).items() if isfunction(value) and name[0] != "_"]:
                patches.enter_context(mock.patch.object(owner, name, listened(owner, name)))
        yield
