"""Characters that XML cannot hold, as Open XML writes them in texts: `_x0007_`, and `_x005F_` for an underscore."""

import re

_ESCAPE = re.compile("_x([0-9A-Fa-f]{4})_")


def unescaped(text: str) -> str:
    """A text as it is shown: every `_xHHHH_` is the character of that code (surrogates as the pair that they form)."""
    if "_x" not in text:
        return text
    plain = _ESCAPE.sub(lambda match: chr(int(match.group(1), 16)), text)
    return plain.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
