"""The articles of a document, one by one: what each is about, and who or what serves it beside what the code itself cites.

Each document has its own list in its folder; docs/条款对照.md is made from it and from the code's citations.
"""

import re
from dataclasses import dataclass

from ledger.law.document import PROGRAMMES
from ledger.yaml_text import read_yaml

LIST = "articles.yaml"  # in the folder of a document
_NAMED = re.compile("第[一二三四五六七八九十百]+条|第[0-9]+条|附件[0-9]|施行与有效期条款")
_SHORT = re.compile("第([一二三四五六七八九十百]+(?:、[一二三四五六七八九十百]+)+)条")


@dataclass(frozen=True)
class Article:
    """One article: as the code cites it, what it is about in our own words, and by what or whom it is served."""

    article: str
    about: str
    by: str


def articles_of(programme: str) -> tuple[Article, ...]:
    """The articles of a programme's document in their order; ValueError on an entry that lacks something or repeats one."""
    path = PROGRAMMES / programme / LIST
    found = tuple(Article(**entry) for entry in read_yaml(path.read_text(encoding="utf-8")))
    names = [one.article for one in found]
    if len(set(names)) < len(names) or not all(one.article and one.about and one.by for one in found):
        raise ValueError(f"{path}: an article twice, or one without about or by")
    return found


def named_in(text: str) -> list[str]:
    """The articles that a text names, in their order: 第五条、第六条; also 第十、十二条."""
    spread = _SHORT.sub(lambda match: "、".join(f"第{one}条" for one in match[1].split("、")), text)
    return list(dict.fromkeys(_NAMED.findall(spread)))
