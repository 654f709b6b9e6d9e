"""Letters in Word from a template: the library reads the template once, then each letter is filled and packed by itself.

A template is a .docx with docxtpl's marks. It runs in jinja's sandbox; what it names must be known, and it must name what
the letter is for. Only the parts that have marks (the text, headers and footers) are written for each letter.
"""

import io
import re
import zipfile
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from lxml import etree

from ledger.errors import EnvironmentFailed, Refused, os_reason
from ledger.workbooks.safe_xml import NotXml, parsed_xml
from reports.writing import files

_LARGEST = 20 << 20  # bytes of a template, and ten times that unpacked
_MARKED = re.compile(r"word/(document|header\d*|footer\d*)\.xml")
_MARK = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
_TAG = re.compile("<[^>]*>")
_NAMED = re.compile("'([^']+)'")
_BLOCKS, _PARTS = (
    ("for", "if"),
    ("endfor", "endif", "else", "elif"),
)  # what is opened and closed, and what stands inside
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


class Template:
    """A template, read. known: every name that it may use; needed: those without which the letter would say nothing."""

    def __init__(self, path: Path, known: Collection[str], needed: Collection[str]) -> None:
        self._path = path
        data = self._read()
        parts, self._rest = self._parts(data)
        self._templates = self._compiled(parts, known, needed)
        self._checked = False

    def letter(self, values: Mapping[str, Any]) -> bytes:
        """One letter filled with values, as the bytes of a .docx; Refused where the template cannot take them."""
        from jinja2 import TemplateError

        out = io.BytesIO(self._rest)
        out.seek(0, io.SEEK_END)
        with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED, compresslevel=3) as package:
            for name, template in self._templates.items():
                try:
                    text = template.render(values)
                except (TemplateError, TypeError, ValueError, ArithmeticError, LookupError, AttributeError) as error:
                    raise self._refused(f"填写时出错：{_why(error)}") from error
                made = text.replace("\n", "").encode("utf-8")
                if not self._checked:
                    self._well_formed(made)
                package.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), made, zipfile.ZIP_DEFLATED, 3)
        self._checked = True
        return out.getvalue()

    def _read(self) -> bytes:
        try:
            if self._path.stat().st_size > _LARGEST:
                raise self._refused(f"超过 {_LARGEST >> 20} MB")
            return self._path.read_bytes()
        except OSError as error:
            raise EnvironmentFailed(f"模板 {self._path} 无法读取：{os_reason(error)}") from error

    def _parts(self, data: bytes) -> tuple[dict[str, bytes], bytes]:
        """The parts that may have marks, and a package of all others."""
        found: dict[str, bytes] = {}
        out = io.BytesIO()
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as rest:
                if sum(entry.file_size for entry in source.infolist()) > 10 * _LARGEST:
                    raise self._refused("解开后过大")
                for entry in source.infolist():
                    content = source.read(entry)
                    if _MARKED.fullmatch(entry.filename):
                        found[entry.filename] = content
                    else:
                        rest.writestr(entry, content)
        except (
            zipfile.BadZipFile,
            zipfile.LargeZipFile,
            EOFError,
            NotImplementedError,
            RuntimeError,
            ValueError,
        ) as error:
            raise self._refused("不是 .docx 文档") from error
        if "word/document.xml" not in found:
            raise self._refused("不是 .docx 文档")
        plain = [name for name, content in found.items() if b"{" not in content and name != "word/document.xml"]
        with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as rest:
            for name in plain:
                rest.writestr(name, found.pop(name))
        return found, out.getvalue()

    def _compiled(self, parts: Mapping[str, bytes], known: Collection[str], needed: Collection[str]) -> dict[str, Any]:
        from docxtpl import DocxTemplate
        from jinja2 import StrictUndefined, TemplateSyntaxError, meta
        from jinja2.sandbox import SandboxedEnvironment

        environment = SandboxedEnvironment(undefined=StrictUndefined, autoescape=True, finalize=_printable)
        library = DocxTemplate(io.BytesIO())  # reads nothing before it is asked for a document
        compiled, used = {}, set()
        for name, content in parts.items():
            try:
                tree = parsed_xml(content)
                text = library.patch_xml(etree.tostring(tree, encoding="unicode"))
                used |= meta.find_undeclared_variables(environment.parse(text))
                head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
                compiled[name] = environment.from_string(head + text)
            except NotXml as error:
                raise self._refused("不是 .docx 文档") from error
            except TemplateSyntaxError as error:
                raise self._refused(f"中的标记写法有误{_wrong_mark(environment, text, error)}") from error
        strange, missing = sorted(used - {*known, "range"}), [name for name in needed if name not in used]
        if strange:
            raise self._refused(f"用了没有的名称「{'、'.join(strange)}」；可用的有：{'、'.join(known)}")
        if missing:
            raise self._refused(f"缺少 {'、'.join(f'{{{{ {name} }}}}' for name in missing)}，写出的文件就没有这些内容")
        return compiled

    def _well_formed(self, made: bytes) -> None:
        try:
            parsed_xml(made)
        except NotXml as error:
            raise self._refused("填写后不是完整的文档；整段、整行的标记请写作 {%p … %}、{%tr … %}") from error

    def _refused(self, why: str) -> Refused:
        return Refused(f"模板「{self._path}」{why}；请以随程序提供的模板为底稿修改，另存为 .docx")


def _why(error: Exception) -> str:
    """Why filling in failed, in words."""
    from jinja2 import UndefinedError
    from jinja2.exceptions import SecurityError

    if isinstance(error, SecurityError):
        return "用了不允许的写法"
    if isinstance(error, UndefinedError) and (named := _NAMED.findall(str(error))):
        return f"没有「{named[-1]}」这一项"
    return "有的标记不能用于所填的内容"


def _wrong_mark(environment: Any, text: str, error: Any) -> str:
    """Which of the marks cannot be read, as far as one can be told by itself."""
    from jinja2 import TemplateSyntaxError

    if error.message.startswith("No filter named"):
        return f"：没有名为「{_NAMED.findall(error.message)[0]}」的过滤器"
    for mark in _MARK.findall(text):
        word = mark.strip("{%- ").split(" ")[0]
        if word in _PARTS:
            continue
        try:
            environment.parse(mark + (f"{{% end{word} %}}" if word in _BLOCKS else ""))
        except TemplateSyntaxError:
            return f"：「{_TAG.sub('', mark)}」"
    return "：整段重复、条件的开头与结尾不成对"


def _printable(value: Any) -> Any:
    """A value without the characters that no document can hold."""
    return _UNPRINTABLE.sub("", value) if isinstance(value, str) and _UNPRINTABLE.search(value) else value


def write(path: Path, template: Template, values: Mapping[str, Any]) -> None:
    """Writes one letter, whole or not at all."""
    files.write_bytes(path, template.letter(values))


def write_all(folder: Path, template: Template, letters: Iterable[tuple[str, Mapping[str, Any]]]) -> Iterator[Path]:
    """Writes letters into a folder, each by the name of its file, and gives each as it is there."""
    files.make_folder(folder)
    for name, values in letters:
        path = folder / name
        files.write_bytes(path, template.letter(values))
        yield path
