"""The city: its name, its counties (区市) in their fixed order with the long forms that people write, its offices.

All of it stands in one YAML file, the bundled one or the one that the setting `city` names. One process serves one city,
so it is read once, when this module is first needed.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ledger import settings
from ledger.errors import BadSetting, Refused, os_reason
from ledger.yaml_text import YAMLError, read_yaml

BUNDLED = Path(__file__).with_name("reference") / "city.yaml"
OUTSIDE = "市外"  # an enterprise registered elsewhere; comes last
CITY = "全市"  # the scope of the city's budget
_OFFICES = (
    "financial_regulator",
    "county_financial_regulator",
    "science_bureau",
    "finance_bureau",
    "county_finance_bureau",
    "commerce_bureau",
)


@dataclass(frozen=True)
class City:
    """A city: its short and full name, its counties in order, the county of each long form, its offices by role."""

    name: str
    full_name: str
    counties: tuple[str, ...]
    long_forms: Mapping[str, str]
    offices: Mapping[str, str]

    def county_of(self, text: str) -> str | None:
        """The short name of a county (or 市外) written in any accepted form, None for any other word."""
        if text in self.counties or text == OUTSIDE:
            return text
        bare = re.sub(f"^(?:{re.escape(self.full_name)}|{re.escape(self.name)})(?=.)", "", text)
        bare = self.long_forms.get(bare, bare)
        return bare if bare in self.counties else None


def read_city(path: Path) -> City:
    """Reads and checks a city's file; BadSetting, in a Chinese sentence, when it cannot be used."""

    def bad(why: str) -> BadSetting:
        return BadSetting(f"城市文件 {path} {why}；写法见随程序提供的 {BUNDLED}")

    def text(value: Any, what: str) -> str:
        if not isinstance(value, str) or not value or value != "".join(value.split()):
            raise bad(f"的 {what} 应为不含空格的文字")
        return value

    def part(value: Any, kind: type, keys: tuple[str, ...], what: str) -> Any:
        if not isinstance(value, kind) or (isinstance(value, dict) and not set(value) <= set(keys)):
            raise bad(f"的 {what} 写法有误" + (f"，应为 {'、'.join(keys)}" if keys else ""))
        return value

    try:
        raw = read_yaml(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise bad(f"无法读取：{os_reason(error)}") from error
    except (UnicodeDecodeError, YAMLError) as error:
        raise bad("不是 UTF-8 编码的 YAML") from error
    part(raw, dict, ("name", "full_name", "counties", "offices"), "内容")
    long_forms: dict[str, str] = {}
    counties = []
    for entry in part(raw.get("counties"), list, (), "counties"):
        part(entry, dict, ("name", "long_forms"), "counties")
        counties.append(text(entry.get("name"), "区市名称"))
        for form in part(entry.get("long_forms", []), list, (), "long_forms"):
            long_forms[text(form, "区市全称")] = counties[-1]
    words = [*counties, *long_forms]
    if not counties or len(set(words)) < len(words) or {OUTSIDE, CITY} & set(words):
        raise bad(f"的 counties 至少要有一个区市，名称不能重复，也不能是 {OUTSIDE}、{CITY}")
    offices = part(raw.get("offices"), dict, _OFFICES, "offices")
    return City(
        text(raw.get("name"), "name"),
        text(raw.get("full_name"), "full_name"),
        tuple(counties),
        long_forms,
        {role: text(offices.get(role), f"offices.{role}") for role in _OFFICES},
    )


CITY_FILE = settings.load().settings.city or BUNDLED
THE_CITY = read_city(CITY_FILE)
CITY_NAME = THE_CITY.name
CITY_FULL_NAME = THE_CITY.full_name
OFFICES = THE_CITY.offices
COUNTIES: tuple[str, ...] = THE_CITY.counties
ALL_COUNTIES: tuple[str, ...] = (*COUNTIES, OUTSIDE)
county_of = THE_CITY.county_of


class _Ranks(dict[str, int]):
    """The place of each county in every list; Refused for one that the city has not."""

    def __missing__(self, name: str) -> int:
        raise Refused(
            f"库中有区市「{name}」，城市文件 {CITY_FILE} 中没有；数据库若是另一座城市的，请以配置项 city（或环境变量 TIEXI_CITY）指明它的文件"
        )


COUNTY_RANK: Mapping[str, int] = _Ranks({name: rank for rank, name in enumerate(ALL_COUNTIES)})
