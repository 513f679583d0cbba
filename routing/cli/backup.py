"""`pointsman backup` and `pointsman restore`: the database, whichever kind it is."""

from pathlib import Path
from typing import Annotated

import typer

from routing.cli import configuration
from routing.cli.fail import fail
from routing.cli.options import DataDir


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    app.command("backup")(backup_command)
    app.command("restore")(restore_command)


def backup_command(
    file: Annotated[Path, typer.Argument(help="Where to write it; FILE.json beside it gets size and digest.")],
    data_dir: DataDir = None,
) -> None:
    """Back up the database while the service runs: one consistent state, checked. Models and pack are plain files."""
    from routing.adapters.sql.backup import back_up
    from routing.bootstrap import is_there

    url = configuration.settings(data_dir=data_dir).sqlalchemy_url
    if not is_there(url):
        fail("there is no database yet; POINTSMAN_DATA_DIR or --data-dir says where it is")
    with configuration.told():
        note = back_up(url, file)
    print(f"{file}: {note.bytes} bytes, schema {note.revision}, sha256 {note.sha256}")


def restore_command(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A file that `pointsman backup` made.")],
    data_dir: DataDir = None,
) -> None:
    """Put a back-up into an empty place, with every role stopped. What is there is never overwritten.

    Whoever was erased since it was made is erased again, by the record that is kept outside the database. Exit status
    1: not all of them could be; `pointsman erasures --again` goes on, and so does `serve`.
    """
    from routing.adapters.sql.backup import restore
    from routing.adapters.sql.schema_version import upgrade
    from routing.cli.erase_again import NOT_ALL_ERASED, erase_again

    settings = configuration.settings(data_dir=data_dir)
    url = settings.sqlalchemy_url
    with configuration.told():
        note = restore(file, url)
        upgrade(url)
        print(f"restored {note.bytes} bytes of schema {note.revision}; the database is at the current schema")
        stands = erase_again(settings)
    print("next: pointsman audit verify, and pointsman audit anchor --after-restore REASON where it says CHANGED")
    raise typer.Exit(NOT_ALL_ERASED if stands else 0)
