"""What is a paper and what is none: by content, whole, with pages that can be drawn; what means harm is refused in one sentence."""

import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from ledger.errors import Refused
from ledger.papers.apart import Bounds
from ledger.papers.media import Looked, look
from tests.support import papers

MODES = [("PNG", mode) for mode in ("1", "P", "LA", "RGBA", "I;16")] + [
    ("TIFF", "I"),
    ("TIFF", "CMYK"),
    ("JPEG", "CMYK"),
]
SHORT = Bounds(memory=256 << 20, seconds=1)


@pytest.fixture
def looked(tmp_path: Path) -> Callable[..., Looked]:
    """Looks at bytes as a file of some name."""

    def at(data: bytes, name: str, pages: int = 200, bounds: Bounds = SHORT) -> Looked:
        path = tmp_path / "stored"
        path.write_bytes(data)
        with path.open("rb") as file:
            return look(file, name, pages, bounds)

    return at


@pytest.mark.parametrize(
    ("data", "name", "media", "pages"),
    [
        (papers.pdf(papers.words(), papers.words()), "合同.pdf", "application/pdf", 2),
        (b"\xef\xbb\xbf\r\n" + papers.pdf(papers.words()), "合同.PDF", "application/pdf", 1),
        (papers.image("JPEG"), "IMG_1.JPG", "image/jpeg", 1),
        (papers.image("JPEG", progressive=True), "回单.jpeg", "image/jpeg", 1),
        (papers.image("PNG"), "凭证", "image/png", 1),
        (papers.tiff(3), "传真.tif", "image/tiff", 3),
        (papers.image("PNG"), "第1.2版", "image/png", 1),
    ],
    ids=["pdf", "pdf-after-a-mark", "jpeg", "progressive", "no-extension", "tiff", "a-point-in-the-name"],
)
def test_good_ones(looked: Callable[..., Looked], data: bytes, name: str, media: str, pages: int) -> None:
    assert looked(data, name) == Looked(media, pages)


@pytest.mark.parametrize(("kind", "mode"), MODES)
def test_pictures_of_every_kind(looked: Callable[..., Looked], kind: str, mode: str) -> None:
    assert looked(papers.image(kind, (40, 30), mode), "图").pages == 1


@pytest.mark.parametrize(
    ("data", "name", "sentence"),
    [
        (b"", "合同.pdf", "合同.pdf 是空文件"),
        (
            b"PK\x03\x04" + b"\0" * 99,
            "合同.docx",
            "合同.docx 不是 PDF、JPEG、PNG、TIFF 文件；请扫描或导出为其中一种后重传",
        ),
        (b"GIF89a" + b"\0" * 99, "图.gif", "图.gif 不是 PDF、JPEG、PNG、TIFF 文件；请扫描或导出为其中一种后重传"),
        (b"<html>%PDF-1.7", "a.pdf", "a.pdf 不是 PDF、JPEG、PNG、TIFF 文件；请扫描或导出为其中一种后重传"),
        (papers.image("PNG"), "图.pdf", "图.pdf 的内容是 PNG，与扩展名 .pdf 不符；请改为 .png 后重传"),
        (
            papers.pdf(papers.words()),
            "合同.pdf.exe",
            "合同.pdf.exe 的内容是 PDF，与扩展名 .exe 不符；请改为 .pdf 后重传",
        ),
        (papers.pdf_encrypted(b"secret"), "a.pdf", "a.pdf 已加密；请解除口令和使用限制后重传"),
        (papers.pdf_encrypted(), "a.pdf", "a.pdf 已加密；请解除口令和使用限制后重传"),
        (papers.pdf(), "a.pdf", "a.pdf 没有页面；请重新扫描或导出后重传"),
        (papers.tiff(3), "a.tif", "a.tif 超过 2 页；请分成几个文件后重传"),
        (papers.pdf(*[papers.words()] * 3), "a.pdf", "a.pdf 超过 2 页；请分成几个文件后重传"),
    ],
    ids=[
        "empty",
        "word",
        "gif",
        "html",
        "extension",
        "two-extensions",
        "encrypted",
        "locked",
        "no-pages",
        "tiff-pages",
        "pages",
    ],
)
def test_no_papers(looked: Callable[..., Looked], data: bytes, name: str, sentence: str) -> None:
    with pytest.raises(Refused) as refused:
        looked(data, name, pages=2)
    assert refused.value.sentence == sentence


