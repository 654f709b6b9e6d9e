"""A process of its own in which uploads are judged, so that whoever looks at pages does not wait for it: one for each server.

It is started with the server and again whenever it ended, lives for many files and ends with whoever started it, however that
ends. Its memory and its time are bounded: what a hostile file breaks is this process alone. The address of the database goes
through the pipe between the two, never onto a command line.
"""

import json
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from multiprocessing.connection import Connection, Pipe
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from ledger.errors import EnvironmentFailed, os_reason

PROGRAM: Sequence[str] = ("-P", "-m", "ledger.uploads.process")  # what Python runs
_START_SECONDS = 120
_END_SECONDS = 10
_LEAST_MEMORY = 2 << 30


def _half_of_the_machine() -> int:
    return max(_LEAST_MEMORY, os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2)


@dataclass(frozen=True)
class Bounds:
    """What the process may use: bytes of memory; seconds of the processor for one file, and of the clock; bytes of memory
    beyond which it makes room for a new one after the file at hand."""

    memory: int = field(default_factory=_half_of_the_machine)
    seconds: int = 600
    patience: float = 1800
    outgrown: int = 512 << 20


class Died(Exception):
    """The process ended before it had judged an upload. too_long: because the file took all the time that one may have."""

    def __init__(self, how: str, too_long: bool = False) -> None:
        super().__init__(how)
        self.how, self.too_long = how, too_long


class Apart:
    """Judges uploads in that process, on the same database. store: the folder of the files; form: of what it logs, from the
    same level on."""

    def __init__(self, engine: Engine, store: Path, form: str = "text", bounds: Bounds | None = None) -> None:
        self.bounds = bounds or Bounds()
        self._told = {
            "url": engine.url.render_as_string(hide_password=False), "store": str(store.absolute()), "form": form,
            "level": logging.getLevelName(logging.getLogger().level), **asdict(self.bounds),
        }  # fmt: skip
        self._process: subprocess.Popen[bytes] | None = None
        self._pipe: Connection[bytes, bytes] | None = None

    @property
    def process_id(self) -> int | None:
        """The number of the process; None where there is none."""
        return self._process.pid if self._process is not None else None

    def start(self) -> None:
        """Starts it where it does not run; EnvironmentFailed where it cannot be started."""
        if self._process is not None and self._process.poll() is None:
            return
        self.stop()
        ours, its = Pipe()
        with its:
            command = [sys.executable, *PROGRAM, str(its.fileno())]
            # numpy would set memory aside for each of many processors
            more = {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "OPENBLAS_NUM_THREADS": "1"}
            try:
                self._process = subprocess.Popen(
                    command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, env={**os.environ, **more},
                    pass_fds=[its.fileno()],
                )  # fmt: skip
            except OSError as error:
                ours.close()
                raise EnvironmentFailed(f"不能启动检查文件的进程：{os_reason(error)}") from error
        self._pipe = ours
        try:
            self._send(self._told)
            self._answer(_START_SECONDS)
        except Died as error:
            raise EnvironmentFailed(f"检查文件的进程启动后随即结束（{error.how}）") from error

    def judge(self, upload_id: int, again: bool) -> Mapping[str, str] | None:
        """As `judging.tried`, there. Died where it ended before its answer; the next call starts it again."""
        self.start()
        self._send({"upload": upload_id, "again": again})
        answer = self._answer(self.bounds.patience)
        if answer["outgrown"]:
            self.stop()
        found: Mapping[str, str] | None = answer["fault"]
        return found

    def stop(self) -> None:
        """Ends it: it is idle, or what it does is judged again."""
        if self._pipe is not None:
            self._pipe.close()
        if self._process is not None:
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(_END_SECONDS)
            self._process.kill()
            self._process.wait()
        self._pipe = self._process = None

    def _send(self, message: Mapping[str, Any]) -> None:
        assert self._pipe is not None
        try:
            self._pipe.send_bytes(json.dumps(message).encode())
        except OSError as error:
            raise self._death() from error

    def _answer(self, seconds: float) -> dict[str, Any]:
        assert self._pipe is not None and self._process is not None
        try:
            if not self._pipe.poll(seconds):
                self._process.kill()
            found: dict[str, Any] = json.loads(self._pipe.recv_bytes())
            return found
        except (EOFError, OSError) as error:
            raise self._death() from error

    def _death(self) -> Died:
        """How it ended."""
        assert self._process is not None
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_END_SECONDS)
        self._process.kill()
        code = self._process.wait()
        self.stop()
        how = signal.Signals(-code).name if code < 0 else f"exit {code}"
        return Died(how, too_long=code == -signal.SIGXCPU)
