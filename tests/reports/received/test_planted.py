"""Edits planted into an exported form: each is found, where it is, with the ledger and (where it can be) without it."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ledger.errors import Refused
from planted import edits
from planted_parts import SHEET, Edit, Parts, replaced
from reports.received.verify import verify
from returned import City

EDITS = edits()
_COMPATIBLE = "http://schemas.openxmlformats.org/markup-compatibility/2006"
_OTHER_TEXT = f'<m:AlternateContent xmlns:m="{_COMPATIBLE}"><m:Fallback><t>另</t></m:Fallback></m:AlternateContent>'


def test_there_are_two_hundred_of_them() -> None:
    assert len(EDITS) >= 200 and len({edit.name for edit in EDITS}) == len(EDITS)


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit.name)
def test_an_edit_is_found(city: City, tmp_path: Path, edit: Edit) -> None:
    path = edit.make(city.paths["annex1"], tmp_path / "改.xlsx")
    outcome = city.check(path, "annex1")
    assert not outcome.same
    places = [(each.sheet, each.cell) for each in outcome.differences]
    assert (edit.sheet, edit.cell) in places or (not edit.cell and edit.sheet in {sheet for sheet, _ in places}), places
    if edit.offline:
        assert verify(path).findings


def _two_workbooks(parts: Parts) -> None:
    """The root leads to another workbook than the one that lies beside it."""
    for name in [name for name in parts if name.startswith("xl/")]:
        parts[f"y{name[1:]}"] = parts[name]
    parts["_rels/.rels"] = parts["_rels/.rels"].replace(b"xl/workbook.xml", b"yl/workbook.xml")
    types = parts["[Content_Types].xml"]
    parts["[Content_Types].xml"] = types.replace(
        b"</Types>", types[types.index(b"<Override") :].replace(b"/xl/", b"/yl/")
    )


def _hidden_sheet(parts: Parts) -> None:
    parts["xl/worksheets/sheet7.xml"] = parts[SHEET]


def _no_such_style(parts: Parts) -> None:
    parts[SHEET] = parts[SHEET].replace(b'<c r="I5" s="', b'<c r="I5" s="9')


def _damaged_styles(parts: Parts) -> None:
    parts["xl/styles.xml"] = parts["xl/styles.xml"].replace(b'fontId="1"', b'fontId="99"', 1)


def _related_sheet(*, number: str) -> Callable[[Parts], None]:
    """Another worksheet to which the workbook is related, and which is none of its sheets."""

    def change(parts: Parts) -> None:
        parts["xl/worksheets/sheet7.xml"] = parts[SHEET]
        kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet"
        more = f'<Relationship Id="{number}" Type="{kind}" Target="worksheets/sheet7.xml"/></Relationships>'
        name = "xl/_rels/workbook.xml.rels"
        parts[name] = parts[name].replace(b"</Relationships>", more.encode())

    return change


def _twice(part: str, tag: str) -> Callable[[Parts], None]:
    """An element of a part said twice."""

    def change(parts: Parts) -> None:
        pattern = rf"<{tag}[ >].*?(?:</{tag}>)|<{tag} [^>]*/>".encode()
        parts[part], count = re.subn(pattern, lambda found: found[0] * 2, parts[part], count=1, flags=re.DOTALL)
        assert count

    return change


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (_related_sheet(number="rId77"), "打开时看不到的部件 xl/worksheets/sheet7.xml"),
        (_related_sheet(number="rId1"), "两个编号相同的关系"),
        (_twice(SHEET, "pageSetup"), "内容已损坏或格式不符：xl/worksheets/sheet1.xml"),
        (_twice(SHEET, "oddFooter"), "内容已损坏或格式不符：xl/worksheets/sheet1.xml"),
        (_twice("xl/workbook.xml", "definedNames"), "里有两个 definedNames"),
        (_twice("xl/styles.xml", "cellXfs"), "里有两个 cellXfs"),
        (_twice("xl/styles.xml", "color"), "样式无法读取，"),
        (replaced(SHEET, ("<v>1000</v>", "<v>1000</v><v>30</v>")), "内容已损坏或格式不符：xl/worksheets/sheet1.xml"),
        (replaced(SHEET, ("<v>1000</v>", "<v>1000<x/></v>")), "内容已损坏或格式不符：xl/worksheets/sheet1.xml"),
        (replaced(SHEET, ("<v>1000</v>", "<v>1000</v><is><t>3</t></is>")), "格式不符：xl/worksheets/sheet1.xml"),
        (replaced("xl/sharedStrings.xml", ("<si>", f"<si>{_OTHER_TEXT}")), "文本有几种写法"),
        (_two_workbooks, "打开时看不到的部件"),
        (_hidden_sheet, "打开时看不到的部件 xl/worksheets/sheet7.xml"),
        (_no_such_style, "用到的样式不存在"),
        (_damaged_styles, "样式无法读取，"),
        (replaced(SHEET, ('left="0.5"', 'left="wide"')), "页面或行列的设置无法读取"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_for_certain_is_refused(
    city: City, tmp_path: Path, change: Callable[[Parts], None], why: str
) -> None:
    path = Edit("", parts=change).make(city.paths["annex1"], tmp_path / "改.xlsx")
    with pytest.raises(Refused, match=why):
        city.check(path, "annex1")
    with pytest.raises(Refused, match=why):
        verify(path)


def test_styles_stored_under_another_case_are_those_that_are_shown(city: City, tmp_path: Path) -> None:
    def change(parts: Parts) -> None:
        parts["xl/Styles.xml"] = parts.pop("xl/styles.xml").replace(b"#,##0.00####", b"&quot;999.00&quot;")

    path = Edit("", parts=change).make(city.paths["annex1"], tmp_path / "改.xlsx")
    assert city.check(path, "annex1").only_looks and verify(path).findings


@pytest.mark.parametrize("number", [9, 14, 37])
def test_a_built_in_number_format_that_is_declared_as_another_is_found(city: City, tmp_path: Path, number: int) -> None:
    """Excel may go by the number, and show the format that is built in."""

    def change(parts: Parts) -> None:
        styles = parts["xl/styles.xml"]
        parts["xl/styles.xml"] = re.sub(rb'numFmtId="16[0-9]"', f'numFmtId="{number}"'.encode(), styles)

    path = Edit("", parts=change).make(city.paths["annex1"], tmp_path / "改.xlsx")
    assert not city.check(path, "annex1").same


@pytest.mark.parametrize("name", ["I5 indented by 30", "a text box"])
def test_where_only_looks_differ_the_fresh_export_is_given(city: City, tmp_path: Path, tiexi: Any, name: str) -> None:
    edit = next(edit for edit in EDITS if edit.name == name)
    path = edit.make(city.paths["annex1"], tmp_path / "改.xlsx")
    code, out, _ = tiexi("reconcile", str(path), "-o", "新.xlsx")
    assert code == 1 and "只有外观不同" in out and "新导出的表" in out
    assert (tmp_path / "新.xlsx").read_bytes() == city.paths["annex1"].read_bytes()
