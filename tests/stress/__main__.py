"""The command line of the harnesses."""

import argparse
import sys
import tempfile
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(folder) for folder in (TESTS.parent, TESTS, TESTS / "support")]

import postgresql_server  # noqa: E402
from ledger.database import db  # noqa: E402
from ledger.setup import initialise  # noqa: E402
from stress import faults, hands, large, sign_in, uploads, workbooks  # noqa: E402
from stress.rehearsal import rehearse  # noqa: E402


def page(name: str) -> Path:
    """A page that has a place for the table: asked before the harness works for a quarter of an hour."""
    path = Path(name)
    if not path.is_file() or not all(mark in path.read_text(encoding="utf-8") for mark in faults.MARKS):
        raise argparse.ArgumentTypeError(f"{name} is no page with {' and '.join(faults.MARKS)} in it")
    return path


def main() -> int:
    """Runs one harness and prints what it found; 1 when there was anything wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.stress")
    kinds = parser.add_subparsers(dest="kind", required=True)
    many = kinds.add_parser("hands", help="many hands at once")
    many.add_argument("--processes", type=int, default=3)
    many.add_argument("--seconds", type=float, default=30)
    many.add_argument("--seed", type=int, default=1)
    many.add_argument("--books", type=int, default=60)
    bad = kinds.add_parser("faults", help="kills and broken environments")
    bad.add_argument("--kills", type=int, default=20)
    bad.add_argument("--seed", type=int, default=1)
    bad.add_argument("--report", type=page)
    files = kinds.add_parser("workbooks", help="one workbook in many writings")
    files.add_argument("--seconds", type=float, default=60)
    files.add_argument("--seed", type=int, default=1)
    sent = kinds.add_parser("uploads", help="the portal killed while files and papers come in")
    sent.add_argument("--kills", type=int, default=200)
    sent.add_argument("--seed", type=int, default=1)
    big = kinds.add_parser("large", help="many of the largest files at once")
    big.add_argument("--files", type=int, default=50)
    big.add_argument("--megabytes", type=int, default=64)
    timed = kinds.add_parser("sign-in", help="how long failed tries to sign in take")
    timed.add_argument("--tries", type=int, default=50)
    two_years = kinds.add_parser("rehearsal", help="people at a portal for two years, with what they do wrong")
    two_years.add_argument("--seed", type=int, default=1)
    two_years.add_argument("--loans", type=int, default=400)
    two_years.add_argument("--kills", type=int, default=10)
    two_years.add_argument("--minutes", type=float, default=0, help="again with the next seeds, for so long")
    for one in (many, bad, sent, big, timed, two_years):
        one.add_argument("--database", help="an empty database; by default a fresh SQLite file")
        one.add_argument("--postgresql", action="store_true", help="a server of our own")
    given = parser.parse_args()
    if given.kind == "workbooks":
        return workbooks.main(given.seconds, given.seed)
    postgresql_server.begin_session()
    try:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            url = given.database or (
                postgresql_server.create_database() if given.postgresql else f"sqlite:///{folder / 'tiexi.db'}"
            )
            if given.kind == "rehearsal":
                return rehearse.main(url, folder, given.seed, given.loans, given.kills, given.minutes)
            if given.kind == "uploads":
                return uploads.main(url, folder, given.kills, given.seed)
            if given.kind == "large":
                return large.main(url, folder, given.files, given.megabytes)
            if given.kind == "sign-in":
                engine = db.open_engine(url)
                initialise(engine)
                return sign_in.main(engine, given.tries)
            if given.kind == "faults":
                return faults.main(folder, given.kills, given.seed, given.report, given.postgresql)
            outcome = hands.run(url, folder, given.processes, given.seconds, given.books, given.seed)
            print(outcome.table())
            print(
                f"{outcome.imported} files, {outcome.approved} approved years, {outcome.entries} journal entries; "
                f"slowest command {outcome.slowest:.1f} s"
            )
            for problem in outcome.problems[:50]:
                print("PROBLEM:", problem)
            return 1 if outcome.problems else 0
    finally:
        postgresql_server.drop_databases()
        postgresql_server.end_session()


sys.exit(main())
