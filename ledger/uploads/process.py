"""The process in which uploads are judged: started by `apart.py` with one end of a pipe, ends when the other end is closed."""

import json
import os
import queue
import resource
import signal
import sys
import threading
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from ledger import logs
from ledger.database import db
from ledger.store import Store
from ledger.uploads import judging

_WAY_GIVEN = 5  # to whoever answers, where the processors are busy
_log = logs.Log("ledger.uploads.process")


def main(descriptor: int) -> None:
    """Bounds itself, then judges one upload after the other, each named by the other end."""
    for number in (signal.SIGTERM, signal.SIGINT):  # they are for whoever started it, who then ends it in order
        signal.signal(number, signal.SIG_IGN)
    pipe: Connection[bytes, bytes] = Connection(descriptor)
    told = json.loads(pipe.recv_bytes())
    os.nice(_WAY_GIVEN)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _bound(resource.RLIMIT_AS, told["memory"])
    logs.set_up(told["level"], told["form"])
    judge = partial(judging.tried, db.open_engine(told["url"]), Store(Path(told["store"])))
    asked: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(pipe, asked), daemon=True).start()
    pipe.send_bytes(b"{}")
    while True:
        wanted = asked.get()
        used = resource.getrusage(resource.RUSAGE_SELF)
        _bound(resource.RLIMIT_CPU, int(used.ru_utime + used.ru_stime) + 1 + told["seconds"])
        try:
            fault = judge(wanted["upload"], wanted["again"])
        except Exception as error:  # even saying what is wrong with it failed: by its end the server knows
            _log.error("judging failed", upload=wanted["upload"], **logs.fault(error))
            os._exit(1)
        pipe.send_bytes(json.dumps({"fault": fault, "outgrown": _peak() > told["outgrown"]}).encode())


def _peak() -> int:
    """The most memory that this process has held, in bytes. What `getrusage` says begins with that of whoever started it."""
    status = Path("/proc/self/status")
    if not status.exists():  # a system other than Linux
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    held = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
    return int(held.split()[1]) * 1024


def _bound(what: int, wanted: int) -> None:
    """Bounds this process, within what it may use at all."""
    most = resource.getrlimit(what)[1]
    resource.setrlimit(what, (wanted if most == resource.RLIM_INFINITY else min(wanted, most), most))


def _listen(pipe: "Connection[bytes, bytes]", asked: "queue.SimpleQueue[dict[str, Any]]") -> None:
    """Hands on what is asked. The other end closed, or gone with its process: so is this one, whatever it is at. What it had
    not committed is as if it had not been."""
    try:
        while True:
            asked.put(json.loads(pipe.recv_bytes()))
    except (EOFError, OSError):
        os._exit(0)


if __name__ == "__main__":
    main(int(sys.argv[1]))
