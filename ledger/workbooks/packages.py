"""An Open XML package: its parts, found through the relationships from the root on, and their XML.

A workbook is a ZIP archive of parts. What a spreadsheet program shows is what the root's relationships lead to, whatever
the parts are called; so everything that looks into a workbook asks here. Names count without regard to case, with / or \\
and with or without percent-encoding; a name that is handed out is the one under which the part is stored (with /).
Transitional and Strict files are told apart only by their namespaces, which are treated as one.

What cannot be resolved is refused in one Chinese sentence, never skipped: no archive, encrypted, cut short, a bomb, two
parts of one name, a relationship to a part that is not there, no or a second workbook, XML that is none or that declares a
document type (entities are never expanded). Parts of a package are edited with `ledger.workbooks.package_edits`.
"""

import contextlib
import functools
import io
import posixpath
import zipfile
import zlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import NoReturn
from urllib.parse import unquote

from lxml import etree

from ledger.errors import Refused
from ledger.workbooks.escapes import unescaped
from ledger.workbooks.safe_xml import NotXml, parsed_xml

ROOT = ""  # the package itself, as the source of relationships
CONTENT_TYPES = "[Content_Types].xml"

MAIN = (
    "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    "http://purl.oclc.org/ooxml/spreadsheetml/main",  # Strict
)
RELATION_IDS = (
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    "http://purl.oclc.org/ooxml/officeDocument/relationships",  # Strict
)
_RELATIONSHIPS = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
_TYPES = "{http://schemas.openxmlformats.org/package/2006/content-types}"

_LARGEST_PART = 1 << 30  # bytes of one unpacked part
_LARGEST_ALL = 3 << 29
_SMALL_PART = 32 << 20  # below this no ratio is suspicious
_LARGEST_RATIO = 150  # sheets of real rows compress 5 to 30 times
_MOST_PARTS = 20_000
_OLE_MAGIC = b"\xd0\xcf\x11\xe0"
_NOT_A_WORKBOOK = "不是可以读取的 .xlsx 工作簿"
_SAVE_AGAIN = "请在表格软件中另存为 .xlsx 后重试"
_BROKEN = (KeyError, zipfile.BadZipFile, zipfile.LargeZipFile, EOFError, OSError, NotImplementedError, ValueError)


@dataclass(frozen=True)
class Relation:
    """One relationship: its id and kind, and the part (its stored name) to which it leads.

    kind: what follows the standard's own namespace (`worksheet`, `styles`, `metadata/thumbnail`), for other types the
    whole type. part: None for what lies outside the package, and for a place within the source itself; target: as written.
    """

    id: str
    kind: str
    part: str | None
    target: str
    external: bool


@dataclass(frozen=True)
class SheetPart:
    """A sheet of the workbook, in the workbook's order.

    name: as written; state: visible, hidden or veryHidden; kind: worksheet, chartsheet, dialogsheet or another type of
    relationship; part: the stored name of its part.
    """

    name: str
    state: str
    kind: str
    part: str


def local_name(tag: object) -> str:
    """A tag or attribute of the main namespace without it; another's with its namespace; '' for a comment."""
    if not isinstance(tag, str):
        return ""
    namespace, _, name = tag.rpartition("}")
    return name if namespace[1:] in MAIN or not namespace else tag


def relation_id(element: etree._Element, name: str = "id") -> str | None:
    """The id of the relationship that an element names (`r:id`, in either namespace); None without one."""
    return next((found for space in RELATION_IDS if (found := element.get(f"{{{space}}}{name}")) is not None), None)


def children(element: etree._Element, *path: str) -> Iterator[etree._Element]:
    """The elements of the main namespace that a path of local names leads to: `children(styles, "fonts", "font")`."""
    first, *rest = path
    for child in element:
        if local_name(child.tag) == first:
            if rest:
                yield from children(child, *rest)
            else:
                yield child


