"""Memory as a folder for what tests write: nothing there waits for a disk, and a test waits for one many times."""

import os
import shutil
import tempfile
from pathlib import Path

_MEMORY = Path("/dev/shm")
_ROOM = 2 << 30


def folder() -> Path | None:
    """Where folders are kept in memory; None where there is no such place, or little room in it."""
    roomy = _MEMORY.is_dir() and os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free > _ROOM
    return _MEMORY if roomy else None


def work_there() -> None:
    """Has the folders of tests made in memory, and what this process keeps for a while, unless TMPDIR names a place.

    A test's folder goes when the test has passed, so that memory does not fill.
    """
    if "TMPDIR" not in os.environ and (memory := folder()) is not None:
        tempfile.tempdir = str(memory)
