"""Pages of papers as pictures, drawn here: a browser never opens a paper itself. Kept for a day beside the store."""

import os
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from ledger.errors import EnvironmentFailed, os_reason
from ledger.logs import Log
from ledger.papers.apart import Bounds, run

KEPT_SECONDS = 24 * 3600
_CLEAN_EVERY = 3600  # seconds
_log = Log(__name__)
_PNG = b"\x89PNG\r\n\x1a\n"


class Pages:
    """Drawn pages, in a folder beside that of the store: `文件库` has `文件库-页面`."""

    def __init__(self, store: Path, bounds: Bounds = Bounds(seconds=20)) -> None:  # noqa: B008 (never changed)
        self.folder = store.with_name(f"{store.name}-页面")
        self._bounds = bounds
        self._cleaned = 0.0

    def page(self, path: Path, sha256: str, media: str, number: int) -> bytes:
        """A page of a file as PNG, its long side 1600 pixels. number: from 1 on, a page that the file has.

        EnvironmentFailed where the file is not there, or the page cannot be drawn now.
        """
        kept = self.folder / f"{sha256}-{number}.png"
        with suppress(FileNotFoundError):
            if time.time() - kept.stat().st_mtime < KEPT_SECONDS:
                return kept.read_bytes()
        try:
            with path.open("rb") as file:
                code, drawn = run("draw", file, media, number, self._bounds)
        except OSError as error:
            raise EnvironmentFailed(
                f"文件库不能使用：{os_reason(error)}；请检查设置 portal.store 所指的文件夹"
            ) from error
        if code != 0 or not drawn.startswith(_PNG):
            raise EnvironmentFailed(f"第 {number} 页现在不能显示；请稍后再试，或下载原件查看")
        self._keep(kept, drawn)
        return drawn

    def clean(self, now: float | None = None) -> None:
        """Removes what was drawn a day ago or earlier; no more often than once an hour."""
        now = time.time() if now is None else now
        if now - self._cleaned < _CLEAN_EVERY or not self.folder.is_dir():
            return
        self._cleaned = now
        for one in self.folder.iterdir():
            with suppress(FileNotFoundError):  # somebody else cleans too
                if now - one.stat().st_mtime >= KEPT_SECONDS:
                    one.unlink()

    def _keep(self, target: Path, drawn: bytes) -> None:
        """Written beside and renamed. A page that cannot be kept is drawn again the next time."""
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            number, name = tempfile.mkstemp(dir=self.folder, suffix=".tmp")
            try:
                with os.fdopen(number, "wb") as file:
                    file.write(drawn)
                Path(name).rename(target)
            finally:
                Path(name).unlink(missing_ok=True)
        except OSError as error:
            _log.warning("page not kept", reason=os_reason(error))
