"""The city's clock of a rehearsal: real time, moved by so many seconds as a file says, in this process and in the portal's."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from threading import Lock

from ledger import workdays
from ledger.uploads import apart, process
from tiexi import cli


class Clock:
    """A clock that is only ever moved on."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self._lock = Lock()

    def move_to(self, when: datetime) -> None:
        """Moves it to a moment, in every process that reads the file; never back."""
        shift = (when - datetime.now(workdays.CITY_ZONE).replace(tzinfo=None)).total_seconds()
        if not self.file.exists() or shift > float(self.file.read_text()):
            new = self.file.with_suffix(".new")
            new.write_text(str(shift))
            new.replace(self.file)

    def step_on(self, seconds: int) -> datetime:
        """Moves it on by so many seconds, and gives the moment that it shows then."""
        with self._lock:
            self.move_to(self.read().replace(tzinfo=None) + timedelta(seconds=seconds))
            return self.read()

    def read(self) -> datetime:
        """The moment that it shows."""
        return datetime.now(workdays.CITY_ZONE) + timedelta(seconds=float(self.file.read_text()))

    @contextmanager
    def in_force(self) -> Iterator[None]:
        """Has this process go by it."""
        before = workdays.clock
        workdays.clock = self.read
        try:
            yield
        finally:
            workdays.clock = before


_JUDGE = "--judge"  # instead of a command line: the process that judges uploads, by the same clock


def main() -> int:
    """The command line of the program, by the clock of the file that is its first argument."""
    file, *given = sys.argv[1:]
    with Clock(Path(file)).in_force():
        if given[0] == _JUDGE:
            process.main(int(given[1]))
        apart.PROGRAM = (__file__, file, _JUDGE)
        return cli.run(given)


if __name__ == "__main__":
    sys.exit(main())