HARM: dict[str, tuple[Callable[[], bytes], str, str]] = {
    "png-header": (lambda: papers.png_of(60_000, 60_000), "图像有 60000×60000 像素，超过 100 兆像素", "a.png"),
    "jpeg-header": (lambda: papers.jpeg_of(60_000, 60_000), "图像有 60000×60000 像素，超过 100 兆像素", "a.jpg"),
    "jpeg-of-nothing": (lambda: papers.jpeg_of(0, 0), "不能打开为 JPEG", "a.jpg"),
    "png-of-nothing": (lambda: papers.png_of(90, 90), "不能打开为 PNG", "a.png"),
    "picture-in-pdf": (lambda: papers.pdf_with_image_of(60_000, 60_000), "第 1 页的图像有 60000×60000 像素", "a.pdf"),
    "million-pages": (lambda: papers.tiff_of_many_pages(100_000), "超过 200 页", "a.tif"),
    "counts-a-million": (lambda: papers.pdf_that_counts(1_000_000), "超过 200 页", "a.pdf"),
    "counts-three": (lambda: papers.pdf_that_counts(3), "第 2 页不完整或已损坏", "a.pdf"),
    "pages-that-loop": (papers.pdf_whose_pages_loop, "第 1 页不完整或已损坏", "a.pdf"),
    "boxes-in-boxes": (papers.pdf_of_boxes_in_boxes, "不能在限定的时间和内存内显示", "a.pdf"),
    "bomb": (lambda: papers.pdf_with_bomb(300), "不能在限定的时间和内存内显示", "a.pdf"),
    "two-in-one": (lambda: _with_a_pdf_inside(papers.image("JPEG")), "既像 JPEG 又像 PDF", "a.jpg"),
    "archive-behind": (
        lambda: papers.pdf(papers.words()) + b"PK\x03\x04" + b"\0" * 4096,
        "没有 PDF 文件的结尾",
        "a.pdf",
    ),
}


def _with_a_pdf_inside(picture: bytes) -> bytes:
    """A JPEG with a PDF in its comment, which opens as either."""
    comment = papers.pdf(papers.words())[:600]
    return picture[:2] + b"\xff\xfe" + (len(comment) + 2).to_bytes(2, "big") + comment + picture[2:]


@pytest.mark.parametrize("harm", HARM)
def test_what_means_harm_is_refused_within_bounds(looked: Callable[..., Looked], harm: str) -> None:
    make, sentence, name = HARM[harm]
    with pytest.raises(Refused, match=sentence) as refused:
        looked(make(), name)
    assert refused.value.sentence.startswith(f"{name} ")
    assert "\n" not in refused.value.sentence


def test_a_file_that_is_still_in_memory() -> None:
    with tempfile.SpooledTemporaryFile(1 << 20) as file:
        file.write(papers.pdf(papers.words()))
        assert look(file, "a.pdf").pages == 1


def test_pages_that_go_in_a_circle_are_counted_once(looked: Callable[..., Looked]) -> None:
    assert looked(papers.tiff_in_a_circle(), "a.tif").pages == 2


def test_a_tiff_that_is_cut_where_a_page_begins(looked: Callable[..., Looked]) -> None:
    """The library takes pages that it cannot find for the end of the file: what is left would pass as the whole."""
    white = papers.tiff_of_white(3)
    each = len(white) // 3
    for left, page in ((2 * each - 44, 2), (2 * each, 3), (3 * each - 44, 3), (each, 2)):
        with pytest.raises(Refused, match=f"a.tif 第 {page} 页不完整或已损坏"):
            looked(white[:left], "a.tif")
    assert looked(white, "a.tif").pages == 3


WHOLE = {
    "a.pdf": papers.pdf(*[papers.words()] * 5), "a.png": papers.image("PNG"), "a.jpg": papers.image("JPEG"),
    "a.tif": papers.tiff(3),
}  # fmt: skip


@pytest.mark.parametrize("tenth", range(1, 10))
@pytest.mark.parametrize("name", WHOLE)
def test_cut_short(looked: Callable[..., Looked], name: str, tenth: int) -> None:
    with pytest.raises(Refused, match="不完整"):
        looked(WHOLE[name][: len(WHOLE[name]) * tenth // 10], name)
