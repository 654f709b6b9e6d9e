"""Characters that XML cannot hold, as Open XML writes them in texts: `_x0007_`, and `_x005F_` for an underscore."""

import re

_ESCAPE = re.compile("_x([0-9A-Fa-f]{4})_")
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def unescaped(text: str) -> str:
    """A text as it is shown: every `_xHHHH_` is the character of that code (surrogates as the pair that they form)."""
    if "_x" not in text:
        return text
    plain = _ESCAPE.sub(lambda match: chr(int(match.group(1), 16)), text)
    return plain.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def escaped(text: str) -> str:
    """A text as it is written, so that `unescaped` gives it back; also with characters that XML cannot hold."""
    plain = _ESCAPE.sub(r"_x005F_x\1_", text) if "_x" in text else text
    return _NOT_IN_XML.sub(lambda match: f"_x{ord(match.group()):04X}_", plain)
