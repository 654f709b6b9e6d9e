"""The command line in an empty folder, or on a database that stands at a stage."""

from collections.abc import Callable
from pathlib import Path

import pytest

import lives
from tiexi import cli

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def tiexi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command line in an empty folder and gives (exit code, stdout, stderr)."""
    monkeypatch.chdir(tmp_path)
    for name in ("TIEXI_DATABASE_URL", "TIEXI_SOLO"):
        monkeypatch.delenv(name, raising=False)

    def run(*arguments: str) -> tuple[int, str, str]:
        code = cli.run(list(arguments))
        out, err = capsys.readouterr()
        assert "Traceback" not in out + err
        return code, out, err

    return run


@pytest.fixture
def at(tiexi: Run, tmp_path: Path) -> Callable[[str], Run]:
    """The command line on a database that stands at a stage."""

    def go(stage: str) -> Run:
        lives.at_stage(tmp_path, stage).dispose()
        return tiexi

    return go
