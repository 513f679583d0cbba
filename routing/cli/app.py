"""The command line's root: it knows every command, and loads nothing heavy."""

import sys
from importlib.metadata import version
from typing import Annotated

import typer

from routing.cli import (
    audit,
    backup,
    dead_letters,
    demo,
    erase,
    experiment,
    fairness,
    handle_times,
    holds,
    labels,
    match,
    model,
    models,
    pack,
    policy,
    replay,
    retention,
    reviews,
    run,
    simulate,
    traffic,
    types,
)

app = typer.Typer(
    name="pointsman",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich" if sys.stdout.isatty() and sys.stderr.isatty() else None,
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"pointsman {version('pointsman')}")
        raise typer.Exit


@app.callback()
def pointsman(
    _version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and end.")
    ] = False,
) -> None:
    """Route customer-support conversations: understand, ask when unsure, match everyone waiting at once."""


for part in (
    *(demo, pack, policy, model, models, types, match, replay, experiment),
    *(run, audit, erase, holds, retention, backup, dead_letters),
    *(labels, reviews, handle_times, fairness, simulate, traffic),
):
    part.register(app)
