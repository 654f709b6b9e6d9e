"""A package written anew with some parts changed, added or removed; everything else stays byte for byte as it was sent.

Relationships and content types follow: a new part is related from its source and given its type, a removed one is named
nowhere any more.
"""

import posixpath
from urllib.parse import quote, unquote

from lxml import etree

from ledger.workbooks.archives import rewritten
from ledger.workbooks.packages import CONTENT_TYPES, RELATION_IDS, Package, relations_name, same_part

_RELATIONSHIPS_SPACE = "http://schemas.openxmlformats.org/package/2006/relationships"
_TYPES_SPACE = "http://schemas.openxmlformats.org/package/2006/content-types"
_RELATIONSHIPS_TYPE = "application/vnd.openxmlformats-package.relationships+xml"


def xml_bytes(root: etree._Element) -> bytes:
    """A part's bytes from its tree: UTF-8 with a declaration, as office programs write them."""
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True, standalone=True)


class PackageEdits:
    """Changes to a package, gathered and then written at once. Names as in Package; the package itself stays as it is."""

    def __init__(self, package: Package) -> None:
        self.package = package
        self._changed: dict[str, bytes | None] = {}  # by stored name; None: removed
        self._added: dict[str, bytes] = {}
        self._trees: dict[str, etree._Element] = {}  # relationships and content types that were touched

    # --- parts ------------------------------------------------------------------------------------------------------

    def part(self, name: str) -> bytes:
        """A part as it would be written now; it must be there (`has`)."""
        if (added := self._added_name(name)) is not None:
            name, data = added, self._added[added]
        else:
            name = self.package.stored_name(name)
            changed = self._changed.get(name)
            data = self.package.part(name) if changed is None else changed
        return xml_bytes(self._trees[name]) if name in self._trees else data

    def has(self, name: str) -> bool:
        """Whether a part of this name would be written now."""
        if self._added_name(name) is not None:
            return True
        return self.package.has(name) and self._changed.get(self.package.stored_name(name), b"") is not None

    def free_name(self, pattern: str) -> str:
        """The first name that no part has, from a pattern such as `xl/comments{}.xml`, counted from 1."""
        number = 1
        while self.package.has(pattern.format(number)) or self._added_name(pattern.format(number)) is not None:
            number += 1
        return pattern.format(number)

    def replace(self, name: str, data: bytes) -> None:
        """Other bytes for a part that is there."""
        if (added := self._added_name(name)) is not None:
            self._added[added] = data
        else:
            self._changed[self.package.stored_name(name)] = data

    def add(self, name: str, data: bytes, content_type: str) -> None:
        """A new part, under a name that is free; relate() says whose it is."""
        if self.has(name):
            raise ValueError(f"there is a part {name} already")
        self._added[name] = data
        self.set_content_type(name, content_type)

    def remove(self, name: str) -> None:
        """Takes out a part with its own relationships, every relationship to it, and its content type."""
        name = self._added_name(name) or self.package.stored_name(name)
        sources = ("", *self.package.names, *self._added)
        for source in sources:
            if self.has(relations_name(source)):
                for relation in [each for each in self._relationships(source) if self._leads_to(source, each, name)]:
                    self._relationships(source).remove(relation)
        for gone in (relations_name(name), name):
            self._trees.pop(gone, None)
            if (added := self._added_name(gone)) is not None:
                del self._added[added]
            elif self.package.has(gone):
                self._changed[self.package.stored_name(gone)] = None
        self._forget_type(name)

    # --- relationships and types --------------------------------------------------------------------------------------

    def set_content_type(self, name: str, content_type: str) -> None:
        """Another content type for a part that is there."""
        self._forget_type(name)
        self._add_type(name, content_type)

    def relate(self, source: str, kind: str, part: str) -> str:
        """Relates a part to a source (`comments`, `vmlDrawing`, or a whole type); the id of the new relationship."""
        root = self._relationships(source)
        taken = {each.get("Id") for each in root}
        identifier = next(free for number in range(1, len(taken) + 2) if (free := f"rId{number}") not in taken)
        target = posixpath.relpath(quote(unquote(part)), posixpath.dirname(quote(unquote(source))) or ".")
        kind = kind if ":" in kind else f"{RELATION_IDS[self.package.strict]}/{kind}"
        etree.SubElement(root, f"{{{_RELATIONSHIPS_SPACE}}}Relationship", Id=identifier, Type=kind, Target=target)
        return identifier

    def unrelate(self, source: str, identifier: str) -> None:
        """Takes out one relationship of a source."""
        root = self._relationships(source)
        for element in [each for each in root if each.get("Id") == identifier]:
            root.remove(element)

    def written(self) -> bytes:
        """The package with all changes."""
        for name, root in self._trees.items():
            if name in self._added or xml_bytes(root) != xml_bytes(
                self.package.xml(name)
            ):  # some were only looked into
                self.replace(name, xml_bytes(root))
        entries = [self.package.entry(name) for name in self.package.names]
        changed = {self.package.entry(name).filename: data for name, data in self._changed.items()}
        return rewritten(self.package.data, entries, changed, self._added)

    # --- inside -----------------------------------------------------------------------------------------------------

    def _added_name(self, name: str) -> str | None:
        return next((added for added in self._added if same_part(added, name)), None)

    def _tree(self, name: str) -> etree._Element:
        """The tree of a part that is edited as one."""
        name = self.package.stored_name(name) if self.package.has(name) else name
        if name not in self._trees:
            self._trees[name] = self.package.xml(name)
        return self._trees[name]

    def _relationships(self, source: str) -> etree._Element:
        name = relations_name(source)
        if self.package.has(name):
            name = self.package.stored_name(name)
        if name not in self._trees and not self.has(name):
            root = etree.Element(f"{{{_RELATIONSHIPS_SPACE}}}Relationships", nsmap={None: _RELATIONSHIPS_SPACE})
            self._trees[name] = root
            if self.package.has(name):
                self._changed[name] = xml_bytes(root)
            else:
                self._added[name] = xml_bytes(root)
            self._know_relationships()
        return self._tree(name)

    def _leads_to(self, source: str, relation: etree._Element, part: str) -> bool:
        if relation.get("TargetMode") == "External":
            return False
        target = relation.get("Target", "").replace("\\", "/").partition("#")[0]
        return bool(target) and same_part(posixpath.join("/", posixpath.dirname(source), target), part)

    def _forget_type(self, name: str) -> None:
        root = self._tree(CONTENT_TYPES)
        for element in [each for each in root if same_part(each.get("PartName", ""), name)]:
            root.remove(element)

    def _add_type(self, name: str, content_type: str) -> None:
        root = self._tree(CONTENT_TYPES)
        etree.SubElement(root, f"{{{_TYPES_SPACE}}}Override", PartName=f"/{name}", ContentType=content_type)

    def _know_relationships(self) -> None:
        root = self._tree(CONTENT_TYPES)
        if not any(each.get("Extension", "").lower() == "rels" for each in root):
            default = etree.Element(f"{{{_TYPES_SPACE}}}Default", Extension="rels", ContentType=_RELATIONSHIPS_TYPE)
            root.insert(0, default)
