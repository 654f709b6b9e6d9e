"""Workbooks that were merely opened and saved, by LibreOffice, openpyxl and (imitated) Excel and WPS: nothing differs."""

from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

import resaved
from reports.received.verify import verify
from resaved import Parts
from returned import NAMES, NEEDS_LIBREOFFICE, City, by_libreoffice

EXCEL = (resaved.excel_sheets, resaved.excel_workbook, resaved.other_style_numbers)
SAVES: dict[str, tuple[Callable[[Parts], None], ...]] = {
    "Excel": EXCEL,
    "Excel, formulas shared": (*EXCEL, resaved.shared_formulas),
    "Excel, styles renumbered": (resaved.other_style_numbers,),
    "Excel, strict": (*EXCEL, resaved.strict),
    "texts in their cells": (resaved.inline_texts,),
    "WPS": (resaved.wps,),
    "WPS, then Excel": (resaved.wps, *EXCEL),
    "WPS, texts in their cells": (resaved.wps, resaved.inline_texts),
    "errors ignored": (resaved.ignored_errors,),
    "rows as high as their fonts": (resaved.heights_of_data,),
    "numbers in other digits": (resaved.numbers_in_full,),
    "colours without the theme": (resaved.fonts_by_the_theme,),
    "strict": (resaved.strict,),
    "prefixes": (resaved.prefixed,),
}


def same(city: City, path: Path, name: str) -> None:
    assert [each.line() for each in city.check(path, name).differences] == []
    assert [each.line() for each in verify(path).findings] == []


@pytest.mark.parametrize("name", ["annex1", "premiums"])
@pytest.mark.parametrize("save", SAVES)
def test_a_save_is_no_difference(city: City, tmp_path: Path, save: str, name: str) -> None:
    same(city, resaved.resaved(city.paths[name], tmp_path / "存.xlsx", *SAVES[save]), name)


def test_a_save_in_another_encoding_is_no_difference(city: City, tmp_path: Path) -> None:
    same(city, resaved.resaved(city.paths["annex2"], tmp_path / "存.xlsx", encoding="utf-16"), "annex2")


@pytest.mark.parametrize("name", NAMES)
def test_a_save_by_openpyxl_is_no_difference(city: City, tmp_path: Path, name: str) -> None:
    openpyxl.load_workbook(city.paths[name]).save(tmp_path / "存.xlsx")
    outcome = city.check(tmp_path / "存.xlsx", name)
    assert outcome.same and any("没有保存结果" in remark for remark in outcome.remarks)
    assert verify(tmp_path / "存.xlsx").findings == []


@NEEDS_LIBREOFFICE
@pytest.mark.parametrize("through", ["xlsx", "ods"])
def test_a_save_by_libreoffice_is_no_difference(city: City, tmp_path: Path, through: str) -> None:
    paths = list(city.paths.values())
    if through == "ods":
        paths = by_libreoffice(paths, tmp_path, "ods")
    for name, path in zip(NAMES, by_libreoffice(paths, tmp_path), strict=True):
        same(city, path, name)


@NEEDS_LIBREOFFICE
def test_several_saves_one_after_the_other_are_no_difference(city: City, tmp_path: Path) -> None:
    openpyxl.load_workbook(city.paths["annex1"]).save(tmp_path / "一.xlsx")
    wps = resaved.resaved(city.paths["annex1"], tmp_path / "二.xlsx", resaved.wps)
    excel = resaved.resaved(city.paths["annex1"], tmp_path / "三.xlsx", *EXCEL)
    for path in by_libreoffice([tmp_path / "一.xlsx", wps, excel], tmp_path):
        same(city, path, "annex1")
        same(city, resaved.resaved(path, tmp_path / "又存.xlsx", resaved.ignored_errors), "annex1")


@NEEDS_LIBREOFFICE
@pytest.mark.parametrize("font", ["Wingdings", "黑体"])
def test_libreoffice_does_not_launder_another_font(city: City, tmp_path: Path, font: str) -> None:
    """A font that LibreOffice has not is replaced in all Chinese texts alike; one text in another is none of its doing."""
    book = openpyxl.load_workbook(by_libreoffice([city.paths["annex1"]], tmp_path)[0])
    book["附件1"]["B5"].font = openpyxl.styles.Font(name=font, sz=10)
    book.save(tmp_path / "改.xlsx")
    assert not city.check(tmp_path / "改.xlsx", "annex1").same
