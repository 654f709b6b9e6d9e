"""Fixtures of the books."""

from pathlib import Path

import pytest
from sqlalchemy import Engine

import lives


@pytest.fixture
def allotted(tmp_path: Path) -> Engine:
    """A database whose run of 2023 is allotted."""
    return lives.at_stage(tmp_path, "allotted")
