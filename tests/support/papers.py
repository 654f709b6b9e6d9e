"""Papers to send: good ones of every kind, and files that mean harm. All are made here, from nothing."""

import struct
import zlib
from io import BytesIO

from PIL import Image


def pdf(*pages: bytes, more: dict[int, bytes] | None = None, trailer: bytes = b"", page_more: bytes = b"") -> bytes:
    """A PDF whose pages have these contents. more: other objects by number, from 100 on, or instead of one of ours."""
    kids = b" ".join(b"%d 0 R" % (10 + 2 * index) for index in range(len(pages)))
    objects = {
        1: b"<< /Type /Catalog /Pages 2 0 R >>",
        2: b"<< /Type /Pages /Kids [%s] /Count %d >>" % (kids, len(pages)),
        3: b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    }
    for index, content in enumerate(pages):
        number = 10 + 2 * index
        objects[number] = (
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %d 0 R "
            b"/Resources << /Font << /F1 3 0 R >> %s >> >>" % (number + 1, page_more)
        )
        objects[number + 1] = stream(content)
    return assembled(objects | (more or {}), trailer)


def assembled(objects: dict[int, bytes], trailer: bytes = b"") -> bytes:
    """Objects as a file, with the table that says where each is."""
    out = BytesIO()
    out.write(b"%PDF-1.7\n")
    places = {}
    for number, body in sorted(objects.items()):
        places[number] = out.tell()
        out.write(b"%d 0 obj\n%s\nendobj\n" % (number, body))
    at = out.tell()
    out.write(b"xref\n0 1\n0000000000 65535 f \n")
    for number, place in sorted(places.items()):
        out.write(b"%d 1\n%010d 00000 n \n" % (number, place))
    out.write(b"trailer\n<< /Size %d /Root 1 0 R %s >>\n" % (max(objects) + 1, trailer))
    out.write(b"startxref\n%d\n%%%%EOF\n" % at)
    return out.getvalue()


def stream(data: bytes, said: bytes = b"") -> bytes:
    """A stream of a PDF."""
    return b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(data), said, data)


def words(text: bytes = b"A paper") -> bytes:
    """The contents of a page with a line of text."""
    return b"BT /F1 40 Tf 72 700 Td (%s) Tj ET" % text


def image(kind: str = "PNG", size: tuple[int, int] = (300, 400), mode: str = "RGB", **how: object) -> bytes:
    """A picture with something on it that does not compress to nothing."""
    made = Image.effect_noise(size, 80).convert(mode)
    out = BytesIO()
    made.save(out, kind, **how)
    return out.getvalue()


def tiff(pages: int, size: tuple[int, int] = (60, 80)) -> bytes:
    """A TIFF of so many pages."""
    made = [Image.effect_noise(size, 80) for _ in range(pages)]
    out = BytesIO()
    made[0].save(out, "TIFF", save_all=True, append_images=made[1:], compression="tiff_lzw")
    return out.getvalue()


def tiff_of_white(pages: int) -> bytes:
    """A TIFF of so many white pages as a fax sends them: there is little of each."""
    made = [Image.new("1", (400, 500), 1) for _ in range(pages)]
    out = BytesIO()
    made[0].save(out, "TIFF", save_all=True, append_images=made[1:], compression="group4")
    return out.getvalue()


# --- files that mean harm -----------------------------------------------------------------------------------------------


