"""What tells a run without PostgreSQL or without a browser from a whole one."""

from typing import Any

import pytest

import postgresql_server

NO_BROWSER = "NO BROWSER"  # what the reason of a skipped test begins with


def require_server() -> None:
    """Skips the test, in words that the summary finds, where there is no PostgreSQL."""
    try:
        postgresql_server.server_url()
    except postgresql_server.Unavailable as why:
        pytest.skip(f"{postgresql_server.NO_SERVER}: {why}")


def tell(reporter: Any, mark: str, kind: str) -> None:
    """Tells pytest's terminal reporter, in red, how many tests were skipped for a reason that begins with the mark."""
    skipped = [str(report.longrepr) for report in reporter.stats.get("skipped", [])]
    missed = [text for text in skipped if mark in text]
    if missed:
        why = missed[0].partition(f"{mark}: ")[2].strip("')\"")
        reporter.write_line(f"{len(missed)} TESTS {kind} DID NOT RUN: {why}", red=True, bold=True)
