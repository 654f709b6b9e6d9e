"""The city's clock of a rehearsal: real time, moved by so many seconds as a file says, in this process and in the portal's."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from ledger import workdays


class Clock:
    """A clock that is only ever moved on."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def move_to(self, when: datetime) -> None:
        """Moves it to a moment, in every process that reads the file; never back."""
        shift = (when - datetime.now(workdays.CITY_ZONE).replace(tzinfo=None)).total_seconds()
        if not self.file.exists() or shift > float(self.file.read_text()):
            new = self.file.with_suffix(".new")
            new.write_text(str(shift))
            new.replace(self.file)

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


def main() -> int:
    """The command line of the program, by the clock of the file that is its first argument."""
    from tiexi import cli

    with Clock(Path(sys.argv[1])).in_force():
        return cli.run(sys.argv[2:])


if __name__ == "__main__":
    sys.exit(main())
