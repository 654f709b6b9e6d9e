"""Bringing the schema up to date: one transaction, with Alembic's migrations."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from sqlalchemy import Connection, Engine, inspect

from ledger.database.db import MIGRATIONS, file_of, in_sentences, refuse_newer, require_writable, revision_of
from ledger.errors import EnvironmentFailed


def migrate(engine: Engine) -> None:
    """Creates the schema or brings it up to date, in one transaction."""
    from alembic import command  # here and not above: it takes long to load, and only this needs it
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    require_writable(engine)
    path = file_of(engine)
    if path is not None:
        with suppress(OSError):  # opening it says why not
            path.touch(mode=0o644)
    with in_sentences(engine), _links_unchecked(engine) as writer, writer.begin():
        revision = revision_of(writer)
        refuse_newer(revision)
        if revision is None and writer.dialect.name == "sqlite" and (others := inspect(writer).get_table_names()):
            raise EnvironmentFailed(
                f"数据库 {path} 中已有别的程序的表（{others[0]}），未作任何改动",
                "；请检查 --database 所指的文件，或换一个新文件",
            )
        config.attributes["connection"] = writer
        command.upgrade(config, "head")
        if writer.dialect.name == "sqlite" and (broken := writer.exec_driver_sql("PRAGMA foreign_key_check").first()):
            raise EnvironmentFailed(f"升级数据库后，表 {broken[0]} 有记录所指的内容不存在，未作任何改动；请以备份恢复")


@contextmanager
def _links_unchecked(engine: Engine) -> Iterator[Connection]:
    """A connection for a migration: SQLite checks no links meanwhile, since making a table anew would break them for a moment."""
    with engine.execution_options(tiexi_access="write").connect() as connection:
        driver: Any = connection.connection.driver_connection
        if engine.dialect.name == "sqlite":
            driver.execute("PRAGMA foreign_keys = OFF")
        try:
            yield connection
        finally:
            if engine.dialect.name == "sqlite":
                connection.rollback()
                driver.execute("PRAGMA foreign_keys = ON")
