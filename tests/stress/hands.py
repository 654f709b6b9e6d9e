"""Many hands at once: processes that import, settle, sign, approve, export and pay at random on one database.

Afterwards the books must be as if they had come one by one: every file that was taken is there whole and once; every run,
signature, result, approval, payment and seal that a hand was told of is on file, and none that nobody was told of; at most
one approved run per year and one run of a job per day; the journal balances, the audit finds nothing, the files that were
written are whole, and no hand was ever told of a failure.
"""

import json
import os
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from ledger import models
from ledger.audit.audit import audit
from ledger.database import db
from ledger.setup import initialise

from . import afterwards
from .world import LOANS, write_books

ROOT = Path(__file__).parent.parent.parent


@dataclass
class Outcome:
    """What the hands did and what was found afterwards."""

    commands: Counter[tuple[str, int]] = field(default_factory=Counter)  # by command and exit code
    slowest: float = 0.0
    imported: int = 0
    approved: int = 0
    entries: int = 0
    problems: list[str] = field(default_factory=list)

    def table(self) -> str:
        """A line per command: how often it was done, refused, failed."""
        names = sorted({name for name, _ in self.commands})
        rows = [
            f"{name:10} done {self.commands[name, 0]:5}  refused {self.commands[name, 1]:5}  "
            f"other {sum(count for (other, code), count in self.commands.items() if other == name and code > 1):3}"
            for name in names
        ]
        return "\n".join(rows)


def run(url: str, folder: Path, processes: int, seconds: float, books: int = 60, seed: int = 1) -> Outcome:
    """Sets the database up, lets the hands work, and checks what they leave behind."""
    engine = db.open_engine(url)
    initialise(engine)
    engine.dispose()
    shelf = folder / "books"
    shelf.mkdir()
    write_books(shelf, books)
    exports, temporary = folder / "out", folder / "tmp"
    exports.mkdir()
    temporary.mkdir()
    base = [sys.executable, "-m", "tiexi", "--database", url, "import", str(shelf / "名录.xlsx")]
    subprocess.run(base, check=True, cwd=ROOT, stdout=subprocess.DEVNULL)
    paths = os.pathsep.join(str(folder) for folder in (ROOT, ROOT / "tests", ROOT / "tests" / "support"))
    hands = [
        subprocess.Popen(
            [sys.executable, "-m", "stress.hand", url, str(exports), str(shelf), str(seconds), str(seed + number)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env={
                **os.environ, "PYTHONPATH": paths, "TIEXI_SOLO": "1", "TMPDIR": str(temporary),
                "TIEXI_OUTPUT": str(exports / "输出"),
            },
        )
        for number in range(processes)
    ]  # fmt: skip
    outcome = Outcome()
    taken: Counter[str] = Counter()
    told: list[afterwards.Said] = []
    for hand in hands:
        out, err = hand.communicate()
        if hand.returncode or err.strip():
            outcome.problems.append(f"a hand ended with {hand.returncode}: {err.strip()[-2000:]}")
            continue
        for said in json.loads(out):
            _judge(said, outcome, taken)
            if said["told"] is not None:
                told.append(said)
    _check(url, taken, told, outcome)
    outcome.problems += afterwards.not_whole([exports])
    outcome.problems += [f"{path} was left" for path in temporary.iterdir()]
    return outcome


def _judge(said: dict[str, Any], outcome: Outcome, taken: Counter[str]) -> None:
    outcome.commands[said["command"], said["code"]] += 1
    outcome.slowest = max(outcome.slowest, said["seconds"])
    if said["code"] not in (0, 1):
        outcome.problems.append(f"{said['command']} ended with {said['code']}: {said['said']}")
    if said["command"] == "audit" and said["code"]:
        outcome.problems.append(f"an audit in between found something: {said['said']}")
    status, name = said.get("taken", ("", ""))
    if status == "taken":
        taken[name] += 1


def _check(url: str, taken: Counter[str], told: list[afterwards.Said], outcome: Outcome) -> None:
    """What must hold once the hands are still."""
    engine = db.open_engine(url)
    with db.reading(engine) as connection:
        for name, count in taken.items():
            if count > 1:
                outcome.problems.append(f"{name} was taken {count} times")
        books = [name for name in taken if name != "名录.xlsx"]
        fact, run, intake = models.LoanFact, models.Run, models.Intake
        count = connection.execute(select(func.count()).select_from(fact)).scalar_one()
        if count != LOANS * len(books):
            outcome.problems.append(f"{count} loans on file, {LOANS * len(books)} were said to be taken")
        per_file = (
            select(intake.file_name, func.count())
            .join(fact, fact.intake_id == intake.id)
            .group_by(intake.id, intake.file_name)
        )
        for name, rows in connection.execute(per_file):
            if rows != LOANS:
                outcome.problems.append(f"{name} has {rows} rows on file")
        approved = connection.execute(
            select(run.programme, run.year, func.count())
            .where(run.state == "approved")
            .group_by(run.programme, run.year)
        ).all()
        for programme, year, number in approved:
            if number > 1:
                outcome.problems.append(f"{programme} {year} has {number} approved runs")
        outcome.problems += afterwards.missing(connection, told)
        outcome.imported, outcome.approved = len(books), len(approved)
    report = audit(engine)
    outcome.entries = report.entries
    outcome.problems += [problem.text for problem in report.problems]
    engine.dispose()
