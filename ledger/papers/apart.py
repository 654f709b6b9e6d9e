"""A process of its own for each file that is opened: bounded in time and memory, few at a time, with nothing of ours in it."""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from threading import BoundedSemaphore
from typing import BinaryIO

from ledger.errors import EnvironmentFailed, os_reason

_BUSY = "服务器繁忙，没有在限定的时间内打开文件；请稍后再试"
_CHILD = Path(__file__).with_name("child.py")
_PATIENCE = 5  # times the time of the processor that a process may take to get it
_TURN_SECONDS = 120  # that somebody waits for his turn
_AT_ONCE = {"look": BoundedSemaphore(2), "draw": BoundedSemaphore(2)}  # what is sent keeps nobody from looking


@dataclass(frozen=True)
class Bounds:
    """What a process may use: bytes of memory, seconds of the processor. pixels: of one picture."""

    memory: int = 1 << 30
    seconds: int = 60
    pixels: int = 100_000_000


def run(what: str, file: BinaryIO, media: str, number: int, bounds: Bounds) -> tuple[int, bytes]:
    """What `child.py` answers, and its exit code: 0 as asked, 1 with what is wrong, others where it came to an end by its bounds.

    file: one on disk, which needs no name. EnvironmentFailed where no process can be had, or none came to its turn.
    """
    asked = [what, bounds.memory, bounds.seconds, media, bounds.pixels, number]
    command = [sys.executable, "-I", str(_CHILD), *map(str, asked)]
    file.fileno()  # one that is still in memory goes to disk
    file.flush()
    if not _AT_ONCE[what].acquire(timeout=_TURN_SECONDS):
        raise EnvironmentFailed(_BUSY)
    try:
        done = subprocess.run(
            command, stdin=file, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env={}, check=False,
            timeout=bounds.seconds * _PATIENCE,
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise EnvironmentFailed(_BUSY) from error
    except OSError as error:
        raise EnvironmentFailed(f"不能启动打开文件的进程：{os_reason(error)}；请稍后再试") from error
    finally:
        _AT_ONCE[what].release()
    return done.returncode, done.stdout
