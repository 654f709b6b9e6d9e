"""The seals of the chain as a list: what each was made for, when, and its hash, to hold against paper."""

from typing import Any

from sqlalchemy import Connection, func, select

from ledger import models
from reports.lists import Asked, page_of

# what each kind of seal is called; kinds that came later are shown by their own word
_NAMES = {
    "init": "建库", "import": "报送文件入库", "void": "撤回一行", "upgrade": "升级", "approve": "审核通过", "adopt": "接续审核",
    "allot": "下达", "pay": "拨付", "reverse": "冲销", "close": "办结", "account": "账号",
    "sign": "初审签署", "return": "初审退回", "sample": "抽查", "check": "抽查结果", "settle": "试算", "upload": "报送",
    "paper": "资料", "log": "日志",
}  # fmt: skip


def listed(connection: Connection, asked: Asked) -> dict[str, Any]:
    """A page of the seals, the newest first; words: how a hash begins."""
    seal = models.table_of(models.Seal)
    where = [seal.c.hash.startswith(asked.words.lower(), autoescape=True)] if asked.words else []
    total = connection.execute(select(func.count()).select_from(seal).where(*where)).scalar_one()
    query = select(seal.c.id, seal.c.kind, seal.c.run_id, seal.c.made_at, seal.c.hash).where(*where)
    rows = connection.execute(query.order_by(seal.c.id.desc()).limit(asked.size).offset(asked.before))
    items = [
        {"seal": row.id, "what": _NAMES.get(row.kind, row.kind), "run": row.run_id, "made_at": row.made_at, "hash": row.hash}
        for row in rows
    ]  # fmt: skip
    return page_of(asked, items, total)
