"""What every page must keep to, read from its HTML: one heading, labels, captions, scopes, references, nothing inline."""

from collections import Counter
from html.parser import HTMLParser

_VOID = {"meta", "link", "input", "br", "img", "hr", "wbr"}


class _Page(HTMLParser):
    """The elements of a page, and what is open around each."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str], tuple[str, ...]]] = []
        self.open: list[str] = []
        self.wrong: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {name: value or "" for name, value in attrs}, tuple(self.open)))
        if tag not in _VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.wrong.append(f"</{tag}> closes what is not open")


def problems(text: str) -> list[str]:
    """What a page does not keep to; nothing where all is well."""
    page = _Page(text)
    found = [*page.wrong, *(f"<{tag}> stays open" for tag in page.open)]
    tags = Counter(tag for tag, _, _ in page.found)
    found += [f"{tags[tag]} <{tag}>" for tag in ("h1", "main", "title") if tags[tag] != 1]
    if not text.lower().startswith("<!doctype html>") or ("html", {"lang": "zh-CN"}, ()) not in page.found:
        found.append("no doctype or language")
    ids = Counter(attrs["id"] for _, attrs, _ in page.found if "id" in attrs)
    found += [f"id {name} comes {count} times" for name, count in ids.items() if count > 1]
    labels = {attrs.get("for") for tag, attrs, _ in page.found if tag == "label"}
    tables = [place for place, (tag, _, _) in enumerate(page.found) if tag == "table"]
    found += ["a table without a caption" for place in tables if page.found[place + 1][0] != "caption"]
    posts = sum(tag == "form" and attrs.get("method", "") == "post" for tag, attrs, _ in page.found)
    if posts != sum(attrs.get("name") == "csrf" for _, attrs, _ in page.found):
        found.append("a form without its token")
    keys = Counter(attrs["accesskey"] for _, attrs, _ in page.found if "accesskey" in attrs)
    for tag, attrs, _ in page.found:
        if tag in ("input", "select", "textarea") and attrs.get("type") != "hidden" and attrs.get("id") not in labels:
            found.append(f"no label for {attrs}")
        if tag == "th" and attrs.get("scope") not in ("col", "row", "colgroup", "rowgroup"):
            found.append(f"a head of a table without a scope: {attrs}")
        if "style" in attrs or any(name.startswith("on") for name in attrs) or (tag == "script" and "src" not in attrs):
            found.append(f"inline: {tag} {attrs}")
        for name in (*attrs.get("aria-describedby", "").split(), *attrs.get("aria-labelledby", "").split()):
            if name not in ids:
                found.append(f"{name} is referred to and not there")
        if tag == "a" and attrs.get("href", "").startswith("#") and attrs["href"][1:] not in ids:
            found.append(f"a link to {attrs['href']}, which is not there")
        if any(attrs.get(name, "").startswith(("http:", "https:", "//")) for name in ("href", "src", "action")):
            found.append(f"leads away: {tag} {attrs}")
    return found + [f"accesskey {name} {count} times" for name, count in keys.items() if name == "s" and count > 1]
