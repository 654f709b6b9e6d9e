"""Numbers as headings have them: 一, 十二, 一百零三."""


def chinese_number(number: int) -> str:
    """A whole number from 1 on in Chinese."""
    import cn2an

    found = str(cn2an.an2cn(number, "low"))
    return found[1:] if found.startswith("一十") else found
