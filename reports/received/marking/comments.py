"""The comments of a worksheet: those of an earlier round taken out, those of this one put in, a person's left alone."""

from collections.abc import Callable, Container, Iterator, Mapping

from lxml import etree

from ledger.workbooks.escapes import escaped, unescaped
from ledger.workbooks.packages import children, local_name
from ledger.workbooks.sheet_xml import address, column_index
from reports.received.marking.marks import AUTHOR, Place, foreign_lines, is_former

_THREAD = "tc="  # how the author of a comment begins that stands for a thread of comments
_KEEP_SPACE = "{http://www.w3.org/XML/1998/namespace}space"


class Comments:
    """The comments part of one sheet, as a tree that is edited in place (`changed` says whether it was)."""

    def __init__(self, root: etree._Element) -> None:
        self.root = root
        self.changed = False
        self._space = etree.QName(root).namespace or ""
        self._authors = [unescaped("".join(each.itertext())) for each in children(root, "authors", "author")]

    @classmethod
    def empty(cls, space: str) -> "Comments":
        """Of a sheet that has none; space: the namespace of the sheet."""
        root = etree.Element(f"{{{space}}}comments", nsmap={None: space})
        for name in ("authors", "commentList"):
            etree.SubElement(root, f"{{{space}}}{name}")
        return cls(root)

    @property
    def count(self) -> int:
        """How many there are."""
        return sum(1 for _ in self._each())

    @property
    def threads(self) -> set[Place]:
        """The cells whose comment stands for a thread, which is not to be touched."""
        return {_place(each) for each in self._each() if self._author(each).startswith(_THREAD)}

    def drop(self, has_ground: Callable[[Place], bool]) -> Iterator[tuple[Place, bool]]:
        """Takes out what earlier rounds wrote; the cells where that was, and whether a person's words are left there.

        has_ground: whether a cell has the ground or frame of a mark.
        """
        for comment in list(self._each()):
            author, pieces = self._author(comment), list(_texts(comment))
            text = "".join(unescaped(piece.text or "") for piece in pieces)
            if author.startswith(_THREAD):
                continue
            former = is_former(author, text, has_ground(_place(comment)))
            keep = foreign_lines(text, former)
            if all(keep):
                continue
            self.changed = True
            left = any(line.strip() for line, kept in zip(text.split("\n"), keep, strict=True) if kept)
            if left:
                _cut(comment, pieces, keep)
            else:
                _remove(comment)
            yield _place(comment), left

    def add(self, texts: Mapping[Place, str]) -> None:
        """Says something of cells, behind what a person says there."""
        there = {_place(each): each for each in self._each()}
        for place, text in sorted(texts.items()):
            self.changed = True
            if place in there:
                self._append(there[place], text)
            else:
                self._new(place, text)

    def texts(self, places: Container[Place]) -> dict[Place, str]:
        """All that is said of some cells."""
        found: dict[Place, str] = {}
        for each in self._each():
            if (place := _place(each)) in places and place not in found:
                found[place] = "".join(unescaped(piece.text or "") for piece in _texts(each))
        return found

    # --- inside -----------------------------------------------------------------------------------------------------

    def _each(self) -> Iterator[etree._Element]:
        yield from children(self.root, "commentList", "comment")

    def _author(self, comment: etree._Element) -> str:
        number = comment.get("authorId", "0")
        return self._authors[int(number)] if number.isdigit() and int(number) < len(self._authors) else ""

    def _new(self, place: Place, text: str) -> None:
        if AUTHOR not in self._authors:
            self._authors.append(AUTHOR)
            self._element(self._list("authors"), "author").text = AUTHOR
        number = str(self._authors.index(AUTHOR))
        comment = self._element(self._list("commentList"), "comment", ref=address(*place), authorId=number)
        self._piece(self._element(self._element(comment, "text"), "r"), text)

    def _append(self, comment: etree._Element, text: str) -> None:
        holder = next(children(comment, "text"), None)
        if holder is None:
            holder = self._element(comment, "text")
        for plain in list(children(holder, "t")):  # a text without runs takes none beside it
            run = etree.Element(f"{{{self._space}}}r")
            holder.replace(plain, run)
            run.append(plain)
        runs = list(children(holder, "r"))
        run = etree.Element(f"{{{self._space}}}r")
        holder.insert(holder.index(runs[-1]) + 1 if runs else 0, run)
        self._piece(run, f"\n{text}" if runs else text)

    def _piece(self, run: etree._Element, text: str) -> None:
        piece = self._element(run, "t")
        piece.set(_KEEP_SPACE, "preserve")
        piece.text = escaped(text)

    def _list(self, name: str) -> etree._Element:
        holder = next(children(self.root, name), None)
        if holder is None:
            holder = etree.Element(f"{{{self._space}}}{name}")
            self.root.insert(0 if name == "authors" else 1, holder)
        return holder

    def _element(self, parent: etree._Element, name: str, **attributes: str) -> etree._Element:
        return etree.SubElement(parent, f"{{{self._space}}}{name}", attributes)


def _place(comment: etree._Element) -> Place:
    reference = comment.get("ref", "A1").replace("$", "").partition(":")[0].upper()
    digits = "".join(filter(str.isdigit, reference))
    return (int(digits) if digits else 1) - 1, column_index(reference)


def _texts(comment: etree._Element) -> Iterator[etree._Element]:
    """The elements that hold the text of a comment, in their order; readings of characters are none of it."""
    for holder in children(comment, "text"):
        for each in holder:
            if local_name(each.tag) == "t":
                yield each
            elif local_name(each.tag) == "r":
                yield from children(each, "t")


def _cut(comment: etree._Element, pieces: list[etree._Element], keep: list[bool]) -> None:
    """Takes lines out of a comment's text; the runs that are left keep their looks."""
    text = "".join(unescaped(piece.text or "") for piece in pieces)
    kept = [False] * len(text)
    start, last = 0, -1  # where the line begins; where the break before the first kept line would be
    for line, stays in zip(text.split("\n"), keep, strict=True):
        end = start + len(line)
        if stays:
            if last >= 0:
                kept[last] = True  # the break behind the kept line before
            kept[start:end] = [True] * len(line)
            last = end if end < len(text) else -1
        start = end + 1
    place = 0
    for piece in pieces:
        own = unescaped(piece.text or "")
        piece.text = escaped("".join(letter for letter, stays in zip(own, kept[place:], strict=False) if stays))
        piece.set(_KEEP_SPACE, "preserve")
        place += len(own)
        if not piece.text:
            run = piece.getparent()
            _remove(piece if run is None or local_name(run.tag) != "r" else run)


def _remove(element: etree._Element) -> None:
    parent = element.getparent()
    if parent is not None:
        parent.remove(element)
