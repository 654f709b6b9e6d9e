"""The virus scanner over its socket: clean, infected, and no answer, which is neither."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.errors import EnvironmentFailed
from ledger.papers.scanner import scan
from tests.support.clamd import NAME, VIRUS, Clamd


@pytest.fixture
def clamd(tmp_path: Path) -> Iterator[Clamd]:
    made = Clamd(tmp_path / "clamd.sock", largest=1 << 20)
    yield made
    made.close()


def file(tmp_path: Path, data: bytes) -> Path:
    path = tmp_path / "file"
    path.write_bytes(data)
    return path


@pytest.mark.parametrize(
    ("data", "found"),
    [(b"good" * 50_000, None), (b"", None), (b"x" * 70_000 + VIRUS, NAME)],
    ids=["clean", "empty", "infected"],
)
def test_a_verdict(clamd: Clamd, tmp_path: Path, data: bytes, found: str | None) -> None:
    assert scan(str(clamd.path), file(tmp_path, data)) == found
    assert clamd.seen == [len(data)]


def test_no_verdict(clamd: Clamd, tmp_path: Path) -> None:
    with pytest.raises(EnvironmentFailed, match="没有给出结论|没有回应"):
        scan(str(clamd.path), file(tmp_path, b"x" * (1 << 21)))
    clamd.silent = True
    with pytest.raises(EnvironmentFailed, match="没有给出结论"):
        scan(str(clamd.path), file(tmp_path, b"x"))


def test_nobody_there(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentFailed, match="没有回应.*portal.scanner"):
        scan(str(tmp_path / "none.sock"), file(tmp_path, b"x"))
