"""`pointsman reviews error`: how often automatic decisions are wrong, by the blind checks people decided."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from routing.cli import configuration
from routing.cli.options import DataDir

if TYPE_CHECKING:
    from routing.domain.checking import TrueError

_MOST_DAYS = 36_500.0
reviews_app = typer.Typer(no_args_is_help=True, help="What people's verdicts tell.")


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    reviews_app.command("error")(error_command)
    app.add_typer(reviews_app, name="reviews")


@reviews_app.callback()
def _reviews() -> None:
    """What people's verdicts tell."""


def error_command(
    days: Annotated[
        float | None,
        typer.Option("--days", min=0, max=_MOST_DAYS, help="only decisions of so many days; all of them if unset"),
    ] = None,
    data_dir: DataDir = None,
    as_json: Annotated[bool, typer.Option("--json", help="print JSON for a program to read")] = False,
) -> None:
    """Show the true error of automatic decisions, with its 95 % interval, altogether and for each model version."""
    from routing.services.sampling import true_errors

    with configuration.told():
        service = configuration.service(configuration.settings(data_dir=data_dir))
        everything, by_model = true_errors(service.context, days)
    if as_json:
        print(json.dumps({"days": days, "all": document(everything), "models": [*map(document, by_model)]}, indent=2))
        return
    for found in (*by_model, everything):
        print(line(found))


def document(found: TrueError) -> dict[str, Any]:
    """Plain values for JSON."""
    checked = found.checked
    return {
        "model_version": checked.model_version,
        "sampled": checked.sampled,
        "decided": checked.decided,
        "wrong": checked.wrong,
        "error": found.error,
        "low": found.low,
        "high": found.high,
    }


def line(found: TrueError) -> str:
    """One model in words."""
    checked = found.checked
    counts = f"{checked.decided} of {checked.sampled} checks decided, {checked.wrong} wrong"
    if found.error is None:
        return f"{checked.model_version}: {counts}; the error is unknown"
    return f"{checked.model_version}: {counts}; error {found.error:.2%}, between {found.low:.2%} and {found.high:.2%}"
