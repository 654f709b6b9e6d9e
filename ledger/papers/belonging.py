"""Whether a store is the database's own: a folder that was set wrongly, or was not put back, holds none of its files."""

from sqlalchemy import Connection, select, union

from ledger import models
from ledger.errors import EnvironmentFailed
from ledger.store import Store

_TABLES = (models.table_of(models.Upload), models.table_of(models.Paper))


def on_record(connection: Connection, sha256: str | None = None) -> set[str]:
    """The files that rows name, or whether one is among them, by their SHA-256."""
    queries = [select(table.c.sha256) for table in _TABLES]
    if sha256 is not None:
        queries = [query.where(table.c.sha256 == sha256) for query, table in zip(queries, _TABLES, strict=True)]
    return set(connection.execute(union(*queries)).scalars())


def require_own(connection: Connection, store: Store) -> None:
    """EnvironmentFailed where files are on record and not one of them is in the store."""
    count = 0
    for table in _TABLES:
        for sha256 in connection.execute(select(table.c.sha256)).scalars():
            if store.holds(sha256):
                return
            count += 1
    if count:
        raise EnvironmentFailed(
            f"数据库登记了 {count} 份报送文件和资料，文件库 {store.folder} 里一份也没有：设置 portal.store 指错了文件夹，"
            "或文件库没有随数据库恢复；请改正设置，或把文件库从备份放回"
        )
