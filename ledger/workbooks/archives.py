r"""Writing a ZIP archive anew with some entries changed: all others keep their compressed bytes, names and times.

Only \ in a name becomes /, which the standard asks for: some office programs do not open what is named otherwise.
"""

import struct
import zipfile
import zlib
from collections.abc import Mapping

_LOCAL = struct.Struct("<4s5H3L2H")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_END = struct.Struct("<4s4H2LH")
_NAME_LENGTH_AT, _EXTRA_LENGTH_AT = 26, 28  # in a local header
_STREAMED = 0x8  # sizes follow the data; here they always stand before it
_UTF_8 = 0x800
_FIRST_DAY = (0 << 9) | (1 << 5) | 1  # 1980-01-01, as ZIP counts days
_VERSION = 20  # what reading takes: deflate
_INNER_ATTRIBUTES = 0


def rewritten(
    data: bytes, entries: list[zipfile.ZipInfo], changed: Mapping[str, bytes | None], added: Mapping[str, bytes]
) -> bytes:
    """An archive's bytes with entries changed (by the name in their ZipInfo; None: left out) and added at its end.

    data, entries: of an archive below 4 GB, as zipfile lists them. The result is the same for the same input.
    """
    out, directory, count = bytearray(), bytearray(), 0

    def write(name: bytes, flags: int, method: int, clock: int, day: int, crc: int, packed: bytes, size: int) -> None:
        nonlocal count
        offset = len(out)
        shared = (_VERSION, flags & ~_STREAMED, method, clock, day, crc, len(packed), size, len(name))
        out.extend(_LOCAL.pack(b"PK\x03\x04", *shared, 0) + name + packed)
        directory.extend(_CENTRAL.pack(b"PK\x01\x02", _VERSION, *shared, 0, 0, 0, _INNER_ATTRIBUTES, 0, offset) + name)
        count += 1

    def write_new(name: bytes, flags: int, content: bytes) -> None:
        packer = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS)
        packed = packer.compress(content) + packer.flush()
        write(name, flags, zipfile.ZIP_DEFLATED, 0, _FIRST_DAY, zlib.crc32(content), packed, len(content))

    for entry in entries:
        name_length, extra_length = struct.unpack_from("<2H", data, entry.header_offset + _NAME_LENGTH_AT)
        name_start = entry.header_offset + _LOCAL.size
        name = _with_slashes(data[name_start : name_start + name_length], entry.flag_bits)
        if entry.filename not in changed:
            start = name_start + name_length + extra_length
            packed = data[start : start + entry.compress_size]
            year, month, date, hour, minute, second = entry.date_time
            day, clock = (year - 1980) << 9 | month << 5 | date, hour << 11 | minute << 5 | second // 2
            write(name, entry.flag_bits, entry.compress_type, clock, day, entry.CRC, packed, entry.file_size)
        elif (content := changed[entry.filename]) is not None:
            write_new(name, entry.flag_bits & _UTF_8, content)
    for new_name, content in added.items():
        write_new(new_name.encode(), 0 if new_name.isascii() else _UTF_8, content)
    end = _END.pack(b"PK\x05\x06", 0, 0, count, count, len(directory), len(out), 0)
    return bytes(out) + bytes(directory) + end


def _with_slashes(name: bytes, flags: int) -> bytes:
    r"""A name with / in place of \; as it is in an encoding that nobody knows, where that byte may be half of a character."""
    return name.replace(b"\\", b"/") if flags & _UTF_8 or name.isascii() else name
