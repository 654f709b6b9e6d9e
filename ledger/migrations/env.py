"""Runs migrations: inside the connection that `tiexi init` hands over, or on the database that -x database=URL names."""

from alembic import context
from sqlalchemy import Connection, create_engine

from ledger.models import Base


def migrate(connection: Connection) -> None:
    """Migrates within the caller's transaction."""
    context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True)
    context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    migrate(given)
else:
    url = context.get_x_argument(as_dictionary=True).get("database", "sqlite:///tiexi.db")
    with create_engine(url).begin() as own_connection:
        migrate(own_connection)
