"""Memory as a folder for what tests write: nothing there waits for a disk, and a test waits for one many times."""

import os
import shutil
from pathlib import Path

import pytest

_MEMORY = Path("/dev/shm")
_ROOM = 2 << 30


def folder() -> Path | None:
    """Where folders are kept in memory; None where there is no such place, or little room in it."""
    roomy = _MEMORY.is_dir() and os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free > _ROOM
    return _MEMORY if roomy else None


def work_there(config: pytest.Config) -> None:
    """Has the folders of tests made in memory, unless a place for them is named. A test's folder goes when the test has passed,
    so that memory does not fill. Called in the first process of a test run."""
    if config.option.basetemp is None and "TMPDIR" not in os.environ and (memory := folder()) is not None:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(memory))
