"""Alembic's entry: runs migrations on the URL it was given, in one transaction."""

from alembic import context

from routing.adapters.sql.engine import connect
from routing.adapters.sql.tables import metadata

engine = connect(context.config.attributes["url"])
try:
    with engine.connect() as connection, connection.begin():
        context.configure(connection=connection, target_metadata=metadata)
        context.run_migrations()
finally:
    engine.dispose()