class Package:
    """A package that was opened: every relationship that can be reached leads to a part that is there.

    Attributes: file_name (for messages), data (the file's bytes), names (the parts as stored, in their order).
    Each method raises Refused, with the file's name, for what cannot be read.
    """

    def __init__(self, file_name: str, data: bytes) -> None:
        self.file_name = file_name
        self.data = data
        self._archive = _opened(file_name, data)
        self._entries = self._by_key()
        self.names = tuple(name for name, _ in self._entries.values())
        self._relations: dict[str, tuple[Relation, ...]] = {}
        self._reached = self._reach()

    # --- parts ------------------------------------------------------------------------------------------------------

    def has(self, name: str) -> bool:
        """Whether there is a part of this name."""
        return _key(name) in self._entries

    def stored_name(self, name: str) -> str:
        """The name under which a part is stored."""
        return self._entry(name)[0]

    def entry(self, name: str) -> zipfile.ZipInfo:
        """The entry of the archive that holds a part."""
        return self._entry(name)[1]

    def part(self, name: str) -> bytes:
        """The bytes of a part."""
        _, entry = self._entry(name)
        try:
            return self._archive.read(entry)
        except zlib.error:
            self.refuse(f"{_NOT_A_WORKBOOK}（压缩内容损坏）；请重新保存或重新传送后再试")
        except RuntimeError as error:  # an encrypted entry
            if isinstance(error, NotImplementedError):
                self.refuse(f"{_NOT_A_WORKBOOK}（内容缺失或损坏）；{_SAVE_AGAIN}")
            self.refuse("压缩包设有密码，无法读取；请取消密码后重新保存")
        except _BROKEN:
            self.refuse(f"{_NOT_A_WORKBOOK}（内容缺失或损坏）；{_SAVE_AGAIN}")

    def xml(self, name: str) -> etree._Element:
        """The root element of a part; CDATA and character references are resolved, comments are nodes."""
        try:
            return parsed_xml(self.part(name))
        except NotXml as error:
            self.damaged(name, error)

    def content_type(self, name: str) -> str | None:
        """The content type of a part, None where the package gives none."""
        defaults, overrides = self._content_types
        key = _key(name)
        return overrides.get(key) or defaults.get(posixpath.splitext(key)[1].lstrip("."))

    def unreachable(self) -> tuple[str, ...]:
        """The parts to which no relationship leads (relationships and content types of what is reached set aside)."""
        known = self._reached | {_key(relations_name(name)) for name in self._reached} | {_key(CONTENT_TYPES)}
        return tuple(name for key, (name, _) in self._entries.items() if key not in known)

    # --- relationships ----------------------------------------------------------------------------------------------

    def relations(self, source: str = ROOT) -> tuple[Relation, ...]:
        """The relationships of a part, or of the package itself."""
        key = _key(source)
        if key not in self._relations:
            found = tuple(self._read_relations(source))
            if len({each.id for each in found}) < len(found):
                whose = source or "（根）"
                self.refuse(
                    f"{_NOT_A_WORKBOOK}（部件 {whose} 有两个编号相同的关系，无法确定以哪个为准）；{_SAVE_AGAIN}"
                )
            self._relations[key] = found
        return self._relations[key]

    def relation(self, source: str, identifier: str | None) -> Relation:
        """The relationship of a source with this id; Refused when there is none."""
        found = next((each for each in self.relations(source) if each.id == identifier), None)
        if found is None:
            self.refuse(f"{_NOT_A_WORKBOOK}（部件 {source} 用到的关系 {identifier or '（空）'} 不存在）；{_SAVE_AGAIN}")
        return found

    def related(self, source: str, kind: str) -> tuple[str, ...]:
        """The parts that a source has as its `comments`, `drawing`, `vmlDrawing`, `image` or the like."""
        return tuple(each.part for each in self.relations(source) if each.kind == kind and each.part is not None)

    def one_related(self, source: str, kind: str) -> str | None:
        """The only part that a source has as its `styles`, `sharedStrings` or `theme`; None when it has none."""
        found = self.related(source, kind)
        if len(found) > 1:
            self.refuse(f"{_NOT_A_WORKBOOK}（有 {len(found)} 个 {kind} 部件，无法确定以哪个为准）；{_SAVE_AGAIN}")
        return found[0] if found else None

    # --- the workbook -----------------------------------------------------------------------------------------------

    @functools.cached_property
    def workbook(self) -> str:
        """The part that the root has as its workbook."""
        roots = [each for each in self.relations() if each.kind == "officeDocument"]
        if len(roots) > 1:
            self.refuse(f"文件里有 {len(roots)} 个工作簿，无法确定以哪个为准；{_SAVE_AGAIN}")
        if not roots or roots[0].part is None:
            self.refuse(f"{_NOT_A_WORKBOOK}（找不到工作簿部件）；{_SAVE_AGAIN}")
        if roots[0].part.lower().endswith(".bin"):
            self.refuse("是二进制工作簿（.xlsb）；请另存为 .xlsx 后重试")
        return roots[0].part

    @functools.cached_property
    def workbook_xml(self) -> etree._Element:
        """The root element of the workbook's part."""
        root = self.xml(self.workbook)
        if local_name(root.tag) != "workbook" or not isinstance(root.tag, str) or "}" not in root.tag:
            self.refuse(f"{_NOT_A_WORKBOOK}（不是表格文件）；{_SAVE_AGAIN}")
        self.refuse_repeated(self.workbook, root, ("fileRecoveryPr",))
        return root

    @property
    def strict(self) -> bool:
        """Whether the workbook is written in the Strict variant."""
        return etree.QName(self.workbook_xml).namespace == MAIN[1]

    @functools.cached_property
    def sheets(self) -> tuple[SheetPart, ...]:
        """All sheets in the workbook's order, chart sheets among them."""
        found = []
        for element in children(self.workbook_xml, "sheets", "sheet"):
            name = unescaped(element.get("name", ""))
            relation = self.relation(self.workbook, relation_id(element))
            if relation.part is None:
                self.refuse(f"{_NOT_A_WORKBOOK}（工作表「{name}」不在文件内）；{_SAVE_AGAIN}")
            found.append(SheetPart(name, element.get("state", "visible"), relation.kind, relation.part))
        if not found:
            self.refuse(f"{_NOT_A_WORKBOOK}（没有工作表）；{_SAVE_AGAIN}")
        return tuple(found)

    @property
    def worksheets(self) -> tuple[SheetPart, ...]:
        """The sheets that hold cells."""
        return tuple(sheet for sheet in self.sheets if sheet.kind == "worksheet")

    def refuse_repeated(self, name: str, root: etree._Element, may_repeat: Collection[str] = ()) -> None:
        """Refused when an element stands twice right below a part's root: one program goes by the first, another by the last."""
        found = [tag for child in root if (tag := local_name(child.tag)) not in may_repeat and tag and "}" not in tag]
        if len(set(found)) < len(found):
            twice = next(tag for tag in found if found.count(tag) > 1)
            self.refuse(f"{_NOT_A_WORKBOOK}（部件 {name} 里有两个 {twice}，无法确定以哪个为准）；{_SAVE_AGAIN}")

    # --- refusals ---------------------------------------------------------------------------------------------------

    def refuse(self, sentence: str) -> NoReturn:
        """Raises Refused, naming the file."""
        raise Refused(f"{self.file_name}：{sentence}")

    def damaged(self, name: str, cause: Exception) -> NoReturn:
        """Raises Refused: a part is not what it should be."""
        problem = f"{_NOT_A_WORKBOOK}（内容已损坏或格式不符：{name}）"
        raise Refused(f"{self.file_name}：{problem}；{_SAVE_AGAIN}") from cause

    # --- inside -----------------------------------------------------------------------------------------------------

    def _by_key(self) -> dict[str, tuple[str, zipfile.ZipInfo]]:
        entries: dict[str, tuple[str, zipfile.ZipInfo]] = {}
        for entry in self._archive.infolist():
            name = _stored_name(entry)
            if name.endswith("/"):
                continue  # a folder
            if _key(name) in entries:
                self.refuse(f"文件里有两个同名的部件 {name}，无法确定以哪个为准；{_SAVE_AGAIN}")
            entries[_key(name)] = name, entry
        return entries

    def _entry(self, name: str) -> tuple[str, zipfile.ZipInfo]:
        found = self._entries.get(_key(name))
        if found is None:
            self.refuse(f"{_NOT_A_WORKBOOK}（缺少部件 {name}）；{_SAVE_AGAIN}")
        return found

    def _read_relations(self, source: str) -> Iterator[Relation]:
        name = relations_name(source)
        if not self.has(name):
            return
        for element in self.xml(name):
            if element.tag != _RELATIONSHIPS:
                continue
            target, external = element.get("Target", ""), element.get("TargetMode", "") == "External"
            part = None if external else self._target(source, target)
            yield Relation(element.get("Id", ""), _kind(element.get("Type", "")), part, target, external)

    def _target(self, source: str, target: str) -> str | None:
        path = target.replace("\\", "/").partition("#")[0].partition("?")[0]
        if not path:
            return None  # a place within the source itself
        name = path if path.startswith("/") else posixpath.join(posixpath.dirname(source), path)
        found = self._entries.get(_key(name))
        if found is None:
            self.refuse(f"{_NOT_A_WORKBOOK}（缺少部件 {posixpath.normpath(name).lstrip('/')}）；{_SAVE_AGAIN}")
        return found[0]

    def _reach(self) -> set[str]:
        """The keys of the root and of every part that is reached from it."""
        reached, waiting = {ROOT}, [ROOT]
        while waiting:
            for relation in self.relations(waiting.pop()):
                if relation.part is not None and _key(relation.part) not in reached:
                    reached.add(_key(relation.part))
                    waiting.append(relation.part)
        return reached

    @functools.cached_property
    def _content_types(self) -> tuple[dict[str, str], dict[str, str]]:
        """By extension, and by the key of a part."""
        defaults, overrides = {}, {}
        for element in self.xml(CONTENT_TYPES):
            if element.tag == f"{_TYPES}Default":
                defaults[element.get("Extension", "").lower()] = element.get("ContentType", "")
            elif element.tag == f"{_TYPES}Override":
                overrides[_key(element.get("PartName", ""))] = element.get("ContentType", "")
        return defaults, overrides


