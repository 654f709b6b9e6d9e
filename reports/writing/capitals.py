"""Amounts in Chinese capitals (大写), as payment papers write them."""

import cn2an

from ledger import money


def capitals(fen: int) -> str:
    """人民币 and the amount in capitals: 整 after 元 and 角, none after 分 (《会计基础工作规范》第五十二条)."""
    if fen < 0:
        raise ValueError("an amount to be paid is not negative")
    text = cn2an.an2cn(money.format_scaled(fen, 2, at_least=2), "rmb")
    return f"人民币{text}整" if text.endswith("角") else f"人民币{text}"
