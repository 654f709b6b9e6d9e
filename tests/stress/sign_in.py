"""S4: how long a failed sign-in takes, whether the login exists or not, in turns so that a busy machine harms none alone."""

import statistics
import time

from sqlalchemy import Engine

from ledger.accounts import managing, signing_in

# who signs in, and why it fails; addresses differ, so that none of them is barred
TRIED = {
    "wrong password": "wangwu",
    "no such login": "nobody",
    "locked": "locked",
    "pending": "neu",
    "no login at all": "Wang Wu",
}
_PASSWORD = "Hai-Tian.2047"


def medians(engine: Engine, tries: int) -> dict[str, float]:
    """The median seconds of so many failed tries of each kind."""
    managing.add(engine, "wangwu", "王五", "样例单位", role="auditor", password=_PASSWORD)
    managing.add(engine, "locked", "赵六", "样例单位", role="auditor", password=_PASSWORD)
    managing.lock(engine, "locked", "样例")
    managing.add(engine, "neu", "孙七", "样例单位", password=_PASSWORD)
    taken: dict[str, list[float]] = {kind: [] for kind in TRIED}
    for number in range(-2, tries):
        for kind, login in TRIED.items():
            password = "wrong" if kind == "wrong password" else _PASSWORD
            started = time.perf_counter()
            assert signing_in.sign_in(engine, login, password, f"10.0.{number + 2}.1") is None
            if number >= 0:  # the first two only warm it up
                taken[kind].append(time.perf_counter() - started)
    return {kind: statistics.median(seconds) for kind, seconds in taken.items()}


def main(engine: Engine, tries: int) -> int:
    """Prints the medians; 1 where one is over 20% from another."""
    found = medians(engine, tries)
    for kind, seconds in found.items():
        print(f"{kind:16} {seconds * 1000:7.1f} ms")
    return int(max(found.values()) > 1.2 * min(found.values()))