def relations_name(source: str) -> str:
    """The name of the part that holds the relationships of a source."""
    folder, name = posixpath.split(source)
    return posixpath.join(folder, "_rels", f"{name}.rels")


def same_part(one: str, other: str) -> bool:
    """Whether two names are one part's."""
    return _key(one) == _key(other)


def _key(name: str) -> str:
    """What two names of one part have in common."""
    path = posixpath.normpath("/" + unquote(name).replace("\\", "/")).lstrip("/")
    return "" if path == "." else path.casefold()


def _kind(relation_type: str) -> str:
    for space in RELATION_IDS:
        if relation_type.startswith(f"{space}/"):
            return relation_type[len(space) + 1 :]
    return relation_type


def _stored_name(entry: zipfile.ZipInfo) -> str:
    name = entry.orig_filename
    if not entry.flag_bits & 0x800 and not name.isascii():  # some libraries write UTF-8 without saying so
        with contextlib.suppress(UnicodeError):
            name = name.encode("cp437").decode("utf-8")
    return name.replace("\\", "/").lstrip("/")


def _opened(file_name: str, data: bytes) -> zipfile.ZipFile:
    """The archive, if it is one and safe to read."""
    if data[:4] == _OLE_MAGIC:
        if "EncryptedPackage".encode("utf-16-le") in data:
            raise Refused(f"{file_name}：工作簿设有打开密码，无法读取；请取消密码后重新保存")
        raise Refused(f"{file_name}：是旧版 .xls 格式；请另存为 .xlsx 后重试")
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        whole = "文件为空" if not data else "文件不完整（可能没有传完）" if data[:2] == b"PK" else "文件内容不是工作簿"
        raise Refused(f"{file_name}：{_NOT_A_WORKBOOK}，{whole}；请重新保存或重新传送后再试") from error
    entries = archive.infolist()
    suspicious = len(entries) > _MOST_PARTS or any(
        entry.file_size > _LARGEST_PART
        or (entry.file_size > _SMALL_PART and entry.file_size > _LARGEST_RATIO * max(entry.compress_size, 1))
        for entry in entries
    )
    if suspicious or sum(entry.file_size for entry in entries) > _LARGEST_ALL:
        raise Refused(f"{file_name}：解压后的内容异常庞大，已拒绝打开；请只保留需要上报的数据后另存为 .xlsx")
    return archive
