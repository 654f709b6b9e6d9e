"""Runs migrations: inside the connection that `tiexi init` hands over, or on the database that -x database=URL names."""

from alembic import context
from sqlalchemy import Connection, create_engine

from ledger.migrations.adoption import BEFORE_JOURNAL, adopt
from ledger.models import Base
from ledger.seals import chain

EVERY_STEP_SEALED = "0012"  # the first schema in which every file, trial and step has a link of its own


def migrate(connection: Connection) -> None:
    """Migrates within the caller's transaction; what an older schema lacked is made up for at the end of it."""
    context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True)
    before = context.get_context().get_current_revision()
    context.run_migrations()
    if before == BEFORE_JOURNAL:
        adopt(connection)
    if before is not None and before < EVERY_STEP_SEALED:
        chain.seal_as_it_stands(connection)


given = context.config.attributes.get("connection")
if given is not None:
    migrate(given)
else:
    url = context.get_x_argument(as_dictionary=True).get("database", "sqlite:///tiexi.db")
    with create_engine(url).begin() as own_connection:
        migrate(own_connection)
