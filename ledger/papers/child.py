"""Opens one file that somebody sent, in a process of its own: looks at it whole, or draws one page of it.

Run by path, without the rest of the program, by `apart.py`: what a hostile file breaks is this process alone. It bounds
itself before it opens anything. The file is its standard input; its answer is JSON on standard output, or the page as PNG.
"""

import json
import resource
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

LONG_SIDE = 1600  # pixels of a drawn page
_GLANCE = 160  # pixels of a page that is drawn only to see that it can be
_BAND = 1 << 23  # pixels of an image that are converted at a time
_FORMATS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/tiff": "TIFF"}
_FILE = "/dev/stdin"
_TURNED = 0x0112  # the tag that says how a camera was held


class Unusable(Exception):
    """What is wrong with the file: a word and figures, which the caller puts into a sentence."""

    def __init__(self, what: str, **figures: int) -> None:
        super().__init__(what)
        self.said = {"wrong": what, **figures}


def bound(memory: int, seconds: int) -> None:
    """Bounds this process: bytes of memory, seconds of the processor; it writes no files."""
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


# --- PDF ----------------------------------------------------------------------------------------------------------------


def _pdf() -> Any:
    import pypdfium2
    from pypdfium2 import raw

    opened = raw.FPDF_LoadDocument(_FILE.encode(), None)  # by its path: the wrapper would look for the file's own name
    if not opened:
        raise Unusable("encrypted" if raw.FPDF_GetLastError() == raw.FPDF_ERR_PASSWORD else "unreadable")
    if raw.FPDF_GetSecurityHandlerRevision(opened) != -1:
        raise Unusable("encrypted")
    document = pypdfium2.PdfDocument(opened)
    document.init_forms()  # so that what is typed into a form is drawn
    return document


def _draw_pdf_page(document: Any, index: int, long_side: int, pixels: int) -> Any:
    """A page as a bitmap; no picture on it may have more pixels."""
    import pypdfium2
    from pypdfium2 import raw

    try:
        page = document[index]
    except pypdfium2.PdfiumError as error:
        raise Unusable("page", page=index + 1) from error
    for one in page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE]):
        _refuse_more_than(pixels, one.get_px_size(), index)
    width, height = page.get_size()
    if not (0 < width < 1e6 and 0 < height < 1e6):
        raise Unusable("page", page=index + 1)
    found = page.render(scale=long_side / max(width, height))
    page.close()
    return found


# --- images -------------------------------------------------------------------------------------------------------------


def _image(media: str) -> Any:
    from PIL import Image

    Image.MAX_IMAGE_PIXELS = None  # we ask before anything is decoded
    return Image.open(_FILE, formats=[_FORMATS[media]])


def _frames(image: Any, media: str) -> Iterator[int]:
    """The pages of an image, each made current: those of a TIFF, else the one."""
    yield 0
    index = 1
    while media == "image/tiff":
        try:
            image.seek(index)
        except EOFError:
            return
        yield index
        index += 1


def _refuse_cut_tiff(most: int) -> None:
    """Every page that a TIFF names must be there: the library takes one whose directory is cut off for the last."""
    with Path(_FILE).open("rb") as file:
        order: Literal["little", "big"] = "little" if file.read(4).startswith(b"I") else "big"
        place = int.from_bytes(file.read(4), order)
        found: set[int] = set()
        while place and place not in found and len(found) <= most:
            found.add(place)
            file.seek(place)
            size = 12 * int.from_bytes(file.read(2), order) + 4
            directory = file.read(size)
            if len(directory) < size:
                raise Unusable("page", page=len(found))
            place = int.from_bytes(directory[-4:], order)


def _draw_image(image: Any, index: int, long_side: int, pixels: int) -> Any:
    """The current page of an image, made small. Converted in bands, so that a large one is in memory once."""
    from PIL import Image, ImageOps

    _refuse_more_than(pixels, image.size, index)
    turned = image.getexif().get(_TURNED)
    image.draft("RGB", (long_side, long_side))  # a JPEG is decoded at a part of its size
    image.load()
    width, height = image.size
    factor = max(1, max(width, height) // long_side)
    rows = max(1, _BAND // width // factor) * factor
    small = Image.new("RGB", (-(-width // factor), -(-height // factor)))
    brightest = image.getextrema()[1] if image.mode[0] in "IF" else 0
    for top in range(0, height, rows):
        band = image.crop((0, top, width, min(top + rows, height)))
        small.paste(_rgb(band, brightest).reduce(factor), (0, top // factor))
    small.thumbnail((long_side, long_side))
    if turned:
        small.getexif()[_TURNED] = turned
        small = ImageOps.exif_transpose(small)
    return small


def _rgb(image: Any, brightest: float) -> Any:
    """An image of any kind as it looks on white paper. brightest: of one with 16 bits and more for a pixel."""
    from PIL import Image

    if image.mode[0] in "IF":
        scale = 255 / max(brightest, 255)
        return image.point(lambda value: value * scale).convert("L").convert("RGB")
    if "A" in image.mode or "transparency" in image.info:
        image = image.convert("RGBA")
        paper = Image.new("RGBA", image.size, "white")
        return Image.alpha_composite(paper, image).convert("RGB")
    return image.convert("RGB")


def _refuse_more_than(pixels: int, size: tuple[int, int], index: int) -> None:
    width, height = size
    if width * height > pixels:
        raise Unusable("pixels", width=width, height=height, page=index + 1)


# --- the two things that are done ---------------------------------------------------------------------------------------


def look(media: str, pages: int, pixels: int) -> int:
    """How many pages the file has, each of which can be drawn; Unusable."""
    if media == "application/pdf":
        document = _pdf()
        count = len(document)
        if count < 1:
            raise Unusable("empty")
        if count > pages:
            raise Unusable("pages", count=count)
        for index in range(count):
            _draw_pdf_page(document, index, _GLANCE, pixels).close()
        return count
    if media == "image/tiff":
        _refuse_cut_tiff(pages)
    count = 0
    with _image(media) as image:
        for index in _frames(image, media):
            count = index + 1
            if count > pages:
                raise Unusable("pages", count=count)
            try:
                _draw_image(image, index, _GLANCE, pixels)
            except (Unusable, MemoryError):
                raise
            except Exception as error:
                raise Unusable("page", page=count) from error
    return count


def draw(media: str, page: int, pixels: int) -> Any:
    """One page as an image, from 1 on."""
    if media == "application/pdf":
        return _draw_pdf_page(_pdf(), page - 1, LONG_SIDE, pixels).to_pil()
    with _image(media) as image:
        if page > 1:
            image.seek(page - 1)
        return _draw_image(image, page - 1, LONG_SIDE, pixels)


def main(arguments: list[str]) -> int:
    """look|draw MEMORY SECONDS MEDIA PIXELS NUMBER; the number is of pages allowed, or of the page."""
    what, memory, seconds, media, pixels, number = arguments
    bound(int(memory), int(seconds))
    try:
        if what == "draw":
            draw(media, int(number), int(pixels)).save(sys.stdout.buffer, "PNG")
            return 0
        said: dict[str, Any] = {"pages": look(media, int(number), int(pixels))}
    except Unusable as error:
        said = error.said
    except ImportError:
        said = {"wrong": "library"}
    except MemoryError:
        said = {"wrong": "memory"}
    except Exception:
        said = {"wrong": "unreadable"}
    sys.stdout.write(json.dumps(said))
    return 0 if "pages" in said else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
