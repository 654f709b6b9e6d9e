"""What a report is, for whoever writes, reads, checks or lists it. A document declares its reports with these types.

Declaring loads nothing heavy: functions are named as "module:function" and loaded when they are first asked for.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Contents:
    """All that a document has to report. gives: the names of what it gives, by their keys in its conditions."""

    gives: Mapping[str, str]
