"""What a file's own name says that it is: `借据编号_2027-03-01_贷款合同.pdf`."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from ledger.papers import asked

_EXTENSION = re.compile(r"\.[A-Za-z0-9]{1,5}$")
_NAME = re.compile(r"(?P<note>.+)[_＿](?P<year>\d{4})[-.]?(?P<month>\d{2})[-.]?(?P<day>\d{2})[_＿](?P<kinds>.+)")
_COUNTED = re.compile(r"[\s_＿-]*[(（]?\d*[)）]?$")  # 贷款合同(2), 贷款合同-2: parts of one paper


@dataclass(frozen=True)
class Named:
    """A note, an event with its day, and kinds of paper. event: None where the kinds do not say it."""

    note_no: str
    event: str | None
    event_on: date
    kinds: Sequence[str]


def read(name: str) -> Named | None:
    """What a file's name says; None where it is not written so, or names no kind of paper."""
    found = _NAME.fullmatch(_EXTENSION.sub("", name))
    if found is None:
        return None
    parts = re.split("[、+＋]", _COUNTED.sub("", found["kinds"]))
    kinds = tuple(kind for kind in asked.kinds() if kind in parts)
    if len(kinds) != len(set(parts)):
        return None
    try:
        day = date(int(found["year"]), int(found["month"]), int(found["day"]))
    except ValueError:
        return None
    return Named(found["note"].strip(), event_of(kinds), day, kinds)


def event_of(kinds: Sequence[str]) -> str | None:
    """The event whose papers these are; None where they are of none, or of more than one."""
    wanted = set(kinds) - {asked.OTHER}
    events = [event for event, required in asked.papers().required.items() if wanted & set(required)]
    return events[0] if len(events) == 1 and wanted <= set(asked.required(events[0])) else None
