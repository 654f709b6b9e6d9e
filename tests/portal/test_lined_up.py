"""Figures of a column stand with their points below one another, without a change of what is read."""

from tiexi.portal.showing import lined_up


def test_what_is_put_behind_each_figure() -> None:
    assert lined_up(["16.554333", "8.57", "-1,037.5", "31", "", "合计", "0.00%"]) == [
        "",
        "0000",
        "00000",
        ".000000",
        "",
        "",
        "",
    ]
    assert lined_up(["193", "8"]) == ["", ""] and lined_up([]) == []
