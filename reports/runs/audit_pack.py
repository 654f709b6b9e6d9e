"""What an auditor takes away of a year, in one file: each run's workbooks and lines, the books, the steps, the seals, the papers, and the
digests of all of these. The same books give the same pack, byte for byte.
"""

import hashlib
import json
import tempfile
import zipfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, or_, select

from ledger import models
from ledger.accounts.scope import EVERYTHING
from ledger.counties import COUNTIES
from ledger.errors import Refused
from ledger.papers import records as papers
from ledger.programmes import PROGRAMMES
from ledger.runs.settlement import RunRecord, choose_run
from reports.money import beancount
from reports.programmes import REPORTS
from reports.report import Written
from reports.runs import run_lines, status
from reports.writing.csv_files import csv_text, harmless
from reports.writing.files import whole_file, write_text

_DATED = (1980, 1, 1, 0, 0, 0)  # of every file in it: the earliest that the format knows
_SEALS = ("id", "kind", "run_id", "made_at", "previous_hash", "hash")
_LIST = "清单.csv"
_PAPERS = (
    "paper", "bank", "note_no", "year", "event", "event_on", "kinds", "file", "bytes", "media", "pages", "sha256", "sm3",
    "received_at", "by", "login", "state",
)  # fmt: skip


def write(connection: Connection, year: int, path: Path) -> Written:
    """Writes the pack of a year: of each programme its approved run, else its latest trial. Refused where there is none."""
    runs = list(_runs(connection, year))
    if not runs:
        raise Refused(f"{year} 年度还没有试算，没有可审计的材料")
    with tempfile.TemporaryDirectory() as name, whole_file(path) as target:
        folder = Path(name)
        for run in runs:
            _write_run(connection, run, folder / f"{PROGRAMMES[run.programme].name}-第{run.id}号运行")
        if any(run.approved_at is not None for run in runs):
            beancount.export(connection, year, folder / f"分录-{year}.beancount")
        _write_seals(connection, folder / "封存.csv")
        _write_papers(connection, year, folder / "资料.csv")
        files = sorted(one for one in folder.rglob("*") if one.is_file())
        write_text(folder / _LIST, csv_text(("file", "bytes", "sha256", "sm3"), _digests(folder, files)))
        _pack(folder, [folder / _LIST, *files], target)
    return Written([(path, f"{len(files)} 个文件，{len(runs)} 次运行")])


def _runs(connection: Connection, year: int) -> Iterator[RunRecord]:
    for key in PROGRAMMES:
        run = models.Run
        if connection.execute(select(run.id).where(run.programme == key, run.year == year).limit(1)).first():
            yield choose_run(connection, key, year)


def _write_run(connection: Connection, run: RunRecord, folder: Path) -> None:
    """Its workbooks that are read back, its lines of every kind, and how it came to be what it is."""
    contents = REPORTS[run.programme]
    own = {part["county"] for part in run.summary.get("counties", ())}
    for kind in contents.kinds:
        for county in [one for one in COUNTIES if one in own] if kind.by_county else [""]:
            kind.export(connection, run, county, folder / f"{kind.report.format(county=county)}.xlsx")
    for lines in contents.lines:
        write_text(folder / f"{lines.name}.csv", run_lines.csv(lines, run_lines.read(connection, lines, run.id)))
    story: dict[str, Any] = status.of_run(connection, run, hints=False)
    write_text(folder / "经过.json", [json.dumps(story, ensure_ascii=False, indent=1) + "\n"])


def _write_seals(connection: Connection, path: Path) -> None:
    """The links of the chain, each with its hash and that of the one before."""
    seal = models.table_of(models.Seal)
    rows = connection.execute(select(*(seal.c[name] for name in _SEALS)).order_by(seal.c.id))
    write_text(path, csv_text(_SEALS, (["" if value is None else str(value) for value in row] for row in rows)))


def _write_papers(connection: Connection, year: int, path: Path) -> None:
    """The papers that came for events until the year's end, and the year's reports, each with its digests and what it is filed
    as; withdrawn ones too."""
    paper, state = models.Paper, models.PaperState
    wanted = or_(state.event_on <= date(year, 12, 31), paper.year == year)
    rows = (
        [_text(one.as_dict().get(name)) for name in _PAPERS]
        for one in papers.seen(connection, EVERYTHING, wanted)[::-1]
    )
    write_text(path, csv_text(_PAPERS, rows))


def _text(value: Any) -> str:
    return "" if value is None else "、".join(value) if isinstance(value, list) else harmless(str(value))


def _digests(folder: Path, files: list[Path]) -> Iterator[list[str]]:
    """Each file with its size, SHA-256, and SM3 where the build has it."""
    for file in files:
        data = file.read_bytes()
        sm3 = hashlib.new("sm3", data).hexdigest() if "sm3" in hashlib.algorithms_available else ""
        yield [file.relative_to(folder).as_posix(), str(len(data)), hashlib.sha256(data).hexdigest(), sm3]


def _pack(folder: Path, files: list[Path], target: Path) -> None:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as packed:
        for file in files:
            entry = zipfile.ZipInfo(file.relative_to(folder).as_posix(), _DATED)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            packed.writestr(entry, file.read_bytes())
