"""Pages as pictures: drawn whole, 1600 pixels long, kept for a day."""

import os
import time
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from ledger.errors import EnvironmentFailed
from ledger.papers import apart, drawing
from ledger.papers.drawing import KEPT_SECONDS, Pages
from tests.support import papers

SHA = "ab" * 32


def picture(data: bytes) -> Image.Image:
    found = Image.open(BytesIO(data), formats=["PNG"])
    found.load()
    return found


def kept(tmp_path: Path, data: bytes) -> tuple[Pages, Path]:
    path = tmp_path / "paper"
    path.write_bytes(data)
    return Pages(tmp_path / "文件库"), path


def test_a_page_of_a_pdf(tmp_path: Path) -> None:
    pages, path = kept(tmp_path, papers.pdf(b"", papers.words()))
    empty = picture(pages.page(path, SHA, "application/pdf", 1))
    assert empty.size == (1131, 1600)
    assert empty.convert("L").getextrema() == (255, 255)
    written = picture(pages.page(path, SHA, "application/pdf", 2)).convert("L")
    assert written.getextrema()[0] < 64
    assert written.crop((0, 600, 1131, 1600)).getextrema() == (255, 255)


def test_a_page_of_a_tiff(tmp_path: Path) -> None:
    pages, path = kept(tmp_path, papers.tiff(3))
    assert len({pages.page(path, SHA, "image/tiff", number) for number in (1, 2, 3)}) == 3


@pytest.mark.parametrize(
    ("size", "drawn"), [((2000, 1000), (1600, 800)), ((300, 200), (300, 200)), ((3201, 100), (1600, 50))]
)
def test_a_picture_is_made_smaller_and_never_larger(
    tmp_path: Path, size: tuple[int, int], drawn: tuple[int, int]
) -> None:
    pages, path = kept(tmp_path, papers.image("PNG", size, "L"))
    found = picture(pages.page(path, SHA, "image/png", 1)).size
    assert max(abs(one - other) for one, other in zip(found, drawn, strict=True)) <= 1


def test_bands_leave_no_seam(tmp_path: Path) -> None:
    out = BytesIO()
    Image.linear_gradient("L").resize((3200, 5000)).save(out, "PNG")
    pages, path = kept(tmp_path, out.getvalue())
    found = picture(pages.page(path, SHA, "image/png", 1)).convert("L")
    column = [found.getpixel((500, row)) for row in range(found.height)]
    assert column == sorted(column) and column[0] < 5 and column[-1] > 250


def test_a_photograph_taken_sideways_stands_upright(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    pages, path = kept(tmp_path, papers.image("JPEG", (400, 300), exif=exif))
    assert picture(pages.page(path, SHA, "image/jpeg", 1)).size == (300, 400)


def test_what_is_clear_lies_on_white_paper(tmp_path: Path) -> None:
    out = BytesIO()
    Image.new("RGBA", (50, 50), (0, 0, 0, 0)).save(out, "PNG")
    pages, path = kept(tmp_path, out.getvalue())
    assert picture(pages.page(path, SHA, "image/png", 1)).getpixel((9, 9)) == (255, 255, 255)


def test_a_page_is_drawn_once_a_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    runs = []
    monkeypatch.setattr(drawing, "run", lambda *given: runs.append(given) or apart.run(*given))
    pages, path = kept(tmp_path, papers.image())
    first = pages.page(path, SHA, "image/png", 1)
    assert pages.page(path, SHA, "image/png", 1) == first and len(runs) == 1
    file = pages.folder / f"{SHA}-1.png"
    assert file.stat().st_mode & 0o077 == 0 and pages.folder.stat().st_mode & 0o077 == 0
    os.utime(file, (time.time() - KEPT_SECONDS,) * 2)
    assert pages.page(path, SHA, "image/png", 1) == first and len(runs) == 2


def test_cleaning(tmp_path: Path) -> None:
    pages = Pages(tmp_path / "文件库")
    pages.clean()  # there is nothing yet
    pages.folder.mkdir()
    old, new = pages.folder / "old.png", pages.folder / "new.png"
    for one, age in ((old, KEPT_SECONDS + 1), (new, KEPT_SECONDS - 60)):
        one.write_bytes(b"")
        os.utime(one, (time.time() - age,) * 2)
    pages.clean()
    assert not old.exists() and new.exists()


def test_a_file_that_is_gone_or_changed(tmp_path: Path) -> None:
    pages, path = kept(tmp_path, b"not a picture")
    with pytest.raises(EnvironmentFailed, match="第 1 页现在不能显示"):
        pages.page(path, SHA, "image/png", 1)
    path.unlink()
    with pytest.raises(EnvironmentFailed, match="文件库不能使用"):
        pages.page(path, SHA, "image/png", 1)
    assert not pages.folder.exists()


def test_a_busy_machine_is_no_fault_of_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "_PATIENCE", 0.001)
    pages, path = kept(tmp_path, papers.image())
    with pytest.raises(EnvironmentFailed, match="服务器繁忙"):
        pages.page(path, SHA, "image/png", 1)
    monkeypatch.undo()
    monkeypatch.setattr(apart, "_TURN_SECONDS", 0.01)
    with apart._AT_ONCE["draw"], apart._AT_ONCE["draw"], pytest.raises(EnvironmentFailed, match="服务器繁忙"):
        pages.page(path, SHA, "image/png", 1)
    assert pages.page(path, SHA, "image/png", 1)
