"""Fen and rates as people and programs read them; loads nothing, so that every command may say an amount."""


def format_scaled(value: int, digits: int, at_least: int = 0) -> str:
    """An integer counted in 10**-digits as decimal text, trailing zeros cut down to `at_least` decimals."""
    text = f"{value:d}".zfill(digits + 1 + (value < 0))
    point = len(text) - digits
    decimals = text[point:].rstrip("0")
    if digits and len(decimals) < at_least:
        decimals = decimals.ljust(at_least, "0")
    return f"{text[:point]}.{decimals}" if decimals else text[:point]


def wan_text(fen: int) -> str:
    """Fen as 万元 for people: 2 decimals, more where there is more, with thousands separators."""
    text = format_scaled(fen, 6, at_least=2)
    whole, dot, decimals = text.partition(".")
    sign, digits = ("-", whole[1:]) if whole.startswith("-") else ("", whole)
    return f"{sign}{int(digits):,}{dot}{decimals}"


def wan_words(fen: int) -> str:
    """Fen for a sentence: 万元 with the unit."""
    return f"{wan_text(fen)} 万元"


def percent_text(e4: int, at_least: int = 2) -> str:
    """A rate counted in e4 as percent text without the sign: 43500 -> '4.35'."""
    return format_scaled(e4, 4, at_least=at_least)


def share_text(part: int, whole: int) -> str:
    """A share of an amount as percent with two decimals, cut off, never rounded up over a floor."""
    return f"{format_scaled(part * 10_000 // whole, 2, at_least=2)}%" if whole else "—"
