"""One XML document in any of its writings: quotes, blanks, prefixes, comments, CDATA, references, encodings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any


@dataclass
class Node:
    """An element: its name (with the prefix of another namespace where it has one), attributes, elements and texts."""

    name: str
    attributes: dict[str, str]
    children: list[Any] = field(default_factory=list)  # of Node and str


@dataclass
class Writing:
    """One way to write a workbook: its freedoms, the seed for where they are used, and at most one trap."""

    freedoms: frozenset[str]
    seed: int
    trap: str = ""
    random: Random = field(init=False)

    def __post_init__(self) -> None:
        self.random = Random(self.seed)

    def may(self, freedom: str, often: float = 0.5) -> bool:
        """Whether a freedom is used in this place."""
        return freedom in self.freedoms and self.random.random() < often

    def pick(self, options: Sequence[Any]) -> Any:
        """One of several ways."""
        return self.random.choice(options)


class XmlWriting:
    """Writes documents with the freedoms that are given."""

    def __init__(self, choices: Writing) -> None:
        self._how = choices

    def written(
        self, root: Node, space: str, spaces: Mapping[str, str] | None = None, document_type: bool = False
    ) -> bytes:
        """The bytes of a document whose unprefixed names are of one namespace."""
        prefix = "q:" if self._how.may("prefixes", 0.7) else ""
        declared = {f"xmlns:{prefix[:-1]}" if prefix else "xmlns": space}
        declared |= {f"xmlns:{name}": value for name, value in (spaces or {}).items()}
        text = self._element(Node(root.name, declared | root.attributes, root.children), prefix, True)
        if document_type:
            text = f'<!DOCTYPE {prefix}{root.name} [<!ENTITY one "1">]>{text}'
        encoding, codec = "UTF-8", "utf-8"
        if self._how.may("utf-16"):
            encoding, codec = "UTF-16", "utf-16"
        elif self._how.may("byte order mark"):
            codec = "utf-8-sig"
        quote = self._quote()
        alone = f" standalone={quote}yes{quote}" if not self._how.may("blanks in tags") else ""
        head = f"<?xml version={quote}1.0{quote} encoding={quote}{encoding}{quote}{alone}?>"
        return (head + self._between() + text).encode(codec)

    def _quote(self) -> str:
        return "'" if self._how.may("single quotes") else '"'

    def _between(self) -> str:
        """What may stand between elements and means nothing."""
        how = self._how
        return how.pick(["\n", "\r\n  "]) * how.may("line breaks", 0.3) + self._aside()

    def _aside(self) -> str:
        """What may stand anywhere, also inside a text, and means nothing."""
        how = self._how
        comment = "<!-- <c r='A1'><v>9</v></c> -->" if how.may("comments", 0.15) else ""
        return comment + ("<?note <sheetData/> ?>" if how.may("instructions", 0.15) else "")

    def _element(self, node: Node, prefix: str, root: bool = False) -> str:
        how = self._how
        name = node.name if ":" in node.name else f"{prefix}{node.name}"
        items = list(node.attributes.items())
        if how.may("attributes in any order"):
            how.random.shuffle(items)
        blank = how.pick([" ", "\n", "  "]) if how.may("blanks in tags") else ""
        attributes = "".join(f"{blank or ' '}{key}{blank}={blank}{self._attribute(value)}" for key, value in items)
        if not node.children and not how.may("no empty tags"):
            return f"<{name}{attributes}{blank}/>"
        inner = ""
        for child in node.children:
            inner += self._text(child) if isinstance(child, str) else self._between() + self._element(child, prefix)
        if node.children and not any(isinstance(child, str) for child in node.children):
            inner += self._between()
        return f"<{name}{attributes}{blank}>{inner}</{name}{blank}>"

    def _attribute(self, value: str) -> str:
        quote = self._quote()
        text = value.replace("&", "&amp;").replace("<", "&lt;").replace(quote, "&quot;" if quote == '"' else "&apos;")
        if self._how.may("character references", 0.3):
            text = "".join(self._reference(one) if one.isalnum() else one for one in value) if value.isalnum() else text
        return f"{quote}{text}{quote}"

    def _reference(self, one: str) -> str:
        return self._how.pick([f"&#{ord(one)};", f"&#x{ord(one):x};", one])

    def _text(self, text: str) -> str:
        """A text in pieces, each written in its own way."""
        how, written = self._how, ""
        while text:
            length = how.random.randint(1, len(text)) if how.freedoms else len(text)
            piece, text = text[:length], text[length:]
            if how.may("cdata"):
                written += f"<![CDATA[{piece}]]>"
            elif how.may("character references"):
                written += "".join(
                    f"&#{ord(one)};" if one in "&<>\r" or how.random.random() < 0.5 else one for one in piece
                )
            else:
                written += piece.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
            written += self._aside()
        return written
