"""A part's XML as bytes, for edits that leave all other bytes alone: the tags that begin where a parser says.

Only tags whose place a real parser has found are looked at; nothing is searched for.
"""

import codecs
import re
from dataclasses import dataclass

_TAG = re.compile(rb"""</?([^\s/>]+)(?:[^>"']|"[^"]*"|'[^']*')*>""")
_ATTRIBUTE = re.compile(rb"""\s+([^\s=/>]+)\s*=\s*("[^"]*"|'[^']*')""")
_DECLARATION = re.compile(r"""<\?xml[^>]*?(?:encoding\s*=\s*["']([A-Za-z0-9._-]+)["'])?[^>]*\?>""")
_UTF_8 = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
_OTHER_STARTS = (  # how a part begins that is UTF-16
    (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"), (b"<\0", "utf-16-le"), (b"\0<", "utf-16-be"),
)  # fmt: skip


@dataclass(frozen=True)
class Edit:
    """Other bytes for those from start to end; several at one place follow each other in the order in which they came."""

    start: int
    end: int
    text: bytes


def edited(data: bytes, edits: list[Edit]) -> bytes:
    """Bytes with edits made, which do not overlap."""
    pieces, done = [], 0
    for edit in sorted(edits, key=lambda each: (each.start, each.end)):
        pieces.extend([data[done : edit.start], edit.text])
        done = edit.end
    return b"".join([*pieces, data[done:]])


def in_utf_8(data: bytes) -> bytes:
    """A part's bytes in UTF-8, the same bytes where they are; LookupError or ValueError for an encoding that is none."""
    encoding = next((name for start, name in _OTHER_STARTS if data.startswith(start)), "")
    if not encoding:
        declared = _DECLARATION.match(data[:200].decode("latin-1").removeprefix("ï»¿"))
        encoding = (declared and declared.group(1)) or "utf-8"
        if encoding.lower() in ("utf-8", "us-ascii", "ascii"):
            return data
    text = data.decode(encoding)
    return (_UTF_8 + _DECLARATION.sub("", text, count=1)).encode()


def tag_at(data: bytes, start: int) -> bytes:
    """The whole tag that begins here."""
    found = _TAG.match(data, start)
    if found is None:
        raise ValueError("no tag where one was found")
    return found.group()


def prefix_of(tag: bytes) -> bytes:
    """A tag's prefix with its colon, b'' for none."""
    found = _TAG.match(tag)
    name = found.group(1) if found else b""
    return name[: name.find(b":") + 1]


def attribute(tag: bytes, name: bytes) -> bytes | None:
    """An attribute's value as it is written in a tag."""
    return next((value[1:-1] for each, value in _ATTRIBUTE.findall(tag) if each == name), None)


def with_attribute(tag: bytes, name: bytes, value: bytes | None) -> bytes:
    """A tag with an attribute set, or taken out where the value is None."""
    written = b"" if value is None else b' %s="%s"' % (name, value)
    for found in _ATTRIBUTE.finditer(tag):
        if found.group(1) == name:
            return tag[: found.start()] + written + tag[found.end() :]
    end = len(tag) - (2 if tag.endswith(b"/>") else 1)
    return tag[:end].rstrip() + written + tag[end:]


def is_alone(tag: bytes) -> bool:
    """Whether a tag begins and ends its element."""
    return tag.endswith(b"/>")


def opened(tag: bytes) -> bytes:
    """The start tag of an element whose tag may end it as well."""
    return tag[:-2].rstrip() + b">" if is_alone(tag) else tag


def closing(tag: bytes) -> bytes:
    """The end tag for a start tag."""
    found = _TAG.match(tag)
    return b"</" + (found.group(1) if found else b"") + b">"
