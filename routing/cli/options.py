"""Options that many commands take."""

from pathlib import Path
from typing import Annotated

import typer

DataDir = Annotated[Path | None, typer.Option(help="Where the database, models and rejects live.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for a program to read.")]
