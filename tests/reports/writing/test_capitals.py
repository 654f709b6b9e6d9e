"""Amounts in Chinese capitals, by 《会计基础工作规范》第五十二条: where 零 and 整 stand, and where they do not."""

import pytest

from reports.writing.capitals import capitals


@pytest.mark.parametrize(
    ("fen", "text"),
    [
        (0, "人民币零元整"),
        (5, "人民币伍分"),
        (50, "人民币伍角整"),
        (55, "人民币伍角伍分"),
        (100, "人民币壹元整"),
        (101, "人民币壹元零壹分"),
        (110, "人民币壹元壹角整"),
        (1_000, "人民币壹拾元整"),
        (101_010, "人民币壹仟零壹拾元壹角整"),
        (640_902, "人民币陆仟肆佰零玖元零贰分"),
        (10_010_000, "人民币壹拾万零壹佰元整"),  # 10.01万元
        (10_000_010, "人民币壹拾万元壹角整"),  # 100000.10元
        (10_700_053, "人民币壹拾万柒仟元伍角叁分"),
        (1_001_000_000, "人民币壹仟零壹万元整"),
        (2_000_000_000, "人民币贰仟万元整"),
        (10_000_000_000, "人民币壹亿元整"),
        (10_000_000_500, "人民币壹亿零伍元整"),
        (100_000_000_001, "人民币壹拾亿元零壹分"),
        (123_456_789_012, "人民币壹拾贰亿叁仟肆佰伍拾陆万柒仟捌佰玖拾元壹角贰分"),
    ],
)
def test_capitals(fen: int, text: str) -> None:
    assert capitals(fen) == text


def test_nothing_negative_is_paid() -> None:
    with pytest.raises(ValueError):
        capitals(-1)
