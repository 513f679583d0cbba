"""A database for each half, so that neither meets what the other left."""

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa


@contextmanager
def own_database(server: str | None, name: str) -> Iterator[str | None]:
    """The URL of a new database on this PostgreSQL server, dropped at the end; None, which means SQLite, of None."""
    if server is None:
        yield None
        return
    engine = sa.create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f'CREATE DATABASE "{name}"')
        try:
            yield engine.url.set(database=name).render_as_string(hide_password=False)
        finally:
            connection.exec_driver_sql(f'DROP DATABASE "{name}" WITH (FORCE)')
    engine.dispose()
