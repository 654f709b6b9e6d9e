"""What a file is that somebody sends as a paper: by its content, whole, with pages that can be drawn.

Looked at before it counts: a paper that nobody can read is refused when it comes, not found at the spot check.
"""

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

from ledger.errors import EnvironmentFailed, Refused
from ledger.papers.apart import Bounds, run

PAGES = 200  # of one file, where the setting portal.paper_pages says nothing
_HEAD, _TAIL = 1024, 2048  # bytes in which readers look for a PDF's beginning and end
_EXTENSION = re.compile(r"\.([A-Za-z0-9]*[A-Za-z][A-Za-z0-9]*)$")
_BEFORE_PDF = b"\xef\xbb\xbf \t\r\n"  # what some programs write before it


@dataclass(frozen=True)
class Medium:
    """A kind of file: its name, the extensions that it may have."""

    name: str
    extensions: tuple[str, ...]


MEDIA: Mapping[str, Medium] = {
    "application/pdf": Medium("PDF", ("pdf",)),
    "image/jpeg": Medium("JPEG", ("jpg", "jpeg", "jpe", "jfif")),
    "image/png": Medium("PNG", ("png",)),
    "image/tiff": Medium("TIFF", ("tif", "tiff")),
}
_MAGIC = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"II*\0", "image/tiff"),
    (b"MM\0*", "image/tiff"),
)
_OF_PAGES = ("application/pdf", "image/tiff")
NAMES = "、".join(one.name for one in MEDIA.values())


@dataclass(frozen=True)
class Looked:
    """What a file is: its media type and how many pages it has."""

    media: str
    pages: int


def look(
    file: BinaryIO,
    name: str,
    pages: int = PAGES,
    bounds: Bounds = Bounds(),  # noqa: B008 (never changed)
) -> Looked:
    """Looks at a file. file: open, on disk or ready to go there. name: as it was sent, without folders. pages: so many it may have.

    Refused, in one sentence, for what is no paper; EnvironmentFailed where it cannot be looked at.
    """
    size = file.seek(0, os.SEEK_END)
    if size == 0:
        raise Refused(f"{name} 是空文件")
    media = _media(name, _read(file, 0, _HEAD))
    _refuse_cut(name, media, _read(file, max(0, size - _TAIL), _TAIL))
    _refuse_extension(name, media)
    code, answer = run("look", file, media, pages, bounds)
    said: dict[str, Any] = json.loads(answer) if code in (0, 1) and answer else {"wrong": "memory"}
    if "pages" in said and code == 0:
        return Looked(media, said["pages"])
    raise _wrong(name, media, said, pages, bounds)


def _read(file: BinaryIO, start: int, count: int) -> bytes:
    file.seek(start)
    return file.read(count)


def _media(name: str, head: bytes) -> str:
    """The kind of file that begins so."""
    is_pdf = b"%PDF-" in head
    found = next((media for magic, media in _MAGIC if head.startswith(magic)), None)
    if found is None and head.lstrip(_BEFORE_PDF).startswith(b"%PDF-"):
        return "application/pdf"
    if found is None:
        raise Refused(f"{name} 不是 {NAMES} 文件；请扫描或导出为其中一种后重传")
    if is_pdf:
        raise Refused(f"{name} 既像 {MEDIA[found].name} 又像 PDF，不能收；请重新扫描或导出后重传")
    return found


def _refuse_cut(name: str, media: str, tail: bytes) -> None:
    """A PDF and a PNG say where they end; the decoders of the others miss what is missing."""
    ends = {"application/pdf": b"%%EOF", "image/png": b"IEND\xaeB`\x82"}.get(media, b"")
    if ends not in tail:
        raise Refused(f"{name} 不完整，没有 {MEDIA[media].name} 文件的结尾；请重新扫描或导出后重传")


def _refuse_extension(name: str, media: str) -> None:
    found = _EXTENSION.search(name)
    if found is not None and found[1].lower() not in MEDIA[media].extensions:
        raise Refused(
            f"{name} 的内容是 {MEDIA[media].name}，与扩展名 .{found[1]} 不符；请改为 .{MEDIA[media].extensions[0]} 后重传"
        )


def _wrong(name: str, media: str, said: Mapping[str, Any], pages: int, bounds: Bounds) -> Exception:
    """What the look found wrong, as a sentence."""
    again = "请重新扫描或导出后重传"
    page = f"第 {said.get('page')} 页" if media in _OF_PAGES else ""
    match said.get("wrong"):
        case "library":
            return EnvironmentFailed("缺少显示资料的库；请安装 tiexi[portal]")
        case "encrypted":
            return Refused(f"{name} 已加密；请解除口令和使用限制后重传")
        case "empty":
            return Refused(f"{name} 没有页面；{again}")
        case "pages":
            return Refused(f"{name} 超过 {pages} 页；请分成几个文件后重传")
        case "pixels":
            size = f"{said['width']}×{said['height']}"
            most = f"{bounds.pixels // 1_000_000} 兆像素"
            return Refused(f"{name} {page}{'的' if page else ''}图像有 {size} 像素，超过 {most}；请降低分辨率后重传")
        case "page" if page:
            return Refused(f"{name} {page}不完整或已损坏，不能显示；{again}")
        case "memory":
            return Refused(f"{name} 不能在限定的时间和内存内显示；请降低分辨率或分成几个文件后重传")
    return Refused(f"{name} 不完整或已损坏，不能打开为 {MEDIA[media].name}；{again}")
