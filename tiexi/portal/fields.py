"""The fields of a page's form: named as the API's keys are, labelled, and filled again with what was typed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from tiexi.portal.call import Call


@dataclass(frozen=True)
class Field:
    """One field. kind: that of an input (text, date, file, files …), or long (a text of several lines), choice, check, code (of
    the second factor).

    options: value and label of each choice. accept: the kinds of file. short: whether little is typed.
    """

    name: str
    label: str
    kind: str = "text"
    value: str = ""
    hint: str = ""
    required: bool = True
    options: Sequence[tuple[str, str]] = ()
    accept: str = ""
    short: bool = False


def typed(call: Call, *fields: Field) -> list[Field]:
    """The fields with what was typed into them, where the form comes back."""
    if not call.typed:
        return list(fields)
    return [replace(one, value=call.typed.get(one.name, "")) for one in fields]
