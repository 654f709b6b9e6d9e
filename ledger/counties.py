"""The counties (区市) in their fixed order, and the long forms that people write."""

import re

COUNTIES: tuple[str, ...] = ("环翠区", "文登区", "荣成市", "乳山市", "高区", "经区", "临港区", "综保区", "南海新区")
OUTSIDE = "市外"  # an enterprise registered elsewhere; comes last
ALL_COUNTIES: tuple[str, ...] = (*COUNTIES, OUTSIDE)
COUNTY_RANK: dict[str, int] = {name: rank for rank, name in enumerate(ALL_COUNTIES)}
CITY = "全市"  # the scope of the city's budget

_LONG_FORMS = {
    "火炬高技术产业开发区": "高区",
    "高技术产业开发区": "高区",
    "经济技术开发区": "经区",
    "临港经济技术开发区": "临港区",
    "综合保税区": "综保区",
}
_CITY_PREFIX = re.compile("^威海市?(?=.)")


def county_of(text: str) -> str | None:
    """The short name of a county written in any accepted form, None for any other word."""
    if text in COUNTY_RANK:
        return text
    bare = _CITY_PREFIX.sub("", text)
    bare = _LONG_FORMS.get(bare, bare)
    return bare if bare in COUNTIES else None
