"""条款对照: every article of the four documents has a row, and every article that the code cites is one of them."""

import re

import pytest

from ledger.intake.sheets import SHEETS
from ledger.law.articles import articles_of, named_in
from ledger.programmes import PROGRAMMES
from reports.writing.numbers import chinese_number
from tiexi.manual import articles, pages


def _numbered(last: int, without: int = 0) -> list[str]:
    return [f"第{chinese_number(number)}条" for number in range(1, last + 1) if number != without]


# as the gazette prints them: 威政办发〔2023〕8号 has no 第十一条 and two 第十五条; of 威商务发〔2023〕1号 one item is of insurance
PRINTED = {
    "tech_branch": [*_numbered(24), "附件1", "附件2"],
    "chokepoint": _numbered(18, without=11),
    "farm_insurance": _numbered(16),
    "export_credit": ["第11条", "施行与有效期条款"],
}
COMMANDS = {path for path, _ in pages.walk()}
_SHEETS = {sheet.name for sheet in SHEETS} | {"拨付", "兑付回单"}


@pytest.mark.parametrize("key", list(PROGRAMMES))
def test_every_article_has_a_row(key: str) -> None:
    assert [one.article for one in articles_of(key)] == PRINTED[key]


@pytest.mark.parametrize("key", list(PROGRAMMES))
def test_what_the_code_cites_is_an_article_of_its_document(key: str) -> None:
    found = articles.cited(key)
    assert set(found) <= set(PRINTED[key])
    for condition in PROGRAMMES[key].conditions:
        (first, *_) = named_in(condition.article)
        assert f"`{condition.code}`" in found[first]["条件"]


@pytest.mark.parametrize("key", list(PROGRAMMES))
def test_a_row_names_commands_and_sheets_that_there_are(key: str) -> None:
    for one in articles_of(key):
        assert [name for name in re.findall("`(tiexi [a-z0-9 -]+)`", one.by) if name not in COMMANDS] == []
        if one.by.startswith("表") or "；表" in one.by:
            named = re.findall("「([^」]+)」", one.by)
            assert named and [name for name in named if name not in _SHEETS] == []


def test_articles_are_found_in_a_text() -> None:
    assert named_in("季报（第十、十二、十三条）") == ["第十条", "第十二条", "第十三条"]
    assert named_in("第七条（一）2 和附件1") == ["第七条", "附件1"]
    assert named_in("科技支行，没有条款") == []


def test_articles_of_another_document_are_not_taken_for_ones_own() -> None:
    found = articles.cited("tech_branch")
    assert "`tiexi export performance`" in found["第二十条"]["命令"]
    assert "第十五条" not in found
    assert "`tiexi export returns`" in articles.cited("chokepoint")["第十二条"]["命令"]
