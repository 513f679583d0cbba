"""The command line's root: it knows every command, and loads nothing heavy."""

import typer

from routing.cli import demo, match, model, pack, run

app = typer.Typer(
    name="pointsman",
    help="Routes customer-support conversations: understands, asks when unsure, matches everyone waiting at once.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

for part in (demo, pack, model, match, run):
    part.register(app)
