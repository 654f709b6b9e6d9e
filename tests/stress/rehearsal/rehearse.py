"""A rehearsal from a seed: what was wrong in it, and the command line's part."""

import time
from pathlib import Path

import postgresql_server
from stress.rehearsal import afterwards
from stress.rehearsal.plan import plan
from stress.rehearsal.story import Rehearsal


def rehearse(url: str, folder: Path, seed: int, loans: int, kills: int, wild: float = 1) -> tuple[Rehearsal, list[str]]:
    """Two years on an empty database; gives what happened, and whatever was not as it must be."""
    rehearsal = Rehearsal(plan(seed, loans), url, folder, seed, wild)
    rehearsal.live(kills)
    with rehearsal.clock.in_force():
        found = afterwards.problems_of(url, folder / "文件库", rehearsal.years, rehearsal.farms)
    told = rehearsal.told
    return rehearsal, list(dict.fromkeys([*told.problems, *told.watch.faults, *found]))


def main(url: str, folder: Path, seed: int, loans: int, kills: int, minutes: float) -> int:
    """Rehearses until the time is over, at least once; 1 where anything was wrong."""
    end, wrong = time.monotonic() + minutes * 60, False
    while True:
        place = folder / f"seed {seed}"
        place.mkdir()
        rehearsal, problems = rehearse(url, place, seed, loans, kills)
        told = rehearsal.told
        print(f"seed {seed}: {told.total} answers, {told.lost} lost, {rehearsal.kills} kills, {len(problems)} problems")
        for (what, status), count in sorted(told.answers.items()):
            print(f"  {count:5} {status} {what}")
        for problem in problems[:50]:
            print("PROBLEM:", problem)
        wrong = wrong or bool(problems)
        if time.monotonic() >= end:
            return 1 if wrong else 0
        seed += 1
        sqlite = url.startswith("sqlite")
        url = f"sqlite:///{folder / f'{seed}.db'}" if sqlite else postgresql_server.create_database()