def png_of(width: int, height: int) -> bytes:
    """A PNG that says it has this size and holds nothing of it."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(map(_chunk, (b"IHDR", b"IDAT", b"IEND"), (header, zlib.compress(b""), b"")))


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def jpeg_of(width: int, height: int) -> bytes:
    """A JPEG that says it has this size."""
    good = bytearray(image("JPEG", (16, 16)))
    at = good.index(b"\xff\xc0") + 5
    good[at : at + 4] = struct.pack(">HH", height, width)
    return bytes(good)


def tiff_of_many_pages(pages: int) -> bytes:
    """A TIFF of a million small pages that all show the same dot."""
    out = bytearray(struct.pack("<2sHI", b"II", 42, 8))
    for index in range(pages):
        entries = ((256, 1), (257, 1), (258, 8), (259, 1), (262, 1), (273, 0), (279, 1))
        follows = 8 + (index + 1) * (2 + 12 * len(entries) + 4)
        out += struct.pack("<H", len(entries))
        for tag, value in entries:
            out += struct.pack("<HHII", tag, 4, 1, value)
        out += struct.pack("<I", follows if index + 1 < pages else 0)
    return bytes(out)


def tiff_in_a_circle() -> bytes:
    """A TIFF whose second page is followed by its first."""
    made = bytearray(tiff_of_many_pages(2))
    made[-4:] = struct.pack("<I", 8)
    return bytes(made)


def pdf_of_boxes_in_boxes(depth: int = 12, each: int = 10) -> bytes:
    """A PDF whose page draws ten forms, each of which draws ten forms, and so on."""
    more = {}
    for level in range(depth):
        inner = b"/X Do " * each if level + 1 < depth else b"0 0 9 9 re f"
        said = b"/Type /XObject /Subtype /Form /BBox [0 0 99 99] /Resources << /XObject << /X %d 0 R >> >>" % (
            101 + level
        )
        more[100 + level] = stream(inner, said)
    return pdf(b"/X Do " * each, more=more, page_more=b"/XObject << /X 100 0 R >>")


def pdf_with_bomb(megabytes: int = 4000) -> bytes:
    """A PDF whose page's contents are packed three times over and grow to this size."""
    packed = zlib.compressobj(9)
    parts = [packed.compress(b"\0" * (1 << 20)) for _ in range(megabytes)]
    once = b"".join(parts) + packed.flush()
    thrice = zlib.compress(zlib.compress(once, 9), 9)
    contents = stream(thrice, b"/Filter [/FlateDecode /FlateDecode /FlateDecode]")
    return pdf(b"", more={11: contents})


def pdf_with_image_of(width: int, height: int) -> bytes:
    """A PDF with a picture that says it has this size."""
    said = (
        b"/Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace /DeviceRGB /BitsPerComponent 8 "
        b"/Filter /FlateDecode" % (width, height)
    )
    return pdf(
        b"500 0 0 500 0 0 cm /I Do",
        more={100: stream(zlib.compress(b"\0" * 999), said)},
        page_more=b"/XObject << /I 100 0 R >>",
    )


def pdf_whose_pages_loop() -> bytes:
    """A PDF whose page tree holds itself."""
    return pdf(words(), more={2: b"<< /Type /Pages /Kids [2 0 R 2 0 R] /Count 2 >>"})


def pdf_that_counts(count: int) -> bytes:
    """A PDF of one page that says it has more."""
    return pdf(words(), more={2: b"<< /Type /Pages /Kids [10 0 R] /Count %d >>" % count})


def pdf_encrypted(password: bytes = b"") -> bytes:
    """A PDF that is encrypted (RC4, 40 bits), with a password to open it or none."""
    import hashlib

    pad = bytes.fromhex("28BF4E5E4E758A4164004E56FFFA01082E2E00B6D0683E802F0CA9FE6453697A")
    number = bytes(range(16))
    owner = _rc4(hashlib.md5((b"owner" + pad)[:32]).digest()[:5], (password + pad)[:32])
    rights = struct.pack("<i", -44)
    key = hashlib.md5((password + pad)[:32] + owner + rights + number).digest()[:5]
    said = b"/Encrypt << /Filter /Standard /V 1 /R 2 /P -44 /O <%s> /U <%s> >> /ID [<%s> <%s>]" % (
        owner.hex().encode(), _rc4(key, pad).hex().encode(), number.hex().encode(), number.hex().encode()
    )  # fmt: skip
    return pdf(words(), trailer=said)


def _rc4(key: bytes, data: bytes) -> bytes:
    state, j = list(range(256)), 0
    for i in range(256):
        j = (j + state[i] + key[i % len(key)]) % 256
        state[i], state[j] = state[j], state[i]
    out, i, j = bytearray(), 0, 0
    for byte in data:
        i = (i + 1) % 256
        j = (j + state[i]) % 256
        state[i], state[j] = state[j], state[i]
        out.append(byte ^ state[(state[i] + state[j]) % 256])
    return bytes(out)
