"""How commands end when something is wrong: one clear message on stderr, exit 2, never a traceback."""

import sys
from collections.abc import Iterable
from typing import NoReturn

import typer


def fail(*lines: str) -> NoReturn:
    """Say what is wrong and exit with status 2."""
    for line in lines:
        print(f"pointsman: {line}", file=sys.stderr)
    raise typer.Exit(2)


def fail_with(errors: Iterable[str], summary: str) -> NoReturn:
    """Say everything that is wrong, then what follows from it, and exit with status 2."""
    for line in errors:
        print(f"  {line}", file=sys.stderr)
    fail(summary)
