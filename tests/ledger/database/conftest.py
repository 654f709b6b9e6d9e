"""Fixtures of databases."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Engine

from samples import base, loan


@pytest.fixture
def filled(engine: Engine, take: Callable[..., Any]) -> Engine:
    """A database with a few rows."""
    take(base(*(loan(f"A{number}") for number in range(20))))
    return engine
