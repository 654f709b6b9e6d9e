"""One hand: does random things by command line for a while, and writes down what each command said."""

import argparse
import json
import random
import sys
import time
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

from .world import BANKS, YEARS, fill_payments, fill_results, run_here

TOLD = ("settle", "sign", "sample", "check", "approve", "allot", "pay", "jobs")  # what changes the books says how
JOBS = ("papers-due", "lpr-missing", "year-end-trial")
DAYS = ("2024-01-02", "2024-01-03", "2025-01-02")  # few, so that the hands meet


class Hand:
    """Runs commands in this process and keeps command, exit code, last line on stderr, and what it was told, of each."""

    def __init__(self, url: str, folder: Path, books: list[Path], seed: int) -> None:
        self.url, self.folder, self.books = url, folder, books
        self.pick = random.Random(seed)
        self.name = f"手{seed}"
        self.said: list[dict[str, Any]] = []

    def run(self, *arguments: str) -> tuple[int, str]:
        """Runs one command and gives its exit code and what it printed."""
        began = time.monotonic()
        code, out, err = run_here(self.url, *arguments)
        words = (err.strip() or out.strip()).splitlines()
        self.said.append(
            {
                "command": arguments[0],
                "code": code,
                "said": words[-1] if code and words else "",
                "seconds": time.monotonic() - began,
                "asked": {name: value for name, value in pairwise(arguments) if name.startswith("--")},
                "told": json.loads(out) if code == 0 and arguments[0] in TOLD and "--json" in arguments else None,
            }
        )
        return code, out

    def act(self) -> None:
        """Does one random thing."""
        year = str(self.pick.choice(YEARS))
        deeds = (
            (30, lambda: self.import_one()),
            (20, lambda: self.run("settle", year, "--as-of", f"{int(year) + 1}-01-31", "--json")),
            (12, lambda: self.export(year)),
            (10, lambda: self.approve()),
            (6, lambda: self.review()),
            (8, lambda: self.pay(year)),
            (4, lambda: self.run("explain", "N0000-00", "--bank", BANKS[0], "--year", year)),
            (4, lambda: self.run("balance", year, "--json")),
            (2, lambda: self.run("audit", "--json")),
            (2, lambda: self.run("init")),
            (6, lambda: self.job()),
        )
        self.pick.choices([deed for _, deed in deeds], [weight for weight, _ in deeds])[0]()

    def import_one(self) -> None:
        """Imports any of the workbooks, whether it is on file or not."""
        book = self.pick.choice(self.books)
        code, out = self.run("import", str(book), "--uploader", self.name, "--json")
        if code == 0:
            self.said[-1]["taken"] = [json.loads(out)["files"][0]["status"], book.name]

    def export(self, year: str) -> None:
        """Exports something over the file that others export too."""
        kind, name = self.pick.choice((("annex2", "附件2.xlsx"), ("lines", "明细.csv"), ("journal", "账.beancount")))
        self.run("export", kind, year, "-o", str(self.folder / f"{year}-{name}"))

    def job(self) -> None:
        """Runs a scheduled job for a day, which others want to run too."""
        self.run("jobs", "run", self.pick.choice(JOBS), "--date", self.pick.choice(DAYS), "--json")

    def _trials(self) -> list[dict[str, Any]]:
        code, out = self.run("status", "--json")
        return [] if code else [run for run in json.loads(out)["runs"] if run["approved_by"] is None]

    def approve(self) -> None:
        """Approves one of the newest trials; often refused, since others import meanwhile."""
        if self.pick.random() < 0.5:  # a trial of this moment has a better chance
            year = self.pick.choice(YEARS)
            self.run("settle", str(year), "--as-of", f"{year + 1}-01-31", "--json")
        if trials := self._trials()[-2:]:
            run = self.pick.choice(trials)
            day = f"{run['year'] + 1}-02-05"
            self.run("approve", str(run["run"]), "--by", "审核人", "--document", "样例", "--date", day, "--json")

    def review(self) -> None:
        """Signs for a county, or draws a spot check and enters its results, on one of the newest trials."""
        if not (trials := self._trials()[-2:]):
            return
        run = str(self.pick.choice(trials)["run"])
        if self.pick.random() < 0.6:
            county = self.pick.choice(("环翠区", "荣成市"))
            self.run("sign", run, "--county", county, "--by", self.name, "--document", "初审", "--json")
            return
        target = self.folder / f"抽查-{run}-{self.name}.xlsx"
        target.unlink(missing_ok=True)  # one that was filled in is not written over
        if self.run("sample", run, "--share", "10%", "-o", str(target), "--by", self.name, "--json")[0] == 0:
            fill_results(target)
            self.run("check", run, str(target), "--by", self.name, "--json")

    def pay(self, year: str) -> None:
        """Allots a year if it can be, and pays a random part of what is to be paid."""
        self._allot(year)
        target = self.folder / f"拨付-{year}-{self.name}.xlsx"
        target.unlink(missing_ok=True)  # one that was filled in is not written over
        if self.run("pay", year, "--blank", str(target))[0]:
            return
        fill_payments(target, date(int(year) + 1, 3, 1), f"{self.name}-{len(self.said)}", self.pick.randint(1, 5))
        self.run("pay", year, str(target), "--by", self.name, "--json")

    def _allot(self, year: str) -> None:
        code, out = self.run("status", "--json")
        for run in json.loads(out)["runs"] if code == 0 else []:
            if run["state"] == "approved" and str(run["year"]) == year:
                day = f"{int(year) + 1}-02-10"
                self.run("allot", str(run["run"]), "--by", self.name, "--document", "下达", "--date", day, "--json")


def main() -> None:
    """Acts until the time is over, then prints what was said as JSON."""
    parser = argparse.ArgumentParser()
    for name in ("url", "folder", "books", "seconds", "seed"):
        parser.add_argument(name)
    given = parser.parse_args()
    hand = Hand(given.url, Path(given.folder), sorted(Path(given.books).glob("*.xlsx")), int(given.seed))
    until = time.monotonic() + float(given.seconds)
    while time.monotonic() < until:
        hand.act()
    json.dump(hand.said, sys.stdout)


if __name__ == "__main__":
    main()
