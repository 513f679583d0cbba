"""Bringing a database to the schema this version needs, and telling whether it is there.

Migrations only add, so a version works on a newer one's schema: processes are upgraded one after the other, behind it.
"""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from routing.adapters.sql.engine import connect

MIGRATIONS = Path(__file__).parent / "migrations"


def upgrade(url: str) -> None:
    """Run every migration that the database has not seen; nothing where it is a newer version's."""
    if not _is_newer(revision_of(url)):
        command.upgrade(_config(url), "head")


def is_current(url: str) -> bool:
    """Whether the database stands at the newest migration that is known here, or at a newer version's."""
    found = revision_of(url)
    return _is_newer(found) or found == _scripts().get_current_head()


def revision_of(url: str) -> str | None:
    """The newest migration that the database has seen; None for one that has seen none."""
    engine = connect(url)
    try:
        with engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision()
    finally:
        engine.dispose()


def _is_newer(revision: str | None) -> bool:
    return revision is not None and revision not in {script.revision for script in _scripts().walk_revisions()}


def _scripts() -> ScriptDirectory:
    return ScriptDirectory(str(MIGRATIONS))


def _config(url: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["url"] = url
    return config
