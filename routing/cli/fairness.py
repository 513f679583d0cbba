"""`pointsman fairness`: hard-case share, occupancy and idle time of every COp."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from routing.cli import configuration
from routing.cli.options import DataDir

if TYPE_CHECKING:
    from routing.domain.fairness import Fairness
    from routing.services.fairness import FairnessReport


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("fairness")(fairness_command)


def fairness_command(
    hours: Annotated[float, typer.Option("--hours", min=0.1, max=744, help="look at so many hours up to now")] = 8.0,
    data_dir: DataDir = None,
    as_json: Annotated[bool, typer.Option("--json", help="print JSON for a program to read")] = False,
) -> None:
    """Show how work was spread over COps: hard cases, occupancy and idle time, from their assignments."""
    from routing.services.fairness import fairness

    with configuration.told():
        service = configuration.service(configuration.settings(data_dir=data_dir))
        report = fairness(service.context, timedelta(hours=hours))
    if as_json:
        print(json.dumps(document(report), indent=2))
        return
    print("cop\ttaken\thard\thard_share\toccupancy\tidle_minutes")
    for row in report.cops:
        print(line(row))
    bound = "none" if report.bound is None else f"{report.bound:.0%}"
    print(f"spread of occupancy (Gini): {report.occupancy_gini:.3f}; most hard cases a COp may take: {bound}")


def document(report: FairnessReport) -> dict[str, Any]:
    """Plain values for JSON."""
    return {
        "since": report.since.isoformat(),
        "until": report.until.isoformat(),
        "occupancy_gini": report.occupancy_gini,
        "most_hard_share": report.bound,
        "cops": [{name: getattr(row, name) for name in row.__dataclass_fields__} for row in report.cops],
    }


def line(row: Fairness) -> str:
    """One COp, tab-separated; a share that does not exist is a dash."""
    hard, occupied = ("-" if share is None else f"{share:.0%}" for share in (row.hard_share, row.occupancy))
    return f"{row.cop_id}\t{row.taken}\t{row.hard}\t{hard}\t{occupied}\t{row.idle_seconds / 60:.0f}"
