"""Bringing a database to the schema this version needs, and telling whether it is there."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from routing.adapters.sql.engine import connect

MIGRATIONS = Path(__file__).parent / "migrations"


def upgrade(url: str) -> None:
    """Run every migration that the database has not seen."""
    command.upgrade(_config(url), "head")


def is_current(url: str) -> bool:
    """Whether the database stands at the newest migration."""
    return revision_of(url) == ScriptDirectory(str(MIGRATIONS)).get_current_head()


def revision_of(url: str) -> str | None:
    """The newest migration that the database has seen; None for one that has seen none."""
    engine = connect(url)
    try:
        with engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision()
    finally:
        engine.dispose()


def _config(url: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["url"] = url
    return config
